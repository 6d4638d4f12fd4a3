"""The schema goes up, down and up again on both databases, and is then what the tables of this release describe."""

import ast
from pathlib import Path

import pytest
from sqlalchemy import inspect

from wardkey.edges.bell import LoopBell
from wardkey.edges.db.founding import found
from wardkey.edges.db.migrating import MIGRATIONS, current, downgrade, drift, head, on_connection, upgrade
from wardkey.edges.db.opening import HEAD, open_database
from wardkey.edges.db.schema import METADATA


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'wardkey.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


def tables(url: str) -> set[str]:
    return on_connection(url, lambda connection: set(inspect(connection).get_table_names()))


def test_up_down_and_up_again_leaves_exactly_our_tables(empty_url: str) -> None:
    expected = {*METADATA.tables, "alembic_version"}
    upgrade(empty_url)
    assert (tables(empty_url), current(empty_url), drift(empty_url)) == (expected, HEAD, [])
    downgrade(empty_url, "base")
    assert tables(empty_url) <= {"alembic_version"}
    upgrade(empty_url)
    assert (tables(empty_url), current(empty_url), drift(empty_url)) == (expected, HEAD, [])
    upgrade(empty_url)
    assert current(empty_url) == HEAD, "a second time does nothing"


def test_a_table_that_differs_is_found(empty_url: str) -> None:
    upgrade(empty_url)
    on_connection(empty_url, lambda connection: connection.exec_driver_sql("DROP INDEX ix_outbox_due_at"))
    on_connection(empty_url, lambda connection: connection.exec_driver_sql("ALTER TABLE accounts ADD COLUMN odd TEXT"))
    found = " ".join(drift(empty_url))
    assert "ix_outbox_due_at" in found
    assert "odd" in found


async def test_a_database_says_which_revision_it_is_at(empty_url: str) -> None:
    async with open_database(empty_url, LoopBell()) as database:
        if empty_url.startswith("postgres"):
            assert await database.revision() is None


async def test_a_database_with_its_tables_is_at_the_newest_revision(database_url: str) -> None:
    async with open_database(database_url, LoopBell()) as database:
        assert await database.revision() == HEAD


def test_a_new_file_is_open_to_its_owner_alone(tmp_path: Path) -> None:
    """It holds hashes of passwords and sealed keys; the log beside it takes the permissions of the file."""
    upgrade(f"sqlite:///{tmp_path}/migrated.sqlite3")
    found(f"{tmp_path}/founded.sqlite3")
    assert {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {
        "migrated.sqlite3": 0,
        "founded.sqlite3": 0,
    }


def test_tables_made_at_once_are_those_that_migrations_come_to(tmp_path: Path) -> None:
    found(f"{tmp_path}/founded.sqlite3")
    url = f"sqlite:///{tmp_path}/founded.sqlite3"
    assert (current(url), drift(url)) == (HEAD, [])
    found(f"{tmp_path}/founded.sqlite3")
    assert current(url) == HEAD, "a second time does nothing"


def test_this_release_needs_the_newest_revision() -> None:
    assert head() == HEAD


def test_migrations_import_nothing_of_ours() -> None:
    """So that a migration does the same years later, whatever has become of the code."""
    files = [*(MIGRATIONS / "versions").glob("[0-9]*.py"), MIGRATIONS / "env.py"]
    imported = {
        name.partition(".")[0]
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in ([a.name for a in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", None) or ""])
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert files
    assert imported <= {"alembic", "sqlalchemy", "collections", "typing"}


def test_revisions_form_one_line() -> None:
    names = sorted(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert [name.partition("_")[0] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
