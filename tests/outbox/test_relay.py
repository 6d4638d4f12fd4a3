"""What was left for after the commit is carried out: at least once, not twice in the ordinary case, whatever is down (MFA-11)."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace
from structlog.testing import capture_logs

from tests.email_verification.sign_ups import reset_links
from tests.signin.client import KEY, caller_of, sign_in
from tests.world import HERE, NOON, Practice
from wardkey.account_repair.actions import ask_reset
from wardkey.accounts.actions import tell_account
from wardkey.accounts.rules import Account
from wardkey.audit.events import MessageAbandoned
from wardkey.edges.db.sqlite import path_of
from wardkey.notices.catalogue import MethodAdded
from wardkey.outbox.actions import leave, opened
from wardkey.outbox.rules import CLAIM_FOR, KEEP_TRYING_FOR, WAITS, Job, next_try
from wardkey.ports import Deferred, Mail, Rejected, Unavailable, Unreachable
from wardkey.self_service.methods import remove_method
from wardkey.surfaces.jobs import JOBS, deliver_due, run_relay
from wardkey.vocabulary import CredentialId

pytestmark = pytest.mark.spec("MFA-11")

SECOND = timedelta(seconds=1)


class Post:
    """A mail server that does what a test wants: for each address an exception to raise, or None to take the mail."""

    def __init__(self) -> None:
        self.taken: list[Mail] = []
        self.tried: list[str] = []
        self.answers: dict[str, Exception] = {}
        self.everybody: Exception | None = None
        self.has_taken = asyncio.Event()

    async def send(self, mail: Mail) -> None:
        self.tried.append(mail.to)
        trouble = self.everybody or self.answers.get(mail.to)
        if trouble is not None:
            raise trouble
        self.taken.append(mail)
        self.has_taken.set()


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    """What the relay logs about failures that a test makes on purpose."""
    with capture_logs():
        yield


@pytest.fixture
def post(practice: Practice) -> Post:
    """In place of the practice's own mail."""
    found = Post()
    practice.service = replace(practice.service, mail=found)
    return found


async def tell(practice: Practice, *accounts: Account) -> None:
    """Leave one notice for each."""
    for account in accounts:
        async with practice.write() as unit:
            await tell_account(unit, practice.world, account, MethodAdded(method="totp"), HERE, practice.clock.now())
        practice.clock.advance(timedelta(milliseconds=1))


async def people(practice: Practice, count: int) -> list[Account]:
    return [(await practice.add_person(f"{number}@example.org"))[0] for number in range(count)]


async def waiting(practice: Practice) -> int:
    async with practice.units.read() as unit:
        return (await unit.outbox.waiting())[0]


async def run_for(practice: Practice, time: timedelta, step: timedelta = SECOND) -> None:
    """Let time pass, the relay doing all that is due at each step."""
    end = practice.clock.now() + time
    while practice.clock.now() < end:
        await settle(practice)
        practice.clock.advance(step)
    await settle(practice)


async def settle(practice: Practice) -> None:
    while await deliver_due(practice.service):
        pass


async def abandoned(practice: Practice) -> list[str]:
    """What the trail says about messages that were given up."""
    query = f"SELECT data FROM events WHERE name = '{MessageAbandoned.name}'"
    if practice.world.settings.database_url.startswith("sqlite"):
        with sqlite3.connect(path_of(practice.world.settings.database_url)) as connection:
            rows = [row[0] for row in connection.execute(query)]
        connection.close()
        return rows
    async with practice.database.connection() as held:  # type: ignore[attr-defined]
        return [row["data"] for row in await held.fetch(query)]


JOB = Job(id="job_1", kind="notice", sealed=b"", created_at=NOON, due_at=NOON)


@pytest.mark.parametrize(("tries", "seconds"), [(0, 5), (1, 30), (2, 120), (3, 600), (4, 1800), (5, 3600), (6, 3600), (50, 3600)])
def test_the_wait_after_each_try(tries: int, seconds: int) -> None:
    assert next_try(replace(JOB, tries=tries), NOON) == NOON + timedelta(seconds=seconds)
    assert list(WAITS) == sorted(WAITS)


def test_a_job_is_given_up_after_three_days() -> None:
    tried = replace(JOB, tries=80)
    assert next_try(tried, NOON + KEEP_TRYING_FOR - WAITS[-1]) == NOON + KEEP_TRYING_FOR
    assert next_try(tried, NOON + KEEP_TRYING_FOR - WAITS[-1] + SECOND) is None


async def test_each_message_is_delivered_once_oldest_first(practice: Practice, post: Post) -> None:
    accounts = await people(practice, 25)
    await tell(practice, *accounts)
    await run_for(practice, timedelta(minutes=10))
    assert [mail.to for mail in post.taken] == [account.email for account in accounts]
    assert await waiting(practice) == 0


async def test_what_waited_while_the_mail_server_was_down_is_delivered_within_ten_seconds_of_its_return(
    practice: Practice, post: Post
) -> None:
    accounts = await people(practice, 12)
    post.everybody = Unreachable("refused")
    await tell(practice, *accounts)
    await run_for(practice, timedelta(minutes=10), step=timedelta(seconds=5))
    assert post.taken == []
    post.everybody = None
    await run_for(practice, timedelta(seconds=10))
    assert Counter(mail.to for mail in post.taken) == {account.email: 1 for account in accounts}


async def test_an_outage_of_any_length_gives_up_nothing(practice: Practice, post: Post) -> None:
    (account,) = await people(practice, 1)
    post.everybody = Unreachable("refused")
    await tell(practice, account)
    await run_for(practice, timedelta(days=5), step=timedelta(hours=1))
    assert (await waiting(practice), await abandoned(practice)) == (1, [])
    post.everybody = None
    await run_for(practice, timedelta(seconds=10))
    assert len(post.taken) == 1


@pytest.mark.parametrize("count", [1, 40])
async def test_while_the_server_cannot_be_reached_one_message_is_tried_every_five_seconds(
    practice: Practice, post: Post, count: int
) -> None:
    await tell(practice, *await people(practice, count))
    post.everybody = Unreachable("refused")
    await run_for(practice, timedelta(minutes=1))
    assert len(post.tried) in range(9, 14), "however many wait"
    assert len(set(post.tried)) >= min(count, len(post.tried) - 1), "another one each time"


async def test_messages_at_which_the_server_breaks_off_keep_back_no_others(practice: Practice, post: Post) -> None:
    odd, strange, *others = await people(practice, 30)
    post.answers = {odd.email: Unreachable("connection lost"), strange.email: Unreachable("connection lost")}
    await tell(practice, odd, strange, *others)
    await run_for(practice, timedelta(seconds=30))
    assert [mail.to for mail in post.taken] == [account.email for account in others]


async def test_a_message_that_is_deferred_waits_longer_each_time_while_others_go(practice: Practice, post: Post) -> None:
    slow, quick = await people(practice, 2)
    post.answers[slow.email] = Deferred("greylisted")
    await tell(practice, slow, quick)
    await run_for(practice, timedelta(seconds=4))
    assert [mail.to for mail in post.taken] == [quick.email]
    await run_for(practice, timedelta(minutes=14))
    assert post.tried.count(slow.email) == 5, "at once, and after 5 s, 30 s, 2 min and 10 min"
    del post.answers[slow.email]
    await run_for(practice, timedelta(minutes=30))
    assert [mail.to for mail in post.taken] == [quick.email, slow.email]


async def test_a_message_that_is_refused_for_good_goes_and_the_trail_says_so(practice: Practice, post: Post) -> None:
    gone, other = await people(practice, 2)
    post.answers[gone.email] = Rejected("550 no such user")
    await tell(practice, gone, other)
    await settle(practice)
    assert [mail.to for mail in post.taken] == [other.email]
    assert await waiting(practice) == 0
    assert await abandoned(practice) == ['{"notice":"notice","why":"550 no such user"}']


async def test_after_three_days_of_deferrals_a_message_is_given_up_on_the_record(practice: Practice, post: Post) -> None:
    (account,) = await people(practice, 1)
    post.answers[account.email] = Deferred("mailbox full")
    await tell(practice, account)
    await run_for(practice, timedelta(days=3, hours=1), step=timedelta(minutes=10))
    assert await waiting(practice) == 0
    assert await abandoned(practice) == ['{"notice":"notice","why":"tried for too long"}']


class Nonsense(Struct, frozen=True):
    """A payload that no job understands."""

    odd: int = 1


async def test_a_job_that_always_fails_holds_up_nothing(practice: Practice, post: Post) -> None:
    async with practice.write() as unit:
        await leave(unit, practice.world, "notice", Nonsense(), practice.clock.now())
        await leave(unit, practice.world, "no such kind", Nonsense(), practice.clock.now())
        sealed_elsewhere = Job(
            id="job_0", kind="notice", sealed=b"\x01garbage", created_at=practice.clock.now(), due_at=practice.clock.now()
        )
        await unit.outbox.add(sealed_elsewhere)
    accounts = await people(practice, 3)
    await tell(practice, *accounts)
    await settle(practice)
    assert [mail.to for mail in post.taken] == [account.email for account in accounts]
    assert await waiting(practice) == 3
    await run_for(practice, timedelta(days=3, hours=3), step=timedelta(minutes=60))
    assert await waiting(practice) == 0
    assert len(await abandoned(practice)) == 3


async def test_a_relay_that_dies_after_sending_leads_to_a_second_copy_with_the_same_id(practice: Practice, post: Post) -> None:
    """At least once: the receiver can tell a repeat by its message id."""
    (account,) = await people(practice, 1)
    await tell(practice, account)

    async def die(mail: Mail) -> None:
        await Post.send(post, mail)
        raise asyncio.CancelledError

    post.send = die  # type: ignore[method-assign]
    with pytest.raises(asyncio.CancelledError):
        await deliver_due(practice.service)
    del post.send
    await run_for(practice, CLAIM_FOR - 2 * SECOND)
    assert len(post.taken) == 1, "its claim still stands"
    await run_for(practice, 3 * SECOND)
    first, second = post.taken
    assert first.message_id == second.message_id
    assert await waiting(practice) == 0


async def test_several_relays_deliver_each_message_once(practice: Practice, post: Post) -> None:
    accounts = await people(practice, 20)
    await tell(practice, *accounts)
    await asyncio.gather(*(deliver_due(practice.service) for _ in range(6)))
    await settle(practice)
    assert Counter(mail.to for mail in post.taken) == {account.email: 1 for account in accounts}


async def test_a_change_of_mfa_reaches_its_owner_within_ten_seconds(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    caller = await caller_of(practice, await sign_in(practice, key=KEY))
    async with practice.units.read() as unit:
        method = next(c.id for c in await unit.credentials.of(account.id) if c.kind == "totp")
    await remove_method(caller, CredentialId(method))
    changed = practice.clock.now()
    await settle(practice)
    (mail,) = practice.mails_to("ada@example.org")
    assert mail.sent_at - changed < 10 * SECOND
    assert "Firefox" in mail.text
    assert "Leeds" in mail.text


async def arrival(post: Post) -> None:
    """The next message."""
    async with asyncio.timeout(10):
        await post.has_taken.wait()


async def test_the_running_relay_is_woken_by_the_bell_and_told_to_stop(practice: Practice, post: Post) -> None:
    (account,) = await people(practice, 1)
    stop: Any = asyncio.Event()
    bell: Any = practice.world.bell
    relay = asyncio.create_task(run_relay(practice.service, bell, stop))
    await asyncio.sleep(0)
    await tell(practice, account)
    await arrival(post)
    assert [mail.to for mail in post.taken] == [account.email]
    stop.set()
    bell.ring()
    async with asyncio.timeout(5):
        await relay


async def test_the_relay_outlives_an_outage_of_the_database(
    practice: Practice, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    (account,) = await people(practice, 1)
    await tell(practice, account)
    stop: Any = asyncio.Event()
    bell: Any = practice.world.bell
    broken = asyncio.Event()
    real = practice.database.read

    def out_of_order() -> Any:
        if broken.is_set():
            return real()
        broken.set()
        raise Unavailable("database")

    monkeypatch.setattr(type(practice.database), "read", lambda _self: out_of_order())
    relay = asyncio.create_task(run_relay(practice.service, bell, stop))
    await arrival(post)
    stop.set()
    bell.ring()
    await relay
    assert broken.is_set()


@pytest.mark.spec("ACC-1", "ACC-6")
async def test_the_bytes_of_the_outbox_hold_neither_token_nor_address(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    await practice.add_person("grace@example.org", name="Grace Hopper")
    assert await ask_reset(practice.units, practice.world, "grace@example.org", HERE) is None
    practice.clock.advance(SECOND)
    assert await deliver_due(practice.service) == 1
    async with practice.units.read() as unit:
        (notice,) = await unit.outbox.due(practice.clock.now(), 10)
    plain = opened(practice.world, notice)
    assert b"grace@example.org" in plain
    await settle(practice)
    (token,) = reset_links(practice, "grace@example.org")
    assert token.encode() in plain
    for secret in (b"grace", b"Hopper", token.encode(), HERE.ip.encode()):
        assert secret not in notice.sealed
    with pytest.raises(ValueError, match="seal"):
        opened(practice.world, replace(notice, id="job_other"))


def test_every_kind_of_job_has_somebody_who_does_it() -> None:
    assert set(JOBS) == {"sign_up", "resend_verification", "password_reset", "email_change", "notice", "text"}
