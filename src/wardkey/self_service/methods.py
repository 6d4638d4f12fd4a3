"""Setting up, naming and removing methods from within a session: each behind the one guard (MFA-1, MFA-10)."""

from collections.abc import Mapping

from wardkey.accounts.rules import MfaMode
from wardkey.audit import events
from wardkey.audit.actions import record
from wardkey.factors import actions as factors
from wardkey.factors.actions import Asking, Held
from wardkey.factors.contract import Credential, Factor, Refused, Setup
from wardkey.factors.registry import FACTORS_BY_KIND, METHODS, offered
from wardkey.factors.rules import read_label
from wardkey.self_service.actions import Caller, Changed, NewCodes, move_stamp, person_of, write
from wardkey.self_service.rules import step_up_problem
from wardkey.signin.enrolment import setup_fault
from wardkey.signin.learn import policy_of
from wardkey.signin.person import PASSKEY, RECOVERY_CODE, Person, credential_of, credentials_of, methods_of
from wardkey.signin.progress import about_person, drawn
from wardkey.signin.store import SigninUnit
from wardkey.signin.view import Shown
from wardkey.vocabulary import CredentialId, FieldFault, Problem, faulty


async def begin_method(caller: Caller, kind: str, given: Mapping[str, str] | None = None) -> Shown | Problem:
    """Begin setting up a method with what it needs. Without `given`, a set-up that is under way is shown again."""
    at, world = caller.world.clock.now(), caller.world
    demanded = step_up_problem(caller.who, world.settings, at)
    if demanded is not None:
        return demanded
    if kind not in offered(world.settings):
        return faulty(FieldFault("method", "method_unknown"))
    person, factor = await person_of(caller), FACTORS_BY_KIND[kind]
    if policy_of(person, world.settings, at) is MfaMode.OFF and kind != PASSKEY:
        return Problem(code="mfa_is_off")
    about = about_person(world, person)
    if given is None:
        async with caller.units.read() as unit:
            held = await factors.held_setup(unit, world, caller.who.session.id, kind, at)
        if held is not None:
            return await drawn(world, factor.resume(held.state, about))
    asking = Asking(account=person.account, about=about, owner=caller.who.session.id, origin=caller.origin, at=at)

    async def act(unit: SigninUnit) -> Setup | Problem:
        return await factors.begin(unit, world, factor, given or {}, credentials_of(person, kind), asking)

    setup = await write(caller, act)
    return setup if isinstance(setup, Problem) else await drawn(world, setup)


async def setup_under_way(caller: Caller, kind: str) -> Shown | None:
    """A set-up that was begun in this session and has not expired, as it is shown; nothing is begun."""
    at, person = caller.world.clock.now(), await person_of(caller)
    async with caller.units.read() as unit:
        held = await factors.held_setup(unit, caller.world, caller.who.session.id, kind, at)
    if held is None:
        return None
    return await drawn(caller.world, FACTORS_BY_KIND[kind].resume(held.state, about_person(caller.world, person)))


async def confirm_method(
    caller: Caller, kind: str, answer: Mapping[str, str], label: str = "", *, as_method: bool = True
) -> Changed | NewCodes | Problem:
    """End setting up a method with its first answer; one that an account can have once takes the place of the older one.

    The first method brings a recovery code. A passkey with `as_method` False is for signing in alone, and makes MFA be asked of
    nobody.
    """
    at, world, owner = caller.world.clock.now(), caller.world, caller.who.session.id
    demanded, named = step_up_problem(caller.who, world.settings, at), read_label(label)
    if demanded is not None:
        return demanded
    if kind not in METHODS or isinstance(named, FieldFault):
        return faulty(named if isinstance(named, FieldFault) else FieldFault("method", "method_unknown"))
    person, factor = await person_of(caller), FACTORS_BY_KIND[kind]
    async with caller.units.read() as unit:
        held = await factors.held_setup(unit, world, owner, kind, at)
    if held is None:
        return Problem(code="setup_expired")
    outcome = factor.finish(held.state, answer, about_person(world, person), at)
    if isinstance(outcome, Refused):
        return await _not_set_up(caller, factor, held, outcome)
    async with caller.units.read() as unit:
        if outcome.external_id is not None and await unit.credentials.is_taken(outcome.external_id):
            return faulty(FieldFault("credential", "passkey_taken"))
    is_method = as_method or kind != PASSKEY
    added = factors.new_credential(world, person.account, kind, outcome, at=at, label=named, confirmed_at=at, is_method=is_method)
    return await _add(caller, person, factor, added)


async def _add(caller: Caller, person: Person, factor: Factor, added: Credential) -> Changed | NewCodes | Problem:
    at, world, owner = added.created_at, caller.world, caller.who.session.id
    needs_codes = added.is_method and credential_of(person, RECOVERY_CODE) is None
    issued = await factors.draw_recovery_codes(world) if needs_codes else None
    replaced = credentials_of(person, factor.kind) if factor.at_most == 1 else ()

    async def act(unit: SigninUnit) -> Changed | NewCodes:
        await unit.ceremonies.drop(owner)
        for old in replaced:
            await factors.remove_method(unit, world, person.account, old, caller.origin, at)
        await factors.add_method(unit, world, person.account, added, caller.origin, at)
        if issued is not None:
            await factors.replace_recovery_codes(unit, world, person.account, (), issued, owner, caller.origin, at)
        await move_stamp(caller, unit, person.account)
        return NewCodes(issued.codes) if issued else Changed()

    return await write(caller, act)


async def _not_set_up(caller: Caller, factor: Factor, held: Held, outcome: Refused) -> Problem:
    """A wrong first answer; where guesses are counted, it is counted before its answer is known."""
    problem, state = faulty(setup_fault(factor, outcome)), outcome.state
    if state is None:
        return problem

    async def act(unit: SigninUnit) -> Problem:
        await factors.count_guess(unit, caller.world, caller.who.session.id, factor.kind, held, state)
        return problem

    return await write(caller, act)


async def remove_method(caller: Caller, credential: CredentialId) -> Changed | Problem:
    """Remove a method; refused for the last one while MFA is required (MFA-10). With the last one the recovery code goes too."""
    at, world = caller.world.clock.now(), caller.world
    demanded = step_up_problem(caller.who, world.settings, at)
    if demanded is not None:
        return demanded
    person = await person_of(caller)
    target = _own(person, credential)
    if target is None:
        return Problem(code="method_gone")
    is_last = [c.id for c in methods_of(person)] == [target.id]
    if is_last and policy_of(person, world.settings, at) is MfaMode.REQUIRED:
        return Problem(code="last_method")
    recovery = credential_of(person, RECOVERY_CODE) if is_last else None

    async def act(unit: SigninUnit) -> Changed:
        await factors.remove_method(unit, world, person.account, target, caller.origin, at)
        if recovery is not None:
            await unit.credentials.take(recovery.id, version=recovery.version)
        await move_stamp(caller, unit, person.account)
        return Changed()

    return await write(caller, act)


async def rename_method(caller: Caller, credential: CredentialId, label: str) -> Changed | Problem:
    """Give a method another name; nothing that signs in changes with it, so no session ends."""
    at, world, named = caller.world.clock.now(), caller.world, read_label(label)
    demanded = step_up_problem(caller.who, world.settings, at)
    if demanded is not None:
        return demanded
    if isinstance(named, FieldFault) or not named:
        return faulty(named if isinstance(named, FieldFault) else FieldFault("label", "label_missing"))
    person = await person_of(caller)
    target = _own(person, credential)
    if target is None:
        return Problem(code="method_gone")

    async def act(unit: SigninUnit) -> Changed | Problem:
        if not await unit.credentials.rename(person.account.id, target.id, named):
            return Problem(code="method_gone")
        event, account = events.MethodRenamed(method=target.kind, label=named), person.account.id
        await record(unit, world, event, actor=account, subject=account, origin=caller.origin, at=at)
        return Changed()

    return await write(caller, act)


def _own(person: Person, credential: CredentialId) -> Credential | None:
    return next((c for c in person.credentials if c.id == credential and c.kind in METHODS), None)
