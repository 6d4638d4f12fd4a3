"""Accounts as they are kept."""

from typing import Final

from wardkey.accounts.rules import Account, MfaMode, Status
from wardkey.edges.db.sql import Connection, Duplicate, Row, Sql, columns, moment, moment_or_none, stored
from wardkey.vocabulary import AccountId, EmailAddress, EmailKey, Instant, SecurityStamp

COLUMNS: Final = (
    "id", "email", "name", "language", "time_zone", "status", "password_hash", "security_stamp", "mfa_mode", "mfa_from",
    "wrong_codes", "wrong_codes_hour", "wrong_hour_at", "wrong_code_at", "is_password_known", "created_at",
    "email_verified_at", "password_changed_at", "passkey_offer_from",
)  # fmt: skip
MOMENTS: Final = tuple(name for name in COLUMNS if name.endswith(("_at", "_from")))

BY_EMAIL: Final = Sql(f"SELECT {columns('a', COLUMNS)} FROM accounts a WHERE a.email_key = :key")
BY_ID: Final = Sql(f"SELECT {columns('a', COLUMNS)} FROM accounts a WHERE a.id = :id")
ADD: Final = Sql(
    f"INSERT INTO accounts (email_key, {', '.join(COLUMNS)}) VALUES (:key, {', '.join(':' + c for c in COLUMNS)})"
    " ON CONFLICT (email_key) DO NOTHING"
)
CHANGE_PASSWORD: Final = Sql(
    "UPDATE accounts SET password_hash = :password_hash, security_stamp = :new, password_changed_at = :at, wrong_codes = 0,"
    " wrong_codes_hour = 0, wrong_hour_at = NULL, wrong_code_at = NULL, is_password_known = false"
    " WHERE id = :id AND security_stamp = :old"
)
RENEW_HASH: Final = Sql("UPDATE accounts SET password_hash = :new WHERE id = :id AND password_hash = :old")
MOVE_STAMP: Final = Sql("UPDATE accounts SET security_stamp = :new WHERE id = :id AND security_stamp = :old")
DISTRUST_PASSWORD: Final = Sql(
    "UPDATE accounts SET security_stamp = :new, is_password_known = true WHERE id = :id AND security_stamp = :old"
)
MAKE_ROOM: Final = Sql(
    "DELETE FROM accounts WHERE email_key = :key AND id <> :id AND status = 'unverified'"
    " AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.account_id = accounts.id)"
)
CHANGE_EMAIL: Final = Sql(
    "UPDATE accounts SET email = :email, email_key = :key, email_verified_at = :at, security_stamp = :new,"
    " is_password_known = is_password_known OR :is_password_known"
    " WHERE id = :id AND security_stamp = :old AND NOT EXISTS (SELECT 1 FROM accounts o WHERE o.email_key = :key AND o.id <> :id)"
)
VERIFY_EMAIL: Final = Sql(
    "UPDATE accounts SET status = 'active', email_verified_at = :at WHERE id = :id AND status = 'unverified'"
    " AND security_stamp = :stamp"
)
COUNT_WRONG_CODE: Final = Sql(
    "UPDATE accounts SET wrong_codes = :wrong_codes, wrong_codes_hour = :wrong_codes_hour, wrong_hour_at = :wrong_hour_at,"
    " wrong_code_at = :wrong_code_at, is_password_known = :is_password_known"
    " WHERE id = :id AND wrong_codes = :seen AND security_stamp = :stamp"
)
FORGET_WRONG_CODES: Final = Sql(
    "UPDATE accounts SET wrong_codes = 0, wrong_codes_hour = 0, wrong_hour_at = NULL, wrong_code_at = NULL"
    " WHERE id = :id AND wrong_codes = :seen"
)
TAKE_OVER: Final = Sql(
    "UPDATE accounts SET email = :email, name = :name, language = :language, password_hash = :password_hash,"
    " security_stamp = :stamp, password_changed_at = :at WHERE id = :id AND status = 'unverified'"
    " AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.account_id = accounts.id)"
)
OFFER_PASSKEY_FROM: Final = Sql("UPDATE accounts SET passkey_offer_from = :starts WHERE id = :id")
SET_STATUS: Final = Sql("UPDATE accounts SET status = :status WHERE id = :id AND status <> :status")
SET_MFA: Final = Sql("UPDATE accounts SET mfa_mode = :mode, mfa_from = :starts WHERE id = :id")


def account_of(row: Row) -> Account:
    """The account in a row whose columns begin with `a_`."""
    return Account(
        id=AccountId(row["a_id"]),
        email=EmailAddress(row["a_email"]),
        name=row["a_name"],
        language=row["a_language"],
        time_zone=row["a_time_zone"],
        status=Status(row["a_status"]),
        password_hash=row["a_password_hash"],
        security_stamp=SecurityStamp(row["a_security_stamp"]),
        mfa_mode=MfaMode(row["a_mfa_mode"]) if row["a_mfa_mode"] is not None else None,
        mfa_from=moment_or_none(row["a_mfa_from"]),
        wrong_codes=row["a_wrong_codes"],
        wrong_codes_hour=row["a_wrong_codes_hour"],
        wrong_hour_at=moment_or_none(row["a_wrong_hour_at"]),
        wrong_code_at=moment_or_none(row["a_wrong_code_at"]),
        is_password_known=bool(row["a_is_password_known"]),
        created_at=moment(row["a_created_at"]),
        email_verified_at=moment_or_none(row["a_email_verified_at"]),
        password_changed_at=moment(row["a_password_changed_at"]),
        passkey_offer_from=moment_or_none(row["a_passkey_offer_from"]),
    )


class AccountRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def by_email(self, key: EmailKey) -> Account | None:
        row = await self._db.one(BY_EMAIL, key=key)
        return account_of(row) if row else None

    async def by_id(self, account: AccountId) -> Account | None:
        row = await self._db.one(BY_ID, id=account)
        return account_of(row) if row else None

    async def add(self, account: Account, key: EmailKey) -> bool:
        values = {name: getattr(account, name) for name in COLUMNS}
        for name in MOMENTS:
            values[name] = stored(values[name])
        values["status"] = account.status.value
        values["mfa_mode"] = account.mfa_mode.value if account.mfa_mode else None
        return await self._db.run(ADD, key=key, **values) == 1

    async def change_password(
        self, account: AccountId, *, password_hash: str, old: SecurityStamp, new: SecurityStamp, at: Instant
    ) -> bool:
        values = {"id": account, "password_hash": password_hash, "old": old, "new": new, "at": stored(at)}
        return await self._db.run(CHANGE_PASSWORD, **values) == 1

    async def renew_hash(self, account: AccountId, *, old: str, new: str) -> None:
        await self._db.run(RENEW_HASH, id=account, old=old, new=new)

    async def move_stamp(self, account: AccountId, *, old: SecurityStamp, new: SecurityStamp) -> bool:
        return await self._db.run(MOVE_STAMP, id=account, old=old, new=new) == 1

    async def distrust_password(self, account: AccountId, *, old: SecurityStamp, new: SecurityStamp) -> bool:
        return await self._db.run(DISTRUST_PASSWORD, id=account, old=old, new=new) == 1

    async def change_email(self, changed: Account, key: EmailKey, *, old: SecurityStamp) -> bool:
        await self._db.run(MAKE_ROOM, id=changed.id, key=key)
        try:
            touched = await self._db.run(
                CHANGE_EMAIL,
                id=changed.id,
                email=changed.email,
                key=key,
                at=stored(changed.email_verified_at),
                old=old,
                new=changed.security_stamp,
                is_password_known=changed.is_password_known,
            )
        except Duplicate:
            return False
        return touched == 1

    async def verify_email(self, account: AccountId, at: Instant, *, stamp: SecurityStamp) -> bool:
        return await self._db.run(VERIFY_EMAIL, id=account, at=stored(at), stamp=stamp) == 1

    async def count_wrong_code(self, counted: Account, *, seen: int) -> bool:
        touched = await self._db.run(
            COUNT_WRONG_CODE,
            id=counted.id,
            seen=seen,
            stamp=counted.security_stamp,
            wrong_codes=counted.wrong_codes,
            wrong_codes_hour=counted.wrong_codes_hour,
            wrong_hour_at=stored(counted.wrong_hour_at),
            wrong_code_at=stored(counted.wrong_code_at),
            is_password_known=counted.is_password_known,
        )
        return touched == 1

    async def forget_wrong_codes(self, account: AccountId, *, seen: int) -> bool:
        return await self._db.run(FORGET_WRONG_CODES, id=account, seen=seen) == 1

    async def take_over_unverified(self, account: Account) -> bool:
        touched = await self._db.run(
            TAKE_OVER,
            id=account.id,
            email=account.email,
            name=account.name,
            language=account.language,
            password_hash=account.password_hash,
            stamp=account.security_stamp,
            at=stored(account.password_changed_at),
        )
        return touched == 1

    async def offer_passkey_from(self, account: AccountId, starts: Instant | None) -> None:
        await self._db.run(OFFER_PASSKEY_FROM, id=account, starts=stored(starts))

    async def set_status(self, account: AccountId, status: Status) -> bool:
        return await self._db.run(SET_STATUS, id=account, status=status.value) == 1

    async def set_mfa(self, account: AccountId, mode: MfaMode | None, starts: Instant | None) -> bool:
        return await self._db.run(SET_MFA, id=account, mode=mode.value if mode else None, starts=stored(starts)) == 1
