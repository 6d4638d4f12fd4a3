"""What each command of an attempt comes to: what it changes, and what is wrong with it.

Slow checks happen here, before any transaction.
"""

from collections.abc import Awaitable, Callable

from msgspec import Struct
from msgspec.structs import replace

from wardkey.accounts.actions import Conflict, judge_password, set_password, tell_account
from wardkey.accounts.passwords import normalised
from wardkey.accounts.rules import email_key
from wardkey.audit import events
from wardkey.audit.actions import ANYONE, record
from wardkey.email_verification.actions import send_link
from wardkey.emailed_links.rules import VERIFY
from wardkey.factors.actions import add_method, check, confirm_saved, held_setup, new_credential, note_recovery, spend
from wardkey.factors.contract import Accepted, Credential, Factor, Refused
from wardkey.factors.registry import FACTORS_BY_KIND
from wardkey.factors.rules import after_wrong_code, code_wait_s
from wardkey.notices.catalogue import PasswordKnownToOthers
from wardkey.ports import World
from wardkey.rate_limits.actions import mailed, take
from wardkey.rate_limits.rules import Budget
from wardkey.signin import learn
from wardkey.signin.commands import AnswerMfa, ChoosePassword, ConfirmEnrolment, ConfirmSaved, ContinueVerification
from wardkey.signin.facts import Attempt, Barrier
from wardkey.signin.person import RECOVERY_CODE, Person, answers_to_mfa, credential_of
from wardkey.signin.progress import Move, move_stamp
from wardkey.signin.store import SigninUnits
from wardkey.vocabulary import FieldFault, Instant, Problem, faulty


class Answer(Struct, frozen=True, kw_only=True):
    """What a command comes to. `effect` is written in the unit of work before the attempt; `problem` keeps it where it is."""

    attempt: Attempt
    person: Person
    effect: Callable[[Move], Awaitable[None]] | None = None
    problem: Problem | None = None


class Asked(Struct, frozen=True, kw_only=True):
    """The attempt and person that a command was sent to, as they were read."""

    units: SigninUnits
    world: World
    attempt: Attempt
    person: Person
    at: Instant


def refused(asked: Asked, problem: Problem) -> Answer:
    """Nothing changes."""
    return Answer(attempt=asked.attempt, person=asked.person, problem=problem)


async def answer_mfa(asked: Asked, command: AnswerMfa) -> Answer:
    """A code for the MFA challenge (MFA-2, MFA-6, MFA-12)."""
    kind, credential = FACTORS_BY_KIND.get(command.method), credential_of(asked.person, command.method)
    if kind is None or credential is None or command.method not in answers_to_mfa(asked.person):
        return refused(asked, faulty(FieldFault("method", "method_unknown")))
    account = asked.person.account
    wait = code_wait_s(account, asked.world.settings.limits, asked.at)
    if wait:
        return refused(asked, Problem(code="too_many_codes", retry_after=wait, reference=asked.attempt.reference))
    outcome = await check(asked.world, kind, account.id, credential, command.code, asked.at)
    match outcome:
        case Accepted():
            return _right_code(asked, kind, credential, outcome)
        case Refused(why="wrong"):
            return _wrong_code(asked, command.method)
        case Refused(why=why):
            return refused(asked, faulty(code_fault(command.method, why)))


def code_fault(method: str, why: str) -> FieldFault:
    """The fault of a code field: `code_wrong`, `code_spent`, `code_malformed`, or the same for a recovery code."""
    return FieldFault("code", f"{'recovery_' if method == RECOVERY_CODE else ''}code_{why}")


def _right_code(asked: Asked, kind: Factor, credential: Credential, accepted: Accepted) -> Answer:
    account = asked.person.account

    async def effect(move: Move) -> None:
        await spend(move.unit, move.world, account, credential, accepted, move.at)
        if account.wrong_codes:
            if not await move.unit.accounts.forget_wrong_codes(account.id, seen=account.wrong_codes):
                raise Conflict
            move.wrong_codes_seen = 0
        if kind.kind == RECOVERY_CODE:
            await note_recovery(move.unit, move.world, account, move.origin, move.at)

    person = learn.without_kind(asked.person, kind.kind) if accepted.held is None else asked.person
    return Answer(attempt=learn.code_accepted(asked.attempt, kind.kind, kind.amr), person=person, effect=effect)


def _wrong_code(asked: Asked, method: str) -> Answer:
    """Count the guess before its answer is known to anybody; one that could not be counted is checked again from the start."""
    limits, before = asked.world.settings.limits, asked.person.account
    counted = after_wrong_code(before, limits, asked.at, is_sign_in=True)
    person = replace(asked.person, account=counted)
    attempt = learn.code_wrong(asked.attempt, person, limits.codes_per_attempt, asked.at)

    async def effect(move: Move) -> None:
        kept = await move.unit.accounts.count_wrong_code(counted, seen=before.wrong_codes)
        if not kept or not await move.unit.attempts.save(attempt):
            raise Conflict
        happened = [
            events.SignInFailed(why="wrong_code", attempt=attempt.reference),
            *_consequences(attempt, before.is_password_known, counted.wrong_codes),
        ]
        await record(move.unit, move.world, happened, actor=ANYONE, subject=counted.id, origin=move.origin, at=move.at)
        if attempt.outcome == Barrier.PASSWORD_KNOWN:
            await tell_account(move.unit, move.world, counted, PasswordKnownToOthers(), move.origin, move.at)

    left = limits.codes_per_attempt - attempt.wrong_codes
    if attempt.outcome is None:
        problem = replace(faulty(code_fault(method, "wrong")), params={"tries_left": left}, reference=attempt.reference)
    else:
        problem = Problem(code=attempt.outcome, reference=attempt.reference)
    return Answer(attempt=attempt, person=person, effect=effect, problem=problem)


def _consequences(attempt: Attempt, was_known: bool, wrong_codes: int) -> list[events.Event]:
    found: list[events.Event] = []
    if attempt.outcome is not None:
        found.append(events.SignInBlocked(why=attempt.outcome, attempt=attempt.reference))
    if attempt.outcome == Barrier.PASSWORD_KNOWN and not was_known:
        found.append(events.PasswordKnownToOthers(wrong_codes=wrong_codes))
    return found


async def answer_enrolment(asked: Asked, command: ConfirmEnrolment) -> Answer:
    """The first code of a new method ends its set-up."""
    kind = FACTORS_BY_KIND.get(command.method)
    if kind is None or not kind.is_method:
        return refused(asked, faulty(FieldFault("method", "method_unknown")))
    async with asked.units.read() as unit:
        state = await held_setup(unit, asked.world, asked.attempt.id, kind.kind, asked.at)
    if state is None:
        return refused(asked, faulty(FieldFault("method", "method_unknown")))
    outcome = kind.finish(state, {"code": command.code}, asked.at)
    if isinstance(outcome, Refused):
        why = "malformed" if outcome.why == "malformed" else "not_matching"
        return refused(asked, faulty(code_fault(command.method, why)))
    return _enrolled(asked, kind, outcome.held or b"")


def _enrolled(asked: Asked, kind: Factor, held: bytes) -> Answer:
    added = new_credential(asked.world, asked.person.account, kind.kind, held, at=asked.at, confirmed_at=asked.at)

    async def effect(move: Move) -> None:
        await move.unit.ceremonies.drop(move.attempt.id)
        await add_method(move.unit, move.world, move.person.account, added, move.origin, move.at)
        await move_stamp(move)

    attempt = learn.code_accepted(asked.attempt, kind.kind, kind.amr)
    return Answer(attempt=attempt, person=learn.with_credential(asked.person, added), effect=effect)


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
