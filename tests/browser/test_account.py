"""The pages of a signed-in person in a real browser: for everybody, on any screen, with and without scripts."""

import asyncio
from base64 import b32decode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.conftest import Site, serve
from tests.chromium import OpenPage, axe_violations, scrolls_sideways
from tests.world import HERE, PASSWORD
from wardkey.accounts.rules import MfaMode
from wardkey.factors.kinds.totp import STEP_S
from wardkey.signin import view
from wardkey.signin.commands import AnswerMfa, SubmitPassword
from wardkey.signin.runner import proceed, start
from wardkey.vocabulary import Origin

KEY: Final = b"12345678901234567890"
SECURITY: Final = "/account/security"
ADA, SAM, EVE, LEE = "ada@example.org", "sam@example.org", "eve@example.org", "lee@example.org"
IPHONE: Final = Origin(
    ip="203.0.113.9", user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1"
)
PAGES: Final = (
    (ADA, "/"),
    (ADA, SECURITY),
    (ADA, f"{SECURITY}?after=password-changed"),
    (ADA, f"{SECURITY}/activity"),
    (ADA, f"{SECURITY}/password"),
    (ADA, f"{SECURITY}/authenticator-app"),
    (ADA, f"{SECURITY}/authenticator-app/remove"),
    (ADA, f"{SECURITY}/recovery-code"),
    (ADA, f"{SECURITY}/sessions/end-others"),
    (SAM, "/"),
    (SAM, SECURITY),
    (SAM, f"{SECURITY}/recovery-code"),
    (SAM, f"{SECURITY}/sessions/end-others"),
    (EVE, "/"),
    (EVE, f"{SECURITY}/password"),
    (LEE, SECURITY),
    (LEE, f"{SECURITY}/authenticator-app/remove"),
    ("", "/session-expired?return_to=/account/security"),
    ("", "/signed-out"),
    ("", "/nowhere"),
    ("", "/demo/outbox"),
    ("", "/demo/outbox/1"),
)
"""Each page in each state worth seeing: many and few sessions, nothing set up, a date coming, an old proof, an app that stays."""


async def session_of(site: Site, email: str, key: bytes | None = None, origin: Origin = HERE) -> str:
    """Sign somebody in behind the scenes; answers the token of their session."""
    units, world = site.practice.units, site.practice.world
    seen = await start(units, world, SubmitPassword(email, PASSWORD), origin)
    if key is not None:
        site.practice.clock.advance(timedelta(seconds=STEP_S))
        seen = await proceed(units, world, seen.attempt or "", AnswerMfa("totp", site.practice.code(key)), origin)
    assert isinstance(seen.step, view.Done), seen
    return seen.step.session_token


async def enter(site: Site, page: Page, token: str, path: str = "/") -> None:
    """Give a browser a session and open a page with it."""
    await page.context.add_cookies([{"name": "wardkey_session", "value": token, "url": site.base, "httpOnly": True}])
    await page.goto(site.base + path)


@pytest_asyncio.fixture
async def site(sqlite_url: str) -> AsyncIterator[Site]:
    """Ada has an app and two sessions, Sam nothing, Eve's practice asks from March, Lee's does already; a mail was sent."""
    async with serve(sqlite_url, is_demo=True) as opened:
        practice = opened.practice
        soon = await practice.add_organization("Elm Dental", mfa_mode=MfaMode.REQUIRED, mfa_from=datetime(2027, 3, 1, tzinfo=UTC))
        now = await practice.add_organization("Oak Hill", mfa_mode=MfaMode.REQUIRED)
        await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        await practice.add_person(SAM, name="Sam Rivera")
        await practice.add_person(EVE, organization=soon, name="Eve Fernández de la Cruz y Montenegro")
        await practice.add_person(LEE, organization=now, totp_key=KEY, recovery_code=True)
        yield opened


async def sessions_of_all(site: Site) -> dict[str, str]:
    """A session for each; Eve's last proof is too old, so that she is asked again. A mail waits in the outbox."""
    practice = site.practice
    eve = await session_of(site, EVE)
    practice.clock.advance(timedelta(minutes=6))
    await session_of(site, ADA, KEY, IPHONE)
    ada = await session_of(site, ADA, KEY)
    return {EVE: eve, ADA: ada, SAM: await session_of(site, SAM), LEE: await session_of(site, LEE, KEY)}


async def mail(site: Site, open_page: OpenPage) -> None:
    """Have a link for a new password sent to Ada."""
    page = await open_page(f"{site.base}/forgot-password")
    await page.get_by_label("Email address").fill(ADA)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/forgot-password/sent")
    for _ in range(4):
        await site.practice.deliver()


@pytest.mark.spec("UX-2")
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_any_page(
    site: Site, open_page: OpenPage, scheme: Literal["light", "dark"], width: int
) -> None:
    await mail(site, open_page)
    tokens = await sessions_of_all(site)
    found: dict[str, list[str]] = {}
    pages = {who: await open_page(scheme=scheme, width=width) for who in ("", *tokens)}
    for who, path in PAGES:
        if who:
            await enter(site, pages[who], tokens[who], path)
        else:
            await pages[who].goto(site.base + path)
        found[f"{who} {path}"] = await axe_violations(pages[who])
    assert {where: violations for where, violations in found.items() if violations} == {}


REFUSED: Final[dict[str, dict[str, str]]] = {
    f"{SECURITY}/password": {"#current_password": "wrong", "#new_password": "okaforokaforokafor"},
    f"{SECURITY}/authenticator-app": {"#code": "000000"},
}
"""Forms that are refused when filled like this."""


@pytest.mark.spec("UX-2")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", REFUSED)
async def test_a_refused_form_puts_the_cursor_where_it_went_wrong_and_axe_finds_nothing(
    site: Site, open_page: OpenPage, path: str, scheme: Literal["light", "dark"]
) -> None:
    page = await open_page(scheme=scheme, width=360)
    await enter(site, page, await session_of(site, SAM), path)
    for field, text in REFUSED[path].items():
        await page.fill(field, text)
    await page.keyboard.press("Enter")
    first = page.locator(next(iter(REFUSED[path])))
    await expect(first).to_have_attribute("aria-invalid", "true")
    await expect(first).to_be_focused()
    await expect(first).to_have_value("")
    assert await axe_violations(page) == []


@pytest.mark.spec("UX-2")
@pytest.mark.parametrize(("width", "zoom"), [(320, 1), (768, 1), (1280, 2)])
async def test_no_page_scrolls_sideways_on_a_small_screen_or_enlarged(
    site: Site, open_page: OpenPage, width: int, zoom: float
) -> None:
    await mail(site, open_page)
    tokens = await sessions_of_all(site)
    pages = {who: await open_page(width=width, zoom=zoom) for who in ("", *tokens)}
    wide = []
    for who, path in PAGES:
        if who:
            await enter(site, pages[who], tokens[who], path)
        else:
            await pages[who].goto(site.base + path)
        wide += [f"{who} {path}"] if await scrolls_sideways(pages[who]) else []
    assert wide == []


@pytest.mark.spec("UX-2")
async def test_a_password_is_changed_with_the_keyboard_alone(site: Site, open_page: OpenPage) -> None:
    page = await open_page()
    await enter(site, page, await session_of(site, SAM), SECURITY)
    await tab_to(page, "Change password")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Current password")).to_be_focused()
    await page.keyboard.type("wrong wrong wrong")
    await page.keyboard.press("Enter")
    await expect(page.locator("#current_password-fault")).to_have_text("That is not your current password.")
    await expect(page.get_by_label("Current password")).to_be_focused()
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("New password", exact=True)).to_be_focused()
    await page.keyboard.type("seven herons over a slow river")
    await expect(page.get_by_role("status")).to_have_text("Very strong.")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**{SECURITY}?after=password-changed")
    news = page.get_by_role("status").filter(has_text="Your password is changed.")
    await expect(news).to_be_focused()


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what has this name."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"the keyboard does not reach {name!r}")


@pytest.mark.spec("UX-1", "MFA-2", "MFA-6", "MFA-10")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_without_scripts_an_app_is_set_up_replaced_and_removed_on_a_phone(
    site: Site, open_page: OpenPage, scheme: Literal["light", "dark"]
) -> None:
    page = await open_page(scheme=scheme, width=360, javascript=False, phone=True)
    await enter(site, page, await session_of(site, SAM))
    site.practice.clock.advance(timedelta(minutes=6))
    await page.get_by_role("link", name="Set up app").click()
    await expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    await page.get_by_label("Your password").fill(PASSWORD)
    await page.get_by_role("button", name="Confirm").click()
    key = await set_up(page, site, "Turn on")
    await expect(page.get_by_role("heading", name="Save your recovery code")).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download").click()
    file = await asyncio.to_thread(Path(await (await download.value).path()).read_text, encoding="utf-8")
    shown = (await page.locator("#recovery-codes").inner_text()).strip()
    assert shown in file
    await page.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Done").click()
    await expect(page.get_by_text("Good: your recovery code is saved.")).to_be_visible()

    site.practice.clock.advance(timedelta(minutes=6))
    await page.get_by_role("link", name="Replace app").click()
    await page.get_by_label("6-digit code").fill(site.practice.code(key))
    await page.get_by_role("button", name="Confirm").click()
    await set_up(page, site, "Turn on")
    await expect(page.get_by_text("Your authenticator app is set up.")).to_be_visible()
    await page.get_by_role("link", name="Remove app").click()
    await page.get_by_role("button", name="Remove authenticator app").click()
    await expect(page.get_by_text("Your authenticator app is removed.")).to_be_visible()
    assert not await scrolls_sideways(page)


async def set_up(page: Page, site: Site, button: str) -> bytes:
    """Read the key from the page as somebody who cannot scan it does, and enter the first code."""
    await page.get_by_text("Type the key instead").click()
    key = b32decode((await page.locator("#setup-key").inner_text()).replace(" ", ""))
    site.practice.clock.advance(timedelta(seconds=STEP_S))
    await page.get_by_label("6-digit code").fill(site.practice.code(key))
    await page.get_by_role("button", name=button).click()
    return key


@pytest.mark.spec("MFA-6")
async def test_a_new_recovery_code_is_copied_and_printed_alone(site: Site, open_page: OpenPage) -> None:
    page = await open_page()
    await enter(site, page, await session_of(site, ADA, KEY), f"{SECURITY}/recovery-code")
    await page.get_by_role("button", name="Make a new code").click()
    shown = (await page.locator("#recovery-codes").inner_text()).strip()
    assert len(shown) == 23
    await page.get_by_role("button", name="Copy").click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert (await page.evaluate("navigator.clipboard.readText()")).strip() == shown
    await page.emulate_media(media="print")
    await expect(page.locator("#recovery-codes")).to_be_visible()
    for hidden in (page.get_by_role("banner"), page.get_by_role("button", name="Done"), page.get_by_role("checkbox")):
        await expect(hidden).to_be_hidden()


@pytest.mark.spec("SIGN-6")
async def test_other_devices_are_signed_out_from_the_list(site: Site, open_page: OpenPage) -> None:
    other = await session_of(site, SAM, origin=IPHONE)
    page, phone = await open_page(), await open_page(width=360, phone=True)
    await enter(site, phone, other)
    await enter(site, page, await session_of(site, SAM, origin=HERE), SECURITY)
    await page.get_by_role("button", name="Sign out Safari on iPhone").click()
    await expect(page.get_by_text("That device is signed out.")).to_be_visible()
    await phone.reload()
    await expect(phone.get_by_role("heading", name="You were signed out")).to_be_visible()


@pytest.mark.spec("SIGN-5", "SIGN-6")
async def test_signing_out_leaves_nothing_in_the_browser(site: Site, open_page: OpenPage) -> None:
    page = await open_page()
    await enter(site, page, await session_of(site, SAM), SECURITY)
    await page.evaluate("sessionStorage.setItem('wardkey.typed', 'something'); localStorage.setItem('x', 'y')")
    await page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert await page.evaluate("[sessionStorage.length, localStorage.length]") == [0, 0]
    assert [cookie["name"] for cookie in await page.context.cookies()] == []
    await page.go_back()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_a_mail_in_the_demo_leads_on_from_within_its_frame(site: Site, open_page: OpenPage) -> None:
    await mail(site, open_page)
    page = await open_page(f"{site.base}/demo/outbox")
    await page.get_by_role("link", name="Choose a new password for Wardkey").click()
    frame = page.frame_locator("iframe")
    await expect(frame.get_by_role("heading", name="Choose a new password")).to_be_visible()
    await frame.get_by_role("link", name="Choose a new password").click()
    await page.wait_for_url("**/reset-password/*")
    await expect(page.get_by_label("New password", exact=True)).to_be_visible()
