"""A text is handed to one sender after the other until one takes it, and never again after anything uncertain (MFA-3)."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.texts.asking import NUMBER, SECOND, TEXTS, Carrier, Reporting, ask, enter, rows, served_by, settle, the_text
from tests.world import NOON, Practice
from wardkey.accounts.actions import tell_account
from wardkey.notices.catalogue import RecoveryCodeUsed
from wardkey.outbox.rules import CLAIM_FOR
from wardkey.ports import Deferred, Mail, Rejected, TextStatus, Uncertain, Unreachable
from wardkey.surfaces.jobs import LANES, deliver_due, run_relay
from wardkey.texts import delivery
from wardkey.texts.actions import delivered
from wardkey.texts.rules import Status, TextJob
from wardkey.vocabulary import NOWHERE

pytestmark = pytest.mark.spec("MFA-3")


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    """What is logged about failures that a test makes on purpose."""
    with capture_logs():
        yield


async def asked(practice: Practice) -> None:
    """Somebody asks for a code."""
    account, _ = await practice.add_person("ada@example.org")
    assert await ask(practice, account) is None


async def waiting(practice: Practice) -> int:
    return int((await rows(practice, "SELECT count(*) FROM outbox WHERE kind = 'text'"))[0][0])


async def run_for(practice: Practice, time: timedelta, step: timedelta = SECOND) -> None:
    end = practice.clock.now() + time
    while practice.clock.now() < end:
        await settle(practice)
        practice.clock.advance(step)
    await settle(practice)


async def report(practice: Practice, sender: str, provider_id: str, outcome: TextStatus) -> bool:
    async with practice.write() as unit:
        return await delivered(unit, practice.world, sender, provider_id, outcome, practice.clock.now())


async def abandoned(practice: Practice) -> list[str]:
    return [data for (data,) in await rows(practice, "SELECT data FROM events WHERE name = 'message.abandoned'")]


async def test_the_first_sender_takes_it_and_no_other_is_asked(practice: Practice) -> None:
    first, second = served_by(practice, Carrier("first"), Carrier("second"))
    await asked(practice)
    await settle(practice)
    text = await the_text(practice)
    assert (text.status, text.sender, text.provider_id, text.sent_at) == (Status.SENT, "first", "first-1", NOON)
    assert [one.to for one in first.taken] == [NUMBER]
    assert (second.offered, await waiting(practice)) == ([], 0)


@pytest.mark.parametrize("trouble", [Deferred("busy"), Unreachable("refused"), Rejected("no such country")])
async def test_what_one_sender_surely_did_not_take_goes_to_the_next(practice: Practice, trouble: Exception) -> None:
    first, second = served_by(practice, Carrier("first", trouble), Carrier("second"))
    await asked(practice)
    await settle(practice)
    text = await the_text(practice)
    assert (text.status, text.sender, text.tried) == (Status.SENT, "second", ("first", "second"))
    assert [len(one.offered) for one in (first, second)] == [1, 1]
    assert first.offered == second.offered, "the same text, under the same id"


@pytest.mark.parametrize("trouble", [Uncertain("connection lost"), ValueError("a bug"), TimeoutError()])
async def test_what_one_sender_may_have_taken_goes_to_nobody_else_and_never_again(practice: Practice, trouble: Exception) -> None:
    first, second = served_by(practice, Carrier("first", trouble), Carrier("second"))
    await asked(practice)
    await run_for(practice, timedelta(minutes=15), step=timedelta(seconds=30))
    text = await the_text(practice)
    assert (text.status, text.sender, text.sealed) == (Status.UNCERTAIN, "first", None)
    assert text.sent_at is not None, "so that the guard counts it"
    assert (len(first.offered), second.offered, await waiting(practice)) == (1, [], 0)


async def test_a_sender_that_never_answers_leaves_it_uncertain(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "SENDER_TAKES_AT_MOST_S", 0.05)
    hanging, second = served_by(practice, Carrier("hanging"), Carrier("second"))

    async def never(_text: Any) -> str:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(hanging, "send", never)
    await asked(practice)
    await settle(practice)
    assert (await the_text(practice)).status is Status.UNCERTAIN
    assert second.offered == []


async def test_where_none_takes_it_now_it_is_tried_again_until_its_code_is_of_no_use(practice: Practice) -> None:
    first, second = served_by(
        practice, Carrier("first", *[Deferred("busy")] * 50), Carrier("second", *[Unreachable("refused")] * 50)
    )
    await asked(practice)
    await run_for(practice, timedelta(minutes=9))
    assert (await the_text(practice)).status is Status.QUEUED
    assert len(first.offered) == len(second.offered) == 4, "at once, and after 5 s, 30 s and 2 min"
    first.troubles.clear()
    await run_for(practice, timedelta(minutes=10))
    text = await the_text(practice)
    assert (text.status, text.sealed, text.sent_at) == (Status.EXPIRED, None, None)
    assert first.taken == [], "nobody gets a code that no longer works"
    assert await abandoned(practice) == ['{"notice":"text","why":"its code ran out before anybody took it"}']


async def test_where_no_sender_can_be_reached_it_goes_within_ten_seconds_of_their_return(practice: Practice) -> None:
    first, _ = served_by(
        practice, Carrier("first", *[Unreachable("refused")] * 99), Carrier("second", *[Unreachable("refused")] * 99)
    )
    await asked(practice)
    await run_for(practice, timedelta(minutes=3))
    first.troubles.clear()
    await run_for(practice, timedelta(seconds=10))
    assert len(first.taken) == 1


async def test_a_sender_that_refused_it_is_not_asked_again_while_others_come_back(practice: Practice) -> None:
    first, second = served_by(
        practice, Carrier("first", Rejected("landline")), Carrier("second", Deferred("busy"), Deferred("busy"))
    )
    await asked(practice)
    await run_for(practice, timedelta(minutes=2))
    assert (len(first.offered), len(second.taken)) == (1, 1)
    assert (await the_text(practice)).tried == ("first", "second")


async def test_what_every_sender_refuses_is_given_up_on_the_record(practice: Practice) -> None:
    served_by(practice, Carrier("first", Rejected("landline")), Carrier("second", Rejected("landline")))
    await asked(practice)
    await settle(practice)
    text = await the_text(practice)
    assert (text.status, text.sealed, await waiting(practice)) == (Status.FAILED, None, 0)
    assert await abandoned(practice) == ['{"notice":"text","why":"no sender takes it"}']


async def test_texts_wait_for_a_sender_while_none_is_set(practice: Practice) -> None:
    served_by(practice)
    await asked(practice)
    await run_for(practice, timedelta(seconds=30))
    assert (await the_text(practice)).status is Status.QUEUED
    (first,) = served_by(practice, Carrier("first"))
    await run_for(practice, timedelta(seconds=6))
    assert len(first.taken) == 1


async def test_a_relay_that_dies_in_the_middle_leaves_it_uncertain_and_unsent(practice: Practice) -> None:
    (dying, second) = served_by(practice, Carrier("dying", asyncio.CancelledError()), Carrier("second"))  # type: ignore[arg-type]
    await asked(practice)
    with pytest.raises(asyncio.CancelledError):
        await deliver_due(practice.service)
    assert (await the_text(practice)).status is Status.SENDING
    await run_for(practice, CLAIM_FOR + 2 * SECOND)
    assert (await the_text(practice)).status is Status.UNCERTAIN
    assert (len(dying.offered), second.offered, await waiting(practice)) == (1, [], 0)


async def test_a_slow_relay_that_was_given_up_sends_nothing_more_but_its_success_counts(practice: Practice) -> None:
    is_sending, may_end = asyncio.Event(), asyncio.Event()
    slow, second = served_by(practice, Carrier("slow"), Carrier("second"))
    real = slow.send

    async def slowly(text: Any) -> str:
        is_sending.set()
        await may_end.wait()
        return await real(text)

    slow.send = slowly  # type: ignore[method-assign]
    await asked(practice)
    relay = asyncio.create_task(deliver_due(practice.service))
    await is_sending.wait()
    practice.clock.advance(CLAIM_FOR + SECOND)
    assert await deliver_due(practice.service) == 1
    assert (await the_text(practice)).status is Status.UNCERTAIN
    may_end.set()
    await relay
    assert (await the_text(practice)).status is Status.SENT
    assert (len(slow.taken), second.offered) == (1, [])


async def test_a_slow_relay_that_was_given_up_tries_no_other_sender(practice: Practice) -> None:
    is_sending, may_end = asyncio.Event(), asyncio.Event()
    slow, second = served_by(practice, Carrier("slow"), Carrier("second"))

    async def slowly(_text: Any) -> str:
        is_sending.set()
        await may_end.wait()
        raise Deferred("busy")

    slow.send = slowly  # type: ignore[method-assign,assignment]
    await asked(practice)
    relay = asyncio.create_task(deliver_due(practice.service))
    await is_sending.wait()
    practice.clock.advance(CLAIM_FOR + SECOND)
    await deliver_due(practice.service)
    may_end.set()
    await relay
    assert (await the_text(practice)).status is Status.UNCERTAIN
    assert second.offered == []


async def test_several_relays_racing_hand_each_text_over_once(practice: Practice) -> None:
    (only,) = served_by(practice, Carrier("only"))
    people = [(await practice.add_person(f"{n}@example.org"))[0] for n in range(10)]
    for place, person in enumerate(people):
        assert await ask(practice, person, f"+120755501{place:02}") is None
    await asyncio.gather(*(deliver_due(practice.service, lane) for lane in (TEXTS, LANES["texts"]) * 4))
    await settle(practice)
    assert sorted(text.to for text in only.taken) == [f"+120755501{place:02}" for place in range(10)]


async def test_relays_racing_past_the_claim_still_hand_it_over_once(practice: Practice) -> None:
    """The row itself decides, whatever becomes of the claim on the job."""
    (only,) = served_by(practice, Carrier("only"))
    await asked(practice)
    job = TextJob((await the_text(practice)).id)
    hand_over = delivery.hand_over(practice.units, practice.world, practice.service.texts, job)
    again = [delivery.hand_over(practice.units, practice.world, practice.service.texts, job) for _ in range(7)]
    await asyncio.gather(hand_over, *again)
    assert len(only.offered) == 1
    assert (await the_text(practice)).status in (Status.SENT, Status.UNCERTAIN)


class TestReports:
    """What a service says later."""

    async def test_one_that_reached_the_phone_is_marked(self, practice: Practice) -> None:
        served_by(practice, Reporting("first"))
        await asked(practice)
        await settle(practice)
        assert await report(practice, "first", "first-1", "sent")
        assert await report(practice, "first", "first-1", "delivered")
        assert (await the_text(practice)).status is Status.DELIVERED

    async def test_one_that_failed_goes_to_the_next_sender_once(self, practice: Practice) -> None:
        first, second = served_by(practice, Reporting("first"), Reporting("second"))
        await asked(practice)
        await settle(practice)
        assert await report(practice, "first", "first-1", "failed")
        assert await report(practice, "first", "first-1", "failed"), "it is told twice"
        await settle(practice)
        text = await the_text(practice)
        assert (text.status, text.sender, text.provider_id) == (Status.SENT, "second", "second-1")
        assert not await report(practice, "first", "first-1", "failed"), "no longer known under that id"
        await settle(practice)
        assert (len(first.taken), len(second.taken)) == (1, 1)
        assert first.taken == second.taken

    async def test_reports_racing_lead_to_one_more_hand_over(self, practice: Practice) -> None:
        first, second, third = served_by(practice, Reporting("first"), Reporting("second"), Reporting("third"))
        await asked(practice)
        await settle(practice)
        await asyncio.gather(*(report(practice, "first", "first-1", "failed") for _ in range(6)))
        await settle(practice)
        assert [len(one.taken) for one in (first, second, third)] == [1, 1, 0]

    async def test_one_that_the_last_sender_lost_is_given_up(self, practice: Practice) -> None:
        served_by(practice, Reporting("only"))
        await asked(practice)
        await settle(practice)
        assert await report(practice, "only", "only-1", "failed")
        await settle(practice)
        text = await the_text(practice)
        assert (text.status, text.sealed) == (Status.FAILED, None)

    async def test_one_whose_code_ran_out_is_not_sent_again(self, practice: Practice) -> None:
        _, second = served_by(practice, Reporting("first"), Reporting("second"))
        await asked(practice)
        await settle(practice)
        practice.clock.advance(timedelta(minutes=10))
        assert await report(practice, "first", "first-1", "failed")
        await settle(practice)
        assert ((await the_text(practice)).status, second.offered) == (Status.FAILED, [])

    async def test_one_whose_code_was_entered_arrived_whatever_is_said(self, practice: Practice) -> None:
        _, second = served_by(practice, Reporting("first"), Reporting("second"))
        account, _ = await practice.add_person("ada@example.org")
        await ask(practice, account)
        await settle(practice)
        await enter(practice, account)
        assert await report(practice, "first", "first-1", "failed")
        await settle(practice)
        assert second.offered == []

    async def test_one_of_another_sender_or_of_nobody_is_not_known(self, practice: Practice) -> None:
        served_by(practice, Reporting("first"))
        await asked(practice)
        await settle(practice)
        assert not await report(practice, "second", "first-1", "failed")
        assert not await report(practice, "first", "first-2", "failed")
        assert (await the_text(practice)).status is Status.SENT

    async def test_number_and_code_are_kept_only_while_a_report_may_still_need_them(self, practice: Practice) -> None:
        served_by(practice, Reporting("first"))
        await asked(practice)
        await settle(practice)
        assert (await the_text(practice)).sealed is not None
        practice.clock.advance(timedelta(minutes=10))
        async with practice.write() as unit:
            assert await unit.texts.sweep(practice.clock.now(), 100) == 1
        assert (await the_text(practice)).sealed is None


class TestLanes:
    """Mail and texts go by themselves."""

    async def test_a_mail_server_that_hangs_does_not_delay_a_code_nor_a_hanging_text_a_mail(self, practice: Practice) -> None:
        hangs: dict[str, asyncio.Event] = {"mail": asyncio.Event(), "text": asyncio.Event()}
        got: list[str] = []
        came = asyncio.Event()

        async def mail(message: Mail) -> None:
            await hangs["mail"].wait()
            got.append("mail")
            came.set()

        practice.outbox.send = mail  # type: ignore[method-assign,assignment]
        (carrier,) = served_by(practice, Carrier("first"))
        real = carrier.send

        async def text(message: Any) -> str:
            await hangs["text"].wait()
            got.append("text")
            came.set()
            return await real(message)

        carrier.send = text  # type: ignore[method-assign,assignment]
        account, _ = await practice.add_person("ada@example.org")
        for first, second in (("text", "mail"), ("mail", "text")):
            got.clear()
            async with practice.write() as unit:
                await tell_account(unit, practice.world, account, RecoveryCodeUsed(), NOWHERE, practice.clock.now())
            await ask(practice, account)
            stop, bell = asyncio.Event(), practice.world.bell
            relays = [asyncio.create_task(run_relay(practice.service, bell.another(), stop, lane)) for lane in LANES.values()]  # type: ignore[attr-defined]
            hangs[first].set()
            async with asyncio.timeout(10):
                await came.wait()
            assert got == [first]
            stop.set()
            bell.ring()
            hangs[second].set()
            await asyncio.gather(*relays)
            assert sorted(got) == ["mail", "text"]
            for event in (*hangs.values(), came):
                event.clear()

    async def test_a_slow_hand_over_does_not_hold_up_the_next_person(self, practice: Practice) -> None:
        slow, released = "+12075550101", asyncio.Event()
        (carrier,) = served_by(practice, Carrier("first"))
        real = carrier.send

        async def send(text: Any) -> str:
            if text.to == slow:
                await released.wait()
            elif len(carrier.taken) == 1:
                released.set()
            return await real(text)

        carrier.send = send  # type: ignore[method-assign]
        for place, number in enumerate((slow, "+12075550102", "+12075550103")):
            account, _ = await practice.add_person(f"{place}@example.org")
            await ask(practice, account, number)
        async with asyncio.timeout(10):
            assert await deliver_due(practice.service, LANES["texts"]) == 3
        assert carrier.taken[-1].to == slow, "both others went meanwhile"
