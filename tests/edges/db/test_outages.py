"""What a database that is gone, locked, full or closed to writing looks like: 503, nothing half-made, and back by itself."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.postgres import PostgresServer, postgres_server
from tests.signin.client import KEY, Client, names_in_trail, sign_in, signed_in, token_of
from tests.world import NOON, Practice, open_practice
from wardkey.edges.db import sqlite
from wardkey.edges.db.migrating import upgrade
from wardkey.outbox.rules import Job
from wardkey.ports import Unavailable


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of our own, which may be stopped."""
    with postgres_server() as started:
        yield started


@pytest_asyncio.fixture
async def postgres_practice(server: PostgresServer) -> AsyncIterator[Practice]:
    url = server.fresh_database()
    await asyncio.to_thread(upgrade, url)
    async with open_practice(url) as opened:
        yield opened


async def test_while_postgresql_is_down_everything_is_refused_and_works_again_when_it_is_back(
    server: PostgresServer, postgres_practice: Practice
) -> None:
    practice = postgres_practice
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    token = await sign_in(practice, key=KEY)
    await asyncio.to_thread(server.stop)
    try:
        for _ in range(3):
            with pytest.raises(Unavailable) as told:
                await signed_in(practice, token)
            assert told.value.retry_after > 0
            with pytest.raises(Unavailable):
                await Client(practice).password()
    finally:
        await asyncio.to_thread(server.start)
    async with asyncio.timeout(10):
        while True:
            try:
                assert await signed_in(practice, token) is not None
                break
            except Unavailable:
                await asyncio.sleep(0.05)
    assert (await Client(practice).password()).problem is None


async def test_requests_under_way_while_postgresql_restarts_end_either_way_and_leave_nothing_half_made(
    server: PostgresServer, postgres_practice: Practice
) -> None:
    practice = postgres_practice
    account, _ = await practice.add_person("ada@example.org")
    done: list[str] = []
    refused = 0
    stop, is_back = asyncio.Event(), asyncio.Event()

    async def person() -> None:
        nonlocal refused
        while not stop.is_set():
            try:
                done.append(token_of(await Client(practice).password()))
                is_back.set()
            except Unavailable:
                refused += 1
                await asyncio.sleep(0.01)

    people = [asyncio.create_task(person()) for _ in range(8)]
    await asyncio.sleep(0.3)
    await asyncio.to_thread(server.stop)
    await asyncio.sleep(0.2)
    await asyncio.to_thread(server.start)
    is_back.clear()
    async with asyncio.timeout(20):
        await is_back.wait()
    stop.set()
    await asyncio.gather(*people)
    assert refused > 0
    assert [token for token in done if await signed_in(practice, token) is None] == []
    assert (await names_in_trail(practice, account.id)).count("sign_in.succeeded") >= min(len(done), 500)


async def test_when_every_connection_is_lent_a_unit_waits_and_is_then_refused(
    postgres_practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wardkey.edges.db.postgres_pool.ACQUIRE_WITHIN_S", 0.1)
    database, free = postgres_practice.database, asyncio.Event()

    async def hold() -> None:
        async with database.write():
            await free.wait()

    holders = [asyncio.create_task(hold()) for _ in range(10)]
    await asyncio.sleep(0.3)
    with pytest.raises(Unavailable):
        await database.revision()
    free.set()
    await asyncio.gather(*holders)
    assert await database.revision() is not None


async def test_units_that_are_cancelled_give_their_connection_back(postgres_practice: Practice) -> None:
    database = postgres_practice.database

    async def work(number: int) -> None:
        async with database.write() as unit:
            await unit.outbox.add(job(number))
            await unit.outbox.add(job(-number - 1))

    tasks = [asyncio.create_task(work(number)) for number in range(200)]
    for number, task in enumerate(tasks):
        if number % 3:
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.wait(tasks)
    free, held = asyncio.Event(), asyncio.Semaphore(0)

    async def hold() -> None:
        async with database.write() as unit:
            await unit.outbox.waiting()
            held.release()
            await free.wait()

    holders = [asyncio.create_task(hold()) for _ in range(10)]
    async with asyncio.timeout(10):
        for _ in holders:
            await held.acquire()
    free.set()
    await asyncio.gather(*holders)
    found = await jobs(postgres_practice)
    assert {number for number in range(200) if f"job_{number}" in found} == {
        number for number in range(200) if f"job_{-number - 1}" in found
    }


async def test_a_server_that_is_not_there_is_told_at_once() -> None:
    async with open_practice("postgresql://postgres@127.0.0.1:9/none") as practice:
        with pytest.raises(Unavailable):
            await practice.database.revision()


@contextmanager
def locked_by_another(url: str) -> Iterator[None]:
    """Another process holds the write lock."""
    other = sqlite3.connect(sqlite.path_of(url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def job(number: int, size: int = 0) -> Job:
    return Job(id=f"job_{number}", kind="notice", sealed=bytes(size), created_at=NOON, due_at=NOON)


async def leave_job(practice: Practice, number: int, size: int = 0) -> None:
    async with practice.write() as unit:
        await unit.outbox.add(job(number))
        await unit.outbox.add(job(-number - 1, size))


async def jobs(practice: Practice) -> set[str]:
    async with practice.units.read() as unit:
        return {found.id for found in await unit.outbox.due(NOON, 10_000)}


async def test_a_file_that_another_process_keeps_locked_is_refused_after_a_wait_and_reading_goes_on(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_S", 0.1)
    async with open_practice(sqlite_url) as practice:
        await leave_job(practice, 1)
        with locked_by_another(sqlite_url):
            with pytest.raises(Unavailable):
                await leave_job(practice, 2)
            assert await jobs(practice) == {"job_1", "job_-2"}
        await leave_job(practice, 3)
        assert await jobs(practice) == {"job_1", "job_-2", "job_3", "job_-4"}


async def test_a_short_lock_of_another_process_is_waited_for(sqlite_url: str) -> None:
    async with open_practice(sqlite_url) as practice:
        await leave_job(practice, 1)
        with locked_by_another(sqlite_url):
            waiting = asyncio.create_task(leave_job(practice, 2))
            await asyncio.sleep(0.05)
            assert not waiting.done()
        await waiting


async def test_two_services_over_one_file_take_turns(sqlite_url: str) -> None:
    async with open_practice(sqlite_url) as one, open_practice(sqlite_url) as other:
        await asyncio.gather(*(leave_job(node, number) for number, node in enumerate([one, other] * 50)))
        assert len(await jobs(one)) == len(await jobs(other)) == 200


async def test_on_a_full_disk_nothing_is_half_made_and_it_goes_on_once_there_is_room(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    await leave_job(practice, 1)
    writer = practice.database._writer  # type: ignore[attr-defined]
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(Unavailable):
        await leave_job(practice, 2, size=1_000_000)
    assert await jobs(practice) == {"job_1", "job_-2"}
    await leave_job(practice, 3)
    writer.execute(f"PRAGMA max_page_count = {pages + 10_000}")
    await leave_job(practice, 4, size=1_000_000)
    assert await jobs(practice) == {"job_1", "job_-2", "job_3", "job_-4", "job_4", "job_-5"}


async def test_a_database_that_may_only_be_read_refuses_to_change_and_still_answers(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    await leave_job(practice, 1)
    practice.database._writer.execute("PRAGMA query_only = ON")  # type: ignore[attr-defined]
    with pytest.raises(Unavailable):
        await leave_job(practice, 2)
    assert await jobs(practice) == {"job_1", "job_-2"}
    practice.database._writer.execute("PRAGMA query_only = OFF")  # type: ignore[attr-defined]
    await leave_job(practice, 3)


async def test_a_file_that_cannot_be_opened_is_an_outage(tmp_path: Path) -> None:
    folder = tmp_path / "a folder instead of a file"
    folder.mkdir()
    async with open_practice(f"sqlite:///{folder}") as practice:
        with pytest.raises(Unavailable):
            await practice.database.revision()
        with pytest.raises(Unavailable):
            await leave_job(practice, 1)


async def test_nothing_is_lost_when_a_file_is_closed_and_opened_again(sqlite_url: str) -> None:
    async with open_practice(sqlite_url) as practice:
        await leave_job(practice, 1)
    async with open_practice(sqlite_url) as practice:
        assert await jobs(practice) == {"job_1", "job_-2"}
