"""A signed-in person at a browser without scripts, at any practice; several of them may be at work at once."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any, Final, TypeAlias

import httpx
import pytest_asyncio

from tests.pages.visitor import Page, Visitor
from tests.world import PASSWORD, Practice
from wardkey.app import build_app
from wardkey.factors.kinds.totp import STEP_S
from wardkey.surfaces.service import Service

FIREFOX: Final = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
IPHONE: Final = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1"
    " Mobile/15E148 Safari/604.1"
)
ADA: Final = "ada@example.org"
KEY: Final = b"12345678901234567890"
SECURITY: Final = "/account/security"


class Browser(Visitor):
    """One browser of one person."""

    def __init__(self, practice: Practice, client: httpx.AsyncClient) -> None:
        super().__init__(client)
        self.practice = practice

    async def get(self, path: str) -> httpx.Response:
        """An answer as it is, without following where it leads."""
        return await self.client.get(path)

    async def enter(self, email: str = ADA, password: str = PASSWORD, key: bytes | None = None) -> Page:
        """Sign in, with the code of `key` where the account has an authenticator app."""
        page = await self.sign_in(email, password)
        if key is not None:
            page = await self.send(code=fresh_code(self.practice, key))
        assert self.session, page.text
        return page

    async def prove(self, key: bytes | None = None) -> Page:
        """Answer the page that asks once more who it is."""
        assert self.page.path == "/account/confirm", self.page.text
        if key is None:
            return await self.send("Confirm", password=PASSWORD)
        return await self.send("Confirm", code=fresh_code(self.practice, key))

    @property
    def session(self) -> str | None:
        """The token of the session that this browser holds."""
        return self.cookie("wardkey_session")

    @session.setter
    def session(self, token: str) -> None:
        self.client.cookies.delete("wardkey_session") if self.session else None
        self.client.cookies.set("wardkey_session", token, domain="127.0.0.1", path="/")


NewBrowser: TypeAlias = Callable[..., Browser]


def fresh_code(practice: Practice, key: bytes) -> str:
    """A code that was not used before: half a minute passes first."""
    pass_time(practice, seconds=STEP_S)
    return practice.code(key)


def pass_time(practice: Practice, **units: float) -> None:
    """Let time pass: `pass_time(practice, minutes=5)`."""
    practice.clock.advance(timedelta(**units))


@pytest_asyncio.fixture
async def new_browser() -> AsyncIterator[NewBrowser]:
    """Opens a browser at a practice: `new_browser(practice)`."""
    opened: list[httpx.AsyncClient] = []
    apps: dict[int, Any] = {}

    def open_one(
        practice: Practice, *, user_agent: str = FIREFOX, ip: str = "203.0.113.7", service: Service | None = None
    ) -> Browser:
        served = service or practice.service
        app: Any = apps.get(id(served)) or build_app(served)
        apps[id(served)] = app
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, client=(ip, 50_000)),
            base_url=practice.world.settings.public_url,
            headers={"user-agent": user_agent, "accept-language": "en"},
        )
        opened.append(client)
        return Browser(practice, client)

    yield open_one
    for client in opened:
        await client.aclose()
