"""Changing the email address through the pages, without scripts: confirmed at the new inbox, undone from the old one."""

from typing import Any

import pytest

from tests.pages.person import ADA, KEY, SECURITY, Browser, NewBrowser, pass_time
from tests.world import PASSWORD, Practice
from wardkey.accounts.rules import email_key

pytestmark = pytest.mark.spec("ACC-4")
NEW = "ada@new.example"
FRESH = "a kettle, two cups, no saucer"


@pytest.fixture
async def ada(sqlite_practice: Practice, new_browser: NewBrowser) -> Browser:
    """A person who has just signed in."""
    await sqlite_practice.add_person(ADA)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    return browser


async def link_to(practice: Practice, email: str, path: str) -> str:
    """The newest link of a kind that an address got."""
    await practice.deliver()
    words = [word for mail in practice.mails_to(email) for word in str(mail.text).split() if f"/{path}/" in word]
    return words[-1]


async def ask(browser: Browser, email: str = NEW) -> Any:
    await browser.open(SECURITY)
    link = next(a for a in browser.page.root.all("a") if a.text == "Change email address")
    await browser.open(link.attributes["href"])
    return await browser.send("Send the link", email=email)


async def change(browser: Browser, email: str = NEW) -> str:
    """Change the address all the way; answers the link that undoes it."""
    await ask(browser, email)
    await browser.open(await link_to(browser.practice, email, "confirm-email"))
    await browser.send("Use this address")
    return await link_to(browser.practice, ADA, "undo-email")


async def address_of(practice: Practice) -> list[str]:
    async with practice.units.read() as unit:
        found = [await unit.accounts.by_email(email_key(email)) for email in (ADA, NEW)]
    return [account.email for account in found if account is not None]


async def test_the_address_is_changed_by_the_link_sent_to_the_new_one(ada: Browser, new_browser: NewBrowser) -> None:
    page = await ask(ada)
    assert (page.status, page.path, page.heading) == (200, f"{SECURITY}/email", "Check your new inbox")
    assert NEW in page.text
    assert ADA in page.text
    assert "Send it again" in page.text
    elsewhere = new_browser(ada.practice)
    page = await elsewhere.open(await link_to(ada.practice, NEW, "confirm-email"))
    assert (page.status, page.heading) == (200, "Confirm your new email address")
    assert NEW in page.text
    page = await elsewhere.send("Use this address")
    assert (page.path, page.heading) == ("/confirm-email/done", "Your email address is changed")
    assert NEW in page.text
    page = await elsewhere.open("/sign-in")
    assert (await elsewhere.sign_in(NEW, PASSWORD)).path == "/"
    assert NEW in (await ada.open(SECURITY)).text, "whoever asked for it stays signed in"


async def test_pressed_where_its_owner_is_signed_in_the_security_page_says_what_was_done(ada: Browser) -> None:
    await ask(ada)
    await ada.open(await link_to(ada.practice, NEW, "confirm-email"))
    page = await ada.send("Use this address")
    assert page.path == SECURITY
    assert "Your email address is changed. You are signed out everywhere else." in page.notice()
    assert NEW in page.text


@pytest.mark.spec("MFA-10")
async def test_a_fresh_proof_is_asked_for_and_leads_back(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await sqlite_practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    browser = new_browser(sqlite_practice)
    await browser.enter(key=KEY)
    pass_time(sqlite_practice, minutes=6)
    page = await browser.open(f"{SECURITY}/email")
    assert page.path == "/account/confirm"
    assert "You are about to change your email address." in page.text
    page = await browser.prove(KEY)
    assert (page.path, page.heading) == (f"{SECURITY}/email", "Change email address")
    pass_time(sqlite_practice, minutes=6)
    page = await browser.send("Send the link", email=NEW)
    assert page.path == "/account/confirm"
    await sqlite_practice.deliver()
    assert sqlite_practice.mails_to(NEW) == []


async def test_the_change_that_waits_can_be_sent_again_replaced_and_cancelled(ada: Browser) -> None:
    await ask(ada, "ada@mistyped.example")
    await ada.open(next(a for a in ada.page.root.all("a") if a.text == "Use another address").attributes["href"])
    await ada.send("Send the link", email=NEW)
    first = await link_to(ada.practice, NEW, "confirm-email")
    page = await ada.send("Send it again")
    assert page.heading == "Check your new inbox"
    second = await link_to(ada.practice, NEW, "confirm-email")
    assert first != second
    assert (await ada.open(first)).heading == "This link no longer works"
    page = await ada.open(f"{SECURITY}/email")
    assert page.heading == "Check your new inbox", "it is still there after a while"
    page = await ada.send("Keep my present address")
    assert page.path == SECURITY
    assert "Your email address stays as it is." in page.notice()
    assert (await ada.open(second)).heading == "This link no longer works"
    assert (await ada.open(f"{SECURITY}/email")).heading == "Change email address"
    page = await ada.post(f"{SECURITY}/email/again", {})
    assert page.heading == "Change email address", "nothing waits that could be sent again"


async def test_too_many_messages_have_to_wait(ada: Browser) -> None:
    await ask(ada)
    for _ in range(2):
        await ada.send("Send it again")
    page = await ada.send("Send it again")
    assert page.status == 429
    assert "Please wait a moment" in page.notice()
    assert page.heading == "Check your new inbox"


@pytest.mark.parametrize(
    ("email", "words"),
    [("", "Enter your email address."), ("ada", "like name@example.org"), (ADA, "That is your email address already.")],
)
async def test_a_wrong_address_is_told_beside_its_field_and_kept(ada: Browser, email: str, words: str) -> None:
    page = await ask(ada, email)
    assert page.status == 422
    assert words in page.fault("email")
    assert page.value("email") == email


@pytest.mark.spec("ACC-7")
async def test_an_address_with_an_account_is_answered_like_one_without(ada: Browser) -> None:
    await ada.practice.add_person("bob@example.org")
    used = await ask(ada, "bob@example.org")
    await ada.practice.deliver()
    await ada.send("Keep my present address")
    free = await ask(ada, "eve@example.org")
    assert (used.status, used.path) == (free.status, free.path)
    assert used.text.replace("bob@example.org", "…") == free.text.replace("eve@example.org", "…")
    (mail,) = ada.practice.mails_to("bob@example.org")
    assert "/confirm-email/" not in mail.text


async def test_the_earlier_address_undoes_the_change(ada: Browser, new_browser: NewBrowser) -> None:
    undo = await change(ada)
    owner = new_browser(ada.practice)
    page = await owner.open(undo)
    assert (page.status, page.heading) == (200, "Undo the change of your email address")
    for words in (f"{ADA} is the address of your account again.", "is signed out, you too", "Your password stops working"):
        assert words in page.text
    page = await owner.send("Undo the change")
    assert (page.path, page.heading) == ("/undo-email/done", "Your earlier email address is back")
    assert ADA in page.text
    assert (await ada.open(SECURITY)).path != SECURITY
    await owner.open(await link_to(ada.practice, ADA, "reset-password"))
    page = await owner.send(password=FRESH)
    assert page.path == "/sign-in"
    assert (await owner.send(email=ADA, password=FRESH)).path == "/"


@pytest.mark.spec("ACC-1")
async def test_opening_the_links_spends_nothing(ada: Browser, new_browser: NewBrowser) -> None:
    """A mail scanner opens every link, with GET and with HEAD, many times."""
    await ask(ada)
    scanner = new_browser(ada.practice)
    confirm = await link_to(ada.practice, NEW, "confirm-email")
    for _ in range(80):
        assert (await scanner.get(confirm)).status_code == 200
    await scanner.client.head(confirm)
    assert await address_of(ada.practice) == [ADA]
    await scanner.open(confirm)
    await scanner.send("Use this address")
    undo = await link_to(ada.practice, ADA, "undo-email")
    for _ in range(80):
        assert (await scanner.get(undo)).status_code == 200
    assert await address_of(ada.practice) == [NEW]


@pytest.mark.parametrize("is_pressed", [False, True], ids=["opened", "pressed"])
@pytest.mark.parametrize(
    ("why", "status", "heading", "leads_to"),
    [
        ("used", 410, "This link was used already", SECURITY),
        ("expired", 410, "This link has expired", f"{SECURITY}/email"),
        ("unknown", 404, "This link does not work", f"{SECURITY}/email"),
    ],
)
async def test_a_confirmation_that_is_over_says_why_and_what_to_do(
    ada: Browser, why: str, status: int, heading: str, leads_to: str, is_pressed: bool
) -> None:
    await ask(ada)
    link = await link_to(ada.practice, NEW, "confirm-email")
    if why == "used":
        await ada.open(link)
        await ada.send("Use this address")
    elif why == "expired":
        pass_time(ada.practice, hours=24)
    else:
        link = "/confirm-email/nothing"
    page = await ada.post(link, {}) if is_pressed else await ada.open(link)
    assert (page.status, page.heading) == (status, heading)
    assert page.title == f"Error: {heading} – Wardkey"
    assert page.root.first("a", class_="button").attributes["href"] == leads_to


@pytest.mark.parametrize("is_pressed", [False, True], ids=["opened", "pressed"])
@pytest.mark.parametrize(
    ("why", "status", "heading"),
    [
        ("used", 410, "This link was used already"),
        ("expired", 410, "This link has expired"),
        ("unknown", 404, "This link does not work"),
    ],
)
async def test_an_undoing_that_is_over_says_why_and_what_to_do(
    ada: Browser, why: str, status: int, heading: str, is_pressed: bool
) -> None:
    link = await change(ada)
    if why == "used":
        await ada.open(link)
        await ada.send("Undo the change")
    elif why == "expired":
        pass_time(ada.practice, days=7)
    else:
        link = "/undo-email/nothing"
    page = await ada.post(link, {}) if is_pressed else await ada.open(link)
    assert (page.status, page.heading) == (status, heading)
    assert "ask an administrator of your practice" in page.text
    assert page.root.first("a", class_="button").attributes["href"] == "/forgot-password"


async def test_an_address_that_somebody_else_has_meanwhile_is_told_plainly(ada: Browser) -> None:
    await ask(ada)
    link = await link_to(ada.practice, NEW, "confirm-email")
    await ada.practice.add_person(NEW)
    await ada.open(link)
    page = await ada.send("Use this address")
    assert (page.status, page.heading) == (409, "That address belongs to another account now")
    assert "Ask an administrator of your practice." in page.text


async def test_an_earlier_address_that_somebody_else_has_meanwhile_is_told_plainly(ada: Browser) -> None:
    undo = await change(ada)
    await ada.practice.add_person(ADA)
    await ada.open(undo)
    page = await ada.send("Undo the change")
    assert (page.status, page.heading) == (409, "That address belongs to another account now")
    assert page.root.first("a", class_="button").attributes["href"] == "/forgot-password"


async def test_another_site_can_press_nothing(ada: Browser) -> None:
    assert (await ada.post(f"{SECURITY}/email", {"email": NEW}, sec_fetch_site="cross-site")).status == 403
    await ask(ada)
    link = await link_to(ada.practice, NEW, "confirm-email")
    assert (await ada.post(link, {}, sec_fetch_site="cross-site")).status == 403
    assert (await ada.post(f"{SECURITY}/email/cancel", {}, sec_fetch_site="cross-site")).status == 403
    assert await address_of(ada.practice) == [ADA]


async def test_whoever_is_not_signed_in_is_led_to_sign_in_and_back(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await sqlite_practice.add_person(ADA)
    browser = new_browser(sqlite_practice)
    for path in ("", "/again", "/cancel"):
        answer = await browser.post_only(f"{SECURITY}/email{path}", {"email": NEW})
        assert answer.headers["location"] == f"/sign-in?return_to={SECURITY}/email"
    await browser.open(f"{SECURITY}/email")
    assert (await browser.send(email=ADA, password=PASSWORD)).heading == "Change email address"
    await sqlite_practice.deliver()
    assert sqlite_practice.outbox.sent == []
