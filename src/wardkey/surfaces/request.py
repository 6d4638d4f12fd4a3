"""What a request says about its sender: address, device, language, and whether it comes from our own pages."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from wardkey.language import best_language
from wardkey.settings import Settings
from wardkey.vocabulary import LANGUAGES, Origin

USER_AGENT_AT_MOST: Final = 400
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LANGUAGE_COOKIE: Final = "wardkey_language"
DEVICE_COOKIE: Final = "wardkey_device"
TRUST_COOKIE: Final = "wardkey_trust"
DEVICE_HEADER: Final = "wardkey-device"
TRUST_HEADER: Final = "wardkey-trust"
TOKEN: Final = "[A-Za-z0-9_-]{1,200}"  # noqa: S105 - its form
IS_TOKEN: Final = re.compile(TOKEN)


def origin_of(
    headers: Mapping[str, str],
    peer: str,
    settings: Settings,
    request_id: str,
    chosen_language: str | None = None,
    *,
    is_api: bool = False,
) -> Origin:
    """Where a request comes from. Forwarded addresses are believed only from the trusted proxies."""
    language = next((known for known in LANGUAGES if known == chosen_language), None)
    device, trust = _brought_in_headers(headers) if is_api else _brought_in_cookies(headers, settings)
    return Origin(
        ip=client_address(peer, headers.get("x-forwarded-for", ""), settings.trusted_proxies),
        user_agent=printable(headers.get("user-agent", ""))[:USER_AGENT_AT_MOST],
        language=language or best_language(headers.get("accept-language", "")),
        request_id=request_id,
        device=device,
        trust=trust,
    )


def cookie_name(name: str, settings: Settings) -> str:
    """With https the browser is asked to take the cookie from this very host alone (RFC 6265bis, `__Host-`)."""
    return f"__Host-{name}" if settings.is_https else name


def _brought_in_headers(headers: Mapping[str, str]) -> tuple[str, str]:
    """The tokens of device and trust as programs send them; they read no cookies, so none are borrowed from a browser."""
    device, trust = headers.get(DEVICE_HEADER, ""), headers.get(TRUST_HEADER, "")
    return device if IS_TOKEN.fullmatch(device) else "", trust if IS_TOKEN.fullmatch(trust) else ""


def _brought_in_cookies(headers: Mapping[str, str], settings: Settings) -> tuple[str, str]:
    """The tokens of device and trust as browsers send them."""
    sent = headers.get("cookie", "")
    if DEVICE_COOKIE not in sent:  # trust without a device is worth nothing
        return "", ""
    device, trust = (_cookie(cookie_name(name, settings)).search(sent) for name in (DEVICE_COOKIE, TRUST_COOKIE))
    return device.group(1) if device else "", trust.group(1) if trust else ""


@cache
def _cookie(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|;)\s*{name}=({TOKEN})\s*(?:;|$)")


@lru_cache(maxsize=4_096)
def client_address(peer: str, forwarded: str, trusted: tuple[str, ...]) -> str:
    """The nearest address that is not a trusted proxy, read from the right, where nobody but our proxies can write."""
    if not (forwarded and trusted):
        return peer
    hops = [peer, *(part.strip() for part in reversed(forwarded.split(",")) if part.strip())]
    for hop in hops:
        if not is_in(hop, trusted):
            return hop if _is_address(hop) else peer
    return hops[-1] if _is_address(hops[-1]) else peer


def printable(text: str) -> str:
    """A header without control characters, so that nothing breaks a log line or a page."""
    return text if text.isprintable() else "".join(c for c in text if c.isprintable())


def is_same_site(method: str, headers: Mapping[str, str], public_url: str) -> bool:
    """Whether a request that changes something comes from our own pages.

    Browsers say so in Sec-Fetch-Site, older ones in Origin; a program that sends neither carries no cookies of ours unless it
    means to, so it is let through (the scheme of Go's http.CrossOriginProtection).
    """
    if method in SAFE_METHODS:
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or origin == public_url.rstrip("/") or origin.partition("://")[2] == headers.get("host")


def local_path(text: str | None, otherwise: str = "/") -> str:
    """A path on this service to return to; anything that could lead elsewhere is replaced."""
    if not text or not text.startswith("/") or text.startswith("//") or "\\" in text or not text.isprintable() or len(text) > 500:
        return otherwise
    return text


def is_in(address: str, networks: tuple[str, ...]) -> bool:
    """Whether an address is in one of the networks; what is no address is in none."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None  # how a socket for both families shows IPv4
    return any((mapped or found) in network for network in _read(networks))


@cache
def _read(networks: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(network, strict=False) for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
