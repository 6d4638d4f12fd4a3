"""Before a session ends the page says so; what was typed is there again after signing in (SIGN-5)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.browser.conftest import Site, serve
from tests.browser.people import press
from tests.chromium import OpenPage, axe_violations
from tests.world import PASSWORD

EMAIL: Final = "ada@example.org"
OTHER: Final = "max@example.org"
PAGE: Final = "/account/security?note=1"
FORM: Final = (
    b'<form method="post" action="/sign-out"><label>Note <input id="note" name="note"></label>'
    b'<label>Secret <input id="secret" name="secret" type="password"></label>'
    b'<label>Code <input id="digits" name="digits" autocomplete="one-time-code"></label></form>'
)


def with_a_note(app: Any) -> Any:
    """The service, with a form on one page that takes longer to fill in than those it has."""

    async def serve_with_note(scope: Any, receive: Any, send: Any) -> None:
        async def add(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [header for header in message["headers"] if header[0] != b"content-length"]
            elif b"</main>" in message["body"]:
                message["body"] = message["body"].replace(b"</main>", FORM + b"</main>")
            await send(message)

        await app(scope, receive, add if scope.get("query_string") == b"note=1" else send)

    return serve_with_note


@pytest_asyncio.fixture
async def site(sqlite_url: str) -> AsyncIterator[Site]:
    async with serve(sqlite_url, wrapped=with_a_note) as served:
        yield served


async def open_with_note(open_page: OpenPage, site: Site) -> Page:
    for email in (EMAIL, OTHER):
        await site.practice.add_person(email)
    page = await open_page()
    await page.clock.install()
    await page.goto(site.base + PAGE)
    await sign_in(page, EMAIL)
    await page.wait_for_selector("#note")
    return page


async def sign_in(page: Page, email: str) -> None:
    await page.fill("#email", email)
    await page.fill("#password", PASSWORD)
    await press(page)


async def fill(page: Page) -> None:
    await page.fill("#note", "half a sentence")
    await page.fill("#secret", "hush")
    await page.fill("#digits", "123456")


async def let_it_end(page: Page, site: Site) -> None:
    site.practice.clock.advance(timedelta(hours=3, seconds=1))
    await page.clock.fast_forward(timedelta(hours=3, seconds=1) // timedelta(milliseconds=1))
    await page.wait_for_url("**/session-expired?**")


@pytest.mark.spec("SIGN-5")
async def test_two_minutes_before_the_end_the_page_says_so_and_offers_to_go_on(open_page: OpenPage, site: Site) -> None:
    page = await open_with_note(open_page, site)
    dialog = page.locator("#session-end")
    await page.clock.fast_forward("02:57:50")
    assert not await dialog.is_visible()
    await page.clock.fast_forward("00:15")
    await dialog.wait_for()
    assert "2 minutes" in await dialog.inner_text()
    assert await axe_violations(page) == []
    await dialog.get_by_role("button").click()
    assert not await dialog.is_visible()
    await page.clock.fast_forward("00:30")
    assert not await dialog.is_visible()


@pytest.mark.spec("SIGN-5")
async def test_what_was_typed_is_there_again_after_signing_in_again_but_no_secret(open_page: OpenPage, site: Site) -> None:
    page = await open_with_note(open_page, site)
    await fill(page)
    await let_it_end(page, site)
    await page.click("main a.button-primary")
    await sign_in(page, EMAIL)
    await page.wait_for_url(site.base + PAGE)
    assert await page.input_value("#note") == "half a sentence"
    assert await page.input_value("#secret") == ""
    assert await page.input_value("#digits") == ""
    assert "hush" not in await page.evaluate("JSON.stringify({...sessionStorage})")
    await page.reload()
    assert await page.input_value("#note") == ""


@pytest.mark.spec("SIGN-5")
async def test_going_on_before_the_end_keeps_what_was_typed_too(open_page: OpenPage, site: Site) -> None:
    page = await open_with_note(open_page, site)
    await fill(page)
    await page.clock.fast_forward("02:58:30")
    await page.locator("#session-end a").click()
    await sign_in(page, EMAIL)
    await page.wait_for_url(site.base + PAGE)
    assert await page.input_value("#note") == "half a sentence"


@pytest.mark.spec("SIGN-5")
async def test_the_next_person_at_the_same_computer_gets_nothing_of_it(open_page: OpenPage, site: Site) -> None:
    page = await open_with_note(open_page, site)
    await fill(page)
    await let_it_end(page, site)
    await page.click("main a.button-primary")
    await sign_in(page, OTHER)
    await page.wait_for_url(site.base + PAGE)
    assert await page.input_value("#note") == ""
    assert await page.evaluate("sessionStorage.length") == 0


@pytest.mark.spec("SIGN-5")
async def test_a_form_sent_after_the_end_loses_nothing(open_page: OpenPage, site: Site) -> None:
    page = await open_with_note(open_page, site)
    await fill(page)
    site.practice.clock.advance(timedelta(hours=3, seconds=1))
    await page.evaluate("document.querySelector('#note').form.action = '/account/security/sessions/end-others'")
    await page.evaluate("document.querySelector('#note').form.requestSubmit()")
    await page.wait_for_url("**/session-expired?**")
    assert "half a sentence" in await page.evaluate("JSON.stringify({...sessionStorage})")
