"""Organizations and memberships as they are kept."""

from typing import Final

from wardkey.accounts.rules import MfaMode
from wardkey.edges.db.sql import Connection, Row, Sql, columns, moment, moment_or_none, stored
from wardkey.organizations.rules import Member, Membership, Organization
from wardkey.vocabulary import AccountId, EmailAddress, Instant, OrganizationId, Role

COLUMNS: Final = (
    "id", "name", "slug", "mfa_mode", "mfa_from", "idle_minutes", "created_at", "allows_trusted_devices", "is_passkey_enough",
)  # fmt: skip
MEMBERSHIP: Final = (
    "m.role AS m_role, o.id AS o_id, o.name AS o_name, o.mfa_mode AS o_mfa_mode, o.mfa_from AS o_mfa_from,"
    " o.idle_minutes AS o_idle_minutes, o.allows_trusted_devices AS o_allows_trusted_devices,"
    " o.is_passkey_enough AS o_is_passkey_enough,"
    " (SELECT b.name FROM brands b WHERE b.organization_id = o.id) AS o_brand_name"
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
    "SELECT p.id, p.email, p.name, p.status, p.role, c.kind FROM (SELECT a.id, a.email, a.email_key, a.name, a.status, m.role"
    " FROM memberships m JOIN accounts a ON a.id = m.account_id WHERE m.organization_id = :organization"
    " AND a.email_key > :after ORDER BY a.email_key LIMIT :many) p"
    " LEFT JOIN credentials c ON c.account_id = p.id AND c.kind <> 'recovery_code' ORDER BY p.email_key, c.id"
)
SET_DEVICE_RULES: Final = Sql(
    "UPDATE organizations SET allows_trusted_devices = :trusted, is_passkey_enough = :enough WHERE id = :id"
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
        allows_trusted_devices=bool(row["o_allows_trusted_devices"]),
        is_passkey_enough=bool(row["o_is_passkey_enough"]),
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
        allows_trusted_devices=bool(row["o_allows_trusted_devices"]),
        is_passkey_enough=bool(row["o_is_passkey_enough"]),
        brand_name=row["o_brand_name"] or "",
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
            allows_trusted_devices=organization.allows_trusted_devices,
            is_passkey_enough=organization.is_passkey_enough,
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
        people = {row["id"]: row for row in rows}
        return [
            Member(
                account=AccountId(row["id"]),
                email=EmailAddress(row["email"]),
                name=row["name"],
                role=Role(row["role"]),
                status=row["status"],
                methods=tuple(dict.fromkeys(r["kind"] for r in rows if r["id"] == row["id"] and r["kind"] is not None)),
            )
            for row in people.values()
        ]

    async def set_device_rules(
        self, organization: OrganizationId, *, allows_trusted_devices: bool, is_passkey_enough: bool
    ) -> bool:
        values = {"trusted": allows_trusted_devices, "enough": is_passkey_enough}
        return await self._db.run(SET_DEVICE_RULES, id=organization, **values) == 1

    async def set_mfa(self, organization: OrganizationId, mode: MfaMode, starts: Instant | None) -> bool:
        return await self._db.run(SET_MFA, id=organization, mode=mode.value, starts=stored(starts)) == 1
