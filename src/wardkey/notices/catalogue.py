"""The catalogue of messages: one struct for each, with what its text needs.

templates/notices holds a text and an HTML file of the same name.
"""

from typing import ClassVar, Final, TypeAlias

from msgspec import Struct

from wardkey.vocabulary import AccountId, Instant, Language, Place


class Told(Struct, frozen=True):
    """What a person is told."""

    is_alarming: ClassVar[bool] = False
    """Whether it tells of an act on the person's account that may be somebody else's, so that it carries "This wasn't me"."""


class Alarm(Told, frozen=True):
    """What a person is told so that they can object."""

    is_alarming: ClassVar[bool] = True


class ConfirmAddress(Told, frozen=True, tag="confirm_address"):
    """Confirm your email address: the link that completes sign-up (ACC-1)."""

    token: str
    valid_days: int


class AlreadyRegistered(Told, frozen=True, tag="already_registered"):
    """Somebody signed up with an address that has an account; its owner is told, the page is not (ACC-7)."""


class ResetPassword(Told, frozen=True, tag="reset_password"):
    """The link to choose a new password (ACC-6)."""

    token: str
    valid_minutes: int


class PasswordChanged(Alarm, frozen=True, tag="password_changed"):
    """The password was changed: `self`, `sign_in` or `reset`."""

    how: str


class PasswordKnownToOthers(Alarm, frozen=True, tag="password_known_to_others"):
    """Somebody gave the right password and then many wrong codes; it opens nothing until changed (MFA-12)."""


class MethodAdded(Alarm, frozen=True, tag="method_added"):
    """An MFA method was set up (MFA-11)."""

    method: str


class MethodRemoved(Alarm, frozen=True, tag="method_removed"):
    """An MFA method was removed (MFA-11)."""

    method: str


class RecoveryCodeUsed(Alarm, frozen=True, tag="recovery_code_used"):
    """A recovery code was used to sign in (MFA-6)."""


class RecoveryCodeReplaced(Alarm, frozen=True, tag="recovery_code_replaced"):
    """A new recovery code was made; the old one no longer works (MFA-11)."""


class NewDevice(Alarm, frozen=True, tag="new_device"):
    """Somebody signed in on a device that the account was not used on before (RULE-2)."""


class ConfirmNewAddress(Told, frozen=True, tag="confirm_new_address"):
    """The link that makes an address the one of an account, sent to that address (ACC-4)."""

    token: str
    valid_minutes: int


class AddressInUse(Told, frozen=True, tag="address_in_use"):
    """Somebody wanted an address for their account that belongs to another; its owner is told, the page is not (ACC-7)."""


class EmailChanged(Told, frozen=True, tag="email_changed"):
    """The account has another address now: told to the earlier one, with a link that undoes it (ACC-4)."""

    token: str
    valid_minutes: int
    email: str
    """The new address, masked."""


class NewAddressConfirmed(Told, frozen=True, tag="new_address_confirmed"):
    """This address is the one of the account from now on (ACC-4)."""


class EmailChangeUndone(Told, frozen=True, tag="email_change_undone"):
    """The earlier address was restored: told to the address that the account no longer has (ACC-4)."""


class TextsStopped(Told, frozen=True, tag="texts_stopped"):
    """Hardly any code sent to some numbers is entered: administrators and the operator are told (MFA-4)."""

    prefix: str
    sent: int
    entered: int
    hours: float
    is_for_all: bool
    """Whether it is about confirmed numbers too, not only about those being set up."""
    is_enforced: bool
    """Whether texts to them are stopped; otherwise they go on."""


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
    | NewDevice
    | ConfirmNewAddress
    | AddressInUse
    | EmailChanged
    | NewAddressConfirmed
    | EmailChangeUndone
    | TextsStopped
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
    NewDevice(),
    ConfirmNewAddress(token="example-token", valid_minutes=24 * 60),
    AddressInUse(),
    EmailChanged(token="example-token", valid_minutes=7 * 24 * 60, email="a••••@example.org"),
    NewAddressConfirmed(),
    EmailChangeUndone(),
    TextsStopped(prefix="+1207555", sent=24, entered=1, hours=6.0, is_for_all=False, is_enforced=True),
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
    account: AccountId | None = None
    """Whose account it is about: the message comes in the name of their organization (UX-4)."""
    not_me: str = ""
    """The token of the link for "This wasn't me"; empty where the notice carries none."""
