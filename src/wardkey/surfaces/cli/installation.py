"""What the command line asks of the wiring, and what it is told about the installation around it."""

import socket
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from wardkey.brand.actions import Brands
from wardkey.settings import Settings
from wardkey.surfaces.service import Service
from wardkey.vocabulary import Instant

T = TypeVar("T")


class CannotStart(Exception):
    """Nothing is wrong with the settings, but what they name is not fit for use now; the message is one line for the operator."""


class SchemaState(Struct, frozen=True, kw_only=True):
    """Which revision a database is at, which one this release needs, and how its tables differ from it."""

    current: str | None
    needed: str
    differences: tuple[str, ...] = ()

    @property
    def is_current(self) -> bool:
        return self.current == self.needed and not self.differences


class DataFile(Struct, frozen=True, kw_only=True):
    """A data file: why it is not in use (empty: it is), and when it was put together, where it says so."""

    name: str
    fault: str
    built_at: Instant | None = None


class Examined(Struct, frozen=True, kw_only=True):
    """What an examination found; a fault is a few words, empty where all is well, None where nothing is set."""

    now: Instant
    is_clock_synchronised: bool | None
    """None where the system does not say."""
    database_fault: str
    schema: SchemaState | None
    keys_fault: str
    key_count: int
    mail_fault: str | None
    kv_fault: str | None
    data_files: tuple[DataFile, ...]
    brand_fault: str | None = None
    """What is wrong with the picture of the installation's brand."""
    open_files: tuple[str, ...]
    """Files with secrets or personal data that other users of the machine can read."""
    hashing: str
    """Which build of argon2 is in use."""
    text_senders: tuple[str, ...] = ()
    """Names of the services for text messages, in the order in which they are tried."""
    texts_fault: str = ""


class Installation(Protocol):
    """The wiring, as commands use it."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run asynchronous work to its end on an event loop of its own."""
        ...

    def open(self, settings: Settings) -> AbstractAsyncContextManager[Service]:
        """The service over a database that is reachable and at the needed revision; raises CannotStart or WrongSetting."""
        ...

    def serve(
        self, settings: Settings, listening: socket.socket, before: Callable[[Service], Awaitable[None]] | None = None
    ) -> None:
        """Answer requests on a bound socket until SIGINT or SIGTERM; `before` runs once the service is open."""
        ...

    def work(self, settings: Settings) -> None:
        """Deliver the outbox and remove what has expired, until SIGINT or SIGTERM."""
        ...

    def upgrade(self, settings: Settings) -> SchemaState:
        """Bring the database to the needed revision."""
        ...

    def schema(self, settings: Settings) -> SchemaState:
        """How the database stands to the needed revision; raises CannotStart where it cannot be reached."""
        ...

    def examine(self, settings: Settings, files: Sequence[Path]) -> Examined:
        """Look at everything this installation depends on, changing nothing; `files` are those that hold settings."""
        ...

    def brands(self, settings: Settings) -> Brands:
        """The brands of the installation, without a database; raises WrongSetting where its logo cannot be shown."""
        ...

    def openapi(self) -> bytes:
        """The OpenAPI document of the API, as JSON."""
        ...

    def new_key(self) -> str:
        """A fresh key for the key ring."""
        ...

    def now(self) -> Instant:
        """This moment."""
        ...
