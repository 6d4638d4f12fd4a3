"""The catalogue of messages: one struct for each, with what its text needs.

templates/notices holds a text and an HTML file of the same name.
"""

from typing import Final, TypeAlias

from msgspec import Struct

from wardkey.vocabulary import Instant, Language, Place


class ConfirmAddress(Struct, frozen=True, tag="confirm_address"):
    """Confirm your email address: the link that completes sign-up (ACC-1)."""

    token: str
    valid_days: int


class AlreadyRegistered(Struct, frozen=True, tag="already_registered"):
    """Somebody signed up with an address that has an account; its owner is told, the page is not (ACC-7)."""


class ResetPassword(Struct, frozen=True, tag="reset_password"):
    """The link to choose a new password (ACC-6)."""

    token: str
    valid_minutes: int


class PasswordChanged(Struct, frozen=True, tag="password_changed"):
    """The password was changed: `self`, `sign_in` or `reset`."""

    how: str


class PasswordKnownToOthers(Struct, frozen=True, tag="password_known_to_others"):
    """Somebody gave the right password and then many wrong codes; it opens nothing until changed (MFA-12)."""


class MethodAdded(Struct, frozen=True, tag="method_added"):
    """An MFA method was set up (MFA-11)."""

    method: str


class MethodRemoved(Struct, frozen=True, tag="method_removed"):
    """An MFA method was removed (MFA-11)."""

    method: str


class RecoveryCodeUsed(Struct, frozen=True, tag="recovery_code_used"):
    """A recovery code was used to sign in (MFA-6)."""


class RecoveryCodeReplaced(Struct, frozen=True, tag="recovery_code_replaced"):
    """A new recovery code was made; the old one no longer works (MFA-11)."""


Notice: TypeAlias = (
    ConfirmAddress
    | AlreadyRegistered
    | ResetPassword
    | PasswordChanged
    | PasswordKnownToOthers
    | MethodAdded
    | MethodRemoved
    | RecoveryCodeUsed
    | RecoveryCodeReplaced
)

EXAMPLES: Final[tuple[Notice, ...]] = (
    ConfirmAddress(token="example-token", valid_days=7),
    AlreadyRegistered(),
    ResetPassword(token="example-token", valid_minutes=30),
    PasswordChanged(how="self"),
    PasswordKnownToOthers(),
    MethodAdded(method="totp"),
    MethodRemoved(method="totp"),
    RecoveryCodeUsed(),
    RecoveryCodeReplaced(),
)
"""One of each, for previews."""


class Envelope(Struct, frozen=True, kw_only=True):
    """A notice with its reader and its circumstances, as it waits in the outbox."""

    to: str
    name: str
    language: Language
    time_zone: str
    notice: Notice
    at: Instant
    user_agent: str = ""
    """What the device said it is; empty where no device was involved."""
    ip: str = ""
    place: Place | None = None
