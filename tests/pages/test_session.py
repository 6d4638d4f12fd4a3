"""Who is let in, what happens to those who are not signed in any more, and signing out."""

from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest

from tests.pages.person import ADA, IPHONE, NewBrowser, pass_time
from tests.pages.visitor import Page
from tests.world import PASSWORD, Practice
from wardkey.surfaces.pages import home, security, step_up
from wardkey.vocabulary import Role

HANDLERS: Final[list[Any]] = [*home.HANDLERS, *security.HANDLERS, *step_up.HANDLERS]
PAGES: Final = sorted(
    path.replace("{credential:str}", "cred_" + "0" * 26)
    for handler in HANDLERS
    for path in handler.paths
    if "GET" in handler.http_methods
)
ACTS: Final = sorted(
    path.replace("{session:str}", "0" * 32) for handler in HANDLERS for path in handler.paths if "POST" in handler.http_methods
)
CHANGE: Final = {"current_password": PASSWORD, "new_password": "another good one for me", "code": "123456"}
NOT_SESSIONS: Final = ("", "x", "a" * 43, "../../etc", "a" * 4_000, "%00%00", "ünï", '"quoted"', "0' OR '1'='1")


def links_of(answer: httpx.Response) -> list[str]:
    """Where the links of a page's main part lead."""
    return [link.attributes["href"] for link in Page(answer).root.first("main").all("a")]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_for_signed_in_people_sends_others_to_sign_in_and_knows_where_they_wanted_to_go(
    sqlite_practice: Practice, new_browser: NewBrowser, path: str
) -> None:
    browser = new_browser(sqlite_practice)
    answer = await browser.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == ("/sign-in" if path == "/" else f"/sign-in?return_to={path}")


@pytest.mark.parametrize("path", ACTS)
async def test_an_act_without_a_session_leads_to_sign_in(sqlite_practice: Practice, new_browser: NewBrowser, path: str) -> None:
    browser = new_browser(sqlite_practice)
    answer = await browser.post_only(path, CHANGE)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?return_to=/account/security")


@pytest.mark.parametrize("path", ["/sign-out", *ACTS])
async def test_an_act_sent_by_another_site_is_refused(sqlite_practice: Practice, new_browser: NewBrowser, path: str) -> None:
    await sqlite_practice.add_person(ADA)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}):
        answer = await browser.client.post(path, headers=headers)
        assert answer.status_code == 403
        assert Page(answer).heading == "That came from another site"
    assert (await browser.get("/account/security")).status_code == 200


@pytest.mark.spec("SIGN-5")
async def test_after_three_hours_the_person_is_told_and_comes_back_to_where_they_were(
    practice: Practice, new_browser: NewBrowser
) -> None:
    await practice.add_person(ADA)
    browser = new_browser(practice)
    await browser.enter()
    token = browser.session or ""
    pass_time(practice, hours=2, minutes=59, seconds=59)
    assert (await browser.get("/account/security/activity?before=x")).status_code == 200
    pass_time(practice, seconds=1)
    browser.session = token
    answer = await browser.get("/account/security/activity?before=x")
    assert answer.headers["location"] == f"/session-expired?return_to={quote('/account/security/activity?before=x')}"
    told = await browser.get(answer.headers["location"])
    assert told.status_code == 200
    assert "ends 3 hours after sign-in" in Page(told).text
    assert "Sign in again and continue where you were." in Page(told).text
    assert browser.session is None
    [again] = links_of(told)
    await browser.open(again)
    back = await browser.send(email=ADA, password=PASSWORD)
    assert back.address.endswith("/account/security/activity?before=x")


@pytest.mark.spec("SIGN-5")
async def test_an_act_sent_after_the_end_changes_nothing_and_leads_back_to_its_form(
    sqlite_practice: Practice, new_browser: NewBrowser
) -> None:
    await sqlite_practice.add_person(ADA)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    token = browser.session or ""
    pass_time(sqlite_practice, hours=3)
    browser.session = token
    sent = await browser.post_only("/account/security/password", CHANGE)
    assert sent.headers["location"] == "/session-expired?return_to=/account/security/password"
    ended = await browser.post_only(f"/account/security/sessions/{'0' * 32}/end", {})
    assert ended.headers["location"] == "/session-expired?return_to=/account/security"
    await browser.enter()


@pytest.mark.spec("SIGN-5")
async def test_where_the_practice_asks_for_it_a_session_ends_without_activity_and_activity_keeps_it(
    sqlite_practice: Practice, new_browser: NewBrowser
) -> None:
    clinic = await sqlite_practice.add_organization(idle_minutes=15)
    await sqlite_practice.add_person(ADA, organization=clinic)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    for _ in range(4):
        pass_time(sqlite_practice, minutes=14)
        page = await browser.get("/")
        assert page.status_code == 200
        assert 'data-session-s="900"' in page.text
    pass_time(sqlite_practice, minutes=15)
    assert (await browser.get("/")).headers["location"] == "/session-expired?return_to=/"


async def test_the_page_knows_when_its_session_ends_and_when_to_warn(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    account, _ = await sqlite_practice.add_person(ADA)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    pass_time(sqlite_practice, hours=1)
    page = await browser.get("/account/security")
    assert f'data-person="{account.id}" data-session-s="7200" data-warn-s="120"' in page.text


@pytest.mark.parametrize("value", NOT_SESSIONS)
async def test_a_cookie_that_is_no_session_opens_nothing(sqlite_practice: Practice, new_browser: NewBrowser, value: str) -> None:
    browser = new_browser(sqlite_practice)
    answer = await browser.client.get("/account/security", headers=[(b"cookie", f"wardkey_session={value}".encode())])
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(("/session-expired?", "/sign-in?"))


async def test_the_stored_id_of_a_session_signs_nobody_in(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    account, _ = await sqlite_practice.add_person(ADA)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    async with sqlite_practice.units.read() as unit:
        [session] = await unit.sessions.live(account.id, sqlite_practice.clock.now())
    thief = new_browser(sqlite_practice)
    thief.session = session.id
    assert (await thief.get("/account/security")).headers["location"].startswith("/session-expired?")


@pytest.mark.spec("SIGN-6")
async def test_signing_out_ends_the_session_and_says_so(practice: Practice, new_browser: NewBrowser) -> None:
    await practice.add_person(ADA)
    browser, other = new_browser(practice), new_browser(practice, user_agent=IPHONE)
    await browser.enter()
    await other.enter()
    token = browser.session or ""
    answer = await browser.post_only("/sign-out", {})
    assert answer.status_code == 303
    assert answer.headers["clear-site-data"] == '"storage"'
    assert browser.session is None
    told = await browser.get(answer.headers["location"])
    assert Page(told).heading == "You are signed out"
    assert links_of(told) == ["/sign-in"]
    browser.session = token
    assert (await browser.get("/")).headers["location"] == "/session-expired?return_to=/"
    assert (await other.get("/")).status_code == 200
    assert "You signed out." in (await other.open("/account/security")).text


async def test_signing_out_twice_or_without_a_session_says_the_same(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    browser = new_browser(sqlite_practice)
    for token in (None, "gone"):
        if token:
            browser.session = token
        assert (await browser.post_only("/sign-out", {})).headers["location"] == "/signed-out"
    assert (await browser.get("/sign-out")).status_code == 405


async def test_whoever_is_signed_in_is_not_told_otherwise(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await sqlite_practice.add_person(ADA, role=Role.CLIENT)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    assert (await browser.get("/signed-out")).headers["location"] == "/"
    assert (await browser.get("/session-expired?return_to=/account/security")).headers["location"] == "/account/security"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\tb"]
)
async def test_nobody_is_led_elsewhere(sqlite_practice: Practice, new_browser: NewBrowser, elsewhere: str) -> None:
    browser = new_browser(sqlite_practice)
    told = await browser.get(f"/session-expired?return_to={quote(elsewhere)}")
    assert links_of(told) == ["/sign-in?return_to=/"]
