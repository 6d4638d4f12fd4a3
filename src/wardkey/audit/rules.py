"""One entry of the audit trail."""

from msgspec import Struct

from wardkey.vocabulary import AccountId, EventId, Instant, OrganizationId, Place


class Entry(Struct, frozen=True, kw_only=True):
    """An event with its circumstances; `data` is the event itself as JSON."""

    id: EventId
    at: Instant
    name: str
    actor: str
    """An account id, `operator`, or `anyone` where nobody is known."""
    subject: AccountId | None
    organization: OrganizationId | None
    ip: str
    user_agent: str
    place: Place | None
    request_id: str
    data: str
