"""What a signed-in person sees of their own protection, and when they must prove again that it is them (MFA-10)."""

from collections.abc import Mapping

from msgspec import Struct

from wardkey.accounts.rules import MfaMode
from wardkey.audit.rules import Entry
from wardkey.sessions.rules import Session, SignedIn, is_stepped_up
from wardkey.settings import Settings
from wardkey.vocabulary import CredentialId, Instant, Problem


class Method(Struct, frozen=True, kw_only=True):
    """One method that is set up."""

    id: CredentialId
    kind: str
    label: str
    added_at: Instant
    last_used_at: Instant | None
    is_method: bool = True
    """Whether it makes the MFA challenge be asked; a passkey made for signing in alone does not."""
    details: Mapping[str, str | bool] = {}
    """What else its owner may see of it: the end of a telephone number, whether a passkey is synced."""


class RecoveryState(Struct, frozen=True, kw_only=True):
    """Whether there is a recovery code, since when, and whether its owner said that it is saved."""

    created_at: Instant
    is_saved: bool


class Overview(Struct, frozen=True, kw_only=True):
    """The security page, as data."""

    email: str
    name: str
    password_changed_at: Instant
    methods: tuple[Method, ...]
    can_add: tuple[str, ...]
    """Kinds of method that can be set up or, where one is there already, replaced; empty where the policy is `off`."""
    recovery: RecoveryState | None
    policy: MfaMode
    required_from: Instant | None
    sessions: tuple[Session, ...]
    activity: tuple[Entry, ...]
    """The newest events about this account, newest first; the first page."""


def step_up_problem(who: SignedIn, settings: Settings, at: Instant) -> Problem | None:
    """The one guard of sensitive acts: None, or the demand to prove again, on every surface alike."""
    if is_stepped_up(who.session, at, settings.session.step_up_s):
        return None
    return Problem(code="step_up_required")
