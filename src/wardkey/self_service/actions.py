"""What a signed-in person changes about their own protection: each behind the one guard, with audit and notice."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from msgspec import Struct

from wardkey.accounts.actions import Conflict, new_stamp, set_password
from wardkey.accounts.passwords import normalised
from wardkey.accounts.rules import Account, MfaMode
from wardkey.audit.rules import Entry
from wardkey.factors import actions as factors
from wardkey.factors.contract import Credential
from wardkey.factors.registry import FACTORS_BY_KIND, METHODS, offered
from wardkey.mfa_policy.rules import effective
from wardkey.ports import World
from wardkey.rate_limits.actions import take, wait_for
from wardkey.rate_limits.rules import Budget
from wardkey.self_service.rules import Method, Overview, RecoveryState, step_up_problem
from wardkey.self_service.store import SelfUnits
from wardkey.sessions.rules import SignedIn, is_over
from wardkey.signin.answers import password_fault
from wardkey.signin.learn import expects_mfa, under_policy
from wardkey.signin.person import (
    PASSKEY,
    PASSWORD,
    RECOVERY_CODE,
    Person,
    answers_to_mfa,
    credential_of,
    credentials_of,
    methods_of,
)
from wardkey.signin.store import SigninUnit
from wardkey.vocabulary import EventId, FieldFault, Origin, Problem, SecurityStamp, faulty

TRIES: Final = 4
ACTIVITY_PAGE: Final = 20
T = TypeVar("T")


class Caller(Struct, frozen=True, kw_only=True):
    """Who acts, from where."""

    units: SelfUnits
    world: World
    who: SignedIn
    origin: Origin


class Changed(Struct, frozen=True):
    """The act is done; every other session of the account has ended."""


class NewCodes(Struct, frozen=True):
    """New recovery codes, to be shown until the person says that they are saved."""

    codes: tuple[str, ...]


async def person_of(caller: Caller) -> Person:
    """The caller as stored, under the policy of this moment; the session proved a moment ago that there is one."""
    async with caller.units.read() as unit:
        person = await unit.people.by_id(caller.who.session.account)
    if person is None:
        raise Conflict
    return under_policy(person, caller.world.settings, caller.world.clock.now())


async def overview(caller: Caller) -> Overview:
    """All that the security page shows."""
    at, account = caller.world.clock.now(), caller.who.session.account
    person = await person_of(caller)
    async with caller.units.read() as unit:
        sessions = await unit.sessions.live(account, at)
        activity = await unit.audit.about(account, limit=ACTIVITY_PAGE)
    policy = effective(person.account, person.memberships, caller.world.settings.mfa.covered_roles, at)
    recovery = credential_of(person, RECOVERY_CODE)
    return Overview(
        email=person.account.email,
        name=person.account.name,
        password_changed_at=person.account.password_changed_at,
        methods=tuple(_method(caller, person, c) for c in person.credentials if c.kind in METHODS),
        can_add=offered(caller.world.settings) if policy.mode is not MfaMode.OFF else (),
        recovery=RecoveryState(created_at=recovery.created_at, is_saved=recovery.confirmed_at is not None) if recovery else None,
        policy=policy.mode,
        required_from=policy.required_from,
        sessions=tuple(s for s in sessions if not is_over(s, at)),
        activity=tuple(activity),
    )


async def activity(caller: Caller, before: EventId | None, limit: int = ACTIVITY_PAGE) -> list[Entry]:
    """A page of what happened to the account, newest first."""
    async with caller.units.read() as unit:
        return await unit.audit.about(caller.who.session.account, before, limit)


async def change_password(caller: Caller, current: str, new: str) -> Changed | Problem:
    """Change the password: the current one is asked for as well (ASVS 5.0 6.2.3)."""
    at, world = caller.world.clock.now(), caller.world
    demanded = step_up_problem(caller.who, world.settings, at)
    if demanded is not None:
        return demanded
    person = await person_of(caller)
    fault = await password_fault(world, person, new, at, field="new_password")
    wrong = await wrong_password(caller, person.account, current, field="current_password")
    if isinstance(wrong, Problem):
        return wrong
    if wrong is not None or fault is not None:
        return faulty(*(f for f in (wrong, fault) if f is not None))
    password_hash = await world.hashing.hash(normalised(new))

    async def act(unit: SigninUnit) -> Changed:
        stamp = await set_password(unit, world, person.account, password_hash, "self", caller.origin, at)
        await unit.sessions.keep(caller.who.session.id, stamp)
        return Changed()

    return await write(caller, act)


async def wrong_password(caller: Caller, account: Account, password: str, field: str) -> FieldFault | Problem | None:
    """What is wrong with the password that a signed-in person proves themselves with; its guesses have one budget everywhere."""
    wait = await wait_for(caller.world, Budget.SIGN_IN_PAIR, account.id)
    if wait:
        return Problem(code="too_many_passwords", retry_after=wait)
    if not password:
        return FieldFault(field, "password_missing")
    if (await caller.world.hashing.verify(account.password_hash, normalised(password))).fits:
        return None
    await take(caller.world, Budget.SIGN_IN_PAIR, account.id)
    return FieldFault(field, "current_password_wrong")


async def replace_recovery_code(caller: Caller) -> NewCodes | Problem:
    """Make a new recovery code; the old one stops working at once (MFA-6)."""
    at, world = caller.world.clock.now(), caller.world
    demanded = step_up_problem(caller.who, world.settings, at)
    if demanded is not None:
        return demanded
    person = await person_of(caller)
    if not methods_of(person):
        return Problem(code="no_method")
    issued = await factors.draw_recovery_codes(world)

    async def act(unit: SigninUnit) -> NewCodes:
        owner = caller.who.session.id
        await factors.replace_recovery_codes(unit, world, person.account, person.credentials, issued, owner, caller.origin, at)
        await move_stamp(caller, unit, person.account)
        return NewCodes(issued.codes)

    return await write(caller, act)


async def codes_to_save(caller: Caller) -> tuple[str, ...]:
    """Recovery codes made in this session that nobody has said to be saved yet."""
    async with caller.units.read() as unit:
        return await factors.codes_to_show(unit, caller.world, caller.who.session.id, caller.world.clock.now())


async def confirm_saved(caller: Caller) -> Changed | Problem:
    """The recovery code is saved; it is never shown again."""
    at, person = caller.world.clock.now(), await person_of(caller)
    credential = credential_of(person, RECOVERY_CODE)
    if credential is None:
        return Problem(code="no_method")
    async with caller.units.write() as unit:
        await factors.confirm_saved(unit, caller.world, person.account, credential, caller.who.session.id, caller.origin, at)
    return Changed()


def proofs_of(person: Person) -> tuple[str, ...]:
    """What can prove again that it is this person: any method, the usual one first; or, where there is none, the password or a
    passkey."""
    kinds = tuple(kind for kind in answers_to_mfa(person) if kind != RECOVERY_CODE)
    return kinds or (PASSWORD, *((PASSKEY,) if credentials_of(person, PASSKEY) else ()))


def needs_long_password(caller: Caller, person: Person) -> bool:
    """Whether a new password has to be of the length for accounts that nothing else protects."""
    return not expects_mfa(person, caller.world.settings, caller.world.clock.now())


async def move_stamp(caller: Caller, unit: SigninUnit, account: Account) -> SecurityStamp:
    """End every other session, and whatever else compares the stamp; this session is kept."""
    stamp = new_stamp(caller.world)
    if not await unit.accounts.move_stamp(account.id, old=account.security_stamp, new=stamp):
        raise Conflict
    await unit.sessions.keep(caller.who.session.id, stamp)
    return stamp


async def write(caller: Caller, act: Callable[[SigninUnit], Awaitable[T]]) -> T | Problem:
    """Do something in one unit of work; what changed meanwhile is left as it is, and the person tries again."""
    try:
        async with caller.units.write() as unit:
            return await act(unit)
    except Conflict:
        return Problem(code="try_again")


def _method(caller: Caller, person: Person, credential: Credential) -> Method:
    held = factors.held_by(caller.world, person.account.id, credential)
    return Method(
        id=credential.id,
        kind=credential.kind,
        label=credential.label,
        added_at=credential.created_at,
        last_used_at=credential.last_used_at,
        is_method=credential.is_method,
        details=FACTORS_BY_KIND[credential.kind].describe(held),
    )
