"""Signing in through the pages, without scripts."""

import subprocess
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.pages.visitor import Page, Visitor
from tests.world import PASSWORD, Practice
from wardkey.accounts.rules import MfaMode, Status
from wardkey.sessions.actions import who

KEY = b"12345678901234567890"
EMAIL = "ada@example.org"


async def enrolled(practice: Practice) -> str:
    """A person with MFA set up; answers their recovery code."""
    _, code = await practice.add_person(EMAIL, totp_key=KEY, recovery_code=True)
    return code


async def has_to_enrol(practice: Practice, email: str = EMAIL) -> None:
    organization = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
    await practice.add_person(email, organization=organization)


def oathtool(practice: Practice, key: str) -> str:
    """The code that an independent program gives for a key in base 32."""
    now = practice.clock.now().strftime("%Y-%m-%d %H:%M:%S UTC")
    return subprocess.run(["oathtool", "--totp", "-b", "-N", now, key], capture_output=True, text=True, check=True).stdout.strip()


def is_home(page: Page) -> bool:
    return page.status == 200 and page.path == "/"


@pytest.mark.spec("SIGN-1", "UX-1")
async def test_email_and_password_lead_home(visitor: Visitor, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(EMAIL)
    assert is_home(await visitor.sign_in(EMAIL, PASSWORD))
    assert "Ada Okafor" in visitor.page.root.text


@pytest.mark.spec("SIGN-1", "MFA-2", "MFA-6", "UX-1")
async def test_whoever_has_to_sets_up_an_app_and_saves_the_recovery_code_on_the_way_in(
    visitor: Visitor, sqlite_practice: Practice
) -> None:
    await has_to_enrol(sqlite_practice)
    page = await visitor.sign_in(EMAIL, PASSWORD)
    assert page.heading == "Set up your authenticator app"
    key = page.root.first("", id="setup-key").text
    assert [len(group) for group in key.split()] == [4] * 8
    assert page.root.first("svg", class_="qr").attributes["viewbox"]
    assert page.root.first("a", class_="way-link").attributes["href"].startswith("otpauth://totp/Wardkey:ada@example.org?")
    page = await visitor.send(code=oathtool(sqlite_practice, key.replace(" ", "")))
    assert page.heading == "Save your recovery code"
    code = page.root.first("", id="recovery-codes").text.replace(" ", "")
    assert len(code.replace("-", "")) == 20
    assert is_home(await visitor.send("Continue", saved="yes"))
    await visitor.post("/sign-out", {})
    await visitor.sign_in(EMAIL, PASSWORD)
    sqlite_practice.clock.advance(timedelta(seconds=30))
    assert is_home(await visitor.send(code=oathtool(sqlite_practice, key.replace(" ", ""))))


@pytest.mark.spec("MFA-2")
async def test_the_code_of_the_app_opens_the_account(visitor: Visitor, sqlite_practice: Practice) -> None:
    await enrolled(sqlite_practice)
    page = await visitor.sign_in(EMAIL, PASSWORD)
    assert (page.path, page.heading) == ("/sign-in/continue", "Enter your code")
    assert page.field("code").attributes["autocomplete"] == "one-time-code"
    assert page.field("code").attributes["inputmode"] == "numeric"
    assert is_home(await visitor.send(code=sqlite_practice.code(KEY)))


@pytest.mark.spec("MFA-6")
async def test_a_recovery_code_opens_the_account_and_a_new_one_is_shown_at_once(
    visitor: Visitor, sqlite_practice: Practice
) -> None:
    code = await enrolled(sqlite_practice)
    page = await visitor.sign_in(EMAIL, PASSWORD)
    other_way = next(link for link in page.root.all("a") if "Use your recovery code" in link.text)
    page = await visitor.open(other_way.attributes["href"])
    assert page.heading == "Enter your recovery code"
    page = await visitor.send(code=code.lower().replace("-", " "))
    assert page.heading == "Save your recovery code"
    assert page.root.first("", id="recovery-codes").text.replace(" ", "") != code


async def test_a_wrong_recovery_code_is_told_where_it_was_entered(visitor: Visitor, sqlite_practice: Practice) -> None:
    await enrolled(sqlite_practice)
    await visitor.sign_in(EMAIL, PASSWORD)
    await visitor.open("/sign-in/continue?method=recovery_code")
    page = await visitor.send(code="22222-22222-22222-22222")
    assert (page.status, page.heading) == (422, "Enter your recovery code")
    assert page.fault("code").startswith("That recovery code does not match")
    assert page.value("code") == ""


@pytest.mark.spec("SIGN-7")
@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"])
async def test_a_wrong_password_says_what_to_do_and_keeps_the_address(
    visitor: Visitor, sqlite_practice: Practice, email: str
) -> None:
    await sqlite_practice.add_person(EMAIL)
    page = await visitor.sign_in(email, "not the password")
    assert page.status == 401
    assert page.title == "Error: Sign in – Wardkey"
    assert "That email and password do not match" in page.notice()
    assert "Reference number:" in page.notice()
    assert page.value("email") == email
    assert page.value("password") == ""
    assert is_home(await visitor.send(email=EMAIL, password=PASSWORD))


@pytest.mark.parametrize(
    ("email", "password", "faulty"),
    [("", "", {"email", "password"}), ("", "x", {"email"}), (EMAIL, "", {"password"})],
)
async def test_an_empty_field_is_told_beside_it(visitor: Visitor, email: str, password: str, faulty: set[str]) -> None:
    page = await visitor.sign_in(email, password)
    assert page.status == 422
    assert {name for name in ("email", "password") if page.fault(name)} == faulty
    assert page.value("email") == email


@pytest.mark.parametrize(
    "email", ["a" * 5000, "nul\0@example.org", "\u202egro.elpmaxe@ada", "<script>alert(1)</script>", "é" * 300]
)
async def test_whatever_is_entered_as_address_is_answered_and_shown_as_text(visitor: Visitor, email: str) -> None:
    page = await visitor.sign_in(email, "x" * 5000)
    assert page.status in (401, 422)
    assert page.value("email") == email
    assert len(list(page.root.all("script"))) == 1


@pytest.mark.parametrize(
    ("code", "words"),
    [("", "6 digits"), ("12345", "6 digits"), ("abcdef", "6 digits"), ("000000", "does not match"), ("٠" * 6, "6 digits")],
)
async def test_a_code_that_cannot_be_right_is_told_beside_its_field(
    visitor: Visitor, sqlite_practice: Practice, code: str, words: str
) -> None:
    await enrolled(sqlite_practice)
    await visitor.sign_in(EMAIL, PASSWORD)
    page = await visitor.send(code=code)
    assert (page.status, page.heading) == (422, "Enter your code")
    assert words in page.fault("code")
    assert page.value("code") == ""
    assert ("You can try 4 more times." in page.text) == (code == "000000")


@pytest.mark.spec("MFA-12", "SIGN-7")
async def test_after_too_many_wrong_codes_the_sign_in_ends_with_a_reference(visitor: Visitor, sqlite_practice: Practice) -> None:
    await enrolled(sqlite_practice)
    await visitor.sign_in(EMAIL, PASSWORD)
    for _ in range(4):
        assert (await visitor.send(code="000000")).status == 422
    page = await visitor.send(code="000000")
    assert (page.status, page.heading) == (403, "Too many wrong codes")
    assert "Reference number:" in page.text
    assert (await visitor.open("/sign-in/continue")).heading == "Too many wrong codes"
    assert visitor.cookie("wardkey_session") is None


@pytest.mark.spec("SIGN-7")
async def test_a_suspended_person_is_told_whom_to_ask(visitor: Visitor, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(EMAIL, status=Status.SUSPENDED)
    page = await visitor.sign_in(EMAIL, PASSWORD)
    assert page.heading == "This account cannot sign in now"
    assert "administrator" in page.text
    assert "Reference number:" in page.text


@pytest.mark.spec("MFA-2")
@pytest.mark.parametrize(("code", "words"), [("12", "6 digits"), ("000000", "clock")])
async def test_a_wrong_first_code_keeps_the_same_set_up(
    visitor: Visitor, sqlite_practice: Practice, code: str, words: str
) -> None:
    await has_to_enrol(sqlite_practice)
    key = (await visitor.sign_in(EMAIL, PASSWORD)).root.first("", id="setup-key").text
    page = await visitor.send(code=code)
    assert (page.status, page.heading) == (422, "Set up your authenticator app")
    assert words in page.fault("code")
    assert page.root.first("", id="setup-key").text == key


@pytest.mark.spec("MFA-6")
async def test_the_recovery_code_stays_until_it_is_said_to_be_saved(visitor: Visitor, sqlite_practice: Practice) -> None:
    await enrolled(sqlite_practice)
    await has_to_enrol(sqlite_practice, "new@example.org")
    key = (await visitor.sign_in("new@example.org", PASSWORD)).root.first("", id="setup-key").text.replace(" ", "")
    page = await visitor.send(code=oathtool(sqlite_practice, key))
    shown = page.root.first("", id="recovery-codes").text.replace(" ", "")
    page = await visitor.send("Continue")
    assert page.status == 422
    assert page.fault("saved") == "Save the recovery code first, then tick the box."
    assert page.root.first("", id="recovery-codes").text.replace(" ", "") == shown
    file = await visitor.post_only("/sign-in/recovery-code.txt", {})
    assert file.headers["content-type"] == "text/plain; charset=utf-8"
    assert file.headers["content-disposition"] == 'attachment; filename="recovery-code.txt"'
    assert file.headers["cache-control"] == "no-store"
    assert shown in file.text.splitlines()
    await visitor.open("/sign-in/continue")
    assert is_home(await visitor.send("Continue", saved="yes"))
    assert (await visitor.post_only("/sign-in/recovery-code.txt", {})).status_code == 303


@pytest.mark.spec("ACC-5")
async def test_a_password_too_short_to_stand_alone_is_replaced_on_the_way_in(visitor: Visitor, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(EMAIL, "teapot 77")
    page = await visitor.sign_in(EMAIL, "teapot 77")
    assert page.heading == "Choose a longer password"
    page = await visitor.send(password="still short")
    assert page.status == 422
    assert "at least 15 characters" in page.fault("password")
    assert page.value("password") == ""
    assert is_home(await visitor.send(password="a kettle, two cups, no saucer"))


@pytest.mark.spec("ACC-1")
async def test_an_unconfirmed_address_waits_for_its_link_and_goes_on_from_there(
    visitor: Visitor, sqlite_practice: Practice
) -> None:
    await visitor.open("/sign-up")
    await visitor.send(name="Sam Rivera", email="sam@example.org", password=PASSWORD)
    await sqlite_practice.deliver()
    page = await visitor.sign_in("sam@example.org", PASSWORD, return_to="/account/security")
    assert page.heading == "Check your email"
    assert "s••••@example.org" in page.text
    page = await visitor.send("Continue")
    assert page.status == 409
    assert "not confirmed yet" in page.notice()
    page = await visitor.send("Send a new link")
    assert "We sent you a new message" in page.notice()
    await sqlite_practice.deliver()
    link = next(word for word in sqlite_practice.mails_to("sam@example.org")[-1].text.split() if "/verify-email/" in word)
    await visitor.open(link)
    page = await visitor.send("Confirm address", password=PASSWORD)
    assert "Your email address is confirmed." in page.notice()
    page = await visitor.send("Continue")
    assert (page.status, page.path) == (200, "/account/security")


async def test_a_sign_in_leads_back_to_where_it_was_asked_for(visitor: Visitor, sqlite_practice: Practice) -> None:
    await enrolled(sqlite_practice)
    await visitor.open("/account/security")
    assert visitor.page.heading == "Sign in"
    await visitor.send(email=EMAIL, password="wrong")
    await visitor.send(email=EMAIL, password=PASSWORD)
    page = await visitor.send(code=sqlite_practice.code(KEY))
    assert page.path == "/account/security"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_a_sign_in_leads_nowhere_else(visitor: Visitor, sqlite_practice: Practice, elsewhere: str) -> None:
    await sqlite_practice.add_person(EMAIL)
    page = await visitor.post("/sign-in", {"email": EMAIL, "password": PASSWORD, "return_to": elsewhere})
    assert is_home(page)


async def test_whoever_is_signed_in_is_not_asked_again(visitor: Visitor, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(EMAIL)
    await visitor.sign_in(EMAIL, PASSWORD)
    assert is_home(await visitor.open("/sign-in"))
    assert (await visitor.open("/sign-in?return_to=/account/security")).path == "/account/security"
    assert (await visitor.open("/sign-in?again=yes")).heading == "Sign in"


async def test_signing_in_again_ends_the_session_this_browser_had(visitor: Visitor, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(EMAIL)
    await visitor.sign_in(EMAIL, PASSWORD)
    before = visitor.cookie("wardkey_session") or ""
    await visitor.open("/sign-in?again=yes")
    assert is_home(await visitor.send(email=EMAIL, password=PASSWORD))
    async with sqlite_practice.units.read() as unit:
        assert await who(unit, before, sqlite_practice.clock.now()) is None
        assert await who(unit, visitor.cookie("wardkey_session") or "", sqlite_practice.clock.now()) is not None


async def test_a_step_that_is_over_leads_to_the_one_that_is_owed(visitor: Visitor, sqlite_practice: Practice) -> None:
    await enrolled(sqlite_practice)
    await visitor.sign_in(EMAIL, PASSWORD)
    page = await visitor.post("/sign-in/change-password", {"password": "x"})
    assert (page.status, page.path, page.heading) == (200, "/sign-in/continue", "Enter your code")


async def test_sending_the_last_step_twice_leads_home_both_times(visitor: Visitor, sqlite_practice: Practice) -> None:
    await enrolled(sqlite_practice)
    await visitor.sign_in(EMAIL, PASSWORD)
    attempt = visitor.cookie("wardkey_attempt")
    sent = {"method": "totp", "code": sqlite_practice.code(KEY)}
    assert is_home(await visitor.post("/sign-in/mfa", sent))
    visitor.client.cookies.set("wardkey_attempt", attempt or "", domain="127.0.0.1", path="/")
    assert is_home(await visitor.post("/sign-in/mfa", sent))
    assert is_home(await visitor.open("/sign-in/continue"))


async def test_a_code_sent_after_the_sign_in_is_gone_leads_to_a_new_one(visitor: Visitor) -> None:
    page = await visitor.post("/sign-in/mfa", {"method": "totp", "code": "123456"})
    assert (page.status, page.heading) == (404, "Sign in")
    assert "Please sign in again" in page.notice()
    assert (await visitor.open("/sign-in/continue")).heading == "Sign in"


async def test_a_forged_attempt_is_no_attempt(visitor: Visitor) -> None:
    visitor.client.cookies.set("wardkey_attempt", "forged~%2Faccount", domain="127.0.0.1", path="/")
    page = await visitor.open("/sign-in/continue")
    assert (page.status, page.heading) == (404, "Sign in")


async def test_a_sign_in_that_took_too_long_says_so(visitor: Visitor, sqlite_practice: Practice) -> None:
    await enrolled(sqlite_practice)
    await visitor.sign_in(EMAIL, PASSWORD)
    sqlite_practice.clock.advance(timedelta(minutes=11))
    page = await visitor.send(code=sqlite_practice.code(KEY))
    assert (page.status, page.heading) == (403, "This sign-in took too long")
    assert page.root.first("a", href="/sign-in", class_="button").text == "Sign in again"


async def test_another_browser_cannot_go_on_with_a_sign_in(
    visitor: Visitor, new_visitor: Callable[[], Visitor], sqlite_practice: Practice
) -> None:
    await enrolled(sqlite_practice)
    await visitor.sign_in(EMAIL, PASSWORD)
    stranger = new_visitor()
    assert (await stranger.open("/sign-in/continue")).heading == "Sign in"
    assert (await stranger.post("/sign-in/mfa", {"method": "totp", "code": sqlite_practice.code(KEY)})).status == 404


async def test_what_the_browser_keeps_is_out_of_reach_of_scripts_and_other_sites(
    visitor: Visitor, sqlite_practice: Practice
) -> None:
    await enrolled(sqlite_practice)
    begun = await visitor.post_only("/sign-in", {"email": EMAIL, "password": PASSWORD})
    (attempt,) = begun.headers.get_list("set-cookie")
    assert attempt.startswith("wardkey_attempt=")
    done = await visitor.post_only("/sign-in/mfa", {"method": "totp", "code": sqlite_practice.code(KEY)})
    session, *cleared = done.headers.get_list("set-cookie")
    assert session.startswith("wardkey_session=")
    assert "Max-Age=10800;" in session
    assert any(cookie.startswith('wardkey_attempt="";') and "Max-Age=0;" in cookie for cookie in cleared)
    for cookie in (attempt, session, *cleared):
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}


async def test_a_form_sent_from_another_site_does_nothing(visitor: Visitor, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(EMAIL)
    page = await visitor.post("/sign-in", {"email": EMAIL, "password": PASSWORD}, sec_fetch_site="cross-site")
    assert page.status == 403
    assert visitor.cookie("wardkey_session") is None


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
async def test_a_body_that_is_no_form_reads_as_an_empty_one(visitor: Visitor, content_type: str) -> None:
    answer = await visitor.client.post(
        "/sign-in", content=b"email=a%40example.org&password=x", headers={"content-type": content_type}
    )
    page = Page(answer)
    assert page.status == 422
    assert page.fault("email")


@pytest.mark.parametrize("body", [b"\xff\xfe%ff=%00", b"&" * 1000, b"email=%FF%FE&password=%00", b"email" * 9000])
async def test_a_broken_form_is_answered_like_a_wrong_one(visitor: Visitor, body: bytes) -> None:
    answer = await visitor.client.post("/sign-in", content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code in (401, 422)


async def test_too_much_is_refused_before_it_is_read(visitor: Visitor) -> None:
    answer = await visitor.client.post("/sign-in", content=b"x" * 10_000_000)
    assert answer.status_code == 413


@pytest.mark.spec("UX-3")
async def test_every_step_speaks_the_language_chosen(visitor: Visitor, sqlite_practice: Practice) -> None:
    await enrolled(sqlite_practice)
    await visitor.open("/sign-in")
    page = await visitor.send("Español")
    assert page.path == "/sign-in"
    assert page.root.first("html").attributes["lang"] == "es"
    page = await visitor.send(email=EMAIL, password=PASSWORD)
    assert page.path == "/sign-in/continue"
    assert page.root.first("html").attributes["lang"] == "es"
    page = await visitor.send("English")
    assert page.heading == "Enter your code"
