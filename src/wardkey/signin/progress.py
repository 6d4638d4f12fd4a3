"""Arriving at a step: what has to be made ready before it, what is stored with it, and what of it may be shown."""

from typing import Final

from msgspec import Struct

from wardkey.accounts.actions import Conflict, new_stamp
from wardkey.accounts.passwords import minimum_length
from wardkey.accounts.rules import masked
from wardkey.audit import events
from wardkey.audit.actions import record
from wardkey.factors.actions import (
    begin,
    codes_to_show,
    draw_recovery_codes,
    held_setup,
    hold_setup,
    replace_recovery_codes,
)
from wardkey.factors.contract import Setup
from wardkey.factors.kinds.recovery_code import Issued as IssuedCodes
from wardkey.factors.kinds.totp import qr_svg
from wardkey.factors.registry import FACTORS_BY_KIND, METHODS
from wardkey.ports import World
from wardkey.sessions.actions import Issued, new_session
from wardkey.signin import learn, view
from wardkey.signin.facts import Attempt, Stage
from wardkey.signin.machine import stage
from wardkey.signin.person import Person, answers_to_mfa, idle_minutes_of
from wardkey.signin.store import SigninUnit, SigninUnits
from wardkey.vocabulary import Instant, Origin, Problem

ENROLLED = METHODS[0]
"""The method that is set up during sign-in."""


STORED_ALONE: Final = frozenset({Stage.VERIFY_EMAIL, Stage.MFA, Stage.CHANGE_PASSWORD})
"""Steps at which a new attempt brings nothing else to be stored."""


class Ready(Struct, frozen=True):
    """What a step needs and what is too slow, or too random, to make inside a transaction."""

    codes: IssuedCodes | None = None
    setup: Setup | None = None


class Move(Struct, kw_only=True):
    """One command on its way through a unit of work: what was read, and what becomes of it."""

    unit: SigninUnit
    world: World
    attempt: Attempt
    person: Person
    origin: Origin
    at: Instant
    wrong_codes_seen: int = 0


def stage_of(world: World, attempt: Attempt, person: Person, at: Instant) -> Stage:
    return stage(learn.facts_of(attempt, person, world.settings, at))


async def ready_for(world: World, attempt: Attempt, person: Person, at: Instant) -> Ready:
    """Make ready what the step will need; no unit of work is open meanwhile."""
    match stage_of(world, attempt, person, at):
        case Stage.NEW_RECOVERY_CODE:
            return Ready(codes=await draw_recovery_codes(world))
        case Stage.ENROLL_MFA:
            return Ready(setup=begin(world, FACTORS_BY_KIND[ENROLLED], person.account))
        case _:
            return Ready()


async def arrive(move: Move, ready: Ready) -> Issued | None:
    """Store the attempt at its new step with all that belongs to it; at the last step, give the session.

    Raises Conflict where what was read has changed, or where the step needs something that was not made ready.
    """
    here = stage_of(move.world, move.attempt, move.person, move.at)
    if here is Stage.DONE:
        return await _give_session(move)
    if here is Stage.NEW_RECOVERY_CODE:
        await _renew_recovery_codes(move, ready)
    elif here is Stage.ENROLL_MFA:
        if ready.setup is None:
            raise Conflict
        await hold_setup(move.unit, move.world, move.attempt.id, ENROLLED, ready.setup.state, move.at)
    await _save(move)
    return None


async def _save(move: Move) -> None:
    """A new attempt is added, a known one saved if nobody else did since."""
    if move.attempt.version == 0:
        await move.unit.attempts.add(move.attempt)
    elif not await move.unit.attempts.save(move.attempt):
        raise Conflict


async def move_stamp(move: Move) -> None:
    """The attempt itself changes what protects the account: it goes on, everything that compared equal before ends."""
    account, stamp = move.person.account, new_stamp(move.world)
    if not await move.unit.accounts.move_stamp(account.id, old=account.security_stamp, new=stamp):
        raise Conflict
    move.attempt, move.person = learn.restamped(move.attempt, move.person, stamp)


async def _renew_recovery_codes(move: Move, ready: Ready) -> None:
    if ready.codes is None:
        raise Conflict
    await move_stamp(move)
    added = await replace_recovery_codes(
        move.unit, move.world, move.person.account, move.person.credentials, ready.codes, move.attempt.id, move.origin, move.at
    )
    move.person = learn.with_credential(learn.without_kind(move.person, added.kind), added)


async def _give_session(move: Move) -> Issued:
    account = move.person.account
    issued = new_session(
        move.world, account, account.security_stamp, move.attempt.amr, idle_minutes_of(move.person), move.origin, move.at
    )
    if not await move.unit.sessions.add(issued.session, wrong_codes=move.wrong_codes_seen):
        raise Conflict
    move.attempt = learn.signed_in(move.attempt, issued.session.id, move.at)
    await _save(move)
    event = events.SignInSucceeded(amr=move.attempt.amr, attempt=move.attempt.reference)
    await record(move.unit, move.world, event, actor=account.id, subject=account.id, origin=move.origin, at=move.at)
    return issued


async def shown(
    units: SigninUnits, world: World, token: str, attempt: Attempt, person: Person, at: Instant, problem: Problem | None = None
) -> view.SigninView:
    """The view of an attempt as it stands; reads, never writes."""
    step = await _step(units, world, attempt, person, at)
    return view.SigninView(attempt=token, step=step, problem=problem)


async def _step(units: SigninUnits, world: World, attempt: Attempt, person: Person, at: Instant) -> view.Step:
    here = stage_of(world, attempt, person, at)
    if here is Stage.ENROLL_MFA:
        return await _enrolment(units, world, attempt, person, at)
    if here is Stage.NEW_RECOVERY_CODE:
        async with units.read() as unit:
            return view.NewRecoveryCode(codes=await codes_to_show(unit, world, attempt.id, at))
    return _plain_step(here, world, attempt, person, at)


def _plain_step(here: Stage, world: World, attempt: Attempt, person: Person, at: Instant) -> view.Step:
    """A step that needs nothing more than what was read."""
    match here:
        case Stage.BLOCKED:
            barrier = learn.facts_of(attempt, person, world.settings, at).barrier
            return view.Blocked(code=barrier.value, reference=attempt.reference)
        case Stage.MFA:
            return view.Mfa(methods=answers_to_mfa(person))
        case Stage.CHANGE_PASSWORD:
            return view.ChangePassword(minimum_length=minimum_length(world.settings.password, has_mfa=False))
        case Stage.VERIFY_EMAIL | Stage.DONE:  # done through the link in the mail: one more command takes the session
            return view.VerifyEmail(email=masked(person.account.email))
        case _:
            return view.FirstFactor()


async def _enrolment(units: SigninUnits, world: World, attempt: Attempt, person: Person, at: Instant) -> view.EnrollMfa:
    """The set-up under way; one is begun here where the clock alone led to this step (a policy date that passed)."""
    kind = FACTORS_BY_KIND[ENROLLED]
    async with units.read() as unit:
        state = await held_setup(unit, world, attempt.id, ENROLLED, at)
    if state is None:
        state = begin(world, kind, person.account).state
        async with units.write() as unit:
            await hold_setup(unit, world, attempt.id, ENROLLED, state, at)
    return await setup_view(world, kind.resume(state, world.settings.brand_name, person.account.email))


async def setup_view(world: World, setup: Setup) -> view.EnrollMfa:
    """A set-up as it is shown; the QR code is drawn off the event loop."""
    uri = setup.shown["uri"]
    svg = await world.hashing.run(lambda: qr_svg(uri))
    return view.EnrollMfa(method=ENROLLED, secret=setup.shown["secret"], uri=uri, qr_svg=svg)
