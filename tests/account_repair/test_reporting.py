"""“This wasn't me”: one press from any alarming notice, and the account is closed to everyone but its owner (MFA-11)."""

from base64 import b32decode
from datetime import timedelta
from typing import Final

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from tests.email_change.changes import MALLORY, NEW, changed, here, not_me_links
from tests.email_verification.sign_ups import ask_for_reset, code_of, reset_links
from tests.outbox.test_relay import Post, run_for
from tests.signin.client import KEY, Client, blocked_by, caller_of, mfa_of, names_in_trail, sign_in, signed_in, token_of
from tests.world import HERE, PASSWORD, Practice, open_practice
from wardkey.account_repair.actions import PasswordSet, look_at_reset, reset_password
from wardkey.account_repair.reporting import Reported, ReportLink, look_at_report, report
from wardkey.accounts.actions import tell_account
from wardkey.accounts.rules import Account, Status, email_key
from wardkey.notices.catalogue import EXAMPLES, MethodAdded, NewDevice, Notice
from wardkey.ports import Unreachable
from wardkey.self_service.actions import Changed, change_password, overview
from wardkey.self_service.methods import begin_method, confirm_method, remove_method
from wardkey.settings import LinkSettings
from wardkey.vocabulary import Origin, Problem

pytestmark = pytest.mark.spec("MFA-11")
ADA: Final = "ada@example.org"
ATTACKERS: Final = "seven grey herons by the weir"
FRESH: Final = "nine slow trains to the coast"


async def told(practice: Practice, account: Account, notice: Notice | None = None) -> str:
    """Tell somebody what happened on their account; answers the token of the link in the message."""
    async with practice.write() as unit:
        await tell_account(unit, practice.world, account, notice or NewDevice(), HERE, practice.clock.now())
    await practice.deliver()
    return not_me_links(practice, account.email)[-1]


async def press(practice: Practice, token: str, origin: Origin = HERE) -> Reported | Problem:
    return await report(practice.units, practice.world, token, origin)


async def look(practice: Practice, token: str) -> ReportLink:
    return await look_at_report(practice.units, practice.world, token)


@pytest.mark.parametrize("notice", EXAMPLES, ids=lambda notice: str(notice.__struct_config__.tag))
async def test_what_alarms_carries_one_link_and_nothing_else_does(sqlite_practice: Practice, notice: Notice) -> None:
    practice = sqlite_practice
    account, _ = await practice.add_person(ADA)
    async with practice.write() as unit:
        await tell_account(unit, practice.world, account, notice, HERE, practice.clock.now())
    await practice.deliver()
    assert len(not_me_links(practice)) == (1 if notice.is_alarming else 0)


async def test_everyone_is_out_and_the_password_opens_nothing(practice: Practice) -> None:
    account, _ = await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    token = await told(practice, account, MethodAdded(method="totp"))
    session = await sign_in(practice, key=KEY)
    practice.clock.advance(timedelta(seconds=30))
    under_way = Client(practice, MALLORY)
    await under_way.password()
    await ask_for_reset(practice)
    (earlier,) = reset_links(practice)
    assert await look(practice, token) == ReportLink(None)
    assert await press(practice, token) == Reported(ADA)
    assert await signed_in(practice, session) is None
    assert blocked_by(await under_way.code(practice.code(KEY))) == "password_known_to_others"
    assert blocked_by(await Client(practice, MALLORY).password()) == "password_known_to_others"
    assert await look_at_reset(practice.units, practice.world, earlier) == "link_replaced"
    await practice.deliver()
    done = await reset_password(practice.units, practice.world, reset_links(practice)[-1], FRESH, HERE)
    assert done == PasswordSet(ADA)
    practice.clock.advance(timedelta(seconds=30))
    client = Client(practice)
    assert mfa_of(await client.password(password=FRESH)).methods == ("totp", "recovery_code")
    token_of(await client.code(practice.code(KEY)))
    trail = await names_in_trail(practice, account.id)
    assert {"account.compromise_reported", "account.password_reset_requested"} <= set(trail)


async def test_the_link_outlives_whatever_the_attacker_changes(practice: Practice) -> None:
    account, _ = await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    token = await told(practice, account)
    attacker = await caller_of(practice, await sign_in(practice, key=KEY), MALLORY)
    assert await change_password(attacker, PASSWORD, ATTACKERS) == Changed()
    setup = await begin_method(attacker, "totp")
    assert not isinstance(setup, Problem)
    assert await confirm_method(attacker, "totp", {"code": practice.code(b32decode(str(setup["secret"])))}) == Changed()
    assert await remove_method(attacker, (await overview(attacker)).methods[0].id) == Changed()
    assert await press(practice, token) == Reported(ADA)
    assert blocked_by(await Client(practice, MALLORY).password(password=ATTACKERS)) == "password_known_to_others"


async def test_an_address_that_was_changed_since_is_restored_first(practice: Practice) -> None:
    """The reset link goes to whoever read the notice, not to the mailbox of whoever changed the address."""
    account, _ = await practice.add_person(ADA)
    token = await told(practice, account)
    await changed(practice, await here(practice))
    assert await look(practice, token) == ReportLink(None, restores=ADA)
    assert await press(practice, token) == Reported(ADA)
    await practice.deliver()
    assert (len(reset_links(practice)), reset_links(practice, NEW)) == (1, [])
    async with practice.units.read() as unit:
        now = await unit.accounts.by_id(account.id)
    assert now is not None
    assert now.email == ADA
    trail = await names_in_trail(practice, account.id)
    assert {"account.compromise_reported", "account.email_change_undone"} <= set(trail)


async def test_where_the_address_belongs_to_another_account_meanwhile_everyone_is_still_signed_out(practice: Practice) -> None:
    account, _ = await practice.add_person(ADA)
    token = await told(practice, account)
    await changed(practice, await here(practice))
    session = await sign_in(practice, NEW)
    other, _ = await practice.add_person(ADA)
    assert await look(practice, token) == ReportLink(None)
    assert await press(practice, token) == Reported(NEW)
    assert await signed_in(practice, session) is None
    async with practice.units.read() as unit:
        assert await unit.accounts.by_email(email_key(ADA)) == other


async def test_looking_spends_nothing_and_a_press_works_once(practice: Practice) -> None:
    account, _ = await practice.add_person(ADA)
    token = await told(practice, account)
    for _ in range(100):
        assert (await look(practice, token)).fault is None
    assert await press(practice, token) == Reported(ADA)
    assert code_of(await press(practice, token)) == (await look(practice, token)).fault == "link_used"
    await practice.deliver()
    assert len(reset_links(practice)) == 1


async def test_each_notice_has_a_link_of_its_own(practice: Practice) -> None:
    account, _ = await practice.add_person(ADA)
    first, second = await told(practice, account), await told(practice, account)
    assert await press(practice, second) == Reported(ADA)
    assert await press(practice, first) == Reported(ADA)


@pytest.mark.parametrize("days", [7, 2])
async def test_a_link_works_for_seven_days_to_the_second_or_as_long_as_is_set(sqlite_url: str, days: int) -> None:
    async with open_practice(sqlite_url, links=LinkSettings(not_me_days=days)) as practice:
        account, _ = await practice.add_person(ADA)
        given_at, token = practice.clock.now(), await told(practice, account)
        practice.clock.advance(given_at + timedelta(days=days, seconds=-1) - practice.clock.now())
        assert (await look(practice, token)).fault is None
        practice.clock.advance(timedelta(seconds=1))
        assert code_of(await press(practice, token)) == (await look(practice, token)).fault == "link_expired"


async def test_links_that_were_never_given_open_nothing(practice: Practice) -> None:
    account, _ = await practice.add_person(ADA)
    token = await told(practice, account)
    await ask_for_reset(practice)
    for wrong in ("", "x" * 43, token[:-1], "\x00", "é", *reset_links(practice)):
        assert code_of(await press(practice, wrong)) == (await look(practice, wrong)).fault == "link_unknown"
    assert await look_at_reset(practice.units, practice.world, token) == "link_unknown"


async def test_links_cannot_be_tried_without_end(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    for _ in range(60):
        assert code_of(await press(practice, "x" * 43)) == "link_unknown"
    assert code_of(await press(practice, "x" * 43)) == "too_many_requests"


async def test_the_reset_link_costs_nothing_of_the_owners_budget(practice: Practice) -> None:
    account, _ = await practice.add_person(ADA)
    token = await told(practice, account)
    for _ in range(5):
        await ask_for_reset(practice)
    before = len(reset_links(practice))
    assert await press(practice, token) == Reported(ADA)
    await practice.deliver()
    assert len(reset_links(practice)) == before + 1


async def test_a_deactivated_account_gets_no_way_to_a_new_password(practice: Practice) -> None:
    account, _ = await practice.add_person(ADA)
    token = await told(practice, account)
    async with practice.write() as unit:
        assert await unit.accounts.set_status(account.id, Status.DEACTIVATED)
    assert await press(practice, token) == Reported(ADA)
    await practice.deliver()
    assert reset_links(practice) == []


async def test_the_database_holds_no_token_and_no_address_of_a_link(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    account, _ = await practice.add_person(ADA)
    token = await told(practice, account)
    async with practice.units.read() as unit:
        link = await unit.links.newest(account.id, "not_me")
    assert token not in repr(link)
    assert ADA not in repr(link)


async def test_an_alarm_and_its_link_reach_the_owner_within_ten_seconds_of_an_outage(practice: Practice) -> None:
    """The notice waits while the mail server is down, and its link works from the moment it arrives."""
    account, _ = await practice.add_person(ADA)
    post = Post()
    post.everybody = Unreachable("refused")
    practice.service = replace(practice.service, mail=post)
    async with practice.write() as unit:
        await tell_account(unit, practice.world, account, NewDevice(), HERE, practice.clock.now())
    with capture_logs():
        await run_for(practice, timedelta(minutes=10), step=timedelta(seconds=5))
    assert post.taken == []
    post.everybody = None
    back = practice.clock.now()
    await run_for(practice, timedelta(seconds=10))
    assert practice.clock.now() - back <= timedelta(seconds=10)
    (mail,) = post.taken
    token = mail.text.partition("/not-me/")[2].split()[0]
    for words in ("new device", "near Leeds, United Kingdom", "Firefox on Linux", "24 November 2026, 12:00 (UTC)"):
        assert words in mail.text
    assert await press(practice, token) == Reported(ADA)
