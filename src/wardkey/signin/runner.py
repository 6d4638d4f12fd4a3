"""The one runner of sign-ins: load, check, learn, compute the step, act, save. Pages and API drive it alike (SIGN-1)."""

from typing import Final, assert_never

from msgspec.structs import replace

from wardkey.accounts.actions import Conflict
from wardkey.audit import events
from wardkey.audit.actions import record
from wardkey.ports import World
from wardkey.sessions.actions import Issued
from wardkey.signin import learn, view
from wardkey.signin.answers import (
    Answer,
    Asked,
    answer_enrolment,
    answer_mfa,
    answer_password,
    answer_saved,
    answer_verification,
)
from wardkey.signin.commands import (
    AnswerMfa,
    ChoosePassword,
    Command,
    ConfirmEnrolment,
    ConfirmSaved,
    ContinueVerification,
    SubmitPassword,
)
from wardkey.signin.facts import Barrier, Stage
from wardkey.signin.first_factor import Proven, prove
from wardkey.signin.progress import STORED_ALONE, Move, Ready, arrive, ready_for, shown, stage_of
from wardkey.signin.store import SigninUnits
from wardkey.vocabulary import Origin, Problem

TRIES: Final = 4
"""How often a command is tried again from the start when something it read was changed meanwhile."""


async def start(units: SigninUnits, world: World, command: SubmitPassword, origin: Origin) -> view.SigninView:
    """Begin an attempt with email and password."""
    proven = await prove(units, world, command, origin, world.clock.now())
    if isinstance(proven, Problem):
        return _first(proven)
    try:
        return await _open(units, world, proven, origin)
    except Conflict:
        return _first(Problem(code="try_again"))


async def look(units: SigninUnits, world: World, token: str) -> view.SigninView:
    """Where an attempt stands."""
    asked = await _read(units, world, token)
    if asked is None:
        return _first(Problem(code="attempt_unknown"))
    return await shown(units, world, token, asked.attempt, asked.person, asked.at)


async def proceed(units: SigninUnits, world: World, token: str, command: Command, origin: Origin) -> view.SigninView:
    """Take one command of an attempt under way. One that was overtaken each time changes nothing; its step is shown again."""
    for _ in range(TRIES):
        asked = await _read(units, world, token)
        if asked is None:
            return _first(Problem(code="attempt_unknown"))
        try:
            return await _take(asked, token, command, origin)
        except Conflict:
            continue
    return replace(await look(units, world, token), problem=Problem(code="try_again"))


def _first(problem: Problem) -> view.SigninView:
    return view.SigninView(attempt=None, step=view.FirstFactor(), problem=problem)


async def _read(units: SigninUnits, world: World, token: str) -> Asked | None:
    async with units.read() as unit:
        loaded = await unit.attempts.load(learn.attempt_id(token))
    if loaded is None:
        return None
    return Asked(units=units, world=world, attempt=loaded[0], person=loaded[1], at=world.clock.now())


async def _open(units: SigninUnits, world: World, proven: Proven, origin: Origin) -> view.SigninView:
    at, account = proven.attempt.started_at, proven.person.account
    ready = await ready_for(world, proven.attempt, proven.person, at)
    is_one_statement = proven.rehash is None and stage_of(world, proven.attempt, proven.person, at) in STORED_ALONE
    async with units.single() if is_one_statement else units.write() as unit:
        move = Move(
            unit=unit, world=world, attempt=proven.attempt, person=proven.person, origin=origin, at=at,
            wrong_codes_seen=account.wrong_codes,
        )  # fmt: skip
        if proven.rehash is not None:
            await unit.accounts.renew_hash(account.id, old=account.password_hash, new=proven.rehash)
        await _block_if_barred(move)
        arrived = await arrive(move, ready)
    return await _seen(units, proven.token, move, arrived, None)


async def _block_if_barred(move: Move) -> None:
    """A right password for an account that may not sign in ends the attempt at once, on the record."""
    barrier = learn.facts_of(move.attempt, move.person, move.world.settings, move.at).barrier
    if barrier is Barrier.NONE:
        return
    move.attempt = learn.ended(move.attempt, barrier, move.at)
    account = move.person.account.id
    event = events.SignInBlocked(why=barrier.value, attempt=move.attempt.reference)
    await record(move.unit, move.world, event, actor=account, subject=account, origin=move.origin, at=move.at)


async def _take(asked: Asked, token: str, command: Command, origin: Origin) -> view.SigninView:
    here = stage_of(asked.world, asked.attempt, asked.person, asked.at)
    if here is Stage.DONE:
        answer = Answer(attempt=asked.attempt, person=asked.person)
    elif here is not command.stage:
        return await _not_here(asked, token, command, here)
    else:
        answer = await _answer(asked, command)
    return await _apply(asked, token, answer, origin)


async def _not_here(asked: Asked, token: str, command: Command, here: Stage) -> view.SigninView:
    """The command belongs to another step: nothing changes, and the step that is owed is shown."""
    facts = learn.facts_of(asked.attempt, asked.person, asked.world.settings, asked.at)
    code = facts.barrier.value if here is Stage.BLOCKED else "wrong_step"
    has_moved_on = isinstance(command, ContinueVerification) and here is not Stage.BLOCKED
    problem = None if has_moved_on else Problem(code=code, reference=asked.attempt.reference)
    return await shown(asked.units, asked.world, token, asked.attempt, asked.person, asked.at, problem)


async def _answer(asked: Asked, command: Command) -> Answer:
    match command:
        case AnswerMfa():
            return await answer_mfa(asked, command)
        case ConfirmEnrolment():
            return await answer_enrolment(asked, command)
        case ConfirmSaved():
            return answer_saved(asked, command)
        case ChoosePassword():
            return await answer_password(asked, command)
        case ContinueVerification():
            return await answer_verification(asked, command)
        case _:
            assert_never(command)


async def _apply(asked: Asked, token: str, answer: Answer, origin: Origin) -> view.SigninView:
    at, arrived = asked.at, None
    ready = Ready() if answer.problem else await ready_for(asked.world, answer.attempt, answer.person, at)
    if answer.problem is not None and answer.effect is None:
        return await shown(asked.units, asked.world, token, answer.attempt, answer.person, at, answer.problem)
    async with asked.units.write() as unit:
        move = Move(
            unit=unit, world=asked.world, attempt=answer.attempt, person=answer.person, origin=origin, at=at,
            wrong_codes_seen=asked.person.account.wrong_codes,
        )  # fmt: skip
        if answer.effect is not None:
            await answer.effect(move)
        if answer.problem is None:
            arrived = await arrive(move, ready)
    return await _seen(asked.units, token, move, arrived, answer.problem)


async def _seen(units: SigninUnits, token: str, move: Move, arrived: Issued | None, problem: Problem | None) -> view.SigninView:
    if isinstance(arrived, Issued):
        done = view.Done(session_token=arrived.token, access_token=arrived.access_token, expires_at=arrived.session.expires_at)
        return view.SigninView(attempt=token, step=done)
    return await shown(units, move.world, token, move.attempt, move.person, move.at, problem)
