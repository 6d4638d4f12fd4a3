"""Passwords are hashed with argon2id in a pool that is bounded, keeps its memory, and forgets what was in it."""

import asyncio
import ctypes
import gc
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, thread_time

import argon2
import pytest
from argon2.low_level import Type, hash_secret, verify_secret
from hypothesis import example, given
from hypothesis import strategies as st

from wardkey.edges.hashing import NICENESS, Argon2Pool, Cost, PasswordHash, bindings, read_phc
from wardkey.edges.randomness import SeededRandomness, SystemRandomness
from wardkey.ports import Hashing, Unavailable, Verified
from wardkey.settings import Argon2Settings

SMALL = Argon2Settings(memory_kib=64, passes=1, threads=2)
REAL = Argon2Settings(threads=1)


@contextmanager
def pool_of(settings: Argon2Settings) -> Iterator[Argon2Pool]:
    pool = Argon2Pool(settings, SystemRandomness())
    try:
        yield pool
    finally:
        pool.close()


@pytest.fixture
def pool() -> Iterator[Argon2Pool]:
    with pool_of(SMALL) as made:
        yield made


@pytest.mark.spec("ACC-5")
async def test_a_password_fits_its_own_hash_and_no_other(pool: Hashing) -> None:
    stored = await pool.hash("correct horse battery")
    assert await pool.verify(stored, "correct horse battery") == Verified(fits=True)
    assert await pool.verify(stored, "correct horse batterY") == Verified(fits=False)
    assert await pool.verify(stored, "") == Verified(fits=False)


async def test_two_hashes_of_one_password_share_nothing(pool: Hashing) -> None:
    one, two = [read_phc(await pool.hash("same")) for _ in range(2)]
    assert one.salt != two.salt
    assert one.digest != two.digest


@pytest.mark.spec("ACC-5")
async def test_a_hash_is_argon2id_at_the_set_cost_with_16_bytes_of_salt_and_32_of_digest() -> None:
    with pool_of(REAL) as pool:
        stored = await pool.hash("correct horse battery")
        assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        read = read_phc(stored)
        assert (len(read.salt), len(read.digest)) == (16, 32)
        assert verify_secret(stored.encode(), b"correct horse battery", Type.ID)


@pytest.mark.parametrize("password", ["", "é", "日本語", "x" * 1000, "a\0b", "\ud800"])
async def test_any_text_can_be_a_password(pool: Hashing, password: str) -> None:
    assert (await pool.verify(await pool.hash(password), password)).fits


@pytest.mark.parametrize("kind", [Type.ID, Type.I, Type.D])
@pytest.mark.parametrize("version", [16, 19])
@pytest.mark.parametrize("lanes", [1, 4])
async def test_hashes_that_others_made_are_verified_whatever_their_parameters(
    pool: Hashing, kind: Type, version: int, lanes: int
) -> None:
    stored = hash_secret(b"pa55word", b"0123456789abcdef", 3, 300, lanes, 24, kind, version).decode()
    assert await pool.verify(stored, "pa55word") == Verified(fits=True, is_outdated=True)
    assert not (await pool.verify(stored, "pa55worD")).fits


async def test_the_usual_library_agrees_with_ours(pool: Hashing) -> None:
    other = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    assert (await pool.verify(other.hash("pa55word"), "pa55word")) == Verified(fits=True)
    assert other.verify(await pool.hash("pa55word"), "pa55word")


@pytest.mark.parametrize(
    "then",
    [
        Argon2Settings(memory_kib=32, passes=1),
        Argon2Settings(memory_kib=128, passes=1),
        Argon2Settings(memory_kib=64, passes=2),
    ],
)
async def test_a_hash_made_at_another_cost_is_due_for_renewal_once_it_fits(pool: Hashing, then: Argon2Settings) -> None:
    with pool_of(then) as earlier:
        stored = await earlier.hash("pa55word")
    assert await pool.verify(stored, "pa55word") == Verified(fits=True, is_outdated=True)
    assert await pool.verify(stored, "wrong") == Verified(fits=False, is_outdated=False)


async def test_with_nothing_stored_the_answer_is_no_even_to_what_would_fit_the_stand_in(pool: Hashing) -> None:
    for password in ("", "anything", "\0" * 32):
        assert await pool.verify(None, password) == Verified(fits=False)


@pytest.mark.parametrize(
    "stored", ["", "x", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuuu", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$"]
)
async def test_a_stored_hash_that_cannot_be_read_fits_nothing(pool: Hashing, stored: str) -> None:
    assert await pool.verify(stored, "anything") == Verified(fits=False)


@pytest.mark.parametrize("stored", [None, "not a hash"])
async def test_no_account_costs_the_same_work_as_an_account(stored: str | None) -> None:
    """In processor time of the one thread, so that other work on the machine does not count; without the work it would be 0."""
    with pool_of(REAL) as pool:
        known = await pool.hash("pa55word")
        times: dict[str | None, list[float]] = {known: [], stored: []}
        for _ in range(7):
            for which, taken in times.items():
                before = await pool.run(thread_time)
                await pool.verify(which, "wrong")
                taken.append(await pool.run(thread_time) - before)
    assert 0.5 < min(times[stored]) / min(times[known]) < 2


hashes = st.builds(
    PasswordHash,
    st.sampled_from(["argon2id", "argon2i", "argon2d"]),
    st.sampled_from([16, 19]),
    st.builds(Cost, st.integers(8 * 64, 4_194_304), st.integers(1, 64), st.integers(1, 64)),
    st.binary(min_size=8, max_size=64),
    st.binary(min_size=12, max_size=64),
)


@given(hashes)
def test_a_hash_is_read_as_it_was_written(hashed: PasswordHash) -> None:
    assert read_phc(hashed.phc()) == hashed


@given(st.text(max_size=120) | st.from_regex(r"\A\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]*\$[A-Za-z0-9+/]*\n?\Z"))
@example("$argon2id$v=19$m=9999999,t=1,p=1$c2FsdHNhbHRzYWx0$" + "A" * 43)
@example("$argon2id$v=19$m=8,t=1,p=2$c2FsdHNhbHRzYWx0$" + "A" * 43)
@example("$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHRzYWx0$" + "A" * 43)
@example("$argon2id$v=19$m=64,t=1,p=0$c2FsdHNhbHRzYWx0$" + "A" * 43)
@example("$argon2id$v=18$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$" + "A" * 43)
@example("$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0A$" + "A" * 43)
def test_any_other_text_is_refused_or_within_what_argon2_works_on(text: str) -> None:
    try:
        read = read_phc(text)
    except ValueError:
        return
    assert 8 * read.cost.lanes <= read.cost.memory_kib <= 4_194_304
    assert 1 <= read.cost.passes <= 64
    assert 8 <= len(read.salt) <= 64


async def test_the_salt_comes_from_the_one_source_of_chance() -> None:
    pool = Argon2Pool(SMALL, SeededRandomness(3))
    assert read_phc(await pool.hash("x")).salt == SeededRandomness(3).bytes(16)
    pool.close()


async def test_threads_keep_private_memory_that_is_wiped_after_each_hash() -> None:
    wipes = ctypes.c_int.in_dll(ctypes.CDLL(sys.modules["_argon2_cffi_bindings._ffi"].__file__), "FLAG_clear_internal_memory")
    with pool_of(Argon2Settings(memory_kib=256, passes=1, threads=1)) as pool:

        def kept() -> bytes:
            return bytes(pool._kept.memory.map)

        wipes.value = 0
        try:
            await pool.hash("pa55word")
            assert await pool.run(kept) != bytes(256 * 1024), "the hash did not work in the kept memory"
        finally:
            wipes.value = 1
        await pool.hash("pa55word")
        assert await pool.run(kept) == bytes(256 * 1024)


async def test_the_kept_memory_is_not_shared_with_forked_processes() -> None:
    with pool_of(Argon2Settings(memory_kib=1024, passes=1, threads=1)) as pool:

        def mapping() -> str:
            memory = pool._kept.memory.map
            address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
            for line in Path("/proc/self/maps").read_text().splitlines():
                first, last = (int(end, 16) for end in line.split()[0].split("-"))
                if first <= address < last:
                    return line
            raise AssertionError("not mapped")

        await pool.hash("pa55word")
        line = await pool.run(mapping)
        assert line.split()[1] == "rw-p"


async def test_a_hash_larger_than_the_kept_memory_gives_its_own_back_at_once() -> None:
    def mapped() -> int:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")

    stored = hash_secret(b"pa55word", b"0123456789abcdef", 1, 65_536, 1, 32, Type.ID).decode()
    with pool_of(Argon2Settings(memory_kib=64, passes=1, threads=1)) as pool:
        before = await pool.run(mapped)
        assert (await pool.verify(stored, "pa55word")).fits
        assert await pool.run(mapped) - before < 32 << 20


async def test_the_memory_goes_with_the_threads() -> None:
    with pool_of(SMALL) as pool:
        await pool.hash("pa55word")
        kept = await pool.run(lambda: weakref.ref(pool._kept.memory))
        assert kept() is not None
    gc.collect()
    assert kept() is None
    assert not [t for t in threading.enumerate() if t.name.startswith("hashing")]


async def test_hashing_threads_give_way_to_the_event_loop(pool: Argon2Pool) -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert await pool.run(niceness) == min(19, niceness() + NICENESS)


class Jam:
    """Work that keeps its thread until it is let go, so that a queue forms behind it."""

    def __init__(self, pool: Argon2Pool) -> None:
        self._pool = pool
        self._go = threading.Event()
        self.begun = threading.Event()
        self.tasks: list[asyncio.Task[bool]] = []

    def add(self, work: Callable[[], bool] | None = None) -> asyncio.Task[bool]:
        self.tasks.append(asyncio.create_task(self._pool.run(work or self._wait)))
        return self.tasks[-1]

    def _wait(self) -> bool:
        self.begun.set()
        return self._go.wait(10)

    async def running(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, 10)

    async def let_go(self) -> None:
        self._go.set()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def test_what_would_wait_too_long_is_refused_at_once_and_taken_again_when_the_queue_is_short() -> None:
    with pool_of(Argon2Settings(threads=1, wait_at_most_ms=50)) as pool:
        jam = Jam(pool)
        for _ in range(3):  # one runs, two wait: at 25 ms each the third would end 50 ms from now
            jam.add()
            await asyncio.sleep(0)
        begun = perf_counter()
        for attempt in (pool.hash("x"), pool.verify(None, "x"), pool.run(bool)):
            with pytest.raises(Unavailable, match="hashing") as refused:
                await attempt
            assert refused.value.retry_after == 1
        assert perf_counter() - begun < 5
        assert pool.unfinished == 3
        await jam.let_go()
        assert pool.unfinished == 0
        assert await pool.run(lambda: 7) == 7


async def test_the_wait_named_in_a_refusal_grows_with_the_queue() -> None:
    with pool_of(Argon2Settings(memory_kib=1_945_600, passes=2, threads=1, wait_at_most_ms=3_000)) as pool:
        jam = Jam(pool)
        for _ in range(2):
            jam.add()
            await asyncio.sleep(0)
        with pytest.raises(Unavailable) as refused:
            await pool.run(bool)
        assert refused.value.retry_after == 5  # two jobs of 2.5 s each stand before it
        await jam.let_go()


async def test_a_free_thread_takes_work_however_slow_hashes_have_become() -> None:
    with pool_of(Argon2Settings(memory_kib=4_194_304, passes=64, threads=2, wait_at_most_ms=50)) as pool:
        jam = Jam(pool)
        jam.add()
        await jam.running()
        assert await pool.run(lambda: 7) == 7
        await jam.let_go()


async def test_the_average_follows_what_work_really_takes() -> None:
    with pool_of(Argon2Settings(threads=1)) as pool:
        jam = Jam(pool)
        jam.add()
        await jam.running()
        guessed = pool.expected_wait_s
        await jam.let_go()
        for _ in range(50):
            await pool.run(bool)
        again = Jam(pool)
        again.add()
        await again.running()
        assert pool.expected_wait_s < guessed
        await again.let_go()


async def test_a_caller_that_gives_up_leaves_the_queue() -> None:
    with pool_of(Argon2Settings(threads=1)) as pool:
        jam = Jam(pool)
        jam.add()
        await jam.running()
        ran = threading.Event()

        def work() -> bool:
            ran.set()
            return True

        waiting = [jam.add(work) for _ in range(5)]
        await asyncio.sleep(0)
        assert pool.unfinished == 6
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert pool.unfinished == 1
        await jam.let_go()
        assert pool.unfinished == 0
        assert not ran.is_set()


async def test_work_whose_caller_gave_up_is_counted_until_it_ends() -> None:
    with pool_of(Argon2Settings(threads=1)) as pool:
        jam = Jam(pool)
        task = jam.add()
        await jam.running()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        assert pool.unfinished == 1
        await jam.let_go()
        assert await pool.run(lambda: 7) == 7  # the one thread is free again, so the count must be too
        assert pool.unfinished == 0


async def test_what_goes_wrong_in_the_pool_reaches_the_caller_and_is_counted_out(pool: Argon2Pool) -> None:
    def fail() -> None:
        raise LookupError("here")

    with pytest.raises(LookupError, match="here"):
        await pool.run(fail)
    assert pool.unfinished == 0


async def test_closing_ends_what_was_taken_and_takes_no_more() -> None:
    pool = Argon2Pool(SMALL, SystemRandomness())
    taken = [asyncio.create_task(pool.hash("x")) for _ in range(10)]
    await asyncio.sleep(0)
    pool.close()
    assert all(await asyncio.gather(*taken))
    with pytest.raises(Unavailable):
        await pool.hash("x")
    pool.close()


def test_the_build_in_use_is_named() -> None:
    assert bindings().startswith("argon2-cffi-bindings ")
