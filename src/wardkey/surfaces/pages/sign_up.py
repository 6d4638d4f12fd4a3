"""Signing up and proving the address by the emailed link (ACC-1)."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from wardkey.email_verification.actions import SignUpForm, ask_resend, ask_sign_up, confirm, look_at_link
from wardkey.signin import runner
from wardkey.surfaces.pages.brand import at_practice
from wardkey.surfaces.pages.cookies import (
    SIGN_UP,
    clear,
    email_written,
    read,
    underway,
    write,
    write_email,
)
from wardkey.surfaces.pages.forms import PageRequest, read_form
from wardkey.surfaces.pages.rendering import page, redirect
from wardkey.surfaces.pages.sign_in import CONTINUE, goes_on
from wardkey.surfaces.visit import visit_of
from wardkey.vocabulary import Problem

DAY_S: Final = 86_400


@get("/sign-up")
async def sign_up(request: PageRequest) -> Response[Any]:
    return _form(request)


@post("/sign-up")
async def submit_sign_up(request: PageRequest) -> Response[Any]:
    """A new person; the answer is the same whoever's address it is."""
    form, visit = await read_form(request), visit_of(request.scope)
    world, settings = visit.service.world, visit.service.world.settings
    sent = SignUpForm(name=form.text("name"), email=form.text("email"), password=form.text("password"))
    asked = await ask_sign_up(visit.service.units, world, sent, visit.origin)
    if isinstance(asked, Problem):
        return _form(request, asked, name=sent.name, email=sent.email)
    proof = write(settings, SIGN_UP, asked.proof, int(settings.links.verify_days * DAY_S))
    return redirect(at_practice(request, "/sign-up/sent"), [proof, write_email(settings, asked.email)])


@get("/sign-up/sent")
async def sign_up_sent(request: PageRequest) -> Response[Any]:
    return page(request, "public/sent.html", email=email_written(request), is_again="again" in request.query_params)


@get("/verify-email/resend")
async def resend(request: PageRequest) -> Response[Any]:
    return page(request, "public/resend.html", email=email_written(request))


@post("/verify-email/resend")
async def submit_resend(request: PageRequest) -> Response[Any]:
    """Another link, if one is due; the answer is the same for every address."""
    email, visit = (await read_form(request)).text("email"), visit_of(request.scope)
    problem = await ask_resend(visit.service.units, visit.service.world, email, visit.origin)
    if problem:
        return page(request, "public/resend.html", problem=problem, email=email)
    return redirect(at_practice(request, "/sign-up/sent?again=yes"), [write_email(visit.service.world.settings, email.strip())])


@get("/verify-email/{token:str}")
async def verify_email(request: PageRequest, token: FromPath[str]) -> Response[Any]:
    """What the link opens: a button, since mail scanners open links too."""
    service = visit_of(request.scope).service
    state = await look_at_link(service.units, service.world, token, read(request, SIGN_UP))
    if state.fault:
        return _dead_link(request, Problem(code=state.fault))
    return page(request, "public/verify_email.html", needs_password=state.needs_password)


@post("/verify-email/{token:str}")
async def submit_verify_email(request: PageRequest, token: FromPath[str]) -> Response[Any]:
    """The button: the address is proven, and the person signs in or goes on signing in."""
    form, visit = await read_form(request), visit_of(request.scope)
    units, world = visit.service.units, visit.service.world
    done = await confirm(units, world, token, form.text("password") or None, read(request, SIGN_UP), visit.origin)
    if not isinstance(done, Problem):
        cookies = [write_email(world.settings, done.email), clear(world.settings, SIGN_UP)]
        return redirect(f"{await _next(request)}?after=confirmed", cookies)
    if done.code.startswith("link_"):
        return _dead_link(request, done)
    is_asked = bool(done.faults) or form.is_ticked("with_password")
    return page(request, "public/verify_email.html", problem=done, needs_password=is_asked)


def _form(request: PageRequest, problem: Problem | None = None, name: str = "", email: str = "") -> Response[Any]:
    minimum = visit_of(request.scope).service.world.settings.password.minimum_alone
    return page(request, "public/sign_up.html", problem=problem, name=name, email=email, minimum=minimum)


def _dead_link(request: PageRequest, problem: Problem) -> Response[Any]:
    return page(request, "public/dead_verify_link.html", problem=problem, email=email_written(request))


async def _next(request: PageRequest) -> str:
    """On with the sign-in that waited for this, or to a new one."""
    here, service = underway(request), visit_of(request.scope).service
    view = await runner.look(service.units, service.world, here.token) if here else None
    return CONTINUE if goes_on(here, view) else "/sign-in"


HANDLERS: Final = [sign_up, submit_sign_up, sign_up_sent, resend, submit_resend, verify_email, submit_verify_email]
