"""The MFA challenge: having its question put, and answering it (MFA-2 to MFA-6, MFA-12)."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from wardkey.accounts.actions import Conflict, tell_account
from wardkey.accounts.passwords import normalised
from wardkey.audit import events
from wardkey.audit.actions import ANYONE, record
from wardkey.factors.actions import QUESTION, Fitting, Held, check, count_guess, held_setup, note_use, spend
from wardkey.factors.contract import Refused
from wardkey.factors.registry import FACTORS_BY_KIND
from wardkey.factors.rules import after_wrong_code, code_wait_s
from wardkey.notices.catalogue import PasswordKnownToOthers
from wardkey.problems import FAULTS
from wardkey.sessions.rules import PASSWORD_AMR
from wardkey.signin import learn
from wardkey.signin.answers import Answer, Asked, refused, staying
from wardkey.signin.commands import AnswerMfa, AskMfa
from wardkey.signin.facts import Attempt, Barrier, FirstFactor
from wardkey.signin.person import PASSKEY, PASSWORD, RECOVERY_CODE, answers_to_mfa, credentials_of
from wardkey.signin.progress import Move, about_person, put_question
from wardkey.vocabulary import FieldFault, Problem, faulty

UNKNOWN = faulty(FieldFault("method", "method_unknown"))
FAULTS_OF: Mapping[str, str] = {"totp": "code", RECOVERY_CODE: "recovery_code", PASSKEY: "passkey", "sms": "text_code"}
"""Under which name the faults of a kind's answers go that has sentences of its own for them."""


def ask_mfa(asked: Asked, command: AskMfa) -> Answer:
    """Put the question that an answer with this method needs: again, where one was put before."""
    method = command.method
    if method not in answers_to_mfa(asked.person, asked.attempt.first_factor) or not _is_asked(method):
        return refused(asked, UNKNOWN)

    async def effect(move: Move) -> None:
        move.problem = await put_question(move, method)

    return staying(asked, effect)


def _is_asked(method: str) -> bool:
    return method in FACTORS_BY_KIND and FACTORS_BY_KIND[method].is_asked


async def answer_mfa(asked: Asked, command: AnswerMfa) -> Answer:
    """An answer to the MFA challenge."""
    if command.method not in answers_to_mfa(asked.person, asked.attempt.first_factor):
        return refused(asked, UNKNOWN)
    wait = code_wait_s(asked.person.account, asked.world.settings.limits, asked.at)
    if wait:
        return refused(asked, Problem(code="too_many_codes", retry_after=wait, reference=asked.attempt.reference))
    if command.method == PASSWORD:
        return await _by_password(asked, command)
    question = await _question_of(asked, command.method)
    if question is None and _is_asked(command.method):
        return await _unasked(asked, command.method)
    kind, answer = FACTORS_BY_KIND[command.method], {"code": command.code, "credential": command.credential}
    candidates, state = credentials_of(asked.person, command.method), question.state if question else None
    outcome = await check(asked.world, kind, candidates, state, answer, about_person(asked.world, asked.person), asked.at)
    if isinstance(outcome, Fitting):
        return _right(asked, command, outcome)
    if outcome.why == "wrong":
        return _wrong(asked, answer_fault(command.method, outcome), (command.method, question, outcome))
    return refused(asked, faulty(answer_fault(command.method, outcome)))


async def _question_of(asked: Asked, method: str) -> Held | None:
    if not _is_asked(method):
        return None
    async with asked.units.read() as unit:
        return await held_setup(unit, asked.world, asked.attempt.id, QUESTION + method, asked.at)


async def _unasked(asked: Asked, method: str) -> Answer:
    """Nothing is asked any more; where that is because the attempt went on meanwhile, the command is looked at anew."""
    async with asked.units.read() as unit:
        now = await unit.attempts.load(asked.attempt.id)
    if now is None or now[0].version != asked.attempt.version:
        raise Conflict
    return refused(asked, faulty(answer_fault(method, Refused("expired"))))


async def _by_password(asked: Asked, command: AnswerMfa) -> Answer:
    """The password after a passkey, where there is no other method (SIGN-2); its guesses are counted like those of codes."""
    if not command.code:
        return refused(asked, faulty(FieldFault("code", "password_missing")))
    account = asked.person.account
    if not (await asked.world.hashing.verify(account.password_hash, normalised(command.code))).fits:
        return _wrong(asked, FieldFault("code", "current_password_wrong"), None)

    async def effect(move: Move) -> None:
        await _forget_wrong(move)

    attempt = learn.factor_accepted(asked.attempt, PASSWORD, PASSWORD_AMR, wants_trust=command.trust_device)
    return Answer(attempt=attempt, person=asked.person, effect=effect)


def answer_fault(method: str, outcome: Refused) -> FieldFault:
    """The fault of an answer, at the field it came in: `code_wrong`, `text_code_expired`, `passkey_origin` and the like."""
    field = "credential" if method == PASSKEY else "code"
    code = outcome.code or f"{FAULTS_OF.get(method, 'answer')}_{outcome.why}"
    return FieldFault(field, code if code in FAULTS else f"answer_{outcome.why}")


def _right(asked: Asked, command: AnswerMfa, fitting: Fitting) -> Answer:
    async def effect(move: Move) -> None:
        account = move.person.account
        await spend(move.unit, move.world, account, fitting, move.at)
        await _forget_wrong(move)
        if FACTORS_BY_KIND[command.method].is_asked:
            await move.unit.ceremonies.drop(move.attempt.id)
        await note_use(move.unit, move.world, account, fitting, move.origin, move.at)

    is_spent_up = fitting.accepted.held is None
    person = learn.without_kind(asked.person, command.method) if is_spent_up else asked.person
    amr = fitting.accepted.amr or FACTORS_BY_KIND[command.method].amr
    attempt = learn.factor_accepted(asked.attempt, command.method, amr, wants_trust=command.trust_device)
    return Answer(attempt=attempt, person=person, effect=effect)


async def _forget_wrong(move: Move) -> None:
    account = move.person.account
    if account.wrong_codes:
        if not await move.unit.accounts.forget_wrong_codes(account.id, seen=account.wrong_codes):
            raise Conflict
        move.wrong_codes_seen = 0


def _wrong(asked: Asked, fault: FieldFault, guessed: tuple[str, Held | None, Refused] | None) -> Answer:
    """Count the guess before its answer is known to anybody; one that could not be counted is checked again from the start."""
    limits, before = asked.world.settings.limits, asked.person.account
    knows_password = asked.attempt.first_factor is FirstFactor.PASSWORD
    counted = after_wrong_code(before, limits, asked.at, is_sign_in=knows_password)
    person = replace(asked.person, account=counted)
    attempt = learn.code_wrong(asked.attempt, person, limits.codes_per_attempt, asked.at)

    async def effect(move: Move) -> None:
        kept = await move.unit.accounts.count_wrong_code(counted, seen=before.wrong_codes)
        if not kept or not await move.unit.attempts.save(attempt):
            raise Conflict
        if guessed is not None:
            await _count_guess(move, *guessed)
        happened = [
            events.SignInFailed(why="wrong_code", attempt=attempt.reference),
            *_consequences(attempt, before.is_password_known, counted.wrong_codes),
        ]
        await record(move.unit, move.world, happened, actor=ANYONE, subject=counted.id, origin=move.origin, at=move.at)
        if attempt.outcome == Barrier.PASSWORD_KNOWN:
            await tell_account(move.unit, move.world, counted, PasswordKnownToOthers(), move.origin, move.at)

    left = limits.codes_per_attempt - attempt.wrong_codes
    if attempt.outcome is None:
        problem = replace(faulty(fault), params={"tries_left": left}, reference=attempt.reference)
    else:
        problem = Problem(code=attempt.outcome, reference=attempt.reference)
    return Answer(attempt=attempt, person=person, effect=effect, problem=problem)


async def _count_guess(move: Move, method: str, question: Held | None, outcome: Refused) -> None:
    if question is not None and outcome.state is not None:
        await count_guess(move.unit, move.world, move.attempt.id, QUESTION + method, question, outcome.state)


def _consequences(attempt: Attempt, was_known: bool, wrong_codes: int) -> Iterable[events.Event]:
    if attempt.outcome is not None:
        yield events.SignInBlocked(why=attempt.outcome, attempt=attempt.reference)
    if attempt.outcome == Barrier.PASSWORD_KNOWN and not was_known:
        yield events.PasswordKnownToOthers(wrong_codes=wrong_codes)
