"""Choosing a new password with an emailed link, through the pages, without scripts."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.pages.visitor import Page, Visitor
from tests.world import PASSWORD, Practice
from wardkey.accounts.rules import Status

EMAIL = "ada@example.org"
NEW = "a kettle, two cups, no saucer"
KEY = b"12345678901234567890"


async def ask(visitor: Visitor, email: str = EMAIL) -> Page:
    await visitor.open("/forgot-password")
    return await visitor.send(email=email)


async def newest_link(practice: Practice, email: str = EMAIL) -> str:
    await practice.deliver()
    return next(word for word in str(practice.mails_to(email)[-1].text).split() if "/reset-password/" in word)


@pytest.mark.spec("ACC-6", "UX-1")
async def test_a_new_password_is_set_by_link_and_opens_the_account(visitor: Visitor, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(EMAIL)
    page = await ask(visitor)
    assert (page.path, page.heading) == ("/forgot-password/sent", "Check your email")
    assert EMAIL in page.text
    assert "30 minutes" in page.text
    page = await visitor.open(await newest_link(sqlite_practice))
    assert page.heading == "Choose a new password"
    assert page.field("password").attributes["autocomplete"] == "new-password"
    page = await visitor.send(password=NEW)
    assert page.path == "/sign-in"
    assert "Your new password is set." in page.notice()
    assert page.value("email") == EMAIL
    assert visitor.cookie("wardkey_session") is None
    assert (await visitor.send(email=EMAIL, password=NEW)).path == "/"


@pytest.mark.spec("ACC-6")
async def test_a_new_password_does_not_stand_in_for_the_code(visitor: Visitor, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(EMAIL, totp_key=KEY, recovery_code=True)
    await ask(visitor)
    await visitor.open(await newest_link(sqlite_practice))
    await visitor.send(password="two cups of tea")
    page = await visitor.send(email=EMAIL, password="two cups of tea")
    assert page.heading == "Enter your code"


@pytest.mark.spec("ACC-6", "ACC-7")
@pytest.mark.parametrize("status", [None, Status.UNVERIFIED, Status.SUSPENDED, Status.DEACTIVATED])
async def test_the_answer_is_the_same_whoever_the_address_belongs_to(
    visitor: Visitor, new_visitor: Callable[[], Visitor], sqlite_practice: Practice, status: Status | None
) -> None:
    if status is not None:
        await sqlite_practice.add_person(EMAIL, status=status)
    await sqlite_practice.add_person("max@example.org")
    asked, known = await ask(visitor), await ask(new_visitor(), "max@example.org")
    assert asked.status == known.status == 200
    assert asked.text.replace(EMAIL, "…") == known.text.replace("max@example.org", "…")


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("", "Enter your email address."),
        ("ada", "like name@example.org"),
        ("ada@exa\u200bmple.org", "invisible"),
        ("ada\0@example.org", "invisible"),
        ("x" * 300, "at most 254"),
    ],
)
async def test_a_wrong_address_is_told_beside_its_field_and_kept(visitor: Visitor, email: str, words: str) -> None:
    page = await ask(visitor, email)
    assert page.status == 422
    assert words in page.fault("email")
    assert page.value("email") == email


@pytest.mark.spec("ACC-5", "ACC-6")
@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("", "Enter your password."),
        ("short", "at least 15"),
        ("ab" * 65, "at most 128"),
        ("ada okafor ada okafor", "built around"),
        ("correct horse battery staple", "data leaks"),
        ("aaaaaaaaaaaaaaaaaaaa", "easy to guess"),
    ],
)
async def test_a_password_that_will_not_do_is_told_and_the_link_stays_good(
    visitor: Visitor, sqlite_practice: Practice, password: str, words: str
) -> None:
    await sqlite_practice.add_person(EMAIL)
    await ask(visitor)
    await visitor.open(await newest_link(sqlite_practice))
    page = await visitor.send(password=password)
    assert page.status == 422
    assert words in page.fault("password")
    assert page.value("password") == ""
    assert "is set" in (await visitor.send(password=NEW)).notice()


@pytest.mark.spec("ACC-6")
@pytest.mark.parametrize("is_pressed", [False, True], ids=["opened", "pressed"])
@pytest.mark.parametrize(
    ("why", "status", "heading"),
    [
        ("used", 410, "This link was used already"),
        ("expired", 410, "This link has expired"),
        ("unknown", 404, "This link does not work"),
    ],
)
async def test_a_link_that_is_over_says_why_and_offers_a_new_one(
    visitor: Visitor, sqlite_practice: Practice, why: str, status: int, heading: str, is_pressed: bool
) -> None:
    await sqlite_practice.add_person(EMAIL)
    await ask(visitor)
    link = await newest_link(sqlite_practice)
    await visitor.open(link)
    if why == "used":
        await visitor.send(password=NEW)
    elif why == "expired":
        sqlite_practice.clock.advance(timedelta(minutes=30, seconds=1))
    else:
        link = "/reset-password/nothing"
    page = await visitor.post(link, {"password": NEW}) if is_pressed else await visitor.open(link)
    assert (page.status, page.heading) == (status, heading)
    assert page.title == f"Error: {heading} – Wardkey"
    assert page.root.first("a", class_="button").attributes["href"] == "/forgot-password"


async def test_too_many_wishes_from_one_place_have_to_wait(visitor: Visitor, sqlite_practice: Practice) -> None:
    for _ in range(sqlite_practice.world.settings.limits.reset_requests_per_network):
        await sqlite_practice.world.counters.add("reset_network:203.0.113.7/32", 3600)
    page = await ask(visitor)
    assert page.status == 429
    assert "Please wait a moment" in page.notice()
    assert page.value("email") == EMAIL


async def test_another_site_cannot_ask(visitor: Visitor, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(EMAIL)
    assert (await visitor.post("/forgot-password", {"email": EMAIL}, sec_fetch_site="cross-site")).status == 403
    await sqlite_practice.deliver()
    assert sqlite_practice.mails_to(EMAIL) == []


@pytest.mark.spec("ACC-6")
async def test_a_new_password_ends_the_sessions_that_were_open(
    visitor: Visitor, new_visitor: Callable[[], Visitor], sqlite_practice: Practice
) -> None:
    await sqlite_practice.add_person(EMAIL)
    elsewhere = new_visitor()
    assert (await elsewhere.sign_in(EMAIL, PASSWORD)).path == "/"
    await ask(visitor)
    await visitor.open(await newest_link(sqlite_practice))
    await visitor.send(password=NEW)
    assert (await elsewhere.open("/account/security")).path != "/account/security"
