"""Sessions as they are kept."""

from datetime import timedelta
from typing import Final

from wardkey.edges.db.sql import Connection, Row, Sql, columns, moment, place_of, place_text, stored, words
from wardkey.sessions.rules import PASSWORD_AMR, Session, SignedIn
from wardkey.vocabulary import AccountId, EmailAddress, Instant, SecurityStamp, SessionId

COLUMNS: Final = (
    "id", "account_id", "stamp", "started_at", "expires_at", "seen_at", "proven_at", "amr", "idle_minutes", "ip", "user_agent",
    "place",
)  # fmt: skip
KEEP_ENDED_FOR: Final = timedelta(days=1)

ADD: Final = Sql(
    f"INSERT INTO sessions ({', '.join(COLUMNS)}) SELECT :id, a.id, a.security_stamp, :started_at, :expires_at, :seen_at,"
    " :proven_at, :amr, :idle_minutes, :ip, :user_agent, :place FROM accounts a WHERE a.id = :account_id"
    " AND a.security_stamp = :stamp AND a.wrong_codes = :wrong_codes AND a.status = 'active'"
    " AND NOT (a.is_password_known AND :by_password)",
    lock="a",
)
LIVE: Final = "s.ended_at IS NULL AND s.expires_at > :at AND s.stamp = a.security_stamp AND a.status = 'active'"
SIGNED_IN: Final = Sql(
    f"SELECT {columns('s', COLUMNS)}, a.email, a.name, a.language, a.time_zone, o.name AS organization, m.role,"
    " CASE WHEN NOT EXISTS (SELECT 1 FROM memberships n WHERE n.account_id = a.id AND n.organization_id > m.organization_id)"
    " THEN m.organization_id END AS only_organization,"
    " EXISTS (SELECT 1 FROM credentials c WHERE c.account_id = a.id AND c.is_method"
    " AND c.kind <> 'recovery_code') AS has_method"
    " FROM sessions s JOIN accounts a ON a.id = s.account_id"
    " LEFT JOIN memberships m ON m.account_id = a.id AND m.organization_id ="
    " (SELECT min(n.organization_id) FROM memberships n WHERE n.account_id = a.id)"
    f" LEFT JOIN organizations o ON o.id = m.organization_id WHERE s.id = :id AND {LIVE}"
)
OF_ACCOUNT: Final = Sql(
    f"SELECT {columns('s', COLUMNS)} FROM sessions s JOIN accounts a ON a.id = s.account_id"
    f" WHERE s.account_id = :account AND {LIVE} ORDER BY s.started_at DESC LIMIT 100"
)
END: Final = Sql(
    "UPDATE sessions SET ended_at = :at, end_reason = :reason WHERE id = :id AND account_id = :account AND ended_at IS NULL"
    " AND expires_at > :at"
)
END_OTHERS: Final = Sql(
    "UPDATE sessions SET ended_at = :at, end_reason = :reason WHERE account_id = :account AND id <> :keep AND ended_at IS NULL"
    " AND expires_at > :at AND stamp = (SELECT a.security_stamp FROM accounts a WHERE a.id = :account)"
)
TOUCH: Final = Sql("UPDATE sessions SET seen_at = :at WHERE id = :id AND seen_at < :at")
PROVE: Final = Sql("UPDATE sessions SET proven_at = :at, amr = :amr WHERE id = :id")
KEEP: Final = Sql("UPDATE sessions SET stamp = :stamp WHERE id = :id")
SWEEP: Final = Sql("DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= :before LIMIT :many)")


def session_of(row: Row) -> Session:
    """The session in a row whose columns begin with `s_`."""
    return Session(
        id=SessionId(row["s_id"]),
        account=AccountId(row["s_account_id"]),
        stamp=SecurityStamp(row["s_stamp"]),
        started_at=moment(row["s_started_at"]),
        expires_at=moment(row["s_expires_at"]),
        seen_at=moment(row["s_seen_at"]),
        proven_at=moment(row["s_proven_at"]),
        amr=tuple(row["s_amr"].split()),
        idle_minutes=row["s_idle_minutes"],
        ip=row["s_ip"],
        user_agent=row["s_user_agent"],
        place=place_of(row["s_place"]),
    )


class SessionRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, session: Session, *, wrong_codes: int) -> bool:
        touched = await self._db.run(
            ADD,
            id=session.id,
            account_id=session.account,
            stamp=session.stamp,
            wrong_codes=wrong_codes,
            by_password=PASSWORD_AMR in session.amr,
            started_at=stored(session.started_at),
            expires_at=stored(session.expires_at),
            seen_at=stored(session.seen_at),
            proven_at=stored(session.proven_at),
            amr=words(session.amr),
            idle_minutes=session.idle_minutes,
            ip=session.ip,
            user_agent=session.user_agent,
            place=place_text(session.place),
        )
        return touched == 1

    async def signed_in(self, session: SessionId, at: Instant) -> SignedIn | None:
        row = await self._db.one(SIGNED_IN, id=session, at=stored(at))
        if row is None:
            return None
        return SignedIn(
            session=session_of(row),
            email=EmailAddress(row["email"]),
            name=row["name"],
            language=row["language"],
            time_zone=row["time_zone"],
            has_method=bool(row["has_method"]),
            organization=row["organization"],
            only_organization=row["only_organization"],
            role=row["role"],
        )

    async def live(self, account: AccountId, at: Instant) -> list[Session]:
        return [session_of(row) for row in await self._db.all(OF_ACCOUNT, account=account, at=stored(at))]

    async def end(self, account: AccountId, session: SessionId, at: Instant, reason: str) -> bool:
        return await self._db.run(END, account=account, id=session, at=stored(at), reason=reason) == 1

    async def end_others(self, account: AccountId, keep: SessionId | None, at: Instant, reason: str) -> int:
        return await self._db.run(END_OTHERS, account=account, keep=keep or "", at=stored(at), reason=reason)

    async def touch(self, session: SessionId, at: Instant) -> None:
        await self._db.run(TOUCH, id=session, at=stored(at))

    async def prove(self, session: SessionId, at: Instant, amr: tuple[str, ...]) -> None:
        await self._db.run(PROVE, id=session, at=stored(at), amr=words(amr))

    async def keep(self, session: SessionId, stamp: SecurityStamp) -> None:
        await self._db.run(KEEP, id=session, stamp=stamp)

    async def sweep(self, at: Instant, limit: int) -> int:
        return await self._db.run(SWEEP, before=stored(at - KEEP_ENDED_FOR), many=limit)
