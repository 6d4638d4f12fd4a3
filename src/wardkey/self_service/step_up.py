"""Proving again, within a session, that it is still the same person (MFA-10)."""

from collections.abc import Mapping

from wardkey.accounts.actions import Conflict
from wardkey.accounts.rules import Account
from wardkey.audit import events
from wardkey.audit.actions import record
from wardkey.factors import actions as factors
from wardkey.factors.actions import QUESTION, Asking, Fitting, Held
from wardkey.factors.contract import Refused
from wardkey.factors.registry import FACTORS_BY_KIND
from wardkey.factors.rules import after_wrong_code, code_wait_s
from wardkey.self_service.actions import Caller, Changed, person_of, proofs_of, wrong_password
from wardkey.signin.person import PASSWORD, Person, credentials_of
from wardkey.signin.progress import about_person
from wardkey.signin.second_factor import answer_fault
from wardkey.signin.view import Shown
from wardkey.vocabulary import FieldFault, Instant, Problem, faulty

TRIES = 4


async def ask_step_up(caller: Caller, method: str) -> Shown | Problem:
    """Put the question that a proof with this method needs: send a code, make a challenge."""
    for _ in range(TRIES):
        try:
            return await _put_once(caller, method)
        except Conflict:
            continue
    return Problem(code="try_again")


async def _put_once(caller: Caller, method: str) -> Shown | Problem:
    at, person = caller.world.clock.now(), await person_of(caller)
    if method not in proofs_of(person) or not _is_asked(method):
        return faulty(FieldFault("method", "method_unknown"))
    about = about_person(caller.world, person)
    asking = Asking(account=person.account, about=about, owner=caller.who.session.id, origin=caller.origin, at=at)
    async with caller.units.write() as unit:
        put = await factors.ask(unit, caller.world, FACTORS_BY_KIND[method], credentials_of(person, method), "step_up", asking)
    return put if isinstance(put, Problem) else put.shown


async def asked_step_up(caller: Caller) -> Mapping[str, Shown]:
    """The questions that have been put in this session and not been answered, by method."""
    at, person = caller.world.clock.now(), await person_of(caller)
    async with caller.units.read() as unit:
        under_way = await factors.under_way(unit, caller.world, caller.who.session.id, at)
    about = about_person(caller.world, person)
    return {
        method: FACTORS_BY_KIND[method].resume(under_way[QUESTION + method].state, about).shown
        for method in proofs_of(person)
        if QUESTION + method in under_way
    }


def _is_asked(method: str) -> bool:
    return method in FACTORS_BY_KIND and FACTORS_BY_KIND[method].is_asked


async def step_up(caller: Caller, method: str, answer: Mapping[str, str]) -> Changed | Problem:
    """Prove with one of `proofs_of`; sensitive acts are open for the next minutes. `answer` holds `password`, `code` or
    `credential`."""
    for _ in range(TRIES):
        try:
            return await _once(caller, method, answer)
        except Conflict:
            continue
    return Problem(code="try_again")


async def _once(caller: Caller, method: str, answer: Mapping[str, str]) -> Changed | Problem:
    at, person = caller.world.clock.now(), await person_of(caller)
    if method not in proofs_of(person):
        return faulty(FieldFault("method", "method_unknown"))
    if method == PASSWORD:
        return await _by_password(caller, person, answer.get(PASSWORD, ""), at)
    wait = code_wait_s(person.account, caller.world.settings.limits, at)
    if wait:
        return Problem(code="too_many_codes", retry_after=wait)
    question = await _question_of(caller, method, at)
    if question is None and _is_asked(method):
        return faulty(answer_fault(method, Refused("expired")))
    kind, about = FACTORS_BY_KIND[method], about_person(caller.world, person)
    candidates, state = credentials_of(person, method), question.state if question else None
    outcome = await factors.check(caller.world, kind, candidates, state, answer, about, at)
    if isinstance(outcome, Fitting):
        return await _proven(caller, person.account, outcome, at)
    if outcome.why == "wrong":
        return await _wrong(caller, person.account, method, question, outcome, at)
    return faulty(answer_fault(method, outcome))


async def _question_of(caller: Caller, method: str, at: Instant) -> Held | None:
    if not _is_asked(method):
        return None
    async with caller.units.read() as unit:
        return await factors.held_setup(unit, caller.world, caller.who.session.id, QUESTION + method, at)


async def _by_password(caller: Caller, person: Person, password: str, at: Instant) -> Changed | Problem:
    wrong = await wrong_password(caller, person.account, password, field=PASSWORD)
    if wrong is not None:
        return faulty(wrong) if isinstance(wrong, FieldFault) else wrong
    return await _proven(caller, person.account, None, at)


async def _proven(caller: Caller, account: Account, fitting: Fitting | None, at: Instant) -> Changed:
    session, amr, method = caller.who.session, caller.who.session.amr, PASSWORD
    async with caller.units.write() as unit:
        if fitting is not None:
            method = fitting.credential.kind
            await factors.spend(unit, caller.world, account, fitting, at)
            if account.wrong_codes and not await unit.accounts.forget_wrong_codes(account.id, seen=account.wrong_codes):
                raise Conflict
            if _is_asked(method):
                await unit.ceremonies.drop(session.id)
            await factors.note_use(unit, caller.world, account, fitting, caller.origin, at)
            amr = tuple(dict.fromkeys((*amr, fitting.accepted.amr or FACTORS_BY_KIND[method].amr, "mfa")))
        await unit.sessions.prove(session.id, at, amr)
        event = events.SteppedUp(method=method)
        await record(unit, caller.world, event, actor=account.id, subject=account.id, origin=caller.origin, at=at)
    return Changed()


async def _wrong(caller: Caller, account: Account, method: str, question: Held | None, outcome: Refused, at: Instant) -> Problem:
    """Wrong answers here are counted with those at sign-in, so that no budget can be had twice."""
    counted = after_wrong_code(account, caller.world.settings.limits, at, is_sign_in=False)
    async with caller.units.write() as unit:
        if not await unit.accounts.count_wrong_code(counted, seen=account.wrong_codes):
            raise Conflict
        if question is not None and outcome.state is not None:
            owner = caller.who.session.id
            await factors.count_guess(unit, caller.world, owner, QUESTION + method, question, outcome.state)
        event = events.SignInFailed(why="wrong_code_at_step_up", attempt="")
        await record(unit, caller.world, event, actor=account.id, subject=account.id, origin=caller.origin, at=at)
    return faulty(answer_fault(method, outcome))
