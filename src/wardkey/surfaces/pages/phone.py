"""Setting up, changing and removing the phone for text messages from the security page (MFA-3)."""

from typing import Any, Final

from litestar import Response, get, post

from wardkey.factors.kinds.sms import Sms
from wardkey.self_service.actions import Caller, Changed, NewCodes, overview
from wardkey.self_service.methods import begin_method, confirm_method, remove_method, setup_under_way
from wardkey.self_service.rules import Method, step_up_problem
from wardkey.surfaces.pages.forms import Form, PageRequest, read_form
from wardkey.surfaces.pages.outcomes import SECURITY, to_security
from wardkey.surfaces.pages.rendering import page, redirect
from wardkey.surfaces.pages.session import signed_in_only
from wardkey.texts.countries import countries
from wardkey.vocabulary import Problem

PATH: Final = f"{SECURITY}/phone"


@get(PATH)
@signed_in_only()
async def phone_form(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    demanded = step_up_problem(caller.who, caller.world.settings, caller.world.clock.now())
    return demanded or await _form(request, caller, Form({}))


@post(f"{PATH}/number")
@signed_in_only(back=PATH)
async def number_sent(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    """Text a code to the number; the page then asks for it."""
    form = await read_form(request)
    outcome = await begin_method(caller, Sms.kind, {"number": form.text("number"), "country": form.text("country")})
    if not isinstance(outcome, Problem):
        return redirect(PATH)
    return outcome if outcome.code in ("step_up_required", "mfa_is_off") else await _form(request, caller, form, outcome)


@post(PATH)
@signed_in_only()
async def code_sent(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    form = await read_form(request)
    outcome = await confirm_method(caller, Sms.kind, {"code": form.text("code")})
    if isinstance(outcome, NewCodes):
        return redirect(f"{SECURITY}/recovery-code")
    if isinstance(outcome, Changed):
        return to_security("phone-added")
    return outcome if outcome.code == "step_up_required" else await _form(request, caller, form, outcome)


async def _form(request: PageRequest, caller: Caller, form: Form, problem: Problem | None = None) -> Response[Any]:
    """The number first; once a code is on its way, the field for it."""
    seen = await overview(caller)
    return page(
        request,
        "account/phone.html",
        who=caller.who,
        problem=problem,
        section="security",
        setup=await setup_under_way(caller, Sms.kind),
        countries=countries(caller.origin.language),
        country=form.text("country"),
        number=form.text("number"),
        phone_now=phone_of(seen.methods),
    )


@get(f"{PATH}/remove")
@signed_in_only()
async def removal_form(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    demanded = step_up_problem(caller.who, caller.world.settings, caller.world.clock.now())
    return demanded or await _removal(request, caller)


@post(f"{PATH}/remove")
@signed_in_only()
async def removal_sent(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    demanded = step_up_problem(caller.who, caller.world.settings, caller.world.clock.now())
    held = phone_of((await overview(caller)).methods)
    if demanded is not None or held is None:
        return demanded or Problem(code="method_gone")
    outcome = await remove_method(caller, held.id)
    if isinstance(outcome, Changed):
        return to_security("phone-removed")
    return await _removal(request, caller, outcome) if outcome.code == "last_method" else outcome


async def _removal(request: PageRequest, caller: Caller, problem: Problem | None = None) -> Response[Any] | Problem:
    seen = await overview(caller)
    held = phone_of(seen.methods)
    if held is None:
        return Problem(code="method_gone")
    is_last = [m.id for m in seen.methods if m.is_method] == [held.id]
    return page(
        request,
        "account/method_remove.html",
        who=caller.who,
        problem=problem,
        section="security",
        kind=Sms.kind,
        name=held.details.get("number", ""),
        action=f"{PATH}/remove",
        is_last=is_last,
        minimum=caller.world.settings.password.minimum_alone,
    )


def phone_of(methods: tuple[Method, ...]) -> Method | None:
    """The phone that gets text messages, if there is one."""
    return next((method for method in methods if method.kind == Sms.kind), None)


HANDLERS: Final = [phone_form, number_sent, code_sent, removal_form, removal_sent]
