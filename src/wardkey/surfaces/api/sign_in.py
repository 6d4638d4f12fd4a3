"""Signing in, step by step (SIGN-1): each answer says what is asked for next."""

from typing import Annotated, Final, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from wardkey.problems import PROBLEMS, detail_of, title_of
from wardkey.signin import commands, view
from wardkey.signin.runner import look, proceed, start
from wardkey.surfaces.api.examples import ACCESS_TOKEN, ATTEMPT, MOMENT, OTPAUTH, PASSWORD, QR, RECOVERY, REFERENCE, SECRET, TOKEN
from wardkey.surfaces.api.operation import Answered, Call, Link, NoBody, Operation, Outcome, Parameter, Refusal, Told, for_anyone
from wardkey.surfaces.problem_json import ProblemDetails
from wardkey.vocabulary import Language, Problem

Code = Annotated[str, Meta(max_length=200, description="As typed; spaces and dashes are ignored.")]
Method = Annotated[str, Meta(max_length=50, description="One of the `methods` of the step.")]
TAG: Final = "Sign-in"


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """Who, and the password."""

    email: Annotated[str, Meta(max_length=2_000)]
    password: Annotated[str, Meta(max_length=4_000)]


class ContinueVerification(Struct, frozen=True, forbid_unknown_fields=True):
    """Go on once the address is confirmed; with `resend`, another link is sent."""

    resend: bool = False


class MfaAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """A code of one of the methods that were offered."""

    method: Method
    code: Code


class EnrolmentAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """The first code of the method that is being set up."""

    method: Method
    code: Code


class RecoveryCodeSaved(Struct, frozen=True, forbid_unknown_fields=True):
    """The recovery code is saved."""

    saved: bool


class BetterPassword(Struct, frozen=True, forbid_unknown_fields=True):
    """The password from now on."""

    password: Annotated[str, Meta(max_length=4_000)]


class Blocked(Struct, frozen=True, tag_field="kind", tag="blocked"):
    """The sign-in has ended without a session; `title` and `detail` say in the person's language what to do now."""

    code: str
    title: str
    detail: str
    reference: str


Step: TypeAlias = (
    view.FirstFactor
    | view.VerifyEmail
    | view.Mfa
    | view.EnrollMfa
    | view.NewRecoveryCode
    | view.ChangePassword
    | view.OfferPasskey
    | view.Done
    | Blocked
)


class SignInStep(Struct, frozen=True):
    """Where the sign-in stands. `attempt` is opaque, and whoever holds it can go on: keep it as you would a password."""

    attempt: str
    step: Step


class SignInRefused(ProblemDetails, frozen=True, kw_only=True):
    """A refused command, and the step from which the sign-in goes on; without `attempt` it begins anew."""

    attempt: str | UnsetType = UNSET
    step: Step | UnsetType = UNSET


def shown(found: view.SigninView, language: Language) -> Outcome:
    """A view of the runner as the API answers it."""
    step = _step(found.step, language)
    if found.problem is None and found.attempt is not None:
        return SignInStep(found.attempt, step)
    attempt = {"attempt": found.attempt} if found.attempt else {}
    return Refusal(found.problem or Problem(code="attempt_unknown"), {**attempt, "step": step})


def _step(step: view.Step, language: Language) -> Step:
    if not isinstance(step, view.Blocked):
        return step
    problem = Problem(code=step.code)
    return Blocked(step.code, title_of(problem, language), detail_of(problem, language), step.reference)


async def submit_password(call: Call, sent: Credentials) -> Outcome:
    command = commands.SubmitPassword(sent.email, sent.password)
    return shown(await start(call.units, call.world, command, call.origin), call.language)


async def look_at_attempt(call: Call, _: NoBody) -> Outcome:
    return shown(await look(call.units, call.world, call.path("attempt")), call.language)


async def continue_verification(call: Call, sent: ContinueVerification) -> Outcome:
    return await _proceed(call, commands.ContinueVerification(sent.resend))


async def answer_mfa(call: Call, sent: MfaAnswer) -> Outcome:
    return await _proceed(call, commands.AnswerMfa(sent.method, sent.code))


async def confirm_enrolment(call: Call, sent: EnrolmentAnswer) -> Outcome:
    return await _proceed(call, commands.ConfirmEnrolment(sent.method, sent.code))


async def confirm_saved(call: Call, sent: RecoveryCodeSaved) -> Outcome:
    return await _proceed(call, commands.ConfirmSaved(sent.saved))


async def choose_password(call: Call, sent: BetterPassword) -> Outcome:
    return await _proceed(call, commands.ChoosePassword(sent.password))


async def _proceed(call: Call, command: commands.Command) -> Outcome:
    return shown(await proceed(call.units, call.world, call.path("attempt"), command, call.origin), call.language)


def _example(step: Step) -> SignInStep:
    return SignInStep(ATTEMPT, step)


STEPS: Final = {
    "verify_email": _example(view.VerifyEmail("r••••@maplestreet.example")),
    "mfa": _example(view.Mfa(("totp", "recovery_code"))),
    "enroll_mfa": _example(
        view.EnrollMfa(("totp", "passkey", "sms"), {"totp": {"secret": SECRET, "uri": OTPAUTH, "qr_svg": QR}}, 14)
    ),
    "new_recovery_code": _example(view.NewRecoveryCode((RECOVERY,))),
    "change_password": _example(view.ChangePassword(15)),
    "done": _example(view.Done(TOKEN, ACCESS_TOKEN, MOMENT)),
    "blocked": _example(
        Blocked("account_suspended", PROBLEMS["account_suspended"].title, PROBLEMS["account_suspended"].detail, REFERENCE)
    ),
}
BARRIERS: Final = (
    "attempt_unknown",
    "attempt_finished",
    "attempt_expired",
    "codes_used_up",
    "password_known_to_others",
    "account_suspended",
    "account_changed",
)
"""What every command of a sign-in under way may be refused with."""
PATH: Final = "/api/v1/sign-in/{attempt}"
UNDERWAY: Final = (
    "getSignIn",
    "continueVerification",
    "answerMfa",
    "confirmEnrolment",
    "confirmRecoveryCodeSaved",
    "choosePassword",
)
"""The operations that an attempt leads to."""
ANSWERED: Final = Answered(
    200,
    "The step that is asked for now.",
    SignInStep,
    STEPS,
    tuple(Link(operation, "attempt", "/attempt") for operation in UNDERWAY),
)
ATTEMPT_SHAPE: Final = "[A-Za-z0-9_-]{16,200}"


def _told(name: str, summary: str, examples: dict[str, object], *problems: str, description: str = "") -> Told:
    return Told(
        id=name,
        tag=TAG,
        summary=summary,
        description=description,
        answered=ANSWERED,
        examples=examples,
        problems=problems,
        parameters=(
            (Parameter("attempt", "path", "`attempt` of the answer before.", ATTEMPT, ATTEMPT_SHAPE),) if name in UNDERWAY else ()
        ),
        refusal=SignInRefused,
    )


OPERATIONS: Final[tuple[Operation, ...]] = (
    for_anyone(
        "POST",
        "/api/v1/sign-in/password",
        submit_password,
        Credentials,
        _told(
            "signIn",
            "Begin to sign in with email and password",
            {"right": Credentials("rosa.delgado@maplestreet.example", PASSWORD)},
            "wrong_credentials",
            "too_many_passwords",
            "try_again",
            description="Answers with the step that comes next. An address without an account is answered like a wrong password.",
        ),
    ),
    for_anyone(
        "GET",
        PATH,
        look_at_attempt,
        NoBody,
        _told("getSignIn", "Where a sign-in stands", {}, "attempt_unknown", description="Reads only; nothing is spent."),
    ),
    for_anyone(
        "POST",
        f"{PATH}/verify-email",
        continue_verification,
        ContinueVerification,
        _told(
            "continueVerification",
            "Go on after the address was confirmed, or have the link sent again",
            {"go on": ContinueVerification(), "another link": ContinueVerification(resend=True)},
            *(*BARRIERS, "wrong_step", "email_not_verified", "too_many_requests", "try_again"),
        ),
    ),
    for_anyone(
        "POST",
        f"{PATH}/mfa",
        answer_mfa,
        MfaAnswer,
        _told(
            "answerMfa",
            "Answer with a code of an authenticator app, or with the recovery code",
            {"authenticator app": MfaAnswer("totp", "492039"), "recovery code": MfaAnswer("recovery_code", RECOVERY)},
            *(*BARRIERS, "wrong_step", "too_many_codes", "try_again"),
            description="Each code works once. A recovery code is spent, and the next step shows the new one.",
        ),
    ),
    for_anyone(
        "POST",
        f"{PATH}/enroll-mfa",
        confirm_enrolment,
        EnrolmentAnswer,
        _told(
            "confirmEnrolment",
            "End the set-up of an authenticator app with its first code",
            {"authenticator app": EnrolmentAnswer("totp", "492039")},
            *(*BARRIERS, "wrong_step", "try_again"),
        ),
    ),
    for_anyone(
        "POST",
        f"{PATH}/new-recovery-code",
        confirm_saved,
        RecoveryCodeSaved,
        _told(
            "confirmRecoveryCodeSaved",
            "Say that the recovery code is saved",
            {"saved": RecoveryCodeSaved(saved=True)},
            *(*BARRIERS, "wrong_step", "try_again"),
            description="It is not shown again afterwards.",
        ),
    ),
    for_anyone(
        "POST",
        f"{PATH}/change-password",
        choose_password,
        BetterPassword,
        _told(
            "choosePassword",
            "Choose a better password",
            {"long enough": BetterPassword(PASSWORD)},
            *(*BARRIERS, "wrong_step", "try_again"),
        ),
    ),
)
