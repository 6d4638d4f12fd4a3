"""Who is signed in; what happens to those who are not, or not any more; and signing out."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from litestar import Response, get, post
from msgspec.structs import replace

from wardkey.notices.circumstances import duration_of
from wardkey.self_service.actions import Caller
from wardkey.sessions.actions import end, note_activity
from wardkey.sessions.rules import SignedIn, needs_touch
from wardkey.surfaces.pages import cookies
from wardkey.surfaces.pages.forms import PageRequest
from wardkey.surfaces.pages.rendering import page, redirect
from wardkey.surfaces.request import local_path
from wardkey.surfaces.visit import visit_of
from wardkey.vocabulary import Problem

Answer: TypeAlias = Response[Any]
Page: TypeAlias = Callable[[PageRequest, Caller], Awaitable[Answer | Problem]]

CLEAR_SITE_DATA: Final = '"storage"'
"""What pages kept in the browser (texts of unfinished forms) goes with the session (ASVS 5.0 14.3.1)."""


def signed_in_only(back: str | None = None) -> Callable[[Page], Callable[[PageRequest], Awaitable[Answer]]]:
    """The one guard of pages for signed-in people, and of the acts on them that need a fresh proof.

    Whoever is not signed in goes to sign in and comes back; a demand for step-up goes to prove it and comes back; any other
    refusal that the page does not show itself gets a page of its own. `back` is where to come back to, where that is not
    the address that was asked for.
    """

    def guarded(answer: Page) -> Callable[[PageRequest], Awaitable[Answer]]:
        async def handler(request: PageRequest) -> Response[Any]:
            who = await cookies.signed_in(request)
            if who is None:
                return _to_sign_in(request, back or here(request))
            caller = await _noted(caller_of(request, who))
            found = await answer(request, caller)
            return _refused(request, caller, found, back) if isinstance(found, Problem) else found

        return handler

    return guarded


def caller_of(request: PageRequest, who: SignedIn) -> Caller:
    visit = visit_of(request.scope)
    return Caller(units=visit.service.units, world=visit.service.world, who=who, origin=visit.origin)


def here(request: PageRequest) -> str:
    """The address that shows again what was asked for."""
    query = request.scope["query_string"].decode("ascii", "replace") if request.method == "GET" else ""
    return local_path(request.scope["path"] + (f"?{query}" if query else ""))


def with_return(path: str, return_to: str) -> str:
    return f"{path}?return_to={quote(return_to, safe='/')}"


def _to_sign_in(request: PageRequest, return_to: str) -> Answer:
    if cookies.read(request, cookies.SESSION) is not None:
        return redirect(with_return("/session-expired", return_to))
    return redirect("/sign-in" if return_to == "/" else with_return("/sign-in", return_to))


def _refused(request: PageRequest, caller: Caller, problem: Problem, back: str | None) -> Answer:
    return_to = back or here(request)
    if problem.code == "step_up_required":
        return redirect(with_return("/account/confirm", return_to))
    return page(request, "account/refused.html", who=caller.who, problem=problem, section="security", here=return_to)


async def _noted(caller: Caller) -> Caller:
    """The caller, whose session is now known to be used: with an idle limit it lasts longer for it."""
    at, session = caller.world.clock.now(), caller.who.session
    if not needs_touch(session, at):
        return caller
    async with caller.units.write() as unit:
        await note_activity(unit, session, at)
    return replace(caller, who=replace(caller.who, session=replace(session, seen_at=at)))


def signed_out(request: PageRequest) -> Answer:
    """Away from everything that is the person's: the cookie goes, and what pages kept in the browser."""
    settings = visit_of(request.scope).service.world.settings
    answer = redirect("/signed-out", cookies=[cookies.clear(settings, cookies.SESSION)])
    answer.headers["clear-site-data"] = CLEAR_SITE_DATA
    return answer


@post("/sign-out")
async def sign_out(request: PageRequest) -> Response[Any]:
    """End this session; whoever is signed out already is told the same."""
    who = await cookies.signed_in(request)
    if who is not None:
        caller = caller_of(request, who)
        async with caller.units.write() as unit:
            await end(unit, caller.world, who.session, who.session.id, caller.origin, caller.world.clock.now())
    return signed_out(request)


@get("/signed-out")
async def after_sign_out(request: PageRequest) -> Response[Any]:
    """Say that nobody is signed in here any more, which matters most on a computer that several people use."""
    if await cookies.signed_in(request) is not None:
        return redirect("/")
    return page(request, "account/signed_out.html")


@get("/session-expired")
async def session_expired(request: PageRequest) -> Response[Any]:
    """Say why the person is signed out, and lead them back to where they were."""
    return_to = local_path(request.query_params.get("return_to"))
    if await cookies.signed_in(request) is not None:
        return redirect(return_to)
    settings = visit_of(request.scope).service.world.settings
    gone = [cookies.clear(settings, cookies.SESSION)] if cookies.read(request, cookies.SESSION) else None
    lasts = duration_of(round(settings.session.hours * 60), visit_of(request.scope).origin.language)
    return page(request, "account/session_expired.html", cookies=gone, return_to=return_to, lasts=lasts)


HANDLERS: Final = [sign_out, after_sign_out, session_expired]
