"""What people change about their own protection, and what they are told about it."""

from base64 import b32decode
from typing import Any, Final

import pytest

from tests.pages.person import ADA, FIREFOX, IPHONE, KEY, SECURITY, Browser, NewBrowser, fresh_code, pass_time
from tests.pages.visitor import Node, Page
from tests.world import HERE, PASSWORD, Practice
from wardkey.accounts.rules import MfaMode
from wardkey.audit.actions import record
from wardkey.audit.events import RecoveryCodeSaved
from wardkey.sessions.rules import public_id
from wardkey.surfaces.pages import security

NEW: Final = "seven herons over a slow river"
OTHER_KEY: Final = b"09876543210987654321"
EVE: Final = "eve@example.org"

ACTS: Final[dict[str, dict[str, str]]] = {
    f"{SECURITY}/password": {"current_password": PASSWORD, "new_password": NEW},
    f"{SECURITY}/authenticator-app": {"code": "123456"},
    f"{SECURITY}/authenticator-app/remove": {},
    f"{SECURITY}/recovery-code": {},
    f"{SECURITY}/phone": {"code": "123456"},
    f"{SECURITY}/passkeys/add": {"credential": "{}"},
}
"""Every act that needs a fresh proof, with a form that would do it."""
ACTS_LED_BACK: Final[dict[str, dict[str, str]]] = {
    f"{SECURITY}/phone/number": {"number": "2025550123", "country": "US"},
    f"{SECURITY}/phone/remove": {},
    f"{SECURITY}/passkeys/{{credential:str}}/name": {"label": "Laptop"},
    f"{SECURITY}/passkeys/{{credential:str}}/remove": {},
}
"""Acts that need one too, and lead back to the page that they stand on or to the security page."""
WITHOUT_PROOF: Final = {
    f"{SECURITY}/recovery-code/saved",
    f"{SECURITY}/recovery-code/download",
    f"{SECURITY}/sessions/{{session:str}}/end",
    f"{SECURITY}/sessions/end-others",
}
"""Acts that only show what this session made itself, or end sessions, which protects."""


async def stamp_of(practice: Practice, email: str = ADA) -> str:
    async with practice.units.read() as unit:
        account = await unit.accounts.by_email(email)  # type: ignore[arg-type]
    assert account is not None
    return account.security_stamp


def changes_told(practice: Practice) -> list[str]:
    """What Ada was told of changes; that another browser of these tests is a new device, she is told as well."""
    return [mail.subject for mail in practice.mails_to(ADA) if "new device" not in mail.subject]


def card(page: Page, name: str) -> Node:
    """A card of the security page: how, where, activity."""
    return page.root.first("section", id=name)


async def with_app(practice: Practice, **fields: Any) -> str:
    """Ada with an authenticator app and a recovery code; answers the code."""
    _, code = await practice.add_person(ADA, totp_key=KEY, recovery_code=True, **fields)
    return code


def shown_code(page: Page) -> str:
    """The recovery code on a page; between its groups lines may break."""
    return page.root.first("", id="recovery-codes").text.replace(" ", "")


# Step-up.


def test_every_act_of_the_security_pages_is_known_to_need_a_proof_or_not_to() -> None:
    acts = {path for handler in security.HANDLERS for path in handler.paths if "POST" in handler.http_methods}
    assert acts == {*ACTS, *ACTS_LED_BACK} | WITHOUT_PROOF


@pytest.mark.spec("MFA-10")
@pytest.mark.parametrize("path", ACTS_LED_BACK)
async def test_an_act_on_a_method_asks_for_a_proof_before_anything_else(
    sqlite_practice: Practice, new_browser: NewBrowser, path: str
) -> None:
    await sqlite_practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    browser = new_browser(sqlite_practice)
    await browser.enter(key=KEY)
    pass_time(sqlite_practice, minutes=5)
    before = await stamp_of(sqlite_practice)
    answer = await browser.post_only(path.replace("{credential:str}", "cred_" + "0" * 26), ACTS_LED_BACK[path])
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/account/confirm?return_to=/account/security")
    assert await stamp_of(sqlite_practice) == before


@pytest.mark.spec("MFA-10")
@pytest.mark.parametrize("has_app", [True, False], ids=["by code", "by password"])
@pytest.mark.parametrize("path", ACTS)
async def test_a_sensitive_act_asks_for_a_proof_again_and_then_goes_on(
    sqlite_practice: Practice, new_browser: NewBrowser, path: str, has_app: bool
) -> None:
    key = KEY if has_app else None
    await sqlite_practice.add_person(ADA, totp_key=key, recovery_code=has_app)
    browser = new_browser(sqlite_practice)
    await browser.enter(key=key)
    pass_time(sqlite_practice, minutes=5)
    before, mails = await stamp_of(sqlite_practice), len(sqlite_practice.outbox.sent)
    for answer in (await browser.get(path), await browser.post_only(path, ACTS[path])):
        if "remove" in path and not has_app and answer.status_code == 404:
            continue
        assert (answer.status_code, answer.headers["location"]) == (303, f"/account/confirm?return_to={path}")
    await sqlite_practice.deliver()
    assert await stamp_of(sqlite_practice) == before
    assert len(sqlite_practice.outbox.sent) == mails
    page = await browser.open(path)
    assert page.heading == "Confirm that it is you"
    page = await browser.prove(key)
    assert page.path == path


@pytest.mark.spec("MFA-10")
async def test_a_proof_lasts_five_minutes_and_opens_this_session_alone(
    sqlite_practice: Practice, new_browser: NewBrowser
) -> None:
    await with_app(sqlite_practice)
    here, there = new_browser(sqlite_practice), new_browser(sqlite_practice, user_agent=IPHONE)
    await here.enter(key=KEY)
    await there.enter(key=KEY)
    pass_time(sqlite_practice, minutes=5)
    await here.open(f"{SECURITY}/password")
    assert (await here.prove(KEY)).heading == "Change password"
    assert (await there.open(f"{SECURITY}/password")).path == "/account/confirm"
    pass_time(sqlite_practice, minutes=4, seconds=59)
    assert (await here.open(f"{SECURITY}/password")).path == f"{SECURITY}/password"
    pass_time(sqlite_practice, seconds=1)
    assert (await here.open(f"{SECURITY}/password")).path == "/account/confirm"


# Password.


@pytest.mark.spec("ACC-5", "SIGN-6", "MFA-10")
async def test_a_changed_password_ends_every_other_session_and_the_person_is_told(
    practice: Practice, new_browser: NewBrowser
) -> None:
    await practice.add_person(ADA)
    here, there = new_browser(practice), new_browser(practice, user_agent=IPHONE)
    await there.enter()
    await here.enter()
    page = await here.open(f"{SECURITY}/password")
    assert "At least 15 characters" in page.text
    page = await here.send("Change password", current_password=PASSWORD, new_password=NEW)
    assert page.path == SECURITY
    assert "Your password is changed. You are signed out everywhere else." in page.notice()
    assert "You changed your password." in card(page, "activity").text
    assert (await there.open("/")).path == "/session-expired"
    await practice.deliver()
    assert changes_told(practice) == ["Your Wardkey password was changed"]
    await new_browser(practice).enter(password=NEW)
    old = await new_browser(practice).sign_in(ADA, PASSWORD)
    assert old.path == "/sign-in"


TOO_SHORT: Final = "Use at least 15 characters. A few words in a row are easy to remember."
KNOWN: Final = "This password is known from data leaks and would be tried first. Choose another one."
PREDICTABLE: Final = "This password is easy to guess: it repeats, runs in a sequence or is very common. Choose another one."
NO_CODE: Final = "Enter the 6 digits that your authenticator app shows."
NOT_YET: Final = (
    "That code does not match. Check that the clock of your phone is set automatically, then enter the code shown now."
)

REFUSED: Final = (
    ("wrong wrong wrong", NEW, "That is not your current password.", ""),
    ("", NEW, "Enter your password.", ""),
    (PASSWORD, "", "", "Enter your password."),
    (PASSWORD, "too short", "", TOO_SHORT),
    (PASSWORD, "x" * 129, "", "A password has at most 128 characters."),
    (PASSWORD, "correct horse battery staple", "", KNOWN),
    (PASSWORD, "okaforokaforokafor", "", "This password is built around “okafor”, which others can guess. Choose another one."),
    (PASSWORD, "aaaaaaaaaaaaaaaaaaaa", "", PREDICTABLE),
    ("", "", "Enter your password.", "Enter your password."),
    ("wrong", "short", "That is not your current password.", TOO_SHORT),
    ("nul\x00", "nul\x00nul", "That is not your current password.", TOO_SHORT),
)  # fmt: skip


@pytest.mark.spec("ACC-5", "UX-2")
@pytest.mark.parametrize(("current", "new", "about_current", "about_new"), REFUSED)
async def test_a_refused_password_says_why_beside_its_field_and_is_not_sent_back(
    sqlite_practice: Practice, new_browser: NewBrowser, current: str, new: str, about_current: str, about_new: str
) -> None:
    await sqlite_practice.add_person(ADA)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    await browser.open(f"{SECURITY}/password")
    page = await browser.send("Change password", current_password=current, new_password=new)
    assert page.status == 422
    assert (page.fault("current_password"), page.fault("new_password")) == (about_current, about_new)
    assert (page.value("current_password"), page.value("new_password")) == ("", "")
    assert page.title.startswith("Error: ")
    assert (await browser.open("/")).status == 200


@pytest.mark.spec("ACC-5")
async def test_behind_an_authenticator_app_eight_characters_are_enough(
    sqlite_practice: Practice, new_browser: NewBrowser
) -> None:
    await with_app(sqlite_practice)
    browser = new_browser(sqlite_practice)
    await browser.enter(key=KEY)
    assert "At least 8 characters" in (await browser.open(f"{SECURITY}/password")).text
    assert (await browser.send("Change password", current_password=PASSWORD, new_password="tiny heron")).path == SECURITY


async def test_guessing_the_current_password_has_to_wait(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await with_app(sqlite_practice)
    browser = new_browser(sqlite_practice)
    await browser.enter(key=KEY)
    await browser.open(f"{SECURITY}/password")
    for _ in range(10):
        page = await browser.send("Change password", current_password="wrong wrong wrong", new_password=NEW)
        assert page.status == 422
    page = await browser.send("Change password", current_password=PASSWORD, new_password=NEW)
    assert page.status == 429
    assert page.answer.headers["retry-after"]
    assert "You can try again in" in page.notice()


async def test_the_same_form_sent_twice_changes_the_password_once(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await sqlite_practice.add_person(ADA)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    first = await browser.post_only(f"{SECURITY}/password", ACTS[f"{SECURITY}/password"])
    second = await browser.post_only(f"{SECURITY}/password", ACTS[f"{SECURITY}/password"])
    assert (first.status_code, second.status_code) == (303, 422)


# Authenticator app.


async def begin_app(browser: Browser) -> bytes:
    """Open the set-up; answers the key that an app would read."""
    page = await browser.open(f"{SECURITY}/authenticator-app")
    shown = page.root.first("", id="setup-key").text
    assert [len(group) for group in shown.split()] == [4] * 8
    assert page.root.first("svg", class_="qr").attributes["viewbox"]
    return b32decode(shown.replace(" ", ""))


@pytest.mark.spec("MFA-2", "MFA-6", "MFA-11", "SIGN-6", "UX-1")
async def test_an_app_is_set_up_with_its_first_code_and_brings_a_recovery_code(
    practice: Practice, new_browser: NewBrowser
) -> None:
    await practice.add_person(ADA)
    here, there = new_browser(practice), new_browser(practice, user_agent=IPHONE)
    await there.enter()
    await here.enter()
    key = await begin_app(here)
    page = await here.send("Turn on", code=practice.code(key))
    assert page.path == f"{SECURITY}/recovery-code"
    code = shown_code(page)
    assert len(code) == 23
    assert "never send it to anyone by email or chat" in page.text.lower()
    assert (await there.open("/")).path == "/session-expired"
    page = await here.open(f"{SECURITY}/recovery-code")
    assert shown_code(page) == code

    page = await here.send("Done")
    assert (page.status, page.fault("saved")) == (422, "Save the recovery code first, then tick the box.")
    assert shown_code(page) == code
    page = await here.send("Done", saved="yes")
    assert page.path == SECURITY
    assert "Good: your recovery code is saved." in page.notice()
    assert "Saved" in card(page, "how").text
    assert not list((await here.open(f"{SECURITY}/recovery-code")).root.all("", id="recovery-codes"))

    await practice.deliver()
    assert len(changes_told(practice)) == 2
    await new_browser(practice).enter(key=key)


@pytest.mark.spec("MFA-2")
@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("", NO_CODE),
        ("12345", NO_CODE),
        ("1234567", NO_CODE),
        ("abcdef", NO_CODE),
        ("１２３４５６", NO_CODE),
        ("12345\x00", NO_CODE),
        ("9" * 60_000, NO_CODE),
        (
            "000000",
            NOT_YET,
        ),
    ],
)
async def test_a_wrong_first_code_says_why_and_the_same_set_up_goes_on(
    sqlite_practice: Practice, new_browser: NewBrowser, code: str, fault: str
) -> None:
    await sqlite_practice.add_person(ADA)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    key = await begin_app(browser)
    page = await browser.send("Turn on", code=code)
    assert (page.status, page.fault("code"), page.value("code")) == (422, fault, "")
    assert b32decode(page.root.first("", id="setup-key").text.replace(" ", "")) == key
    assert (await browser.send("Turn on", code=sqlite_practice.code(key))).path == f"{SECURITY}/recovery-code"


async def test_a_set_up_that_took_too_long_begins_anew(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await sqlite_practice.add_person(ADA)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    key = await begin_app(browser)
    pass_time(sqlite_practice, minutes=11)
    page = await browser.send("Turn on", code=sqlite_practice.code(key))
    assert page.path == "/account/confirm"
    await browser.post("/account/confirm", {"return_to": "/", "method": "password", "password": PASSWORD})
    page = await browser.post(f"{SECURITY}/authenticator-app", {"code": sqlite_practice.code(key)})
    assert (page.status, page.heading) == (409, "Set up an authenticator app")
    assert "This set-up took too long" in page.notice()
    assert b32decode(page.root.first("", id="setup-key").text.replace(" ", "")) != key


@pytest.mark.spec("MFA-2", "MFA-10")
async def test_a_new_app_takes_the_place_of_the_old_one(practice: Practice, new_browser: NewBrowser) -> None:
    recovery = await with_app(practice)
    browser = new_browser(practice)
    await browser.enter(key=KEY)
    assert "The app you use now works until you finish here." in (await browser.open(f"{SECURITY}/authenticator-app")).text
    key = await begin_app(browser)
    page = await browser.send("Turn on", code=practice.code(key))
    assert page.path == SECURITY
    assert "Your authenticator app is set up." in page.notice()
    other = new_browser(practice)
    page = await other.sign_in(ADA, PASSWORD)
    page = await other.send(code=fresh_code(practice, KEY))
    assert page.fault("code") == "That code does not match. Enter the one your app shows now."
    await new_browser(practice).enter(key=key)
    assert await recovery_code_works(practice, new_browser, recovery)


@pytest.mark.spec("MFA-10", "MFA-11", "SIGN-6")
async def test_an_app_is_removed_after_a_page_that_says_what_happens(practice: Practice, new_browser: NewBrowser) -> None:
    await with_app(practice)
    here, there = new_browser(practice), new_browser(practice, user_agent=IPHONE)
    await there.enter(key=KEY)
    await here.enter(key=KEY)
    page = await here.open(f"{SECURITY}/authenticator-app/remove")
    assert page.heading == "Remove your authenticator app?"
    assert "Your recovery code stops working." in page.text
    page = await here.send("Remove authenticator app")
    assert page.path == SECURITY
    assert "Your authenticator app is removed." in page.notice()
    assert "Not set up" in card(page, "how").text
    assert (await there.open("/")).path == "/session-expired"
    await practice.deliver()
    assert changes_told(practice) == ["Removed from your Wardkey account: an authenticator app"]
    again = await here.post(f"{SECURITY}/authenticator-app/remove", {})
    assert (again.status, again.heading) == (404, "That method is no longer there")
    await new_browser(practice).enter()


@pytest.mark.spec("MFA-10")
async def test_the_last_app_of_somebody_who_needs_one_stays(practice: Practice, new_browser: NewBrowser) -> None:
    clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
    await with_app(practice, organization=clinic)
    browser = new_browser(practice)
    await browser.enter(key=KEY)
    shown = card(await browser.open(SECURITY), "how")
    button = next(node for node in shown.all("button") if node.text == "Remove app")
    assert "disabled" in button.attributes
    assert shown.first("", id=button.attributes["aria-describedby"]).text == (
        "Your practice requires it, so it can be replaced but not removed."
    )
    page = await browser.open(f"{SECURITY}/authenticator-app/remove")
    assert (page.status, page.heading) == (200, "Your authenticator app has to stay")
    assert not list(page.root.first("main").all("form"))
    page = await browser.post(f"{SECURITY}/authenticator-app/remove", {})
    assert (page.status, page.heading) == (409, "Your authenticator app has to stay")
    assert "Set up another authenticator app in its place" in page.notice()
    await new_browser(practice).enter(key=KEY)


async def test_where_the_practice_uses_no_mfa_nothing_is_set_up(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    clinic = await sqlite_practice.add_organization(mfa_mode=MfaMode.OFF)
    await sqlite_practice.add_person(ADA, organization=clinic)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    assert "Your practice does not use a second sign-in step." in card(await browser.open(SECURITY), "how").text
    page = await browser.open(f"{SECURITY}/authenticator-app")
    assert (page.status, page.heading) == (403, "Your practice does not use this")
    page = await browser.post(f"{SECURITY}/authenticator-app", {"code": "123456"})
    assert page.status == 403


async def test_the_set_up_of_one_session_is_not_that_of_another(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await sqlite_practice.add_person(ADA)
    here, there = new_browser(sqlite_practice), new_browser(sqlite_practice)
    await here.enter()
    await there.enter()
    key = await begin_app(here)
    assert await begin_app(there) != key
    page = await there.send("Turn on", code=sqlite_practice.code(key))
    assert page.status == 422


# Recovery code.


async def recovery_code_works(practice: Practice, new_browser: NewBrowser, code: str) -> bool:
    browser = new_browser(practice)
    await browser.sign_in(ADA, PASSWORD)
    page = await browser.post("/sign-in/mfa", {"method": "recovery_code", "code": code})
    return page.heading == "Save your recovery code"


@pytest.mark.spec("MFA-6", "MFA-11", "SIGN-6")
async def test_a_new_recovery_code_takes_the_place_of_the_old_one(practice: Practice, new_browser: NewBrowser) -> None:
    old = await with_app(practice)
    here, there = new_browser(practice), new_browser(practice, user_agent=IPHONE)
    await there.enter(key=KEY)
    await here.enter(key=KEY)
    page = await here.open(f"{SECURITY}/recovery-code")
    assert "The code you have now stops working at once" in page.text
    page = await here.send("Make a new code")
    new = shown_code(page)
    assert "Not saved" in card(await here.open(SECURITY), "how").text
    assert "Your recovery code is not saved" in here.page.notice()
    assert (await there.open("/")).path == "/session-expired"
    assert not await recovery_code_works(practice, new_browser, old)
    assert await recovery_code_works(practice, new_browser, new)
    await practice.deliver()
    subjects = [mail.subject for mail in practice.mails_to(ADA)]
    assert "A new recovery code was made for your Wardkey account" in subjects


@pytest.mark.spec("MFA-6", "UX-1")
async def test_the_recovery_code_can_be_downloaded_while_it_is_shown(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await with_app(sqlite_practice)
    browser = new_browser(sqlite_practice)
    await browser.enter(key=KEY)
    await browser.open(f"{SECURITY}/recovery-code")
    page = await browser.send("Make a new code")
    code = shown_code(page)
    file = (await browser.send("Download")).answer
    assert file.status_code == 200
    assert file.headers["content-disposition"] == 'attachment; filename="recovery-code.txt"'
    assert file.headers["cache-control"] == "no-store"
    assert code in file.text.splitlines()
    await browser.open(f"{SECURITY}/recovery-code")
    await browser.send("Done", saved="yes")
    later = await browser.post_only(f"{SECURITY}/recovery-code/download", {})
    assert later.headers["location"] == f"{SECURITY}/recovery-code"
    assert (await browser.post_only(f"{SECURITY}/recovery-code/saved", {"saved": "yes"})).headers["location"] == SECURITY


async def test_new_codes_are_not_shown_for_long(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await with_app(sqlite_practice)
    browser = new_browser(sqlite_practice)
    await browser.enter(key=KEY)
    await browser.open(f"{SECURITY}/recovery-code")
    await browser.send("Make a new code")
    pass_time(sqlite_practice, minutes=10)
    assert (await browser.open(f"{SECURITY}/recovery-code")).path == "/account/confirm"
    assert (await browser.prove(KEY)).heading == "Make a new recovery code?"
    assert (await browser.post_only(f"{SECURITY}/recovery-code/download", {})).status_code == 303


async def test_without_an_app_there_is_no_recovery_code(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await sqlite_practice.add_person(ADA)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    page = await browser.open(f"{SECURITY}/recovery-code")
    assert (page.status, page.heading) == (409, "There is nothing to recover yet")
    assert (await browser.post(f"{SECURITY}/recovery-code", {})).status == 409


# Sessions.


@pytest.mark.spec("SIGN-6")
async def test_people_see_where_they_are_signed_in_and_end_one_session(practice: Practice, new_browser: NewBrowser) -> None:
    await practice.add_person(ADA)
    phone = new_browser(practice, user_agent=IPHONE, ip="192.168.1.20")
    await phone.enter()
    here = new_browser(practice)
    await here.enter()
    shown = [node.text for node in card(await here.open(SECURITY), "where").all("li")]
    assert shown[0].startswith("Firefox on Windows This device near Leeds, United Kingdom Signed in 24 November 2026, 12:00")
    assert shown[1].startswith("Safari on iPhone on your local network")
    page = await here.post(end_of(here.page, "Sign out Safari on iPhone"), {})
    assert "That device is signed out." in page.notice()
    assert len(list(card(page, "where").all("li"))) == 1
    assert "You are signed in nowhere else." in card(page, "where").text
    assert (await phone.open("/")).path == "/session-expired"
    assert "You signed out another device." in card(page, "activity").text


def end_of(page: Page, button: str) -> str:
    """Where the form of the button with this name leads."""
    for form in card(page, "where").all("form"):
        if any(node.attributes.get("aria-label") == button for node in form.all("button")):
            return form.attributes["action"]
    raise AssertionError(f"no button {button!r}: {card(page, 'where').text}")


@pytest.mark.spec("SIGN-6")
async def test_signing_out_everywhere_else_asks_first_and_keeps_this_session(practice: Practice, new_browser: NewBrowser) -> None:
    await practice.add_person(ADA)
    others = [new_browser(practice, user_agent=agent) for agent in (IPHONE, FIREFOX, "")]
    for other in others:
        await other.enter()
    here = new_browser(practice)
    await here.enter()
    page = await here.open(f"{SECURITY}/sessions/end-others")
    assert "3 other devices are signed out at once." in page.text
    pass_time(practice, seconds=1)
    page = await here.send("Sign out everywhere else")
    assert "You are signed out everywhere else." in page.notice()
    assert "You signed out 3 other devices." in card(page, "activity").text
    assert [(await other.open("/")).path for other in others] == ["/session-expired"] * 3
    assert "You are signed in nowhere else." in (await here.post(f"{SECURITY}/sessions/end-others", {})).notice()
    assert (await here.open(f"{SECURITY}/sessions/end-others")).text.endswith("nowhere else. Back to security")


async def test_nobody_ends_a_session_of_somebody_else(practice: Practice, new_browser: NewBrowser) -> None:
    account, _ = await practice.add_person(ADA)
    await practice.add_person(EVE)
    ada, eve = new_browser(practice), new_browser(practice)
    await ada.enter()
    await eve.enter(EVE)
    async with practice.units.read() as unit:
        [session] = await unit.sessions.live(account.id, practice.clock.now())
    for guess in (public_id(session), session.id, "0" * 32, "x", "%2e%2e", "a" * 500):
        page = await eve.post(f"{SECURITY}/sessions/{guess}/end", {})
        assert (page.status, page.heading) == (404, "That session has ended")
    await eve.post(f"{SECURITY}/sessions/end-others", {})
    assert (await ada.open(SECURITY)).path == SECURITY


async def test_ending_this_very_session_signs_out(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    account, _ = await sqlite_practice.add_person(ADA)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    async with sqlite_practice.units.read() as unit:
        [session] = await unit.sessions.live(account.id, sqlite_practice.clock.now())
    page = await browser.post(f"{SECURITY}/sessions/{public_id(session)}/end", {})
    assert page.heading == "You are signed out"
    assert browser.session is None


async def test_the_name_of_a_session_gives_nothing_away(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    account, _ = await sqlite_practice.add_person(ADA)
    await new_browser(sqlite_practice, user_agent=IPHONE).enter()
    browser = new_browser(sqlite_practice)
    await browser.enter()
    html = (await browser.open(SECURITY)).answer.text
    async with sqlite_practice.units.read() as unit:
        sessions = await unit.sessions.live(account.id, sqlite_practice.clock.now())
    assert len(sessions) == 2
    for session in sessions:
        assert session.id[:16] not in html
    assert (browser.session or "") not in html


# Activity.


async def fill(practice: Practice, count: int, email: str = ADA) -> None:
    """So many events about one account, a minute apart."""
    async with practice.units.read() as unit:
        account = await unit.accounts.by_email(email)  # type: ignore[arg-type]
    assert account is not None
    for _ in range(count):
        pass_time(practice, minutes=1)
        async with practice.units.write() as unit:
            await record(
                unit, practice.world, RecoveryCodeSaved(), actor=account.id, subject=account.id, origin=HERE,
                at=practice.clock.now(),
            )  # fmt: skip


async def test_activity_is_told_in_plain_sentences_newest_first_page_by_page(practice: Practice, new_browser: NewBrowser) -> None:
    await practice.add_person(ADA)
    await fill(practice, 44)
    browser = new_browser(practice)
    await browser.enter()
    page = await browser.open(SECURITY)
    assert len(list(card(page, "activity").all("li"))) == 5
    assert "You signed in with your password. 24 November 2026, 12:44 (UTC) · Firefox on Windows · near Leeds" in page.text
    page = await browser.open(f"{SECURITY}/activity")
    sizes = [len(list(page.root.first("ol", class_="timeline").all("li")))]
    while (older := next((a for a in page.root.all("a", class_="button") if a.text == "Older"), None)) is not None:
        page = await browser.open(older.attributes["href"])
        sizes.append(len(list(page.root.first("ol", class_="timeline").all("li"))))
    assert sizes == [20, 20, 5]


async def test_what_somebody_else_may_have_done_asks_whether_it_was_the_person(
    sqlite_practice: Practice, new_browser: NewBrowser
) -> None:
    await sqlite_practice.add_person(ADA)
    stranger = new_browser(sqlite_practice, ip="8.8.8.8", user_agent="curl/8.5.0")
    await stranger.sign_in(ADA, "not her password at all")
    browser = new_browser(sqlite_practice)
    await browser.enter()
    warning = card(await browser.open(SECURITY), "activity").first("li", class_="is-warning").text
    assert warning.startswith("Somebody entered a wrong password. Was this you?")
    assert "an app · place not known" in warning
    assert "Change your password and tell an administrator" in browser.page.text


@pytest.mark.parametrize("before", ["x", "evt_", "%00", "evt_" + "z" * 26, "evt_" + "0" * 26, "' OR 1=1 --", "a" * 5_000])
async def test_any_address_of_the_activity_is_answered(practice: Practice, new_browser: NewBrowser, before: str) -> None:
    await practice.add_person(ADA)
    browser = new_browser(practice)
    await browser.enter()
    page = await browser.open(f"{SECURITY}/activity?before={before}")
    assert page.status == 200
    assert "There is nothing older." in page.text if before == "evt_" + "0" * 26 else "You signed in" in page.text


async def test_nobody_reads_the_activity_of_somebody_else(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await sqlite_practice.add_person(ADA)
    await sqlite_practice.add_person(EVE)
    await fill(sqlite_practice, 30)
    async with sqlite_practice.units.read() as unit:
        [newest] = await unit.audit.about((await unit.accounts.by_email(ADA)).id, limit=1)  # type: ignore[union-attr,arg-type]
    eve = new_browser(sqlite_practice)
    await eve.enter(EVE)
    page = await eve.open(f"{SECURITY}/activity?before={newest.id}")
    assert "recovery code" not in page.text


# The page as a whole.


async def test_an_outcome_can_only_be_one_of_ours(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await sqlite_practice.add_person(ADA)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    page = await browser.open(f"{SECURITY}?after=<b>you+won</b>")
    assert "you won" not in page.answer.text
    assert "success" not in [node.attributes["class"] for node in page.root.all("", class_="notice-success")]


async def test_a_name_is_shown_as_it_is_written_and_runs_nothing(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    name = "<script>alert(1)</script> & \"Zoë\" 'O’Neill' 🦋 عادة"
    await sqlite_practice.add_person(ADA, name=name)
    browser = new_browser(sqlite_practice, user_agent="<img src=x onerror=alert(1)>")
    await browser.enter()
    for path in ("/", SECURITY):
        page = await browser.open(path)
        assert "<script>alert" not in page.answer.text
        assert "<img" not in page.answer.text
        assert name in page.root.text


@pytest.mark.spec("UX-3")
async def test_the_pages_speak_the_language_of_the_visitor(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await with_app(sqlite_practice)
    browser = new_browser(sqlite_practice)
    await browser.enter(key=KEY)
    browser.client.headers["accept-language"] = "es-MX,es;q=0.9"
    for path in ("/", SECURITY, f"{SECURITY}/password", f"{SECURITY}/authenticator-app", f"{SECURITY}/recovery-code"):
        page = await browser.open(path)
        assert page.root.first("html").attributes["lang"] == "es"
        assert page.answer.headers["content-language"] == "es"
