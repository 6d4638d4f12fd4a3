"""Acts on one account that more than one flow needs."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from msgspec.structs import replace

from wardkey.accounts.passwords import Strength, context_words, judge, minimum_length, strength
from wardkey.accounts.rules import Account, email_key
from wardkey.accounts.store import HoldsAccounts
from wardkey.audit.actions import record
from wardkey.audit.events import PasswordChanged
from wardkey.audit.store import HoldsAudit
from wardkey.emailed_links.actions import give
from wardkey.emailed_links.rules import NOT_ME
from wardkey.emailed_links.store import HoldsLinks
from wardkey.notices import catalogue
from wardkey.notices.actions import enveloped, post
from wardkey.notices.catalogue import Notice
from wardkey.outbox.store import HoldsOutbox
from wardkey.ports import World
from wardkey.vocabulary import EmailAddress, FieldFault, Instant, Origin, SecurityStamp, token_text


class TellingUnit(HoldsLinks, HoldsOutbox, Protocol):
    """The slice of a unit of work that telling a person something needs."""


class AccountUnit(HoldsAccounts, HoldsAudit, TellingUnit, Protocol):
    """The slice of a unit of work that acts on accounts need."""


async def measure(world: World, password: str, *, minimum: int, words: Sequence[str]) -> Strength:
    """How strong a password is for somebody with these words of their own; slow for long ones, so in the hashing pool."""
    maximum, common = world.settings.password.maximum, world.common_passwords
    context = context_words(*words, world.settings.brand_name)
    return await world.hashing.run(lambda: strength(password, minimum=minimum, maximum=maximum, context=context, common=common))


async def judge_password(
    world: World, password: str, *, words: Sequence[str], has_mfa: bool = False, field: str = "password"
) -> FieldFault | None:
    """What is wrong with a new password of somebody with these words of their own (ACC-5); slow for long ones, so in the pool."""
    rules, common = world.settings.password, world.common_passwords
    minimum, context = minimum_length(rules, has_mfa), context_words(*words, world.settings.brand_name)
    return await world.hashing.run(
        lambda: judge(password, minimum=minimum, maximum=rules.maximum, context=context, common=common, field=field)
    )


class Conflict(Exception):
    """Something changed between reading and writing: the unit rolls back, and the act is tried again from the start."""


def new_stamp(world: World) -> SecurityStamp:
    """A security stamp never seen before."""
    return SecurityStamp(token_text(world.randomness.bytes(12)))


async def tell_account(unit: TellingUnit, world: World, account: Account, notice: Notice, origin: Origin, at: Instant) -> None:
    """Tell an account's owner, at its address and in its language; what alarms carries a link for "This wasn't me"."""
    envelope = enveloped(
        world, notice,
        to=account.email, name=account.name, language=account.language, time_zone=account.time_zone, origin=origin, at=at,
    )  # fmt: skip
    if notice.is_alarming:
        lasts = timedelta(days=world.settings.links.not_me_days)
        token = await give(unit, world, account.id, NOT_ME, account.security_stamp, at, lasts, about=account.email)
        envelope = replace(envelope, not_me=token)
    await post(unit, world, replace(envelope, account=account.id))


async def set_password(
    unit: AccountUnit, world: World, account: Account, password_hash: str, how: str, origin: Origin, at: Instant
) -> SecurityStamp:
    """Replace the password, which ends every session, trust and pending flow of the account; answers the new stamp.

    Raises Conflict where the account's protection changed since it was read.
    """
    stamp = new_stamp(world)
    kept = await unit.accounts.change_password(
        account.id, password_hash=password_hash, old=account.security_stamp, new=stamp, at=at
    )
    if not kept:
        raise Conflict
    await record(unit, world, PasswordChanged(how=how), actor=account.id, subject=account.id, origin=origin, at=at)
    await tell_account(unit, world, account, catalogue.PasswordChanged(how=how), origin, at)
    return stamp


async def set_email(
    unit: AccountUnit, world: World, account: Account, email: EmailAddress, at: Instant, *, distrusts_password: bool = False
) -> Account:
    """Give the account another address, which its owner has proven, and end every session, trust and pending flow; answers the
    account as it is then.

    Raises Conflict where the account's protection changed since it was read, or another account has the address.
    """
    is_known = account.is_password_known or distrusts_password
    changed = replace(account, email=email, email_verified_at=at, security_stamp=new_stamp(world), is_password_known=is_known)
    if not await unit.accounts.change_email(changed, email_key(email), old=account.security_stamp):
        raise Conflict
    return changed


async def distrust_password(unit: HoldsAccounts, world: World, account: Account) -> Account:
    """End every session, trust and pending flow, and let the password open nothing until it is changed.

    Raises Conflict where the account's protection changed since it was read.
    """
    changed = replace(account, security_stamp=new_stamp(world), is_password_known=True)
    if not await unit.accounts.distrust_password(account.id, old=account.security_stamp, new=changed.security_stamp):
        raise Conflict
    return changed
