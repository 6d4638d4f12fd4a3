"""Setting up a method within a sign-in, because the policy asks for it or because a passkey is offered (MFA-1, SIGN-3)."""

from wardkey.audit import events
from wardkey.audit.actions import record
from wardkey.factors.actions import Held, add_method, count_guess, held_setup, new_credential
from wardkey.factors.contract import Accepted, Credential, Factor, Refused
from wardkey.factors.kinds.totp import Totp
from wardkey.factors.registry import FACTORS_BY_KIND, METHODS, offered
from wardkey.factors.rules import read_label
from wardkey.passkey_prompt.rules import CHOICES, asked_again_from
from wardkey.signin import learn
from wardkey.signin.answers import Answer, Asked, refused, staying
from wardkey.signin.commands import AnswerPasskeyOffer, BeginEnrolment, ConfirmEnrolment
from wardkey.signin.person import PASSKEY
from wardkey.signin.progress import Effect, Move, about_person, begin_setup, move_stamp
from wardkey.signin.second_factor import UNKNOWN, answer_fault
from wardkey.vocabulary import FieldFault, faulty


def begin_enrolment(asked: Asked, command: BeginEnrolment) -> Answer:
    """Begin the set-up of a method with what the person gave for it."""
    if command.method not in offered(asked.world.settings):
        return refused(asked, UNKNOWN)

    async def effect(move: Move) -> None:
        move.problem = await begin_setup(move, command.method, {"number": command.number, "country": command.country})

    return staying(asked, effect)


async def answer_enrolment(asked: Asked, command: ConfirmEnrolment) -> Answer:
    """The first answer of a new method ends its set-up."""
    if command.method not in METHODS:
        return refused(asked, UNKNOWN)
    answer = {"code": command.code, "credential": command.credential}
    ended = await finish(asked, FACTORS_BY_KIND[command.method], answer, command.label)
    return ended if isinstance(ended, Answer) else _enrolled(asked, *ended, wants_trust=command.trust_device)


async def answer_offer(asked: Asked, command: AnswerPasskeyOffer) -> Answer:
    """Create the passkey that was offered, or say when to ask again."""
    if command.choice not in CHOICES:
        return refused(asked, faulty(FieldFault("choice", "choice_unknown")))
    if command.choice == "create":
        ended = await finish(asked, FACTORS_BY_KIND[PASSKEY], {"credential": command.credential}, command.label)
        return ended if isinstance(ended, Answer) else _created(asked, *ended)
    starts = asked_again_from(command.choice, asked.world.settings.passkeys.snooze_days, asked.at)

    async def effect(move: Move) -> None:
        account = move.person.account
        await move.unit.ceremonies.drop(move.attempt.id)
        await move.unit.accounts.offer_passkey_from(account.id, starts)
        event = events.PasskeyOfferAnswered(choice=command.choice)
        await record(move.unit, move.world, event, actor=account.id, subject=account.id, origin=move.origin, at=move.at)

    return Answer(attempt=asked.attempt, person=learn.offered_again_from(asked.person, starts), effect=effect)


async def finish(asked: Asked, kind: Factor, answer: dict[str, str], label: str) -> Answer | tuple[Factor, Accepted, str]:
    """What the first answer of a new method comes to: why it is refused, or what to keep and its name."""
    world, named = asked.world, read_label(label)
    if isinstance(named, FieldFault):
        return refused(asked, faulty(named))
    async with asked.units.read() as unit:
        setup = await held_setup(unit, world, asked.attempt.id, kind.kind, asked.at)
    if setup is None:
        return refused(asked, UNKNOWN)
    outcome = kind.finish(setup.state, answer, about_person(world, asked.person), asked.at)
    if isinstance(outcome, Refused):
        return _not_set_up(asked, kind, setup, outcome)
    if outcome.external_id is not None:
        async with asked.units.read() as unit:
            if await unit.credentials.is_taken(outcome.external_id):
                return refused(asked, faulty(FieldFault("credential", "passkey_taken")))
    return kind, outcome, named


def setup_fault(kind: Factor, outcome: Refused) -> FieldFault:
    """The fault of the first answer of a new method."""
    if kind.kind == Totp.kind and outcome.why in ("wrong", "spent"):
        return FieldFault("code", "code_not_matching")
    return answer_fault(kind.kind, outcome)


def _not_set_up(asked: Asked, kind: Factor, setup: Held, outcome: Refused) -> Answer:
    """A wrong first answer; where guesses are counted, it is counted before its answer is known."""
    problem, state = faulty(setup_fault(kind, outcome)), outcome.state
    if state is None:
        return refused(asked, problem)

    async def effect(move: Move) -> None:
        await count_guess(move.unit, move.world, move.attempt.id, kind.kind, setup, state)

    return Answer(attempt=asked.attempt, person=asked.person, effect=effect, problem=problem)


def _enrolled(asked: Asked, kind: Factor, accepted: Accepted, label: str, *, wants_trust: bool) -> Answer:
    """The method answers the MFA challenge of this sign-in too."""
    added = _credential(asked, kind, accepted, label, is_method=True)
    amr = accepted.amr or kind.amr
    attempt = learn.factor_accepted(asked.attempt, kind.kind, amr, wants_trust=wants_trust)
    return Answer(attempt=attempt, person=learn.with_credential(asked.person, added), effect=_adding(added))


def _created(asked: Asked, kind: Factor, accepted: Accepted, label: str) -> Answer:
    """The passkey is there for signing in; it does not make MFA be asked of somebody who has not set that up."""
    added = _credential(asked, kind, accepted, label, is_method=False)
    attempt = learn.offer_answered(asked.attempt)
    return Answer(attempt=attempt, person=learn.with_credential(asked.person, added), effect=_adding(added))


def _credential(asked: Asked, kind: Factor, accepted: Accepted, label: str, *, is_method: bool) -> Credential:
    account, at = asked.person.account, asked.at
    return new_credential(asked.world, account, kind.kind, accepted, at=at, label=label, confirmed_at=at, is_method=is_method)


def _adding(added: Credential) -> Effect:
    async def effect(move: Move) -> None:
        await move.unit.ceremonies.drop(move.attempt.id)
        await add_method(move.unit, move.world, move.person.account, added, move.origin, move.at)
        await move_stamp(move)

    return effect
