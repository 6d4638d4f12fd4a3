"""SQLite through the standard library: one writer thread, a few reader threads, a write-ahead log, every commit on disk."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar

from wardkey.edges.db.sql import Row, Sql
from wardkey.edges.db.unit import DatabaseUnit
from wardkey.ports import Bell, Unavailable

T = TypeVar("T")
READERS: Final = 2
BUSY_S: Final = 5.0
"""How long another process may hold the write lock before a writer here gives up with 503."""
STATEMENTS_KEPT: Final = 256
COMMIT: Final = Sql("COMMIT")
ROLLBACK: Final = Sql("ROLLBACK")
REVISION: Final = Sql("SELECT version_num FROM alembic_version")
HAS_REVISION: Final = Sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")


def path_of(url: str) -> str:
    """The file a `sqlite:///…` address names."""
    return url.removeprefix("sqlite:///")


def connect(path: str) -> sqlite3.Connection:
    """A connection in autocommit, so that transactions begin and end only where a unit says so."""
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=BUSY_S, cached_statements=STATEMENTS_KEPT, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def begin_immediate(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")
    connection.execute("BEGIN IMMEDIATE")


class ThreadedConnection:
    """One sqlite3 connection per thread of a pool; statements run there, answers come back to the event loop."""

    def __init__(self, path: str, threads: int, name: str) -> None:
        self._path = path
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def all(self, sql: Sql, **values: object) -> Sequence[Row]:
        return await self._run(lambda c: c.execute(sql.sqlite, values).fetchall())

    async def one(self, sql: Sql, **values: object) -> Row | None:
        row: Row | None = await self._run(lambda c: c.execute(sql.sqlite, values).fetchone())
        return row

    async def run(self, sql: Sql, **values: object) -> int:
        return await self._run(lambda c: c.execute(sql.sqlite, values).rowcount)

    async def begin(self) -> None:
        """Begin a transaction that may write, after ending one that a lost caller left open."""
        await self._run(begin_immediate)

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._in_thread, work)
        except sqlite3.OperationalError as error:
            raise Unavailable(f"database: {error}", retry_after=2) from error

    def _in_thread(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self._path)
            self._open.append(connection)
        return work(connection)

    def close(self) -> None:
        self._pool.shutdown(wait=True)
        for connection in self._open:
            connection.close()


class SqliteDatabase:
    """A database in one file."""

    def __init__(self, url: str, bell: Bell) -> None:
        path = path_of(url)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._bell = bell
        self._writer = ThreadedConnection(path, 1, "wardkey-sqlite-writer")
        self._readers = ThreadedConnection(path, READERS, "wardkey-sqlite-reader")
        self._turn = asyncio.Lock()
        self._reading = DatabaseUnit(self._readers)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[DatabaseUnit]:
        yield self._reading

    @asynccontextmanager
    async def write(self) -> AsyncIterator[DatabaseUnit]:
        async with self._turn:
            unit = DatabaseUnit(self._writer)
            await self._begin()
            try:
                yield unit
            except BaseException:
                await asyncio.shield(self._writer.run(ROLLBACK))
                raise
            await self._commit()
        if unit.outbox.has_left_work:
            self._bell.ring()

    async def _begin(self) -> None:
        """A caller that is cancelled while the transaction begins leaves none open behind it."""
        begun = asyncio.ensure_future(self._writer.begin())
        try:
            await asyncio.shield(begun)
        except asyncio.CancelledError:
            await begun
            await self._writer.run(ROLLBACK)
            raise

    async def _commit(self) -> None:
        """A commit is seen through even where its caller is cancelled; one that fails is rolled back."""
        committing = asyncio.ensure_future(self._writer.run(COMMIT))
        try:
            await asyncio.shield(committing)
        except asyncio.CancelledError:
            await committing
            raise
        except Unavailable:
            await self._writer.run(ROLLBACK)
            raise

    async def revision(self) -> str | None:
        if await self._readers.one(HAS_REVISION) is None:
            return None
        row = await self._readers.one(REVISION)
        return str(row["version_num"]) if row else None

    async def close(self) -> None:
        await asyncio.to_thread(self._writer.close)
        await asyncio.to_thread(self._readers.close)
