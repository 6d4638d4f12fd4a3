"""The HTML of every notice, as a real browser shows it."""

from typing import Literal

import pytest

from tests.chromium import OpenPage, axe_violations, scrolls_sideways
from tests.notices.letters import HOME, TRANSLATED, envelope, tag_of
from wardkey.notices.catalogue import EXAMPLES, Notice, ResetPassword
from wardkey.notices.rendering import render
from wardkey.settings import Settings
from wardkey.vocabulary import Language

LONG_NAME = "Maximiliana Wolfeschlegelsteinhausenbergerdorff"


@pytest.mark.spec("UX-5")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("notice", EXAMPLES, ids=tag_of)
async def test_a_notice_is_readable_on_a_small_screen_in_any_light(
    open_page: OpenPage, notice: Notice, language: Language, scheme: Literal["light", "dark"]
) -> None:
    page = await open_page(scheme=scheme, width=320)
    await page.set_content(render(envelope(notice, language), Settings(public_url=HOME), "id").html)
    assert await axe_violations(page) == []
    assert not await scrolls_sideways(page)
    background = await page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (max(background) < 64) == (scheme == "dark")


async def test_a_long_link_and_a_long_name_stay_within_the_screen(open_page: OpenPage) -> None:
    letter = envelope(ResetPassword(token="A" * 200, valid_minutes=30), name=LONG_NAME)
    page = await open_page(width=320)
    await page.set_content(render(letter, Settings(public_url=HOME, brand_name=LONG_NAME), "id").html)
    assert not await scrolls_sideways(page)


async def test_the_button_is_large_enough_for_a_thumb_and_leads_to_the_link(open_page: OpenPage) -> None:
    page = await open_page(width=360, phone=True)
    await page.set_content(render(envelope(ResetPassword(token="abc", valid_minutes=30)), Settings(public_url=HOME), "id").html)
    button = page.get_by_role("link", name="Choose a new password", exact=True)
    box = await button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert await button.get_attribute("href") == f"{HOME}/reset-password/abc"
