"""Proving again, within a session, that it is still the same person (MFA-10)."""

from wardkey.accounts.actions import Conflict
from wardkey.accounts.rules import Account
from wardkey.audit import events
from wardkey.audit.actions import record
from wardkey.factors import actions as factors
from wardkey.factors.contract import Accepted, Credential, Refused
from wardkey.factors.registry import FACTORS_BY_KIND
from wardkey.factors.rules import after_wrong_code, code_wait_s
from wardkey.self_service.actions import Caller, Changed, person_of, proofs_of, wrong_password
from wardkey.signin.answers import code_fault
from wardkey.signin.person import Person, credential_of
from wardkey.vocabulary import FieldFault, Instant, Problem, faulty

PASSWORD = "password"  # noqa: S105 - the name of a proof
TRIES = 4


async def step_up(caller: Caller, method: str, answer: str) -> Changed | Problem:
    """Prove with one of `proofs_of`; sensitive acts are open for the next minutes."""
    for _ in range(TRIES):
        try:
            return await _once(caller, method, answer)
        except Conflict:
            continue
    return Problem(code="try_again")


async def _once(caller: Caller, method: str, answer: str) -> Changed | Problem:
    at, person = caller.world.clock.now(), await person_of(caller)
    if method not in proofs_of(person):
        return faulty(FieldFault("method", "method_unknown"))
    if method == PASSWORD:
        return await _by_password(caller, person, answer, at)
    credential = credential_of(person, method)
    if credential is None:
        raise Conflict
    wait = code_wait_s(person.account, caller.world.settings.limits, at)
    if wait:
        return Problem(code="too_many_codes", retry_after=wait)
    outcome = await factors.check(caller.world, FACTORS_BY_KIND[method], person.account.id, credential, answer, at)
    match outcome:
        case Accepted():
            return await _proven(caller, person.account, credential, outcome, at)
        case Refused(why="wrong"):
            return await _wrong(caller, person.account, method, at)
        case Refused(why=why):
            return faulty(code_fault(method, why))


async def _by_password(caller: Caller, person: Person, password: str, at: Instant) -> Changed | Problem:
    wrong = await wrong_password(caller, person.account, password, field=PASSWORD)
    if wrong is not None:
        return faulty(wrong) if isinstance(wrong, FieldFault) else wrong
    return await _proven(caller, person.account, None, None, at)


async def _proven(
    caller: Caller, account: Account, credential: Credential | None, accepted: Accepted | None, at: Instant
) -> Changed:
    session, amr = caller.who.session, caller.who.session.amr
    async with caller.units.write() as unit:
        if credential is not None and accepted is not None:
            await factors.spend(unit, caller.world, account, credential, accepted, at)
            if account.wrong_codes and not await unit.accounts.forget_wrong_codes(account.id, seen=account.wrong_codes):
                raise Conflict
            amr = tuple(dict.fromkeys((*amr, FACTORS_BY_KIND[credential.kind].amr, "mfa")))
        await unit.sessions.prove(session.id, at, amr)
        event = events.SteppedUp(method=credential.kind if credential else PASSWORD)
        await record(unit, caller.world, event, actor=account.id, subject=account.id, origin=caller.origin, at=at)
    return Changed()


async def _wrong(caller: Caller, account: Account, method: str, at: Instant) -> Problem:
    """Wrong codes here are counted with those at sign-in, so that no budget can be had twice."""
    counted = after_wrong_code(account, caller.world.settings.limits, at, is_sign_in=False)
    async with caller.units.write() as unit:
        if not await unit.accounts.count_wrong_code(counted, seen=account.wrong_codes):
            raise Conflict
        event = events.SignInFailed(why="wrong_code_at_step_up", attempt="")
        await record(unit, caller.world, event, actor=account.id, subject=account.id, origin=caller.origin, at=at)
    return faulty(code_fault(method, "wrong"))
