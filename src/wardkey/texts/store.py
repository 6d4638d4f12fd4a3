"""What must be kept about text messages."""

from collections.abc import Sequence
from typing import Protocol

from wardkey.accounts.rules import Account
from wardkey.texts.rules import Counted, CountryDay, Stop, TextMessage
from wardkey.vocabulary import AccountId, Instant


class TextStore(Protocol):
    async def add(self, text: TextMessage) -> None: ...

    async def load(self, text: str) -> TextMessage | None: ...

    async def by_provider(self, sender: str, provider_id: str) -> TextMessage | None:
        """The text that a sender knows by this id."""
        ...

    async def move(self, seen: TextMessage, to: TextMessage) -> bool:
        """Keep how far a text has come: its status, the senders tried, who has it and under which id, when it was sent, and why,
        unless something was kept there before. Where `to` holds nothing sealed, that is forgotten. False where its status or its
        sender is no longer the one that was seen."""
        ...

    async def entered(self, account: AccountId, at: Instant) -> bool:
        """Mark the code of an account's newest text as entered; False where there is none that could be."""
        ...

    async def counted(self, text: TextMessage, settled: Instant) -> Counted:
        """What the guard has to know before a text goes; those asked for after `settled` are not counted yet."""
        ...

    async def best_day(self, country: str, at: Instant) -> int:
        """How many codes sent to a country were entered on the best day (in UTC): this one, or one of those before it among which
        the guard looks."""
        ...

    async def stop(self, stop: Stop) -> bool:
        """Stop a prefix; False where it is stopped already, and no less far."""
        ...

    async def resume(self, prefix: str, at: Instant) -> bool:
        """End a stop; its prefix is judged anew from now on. False where there is none."""
        ...

    async def stops(self, at: Instant) -> Sequence[Stop]:
        """Stops that last, the newest first."""
        ...

    async def day(self, since: Instant) -> Sequence[CountryDay]:
        """What was asked for since a moment, by country, the busiest first."""
        ...

    async def watchers(self, account: AccountId) -> Sequence[Account]:
        """Active owners and administrators of the organizations an account belongs to."""
        ...


class HoldsTexts(Protocol):
    @property
    def texts(self) -> TextStore: ...
