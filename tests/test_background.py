"""What a server does in the background goes on after a failure, and is finished before the end."""

import asyncio
from typing import Any

import pytest

from tests.world import Practice
from wardkey.accounts.actions import tell_account
from wardkey.edges.bell import LoopBell
from wardkey.notices.catalogue import RecoveryCodeUsed
from wardkey.outbox.rules import Lane
from wardkey.ports import Mail
from wardkey.surfaces import server
from wardkey.surfaces.jobs import LANES
from wardkey.surfaces.server import working
from wardkey.vocabulary import NOWHERE


def bell_of(practice: Practice) -> LoopBell:
    bell = practice.world.bell
    assert isinstance(bell, LoopBell)
    return bell


async def test_a_failure_nobody_foresaw_does_not_end_the_delivery_of_mail(
    sqlite_practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    went_on = asyncio.Event()

    async def relay(_service: Any, _bell: Any, stop: asyncio.Event, lane: Lane) -> None:
        if lane is not LANES["mail"]:
            await stop.wait()
            return
        begun.append(1)
        if len(begun) == 1:
            raise RuntimeError("a bug")
        went_on.set()
        await stop.wait()

    monkeypatch.setattr(server, "run_relay", relay)
    monkeypatch.setattr(server, "RESTART_AFTER_S", 0)
    async with working(sqlite_practice.service, bell_of(sqlite_practice)):
        await asyncio.wait_for(went_on.wait(), 10)
    assert len(begun) == 2


async def test_a_message_under_way_is_finished_before_the_end(sqlite_practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    is_sending, may_end, sent = asyncio.Event(), asyncio.Event(), list[str]()

    async def slowly(mail: Mail) -> None:
        is_sending.set()
        await may_end.wait()
        sent.append(mail.to)

    monkeypatch.setattr(sqlite_practice.outbox, "send", slowly)
    account, _ = await sqlite_practice.add_person("ada@clinic.example")
    async with sqlite_practice.units.write() as unit:
        await tell_account(unit, sqlite_practice.world, account, RecoveryCodeUsed(), NOWHERE, sqlite_practice.clock.now())
    async with working(sqlite_practice.service, bell_of(sqlite_practice)):
        await asyncio.wait_for(is_sending.wait(), 10)
        asyncio.get_running_loop().call_soon(may_end.set)
    assert sent == ["ada@clinic.example"]
    async with sqlite_practice.units.read() as unit:
        assert (await unit.outbox.waiting())[0] == 0
