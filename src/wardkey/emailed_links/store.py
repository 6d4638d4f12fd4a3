"""What must be kept about emailed links: a hash of each, with the account and the security stamp that it was given for."""

from typing import Protocol

from wardkey.emailed_links.rules import Link
from wardkey.vocabulary import AccountId, Instant


class LinkStore(Protocol):
    async def add(self, link: Link) -> None: ...

    async def by_id(self, link: str) -> Link | None: ...

    async def newest(self, account: AccountId, purpose: str) -> Link | None:
        """The newest link of one purpose that was neither used nor dropped; it may have expired."""
        ...

    async def use(self, link: str, at: Instant) -> bool:
        """Spend a link; exactly one caller ever gets True, and none after it expired."""
        ...

    async def drop_unused(self, account: AccountId, purpose: str, at: Instant, *, since: Instant | None = None) -> None:
        """Make every earlier link of one purpose useless, or only those given since a moment."""
        ...


class HoldsLinks(Protocol):
    @property
    def links(self) -> LinkStore: ...
