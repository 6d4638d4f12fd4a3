"""Proving again that it is you, before something that protects your account is changed (MFA-10)."""

from typing import Any, Final

from litestar import Response, get, post

from wardkey.language import N_, translate
from wardkey.self_service.actions import Caller, Changed, person_of, proofs_of
from wardkey.self_service.rules import step_up_problem
from wardkey.self_service.step_up import step_up
from wardkey.signin.person import PASSWORD
from wardkey.surfaces.pages.forms import PageRequest, read_form
from wardkey.surfaces.pages.outcomes import SECURITY
from wardkey.surfaces.pages.rendering import page, redirect
from wardkey.surfaces.pages.session import signed_in_only, with_return
from wardkey.surfaces.request import local_path
from wardkey.vocabulary import Problem

PATH: Final = "/account/confirm"
WHY: Final = {
    f"{SECURITY}/password": N_("You are about to change your password."),
    f"{SECURITY}/email": N_("You are about to change your email address."),
    f"{SECURITY}/authenticator-app": N_("You are about to set up an authenticator app."),
    f"{SECURITY}/authenticator-app/remove": N_("You are about to remove your authenticator app."),
    f"{SECURITY}/recovery-code": N_("You are about to make a new recovery code."),
}
"""Where the person is going to what they are about to do there."""
OTHERWISE: Final = N_("You are about to change something that protects your account.")


@get(PATH)
@signed_in_only()
async def confirm_form(request: PageRequest, caller: Caller) -> Response[Any]:
    return_to = local_path(request.query_params.get("return_to"), SECURITY)
    if step_up_problem(caller.who, caller.world.settings, caller.world.clock.now()) is None:
        return redirect(return_to)
    return await _form(request, caller, return_to)


@post(PATH)
@signed_in_only(back=SECURITY)
async def confirm_sent(request: PageRequest, caller: Caller) -> Response[Any]:
    form = await read_form(request)
    return_to, method = local_path(form.text("return_to"), SECURITY), form.text("method")
    outcome = await step_up(caller, method, {PASSWORD: form.text(PASSWORD), "code": form.text("code")})
    return redirect(return_to) if isinstance(outcome, Changed) else await _form(request, caller, return_to, outcome)


async def _form(request: PageRequest, caller: Caller, return_to: str, problem: Problem | None = None) -> Response[Any]:
    path = return_to.partition("?")[0]
    return page(
        request,
        "account/confirm.html",
        who=caller.who,
        problem=problem,
        section="security",
        here=with_return(PATH, return_to),
        return_to=return_to,
        cancel=SECURITY if path.startswith(SECURITY) else "/",
        method=proofs_of(await person_of(caller))[0],
        why=translate(caller.origin.language, WHY.get(path, OTHERWISE)),
        minutes=max(1, caller.world.settings.session.step_up_s // 60),
    )


HANDLERS: Final = [confirm_form, confirm_sent]
