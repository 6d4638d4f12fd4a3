"""What must be kept about enrolled factors and set-ups under way."""

from typing import Protocol

from wardkey.factors.contract import Credential
from wardkey.vocabulary import AccountId, CredentialId, Instant


class CredentialStore(Protocol):
    async def of(self, account: AccountId) -> tuple[Credential, ...]:
        """An account's credentials, oldest first."""
        ...

    async def add(self, account: AccountId, credential: Credential) -> None: ...

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
    """Set-ups under way, sealed, each bound to one attempt or session (`owner`) and one kind."""

    async def load(self, owner: str, kind: str, at: Instant) -> bytes | None: ...

    async def save(self, owner: str, kind: str, sealed: bytes, expires_at: Instant) -> None: ...

    async def drop(self, owner: str) -> None: ...


class HoldsFactors(Protocol):
    @property
    def credentials(self) -> CredentialStore: ...
    @property
    def ceremonies(self) -> CeremonyStore: ...
