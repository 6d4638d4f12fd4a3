"""Getting back in with an emailed link (ACC-6): it sets a new password and nothing else, so MFA still stands."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from math import ceil
from typing import Final, Protocol

from msgspec import Struct

from wardkey.accounts.actions import Conflict, set_password, tell_account
from wardkey.accounts.passwords import normalised
from wardkey.accounts.rules import Account, Status, email_key, read_email
from wardkey.audit import events
from wardkey.audit.actions import ANYONE, record
from wardkey.email_verification.actions import VerificationUnit, linked, soon
from wardkey.emailed_links.actions import give
from wardkey.emailed_links.rules import RESET, Link, fault_of
from wardkey.notices.catalogue import ResetPassword
from wardkey.outbox.actions import leave
from wardkey.ports import World
from wardkey.rate_limits.actions import take, take_mail
from wardkey.rate_limits.rules import Budget
from wardkey.signin.answers import password_fault
from wardkey.signin.store import HoldsSignins
from wardkey.vocabulary import FieldFault, Instant, Origin, Problem, faulty, network_of

RESET_JOB: Final = "password_reset"


class RepairUnit(VerificationUnit, HoldsSignins, Protocol):
    """The slice of a unit of work that a reset needs."""


class RepairUnits(Protocol):
    def read(self) -> AbstractAsyncContextManager[RepairUnit]: ...

    def write(self) -> AbstractAsyncContextManager[RepairUnit]: ...


class ResetJob(Struct, frozen=True, kw_only=True):
    email: str
    origin: Origin


class PasswordSet(Struct, frozen=True):
    """The new password stands; every session of the account has ended, and the person signs in as usual."""

    email: str


async def ask_reset(units: RepairUnits, world: World, email: str, origin: Origin) -> Problem | None:
    """Take a request for a reset link; the same for every address (ACC-7)."""
    read = read_email(email)
    if isinstance(read, FieldFault):
        return faulty(read)
    wait = await take(world, Budget.RESET_NETWORK, network_of(origin.ip))
    if wait:
        return Problem(code="too_many_requests", retry_after=wait)
    async with units.write() as unit:
        await leave(unit, world, RESET_JOB, ResetJob(email=read, origin=origin), world.clock.now(), after=soon(world))
    return None


async def carry_out_reset(units: RepairUnits, world: World, job: ResetJob) -> None:
    """Send a reset link where the address has an account that may sign in."""
    if await take_mail(world, RESET, email_key(job.email), job.origin):
        return
    at = world.clock.now()
    async with units.write() as unit:
        account = await unit.accounts.by_email(email_key(job.email))
        if account is None or account.status is Status.DEACTIVATED:
            return
        await send_reset_link(unit, world, account, job.origin, at)
        event = events.PasswordResetRequested()
        await record(unit, world, event, actor=ANYONE, subject=account.id, origin=job.origin, at=at)


async def send_reset_link(unit: VerificationUnit, world: World, account: Account, origin: Origin, at: Instant) -> None:
    """Send a reset link; earlier ones stay good until one is used, so that a stranger's requests void nothing."""
    minutes = world.settings.links.reset_minutes
    token = await give(unit, world, account.id, RESET, account.security_stamp, at, timedelta(minutes=minutes))
    await tell_account(unit, world, account, ResetPassword(token=token, valid_minutes=ceil(minutes)), origin, at)


async def look_at_reset(units: RepairUnits, world: World, token: str) -> str | None:
    """Why a reset link opens nothing, as a problem code; None: it is good. Looking spends nothing."""
    async with units.read() as unit:
        link, account = await linked(unit, token)
    return fault_of(link, account, RESET, world.clock.now())


async def reset_password(units: RepairUnits, world: World, token: str, password: str, origin: Origin) -> PasswordSet | Problem:
    """Spend a reset link on a new password. The mailbox is proven by it, and with it an address that was not yet."""
    at = world.clock.now()
    wait = await take(world, Budget.LINK_NETWORK, network_of(origin.ip))
    if wait:
        return Problem(code="too_many_requests", retry_after=wait)
    async with units.read() as unit:
        link, account = await linked(unit, token)
        fault = fault_of(link, account, RESET, at)
        if fault is not None or link is None or account is None:
            return Problem(code=fault or "link_unknown")
        person = await unit.people.by_id(account.id)
    if person is None:
        return Problem(code="link_unknown")
    wrong = await password_fault(world, person, password, at)
    if wrong is not None:
        return faulty(wrong)
    password_hash = await world.hashing.hash(normalised(password))
    return await _replace(units, world, link, account, password_hash, origin, at)


async def _replace(
    units: RepairUnits, world: World, link: Link, account: Account, password_hash: str, origin: Origin, at: Instant
) -> PasswordSet | Problem:
    try:
        async with units.write() as unit:
            stamp = await set_password(unit, world, account, password_hash, "reset", origin, at)
            if not await unit.links.use(link.id, at):  # after the account, as every other unit locks them
                raise Conflict
            if account.status is Status.UNVERIFIED and await unit.accounts.verify_email(account.id, at, stamp=stamp):
                verified = events.EmailVerified(how="reset")
                await record(unit, world, verified, actor=account.id, subject=account.id, origin=origin, at=at)
    except Conflict:
        return Problem(code="link_used")
    return PasswordSet(account.email)
