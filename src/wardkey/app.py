"""The wiring: who answers each port, and which surfaces the service has. Nothing else knows both sides."""

import asyncio
import logging
import re
import socket
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from heapq import merge
from operator import attrgetter
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
import uvloop
from msgspec import Struct
from msgspec.structs import asdict

from wardkey.brand.actions import Brands
from wardkey.edges.bell import LoopBell
from wardkey.edges.brand_files import read_brands
from wardkey.edges.clock import SystemClock
from wardkey.edges.common_passwords import BadPasswords
from wardkey.edges.db import founding
from wardkey.edges.db.opening import HEAD, open_database
from wardkey.edges.db.sqlite import path_of
from wardkey.edges.db.unit import Database
from wardkey.edges.email.memory import MemoryOutbox, NoMail
from wardkey.edges.geoip.mmdb import MmdbGeoip
from wardkey.edges.hashing import Argon2Pool
from wardkey.edges.importing import without
from wardkey.edges.kv.memory import MemoryCounters
from wardkey.edges.randomness import SystemRandomness
from wardkey.edges.sealing import KEY_BYTES, KeyRingSealing
from wardkey.edges.sms.memory import MemorySender
from wardkey.edges.system import make_private
from wardkey.edges.token_signer import Ed25519Signer
from wardkey.examining import GEOIP, examine
from wardkey.notices.circumstances import warm
from wardkey.ports import Clock, Counters, MailSender, TextSender, Unavailable, World
from wardkey.settings import Settings, WrongSetting
from wardkey.surfaces.cli.installation import CannotStart, Examined, SchemaState
from wardkey.surfaces.service import SentMessage, Service
from wardkey.vocabulary import Instant

if TYPE_CHECKING:
    from litestar.types import ASGIApp

T = TypeVar("T")

NO_TABLES: Final = "The database has no tables yet. Run `wardkey db upgrade`."
WARM_AFTER_S: Final = 1.0
"""When the recognition of devices is built: after the first answers are out, before anybody has signed in."""


class Opened(Struct, frozen=True):
    """A service, and the parts of it that only the wiring may touch."""

    service: Service
    database: Database
    bell: LoopBell


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Service]:
    """The service these settings describe, while the context lasts; nothing is asked of the database yet. Raises WrongSetting."""
    async with opened(settings) as found:
        yield found.service


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Opened]:
    """The service with its inner parts. What was opened is closed in the opposite order."""
    clock, randomness, bell = SystemClock(), SystemRandomness(), LoopBell()
    sealing, brands = KeyRingSealing(settings.secret_keys, randomness), read_brands(settings)
    prepare_file(settings)
    async with AsyncExitStack() as closing:
        pool = Argon2Pool(settings.argon2, randomness)
        closing.callback(pool.close)
        geoip = MmdbGeoip(Path(settings.data_dir) / GEOIP)
        closing.callback(geoip.close)
        counters = await _counters(settings, clock, closing)
        mail, texts = await _mail(settings, clock, closing), _texts(settings, clock, closing)
        database = await closing.enter_async_context(open_database(settings.database_url, bell, settings.database_pool))
        world = World(
            settings=settings,
            clock=clock,
            randomness=randomness,
            sealing=sealing,
            hashing=pool,
            counters=counters,
            geoip=geoip,
            common_passwords=BadPasswords(),
            signer=Ed25519Signer(sealing),
            bell=bell,
        )
        yield Opened(_service(world, database, brands, mail, texts), database, bell)


def _service(world: World, database: Database, brands: Brands, mail: MailSender, texts: tuple[TextSender, ...]) -> Service:
    async def is_ready() -> dict[str, bool]:
        try:
            return {"database": await database.revision() == HEAD}
        except Unavailable:
            return {"database": False}

    sent = _sent(mail, texts) if isinstance(mail, MemoryOutbox) else None
    return Service(world=world, units=database, brands=brands, mail=mail, texts=texts, is_ready=is_ready, sent=sent)


def _sent(outbox: MemoryOutbox, texts: Sequence[TextSender]) -> Callable[[], list[SentMessage]]:
    def newest_first() -> list[SentMessage]:
        kept = [outbox.sent, *(sender.sent for sender in texts if isinstance(sender, MemorySender))]
        newest = merge(*kept, key=attrgetter("sent_at"), reverse=True)
        return [SentMessage(**{**asdict(message), "sent_at": message.sent_at.isoformat()}) for message in newest]

    return newest_first


async def _counters(settings: Settings, clock: Clock, closing: AsyncExitStack) -> Counters:
    if not settings.kv_url:
        return MemoryCounters(clock)
    from wardkey.edges.kv.valkey import ValkeyCounters  # noqa: PLC0415 - 250 ms that others need not wait

    shared = ValkeyCounters(settings.kv_url, clock)
    closing.push_async_callback(shared.close)
    return shared


async def _mail(settings: Settings, clock: Clock, closing: AsyncExitStack) -> MailSender:
    if settings.is_demo:
        return MemoryOutbox(clock)
    if not settings.smtp_url:
        return NoMail()
    from wardkey.edges.email.smtp import SmtpSender  # noqa: PLC0415 - 100 ms that others need not wait

    sender = SmtpSender(settings.smtp_url, settings.mail_from, clock)
    closing.push_async_callback(sender.close)
    return sender


def _texts(settings: Settings, clock: Clock, closing: AsyncExitStack) -> tuple[TextSender, ...]:
    if settings.is_demo:
        return (MemorySender(clock),)
    if not settings.sms_url:
        return ()
    from wardkey.edges.sms.opening import open_senders  # noqa: PLC0415 - 150 ms that others need not wait

    senders = open_senders(settings.sms_url, settings.public_url, clock)
    for sender in senders:
        closing.push_async_callback(sender.close)
    return senders


def build_app(service: Service) -> "ASGIApp":
    """Pages, API, health and figures behind one front."""
    from litestar import Litestar  # noqa: PLC0415 - these take half a second that commands must not wait

    from wardkey.surfaces.api.routes import api_handlers  # noqa: PLC0415
    from wardkey.surfaces.front import RAISE_ON, front  # noqa: PLC0415
    from wardkey.surfaces.health import health_handlers  # noqa: PLC0415
    from wardkey.surfaces.metrics import Metrics  # noqa: PLC0415
    from wardkey.surfaces.pages.errors import error_page  # noqa: PLC0415
    from wardkey.surfaces.pages.routes import page_handlers  # noqa: PLC0415
    from wardkey.surfaces.texts_status import texts_status_handlers  # noqa: PLC0415
    from wardkey.surfaces.well_known import well_known_handlers  # noqa: PLC0415

    metrics = Metrics()
    handlers = [
        *api_handlers(), *page_handlers(), *health_handlers(metrics), *well_known_handlers(), *texts_status_handlers(),
    ]  # fmt: skip
    with without("pydantic"):  # which Litestar loads wherever it is installed, for nothing: 100 ms and 10 MB
        inner = Litestar(handlers, exception_handlers=RAISE_ON, openapi_config=None, logging_config=None)
    return front(inner, service, metrics, error_page)


def openapi() -> bytes:
    """The OpenAPI document of the API, as indented JSON."""
    from wardkey.surfaces.api.routes import openapi_document  # noqa: PLC0415 - half a second that others need not wait

    return msgspec.json.format(openapi_document(), indent=2)


def prepare_file(settings: Settings) -> None:
    """Make the file of a SQLite database that is not there yet, for its owner alone; raises WrongSetting."""
    if settings.database_url.startswith("sqlite:"):
        try:
            make_private(Path(path_of(settings.database_url)))
        except OSError:
            raise WrongSetting("WARDKEY_DATABASE_URL: needs the path of a file that can be written") from None


def is_missing(url: str) -> bool:
    """Whether an address names a file that is not there; opening it would make it."""
    return url.startswith("sqlite:") and not Path(path_of(url)).exists()


async def require_tables(found: Opened, *, creates: bool) -> None:
    """Go on only over tables of the revision this release needs. Raises CannotStart.

    An empty SQLite database gets its tables where `creates` says so: nobody else can be using it yet.
    """
    current = await revision_of(found.database)
    url = found.service.world.settings.database_url
    if current is None and creates and url.startswith("sqlite:"):
        await asyncio.to_thread(founding.found, path_of(url))
    elif current is None:
        raise CannotStart(NO_TABLES)
    elif current != HEAD:
        raise CannotStart(f"The database is at {current}; this release needs {HEAD}. Run `wardkey db upgrade`.")


async def revision_of(database: Database) -> str | None:
    """The revision a database is at; raises CannotStart where it does not answer or lets nobody in."""
    try:
        return await database.revision()
    except Exception as error:
        raise CannotStart(f"The database cannot be used: {told(error)}. Check WARDKEY_DATABASE_URL.") from error


def told(error: BaseException) -> str:
    """What kind of failure it was, in words; not its message, which may hold an address or a name."""
    while isinstance(error, Unavailable) and error.__cause__ is not None:
        error = error.__cause__
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()


def upgraded(url: str) -> SchemaState:
    """Bring a database to the newest revision; raises CannotStart."""
    from wardkey.edges.db import migrating  # noqa: PLC0415 - 600 ms and 25 MB that serving must not pay

    try:
        current = migrating.current(url)
        if current is not None and current > HEAD:
            raise CannotStart(f"The database is at {current}, of a later release; this one needs {HEAD}.")
        migrating.upgrade(url)
    except CannotStart:
        raise
    except Exception as error:
        raise CannotStart(f"The database cannot be upgraded: {told(error)}. Check WARDKEY_DATABASE_URL.") from error
    return SchemaState(current=HEAD, needed=HEAD)


def schema_of(url: str) -> SchemaState:
    """How a database stands to what this release needs, column by column; raises CannotStart."""
    from wardkey.edges.db import migrating  # noqa: PLC0415 - see upgraded

    try:
        current = migrating.current(url)
        differences = tuple(migrating.drift(url)) if current == HEAD else ()
    except Exception as error:
        raise CannotStart(f"The database cannot be used: {told(error)}. Check WARDKEY_DATABASE_URL.") from error
    return SchemaState(current=current, needed=HEAD, differences=differences)


async def serve(settings: Settings, listening: socket.socket, before: Callable[[Service], Awaitable[None]] | None) -> None:
    """Answer requests on a bound socket until told to stop; `before` runs first, once the service is open."""
    from wardkey.edges.logs import set_up_logs  # noqa: PLC0415 - these take 300 ms that commands must not wait
    from wardkey.surfaces.server import answer, told_to_stop, working  # noqa: PLC0415

    with told_to_stop() as told_so:
        async with opened(settings) as found:
            await require_tables(found, creates=True)
            set_up_logs(settings.log_format, logging.WARNING if settings.is_demo else logging.INFO)
            if before is not None:
                await before(found.service)
            app = build_app(found.service)
            async with working(found.service, found.bell) if settings.with_worker else nullcontext():
                asyncio.get_running_loop().call_later(WARM_AFTER_S, Thread(target=warm, daemon=True).start)
                await answer(app, listening, told_so, settings.public_url)


async def work(settings: Settings) -> None:
    """Deliver the outbox and remove what has expired, until told to stop."""
    from wardkey.edges.logs import set_up_logs  # noqa: PLC0415 - see serve
    from wardkey.surfaces.server import told_to_stop, working  # noqa: PLC0415

    with told_to_stop() as told_so:
        async with opened(settings) as found:
            await require_tables(found, creates=True)
            set_up_logs(settings.log_format)
            async with working(found.service, found.bell):
                await told_so.wait()


def _schema_or_fault(url: str) -> tuple[SchemaState | None, str]:
    if is_missing(url):
        return None, "there is no such file yet; `wardkey db upgrade` makes it"
    try:
        return schema_of(url), ""
    except CannotStart as error:
        return None, told(error.__cause__ or error)


class Installed:
    """The wiring as the command line uses it."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work)

    @asynccontextmanager
    async def open(self, settings: Settings) -> AsyncIterator[Service]:
        if is_missing(settings.database_url):
            raise CannotStart(NO_TABLES)
        async with opened(settings) as found:
            await require_tables(found, creates=False)
            yield found.service

    def serve(
        self, settings: Settings, listening: socket.socket, before: Callable[[Service], Awaitable[None]] | None = None
    ) -> None:
        self.run(serve(settings, listening, before))

    def work(self, settings: Settings) -> None:
        self.run(work(settings))

    def upgrade(self, settings: Settings) -> SchemaState:
        prepare_file(settings)
        return upgraded(settings.database_url)

    def schema(self, settings: Settings) -> SchemaState:
        state, fault = _schema_or_fault(settings.database_url)
        if state is None:
            raise CannotStart(f"The database cannot be used: {fault}. Check WARDKEY_DATABASE_URL.")
        return state

    def examine(self, settings: Settings, files: Sequence[Path]) -> Examined:
        schema, fault = _schema_or_fault(settings.database_url)
        return self.run(examine(settings, files, schema, fault))

    def brands(self, settings: Settings) -> Brands:
        return read_brands(settings)

    def openapi(self) -> bytes:
        return openapi()

    def new_key(self) -> str:
        return urlsafe_b64encode(SystemRandomness().bytes(KEY_BYTES)).decode()

    def now(self) -> Instant:
        return SystemClock().now()
