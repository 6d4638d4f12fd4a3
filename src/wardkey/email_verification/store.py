"""What must be kept about emailed links: a hash of each, bound to an account and its security stamp."""

from typing import Protocol

from wardkey.email_verification.rules import Link
from wardkey.vocabulary import AccountId, Instant


class LinkStore(Protocol):
    async def add(self, link: Link) -> None: ...

    async def by_id(self, link: str) -> Link | None: ...

    async def use(self, link: str, at: Instant) -> bool:
        """Spend a link; exactly one caller ever gets True, and none after it expired."""
        ...

    async def drop_unused(self, account: AccountId, purpose: str, at: Instant) -> None:
        """Make every earlier link of one purpose useless."""
        ...


class HoldsLinks(Protocol):
    @property
    def links(self) -> LinkStore: ...
