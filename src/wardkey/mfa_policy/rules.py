"""Whether MFA is off, optional or required for a person at a moment: the strictest that applies wins (MFA-7)."""

from collections.abc import Iterable

from msgspec import Struct

from wardkey.accounts.rules import Account, MfaMode
from wardkey.organizations.rules import Membership
from wardkey.vocabulary import Instant

STRICTNESS = (MfaMode.OFF, MfaMode.OPTIONAL, MfaMode.REQUIRED)


class Policy(Struct, frozen=True):
    """What holds now, and from when more will be asked, if that is announced."""

    mode: MfaMode
    required_from: Instant | None = None


def effective(account: Account, memberships: Iterable[Membership], covered_roles: Iterable[str], at: Instant) -> Policy:
    """The policy for one person: their own setting and that of each organization that covers their role."""
    covered = frozenset(covered_roles)
    asked = [(m.mfa_mode, m.mfa_from) for m in memberships if m.role in covered]
    if account.mfa_mode is not None:
        asked.append((account.mfa_mode, account.mfa_from))
    modes = [_now(mode, starts, at) for mode, starts in asked]
    strictest = max(modes, key=STRICTNESS.index, default=MfaMode.OPTIONAL)
    coming = [starts for mode, starts in asked if mode is MfaMode.REQUIRED and starts is not None and starts > at]
    return Policy(strictest, min(coming) if coming and strictest is not MfaMode.REQUIRED else None)


def _now(mode: MfaMode, starts: Instant | None, at: Instant) -> MfaMode:
    return MfaMode.OPTIONAL if mode is MfaMode.REQUIRED and starts is not None and starts > at else mode
