"""The database is brought to what a release needs, and commands go on over nothing else."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.command import Operator

NO_TABLES = "The database has no tables yet. Run `wardkey db upgrade`."
AT_HEAD = "The database is at 0002, which is what this release needs.\n"


def alter(operator: Operator, statement: str) -> None:
    """Change the database behind our back."""
    with closing(sqlite3.connect(operator.url.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute(statement)


@pytest.fixture
def nothing(operator: Operator, tmp_path: Path) -> Path:
    """No database yet; answers the path where it is to be."""
    path = tmp_path / "new" / "wardkey.sqlite3"
    operator.environment["WARDKEY_DATABASE_URL"] = f"sqlite:///{path}"
    return path


def test_an_upgrade_makes_the_tables_in_a_file_for_its_owner_alone(operator: Operator, nothing: Path) -> None:
    assert operator.done("db", "upgrade").out == AT_HEAD
    assert operator.done("db", "check").out == AT_HEAD
    assert nothing.stat().st_mode & 0o777 == 0o600
    assert nothing.parent.stat().st_mode & 0o777 == 0o700


def test_an_upgrade_where_nothing_is_to_do_keeps_everything(operator: Operator) -> None:
    operator.has_practice()
    assert operator.done("db", "upgrade", "--json").data == {
        "current": "0002",
        "needed": "0002",
        "differences": [],
        "is_current": True,
    }
    assert operator.rows("SELECT slug FROM organizations") == [("maple",)]


def test_looking_for_a_database_makes_none(operator: Operator, nothing: Path) -> None:
    said = operator.refused("db", "check")
    assert said.startswith("The database cannot be used: there is no such file yet")
    assert operator.refused("org", "list") == NO_TABLES
    assert not nothing.exists()


@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_tables_of_another_release_stop_every_command_but_the_upgrade(operator: Operator, revision: str) -> None:
    alter(operator, f"UPDATE alembic_version SET version_num = '{revision}'")
    said = f"The database is at {revision}; this release needs 0002. Run `wardkey db upgrade`."
    assert operator.refused("org", "list") == said
    ended = operator("db", "check")
    assert (ended.code, ended.out) == (1, said + "\n")


def test_a_database_of_a_later_release_is_not_upgraded(operator: Operator) -> None:
    alter(operator, "UPDATE alembic_version SET version_num = '9999'")
    assert operator.refused("db", "upgrade") == "The database is at 9999, of a later release; this one needs 0002."


def test_tables_that_were_changed_by_hand_are_found(operator: Operator) -> None:
    alter(operator, "ALTER TABLE accounts ADD COLUMN nickname TEXT")
    ended = operator("db", "check")
    assert ended.code == 1
    assert "nickname" in ended.out
    assert operator("db", "check", "--json").data["is_current"] is False


@pytest.mark.parametrize("command", [("db", "check"), ("db", "upgrade"), ("org", "list")])
def test_a_file_that_is_no_database_is_told(operator: Operator, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "letter").write_text("Dear practice, " * 100)
    operator.environment["WARDKEY_DATABASE_URL"] = f"sqlite:///{tmp_path / 'letter'}"
    said = operator.refused(*command)
    assert said.startswith("The database cannot be ")
    assert said.endswith(": database error. Check WARDKEY_DATABASE_URL.")


@pytest.mark.parametrize("command", [("db", "check"), ("db", "upgrade"), ("org", "list")])
def test_a_server_that_does_not_answer_is_told_without_its_password(operator: Operator, command: tuple[str, ...]) -> None:
    operator.environment["WARDKEY_DATABASE_URL"] = "postgresql://clinic:hush-hush@127.0.0.1:1/wardkey"
    said = operator.refused(*command)
    assert said.startswith("The database cannot be ")
    assert "\n" not in said
    assert "hush-hush" not in said


def test_a_file_that_cannot_be_written_is_a_wrong_setting(operator: Operator, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    operator.environment["WARDKEY_DATABASE_URL"] = f"sqlite:///{tmp_path / 'file' / 'wardkey.sqlite3'}"
    assert operator.refused("db", "upgrade", code=2) == "WARDKEY_DATABASE_URL: needs the path of a file that can be written"


def test_everything_works_on_postgresql_too(operator: Operator, postgres_url: str) -> None:
    operator.environment["WARDKEY_DATABASE_URL"] = postgres_url
    assert operator("db", "check").out == "The database has no tables yet. Run `wardkey db upgrade`.\n"
    assert operator.refused("org", "list") == NO_TABLES
    assert operator.done("db", "upgrade").out == AT_HEAD
    assert operator.done("db", "check").out == AT_HEAD
    operator.has_practice()
    operator.has_account()
    assert [m["email"] for m in operator.done("org", "show", "maple", "--json").data["members"]] == ["ada@clinic.example"]


def test_a_database_that_lets_nobody_in_is_told(operator: Operator, migrated_postgres_url: str) -> None:
    operator.environment["WARDKEY_DATABASE_URL"] = migrated_postgres_url.rpartition("/")[0] + "/no_such_database"
    assert operator.refused("org", "list") == (
        "The database cannot be used: invalid catalog name error. Check WARDKEY_DATABASE_URL."
    )
