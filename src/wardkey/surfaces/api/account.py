"""What a signed-in person sees and changes of their own protection (MFA-10, MFA-11, SIGN-6)."""

import re
from typing import Annotated, Final
from urllib.parse import parse_qs

from msgspec import Meta, Struct

from wardkey.self_service import actions, methods
from wardkey.self_service.actions import ACTIVITY_PAGE, Caller, Changed, NewCodes
from wardkey.sessions.actions import end, end_others
from wardkey.sessions.rules import Session, public_id
from wardkey.signin.view import Shown
from wardkey.surfaces.api.account_shown import ActivityPage, SessionList, event_shown, overview_shown, session_shown
from wardkey.surfaces.api.operation import Call, NoBody, Outcome
from wardkey.surfaces.api.sign_in import Code, Credential, Method, credential_text
from wardkey.vocabulary import CredentialId, EventId, FieldFault, Problem, faulty

EVENT_ID: Final = re.compile(r"evt_[0-9a-hjkmnp-tv-z]{26}")


class PasswordChange(Struct, frozen=True, forbid_unknown_fields=True):
    """The password until now, and the one from now on."""

    current_password: Annotated[str, Meta(max_length=4_000)]
    new_password: Annotated[str, Meta(max_length=4_000)]


class MethodBegun(Struct, frozen=True, forbid_unknown_fields=True):
    """The method to set up. Text messages need a number, and the country it is written for unless it begins with a plus."""

    method: Method
    number: Annotated[str, Meta(max_length=200)] = ""
    country: Annotated[str, Meta(max_length=10, description="ISO 3166-1 alpha-2")] = ""


class MethodSetup(Struct, frozen=True):
    """What the method needs now: for an app `secret`, `uri` and `qr_svg`, for a phone where the code went, for a passkey the
    `options` of `navigator.credentials.create`."""

    method: str
    setup: Shown


class MethodAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """The first answer of the method: its code, or what the authenticator made."""

    method: Method
    code: Code = ""
    credential: Credential = {}
    label: Annotated[str, Meta(max_length=200, description="A name to know it by.")] = ""
    as_method: bool = True
    """For a passkey: whether it is asked for at sign-in as well, and not only used in place of the password."""


class MethodName(Struct, frozen=True, forbid_unknown_fields=True):
    """What the method is called from now on."""

    label: Annotated[str, Meta(max_length=200)]


class MethodAdded(Struct, frozen=True):
    """The method is set up. The first one brings recovery codes, which are not shown again once they are said to be saved."""

    recovery_codes: tuple[str, ...]


class RecoveryCodes(Struct, frozen=True):
    """New recovery codes; older ones no longer work."""

    codes: tuple[str, ...]


class SessionsEnded(Struct, frozen=True):
    """How many sessions ended."""

    ended: int


async def overview(call: Call, caller: Caller, _: NoBody) -> Outcome:
    return overview_shown(await actions.overview(caller), caller.who.session.id, call.language)


async def change_password(_call: Call, caller: Caller, sent: PasswordChange) -> Outcome:
    return _done(await actions.change_password(caller, sent.current_password, sent.new_password))


async def begin_method(_call: Call, caller: Caller, sent: MethodBegun) -> Outcome:
    given = {"number": sent.number, "country": sent.country} if sent.number else None
    setup = await methods.begin_method(caller, sent.method, given)
    return setup if isinstance(setup, Problem) else MethodSetup(sent.method, setup)


async def confirm_method(_call: Call, caller: Caller, sent: MethodAnswer) -> Outcome:
    answer = {"code": sent.code, "credential": credential_text(sent.credential)}
    outcome = await methods.confirm_method(caller, sent.method, answer, sent.label, as_method=sent.as_method)
    if isinstance(outcome, Problem):
        return outcome
    return MethodAdded(outcome.codes if isinstance(outcome, NewCodes) else ())


async def rename_method(call: Call, caller: Caller, sent: MethodName) -> Outcome:
    return _done(await methods.rename_method(caller, CredentialId(call.path("credential")), sent.label))


async def remove_method(call: Call, caller: Caller, _: NoBody) -> Outcome:
    return _done(await methods.remove_method(caller, CredentialId(call.path("credential"))))


async def replace_recovery_codes(_call: Call, caller: Caller, _: NoBody) -> Outcome:
    outcome = await actions.replace_recovery_code(caller)
    return outcome if isinstance(outcome, Problem) else RecoveryCodes(outcome.codes)


async def confirm_saved(_call: Call, caller: Caller, _: NoBody) -> Outcome:
    return _done(await actions.confirm_saved(caller))


async def list_sessions(call: Call, caller: Caller, _: NoBody) -> Outcome:
    this = caller.who.session.id
    return SessionList(tuple(session_shown(s, this, call.language) for s in await _live(call, caller)))


async def end_session(call: Call, caller: Caller, _: NoBody) -> Outcome:
    asked = call.path("session")
    target = next((s for s in await _live(call, caller) if public_id(s) == asked), None)
    if target is None:
        return Problem(code="session_gone")
    async with call.units.write() as unit:
        is_ended = await end(unit, call.world, caller.who.session, target.id, call.origin, call.world.clock.now())
    return None if is_ended else Problem(code="session_gone")


async def end_other_sessions(call: Call, caller: Caller, _: NoBody) -> Outcome:
    async with call.units.write() as unit:
        return SessionsEnded(await end_others(unit, call.world, caller.who.session, call.origin, call.world.clock.now()))


async def activity(call: Call, caller: Caller, _: NoBody) -> Outcome:
    before = _parameter(call, "before")
    if before is not None and not EVENT_ID.fullmatch(before):
        return faulty(FieldFault("before", "wrong_type"))
    entries = await actions.activity(caller, EventId(before) if before else None)
    more = entries[-1].id if len(entries) == ACTIVITY_PAGE else None
    return ActivityPage(tuple(event_shown(e, call.language) for e in entries), more)


async def _live(call: Call, caller: Caller) -> list[Session]:
    async with call.units.read() as unit:
        return await unit.sessions.live(caller.who.session.account, call.world.clock.now())


def _parameter(call: Call, name: str) -> str | None:
    """A parameter of the query; where there are more than anybody needs, one that fits nothing."""
    try:
        found = parse_qs(call.query.decode("latin-1"), keep_blank_values=True, max_num_fields=20).get(name)
    except ValueError:
        return ""
    return found[0] if found else None


def _done(outcome: Changed | Problem) -> Outcome:
    """An act that has nothing to say beyond that it is done."""
    return outcome if isinstance(outcome, Problem) else None
