"""Bringing a schema to a revision, and holding it against the tables of `schema`. Synchronous; for commands, not for serving."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import asyncpg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from wardkey.edges.db.schema import METADATA
from wardkey.edges.db.sqlite import path_of

MIGRATIONS: Final = Path(__file__).parent / "migrations"
T = TypeVar("T")


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database up to a revision; does nothing where it is there already."""
    on_connection(url, lambda connection: command.upgrade(_config(connection), revision))


def downgrade(url: str, revision: str) -> None:
    """Take a database back to an earlier revision (`base`: to nothing)."""
    on_connection(url, lambda connection: command.downgrade(_config(connection), revision))


def current(url: str) -> str | None:
    """The revision a database is at."""
    return on_connection(url, lambda connection: MigrationContext.configure(connection).get_current_revision())


def head() -> str:
    """The newest revision there is."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head() or ""


def drift(url: str) -> list[str]:
    """How the tables of a database differ from those this release describes, one line each; empty where they agree."""
    return on_connection(url, lambda connection: [str(d) for d in compare_metadata(_comparing(connection), METADATA)])


def on_connection(url: str, work: Callable[[Connection], T]) -> T:
    """Run synchronous work on a connection of its own, in one transaction, on either database."""
    if url.startswith("sqlite:"):
        Path(path_of(url)).parent.mkdir(parents=True, exist_ok=True)
        Path(path_of(url)).touch(mode=0o600)
        engine = create_engine(url, poolclass=NullPool)
        with engine.begin() as connection:
            return work(connection)
    return asyncio.run(_on_postgres(url, work))


async def _on_postgres(url: str, work: Callable[[Connection], T]) -> T:
    """The driver reads the address, as it does for serving: SQLAlchemy knows no `sslmode` and the like."""

    async def connect() -> Any:
        return await asyncpg.connect(url)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _comparing(connection: Connection) -> MigrationContext:
    options: dict[str, Any] = {"compare_type": True, "target_metadata": METADATA}
    return MigrationContext.configure(connection, opts=options)
