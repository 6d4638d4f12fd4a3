"""All that a sign-in attempt can know, finite and typed: what the next step is computed from (SIGN-4)."""

from enum import StrEnum

from msgspec import Struct

from wardkey.accounts.rules import MfaMode
from wardkey.vocabulary import AccountId, AttemptId, Instant, Place, SecurityStamp, SessionId


class Stage(StrEnum):
    """Where an attempt stands; the names are those of the API's step kinds."""

    BLOCKED = "blocked"
    FIRST_FACTOR = "first_factor"
    VERIFY_EMAIL = "verify_email"
    MFA = "mfa"
    ENROLL_MFA = "enroll_mfa"
    NEW_RECOVERY_CODE = "new_recovery_code"
    CHANGE_PASSWORD = "change_password"  # noqa: S105 - the name of a step
    DONE = "done"


class Barrier(StrEnum):
    """Why an attempt cannot go on, whatever else is proven; the names are problem codes."""

    NONE = "none"
    FINISHED = "attempt_finished"
    EXPIRED = "attempt_expired"
    CODES_USED_UP = "codes_used_up"
    PASSWORD_KNOWN = "password_known_to_others"  # noqa: S105 - a problem code
    SUSPENDED = "account_suspended"
    CHANGED = "account_changed"
    """Password, methods or recovery code changed elsewhere since the password was given."""


class Proof(StrEnum):
    """What has answered the MFA challenge in this attempt."""

    NONE = "none"
    METHOD = "method"
    RECOVERY_CODE = "recovery_code"


class Recovery(StrEnum):
    """Whether the account has a recovery code, and whether its owner said that it is saved."""

    NONE = "none"
    UNSAVED = "unsaved"
    SAVED = "saved"


class Facts(Struct, frozen=True, kw_only=True):
    barrier: Barrier
    is_password_proven: bool
    is_email_verified: bool
    policy: MfaMode
    has_method: bool
    proof: Proof
    recovery: Recovery
    is_password_weak: bool
    """The password is too short for an account that nothing else protects (ACC-5)."""


class Attempt(Struct, frozen=True, kw_only=True):
    """One try to sign in, as it is stored: from the first factor to its outcome."""

    id: AttemptId
    reference: str
    """What the person can read to an admin: eight signs in two groups."""
    account: AccountId | None
    email_digest: str
    """SHA-256 of the email key, so that tries at addresses without account can be counted without keeping the address."""
    started_at: Instant
    expires_at: Instant
    version: int = 0
    """Moves with every write; a step decided on an older version is not kept."""
    stamp: SecurityStamp | None = None
    is_password_weak: bool = False
    proof: Proof = Proof.NONE
    amr: tuple[str, ...] = ()
    wrong_codes: int = 0
    outcome: str | None = None
    """None while open; `done`, `wrong_credentials`, or the barrier that ended it."""
    ended_at: Instant | None = None
    session: SessionId | None = None
    ip: str = ""
    user_agent: str = ""
    place: Place | None = None
