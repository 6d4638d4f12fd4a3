"""What a request says about its sender is believed only as far as nobody else can have written it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import test_settings
from wardkey.settings import Settings
from wardkey.surfaces.request import USER_AGENT_AT_MOST, client_address, is_same_site, local_path, origin_of, printable

PROXIES = ("10.0.0.0/8", "192.0.2.1", "fd00::/8")
URL = "https://signin.example.org"


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.9", "203.0.113.7"),
        ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", " 203.0.113.7 ", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.9, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "203.0.113.7, 10.2.3.4, 192.0.2.1", "203.0.113.7"),
        ("10.0.0.1", "10.9.9.9", "10.9.9.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", ",,", "10.0.0.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7, nonsense", "10.0.0.1"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "203.0.113.7, ::ffff:192.0.2.1", "203.0.113.7"),
    ],
)
def test_the_client_is_the_nearest_address_that_is_no_proxy_of_ours(peer: str, forwarded: str, client: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == client


@given(st.text(max_size=80))
def test_without_trusted_proxies_nothing_that_is_forwarded_is_believed(forwarded: str) -> None:
    assert client_address("203.0.113.7", forwarded, ()) == "203.0.113.7"


@given(st.text(max_size=80))
def test_whatever_is_forwarded_the_answer_is_no_more_than_a_header(forwarded: str) -> None:
    found = client_address("10.0.0.1", forwarded, PROXIES)
    assert found == "10.0.0.1" or found in forwarded


@pytest.mark.parametrize(
    ("method", "headers", "same"),
    [
        ("GET", {"sec-fetch-site": "cross-site"}, True),
        ("HEAD", {"origin": "https://evil.example"}, True),
        ("POST", {}, True),
        ("POST", {"sec-fetch-site": "same-origin"}, True),
        ("POST", {"sec-fetch-site": "none"}, True),
        ("POST", {"sec-fetch-site": "same-site"}, False),
        ("POST", {"sec-fetch-site": "cross-site"}, False),
        ("POST", {"sec-fetch-site": "anything"}, False),
        ("POST", {"sec-fetch-site": "cross-site", "origin": URL}, False),
        ("POST", {"origin": URL}, True),
        ("POST", {"origin": "https://other.example", "host": "other.example"}, True),
        ("POST", {"origin": "https://evil.example", "host": "signin.example.org"}, False),
        ("POST", {"origin": "https://signin.example.org.evil.example"}, False),
        ("POST", {"origin": "null", "host": "signin.example.org"}, False),
        ("POST", {"origin": "null"}, False),
        ("POST", {"origin": "", "host": "signin.example.org"}, False),
        ("DELETE", {"sec-fetch-site": "cross-site"}, False),
        ("PATCH", {"origin": "https://evil.example"}, False),
    ],
)
def test_what_changes_something_has_to_come_from_our_own_pages(method: str, headers: dict[str, str], same: bool) -> None:
    assert is_same_site(method, headers, URL) is same


@pytest.mark.parametrize("path", ["/", "/account/security", "/a?b=c&d=%2F", "/é", "/x#y"])
def test_a_path_of_ours_is_returned_to(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [None, "", "account", "//evil.example", "///evil.example", "/\\evil.example", "\\/evil", "https://evil.example",
     "javascript:x", "/a\nSet-Cookie: x", "/a\r", "/\t/evil.example", "/\x00", " /x", "/\u202e", "/" + "x" * 600],
)  # fmt: skip
def test_what_could_lead_elsewhere_is_not(path: str | None) -> None:
    assert local_path(path, otherwise="/home") == "/home"


@given(st.text(max_size=60))
def test_any_text_leads_to_a_path_of_ours(text: str) -> None:
    found = local_path(text)
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))
    assert found.isprintable()


@given(st.text())
def test_headers_are_kept_without_what_breaks_a_line(text: str) -> None:
    assert printable(text).isprintable()


def test_an_origin_is_made_of_address_device_and_language() -> None:
    settings = test_settings("sqlite:///none", trusted_proxies=PROXIES)
    headers = {"user-agent": "Fire\x00fox\n" + "x" * 1_000, "accept-language": "es-MX", "x-forwarded-for": "203.0.113.7"}
    found = origin_of(headers, "10.0.0.1", settings, "req-1")
    assert (found.ip, found.language, found.request_id) == ("203.0.113.7", "es", "req-1")
    assert found.user_agent.startswith("Firefox")
    assert len(found.user_agent) == USER_AGENT_AT_MOST


@pytest.mark.spec("UX-3")
@pytest.mark.parametrize(
    ("chosen", "language"), [("en", "en"), ("es", "es"), ("fr", "es"), ("", "es"), (None, "es"), ("EN", "es")]
)
def test_a_language_that_was_chosen_wins_where_there_is_such_a_one(chosen: str | None, language: str) -> None:
    settings = test_settings("sqlite:///none")
    assert origin_of({"accept-language": "es"}, "203.0.113.7", settings, "", chosen).language == language


def test_a_request_that_says_nothing_has_an_origin_all_the_same() -> None:
    found = origin_of({}, "", test_settings("sqlite:///none"), "")
    assert (found.ip, found.user_agent, found.language) == ("", "", "en")


HTTPS = test_settings("sqlite:///none", public_url=URL)
PLAIN = test_settings("sqlite:///none")
BOTH = "a=b; __Host-wardkey_device=secure-d; wardkey_trust=plain-t;wardkey_device=plain-d ; __Host-wardkey_trust=secure-t"


@pytest.mark.spec("MFA-9")
@pytest.mark.parametrize(
    ("settings", "cookie", "device", "trust"),
    [
        (HTTPS, BOTH, "secure-d", "secure-t"),
        (PLAIN, BOTH, "plain-d", "plain-t"),
        (HTTPS, "wardkey_device=plain; wardkey_trust=plain", "", ""),
        (PLAIN, "__Host-wardkey_device=secure; __Host-wardkey_trust=secure", "", ""),
        (PLAIN, "wardkey_device=d", "d", ""),
        (PLAIN, "wardkey_trust=t", "", ""),
        (PLAIN, "xwardkey_device=d; wardkey_device2=d", "", ""),
        (PLAIN, "wardkey_device=; wardkey_trust=", "", ""),
        (PLAIN, 'wardkey_device="d"; wardkey_trust=t', "", "t"),
        (PLAIN, "wardkey_device=a b; wardkey_trust=t", "", "t"),
        (PLAIN, "wardkey_device=d%00; wardkey_trust=t", "", "t"),
        (PLAIN, f"wardkey_device={'x' * 201}; wardkey_trust=t", "", "t"),
        (PLAIN, "", "", ""),
    ],
)
def test_a_browser_brings_its_tokens_in_cookies_and_never_in_headers(
    settings: Settings, cookie: str, device: str, trust: str
) -> None:
    headers = {"cookie": cookie, "wardkey-device": "h", "wardkey-trust": "h"}
    found = origin_of(headers, "203.0.113.7", settings, "")
    assert (found.device, found.trust) == (device, trust)


@pytest.mark.spec("MFA-9")
@pytest.mark.parametrize(
    ("device", "trust", "read"),
    [("d", "t", ("d", "t")), ("d", "", ("d", "")), ("a b", "t;", ("", "")), ("x" * 201, "é", ("", "")), ("d, d", "t", ("", "t"))],
)
def test_a_program_brings_its_tokens_in_headers_and_never_in_cookies(device: str, trust: str, read: tuple[str, str]) -> None:
    headers = {"cookie": BOTH, "wardkey-device": device, "wardkey-trust": trust}
    for settings in (HTTPS, PLAIN):
        found = origin_of(headers, "203.0.113.7", settings, "", is_api=True)
        assert (found.device, found.trust) == read


@given(st.text(max_size=80), st.booleans())
def test_whatever_is_brought_is_read_as_a_token_or_as_nothing(text: str, is_api: bool) -> None:
    headers = {"cookie": f"wardkey_device={text}; wardkey_trust={text}", "wardkey-device": text, "wardkey-trust": text}
    found = origin_of(headers, "203.0.113.7", PLAIN, "", is_api=is_api)
    assert all(part.isascii() and len(part) <= 200 for part in (found.device, found.trust))
