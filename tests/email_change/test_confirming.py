"""The link to the new address: one press, and the account has it; what is open ends, and the earlier address is told (ACC-4)."""

from datetime import timedelta

import pytest

from tests.email_change.changes import (
    NEW,
    OLD,
    ask_for,
    changed,
    confirm_links,
    here,
    not_me_links,
    press,
    press_undo,
    seen,
    undo_links,
)
from tests.email_verification.sign_ups import STRANGERS_PASSWORD, ask_for_reset, code_of, open_link, reset_links, sign_up
from tests.email_verification.sign_ups import verification_links as verify_links
from tests.signin.client import KEY, Client, blocked_by, names_in_trail, problem_of, sign_in, signed_in, token_of
from tests.world import PASSWORD, Practice
from wardkey.account_repair.actions import look_at_reset
from wardkey.account_repair.reporting import look_at_report
from wardkey.accounts.rules import Status, email_key
from wardkey.email_change.actions import Moved, pending
from wardkey.email_verification.actions import Confirmed
from wardkey.self_service.actions import Changed, change_password

pytestmark = pytest.mark.spec("ACC-4")
PASSPHRASE = "a long walk by the quiet river"  # noqa: S105


async def test_one_press_without_a_session_gives_the_account_its_new_address(practice: Practice) -> None:
    account, _ = await practice.add_person(OLD, totp_key=KEY, recovery_code=True)
    caller = await here(practice, KEY)
    await ask_for(practice, caller)
    practice.clock.advance(timedelta(minutes=1))
    (token,) = confirm_links(practice)
    assert (await seen(practice, token)).email == NEW
    assert await press(practice, token) == Moved(NEW)
    async with practice.units.read() as unit:
        now = await unit.accounts.by_email(email_key(NEW))
        assert await unit.accounts.by_email(email_key(OLD)) is None
    assert now is not None
    assert (now.id, now.email, now.email_verified_at) == (account.id, NEW, practice.clock.now())
    assert now.security_stamp != account.security_stamp
    assert now.password_hash == account.password_hash
    assert problem_of(await Client(practice).password(OLD)) == "wrong_credentials"
    assert await sign_in(practice, NEW, key=KEY)
    assert "account.email_changed" in await names_in_trail(practice, account.id)


async def test_the_session_that_asked_is_kept_and_everything_else_open_ends(practice: Practice) -> None:
    await practice.add_person(OLD)
    other = await sign_in(practice)
    attempt = Client(practice)
    caller = await here(practice)
    await ask_for_reset(practice)
    (reset,) = reset_links(practice)
    async with practice.write() as unit:
        account = await unit.accounts.by_email(email_key(OLD))
    assert account is not None
    await ask_for(practice, caller)
    assert await press(practice, confirm_links(practice)[0]) == Moved(NEW)
    assert await signed_in(practice, other) is None
    async with practice.units.read() as unit:
        kept = await unit.sessions.signed_in(caller.who.session.id, practice.clock.now())
    assert kept is not None
    assert kept.email == NEW
    assert await look_at_reset(practice.units, practice.world, reset) == "link_replaced"
    assert await pending(caller) is None
    assert problem_of(await attempt.password(OLD)) == "wrong_credentials"


async def test_a_sign_in_under_way_ends_with_the_change(practice: Practice) -> None:
    await practice.add_person(OLD, totp_key=KEY, recovery_code=True)
    caller = await here(practice, KEY)
    practice.clock.advance(timedelta(seconds=30))
    under_way = Client(practice)
    await under_way.password(OLD)
    await ask_for(practice, caller)
    assert await press(practice, confirm_links(practice)[0]) == Moved(NEW)
    practice.clock.advance(timedelta(seconds=30))
    assert blocked_by(await under_way.code(practice.code(KEY))) == "account_changed"


async def test_the_earlier_address_is_told_with_a_way_back_and_the_new_one_that_it_is_set(practice: Practice) -> None:
    await practice.add_person(OLD, time_zone="America/New_York")
    token = await changed(practice, await here(practice))
    (mail,) = practice.mails_to(OLD)
    assert mail.subject == "The email address of your Wardkey account was changed"
    for words in ("a••••@new.example", "near Leeds, United Kingdom", "Firefox on Linux", "New York time", "7 days", token):
        assert words in mail.text
    assert NEW not in mail.text + mail.html
    _, told = practice.mails_to(NEW)
    assert told.subject == "This is now the address of your Wardkey account"
    assert undo_links(practice, NEW) == not_me_links(practice, NEW) == [], (
        "whoever gave the account this address gets no way back"
    )


async def test_looking_spends_nothing_and_a_press_works_once(practice: Practice) -> None:
    await practice.add_person(OLD)
    await ask_for(practice, await here(practice))
    (token,) = confirm_links(practice)
    for _ in range(100):
        assert (await seen(practice, token)).fault is None
    assert await press(practice, token) == Moved(NEW)
    assert code_of(await press(practice, token)) == (await seen(practice, token)).fault == "link_used"


async def test_a_link_works_for_a_day_to_the_second(practice: Practice) -> None:
    await practice.add_person(OLD)
    await ask_for(practice, await here(practice))
    (token,) = confirm_links(practice)
    practice.clock.advance(timedelta(hours=24, seconds=-1))
    async with practice.units.read() as unit:
        account = await unit.accounts.by_email(email_key(OLD))
        link = await unit.links.newest(account.id, "change_email") if account else None
    assert link is not None
    practice.clock.advance(link.expires_at - practice.clock.now() - timedelta(seconds=1))
    assert (await seen(practice, token)).fault is None
    practice.clock.advance(timedelta(seconds=1))
    assert code_of(await press(practice, token)) == (await seen(practice, token)).fault == "link_expired"


async def test_a_change_of_password_in_between_voids_the_link(practice: Practice) -> None:
    await practice.add_person(OLD)
    caller = await here(practice)
    await ask_for(practice, caller)
    assert await change_password(caller, PASSWORD, PASSPHRASE) == Changed()
    assert code_of(await press(practice, confirm_links(practice)[0])) == "link_replaced"


async def test_an_account_suspended_in_between_keeps_its_address(practice: Practice) -> None:
    account, _ = await practice.add_person(OLD)
    await ask_for(practice, await here(practice))
    async with practice.write() as unit:
        assert await unit.accounts.set_status(account.id, Status.SUSPENDED)
    assert code_of(await press(practice, confirm_links(practice)[0])) == "link_replaced"


async def test_an_address_that_got_an_account_in_between_is_not_taken_from_it(practice: Practice) -> None:
    account, _ = await practice.add_person(OLD)
    await ask_for(practice, await here(practice))
    other, _ = await practice.add_person(NEW)
    (token,) = confirm_links(practice)
    assert code_of(await press(practice, token)) == "address_taken"
    async with practice.units.read() as unit:
        assert (await unit.accounts.by_id(account.id), await unit.accounts.by_id(other.id)) == (account, other)
    assert (await seen(practice, token)).fault is None, "nothing was spent"


async def test_a_sign_up_that_nobody_proved_makes_room(practice: Practice) -> None:
    """Or a stranger could keep an address from its owner by signing up with it."""
    await practice.add_person(OLD)
    await sign_up(practice, NEW, STRANGERS_PASSWORD)
    (strangers,) = verify_links(practice, NEW)
    await ask_for(practice, await here(practice))
    assert await press(practice, confirm_links(practice)[0]) == Moved(NEW)
    assert code_of(await open_link(practice, strangers, STRANGERS_PASSWORD)) == "link_unknown"
    token_of(await Client(practice).password(NEW))


async def test_somebody_that_a_practice_waits_for_keeps_their_address(practice: Practice) -> None:
    clinic = await practice.add_organization()
    await practice.add_person(OLD)
    await ask_for(practice, await here(practice))
    await practice.add_person(NEW, status=Status.UNVERIFIED, organization=clinic)
    assert code_of(await press(practice, confirm_links(practice)[0])) == "address_taken"


async def test_a_link_for_one_purpose_opens_nothing_else(practice: Practice) -> None:
    await practice.add_person(OLD)
    caller = await here(practice)
    await ask_for_reset(practice)
    undo = await changed(practice, caller)
    await ask_for(practice, await here(practice, email=NEW), "third@new.example")
    await sign_up(practice, "carol@example.org")
    (confirm,), (verify,) = confirm_links(practice, "third@new.example"), verify_links(practice, "carol@example.org")
    for token in (undo, verify, reset_links(practice)[0], "", "x" * 43, "\x00", "é", confirm[:-1]):
        assert code_of(await press(practice, token)) == (await seen(practice, token)).fault == "link_unknown"
    for token in (confirm, verify, reset_links(practice)[0], ""):
        assert code_of(await press_undo(practice, token)) == "link_unknown"
        assert (await look_at_report(practice.units, practice.world, token)).fault == "link_unknown"
    for token in (confirm, undo):
        assert code_of(await open_link(practice, token, PASSWORD)) == "link_unknown"
        assert await look_at_reset(practice.units, practice.world, token) == "link_unknown"
    assert isinstance(await open_link(practice, verify, PASSWORD), Confirmed)


async def test_links_cannot_be_tried_without_end(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    for _ in range(30):
        assert code_of(await press(practice, "x" * 43)) == code_of(await press_undo(practice, "x" * 43)) == "link_unknown"
    assert code_of(await press(practice, "x" * 43)) == code_of(await press_undo(practice, "x" * 43)) == "too_many_requests"


async def test_changing_back_and_forth_works(practice: Practice) -> None:
    await practice.add_person(OLD)
    caller = await here(practice)
    await changed(practice, caller)
    back = await here(practice, email=NEW)
    await changed(practice, back, OLD)
    assert await signed_in(practice, await sign_in(practice, OLD)) is not None
