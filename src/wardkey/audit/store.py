"""What must be kept of the audit trail: it only grows."""

from collections.abc import Sequence
from typing import Protocol

from wardkey.audit.rules import Entry
from wardkey.vocabulary import AccountId, EventId


class AuditStore(Protocol):
    async def append(self, entries: Sequence[Entry]) -> None:
        """Add entries, all in one statement."""
        ...

    async def about(self, account: AccountId, before: EventId | None = None, limit: int = 50) -> list[Entry]:
        """A page of what concerns an account, newest first, older than `before`."""
        ...


class HoldsAudit(Protocol):
    @property
    def audit(self) -> AuditStore: ...
