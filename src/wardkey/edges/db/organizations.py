"""Organizations and memberships as they are kept."""

from typing import Final

from wardkey.accounts.rules import MfaMode
from wardkey.edges.db.sql import Connection, Row, Sql, columns, moment, moment_or_none, stored
from wardkey.organizations.rules import Member, Membership, Organization
from wardkey.vocabulary import AccountId, EmailAddress, Instant, OrganizationId, Role

COLUMNS: Final = ("id", "name", "slug", "mfa_mode", "mfa_from", "idle_minutes", "created_at")
MEMBERSHIP: Final = (
    "m.role AS m_role, o.id AS o_id, o.name AS o_name, o.mfa_mode AS o_mfa_mode, o.mfa_from AS o_mfa_from,"
    " o.idle_minutes AS o_idle_minutes"
)
ADD: Final = Sql(
    f"INSERT INTO organizations ({', '.join(COLUMNS)}) VALUES ({', '.join(':' + c for c in COLUMNS)})"
    " ON CONFLICT (slug) DO NOTHING"
)
BY_SLUG: Final = Sql(f"SELECT {columns('o', COLUMNS)} FROM organizations o WHERE o.slug = :slug")
PAGE: Final = Sql(f"SELECT {columns('o', COLUMNS)} FROM organizations o WHERE o.slug > :after ORDER BY o.slug LIMIT :many")
ADD_MEMBER: Final = Sql(
    "INSERT INTO memberships (account_id, organization_id, role, created_at) VALUES (:account, :organization, :role, :at)"
    " ON CONFLICT (account_id, organization_id) DO NOTHING"
)
MEMBERS: Final = Sql(
    "SELECT a.id, a.email, a.email_key, a.name, a.status, m.role, (SELECT count(*) FROM credentials c WHERE c.account_id = a.id"
    " AND c.kind = 'totp') AS totp FROM memberships m JOIN accounts a ON a.id = m.account_id"
    " WHERE m.organization_id = :organization AND a.email_key > :after ORDER BY a.email_key LIMIT :many"
)
SET_MFA: Final = Sql("UPDATE organizations SET mfa_mode = :mode, mfa_from = :starts WHERE id = :id")


def organization_of(row: Row) -> Organization:
    return Organization(
        id=OrganizationId(row["o_id"]),
        name=row["o_name"],
        slug=row["o_slug"],
        mfa_mode=MfaMode(row["o_mfa_mode"]),
        mfa_from=moment_or_none(row["o_mfa_from"]),
        idle_minutes=row["o_idle_minutes"],
        created_at=moment(row["o_created_at"]),
    )


def membership_of(row: Row) -> Membership:
    """The membership in a row with the columns of `MEMBERSHIP`."""
    return Membership(
        organization=OrganizationId(row["o_id"]),
        name=row["o_name"],
        role=Role(row["m_role"]),
        mfa_mode=MfaMode(row["o_mfa_mode"]),
        mfa_from=moment_or_none(row["o_mfa_from"]),
        idle_minutes=row["o_idle_minutes"],
    )


class OrganizationRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, organization: Organization) -> bool:
        touched = await self._db.run(
            ADD,
            id=organization.id,
            name=organization.name,
            slug=organization.slug,
            mfa_mode=organization.mfa_mode.value,
            mfa_from=stored(organization.mfa_from),
            idle_minutes=organization.idle_minutes,
            created_at=stored(organization.created_at),
        )
        return touched == 1

    async def by_slug(self, slug: str) -> Organization | None:
        row = await self._db.one(BY_SLUG, slug=slug)
        return organization_of(row) if row else None

    async def all(self, after: str = "", limit: int = 50) -> list[Organization]:
        return [organization_of(row) for row in await self._db.all(PAGE, after=after, many=limit)]

    async def add_member(self, organization: OrganizationId, account: AccountId, role: Role, at: Instant) -> bool:
        values = {"account": account, "organization": organization, "role": role.value, "at": stored(at)}
        return await self._db.run(ADD_MEMBER, **values) == 1

    async def members(self, organization: OrganizationId, after: str = "", limit: int = 50) -> list[Member]:
        rows = await self._db.all(MEMBERS, organization=organization, after=after, many=limit)
        return [
            Member(
                account=AccountId(row["id"]),
                email=EmailAddress(row["email"]),
                name=row["name"],
                role=Role(row["role"]),
                status=row["status"],
                methods=("totp",) * min(row["totp"], 1),
            )
            for row in rows
        ]

    async def set_mfa(self, organization: OrganizationId, mode: MfaMode, starts: Instant | None) -> bool:
        return await self._db.run(SET_MFA, id=organization, mode=mode.value, starts=stored(starts)) == 1
