"""Units of work that note every statement on its way to the database."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from msgspec.structs import replace

from tests.world import Practice
from wardkey.edges.db.sql import Connection, Row, Sql
from wardkey.edges.db.unit import Database, DatabaseUnit

INNER: Final = re.compile(r"\([^()]*\)")
"""A part in brackets without another one inside."""


class NotingConnection:
    """Hands statements on, and keeps what they began with."""

    def __init__(self, connection: Connection, noted: list[str]) -> None:
        self._connection, self._noted = connection, noted

    def _note(self, sql: Sql) -> None:
        text = sql.sqlite
        while INNER.search(text):
            text = INNER.sub("", text)
        words = text.split()
        before_table = {"SELECT": "FROM", "DELETE": "FROM", "INSERT": "INTO", "UPDATE": "UPDATE"}[words[0]]
        self._noted.append(f"{words[0]} {words[words.index(before_table) + 1]}")

    async def all(self, sql: Sql, **values: object) -> Sequence[Row]:
        self._note(sql)
        return await self._connection.all(sql, **values)

    async def one(self, sql: Sql, **values: object) -> Row | None:
        self._note(sql)
        return await self._connection.one(sql, **values)

    async def run(self, sql: Sql, **values: object) -> int:
        self._note(sql)
        return await self._connection.run(sql, **values)


class NotingUnits:
    """The units of a database, each statement of which is noted. BEGIN and COMMIT are the unit's own and not counted."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.noted: list[str] = []

    def _noting(self, unit: DatabaseUnit) -> DatabaseUnit:
        return DatabaseUnit(NotingConnection(unit.accounts._db, self.noted))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[DatabaseUnit]:
        async with self._database.read() as unit:
            yield self._noting(unit)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[DatabaseUnit]:
        async with self._database.write() as unit:
            yield self._noting(unit)

    @asynccontextmanager
    async def single(self) -> AsyncIterator[DatabaseUnit]:
        async with self._database.single() as unit:
            yield self._noting(unit)

    def taken(self) -> list[str]:
        """What was noted since the last time."""
        noted, self.noted = self.noted, []
        return noted


def noting(practice: Practice) -> NotingUnits:
    """From now on every statement of this practice is noted."""
    units: Any = NotingUnits(practice.database)
    practice.units = units
    practice.service = replace(practice.service, units=units)
    found: NotingUnits = units
    return found
