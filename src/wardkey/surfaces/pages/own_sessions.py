"""Signing out other devices from the security page (SIGN-6)."""

from typing import Any, Final

from litestar import Response, get, post

from wardkey.self_service.actions import Caller
from wardkey.sessions.actions import end, end_others
from wardkey.sessions.rules import Session, is_over, public_id
from wardkey.surfaces.pages.forms import PageRequest
from wardkey.surfaces.pages.outcomes import SECURITY, to_security
from wardkey.surfaces.pages.rendering import page
from wardkey.surfaces.pages.session import signed_in_only, signed_out
from wardkey.vocabulary import Problem

PATH: Final = f"{SECURITY}/sessions"


@post(f"{PATH}/{{session:str}}/end")
@signed_in_only(back=SECURITY)
async def session_ended(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    """End one session of this account; ending this very one signs out."""
    wanted = str(request.path_params["session"])
    target = next((session for session in await _live(caller) if public_id(session) == wanted), None)
    if target is None:
        return Problem(code="session_gone")
    async with caller.units.write() as unit:
        is_ended = await end(unit, caller.world, caller.who.session, target.id, caller.origin, caller.world.clock.now())
    if target.id == caller.who.session.id:
        return signed_out(request)
    return to_security("session-ended") if is_ended else Problem(code="session_gone")


@get(f"{PATH}/end-others")
@signed_in_only()
async def others_form(request: PageRequest, caller: Caller) -> Response[Any]:
    others = [session for session in await _live(caller) if session.id != caller.who.session.id]
    return page(request, "account/sessions_end.html", who=caller.who, section="security", others=others)


@post(f"{PATH}/end-others")
@signed_in_only()
async def others_ended(_request: PageRequest, caller: Caller) -> Response[Any]:
    async with caller.units.write() as unit:
        count = await end_others(unit, caller.world, caller.who.session, caller.origin, caller.world.clock.now())
    return to_security("others-ended" if count else "no-others")


async def _live(caller: Caller) -> list[Session]:
    at = caller.world.clock.now()
    async with caller.units.read() as unit:
        return [s for s in await unit.sessions.live(caller.who.session.account, at) if not is_over(s, at)]


HANDLERS: Final = [session_ended, others_form, others_ended]
