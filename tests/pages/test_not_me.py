"""“This wasn't me” through the pages, without scripts: what the link in a notice opens (MFA-11)."""

import pytest

from tests.pages.person import ADA, SECURITY, Browser, NewBrowser, pass_time
from tests.pages.test_email_change import FRESH, NEW, change, link_to
from tests.pages.visitor import Page
from tests.world import HERE, PASSWORD, Practice
from wardkey.accounts.actions import tell_account
from wardkey.accounts.rules import email_key
from wardkey.notices.catalogue import NewDevice

pytestmark = pytest.mark.spec("MFA-11")


@pytest.fixture
async def owner(sqlite_practice: Practice, new_browser: NewBrowser) -> Browser:
    """Somebody at a browser where nobody is signed in, whose account was used on a new device."""
    account, _ = await sqlite_practice.add_person(ADA)
    async with sqlite_practice.write() as unit:
        await tell_account(unit, sqlite_practice.world, account, NewDevice(), HERE, sqlite_practice.clock.now())
    return new_browser(sqlite_practice)


async def opened(owner: Browser) -> Page:
    return await owner.open(await link_to(owner.practice, ADA, "not-me"))


async def test_the_page_says_what_the_button_does_and_the_button_does_it(owner: Browser, new_browser: NewBrowser) -> None:
    stranger = new_browser(owner.practice)
    await stranger.enter()
    page = await opened(owner)
    assert (page.status, page.heading) == (200, "This wasn't me")
    for words in ("is signed out, you too", "no longer trusted", "Your password stops working"):
        assert words in page.text
    assert ADA not in page.text
    page = await owner.send("Sign everyone out")
    assert (page.path, page.heading) == ("/not-me/done", "Choose a new password")
    assert ADA in page.text
    assert (await stranger.open(SECURITY)).path != SECURITY
    page = await stranger.sign_in(ADA, PASSWORD)
    assert page.heading == "Please choose a new password"
    await owner.open(await link_to(owner.practice, ADA, "reset-password"))
    await owner.send(password=FRESH)
    assert (await owner.send(email=ADA, password=FRESH)).path == "/"


async def test_an_address_that_was_changed_since_is_named_and_restored(owner: Browser, new_browser: NewBrowser) -> None:
    stranger = new_browser(owner.practice)
    await stranger.enter()
    await change(stranger)
    page = await opened(owner)
    assert f"{ADA} is the address of your account again." in page.text
    await owner.send("Sign everyone out")
    async with owner.practice.units.read() as unit:
        assert await unit.accounts.by_email(email_key(NEW)) is None
        assert await unit.accounts.by_email(email_key(ADA)) is not None
    assert "/reset-password/" in await link_to(owner.practice, ADA, "reset-password")


async def test_opening_the_link_spends_nothing(owner: Browser, new_browser: NewBrowser) -> None:
    """A mail scanner opens every link, with GET and with HEAD, many times."""
    stays = new_browser(owner.practice)
    await stays.enter()
    link = await link_to(owner.practice, ADA, "not-me")
    for _ in range(80):
        assert (await owner.get(link)).status_code == 200
    await owner.client.head(link)
    assert (await stays.open(SECURITY)).path == SECURITY


@pytest.mark.parametrize("is_pressed", [False, True], ids=["opened", "pressed"])
@pytest.mark.parametrize(
    ("why", "status", "heading", "words"),
    [
        ("used", 410, "This link was used already", "It has done its work"),
        ("expired", 410, "This link has expired", "It worked for some days only."),
        ("unknown", 404, "This link does not work", "Check that you opened all of it"),
    ],
)
async def test_a_link_that_is_over_says_why_and_what_to_do(
    owner: Browser, why: str, status: int, heading: str, words: str, is_pressed: bool
) -> None:
    link = await link_to(owner.practice, ADA, "not-me")
    if why == "used":
        await owner.open(link)
        await owner.send("Sign everyone out")
    elif why == "expired":
        pass_time(owner.practice, days=7)
    else:
        link = "/not-me/nothing"
    page = await owner.post(link, {}) if is_pressed else await owner.open(link)
    assert (page.status, page.heading) == (status, heading)
    assert page.title == f"Error: {heading} – Wardkey"
    assert words in page.text
    assert "ask an administrator of your practice" in page.text
    assert page.root.first("a", class_="button").attributes["href"] == "/forgot-password"


async def test_too_many_presses_have_to_wait_and_the_link_stays_good(owner: Browser) -> None:
    await opened(owner)
    for _ in range(owner.practice.world.settings.limits.links_opened_per_network):
        await owner.practice.world.counters.add("link_network:203.0.113.7/32", 3600)
    page = await owner.send("Sign everyone out")
    assert page.status == 429
    assert "Please wait a moment" in page.notice()
    pass_time(owner.practice, hours=1)
    assert (await owner.send("Sign everyone out")).path == "/not-me/done"


async def test_another_site_can_press_nothing(owner: Browser) -> None:
    link = await link_to(owner.practice, ADA, "not-me")
    assert (await owner.post(link, {}, sec_fetch_site="cross-site")).status == 403
    assert (await owner.open(link)).status == 200
