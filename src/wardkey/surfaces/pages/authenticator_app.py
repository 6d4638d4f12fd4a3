"""Setting up, replacing and removing the authenticator app from the security page."""

from typing import Any, Final

from litestar import Response, get, post

from wardkey.factors.kinds.totp import Totp
from wardkey.self_service.actions import Caller, Changed, NewCodes, overview
from wardkey.self_service.methods import begin_method, confirm_method, remove_method
from wardkey.self_service.rules import step_up_problem
from wardkey.surfaces.pages.forms import PageRequest, read_form
from wardkey.surfaces.pages.outcomes import SECURITY, to_security
from wardkey.surfaces.pages.protection import protection_of
from wardkey.surfaces.pages.rendering import page, redirect
from wardkey.surfaces.pages.session import signed_in_only
from wardkey.vocabulary import Problem

PATH: Final = f"{SECURITY}/authenticator-app"


@get(PATH)
@signed_in_only()
async def app_form(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    return await _form(request, caller)


@post(PATH)
@signed_in_only()
async def app_sent(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    form = await read_form(request)
    outcome = await confirm_method(caller, Totp.kind, {"code": form.text("code")})
    if isinstance(outcome, NewCodes):
        return redirect(f"{SECURITY}/recovery-code")
    if isinstance(outcome, Changed):
        return to_security("app-added")
    return await _form(request, caller, outcome)


async def _form(request: PageRequest, caller: Caller, problem: Problem | None = None) -> Response[Any] | Problem:
    """The picture to scan and the field for its first code; after a refusal the same set-up, or a new one if it expired."""
    setup = await begin_method(caller, Totp.kind)
    if isinstance(setup, Problem):
        return setup
    return page(
        request,
        "account/authenticator_app.html",
        who=caller.who,
        problem=problem,
        section="security",
        setup=setup,
        is_replacing=caller.who.has_method,
    )


@get(f"{PATH}/remove")
@signed_in_only()
async def removal_form(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    demanded = step_up_problem(caller.who, caller.world.settings, caller.world.clock.now())
    return demanded or await _removal(request, caller)


@post(f"{PATH}/remove")
@signed_in_only()
async def removal_sent(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    app = protection_of(await overview(caller), caller.who.time_zone, caller.origin.language).app
    if app is None:
        return Problem(code="method_gone")
    outcome = await remove_method(caller, app.id)
    if isinstance(outcome, Changed):
        return to_security("app-removed")
    return await _removal(request, caller, outcome) if outcome.code == "last_method" else outcome


async def _removal(request: PageRequest, caller: Caller, problem: Problem | None = None) -> Response[Any] | Problem:
    """What will happen and the button that does it; where that is not allowed, why not and what to do instead."""
    protection = protection_of(await overview(caller), caller.who.time_zone, caller.origin.language)
    if protection.app is None:
        return Problem(code="method_gone")
    return page(
        request,
        "account/authenticator_app_remove.html",
        who=caller.who,
        problem=problem,
        section="security",
        protection=protection,
        minimum=caller.world.settings.password.minimum_alone,
    )


HANDLERS: Final = [app_form, app_sent, removal_form, removal_sent]
