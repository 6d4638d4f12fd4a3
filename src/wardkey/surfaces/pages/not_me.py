""" "This wasn't me": what the link in a notice opens (MFA-11)."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from wardkey.account_repair.reporting import look_at_report, report
from wardkey.surfaces.pages.cookies import email_written, write_email
from wardkey.surfaces.pages.forms import PageRequest
from wardkey.surfaces.pages.rendering import page, redirect
from wardkey.surfaces.visit import visit_of
from wardkey.vocabulary import Problem


@get("/not-me/done")
async def reported(request: PageRequest) -> Response[Any]:
    return page(request, "public/not_me_done.html", email=email_written(request))


@get("/not-me/{token:str}")
async def open_report(request: PageRequest, token: FromPath[str]) -> Response[Any]:
    """What the link opens: what the button will do. Looking spends nothing."""
    return await _report(request, token)


@post("/not-me/{token:str}")
async def press_report(request: PageRequest, token: FromPath[str]) -> Response[Any]:
    """The button: everyone is signed out, and a link to choose a new password is on its way."""
    visit = visit_of(request.scope)
    done = await report(visit.service.units, visit.service.world, token, visit.origin)
    if isinstance(done, Problem):
        return await _report(request, token, done)
    return redirect("/not-me/done", [write_email(visit.service.world.settings, done.email)])


async def _report(request: PageRequest, token: str, problem: Problem | None = None) -> Response[Any]:
    service = visit_of(request.scope).service
    seen = await look_at_report(service.units, service.world, token)
    if seen.fault:
        return page(request, "public/dead_way_back.html", problem=Problem(code=seen.fault))
    return page(request, "public/not_me.html", problem=problem, email=seen.restores)


HANDLERS: Final = [reported, open_report, press_report]
