"""Adding, naming and removing passkeys from the security page (MFA-5)."""

import re
from typing import Any, Final

from litestar import Response, get, post

from wardkey.factors.kinds.passkey import Passkey
from wardkey.self_service.actions import Caller, Changed, NewCodes, overview
from wardkey.self_service.methods import begin_method, confirm_method, remove_method, rename_method
from wardkey.self_service.rules import Method, step_up_problem
from wardkey.surfaces.pages.forms import PageRequest, read_form
from wardkey.surfaces.pages.outcomes import SECURITY, to_security
from wardkey.surfaces.pages.rendering import page, redirect
from wardkey.surfaces.pages.session import signed_in_only
from wardkey.vocabulary import CredentialId, Problem

PATH: Final = f"{SECURITY}/passkeys"
ID: Final = re.compile(r"cred_[0-9a-z]{26}")


@get(f"{PATH}/add")
@signed_in_only()
async def adding_form(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    return await _adding(request, caller)


@post(f"{PATH}/add")
@signed_in_only()
async def passkey_made(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    form = await read_form(request)
    answer, as_method = {"credential": form.text("credential")}, form.is_ticked("as_method")
    outcome = await confirm_method(caller, Passkey.kind, answer, form.text("label"), as_method=as_method)
    if isinstance(outcome, NewCodes):
        return redirect(f"{SECURITY}/recovery-code")
    return to_security("passkey-added") if isinstance(outcome, Changed) else await _adding(request, caller, outcome)


async def _adding(request: PageRequest, caller: Caller, problem: Problem | None = None) -> Response[Any] | Problem:
    """What the device is asked; after a refusal the same question, or a new one if it expired."""
    setup = await begin_method(caller, Passkey.kind)
    if isinstance(setup, Problem):
        return setup
    return page(
        request,
        "account/passkey_add.html",
        who=caller.who,
        problem=problem,
        section="security",
        setup=setup,
        has_method=caller.who.has_method,
    )


@get(PATH + "/{credential:str}")
@signed_in_only()
async def passkey_form(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    demanded = step_up_problem(caller.who, caller.world.settings, caller.world.clock.now())
    return demanded or await _one(request, caller)


@post(PATH + "/{credential:str}/name")
@signed_in_only(back=SECURITY)
async def name_sent(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    form = await read_form(request)
    outcome = await rename_method(caller, _asked(request), form.text("label"))
    if isinstance(outcome, Changed):
        return to_security("passkey-named")
    return await _one(request, caller, outcome) if outcome.code == "check_fields" else outcome


@post(PATH + "/{credential:str}/remove")
@signed_in_only(back=SECURITY)
async def removal_sent(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    outcome = await remove_method(caller, _asked(request))
    if isinstance(outcome, Changed):
        return to_security("passkey-removed")
    return await _one(request, caller, outcome) if outcome.code == "last_method" else outcome


async def _one(request: PageRequest, caller: Caller, problem: Problem | None = None) -> Response[Any] | Problem:
    seen = await overview(caller)
    held = next((m for m in passkeys_of(seen.methods) if m.id == _asked(request)), None)
    if held is None:
        return Problem(code="method_gone")
    return page(
        request,
        "account/passkey.html",
        who=caller.who,
        problem=problem,
        section="security",
        passkey=held,
        is_last=[m.id for m in seen.methods if m.is_method] == [held.id],
        minimum=caller.world.settings.password.minimum_alone,
    )


def _asked(request: PageRequest) -> CredentialId:
    """The passkey that the address names; what is no id names none."""
    text = str(request.path_params.get("credential", ""))
    return CredentialId(text if ID.fullmatch(text) else "")


def passkeys_of(methods: tuple[Method, ...]) -> list[Method]:
    return [method for method in methods if method.kind == Passkey.kind]


HANDLERS: Final = [adding_form, passkey_made, passkey_form, name_sent, removal_sent]
