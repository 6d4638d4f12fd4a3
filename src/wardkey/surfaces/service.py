"""What every surface is given by `app`: the world, the units of work, and nothing else."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from wardkey.brand.actions import Brands
from wardkey.brand.store import HoldsBrands
from wardkey.organizations.store import HoldsOrganizations
from wardkey.outbox.store import HoldsSweeps
from wardkey.ports import MailSender, TextSender, World
from wardkey.signin.store import SigninUnit
from wardkey.texts.store import HoldsTexts


class Unit(SigninUnit, HoldsOrganizations, HoldsBrands, HoldsTexts, HoldsSweeps, Protocol):
    """A unit of work with every store."""


class Units(Protocol):
    """Units of work over one database."""

    def read(self) -> AbstractAsyncContextManager[Unit]:
        """Only reads; each statement sees what was last committed."""
        ...

    def write(self) -> AbstractAsyncContextManager[Unit]:
        """Commits when left normally, rolls back on an exception; the relay is woken if something was left for it."""
        ...

    def single(self) -> AbstractAsyncContextManager[Unit]:
        """For exactly one statement that writes, which commits by itself."""
        ...


class SentMessage(Struct, frozen=True, kw_only=True):
    """A message as the demo outbox shows it."""

    id: str
    channel: str
    to: str
    subject: str
    text: str
    html: str
    sent_at: str


class Service(Struct, frozen=True, kw_only=True):
    """Everything a surface may use."""

    world: World
    units: Units
    brands: Brands
    mail: MailSender
    is_ready: Callable[[], Awaitable[dict[str, bool]]]
    """Whether each thing that serving needs answers now, by name."""
    texts: tuple[TextSender, ...] = ()
    """Who sends text messages, in the order in which they are tried."""
    sent: Callable[[], list[SentMessage]] | None = None
    """The demo's outbox, newest first; None outside the demo."""
