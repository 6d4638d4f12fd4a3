"""Accounts are created and looked at from the command line; passwords keep the rules and are never shown."""

import asyncio
import json
import os
import pty
import subprocess
import sys

import pytest

from tests.cli.command import Operator
from tests.world import HERE, PASSWORD, open_practice
from wardkey.signin.commands import SubmitPassword
from wardkey.signin.runner import start
from wardkey.signin.view import Done, Step, VerifyEmail

EMAIL = "ada@clinic.example"
CREATE = ("account", "create", EMAIL, "--name", "Ada Okafor", "--role", "provider", "--org", "maple")
SHOWN = {
    "id", "email", "name", "status", "language", "time_zone", "memberships", "methods", "has_recovery_code", "mfa_mode",
    "mfa_required_from", "mfa_now", "created_at", "email_verified_at", "password_changed_at",
}  # fmt: skip


def first_step(url: str) -> Step:
    """What follows the right password."""

    async def signing_in() -> Step:
        async with open_practice(url) as practice:
            return (await start(practice.units, practice.world, SubmitPassword(EMAIL, PASSWORD), HERE)).step

    return asyncio.run(signing_in())


@pytest.fixture(autouse=True)
def practice(operator: Operator) -> None:
    """A practice to create accounts in."""
    operator.has_practice()


def test_somebody_vouched_for_signs_in_at_once(operator: Operator) -> None:
    ended = operator.done(*CREATE, "--verified", "--password-stdin", stdin=f"{PASSWORD}\nignored\n")
    assert ended.out == "Ada Okafor can sign in as ada@clinic.example.\n"
    assert isinstance(first_step(operator.url), Done)
    assert operator.events()[1:4] == [
        ("account.created", "operator", {"how": "operator"}),
        ("organization.member_added", "operator", {"role": "provider"}),
        ("account.email_verified", "operator", {"how": "operator"}),
    ]
    assert operator.rows("SELECT kind FROM outbox") == []


def test_somebody_not_vouched_for_gets_a_link_first(operator: Operator) -> None:
    ended = operator.done(*CREATE, "--password-stdin", stdin=PASSWORD)
    assert ended.out == "Ada Okafor can sign in as ada@clinic.example after opening the link in the mail that is on its way.\n"
    assert isinstance(first_step(operator.url), VerifyEmail)
    assert [name for name, _, _ in operator.events()[1:]] == ["account.created", "organization.member_added"]

    async def mails() -> list[str]:
        async with open_practice(operator.url) as practice:
            await practice.deliver()
            return [mail.text for mail in practice.mails_to(EMAIL)]

    (text,) = asyncio.run(mails())
    assert "/verify-email/" in text


def test_json_says_who_was_created_and_no_more(operator: Operator) -> None:
    made = operator.done(*CREATE, "--verified", "--json", "--password-stdin", stdin=PASSWORD).data
    assert made.pop("id").startswith("acc_")
    assert made == {"email": EMAIL, "status": "active", "role": "provider"}


@pytest.mark.spec("ACC-5")
@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("", "Password: Enter your password."),
        ("too short", "Password: Use at least 15 characters. A few words in a row are easy to remember."),
        ("x" * 129, "Password: A password has at most 128 characters."),
        ("okafor okafor 12", "Password: This password is built around “okafor”, which others can guess. Choose another one."),
        ("maple maple maple", "Password: This password is built around “maple”, which others can guess. Choose another one."),
        (
            "abcdabcdabcdabcdabcd",
            "Password: This password is easy to guess: it repeats, runs in a sequence or is very common. Choose another one.",
        ),
        (
            "passwordpassword",
            "Password: This password is known from data leaks and would be tried first. Choose another one.",
        ),
    ],
)
def test_a_password_that_breaks_the_rules_is_refused_with_the_reason(operator: Operator, password: str, said: str) -> None:
    assert operator.refused(*CREATE, "--password-stdin", stdin=password) == said
    assert operator.rows("SELECT email FROM accounts") == []


def test_everything_wrong_is_told_at_once(operator: Operator) -> None:
    arguments = ("account", "create", "not an address", "--name", "  ", "--role", "staff", "--org", "maple", "--password-stdin")
    assert [line.partition(":")[0] for line in operator.refused(*arguments, stdin="short").splitlines()] == [
        "Email",
        "Name",
        "Password",
    ]


def test_an_address_has_one_account(operator: Operator) -> None:
    operator.has_account(EMAIL)
    said = operator.refused("account", "create", "ADA@clinic.example", *CREATE[3:], "--password-stdin", stdin=PASSWORD)
    assert said == "Email: There is an account with that email address already."


def test_an_account_needs_a_practice_that_is_there(operator: Operator) -> None:
    said = operator.refused(*CREATE[:-1], "oak", "--password-stdin", stdin=PASSWORD)
    assert said == "There is no such practice. No practice has that short name."


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--role", "janitor"], "Invalid value for '--role'"),
        (["--language", "fr"], "Invalid value for '--language'"),
        (["--time-zone", "Mars/Olympus"], "--time-zone needs a name like America/New_York."),
        (["--time-zone", "../etc"], "--time-zone needs a name like America/New_York."),
        (["--password", PASSWORD], "No such option '--password'."),
    ],
)
def test_a_wrong_option_is_told_and_a_password_is_no_option(operator: Operator, more: list[str], said: str) -> None:
    told = operator.refused(*CREATE, *more, "--password-stdin", stdin=PASSWORD, code=2)
    assert told.startswith(said)
    assert "\n" not in told


def test_without_a_terminal_the_password_comes_from_standard_input_or_not_at_all(operator: Operator) -> None:
    said = operator.refused(*CREATE, code=2)
    assert said.startswith("There is no terminal to ask for the password on; use --password-stdin.")


def test_settings_are_checked_before_anybody_is_asked_for_a_password(operator: Operator) -> None:
    said = operator.refused(*CREATE, code=2, WARDKEY_DATABASE_URL="mysql://clinic")
    assert said == "WARDKEY_DATABASE_URL: needs sqlite:///path or postgresql://user:password@host/name"


def on_a_terminal(environment: dict[str, str], typed: list[str]) -> tuple[int, str]:
    """Run the command with a terminal, typing a line whenever it asks; answers its exit code and all that was shown."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "wardkey", *CREATE, "--verified"],
        stdin=follower, stdout=follower, stderr=follower, env={**os.environ, **environment}, start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    shown = b""
    try:
        while True:
            shown += os.read(leader, 1000)
            if typed and shown.rstrip(b" ").endswith(b":"):
                os.write(leader, typed.pop(0).encode() + b"\n")
                shown += b"\n"
    except OSError:  # Linux says so when the other end of a terminal is closed
        pass
    finally:
        os.close(leader)
    return process.wait(), shown.decode()


def test_on_a_terminal_the_password_is_asked_for_twice_and_not_shown(operator: Operator, environment: dict[str, str]) -> None:
    code, shown = on_a_terminal(environment, [PASSWORD, "something else entirely", PASSWORD, PASSWORD])
    assert code == 0, shown
    assert shown.count("Password:") == 2
    assert PASSWORD not in shown
    assert "something else" not in shown
    assert isinstance(first_step(operator.url), Done)


def test_an_account_is_shown_without_anything_that_lets_somebody_in(operator: Operator) -> None:
    operator.has_account(EMAIL)
    out = operator.done("account", "show", " ADA@clinic.example").out
    told = dict(line.split(":", 1) for line in out.splitlines())
    assert {name: value.strip() for name, value in told.items()}.items() >= {
        "email": EMAIL,
        "status": "active",
        "member": "provider of Maple Street Clinic",
        "methods": "none",
        "mfa policy": "none of its own; optional now",
    }.items()
    shown = operator.done("account", "show", EMAIL, "--json").data
    assert set(shown) == SHOWN
    assert shown["memberships"] == [{"organization": "Maple Street Clinic", "role": "provider"}]
    (kept,) = operator.rows("SELECT password_hash, security_stamp FROM accounts")
    assert not any(secret in out + json.dumps(shown) for secret in kept)


def test_an_account_that_is_not_there_is_told(operator: Operator) -> None:
    assert operator.refused("account", "show", EMAIL) == "There is no such account. No account has that email address."


@pytest.mark.spec("SIGN-7")
def test_a_reference_number_that_somebody_reads_out_is_looked_up(operator: Operator) -> None:
    operator.has_account(EMAIL)
    assert isinstance(first_step(operator.url), Done)
    ((reference,),) = operator.rows("SELECT reference FROM attempts")
    shown = operator.done("account", "show", f" {reference.lower()}", "--json").data
    assert (shown["reference"], shown["outcome"], shown["address"]) == (reference, "done", HERE.ip)
    assert "Please sign in again" in operator.refused("account", "show", "ZZZZ-ZZZZ")
