"""What the browser keeps for us: the session, the sign-in under way, and what a sign-up left behind."""

from typing import Final
from urllib.parse import quote, unquote

from litestar.datastructures import Cookie
from msgspec import Struct

from wardkey.sessions.actions import who
from wardkey.sessions.rules import SignedIn
from wardkey.settings import Settings
from wardkey.surfaces.pages.forms import PageRequest
from wardkey.surfaces.request import DEVICE_COOKIE, LANGUAGE_COOKIE, TRUST_COOKIE, cookie_name, local_path
from wardkey.surfaces.visit import visit_of
from wardkey.vocabulary import Instant, Language

SESSION: Final = "wardkey_session"
ATTEMPT: Final = "wardkey_attempt"
SIGN_UP: Final = "wardkey_signup"
EMAIL: Final = "wardkey_email"
EMAIL_KEPT_S: Final = 900
"""The address last written to is shown on the pages that follow, and for no longer, since others use this computer too."""
ATTEMPT_KEPT_S: Final = 3_600
"""How much longer than the attempt its cookie lives, so that somebody who comes back late is told what happened."""
YEAR_S: Final = 31_536_000
DAY_S: Final = 86_400


class Underway(Struct, frozen=True):
    """The sign-in that this browser is in the middle of, and where it leads."""

    token: str
    return_to: str
    organization: str = ""
    """The short name of the organization whose pages it is under way on; empty for the installation's."""


def read(request: PageRequest, name: str) -> str | None:
    """The value of one of the cookies named here."""
    return request.cookies.get(cookie_name(name, visit_of(request.scope).service.world.settings)) or None


def write(settings: Settings, name: str, value: str, max_age: int) -> Cookie:
    return Cookie(
        cookie_name(name, settings),
        path="/",
        value=value,
        max_age=max_age,
        secure=settings.is_https,
        httponly=True,
        samesite="lax",
    )


def clear(settings: Settings, name: str) -> Cookie:
    return write(settings, name, "", 0)


def write_session(settings: Settings, token: str, expires_at: Instant, at: Instant) -> Cookie:
    """The session for as long as it counts."""
    return write(settings, SESSION, token, max(0, int((expires_at - at).total_seconds())))


def write_attempt(settings: Settings, token: str, return_to: str, organization: str = "") -> Cookie:
    value = "~".join((token, quote(return_to, safe=""), *([organization] if organization else [])))
    return write(settings, ATTEMPT, value, settings.session.attempt_s + ATTEMPT_KEPT_S)


def write_device(settings: Settings, token: str) -> Cookie:
    """By what the browser is known from now on; it outlives sessions, and says nothing about anybody."""
    return write(settings, DEVICE_COOKIE, token, settings.devices.cookie_days * DAY_S)


def write_trust(settings: Settings, token: str) -> Cookie:
    """By what the browser is trusted from now on; how long it is, is kept with each person's trust."""
    return write(settings, TRUST_COOKIE, token, settings.mfa.trust_days * DAY_S)


def underway(request: PageRequest) -> Underway | None:
    token, _, rest = (read(request, ATTEMPT) or "").partition("~")
    return_to, _, organization = rest.partition("~")
    return Underway(token, local_path(unquote(return_to)), organization) if token else None


def write_email(settings: Settings, email: str) -> Cookie:
    return write(settings, EMAIL, quote(email, safe="@"), EMAIL_KEPT_S)


def email_written(request: PageRequest) -> str:
    """The address that this browser entered a moment ago, or nothing."""
    return unquote(read(request, EMAIL) or "")


def write_language(settings: Settings, language: Language) -> Cookie:
    return Cookie(
        LANGUAGE_COOKIE, path="/", value=language, max_age=YEAR_S, secure=settings.is_https, httponly=True, samesite="lax"
    )


async def signed_in(request: PageRequest) -> SignedIn | None:
    """Who is signed in with this browser, if anybody: one statement, and one for their brand where it is not remembered."""
    token, service = read(request, SESSION), visit_of(request.scope).service
    if token is None:
        return None
    async with service.units.read() as unit:
        at = service.world.clock.now()
        found = await who(unit, token, at)
        if found is not None:
            await service.brands.learn(unit, found.only_organization, at)
        return found
