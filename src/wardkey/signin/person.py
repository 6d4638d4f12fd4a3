"""All that is stored about one account and that signing in, or changing its protection, is decided on."""

from msgspec import Struct

from wardkey.accounts.rules import Account
from wardkey.factors.contract import Credential
from wardkey.factors.registry import METHODS
from wardkey.organizations.rules import Membership

RECOVERY_CODE = "recovery_code"


class Person(Struct, frozen=True, kw_only=True):
    account: Account
    credentials: tuple[Credential, ...] = ()
    memberships: tuple[Membership, ...] = ()


def methods_of(person: Person) -> tuple[Credential, ...]:
    """The MFA methods that are set up, oldest first."""
    return tuple(c for c in person.credentials if c.kind in METHODS)


def credential_of(person: Person, kind: str) -> Credential | None:
    return next((c for c in person.credentials if c.kind == kind), None)


def answers_to_mfa(person: Person) -> tuple[str, ...]:
    """The kinds that can answer the MFA challenge: methods first, then the recovery code if one is left."""
    kinds = {c.kind: None for c in methods_of(person)}
    if kinds and credential_of(person, RECOVERY_CODE) is not None:
        kinds[RECOVERY_CODE] = None
    return tuple(kinds)


def idle_minutes_of(person: Person) -> int | None:
    """The shortest idle limit of the person's organizations, if any sets one (SIGN-5)."""
    return min((m.idle_minutes for m in person.memberships if m.idle_minutes is not None), default=None)
