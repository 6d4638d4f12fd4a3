"""The audit trail as it is kept: rows are added and read, never changed."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from wardkey.audit.rules import Entry
from wardkey.edges.db.sql import Connection, Row, Sql, moment, place_of, place_text, stored
from wardkey.vocabulary import AccountId, EventId, OrganizationId

COLUMNS: Final = (
    "id", "at", "name", "actor", "subject", "organization_id", "ip", "user_agent", "place", "request_id", "data",
)  # fmt: skip
ABOUT: Final = Sql(
    f"SELECT {', '.join(COLUMNS)} FROM events WHERE subject = :subject AND id < :before ORDER BY id DESC LIMIT :many"
)
NEWEST: Final = "evt_" + "z" * 27
"""Sorts after every event id."""


@cache
def append_of(count: int) -> Sql:
    """One INSERT for so many entries."""
    rows = (f"({', '.join(f':{name}_{i}' for name in COLUMNS)})" for i in range(count))
    return Sql(f"INSERT INTO events ({', '.join(COLUMNS)}) VALUES {', '.join(rows)}")


def entry_of(row: Row) -> Entry:
    return Entry(
        id=EventId(row["id"]),
        at=moment(row["at"]),
        name=row["name"],
        actor=row["actor"],
        subject=AccountId(row["subject"]) if row["subject"] is not None else None,
        organization=OrganizationId(row["organization_id"]) if row["organization_id"] is not None else None,
        ip=row["ip"],
        user_agent=row["user_agent"],
        place=place_of(row["place"]),
        request_id=row["request_id"],
        data=row["data"],
    )


class AuditRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def append(self, entries: Sequence[Entry]) -> None:
        values: dict[str, object] = {}
        for i, entry in enumerate(entries):
            row = (
                entry.id, stored(entry.at), entry.name, entry.actor, entry.subject, entry.organization, entry.ip,
                entry.user_agent, place_text(entry.place), entry.request_id, entry.data,
            )  # fmt: skip
            values.update((f"{name}_{i}", value) for name, value in zip(COLUMNS, row, strict=True))
        await self._db.run(append_of(len(entries)), **values)

    async def about(self, account: AccountId, before: EventId | None = None, limit: int = 50) -> list[Entry]:
        rows = await self._db.all(ABOUT, subject=account, before=before or NEWEST, many=limit)
        return [entry_of(row) for row in rows]
