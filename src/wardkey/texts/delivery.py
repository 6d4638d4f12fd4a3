"""Handing a text to its senders, one after the other, and never again after anything uncertain (MFA-3)."""

import asyncio
from collections.abc import Sequence
from typing import Final, TypeAlias

import msgspec
import structlog
from msgspec.structs import replace

from wardkey.ports import Deferred, Rejected, StatusReader, Text, TextSender, Uncertain, Unreachable, World
from wardkey.texts.actions import context_of
from wardkey.texts.guard import TextUnits
from wardkey.texts.rendering import body_of
from wardkey.texts.rules import Letter, Status, TextJob, TextMessage
from wardkey.vocabulary import Instant

log = structlog.get_logger()

SENDER_TAKES_AT_MOST_S: Final = 28.0
"""A sender that has not answered by then may have taken the text. Two such senders in a row end before another relay may take on
the job."""

Outcome: TypeAlias = str | Rejected | Deferred | Unreachable | Uncertain
"""The far side's own id of the text, or why there is none."""


async def hand_over(units: TextUnits, world: World, senders: Sequence[TextSender], job: TextJob) -> None:
    """Give a text to the first sender that takes it.

    Raises Deferred or Unreachable where none takes it now, Rejected where none ever will or its code can no longer be entered.
    Each hand-over begins with a conditional update, so that of several relays one does it; a text found in the middle of one is
    uncertain, since whoever began it died.
    """
    async with units.read() as unit:
        text = await unit.texts.load(job.text)
    at = world.clock.now()
    if text is None or text.status not in (Status.QUEUED, Status.SENDING):
        return
    if text.status is Status.SENDING:
        await _leave_uncertain(units, text, at, "interrupted")
    elif text.sealed is None or text.expires_at <= at:
        await _moved(units, text, replace(text, status=Status.EXPIRED, why="expired", sealed=None))
        raise Rejected("its code ran out before anybody took it")
    elif not senders:
        raise Unreachable("no service for text messages is set (WARDKEY_SMS_URL), so texts wait")
    else:
        await _offer_round(units, world, senders, text, message_of(world, text, text.sealed))


def message_of(world: World, text: TextMessage, sealed: bytes) -> Text:
    """A text as its sender gets it."""
    letter = msgspec.msgpack.decode(world.sealing.open(sealed, context_of(text.id)), type=Letter)
    return Text(to=letter.number, body=body_of(letter, world.settings.public_url), id=text.id)


async def _offer_round(units: TextUnits, world: World, senders: Sequence[TextSender], text: TextMessage, message: Text) -> None:
    """Offer a text once to each sender that has not refused it yet, until one takes it."""
    troubles: dict[str, Rejected | Deferred | Unreachable] = {}
    for sender in senders:
        if sender.name in text.tried:
            continue
        held = replace(text, status=Status.SENDING, sender=sender.name, provider_id=None, tried=(*text.tried, sender.name))
        if not await _moved(units, text, held):
            return
        text, outcome = held, await _offered(sender, message)
        at = world.clock.now()
        if isinstance(outcome, Uncertain):
            await _leave_uncertain(units, text, at, str(outcome))
            return
        if isinstance(outcome, str):
            await _note_sent(units, text, sender, outcome, at)
            return
        log.info("text.passed_on", text=text.id, sender=sender.name, why=type(outcome).__name__)
        troubles[sender.name] = outcome
    await _end_round(units, text, troubles)


async def _offered(sender: TextSender, message: Text) -> Outcome:
    """What became of one hand-over; whatever is not known to have failed is uncertain."""
    try:
        async with asyncio.timeout(SENDER_TAKES_AT_MOST_S):
            return await sender.send(message)
    except (Rejected, Deferred, Unreachable, Uncertain) as trouble:
        return trouble
    except TimeoutError:
        return Uncertain("no answer in time")
    except Exception:
        log.exception("text.sender_failed", text=message.id, sender=sender.name)
        return Uncertain("a fault of ours")


async def _note_sent(units: TextUnits, text: TextMessage, sender: TextSender, provider_id: str, at: Instant) -> None:
    """A service that reports what became of a text may yet say that it failed, so that its number and code are needed again.

    What was taken is known to be sent, also where another relay gave this one up meanwhile.
    """
    sealed = text.sealed if isinstance(sender, StatusReader) else None
    sent = replace(text, status=Status.SENT, provider_id=provider_id or None, sent_at=at, sealed=sealed)
    if not await _moved(units, text, sent):
        await _moved(units, replace(text, status=Status.UNCERTAIN), sent)


async def _leave_uncertain(units: TextUnits, text: TextMessage, at: Instant, why: str) -> None:
    log.warning("text.uncertain", text=text.id, sender=text.sender, why=why)
    await _moved(units, text, replace(text, status=Status.UNCERTAIN, sent_at=at, why="uncertain", sealed=None))


async def _end_round(units: TextUnits, text: TextMessage, troubles: dict[str, Rejected | Deferred | Unreachable]) -> None:
    """Nobody took a text: put it back for those who may take it later, or give it up."""
    again = {name for name, trouble in troubles.items() if not isinstance(trouble, Rejected)}
    if not again:
        await _moved(units, text, replace(text, status=Status.FAILED, why="no sender takes it", sealed=None))
        raise Rejected("no sender takes it")
    tried = tuple(name for name in text.tried if name not in again)
    if await _moved(units, text, replace(text, status=Status.QUEUED, sender=None, tried=tried)):
        if all(isinstance(trouble, Unreachable) for trouble in troubles.values()):
            raise Unreachable("no sender can be reached")
        raise Deferred("no sender takes it now")


async def _moved(units: TextUnits, seen: TextMessage, to: TextMessage) -> bool:
    async with units.single() as unit:
        return await unit.texts.move(seen, to)
