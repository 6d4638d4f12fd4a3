"""Undoing a change of address from the earlier one, whatever was changed on the account since (ACC-4)."""

from wardkey.account_repair.securing import is_another, is_taken, secure
from wardkey.accounts.actions import Conflict
from wardkey.audit import events
from wardkey.audit.actions import record
from wardkey.email_change.actions import TRIES, LinkView, Moved
from wardkey.email_verification.actions import linked
from wardkey.emailed_links.actions import address_in
from wardkey.emailed_links.rules import UNDO, fault_of
from wardkey.ports import World
from wardkey.rate_limits.actions import take
from wardkey.rate_limits.rules import Budget
from wardkey.self_service.store import SelfUnits
from wardkey.vocabulary import Instant, Origin, Problem, network_of


async def look_at_undo(units: SelfUnits, world: World, token: str) -> LinkView:
    """What the page behind the link says. Looking spends nothing."""
    async with units.read() as unit:
        link, account = await linked(unit, token)
    fault = fault_of(link, account, UNDO, world.clock.now())
    return LinkView(fault) if fault or link is None else LinkView(None, address_in(world, link))


async def undo(units: SelfUnits, world: World, token: str, origin: Origin) -> Moved | Problem:
    """Spend the link: the earlier address is the account's again, everyone is signed out, and a reset link goes there."""
    wait = await take(world, Budget.LINK_NETWORK, network_of(origin.ip))
    if wait:
        return Problem(code="too_many_requests", retry_after=wait)
    for _ in range(TRIES):
        try:
            return await _once(units, world, token, origin, world.clock.now())
        except Conflict:
            continue
    return Problem(code="try_again")


async def _once(units: SelfUnits, world: World, token: str, origin: Origin, at: Instant) -> Moved | Problem:
    async with units.read() as unit:
        link, account = await linked(unit, token)
        fault = fault_of(link, account, UNDO, at)
        if fault is not None or link is None or account is None:
            return Problem(code=fault or "link_unknown")
        address = address_in(world, link)
        if await is_taken(unit, address, account.id):
            return Problem(code="address_taken")
    async with units.write() as unit:
        if not is_another(address, account):  # it came back another way; whoever uses this link still says that it was not them
            reported = events.CompromiseReported()
            await record(unit, world, reported, actor=account.id, subject=account.id, origin=origin, at=at)
        secured = await secure(unit, world, account, link, address, origin, at)
    return Moved(secured.email)
