"""Asking for a text message, and what becomes known of it afterwards."""

import hmac
from datetime import timedelta
from hashlib import sha256
from typing import Final

import msgspec
from msgspec.structs import replace

from wardkey.accounts.rules import Account
from wardkey.audit.actions import OPERATOR, record
from wardkey.audit.events import TextRefused, TextsResumed
from wardkey.brand.actions import sender_of
from wardkey.outbox.actions import leave
from wardkey.ports import TextStatus, World
from wardkey.rate_limits.actions import take, wait_for
from wardkey.rate_limits.rules import Budget
from wardkey.settings import Settings
from wardkey.texts.guard import TextUnit, TextUnits, finding_of
from wardkey.texts.numbers import country_of, prefix_of
from wardkey.texts.rules import JOB, WOULD, Letter, Purpose, Status, Texted, TextJob, TextMessage
from wardkey.texts.store import HoldsTexts
from wardkey.vocabulary import (
    NOWHERE,
    AccountId,
    FieldFault,
    Instant,
    Origin,
    PhoneNumber,
    Problem,
    faulty,
    network_of,
    sortable_id,
)

PURPOSE: Final = "texts"
PAUSED: Final = Problem(code="texts_paused")


async def send(
    unit: TextUnit,
    world: World,
    texted: Texted,
    account: Account,
    purpose: Purpose,
    *,
    is_confirmed: bool,
    origin: Origin,
    at: Instant,
) -> Problem | None:
    """Have a code sent within this transaction, or answer why not; a refusal is recorded, so the transaction must commit.

    `is_confirmed` says that this account has proven that the number is its own. All accounts that have not share three texts a
    day; what goes beyond is dropped, and the answer is None all the same, so that none tells what others do with a number.
    """
    text = _drafted(world, texted, account, purpose, origin, at, await sender_of(unit, world.settings, account.id))
    problem = _unserved(world.settings, text.country, is_confirmed)
    if problem is not None:
        return problem
    if wait := await _own_budgets(world, text, is_confirmed):
        return Problem(code="too_many_texts", retry_after=wait)
    spent = await _common_budgets(world, text, is_confirmed)
    if spent is not None:
        return await _refuse(unit, world, text, spent, origin, at, PAUSED)
    finding = await finding_of(unit, world, text, origin, at)
    if finding is not None and world.settings.sms.guard == "enforce":
        return await _refuse(unit, world, text, finding, origin, at, PAUSED)
    if not is_confirmed and await take(world, Budget.TEXT_NEW_NUMBER, text.number):
        return await _refuse(unit, world, text, "strangers", origin, at, None)
    if finding is not None:
        await record(unit, world, refusal_of(text, finding, is_sent=True), actor=account.id, origin=origin, at=at)
    await unit.texts.add(replace(text, why=f"{WOULD}{finding}" if finding else None))
    await leave(unit, world, JOB, TextJob(text.id), at)
    return None


async def entered(unit: HoldsTexts, account: AccountId, at: Instant) -> None:
    """Note that the code of an account's newest text was entered."""
    await unit.texts.entered(account, at)


async def resume(units: TextUnits, world: World, prefix: str) -> Problem | None:
    """End the stop of a prefix, on the operator's word."""
    at = world.clock.now()
    async with units.write() as unit:
        if not await unit.texts.resume(prefix, at):
            return Problem(code="texts_not_stopped")
        await record(unit, world, TextsResumed(prefix=prefix), actor=OPERATOR, origin=NOWHERE, at=at)
    return None


async def delivered(unit: TextUnit, world: World, sender: str, provider_id: str, outcome: TextStatus, at: Instant) -> bool:
    """Note what a sender says has become of a text; one that failed is given to the next sender while its code can be entered.
    False where the sender has no such text: it may be one whose id is being written at this moment, so it may tell again."""
    text = await unit.texts.by_provider(sender, provider_id)
    if text is None:
        return False
    if outcome == "sent" or text.status not in (Status.SENT, Status.DELIVERED):
        return True
    if outcome == "delivered":
        await unit.texts.move(text, replace(text, status=Status.DELIVERED))
    elif text.sealed is None or text.expires_at <= at or text.status is Status.DELIVERED:
        await unit.texts.move(text, replace(text, status=Status.FAILED, why="not delivered", sealed=None))
    elif await unit.texts.move(text, replace(text, status=Status.QUEUED, why="not delivered")):
        await leave(unit, world, JOB, TextJob(text.id), at)
    return True


def refusal_of(text: TextMessage, why: str, *, is_sent: bool = False) -> TextRefused:
    """A refusal for the record. It has no subject: nobody learns from their own activity what became of a stranger's number."""
    return TextRefused(why=why, prefix=text.prefix, country=text.country, is_sent=is_sent)


def digest_of(world: World, number: PhoneNumber) -> str:
    """A number in a form that only this installation can compare."""
    return hmac.new(world.sealing.subkey(PURPOSE), number.encode(), sha256).hexdigest()


def context_of(text: str) -> str:
    """What a letter is sealed for."""
    return f"text:{text}"


def _drafted(
    world: World, texted: Texted, account: Account, purpose: Purpose, origin: Origin, at: Instant, brand: str
) -> TextMessage:
    name = sortable_id("txt", at, world.randomness.bytes(10))
    letter = Letter(texted.number, texted.code, texted.minutes, account.language, brand)
    return TextMessage(
        id=name,
        account=account.id,
        purpose=purpose,
        number=digest_of(world, texted.number),
        prefix=prefix_of(texted.number),
        country=country_of(texted.number),
        network=network_of(origin.ip),
        created_at=at,
        expires_at=at + timedelta(minutes=texted.minutes),
        sealed=world.sealing.seal(msgspec.msgpack.encode(letter), context_of(name)),
    )


def _unserved(settings: Settings, country: str, is_confirmed: bool) -> Problem | None:
    """Why nobody sends texts to a country, whoever asks; only somebody who enters a number can choose another one."""
    if not settings.can_text:
        return PAUSED
    if country in settings.sms.countries:
        return None
    return PAUSED if is_confirmed else faulty(FieldFault("number", "number_country_not_served"))


async def _own_budgets(world: World, text: TextMessage, is_confirmed: bool) -> int:
    """Spend what depends on the account and its network alone; answers 0, or the seconds to wait."""
    own = f"{text.account} {text.number}"
    wait = await take(world, Budget.TEXT_ACCOUNT, text.account)
    if is_confirmed:
        wait = wait or await take(world, Budget.TEXT_NUMBER_HOUR, own) or await take(world, Budget.TEXT_NUMBER, own)
    elif not wait and not await wait_for(world, Budget.TEXT_BEGUN, own):
        wait = await take(world, Budget.TEXT_NUMBERS_BEGUN, text.account) or await take(world, Budget.TEXT_BEGUN, own)
    if not wait and text.network:
        wait = await take(world, Budget.TEXT_NETWORK, text.network)
    return wait


async def _common_budgets(world: World, text: TextMessage, is_confirmed: bool) -> str | None:
    """Spend what many share; answers the name of what is spent. Texts to numbers being set up never use up what is left for
    confirmed ones."""
    which = "confirmed" if is_confirmed else "new"
    if await take(world, Budget.TEXT_PREFIX, f"{which} {text.prefix}"):
        return "prefix_budget"
    if not is_confirmed and await take(world, Budget.TEXT_ALL_NEW, "all"):
        return "installation_budget"
    return "installation_budget" if await take(world, Budget.TEXT_ALL, "all") else None


async def _refuse(
    unit: TextUnit, world: World, text: TextMessage, why: str, origin: Origin, at: Instant, answer: Problem | None
) -> Problem | None:
    """Keep that a text is not sent, and why; the answer comes back."""
    await unit.texts.add(replace(text, status=Status.REFUSED, why=why, sealed=None))
    await record(unit, world, refusal_of(text, why), actor=text.account, origin=origin, at=at)
    return answer
