"""Opening the database that an address names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from wardkey.edges.db.sqlite import SqliteDatabase
from wardkey.edges.db.unit import Database
from wardkey.ports import Bell

HEAD: Final = "0002"
"""The schema revision this release needs; a test holds it against the migrations."""


@asynccontextmanager
async def open_database(url: str, bell: Bell, pool_size: int = 10) -> AsyncIterator[Database]:
    """The database while the context lasts. Nothing is connected before the first statement."""
    database = _database(url, bell, pool_size)
    try:
        yield database
    finally:
        await database.close()


def _database(url: str, bell: Bell, pool_size: int) -> Database:
    if url.startswith("sqlite:"):
        return SqliteDatabase(url, bell)
    from wardkey.edges.db.postgres import PostgresDatabase  # noqa: PLC0415 - asyncpg takes 150 ms that SQLite need not wait

    return PostgresDatabase(url, bell, pool_size)
