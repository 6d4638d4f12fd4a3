"""How many statements things take: few, and the same for addresses with and without an account."""

import pytest

from tests.edges.db.statements import noting
from tests.email_verification.sign_ups import STRANGERS_PASSWORD
from tests.signin.client import KEY, Client, signed_in, token_of
from tests.world import HERE, Practice
from wardkey.account_repair.actions import ask_reset
from wardkey.accounts.rules import Status
from wardkey.email_verification.actions import SignUpForm, ask_resend, ask_sign_up

EMAILS = ("ada@example.org", "unverified@example.org", "nobody@example.org")


async def test_a_sign_in_with_a_code_and_a_look_at_its_session_take_at_most_eight_statements(practice: Practice) -> None:
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    units = noting(practice)
    client = Client(practice)
    await client.password()
    token = token_of(await client.code(practice.code(KEY)))
    assert await signed_in(practice, token) is not None
    noted = units.taken()
    assert noted == [
        "SELECT accounts", "INSERT attempts",
        "SELECT attempts", "UPDATE credentials", "INSERT sessions", "UPDATE attempts", "INSERT events",
        "SELECT sessions",
    ]  # fmt: skip
    assert len(noted) <= 8


@pytest.mark.spec("ACC-7")
async def test_a_failed_sign_in_takes_the_same_statements_whether_there_is_an_account_or_not(practice: Practice) -> None:
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    await practice.add_person("unverified@example.org", status=Status.UNVERIFIED)
    units = noting(practice)
    noted = []
    for email in EMAILS:
        await Client(practice).password(email, "not the right one at all")
        noted.append(units.taken())
    assert noted == [["SELECT accounts", "INSERT attempts", "INSERT events"]] * 3


@pytest.mark.spec("ACC-7")
async def test_asking_for_a_link_or_an_account_takes_the_same_statements_whoever_has_one(practice: Practice) -> None:
    await practice.add_person("ada@example.org")
    await practice.add_person("unverified@example.org", status=Status.UNVERIFIED)
    units, world = noting(practice), practice.world
    for email in EMAILS:
        await ask_reset(units, world, email, HERE)
        await ask_resend(units, world, email, HERE)
        await ask_sign_up(units, world, SignUpForm("Ada", email, STRANGERS_PASSWORD), HERE)
        assert units.taken() == ["INSERT outbox"] * 3


async def test_the_step_of_a_code_costs_one_statement_where_nothing_is_left_to_say(practice: Practice) -> None:
    """A code of the wrong shape, or one used before, is answered from what was read."""
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    client = Client(practice)
    await client.password()
    units = noting(practice)
    await client.code("12345")
    assert units.taken() == ["SELECT attempts"]
