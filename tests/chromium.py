"""A real Chromium for tests: pages of many kinds, watched for script errors, CSP violations and calls to elsewhere."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, async_playwright

ARGUMENTS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE *.localhost",
)
HERE: Final = ("127.0.0.1", "localhost", "::1")
WCAG: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""axe's names for the rules of WCAG 2.2 level A and AA."""
PATIENCE_MS: Final = 10_000


@dataclass
class Watch:
    """What went wrong on the pages of one test; empty is right."""

    problems: list[str] = field(default_factory=list)
    documents: set[str] = field(default_factory=set)
    excused: list[str] = field(default_factory=list)

    def excuse(self, part: str) -> None:
        """Let problems that contain this text pass: the test means to cause them."""
        self.excused.append(part)

    def heard(self, message: ConsoleMessage) -> None:
        """Errors in the console, which is also where Chromium reports what the CSP refused."""
        if message.type != "error" or self._is_answer_of_a_document(message):
            return
        self.problems.append(f"console: {message.text} ({message.location.get('url', '')})")

    def crashed(self, error: Exception) -> None:
        self.problems.append(f"script: {error}")

    def requested(self, request: Request) -> None:
        """Pages load nothing from elsewhere."""
        target = urlsplit(request.url)
        if request.is_navigation_request():
            self.documents.add(request.url)
        if target.scheme in {"http", "https", "ws", "wss"} and not is_here(target.hostname or ""):
            self.problems.append(f"request to elsewhere: {request.url}")

    def _is_answer_of_a_document(self, message: ConsoleMessage) -> bool:
        """A page answered with 4xx or 5xx on purpose is noted in the console too; only its parts must all load."""
        return message.text.startswith("Failed to load resource") and message.location.get("url") in self.documents

    def left(self) -> list[str]:
        """The problems nobody excused."""
        return [problem for problem in self.problems if not any(part in problem for part in self.excused)]


class OpenPage(Protocol):
    """Opens a page in a browser profile of its own (or in `beside`'s, as a second tab)."""

    watch: Watch

    async def __call__(
        self,
        url: str = "about:blank",
        *,
        scheme: Literal["light", "dark"] = "light",
        width: int = 1280,
        height: int = 900,
        zoom: float = 1,
        javascript: bool = True,
        locale: str = "en-US",
        phone: bool = False,
        still: bool = True,
        beside: Page | None = None,
    ) -> Page: ...


@dataclass
class PageOpener:
    """The `open_page` fixture; see OpenPage."""

    browser: Browser
    watch: Watch = field(default_factory=Watch)
    contexts: list[BrowserContext] = field(default_factory=list)

    async def __call__(self, url: str = "about:blank", *, beside: Page | None = None, **wishes: Any) -> Page:
        context = beside.context if beside is not None else await self._profile(**wishes)
        page = await context.new_page()
        if url != "about:blank":
            await page.goto(url)
        return page

    async def _profile(
        self,
        *,
        scheme: Literal["light", "dark"] = "light",
        width: int = 1280,
        height: int = 900,
        zoom: float = 1,
        javascript: bool = True,
        locale: str = "en-US",
        phone: bool = False,
        still: bool = True,
    ) -> BrowserContext:
        """Zooming in by 2 halves the room that a page has and doubles its pixels, as in the browser's own zoom."""
        context = await self.browser.new_context(
            color_scheme=scheme,
            viewport={"width": round(width / zoom), "height": round(height / zoom)},
            device_scale_factor=zoom,
            java_script_enabled=javascript,
            locale=locale,
            has_touch=phone,
            is_mobile=phone,
            reduced_motion="reduce" if still else "no-preference",
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(PATIENCE_MS)
        context.on("console", self.watch.heard)
        context.on("weberror", lambda error: self.watch.crashed(error.error))
        context.on("request", self.watch.requested)
        self.contexts.append(context)
        return context

    async def close(self) -> None:
        for context in self.contexts:
            await context.close()


def is_here(host: str) -> bool:
    return host in HERE or host.endswith(".localhost")


def chromium_path() -> str:
    """Where Chromium is; fails, naming it, where it is not."""
    found = shutil.which("chromium")
    if found is None:
        pytest.fail("Missing: chromium (Debian package chromium); `make test` installs it", pytrace=False)
    return found


@pytest_asyncio.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The one browser of this worker."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture
async def open_page(chromium: Browser) -> AsyncIterator[OpenPage]:
    """Opens pages; the test fails where one of them reported an error, a CSP violation or a request to elsewhere."""
    opener = PageOpener(chromium)
    yield opener
    await opener.close()
    assert opener.watch.left() == []


async def axe_violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, one line each: rule, severity, where, what is wrong."""
    results = await Axe().run(page, options={"runOnly": {"type": "tag", "values": list(WCAG)}, "resultTypes": ["violations"]})
    return [line for violation in results.response["violations"] for line in _lines(violation)]


def _lines(violation: dict[str, Any]) -> list[str]:
    return [
        f"{violation['id']} ({violation['impact']}): {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for node in violation["nodes"]
    ]


async def scrolls_sideways(page: Page) -> bool:
    """Whether the page is wider than its window, which WCAG 1.4.10 (reflow) forbids."""
    return bool(await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
