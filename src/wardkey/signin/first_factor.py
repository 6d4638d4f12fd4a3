"""The first factor: from an address and a password to an open attempt, alike with and without an account (ACC-7)."""

from msgspec import Struct

from wardkey.accounts.passwords import minimum_length, normalised
from wardkey.accounts.rules import email_key, read_email
from wardkey.audit import events
from wardkey.audit.actions import ANYONE, record
from wardkey.ports import Unavailable, Verified, World
from wardkey.rate_limits.actions import forget, give_back, take, wait_for
from wardkey.rate_limits.rules import Budget
from wardkey.signin import learn
from wardkey.signin.commands import SubmitPassword
from wardkey.signin.facts import Attempt
from wardkey.signin.person import Person
from wardkey.signin.store import SigninUnits
from wardkey.vocabulary import EmailKey, FieldFault, Instant, Origin, Problem, faulty, network_of, token_text


class Proven(Struct, frozen=True, kw_only=True):
    """The password was right: the attempt that goes on, and its token."""

    token: str
    attempt: Attempt
    person: Person
    rehash: str | None
    """The password under today's parameters, where the stored hash is outdated."""


async def prove(units: SigninUnits, world: World, command: SubmitPassword, origin: Origin, at: Instant) -> Proven | Problem:
    """Check the password. A refusal is stored as an ended attempt; a success is stored by what follows."""
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
    token = token_text(world.randomness.bytes(32))
    attempt = learn.begun(
        token, key, world.randomness.bytes(8), origin, world.geoip.locate(origin.ip), world.settings.session.attempt_s, at
    )
    if person is None or not verified.fits:
        return await _refuse(units, world, attempt, person, key, origin, at)
    await forget(world, Budget.SIGN_IN_PAIR, _pair(key, origin))
    is_weak = len(password) < minimum_length(world.settings.password, has_mfa=False)
    return Proven(
        token=token,
        attempt=learn.password_proven(attempt, person, is_weak=is_weak),
        person=person,
        rehash=await world.hashing.hash(password) if verified.is_outdated else None,
    )


def _password_fault(password: str, maximum: int) -> FieldFault | None:
    """What can be said without looking anybody up, and so is the same for every address."""
    if not password:
        return FieldFault("password", "password_missing")
    if len(normalised(password)) > maximum:
        return FieldFault("password", "password_too_long", {"maximum": maximum})
    return None


async def _refuse(
    units: SigninUnits, world: World, attempt: Attempt, person: Person | None, key: EmailKey, origin: Origin, at: Instant
) -> Problem:
    await take(world, Budget.SIGN_IN_NETWORK, network_of(origin.ip))
    refused = learn.password_refused(attempt, person, "wrong_credentials", at)
    event = events.SignInFailed(why="wrong_credentials", attempt=refused.reference)
    async with units.write() as unit:
        await unit.attempts.add(refused)
        await record(unit, world, event, actor=ANYONE, subject=refused.account, origin=origin, at=at)
    return Problem(code="wrong_credentials", reference=refused.reference)


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
