"""The page of one's own devices: which are known, which are trusted, and ending that (MFA-9)."""

import pytest

from tests.devices.devices import DAY, known, trusts
from tests.devices.devices import Browser as Tokens
from tests.pages.person import ADA, SECURITY, Browser, NewBrowser
from tests.pages.visitor import Node, Page
from tests.world import Practice
from wardkey.accounts.rules import Account
from wardkey.settings import Settings
from wardkey.surfaces.pages import cookies, devices

pytestmark = pytest.mark.spec("MFA-9")
PATH = f"{SECURITY}/devices"


@pytest.fixture
async def ada(sqlite_practice: Practice) -> Account:
    found, _ = await sqlite_practice.add_person(ADA)
    return found


def card(page: Page, name: str) -> Node:
    """A card of the page: trusted, known."""
    return page.root.first("section", id=name)


def rows(page: Page, name: str) -> list[str]:
    return [row.text for row in card(page, name).all("li")]


async def on(tokens: Tokens, new_browser: NewBrowser) -> Browser:
    """Ada, signed in with the browser that has these tokens."""
    browser = new_browser(tokens.practice)
    for name, token in (("wardkey_device", tokens.device), ("wardkey_trust", tokens.trust)):
        if token:
            browser.client.cookies.set(name, token, domain="127.0.0.1", path="/")
    await browser.enter()
    return browser


async def trusting(practice: Practice, account: Account) -> Tokens:
    tokens = Tokens(practice)
    await tokens.sign_in(account, trusting=True)
    return tokens


async def test_a_person_sees_their_devices_and_which_is_this_one(
    sqlite_practice: Practice, new_browser: NewBrowser, ada: Account
) -> None:
    desk = await trusting(sqlite_practice, ada)
    sqlite_practice.clock.advance(DAY)
    await trusting(sqlite_practice, ada)
    page = await (await on(desk, new_browser)).open(PATH)
    assert page.heading == "Your devices"
    for name in ("trusted", "known"):
        first, second = rows(page, name)
        assert "This device" in first
        assert "This device" not in second
    assert "Trusted until 8 December 2026, 12:00" in rows(page, "trusted")[0]
    assert "near Leeds, United Kingdom" in rows(page, "known")[0]
    assert desk.device not in page.answer.text
    assert desk.trust not in page.answer.text


async def test_a_person_without_devices_is_told_how_there_come_to_be_some(
    sqlite_practice: Practice, new_browser: NewBrowser, ada: Account
) -> None:
    page = await (await on(Tokens(sqlite_practice), new_browser)).open(PATH)
    assert "You trust no device." in card(page, "trusted").text
    assert "for 14 days" in card(page, "trusted").text


async def test_one_device_is_no_longer_trusted_at_the_press_of_its_button(
    sqlite_practice: Practice, new_browser: NewBrowser, ada: Account
) -> None:
    desk, phone = await trusting(sqlite_practice, ada), await trusting(sqlite_practice, ada)
    browser = await on(desk, new_browser)
    await browser.open(PATH)
    page = await browser.send("Stop trusting")
    assert page.path == PATH
    assert "That device is no longer trusted." in page.notice()
    assert [await desk.is_trusted(ada), await phone.is_trusted(ada)] == [False, True]
    assert len(rows(page, "trusted")) == 1
    assert "Stop trusting all" not in card(page, "trusted").text


async def test_all_devices_are_no_longer_trusted_after_one_question(
    sqlite_practice: Practice, new_browser: NewBrowser, ada: Account
) -> None:
    desk, phone = await trusting(sqlite_practice, ada), await trusting(sqlite_practice, ada)
    browser = await on(desk, new_browser)
    page = await browser.open(PATH)
    link = next(node for node in card(page, "trusted").all("a") if node.text == "Stop trusting all")
    page = await browser.open(link.attributes["href"])
    assert page.heading == "Stop trusting all devices?"
    assert len(list(page.root.first("ul", class_="bullets").all("li"))) == 2
    assert await desk.is_trusted(ada), "only asked so far"
    page = await browser.send("Stop trusting all")
    assert "You trust no device any more." in page.notice()
    assert not any([await desk.is_trusted(ada), await phone.is_trusted(ada)])
    page = await browser.open(f"{PATH}/trusted/end-all")
    assert "You trust no device." in page.text
    page = await browser.post(f"{PATH}/trusted/end-all", {})
    assert "You trust no device." in page.notice()


async def test_a_device_is_forgotten_and_trusted_no_longer(
    sqlite_practice: Practice, new_browser: NewBrowser, ada: Account
) -> None:
    desk = await trusting(sqlite_practice, ada)
    browser = await on(desk, new_browser)
    page = await browser.open(PATH)
    before = len(rows(page, "known"))
    page = await browser.send("Forget")
    assert "That device is forgotten." in page.notice()
    assert len(rows(page, "known") if before > 1 else []) == before - 1
    assert not await desk.is_trusted(ada)
    assert (await browser.open(SECURITY)).path == SECURITY, "still signed in"


async def test_a_button_pressed_too_late_says_so(sqlite_practice: Practice, new_browser: NewBrowser, ada: Account) -> None:
    desk = await trusting(sqlite_practice, ada)
    browser, other = await on(desk, new_browser), await on(desk, new_browser)
    await other.open(PATH)
    for button, title in (("Stop trusting", "That device is not trusted"), ("Forget", "That device is no longer there")):
        await browser.open(PATH)
        await other.open(PATH)
        await browser.send(button)
        page = await other.send(button)
        assert page.status == 404
        assert title in page.text


async def test_a_name_of_nothing_does_nothing(sqlite_practice: Practice, new_browser: NewBrowser, ada: Account) -> None:
    browser = await on(await trusting(sqlite_practice, ada), new_browser)
    for path in (f"{PATH}/dev_%00/forget", f"{PATH}/x/forget", f"{PATH}/trusted/%00/end", f"{PATH}/trusted/trd_x/end"):
        assert (await browser.post_only(path, {})).status_code == 404, path
    assert len(await trusts(sqlite_practice, ada)) == 1


async def test_nobody_ends_trust_or_forgets_a_device_of_somebody_else(
    sqlite_practice: Practice, new_browser: NewBrowser, ada: Account
) -> None:
    eve, _ = await sqlite_practice.add_person("eve@example.org")
    await trusting(sqlite_practice, eve)
    browser = await on(await trusting(sqlite_practice, ada), new_browser)
    (trust,), (device,) = await trusts(sqlite_practice, eve), await known(sqlite_practice, eve)
    assert (await browser.post_only(f"{PATH}/trusted/{trust.id}/end", {})).status_code == 404
    assert (await browser.post_only(f"{PATH}/{device.id}/forget", {})).status_code == 404
    await browser.post(f"{PATH}/trusted/end-all", {})
    assert (await trusts(sqlite_practice, eve), await known(sqlite_practice, eve)) == ([trust], [device])


@pytest.mark.parametrize("path", [PATH, f"{PATH}/trusted/end-all"])
async def test_whoever_is_not_signed_in_is_led_to_sign_in_and_back(
    sqlite_practice: Practice, new_browser: NewBrowser, path: str
) -> None:
    answer = await new_browser(sqlite_practice).get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?return_to={path}")


async def test_no_act_is_done_for_whoever_is_not_signed_in_or_comes_from_elsewhere(
    sqlite_practice: Practice, new_browser: NewBrowser, ada: Account
) -> None:
    desk = await trusting(sqlite_practice, ada)
    browser, stranger = await on(desk, new_browser), new_browser(sqlite_practice)
    (trust,), (device,) = await trusts(sqlite_practice, ada), await known(sqlite_practice, ada)
    acts = (f"{PATH}/{device.id}/forget", f"{PATH}/trusted/{trust.id}/end", f"{PATH}/trusted/end-all")
    templates = {path for handler in devices.HANDLERS for path in handler.paths if "POST" in handler.http_methods}
    assert len(acts) == len(templates)
    for act in acts:
        assert (await stranger.post_only(act, {})).status_code == 303
        assert (await browser.post_only(act, {}, sec_fetch_site="cross-site")).status_code == 403
    assert await desk.is_trusted(ada)
    assert len(await known(sqlite_practice, ada)) == 1


async def test_a_person_who_signs_out_leaves_the_device_known_and_trusted(
    sqlite_practice: Practice, new_browser: NewBrowser, ada: Account
) -> None:
    browser = await on(await trusting(sqlite_practice, ada), new_browser)
    await browser.open(PATH)
    await browser.send("Sign out")
    assert browser.cookie("wardkey_device")
    assert browser.cookie("wardkey_trust")
    assert len(await trusts(sqlite_practice, ada)) == 1


def test_the_cookies_are_kept_from_scripts_and_other_hosts_and_last_as_long_as_set() -> None:
    secure, plain = Settings(public_url="https://signin.example.org"), Settings()
    for settings, prefix in ((secure, "__Host-"), (plain, "")):
        device, trust = cookies.write_device(settings, "d"), cookies.write_trust(settings, "t")
        assert (device.key, device.value, device.max_age) == (f"{prefix}wardkey_device", "d", 400 * 86_400)
        assert (trust.key, trust.value, trust.max_age) == (f"{prefix}wardkey_trust", "t", 14 * 86_400)
        for cookie in (device, trust):
            assert (cookie.httponly, cookie.samesite, cookie.path, cookie.domain) == (True, "lax", "/", None)
            assert cookie.secure is settings.is_https
