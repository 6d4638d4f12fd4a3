"""What a device is known by, and what it means to trust one (MFA-9, RULE-2)."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Final

from msgspec import Struct

from wardkey.settings import Settings
from wardkey.vocabulary import AccountId, Instant, Place, SecurityStamp, token_text

DEVICE: Final = "device"
"""What a device token is sealed for."""
DEVICE_BYTES: Final = 16
TRUST_BYTES: Final = 32
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")
KNOWN_ID: Final = re.compile(r"dev_[0-9a-hjkmnp-tv-z]{26}")
TRUST_ID: Final = re.compile(r"trd_[0-9a-hjkmnp-tv-z]{26}")


class KnownDevice(Struct, frozen=True, kw_only=True):
    """A device on which one person has signed in."""

    id: str
    """`dev_…`; its name in addresses and answers."""
    account: AccountId
    device: str
    """SHA-256 of the number in the device's token, hex."""
    first_seen_at: Instant
    last_seen_at: Instant
    sign_ins: int
    ip: str
    user_agent: str
    place: Place | None


class TrustedDevice(Struct, frozen=True, kw_only=True):
    """A device on which one person is not asked for a second step, until a moment that nothing moves."""

    id: str
    """`trd_…`; its name in addresses and answers."""
    account: AccountId
    token: str
    """SHA-256 of the browser's trust token, hex; several people's records may share it."""
    device: str
    """The device it was given to; the token alone, copied to another one, is worth nothing."""
    stamp: SecurityStamp
    """The account's security stamp when the device was trusted; a moved stamp ends the trust."""
    created_at: Instant
    expires_at: Instant
    last_used_at: Instant
    uses: int
    ip: str
    user_agent: str
    place: Place | None


class Noted(Struct, frozen=True):
    """What became of noting a device: the token it is to bring next time, and whether it is new to the account."""

    token: str
    is_new: bool


def decoded(token: str) -> bytes:
    """The bytes that `token_text` made a token of; none where it made no such token, so that each has one spelling alone."""
    if not TOKEN.fullmatch(token):
        return b""
    try:
        found = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return b""
    return found if token_text(found) == token else b""


def device_digest(number: bytes) -> str:
    return sha256(number).hexdigest()


def trust_digest(token: str) -> str:
    """Under which digest a browser's trust is kept; nothing where the text cannot be a trust token."""
    number = decoded(token)
    return sha256(number).hexdigest() if len(number) == TRUST_BYTES else ""


def trust_ends_at(settings: Settings, at: Instant) -> Instant:
    return at + timedelta(days=settings.mfa.trust_days)


def known_since(settings: Settings, at: Instant) -> Instant:
    """A device that an account was last used on then or earlier is new again."""
    return at - timedelta(days=settings.devices.known_days)


def may_trust(permissions: Iterable[bool]) -> bool:
    """Whether a person may trust devices: not where any of their organizations forbids it (strict AAL2)."""
    return all(permissions)


def surplus(others: list[TrustedDevice], at_most: int) -> list[TrustedDevice]:
    """Which of a browser's records have to go so that one more fits: those that were given first."""
    by_age = sorted(others, key=lambda trust: (trust.created_at, trust.id))
    return by_age[: max(0, len(by_age) + 1 - at_most)]
