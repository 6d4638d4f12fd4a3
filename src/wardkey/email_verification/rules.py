"""Emailed links: what a token proves, and for how long (ACC-1, ACC-6)."""

from hashlib import sha256
from typing import Final

from msgspec import Struct

from wardkey.accounts.rules import Account
from wardkey.vocabulary import AccountId, Instant, SecurityStamp

VERIFY: Final = "verify_email"
RESET: Final = "reset_password"


class Link(Struct, frozen=True, kw_only=True):
    """An emailed link; its token is known to the reader of the mail alone, `id` is its SHA-256."""

    id: str
    account: AccountId
    purpose: str
    stamp: SecurityStamp
    proof: str = ""
    """SHA-256 of the secret that the browser which asked for the link holds, if any."""
    created_at: Instant
    expires_at: Instant
    used_at: Instant | None = None


def digest(secret: str) -> str:
    """Under which a link or browser secret is kept."""
    return sha256(secret.encode()).hexdigest()


def fault_of(link: Link | None, account: Account | None, purpose: str, at: Instant) -> str | None:
    """Why a link opens nothing, as a problem code, or None where it is good."""
    if link is None or account is None or link.purpose != purpose:
        return "link_unknown"
    if link.used_at is not None:
        return "link_used"
    if at >= link.expires_at:
        return "link_expired"
    return "link_replaced" if link.stamp != account.security_stamp else None
