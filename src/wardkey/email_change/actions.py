"""Changing the address of an account: asked for behind the one guard, confirmed at the new address, told to the old one (ACC-4).

Nothing that depends on whether the new address has an account happens while the asker waits, and what is kept and shown of the
change is the same for every address: the relay alone finds out, and tells the one who reads mail there (ACC-7).
"""

from datetime import timedelta
from math import ceil
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from wardkey.account_repair.securing import is_held, is_taken
from wardkey.accounts.actions import Conflict, set_email, tell_account
from wardkey.accounts.rules import Account, Status, email_key, masked, read_email
from wardkey.audit import events
from wardkey.audit.actions import record
from wardkey.email_change.rules import Pending
from wardkey.email_verification.actions import linked, soon
from wardkey.emailed_links.actions import address_in, give
from wardkey.emailed_links.rules import CHANGE, UNDO, Link, fault_of
from wardkey.notices.catalogue import AddressInUse, ConfirmNewAddress, EmailChanged, NewAddressConfirmed
from wardkey.outbox.actions import leave
from wardkey.ports import World
from wardkey.rate_limits.actions import take, take_mail
from wardkey.rate_limits.rules import Budget
from wardkey.self_service.actions import Caller
from wardkey.self_service.rules import step_up_problem
from wardkey.self_service.store import SelfUnits
from wardkey.vocabulary import EmailAddress, FieldFault, Instant, Origin, Problem, SessionId, faulty, network_of

JOB: Final = "email_change"
TRIES: Final = 4


class ChangeJob(Struct, frozen=True, kw_only=True):
    """Somebody waits for a message at an address."""

    email: EmailAddress
    token: str
    origin: Origin


class LinkView(Struct, frozen=True):
    """What the page behind a link says: `fault` is a problem code, `email` the address that the link would set."""

    fault: str | None
    email: str = ""


class Moved(Struct, frozen=True):
    """The account has this address from now on."""

    email: str


async def pending(caller: Caller) -> Pending | None:
    """The change that waits, if one does."""
    at, account = caller.world.clock.now(), caller.who.session.account
    async with caller.units.read() as unit:
        link = await unit.links.newest(account, CHANGE)
        found = await unit.accounts.by_id(account) if link else None
    if link is None or fault_of(link, found, CHANGE, at) is not None:
        return None
    return Pending(email=address_in(caller.world, link), asked_at=link.created_at, expires_at=link.expires_at)


async def ask(caller: Caller, email: str) -> Pending | Problem:
    """Send a link to the new address; the answer is the same for every address, and earlier links stop working."""
    demanded = step_up_problem(caller.who, caller.world.settings, caller.world.clock.now())
    if demanded is not None:
        return demanded
    read = read_email(email)
    if isinstance(read, FieldFault):
        return faulty(read)
    if email_key(read) == email_key(caller.who.email):
        return faulty(FieldFault("email", "email_same"))
    return await _send(caller, read)


async def send_again(caller: Caller) -> Pending | Problem:
    """Send another link to the address that was asked for behind the guard; the one before stops working."""
    waiting = await pending(caller)
    return Problem(code="no_change_pending") if waiting is None else await _send(caller, waiting.email)


async def cancel(caller: Caller) -> None:
    """Let the change be: its link stops working. Whoever has nothing waiting is told the same."""
    async with caller.units.write() as unit:
        await unit.links.drop_unused(caller.who.session.account, CHANGE, caller.world.clock.now())


async def _send(caller: Caller, email: EmailAddress) -> Pending | Problem:
    at, world, session, origin = caller.world.clock.now(), caller.world, caller.who.session, caller.origin
    wait = await take(world, Budget.EMAIL_CHANGE, session.account) or await take_mail(world, CHANGE, email_key(email), origin)
    if wait:
        return Problem(code="too_many_requests", retry_after=wait)
    lasts = timedelta(hours=world.settings.links.change_hours)
    async with caller.units.write() as unit:
        await unit.links.drop_unused(session.account, CHANGE, at)
        token = await give(unit, world, session.account, CHANGE, session.stamp, at, lasts, proof=session.id, about=email)
        asked = events.EmailChangeRequested(address=masked(email))
        await record(unit, world, asked, actor=session.account, subject=session.account, origin=origin, at=at)
        job = ChangeJob(email=email, token=token, origin=origin)
        await leave(unit, world, JOB, job, at, after=soon(world))
    return Pending(email=email, asked_at=at, expires_at=at + lasts)


async def carry_out(units: SelfUnits, world: World, job: ChangeJob) -> None:
    """Send the link to the new address, if it still opens anything; an owner of the address who has an account already is told
    instead."""
    at, minutes = world.clock.now(), ceil(world.settings.links.change_hours * 60)
    async with units.write() as unit:
        link, account = await linked(unit, job.token)
        if _fault_of(link, account, at) or account is None:
            return
        holder = await unit.people.by_email(email_key(job.email))
        if holder is not None and is_held(holder, account.id):
            await tell_account(unit, world, holder.account, AddressInUse(), job.origin, at)
            return
        told = ConfirmNewAddress(token=job.token, valid_minutes=minutes)
        await tell_account(unit, world, replace(account, email=job.email), told, job.origin, at)


async def look(units: SelfUnits, world: World, token: str) -> LinkView:
    """What the page behind a link says. Looking spends nothing, so mail scanners may."""
    async with units.read() as unit:
        link, account = await linked(unit, token)
    fault = _fault_of(link, account, world.clock.now())
    return LinkView(fault) if fault or link is None else LinkView(None, address_in(world, link))


async def confirm(units: SelfUnits, world: World, token: str, origin: Origin) -> Moved | Problem:
    """Spend a link: the account has the new address, and everything open on it ends but the session that asked for this."""
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
        fault = _fault_of(link, account, at)
        if fault is not None or link is None or account is None:
            return Problem(code=fault or "link_unknown")
        email = address_in(world, link)
        if await is_taken(unit, email, account.id):
            return Problem(code="address_taken")
    async with units.write() as unit:
        changed = await set_email(unit, world, account, email, at)
        if not await unit.links.use(link.id, at):  # after the account, as every other unit locks them
            raise Conflict
        await unit.sessions.keep(SessionId(link.proof), changed.security_stamp)
        happened = events.EmailChanged(address=masked(email))
        await record(unit, world, happened, actor=account.id, subject=account.id, origin=origin, at=at)
        lasts = timedelta(days=world.settings.links.undo_days)
        undo = await give(unit, world, account.id, UNDO, changed.security_stamp, at, lasts, about=account.email)
        told = EmailChanged(token=undo, valid_minutes=ceil(lasts.total_seconds() / 60), email=masked(email))
        await tell_account(unit, world, account, told, origin, at)
        await tell_account(unit, world, changed, NewAddressConfirmed(), origin, at)
    return Moved(changed.email)


def _fault_of(link: Link | None, account: Account | None, at: Instant) -> str | None:
    """Why a link opens nothing; an account that was suspended since keeps its address."""
    fault = fault_of(link, account, CHANGE, at)
    is_open = account is not None and account.status is Status.ACTIVE
    return fault if fault or is_open else "link_replaced"
