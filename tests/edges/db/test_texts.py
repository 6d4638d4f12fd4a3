"""Texts and stops are kept as they are given, and conditions and counts hold, the same on SQLite and PostgreSQL."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec.structs import replace

from tests.edges.db.test_stores import add
from tests.world import NOON, Practice
from wardkey.accounts.rules import Account
from wardkey.edges.db import texts as statements
from wardkey.edges.db.sql import NAME, Sql
from wardkey.texts.rules import Counted, CountryDay, Status, Stop, TextMessage
from wardkey.vocabulary import AccountId

pytestmark = pytest.mark.spec("MFA-4")

SECOND: Final = timedelta(seconds=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


@pytest.fixture
async def ada(practice: Practice) -> Account:
    return await add(practice)


def text(number: int = 1, *, back: timedelta = timedelta(), **fields: Any) -> TextMessage:
    """A text that was sent some time ago."""
    values: dict[str, Any] = {
        "id": f"txt_{number}", "account": AccountId("acc_ada"), "purpose": "sign_in", "number": "digest", "prefix": "+1207555",
        "country": "US", "network": "203.0.113.7/32", "created_at": NOON - back, "expires_at": NOON - back + 600 * SECOND,
        "status": Status.SENT, "sender": "first", "sent_at": NOON - back,
    }  # fmt: skip
    return TextMessage(**{**values, **fields})


async def keep(practice: Practice, *found: TextMessage) -> None:
    async with practice.write() as unit:
        for one in found:
            await unit.texts.add(one)


async def loaded(practice: Practice, number: int = 1) -> TextMessage | None:
    async with practice.units.read() as unit:
        return await unit.texts.load(f"txt_{number}")


async def counted(practice: Practice, **fields: Any) -> Counted:
    """What the guard would know now, three minutes counting as nothing."""
    async with practice.units.read() as unit:
        return await unit.texts.counted(text(99, **fields), NOON - 180 * SECOND)


@pytest.mark.usefixtures("ada")
class TestTexts:
    """Texts."""

    async def test_every_field_is_kept(self, practice: Practice) -> None:
        full = text(
            tried=("first", "second"), provider_id="SM1", entered_at=NOON + SECOND, why="would:countries", sealed=b"\x01\x00\xff"
        )
        bare = text(2, status=Status.QUEUED, sender=None, sent_at=None, network="")
        await keep(practice, full, bare)
        assert (await loaded(practice), await loaded(practice, 2), await loaded(practice, 3)) == (full, bare, None)
        assert [name for name in TextMessage.__struct_fields__ if not getattr(full, name)] == [], "none was left out here"

    async def test_a_text_is_found_by_what_its_sender_calls_it(self, practice: Practice) -> None:
        await keep(practice, text(1, provider_id="7"), text(2, provider_id="7", sender="second"), text(3))
        async with practice.units.read() as unit:
            found = await unit.texts.by_provider("second", "7")
            assert (found and found.id, await unit.texts.by_provider("first", "8")) == ("txt_2", None)

    async def test_a_text_moves_on_only_from_the_status_and_sender_that_were_seen(self, practice: Practice) -> None:
        queued = text(status=Status.QUEUED, sender=None, sent_at=None, sealed=b"code")
        await keep(practice, queued)
        held = replace(queued, status=Status.SENDING, sender="first", tried=("first",))
        async with practice.write() as unit:
            assert await unit.texts.move(queued, held)
            assert not await unit.texts.move(queued, held), "it is queued no longer"
            assert not await unit.texts.move(replace(held, sender="second"), replace(held, status=Status.FAILED))
            sent = replace(held, status=Status.SENT, provider_id="7", sent_at=NOON, why="slow", sealed=None)
            assert await unit.texts.move(held, sent)
            assert await unit.texts.move(sent, replace(sent, status=Status.DELIVERED, why="later"))
        assert await loaded(practice) == replace(sent, status=Status.DELIVERED), "what was noted first stays"

    async def test_of_many_who_take_a_text_one_has_it(self, practice: Practice) -> None:
        queued = text(status=Status.QUEUED, sender=None, sent_at=None)
        await keep(practice, queued)

        async def take(number: int) -> bool:
            async with practice.units.single() as unit:
                return await unit.texts.move(queued, replace(queued, status=Status.SENDING, sender=f"sender-{number}"))

        assert sorted(await asyncio.gather(*(take(number) for number in range(12)))) == [False] * 11 + [True]

    async def test_the_code_of_the_newest_text_that_was_not_refused_is_entered_once(self, practice: Practice) -> None:
        await add(practice, "bob")
        await keep(
            practice, text(1, back=60 * SECOND), text(2, back=30 * SECOND, sealed=b"code"),
            text(3, back=SECOND, status=Status.REFUSED), text(4, account=AccountId("acc_bob")),
        )  # fmt: skip
        async with practice.write() as unit:
            assert await unit.texts.entered(AccountId("acc_ada"), NOON)
            assert not await unit.texts.entered(AccountId("acc_ada"), NOON + SECOND)
            assert not await unit.texts.entered(AccountId("acc_none"), NOON)
            assert not await unit.texts.entered(AccountId("acc_bob"), NOON + 600 * SECOND), "its code ran out"
        entered = [(found.entered_at, found.sealed) for n in range(1, 5) if (found := await loaded(practice, n))]
        assert entered == [(None, None), (NOON, None), (None, None), (None, None)]

    async def test_texts_go_with_their_account_and_after_thirty_days(self, practice: Practice) -> None:
        await keep(practice, text(1, back=31 * DAY), text(2, back=29 * DAY, sealed=b"old"), text(3, sealed=b"new"))
        async with practice.write() as unit:
            assert await unit.texts.sweep(NOON, 10) == 2
            assert await unit.texts.sweep(NOON, 10) == 0
        assert await loaded(practice) is None
        second, third = await loaded(practice, 2), await loaded(practice, 3)
        assert (second and second.sealed, third and third.sealed) == (None, b"new")


@pytest.mark.usefixtures("ada")
class TestCounts:
    """What the guard knows."""

    async def test_texts_of_a_prefix_count_for_a_day_once_there_was_time_to_enter_their_codes(self, practice: Practice) -> None:
        assert await counted(practice) == Counted()
        await keep(
            practice,
            text(1, back=DAY), text(2, back=DAY - SECOND), text(3, back=HOUR, entered_at=NOON), text(4, back=180 * SECOND),
            text(5, back=179 * SECOND), text(6, back=HOUR, prefix="+1207556"), text(8, back=HOUR, status=Status.UNCERTAIN),
            text(7, back=HOUR, sent_at=None, status=Status.QUEUED), text(9, back=HOUR, purpose="set_up"),
            text(10, back=HOUR, purpose="step_up"),
        )  # fmt: skip
        found = await counted(practice)
        assert (found.prefix_sent, found.prefix_entered) == (5, 1)
        fresh = await counted(practice, purpose="set_up")
        assert (fresh.prefix_sent, fresh.prefix_entered) == (1, 0), "numbers being set up by themselves"

    async def test_codes_of_a_country_that_nobody_entered_count_for_a_day_and_an_hour(self, practice: Practice) -> None:
        backs = (DAY, 23 * HOUR, HOUR, 59 * 60 * SECOND, 600 * SECOND, SECOND)
        await keep(practice, *(text(n, back=back, prefix=f"+1{n}") for n, back in enumerate(backs)))
        await keep(practice, text(20, back=600 * SECOND, entered_at=NOON), text(21, back=600 * SECOND, country="GB"))
        found = await counted(practice)
        assert (found.unentered_a_day, found.unentered_an_hour) == (4, 2)

    async def test_other_countries_of_a_network_count_once_each(self, practice: Practice) -> None:
        await keep(
            practice, text(1, back=HOUR), text(2, back=HOUR, country="GB"), text(3, back=HOUR, country="GB"),
            text(4, back=HOUR, country="FR"), text(5, back=HOUR, country="DE", entered_at=NOON),
            text(6, back=HOUR, country="ES", network="198.51.100.1/32"), text(7, back=2 * DAY, country="IT"),
        )  # fmt: skip
        assert (await counted(practice)).other_countries == 2
        assert (await counted(practice, country="CA")).other_countries == 3

    async def test_the_best_day_is_the_one_on_which_most_codes_were_entered(self, practice: Practice) -> None:
        days = (1, 1, 2, 2, 2, 3)
        await keep(practice, *(text(n, back=day * DAY, entered_at=NOON) for n, day in enumerate(days)))
        await keep(practice, *(text(20 + n, back=DAY) for n in range(9)))
        await keep(practice, *(text(40 + n, back=15 * DAY, entered_at=NOON) for n in range(9)))
        async with practice.units.read() as unit:
            assert await unit.texts.best_day("US", NOON) == 3
            assert await unit.texts.best_day("GB", NOON) == 0

    async def test_the_last_day_is_told_by_country(self, practice: Practice) -> None:
        await keep(
            practice, text(1), text(2, entered_at=NOON), text(3, why="would:countries"),
            text(4, status=Status.REFUSED, why="countries", sent_at=None), text(5, status=Status.EXPIRED, sent_at=None),
            text(6, status=Status.FAILED, sent_at=None), text(7, country="GB", status=Status.UNCERTAIN), text(8, back=2 * DAY),
        )  # fmt: skip
        async with practice.units.read() as unit:
            assert await unit.texts.day(NOON - DAY) == [
                CountryDay(country="US", asked=6, sent=3, entered=1, failed=2, refused=1, would_refuse=1),
                CountryDay(country="GB", asked=1, sent=1, entered=0, failed=0, refused=0, would_refuse=0),
            ]


@pytest.mark.usefixtures("ada")
class TestStops:
    """Stops of prefixes."""

    def stop(self, **fields: Any) -> Stop:
        values: dict[str, Any] = {
            "prefix": "+1207555", "country": "US", "reach": "all_numbers", "sent": 21, "entered": 1, "since": NOON,
            "until": NOON + 6 * HOUR,
        }  # fmt: skip
        return Stop(**{**values, **fields})

    async def test_a_prefix_is_stopped_once_at_a_time_and_no_less_far(self, practice: Practice) -> None:
        small, whole, again = (
            self.stop(reach="new_numbers"),
            self.stop(),
            self.stop(since=NOON + 6 * HOUR, until=NOON + 12 * HOUR),
        )
        async with practice.write() as unit:
            assert await unit.texts.stop(small)
            assert not await unit.texts.stop(small)
            assert await unit.texts.stop(whole)
            assert not await unit.texts.stop(whole)
            assert not await unit.texts.stop(small)
        async with practice.units.read() as unit:
            assert await unit.texts.stops(NOON) == [whole]
            assert await unit.texts.stops(NOON + 6 * HOUR) == []
        async with practice.write() as unit:
            assert await unit.texts.stop(again), "once the first is over"

    async def test_of_many_who_stop_a_prefix_at_once_one_does(self, practice: Practice) -> None:
        async def attempt() -> bool:
            async with practice.write() as unit:
                done: bool = await unit.texts.stop(self.stop())
            return done

        assert sorted(await asyncio.gather(*(attempt() for _ in range(8)))) == [False] * 7 + [True]

    async def test_a_stop_reaches_those_it_is_for_and_afterwards_counting_begins_anew(self, practice: Practice) -> None:
        await keep(practice, text(1, back=2 * HOUR), text(2, back=HOUR), text(3, back=2 * HOUR, purpose="set_up"))
        ended = self.stop(reach="new_numbers", since=NOON - 8 * HOUR, until=NOON - HOUR)
        async with practice.write() as unit:
            assert await unit.texts.stop(ended)
        assert (await counted(practice)).stopped_until is None
        assert (await counted(practice)).prefix_sent == 2
        fresh = await counted(practice, purpose="set_up")
        assert (fresh.stopped_until, fresh.prefix_sent) == (NOON - HOUR, 0)
        async with practice.write() as unit:
            assert await unit.texts.stop(self.stop(since=NOON - HOUR, until=NOON - HOUR))
        found = await counted(practice)
        assert (found.stopped_until, found.prefix_sent) == (NOON - HOUR, 1)

    async def test_a_stop_ends_where_an_operator_says_so_and_goes_two_days_later(self, practice: Practice) -> None:
        async with practice.write() as unit:
            assert await unit.texts.stop(self.stop())
            assert not await unit.texts.resume("+1207556", NOON)
            assert await unit.texts.resume("+1207555", NOON + SECOND)
            assert not await unit.texts.resume("+1207555", NOON + SECOND)
            assert await unit.texts.sweep(NOON + 2 * DAY, 10) == 0
            assert await unit.texts.sweep(NOON + 2 * DAY + SECOND, 10) == 1


ASKED: Final = {"COUNTED": statements.COUNTED, "BEST_DAY": statements.BEST_DAY, "BY_PROVIDER": statements.BY_PROVIDER,
                "ENTERED": statements.ENTERED, "BY_COUNTRY": statements.BY_COUNTRY, "FORGET": statements.FORGET,
                "SWEEP": statements.SWEEP}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_no_count_reads_through_the_whole_table(sqlite_template: Path, name: str) -> None:
    sql: Sql = ASKED[name]
    with closing(sqlite3.connect(sqlite_template)) as connection:
        values = dict.fromkeys(NAME.findall(sql.sqlite), 1)
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql.sqlite}", values)]
    assert [step for step in plan if "SCAN" in step and ("texts" in step or " t" in step.split(" USING")[0])] == []
    assert any("USING" in step and "INDEX" in step for step in plan)
