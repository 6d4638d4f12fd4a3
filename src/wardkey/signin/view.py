"""What a surface may show of a sign-in: the step, and the problem if the last command was refused.

Pages and API render the same.
"""

from typing import TypeAlias

from msgspec import Struct

from wardkey.vocabulary import Instant, Problem


class FirstFactor(Struct, frozen=True, tag_field="kind", tag="first_factor"):
    """Email and password are asked for."""


class VerifyEmail(Struct, frozen=True, tag_field="kind", tag="verify_email"):
    """The address has to be proven with the emailed link first; `email` is masked."""

    email: str


class Mfa(Struct, frozen=True, tag_field="kind", tag="mfa"):
    """A second factor is asked for: any of `methods`, the first being the usual one."""

    methods: tuple[str, ...]


class EnrollMfa(Struct, frozen=True, tag_field="kind", tag="enroll_mfa"):
    """A method has to be set up. `secret` is base32, `uri` the otpauth URI, `qr_svg` the same as an SVG element."""

    method: str
    secret: str
    uri: str
    qr_svg: str


class NewRecoveryCode(Struct, frozen=True, tag_field="kind", tag="new_recovery_code"):
    """The recovery codes, shown until the person says that they are saved, and never again."""

    codes: tuple[str, ...]


class ChangePassword(Struct, frozen=True, tag_field="kind", tag="change_password"):
    """A better password has to be chosen."""

    minimum_length: int


class Done(Struct, frozen=True, tag_field="kind", tag="done"):
    """Signed in. `session_token` is what is sent as `Authorization: Bearer`; `access_token` is a short-lived JWT."""

    session_token: str
    access_token: str
    expires_at: Instant


class Blocked(Struct, frozen=True, tag_field="kind", tag="blocked"):
    """The attempt has ended without a session; `code` names the sentence that says what to do, `reference` is for an admin."""

    code: str
    reference: str


Step: TypeAlias = FirstFactor | VerifyEmail | Mfa | EnrollMfa | NewRecoveryCode | ChangePassword | Done | Blocked


class SigninView(Struct, frozen=True, kw_only=True):
    """One answer of the runner. `attempt` is the opaque token that the next command is sent with."""

    attempt: str | None
    step: Step
    problem: Problem | None = None
