"""People of a practice, and how each gets to a page of signing in."""

import subprocess
from collections.abc import Awaitable, Callable
from typing import Final

from playwright.async_api import Page

from tests.browser.conftest import Site
from tests.world import PASSWORD
from wardkey.accounts.rules import MfaMode, Status

KEY: Final = b"12345678901234567890"
WITH_MFA: Final = "ada@example.org"
HAS_TO_ENROL: Final = "new@example.org"
WITH_A_SHORT_ONE: Final = "tea@example.org"
"""Whose password is too short to stand alone."""
SUSPENDED: Final = "gone@example.org"
UNCONFIRMED: Final = "sam@example.org"
PRESSED: Final = "main button.button-primary"


async def settle(site: Site) -> None:
    """Everybody moves in."""
    practice = site.practice
    strict = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
    await practice.add_person(WITH_MFA, totp_key=KEY, recovery_code=True)
    await practice.add_person(HAS_TO_ENROL, organization=strict)
    await practice.add_person(WITH_A_SHORT_ONE, "teapot 77")
    await practice.add_person(SUSPENDED, status=Status.SUSPENDED)
    await practice.add_person(UNCONFIRMED, status=Status.UNVERIFIED, email_verified_at=None)


def oathtool(site: Site, key: str) -> str:
    """The code that an independent program gives for a key in base 32, now."""
    now = site.practice.clock.now().strftime("%Y-%m-%d %H:%M:%S UTC")
    return subprocess.run(["oathtool", "--totp", "-b", "-N", now, key], capture_output=True, text=True, check=True).stdout.strip()


async def enter(page: Page, site: Site, email: str, password: str = PASSWORD) -> None:
    await page.goto(f"{site.base}/sign-in")
    await page.fill("#email", email)
    await page.fill("#password", password)
    await press(page)


async def press(page: Page) -> None:
    """Press the button that the page is about, and wait for the answer."""
    async with page.expect_navigation(wait_until="load"):
        await page.click(PRESSED)


async def shown_key(page: Page) -> str:
    return (await page.inner_text("#setup-key") or await page.text_content("#setup-key") or "").replace(" ", "")


async def to_new_code(page: Page, site: Site) -> None:
    await enter(page, site, HAS_TO_ENROL)
    await page.fill("#code", oathtool(site, await shown_key(page)))
    await press(page)
    await page.wait_for_selector("#recovery-codes")


async def _open(page: Page, site: Site, path: str) -> None:
    await page.goto(site.base + path)


async def _wrong_sign_up(page: Page, site: Site) -> None:
    await _open(page, site, "/sign-up")
    await page.fill("#email", "not an address")
    await press(page)


async def _measured_sign_up(page: Page, site: Site) -> None:
    await _open(page, site, "/sign-up")
    await page.fill("#password", "easy")
    await page.wait_for_selector(".strength-text:not(:empty)")


async def _sent(page: Page, site: Site, path: str) -> None:
    await _open(page, site, path)
    await page.fill("#email", "somebody.with.a.long.name@practice.example.org")
    await press(page)


async def _wrong_code(page: Page, site: Site) -> None:
    await enter(page, site, WITH_MFA)
    await page.fill("#code", "000000")
    await press(page)


async def _recovery(page: Page, site: Site) -> None:
    await enter(page, site, WITH_MFA)
    await page.click("text=Use your recovery code")


async def _unsaved(page: Page, site: Site) -> None:
    await to_new_code(page, site)
    await press(page)


async def _key_shown(page: Page, site: Site) -> None:
    await enter(page, site, HAS_TO_ENROL)
    await page.click("summary")


STATES: Final[dict[str, Callable[[Page, Site], Awaitable[None]]]] = {
    "sign in": lambda page, site: _open(page, site, "/sign-in"),
    "sign in, news": lambda page, site: _open(page, site, "/sign-in?after=confirmed"),
    "sign in, wrong password": lambda page, site: enter(page, site, WITH_MFA, "wrong"),
    "sign in, nothing entered": lambda page, site: enter(page, site, "", ""),
    "code": lambda page, site: enter(page, site, WITH_MFA),
    "code, wrong": _wrong_code,
    "recovery code asked for": _recovery,
    "set up": lambda page, site: enter(page, site, HAS_TO_ENROL),
    "set up, key shown": _key_shown,
    "longer password": lambda page, site: enter(page, site, WITH_A_SHORT_ONE, "teapot 77"),
    "blocked": lambda page, site: enter(page, site, SUSPENDED),
    "address not confirmed": lambda page, site: enter(page, site, UNCONFIRMED),
    "sign up": lambda page, site: _open(page, site, "/sign-up"),
    "sign up, faults": _wrong_sign_up,
    "sign up, meter": _measured_sign_up,
    "sign up, sent": lambda page, site: _sent(page, site, "/verify-email/resend"),
    "new link": lambda page, site: _open(page, site, "/verify-email/resend"),
    "dead link": lambda page, site: _open(page, site, "/verify-email/nothing"),
    "forgot password": lambda page, site: _open(page, site, "/forgot-password"),
    "forgot password, sent": lambda page, site: _sent(page, site, "/forgot-password"),
    "dead reset link": lambda page, site: _open(page, site, "/reset-password/nothing"),
    "new recovery code, not saved": _unsaved,
}
"""Every public page in each state that looks different; the last one can be reached once."""
