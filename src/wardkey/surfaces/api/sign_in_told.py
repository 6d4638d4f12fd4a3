"""The operations of signing in, as routes and as the OpenAPI document tells them."""

from typing import Final

from wardkey.problems import PROBLEMS
from wardkey.signin import view
from wardkey.surfaces.api import sign_in as api
from wardkey.surfaces.api.examples import (
    ACCESS_TOKEN,
    ASSERTION,
    ATTEMPT,
    ATTESTATION,
    CHALLENGE,
    CREATION_OPTIONS,
    DEVICE_TOKEN,
    MOMENT,
    OTPAUTH,
    PASSWORD,
    QR,
    RECOVERY,
    REFERENCE,
    REQUEST_OPTIONS,
    SECRET,
    TEXTED,
    TOKEN,
    TRUST_ENDS,
    TRUST_TOKEN,
)
from wardkey.surfaces.api.operation import Answered, Link, NoBody, Operation, Parameter, Told, for_anyone

TAG: Final = "Sign-in"


def _example(step: api.Step) -> api.SignInStep:
    return api.SignInStep(ATTEMPT, step)


STEPS: Final = {
    "verify_email": _example(view.VerifyEmail("r••••@maplestreet.example")),
    "mfa": _example(view.Mfa(("totp", "passkey", "recovery_code"), {}, 14)),
    "mfa with a text message": _example(view.Mfa(("sms", "recovery_code"), {"sms": TEXTED}, 14)),
    "mfa with a passkey": _example(view.Mfa(("passkey", "recovery_code"), {"passkey": {"options": REQUEST_OPTIONS}}, 14)),
    "enroll_mfa": _example(
        view.EnrollMfa(("totp", "passkey", "sms"), {"totp": {"secret": SECRET, "uri": OTPAUTH, "qr_svg": QR}}, 14)
    ),
    "new_recovery_code": _example(view.NewRecoveryCode((RECOVERY,))),
    "change_password": _example(view.ChangePassword(15)),
    "offer_passkey": _example(view.OfferPasskey(CREATION_OPTIONS)),
    "done": _example(view.Done(TOKEN, ACCESS_TOKEN, MOMENT, DEVICE_TOKEN, TRUST_TOKEN, TRUST_ENDS)),
    "blocked": _example(
        api.Blocked("account_suspended", PROBLEMS["account_suspended"].title, PROBLEMS["account_suspended"].detail, REFERENCE)
    ),
}
ASKED: Final = ("too_soon", "too_many_codes", "too_many_texts", "texts_paused", "passkeys_elsewhere")
"""What putting a question may be refused with."""
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
    "askMfa",
    "answerMfa",
    "beginEnrolment",
    "confirmEnrolment",
    "answerPasskeyOffer",
    "confirmRecoveryCodeSaved",
    "choosePassword",
)
"""The operations that an attempt leads to."""
ANSWERED: Final = Answered(
    200,
    "The step that is asked for now.",
    api.SignInStep,
    STEPS,
    tuple(Link(operation, "attempt", "/attempt") for operation in UNDERWAY),
)
ATTEMPT_SHAPE: Final = "[A-Za-z0-9_-]{16,200}"
IN_PATH: Final = Parameter("attempt", "path", "`attempt` of the answer before.", ATTEMPT, ATTEMPT_SHAPE)
BROUGHT: Final = (
    Parameter(
        "Wardkey-Device",
        "header",
        "`device_token` of the last `done` on this device; without it the sign-in is one on a new device.",
        DEVICE_TOKEN,
    ),
    Parameter(
        "Wardkey-Trust",
        "header",
        "`trust_token` of the `done` after which this device was to be remembered; it counts beside its `Wardkey-Device` alone.",
        TRUST_TOKEN,
    ),
)
"""By what a program says which device it runs on. Every operation that can end with `done` reads them."""


def _told(name: str, summary: str, examples: dict[str, object], *problems: str, description: str = "") -> Told:
    return Told(
        id=name,
        tag=TAG,
        summary=summary,
        description=description,
        answered=ANSWERED,
        examples=examples,
        problems=problems,
        parameters=((IN_PATH,) if name in UNDERWAY else ()) + (BROUGHT if name != "getSignIn" else ()),
        refusal=api.SignInRefused,
    )


OPERATIONS: Final[tuple[Operation, ...]] = (
    for_anyone(
        "POST",
        "/api/v1/sign-in/password",
        api.submit_password,
        api.Credentials,
        _told(
            "signIn",
            "Begin to sign in with email and password",
            {"right": api.Credentials("rosa.delgado@maplestreet.example", PASSWORD, platform_authenticator=True)},
            "wrong_credentials",
            "too_many_passwords",
            "try_again",
            description="Answers with the step that comes next. An address without an account is answered like a wrong password.",
        ),
    ),
    for_anyone(
        "POST",
        "/api/v1/sign-in/passkey/options",
        api.offer_passkey_sign_in,
        NoBody,
        Told(
            id="offerPasskeySignIn",
            tag=TAG,
            summary="A challenge for signing in with a passkey",
            description="Nothing is known yet about who it is; the answer says whose passkey it was.",
            answered=Answered(
                200,
                "What the device is asked.",
                api.PasskeyChallenge,
                {"a challenge": api.PasskeyChallenge(CHALLENGE, REQUEST_OPTIONS)},
            ),
            problems=("too_many_requests",),
        ),
    ),
    for_anyone(
        "POST",
        "/api/v1/sign-in/passkey",
        api.submit_passkey,
        api.PasskeyAnswer,
        _told(
            "signInWithPasskey",
            "Begin to sign in with a passkey in place of email and password",
            {"answered": api.PasskeyAnswer(CHALLENGE, ASSERTION)},
            "too_many_requests",
            "try_again",
            description="Where MFA is on, another method still has to answer, unless the practice takes a passkey for both.",
        ),
    ),
    for_anyone(
        "GET",
        PATH,
        api.look_at_attempt,
        NoBody,
        _told("getSignIn", "Where a sign-in stands", {}, "attempt_unknown", description="Reads only; nothing is spent."),
    ),
    for_anyone(
        "POST",
        f"{PATH}/verify-email",
        api.continue_verification,
        api.ContinueVerification,
        _told(
            "continueVerification",
            "Go on after the address was confirmed, or have the link sent again",
            {"go on": api.ContinueVerification(), "another link": api.ContinueVerification(resend=True)},
            *(*BARRIERS, "wrong_step", "email_not_verified", "too_many_requests", "try_again"),
        ),
    ),
    for_anyone(
        "POST",
        f"{PATH}/mfa",
        api.answer_mfa,
        api.MfaAnswer,
        _told(
            "answerMfa",
            "Answer with one of the methods, or with the recovery code",
            {
                "authenticator app": api.MfaAnswer("totp", "492039", trust_device=True),
                "text message": api.MfaAnswer("sms", "731145"),
                "passkey": api.MfaAnswer("passkey", credential=ASSERTION),
                "recovery code": api.MfaAnswer("recovery_code", RECOVERY),
            },
            *(*BARRIERS, "wrong_step", "too_many_codes", "try_again"),
            description="Each code works once. A recovery code is spent, and the next step shows the new one.",
        ),
    ),
    for_anyone(
        "POST",
        f"{PATH}/mfa/ask",
        api.ask_mfa,
        api.MfaQuestion,
        _told(
            "askMfa",
            "Have a code sent, or a challenge made, for a method that needs one",
            {"text message": api.MfaQuestion("sms")},
            *(*BARRIERS, *ASKED, "wrong_step", "try_again"),
            description="The step that is answered holds what was asked. The usual method has been asked already.",
        ),
    ),
    for_anyone(
        "POST",
        f"{PATH}/enroll-mfa/begin",
        api.begin_enrolment,
        api.EnrolmentBegun,
        _told(
            "beginEnrolment",
            "Begin to set up a method",
            {"text messages": api.EnrolmentBegun("sms", "202 555 0123", "US"), "passkey": api.EnrolmentBegun("passkey")},
            *(*BARRIERS, *ASKED, "too_many_passkeys", "wrong_step", "try_again"),
            description="The step that is answered holds what the method needs now, under `setups`.",
        ),
    ),
    for_anyone(
        "POST",
        f"{PATH}/offer-passkey",
        api.answer_offer,
        api.PasskeyOfferAnswer,
        _told(
            "answerPasskeyOffer",
            "Create the passkey that is offered, or say when to ask again",
            {"not now": api.PasskeyOfferAnswer("not_now"), "create": api.PasskeyOfferAnswer("create", ATTESTATION)},
            *(*BARRIERS, "wrong_step", "try_again"),
        ),
    ),
    for_anyone(
        "POST",
        f"{PATH}/enroll-mfa",
        api.confirm_enrolment,
        api.EnrolmentAnswer,
        _told(
            "confirmEnrolment",
            "End the set-up of a method with its first answer",
            {
                "authenticator app": api.EnrolmentAnswer("totp", "492039"),
                "passkey": api.EnrolmentAnswer("passkey", credential=ATTESTATION, label="Work laptop"),
            },
            *(*BARRIERS, "wrong_step", "try_again"),
        ),
    ),
    for_anyone(
        "POST",
        f"{PATH}/new-recovery-code",
        api.confirm_saved,
        api.RecoveryCodeSaved,
        _told(
            "confirmRecoveryCodeSaved",
            "Say that the recovery code is saved",
            {"saved": api.RecoveryCodeSaved(saved=True)},
            *(*BARRIERS, "wrong_step", "try_again"),
            description="It is not shown again afterwards.",
        ),
    ),
    for_anyone(
        "POST",
        f"{PATH}/change-password",
        api.choose_password,
        api.BetterPassword,
        _told(
            "choosePassword",
            "Choose a better password",
            {"long enough": api.BetterPassword(PASSWORD)},
            *(*BARRIERS, "wrong_step", "try_again"),
        ),
    ),
)
