"""What people read when something fails."""

from typing import Final, NoReturn

import httpx
import msgspec
import pytest

from tests.pages.person import ADA, SECURITY, Browser, NewBrowser
from tests.pages.visitor import Page
from tests.world import HERE, Practice
from wardkey.ports import Unavailable
from wardkey.problems import PROBLEMS
from wardkey.surfaces.pages.errors import error_page
from wardkey.surfaces.visit import Visit
from wardkey.vocabulary import LANGUAGES, Language

WORDS_OF_PROGRAMS: Final = ("Traceback", "Exception", "Error(", "None", "%(", "wardkey.", "sqlite", "postgres")


class Down:
    """A database that does not answer, or a mistake of ours."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self) -> "Down":
        return self

    write = read

    async def __aenter__(self) -> NoReturn:
        raise self._error

    async def __aexit__(self, *_: object) -> None: ...


def shown(headers: list[tuple[bytes, bytes]], body: bytes) -> Page:
    return Page(httpx.Response(500, headers=headers, content=body, request=httpx.Request("GET", "http://127.0.0.1/")))


def broken(practice: Practice, new_browser: NewBrowser, error: Exception) -> Browser:
    browser = new_browser(practice, service=msgspec.structs.replace(practice.service, units=Down(error)))
    browser.session = "anything"
    return browser


@pytest.mark.spec("UX-1")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_failure_has_a_page_in_words(sqlite_practice: Practice, language: Language) -> None:
    visit = Visit(sqlite_practice.service, msgspec.structs.replace(HERE, language=language))
    for code in PROBLEMS:
        page = shown(*error_page(visit, PROBLEMS[code].status, code, 61, "K7QM-2XPD"))
        assert page.answer.headers["content-type"] == "text/html; charset=utf-8"
        assert page.answer.headers["content-language"] == language
        assert page.root.first("html").attributes["lang"] == language
        assert page.heading
        assert page.heading in page.title
        assert "K7QM-2XPD" in page.text
        assert not [word for word in WORDS_OF_PROGRAMS if word in page.root.text]
        assert [a.attributes["href"] for a in page.root.first("main").all("a")] == ["/"]


@pytest.mark.parametrize(("path", "heading"), [("/nowhere", "There is nothing here"), ("/account", "There is nothing here")])
async def test_an_address_that_is_none_says_so(
    sqlite_practice: Practice, new_browser: NewBrowser, path: str, heading: str
) -> None:
    page = Page(await new_browser(sqlite_practice).get(path))
    assert (page.status, page.heading) == (404, heading)
    assert "reference" not in page.text.lower()


async def test_the_wrong_kind_of_request_says_so(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    browser = new_browser(sqlite_practice)
    for method, path in (("DELETE", SECURITY), ("PUT", "/"), ("POST", SECURITY), ("GET", "/sign-out")):
        page = Page(await browser.client.request(method, path, headers={"sec-fetch-site": "same-origin"}))
        assert (page.status, page.heading) == (405, "That does not work here")
        assert page.answer.headers["allow"]


async def test_a_form_that_is_too_large_says_so(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await sqlite_practice.add_person(ADA)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    for path in (f"{SECURITY}/password", "/account/confirm"):
        page = await browser.post(path, {"current_password": "x" * 10_000_000})
        assert (page.status, page.heading) == (413, "That is too much at once")


@pytest.mark.parametrize("path", ["/", SECURITY, f"{SECURITY}/activity", "/account/confirm", "/session-expired", "/signed-out"])
async def test_without_its_database_every_page_asks_for_a_moment(
    sqlite_practice: Practice, new_browser: NewBrowser, path: str
) -> None:
    browser = broken(sqlite_practice, new_browser, Unavailable("database", retry_after=7))
    page = Page(await browser.get(path))
    assert (page.status, page.heading) == (503, "Please try again in a moment")
    assert page.answer.headers["retry-after"] == "7"
    assert "Nothing was changed." in page.text
    assert browser.session == "anything", "nobody is signed out by an outage"


async def test_a_mistake_of_ours_gives_a_reference_and_nothing_else(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    browser = broken(sqlite_practice, new_browser, RuntimeError("the key is 12345"))
    page = Page(await browser.get(SECURITY))
    assert (page.status, page.heading) == (500, "Something went wrong on our side")
    assert page.answer.headers["x-request-id"] in page.text
    assert "12345" not in page.answer.text
    assert not [word for word in WORDS_OF_PROGRAMS if word in page.root.text]


async def test_a_failure_is_told_in_the_visitors_language(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    browser = new_browser(sqlite_practice)
    browser.client.headers["accept-language"] = "es"
    page = Page(await browser.get("/nowhere"))
    assert page.root.first("html").attributes["lang"] == "es"
    browser.client.cookies.set("wardkey_language", "en", domain="127.0.0.1")
    assert Page(await browser.get("/nowhere")).root.first("html").attributes["lang"] == "en"
