"""The one runner of sign-ins: load, check, learn, compute the step, act, save. Pages and API drive it alike (SIGN-1)."""

from typing import Final, assert_never

from msgspec.structs import replace

from wardkey.accounts.actions import Conflict
from wardkey.audit import events
from wardkey.audit.actions import record
from wardkey.ports import World
from wardkey.signin import learn, view
from wardkey.signin.answers import Answer, Asked, answer_password, answer_saved, answer_verification
from wardkey.signin.commands import (
    AnswerMfa,
    AnswerPasskeyOffer,
    AskMfa,
    Begin,
    BeginEnrolment,
    ChoosePassword,
    Command,
    ConfirmEnrolment,
    ConfirmSaved,
    ContinueVerification,
    SubmitPasskey,
)
from wardkey.signin.enrolment import answer_enrolment, answer_offer, begin_enrolment
from wardkey.signin.facts import Barrier, Stage
from wardkey.signin.first_factor import Proven, prove_password
from wardkey.signin.passkey_first import prove_passkey
from wardkey.signin.progress import Given, Move, Ready, arrive, is_stored_alone, ready_for, shown, stage_of
from wardkey.signin.second_factor import answer_mfa, ask_mfa
from wardkey.signin.store import SigninUnits
from wardkey.vocabulary import NOWHERE, Origin, Problem

TRIES: Final = 4
"""How often a command is tried again from the start when something it read was changed meanwhile."""


async def start(units: SigninUnits, world: World, command: Begin, origin: Origin) -> view.SigninView:
    """Begin an attempt with email and password, or with a passkey."""
    prove = prove_passkey if isinstance(command, SubmitPasskey) else prove_password
    proven = await prove(units, world, command, origin, world.clock.now())  # type: ignore[arg-type]
    if isinstance(proven, Problem):
        return _first(proven)
    try:
        return await _open(units, world, proven, origin)
    except Conflict:
        return _first(Problem(code="try_again"))


async def look(units: SigninUnits, world: World, token: str) -> view.SigninView:
    """Where an attempt stands."""
    asked = await _read(units, world, token, NOWHERE)
    if asked is None:
        return _first(Problem(code="attempt_unknown"))
    return await shown(units, world, token, asked.attempt, asked.person, asked.at)


async def proceed(units: SigninUnits, world: World, token: str, command: Command, origin: Origin) -> view.SigninView:
    """Take one command of an attempt under way. One that was overtaken each time changes nothing; its step is shown again."""
    for _ in range(TRIES):
        asked = await _read(units, world, token, origin)
        if asked is None:
            return _first(Problem(code="attempt_unknown"))
        try:
            return await _take(asked, token, command)
        except Conflict:
            continue
    return replace(await look(units, world, token), problem=Problem(code="try_again"))


def _first(problem: Problem) -> view.SigninView:
    return view.SigninView(attempt=None, step=view.FirstFactor(), problem=problem)


async def _read(units: SigninUnits, world: World, token: str, origin: Origin) -> Asked | None:
    async with units.read() as unit:
        loaded = await unit.attempts.load(learn.attempt_id(token))
    if loaded is None:
        return None
    attempt, at = loaded[0], world.clock.now()
    person = learn.under_policy(loaded[1], world.settings, at)
    return Asked(units=units, world=world, attempt=attempt, person=person, origin=origin, at=at)


async def _unchanged(asked: Asked, token: str, problem: Problem | None = None) -> view.SigninView:
    return await shown(asked.units, asked.world, token, asked.attempt, asked.person, asked.at, problem)


async def _open(units: SigninUnits, world: World, proven: Proven, origin: Origin) -> view.SigninView:
    at, account = proven.attempt.started_at, proven.person.account
    ready = await ready_for(world, proven.attempt, proven.person, at)
    is_one_statement = proven.effect is None and is_stored_alone(world, proven.attempt, proven.person, at)
    async with units.single() if is_one_statement else units.write() as unit:
        move = Move(
            unit=unit, world=world, attempt=proven.attempt, person=proven.person, origin=origin, at=at,
            wrong_codes_seen=account.wrong_codes,
        )  # fmt: skip
        if proven.effect is not None:
            await proven.effect(move)
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


async def _take(asked: Asked, token: str, command: Command) -> view.SigninView:
    here = stage_of(asked.world, asked.attempt, asked.person, asked.at)
    if here is Stage.DONE:
        answer = Answer(attempt=asked.attempt, person=asked.person)
    elif here is not command.stage:
        return await _not_here(asked, token, command, here)
    else:
        answer = await _answer(asked, command)
    return await _apply(asked, token, answer)


async def _not_here(asked: Asked, token: str, command: Command, here: Stage) -> view.SigninView:
    """The command belongs to another step: nothing changes, and the step that is owed is shown."""
    facts = learn.facts_of(asked.attempt, asked.person, asked.world.settings, asked.at)
    code = facts.barrier.value if here is Stage.BLOCKED else "wrong_step"
    has_moved_on = isinstance(command, ContinueVerification) and here is not Stage.BLOCKED
    problem = None if has_moved_on else Problem(code=code, reference=asked.attempt.reference)
    return await _unchanged(asked, token, problem)


async def _answer(asked: Asked, command: Command) -> Answer:
    match command:
        case ConfirmSaved():
            return answer_saved(asked, command)
        case ChoosePassword():
            return await answer_password(asked, command)
        case ContinueVerification():
            return await answer_verification(asked, command)
        case _:
            return await _answer_with_factor(asked, command)


async def _answer_with_factor(
    asked: Asked, command: AskMfa | AnswerMfa | BeginEnrolment | ConfirmEnrolment | AnswerPasskeyOffer
) -> Answer:
    match command:
        case AskMfa():
            return ask_mfa(asked, command)
        case AnswerMfa():
            return await answer_mfa(asked, command)
        case BeginEnrolment():
            return begin_enrolment(asked, command)
        case ConfirmEnrolment():
            return await answer_enrolment(asked, command)
        case AnswerPasskeyOffer():
            return await answer_offer(asked, command)
        case _:
            assert_never(command)


async def _apply(asked: Asked, token: str, answer: Answer) -> view.SigninView:
    at, arrived, goes_on = asked.at, None, answer.problem is None and not answer.stays
    ready = await ready_for(asked.world, answer.attempt, answer.person, at) if goes_on else Ready()
    if answer.problem is not None and answer.effect is None:
        return await shown(asked.units, asked.world, token, answer.attempt, answer.person, at, answer.problem)
    async with asked.units.write() as unit:
        move = Move(
            unit=unit, world=asked.world, attempt=answer.attempt, person=answer.person, origin=asked.origin, at=at,
            wrong_codes_seen=asked.person.account.wrong_codes,
        )  # fmt: skip
        if answer.effect is not None:
            await answer.effect(move)
        if goes_on:
            arrived = await arrive(move, ready)
    return await _seen(asked.units, token, move, arrived, answer.problem or move.problem)


async def _seen(units: SigninUnits, token: str, move: Move, given: Given | None, problem: Problem | None) -> view.SigninView:
    if given is not None:
        issued = given.issued
        done = view.Done(
            session_token=issued.token,
            access_token=issued.access_token,
            expires_at=issued.session.expires_at,
            device_token=given.device_token,
            trust_token=given.trust_token,
            trusted_until=given.trusted_until,
        )
        return view.SigninView(attempt=token, step=done)
    return await shown(units, move.world, token, move.attempt, move.person, move.at, problem)
