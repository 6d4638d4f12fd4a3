"""The unit of work: every store over one connection, committed or rolled back as one."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from wardkey.edges.db.accounts import AccountRows
from wardkey.edges.db.audit import AuditRows
from wardkey.edges.db.brands import BrandRows
from wardkey.edges.db.devices import KnownDeviceRows, TrustedDeviceRows
from wardkey.edges.db.factors import CeremonyRows, CredentialRows
from wardkey.edges.db.links import LinkRows
from wardkey.edges.db.organizations import OrganizationRows
from wardkey.edges.db.outbox import OutboxRows
from wardkey.edges.db.sessions import SessionRows
from wardkey.edges.db.signin import AttemptRows, PersonRows
from wardkey.edges.db.sql import Connection
from wardkey.edges.db.texts import TextRows
from wardkey.outbox.store import SweepStore


class DatabaseUnit:
    """All stores over one connection."""

    __slots__ = (
        "accounts",
        "attempts",
        "audit",
        "brands",
        "ceremonies",
        "credentials",
        "known_devices",
        "links",
        "organizations",
        "outbox",
        "people",
        "sessions",
        "texts",
        "trusted_devices",
    )

    def __init__(self, connection: Connection) -> None:
        self.accounts = AccountRows(connection)
        self.attempts = AttemptRows(connection)
        self.audit = AuditRows(connection)
        self.brands = BrandRows(connection)
        self.ceremonies = CeremonyRows(connection)
        self.credentials = CredentialRows(connection)
        self.known_devices = KnownDeviceRows(connection)
        self.links = LinkRows(connection)
        self.organizations = OrganizationRows(connection)
        self.outbox = OutboxRows(connection)
        self.people = PersonRows(connection)
        self.sessions = SessionRows(connection)
        self.texts = TextRows(connection)
        self.trusted_devices = TrustedDeviceRows(connection)

    @property
    def sweeps(self) -> Sequence[SweepStore]:
        return (self.ceremonies, self.links, self.sessions, self.known_devices, self.trusted_devices, self.texts)


class Database(Protocol):
    """A database that units of work are opened on."""

    def read(self) -> AbstractAsyncContextManager[DatabaseUnit]:
        """Only reads; each statement sees what was last committed."""
        ...

    def write(self) -> AbstractAsyncContextManager[DatabaseUnit]:
        """Commits when left normally, rolls back on an exception, and wakes the relay where something was left for it."""
        ...

    def single(self) -> AbstractAsyncContextManager[DatabaseUnit]:
        """For exactly one statement that writes, which commits by itself: without the two round trips of a transaction."""
        ...

    async def revision(self) -> str | None:
        """The schema revision the database is at; None where it has no tables."""
        ...

    async def close(self) -> None: ...
