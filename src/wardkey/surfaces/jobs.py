"""The clock as a caller: the relay that carries out what was left in the outbox, and the sweeping of what has expired."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, Protocol

import msgspec
import structlog

from wardkey.account_repair.actions import RESET_JOB, ResetJob, carry_out_reset
from wardkey.audit.actions import OPERATOR, record
from wardkey.audit.events import MessageAbandoned
from wardkey.brand.actions import speaking_to
from wardkey.email_change.actions import JOB as CHANGE_JOB
from wardkey.email_change.actions import ChangeJob
from wardkey.email_change.actions import carry_out as carry_out_change
from wardkey.email_verification.actions import (
    RESEND_JOB,
    SIGN_UP_JOB,
    ResendJob,
    SignUpJob,
    carry_out_resend,
    carry_out_sign_up,
)
from wardkey.notices.actions import JOB as NOTICE_JOB
from wardkey.notices.catalogue import Envelope
from wardkey.notices.rendering import render
from wardkey.outbox.actions import opened
from wardkey.outbox.rules import CLAIM_FOR, EVERYTHING, PROBE_EVERY, Job, Lane, next_try
from wardkey.ports import Deferred, Rejected, Unavailable, Unreachable
from wardkey.surfaces.service import Service
from wardkey.texts.delivery import hand_over
from wardkey.texts.rules import JOB as TEXT_JOB
from wardkey.texts.rules import TextJob
from wardkey.vocabulary import NOWHERE, Instant

log = structlog.get_logger()

BATCH: Final = 20
BEHIND: Final = timedelta(milliseconds=1)
LOOK_EVERY_S: Final = 1.0
"""How often the outbox is looked at without a bell: other processes' bells are not heard here."""
SWEEP_EVERY_S: Final = 300.0
SWEEP_BATCH: Final = 500


TEXTS_AT_ONCE: Final = 5
LANES: Final = {
    "mail": Lane(but=TEXT_JOB),
    "texts": Lane(only=TEXT_JOB, at_once=TEXTS_AT_ONCE),
}
"""Texts go by themselves: a code is waited for, and a mail server that hangs must not hold it up."""


class Waits(Protocol):
    """The other side of the bell."""

    async def wait(self, timeout_s: float) -> bool: ...

    def another(self) -> "Waits":
        """One more, rung along with this one, for somebody else to wait on."""
        ...


async def _sign_up(service: Service, payload: bytes, _job: Job) -> None:
    await carry_out_sign_up(service.units, service.world, msgspec.msgpack.decode(payload, type=SignUpJob))


async def _resend(service: Service, payload: bytes, _job: Job) -> None:
    await carry_out_resend(service.units, service.world, msgspec.msgpack.decode(payload, type=ResendJob))


async def _reset(service: Service, payload: bytes, _job: Job) -> None:
    await carry_out_reset(service.units, service.world, msgspec.msgpack.decode(payload, type=ResetJob))


async def _email_change(service: Service, payload: bytes, _job: Job) -> None:
    await carry_out_change(service.units, service.world, msgspec.msgpack.decode(payload, type=ChangeJob))


async def _notice(service: Service, payload: bytes, job: Job) -> None:
    envelope = msgspec.msgpack.decode(payload, type=Envelope)
    async with service.units.read() as unit:
        brand, logo = await speaking_to(unit, service.brands, envelope.account)
    await service.mail.send(render(envelope, service.world.settings, job.id, brand, logo))


async def _text(service: Service, payload: bytes, _job: Job) -> None:
    job = msgspec.msgpack.decode(payload, type=TextJob)
    await hand_over(service.units, service.world, service.texts, job)


JOBS: Final[dict[str, Callable[[Service, bytes, Job], Awaitable[None]]]] = {
    SIGN_UP_JOB: _sign_up,
    RESEND_JOB: _resend,
    RESET_JOB: _reset,
    CHANGE_JOB: _email_change,
    NOTICE_JOB: _notice,
    TEXT_JOB: _text,
}
"""Kind of job to who carries it out."""


async def run_relay(service: Service, bell: Waits, stop: asyncio.Event, lane: Lane = EVERYTHING) -> None:
    """Deliver what is due in a lane until told to stop; jobs under way are finished first."""
    while not stop.is_set():
        try:
            pause_s = 0.0 if await deliver_due(service, lane) else await _pause_s(service, lane)
        except Unavailable as error:
            log.warning("relay.database_unavailable", what=str(error))
            pause_s = LOOK_EVERY_S
        if pause_s:
            await bell.wait(pause_s)


async def _pause_s(service: Service, lane: Lane) -> float:
    """How long nothing is due here, at most until the next look."""
    async with service.units.read() as unit:
        due = await unit.outbox.next_due(lane)
    if due is None:
        return LOOK_EVERY_S
    return min(max((due - service.world.clock.now()).total_seconds(), 0.01), LOOK_EVERY_S)


async def deliver_due(service: Service, lane: Lane = EVERYTHING) -> int:
    """Carry out the jobs of a lane that are due now, as many at once as it says; answers how many were taken on."""
    at, taken = service.world.clock.now(), 0
    async with service.units.read() as unit:
        due = await unit.outbox.due(at, BATCH, lane)
    for start in range(0, len(due), lane.at_once):
        done = await asyncio.gather(
            *(_take_on(service, job, at) for job in due[start : start + lane.at_once]), return_exceptions=True
        )
        for answer in done:
            if isinstance(answer, BaseException):
                raise answer
        taken += sum(answer is not None for answer in done)
        if False in done:
            break
    return taken


async def _take_on(service: Service, job: Job, at: Instant) -> bool | None:
    """Carry out one job, unless another relay has it (None); answers whether it is worth trying further ones now."""
    async with service.units.write() as unit:
        if not await unit.outbox.claim(job.id, at, service.world.clock.now() + CLAIM_FOR):
            return None
    return await _carry_out(service, job)


async def _carry_out(service: Service, job: Job) -> bool:
    """Carry out one job; answers whether it is worth trying the next one now."""
    try:
        await JOBS[job.kind](service, opened(service.world, job), job)
    except Unreachable:
        log.warning("relay.unreachable", job=job.id, kind=job.kind)
        await _probe_later(service, job)
        return False
    except Unavailable:
        log.warning("relay.unavailable", job=job.id, kind=job.kind)
        await _put_back(service, job, is_counted=False)
        return False
    except Deferred as error:
        log.info("relay.deferred", job=job.id, why=str(error))
        await _put_back(service, job, is_counted=True)
    except Rejected as error:
        await _give_up(service, job, str(error))
    except Exception:
        log.exception("relay.failed", job=job.id, kind=job.kind)
        await _put_back(service, job, is_counted=True)
    else:
        async with service.units.write() as unit:
            await unit.outbox.finish(job.id)
    return True


async def _probe_later(service: Service, job: Job) -> None:
    """One job in a while finds out whether the far side is back, another one each time: the fault may be with this one alone."""
    due = service.world.clock.now() + PROBE_EVERY
    async with service.units.write() as unit:
        await unit.outbox.put_back(job.id, due + BEHIND, counted=False)
        await unit.outbox.delay(job.kind, tried=job.due_at, until=due, behind=due + BEHIND)


async def _put_back(service: Service, job: Job, *, is_counted: bool) -> None:
    at = service.world.clock.now()
    due = next_try(job, at) if is_counted else at + PROBE_EVERY
    if due is None:
        await _give_up(service, job, "tried for too long")
        return
    async with service.units.write() as unit:
        await unit.outbox.put_back(job.id, due, counted=is_counted)


async def _give_up(service: Service, job: Job, why: str) -> None:
    """The job goes, and the trail says so."""
    async with service.units.write() as unit:
        await unit.outbox.finish(job.id)
        event = MessageAbandoned(notice=job.kind, why=why[:200])
        await record(unit, service.world, event, actor=OPERATOR, origin=NOWHERE, at=service.world.clock.now())


async def run_sweeper(service: Service, stop: asyncio.Event) -> None:
    """Remove what has expired, a batch at a time, until told to stop."""
    while not stop.is_set():
        try:
            await sweep(service)
        except Unavailable as error:
            log.warning("sweeper.database_unavailable", what=str(error))
        try:
            await asyncio.wait_for(stop.wait(), SWEEP_EVERY_S)
        except TimeoutError:
            continue


async def sweep(service: Service) -> int:
    """One pass over everything that expires; answers how many rows went."""
    at, gone = service.world.clock.now(), 0
    while True:
        async with service.units.write() as unit:
            count = sum([await store.sweep(at, SWEEP_BATCH) for store in unit.sweeps])
        gone += count
        if count == 0:
            return gone
