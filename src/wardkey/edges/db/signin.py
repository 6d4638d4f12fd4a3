"""Sign-in attempts as they are kept, and people with everything a decision about them needs, read in one statement."""

from collections.abc import Sequence
from typing import Final

from wardkey.edges.db import accounts, factors, organizations
from wardkey.edges.db.sql import Connection, Row, Sql, columns, moment, moment_or_none, place_of, place_text, stored, words
from wardkey.signin.facts import Attempt, FirstFactor, Proof
from wardkey.signin.person import Person
from wardkey.vocabulary import AccountId, AttemptId, EmailKey, SecurityStamp, SessionId

COLUMNS: Final = (
    "id", "reference", "account_id", "email_digest", "started_at", "expires_at", "version", "stamp", "is_password_weak", "proof",
    "amr", "wrong_codes", "outcome", "ended_at", "session_id", "ip", "user_agent", "place", "first_factor", "device",
    "trusted_device", "wants_trust", "can_hold_passkey",
)  # fmt: skip
PERSON: Final = (
    f"{columns('a', accounts.COLUMNS)}, {columns('c', factors.COLUMNS)}, {organizations.MEMBERSHIP},"
    " EXISTS (SELECT 1 FROM known_devices k WHERE k.account_id = a.id) AS a_has_devices"
)
JOINS: Final = (
    "LEFT JOIN credentials c ON c.account_id = a.id LEFT JOIN memberships m ON m.account_id = a.id"
    " LEFT JOIN organizations o ON o.id = m.organization_id"
)
BY_EMAIL: Final = Sql(f"SELECT {PERSON} FROM accounts a {JOINS} WHERE a.email_key = :key")
BY_ID: Final = Sql(f"SELECT {PERSON} FROM accounts a {JOINS} WHERE a.id = :id")
LOAD: Final = Sql(
    f"SELECT {columns('t', COLUMNS)}, {PERSON} FROM attempts t JOIN accounts a ON a.id = t.account_id {JOINS} WHERE t.id = :id"
)
ABOUT: Final = Sql(
    f"SELECT {columns('t', COLUMNS)} FROM attempts t WHERE t.account_id = :account ORDER BY t.started_at DESC LIMIT :many"
)
BY_REFERENCE: Final = Sql(
    f"SELECT {columns('t', COLUMNS)} FROM attempts t WHERE t.reference = :reference ORDER BY t.started_at DESC LIMIT 1"
)
ADD: Final = Sql(f"INSERT INTO attempts ({', '.join(COLUMNS)}) VALUES ({', '.join(':' + c for c in COLUMNS)})")
SAVE: Final = Sql(
    "UPDATE attempts SET version = version + 1, stamp = :stamp, is_password_weak = :is_password_weak, proof = :proof, amr = :amr,"
    " wrong_codes = :wrong_codes, outcome = :outcome, ended_at = :ended_at, session_id = :session_id,"
    " trusted_device = :trusted_device, wants_trust = :wants_trust"
    " WHERE id = :id AND version = :version AND outcome IS NULL"
)


def people_of(rows: Sequence[Row]) -> Person | None:
    """The one person in joined rows: each row repeats the account beside one credential and one membership."""
    if not rows:
        return None
    credentials = {row["c_id"]: factors.credential_of(row) for row in rows if row["c_id"] is not None}
    memberships = {row["o_id"]: organizations.membership_of(row) for row in rows if row["o_id"] is not None}
    return Person(
        account=accounts.account_of(rows[0]),
        credentials=tuple(credentials[key] for key in sorted(credentials)),
        memberships=tuple(memberships[key] for key in sorted(memberships)),
        has_devices=bool(rows[0]["a_has_devices"]),
    )


def attempt_of(row: Row) -> Attempt:
    """The attempt in a row whose columns begin with `t_`."""
    return Attempt(
        id=AttemptId(row["t_id"]),
        reference=row["t_reference"],
        account=AccountId(row["t_account_id"]) if row["t_account_id"] is not None else None,
        email_digest=row["t_email_digest"],
        started_at=moment(row["t_started_at"]),
        expires_at=moment(row["t_expires_at"]),
        version=row["t_version"],
        stamp=SecurityStamp(row["t_stamp"]) if row["t_stamp"] is not None else None,
        is_password_weak=bool(row["t_is_password_weak"]),
        proof=Proof(row["t_proof"]),
        amr=tuple(row["t_amr"].split()),
        wrong_codes=row["t_wrong_codes"],
        outcome=row["t_outcome"],
        ended_at=moment_or_none(row["t_ended_at"]),
        session=SessionId(row["t_session_id"]) if row["t_session_id"] is not None else None,
        ip=row["t_ip"],
        user_agent=row["t_user_agent"],
        place=place_of(row["t_place"]),
        first_factor=FirstFactor(row["t_first_factor"]),
        device=row["t_device"],
        trusted_device=row["t_trusted_device"],
        wants_trust=bool(row["t_wants_trust"]),
        can_hold_passkey=bool(row["t_can_hold_passkey"]),
    )


def _changing(attempt: Attempt) -> dict[str, object]:
    return {
        "id": attempt.id,
        "version": attempt.version,
        "stamp": attempt.stamp,
        "is_password_weak": attempt.is_password_weak,
        "proof": attempt.proof.value,
        "amr": words(attempt.amr),
        "wrong_codes": attempt.wrong_codes,
        "outcome": attempt.outcome,
        "ended_at": stored(attempt.ended_at),
        "session_id": attempt.session,
        "trusted_device": attempt.trusted_device,
        "wants_trust": attempt.wants_trust,
    }


class AttemptRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, attempt: Attempt) -> None:
        values = _changing(attempt)
        values["version"] = attempt.version + 1
        await self._db.run(
            ADD,
            **values,
            reference=attempt.reference,
            account_id=attempt.account,
            email_digest=attempt.email_digest,
            started_at=stored(attempt.started_at),
            expires_at=stored(attempt.expires_at),
            ip=attempt.ip,
            user_agent=attempt.user_agent,
            place=place_text(attempt.place),
            first_factor=attempt.first_factor.value,
            device=attempt.device,
            can_hold_passkey=attempt.can_hold_passkey,
        )

    async def save(self, attempt: Attempt) -> bool:
        return await self._db.run(SAVE, **_changing(attempt)) == 1

    async def load(self, attempt: AttemptId) -> tuple[Attempt, Person] | None:
        rows = await self._db.all(LOAD, id=attempt)
        person = people_of(rows)
        return (attempt_of(rows[0]), person) if person else None

    async def about(self, account: AccountId, limit: int = 20) -> list[Attempt]:
        return [attempt_of(row) for row in await self._db.all(ABOUT, account=account, many=limit)]

    async def by_reference(self, reference: str) -> Attempt | None:
        row = await self._db.one(BY_REFERENCE, reference=reference)
        return attempt_of(row) if row else None


class PersonRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def by_email(self, key: EmailKey) -> Person | None:
        return people_of(await self._db.all(BY_EMAIL, key=key))

    async def by_id(self, account: AccountId) -> Person | None:
        return people_of(await self._db.all(BY_ID, id=account))
