"""When, from which device and roughly where, in words: the same in messages and on pages."""

import re
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_location
from babel.units import format_unit
from msgspec import Struct

from wardkey.language import N_, translate
from wardkey.vocabulary import Instant, Language, Place, is_local, network_of

LONGEST_USER_AGENT: Final = 512
"""Signs of a User-Agent header that are read; those of browsers and of apps inside Facebook stay below 500."""

NEAR_KM: Final = 500.0
"""A city is named only where it is meant within this radius; beyond it the country alone is."""

UNKNOWN_COUNTRY: Final = "ZZ"
"""What place data say for addresses of no known country (ISO 3166-1 leaves it to users)."""

BROWSERS: Final = {
    "Brave": "Brave",
    "Chrome": "Chrome",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chromium": "Chromium",
    "DuckDuckGo": "DuckDuckGo",
    "DuckDuckGo Mobile": "DuckDuckGo",
    "Edge": "Edge",
    "Edge Mobile": "Edge",
    "Firefox": "Firefox",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "HeadlessChrome": "Chrome",
    "IE": "Internet Explorer",
    "Mobile Safari": "Safari",
    "Opera": "Opera",
    "Opera Mobile": "Opera",
    "Safari": "Safari",
    "Samsung Internet": "Samsung Internet",
    "Vivaldi": "Vivaldi",
}
"""ua-parser's browser families and what people call them. A closed list: a family can be any words the client sent."""

SYSTEMS: Final = {
    "Android": "Android",
    "Arch Linux": "Linux",
    "Chrome OS": "Chromebook",
    "Debian": "Linux",
    "Fedora": "Linux",
    "Linux": "Linux",
    "Mac OS X": "Mac",
    "Ubuntu": "Linux",
    "Windows": "Windows",
    "iOS": "iOS",
}
"""ua-parser's systems and what people call them."""

APPLE_DEVICES: Final = ("iPhone", "iPad", "iPod")
ANDROID_APP: Final = "; wv)"
"""How a page shown inside an Android app marks itself (developer.chrome.com, WebView user agents)."""
PROGRAM: Final = re.compile(r"(?!Mozilla/)[A-Za-z][\w.-]{1,40}/\d")
"""A product and its version, which is how programs that are no browsers begin (RFC 9110 §10.1.5)."""


class _Device(Struct, frozen=True):
    browser: str | None
    system: str | None
    is_app: bool


def device_of(user_agent: str, language: Language) -> str:
    """What a device is called: "Firefox on Windows", "an app on iPhone", "an app", "an unknown device"."""
    device = _recognized(user_agent[:LONGEST_USER_AGENT].encode(errors="replace").decode())
    names = {"browser": device.browser, "system": device.system}
    if device.browser and device.system:
        return translate(language, N_("%(browser)s on %(system)s"), names)
    if device.browser:
        return device.browser
    if device.system:
        return translate(language, N_("an app on %(system)s"), names)
    return translate(language, N_("an app") if device.is_app else N_("an unknown device"))


def warm() -> None:
    """Build the recognition of user agents now (250 ms of CPU, most of it regular expressions), not at the first request."""
    _recognized("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")


@lru_cache(maxsize=2048)
def _recognized(user_agent: str) -> _Device:
    if not user_agent.strip():
        return _Device(None, None, is_app=False)
    import ua_parser  # noqa: PLC0415 - 95 ms that a command which shows no device must not pay

    found = ua_parser.parse(user_agent)
    browser = BROWSERS.get(found.user_agent.family) if found.user_agent else None
    if ANDROID_APP in user_agent:
        browser = None
    system = SYSTEMS.get(found.os.family) if found.os else None
    if system == "iOS" and found.device and found.device.family in APPLE_DEVICES:
        system = found.device.family
    return _Device(browser, system, is_app=PROGRAM.match(user_agent) is not None)


def place_of(place: Place | None, ip: str, language: Language) -> str:
    """Roughly where an address is: "near Leeds, United Kingdom", "United Kingdom", "on your local network", "place not known"."""
    country = _country(place, language)
    if place and place.city and place.accuracy_km <= NEAR_KM:
        if country:
            return translate(language, N_("near %(city)s, %(country)s"), {"city": place.city, "country": country})
        return translate(language, N_("near %(city)s"), {"city": place.city})
    if country:
        return country
    is_nearby = network_of(ip) != "" and is_local(ip)
    return translate(language, N_("on your local network") if is_nearby else N_("place not known"))


def _country(place: Place | None, language: Language) -> str | None:
    if place is None or place.country in (None, UNKNOWN_COUNTRY):
        return None
    name: str | None = Locale(language).territories.get(place.country)
    return name


def moment_of(at: Instant, time_zone: str, language: Language) -> str:
    """A moment on the person's own clock: "24 November 2026, 14:05 (New York time)"; in UTC where the zone is not known."""
    there = at.astimezone(_zone(time_zone))
    return translate(
        language,
        N_("%(date)s, %(time)s (%(zone)s)"),
        {
            "date": day_of(at, time_zone, language),
            "time": format_time(there, "HH:mm", tzinfo=there.tzinfo, locale=language),
            "zone": _zone_in_words(there, language),
        },
    )


def day_of(at: Instant, time_zone: str, language: Language) -> str:
    """The day that a moment falls on for the person: "24 November 2026"."""
    return format_date(at.astimezone(_zone(time_zone)), "long", locale="en_001" if language == "en" else language)


def duration_of(minutes: int, language: Language) -> str:
    """A length of time in the largest unit that needs no fraction: "30 minutes", "7 days"."""
    for unit, length in (("day", 24 * 60), ("hour", 60)):
        if minutes and minutes % length == 0:
            return format_unit(minutes // length, f"duration-{unit}", locale=language)
    return format_unit(minutes, "duration-minute", locale=language)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return UTC


def _zone_in_words(there: Instant, language: Language) -> str:
    name = getattr(there.tzinfo, "key", "")
    if "/" in name and not name.startswith("Etc/"):
        city = get_timezone_location(there, locale=language, return_city=True).rpartition("/")[2]
        return translate(language, N_("%(city)s time"), {"city": city})
    offset = there.isoformat()[-6:]
    return "UTC" if offset == "+00:00" else f"UTC{offset}"
