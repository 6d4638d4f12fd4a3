"""Giving an account back to its owner: everything open on it ends, its address is theirs again, a reset link goes there."""

from typing import Protocol

from wardkey.account_repair.actions import RepairUnit, send_reset_link
from wardkey.accounts.actions import Conflict, distrust_password, set_email, tell_account
from wardkey.accounts.rules import Account, Status, email_key, masked
from wardkey.audit import events
from wardkey.audit.actions import record
from wardkey.emailed_links.rules import NOT_ME, UNDO, Link
from wardkey.emailed_links.store import HoldsLinks
from wardkey.notices.catalogue import EmailChangeUndone
from wardkey.ports import World
from wardkey.signin.person import Person
from wardkey.signin.store import HoldsSignins
from wardkey.vocabulary import AccountId, EmailAddress, Instant, Origin


class AddressUnit(HoldsSignins, HoldsLinks, Protocol):
    """The slice of a unit of work that asking after an address needs."""


def is_another(address: EmailAddress, account: Account) -> bool:
    """Whether an address is another mailbox than the one the account has."""
    return email_key(address) != email_key(account.email)


async def is_taken(unit: HoldsSignins, address: EmailAddress, account: AccountId) -> bool:
    """Whether an address belongs to another account. A sign-up that nobody proved and that belongs nowhere does not count."""
    return is_held(await unit.people.by_email(email_key(address)), account)


def is_held(holder: Person | None, account: AccountId) -> bool:
    """Whether whoever has an address is another account, and more than a sign-up that nobody proved."""
    if holder is None or holder.account.id == account:
        return False
    return holder.account.status is not Status.UNVERIFIED or bool(holder.memberships)


async def secure(
    unit: RepairUnit, world: World, account: Account, link: Link, address: EmailAddress, origin: Origin, at: Instant
) -> Account:
    """End every session, trust and pending flow, let the password open nothing, and give the account the address that its owner
    read the link at; answers the account as it is then.

    Raises Conflict where the link is spent, the account changed since it was read, or another account has the address.
    """
    is_restored = is_another(address, account)
    if is_restored:
        secured = await set_email(unit, world, account, address, at, distrusts_password=True)
    else:
        secured = await distrust_password(unit, world, account)
    if not await unit.links.use(link.id, at):  # after the account, as every other unit locks them
        raise Conflict
    if is_restored:
        await _settle_address(unit, world, account, secured, link, origin, at)
    if account.status is not Status.DEACTIVATED:
        await send_reset_link(unit, world, secured, origin, at)
        asked = events.PasswordResetRequested()
        await record(unit, world, asked, actor=account.id, subject=account.id, origin=origin, at=at)
    return secured


async def _settle_address(
    unit: RepairUnit, world: World, before: Account, now: Account, link: Link, origin: Origin, at: Instant
) -> None:
    """Links that went out since this one may be with whoever took the account over: they give nothing back to them."""
    for purpose in (UNDO, NOT_ME):
        await unit.links.drop_unused(now.id, purpose, at, since=link.created_at)
    await tell_account(unit, world, before, EmailChangeUndone(), origin, at)
    undone = events.EmailChangeUndone(address=masked(now.email))
    await record(unit, world, undone, actor=now.id, subject=now.id, origin=origin, at=at)
