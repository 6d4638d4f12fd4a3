"""Proving again that it is you, before something that protects your account is changed (MFA-10)."""

from typing import Any, Final

from litestar import Response, get, post

from wardkey.language import N_, translate
from wardkey.self_service.actions import Caller, Changed, person_of, proofs_of
from wardkey.self_service.rules import step_up_problem
from wardkey.self_service.step_up import ask_step_up, asked_step_up, step_up
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
    f"{SECURITY}/phone": N_("You are about to set up your phone for text messages."),
    f"{SECURITY}/phone/remove": N_("You are about to remove your phone for text messages."),
    f"{SECURITY}/passkeys/add": N_("You are about to add a passkey."),
}
"""Where the person is going to what they are about to do there."""
OTHERWISE: Final = N_("You are about to change something that protects your account.")


@get(PATH)
@signed_in_only()
async def confirm_form(request: PageRequest, caller: Caller) -> Response[Any]:
    return_to = local_path(request.query_params.get("return_to"), SECURITY)
    if step_up_problem(caller.who, caller.world.settings, caller.world.clock.now()) is None:
        return redirect(return_to)
    return await _form(request, caller, return_to, request.query_params.get("method", ""))


@post(PATH)
@signed_in_only(back=SECURITY)
async def confirm_sent(request: PageRequest, caller: Caller) -> Response[Any]:
    form = await read_form(request)
    return_to, method = local_path(form.text("return_to"), SECURITY), form.text("method")
    answer = {name: form.text(name) for name in (PASSWORD, "code", "credential")}
    outcome = await step_up(caller, method, answer)
    return redirect(return_to) if isinstance(outcome, Changed) else await _form(request, caller, return_to, method, outcome)


@post(f"{PATH}/ask")
@signed_in_only(back=SECURITY)
async def question_asked(request: PageRequest, caller: Caller) -> Response[Any]:
    """Have a code sent, or a challenge made; then the page of that method."""
    form = await read_form(request)
    return_to, method = local_path(form.text("return_to"), SECURITY), form.text("method")
    outcome = await ask_step_up(caller, method)
    if isinstance(outcome, Problem):
        return await _form(request, caller, return_to, method, outcome)
    return redirect(f"{with_return(PATH, return_to)}&method={method}")


async def _form(
    request: PageRequest, caller: Caller, return_to: str, wanted: str, problem: Problem | None = None
) -> Response[Any]:
    path, proofs = return_to.partition("?")[0], proofs_of(await person_of(caller))
    method = wanted if wanted in proofs else proofs[0]
    return page(
        request,
        "account/confirm.html",
        who=caller.who,
        problem=problem,
        section="security",
        here=with_return(PATH, return_to),
        return_to=return_to,
        cancel=SECURITY if path.startswith(SECURITY) else "/",
        method=method,
        others=[(other, f"{with_return(PATH, return_to)}&method={other}") for other in proofs if other != method],
        question=(await asked_step_up(caller)).get(method),
        why=translate(caller.origin.language, WHY.get(path, OTHERWISE)),
        minutes=max(1, caller.world.settings.session.step_up_s // 60),
    )


HANDLERS: Final = [confirm_form, confirm_sent, question_asked]
