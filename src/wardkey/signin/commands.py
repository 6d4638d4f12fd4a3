"""What a person may send during a sign-in, and at which step it may be sent."""

from typing import ClassVar, TypeAlias

from msgspec import Struct

from wardkey.signin.facts import Stage


class SubmitPassword(Struct, frozen=True):
    """Begin: who, and the password."""

    email: str
    password: str


class ContinueVerification(Struct, frozen=True):
    """Go on once the address is proven; with `resend`, ask for another link."""

    stage: ClassVar[Stage] = Stage.VERIFY_EMAIL
    resend: bool = False


class AnswerMfa(Struct, frozen=True):
    """Answer the MFA challenge with one of the offered kinds."""

    stage: ClassVar[Stage] = Stage.MFA
    method: str
    code: str


class ConfirmEnrolment(Struct, frozen=True):
    """End the set-up of a method with its first answer."""

    stage: ClassVar[Stage] = Stage.ENROLL_MFA
    method: str
    code: str


class ConfirmSaved(Struct, frozen=True):
    """Say that the recovery code is saved."""

    stage: ClassVar[Stage] = Stage.NEW_RECOVERY_CODE
    saved: bool


class ChoosePassword(Struct, frozen=True):
    """Choose a better password."""

    stage: ClassVar[Stage] = Stage.CHANGE_PASSWORD
    password: str


Command: TypeAlias = ContinueVerification | AnswerMfa | ConfirmEnrolment | ConfirmSaved | ChoosePassword
