"""Telling a person something: a job in the outbox, in the same transaction as the act itself (MFA-11)."""

from typing import Final

from wardkey.notices.catalogue import Envelope, Notice
from wardkey.outbox.actions import leave
from wardkey.outbox.store import HoldsOutbox
from wardkey.ports import World
from wardkey.vocabulary import Instant, Language, Origin

JOB: Final = "notice"


async def tell(
    unit: HoldsOutbox,
    world: World,
    notice: Notice,
    *,
    to: str,
    name: str,
    language: Language,
    time_zone: str,
    origin: Origin,
    at: Instant,
) -> None:
    """Queue a notice for its reader, with when, from which device and roughly where."""
    envelope = enveloped(world, notice, to=to, name=name, language=language, time_zone=time_zone, origin=origin, at=at)
    await post(unit, world, envelope)


def enveloped(
    world: World, notice: Notice, *, to: str, name: str, language: Language, time_zone: str, origin: Origin, at: Instant
) -> Envelope:
    """A notice with its reader and its circumstances."""
    return Envelope(
        to=to,
        name=name,
        language=language,
        time_zone=time_zone,
        notice=notice,
        at=at,
        user_agent=origin.user_agent,
        ip=origin.ip,
        place=world.geoip.locate(origin.ip),
    )


async def post(unit: HoldsOutbox, world: World, envelope: Envelope) -> None:
    """Queue a notice that is ready to go."""
    await leave(unit, world, JOB, envelope, envelope.at)
