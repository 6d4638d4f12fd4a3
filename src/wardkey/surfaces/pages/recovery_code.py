"""The recovery code on the security page: replacing it, showing the new one once, and keeping it."""

from typing import Any, Final

from litestar import Response, get, post

from wardkey.self_service.actions import Caller, Changed, NewCodes, codes_to_save, confirm_saved, overview, replace_recovery_code
from wardkey.self_service.rules import step_up_problem
from wardkey.surfaces.pages.brand import brand_of
from wardkey.surfaces.pages.forms import PageRequest, read_form
from wardkey.surfaces.pages.outcomes import SECURITY, to_security
from wardkey.surfaces.pages.recovery_file import recovery_file
from wardkey.surfaces.pages.rendering import page, redirect
from wardkey.surfaces.pages.session import signed_in_only
from wardkey.surfaces.visit import visit_of
from wardkey.vocabulary import FieldFault, Problem, faulty

PATH: Final = f"{SECURITY}/recovery-code"


@get(PATH)
@signed_in_only()
async def code_page(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    """The new code while it waits to be saved; otherwise the question whether to make a new one."""
    codes = await codes_to_save(caller)
    if codes:
        return _shown(request, caller, codes)
    demanded = step_up_problem(caller.who, caller.world.settings, caller.world.clock.now())
    if demanded is not None:
        return demanded
    seen = await overview(caller)
    if not seen.methods:
        return Problem(code="no_method")
    return page(
        request, "account/recovery_code_replace.html", who=caller.who, section="security", recovery=seen.recovery, here=PATH
    )


@post(PATH)
@signed_in_only()
async def code_replaced(_request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    outcome = await replace_recovery_code(caller)
    return redirect(PATH) if isinstance(outcome, NewCodes) else outcome


@post(f"{PATH}/saved")
@signed_in_only(back=PATH)
async def code_saved(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    form, codes = await read_form(request), await codes_to_save(caller)
    if not codes:
        return redirect(SECURITY)
    if not form.is_ticked("saved"):
        return _shown(request, caller, codes, faulty(FieldFault("saved", "recovery_code_not_saved")))
    outcome = await confirm_saved(caller)
    return to_security("code-saved") if isinstance(outcome, Changed) else outcome


@post(f"{PATH}/download", status_code=200)
@signed_in_only(back=PATH)
async def code_file(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    """The codes as a text file, for those whose browser runs no scripts too."""
    codes = await codes_to_save(caller)
    if not codes:
        return redirect(PATH)
    visit = visit_of(request.scope)
    return recovery_file(visit, codes, brand_of(visit, caller.who, None).name)


def _shown(request: PageRequest, caller: Caller, codes: tuple[str, ...], problem: Problem | None = None) -> Response[Any]:
    return page(
        request, "account/recovery_code.html", who=caller.who, problem=problem, section="security", codes=codes, here=PATH
    )


HANDLERS: Final = [code_page, code_replaced, code_saved, code_file]
