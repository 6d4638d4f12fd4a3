""" "This wasn't me": the link in every notice about an act on the account that its owner did not do (MFA-11)."""

from typing import Final

from msgspec import Struct

from wardkey.account_repair.actions import RepairUnits
from wardkey.account_repair.securing import is_another, is_taken, secure
from wardkey.accounts.actions import Conflict
from wardkey.accounts.rules import Account
from wardkey.audit import events
from wardkey.audit.actions import record
from wardkey.email_verification.actions import linked
from wardkey.emailed_links.actions import address_in
from wardkey.emailed_links.rules import NOT_ME, Link, fault_of
from wardkey.ports import World
from wardkey.rate_limits.actions import take
from wardkey.rate_limits.rules import Budget
from wardkey.vocabulary import EmailAddress, Instant, Origin, Problem, network_of

TRIES: Final = 4


class ReportLink(Struct, frozen=True):
    """What the page behind the link says: `fault` is a problem code; `restores` is the address that the account gets back."""

    fault: str | None
    restores: str = ""


class Reported(Struct, frozen=True):
    """Everyone is signed out, and a link to choose a new password is on its way to this address."""

    email: str


async def look_at_report(units: RepairUnits, world: World, token: str) -> ReportLink:
    """What the link would do. Looking spends nothing."""
    async with units.read() as unit:
        link, account = await linked(unit, token)
        fault = fault_of(link, account, NOT_ME, world.clock.now())
        if fault is not None or link is None or account is None:
            return ReportLink(fault or "link_unknown")
        address = address_in(world, link)
        is_moved = is_another(address, account) and not await is_taken(unit, address, account.id)
    return ReportLink(None, restores=address if is_moved else "")


async def report(units: RepairUnits, world: World, token: str, origin: Origin) -> Reported | Problem:
    """Spend the link: everything open on the account ends, and its owner chooses a new password with a link sent at once.

    It was read at the address the account had then. If that was changed since, it is restored, or the reset link would go to
    whoever changed it.
    """
    wait = await take(world, Budget.LINK_NETWORK, network_of(origin.ip))
    if wait:
        return Problem(code="too_many_requests", retry_after=wait)
    for _ in range(TRIES):
        try:
            return await _once(units, world, token, origin, world.clock.now())
        except Conflict:
            continue
    return Problem(code="try_again")


async def _once(units: RepairUnits, world: World, token: str, origin: Origin, at: Instant) -> Reported | Problem:
    async with units.read() as unit:
        link, account = await linked(unit, token)
        fault = fault_of(link, account, NOT_ME, at)
        if fault is not None or link is None or account is None:
            return Problem(code=fault or "link_unknown")
        address = await _address_for(units, world, link, account)
    async with units.write() as unit:
        reported = events.CompromiseReported()
        await record(unit, world, reported, actor=account.id, subject=account.id, origin=origin, at=at)
        secured = await secure(unit, world, account, link, address, origin, at)
    return Reported(secured.email)


async def _address_for(units: RepairUnits, world: World, link: Link, account: Account) -> EmailAddress:
    """Where the link was read, or the address that the account has where that one belongs to somebody else meanwhile."""
    address = address_in(world, link)
    if not is_another(address, account):
        return account.email
    async with units.read() as unit:
        return account.email if await is_taken(unit, address, account.id) else address
