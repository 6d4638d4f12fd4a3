"""A practice's look in a real browser: readable whatever its color, on any screen, in both themes."""

from collections.abc import AsyncIterator
from typing import Final, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.brand.pictures import png
from tests.browser.conftest import Site, serve
from tests.chromium import OpenPage, axe_violations, scrolls_sideways
from tests.world import PASSWORD
from wardkey.brand.logo import Logo, read_logo
from wardkey.brand.shades import palette_of
from wardkey.organizations.branding import Wishes, change

Scheme = Literal["light", "dark"]

NASTY: Final = ("#ffff00", "#000000", "#ffffff", "#777777")
LONGEST: Final = "Gemeinschaftspraxis für Physiotherapie an der Maple Street 1"
ADA: Final = "ada@example.org"
ASKING: Final = "/sign-in?organization=maple-street-clinic"
PAGES: Final = ("/", "/account/security", "/account/security/password", "/account/security/activity")


@pytest_asyncio.fixture
async def site(sqlite_url: str) -> AsyncIterator[Site]:
    """Ada is of Maple Street Clinic."""
    async with serve(sqlite_url) as opened:
        maple = await opened.practice.add_organization()
        await opened.practice.add_person(ADA, organization=maple)
        yield opened


async def paint(site: Site, wishes: Wishes) -> None:
    await change(site.practice.units, site.practice.world, "maple-street-clinic", wishes)


async def sign_in(site: Site, page: Page) -> None:
    await page.goto(site.base + ASKING)
    await page.get_by_label("Email address").fill(ADA)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{site.base}/")


async def shade(page: Page, name: str) -> str:
    """The value of a color as the page has it in the end."""
    return str(await page.evaluate("name => getComputedStyle(document.documentElement).getPropertyValue(name).trim()", name))


@pytest.mark.spec("UX-4", "UX-2")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("color", NASTY)
async def test_axe_finds_nothing_whatever_the_color(site: Site, open_page: OpenPage, color: str, scheme: Scheme) -> None:
    await paint(site, Wishes(name=LONGEST, color=color, logo=png(300, 60)))
    page = await open_page(f"{site.base}{ASKING}", scheme=scheme, width=360)
    palette = palette_of(color)
    expected = palette.light if scheme == "light" else palette.dark
    assert await shade(page, "--action") == expected.action
    found = {"sign-in": await axe_violations(page)}
    await page.get_by_label("Email address").fill("nobody@example.org")
    await page.keyboard.press("Enter")
    await expect(page.locator(".field-fault, .notice").first).to_be_visible()
    found["refused"] = await axe_violations(page)
    await sign_in(site, page)
    for path in PAGES:
        await page.goto(site.base + path)
        assert await shade(page, "--action") == expected.action
        assert not await scrolls_sideways(page), path
        found[path] = await axe_violations(page)
    assert {where: violations for where, violations in found.items() if violations} == {}


@pytest.mark.spec("UX-4")
@pytest.mark.parametrize("width", [320, 1280])
async def test_the_logo_stands_beside_the_name_in_its_own_proportions(site: Site, open_page: OpenPage, width: int) -> None:
    await paint(site, Wishes(name="Maple Street", logo=png(120, 60)))
    page = await open_page(f"{site.base}{ASKING}", width=width)
    logo = page.locator("a.brand img")
    assert await logo.evaluate("image => image.complete && image.naturalWidth") == 120
    box = await logo.bounding_box()
    assert box is not None
    assert 1.8 <= box["width"] / box["height"] <= 2.2
    assert await page.title() == "Sign in – Maple Street"
    await expect(page.get_by_role("link", name="Maple Street", exact=True)).to_be_visible()


async def test_on_paper_the_ground_is_white(site: Site, open_page: OpenPage) -> None:
    await paint(site, Wishes(color="#7a1f5c"))
    page = await open_page(f"{site.base}{ASKING}")
    assert await shade(page, "--page-top") != "#ffffff"
    await page.emulate_media(media="print")
    assert await shade(page, "--page-top") == "#ffffff"


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/webp"])
async def test_pictures_made_by_a_real_program_are_read_as_they_are(open_page: OpenPage, kind: str) -> None:
    page = await open_page()
    data = await page.evaluate(
        """async kind => {
          const canvas = new OffscreenCanvas(96, 48);
          canvas.getContext("2d").fillRect(8, 8, 40, 20);
          return [...new Uint8Array(await (await canvas.convertToBlob({ type: kind })).arrayBuffer())];
        }""",
        kind,
    )
    read = read_logo(bytes(data))
    assert isinstance(read, Logo)
    assert (read.type, read.width, read.height) == (kind, 96, 48)
