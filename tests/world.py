"""One builder for tests: a service over a real database, with the outside world (mail, time, places) in memory."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import pytest_asyncio

from tests.postgres import PostgresServer
from wardkey.accounts.actions import new_stamp
from wardkey.accounts.passwords import normalised
from wardkey.accounts.rules import Account, Status, email_key
from wardkey.edges.bell import LoopBell
from wardkey.edges.brand_files import read_brands
from wardkey.edges.clock import FrozenClock
from wardkey.edges.common_passwords import MemoryCommonPasswords
from wardkey.edges.db.migrating import upgrade
from wardkey.edges.db.opening import open_database
from wardkey.edges.db.unit import Database
from wardkey.edges.email.memory import MemoryOutbox
from wardkey.edges.geoip.memory import MemoryGeoip
from wardkey.edges.hashing import Argon2Pool
from wardkey.edges.kv.memory import MemoryCounters
from wardkey.edges.randomness import SystemRandomness
from wardkey.edges.sealing import KeyRingSealing
from wardkey.edges.sms.memory import MemorySender
from wardkey.edges.token_signer import Ed25519Signer
from wardkey.factors.actions import new_credential
from wardkey.factors.contract import Accepted
from wardkey.factors.kinds import totp
from wardkey.factors.kinds.recovery_code import issue
from wardkey.organizations.rules import Organization, slug_of
from wardkey.ports import World
from wardkey.settings import Argon2Settings, Settings
from wardkey.surfaces.jobs import deliver_due
from wardkey.surfaces.service import SentMessage, Service, Unit
from wardkey.vocabulary import AccountId, EmailAddress, OrganizationId, Origin, Place, Role, sortable_id

NOON: Final = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KEY: Final = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY="
PASSWORD: Final = "violet teapot on the windowsill"  # noqa: S105 - of people who do not exist
LEEDS: Final = Place(city="Leeds", country="GB", latitude=53.8, longitude=-1.55, accuracy_km=20)
HERE: Final = Origin(ip="203.0.113.7", user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
QUICK: Final = Argon2Settings(memory_kib=8, passes=1, threads=2)
"""Hashing that costs next to nothing; the real cost has tests of its own."""


class Practice:
    """A running service and handles on everything a test wants to turn or look at."""

    def __init__(
        self, service: Service, database: Database, clock: FrozenClock, outbox: MemoryOutbox, geoip: MemoryGeoip
    ) -> None:
        self.service, self.database, self.clock, self.outbox, self.geoip = service, database, clock, outbox, geoip
        self.world, self.units = service.world, service.units
        (self.phone,) = (sender for sender in service.texts if isinstance(sender, MemorySender))

    def write(self) -> Any:
        return self.units.write()

    async def deliver(self) -> None:
        """Let a second pass and the relay do all its work."""
        self.clock.advance(timedelta(seconds=1))
        while await deliver_due(self.service):
            pass

    def mails_to(self, address: str) -> list[Any]:
        """What an address got, oldest first."""
        return [m for m in reversed(self.outbox.sent) if m.to.casefold() == address.casefold()]

    def texts_to(self, number: str) -> list[Any]:
        """The text messages that a number got, oldest first."""
        return [m for m in reversed(self.phone.sent) if m.to == number]

    async def add_organization(self, name: str = "Maple Street Clinic", **fields: Any) -> Organization:
        at = self.clock.now()
        organization = Organization(
            id=OrganizationId(sortable_id("org", at, self.world.randomness.bytes(10))),
            name=name, slug=slug_of(name), created_at=at, **fields,
        )  # fmt: skip
        async with self.write() as unit:
            assert await unit.organizations.add(organization)
        return organization

    async def add_person(
        self,
        email: str,
        password: str = PASSWORD,
        *,
        organization: Organization | None = None,
        role: Role = Role.PROVIDER,
        totp_key: bytes | None = None,
        recovery_code: bool = False,
        **fields: Any,
    ) -> tuple[Account, str]:
        """An active account; with a TOTP key it has MFA, and with a recovery code that one too (the answer's second part)."""
        at = self.clock.now()
        values: dict[str, Any] = {
            "id": AccountId(sortable_id("acc", at, self.world.randomness.bytes(10))),
            "email": EmailAddress(email),
            "name": "Ada Okafor",
            "language": "en",
            "time_zone": "UTC",
            "status": Status.ACTIVE,
            "password_hash": await self.world.hashing.hash(normalised(password)),
            "security_stamp": new_stamp(self.world),
            "created_at": at,
            "email_verified_at": at,
            "password_changed_at": at,
        }
        account = Account(**{**values, **fields})
        async with self.write() as unit:
            assert await unit.accounts.add(account, email_key(email))
            if organization is not None:
                await unit.organizations.add_member(organization.id, account.id, role, at)
            code = await self._add_factors(unit, account, totp_key, recovery_code)
        return account, code

    async def _add_factors(self, unit: Unit, account: Account, totp_key: bytes | None, recovery_code: bool) -> str:
        at = self.clock.now()
        if totp_key is not None:
            held = msgspec.msgpack.encode(totp.Held(totp_key))
            await unit.credentials.add(
                account.id, new_credential(self.world, account, "totp", Accepted(held), at=at, confirmed_at=at)
            )
        if not recovery_code:
            return ""
        issued = issue(self.world.randomness, 1)
        await unit.credentials.add(
            account.id, new_credential(self.world, account, "recovery_code", Accepted(issued.held), at=at, confirmed_at=at)
        )
        return issued.codes[0]

    def code(self, key: bytes, steps: int = 0) -> str:
        """The authenticator code of a key now, or some steps away."""
        return totp.code_at(key, int(self.clock.now().timestamp()) // totp.STEP_S + steps)


def test_settings(database_url: str, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "database_url": database_url, "secret_keys": (KEY,), "argon2": QUICK, "with_worker": False,
        "sms_url": ("gateway+https://only-to-say-that-there-is-one@sms.clinic.example/",),
    }  # fmt: skip
    return Settings(**{**values, **changes})


test_settings.__test__ = False  # type: ignore[attr-defined]


@asynccontextmanager
async def open_practice(database_url: str, **changes: Any) -> AsyncIterator[Practice]:
    """A service over a database that has its tables. `changes` are settings."""
    settings = test_settings(database_url, **changes)
    clock, randomness, bell, geoip = FrozenClock(NOON), SystemRandomness(), LoopBell(), MemoryGeoip({"203.0.113.0/24": LEEDS})
    sealing, pool, outbox = (
        KeyRingSealing(settings.secret_keys, randomness),
        Argon2Pool(settings.argon2, randomness),
        MemoryOutbox(clock),
    )
    world = World(
        settings=settings,
        clock=clock,
        randomness=randomness,
        sealing=sealing,
        hashing=pool,
        counters=MemoryCounters(clock),
        geoip=geoip,
        common_passwords=MemoryCommonPasswords(["correct horse battery staple"]),
        signer=Ed25519Signer(sealing),
        bell=bell,
    )

    async def is_ready() -> dict[str, bool]:
        return {"database": await database.revision() is not None}

    try:
        async with open_database(database_url, bell) as database:
            service = Service(
                world=world,
                units=database,
                brands=read_brands(settings),
                mail=outbox,
                texts=(MemorySender(clock),),
                is_ready=is_ready,
                sent=lambda: sent_by(outbox),
            )
            yield Practice(service, database, clock, outbox, geoip)
    finally:
        pool.close()


def sent_by(outbox: MemoryOutbox) -> list[SentMessage]:
    """What was sent, as the demo's pages show it."""
    return [SentMessage(**{**msgspec.structs.asdict(m), "sent_at": m.sent_at.isoformat()}) for m in outbox.sent]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and nothing in them."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def new_sqlite(sqlite_template: Path, tmp_path: Path) -> Callable[[], str]:
    """Makes the address of another fresh SQLite database."""

    def make() -> str:
        path = tmp_path / f"wardkey-{len(list(tmp_path.iterdir()))}.sqlite3"
        path.write_bytes(sqlite_template.read_bytes())
        return f"sqlite:///{path}"

    return make


@pytest.fixture
def sqlite_url(new_sqlite: Callable[[], str]) -> str:
    """A fresh SQLite database with all tables."""
    return new_sqlite()


@pytest.fixture
def migrated_postgres_url(postgres: PostgresServer) -> Any:
    """A fresh PostgreSQL database with all tables."""
    url = postgres.fresh_database(postgres.prepared("wardkey_template", upgrade))
    yield url
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each test that asks for this runs on both databases."""
    name = "sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest_asyncio.fixture
async def practice(database_url: str) -> AsyncIterator[Practice]:
    """A service on either database, with nobody in it yet."""
    async with open_practice(database_url) as opened:
        yield opened


@pytest_asyncio.fixture
async def sqlite_practice(sqlite_url: str) -> AsyncIterator[Practice]:
    """A service on SQLite, for what does not depend on the database."""
    async with open_practice(sqlite_url) as opened:
        yield opened
