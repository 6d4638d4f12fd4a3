"""Words every concept may use: identifiers, moments, places, and where a request came from."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, Literal, NewType, TypeAlias

from msgspec import Struct

AccountId = NewType("AccountId", str)
"""`acc_…`; one person."""
OrganizationId = NewType("OrganizationId", str)
"""`org_…`; one practice."""
CredentialId = NewType("CredentialId", str)
"""`cred_…`; one enrolled method, or a set of recovery codes."""
AttemptId = NewType("AttemptId", str)
"""SHA-256 of the attempt token, hex; the token itself is known to the client alone."""
SessionId = NewType("SessionId", str)
"""SHA-256 of the session token, hex."""
EventId = NewType("EventId", str)
"""`evt_…`; sortable by time."""
EmailAddress = NewType("EmailAddress", str)
"""An address as its owner writes it, syntax checked."""
EmailKey = NewType("EmailKey", str)
"""The form of an address that two spellings of the same mailbox share: NFC, case folded."""
PhoneNumber = NewType("PhoneNumber", str)
"""A telephone number in E.164 form: `+` and at most fifteen digits."""
SecurityStamp = NewType("SecurityStamp", str)
"""Changes whenever password, methods or recovery code change; what was trusted before compares unequal."""

Instant: TypeAlias = datetime
"""An aware moment in UTC."""

Language: TypeAlias = Literal["en", "es"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "es")


class Role(StrEnum):
    """What an account may be in an organization (design words: owner, admin, provider, staff, client)."""

    OWNER = "owner"
    ADMIN = "admin"
    PROVIDER = "provider"
    STAFF = "staff"
    CLIENT = "client"


class Place(Struct, frozen=True):
    """A rough place on earth: degrees, and the radius in kilometres within which it is meant."""

    city: str | None
    country: str | None  # ISO 3166-1 alpha-2
    latitude: float
    longitude: float
    accuracy_km: float


class Origin(Struct, frozen=True):
    """Where a request came from: the client's address as the trusted proxies report it, and what it says it is."""

    ip: str
    user_agent: str
    language: Language = "en"
    request_id: str = ""
    device: str = ""
    """The token by which the client is known, if it brought one (`devices.rules`); no secret of an account."""
    trust: str = ""
    """The token by which the client may be trusted, if it brought one (`devices.rules`)."""


NOWHERE: Final = Origin(ip="", user_agent="")
"""The origin of what no client asked for: the CLI and the clock."""


class FieldFault(Struct, frozen=True):
    """What is wrong with one field of what was sent; `code` has its sentence in `problems`."""

    field: str
    code: str
    params: Mapping[str, str | int] = {}


class Problem(Struct, frozen=True, kw_only=True):
    """A refusal: a value, never an exception, so that what was recorded on the way to it is kept.

    `code` names the entry in `problems`; `params` fill its sentence; `retry_after` is in whole seconds.
    """

    code: str
    faults: tuple[FieldFault, ...] = ()
    params: Mapping[str, str | int] = {}
    retry_after: int | None = None
    reference: str | None = None


def faulty(*faults: FieldFault) -> Problem:
    """The refusal of a form or body with faults in its fields."""
    return Problem(code="check_fields", faults=faults)


@lru_cache(maxsize=4_096)
def network_of(ip: str) -> str:
    """The network one subscriber is taken to hold: /32 for IPv4, /64 for IPv6; empty for no or an odd address."""
    try:
        address: IPv4Address | IPv6Address = ip_address(ip)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    bits = 32 if isinstance(address, IPv4Address) else 64
    return str(ip_network((address, bits), strict=False))


def is_local(ip: str) -> bool:
    """Whether an address says nothing about a place: private, loopback, or not an address."""
    try:
        return not ip_address(ip).is_global
    except ValueError:
        return True


def sortable_id(prefix: str, at: Instant, random: bytes) -> str:
    """`prefix_` and 26 signs that sort by time: 48 bits of milliseconds and 80 random bits in Crockford's base 32 (ULID)."""
    number = int(at.timestamp() * 1000) << 80 | int.from_bytes(random[:10], "big")
    return f"{prefix}_" + "".join("0123456789abcdefghjkmnpqrstvwxyz"[number >> shift & 31] for shift in range(125, -1, -5))


def token_text(random: bytes) -> str:
    """Random bytes as text that fits in addresses, headers and cookies (base64url without padding)."""
    return urlsafe_b64encode(random).rstrip(b"=").decode()
