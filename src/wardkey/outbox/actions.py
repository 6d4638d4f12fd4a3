"""Leaving work for after the commit."""

from datetime import timedelta

import msgspec

from wardkey.outbox.rules import Job
from wardkey.outbox.store import HoldsOutbox
from wardkey.ports import World
from wardkey.vocabulary import Instant, sortable_id

PURPOSE = "outbox"


async def leave(
    unit: HoldsOutbox, world: World, kind: str, payload: msgspec.Struct, at: Instant, after: timedelta = timedelta()
) -> None:
    """Write a job in this transaction; the relay is woken once the unit commits."""
    name = sortable_id("job", at, world.randomness.bytes(10))
    sealed = world.sealing.seal(msgspec.msgpack.encode(payload), f"{PURPOSE}:{name}")
    await unit.outbox.add(Job(id=name, kind=kind, sealed=sealed, created_at=at, due_at=at + after))


def opened(world: World, job: Job) -> bytes:
    """What a job needs, as it was left."""
    return world.sealing.open(job.sealed, f"{PURPOSE}:{job.id}")
