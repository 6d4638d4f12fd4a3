"""Changing the email address from the security page, and the two links that belong to it: confirm and undo (ACC-4)."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from wardkey.email_change.actions import ask, cancel, confirm, look, pending, send_again
from wardkey.email_change.rules import Pending
from wardkey.email_change.undoing import look_at_undo, undo
from wardkey.self_service.actions import Caller
from wardkey.self_service.rules import step_up_problem
from wardkey.surfaces.pages.cookies import email_written, signed_in, write_email
from wardkey.surfaces.pages.forms import PageRequest, read_form
from wardkey.surfaces.pages.outcomes import SECURITY, to_security
from wardkey.surfaces.pages.rendering import page, redirect
from wardkey.surfaces.pages.session import signed_in_only
from wardkey.surfaces.visit import visit_of
from wardkey.vocabulary import Problem

PATH: Final = f"{SECURITY}/email"


@get(PATH)
@signed_in_only()
async def email_form(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    """The change that waits, or the form for one. `another` asks for the form in any case."""
    waiting = None if "another" in request.query_params else await pending(caller)
    if waiting is not None:
        return _waiting(request, caller, waiting, is_news="after" in request.query_params)
    demanded = step_up_problem(caller.who, caller.world.settings, caller.world.clock.now())
    return demanded or _form(request, caller)


@post(PATH)
@signed_in_only()
async def email_sent(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    """The new address; the answer is the same whoever's it is (ACC-7)."""
    email = (await read_form(request)).text("email")
    outcome = await ask(caller, email)
    if isinstance(outcome, Pending):
        return redirect(f"{PATH}?after=sent")
    return outcome if outcome.code == "step_up_required" else _form(request, caller, outcome, email)


@post(f"{PATH}/again")
@signed_in_only(back=PATH)
async def email_again(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    outcome = await send_again(caller)
    if isinstance(outcome, Pending):
        return redirect(f"{PATH}?after=sent")
    waiting = await pending(caller)
    return redirect(PATH) if waiting is None else _waiting(request, caller, waiting, outcome)


@post(f"{PATH}/cancel")
@signed_in_only(back=PATH)
async def email_kept(_request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    await cancel(caller)
    return to_security("email-kept")


def _form(request: PageRequest, caller: Caller, problem: Problem | None = None, email: str = "") -> Response[Any]:
    return page(request, "account/email.html", who=caller.who, problem=problem, section="security", here=PATH, email=email)


def _waiting(
    request: PageRequest, caller: Caller, waiting: Pending, problem: Problem | None = None, *, is_news: bool = False
) -> Response[Any]:
    return page(
        request,
        "account/email_waiting.html",
        who=caller.who,
        problem=problem,
        section="security",
        here=PATH,
        waiting=waiting,
        is_news=is_news,
    )


@get("/confirm-email/done")
async def confirmed(request: PageRequest) -> Response[Any]:
    return page(request, "public/confirm_email_done.html", email=email_written(request))


@get("/confirm-email/{token:str}")
async def open_confirmation(request: PageRequest, token: FromPath[str]) -> Response[Any]:
    """What the link opens: a button, since mail scanners open links too."""
    return await _confirmation(request, token)


@post("/confirm-email/{token:str}")
async def press_confirmation(request: PageRequest, token: FromPath[str]) -> Response[Any]:
    """The button: the account has the new address. Where its owner is signed in here, they stay so."""
    visit = visit_of(request.scope)
    done = await confirm(visit.service.units, visit.service.world, token, visit.origin)
    if isinstance(done, Problem):
        return await _confirmation(request, token, done)
    who = await signed_in(request)
    if who is not None and who.email == done.email:
        return to_security("email-changed")
    return redirect("/confirm-email/done", [write_email(visit.service.world.settings, done.email)])


async def _confirmation(request: PageRequest, token: str, problem: Problem | None = None) -> Response[Any]:
    service = visit_of(request.scope).service
    seen = await look(service.units, service.world, token)
    dead = Problem(code=seen.fault) if seen.fault else problem
    if dead is not None and (seen.fault or dead.code == "address_taken"):
        return page(request, "public/dead_confirm_email.html", problem=dead)
    return page(request, "public/confirm_email.html", problem=problem, email=seen.email)


@get("/undo-email/done")
async def undone(request: PageRequest) -> Response[Any]:
    return page(request, "public/undo_email_done.html", email=email_written(request))


@get("/undo-email/{token:str}")
async def open_undo(request: PageRequest, token: FromPath[str]) -> Response[Any]:
    """What the link opens: what the button will do."""
    return await _undo(request, token)


@post("/undo-email/{token:str}")
async def press_undo(request: PageRequest, token: FromPath[str]) -> Response[Any]:
    """The button: the earlier address is the account's again, and everyone is signed out."""
    visit = visit_of(request.scope)
    done = await undo(visit.service.units, visit.service.world, token, visit.origin)
    if isinstance(done, Problem):
        return await _undo(request, token, done)
    return redirect("/undo-email/done", [write_email(visit.service.world.settings, done.email)])


async def _undo(request: PageRequest, token: str, problem: Problem | None = None) -> Response[Any]:
    service = visit_of(request.scope).service
    seen = await look_at_undo(service.units, service.world, token)
    dead = Problem(code=seen.fault) if seen.fault else problem
    if dead is not None and (seen.fault or dead.code == "address_taken"):
        return page(request, "public/dead_way_back.html", problem=dead)
    return page(request, "public/undo_email.html", problem=problem, email=seen.email)


HANDLERS: Final = [
    email_form,
    email_sent,
    email_again,
    email_kept,
    confirmed,
    open_confirmation,
    press_confirmation,
    undone,
    open_undo,
    press_undo,
]
