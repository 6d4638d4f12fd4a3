"""Somebody who signs up, and what arrives in the mailbox."""

import re
from typing import Any

from tests.world import HERE, PASSWORD, Practice
from wardkey.account_repair.actions import ask_reset
from wardkey.email_verification.actions import Confirmed, SignUpAsked, SignUpForm, ask_sign_up, confirm
from wardkey.vocabulary import Origin, Problem

STRANGER = Origin(ip="198.51.100.9", user_agent="curl/8.14")
STRANGERS_PASSWORD = "seven grey herons by the weir"  # noqa: S105


async def sign_up(
    practice: Practice, email: str = "ada@example.org", password: str = PASSWORD, origin: Origin = HERE, name: str = "Ada Okafor"
) -> str:
    """Sign up and let the mail go out; answers the secret that stays with the browser."""
    asked = await ask_sign_up(practice.units, practice.world, SignUpForm(name, email, password), origin)
    assert isinstance(asked, SignUpAsked), asked
    await practice.deliver()
    return asked.proof


async def ask_for_reset(practice: Practice, email: str = "ada@example.org", origin: Origin = HERE) -> None:
    assert await ask_reset(practice.units, practice.world, email, origin) is None
    await practice.deliver()


def links_to(practice: Practice, path: str, email: str = "ada@example.org") -> list[str]:
    """The tokens of all links of one kind that an address got, oldest first."""
    return [found for mail in practice.mails_to(email) for found in re.findall(rf"/{path}/([\w-]+)", mail.text)]


def verification_links(practice: Practice, email: str = "ada@example.org") -> list[str]:
    return links_to(practice, "verify-email", email)


def reset_links(practice: Practice, email: str = "ada@example.org") -> list[str]:
    return links_to(practice, "reset-password", email)


async def open_link(
    practice: Practice, token: str, password: str | None = None, proof: str | None = None, origin: Origin = HERE
) -> Confirmed | Problem:
    return await confirm(practice.units, practice.world, token, password, proof, origin)


def code_of(answer: Any) -> str:
    """What was refused: the code of the problem, or of the fault in a field where the form is at fault."""
    assert isinstance(answer, Problem), answer
    return answer.faults[0].code if answer.code == "check_fields" else answer.code
