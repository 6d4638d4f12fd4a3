"""The session at hand: whose it is, ending it, a fresh proof, and tokens for programs that verify by themselves."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final

from msgspec import Meta, Struct

from wardkey.self_service.actions import Caller, person_of, proofs_of
from wardkey.self_service.step_up import ask_step_up, asked_step_up, step_up
from wardkey.sessions.actions import access_token, end
from wardkey.sessions.rules import SignedIn, ends_at, is_stepped_up, public_id
from wardkey.signin.view import Shown
from wardkey.surfaces.api import examples
from wardkey.surfaces.api.operation import Answered, Call, NoBody, Operation, Outcome, Told, for_signed_in
from wardkey.surfaces.api.sign_in import Credential, credential_text
from wardkey.vocabulary import Instant, Problem

TAG: Final = "Session"


class SessionShown(Struct, frozen=True, kw_only=True):
    """Who is signed in. `amr` says how (RFC 8176); `organization` and `role` are null for who belongs to none."""

    id: str
    account: str
    email: str
    name: str
    organization: str | None
    role: str | None
    amr: tuple[str, ...]
    started_at: Instant
    expires_at: Instant
    proven_at: Instant


class StepUpState(Struct, frozen=True, kw_only=True):
    """What can prove again that it is this person, what has been asked, and until when the last proof opens sensitive acts."""

    methods: tuple[str, ...]
    asked: Mapping[str, Shown] = {}
    is_proven: bool
    proven_until: Instant


class StepUp(Struct, frozen=True, forbid_unknown_fields=True):
    """A fresh proof: the `code` of a method, what a passkey answered, or `password` where `method` is `password`."""

    method: Annotated[str, Meta(max_length=50, description="One of `methods`.")]
    code: Annotated[str, Meta(max_length=200)] = ""
    password: Annotated[str, Meta(max_length=4_000)] = ""
    credential: Credential = {}


class StepUpQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """The method that needs a question before it can prove anything."""

    method: Annotated[str, Meta(max_length=50, description="One of `methods`.")]


class AccessToken(Struct, frozen=True):
    """A signed token of a few minutes (RFC 9068); its keys are at `/.well-known/jwks.json`."""

    access_token: str


async def show(_call: Call, caller: Caller, _: NoBody) -> Outcome:
    who = caller.who
    return SessionShown(
        id=public_id(who.session),
        account=who.session.account,
        email=who.email,
        name=who.name,
        organization=who.organization,
        role=who.role,
        amr=who.session.amr,
        started_at=who.session.started_at,
        expires_at=ends_at(who.session),
        proven_at=who.session.proven_at,
    )


async def sign_out(call: Call, caller: Caller, _: NoBody) -> Outcome:
    session = caller.who.session
    async with call.units.write() as unit:
        await end(unit, call.world, session, session.id, call.origin, call.world.clock.now())
    return None


async def look_at_step_up(call: Call, caller: Caller, _: NoBody) -> Outcome:
    return await _state(call, caller, caller.who)


async def prove(call: Call, caller: Caller, sent: StepUp) -> Outcome:
    answer = {"password": sent.password, "code": sent.code, "credential": credential_text(sent.credential)}
    outcome = await step_up(caller, sent.method, answer)
    if isinstance(outcome, Problem):
        return outcome
    found = await call.who()
    return Problem(code="signed_out") if found is None else await _state(call, caller, found)


async def ask(call: Call, caller: Caller, sent: StepUpQuestion) -> Outcome:
    outcome = await ask_step_up(caller, sent.method)
    return outcome if isinstance(outcome, Problem) else await _state(call, caller, caller.who)


async def renew_access_token(call: Call, caller: Caller, _: NoBody) -> Outcome:
    return AccessToken(access_token(call.world, caller.who.session, call.world.clock.now()))


async def _state(call: Call, caller: Caller, found: SignedIn) -> StepUpState:
    within_s = call.world.settings.session.step_up_s
    return StepUpState(
        methods=proofs_of(await person_of(caller)),
        asked=await asked_step_up(caller),
        is_proven=is_stepped_up(found.session, call.world.clock.now(), within_s),
        proven_until=found.session.proven_at + timedelta(seconds=within_s),
    )


SHOWN: Final = SessionShown(
    id=examples.SESSION,
    account=examples.ACCOUNT,
    email=examples.EMAIL,
    name=examples.NAME,
    organization="Maple Street Clinic",
    role="provider",
    amr=("pwd", "otp", "mfa"),
    started_at=examples.SIGNED_IN,
    expires_at=examples.MOMENT,
    proven_at=examples.SIGNED_IN,
)
STATE: Final = StepUpState(methods=("totp",), is_proven=True, proven_until=examples.SIGNED_IN + timedelta(minutes=5))
ASKED: Final = StepUpState(
    methods=("sms",), asked={"sms": examples.TEXTED}, is_proven=False, proven_until=examples.SIGNED_IN + timedelta(minutes=5)
)
PATH: Final = "/api/v1/session"
OPERATIONS: Final[tuple[Operation, ...]] = (
    for_signed_in(
        "GET",
        PATH,
        show,
        NoBody,
        Told(
            id="getSession",
            tag=TAG,
            summary="Who is signed in",
            description="Reads the database each time, so that an ended session is refused at once.",
            answered=Answered(200, "The session counts.", SessionShown, {"a provider": SHOWN}),
        ),
    ),
    for_signed_in(
        "DELETE", PATH, sign_out, NoBody, Told(id="signOut", tag=TAG, summary="Sign out", answered=Answered(204, "Signed out."))
    ),
    for_signed_in(
        "GET",
        f"{PATH}/step-up",
        look_at_step_up,
        NoBody,
        Told(
            id="getStepUp",
            tag=TAG,
            summary="What can prove again that it is this person",
            answered=Answered(200, "The methods, and the state of the last proof.", StepUpState, {"an app": STATE}),
        ),
    ),
    for_signed_in(
        "POST",
        f"{PATH}/step-up",
        prove,
        StepUp,
        Told(
            id="stepUp",
            tag=TAG,
            summary="Prove again that it is this person",
            description="Sensitive acts, which answer `step_up_required`, are open for the next minutes.",
            answered=Answered(200, "Proven.", StepUpState, {"proven": STATE}),
            examples={
                "authenticator app": StepUp("totp", code="492039"),
                "password": StepUp("password", password=examples.PASSWORD),
                "passkey": StepUp("passkey", credential=examples.ASSERTION),
            },
            problems=("too_many_codes", "too_many_passwords", "try_again"),
        ),
    ),
    for_signed_in(
        "POST",
        f"{PATH}/step-up/ask",
        ask,
        StepUpQuestion,
        Told(
            id="askStepUp",
            tag=TAG,
            summary="Have a code sent, or a challenge made, for a proof",
            answered=Answered(200, "What was asked stands under `asked`.", StepUpState, {"a phone": ASKED}),
            examples={"text message": StepUpQuestion("sms")},
            problems=("too_soon", "too_many_codes", "too_many_texts", "texts_paused", "passkeys_elsewhere", "try_again"),
        ),
    ),
    for_signed_in(
        "POST",
        f"{PATH}/access-token",
        renew_access_token,
        NoBody,
        Told(
            id="renewAccessToken",
            tag=TAG,
            summary="A fresh access token",
            answered=Answered(200, "The token.", AccessToken, {"a token": AccessToken(examples.ACCESS_TOKEN)}),
        ),
    ),
)
