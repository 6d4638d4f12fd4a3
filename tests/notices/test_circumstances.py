"""Device, place, moment and duration in words."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardkey import language as languages
from wardkey.notices.circumstances import device_of, duration_of, moment_of, place_of
from wardkey.vocabulary import Place

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"
WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
IOS = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)"
AFTERNOON = datetime(2026, 11, 24, 19, 5, tzinfo=UTC)


@pytest.fixture
def spanish_without_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spanish as far as it comes from Babel's data: names of months, countries, cities and units."""
    monkeypatch.setattr(languages, "catalogue", lambda _language: {})


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0", "Firefox on Android"),
        (f"{IOS} {WEBKIT} FxiOS/127.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPhone"),
        (f"{IOS} {WEBKIT} Version/17.5 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        (f"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) {WEBKIT} Version/17.5 Mobile/15E148 Safari/604.1", "Safari on iPad"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/17.5 Safari/605.1.15", "Safari on Mac"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", "Chrome on Windows"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36", "Chrome on Chromebook"),
        (f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {CHROME} Mobile Safari/537.36", "Chrome on Android"),
        (f"{IOS} {WEBKIT} CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/126.0.2592.56", "Edge on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 OPR/111.0.0.0", "Opera on Windows"),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) "
            "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
            "Samsung Internet on Android",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer on Windows"),
        (f"Mozilla/5.0 (Linux; Android 13; SM-A536B; wv) {CHROME} Mobile Safari/537.36", "an app on Android"),
        (f"{IOS} {WEBKIT} Mobile/15E148", "an app on iPhone"),
        (f"{IOS} {WEBKIT} Mobile/21A329 [FBAN/FBIOS;FBAV/430.0]", "an app on iPhone"),
        ("MyClinic/3.1 CFNetwork/1494 Darwin/23.4.0", "an app on iOS"),
        ("Dalvik/2.1.0 (Linux; U; Android 13; Pixel 7)", "an app on Android"),
        ("okhttp/4.12.0", "an app"),
        ("python-requests/2.32.3", "an app"),
        ("Dart/3.3 (dart:io)", "an app"),
        ("", "an unknown device"),
        ("   ", "an unknown device"),
        ("hello", "an unknown device"),
        ("Mozilla/5.0", "an unknown device"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "an unknown device"),
    ],
)
def test_a_device_has_the_name_its_owner_knows_it_by(user_agent: str, words: str) -> None:
    assert device_of(user_agent, "en") == words


def test_words_a_stranger_puts_into_a_user_agent_are_never_shown() -> None:
    for hostile in ("Your bank: call 555-0100/1.0", "CallUsNow/1.0 CFNetwork/1494 Darwin/23.4.0", "<script>alert(1)</script>"):
        shown = device_of(hostile, "en")
        assert shown in {"an unknown device", "an app", "an app on iOS"}


@settings(deadline=None)  # the first user agent builds what recognizes them
@given(st.text(max_size=2_000))
def test_any_user_agent_has_a_name(user_agent: str) -> None:
    assert 0 < len(device_of(user_agent, "en")) < 60


def test_only_the_beginning_of_an_endless_user_agent_is_read() -> None:
    assert device_of("x" * 512 + "Firefox/140.0", "en") == device_of("x" * 512, "en") == "an unknown device"


def test_nothing_is_built_for_user_agents_before_it_is_needed_or_warmed() -> None:
    code = (
        "import sys\n"
        "from wardkey.notices import circumstances\n"
        "circumstances.device_of('', 'en')\n"
        "assert 'ua_parser' not in sys.modules\n"
        "circumstances.warm()\n"
        "assert 'ua_parser' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def place(city: str | None, country: str | None, accuracy_km: float = 20.0) -> Place:
    return Place(city=city, country=country, latitude=0.0, longitude=0.0, accuracy_km=accuracy_km)


@pytest.mark.parametrize(
    ("where", "ip", "words"),
    [
        (place("Leeds", "GB"), "81.2.69.142", "near Leeds, United Kingdom"),
        (place("Leeds", None), "81.2.69.142", "near Leeds"),
        (place("Leeds", "ZZ"), "81.2.69.142", "near Leeds"),
        (place("Leeds", "not a country"), "81.2.69.142", "near Leeds"),
        (place("Leeds", "GB", accuracy_km=1_000.0), "81.2.69.142", "United Kingdom"),
        (place(None, "GB"), "81.2.69.142", "United Kingdom"),
        (place(None, None), "81.2.69.142", "place not known"),
        (None, "81.2.69.142", "place not known"),
        (None, "", "place not known"),
        (None, "unknown", "place not known"),
        (None, "192.168.1.20", "on your local network"),
        (None, "10.0.0.7", "on your local network"),
        (None, "127.0.0.1", "on your local network"),
        (None, "::1", "on your local network"),
        (None, "fe80::1", "on your local network"),
        (None, "2a00:1450:4009:81f::200e", "place not known"),
    ],
)
def test_a_place_is_rough_and_says_so(where: Place | None, ip: str, words: str) -> None:
    assert place_of(where, ip, "en") == words


@pytest.mark.parametrize(
    ("time_zone", "words"),
    [
        ("America/New_York", "24 November 2026, 14:05 (New York time)"),
        ("America/Los_Angeles", "24 November 2026, 11:05 (Los Angeles time)"),
        ("America/Argentina/Buenos_Aires", "24 November 2026, 16:05 (Buenos Aires time)"),
        ("Europe/London", "24 November 2026, 19:05 (London time)"),
        ("Pacific/Auckland", "25 November 2026, 08:05 (Auckland time)"),
        ("Asia/Kolkata", "25 November 2026, 00:35 (Kolkata time)"),
        ("US/Eastern", "24 November 2026, 14:05 (New York time)"),
        ("UTC", "24 November 2026, 19:05 (UTC)"),
        ("Etc/UTC", "24 November 2026, 19:05 (UTC)"),
        ("Etc/GMT+5", "24 November 2026, 14:05 (UTC-05:00)"),
        ("EST", "24 November 2026, 14:05 (UTC-05:00)"),
    ],
)
def test_a_moment_is_told_on_the_clock_of_the_person(time_zone: str, words: str) -> None:
    assert moment_of(AFTERNOON, time_zone, "en") == words


def test_summer_time_is_kept() -> None:
    summer = datetime(2026, 7, 1, 19, 5, tzinfo=UTC)
    assert moment_of(summer, "America/New_York", "en") == "1 July 2026, 15:05 (New York time)"


@pytest.mark.parametrize(
    "time_zone", ["", "Mars/Olympus", "America", "../../etc/passwd", "/etc/passwd", "a\0b", "x" * 5_000, "\ud800"]
)
def test_a_zone_that_is_none_falls_back_to_utc(time_zone: str) -> None:
    assert moment_of(AFTERNOON, time_zone, "en") == "24 November 2026, 19:05 (UTC)"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (1, "1 minute"),
        (30, "30 minutes"),
        (60, "1 hour"),
        (90, "90 minutes"),
        (120, "2 hours"),
        (1_440, "1 day"),
        (10_080, "7 days"),
    ],
)
def test_a_duration_is_told_in_its_largest_whole_unit(minutes: int, words: str) -> None:
    assert duration_of(minutes, "en") == words


@pytest.mark.usefixtures("spanish_without_catalogue")
def test_months_countries_cities_and_units_are_spanish_to_a_spanish_reader() -> None:
    assert moment_of(AFTERNOON, "America/New_York", "es").startswith("24 de noviembre de 2026, 14:05 (")
    assert "Nueva York" in moment_of(AFTERNOON, "America/New_York", "es")
    assert place_of(place(None, "GB"), "81.2.69.142", "es") == "Reino Unido"
    assert duration_of(10_080, "es") == "7 días"
