"""Getting back in with an emailed link: a new password, and nothing else (ACC-6)."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from wardkey.account_repair.actions import ask_reset, look_at_reset, reset_password
from wardkey.surfaces.pages.brand import at_practice
from wardkey.surfaces.pages.cookies import email_written, write_email
from wardkey.surfaces.pages.forms import PageRequest, read_form
from wardkey.surfaces.pages.rendering import page, redirect
from wardkey.surfaces.visit import visit_of
from wardkey.vocabulary import Problem


@get("/forgot-password")
async def forgot_password(request: PageRequest) -> Response[Any]:
    return page(request, "public/forgot_password.html", email="")


@post("/forgot-password")
async def submit_forgot_password(request: PageRequest) -> Response[Any]:
    """A link, if the address has an account; the answer is the same for every address (ACC-7)."""
    email, visit = (await read_form(request)).text("email"), visit_of(request.scope)
    problem = await ask_reset(visit.service.units, visit.service.world, email, visit.origin)
    if problem:
        return page(request, "public/forgot_password.html", problem=problem, email=email)
    return redirect(at_practice(request, "/forgot-password/sent"), [write_email(visit.service.world.settings, email.strip())])


@get("/forgot-password/sent")
async def forgot_password_sent(request: PageRequest) -> Response[Any]:
    minutes = round(visit_of(request.scope).service.world.settings.links.reset_minutes)
    return page(request, "public/forgot_password_sent.html", email=email_written(request), minutes=minutes)


@get("/reset-password/{token:str}")
async def open_reset(request: PageRequest, token: FromPath[str]) -> Response[Any]:
    """What the link opens; looking spends nothing."""
    service = visit_of(request.scope).service
    fault = await look_at_reset(service.units, service.world, token)
    return _form(request, Problem(code=fault) if fault else None)


@post("/reset-password/{token:str}")
async def submit_reset(request: PageRequest, token: FromPath[str]) -> Response[Any]:
    form, visit = await read_form(request), visit_of(request.scope)
    done = await reset_password(visit.service.units, visit.service.world, token, form.text("password"), visit.origin)
    if isinstance(done, Problem):
        return _form(request, done)
    return redirect("/sign-in?after=password-set", [write_email(visit.service.world.settings, done.email)])


def _form(request: PageRequest, problem: Problem | None) -> Response[Any]:
    if problem and problem.code.startswith("link_"):
        return page(request, "public/dead_reset_link.html", problem=problem)
    return page(
        request,
        "public/reset_password.html",
        problem=problem,
        lengths=visit_of(request.scope).service.world.settings.password,
    )


HANDLERS: Final = [forgot_password, submit_forgot_password, forgot_password_sent, open_reset, submit_reset]
