"""Setting up, using and removing factors: audit and notice alike for every kind."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Protocol

from wardkey.accounts.actions import AccountUnit, Conflict, tell_account
from wardkey.accounts.rules import Account
from wardkey.audit import events
from wardkey.audit.actions import record
from wardkey.factors.contract import Accepted, Credential, Factor, Refused, Setup
from wardkey.factors.kinds.recovery_code import Issued, RecoveryCode, issue
from wardkey.factors.store import HoldsFactors
from wardkey.notices import catalogue
from wardkey.ports import World
from wardkey.vocabulary import AccountId, CredentialId, Instant, Origin, sortable_id

CODES = "codes"
"""The kind under which recovery codes wait, sealed, until their owner says that they are saved."""


class FactorUnit(HoldsFactors, AccountUnit, Protocol):
    """The slice of a unit of work that acts on factors need."""


async def check(
    world: World, kind: Factor, account: AccountId, credential: Credential, code: str, at: Instant
) -> Accepted | Refused:
    """Check an answer, in the hashing pool where the kind is slow. Nothing is spent yet."""
    held = world.sealing.open(credential.sealed, _context(account, credential.kind))
    if kind.is_slow:
        return await world.hashing.run(lambda: kind.check(held, {"code": code}, at))
    return kind.check(held, {"code": code}, at)


async def spend(
    unit: FactorUnit, world: World, account: Account, credential: Credential, accepted: Accepted, at: Instant
) -> None:
    """Keep what an accepted answer leaves; raises Conflict where somebody else used the credential since it was read."""
    if accepted.held is None:
        kept = await unit.credentials.take(credential.id, version=credential.version)
    else:
        sealed = world.sealing.seal(accepted.held, _context(account.id, credential.kind))
        kept = await unit.credentials.spend(credential.id, version=credential.version, sealed=sealed, at=at)
    if not kept:
        raise Conflict


async def note_recovery(unit: FactorUnit, world: World, account: Account, origin: Origin, at: Instant) -> None:
    """Record that a recovery code was used, and tell its owner."""
    await record(unit, world, events.RecoveryCodeUsed(), actor=account.id, subject=account.id, origin=origin, at=at)
    await tell_account(unit, world, account, catalogue.RecoveryCodeUsed(), origin, at)


def begin(world: World, kind: Factor, account: Account) -> Setup:
    """Start a set-up, labelled with the brand and the sign-in email."""
    return kind.begin(world.randomness, world.settings.brand_name, account.email)


async def hold_setup(unit: HoldsFactors, world: World, owner: str, kind: str, state: bytes, at: Instant) -> None:
    """Keep a set-up until it ends, bound to the attempt or session that began it."""
    until = at + timedelta(seconds=world.settings.session.attempt_s)
    await unit.ceremonies.save(owner, kind, world.sealing.seal(state, f"ceremony:{owner}:{kind}"), until)


async def held_setup(unit: HoldsFactors, world: World, owner: str, kind: str, at: Instant) -> bytes | None:
    """What was kept of a set-up, if it was begun here and has not expired."""
    sealed = await unit.ceremonies.load(owner, kind, at)
    return None if sealed is None else world.sealing.open(sealed, f"ceremony:{owner}:{kind}")


async def add_method(unit: FactorUnit, world: World, account: Account, added: Credential, origin: Origin, at: Instant) -> None:
    """Keep a method that was just set up."""
    await unit.credentials.add(account.id, added)
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
    added = new_credential(world, account, RecoveryCode.kind, issued.held, at=at)
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
    return tuple(held.decode().split("\n")) if held else ()


def new_credential(
    world: World, account: Account, kind: str, held: bytes, *, at: Instant, label: str = "", confirmed_at: Instant | None = None
) -> Credential:
    """A credential around what its kind holds, sealed for this account; it counts once added."""
    return Credential(
        id=CredentialId(sortable_id("cred", at, world.randomness.bytes(10))),
        kind=kind,
        label=label,
        sealed=world.sealing.seal(held, _context(account.id, kind)),
        version=0,
        created_at=at,
        confirmed_at=confirmed_at,
    )


def _context(account: AccountId, kind: str) -> str:
    return f"credential:{account}:{kind}"
