"""The brands of organizations as they are kept."""

from typing import Final

from wardkey.brand.rules import Kept
from wardkey.edges.db.sql import Connection, Row, Sql, columns, moment, stored
from wardkey.vocabulary import AccountId, OrganizationId

COLUMNS: Final = ("organization_id", "name", "color", "sender_name", "logo", "logo_type", "changed_at")
KEPT: Final = (
    f"SELECT {columns('b', COLUMNS)}, o.slug AS o_slug FROM brands b JOIN organizations o ON o.id = b.organization_id WHERE"
)
OF_ORGANIZATION: Final = Sql(f"{KEPT} b.organization_id = :organization")
OF_SLUG: Final = Sql(f"{KEPT} o.slug = :slug")
OF_ACCOUNT: Final = Sql(
    f"{KEPT} b.organization_id = (SELECT min(m.organization_id) FROM memberships m WHERE m.account_id = :account)"
    " AND b.organization_id = (SELECT max(m.organization_id) FROM memberships m WHERE m.account_id = :account)"
)
PUT: Final = Sql(
    f"INSERT INTO brands ({', '.join(COLUMNS)}) VALUES ({', '.join(':' + c for c in COLUMNS)}) ON CONFLICT (organization_id)"
    f" DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in COLUMNS[1:])}"
)
REMOVE: Final = Sql("DELETE FROM brands WHERE organization_id = :organization")


def kept_of(row: Row) -> Kept:
    return Kept(
        organization=OrganizationId(row["b_organization_id"]),
        slug=row["o_slug"],
        name=row["b_name"] or "",
        color=row["b_color"] or "",
        sender_name=row["b_sender_name"] or "",
        logo=row["b_logo"] or b"",
        logo_type=row["b_logo_type"],
        changed_at=moment(row["b_changed_at"]),
    )


class BrandRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def of_organization(self, organization: OrganizationId) -> Kept | None:
        row = await self._db.one(OF_ORGANIZATION, organization=organization)
        return kept_of(row) if row else None

    async def of_slug(self, slug: str) -> Kept | None:
        row = await self._db.one(OF_SLUG, slug=slug)
        return kept_of(row) if row else None

    async def of_account(self, account: AccountId) -> Kept | None:
        row = await self._db.one(OF_ACCOUNT, account=account)
        return kept_of(row) if row else None

    async def put(self, kept: Kept) -> None:
        await self._db.run(
            PUT,
            organization_id=kept.organization,
            name=kept.name or None,
            color=kept.color or None,
            sender_name=kept.sender_name or None,
            logo=kept.logo or None,
            logo_type=kept.logo_type,
            changed_at=stored(kept.changed_at),
        )

    async def remove(self, organization: OrganizationId) -> bool:
        return await self._db.run(REMOVE, organization=organization) == 1
