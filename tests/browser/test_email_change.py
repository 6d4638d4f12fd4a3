"""Another address and “This wasn't me” in a real browser: with one's own hands and keys, on any screen, in both themes."""

import re
from typing import Final, Literal

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.people import enter, press
from tests.chromium import OpenPage, axe_violations, scrolls_sideways
from tests.world import HERE
from wardkey.accounts.actions import tell_account
from wardkey.notices.catalogue import PasswordChanged

ADA: Final = "ada@example.org"
NEW: Final = "ada.okafor-maple.street@a-rather-long-name-of-a-practice.example"
FORM: Final = "/account/security/email"


async def link_to(site: Site, email: str, path: str) -> str:
    """The newest link of a kind that an address got."""
    await site.practice.deliver()
    texts = "\n".join(str(mail.text) for mail in site.practice.mails_to(email))
    return str(re.findall(rf"https?://\S+/{path}/\S+", texts)[-1])


async def settle(site: Site) -> None:
    account, _ = await site.practice.add_person(ADA)
    async with site.practice.write() as unit:
        await tell_account(unit, site.practice.world, account, PasswordChanged(how="self"), HERE, site.practice.clock.now())


async def looked_at(page: Page, faults: list[str]) -> None:
    """Keep what is wrong with the page that is shown."""
    faults += [f"{page.url}: {violation}" for violation in await axe_violations(page)]
    if await scrolls_sideways(page):
        faults.append(f"{page.url}: scrolls sideways")


@pytest.mark.spec("ACC-4", "UX-2")
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_of_another_address_serves_everybody(
    site: Site, open_page: OpenPage, width: int, scheme: Literal["light", "dark"]
) -> None:
    """From the form to the confirmation, back from the earlier address, and each link once more when it is used up."""
    await settle(site)
    faults: list[str] = []
    page = await open_page(scheme=scheme, width=width)
    owner = await open_page(scheme=scheme, width=width)
    await enter(page, site, ADA)
    await page.goto(site.base + FORM)
    await looked_at(page, faults)
    await page.fill("#email", "ada")
    await press(page)
    await expect(page.locator("#email")).to_be_focused()
    await looked_at(page, faults)
    await page.fill("#email", NEW)
    await press(page)
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await looked_at(page, faults)
    for path, mailbox in (("confirm-email", NEW), ("undo-email", ADA), ("not-me", ADA)):
        link = await link_to(site, mailbox, path)
        for _ in range(2):
            await owner.goto(link)
            await looked_at(owner, faults)
            button = owner.locator("main form button[type=submit]")
            if await button.count():
                async with owner.expect_navigation(wait_until="load"):
                    await button.click()
                await looked_at(owner, faults)
    assert faults == []


@pytest.mark.spec("ACC-4")
async def test_an_address_is_changed_with_the_keyboard_alone(site: Site, open_page: OpenPage) -> None:
    await settle(site)
    page = await open_page()
    await enter(page, site, ADA)
    await page.goto(site.base + FORM)
    await expect(page.locator("#email")).to_be_focused()
    await page.keyboard.type(NEW)
    async with page.expect_navigation(wait_until="load"):
        await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Check your new inbox")).to_be_focused()
    await page.goto(await link_to(site, NEW, "confirm-email"))
    await page.get_by_role("button", name="Use this address").focus()
    async with page.expect_navigation(wait_until="load"):
        await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("Your email address is changed.")
