"""The first factor: from an address and a password to an open attempt, alike with and without an account (ACC-7)."""

from msgspec import Struct

from wardkey.accounts.passwords import minimum_length, normalised
from wardkey.accounts.rules import Account, email_key, read_email
from wardkey.audit import events
from wardkey.audit.actions import ANYONE, record
from wardkey.devices import actions as devices
from wardkey.ports import Unavailable, Verified, World
from wardkey.rate_limits.actions import forget, give_back, take, wait_for
from wardkey.rate_limits.rules import Budget
from wardkey.signin import learn
from wardkey.signin.commands import SubmitPassword
from wardkey.signin.facts import Attempt
from wardkey.signin.person import Person, answers_to_mfa, may_trust_devices
from wardkey.signin.progress import Effect, Move
from wardkey.signin.store import SigninUnits
from wardkey.vocabulary import EmailKey, FieldFault, Instant, Origin, Problem, faulty, network_of, token_text


class Proven(Struct, frozen=True, kw_only=True):
    """The first factor was right: the attempt that goes on, and its token."""

    token: str
    attempt: Attempt
    person: Person
    effect: Effect | None = None
    """What has to be written with the attempt."""


async def prove_password(
    units: SigninUnits, world: World, command: SubmitPassword, origin: Origin, at: Instant
) -> Proven | Problem:
    """Check email and password."""
    world.hashing.admit()
    email, fault = read_email(command.email), _password_fault(command.password, world.settings.password.maximum)
    if isinstance(email, FieldFault) or fault is not None:
        return faulty(*(f for f in (email, fault) if isinstance(f, FieldFault)))
    key = email_key(email)
    wait = await _spend_a_try(world, key, origin)
    if wait:
        return Problem(code="too_many_passwords", retry_after=wait)
    password = normalised(command.password)
    try:
        person, verified = await _checked(units, world, key, password)
    except Unavailable:
        await give_back(world, Budget.SIGN_IN_PAIR, _pair(key, origin))
        raise
    token, attempt = begun(world, key, origin, at)
    if person is None or not verified.fits:
        return await refuse(units, world, attempt, person, "wrong_credentials", origin, at)
    await forget(world, Budget.SIGN_IN_PAIR, _pair(key, origin))
    is_weak = len(password) < minimum_length(world.settings.password, has_mfa=False)
    proven = learn.password_proven(attempt, person, is_weak=is_weak, can_hold_passkey=command.can_hold_passkey)
    rehash = await world.hashing.hash(password) if verified.is_outdated else None
    return Proven(
        token=token,
        attempt=await with_trust(units, world, proven, person, origin, at),
        person=learn.under_policy(person, world.settings, at),
        effect=None if rehash is None else _renewing(person.account, rehash),
    )


def _renewing(account: Account, rehash: str) -> Effect:
    """Store the password under today's parameters."""

    async def effect(move: Move) -> None:
        await move.unit.accounts.renew_hash(account.id, old=account.password_hash, new=rehash)

    return effect


async def with_trust(units: SigninUnits, world: World, attempt: Attempt, person: Person, origin: Origin, at: Instant) -> Attempt:
    """The attempt, excused from the MFA challenge where its device is trusted; nothing is asked where no trust was brought, or
    none is needed."""
    is_needed = bool(answers_to_mfa(person)) and not learn.needs_no_other_factor(attempt, person)
    if not origin.trust or not may_trust_devices(person) or not is_needed:
        return attempt
    async with units.read() as unit:
        trust = await devices.trusted(unit, world, person.account, origin, at)
    return attempt if trust is None else learn.trusted(attempt, trust)


def begun(world: World, key: EmailKey, origin: Origin, at: Instant) -> tuple[str, Attempt]:
    """A new attempt, and the token it is known by to its client alone."""
    token, device = token_text(world.randomness.bytes(32)), devices.device_of(world, origin.device) if origin.device else ""
    place, lasts_s = world.geoip.locate(origin.ip), world.settings.session.attempt_s
    return token, learn.begun(token, key, world.randomness.bytes(8), origin, device, place, lasts_s, at)


def _password_fault(password: str, maximum: int) -> FieldFault | None:
    """What can be said without looking anybody up, and so is the same for every address."""
    if not password:
        return FieldFault("password", "password_missing")
    if len(normalised(password)) > maximum:
        return FieldFault("password", "password_too_long", {"maximum": maximum})
    return None


async def refuse(
    units: SigninUnits, world: World, attempt: Attempt, person: Person | None, why: str, origin: Origin, at: Instant
) -> Problem:
    """Store a wrong first factor as an ended attempt, and count it against its network."""
    await take(world, Budget.SIGN_IN_NETWORK, network_of(origin.ip))
    refused = learn.refused(attempt, person, why, at)
    event = events.SignInFailed(why=why, attempt=refused.reference)
    async with units.write() as unit:
        await unit.attempts.add(refused)
        await record(unit, world, event, actor=ANYONE, subject=refused.account, origin=origin, at=at)
    return Problem(code=why, reference=refused.reference)


async def _checked(units: SigninUnits, world: World, key: EmailKey, password: str) -> tuple[Person | None, Verified]:
    async with units.read() as unit:
        person = await unit.people.by_email(key)
    return person, await world.hashing.verify(person.account.password_hash if person else None, password)


async def _spend_a_try(world: World, key: EmailKey, origin: Origin) -> int:
    """0, or the seconds to wait. A try at an address is counted before it is judged, so that many made at once gain nothing; a
    network is asked only, since many people may share one and a right password counts for nothing."""
    network = await wait_for(world, Budget.SIGN_IN_NETWORK, network_of(origin.ip))
    return network or await take(world, Budget.SIGN_IN_PAIR, _pair(key, origin))


def _pair(key: EmailKey, origin: Origin) -> str:
    return f"{network_of(origin.ip)} {key}"
