"""Setting up, asking for, using and removing factors: audit and notice alike for every kind."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Protocol

from msgspec import Struct

from wardkey.accounts.actions import AccountUnit, Conflict, tell_account
from wardkey.accounts.rules import Account
from wardkey.audit import events
from wardkey.audit.actions import record
from wardkey.brand.store import HoldsBrands
from wardkey.factors.contract import About, Accepted, Credential, Factor, Refused, Setup
from wardkey.factors.kinds.recovery_code import Issued, RecoveryCode, issue
from wardkey.factors.kinds.sms import Sms
from wardkey.factors.registry import FACTORS_BY_KIND
from wardkey.factors.relying_party import relying_party_of
from wardkey.factors.store import HoldsFactors
from wardkey.notices import catalogue
from wardkey.ports import World
from wardkey.texts.actions import entered, send
from wardkey.texts.rules import Purpose
from wardkey.texts.store import HoldsTexts
from wardkey.vocabulary import AccountId, CredentialId, Instant, Origin, Problem, sortable_id

CODES = "codes"
"""The kind under which recovery codes wait, sealed, until their owner says that they are saved."""
QUESTION = "question:"
"""Before the kind, under which a question waits for its answer; a set-up waits under the kind itself."""


class FactorUnit(HoldsFactors, HoldsTexts, HoldsBrands, AccountUnit, Protocol):
    """The slice of a unit of work that acts on factors need."""


class Asking(Struct, frozen=True, kw_only=True):
    """Who is asked, in which attempt or session (`owner`), and where from."""

    account: Account
    about: About
    owner: str
    origin: Origin
    at: Instant


class Held(Struct, frozen=True):
    """A set-up or question under way, as it is kept and as it reads."""

    sealed: bytes
    state: bytes


class Fitting(Struct, frozen=True):
    """The credential that an answer belongs to, and what becomes of it."""

    credential: Credential
    accepted: Accepted


def about(world: World, account: Account, issuer: str, *, is_enough_alone: bool = False) -> About:
    """Whom, and on which site."""
    return About(
        account=account.id,
        email=account.email,
        name=account.name,
        issuer=issuer,
        relying_party=relying_party_of(world.settings),
        is_enough_alone=is_enough_alone,
    )


def held_by(world: World, account: AccountId, credential: Credential) -> bytes:
    """What a credential holds, opened."""
    return world.sealing.open(credential.sealed, _context(account, credential.kind))


async def check(
    world: World,
    kind: Factor,
    candidates: Iterable[Credential],
    state: bytes | None,
    answer: Mapping[str, str],
    who: About,
    at: Instant,
) -> Fitting | Refused:
    """Check an answer against the credentials of its kind, in the hashing pool where the kind is slow. Nothing is spent yet."""
    refused = Refused("wrong", code=None)
    for credential in candidates:
        judge = partial(kind.check, held_by(world, who.account, credential), state, answer, who, at)
        outcome = await world.hashing.run(judge) if kind.is_slow else judge()
        if isinstance(outcome, Accepted):
            return Fitting(credential, outcome)
        if outcome.why != "other":
            return outcome
        refused = Refused("wrong", code=outcome.code)
    return refused


async def spend(unit: FactorUnit, world: World, account: Account, fitting: Fitting, at: Instant) -> None:
    """Keep what an accepted answer leaves; raises Conflict where somebody else used the credential since it was read."""
    credential, accepted = fitting.credential, fitting.accepted
    if accepted.held is None:
        kept = await unit.credentials.take(credential.id, version=credential.version)
    else:
        sealed = world.sealing.seal(accepted.held, _context(account.id, credential.kind))
        kept = await unit.credentials.spend(credential.id, version=credential.version, sealed=sealed, at=at)
    if not kept:
        raise Conflict


async def note_use(unit: FactorUnit, world: World, account: Account, fitting: Fitting, origin: Origin, at: Instant) -> None:
    """What the use of a credential leaves on record beside the sign-in or step-up itself."""
    kind = FACTORS_BY_KIND[fitting.credential.kind]
    if kind.kind == RecoveryCode.kind:
        await note_recovery(unit, world, account, origin, at)
    if kind.kind == Sms.kind:
        await entered(unit, account.id, at)
    if fitting.accepted.warning is not None:
        event = events.PasskeyCounterRegressed(label=fitting.credential.label)
        await record(unit, world, event, actor=account.id, subject=account.id, origin=origin, at=at)


async def note_recovery(unit: FactorUnit, world: World, account: Account, origin: Origin, at: Instant) -> None:
    """Record that a recovery code was used, and tell its owner."""
    await record(unit, world, events.RecoveryCodeUsed(), actor=account.id, subject=account.id, origin=origin, at=at)
    await tell_account(unit, world, account, catalogue.RecoveryCodeUsed(), origin, at)


async def begin(
    unit: FactorUnit, world: World, kind: Factor, given: Mapping[str, str], candidates: Iterable[Credential], asking: Asking
) -> Setup | Problem:
    """Begin a set-up, send what it has to send, and keep it until it ends; raises Conflict where another one was begun since."""
    account, at = asking.account, asking.at
    before = await held_setup(unit, world, asking.owner, kind.kind, at)
    holds = tuple(held_by(world, account.id, c) for c in candidates)
    setup = kind.begin(given, asking.about, holds, before.state if before else None, world.randomness, at)
    if isinstance(setup, Problem):
        return setup
    return await _put(unit, world, asking, kind.kind, before, setup, "set_up")


async def ask(
    unit: FactorUnit, world: World, kind: Factor, candidates: Iterable[Credential], purpose: Purpose, asking: Asking
) -> Setup | Problem:
    """Put the question that an answer of this kind needs; raises Conflict where another one was put since."""
    before = await held_setup(unit, world, asking.owner, QUESTION + kind.kind, asking.at)
    holds = tuple(held_by(world, asking.account.id, c) for c in candidates)
    question = kind.ask(asking.about, holds, before.state if before else None, world.randomness, asking.at)
    if isinstance(question, Problem):
        return question
    return await _put(unit, world, asking, QUESTION + kind.kind, before, question, purpose)


async def _put(
    unit: FactorUnit, world: World, asking: Asking, name: str, before: Held | None, setup: Setup, purpose: Purpose
) -> Setup | Problem:
    """Keep a set-up or question in place of the one before, then send what it has to send: of many put at once, one is."""
    owner, at = asking.owner, asking.at
    until, sealed = _kept_until(world, at), world.sealing.seal(setup.state, _waiting(owner, name))
    if not await unit.ceremonies.replace(owner, name, before.sealed if before else None, sealed, until, at):
        raise Conflict
    if setup.texted is None:
        return setup
    is_confirmed = purpose != "set_up"
    refusal = await send(
        unit, world, setup.texted, asking.account, purpose, is_confirmed=is_confirmed, origin=asking.origin, at=at
    )
    if refusal is None:
        return setup
    await unit.ceremonies.save(owner, name, before.sealed if before else b"", until if before else at)
    return refusal


async def hold_setup(unit: HoldsFactors, world: World, owner: str, kind: str, state: bytes, at: Instant) -> None:
    """Keep a set-up or question until it ends, bound to the attempt or session that began it."""
    await unit.ceremonies.save(owner, kind, world.sealing.seal(state, _waiting(owner, kind)), _kept_until(world, at))


async def held_setup(unit: HoldsFactors, world: World, owner: str, kind: str, at: Instant) -> Held | None:
    """What was kept of a set-up or question, if it was begun here and has not expired."""
    sealed = await unit.ceremonies.load(owner, kind, at)
    return None if sealed is None else Held(sealed, world.sealing.open(sealed, _waiting(owner, kind)))


async def under_way(unit: HoldsFactors, world: World, owner: str, at: Instant) -> dict[str, Held]:
    """All set-ups and questions that were begun here and have not expired, the last one at the end."""
    kept = await unit.ceremonies.of(owner, at)
    return {kind: Held(sealed, world.sealing.open(sealed, _waiting(owner, kind))) for kind, sealed in kept.items() if sealed}


async def count_guess(unit: HoldsFactors, world: World, owner: str, kind: str, before: Held, state: bytes) -> None:
    """Keep that a guess was made; raises Conflict where another one was counted meanwhile, so that none is judged unseen."""
    sealed = world.sealing.seal(state, _waiting(owner, kind))
    if not await unit.ceremonies.swap(owner, kind, old=before.sealed, new=sealed):
        raise Conflict


async def add_method(unit: FactorUnit, world: World, account: Account, added: Credential, origin: Origin, at: Instant) -> None:
    """Keep a method that was just set up; raises Conflict where somebody has it already."""
    if not await unit.credentials.add(account.id, added):
        raise Conflict
    if added.kind == Sms.kind:
        await entered(unit, account.id, at)
    event = events.MethodAdded(method=added.kind, label=added.label)
    await record(unit, world, event, actor=account.id, subject=account.id, origin=origin, at=at)
    await tell_account(unit, world, account, catalogue.MethodAdded(method=added.kind), origin, at)


async def remove_method(
    unit: FactorUnit, world: World, account: Account, credential: Credential, origin: Origin, at: Instant
) -> None:
    """Remove a method; raises Conflict where it was used or removed since it was read."""
    if not await unit.credentials.take(credential.id, version=credential.version):
        raise Conflict
    event = events.MethodRemoved(method=credential.kind, label=credential.label)
    await record(unit, world, event, actor=account.id, subject=account.id, origin=origin, at=at)
    await tell_account(unit, world, account, catalogue.MethodRemoved(method=credential.kind), origin, at)


async def draw_recovery_codes(world: World) -> Issued:
    """New recovery codes, in as many as the settings say; slow, so before any unit is opened."""
    return await world.hashing.run(lambda: issue(world.randomness, world.settings.mfa.recovery_codes))


async def replace_recovery_codes(
    unit: FactorUnit,
    world: World,
    account: Account,
    old: Iterable[Credential],
    issued: Issued,
    owner: str,
    origin: Origin,
    at: Instant,
) -> Credential:
    """Keep new codes instead of any older ones, and hold them for showing until their owner says that they are saved."""
    for credential in old:
        if credential.kind == RecoveryCode.kind:
            await unit.credentials.take(credential.id, version=credential.version)
    added = new_credential(world, account, RecoveryCode.kind, Accepted(issued.held), at=at)
    await unit.credentials.add(account.id, added)
    await hold_setup(unit, world, owner, CODES, "\n".join(issued.codes).encode(), at)
    event = events.RecoveryCodeReplaced(codes=len(issued.codes))
    await record(unit, world, event, actor=account.id, subject=account.id, origin=origin, at=at)
    await tell_account(unit, world, account, catalogue.RecoveryCodeReplaced(), origin, at)
    return added


async def confirm_saved(
    unit: FactorUnit, world: World, account: Account, credential: Credential, owner: str, origin: Origin, at: Instant
) -> None:
    """Note that the codes are saved; they are never shown again."""
    await unit.ceremonies.drop(owner)
    if await unit.credentials.confirm(credential.id, at):
        await record(unit, world, events.RecoveryCodeSaved(), actor=account.id, subject=account.id, origin=origin, at=at)


async def codes_to_show(unit: HoldsFactors, world: World, owner: str, at: Instant) -> tuple[str, ...]:
    """The codes that wait to be saved, if they were made here."""
    held = await held_setup(unit, world, owner, CODES, at)
    return tuple(held.state.decode().split("\n")) if held else ()


def new_credential(
    world: World,
    account: Account,
    kind: str,
    accepted: Accepted,
    *,
    at: Instant,
    label: str = "",
    confirmed_at: Instant | None = None,
    is_method: bool = True,
) -> Credential:
    """A credential around what its kind holds, sealed for this account; it counts once added."""
    return Credential(
        id=CredentialId(sortable_id("cred", at, world.randomness.bytes(10))),
        kind=kind,
        label=label or accepted.label,
        sealed=world.sealing.seal(accepted.held or b"", _context(account.id, kind)),
        version=0,
        created_at=at,
        confirmed_at=confirmed_at,
        is_method=is_method,
        external_id=accepted.external_id,
        relying_party=accepted.relying_party,
    )


def _kept_until(world: World, at: Instant) -> Instant:
    return at + timedelta(seconds=world.settings.session.attempt_s)


def _context(account: AccountId, kind: str) -> str:
    return f"credential:{account}:{kind}"


def _waiting(owner: str, kind: str) -> str:
    return f"ceremony:{owner}:{kind}"
