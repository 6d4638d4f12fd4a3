"""What a surface may show of a sign-in: the step, and the problem if the last command was refused.

Pages and API render the same.
"""

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct

from wardkey.vocabulary import Instant, Problem


class FirstFactor(Struct, frozen=True, tag_field="kind", tag="first_factor"):
    """Email and password are asked for."""


class VerifyEmail(Struct, frozen=True, tag_field="kind", tag="verify_email"):
    """The address has to be proven with the emailed link first; `email` is masked."""

    email: str


Shown: TypeAlias = Mapping[str, object]
"""What a person's device needs to see of a set-up or a question, by name; each kind of factor says what."""


class Mfa(Struct, frozen=True, tag_field="kind", tag="mfa"):
    """A second factor is asked for: any of `methods`, the first being the usual one."""

    methods: tuple[str, ...]
    asked: Mapping[str, Shown] = {}
    """The questions that have been put, by method: where a code was sent, what a passkey has to sign."""
    trust_days: int | None = None
    """For how many days the device can be remembered; None where the practice does not allow it."""


class EnrollMfa(Struct, frozen=True, tag_field="kind", tag="enroll_mfa"):
    """One of `methods` has to be set up."""

    methods: tuple[str, ...]
    setups: Mapping[str, Shown]
    """The set-ups that have been begun, by method, the last one at the end."""
    trust_days: int | None = None


class NewRecoveryCode(Struct, frozen=True, tag_field="kind", tag="new_recovery_code"):
    """The recovery codes, shown until the person says that they are saved, and never again."""

    codes: tuple[str, ...]


class ChangePassword(Struct, frozen=True, tag_field="kind", tag="change_password"):
    """A better password has to be chosen."""

    minimum_length: int


class OfferPasskey(Struct, frozen=True, tag_field="kind", tag="offer_passkey"):
    """A passkey can be created on this device. `options` are those of WebAuthn's `navigator.credentials.create`."""

    options: Shown


class Done(Struct, frozen=True, tag_field="kind", tag="done"):
    """Signed in. `session_token` is what is sent as `Authorization: Bearer`; `access_token` is a short-lived JWT."""

    session_token: str
    access_token: str
    expires_at: Instant
    device_token: str | None = None
    """By which this device is known from now on, where it had no token yet."""
    trust_token: str | None = None
    """With which this device may skip the MFA challenge, where that was asked for."""
    trusted_until: Instant | None = None


class Blocked(Struct, frozen=True, tag_field="kind", tag="blocked"):
    """The attempt has ended without a session; `code` names the sentence that says what to do, `reference` is for an admin."""

    code: str
    reference: str


Step: TypeAlias = FirstFactor | VerifyEmail | Mfa | EnrollMfa | NewRecoveryCode | ChangePassword | OfferPasskey | Done | Blocked


class SigninView(Struct, frozen=True, kw_only=True):
    """One answer of the runner. `attempt` is the opaque token that the next command is sent with."""

    attempt: str | None
    step: Step
    problem: Problem | None = None
