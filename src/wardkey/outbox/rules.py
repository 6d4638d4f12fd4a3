"""What must be done after a commit, and when to try it again."""

from datetime import timedelta
from typing import Final

from msgspec import Struct

from wardkey.vocabulary import Instant

KEEP_TRYING_FOR: Final = timedelta(days=3)
CLAIM_FOR: Final = timedelta(seconds=60)
"""How long one relay has a job to itself; after that another takes it to have died."""
WAITS: Final = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600))
"""Waits after the far side deferred one message; the last one repeats."""
PROBE_EVERY: Final = timedelta(seconds=5)
"""How often an unreachable far side is tried, so that a backlog is delivered within ten seconds of its return (MFA-11)."""


class Job(Struct, frozen=True, kw_only=True):
    """One thing to do: `kind` names who does it, `sealed` is what it needs, encrypted since it may hold links and codes."""

    id: str
    kind: str
    sealed: bytes
    created_at: Instant
    due_at: Instant
    tries: int = 0


class Lane(Struct, frozen=True, kw_only=True):
    """A part of the work that is done by itself, so that nothing elsewhere holds it up: one kind alone, or all but one."""

    only: str = ""
    but: str = ""
    at_once: int = 1
    """How many jobs are under way at a time."""


EVERYTHING: Final = Lane()


def next_try(job: Job, at: Instant) -> Instant | None:
    """When to try again after a try that failed for this job alone; None: give up."""
    wait = WAITS[min(job.tries, len(WAITS) - 1)]
    return at + wait if at + wait - job.created_at <= KEEP_TRYING_FOR else None
