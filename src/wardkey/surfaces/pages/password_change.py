"""Changing the password from the security page."""

from typing import Any, Final

from litestar import Response, get, post

from wardkey.accounts.passwords import minimum_length
from wardkey.self_service.actions import Caller, Changed, change_password, needs_long_password, person_of
from wardkey.self_service.rules import step_up_problem
from wardkey.surfaces.pages.forms import PageRequest, read_form
from wardkey.surfaces.pages.outcomes import SECURITY, to_security
from wardkey.surfaces.pages.rendering import page
from wardkey.surfaces.pages.session import signed_in_only
from wardkey.vocabulary import Problem

PATH: Final = f"{SECURITY}/password"


@get(PATH)
@signed_in_only()
async def password_form(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    demanded = step_up_problem(caller.who, caller.world.settings, caller.world.clock.now())
    return demanded or await _form(request, caller)


@post(PATH)
@signed_in_only()
async def password_sent(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    form = await read_form(request)
    outcome = await change_password(caller, form.text("current_password"), form.text("new_password"))
    if isinstance(outcome, Changed):
        return to_security("password-changed")
    return outcome if outcome.code == "step_up_required" else await _form(request, caller, outcome)


async def _form(request: PageRequest, caller: Caller, problem: Problem | None = None) -> Response[Any]:
    is_long = needs_long_password(caller, await person_of(caller))
    return page(
        request,
        "account/password.html",
        who=caller.who,
        problem=problem,
        section="security",
        minimum=minimum_length(caller.world.settings.password, has_mfa=not is_long),
    )


HANDLERS: Final = [password_form, password_sent]
