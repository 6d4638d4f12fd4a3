"""The wiring: the parts that settings name, nothing loaded that is not needed, and tables that are those of the migrations."""

import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.world import KEY
from tools.tables import script
from wardkey.app import NO_TABLES, build_app, open_service, opened, require_tables
from wardkey.edges.db.founding import SCRIPT, found, script_of
from wardkey.edges.db.migrating import drift, head
from wardkey.edges.db.opening import HEAD
from wardkey.edges.email.memory import MemoryOutbox, NoMail
from wardkey.edges.email.smtp import SmtpSender
from wardkey.edges.kv.memory import MemoryCounters
from wardkey.edges.kv.valkey import ValkeyCounters
from wardkey.environment import read_settings
from wardkey.ports import Mail
from wardkey.settings import Settings, WrongSetting
from wardkey.surfaces.cli.installation import CannotStart
from wardkey.surfaces.service import Service

MAIL = Mail(to="ada@clinic.example", subject="Hello", text="Hello.", html="<p>Hello.</p>", message_id="1")


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=sqlite_url, secret_keys=(KEY,), data_dir=str(tmp_path))


@pytest_asyncio.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    async with open_service(settings) as made:
        yield made


async def test_the_whole_service_answers(service: Service) -> None:
    transport = httpx.ASGITransport(app=build_app(service), client=("127.0.0.1", 1))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        statuses = {path: (await client.get(path)).status_code for path in ("/healthz", "/readyz", "/metrics", "/sign-in")}
        assert statuses == dict.fromkeys(statuses, 200)
        assert (await client.get("/api/openapi.json")).json()["openapi"].startswith("3.1")
        assert (await client.get("/demo/outbox.json")).status_code == 404


async def test_what_is_not_set_stays_in_the_process(service: Service) -> None:
    assert isinstance(service.world.counters, MemoryCounters)
    assert isinstance(service.mail, NoMail)
    assert service.sent is None


async def test_what_is_set_is_used(settings: Settings) -> None:
    changed = read_settings(
        {"WARDKEY_KV_URL": "valkey://127.0.0.1:1/0", "WARDKEY_SMTP_URL": "smtp://127.0.0.1:1"},
        database_url=settings.database_url,
        secret_keys=settings.secret_keys,
    )
    async with open_service(changed) as service:
        assert isinstance(service.world.counters, ValkeyCounters)
        assert isinstance(service.mail, SmtpSender)
        assert service.sent is None


async def test_the_demo_keeps_its_mail_for_its_page(settings: Settings) -> None:
    demo = read_settings({}, database_url=settings.database_url, secret_keys=(KEY,), is_demo=True)
    async with open_service(demo) as service:
        assert isinstance(service.mail, MemoryOutbox)
        assert service.sent is not None
        assert service.sent() == []
        await service.mail.send(MAIL)
        (message,) = service.sent()
        assert (message.channel, message.to, message.subject) == ("email", "ada@clinic.example", "Hello")


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"secret_keys": ()}, "WARDKEY_SECRET_KEYS"),
        ({"smtp_url": "smtp://x?a=b"}, "WARDKEY_SMTP_URL"),
        ({"smtp_url": "smtp://x", "mail_from": "nobody"}, "WARDKEY_MAIL_FROM"),
        ({"sms_url": ("gateway+https://sms.example",)}, "WARDKEY_SMS_URL"),
        ({"kv_url": "redis://x?socket_timeout=soon"}, "WARDKEY_KV_URL"),
    ],
)
async def test_what_a_part_cannot_use_is_told_by_the_name_of_its_setting(
    sqlite_url: str, changes: dict[str, object], name: str
) -> None:
    settings = read_settings({}, **{"database_url": sqlite_url, "secret_keys": (KEY,), **changes})
    with pytest.raises(WrongSetting, match=rf"^{name}: "):
        async with open_service(settings):
            pass


async def test_readiness_follows_the_database(settings: Settings, service: Service) -> None:
    assert await service.is_ready() == {"database": True}
    async with open_service(Settings(database_url="postgresql://x@127.0.0.1:1/x", secret_keys=(KEY,))) as gone:
        assert await gone.is_ready() == {"database": False}


async def test_tables_are_made_only_where_that_was_asked_for(tmp_path: Path) -> None:
    empty = Settings(database_url=f"sqlite:///{tmp_path / 'w.sqlite3'}", secret_keys=(KEY,))
    async with opened(empty) as parts:
        with pytest.raises(CannotStart, match=NO_TABLES):
            await require_tables(parts, creates=False)
        await require_tables(parts, creates=True)
        await require_tables(parts, creates=False)
        assert await parts.service.is_ready() == {"database": True}


def test_the_revision_that_serving_needs_is_the_newest_migration() -> None:
    assert head() == HEAD


def test_tables_made_at_once_are_those_that_the_migrations_make(tmp_path: Path) -> None:
    """Where this fails after a new migration: `python -m tools.tables`."""
    path = tmp_path / "w.sqlite3"
    found(str(path))
    assert SCRIPT.read_text(encoding="utf-8") == script() == script_of(str(path), HEAD)
    assert drift(f"sqlite:///{path}") == []


def test_two_processes_may_make_the_tables_at_once(tmp_path: Path) -> None:
    path = str(tmp_path / "w.sqlite3")
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(found, [path] * 32)) == [None] * 32
    assert script_of(path, HEAD) == SCRIPT.read_text(encoding="utf-8")


LOADED: Callable[[str], str] = "import sys; {}; print(*sorted(sys.modules))".format


def loaded_by(code: str) -> set[str]:
    """Which modules a fresh interpreter has loaded after running some code."""
    done = subprocess.run([sys.executable, "-c", LOADED(code)], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


COMMANDS = "from wardkey.surfaces.cli.program import run"
WIRING = "import wardkey.app"
SERVING = (
    "import wardkey.edges.logs, wardkey.surfaces.server, wardkey.app, wardkey.surfaces.api.routes, wardkey.surfaces.pages.routes"
)


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        (COMMANDS, {"litestar", "uvicorn", "sqlalchemy", "alembic", "asyncpg", "valkey", "aiosmtplib", "rich", "structlog"}),
        (WIRING, {"litestar", "uvicorn", "sqlalchemy", "alembic", "asyncpg", "valkey", "aiosmtplib", "rich", "ua_parser"}),
        (SERVING, {"sqlalchemy", "alembic", "asyncpg", "valkey", "aiosmtplib", "rich", "typer", "ua_parser"}),
    ],
    ids=["help", "a command", "serving"],
)
def test_nothing_is_loaded_that_is_not_needed(code: str, absent: set[str]) -> None:
    assert loaded_by(code) & absent == set()
