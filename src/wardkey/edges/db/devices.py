"""Known and trusted devices as they are kept."""

from datetime import timedelta
from typing import Final

from msgspec.structs import asdict

from wardkey.devices.rules import KnownDevice, TrustedDevice
from wardkey.edges.db.sql import Connection, Row, Sql, moment, place_of, place_text, stored
from wardkey.vocabulary import AccountId, Instant, SecurityStamp

KEEP_UNSEEN_FOR: Final = timedelta(days=400)
"""As long as a browser keeps the token of a device at most (RFC 6265bis §5.5)."""
KEEP_EXPIRED_FOR: Final = timedelta(days=7)

KNOWN: Final = ("id", "account_id", "device", "first_seen_at", "last_seen_at", "sign_ins", "ip", "user_agent", "place")
SEE: Final = Sql(
    "UPDATE known_devices SET last_seen_at = :at, sign_ins = sign_ins + 1, ip = :ip, user_agent = :user_agent, place = :place"
    " WHERE account_id = :account AND device = :device AND last_seen_at > :since"
)
ADD_KNOWN: Final = Sql(
    f"INSERT INTO known_devices ({', '.join(KNOWN)}) VALUES ({', '.join(':' + c for c in KNOWN)})"
    " ON CONFLICT (account_id, device) DO UPDATE SET last_seen_at = excluded.last_seen_at, ip = excluded.ip,"
    " sign_ins = known_devices.sign_ins + excluded.sign_ins, user_agent = excluded.user_agent, place = excluded.place"
    " WHERE known_devices.last_seen_at <= :since"
)
KNOWN_OF: Final = Sql(
    f"SELECT {', '.join(KNOWN)} FROM known_devices WHERE account_id = :account ORDER BY last_seen_at DESC, id DESC LIMIT :many"
)
FORGET: Final = Sql("DELETE FROM known_devices WHERE id = :id AND account_id = :account")
FORGET_ALL: Final = Sql("DELETE FROM known_devices WHERE account_id = :account")
SWEEP_KNOWN: Final = Sql(
    "DELETE FROM known_devices WHERE id IN (SELECT id FROM known_devices WHERE last_seen_at <= :before LIMIT :many)"
)

TRUSTED: Final = (
    "id", "account_id", "token", "device", "stamp", "created_at", "expires_at", "last_used_at", "uses", "ip", "user_agent",
    "place",
)  # fmt: skip
COUNTS: Final = "expires_at > :at AND stamp = (SELECT a.security_stamp FROM accounts a WHERE a.id = trusted_devices.account_id)"
FIND: Final = Sql(
    "SELECT id FROM trusted_devices WHERE token = :token AND account_id = :account AND device = :device AND stamp = :stamp"
    " AND expires_at > :at"
)
USE: Final = Sql(
    f"UPDATE trusted_devices SET uses = uses + 1, last_used_at = :at WHERE id = :id AND account_id = :account AND {COUNTS}"
)
OF_BROWSER: Final = Sql(
    f"SELECT {', '.join(TRUSTED)} FROM trusted_devices WHERE token = :token AND device = :device AND {COUNTS}"
)
KEEP: Final = Sql(
    f"INSERT INTO trusted_devices ({', '.join(TRUSTED)}) VALUES ({', '.join(':' + c for c in TRUSTED)})"
    " ON CONFLICT (token, account_id) DO UPDATE SET "
    + ", ".join(f"{c} = excluded.{c}" for c in TRUSTED if c not in ("id", "token", "account_id"))
)
TRUSTED_OF: Final = Sql(
    f"SELECT {', '.join(TRUSTED)} FROM trusted_devices WHERE account_id = :account AND {COUNTS}"
    " ORDER BY created_at DESC, id DESC LIMIT :many"
)
REMOVE: Final = Sql(f"DELETE FROM trusted_devices WHERE id = :id AND account_id = :account AND {COUNTS}")
REMOVE_OF_KNOWN: Final = Sql(
    "DELETE FROM trusted_devices WHERE account_id = :account"
    " AND device = (SELECT k.device FROM known_devices k WHERE k.id = :known AND k.account_id = :account)"
)
REMOVE_ALL: Final = Sql(f"DELETE FROM trusted_devices WHERE account_id = :account AND {COUNTS}")
SWEEP_TRUSTED: Final = Sql(
    "DELETE FROM trusted_devices WHERE id IN (SELECT id FROM trusted_devices WHERE expires_at <= :before LIMIT :many)"
)


def known_of(row: Row) -> KnownDevice:
    return KnownDevice(
        id=row["id"],
        account=AccountId(row["account_id"]),
        device=row["device"],
        first_seen_at=moment(row["first_seen_at"]),
        last_seen_at=moment(row["last_seen_at"]),
        sign_ins=row["sign_ins"],
        ip=row["ip"],
        user_agent=row["user_agent"],
        place=place_of(row["place"]),
    )


def trusted_of(row: Row) -> TrustedDevice:
    return TrustedDevice(
        id=row["id"],
        account=AccountId(row["account_id"]),
        token=row["token"],
        device=row["device"],
        stamp=SecurityStamp(row["stamp"]),
        created_at=moment(row["created_at"]),
        expires_at=moment(row["expires_at"]),
        last_used_at=moment(row["last_used_at"]),
        uses=row["uses"],
        ip=row["ip"],
        user_agent=row["user_agent"],
        place=place_of(row["place"]),
    )


def _values(record: KnownDevice | TrustedDevice) -> dict[str, object]:
    values = asdict(record)
    values["account_id"] = values.pop("account")
    for name in (name for name in values if name.endswith("_at")):
        values[name] = stored(values[name])
    values["place"] = place_text(record.place)
    return values


class KnownDeviceRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def see(self, known: KnownDevice, *, since: Instant) -> bool:
        touched = await self._db.run(
            SEE,
            account=known.account,
            device=known.device,
            since=stored(since),
            at=stored(known.last_seen_at),
            ip=known.ip,
            user_agent=known.user_agent,
            place=place_text(known.place),
        )
        return touched == 1

    async def add(self, known: KnownDevice, *, since: Instant) -> bool:
        return await self._db.run(ADD_KNOWN, since=stored(since), **_values(known)) == 1

    async def of(self, account: AccountId, limit: int) -> list[KnownDevice]:
        return [known_of(row) for row in await self._db.all(KNOWN_OF, account=account, many=limit)]

    async def forget(self, account: AccountId, known: str) -> bool:
        return await self._db.run(FORGET, account=account, id=known) == 1

    async def forget_all(self, account: AccountId) -> int:
        return await self._db.run(FORGET_ALL, account=account)

    async def sweep(self, at: Instant, limit: int) -> int:
        return await self._db.run(SWEEP_KNOWN, before=stored(at - KEEP_UNSEEN_FOR), many=limit)


class TrustedDeviceRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def find(self, account: AccountId, token: str, device: str, stamp: SecurityStamp, at: Instant) -> str | None:
        row = await self._db.one(FIND, account=account, token=token, device=device, stamp=stamp, at=stored(at))
        return str(row["id"]) if row else None

    async def use(self, trust: str, account: AccountId, at: Instant) -> bool:
        return await self._db.run(USE, id=trust, account=account, at=stored(at)) == 1

    async def of_browser(self, token: str, device: str, at: Instant) -> list[TrustedDevice]:
        return [trusted_of(row) for row in await self._db.all(OF_BROWSER, token=token, device=device, at=stored(at))]

    async def keep(self, trusted: TrustedDevice) -> None:
        await self._db.run(KEEP, **_values(trusted))

    async def of(self, account: AccountId, at: Instant, limit: int) -> list[TrustedDevice]:
        return [trusted_of(row) for row in await self._db.all(TRUSTED_OF, account=account, at=stored(at), many=limit)]

    async def remove(self, account: AccountId, trust: str, at: Instant) -> bool:
        return await self._db.run(REMOVE, account=account, id=trust, at=stored(at)) == 1

    async def remove_of_known(self, account: AccountId, known: str) -> None:
        await self._db.run(REMOVE_OF_KNOWN, account=account, known=known)

    async def remove_all(self, account: AccountId, at: Instant) -> int:
        return await self._db.run(REMOVE_ALL, account=account, at=stored(at))

    async def sweep(self, at: Instant, limit: int) -> int:
        return await self._db.run(SWEEP_TRUSTED, before=stored(at - KEEP_EXPIRED_FOR), many=limit)
