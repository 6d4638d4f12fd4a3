"""Credentials and set-ups under way, as they are kept."""

from typing import Final

from wardkey.edges.db.sql import Connection, Row, Sql, columns, moment, moment_or_none, stored
from wardkey.factors.contract import Credential
from wardkey.vocabulary import AccountId, CredentialId, Instant

COLUMNS: Final = (
    "id", "kind", "label", "sealed", "version", "created_at", "confirmed_at", "last_used_at", "is_method", "external_id",
    "relying_party",
)  # fmt: skip

OF: Final = Sql(f"SELECT {columns('c', COLUMNS)} FROM credentials c WHERE c.account_id = :account ORDER BY c.id")
ADD: Final = Sql(
    f"INSERT INTO credentials (account_id, {', '.join(COLUMNS)}) VALUES (:account, {', '.join(':' + c for c in COLUMNS)})"
    " ON CONFLICT (external_id) DO NOTHING"
)
IS_TAKEN: Final = Sql("SELECT 1 AS found FROM credentials WHERE external_id = :external_id")
BOUND_ELSEWHERE: Final = Sql("SELECT count(*) AS many FROM credentials WHERE relying_party <> :relying_party")
SPEND: Final = Sql(
    "UPDATE credentials SET sealed = :sealed, last_used_at = :at, version = version + 1 WHERE id = :id AND version = :version"
)
TAKE: Final = Sql("DELETE FROM credentials WHERE id = :id AND version = :version")
CONFIRM: Final = Sql("UPDATE credentials SET confirmed_at = :at WHERE id = :id AND confirmed_at IS NULL")
RENAME: Final = Sql("UPDATE credentials SET label = :label WHERE id = :id AND account_id = :account")

LOAD: Final = Sql("SELECT sealed FROM ceremonies WHERE owner = :owner AND kind = :kind AND expires_at > :at")
UNDER_WAY: Final = Sql("SELECT kind, sealed FROM ceremonies WHERE owner = :owner AND expires_at > :at ORDER BY expires_at, kind")
SWAP: Final = Sql("UPDATE ceremonies SET sealed = :new WHERE owner = :owner AND kind = :kind AND sealed = :old")
CLAIM: Final = Sql(
    "INSERT INTO ceremonies (owner, kind, sealed, expires_at) VALUES (:owner, :kind, :sealed, :expires_at)"
    " ON CONFLICT (owner, kind) DO NOTHING"
)
SAVE: Final = Sql(
    "INSERT INTO ceremonies (owner, kind, sealed, expires_at) VALUES (:owner, :kind, :sealed, :expires_at)"
    " ON CONFLICT (owner, kind) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at"
)
REPLACE: Final = Sql(
    "INSERT INTO ceremonies (owner, kind, sealed, expires_at) VALUES (:owner, :kind, :sealed, :expires_at)"
    " ON CONFLICT (owner, kind) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at"
    " WHERE ceremonies.sealed = :before OR ceremonies.expires_at <= :at"
)
DROP: Final = Sql("DELETE FROM ceremonies WHERE owner = :owner")
SWEEP: Final = Sql(
    "DELETE FROM ceremonies WHERE (owner, kind) IN (SELECT owner, kind FROM ceremonies WHERE expires_at <= :at LIMIT :many)"
)


def credential_of(row: Row) -> Credential:
    """The credential in a row whose columns begin with `c_`."""
    return Credential(
        id=CredentialId(row["c_id"]),
        kind=row["c_kind"],
        label=row["c_label"],
        sealed=bytes(row["c_sealed"]),
        version=row["c_version"],
        created_at=moment(row["c_created_at"]),
        confirmed_at=moment_or_none(row["c_confirmed_at"]),
        last_used_at=moment_or_none(row["c_last_used_at"]),
        is_method=bool(row["c_is_method"]),
        external_id=row["c_external_id"],
        relying_party=row["c_relying_party"],
    )


class CredentialRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def of(self, account: AccountId) -> tuple[Credential, ...]:
        return tuple(credential_of(row) for row in await self._db.all(OF, account=account))

    async def add(self, account: AccountId, credential: Credential) -> bool:
        touched = await self._db.run(
            ADD,
            account=account,
            id=credential.id,
            kind=credential.kind,
            label=credential.label,
            sealed=credential.sealed,
            version=credential.version,
            created_at=stored(credential.created_at),
            confirmed_at=stored(credential.confirmed_at),
            last_used_at=stored(credential.last_used_at),
            is_method=credential.is_method,
            external_id=credential.external_id,
            relying_party=credential.relying_party,
        )
        return touched == 1

    async def is_taken(self, external_id: str) -> bool:
        return await self._db.one(IS_TAKEN, external_id=external_id) is not None

    async def bound_elsewhere(self, relying_party: str) -> int:
        row = await self._db.one(BOUND_ELSEWHERE, relying_party=relying_party)
        return int(row["many"]) if row else 0

    async def spend(self, credential: CredentialId, *, version: int, sealed: bytes, at: Instant) -> bool:
        return await self._db.run(SPEND, id=credential, version=version, sealed=sealed, at=stored(at)) == 1

    async def take(self, credential: CredentialId, *, version: int) -> bool:
        return await self._db.run(TAKE, id=credential, version=version) == 1

    async def confirm(self, credential: CredentialId, at: Instant) -> bool:
        return await self._db.run(CONFIRM, id=credential, at=stored(at)) == 1

    async def rename(self, account: AccountId, credential: CredentialId, label: str) -> bool:
        return await self._db.run(RENAME, id=credential, account=account, label=label) == 1


class CeremonyRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def load(self, owner: str, kind: str, at: Instant) -> bytes | None:
        row = await self._db.one(LOAD, owner=owner, kind=kind, at=stored(at))
        return bytes(row["sealed"]) if row else None

    async def of(self, owner: str, at: Instant) -> dict[str, bytes]:
        rows = await self._db.all(UNDER_WAY, owner=owner, at=stored(at))
        return {row["kind"]: bytes(row["sealed"]) for row in rows}

    async def swap(self, owner: str, kind: str, *, old: bytes, new: bytes) -> bool:
        return await self._db.run(SWAP, owner=owner, kind=kind, old=old, new=new) == 1

    async def claim(self, owner: str, kind: str, expires_at: Instant) -> bool:
        return await self._db.run(CLAIM, owner=owner, kind=kind, sealed=b"", expires_at=stored(expires_at)) == 1

    async def save(self, owner: str, kind: str, sealed: bytes, expires_at: Instant) -> None:
        await self._db.run(SAVE, owner=owner, kind=kind, sealed=sealed, expires_at=stored(expires_at))

    async def replace(self, owner: str, kind: str, before: bytes | None, sealed: bytes, expires_at: Instant, at: Instant) -> bool:
        touched = await self._db.run(
            REPLACE, owner=owner, kind=kind, before=before, sealed=sealed, expires_at=stored(expires_at), at=stored(at)
        )
        return touched == 1

    async def drop(self, owner: str) -> None:
        await self._db.run(DROP, owner=owner)

    async def sweep(self, at: Instant, limit: int) -> int:
        return await self._db.run(SWEEP, at=stored(at), many=limit)
