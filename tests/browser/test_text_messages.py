"""Signing in with a text message in a real browser, with scripts and without (MFA-3)."""

import re
from datetime import timedelta
from typing import Final

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Site
from tests.browser.people import enter, press
from tests.chromium import OpenPage, axe_violations, scrolls_sideways
from wardkey.accounts.rules import MfaMode

ADA: Final = "ada@example.org"
NUMBER: Final = "+12075550123"


async def newest_code(site: Site) -> str:
    """The code of the newest text message to Ada's phone."""
    await site.practice.deliver()
    found = re.search(r"\b\d{6}\b", site.practice.texts_to(NUMBER)[-1].text)
    assert found
    return found[0]


async def check(page: Page) -> None:
    assert await axe_violations(page) == []
    assert not await scrolls_sideways(page)


@pytest.mark.spec("MFA-1", "MFA-3", "UX-1", "UX-2")
@pytest.mark.parametrize("javascript", [True, False])
async def test_a_phone_is_set_up_and_its_codes_sign_in_the_next_day(open_page: OpenPage, site: Site, javascript: bool) -> None:
    await site.practice.add_person(ADA, organization=await site.practice.add_organization(mfa_mode=MfaMode.REQUIRED))
    page = await open_page(javascript=javascript, width=360, scheme="dark", phone=True)
    await enter(page, site, ADA)
    await page.click("a[href$='method=sms']")
    await page.fill("#number", "207 555 0123")
    if javascript:
        await check(page)
    await press(page)
    assert "207-555-0123" in await page.inner_text("main")
    if javascript:
        await check(page)
    await page.fill("#code", await newest_code(site))
    await press(page)
    await page.check("#saved")
    await press(page)
    await page.wait_for_url(f"{site.base}/")
    await page.context.clear_cookies()
    site.practice.clock.advance(timedelta(days=1))
    await enter(page, site, ADA)
    assert "23" in await page.inner_text("main .lede")
    assert "555" not in await page.inner_text("main")
    assert await page.get_attribute("#code", "autocomplete") == "one-time-code"
    if javascript:
        await check(page)
    await page.fill("#code", await newest_code(site))
    await press(page)
    await page.wait_for_url(f"{site.base}/")


@pytest.mark.spec("MFA-3")
async def test_another_text_is_sent_after_its_wait_and_not_before(open_page: OpenPage, site: Site) -> None:
    await site.practice.add_person(ADA, organization=await site.practice.add_organization(mfa_mode=MfaMode.REQUIRED))
    page = await open_page(javascript=False)
    await enter(page, site, ADA)
    await page.click("a[href$='method=sms']")
    await page.fill("#number", "207 555 0123")
    await press(page)
    first = await newest_code(site)
    await page.click("summary")
    again = page.get_by_role("button", name="Send a new code")
    await again.click()
    await page.get_by_text("A text message is on its way").wait_for()
    site.practice.clock.advance(timedelta(seconds=30))
    if not await again.is_visible():
        await page.click("summary")
    await again.click()
    await page.wait_for_load_state()
    second = await newest_code(site)
    assert len(site.practice.texts_to(NUMBER)) == 2
    await page.fill("#code", second)
    assert first != second
    await press(page)
    await page.wait_for_selector("#recovery-codes")
