"""The demo's outbox."""

from datetime import datetime

import pytest

from tests.pages.person import ADA, IPHONE, NewBrowser
from tests.pages.visitor import Page
from tests.world import Practice, open_practice
from wardkey.surfaces.pages.demo import pieces

PATHS = ("/demo/outbox", "/demo/outbox.json", "/demo/outbox/1", "/demo/outbox/1/html")


async def ask_for_links(practice: Practice, new_browser: NewBrowser, *addresses: str) -> None:
    for address in addresses:
        browser = new_browser(practice)
        await browser.open("/forgot-password")
        await browser.send(email=address)
        await practice.deliver()
        await practice.deliver()
        await practice.deliver()


@pytest.mark.parametrize("path", PATHS)
async def test_outside_the_demo_there_is_no_outbox(sqlite_practice: Practice, new_browser: NewBrowser, path: str) -> None:
    await sqlite_practice.add_person(ADA)
    await ask_for_links(sqlite_practice, new_browser, ADA)
    assert sqlite_practice.outbox.sent
    assert (await new_browser(sqlite_practice).get(path)).status_code == 404


async def test_an_empty_outbox_says_what_to_try(sqlite_url: str, new_browser: NewBrowser) -> None:
    async with open_practice(sqlite_url, is_demo=True) as practice:
        browser = new_browser(practice)
        page = await browser.open("/demo/outbox")
        assert "No messages yet." in page.text
        assert "Sign up with any address" in page.text
        assert (await browser.get("/demo/outbox.json")).json() == []
        assert (await browser.get("/demo/outbox/1")).status_code == 404


async def test_messages_are_listed_newest_first_and_open_as_their_reader_sees_them(
    sqlite_url: str, new_browser: NewBrowser
) -> None:
    async with open_practice(sqlite_url, is_demo=True) as practice:
        await practice.add_person(ADA)
        await practice.add_person("eve@example.org", name="Eve <b>&</b>")
        await ask_for_links(practice, new_browser, ADA, "eve@example.org")
        browser = new_browser(practice, user_agent=IPHONE)
        page = await browser.open("/demo/outbox")
        records = [node.text for node in page.root.first("ul", class_="records").all("li")]
        assert ["To eve@example.org" in record for record in records] == [True, False]
        page = await browser.open(page.root.first("main").first("ul").first("a").attributes["href"])
        assert page.heading == "Choose a new password for Wardkey"
        links = [a.attributes["href"] for a in page.root.first("", class_="mail-text").all("a")]
        assert links[0].startswith("http://127.0.0.1:8080/reset-password/")
        assert (await browser.open(links[0])).heading == "Choose a new password"


async def test_the_mail_itself_is_kept_apart_and_may_only_lead_on(sqlite_url: str, new_browser: NewBrowser) -> None:
    async with open_practice(sqlite_url, is_demo=True) as practice:
        await practice.add_person(ADA)
        await ask_for_links(practice, new_browser, ADA)
        browser = new_browser(practice)
        page = Page(await browser.get("/demo/outbox/1"))
        frame = page.root.first("iframe").attributes
        assert (frame["src"], frame["sandbox"]) == ("/demo/outbox/1/html", "allow-top-navigation-by-user-activation")
        assert page.answer.headers.get_list("content-security-policy", split_commas=False) == [
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
            "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; frame-src 'self'"
        ]
        mail = await browser.get(frame["src"])
        [policy] = mail.headers.get_list("content-security-policy", split_commas=False)
        assert "sandbox allow-top-navigation-by-user-activation" in policy
        assert "script-src" not in policy
        assert policy.startswith("default-src 'none'; ")
        assert '<base target="_top">' in mail.text
        assert practice.outbox.sent[0].html.partition("<head>")[2] in mail.text


async def test_programs_read_the_outbox_as_pinned(sqlite_url: str, new_browser: NewBrowser) -> None:
    async with open_practice(sqlite_url, is_demo=True) as practice:
        await practice.add_person(ADA)
        await ask_for_links(practice, new_browser, ADA)
        answer = await new_browser(practice).get("/demo/outbox.json")
        assert answer.headers["content-type"].startswith("application/json")
        [message] = answer.json()
        assert list(message) == ["id", "channel", "to", "subject", "text", "html", "sent_at"]
        assert (message["channel"], message["to"], message["id"]) == ("email", ADA, "1")
        assert datetime.fromisoformat(message["sent_at"]).tzinfo is not None


def test_addresses_in_a_text_become_links_and_nothing_else_does() -> None:
    text = 'Open https://a.example/x?y=1&z=2 now.\nNot <https://b.example/"> or javascript:alert(1).'
    found = pieces(text)
    assert "".join(piece.text for piece in found) == text
    assert [piece.text for piece in found if piece.is_address] == ["https://a.example/x?y=1&z=2", "https://b.example/"]
