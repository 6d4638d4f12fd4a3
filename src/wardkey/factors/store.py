"""What must be kept about enrolled factors and set-ups under way."""

from typing import Protocol

from wardkey.factors.contract import Credential
from wardkey.vocabulary import AccountId, CredentialId, Instant


class CredentialStore(Protocol):
    async def of(self, account: AccountId) -> tuple[Credential, ...]:
        """An account's credentials, oldest first."""
        ...

    async def add(self, account: AccountId, credential: Credential) -> bool:
        """Keep a new credential; False where its external id is known already, for whatever account."""
        ...

    async def is_taken(self, external_id: str) -> bool:
        """Whether a credential with this external id is kept for anybody."""
        ...

    async def bound_elsewhere(self, relying_party: str) -> int:
        """How many passkeys are bound to another relying party than this one, and so cannot be used now."""
        ...

    async def spend(self, credential: CredentialId, *, version: int, sealed: bytes, at: Instant) -> bool:
        """Keep what is held after a right answer, if nobody used the credential since it was read."""
        ...

    async def take(self, credential: CredentialId, *, version: int) -> bool:
        """Remove a credential, if nobody used or removed it since it was read."""
        ...

    async def confirm(self, credential: CredentialId, at: Instant) -> bool:
        """Note that the person has saved their recovery code."""
        ...

    async def rename(self, account: AccountId, credential: CredentialId, label: str) -> bool: ...


class CeremonyStore(Protocol):
    """Set-ups and questions under way, sealed, each bound to one attempt or session (`owner`) and one kind."""

    async def load(self, owner: str, kind: str, at: Instant) -> bytes | None: ...

    async def of(self, owner: str, at: Instant) -> dict[str, bytes]:
        """All that an owner has under way, by kind, the one begun last at the end."""
        ...

    async def swap(self, owner: str, kind: str, *, old: bytes, new: bytes) -> bool:
        """Replace what is kept, if it is still what was read."""
        ...

    async def claim(self, owner: str, kind: str, expires_at: Instant) -> bool:
        """Note something that may happen once; exactly one caller ever gets True."""
        ...

    async def replace(self, owner: str, kind: str, before: bytes | None, sealed: bytes, expires_at: Instant, at: Instant) -> bool:
        """Keep something in place of what was read (None: nothing that had not expired); False where that has changed."""
        ...

    async def save(self, owner: str, kind: str, sealed: bytes, expires_at: Instant) -> None: ...

    async def drop(self, owner: str) -> None: ...


class HoldsFactors(Protocol):
    @property
    def credentials(self) -> CredentialStore: ...
    @property
    def ceremonies(self) -> CeremonyStore: ...
