"""The way back from the earlier address, for seven days, whatever an attacker changed meanwhile (ACC-4)."""

from base64 import b32decode
from datetime import timedelta
from typing import Final

import pytest

from tests.email_change.changes import (
    MALLORY,
    NEW,
    OLD,
    ask_for,
    changed,
    confirm_links,
    here,
    not_me_links,
    press,
    press_undo,
    seen_undo,
    undo_links,
)
from tests.email_verification.sign_ups import STRANGERS_PASSWORD, code_of, reset_links, sign_up
from tests.signin.client import KEY, Client, blocked_by, caller_of, names_in_trail, problem_of, sign_in, signed_in, token_of
from tests.world import HERE, PASSWORD, Practice
from wardkey.account_repair.actions import PasswordSet, reset_password
from wardkey.account_repair.reporting import Reported, look_at_report, report
from wardkey.accounts.rules import Account, Status, email_key
from wardkey.email_change.actions import LinkView, Moved, pending
from wardkey.self_service.actions import Changed, NewCodes, change_password, overview
from wardkey.self_service.methods import begin_method, confirm_method, remove_method
from wardkey.signin import view
from wardkey.vocabulary import Problem

pytestmark = pytest.mark.spec("ACC-4")
ATTACKERS: Final = "seven grey herons by the weir"
FRESH: Final = "nine slow trains to the coast"
THIRD: Final = "mallory@third.example"


async def account_at(practice: Practice, email: str) -> Account:
    async with practice.units.read() as unit:
        found = await unit.accounts.by_email(email_key(email))
    assert found is not None, email
    return found


async def reset(practice: Practice, email: str = OLD) -> None:
    """Choose a new password with the newest link."""
    await practice.deliver()
    done = await reset_password(practice.units, practice.world, reset_links(practice, email)[-1], FRESH, HERE)
    assert done == PasswordSet(email)


async def test_one_press_restores_the_address_ends_everything_and_sends_a_way_to_a_new_password(practice: Practice) -> None:
    account, _ = await practice.add_person(OLD)
    caller = await here(practice)
    undo = await changed(practice, caller)
    tokens = [await sign_in(practice, NEW) for _ in range(2)]
    assert await seen_undo(practice, undo) == LinkView(None, OLD)
    assert await press_undo(practice, undo) == Moved(OLD)
    now = await account_at(practice, OLD)
    assert (now.id, now.is_password_known) == (account.id, True)
    assert [await signed_in(practice, token) for token in tokens] == [None, None]
    async with practice.units.read() as unit:
        assert await unit.sessions.live(account.id, practice.clock.now()) == []
    assert blocked_by(await Client(practice).password(OLD)) == "password_known_to_others"
    await reset(practice)
    token_of(await Client(practice).password(OLD, FRESH))
    trail = await names_in_trail(practice, account.id)
    assert {"account.email_change_undone", "account.password_reset_requested", "account.password_changed"} <= set(trail)


async def test_the_address_that_the_account_leaves_is_told(practice: Practice) -> None:
    await practice.add_person(OLD)
    undo = await changed(practice, await here(practice))
    await press_undo(practice, undo, MALLORY)
    await practice.deliver()
    mail = practice.mails_to(NEW)[-1]
    assert mail.subject == "This is no longer the address of a Wardkey account"
    assert OLD not in mail.text
    for kind in (undo_links, not_me_links, reset_links):
        assert kind(practice, NEW) == []


async def test_the_owner_gets_the_address_back_whatever_was_changed_meanwhile(practice: Practice) -> None:
    """An attacker who got in changes address, password and authenticator app; the link outlives all of it."""
    account, _ = await practice.add_person(OLD, totp_key=KEY, recovery_code=True)
    undo = await changed(practice, await here(practice, KEY))
    practice.clock.advance(timedelta(seconds=30))
    attacker = await here(practice, KEY, NEW)
    assert await change_password(attacker, PASSWORD, ATTACKERS) == Changed()
    setup = await begin_method(attacker, "totp")
    assert not isinstance(setup, Problem)
    assert await confirm_method(attacker, "totp", {"code": practice.code(b32decode(str(setup["secret"])))}) == Changed()
    practice.clock.advance(timedelta(days=6, hours=23))
    assert (await account_at(practice, NEW)).id == account.id
    assert await press_undo(practice, undo) == Moved(OLD)
    assert blocked_by(await Client(practice, MALLORY).password(OLD, ATTACKERS)) == "password_known_to_others"
    await reset(practice)
    seen = await Client(practice).password(OLD, FRESH)
    assert isinstance(seen.step, view.Mfa), "a mailbox never stands in for a method"


async def test_removing_every_method_does_not_void_the_link(practice: Practice) -> None:
    await practice.add_person(OLD, totp_key=KEY, recovery_code=True)
    caller = await here(practice, KEY)
    undo = await changed(practice, caller)
    practice.clock.advance(timedelta(seconds=30))
    attacker = await here(practice, KEY, NEW)
    assert await remove_method(attacker, (await overview(attacker)).methods[0].id) == Changed()
    assert await press_undo(practice, undo) == Moved(OLD)


async def test_a_second_change_of_address_does_not_keep_the_first_owner_out(practice: Practice) -> None:
    account, _ = await practice.add_person(OLD)
    undo = await changed(practice, await here(practice))
    await changed(practice, await here(practice, email=NEW), THIRD)
    assert await press_undo(practice, undo) == Moved(OLD)
    assert (await account_at(practice, OLD)).id == account.id


async def test_links_that_went_to_the_attackers_address_give_nothing_back(practice: Practice) -> None:
    """Between the second change and the undoing, the attacker's mailbox holds an undo link and "This wasn't me" of its own."""
    await practice.add_person(OLD)
    undo = await changed(practice, await here(practice))
    attacker = await here(practice, email=NEW)
    assert await change_password(attacker, PASSWORD, ATTACKERS) == Changed()
    await practice.deliver()
    attackers_undo = await changed(practice, await caller_of(practice, await sign_in(practice, NEW, ATTACKERS)), THIRD)
    attackers_reports = not_me_links(practice, NEW)
    assert await press_undo(practice, undo) == Moved(OLD)
    assert code_of(await press_undo(practice, attackers_undo, MALLORY)) == "link_replaced"
    assert attackers_reports
    for link in attackers_reports:
        assert code_of(await report(practice.units, practice.world, link, MALLORY)) == "link_replaced"
        assert (await look_at_report(practice.units, practice.world, link)).fault == "link_replaced"
    assert (await account_at(practice, OLD)).email == OLD


async def test_an_attacker_who_undoes_first_does_not_void_the_owners_link(practice: Practice) -> None:
    await practice.add_person(OLD)
    undo = await changed(practice, await here(practice))
    attackers_undo = await changed(practice, await here(practice, email=NEW), THIRD)
    assert await press_undo(practice, attackers_undo, MALLORY) == Moved(NEW)
    assert await press_undo(practice, undo) == Moved(OLD)


async def test_an_attacker_cannot_hold_the_earlier_address_by_signing_up_with_it(practice: Practice) -> None:
    account, _ = await practice.add_person(OLD)
    undo = await changed(practice, await here(practice))
    await sign_up(practice, OLD, STRANGERS_PASSWORD, MALLORY)
    assert await press_undo(practice, undo) == Moved(OLD)
    assert (await account_at(practice, OLD)).id == account.id
    assert problem_of(await Client(practice, MALLORY).password(OLD, STRANGERS_PASSWORD)) == "wrong_credentials"


async def test_an_address_that_belongs_to_another_account_meanwhile_is_told_plainly_and_spends_nothing(
    practice: Practice,
) -> None:
    account, _ = await practice.add_person(OLD)
    undo = await changed(practice, await here(practice))
    other, _ = await practice.add_person(OLD)
    assert code_of(await press_undo(practice, undo)) == "address_taken"
    assert (await account_at(practice, NEW)).id == account.id
    async with practice.units.read() as unit:
        assert await unit.accounts.by_id(other.id) == other
    assert (await seen_undo(practice, undo)).fault is None


async def test_a_change_that_waits_is_cancelled_with_the_undoing(practice: Practice) -> None:
    await practice.add_person(OLD)
    undo = await changed(practice, await here(practice))
    attacker = await here(practice, email=NEW)
    await ask_for(practice, attacker, THIRD)
    assert await press_undo(practice, undo) == Moved(OLD)
    assert await pending(attacker) is None
    assert code_of(await press(practice, confirm_links(practice, THIRD)[0])) == "link_replaced"


async def test_looking_spends_nothing_and_a_press_works_once(practice: Practice) -> None:
    await practice.add_person(OLD)
    undo = await changed(practice, await here(practice))
    for _ in range(100):
        assert (await seen_undo(practice, undo)).fault is None
    assert await press_undo(practice, undo) == Moved(OLD)
    assert code_of(await press_undo(practice, undo)) == (await seen_undo(practice, undo)).fault == "link_used"


async def test_a_link_works_for_seven_days_to_the_second(practice: Practice) -> None:
    await practice.add_person(OLD)
    undo = await changed(practice, await here(practice))
    account = await account_at(practice, NEW)
    async with practice.units.read() as unit:
        link = await unit.links.newest(account.id, "undo_email")
    assert link is not None
    assert link.expires_at - link.created_at == timedelta(days=7)
    practice.clock.advance(link.expires_at - practice.clock.now() - timedelta(seconds=1))
    assert (await seen_undo(practice, undo)).fault is None
    practice.clock.advance(timedelta(seconds=1))
    assert code_of(await press_undo(practice, undo)) == (await seen_undo(practice, undo)).fault == "link_expired"


async def test_a_suspended_account_gets_its_address_back_and_stays_suspended(practice: Practice) -> None:
    account, _ = await practice.add_person(OLD)
    undo = await changed(practice, await here(practice))
    async with practice.write() as unit:
        assert await unit.accounts.set_status(account.id, Status.SUSPENDED)
    assert await press_undo(practice, undo) == Moved(OLD)
    assert (await account_at(practice, OLD)).status is Status.SUSPENDED


async def test_a_deactivated_account_gets_no_way_to_a_new_password(practice: Practice) -> None:
    account, _ = await practice.add_person(OLD)
    undo = await changed(practice, await here(practice))
    async with practice.write() as unit:
        assert await unit.accounts.set_status(account.id, Status.DEACTIVATED)
    assert await press_undo(practice, undo) == Moved(OLD)
    await practice.deliver()
    assert reset_links(practice) == []


async def test_where_the_address_came_back_another_way_the_link_still_signs_everyone_out(practice: Practice) -> None:
    account, _ = await practice.add_person(OLD)
    undo = await changed(practice, await here(practice))
    await changed(practice, await here(practice, email=NEW), OLD)
    token = await sign_in(practice)
    assert await press_undo(practice, undo) == Moved(OLD)
    assert await signed_in(practice, token) is None
    trail = await names_in_trail(practice, account.id)
    assert trail.count("account.compromise_reported") == 1
    assert "account.email_change_undone" not in trail


async def test_the_reset_link_costs_nothing_of_the_owners_budget(practice: Practice) -> None:
    await practice.add_person(OLD)
    undo = await changed(practice, await here(practice))
    for _ in range(20):
        await practice.world.counters.add(f"mail_address:reset_password {OLD}", 3_600)
        await practice.world.counters.add(f"mail_pair:203.0.113.7/32 reset_password {OLD}", 3_600)
    assert await press_undo(practice, undo) == Moved(OLD)
    await practice.deliver()
    assert len(reset_links(practice)) == 1


async def test_a_new_method_can_be_set_up_after_the_way_back(practice: Practice) -> None:
    await practice.add_person(OLD)
    undo = await changed(practice, await here(practice))
    assert await press_undo(practice, undo) == Moved(OLD)
    await reset(practice)
    caller = await caller_of(practice, await sign_in(practice, OLD, FRESH))
    setup = await begin_method(caller, "totp")
    assert not isinstance(setup, Problem)
    assert isinstance(await confirm_method(caller, "totp", {"code": practice.code(b32decode(str(setup["secret"])))}), NewCodes)


async def test_one_report_from_the_earlier_address_undoes_the_change_as_well(practice: Practice) -> None:
    """Whoever presses the older link of the two is helped just as much."""
    await practice.add_person(OLD)
    caller = await here(practice)
    assert await change_password(caller, PASSWORD, ATTACKERS) == Changed()
    await practice.deliver()
    (older,) = not_me_links(practice)
    undo = await changed(practice, await caller_of(practice, await sign_in(practice, OLD, ATTACKERS)))
    assert await report(practice.units, practice.world, older, HERE) == Reported(OLD)
    assert code_of(await press_undo(practice, undo)) == "link_replaced"
