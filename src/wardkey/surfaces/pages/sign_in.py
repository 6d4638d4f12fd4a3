"""Signing in, step by step: each form becomes a command of the runner, each view of the runner a page (SIGN-1)."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.datastructures import Cookie
from msgspec.structs import replace

from wardkey.language import N_
from wardkey.sessions.actions import end_replaced
from wardkey.signin import runner
from wardkey.signin.commands import (
    AnswerMfa,
    AnswerPasskeyOffer,
    AskMfa,
    BeginEnrolment,
    ChoosePassword,
    Command,
    ConfirmEnrolment,
    ConfirmSaved,
    ContinueVerification,
    SubmitPassword,
)
from wardkey.signin.view import (
    Blocked,
    ChangePassword,
    Done,
    EnrollMfa,
    FirstFactor,
    Mfa,
    NewRecoveryCode,
    OfferPasskey,
    SigninView,
    Step,
    VerifyEmail,
)
from wardkey.surfaces.pages.brand import asked_for, at_practice, brand_of
from wardkey.surfaces.pages.cookies import (
    ATTEMPT,
    EMAIL,
    SESSION,
    SIGN_UP,
    Underway,
    clear,
    email_written,
    read,
    signed_in,
    underway,
    write_attempt,
    write_device,
    write_session,
    write_trust,
)
from wardkey.surfaces.pages.forms import Form, PageRequest, read_form
from wardkey.surfaces.pages.recovery_file import recovery_file
from wardkey.surfaces.pages.rendering import page, redirect, told
from wardkey.surfaces.request import local_path
from wardkey.surfaces.visit import visit_of
from wardkey.texts.countries import Country, countries
from wardkey.vocabulary import Language, Problem

CONTINUE: Final = "/sign-in/continue"
TEMPLATES: Final[dict[type[Step], str]] = {
    FirstFactor: "sign_in/first_factor.html",
    VerifyEmail: "sign_in/verify_email.html",
    Mfa: "sign_in/mfa.html",
    EnrollMfa: "sign_in/enroll_mfa.html",
    NewRecoveryCode: "sign_in/new_recovery_code.html",
    ChangePassword: "sign_in/change_password.html",
    OfferPasskey: "sign_in/offer_passkey.html",
    Blocked: "sign_in/blocked.html",
}
NEWS: Final[dict[str, str]] = {
    "confirmed": N_("Your email address is confirmed."),
    "password-set": N_("Your new password is set. All your other sessions have ended."),
    "resent": N_("We sent you a new message. Earlier links no longer work."),
}
"""What `?after=` says has just happened; an address may say nothing else."""


@get("/sign-in")
async def sign_in(request: PageRequest) -> Response[Any]:
    """The first page. Whoever is signed in is taken where they wanted to go, unless they ask to sign in `again`."""
    return_to = local_path(request.query_params.get("return_to"))
    if "again" not in request.query_params and await signed_in(request):
        return redirect(return_to)
    email = email_written(request) if _news(request) else ""
    return page(request, TEMPLATES[FirstFactor], email=email, return_to=return_to, news=_news(request))


@post("/sign-in")
async def submit_password(request: PageRequest) -> Response[Any]:
    """Email and password."""
    form, visit = await read_form(request), visit_of(request.scope)
    command = SubmitPassword(form.text("email"), form.text("password"), can_hold_passkey=form.is_ticked("can_hold_passkey"))
    view = await runner.start(visit.service.units, visit.service.world, command, visit.origin)
    return await answered(request, view, local_path(form.text("return_to")), form)


@get(CONTINUE)
async def go_on(request: PageRequest) -> Response[Any]:
    """The step that the sign-in under way stands at, as often as it is asked for."""
    here, service = underway(request), visit_of(request.scope).service
    if here is None:
        return redirect("/")
    view = await runner.look(service.units, service.world, here.token)
    if isinstance(view.step, FirstFactor | Blocked):
        return await answered(request, view, here.return_to, Form({}))
    return _shown(request, view, here.return_to, Form({"method": request.query_params.get("method", "")}))


@post("/sign-in/verify-email")
async def continue_verification(request: PageRequest) -> Response[Any]:
    form = await read_form(request)
    return await proceed(request, form, ContinueVerification(resend=form.is_ticked("resend")))


@post("/sign-in/mfa")
async def answer_mfa(request: PageRequest) -> Response[Any]:
    form = await read_form(request)
    return await proceed(
        request,
        form,
        AnswerMfa(
            method=form.text("method"),
            code=form.text("code"),
            credential=form.text("credential"),
            trust_device=form.is_ticked("trust_device"),
        ),
    )


@post("/sign-in/mfa/ask")
async def ask_mfa(request: PageRequest) -> Response[Any]:
    """Have a code sent, or a challenge made; then the page of that method."""
    form = await read_form(request)
    return await proceed(request, form, AskMfa(method=form.text("method")))


@post("/sign-in/enroll-mfa/begin")
async def begin_enrolment(request: PageRequest) -> Response[Any]:
    """Begin to set up a method with what it needs; then the page that ends it."""
    form = await read_form(request)
    command = BeginEnrolment(form.text("method"), number=form.text("number"), country=form.text("country"))
    return await proceed(request, form, command)


@post("/sign-in/enroll-mfa")
async def confirm_enrolment(request: PageRequest) -> Response[Any]:
    form = await read_form(request)
    return await proceed(
        request,
        form,
        ConfirmEnrolment(
            method=form.text("method"),
            code=form.text("code"),
            credential=form.text("credential"),
            label=form.text("label"),
            trust_device=form.is_ticked("trust_device"),
        ),
    )


@post("/sign-in/offer-passkey")
async def answer_offer(request: PageRequest) -> Response[Any]:
    """Create the passkey that was offered, or say when to ask again."""
    form = await read_form(request)
    command = AnswerPasskeyOffer(form.text("choice"), credential=form.text("credential"), label=form.text("label"))
    return await proceed(request, form, command)


@post("/sign-in/new-recovery-code")
async def confirm_saved(request: PageRequest) -> Response[Any]:
    form = await read_form(request)
    return await proceed(request, form, ConfirmSaved(saved=form.is_ticked("saved")))


@post("/sign-in/recovery-code.txt", status_code=200)
async def download_codes(request: PageRequest) -> Response[Any]:
    """The recovery codes that are shown now, as a file; without them, the step that is owed."""
    here, visit = underway(request), visit_of(request.scope)
    if here is not None:
        view = await runner.look(visit.service.units, visit.service.world, here.token)
        if isinstance(view.step, NewRecoveryCode):
            return recovery_file(visit, view.step.codes, brand_of(visit, None, asked_for(request)).name)
    return redirect(CONTINUE)


@post("/sign-in/change-password")
async def choose_password(request: PageRequest) -> Response[Any]:
    form = await read_form(request)
    return await proceed(request, form, ChoosePassword(password=form.text("password")))


async def proceed(request: PageRequest, form: Form, command: Command) -> Response[Any]:
    """Take one command of the sign-in under way in this browser."""
    here, visit = underway(request), visit_of(request.scope)
    units, world = visit.service.units, visit.service.world
    if here is None:
        gone = SigninView(attempt=None, step=FirstFactor(), problem=Problem(code="attempt_unknown"))
        return await answered(request, gone, "/", form)
    view = await runner.proceed(units, world, here.token, command, visit.origin)
    if view.problem and view.problem.code == "try_again":
        view = replace(await runner.look(units, world, here.token), problem=view.problem)
    return await answered(request, view, here.return_to, form)


async def answered(request: PageRequest, view: SigninView, return_to: str, form: Form) -> Response[Any]:
    """What a command or a look came to: the session, the next step by way of GET, or the same step with what is wrong."""
    if isinstance(view.step, Done):
        return redirect(return_to, await _done(request, view.step))
    code = view.problem.code if view.problem else getattr(view.step, "code", "")
    if code in ("attempt_unknown", "attempt_finished") and await signed_in(request):
        return redirect(return_to)
    is_asked_for = request.scope["method"] == "GET"
    if code == "wrong_step" or (view.problem is None and not is_asked_for):
        return redirect(CONTINUE + _after(view, form), _kept(request, view, return_to))
    return _shown(request, view, return_to, form)


def _shown(request: PageRequest, view: SigninView, return_to: str, form: Form) -> Response[Any]:
    """The page of a step; what was typed stays, except passwords and codes."""
    language = visit_of(request.scope).origin.language
    return page(
        request,
        TEMPLATES[type(view.step)],
        problem=view.problem,
        here=at_practice(request, "/sign-in") if isinstance(view.step, FirstFactor) else CONTINUE,
        step=view.step,
        ended=told(ended_by(view.step), language) if isinstance(view.step, Blocked) else None,
        email=form.text("email"),
        method=_method_shown(view.step, form.text("method")),
        country=form.text("country"),
        number=form.text("number"),
        label=form.text("label"),
        countries=_countries_for(view.step, language),
        return_to=return_to,
        news=_news(request),
    )


def ended_by(step: Blocked) -> Problem:
    return Problem(code=step.code, reference=step.reference)


def _news(request: PageRequest) -> str | None:
    return NEWS.get(request.query_params.get("after", ""))


def _after(view: SigninView, form: Form) -> str:
    if isinstance(view.step, Mfa | EnrollMfa) and form.text("method") in view.step.methods:
        return f"?method={form.text('method')}"
    return "?after=resent" if form.is_ticked("resend") else ""


def _method_shown(step: Step, wanted: str) -> str:
    """The method whose page is shown: the one asked for, else the usual one."""
    if not isinstance(step, Mfa | EnrollMfa) or not step.methods:
        return ""
    return wanted if wanted in step.methods else step.methods[0]


def _countries_for(step: Step, language: Language) -> tuple[Country, ...]:
    """The list of countries, where a telephone number may be asked for."""
    return countries(language) if isinstance(step, EnrollMfa) else ()


def _kept(request: PageRequest, view: SigninView, return_to: str) -> list[Cookie]:
    settings, brand = visit_of(request.scope).service.world.settings, asked_for(request)
    return [write_attempt(settings, view.attempt, return_to, brand.slug if brand else "")] if view.attempt else []


async def _done(request: PageRequest, done: Done) -> list[Cookie]:
    """Signed in: what the way here needed is forgotten, and a session that this browser had before is ended."""
    visit = visit_of(request.scope)
    world, before, known = visit.service.world, read(request, SESSION), list[Cookie]()
    if before is not None:
        async with visit.service.units.write() as unit:
            await end_replaced(unit, world, before, visit.origin, world.clock.now())
    session = write_session(world.settings, done.session_token, done.expires_at, world.clock.now())
    if done.device_token:
        known.append(write_device(world.settings, done.device_token))
    if done.trust_token:
        known.append(write_trust(world.settings, done.trust_token))
    return [session, *known, *(clear(world.settings, name) for name in (ATTEMPT, SIGN_UP, EMAIL))]


def goes_on(here: Underway | None, view: SigninView | None) -> bool:
    """Whether a sign-in under way can be gone on with."""
    return here is not None and view is not None and not isinstance(view.step, FirstFactor | Blocked | Done)


HANDLERS: Final = [
    sign_in,
    submit_password,
    go_on,
    continue_verification,
    answer_mfa,
    ask_mfa,
    begin_enrolment,
    confirm_enrolment,
    answer_offer,
    confirm_saved,
    download_codes,
    choose_password,
]
