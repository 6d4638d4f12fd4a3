"""Getting back in with an emailed link: it sets a new password and nothing else, so MFA still stands (ACC-6)."""

from datetime import timedelta

import pytest

from tests.email_verification.sign_ups import (
    STRANGER,
    STRANGERS_PASSWORD,
    ask_for_reset,
    code_of,
    reset_links,
    sign_up,
    verification_links,
)
from tests.signin.client import KEY, Client, blocked_by, mfa_of, names_in_trail, problem_of, sign_in, signed_in, token_of
from tests.world import HERE, PASSWORD, Practice
from wardkey.account_repair.actions import PasswordSet, ask_reset, look_at_reset, reset_password
from wardkey.accounts.rules import Status, email_key
from wardkey.vocabulary import Origin, Problem

pytestmark = pytest.mark.spec("ACC-6")

NEW = "a long walk by the quiet river"


async def reset(practice: Practice, token: str, password: str = NEW, origin: Origin = HERE) -> PasswordSet | Problem:
    return await reset_password(practice.units, practice.world, token, password, origin)


async def test_a_reset_sets_the_password_tells_its_owner_and_ends_every_session_at_once(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org")
    tokens = [await sign_in(practice), await sign_in(practice)]
    await ask_for_reset(practice)
    (token,) = reset_links(practice)
    assert await look_at_reset(practice.units, practice.world, token) is None
    assert await reset(practice, token) == PasswordSet("ada@example.org")
    assert [await signed_in(practice, session) for session in tokens] == [None, None]
    assert problem_of(await Client(practice).password()) == "wrong_credentials"
    token_of(await Client(practice).password(password=NEW))
    await practice.deliver()
    subjects = [mail.subject for mail in practice.mails_to("ada@example.org")]
    assert [subjects.count(s) for s in ("Choose a new password for Wardkey", "Your Wardkey password was changed")] == [1, 1]
    trail = await names_in_trail(practice, account.id)
    assert "account.password_reset_requested" in trail
    assert "account.password_changed" in trail


async def test_mfa_is_still_asked_for_after_a_reset(practice: Practice) -> None:
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    await ask_for_reset(practice)
    assert isinstance(await reset(practice, reset_links(practice)[0]), PasswordSet)
    client = Client(practice)
    assert mfa_of(await client.password(password=NEW)).methods == ("totp", "recovery_code")
    token_of(await client.code(practice.code(KEY)))


async def test_a_link_works_once_and_voids_its_siblings(practice: Practice) -> None:
    await practice.add_person("ada@example.org")
    await ask_for_reset(practice)
    await ask_for_reset(practice, origin=STRANGER)
    first, second = reset_links(practice)
    assert isinstance(await reset(practice, first), PasswordSet)
    assert code_of(await reset(practice, first)) == await look_at_reset(practice.units, practice.world, first) == "link_used"
    assert code_of(await reset(practice, second)) == "link_replaced"


async def test_a_strangers_request_voids_no_link_of_the_owner(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    await practice.add_person("ada@example.org")
    await ask_for_reset(practice)
    await ask_for_reset(practice, origin=STRANGER)
    assert isinstance(await reset(practice, reset_links(practice)[0]), PasswordSet)


async def test_a_link_works_for_thirty_minutes_to_the_second(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    await practice.add_person("ada@example.org")
    await ask_for_reset(practice)
    (token,) = reset_links(practice)
    practice.clock.advance(timedelta(minutes=30, seconds=-1))
    assert await look_at_reset(practice.units, practice.world, token) is None
    practice.clock.advance(timedelta(seconds=1))
    assert await look_at_reset(practice.units, practice.world, token) == code_of(await reset(practice, token)) == "link_expired"


async def test_a_password_that_breaks_the_rules_spends_no_link(practice: Practice) -> None:
    await practice.add_person("ada@example.org")
    await ask_for_reset(practice)
    (token,) = reset_links(practice)
    assert code_of(await reset(practice, token, "")) == "password_missing"
    assert code_of(await reset(practice, token, "too short")) == "password_too_short"
    assert code_of(await reset(practice, token, "okafor okafor okafor")) == "password_has_context"
    assert code_of(await reset(practice, token, "correct horse battery staple")) == "password_breached"
    assert isinstance(await reset(practice, token), PasswordSet)


@pytest.mark.spec("ACC-5")
async def test_beside_a_second_factor_eight_characters_will_do(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    await ask_for_reset(practice)
    assert code_of(await reset(practice, reset_links(practice)[0], "kxv-9tz")) == "password_too_short"
    assert isinstance(await reset(practice, reset_links(practice)[0], "kxv-9tzq"), PasswordSet)


async def test_looking_at_a_link_spends_nothing(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    await practice.add_person("ada@example.org")
    await ask_for_reset(practice)
    (token,) = reset_links(practice)
    for _ in range(200):
        assert await look_at_reset(practice.units, practice.world, token) is None
    assert isinstance(await reset(practice, token), PasswordSet)


async def test_links_that_were_never_given_and_links_for_something_else_open_nothing(practice: Practice) -> None:
    await sign_up(practice)
    for token in ("", "x" * 43, "\x00", "é", verification_links(practice)[0]):
        assert code_of(await reset(practice, token)) == "link_unknown"
        assert await look_at_reset(practice.units, practice.world, token) == "link_unknown"


@pytest.mark.spec("ACC-1")
async def test_a_reset_proves_the_mailbox_of_an_address_that_was_not_proven_yet(practice: Practice) -> None:
    await sign_up(practice)
    await ask_for_reset(practice)
    assert isinstance(await reset(practice, reset_links(practice)[0]), PasswordSet)
    token_of(await Client(practice).password(password=NEW))
    async with practice.units.read() as unit:
        account = await unit.accounts.by_email(email_key("ada@example.org"))
    assert account is not None
    assert (account.status, account.email_verified_at) == (Status.ACTIVE, practice.clock.now())
    assert "account.email_verified" in await names_in_trail(practice, account.id)


async def test_a_reset_does_not_lift_a_suspension(practice: Practice) -> None:
    await practice.add_person("ada@example.org", status=Status.SUSPENDED)
    await ask_for_reset(practice)
    assert isinstance(await reset(practice, reset_links(practice)[0]), PasswordSet)
    assert blocked_by(await Client(practice).password(password=NEW)) == "account_suspended"


@pytest.mark.spec("ACC-7")
async def test_nothing_is_sent_to_unknown_and_deactivated_addresses_and_nothing_is_said(practice: Practice) -> None:
    await practice.add_person("gone@example.org", status=Status.DEACTIVATED)
    for email in ("gone@example.org", "nobody@example.org"):
        await ask_for_reset(practice, email)
        assert practice.mails_to(email) == []
    assert code_of(await ask_reset(practice.units, practice.world, "no address", HERE)) == "email_malformed"


async def test_the_password_of_a_reset_is_the_one_that_won(practice: Practice) -> None:
    await practice.add_person("ada@example.org")
    await ask_for_reset(practice)
    (token,) = reset_links(practice)
    await reset(practice, token)
    assert code_of(await reset(practice, token, STRANGERS_PASSWORD, STRANGER)) == "link_used"
    assert problem_of(await Client(practice).password(password=STRANGERS_PASSWORD)) == "wrong_credentials"
    assert problem_of(await Client(practice).password(password=PASSWORD)) == "wrong_credentials"
    token_of(await Client(practice).password(password=NEW))
