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
    OFFER_PASSKEY = "offer_passkey"
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


class FirstFactor(StrEnum):
    """What the attempt began with."""

    NONE = "none"
    PASSWORD = "password"  # noqa: S105 - the name of a factor
    PASSKEY = "passkey"


class Proof(StrEnum):
    """What has answered the MFA challenge in this attempt."""

    NONE = "none"
    METHOD = "method"
    RECOVERY_CODE = "recovery_code"
    PASSWORD = "password"  # noqa: S105 - the name of a factor
    """The password, after a passkey, where there is no other method."""
    TRUSTED_DEVICE = "trusted_device"
    """Nothing was asked, since the person trusts the device (MFA-9)."""


class Recovery(StrEnum):
    """Whether the account has a recovery code, and whether its owner said that it is saved."""

    NONE = "none"
    UNSAVED = "unsaved"
    SAVED = "saved"


class Facts(Struct, frozen=True, kw_only=True):
    barrier: Barrier
    first_factor: FirstFactor
    is_email_verified: bool
    policy: MfaMode
    has_method: bool
    proof: Proof
    recovery: Recovery
    is_password_weak: bool
    """The password is too short for an account that nothing else protects (ACC-5)."""
    is_passkey_enough: bool = False
    """Every practice of the person takes a passkey in place of the password for MFA as well (SIGN-2)."""
    is_passkey_offered: bool = False
    """The device could hold a passkey, and the person may be asked whether they want one (SIGN-3)."""


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
    first_factor: FirstFactor = FirstFactor.PASSWORD
    """What the attempt began with, once `stamp` says that it was right."""
    device: str | None = None
    """The digest by which the device is known, if it brought a genuine token."""
    trusted_device: str | None = None
    """The record of trust that lets this attempt skip the MFA challenge."""
    wants_trust: bool = False
    """The person asked to have this device remembered."""
    can_hold_passkey: bool = False
    """The browser said that it could hold a passkey."""
