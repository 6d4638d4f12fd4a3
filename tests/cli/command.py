"""Running `wardkey` commands in this process, and looking at what they left in the database."""

import io
import json
import sqlite3
import sys
from contextlib import closing
from typing import Any

import pytest
from msgspec import Struct

from tests.world import PASSWORD
from wardkey.__main__ import installation
from wardkey.surfaces.cli.program import run


class Ended(Struct, frozen=True):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)


class Operator:
    """Somebody at a shell without a terminal, with settings in the environment."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
        self.environment = environment
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str, stdin: str = "", **environment: str) -> Ended:
        """Run a command; further settings come by name."""
        self._capsys.readouterr()
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = run(arguments, {**self.environment, **environment}, installation)
        out, err = self._capsys.readouterr()
        return Ended(code, out, err)

    def done(self, *arguments: str, stdin: str = "") -> Ended:
        """Run a command that has to succeed."""
        ended = self(*arguments, stdin=stdin)
        assert (ended.code, ended.err) == (0, "")
        return ended

    def refused(self, *arguments: str, stdin: str = "", code: int = 1, **environment: str) -> str:
        """Run a command that has to fail with one exit code and say why on standard error alone; answers what it said."""
        ended = self(*arguments, stdin=stdin, **environment)
        assert (ended.code, ended.out) == (code, "")
        assert "Traceback" not in ended.err
        return ended.err.rstrip("\n")

    @property
    def url(self) -> str:
        return self.environment["WARDKEY_DATABASE_URL"]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What a query finds in the SQLite database."""
        with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection:
            return connection.execute(statement).fetchall()

    def events(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Name, actor and data of every event, oldest first."""
        return [
            (name, actor, json.loads(data)) for name, actor, data in self.rows("SELECT name, actor, data FROM events ORDER BY id")
        ]

    def has_practice(self) -> None:
        """Set up a practice to create accounts in."""
        self.done("org", "create", "Maple Street Clinic", "--slug", "maple")

    def has_account(self, email: str = "ada@clinic.example", role: str = "provider") -> None:
        """Create an account that can sign in."""
        arguments = ("--name", "Ada Okafor", "--role", role, "--org", "maple", "--verified", "--password-stdin")
        self.done("account", "create", email, *arguments, stdin=PASSWORD + "\n")
