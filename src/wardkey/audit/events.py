"""The catalogue of events: one typed entry for every security-relevant act.

The audit trail, notices, webhooks and the docs page are made from it. Names are `subject.past_verb`.
"""

from typing import ClassVar, Final

from msgspec import Struct


class Event(Struct, frozen=True, kw_only=True):
    """What happened; the trail adds when, who did it, to whom, and from where."""

    name: ClassVar[str] = ""


class AccountCreated(Event, frozen=True, kw_only=True):
    """An account came to be, by sign-up or by an operator (`how`)."""

    name: ClassVar[str] = "account.created"
    how: str


class EmailVerified(Event, frozen=True, kw_only=True):
    """The person proved that the address is theirs; the account is active from now on."""

    name: ClassVar[str] = "account.email_verified"
    how: str


class PasswordChanged(Event, frozen=True, kw_only=True):
    """The password was changed: from the security page (`self`), at sign-in (`sign_in`) or by an emailed link (`reset`)."""

    name: ClassVar[str] = "account.password_changed"
    how: str


class PasswordResetRequested(Event, frozen=True, kw_only=True):
    """A reset link was sent to the account's address."""

    name: ClassVar[str] = "account.password_reset_requested"


class PasswordKnownToOthers(Event, frozen=True, kw_only=True):
    """So many wrong codes followed a right password that somebody else is taken to know it; it must be changed."""

    name: ClassVar[str] = "account.password_known_to_others"
    wrong_codes: int


class EmailChangeRequested(Event, frozen=True, kw_only=True):
    """A person asked for another address; nothing changes before it is confirmed there. `address` is masked."""

    name: ClassVar[str] = "account.email_change_requested"
    address: str


class EmailChanged(Event, frozen=True, kw_only=True):
    """The address of an account was changed, by a link sent to the new one. `address` is the new one, masked."""

    name: ClassVar[str] = "account.email_changed"
    address: str


class EmailChangeUndone(Event, frozen=True, kw_only=True):
    """The earlier address was restored, by a link sent there, and every session ended. `address` is the restored one, masked."""

    name: ClassVar[str] = "account.email_change_undone"
    address: str


class CompromiseReported(Event, frozen=True, kw_only=True):
    """“This wasn't me”: every session ended, and the password opens nothing until it is changed."""

    name: ClassVar[str] = "account.compromise_reported"


class SignInSucceeded(Event, frozen=True, kw_only=True):
    """Somebody signed in. `amr` says how (RFC 8176); `attempt` is the reference number."""

    name: ClassVar[str] = "sign_in.succeeded"
    amr: tuple[str, ...]
    attempt: str


class SignInFailed(Event, frozen=True, kw_only=True):
    """A password or code was wrong. For an address without an account the subject is empty."""

    name: ClassVar[str] = "sign_in.failed"
    why: str
    attempt: str


class SignInBlocked(Event, frozen=True, kw_only=True):
    """An attempt was ended for a reason other than a wrong password: `why` says which."""

    name: ClassVar[str] = "sign_in.blocked"
    why: str
    attempt: str


class MethodAdded(Event, frozen=True, kw_only=True):
    """A second factor was set up."""

    name: ClassVar[str] = "mfa.method_added"
    method: str
    label: str = ""


class MethodRemoved(Event, frozen=True, kw_only=True):
    """A second factor was removed by its owner."""

    name: ClassVar[str] = "mfa.method_removed"
    method: str
    label: str = ""


class MethodRenamed(Event, frozen=True, kw_only=True):
    """A second factor was given another name."""

    name: ClassVar[str] = "mfa.method_renamed"
    method: str
    label: str


class PasskeyCounterRegressed(Event, frozen=True, kw_only=True):
    """A passkey counted backwards, as a copied one would (WebAuthn Level 3 §6.1.1); it was taken all the same, for a review."""

    name: ClassVar[str] = "mfa.passkey_counter_regressed"
    label: str


class PasskeyOfferAnswered(Event, frozen=True, kw_only=True):
    """Somebody who was offered a passkey said `not_now` or `never`."""

    name: ClassVar[str] = "passkey.offer_answered"
    choice: str


class RecoveryCodeUsed(Event, frozen=True, kw_only=True):
    """A recovery code stood in for a method; it is spent."""

    name: ClassVar[str] = "mfa.recovery_code_used"


class RecoveryCodeReplaced(Event, frozen=True, kw_only=True):
    """New recovery codes were issued; older ones no longer work."""

    name: ClassVar[str] = "mfa.recovery_code_replaced"
    codes: int


class RecoveryCodeSaved(Event, frozen=True, kw_only=True):
    """The person said that they saved their recovery code."""

    name: ClassVar[str] = "mfa.recovery_code_saved"


class MfaPolicyChanged(Event, frozen=True, kw_only=True):
    """The MFA policy of an organization (or, with a subject, of one account) was changed."""

    name: ClassVar[str] = "mfa.policy_changed"
    mode: str
    required_from: str | None = None


class DeviceFirstSeen(Event, frozen=True, kw_only=True):
    """Somebody signed in on a device from which their account had not been used before, or not for a long time."""

    name: ClassVar[str] = "device.first_seen"


class DeviceTrusted(Event, frozen=True, kw_only=True):
    """Somebody said that their second step is not to be asked for on a device, which holds `until` a moment at most."""

    name: ClassVar[str] = "device.trusted"
    until: str


class DeviceTrustRevoked(Event, frozen=True, kw_only=True):
    """Devices are trusted no longer: `by_owner`, `by_admin`, `by_operator`, or `crowded_out` by others who trust the same one."""

    name: ClassVar[str] = "device.trust_revoked"
    how: str
    count: int = 1


class DeviceForgotten(Event, frozen=True, kw_only=True):
    """Devices are known no longer, and not trusted: `by_owner`, `by_admin` or `by_operator`."""

    name: ClassVar[str] = "device.forgotten"
    how: str
    count: int = 1


class SteppedUp(Event, frozen=True, kw_only=True):
    """Somebody proved again, within a session, that it is them."""

    name: ClassVar[str] = "session.stepped_up"
    method: str


class SessionEnded(Event, frozen=True, kw_only=True):
    """A session was ended: `signed_out` by itself, `by_owner` from another session, `replaced` by a new one in its browser."""

    name: ClassVar[str] = "session.ended"
    why: str
    count: int = 1


class OrganizationCreated(Event, frozen=True, kw_only=True):
    """An organization was created."""

    name: ClassVar[str] = "organization.created"
    slug: str


class BrandChanged(Event, frozen=True, kw_only=True):
    """An organization's brand was changed; `parts` are those of name, color, sender_name and logo that are others now."""

    name: ClassVar[str] = "organization.brand_changed"
    parts: tuple[str, ...]


class MemberAdded(Event, frozen=True, kw_only=True):
    """An account was given a role in an organization."""

    name: ClassVar[str] = "organization.member_added"
    role: str


class TextRefused(Event, frozen=True, kw_only=True):
    """A text message was not sent, or would not have been where the guard only observes (`is_sent`): `why` says which budget or
    finding. The number is left out, its prefix kept."""

    name: ClassVar[str] = "text.refused"
    why: str
    prefix: str
    country: str
    is_sent: bool = False


class TextsStopped(Event, frozen=True, kw_only=True):
    """So few codes sent to a prefix were entered that texts to it are stopped; where the guard only observes they go on."""

    name: ClassVar[str] = "text.prefix_stopped"
    prefix: str
    country: str
    reach: str
    sent: int
    entered: int
    until: str
    is_enforced: bool


class TextsResumed(Event, frozen=True, kw_only=True):
    """An operator ended the stop of a prefix."""

    name: ClassVar[str] = "text.prefix_resumed"
    prefix: str


class MessageAbandoned(Event, frozen=True, kw_only=True):
    """A message was given up after its last try or because the far side refused it for good."""

    name: ClassVar[str] = "message.abandoned"
    notice: str
    why: str


EVENTS: Final[tuple[type[Event], ...]] = (
    AccountCreated,
    EmailVerified,
    PasswordChanged,
    PasswordResetRequested,
    PasswordKnownToOthers,
    EmailChangeRequested,
    EmailChanged,
    EmailChangeUndone,
    CompromiseReported,
    SignInSucceeded,
    SignInFailed,
    SignInBlocked,
    MethodAdded,
    MethodRemoved,
    MethodRenamed,
    PasskeyCounterRegressed,
    PasskeyOfferAnswered,
    RecoveryCodeUsed,
    RecoveryCodeReplaced,
    RecoveryCodeSaved,
    MfaPolicyChanged,
    DeviceFirstSeen,
    DeviceTrusted,
    DeviceTrustRevoked,
    DeviceForgotten,
    SteppedUp,
    SessionEnded,
    OrganizationCreated,
    BrandChanged,
    MemberAdded,
    TextRefused,
    TextsStopped,
    TextsResumed,
    MessageAbandoned,
)
