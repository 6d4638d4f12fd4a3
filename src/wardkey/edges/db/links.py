"""Emailed links as they are kept."""

from datetime import timedelta
from typing import Final

from wardkey.edges.db.sql import Connection, Row, Sql, moment, moment_or_none, stored
from wardkey.emailed_links.rules import Link
from wardkey.vocabulary import AccountId, Instant, SecurityStamp

KEEP_EXPIRED_FOR: Final = timedelta(days=7)
"""So long a page can still say that a link expired rather than that it is unknown."""

ADD: Final = Sql(
    "INSERT INTO links (id, account_id, purpose, stamp, proof, sealed, created_at, expires_at, used_at)"
    " VALUES (:id, :account, :purpose, :stamp, :proof, :sealed, :created_at, :expires_at, NULL)"
)
COLUMNS: Final = "id, account_id, purpose, stamp, proof, sealed, created_at, expires_at, used_at"
BY_ID: Final = Sql(f"SELECT {COLUMNS} FROM links WHERE id = :id")
NEWEST: Final = Sql(
    f"SELECT {COLUMNS} FROM links WHERE account_id = :account AND purpose = :purpose AND used_at IS NULL AND stamp <> ''"
    " ORDER BY created_at DESC, id LIMIT 1"
)
USE: Final = Sql("UPDATE links SET used_at = :at WHERE id = :id AND used_at IS NULL AND expires_at > :at")
DROP_UNUSED: Final = Sql(
    "UPDATE links SET stamp = '' WHERE account_id = :account AND purpose = :purpose AND used_at IS NULL AND expires_at > :at"
    " AND created_at >= :since"
)
SWEEP: Final = Sql("DELETE FROM links WHERE id IN (SELECT id FROM links WHERE expires_at <= :before LIMIT :many)")


def _link_of(row: Row) -> Link:
    return Link(
        id=row["id"],
        account=AccountId(row["account_id"]),
        purpose=row["purpose"],
        stamp=SecurityStamp(row["stamp"]),
        proof=row["proof"],
        sealed=bytes(row["sealed"]) if row["sealed"] is not None else None,
        created_at=moment(row["created_at"]),
        expires_at=moment(row["expires_at"]),
        used_at=moment_or_none(row["used_at"]),
    )


class LinkRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, link: Link) -> None:
        await self._db.run(
            ADD,
            id=link.id,
            account=link.account,
            purpose=link.purpose,
            stamp=link.stamp,
            proof=link.proof,
            sealed=link.sealed,
            created_at=stored(link.created_at),
            expires_at=stored(link.expires_at),
        )

    async def by_id(self, link: str) -> Link | None:
        row = await self._db.one(BY_ID, id=link)
        return _link_of(row) if row else None

    async def newest(self, account: AccountId, purpose: str) -> Link | None:
        row = await self._db.one(NEWEST, account=account, purpose=purpose)
        return _link_of(row) if row else None

    async def use(self, link: str, at: Instant) -> bool:
        return await self._db.run(USE, id=link, at=stored(at)) == 1

    async def drop_unused(self, account: AccountId, purpose: str, at: Instant, *, since: Instant | None = None) -> None:
        await self._db.run(DROP_UNUSED, account=account, purpose=purpose, at=stored(at), since=stored(since) or 0)

    async def sweep(self, at: Instant, limit: int) -> int:
        return await self._db.run(SWEEP, before=stored(at - KEEP_EXPIRED_FOR), many=limit)
