"""Passkeys in a real browser, with authenticators that the browser simulates (SIGN-2, SIGN-3, MFA-5, MFA-9)."""

from datetime import timedelta
from typing import Any, Final

import pytest
from playwright.async_api import CDPSession, Page

from tests.browser.conftest import Site
from tests.chromium import OpenPage, axe_violations, scrolls_sideways
from tests.world import PASSWORD
from wardkey.accounts.rules import MfaMode, email_key
from wardkey.vocabulary import EmailAddress

ADA: Final = "ada@example.org"
OFFER: Final = "Sign in faster next time"
NO_AUTOFILL: Final = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"


NEVER_BY_ITSELF: Final = """() => {
  const get = navigator.credentials.get.bind(navigator.credentials);
  navigator.credentials.get = (wanted) => {
    if (wanted.mediation !== "conditional") return get(wanted);
    window.armed = true;
    return new Promise((_, reject) => wanted.signal.addEventListener("abort", () => {
      sessionStorage.setItem("aborted", "yes");
      reject(wanted.signal.reason);
    }));
  };
}"""
"""Autofill as it is with a person who has not chosen anything yet: it waits until it is told to stop."""


class Device:
    """A page at the address where passkeys work, and the authenticator of its device."""

    def __init__(self, page: Page, base: str, browser: CDPSession, authenticator: str) -> None:
        self.page, self.base, self._browser, self._id = page, base, browser, authenticator

    async def verify(self, *, is_user: bool) -> None:
        """From now on the device recognises its user, or does not."""
        await self._browser.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": is_user})

    async def enter(self) -> None:
        """Email and password, once the page knows what the device can do."""
        await self.page.goto(f"{self.base}/sign-in")
        await self.page.wait_for_function("document.querySelector('[name=can_hold_passkey]').value === 'yes'")
        await self.page.fill("#email", ADA)
        await self.page.fill("#password", PASSWORD)
        await self.press("Sign in")

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def is_at(self, heading: str) -> None:
        await self.page.get_by_role("heading", level=1, name=heading).wait_for()

    async def is_home(self) -> None:
        await self.page.wait_for_url(f"{self.base}/")

    async def sign_out(self) -> None:
        """Everything that the browser keeps goes; passkeys stay in the authenticator."""
        await self.page.context.clear_cookies()

    async def says(self) -> str:
        said = self.page.locator("[data-says]:visible")
        await said.wait_for()
        return await said.inner_text()


async def device(open_page: OpenPage, site: Site, *, autofill: bool = False, **wishes: Any) -> Device:
    page = await open_page(**wishes)
    if not autofill:
        await page.add_init_script(NO_AUTOFILL)
    browser = await page.context.new_cdp_session(page)
    await browser.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = await browser.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Device(page, site.base.replace("127.0.0.1", "localhost"), browser, made["authenticatorId"])


async def with_passkey(open_page: OpenPage, site: Site, **wishes: Any) -> Device:
    """A device on which the passkey that was offered was created."""
    await site.practice.add_person(ADA)
    here = await device(open_page, site, **wishes)
    await here.enter()
    await here.is_at(OFFER)
    await here.press("Create passkey")
    await here.is_home()
    await here.sign_out()
    return here


@pytest.mark.spec("SIGN-2", "SIGN-3", "MFA-5")
async def test_the_passkey_that_was_offered_signs_in_by_its_button(open_page: OpenPage, site: Site) -> None:
    here = await with_passkey(open_page, site)
    await here.page.goto(f"{here.base}/sign-in?return_to=/account/security")
    await here.press("Sign in with a passkey")
    await here.page.wait_for_url(f"{here.base}/account/security")


@pytest.mark.spec("SIGN-2")
async def test_the_autofill_of_the_browser_signs_in_with_nothing_typed(open_page: OpenPage, site: Site) -> None:
    here = await with_passkey(open_page, site, autofill=True)
    await here.page.goto(f"{here.base}/sign-in")
    await here.is_home()


@pytest.mark.spec("SIGN-3")
@pytest.mark.parametrize(
    ("answer", "days", "is_asked"), [("Not now", 13, False), ("Not now", 15, True), ("Don’t ask me again", 900, False)]
)
async def test_an_offer_that_was_declined_comes_again_in_time_or_never(
    open_page: OpenPage, site: Site, answer: str, days: int, is_asked: bool
) -> None:
    await site.practice.add_person(ADA)
    here = await device(open_page, site)
    await here.enter()
    await here.is_at(OFFER)
    await here.press(answer)
    await here.is_home()
    await here.sign_out()
    site.practice.clock.advance(timedelta(days=days))
    await here.enter()
    await (here.is_at(OFFER) if is_asked else here.is_home())


@pytest.mark.spec("SIGN-3", "UX-2")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_device_that_does_not_finish_is_told_in_plain_words_and_asked_again(
    open_page: OpenPage, site: Site, scheme: Any
) -> None:
    await site.practice.add_person(ADA)
    here = await device(open_page, site, scheme=scheme, width=360)
    await here.enter()
    await here.is_at(OFFER)
    await here.verify(is_user=False)
    await here.press("Create passkey")
    assert "you can try again" in await here.says()
    assert await axe_violations(here.page) == []
    assert not await scrolls_sideways(here.page)
    await here.verify(is_user=True)
    await here.press("Create passkey")
    await here.is_home()


@pytest.mark.spec("SIGN-3", "MFA-5")
async def test_a_device_that_has_a_passkey_already_makes_no_second_one(open_page: OpenPage, site: Site) -> None:
    here = await with_passkey(open_page, site)
    await here.enter()
    await here.is_at(OFFER)
    await here.press("Create passkey")
    assert await here.says() == "This device has a passkey for your account already."
    await here.press("Not now")
    await here.is_home()


WAITS_THE_SECOND_TIME: Final = """() => {
  const get = navigator.credentials.get.bind(navigator.credentials);
  navigator.credentials.get = (wanted) => {
    const before = Number(sessionStorage.getItem("armed") ?? 0);
    sessionStorage.setItem("armed", before + 1);
    return before ? new Promise(() => {}) : get(wanted);
  };
}"""
"""A simulated device answers autofill by itself; from the second time on nobody touches it."""


async def remove_passkeys(site: Site) -> None:
    async with site.practice.units.read() as unit:
        person = await unit.people.by_email(email_key(EmailAddress(ADA)))
    assert person is not None
    async with site.practice.write() as unit:
        for credential in person.credentials:
            assert await unit.credentials.take(credential.id, version=credential.version)


@pytest.mark.spec("SIGN-2")
async def test_a_passkey_that_was_removed_is_told_and_autofill_waits_again(open_page: OpenPage, site: Site) -> None:
    here = await with_passkey(open_page, site, autofill=True)
    await remove_passkeys(site)
    await here.page.add_init_script(f"({WAITS_THE_SECOND_TIME})()")
    await here.page.goto(f"{here.base}/sign-in")
    await here.page.get_by_text("That passkey did not sign you in").wait_for()
    await here.page.wait_for_function("sessionStorage.getItem('armed') === '2'")
    assert await axe_violations(here.page) == []
    await here.page.fill("#email", ADA)
    await here.page.fill("#password", PASSWORD)
    await here.press("Sign in")
    await here.is_at(OFFER)


@pytest.mark.spec("SIGN-2")
async def test_the_button_takes_over_from_autofill_that_waits(open_page: OpenPage, site: Site) -> None:
    here = await with_passkey(open_page, site)
    await here.page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => true")
    await here.page.add_init_script(f"({NEVER_BY_ITSELF})()")
    await here.page.goto(f"{here.base}/sign-in")
    await here.page.wait_for_function("window.armed")
    await here.press("Sign in with a passkey")
    await here.is_home()
    assert await here.page.evaluate("sessionStorage.getItem('aborted')") == "yes"


@pytest.mark.spec("SIGN-2", "UX-1")
async def test_where_passkeys_cannot_work_no_button_is_shown(open_page: OpenPage, site: Site) -> None:
    at_a_number = await open_page(f"{site.base}/sign-in")
    without_scripts = await open_page(f"{site.base.replace('127.0.0.1', 'localhost')}/sign-in", javascript=False)
    for page in (at_a_number, without_scripts):
        await page.wait_for_load_state("networkidle")
        assert not await page.get_by_role("button", name="Sign in with a passkey").is_visible()
        assert await page.get_by_role("button", name="Sign in", exact=True).is_visible()


@pytest.mark.spec("MFA-1", "MFA-5", "MFA-9")
async def test_a_passkey_is_set_up_as_the_method_and_its_device_is_trusted_for_fourteen_days(
    open_page: OpenPage, site: Site
) -> None:
    await site.practice.add_person(ADA, organization=await site.practice.add_organization(mfa_mode=MfaMode.REQUIRED))
    here = await device(open_page, site)
    await here.enter()
    await here.is_at("Set up your authenticator app")
    await here.page.click("a[href$='method=passkey']")
    if await here.page.get_by_role("button", name="Begin", exact=True).count():
        await here.press("Begin")
    await here.page.check("[name=trust_device]")
    assert await axe_violations(here.page) == []
    await here.press("Create passkey")
    await here.is_at("Save your recovery code")
    await here.page.check("#saved")
    await here.press("Continue")
    await here.is_home()
    trusted_at = site.practice.clock.now()
    for days in (1, 5, 13.9):
        await end_session(here)
        site.practice.clock.advance(trusted_at + timedelta(days=days) - site.practice.clock.now())
        await here.enter()
        await here.is_home()
    await end_session(here)
    site.practice.clock.advance(trusted_at + timedelta(days=14) - site.practice.clock.now())
    await here.enter()
    await here.is_at("Use your passkey")
    assert await axe_violations(here.page) == []
    await here.verify(is_user=False)
    await here.press("Use passkey")
    assert "you can try again" in await here.says()
    await here.verify(is_user=True)
    await here.press("Use passkey")
    await here.is_home()


async def end_session(here: Device) -> None:
    """As after a restart of the browser: the session is gone, what knows the device stays."""
    await here.page.context.clear_cookies(name="wardkey_session")
