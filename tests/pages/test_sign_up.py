"""Signing up and confirming the address through the pages, without scripts."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.pages.visitor import Page, Visitor
from tests.world import PASSWORD, Practice

EMAIL = "sam@example.org"
RIGHT = {"name": "Sam Rivera", "email": EMAIL, "password": PASSWORD}


async def sign_up(visitor: Visitor, **changed: str) -> Page:
    await visitor.open("/sign-up")
    return await visitor.send(**{**RIGHT, **changed})


async def newest_link(practice: Practice, email: str = EMAIL) -> str:
    await practice.deliver()
    return next(word for word in str(practice.mails_to(email)[-1].text).split() if "/verify-email/" in word)


@pytest.mark.spec("ACC-1", "UX-1")
async def test_a_new_person_confirms_the_address_with_one_press_and_signs_in(visitor: Visitor, sqlite_practice: Practice) -> None:
    page = await sign_up(visitor)
    assert (page.path, page.heading) == ("/sign-up/sent", "Check your email")
    assert EMAIL in page.text
    page = await visitor.open(await newest_link(sqlite_practice))
    assert page.heading == "Confirm your email address"
    assert not list(page.root.all("", name="password"))
    page = await visitor.send("Confirm address")
    assert page.path == "/sign-in"
    assert "Your email address is confirmed." in page.notice()
    assert page.value("email") == EMAIL
    assert (await visitor.send(email=EMAIL, password=PASSWORD)).path == "/"


@pytest.mark.spec("ACC-1")
async def test_opening_a_link_spends_nothing(
    visitor: Visitor, new_visitor: Callable[[], Visitor], sqlite_practice: Practice
) -> None:
    await sign_up(visitor)
    link, scanner = await newest_link(sqlite_practice), new_visitor()
    for _ in range(3):
        assert (await scanner.open(link)).heading == "Confirm your email address"
    await visitor.open(link)
    assert "confirmed" in (await visitor.send("Confirm address")).notice()


@pytest.mark.spec("ACC-1")
async def test_another_browser_needs_the_password_chosen_at_sign_up(
    visitor: Visitor, new_visitor: Callable[[], Visitor], sqlite_practice: Practice
) -> None:
    await sign_up(visitor)
    other = new_visitor()
    await other.open(await newest_link(sqlite_practice))
    page = await other.send("Confirm address")
    assert (page.status, page.fault("password")) == (422, "Enter your password.")
    page = await other.send("Confirm address", password="another one entirely")
    assert page.status == 422
    assert "not the password chosen at sign-up" in page.fault("password")
    assert page.value("password") == ""
    assert "confirmed" in (await other.send("Confirm address", password=PASSWORD)).notice()


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"name": ""}, "name", "Enter your name."),
        ({"name": "x" * 101}, "name", "at most 100"),
        ({"name": "Sam\u202e"}, "name", "invisible"),
        ({"name": "Sam\0"}, "name", "invisible"),
        ({"email": ""}, "email", "Enter your email address."),
        ({"email": "sam"}, "email", "like name@example.org"),
        ({"email": "sam@exa\u200bmple.org"}, "email", "invisible"),
        ({"email": "s" * 250 + "@example.org"}, "email", "at most 254"),
        ({"email": "<b>@example.org"}, "email", "like name@example.org"),
        ({"password": ""}, "password", "Enter your password."),
        ({"password": "a few words"}, "password", "at least 15"),
        ({"password": "ab" * 65}, "password", "at most 128"),
        ({"password": "sam rivera sam rivera"}, "password", "built around"),
        ({"password": "correct horse battery staple"}, "password", "data leaks"),
        ({"password": "aaaaaaaaaaaaaaaaaaaa"}, "password", "easy to guess"),
    ],
)
async def test_a_wrong_field_is_told_beside_it_and_the_rest_stays(
    visitor: Visitor, sqlite_practice: Practice, changed: dict[str, str], field: str, words: str
) -> None:
    page = await sign_up(visitor, **changed)
    sent = {**RIGHT, **changed}
    assert page.status == 422
    assert page.title == "Error: Create an account – Wardkey"
    assert words in page.fault(field)
    assert [name for name in RIGHT if page.fault(name)] == [field]
    assert page.value("name") == sent["name"]
    assert page.value("email") == sent["email"]
    assert page.value("password") == ""
    assert "autofocus" in page.field(field).attributes
    await sqlite_practice.deliver()
    assert sqlite_practice.outbox.sent == []


async def test_several_wrong_fields_are_listed_in_their_order_with_links_to_them(visitor: Visitor) -> None:
    page = await sign_up(visitor, name="", email="", password="")
    summary = page.root.first("", class_="notice")
    assert [link.attributes["href"] for link in summary.all("a")] == ["#name", "#email", "#password"]
    assert summary.attributes["role"] == "alert"


@pytest.mark.spec("ACC-7")
async def test_an_address_with_an_account_is_answered_like_one_without(
    visitor: Visitor, new_visitor: Callable[[], Visitor], sqlite_practice: Practice
) -> None:
    await sqlite_practice.add_person(EMAIL)
    known, unknown = await sign_up(visitor), await sign_up(new_visitor(), email="new@example.org")
    assert known.status == unknown.status == 200
    assert known.text.replace(EMAIL, "…") == unknown.text.replace("new@example.org", "…")


@pytest.mark.spec("ACC-1")
async def test_a_used_link_says_so_and_leads_to_sign_in_or_a_new_one(visitor: Visitor, sqlite_practice: Practice) -> None:
    await sign_up(visitor)
    link = await newest_link(sqlite_practice)
    await visitor.open(link)
    await visitor.send("Confirm address")
    page = await visitor.open(link)
    assert (page.status, page.heading) == (410, "This link was used already")
    assert page.root.first("a", class_="button").attributes["href"] == "/sign-in"
    assert page.form_with("email", button="Send a new link").attributes["action"] == "/verify-email/resend"


@pytest.mark.spec("ACC-1")
async def test_an_expired_link_says_so_and_a_new_one_takes_a_press(visitor: Visitor, sqlite_practice: Practice) -> None:
    await sign_up(visitor)
    link = await newest_link(sqlite_practice)
    await visitor.open(link)
    sqlite_practice.clock.advance(timedelta(days=7, seconds=1))
    page = await visitor.send("Confirm address")
    assert (page.status, page.heading) == (410, "This link has expired")
    page = await visitor.send("Send a new link", email=EMAIL)
    assert (page.path, page.heading) == ("/sign-up/sent", "Check your email")
    newer = await newest_link(sqlite_practice)
    assert newer != link
    assert (await visitor.open(link)).status == 410
    await visitor.open(newer)
    assert "confirmed" in (await visitor.send("Confirm address", password=PASSWORD)).notice()


@pytest.mark.parametrize("token", ["nothing", "A" * 2000, "%00", "..%2F..%2Fetc", "%F0%9F%92%A9"])
async def test_a_link_that_was_never_sent_says_so(visitor: Visitor, token: str) -> None:
    page = await visitor.open(f"/verify-email/{token}")
    assert page.status == 404
    assert page.heading in ("This link does not work", "There is nothing here")


@pytest.mark.parametrize("email", ["", "sam", "s\0@example.org", "x" * 300])
async def test_a_wrong_address_for_a_new_link_is_told_and_kept(visitor: Visitor, email: str) -> None:
    await visitor.open("/verify-email/resend")
    page = await visitor.send("Send a new link", email=email)
    assert page.status == 422
    assert page.fault("email")
    assert page.value("email") == email


async def test_too_many_sign_ups_from_one_place_have_to_wait_and_lose_nothing(
    visitor: Visitor, sqlite_practice: Practice
) -> None:
    for _ in range(sqlite_practice.world.settings.limits.sign_ups_per_network):
        await sqlite_practice.world.counters.add("sign_up_network:203.0.113.7/32", 3600)
    page = await sign_up(visitor)
    assert page.status == 429
    assert int(page.answer.headers["retry-after"]) > 0
    assert "Please wait a moment" in page.notice()
    assert page.value("email") == EMAIL


async def test_another_site_signs_nobody_up(visitor: Visitor, sqlite_practice: Practice) -> None:
    page = await visitor.post("/sign-up", RIGHT, sec_fetch_site="cross-site")
    assert page.status == 403
    await sqlite_practice.deliver()
    assert sqlite_practice.outbox.sent == []


async def test_the_address_is_shown_for_a_quarter_of_an_hour_and_no_longer(visitor: Visitor) -> None:
    answer = await visitor.post_only("/sign-up", RIGHT)
    (kept,) = (cookie for cookie in answer.headers.get_list("set-cookie") if cookie.startswith("wardkey_email="))
    assert "Max-Age=900;" in kept
    assert "HttpOnly" in kept
