"""Asking for another address: behind the guard, the same for every address, and nothing changes before the press (ACC-4)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.edges.db.statements import noting
from tests.email_change.changes import NEW, OLD, ask_for, confirm_links, here, press, seen
from tests.email_verification.sign_ups import code_of
from tests.signin.client import names_in_trail
from tests.world import HERE, Practice, open_practice
from wardkey.accounts.rules import Status
from wardkey.email_change.actions import Moved, ask, cancel, pending, send_again
from wardkey.email_change.rules import Pending
from wardkey.emailed_links.rules import CHANGE
from wardkey.settings import LinkSettings
from wardkey.vocabulary import Origin

pytestmark = pytest.mark.spec("ACC-4")


@pytest.mark.spec("MFA-10")
async def test_asking_needs_a_fresh_proof_and_changes_nothing_by_itself(practice: Practice) -> None:
    account, _ = await practice.add_person(OLD)
    caller = await here(practice)
    practice.clock.advance(timedelta(minutes=5))
    assert code_of(await ask(caller, NEW)) == "step_up_required"
    assert await pending(caller) is None
    practice.clock.advance(timedelta(microseconds=-1))
    await ask_for(practice, caller)
    async with practice.units.read() as unit:
        assert await unit.accounts.by_id(account.id) == account
    assert practice.mails_to(OLD) == []
    assert len(confirm_links(practice)) == 1
    assert "account.email_change_requested" in await names_in_trail(practice, account.id)


async def test_the_change_that_waits_is_shown_until_it_is_confirmed_cancelled_or_over(practice: Practice) -> None:
    await practice.add_person(OLD)
    caller = await here(practice)
    assert await pending(caller) is None
    asked = await ask_for(practice, caller)
    assert await pending(caller) == asked
    assert (asked.email, asked.expires_at - asked.asked_at) == (NEW, timedelta(hours=24))
    await cancel(caller)
    assert await pending(caller) is None
    assert (await seen(practice, confirm_links(practice)[0])).fault == "link_replaced"
    assert code_of(await press(practice, confirm_links(practice)[0])) == "link_replaced"
    again = await ask(caller, NEW)
    assert await pending(caller) == again
    practice.clock.advance(timedelta(hours=24))
    assert await pending(caller) is None
    await cancel(caller)


async def test_a_newer_link_takes_the_place_of_earlier_ones(practice: Practice) -> None:
    await practice.add_person(OLD)
    caller = await here(practice)
    await ask_for(practice, caller, "ada@mistyped.example")
    await ask_for(practice, caller)
    (wrong,), (right,) = confirm_links(practice, "ada@mistyped.example"), confirm_links(practice)
    assert code_of(await press(practice, wrong)) == "link_replaced"
    practice.clock.advance(timedelta(minutes=30))
    assert isinstance(await send_again(caller), Pending), (
        "sending again needs no other proof: the address was asked for behind one"
    )
    await practice.deliver()
    again = confirm_links(practice)[-1]
    assert code_of(await press(practice, right)) == "link_replaced"
    assert await press(practice, again) == Moved(NEW)
    assert code_of(await send_again(await here(practice, email=NEW))) == "no_change_pending"


async def test_how_long_a_link_works_is_a_setting_that_the_mail_tells(sqlite_url: str) -> None:
    async with open_practice(sqlite_url, links=LinkSettings(change_hours=2)) as practice:
        await practice.add_person(OLD)
        await ask_for(practice, await here(practice))
        assert "2 hours" in practice.mails_to(NEW)[0].text
        practice.clock.advance(timedelta(hours=2))
        assert code_of(await press(practice, confirm_links(practice)[0])) == "link_expired"


@pytest.mark.parametrize(
    ("email", "code"),
    [("", "email_missing"), ("ada", "email_malformed"), ("a" * 300, "email_too_long"), (OLD, "email_same"),
     ("ada\u200b@new.example", "invisible_characters"), (" ADA@Example.org ", "email_same")],
)  # fmt: skip
async def test_what_is_no_other_address_is_refused_and_sends_nothing(sqlite_practice: Practice, email: str, code: str) -> None:
    practice = sqlite_practice
    await practice.add_person(OLD)
    caller = await here(practice)
    assert code_of(await ask(caller, email)) == code
    await practice.deliver()
    assert practice.outbox.sent == []
    assert await pending(caller) is None


@pytest.mark.spec("ACC-7")
async def test_an_address_in_use_cannot_be_told_from_a_free_one(practice: Practice) -> None:
    """The same answer, the same rows and jobs, the same statements, now and in the relay; only the mailbox differs."""
    addresses = ("free@example.org", "used@example.org", "gone@example.org", "invited@example.org", "waits@example.org")
    clinic = await practice.add_organization()
    await practice.add_person(OLD)
    await practice.add_person("used@example.org")
    await practice.add_person("gone@example.org", status=Status.DEACTIVATED)
    await practice.add_person("invited@example.org", status=Status.UNVERIFIED, organization=clinic)
    await practice.add_person("waits@example.org", status=Status.UNVERIFIED)
    caller = await here(practice)
    units, told = noting(practice), []
    for email in addresses:
        mine = replace(caller, units=units)
        asked = await ask(mine, email)
        assert isinstance(asked, Pending), asked
        shown = await pending(mine)
        assert shown == asked
        at_once = units.taken()
        await practice.deliver()
        told.append((email, asked.expires_at - asked.asked_at, at_once, units.taken()))
    assert all(one[1:] == told[0][1:] for one in told)
    assert told[0][2].count("INSERT links") == told[0][2].count("INSERT outbox") == 1


@pytest.mark.spec("ACC-7")
async def test_the_owner_of_an_address_is_told_and_nobody_else(practice: Practice) -> None:
    await practice.add_person(OLD)
    bob, _ = await practice.add_person("bob@example.org", name="Bob Ray")
    await ask_for(practice, await here(practice), "BOB@example.org")
    (mail,) = practice.outbox.sent
    assert mail.to == "bob@example.org"
    assert "already belongs to your account" in mail.text
    assert "Hello Bob Ray," in mail.text
    assert "Ada" not in mail.text + mail.html
    assert confirm_links(practice, "bob@example.org") == []
    async with practice.units.read() as unit:
        assert await unit.accounts.by_id(bob.id) == bob


@pytest.mark.spec("ACC-7")
async def test_a_link_to_an_address_that_was_in_use_is_with_nobody(practice: Practice) -> None:
    """The row is there, as for every address; its token went nowhere, and would set nothing if it had."""
    ada, _ = await practice.add_person(OLD)
    await practice.add_person("bob@example.org")
    await ask_for(practice, await here(practice), "bob@example.org")
    async with practice.units.read() as unit:
        link = await unit.links.newest(ada.id, CHANGE)
    assert link is not None
    for mail in practice.outbox.sent:
        assert "/confirm-email/" not in mail.text + mail.html


async def test_what_was_cancelled_or_sent_anew_a_moment_later_sends_no_dead_link(practice: Practice) -> None:
    await practice.add_person(OLD)
    caller = await here(practice)
    await ask(caller, "ada@mistyped.example")
    await cancel(caller)
    for _ in range(3):
        await ask(caller, NEW)
    await practice.deliver()
    assert practice.mails_to("ada@mistyped.example") == []
    (token,) = confirm_links(practice)
    assert await press(practice, token) == Moved(NEW)


async def test_links_are_limited_and_the_person_is_told(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    await practice.add_person(OLD)
    caller = await here(practice)
    await ask_for(practice, caller)
    for _ in range(2):
        assert isinstance(await send_again(caller), Pending)
        await practice.deliver()
    refused = await send_again(caller)
    assert (code_of(refused), getattr(refused, "retry_after", None)) == ("too_many_requests", 3_597)
    await practice.deliver()
    assert len(confirm_links(practice)) == 3
    for number in range(6):
        assert isinstance(await ask(caller, f"{number}@new.example"), Pending)
    assert code_of(await ask(caller, "one-more@new.example")) == "too_many_requests", "so many on the wish of one account"


async def test_several_accounts_cannot_flood_one_mailbox(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    for number in range(15):
        await practice.add_person(f"{number}@example.org")
        caller = await here(practice, email=f"{number}@example.org")
        await ask(replace(caller, origin=Origin(ip=f"198.51.100.{number}", user_agent="")), NEW)
    await practice.deliver()
    assert len(practice.mails_to(NEW)) == 12


async def test_the_database_holds_neither_the_token_nor_the_new_address(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    ada, _ = await practice.add_person(OLD)
    await ask_for(practice, await here(practice))
    async with practice.units.read() as unit:
        link = await unit.links.newest(ada.id, CHANGE)
        trail = await unit.audit.about(ada.id, limit=50)
    assert confirm_links(practice)[0] not in repr(link)
    assert NEW not in repr(link) + repr(trail)
    assert "a••••@new.example" in repr(trail)


async def test_a_change_that_waits_belongs_to_its_account_alone(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    await practice.add_person(OLD)
    await practice.add_person("bob@example.org")
    await ask_for(practice, await here(practice))
    bob = await here(practice, email="bob@example.org")
    assert await pending(bob) is None
    await cancel(bob)
    assert await press(practice, confirm_links(practice)[0], HERE) == Moved(NEW)
