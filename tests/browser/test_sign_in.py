"""Signing in with a real browser: the whole story in every way people use it, and what scripts add to it."""

import asyncio
from typing import Any, Final

import pytest
from playwright.async_api import Page, Route

from tests.browser.conftest import Site
from tests.browser.people import HAS_TO_ENROL, KEY, STATES, WITH_MFA, enter, oathtool, press, settle, shown_key, to_new_code
from tests.chromium import OpenPage, axe_violations, scrolls_sideways
from tests.world import PASSWORD

WAYS: Final[dict[str, dict[str, Any]]] = {
    "on a desktop": {},
    "on a phone, 360 px wide and dark": {"width": 360, "height": 740, "scheme": "dark", "phone": True},
    "zoomed to 200 %": {"width": 1280, "height": 900, "zoom": 2},
    "without scripts": {"javascript": False},
    "in Spanish": {"locale": "es-ES"},
}


@pytest.mark.spec("SIGN-1", "MFA-2", "MFA-6", "UX-1", "UX-2")
@pytest.mark.parametrize("way", WAYS)
async def test_a_provider_sets_up_mfa_and_gets_in_then_and_the_next_day(open_page: OpenPage, site: Site, way: str) -> None:
    await settle(site)
    page = await open_page(**WAYS[way])
    await enter(page, site, HAS_TO_ENROL)
    if not await page.is_visible("#setup-key"):
        await page.click("summary")
    key = await shown_key(page)
    assert not await scrolls_sideways_in(page, way)
    await page.fill("#code", oathtool(site, key))
    await press(page)
    recovery_code = (await page.inner_text("#recovery-codes")).replace("\n", "")
    assert len(recovery_code) == 23
    await page.check("#saved")
    await press(page)
    await page.wait_for_url(f"{site.base}/")
    assert "Ada Okafor" in await page.inner_text("body")
    await page.context.clear_cookies()
    await enter(page, site, HAS_TO_ENROL)
    await page.click("a[href$='method=recovery_code']")
    await page.fill("#code", recovery_code)
    await press(page)
    await page.check("#saved")
    await press(page)
    await page.wait_for_url(f"{site.base}/")


async def scrolls_sideways_in(page: Page, way: str) -> bool:
    return way != "without scripts" and await scrolls_sideways(page)


@pytest.mark.spec("UX-2")
async def test_the_keyboard_alone_is_enough_and_always_shows_where_it_is(open_page: OpenPage, site: Site) -> None:
    await settle(site)
    page = await open_page(f"{site.base}/sign-in")
    await type_into(page, "#email", HAS_TO_ENROL)
    await type_into(page, "#password", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".qr")
    await go_to(page, "summary")
    await page.keyboard.press("Enter")
    key = (await page.inner_text("#setup-key")).replace(" ", "")
    await type_into(page, "#code", oathtool(site, key))
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#saved")
    await go_to(page, "#saved")
    await page.keyboard.press("Space")
    await go_to(page, "form[action='/sign-in/new-recovery-code'] button")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{site.base}/")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"


async def go_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there; it is visible at every stop."""
    for _ in range(30):
        if await page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        await page.keyboard.press("Tab")
        outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", await page.evaluate("document.activeElement.outerHTML")
    raise AssertionError(f"{selector} cannot be reached with Tab")


async def type_into(page: Page, selector: str, text: str) -> None:
    await go_to(page, selector)
    await page.keyboard.type(text)


@pytest.mark.spec("UX-2")
@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 1280)])
async def test_no_page_breaks_a_rule_of_accessibility_or_its_frame(
    open_page: OpenPage, site: Site, scheme: Any, width: int
) -> None:
    await settle(site)
    page = await open_page(scheme=scheme, width=width)
    found: dict[str, list[str]] = {}
    for state, reach in STATES.items():
        await page.context.clear_cookies()
        await reach(page, site)
        await page.wait_for_load_state("networkidle")
        found[state] = await axe_violations(page) + (["scrolls sideways"] if await scrolls_sideways(page) else [])
    assert {state: faults for state, faults in found.items() if faults} == {}


SMALL_TARGETS: Final = """() => [...document.querySelectorAll("a, button, select, summary, input:not([type=hidden])")]
  .map(e => e.type === "checkbox" ? e.closest("label") : e)
  .filter(e => e.checkVisibility() && !e.matches(".skip, .notice li a"))
  .filter(e => e.getBoundingClientRect().height < 44)
  .map(e => e.outerHTML.slice(0, 80) + " " + e.getBoundingClientRect().height)"""


@pytest.mark.spec("UX-2")
async def test_everything_to_press_is_large_enough_for_a_thumb(open_page: OpenPage, site: Site) -> None:
    await settle(site)
    page = await open_page(width=360, phone=True)
    small: dict[str, list[str]] = {}
    for state, reach in STATES.items():
        await page.context.clear_cookies()
        await reach(page, site)
        small[state] = await page.evaluate(SMALL_TARGETS)
    assert {state: targets for state, targets in small.items() if targets} == {}


@pytest.mark.spec("MFA-2")
async def test_on_a_phone_the_way_without_the_picture_comes_first(open_page: OpenPage, site: Site) -> None:
    await settle(site)
    tops = []
    for phone in (True, False):
        page = await open_page(width=360, phone=phone)
        await enter(page, site, HAS_TO_ENROL)
        link, picture = await page.locator(".way-link").bounding_box(), await page.locator(".qr-frame").bounding_box()
        assert link
        assert picture
        tops.append(link["y"] < picture["y"])
    assert tops == [True, False]


async def test_a_form_is_sent_once_and_says_that_it_is_on_its_way(open_page: OpenPage, site: Site) -> None:
    await settle(site)
    page = await open_page(f"{site.base}/sign-in")
    sent: list[str] = []
    may_go = asyncio.Event()

    async def hold(route: Route) -> None:
        sent.append(route.request.url)
        await may_go.wait()
        await route.continue_()

    await page.route("**/sign-in", hold)
    await page.fill("#email", WITH_MFA)
    await page.fill("#password", PASSWORD)
    said = await page.evaluate(
        """() => {
          const button = document.querySelector("main button.button-primary");
          button.click();
          button.click();
          return [button.getAttribute("aria-disabled"), button.textContent.trim()];
        }"""
    )
    assert said == ["true", "Signing in…"]
    may_go.set()
    await page.wait_for_url("**/sign-in/continue")
    assert len(sent) == 1


async def test_a_form_whose_way_was_stopped_can_be_sent_again(open_page: OpenPage, site: Site) -> None:
    page = await open_page()
    await page.clock.install()
    await page.goto(f"{site.base}/sign-in")
    await page.route("**/sign-in", lambda route: route.abort("aborted"))
    button = page.locator("main button.button-primary")
    await page.evaluate("document.querySelector('main button.button-primary').click()")
    assert await button.get_attribute("aria-disabled") == "true"
    await page.clock.fast_forward("00:11")
    assert await button.get_attribute("aria-disabled") is None
    assert await button.inner_text() == "Sign in"


async def test_a_password_can_be_shown_and_is_hidden_again_before_it_is_sent(open_page: OpenPage, site: Site) -> None:
    page = await open_page(f"{site.base}/sign-in")
    show = page.get_by_role("button", name="Show password")
    await page.fill("#password", "violet")
    await show.click()
    assert await page.get_attribute("#password", "type") == "text"
    assert await page.evaluate("document.activeElement.id") == "password"
    await page.get_by_role("button", name="Hide password").click()
    assert await page.get_attribute("#password", "type") == "password"


@pytest.mark.parametrize("typed", ["123 456", "123-456", " 123456 ", "1234567"])
async def test_a_pasted_code_is_tidied(open_page: OpenPage, site: Site, typed: str) -> None:
    await settle(site)
    page = await open_page()
    await enter(page, site, WITH_MFA)
    assert await page.evaluate("document.activeElement.id") == "code"
    await page.keyboard.insert_text(typed)
    assert await page.input_value("#code") == "123456"


@pytest.mark.spec("UX-2")
async def test_the_focus_goes_where_the_eye_must_go(open_page: OpenPage, site: Site) -> None:
    await settle(site)
    page = await open_page()
    focused = "(document.activeElement.id || document.activeElement.className || document.activeElement.tagName)"
    for state, expected in {
        "sign in": "email",
        "sign in, wrong password": "notice notice-danger",
        "sign in, nothing entered": "email",
        "code, wrong": "code",
        "set up": "H1",
        "blocked": "H1",
        "sign up, faults": "name",
        "sign up, sent": "H1",
        "new recovery code, not saved": "saved",
    }.items():
        await page.context.clear_cookies()
        await STATES[state](page, site)
        await page.wait_for_load_state("load")
        assert (state, await page.evaluate(focused)) == (state, expected)


@pytest.mark.spec("MFA-6")
async def test_the_recovery_code_can_be_copied_printed_and_downloaded(open_page: OpenPage, site: Site) -> None:
    await settle(site)
    page = await open_page()
    await to_new_code(page, site)
    code = (await page.inner_text("#recovery-codes")).replace("\n", "")
    await page.get_by_role("button", name="Copy").click()
    await page.get_by_text("Copied").wait_for()
    assert await page.evaluate("navigator.clipboard.readText()") == code
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Download").click()
    download = await downloading.value
    assert download.suggested_filename == "recovery-code.txt"
    assert code in (await download.path()).read_text().splitlines()
    await page.evaluate("window.print = () => document.body.dataset.printed = 'yes'")
    await page.get_by_role("button", name="Print").click()
    assert await page.evaluate("document.body.dataset.printed") == "yes"
    await page.emulate_media(media="print")
    assert await page.is_visible("#recovery-codes")
    assert await page.is_visible(".sheet-for")
    for hidden in ("button", ".foot", "#saved", ".bullets"):
        assert not await page.locator(hidden).first.is_visible(), hidden


@pytest.mark.spec("ACC-5")
async def test_the_meter_follows_what_is_typed(open_page: OpenPage, site: Site) -> None:
    page = await open_page(f"{site.base}/sign-up")
    meter = page.locator(".strength")
    assert not await meter.is_visible()
    await page.fill("#name", "Sam Rivera")
    for typed, words, score in (
        ("short", "Use at least 15 characters.", "0"),
        ("rivera rivera rivera", "built around “rivera”", "1"),
        ("a kettle, two cups, no saucer", "Very strong.", "4"),
    ):
        await page.fill("#password", typed)
        await page.get_by_text(words).wait_for()
        assert await meter.get_attribute("data-score") == score
    await page.fill("#password", "")
    await page.locator(".strength[data-score='0']").wait_for()


async def test_going_back_after_signing_in_stays_signed_in(open_page: OpenPage, site: Site) -> None:
    await settle(site)
    page = await open_page()
    await enter(page, site, WITH_MFA)
    await page.fill("#code", site.practice.code(KEY))
    await press(page)
    await page.wait_for_url(f"{site.base}/")
    await page.go_back()
    assert page.url == f"{site.base}/"


async def test_two_tabs_of_one_sign_in_do_not_get_in_each_others_way(open_page: OpenPage, site: Site) -> None:
    await settle(site)
    first = await open_page()
    await enter(first, site, WITH_MFA)
    second = await open_page(f"{site.base}/sign-in/continue", beside=first)
    await second.fill("#code", site.practice.code(KEY))
    await press(second)
    await second.wait_for_url(f"{site.base}/")
    await first.fill("#code", "000000")
    await press(first)
    await first.wait_for_url(f"{site.base}/")


async def test_a_page_in_high_contrast_still_shows_its_parts(open_page: OpenPage, site: Site) -> None:
    await settle(site)
    page = await open_page()
    await page.emulate_media(forced_colors="active")
    await enter(page, site, HAS_TO_ENROL)
    assert await page.evaluate("getComputedStyle(document.querySelector('.qr-frame')).backgroundColor") == "rgb(255, 255, 255)"
    assert await page.evaluate("getComputedStyle(document.querySelector('.button-primary')).borderStyle") == "solid"
