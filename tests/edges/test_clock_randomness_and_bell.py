"""The small edges: time, chance, and the bell that wakes the relay."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from wardkey.edges.bell import LoopBell
from wardkey.edges.clock import FrozenClock, SystemClock
from wardkey.edges.randomness import SeededRandomness, SystemRandomness
from wardkey.ports import Bell, Clock, Randomness

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_machine_clock_shows_aware_moments_in_utc() -> None:
    clock: Clock = SystemClock()
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert timedelta() <= second - first < timedelta(seconds=5)


def test_a_frozen_clock_stands_still_until_it_is_moved_forward_or_back() -> None:
    clock = FrozenClock(NOON)
    assert clock.now() == clock.now() == NOON
    assert clock.advance(timedelta(hours=1)) == clock.now() == NOON + timedelta(hours=1)
    clock.advance(timedelta(hours=-3))
    assert clock.now() == NOON - timedelta(hours=2)


def test_a_frozen_clock_answers_in_utc_and_refuses_a_moment_without_a_zone() -> None:
    berlin = timezone(timedelta(hours=1))
    assert FrozenClock(datetime(2026, 3, 1, 13, tzinfo=berlin)).now().tzinfo is UTC
    with pytest.raises(ValueError, match="aware"):
        FrozenClock(datetime(2026, 3, 1))  # noqa: DTZ001 - the moment without a zone is the point


def test_random_bytes_have_the_length_asked_for_and_never_repeat() -> None:
    randomness: Randomness = SystemRandomness()
    drawn = {randomness.bytes(16) for _ in range(1000)}
    assert len(drawn) == 1000
    assert {len(d) for d in drawn} == {16}


def test_seeded_bytes_repeat_from_their_seed_alone() -> None:
    one, same, other = SeededRandomness(7), SeededRandomness(7), SeededRandomness(8)
    first = [one.bytes(8), one.bytes(8)]
    assert first == [same.bytes(8), same.bytes(8)]
    assert first[0] != first[1]
    assert other.bytes(8) not in first


def test_a_bell_rung_before_any_loop_runs_wakes_the_first_wait() -> None:
    bell = LoopBell()
    rung: Bell = bell
    rung.ring()
    rung.ring()

    async def hear() -> list[bool]:
        return [await bell.wait(5), await bell.wait(0.01)]

    assert asyncio.run(hear()) == [True, False]


async def test_a_ring_wakes_whoever_waits() -> None:
    bell = LoopBell()
    waiting = asyncio.create_task(bell.wait(60))
    await asyncio.sleep(0)
    assert not waiting.done()
    bell.ring()
    assert await asyncio.wait_for(waiting, 5) is True


async def test_a_ring_while_the_last_one_is_worked_on_is_not_lost() -> None:
    bell = LoopBell()
    bell.ring()
    assert await bell.wait(5)
    bell.ring()
    assert await bell.wait(5)


async def test_a_ring_is_heard_by_each_who_waits_on_a_bell_of_their_own_also_later() -> None:
    bell = LoopBell()
    first, second = bell.another(), bell.another()
    bell.ring()
    assert [await first.wait(5), await second.wait(5), await bell.wait(5)] == [True] * 3
    assert await first.wait(0.01) is False, "once"
