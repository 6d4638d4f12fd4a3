"""How many statements things take: few, and the same for addresses with and without an account."""

from datetime import timedelta

import pytest

from tests.authenticator import Authenticator
from tests.edges.db.statements import noting
from tests.email_verification.sign_ups import STRANGERS_PASSWORD
from tests.signin.client import KEY, Client, signed_in, token_of
from tests.signin.methods import add_passkey, add_phone, texted
from tests.world import HERE, Practice
from wardkey.account_repair.actions import ask_reset
from wardkey.accounts.rules import Status
from wardkey.email_verification.actions import SignUpForm, ask_resend, ask_sign_up
from wardkey.factors.kinds.totp import STEP_S

EMAILS = ("ada@example.org", "unverified@example.org", "nobody@example.org")


async def test_a_sign_in_with_a_code_and_a_look_at_its_session_take_at_most_nine_statements(practice: Practice) -> None:
    """On a device that is known, as all but the first of a person's sign-ins on it."""
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    client = Client(practice)
    await client.password()
    token_of(await client.code(practice.code(KEY)))
    practice.clock.advance(timedelta(seconds=STEP_S))
    units = noting(practice)
    await client.password()
    token = token_of(await client.code(practice.code(KEY)))
    assert await signed_in(practice, token) is not None
    assert units.taken() == [
        "SELECT accounts", "INSERT attempts",
        "SELECT attempts", "UPDATE credentials", "INSERT sessions", "UPDATE known_devices", "UPDATE attempts", "INSERT events",
        "SELECT sessions",
    ]  # fmt: skip


@pytest.mark.spec("MFA-9")
async def test_a_sign_in_on_a_trusted_device_takes_no_more(practice: Practice) -> None:
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    client = Client(practice)
    await client.password()
    token_of(await client.code(practice.code(KEY), trusts=True))
    units = noting(practice)
    token_of(await client.password())
    assert units.taken() == [
        "SELECT accounts", "SELECT trusted_devices",
        "UPDATE trusted_devices", "INSERT sessions", "UPDATE known_devices", "INSERT attempts", "INSERT events",
    ]  # fmt: skip


@pytest.mark.spec("SIGN-2")
async def test_a_sign_in_with_a_passkey_takes_seven_statements(practice: Practice) -> None:
    ada, _ = await practice.add_person("ada@example.org")
    phone, client = Authenticator(), Client(practice)
    await add_passkey(practice, ada, phone, is_method=False)
    token_of(await client.passkey(phone))
    units = noting(practice)
    token_of(await client.passkey(phone))
    assert units.taken() == [
        "SELECT accounts",
        "INSERT ceremonies", "UPDATE credentials", "INSERT sessions", "UPDATE known_devices", "INSERT attempts", "INSERT events",
    ]  # fmt: skip


async def test_a_sign_in_with_a_texted_code_takes_few_statements(practice: Practice) -> None:
    """Beside those of another code: the question, the budget of texts, the text and its job."""
    ada, _ = await practice.add_person("ada@example.org", recovery_code=True)
    await add_phone(practice, ada)
    client = Client(practice)
    units = noting(practice)
    await client.password()
    asked = units.taken()
    await client.code(await texted(practice), "sms")
    units.taken()
    assert len(asked) <= 10, asked


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
