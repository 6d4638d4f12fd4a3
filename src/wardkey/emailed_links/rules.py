"""Emailed links: what a token proves, and for how long (ACC-1, ACC-4, ACC-6, MFA-11)."""

from hashlib import sha256
from typing import Final, Protocol

from msgspec import Struct

from wardkey.vocabulary import AccountId, Instant, SecurityStamp

VERIFY: Final = "verify_email"
RESET: Final = "reset_password"
CHANGE: Final = "change_email"
UNDO: Final = "undo_email"
NOT_ME: Final = "not_me"

UNBOUND: Final = frozenset({UNDO, NOT_ME})
"""Purposes whose links outlive a move of the security stamp: whatever an attacker changes, its owner's way back stays open."""

DROPPED: Final = SecurityStamp("")
"""What a link that was made useless holds in place of a stamp."""


class Link(Struct, frozen=True, kw_only=True):
    """An emailed link; its token is known to the reader of the mail alone, `id` is its SHA-256."""

    id: str
    account: AccountId
    purpose: str
    stamp: SecurityStamp
    proof: str = ""
    """SHA-256 of the secret that the browser which asked for the link holds, if any."""
    sealed: bytes | None = None
    """The address that the link is about, encrypted, where it is about one."""
    created_at: Instant
    expires_at: Instant
    used_at: Instant | None = None


class Stamped(Protocol):
    """Whatever has a security stamp: an account."""

    @property
    def security_stamp(self) -> SecurityStamp: ...


def digest(secret: str) -> str:
    """Under which a link or browser secret is kept."""
    return sha256(secret.encode()).hexdigest()


def context_of(link: str) -> str:
    """What the payload of a link is sealed for: that link alone."""
    return f"link:{link}"


def fault_of(link: Link | None, account: Stamped | None, purpose: str, at: Instant) -> str | None:
    """Why a link opens nothing, as a problem code, or None where it is good."""
    if link is None or account is None or link.purpose != purpose:
        return "link_unknown"
    if link.used_at is not None:
        return "link_used"
    if at >= link.expires_at:
        return "link_expired"
    is_dropped = link.stamp == DROPPED if purpose in UNBOUND else link.stamp != account.security_stamp
    return "link_replaced" if is_dropped else None
