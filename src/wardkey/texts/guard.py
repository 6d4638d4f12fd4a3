"""The guard against texts that cost money and bring nobody in: looked at when one is asked for, told when a prefix is stopped."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Protocol

from wardkey.accounts.actions import AccountUnit, tell_account
from wardkey.audit.actions import record
from wardkey.audit.events import TextsStopped
from wardkey.brand.store import HoldsBrands
from wardkey.notices import catalogue
from wardkey.notices.actions import tell
from wardkey.ports import World
from wardkey.texts.rules import Counted, Finding, Stop, TextMessage, judged, needs_best_day
from wardkey.texts.store import HoldsTexts
from wardkey.vocabulary import NOWHERE, Instant, Origin


class TextUnit(HoldsTexts, HoldsBrands, AccountUnit, Protocol):
    """The slice of a unit of work that acts on texts need."""


class TextUnits(Protocol):
    """Units of work in which texts are acted on."""

    def read(self) -> AbstractAsyncContextManager[TextUnit]: ...

    def write(self) -> AbstractAsyncContextManager[TextUnit]: ...

    def single(self) -> AbstractAsyncContextManager[TextUnit]: ...


async def finding_of(unit: TextUnit, world: World, text: TextMessage, origin: Origin, at: Instant) -> Finding | None:
    """What is against sending a text, where the guard looks; a prefix whose codes are no longer entered is stopped."""
    sms = world.settings.sms
    if sms.guard == "off":
        return None
    counted = await unit.texts.counted(text, at - timedelta(seconds=sms.settles_after_s))
    best = await unit.texts.best_day(text.country, at) if needs_best_day(counted, sms) else 0
    finding = judged(counted, best, sms, at)
    if finding == "collapsed":
        await _stop(unit, world, text, counted, origin, at)
    return finding


async def _stop(unit: TextUnit, world: World, text: TextMessage, counted: Counted, origin: Origin, at: Instant) -> None:
    """Stop a prefix and tell those who can do something about it, once for each stop."""
    stop = Stop(
        prefix=text.prefix,
        country=text.country,
        reach="new_numbers" if text.purpose == "set_up" else "all_numbers",
        sent=counted.prefix_sent,
        entered=counted.prefix_entered,
        since=at,
        until=at + timedelta(hours=world.settings.sms.stop_hours),
    )
    if not await unit.texts.stop(stop):
        return
    is_enforced = world.settings.sms.guard == "enforce"
    event = TextsStopped(
        prefix=stop.prefix,
        country=stop.country,
        reach=stop.reach,
        sent=stop.sent,
        entered=stop.entered,
        until=stop.until.isoformat(),
        is_enforced=is_enforced,
    )
    await record(unit, world, event, actor=text.account, origin=origin, at=at)
    await _tell(unit, world, text, stop, at, is_enforced=is_enforced)


async def _tell(unit: TextUnit, world: World, text: TextMessage, stop: Stop, at: Instant, *, is_enforced: bool) -> None:
    notice = catalogue.TextsStopped(
        prefix=stop.prefix,
        sent=stop.sent,
        entered=stop.entered,
        hours=world.settings.sms.stop_hours,
        is_for_all=stop.reach == "all_numbers",
        is_enforced=is_enforced,
    )
    told = set()
    for account in await unit.texts.watchers(text.account):
        await tell_account(unit, world, account, notice, NOWHERE, at)
        told.add(account.email.casefold())
    operator = world.settings.sms.operator_email
    if operator and operator.casefold() not in told:
        await tell(unit, world, notice, to=operator, name="", language="en", time_zone="UTC", origin=NOWHERE, at=at)
