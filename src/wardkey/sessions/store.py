"""What must be kept about sessions."""

from typing import Protocol

from wardkey.sessions.rules import Session, SignedIn
from wardkey.vocabulary import AccountId, Instant, SecurityStamp, SessionId


class SessionStore(Protocol):
    async def add(self, session: Session, *, wrong_codes: int) -> bool:
        """Keep a new session in one statement that holds only while the account is active, its stamp unmoved and its
        count of wrong codes as it was read: guesses made at once cannot all be judged against an old count. A password that
        somebody else knows opens none."""
        ...

    async def signed_in(self, session: SessionId, at: Instant) -> SignedIn | None:
        """The session and its person, if it counts: not ended, not expired, stamp unmoved, account active. One statement."""
        ...

    async def live(self, account: AccountId, at: Instant) -> list[Session]:
        """The account's sessions that count, newest first."""
        ...

    async def end(self, account: AccountId, session: SessionId, at: Instant, reason: str) -> bool:
        """End one session of an account; False where there is no such live session."""
        ...

    async def end_others(self, account: AccountId, keep: SessionId | None, at: Instant, reason: str) -> int: ...

    async def touch(self, session: SessionId, at: Instant) -> None: ...

    async def prove(self, session: SessionId, at: Instant, amr: tuple[str, ...]) -> None:
        """Note a step-up."""
        ...

    async def keep(self, session: SessionId, stamp: SecurityStamp) -> None:
        """Let one session outlive a move of the stamp that it made itself."""
        ...


class HoldsSessions(Protocol):
    @property
    def sessions(self) -> SessionStore: ...
