"""PostgreSQL through asyncpg."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import asyncpg

from wardkey.edges.db.postgres_pool import Connections
from wardkey.edges.db.sql import Duplicate, Row, Sql
from wardkey.edges.db.unit import DatabaseUnit
from wardkey.ports import Bell, Unavailable

REVISION: Final = Sql("SELECT version_num FROM alembic_version")
HAS_REVISION: Final = Sql("SELECT 1 AS found FROM pg_class WHERE oid = to_regclass('alembic_version')")
OUTAGES: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.QueryCanceledError,
    asyncpg.InvalidCachedStatementError,
    OSError,
    TimeoutError,
)
"""Failures that pass by themselves: the act is refused with 503 and nothing was changed."""


@contextmanager
def outages_told() -> Iterator[None]:
    """Raise what is the database's failure as `Unavailable`."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise Duplicate from error
    except OUTAGES as error:
        raise Unavailable(f"database: {type(error).__name__}", retry_after=2) from error


async def _rows(connection: Any, sql: Sql, values: dict[str, object]) -> Sequence[Row]:
    with outages_told():
        rows: Sequence[Row] = await connection.fetch(sql.postgres, *[values[name] for name in sql.names])
    return rows


class PoolConnection:
    """Each statement on whichever connection is free: for reading."""

    def __init__(self, database: "PostgresDatabase") -> None:
        self._database = database

    async def all(self, sql: Sql, **values: object) -> Sequence[Row]:
        async with self._database.connection() as connection:
            return await _rows(connection, sql, values)

    async def one(self, sql: Sql, **values: object) -> Row | None:
        rows = await self.all(sql, **values)
        return rows[0] if rows else None

    async def run(self, sql: Sql, **values: object) -> int:
        raise TypeError("a unit for reading was asked to write")


class HeldConnection:
    """One connection for a whole unit."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def all(self, sql: Sql, **values: object) -> Sequence[Row]:
        return await _rows(self._connection, sql, values)

    async def one(self, sql: Sql, **values: object) -> Row | None:
        rows = await self.all(sql, **values)
        return rows[0] if rows else None

    async def run(self, sql: Sql, **values: object) -> int:
        with outages_told():
            status: str = await self._connection.execute(sql.postgres, *[values[name] for name in sql.names])
        return int(status.rpartition(" ")[2])


class OneStatement(HeldConnection):
    """For a unit of one statement, which commits by itself."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self._is_done = False

    async def run(self, sql: Sql, **values: object) -> int:
        if self._is_done:
            raise TypeError("a unit of one statement was given a second one")
        self._is_done = True
        return await super().run(sql, **values)


class PostgresDatabase:
    """One PostgreSQL; it is connected to when first asked, and again by itself after an outage."""

    def __init__(self, url: str, bell: Bell, size: int) -> None:
        self._bell = bell
        self._connections = Connections(url, size)
        self._reading = DatabaseUnit(PoolConnection(self))

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        with outages_told():
            connection = await self._connections.acquire()
        try:
            yield connection
        finally:
            self._connections.release(connection)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[DatabaseUnit]:
        yield self._reading

    @asynccontextmanager
    async def single(self) -> AsyncIterator[DatabaseUnit]:
        async with self.connection() as connection:
            unit = DatabaseUnit(OneStatement(connection))
            yield unit
        if unit.outbox.has_left_work:
            self._bell.ring()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[DatabaseUnit]:
        async with self.connection() as connection:
            unit = DatabaseUnit(HeldConnection(connection))
            try:
                with outages_told():
                    await connection.execute("BEGIN")
                yield unit
            except BaseException:
                await asyncio.shield(_roll_back(connection))
                raise
            with outages_told():
                await connection.execute("COMMIT")
        if unit.outbox.has_left_work:
            self._bell.ring()

    async def revision(self) -> str | None:
        reading = PoolConnection(self)
        if not await reading.all(HAS_REVISION):
            return None
        row = await reading.one(REVISION)
        return str(row["version_num"]) if row else None

    async def close(self) -> None:
        await self._connections.close()


async def _roll_back(connection: Any) -> None:
    """End the transaction; a connection on which even that fails is closed, so that it is never used again."""
    try:
        await connection.execute("ROLLBACK")
    except OUTAGES:
        connection.terminate()
