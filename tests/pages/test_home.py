"""The first page after signing in."""

from datetime import UTC, datetime

import pytest

from tests.pages.person import ADA, IPHONE, KEY, NewBrowser
from tests.world import Practice
from wardkey.accounts.rules import MfaMode
from wardkey.vocabulary import Role

MARCH = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("role", "words"),
    [
        (Role.OWNER, "Owner at Maple Street Clinic"),
        (Role.ADMIN, "Administrator at Maple Street Clinic"),
        (Role.PROVIDER, "Provider at Maple Street Clinic"),
        (Role.STAFF, "Office staff at Maple Street Clinic"),
        (Role.CLIENT, "Client of Maple Street Clinic"),
    ],
)
async def test_the_person_is_greeted_with_role_and_practice(
    sqlite_practice: Practice, new_browser: NewBrowser, role: Role, words: str
) -> None:
    clinic = await sqlite_practice.add_organization()
    await sqlite_practice.add_person(ADA, organization=clinic, role=role, name="Ada Okafor")
    page = await new_browser(sqlite_practice).enter()
    assert (page.path, page.heading) == ("/", "Hello, Ada Okafor")
    assert page.text.startswith(f"Hello, Ada Okafor {words}")


async def test_somebody_without_a_practice_is_greeted_too(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await sqlite_practice.add_person(ADA, name="Ada Okafor")
    page = await new_browser(sqlite_practice).enter()
    assert page.text.startswith("Hello, Ada Okafor Only a password protects your account")


@pytest.mark.spec("MFA-7")
async def test_a_coming_requirement_is_announced_with_its_day_and_can_be_met_now(
    practice: Practice, new_browser: NewBrowser
) -> None:
    clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED, mfa_from=MARCH)
    await practice.add_person(ADA, organization=clinic)
    browser = new_browser(practice)
    page = await browser.enter()
    assert "Your practice asks for a second sign-in step from 1 March 2027" in page.notice()
    link = page.root.first("a", class_="button-primary").attributes["href"]
    assert (await browser.open(link)).heading == "Set up an authenticator app"


async def test_the_day_is_that_of_the_persons_own_clock(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    clinic = await sqlite_practice.add_organization(mfa_mode=MfaMode.REQUIRED, mfa_from=MARCH)
    await sqlite_practice.add_person(ADA, organization=clinic, time_zone="America/New_York")
    page = await new_browser(sqlite_practice).enter()
    assert "from 28 February 2027" in page.notice()


async def test_whoever_has_an_app_already_is_not_warned(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    clinic = await sqlite_practice.add_organization(mfa_mode=MfaMode.REQUIRED, mfa_from=MARCH)
    await sqlite_practice.add_person(ADA, organization=clinic, totp_key=KEY, recovery_code=True)
    page = await new_browser(sqlite_practice).enter(key=KEY)
    assert page.notice() == ""
    assert "Authenticator app On Its code is asked for each time you sign in. Recovery code Saved" in page.text


@pytest.mark.spec("MFA-7")
async def test_a_requirement_that_began_during_the_session_is_said(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    clinic = await sqlite_practice.add_organization()
    await sqlite_practice.add_person(ADA, organization=clinic)
    browser = new_browser(sqlite_practice)
    await browser.enter()
    async with sqlite_practice.write() as unit:
        await unit.organizations.set_mfa(clinic.id, MfaMode.REQUIRED, None)
    page = await browser.open("/")
    assert "Your practice asks for a second sign-in step Set up an authenticator app now" in page.notice()


async def test_where_mfa_is_off_nothing_is_advised(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    clinic = await sqlite_practice.add_organization(mfa_mode=MfaMode.OFF)
    await sqlite_practice.add_person(ADA, organization=clinic)
    page = await new_browser(sqlite_practice).enter()
    assert page.notice() == ""
    assert "Your practice does not use a second sign-in step." in page.text


async def test_an_app_without_a_recovery_code_is_a_warning(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await sqlite_practice.add_person(ADA, totp_key=KEY)
    browser = new_browser(sqlite_practice)
    page = await browser.sign_in(ADA, "violet teapot on the windowsill")
    page = await browser.send(code=sqlite_practice.code(KEY))
    if page.path != "/":
        page = await browser.send("Continue", saved="yes")
    assert page.path == "/"
    assert "Recovery code Saved" in page.text


async def test_the_person_sees_on_how_many_devices_they_are_signed_in(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await sqlite_practice.add_person(ADA)
    browser = new_browser(sqlite_practice)
    assert "Signed in On this device only" in (await browser.enter()).text
    await new_browser(sqlite_practice, user_agent=IPHONE).enter()
    assert "Signed in On 2 devices" in (await browser.open("/")).text


async def test_home_leads_to_security_and_out(sqlite_practice: Practice, new_browser: NewBrowser) -> None:
    await sqlite_practice.add_person(ADA)
    browser = new_browser(sqlite_practice)
    page = await browser.enter()
    assert "/account/security" in [a.attributes["href"] for a in page.root.all("a")]
    assert (await browser.send("Sign out")).heading == "You are signed out"
