"""What must be kept of work to be done after commit."""

from collections.abc import Sequence
from typing import Protocol

from wardkey.outbox.rules import EVERYTHING, Job, Lane
from wardkey.vocabulary import Instant


class OutboxStore(Protocol):
    async def add(self, job: Job) -> None: ...

    async def due(self, at: Instant, limit: int, lane: Lane = EVERYTHING) -> list[Job]:
        """Jobs of a lane that are due and not claimed, oldest first."""
        ...

    async def claim(self, job: str, at: Instant, until: Instant) -> bool:
        """Take a job for this relay until a moment; exactly one relay gets it."""
        ...

    async def finish(self, job: str) -> None:
        """The job is done: remove it."""
        ...

    async def put_back(self, job: str, due_at: Instant, *, counted: bool) -> None:
        """Release a claim and try again later; `counted` where the try counts against the job."""
        ...

    async def delay(self, kind: str, tried: Instant, until: Instant, behind: Instant) -> None:
        """Let every job of a kind that would be due earlier wait: those that were due with the one just tried until a moment,
        and those that were put behind them until a little later, so that another one is tried next."""
        ...

    async def waiting(self) -> tuple[int, Instant | None]:
        """How many jobs wait, and since when the oldest does."""
        ...

    async def next_due(self, lane: Lane = EVERYTHING) -> Instant | None: ...


class HoldsOutbox(Protocol):
    @property
    def outbox(self) -> OutboxStore: ...


class SweepStore(Protocol):
    async def sweep(self, at: Instant, limit: int) -> int:
        """Remove up to `limit` rows that nothing needs any more; answers how many went."""
        ...


class HoldsSweeps(Protocol):
    @property
    def sweeps(self) -> Sequence[SweepStore]: ...
