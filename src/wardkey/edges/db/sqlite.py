"""SQLite through the standard library: one writer at a time, readers that never wait, every commit on disk."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Final, TypeVar

from wardkey.edges.db.sql import Duplicate, Row, Sql
from wardkey.edges.db.unit import DatabaseUnit
from wardkey.ports import Bell, Unavailable

T = TypeVar("T")
BUSY_S: Final = 5.0
"""How long another process may hold the write lock before a writer here gives up with 503."""
READ_BUSY_S: Final = 0.25
"""Readers wait for nobody while the log is in use; this is for the moments in which it is begun or put away."""
DUPLICATES: Final = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
STATEMENTS_KEPT: Final = 256
REVISION: Final = Sql("SELECT version_num FROM alembic_version")
HAS_REVISION: Final = Sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")


def path_of(url: str) -> str:
    """The file a `sqlite:///…` address names."""
    return url.removeprefix("sqlite:///")


def connect(path: str, waits_s: float = BUSY_S) -> sqlite3.Connection:
    """A connection in autocommit, so that transactions begin and end only where a unit says so."""
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=waits_s, cached_statements=STATEMENTS_KEPT, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


class LoopConnection:
    """A connection that the event loop asks directly: a statement here is a look-up by index and takes some ten microseconds,
    while handing it to a thread and back takes sixty."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def all(self, sql: Sql, **values: object) -> Sequence[Row]:
        with outages_told():
            return self._connection.execute(sql.sqlite, values).fetchall()

    async def one(self, sql: Sql, **values: object) -> Row | None:
        with outages_told():
            row: Row | None = self._connection.execute(sql.sqlite, values).fetchone()
        return row

    async def run(self, sql: Sql, **values: object) -> int:
        with outages_told():
            return self._connection.execute(sql.sqlite, values).rowcount


class OneStatement:
    """For a unit of one statement, which commits by itself."""

    def __init__(self, database: "SqliteDatabase") -> None:
        self._database = database
        self._is_done = False

    async def all(self, sql: Sql, **values: object) -> Sequence[Row]:
        raise TypeError("a unit of one statement was asked to read")

    async def one(self, sql: Sql, **values: object) -> Row | None:
        raise TypeError("a unit of one statement was asked to read")

    async def run(self, sql: Sql, **values: object) -> int:
        if self._is_done:
            raise TypeError("a unit of one statement was given a second one")
        self._is_done = True
        return await self._database.by_itself(sql, values)


class SqliteDatabase:
    """A database in one file. Waiting for the write lock and for the disk happens in a thread; the statements between do not."""

    def __init__(self, url: str, bell: Bell) -> None:
        self._path = path_of(url)
        self._bell = bell
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="wardkey-sqlite")
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None

    def _reading(self) -> LoopConnection:
        if self._reader is None:
            with outages_told():
                self._reader = connect(self._path, waits_s=READ_BUSY_S)
                self._reader.execute("PRAGMA query_only = ON")
        return LoopConnection(self._reader)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[DatabaseUnit]:
        yield DatabaseUnit(self._reading())

    @asynccontextmanager
    async def single(self) -> AsyncIterator[DatabaseUnit]:
        async with self._turn:
            unit = DatabaseUnit(OneStatement(self))
            yield unit
        if unit.outbox.has_left_work:
            self._bell.ring()

    async def by_itself(self, sql: Sql, values: dict[str, object]) -> int:
        """Execute one statement outside a transaction, in the thread, since it waits for the lock and the disk."""
        self._writer, touched = await self._in_thread(_execute, self._writer, self._path, sql, values)
        return touched

    @asynccontextmanager
    async def write(self) -> AsyncIterator[DatabaseUnit]:
        async with self._turn:
            writer = await self._begin()
            unit = DatabaseUnit(LoopConnection(writer))
            try:
                yield unit
            except BaseException:
                await asyncio.shield(self._in_thread(_roll_back, writer))
                raise
            await self._seen_through(_commit, writer)
        if unit.outbox.has_left_work:
            self._bell.ring()

    async def _begin(self) -> sqlite3.Connection:
        """A caller that is cancelled while the transaction begins leaves none open behind it."""
        begun = asyncio.ensure_future(self._in_thread(_begin, self._writer, self._path))
        try:
            self._writer = await asyncio.shield(begun)
        except asyncio.CancelledError:
            self._writer = await begun
            await self._in_thread(_roll_back, self._writer)
            raise
        return self._writer

    async def _seen_through(self, work: Callable[[sqlite3.Connection], None], writer: sqlite3.Connection) -> None:
        """A commit goes on even where its caller is cancelled, before anybody else has a turn."""
        committing = asyncio.ensure_future(self._in_thread(work, writer))
        try:
            await asyncio.shield(committing)
        except asyncio.CancelledError:
            await committing
            raise

    async def _in_thread(self, work: Callable[..., T], *values: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(_told, work, *values))

    async def revision(self) -> str | None:
        reading = self._reading()
        if await reading.one(HAS_REVISION) is None:
            return None
        row = await reading.one(REVISION)
        return str(row["version_num"]) if row else None

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.shutdown)
        for connection in (self._writer, self._reader):
            if connection is not None:
                connection.close()


@contextmanager
def outages_told() -> Iterator[None]:
    """Raise what is the database's failure as `Unavailable`."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorcode in DUPLICATES:
            raise Duplicate from error
        raise
    except sqlite3.OperationalError as error:
        raise Unavailable(f"database: {error}", retry_after=2) from error


def _told(work: Callable[..., T], *values: object) -> T:
    with outages_told():
        return work(*values)


def _clean(writer: sqlite3.Connection | None, path: str) -> sqlite3.Connection:
    """The writing connection, with nothing left open by whoever had it last."""
    found = writer or connect(path, waits_s=BUSY_S)
    _roll_back(found)
    return found


def _begin(writer: sqlite3.Connection | None, path: str) -> sqlite3.Connection:
    found = _clean(writer, path)
    found.execute("BEGIN IMMEDIATE")
    return found


def _execute(writer: sqlite3.Connection | None, path: str, sql: Sql, values: dict[str, object]) -> tuple[sqlite3.Connection, int]:
    found = _clean(writer, path)
    return found, found.execute(sql.sqlite, values).rowcount


def _commit(writer: sqlite3.Connection) -> None:
    """One that fails (a full disk) is rolled back, so that the next unit begins clean."""
    try:
        writer.execute("COMMIT")
    except sqlite3.OperationalError:
        _roll_back(writer)
        raise


def _roll_back(writer: sqlite3.Connection) -> None:
    if writer.in_transaction:
        writer.execute("ROLLBACK")
