"""What must be kept about sign-in attempts."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from wardkey.accounts.store import HoldsAccounts
from wardkey.audit.store import HoldsAudit
from wardkey.brand.store import HoldsBrands
from wardkey.devices.store import HoldsDevices
from wardkey.emailed_links.store import HoldsLinks
from wardkey.factors.store import HoldsFactors
from wardkey.outbox.store import HoldsOutbox
from wardkey.sessions.store import HoldsSessions
from wardkey.signin.facts import Attempt
from wardkey.signin.person import Person
from wardkey.texts.store import HoldsTexts
from wardkey.vocabulary import AccountId, AttemptId, EmailKey


class AttemptStore(Protocol):
    async def add(self, attempt: Attempt) -> None: ...

    async def save(self, attempt: Attempt) -> bool:
        """Keep what an open attempt has become; False where it was written or ended since this version was read."""
        ...

    async def load(self, attempt: AttemptId) -> tuple[Attempt, Person] | None:
        """An attempt with its person, in one statement; None for an unknown one and for one without an account."""
        ...

    async def about(self, account: AccountId, limit: int = 20) -> list[Attempt]:
        """The newest attempts at an account."""
        ...

    async def by_reference(self, reference: str) -> Attempt | None: ...


class PersonStore(Protocol):
    async def by_email(self, key: EmailKey) -> Person | None:
        """One statement, whether there is such an account or not."""
        ...

    async def by_id(self, account: AccountId) -> Person | None: ...


class HoldsSignins(Protocol):
    @property
    def attempts(self) -> AttemptStore: ...
    @property
    def people(self) -> PersonStore: ...


class SigninUnit(
    HoldsSignins,
    HoldsAccounts,
    HoldsAudit,
    HoldsBrands,
    HoldsDevices,
    HoldsFactors,
    HoldsTexts,
    HoldsLinks,
    HoldsOutbox,
    HoldsSessions,
    Protocol,
):
    """The slice of a unit of work that signing in needs."""


class SigninUnits(Protocol):
    def read(self) -> AbstractAsyncContextManager[SigninUnit]:
        """A unit that only reads; each statement sees what was last committed."""
        ...

    def write(self) -> AbstractAsyncContextManager[SigninUnit]:
        """A unit that commits when left normally and rolls back on an exception."""
        ...

    def single(self) -> AbstractAsyncContextManager[SigninUnit]:
        """For exactly one statement that writes, which commits by itself; a second one is refused."""
        ...
