"""Arriving at a step: what has to be made ready before it, what is stored with it, and what of it may be shown."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final, TypeAlias

from msgspec import Struct

from wardkey.accounts.actions import Conflict, new_stamp, tell_account
from wardkey.accounts.passwords import minimum_length
from wardkey.accounts.rules import masked
from wardkey.audit import events
from wardkey.audit.actions import record
from wardkey.devices import actions as devices
from wardkey.devices.rules import trust_ends_at
from wardkey.factors import actions as factors
from wardkey.factors.actions import QUESTION, Asking
from wardkey.factors.contract import About, Setup
from wardkey.factors.kinds.recovery_code import Issued as IssuedCodes
from wardkey.factors.kinds.totp import qr_svg
from wardkey.factors.registry import FACTORS_BY_KIND, METHODS, offered
from wardkey.notices.catalogue import NewDevice
from wardkey.organizations.rules import issuer_of
from wardkey.ports import World
from wardkey.sessions.actions import Issued, new_session
from wardkey.signin import learn, view
from wardkey.signin.facts import Attempt, Proof, Stage
from wardkey.signin.machine import stage
from wardkey.signin.person import PASSKEY, Person, answers_to_mfa, credentials_of, idle_minutes_of, may_trust_devices
from wardkey.signin.store import SigninUnit, SigninUnits
from wardkey.vocabulary import NOWHERE, Instant, Origin, Problem

RECOMMENDED: Final = METHODS[0]
"""The method whose set-up is begun for whoever has to set up one."""


class Ready(Struct, frozen=True):
    """What a step needs and what is too slow to make inside a transaction."""

    codes: IssuedCodes | None = None


class Move(Struct, kw_only=True):
    """One command on its way through a unit of work: what was read, and what becomes of it."""

    unit: SigninUnit
    world: World
    attempt: Attempt
    person: Person
    origin: Origin
    at: Instant
    wrong_codes_seen: int = 0
    problem: Problem | None = None
    """What an effect could not do, and the person is told; what was recorded on the way to it is kept."""


Effect: TypeAlias = Callable[[Move], Awaitable[None]]
"""What is written in the unit of work before the attempt."""


class Given(Struct, frozen=True):
    """The session at the end of a sign-in, and by what the device is known and trusted from now on."""

    issued: Issued
    device_token: str | None = None
    trust_token: str | None = None
    trusted_until: Instant | None = None


def stage_of(world: World, attempt: Attempt, person: Person, at: Instant) -> Stage:
    return stage(learn.facts_of(attempt, person, world.settings, at))


async def ready_for(world: World, attempt: Attempt, person: Person, at: Instant) -> Ready:
    """Make ready what the step will need; no unit of work is open meanwhile."""
    if stage_of(world, attempt, person, at) is Stage.NEW_RECOVERY_CODE:
        return Ready(codes=await factors.draw_recovery_codes(world))
    return Ready()


def is_stored_alone(world: World, attempt: Attempt, person: Person, at: Instant) -> bool:
    """Whether a new attempt arrives at a step that brings nothing else to be stored."""
    match stage_of(world, attempt, person, at):
        case Stage.VERIFY_EMAIL | Stage.CHANGE_PASSWORD:
            return True
        case Stage.MFA:
            return usual_question(attempt, person) is None
        case _:
            return False


def usual_question(attempt: Attempt, person: Person) -> str | None:
    """The kind whose question is put without being asked for: that of the usual method, if it has one."""
    usual = next(iter(answers_to_mfa(person, attempt.first_factor)), "")
    return usual if usual in FACTORS_BY_KIND and FACTORS_BY_KIND[usual].is_asked else None


async def arrive(move: Move, ready: Ready) -> Given | None:
    """Store the attempt at its new step with all that belongs to it; at the last step, give the session.

    Raises Conflict where what was read has changed, or where the step needs something that was not made ready.
    """
    here = stage_of(move.world, move.attempt, move.person, move.at)
    if here is Stage.DONE and not await _has_trust_gone(move):
        return await _give_session(move)
    if here is Stage.DONE:
        move.attempt = learn.distrusted(move.attempt)
        here = stage_of(move.world, move.attempt, move.person, move.at)
    if here is Stage.NEW_RECOVERY_CODE:
        await _renew_recovery_codes(move, ready)
    elif here is Stage.ENROLL_MFA:
        await begin_setup(move, RECOMMENDED, {})
    elif here is Stage.OFFER_PASSKEY:
        await begin_setup(move, PASSKEY, {})
    elif here is Stage.MFA:
        await _ask_usual(move)
    await _save(move)
    return None


async def _ask_usual(move: Move) -> None:
    """Put the question of the usual method on arrival; where that cannot be done now, the person asks for it later."""
    usual = usual_question(move.attempt, move.person)
    if usual is not None:
        await put_question(move, usual)


async def put_question(move: Move, method: str) -> Problem | None:
    """Put the question that an answer with this method needs, unless it cannot be put now."""
    candidates = credentials_of(move.person, method)
    put = await factors.ask(move.unit, move.world, FACTORS_BY_KIND[method], candidates, "sign_in", asking_of(move))
    return put if isinstance(put, Problem) else None


async def begin_setup(move: Move, method: str, given: Mapping[str, str]) -> Problem | None:
    """Begin the set-up of a method in place of one that was begun before."""
    candidates = credentials_of(move.person, method)
    begun = await factors.begin(move.unit, move.world, FACTORS_BY_KIND[method], given, candidates, asking_of(move))
    return begun if isinstance(begun, Problem) else None


def asking_of(move: Move) -> Asking:
    about = about_person(move.world, move.person)
    return Asking(account=move.person.account, about=about, owner=move.attempt.id, origin=move.origin, at=move.at)


def about_person(world: World, person: Person) -> About:
    """Whom a factor is set up or asked for, and under which brand."""
    return factors.about(world, person.account, issuer_of(world.settings, person.memberships))


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
    added = await factors.replace_recovery_codes(
        move.unit, move.world, move.person.account, move.person.credentials, ready.codes, move.attempt.id, move.origin, move.at
    )
    move.person = learn.with_credential(learn.without_kind(move.person, added.kind), added)


async def _has_trust_gone(move: Move) -> bool:
    """Whether the trust that excused from the MFA challenge has ended since; where it has not, its use is counted."""
    if move.attempt.proof is not Proof.TRUSTED_DEVICE or move.attempt.trusted_device is None:
        return False
    return not await devices.use_trust(move.unit, move.attempt.trusted_device, move.person.account, move.at)


async def _give_session(move: Move) -> Given:
    world, account, at = move.world, move.person.account, move.at
    move.attempt = learn.proven(move.attempt, move.person)
    idle, is_proven = idle_minutes_of(move.person), move.attempt.proof is not Proof.TRUSTED_DEVICE
    issued = new_session(world, account, account.security_stamp, move.attempt.amr, idle, move.origin, at, is_proven=is_proven)
    if not await move.unit.sessions.add(issued.session, wrong_codes=move.wrong_codes_seen):
        raise Conflict
    given, is_new_device = await _note_device(move, issued)
    move.attempt = learn.signed_in(move.attempt, issued.session.id, at)
    await _save(move)
    happened: list[events.Event] = [events.SignInSucceeded(amr=move.attempt.amr, attempt=move.attempt.reference)]
    happened += [events.DeviceFirstSeen()] if is_new_device else []
    await record(move.unit, world, happened, actor=account.id, subject=account.id, origin=move.origin, at=at)
    return given


async def _note_device(move: Move, issued: Issued) -> tuple[Given, bool]:
    """Know the device from now on, tell the person where it is a new one (the second part), and trust it where they asked
    for that."""
    unit, world, account, origin, at = move.unit, move.world, move.person.account, move.origin, move.at
    noted = await devices.note_device(unit, world, account, origin, at, has_devices=move.person.has_devices)
    if noted.is_new:
        await tell_account(unit, world, account, NewDevice(), origin, at)
    is_trusted = move.attempt.wants_trust and may_trust_devices(move.person)
    if not is_trusted:
        return Given(issued, noted.token), noted.is_new
    stamp = account.security_stamp
    token = await devices.trust(unit, world, account, stamp, origin, noted.token, at)
    return Given(issued, noted.token, token, trust_ends_at(world.settings, at)), noted.is_new


async def shown(
    units: SigninUnits, world: World, token: str, attempt: Attempt, person: Person, at: Instant, problem: Problem | None = None
) -> view.SigninView:
    """The view of an attempt as it stands; reads, never writes."""
    step = await _step(units, world, attempt, person, at)
    return view.SigninView(attempt=token, step=step, problem=problem)


async def _step(units: SigninUnits, world: World, attempt: Attempt, person: Person, at: Instant) -> view.Step:
    match stage_of(world, attempt, person, at):
        case Stage.ENROLL_MFA:
            return await _enrolment(units, world, attempt, person, at)
        case Stage.MFA:
            return await _challenge(units, world, attempt, person, at)
        case Stage.OFFER_PASSKEY:
            return view.OfferPasskey(options=await _passkey_options(units, world, attempt, person, at))
        case Stage.NEW_RECOVERY_CODE:
            async with units.read() as unit:
                return view.NewRecoveryCode(codes=await factors.codes_to_show(unit, world, attempt.id, at))
        case here:
            return _plain_step(here, world, attempt, person, at)


def _plain_step(here: Stage, world: World, attempt: Attempt, person: Person, at: Instant) -> view.Step:
    """A step that needs nothing more than what was read."""
    match here:
        case Stage.BLOCKED:
            barrier = learn.facts_of(attempt, person, world.settings, at).barrier
            return view.Blocked(code=barrier.value, reference=attempt.reference)
        case Stage.CHANGE_PASSWORD:
            return view.ChangePassword(minimum_length=minimum_length(world.settings.password, has_mfa=False))
        case Stage.VERIFY_EMAIL | Stage.DONE:  # done through the link in the mail: one more command takes the session
            return view.VerifyEmail(email=masked(person.account.email))
        case _:
            return view.FirstFactor()


async def _challenge(units: SigninUnits, world: World, attempt: Attempt, person: Person, at: Instant) -> view.Mfa:
    """The MFA challenge with the questions that have been put; they are looked for only where a method has one."""
    methods, asked = answers_to_mfa(person, attempt.first_factor), {}
    if any(FACTORS_BY_KIND[method].is_asked for method in methods if method in FACTORS_BY_KIND):
        async with units.read() as unit:
            under_way = await factors.under_way(unit, world, attempt.id, at)
        about = about_person(world, person)
        asked = {
            method: FACTORS_BY_KIND[method].resume(under_way[QUESTION + method].state, about).shown
            for method in methods
            if QUESTION + method in under_way
        }
    return view.Mfa(methods=methods, asked=asked, trust_days=trust_days(world, person))


def trust_days(world: World, person: Person) -> int | None:
    """For how long the person may have this device remembered, in days, if they may."""
    return world.settings.mfa.trust_days if may_trust_devices(person) else None


async def _enrolment(units: SigninUnits, world: World, attempt: Attempt, person: Person, at: Instant) -> view.EnrollMfa:
    """The set-ups under way; one is begun here where the clock alone led to this step (a policy date that passed)."""
    async with units.read() as unit:
        under_way = await factors.under_way(unit, world, attempt.id, at)
    if not any(method in under_way for method in METHODS):
        under_way = await _begun_late(units, world, attempt, person, RECOMMENDED, at)
    about = about_person(world, person)
    setups = {
        method: await drawn(world, FACTORS_BY_KIND[method].resume(held.state, about))
        for method, held in under_way.items()
        if method in METHODS
    }
    return view.EnrollMfa(methods=offered(world.settings), setups=setups, trust_days=trust_days(world, person))


async def _passkey_options(units: SigninUnits, world: World, attempt: Attempt, person: Person, at: Instant) -> view.Shown:
    async with units.read() as unit:
        under_way = await factors.under_way(unit, world, attempt.id, at)
    if PASSKEY not in under_way:
        under_way = await _begun_late(units, world, attempt, person, PASSKEY, at)
    options = FACTORS_BY_KIND[PASSKEY].resume(under_way[PASSKEY].state, about_person(world, person)).shown["options"]
    return options if isinstance(options, Mapping) else {}


async def _begun_late(
    units: SigninUnits, world: World, attempt: Attempt, person: Person, method: str, at: Instant
) -> dict[str, factors.Held]:
    with suppress(Conflict):  # somebody else looked at the same moment, and theirs is shown
        async with units.write() as unit:
            move = Move(unit=unit, world=world, attempt=attempt, person=person, origin=NOWHERE, at=at)
            await begin_setup(move, method, {})
    async with units.read() as unit:
        return await factors.under_way(unit, world, attempt.id, at)


async def drawn(world: World, setup: Setup) -> view.Shown:
    """What a set-up shows; the QR code of one that has an address is drawn off the event loop."""
    uri = setup.shown.get("uri")
    if not isinstance(uri, str):
        return setup.shown
    return {**setup.shown, "qr_svg": await world.hashing.run(lambda: qr_svg(uri))}
