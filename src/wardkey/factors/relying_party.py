"""Whose passkeys this installation takes: its relying-party id, and the origins that may use it (WebAuthn Level 3 §4, §5.11)."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from wardkey.factors.contract import RelyingParty
from wardkey.settings import Settings

THIS_MACHINE: Final = "localhost"
"""No address can be a relying-party id, but this name always can, also without TLS."""


def relying_party_of(settings: Settings) -> RelyingParty:
    """The host of the public address, or the domain that is set; `localhost` where that address is a number of this machine."""
    site = urlsplit(settings.public_url)
    host = site.hostname or ""
    own: tuple[str, ...] = (origin_of(settings.public_url),)
    if is_number(host) and ip_address(host).is_loopback:
        named = (_origin(site, THIS_MACHINE), _origin(site, "127.0.0.1"))
        own, host = tuple(dict.fromkeys(named + own)), THIS_MACHINE
    related = tuple(map(origin_of, settings.passkeys.related_origins))
    return RelyingParty(settings.passkeys.rp_id or host, tuple(dict.fromkeys(own + related)))


def origin_of(url: str) -> str:
    """The origin of an address as browsers write it (RFC 6454 §6.2): small letters, no default port, no slash at the end."""
    site = urlsplit(url)
    return _origin(site, site.hostname or "")


def is_number(host: str) -> bool:
    """Whether a host is an address rather than a name."""
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def _origin(site: SplitResult, host: str) -> str:
    is_default = site.port in (None, 443 if site.scheme == "https" else 80)
    name = f"[{host}]" if ":" in host else host
    return f"{site.scheme}://{name}" + ("" if is_default else f":{site.port}")
