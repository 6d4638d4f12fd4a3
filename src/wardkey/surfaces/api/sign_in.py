"""Signing in, step by step (SIGN-1): each answer says what is asked for next."""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from wardkey.problems import detail_of, title_of
from wardkey.rate_limits.actions import take
from wardkey.rate_limits.rules import Budget
from wardkey.signin import commands, view
from wardkey.signin.passkey_first import offer
from wardkey.signin.runner import look, proceed, start
from wardkey.surfaces.api.operation import Call, NoBody, Outcome, Refusal
from wardkey.surfaces.problem_json import ProblemDetails
from wardkey.vocabulary import Language, Problem, network_of

Code = Annotated[str, Meta(max_length=200, description="As typed; spaces and dashes are ignored.")]
Method = Annotated[str, Meta(max_length=50, description="One of the `methods` of the step.")]
Credential: TypeAlias = Annotated[
    dict[str, object],
    Meta(description="What the authenticator answered, in the JSON form of WebAuthn Level 3."),
]


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """Who, and the password."""

    email: Annotated[str, Meta(max_length=2_000)]
    password: Annotated[str, Meta(max_length=4_000)]
    platform_authenticator: bool = False
    """Whether a platform authenticator is there, so that a passkey may be offered at the end."""


class PasskeyChallenge(Struct, frozen=True):
    """What `navigator.credentials.get` is called with; `attempt` goes with its answer, within five minutes."""

    attempt: str
    options: view.Shown


class PasskeyAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """What the authenticator answered, in the JSON form of WebAuthn Level 3 (AuthenticationResponseJSON)."""

    attempt: Annotated[str, Meta(max_length=200)]
    credential: Credential


class ContinueVerification(Struct, frozen=True, forbid_unknown_fields=True):
    """Go on once the address is confirmed; with `resend`, another link is sent."""

    resend: bool = False


class MfaQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """The method that needs a question before it can answer: a text message to be sent, a challenge for a passkey."""

    method: Method


class MfaAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """An answer with one of the methods that were offered: its code (or the password), or what a passkey answered."""

    method: Method
    code: Code = ""
    credential: Credential = {}
    trust_device: bool = False
    """Remember this device, for as many days as the step says."""


class EnrolmentBegun(Struct, frozen=True, forbid_unknown_fields=True):
    """The method to set up. Text messages need a number, and the country it is written for unless it begins with a plus."""

    method: Method
    number: Annotated[str, Meta(max_length=200)] = ""
    country: Annotated[str, Meta(max_length=10, description="ISO 3166-1 alpha-2")] = ""


class EnrolmentAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """The first answer of the method that is being set up: its code, or what the authenticator made."""

    method: Method
    code: Code = ""
    credential: Credential = {}
    label: Annotated[str, Meta(max_length=200, description="A name to know a passkey by.")] = ""
    trust_device: bool = False


class PasskeyOfferAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """`create` with what the authenticator made, `not_now`, or `never`."""

    choice: Annotated[str, Meta(max_length=50, description="`create`, `not_now` or `never`.")]
    credential: Credential = {}
    label: Annotated[str, Meta(max_length=200)] = ""


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
    command = commands.SubmitPassword(sent.email, sent.password, can_hold_passkey=sent.platform_authenticator)
    return shown(await start(call.units, call.world, command, call.origin), call.language)


async def offer_passkey_sign_in(call: Call, _: NoBody) -> Outcome:
    wait = await take(call.world, Budget.PASSKEY_NETWORK, network_of(call.origin.ip))
    if wait:
        return Problem(code="too_many_requests", retry_after=wait)
    offered = offer(call.world, call.world.clock.now())
    return PasskeyChallenge(offered.token, offered.options)


async def submit_passkey(call: Call, sent: PasskeyAnswer) -> Outcome:
    command = commands.SubmitPasskey(sent.attempt, credential_text(sent.credential))
    return shown(await start(call.units, call.world, command, call.origin), call.language)


def credential_text(answer: dict[str, object]) -> str:
    """What an authenticator answered, as the JSON text that factors read; nothing where nothing was sent."""
    return msgspec.json.encode(answer).decode() if answer else ""


async def look_at_attempt(call: Call, _: NoBody) -> Outcome:
    return shown(await look(call.units, call.world, call.path("attempt")), call.language)


async def continue_verification(call: Call, sent: ContinueVerification) -> Outcome:
    return await _proceed(call, commands.ContinueVerification(sent.resend))


async def answer_mfa(call: Call, sent: MfaAnswer) -> Outcome:
    credential = credential_text(sent.credential)
    command = commands.AnswerMfa(sent.method, sent.code, credential=credential, trust_device=sent.trust_device)
    return await _proceed(call, command)


async def ask_mfa(call: Call, sent: MfaQuestion) -> Outcome:
    return await _proceed(call, commands.AskMfa(sent.method))


async def begin_enrolment(call: Call, sent: EnrolmentBegun) -> Outcome:
    return await _proceed(call, commands.BeginEnrolment(sent.method, number=sent.number, country=sent.country))


async def confirm_enrolment(call: Call, sent: EnrolmentAnswer) -> Outcome:
    command = commands.ConfirmEnrolment(
        sent.method,
        sent.code,
        credential=credential_text(sent.credential),
        label=sent.label,
        trust_device=sent.trust_device,
    )
    return await _proceed(call, command)


async def answer_offer(call: Call, sent: PasskeyOfferAnswer) -> Outcome:
    credential = credential_text(sent.credential)
    return await _proceed(call, commands.AnswerPasskeyOffer(sent.choice, credential=credential, label=sent.label))


async def confirm_saved(call: Call, sent: RecoveryCodeSaved) -> Outcome:
    return await _proceed(call, commands.ConfirmSaved(sent.saved))


async def choose_password(call: Call, sent: BetterPassword) -> Outcome:
    return await _proceed(call, commands.ChoosePassword(sent.password))


async def _proceed(call: Call, command: commands.Command) -> Outcome:
    return shown(await proceed(call.units, call.world, call.path("attempt"), command, call.origin), call.language)
