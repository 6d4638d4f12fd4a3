"""What a person may send during a sign-in, and at which step it may be sent."""

from typing import ClassVar, TypeAlias

from msgspec import Struct

from wardkey.signin.facts import Stage


class SubmitPassword(Struct, frozen=True):
    """Begin: who, and the password."""

    email: str
    password: str
    can_hold_passkey: bool = False
    """Whether the browser says that a platform authenticator is there (WebAuthn Level 3 §5.1.7)."""


class SubmitPasskey(Struct, frozen=True):
    """Begin with a passkey: the token that came with the options, and what the authenticator answered, as JSON text."""

    token: str
    credential: str


class ContinueVerification(Struct, frozen=True):
    """Go on once the address is proven; with `resend`, ask for another link."""

    stage: ClassVar[Stage] = Stage.VERIFY_EMAIL
    resend: bool = False


class AskMfa(Struct, frozen=True):
    """Have the question put that a kind needs before it can be answered: a code sent, a challenge made."""

    stage: ClassVar[Stage] = Stage.MFA
    method: str


class AnswerMfa(Struct, frozen=True):
    """Answer the MFA challenge with one of the offered kinds: a code (or the password), or a passkey's answer as JSON text."""

    stage: ClassVar[Stage] = Stage.MFA
    method: str
    code: str = ""
    credential: str = ""
    trust_device: bool = False


class BeginEnrolment(Struct, frozen=True):
    """Begin the set-up of a method with what it needs: for text messages a number, and the country it is written for."""

    stage: ClassVar[Stage] = Stage.ENROLL_MFA
    method: str
    number: str = ""
    country: str = ""


class ConfirmEnrolment(Struct, frozen=True):
    """End the set-up of a method with its first answer."""

    stage: ClassVar[Stage] = Stage.ENROLL_MFA
    method: str
    code: str = ""
    credential: str = ""
    label: str = ""
    trust_device: bool = False


class ConfirmSaved(Struct, frozen=True):
    """Say that the recovery code is saved."""

    stage: ClassVar[Stage] = Stage.NEW_RECOVERY_CODE
    saved: bool


class ChoosePassword(Struct, frozen=True):
    """Choose a better password."""

    stage: ClassVar[Stage] = Stage.CHANGE_PASSWORD
    password: str


class AnswerPasskeyOffer(Struct, frozen=True):
    """Create a passkey (with what the authenticator answered, as JSON text), not now, or never."""

    stage: ClassVar[Stage] = Stage.OFFER_PASSKEY
    choice: str
    credential: str = ""
    label: str = ""


Begin: TypeAlias = SubmitPassword | SubmitPasskey
Command: TypeAlias = (
    ContinueVerification
    | AskMfa
    | AnswerMfa
    | BeginEnrolment
    | ConfirmEnrolment
    | ConfirmSaved
    | ChoosePassword
    | AnswerPasskeyOffer
)
