"""The security page: how the person signs in, where they are signed in, and what happened to their account."""

import re
from typing import Any, Final

from litestar import Response, get
from msgspec import Struct

from wardkey.audit.rules import Entry
from wardkey.audit.sentences import needs_a_look, sentence_of
from wardkey.factors.kinds.passkey import Passkey
from wardkey.self_service import actions
from wardkey.self_service.actions import ACTIVITY_PAGE, Caller
from wardkey.sessions.rules import Session, public_id
from wardkey.surfaces.pages import authenticator_app, own_sessions, passkeys, password_change, phone, recovery_code
from wardkey.surfaces.pages.forms import PageRequest
from wardkey.surfaces.pages.outcomes import OUTCOMES, SECURITY
from wardkey.surfaces.pages.protection import protection_of
from wardkey.surfaces.pages.rendering import page
from wardkey.surfaces.pages.session import signed_in_only
from wardkey.vocabulary import EventId, Language

SHOWN: Final = 5
"""How much activity the security page itself shows."""
EVENT_ID: Final = re.compile(r"evt_[0-9a-z]{26}")


class Happened(Struct, frozen=True):
    """One line of the activity."""

    entry: Entry
    sentence: str
    needs_a_look: bool


class Place(Struct, frozen=True):
    """One place where the person is signed in."""

    session: Session
    public_id: str
    is_this: bool
    is_phone: bool


def happened(entries: tuple[Entry, ...] | list[Entry], language: Language) -> list[Happened]:
    return [Happened(entry, sentence_of(entry, language), needs_a_look(entry)) for entry in entries]


def _place(session: Session, caller: Caller) -> Place:
    is_phone = "Mobi" in session.user_agent  # how phones are told apart by their browsers' own advice (MDN, User-Agent)
    return Place(session, public_id(session), session.id == caller.who.session.id, is_phone)


@get(SECURITY)
@signed_in_only()
async def security(request: PageRequest, caller: Caller) -> Response[Any]:
    seen = await actions.overview(caller)
    return page(
        request,
        "account/security.html",
        who=caller.who,
        section="security",
        here=SECURITY,
        overview=seen,
        phone=phone.phone_of(seen.methods),
        passkeys=passkeys.passkeys_of(seen.methods),
        passkeys_at_most=Passkey.at_most,
        protection=protection_of(seen, caller.who.time_zone, caller.origin.language),
        places=sorted((_place(session, caller) for session in seen.sessions), key=lambda place: not place.is_this),
        activity=happened(seen.activity[:SHOWN], caller.origin.language),
        has_more=len(seen.activity) > SHOWN,
        outcome=OUTCOMES.get(request.query_params.get("after", "")),
    )


@get(f"{SECURITY}/activity")
@signed_in_only()
async def activity(request: PageRequest, caller: Caller) -> Response[Any]:
    """A page of what happened, newest first; `before` is the last event of the page before."""
    asked = request.query_params.get("before", "")
    before = EventId(asked) if EVENT_ID.fullmatch(asked) else None
    found = await actions.activity(caller, before, ACTIVITY_PAGE + 1)
    shown, has_more = found[:ACTIVITY_PAGE], len(found) > ACTIVITY_PAGE
    return page(
        request,
        "account/activity.html",
        who=caller.who,
        section="security",
        activity=happened(shown, caller.origin.language),
        is_first=before is None,
        older=f"{SECURITY}/activity?before={shown[-1].id}" if has_more else None,
    )


HANDLERS: Final = [
    security,
    activity,
    *password_change.HANDLERS,
    *authenticator_app.HANDLERS,
    *phone.HANDLERS,
    *passkeys.HANDLERS,
    *recovery_code.HANDLERS,
    *own_sessions.HANDLERS,
]
