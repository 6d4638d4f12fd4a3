"""Text messages as they are kept, and the counts that the guard decides by."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, cast

from wardkey.accounts.rules import Account
from wardkey.edges.db import accounts
from wardkey.edges.db.sql import EPOCH, Connection, Row, Sql, columns, moment, moment_or_none, stored, words
from wardkey.texts.rules import DAY, HOUR, LOOKS_BACK, Counted, CountryDay, Purpose, Reach, Status, Stop, TextMessage
from wardkey.vocabulary import AccountId, Instant

COLUMNS: Final = (
    "id", "account_id", "purpose", "number", "prefix", "country", "network", "created_at", "expires_at", "status", "tried",
    "sender", "provider_id", "sent_at", "entered_at", "why", "sealed",
)  # fmt: skip
KEEP_FOR: Final = timedelta(days=30)
"""Longer than the days among which the guard looks for the best."""
KEEP_STOPS_FOR: Final = timedelta(days=2)
"""A stop that has ended still says since when its prefix is judged anew."""

LIST: Final = ", ".join(COLUMNS)
ADD: Final = Sql(f"INSERT INTO texts ({LIST}) VALUES ({', '.join(':' + c for c in COLUMNS)})")
LOAD: Final = Sql(f"SELECT {LIST} FROM texts WHERE id = :id")
BY_PROVIDER: Final = Sql(f"SELECT {LIST} FROM texts WHERE provider_id = :provider_id AND sender = :sender LIMIT 1")
MOVE: Final = Sql(
    "UPDATE texts SET status = :status, tried = :tried, sender = :sender, provider_id = :provider_id, sent_at = :sent_at,"
    " why = COALESCE(why, :why), sealed = CASE WHEN :keeps THEN sealed ELSE NULL END"
    " WHERE id = :id AND status = :seen AND COALESCE(sender, '') = :seen_sender"
)
ENTERED: Final = Sql(
    "UPDATE texts SET entered_at = :at, sealed = NULL WHERE entered_at IS NULL AND expires_at > :at AND id ="
    " (SELECT t.id FROM texts t WHERE t.account_id = :account AND t.status <> 'refused'"
    " ORDER BY t.created_at DESC, t.id DESC LIMIT 1)"
)
STOP_REACHES: Final = "s.prefix = :prefix AND (:is_new OR s.why LIKE 'all_numbers %')"
ALIKE: Final = (
    "t.sent_at IS NOT NULL AND (t.purpose = 'set_up') = :is_new AND t.created_at > :day_ago AND t.created_at <= :settled"
)
COUNTED: Final = Sql(
    f"SELECT (SELECT s.until FROM text_stops s WHERE {STOP_REACHES}) AS stopped_until, of_prefix.sent AS prefix_sent,"
    " of_prefix.entered AS prefix_entered, of_country.a_day AS unentered_a_day, of_country.an_hour AS unentered_an_hour,"
    " (SELECT count(DISTINCT t.country) FROM texts t WHERE t.network = :network AND t.country <> :country"
    f" AND t.entered_at IS NULL AND {ALIKE}) AS other_countries"
    " FROM (SELECT count(*) AS sent, count(t.entered_at) AS entered FROM texts t WHERE t.prefix = :prefix"
    f" AND {ALIKE} AND t.created_at >= COALESCE((SELECT s.until FROM text_stops s WHERE {STOP_REACHES}), 0)) of_prefix"
    " CROSS JOIN (SELECT count(*) AS a_day, count(CASE WHEN t.created_at > :hour_ago THEN 1 END) AS an_hour FROM texts t"
    f" WHERE t.country = :country AND t.entered_at IS NULL AND {ALIKE}) of_country"
)
DAYS: Final = " UNION ALL ".join(f"SELECT {days} AS days" for days in range(LOOKS_BACK // DAY + 1))
BEST_DAY: Final = Sql(
    "SELECT max(each_day.entered) AS entered FROM (SELECT (SELECT count(t.entered_at) FROM texts t WHERE t.country = :country"
    " AND t.created_at >= (:today - back.days) * 86400000000"
    " AND t.created_at < (:today - back.days + 1) * 86400000000) AS entered"
    f" FROM ({DAYS}) back) each_day"
)
STOP: Final = Sql(
    "INSERT INTO text_stops (prefix, country, why, since, until) VALUES (:prefix, :country, :why, :since, :until)"
    " ON CONFLICT (prefix) DO UPDATE SET why = excluded.why, since = excluded.since, until = excluded.until"
    " WHERE text_stops.until <= excluded.since OR (text_stops.why LIKE 'new_numbers %' AND excluded.why LIKE 'all_numbers %')"
)
RESUME: Final = Sql("UPDATE text_stops SET until = :at WHERE prefix = :prefix AND until > :at")
STOPS: Final = Sql("SELECT prefix, country, why, since, until FROM text_stops WHERE until > :at ORDER BY since DESC, prefix")
BY_COUNTRY: Final = Sql(  # grouped by what is no column, so that SQLite looks for the day instead of reading country by country
    "SELECT min(country) AS country, count(*) AS asked, count(sent_at) AS sent, count(entered_at) AS entered,"
    " sum(CASE WHEN status IN ('failed', 'expired') AND sent_at IS NULL THEN 1 ELSE 0 END) AS failed,"
    " sum(CASE WHEN status = 'refused' THEN 1 ELSE 0 END) AS refused,"
    " sum(CASE WHEN status <> 'refused' AND why LIKE 'would:%' THEN 1 ELSE 0 END) AS would_refuse"
    " FROM texts WHERE created_at > :since GROUP BY country || '' ORDER BY asked DESC, country"
)
WATCHERS: Final = Sql(
    f"SELECT {columns('a', accounts.COLUMNS)} FROM accounts a WHERE a.status = 'active' AND a.id IN"
    " (SELECT theirs.account_id FROM memberships own JOIN memberships theirs ON theirs.organization_id = own.organization_id"
    " WHERE own.account_id = :account AND theirs.role IN ('owner', 'admin')) ORDER BY a.id LIMIT 50"
)
FORGET: Final = Sql(
    "UPDATE texts SET sealed = NULL WHERE id IN"
    " (SELECT t.id FROM texts t WHERE t.expires_at <= :at AND t.sealed IS NOT NULL LIMIT :many)"
)
SWEEP: Final = Sql("DELETE FROM texts WHERE id IN (SELECT t.id FROM texts t WHERE t.created_at <= :before LIMIT :many)")
SWEEP_STOPS: Final = Sql(
    "DELETE FROM text_stops WHERE prefix IN (SELECT s.prefix FROM text_stops s WHERE s.until <= :before LIMIT :many)"
)


def text_of(row: Row) -> TextMessage:
    return TextMessage(
        id=row["id"],
        account=AccountId(row["account_id"]),
        purpose=cast(Purpose, row["purpose"]),
        number=row["number"],
        prefix=row["prefix"],
        country=row["country"],
        network=row["network"],
        created_at=moment(row["created_at"]),
        expires_at=moment(row["expires_at"]),
        status=Status(row["status"]),
        tried=tuple(row["tried"].split()),
        sender=row["sender"],
        provider_id=row["provider_id"],
        sent_at=moment_or_none(row["sent_at"]),
        entered_at=moment_or_none(row["entered_at"]),
        why=row["why"],
        sealed=bytes(row["sealed"]) if row["sealed"] is not None else None,
    )


def stop_of(row: Row) -> Stop:
    reach, _, counts = row["why"].partition(" ")
    entered, _, sent = counts.partition("/")
    return Stop(
        prefix=row["prefix"],
        country=row["country"],
        reach=cast(Reach, reach),
        sent=int(sent),
        entered=int(entered),
        since=moment(row["since"]),
        until=moment(row["until"]),
    )


class TextRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, text: TextMessage) -> None:
        await self._db.run(
            ADD,
            **_delivery(text),
            account_id=text.account,
            purpose=text.purpose,
            number=text.number,
            prefix=text.prefix,
            country=text.country,
            network=text.network,
            created_at=stored(text.created_at),
            expires_at=stored(text.expires_at),
            entered_at=stored(text.entered_at),
            sealed=text.sealed,
        )

    async def load(self, text: str) -> TextMessage | None:
        row = await self._db.one(LOAD, id=text)
        return text_of(row) if row else None

    async def by_provider(self, sender: str, provider_id: str) -> TextMessage | None:
        row = await self._db.one(BY_PROVIDER, sender=sender, provider_id=provider_id)
        return text_of(row) if row else None

    async def move(self, seen: TextMessage, to: TextMessage) -> bool:
        values = {**_delivery(to), "keeps": to.sealed is not None, "seen": seen.status.value, "seen_sender": seen.sender or ""}
        return await self._db.run(MOVE, **values) == 1

    async def entered(self, account: AccountId, at: Instant) -> bool:
        return await self._db.run(ENTERED, account=account, at=stored(at)) == 1

    async def counted(self, text: TextMessage, settled: Instant) -> Counted:
        row = await self._db.one(
            COUNTED,
            prefix=text.prefix,
            country=text.country,
            network=text.network,
            is_new=text.purpose == "set_up",
            settled=stored(settled),
            hour_ago=stored(text.created_at - HOUR),
            day_ago=stored(text.created_at - DAY),
        )
        if row is None:
            return Counted()
        return Counted(**{**row, "stopped_until": moment_or_none(row["stopped_until"])})

    async def best_day(self, country: str, at: Instant) -> int:
        row = await self._db.one(BEST_DAY, country=country, today=(at - EPOCH) // DAY)
        return row["entered"] if row else 0

    async def stop(self, stop: Stop) -> bool:
        touched = await self._db.run(
            STOP,
            prefix=stop.prefix,
            country=stop.country,
            why=f"{stop.reach} {stop.entered}/{stop.sent}",
            since=stored(stop.since),
            until=stored(stop.until),
        )
        return touched == 1

    async def resume(self, prefix: str, at: Instant) -> bool:
        return await self._db.run(RESUME, prefix=prefix, at=stored(at)) == 1

    async def stops(self, at: Instant) -> Sequence[Stop]:
        return [stop_of(row) for row in await self._db.all(STOPS, at=stored(at))]

    async def day(self, since: Instant) -> Sequence[CountryDay]:
        return [CountryDay(**row) for row in await self._db.all(BY_COUNTRY, since=stored(since))]

    async def watchers(self, account: AccountId) -> Sequence[Account]:
        return [accounts.account_of(row) for row in await self._db.all(WATCHERS, account=account)]

    async def sweep(self, at: Instant, limit: int) -> int:
        forgotten = await self._db.run(FORGET, at=stored(at), many=limit)
        gone = await self._db.run(SWEEP, before=stored(at - KEEP_FOR), many=limit)
        return forgotten + gone + await self._db.run(SWEEP_STOPS, before=stored(at - KEEP_STOPS_FOR), many=limit)


def _delivery(text: TextMessage) -> dict[str, object]:
    return {
        "id": text.id,
        "status": text.status.value,
        "tried": words(text.tried),
        "sender": text.sender,
        "provider_id": text.provider_id,
        "sent_at": stored(text.sent_at),
        "why": text.why,
    }
