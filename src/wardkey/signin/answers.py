"""What each command of an attempt comes to: what it changes, and what is wrong with it.

Slow checks happen here, before any transaction.
"""

from msgspec import Struct
from msgspec.structs import replace

from wardkey.accounts.actions import judge_password, set_password
from wardkey.accounts.passwords import normalised
from wardkey.accounts.rules import email_key
from wardkey.email_verification.actions import send_link
from wardkey.emailed_links.rules import VERIFY
from wardkey.factors.actions import confirm_saved
from wardkey.ports import World
from wardkey.rate_limits.actions import mailed, take
from wardkey.rate_limits.rules import Budget
from wardkey.signin import learn
from wardkey.signin.commands import ChoosePassword, ConfirmSaved, ContinueVerification
from wardkey.signin.facts import Attempt
from wardkey.signin.person import RECOVERY_CODE, Person, credential_of
from wardkey.signin.progress import Effect, Move
from wardkey.signin.store import SigninUnits
from wardkey.vocabulary import FieldFault, Instant, Origin, Problem, faulty


class Answer(Struct, frozen=True, kw_only=True):
    """What a command comes to. `effect` is written in the unit of work before the attempt; `problem` keeps it where it is."""

    attempt: Attempt
    person: Person
    effect: Effect | None = None
    problem: Problem | None = None
    stays: bool = False
    """The step stays the same, though something was done for it."""


class Asked(Struct, frozen=True, kw_only=True):
    """The attempt and person that a command was sent to, as they were read."""

    units: SigninUnits
    world: World
    attempt: Attempt
    person: Person
    origin: Origin
    at: Instant


def refused(asked: Asked, problem: Problem) -> Answer:
    """Nothing changes."""
    return Answer(attempt=asked.attempt, person=asked.person, problem=problem)


def staying(asked: Asked, effect: Effect) -> Answer:
    """Something is done for the step, which stays."""
    return Answer(attempt=asked.attempt, person=asked.person, effect=effect, stays=True)


def answer_saved(asked: Asked, command: ConfirmSaved) -> Answer:
    """The recovery code is saved."""
    credential = credential_of(asked.person, RECOVERY_CODE)
    if not command.saved or credential is None:
        return refused(asked, faulty(FieldFault("saved", "recovery_code_not_saved")))

    async def effect(move: Move) -> None:
        await confirm_saved(move.unit, move.world, move.person.account, credential, move.attempt.id, move.origin, move.at)

    person = learn.with_credential(asked.person, learn.confirmed(credential, asked.at))
    return Answer(attempt=asked.attempt, person=person, effect=effect)


async def answer_password(asked: Asked, command: ChoosePassword) -> Answer:
    """A better password."""
    fault = await password_fault(asked.world, asked.person, command.password, asked.at)
    if fault is not None:
        return refused(asked, faulty(fault))
    password_hash = await asked.world.hashing.hash(normalised(command.password))

    async def effect(move: Move) -> None:
        stamp = await set_password(move.unit, move.world, move.person.account, password_hash, "sign_in", move.origin, move.at)
        move.attempt, move.person = learn.restamped(move.attempt, move.person, stamp)
        move.wrong_codes_seen = 0

    return Answer(attempt=replace(asked.attempt, is_password_weak=False), person=asked.person, effect=effect)


async def password_fault(world: World, person: Person, password: str, at: Instant, field: str = "password") -> FieldFault | None:
    """What is wrong with a new password for this person, with their own words and their practices'."""
    words = (person.account.name, person.account.email, *(m.name for m in person.memberships))
    has_mfa = learn.expects_mfa(person, world.settings, at)
    return await judge_password(world, password, words=words, has_mfa=has_mfa, field=field)


async def answer_verification(asked: Asked, command: ContinueVerification) -> Answer:
    """The address is still not proven; another link goes out where one is asked for."""
    account = asked.person.account
    if not command.resend:
        return refused(asked, Problem(code="email_not_verified"))
    wait = await take(asked.world, Budget.MAIL_ADDRESS, mailed(VERIFY, email_key(account.email)))
    if wait:
        return refused(asked, Problem(code="too_many_requests", retry_after=wait))

    async def effect(move: Move) -> None:
        await send_link(move.unit, move.world, account, move.origin, move.at)

    return Answer(attempt=asked.attempt, person=asked.person, effect=effect)
