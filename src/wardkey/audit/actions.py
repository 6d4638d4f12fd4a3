"""Writing to the audit trail, in the same transaction as the act itself."""

from collections.abc import Sequence

import msgspec

from wardkey.audit.events import Event
from wardkey.audit.rules import Entry
from wardkey.audit.store import HoldsAudit
from wardkey.ports import World
from wardkey.vocabulary import AccountId, EventId, Instant, OrganizationId, Origin, sortable_id

OPERATOR = "operator"
ANYONE = "anyone"


async def record(
    unit: HoldsAudit,
    world: World,
    events: Event | Sequence[Event],
    *,
    actor: str,
    origin: Origin,
    at: Instant,
    subject: AccountId | None = None,
    organization: OrganizationId | None = None,
) -> None:
    """Append what happened; several events of one act share their circumstances and sort in the order they are given."""
    happened = [events] if isinstance(events, Event) else events
    place, first = world.geoip.locate(origin.ip), int.from_bytes(world.randomness.bytes(10), "big") >> 1
    entries = [
        Entry(
            id=EventId(sortable_id("evt", at, (first + number).to_bytes(10, "big"))),
            at=at,
            name=event.name,
            actor=actor,
            subject=subject,
            organization=organization,
            ip=origin.ip,
            user_agent=origin.user_agent,
            place=place,
            request_id=origin.request_id,
            data=msgspec.json.encode(event).decode(),
        )
        for number, event in enumerate(happened)
    ]
    await unit.audit.append(entries)
