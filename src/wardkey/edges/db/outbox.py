"""The outbox as it is kept. A claim moves the due time, so a relay that dies gives its job back by itself."""

from typing import Final

from wardkey.edges.db.sql import Connection, Sql, moment, moment_or_none, stored
from wardkey.outbox.rules import EVERYTHING, Job, Lane
from wardkey.vocabulary import Instant

ADD: Final = Sql(
    "INSERT INTO outbox (id, kind, sealed, created_at, due_at, tries) VALUES (:id, :kind, :sealed, :created_at, :due_at, 0)"
)
OF_LANE: Final = "kind <> :but AND (:only = '' OR kind = :only)"
DUE: Final = Sql(
    f"SELECT id, kind, sealed, created_at, due_at, tries FROM outbox WHERE due_at <= :at AND {OF_LANE}"
    " ORDER BY due_at, id LIMIT :many"
)
CLAIM: Final = Sql("UPDATE outbox SET due_at = :until WHERE id = :id AND due_at <= :at")
FINISH: Final = Sql("DELETE FROM outbox WHERE id = :id")
PUT_BACK: Final = Sql("UPDATE outbox SET due_at = :due_at, tries = tries + :counted WHERE id = :id")
DELAY: Final = Sql(
    "UPDATE outbox SET due_at = CASE WHEN due_at <= :tried THEN :until ELSE :behind END WHERE kind = :kind AND due_at < :until"
)
WAITING: Final = Sql("SELECT count(*) AS many, min(created_at) AS oldest FROM outbox")
NEXT_DUE: Final = Sql(f"SELECT min(due_at) AS due_at FROM outbox WHERE {OF_LANE}")


class OutboxRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self.has_left_work = False
        """Whether something was left in this unit, so that the relay is woken after the commit."""

    async def add(self, job: Job) -> None:
        self.has_left_work = True
        await self._db.run(
            ADD, id=job.id, kind=job.kind, sealed=job.sealed, created_at=stored(job.created_at), due_at=stored(job.due_at)
        )

    async def due(self, at: Instant, limit: int, lane: Lane = EVERYTHING) -> list[Job]:
        rows = await self._db.all(DUE, at=stored(at), many=limit, only=lane.only, but=lane.but)
        return [
            Job(
                id=row["id"],
                kind=row["kind"],
                sealed=bytes(row["sealed"]),
                created_at=moment(row["created_at"]),
                due_at=moment(row["due_at"]),
                tries=row["tries"],
            )
            for row in rows
        ]

    async def claim(self, job: str, at: Instant, until: Instant) -> bool:
        return await self._db.run(CLAIM, id=job, at=stored(at), until=stored(until)) == 1

    async def finish(self, job: str) -> None:
        await self._db.run(FINISH, id=job)

    async def put_back(self, job: str, due_at: Instant, *, counted: bool) -> None:
        await self._db.run(PUT_BACK, id=job, due_at=stored(due_at), counted=int(counted))

    async def delay(self, kind: str, tried: Instant, until: Instant, behind: Instant) -> None:
        await self._db.run(DELAY, kind=kind, tried=stored(tried), until=stored(until), behind=stored(behind))

    async def waiting(self) -> tuple[int, Instant | None]:
        row = await self._db.one(WAITING)
        return (row["many"], moment_or_none(row["oldest"])) if row else (0, None)

    async def next_due(self, lane: Lane = EVERYTHING) -> Instant | None:
        row = await self._db.one(NEXT_DUE, only=lane.only, but=lane.but)
        return moment_or_none(row["due_at"]) if row else None
