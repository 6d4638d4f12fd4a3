"""All that is stored about one account and that signing in, or changing its protection, is decided on."""

from msgspec import Struct

from wardkey.accounts.rules import Account
from wardkey.factors.contract import Credential
from wardkey.factors.registry import METHODS
from wardkey.organizations.rules import Membership
from wardkey.signin.facts import FirstFactor
from wardkey.vocabulary import Instant

RECOVERY_CODE = "recovery_code"
PASSKEY = "passkey"
PASSWORD = "password"  # noqa: S105 - the name of a factor


class Person(Struct, frozen=True, kw_only=True):
    account: Account
    credentials: tuple[Credential, ...] = ()
    memberships: tuple[Membership, ...] = ()
    has_devices: bool = False
    """Whether a device is known to have signed in to this account."""


def methods_of(person: Person) -> tuple[Credential, ...]:
    """The MFA methods that are set up, oldest first: what makes the MFA challenge be asked."""
    return tuple(c for c in person.credentials if c.kind in METHODS and c.is_method)


def credentials_of(person: Person, kind: str) -> tuple[Credential, ...]:
    return tuple(c for c in person.credentials if c.kind == kind)


def credential_of(person: Person, kind: str) -> Credential | None:
    return next((c for c in person.credentials if c.kind == kind), None)


def answers_to_mfa(person: Person, first: FirstFactor = FirstFactor.PASSWORD) -> tuple[str, ...]:
    """What can answer the MFA challenge: methods, the one used last first, then the recovery code if one is left.

    Any passkey can, where it was not the first factor already; an account that has nothing but passkeys and began with one
    is asked for its password instead (SIGN-2).
    """
    if not methods_of(person):
        return ()
    usable = (c for c in person.credentials if c.kind in METHODS and (c.is_method or c.kind == PASSKEY))
    kinds = dict.fromkeys(c.kind for c in sorted(usable, key=_last_used, reverse=True))
    if first is FirstFactor.PASSKEY:
        kinds.pop(PASSKEY, None)
        if not kinds and not person.account.is_password_known:
            kinds[PASSWORD] = None
    if credential_of(person, RECOVERY_CODE) is not None:
        kinds[RECOVERY_CODE] = None
    return tuple(kinds)


def _last_used(credential: Credential) -> Instant:
    return credential.last_used_at or credential.created_at


def may_trust_devices(person: Person) -> bool:
    """Whether the person may have devices remembered: every practice of theirs has to allow it (MFA-9)."""
    return all(m.allows_trusted_devices for m in person.memberships)


def is_passkey_enough(person: Person) -> bool:
    """Whether a passkey in place of the password counts as MFA too: every practice of theirs has to say so, and one at least."""
    return bool(person.memberships) and all(m.is_passkey_enough for m in person.memberships)


def idle_minutes_of(person: Person) -> int | None:
    """The shortest idle limit of the person's organizations, if any sets one (SIGN-5)."""
    return min((m.idle_minutes for m in person.memberships if m.idle_minutes is not None), default=None)
