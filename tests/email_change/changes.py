"""Somebody who changes their address, and what arrives in both mailboxes."""

from typing import Final

from tests.email_verification.sign_ups import links_to
from tests.signin.client import caller_of, sign_in
from tests.world import HERE, Practice
from wardkey.email_change.actions import LinkView, Moved, ask, confirm, look
from wardkey.email_change.rules import Pending
from wardkey.email_change.undoing import look_at_undo, undo
from wardkey.self_service.actions import Caller
from wardkey.vocabulary import Origin, Problem

OLD: Final = "ada@example.org"
NEW: Final = "ada@new.example"
MALLORY: Final = Origin(ip="198.51.100.9", user_agent="curl/8.14")


async def here(practice: Practice, key: bytes | None = None, email: str = OLD) -> Caller:
    """A person who has just signed in."""
    return await caller_of(practice, await sign_in(practice, email, key=key))


async def ask_for(practice: Practice, caller: Caller, email: str = NEW) -> Pending:
    """Ask for another address and let the mail go out."""
    asked = await ask(caller, email)
    assert isinstance(asked, Pending), asked
    await practice.deliver()
    return asked


def confirm_links(practice: Practice, email: str = NEW) -> list[str]:
    return links_to(practice, "confirm-email", email)


def undo_links(practice: Practice, email: str = OLD) -> list[str]:
    return links_to(practice, "undo-email", email)


def not_me_links(practice: Practice, email: str = OLD) -> list[str]:
    return links_to(practice, "not-me", email)


async def press(practice: Practice, token: str, origin: Origin = HERE) -> Moved | Problem:
    return await confirm(practice.units, practice.world, token, origin)


async def seen(practice: Practice, token: str) -> LinkView:
    return await look(practice.units, practice.world, token)


async def press_undo(practice: Practice, token: str, origin: Origin = HERE) -> Moved | Problem:
    return await undo(practice.units, practice.world, token, origin)


async def seen_undo(practice: Practice, token: str) -> LinkView:
    return await look_at_undo(practice.units, practice.world, token)


async def changed(practice: Practice, caller: Caller, email: str = NEW) -> str:
    """Change the address all the way; answers the link that undoes it, from the earlier mailbox."""
    earlier = caller.who.email
    await ask_for(practice, caller, email)
    assert await press(practice, confirm_links(practice, email)[-1]) == Moved(email)
    await practice.deliver()
    return undo_links(practice, earlier)[-1]
