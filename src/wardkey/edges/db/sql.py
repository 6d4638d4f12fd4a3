"""Statements one can read, in a form that both drivers take, and the connection every store asks."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

import msgspec

from wardkey.vocabulary import Instant, Place

Row = Mapping[str, Any]
NAME: Final = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
S = TypeVar("S", bound=msgspec.Struct)


class Sql:
    """One statement with `:name` places. `lock` names the table alias whose rows PostgreSQL locks while the unit lasts, except
    against rows that only point to them; SQLite has one writer at a time and needs no lock."""

    __slots__ = ("names", "postgres", "sqlite")

    def __init__(self, text: str, lock: str = "") -> None:
        self.sqlite = text
        order: dict[str, int] = {}
        numbered = NAME.sub(lambda m: f"${order.setdefault(m.group(1), len(order) + 1)}", text)
        self.postgres = f"{numbered} FOR NO KEY UPDATE OF {lock}" if lock else numbered
        self.names: Sequence[str] = tuple(order)


class Duplicate(Exception):
    """Another unit committed a row with the same key a moment ago; nothing but a roll-back helps this one."""


class Connection(Protocol):
    """A database connection inside a unit of work; every failure of the database is raised as `ports.Unavailable`, and a key
    that is there already as `Duplicate`."""

    async def all(self, sql: Sql, **values: object) -> Sequence[Row]: ...

    async def one(self, sql: Sql, **values: object) -> Row | None: ...

    async def run(self, sql: Sql, **values: object) -> int:
        """Execute; answers how many rows were touched."""
        ...


def stored(at: Instant | None) -> int | None:
    """A moment as it is kept: whole microseconds since 1970 in UTC, the same on every database."""
    return None if at is None else (at - EPOCH) // MICROSECOND


def moment(value: int) -> Instant:
    return EPOCH + timedelta(microseconds=value)


def moment_or_none(value: int | None) -> Instant | None:
    return None if value is None else EPOCH + timedelta(microseconds=value)


def place_text(place: Place | None) -> str | None:
    return None if place is None else msgspec.json.encode(place).decode()


def place_of(text: str | None) -> Place | None:
    return None if text is None else msgspec.json.decode(text, type=Place)


def words(values: Sequence[str]) -> str:
    """A short list of plain names as one text."""
    return " ".join(values)


def columns(alias: str, names: Sequence[str]) -> str:
    """`a.id AS a_id, …`: a table's columns under names that a joined row keeps apart."""
    return ", ".join(f"{alias}.{name} AS {alias}_{name}" for name in names)
