"""Proving again that it is you."""

from urllib.parse import quote

import pytest

from tests.pages.person import ADA, KEY, SECURITY, Browser, NewBrowser, fresh_code, pass_time
from tests.pages.visitor import Page
from tests.world import PASSWORD, Practice

CONFIRM = "/account/confirm"


async def stale(practice: Practice, new_browser: NewBrowser, key: bytes | None = KEY) -> Browser:
    """Ada, whose last proof is too old."""
    await practice.add_person(ADA, totp_key=key, recovery_code=key is not None)
    browser = new_browser(practice)
    await browser.enter(key=key)
    pass_time(practice, minutes=5)
    return browser


@pytest.mark.spec("MFA-10")
@pytest.mark.parametrize(
    ("path", "why"),
    [
        (f"{SECURITY}/password", "You are about to change your password."),
        (f"{SECURITY}/authenticator-app", "You are about to set up an authenticator app."),
        (f"{SECURITY}/authenticator-app/remove", "You are about to remove your authenticator app."),
        (f"{SECURITY}/recovery-code", "You are about to make a new recovery code."),
        ("/", "You are about to change something that protects your account."),
    ],
)
async def test_the_page_says_why_it_asks(sqlite_practice: Practice, new_browser: NewBrowser, path: str, why: str) -> None:
    browser = await stale(sqlite_practice, new_browser)
    page = await browser.open(f"{CONFIRM}?return_to={path}")
    assert why in page.text
    assert "This counts for 5 minutes." in page.text
    assert (await browser.prove(KEY)).path == path


@pytest.mark.spec("MFA-10", "MFA-12")
async def test_a_wrong_code_is_told_and_ten_of_them_have_to_wait(practice: Practice, new_browser: NewBrowser) -> None:
    browser = await stale(practice, new_browser)
    await browser.open(CONFIRM)
    for _ in range(10):
        page = await browser.send("Confirm", code="000000")
        assert (page.status, page.value("code")) == (422, "")
        assert page.fault("code") == "That code does not match. Enter the one your app shows now."
    page = await browser.send("Confirm", code=practice.code(KEY))
    assert page.status == 429
    assert int(page.answer.headers["retry-after"]) > 0
    assert "There were many wrong codes. You can try again in" in page.notice()
    pass_time(practice, seconds=int(page.answer.headers["retry-after"]))
    assert (await browser.send("Confirm", code=practice.code(KEY))).path == SECURITY
    assert "Somebody entered a wrong code. Was this you?" in (await browser.open(f"{SECURITY}/activity")).text


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("", "Enter the 6 digits that your authenticator app shows."),
        ("12 34", "Enter the 6 digits that your authenticator app shows."),
        ("\u202e123456", "Enter the 6 digits that your authenticator app shows."),
        ("x" * 60_000, "Enter the 6 digits that your authenticator app shows."),
    ],
)
async def test_what_is_no_code_is_not_counted(sqlite_practice: Practice, new_browser: NewBrowser, code: str, fault: str) -> None:
    browser = await stale(sqlite_practice, new_browser)
    await browser.open(CONFIRM)
    for _ in range(12):
        page = await browser.send("Confirm", code=code)
        assert (page.status, page.fault("code")) == (422, fault)
    assert (await browser.send("Confirm", code=sqlite_practice.code(KEY))).path == SECURITY


@pytest.mark.spec("MFA-2")
async def test_a_code_works_once_here_too(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    browser = await stale(sqlite_practice, new_browser)
    code = fresh_code(sqlite_practice, KEY)
    form = {"method": "totp", "code": code, "return_to": "/"}
    assert (await browser.post_only(CONFIRM, form)).status_code == 303
    page = Page(await browser.post_only(CONFIRM, form))
    assert page.fault("code") == "That code was used already. Wait for the next one."


async def test_a_wrong_password_is_told_and_guessing_has_to_wait(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    browser = await stale(sqlite_practice, new_browser, key=None)
    await browser.open(CONFIRM)
    page = await browser.send("Confirm", password="")
    assert (page.status, page.fault("password")) == (422, "Enter your password.")
    for _ in range(10):
        page = await browser.send("Confirm", password="wrong wrong wrong")
        assert (page.status, page.fault("password")) == (422, "That is not your current password.")
    page = await browser.send("Confirm", password=PASSWORD)
    assert page.status == 429
    pass_time(sqlite_practice, seconds=int(page.answer.headers["retry-after"]))
    assert (await browser.send("Confirm", password=PASSWORD)).path == SECURITY


@pytest.mark.spec("MFA-10")
@pytest.mark.parametrize("method", ["password", "recovery_code", "", "passkey", "email"])
async def test_with_an_app_nothing_but_its_code_proves_anything(
    sqlite_practice: Practice, new_browser: NewBrowser, method: str
) -> None:
    browser = await stale(sqlite_practice, new_browser)
    sent = {"method": method, "password": PASSWORD, "code": PASSWORD, "return_to": f"{SECURITY}/password"}
    page = Page(await browser.post_only(CONFIRM, sent))
    assert (page.status, page.heading) == (422, "Confirm that it is you")
    assert page.value("method") == "totp"
    assert (await browser.get(f"{SECURITY}/password")).status_code == 303


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", ""])
async def test_the_proof_leads_to_a_page_of_ours(sqlite_practice: Practice, new_browser: NewBrowser, elsewhere: str) -> None:
    browser = await stale(sqlite_practice, new_browser)
    page = await browser.open(f"{CONFIRM}?return_to={quote(elsewhere)}")
    assert page.value("return_to") == SECURITY
    form = {"method": "totp", "code": fresh_code(sqlite_practice, KEY), "return_to": elsewhere}
    assert (await browser.post_only(CONFIRM, form)).headers["location"] == SECURITY


async def test_whoever_just_proved_it_is_not_asked(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await sqlite_practice.add_person(ADA)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    assert (await browser.get(f"{CONFIRM}?return_to=/")).headers["location"] == "/"


async def test_somebody_without_their_app_is_told_a_way(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    browser = await stale(sqlite_practice, new_browser)
    page = await browser.open(CONFIRM)
    assert "Sign out, then sign in with your recovery code and set up a new app right after." in page.text
