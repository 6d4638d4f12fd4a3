"""A process that is killed while texts are on their way sends none of them twice, and a mail server that hangs delays no code."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.edges.sms.kinds import KINDS
from tests.edges.sms.services import Gateway, open_at
from tests.faults.serving import Serving, serving
from tests.texts.asking import ask, rows, texts
from tests.world import Practice, open_practice
from wardkey.accounts.actions import tell_account
from wardkey.edges.clock import SystemClock
from wardkey.notices.catalogue import RecoveryCodeUsed
from wardkey.surfaces.jobs import TEXTS_AT_ONCE
from wardkey.texts.rules import Status
from wardkey.vocabulary import NOWHERE

PEOPLE: Final = TEXTS_AT_ONCE + 3
SETTINGS: Final = {"WARDKEY_SMS_GUARD": "off", "WARDKEY_LOG_FORMAT": "json"}


@asynccontextmanager
async def practice_now(database_url: str) -> AsyncIterator[Practice]:
    """A practice whose clock shows what a process beside it sees."""
    async with open_practice(database_url) as practice:
        practice.clock.advance(SystemClock().now() - practice.clock.now())
        yield practice


@asynccontextmanager
async def running(database_url: str, folder: Path, **settings: str) -> AsyncIterator[Serving]:
    """A process that works while this one goes on answering it."""
    process = serving(database_url, folder, **settings)
    started = await asyncio.to_thread(process.__enter__)
    try:
        yield started
    finally:
        await asyncio.to_thread(process.__exit__, None, None, None)


async def leave_texts(practice: Practice, count: int) -> None:
    for number in range(count):
        account, _ = await practice.add_person(f"person{number}@example.org")
        assert await ask(practice, account, f"+120755501{number:02}", origin=NOWHERE) is None


async def write(practice: Practice, statement: str) -> None:
    """Change something behind the back of everybody."""
    if practice.world.settings.database_url.startswith("sqlite"):
        await rows(practice, statement)
        return
    async with practice.database.connection() as held:  # type: ignore[attr-defined]
        await held.execute(statement)


async def settled(practice: Practice) -> None:
    """Wait until no text is left to hand over."""
    async with asyncio.timeout(30):
        while (await rows(practice, "SELECT count(*) FROM outbox WHERE kind = 'text'"))[0][0]:  # noqa: ASYNC110 - by another process
            await asyncio.sleep(0.05)


def urls(*ports: int) -> str:
    addresses = [KINDS["gateway"].address.format(at=f"http://127.0.0.1:{port}") for port in ports]
    return "\n".join(f"{address}&name=gateway{place}" for place, address in enumerate(addresses, start=1))


def taken(*services: Gateway) -> Counter[str]:
    """How often each text was given to anybody."""
    return Counter(json.loads(asked.body)["id"] for service in services for asked in service.asked)


@pytest.mark.timeout(120)
@pytest.mark.spec("MFA-3")
async def test_a_process_killed_while_texts_are_on_their_way_sends_none_twice(database_url: str, tmp_path: Path) -> None:
    first, second = Gateway(), Gateway()
    first.faults.extend(["silence"] * TEXTS_AT_ONCE)
    async with practice_now(database_url) as practice, open_at(first) as one, open_at(second) as other:
        await leave_texts(practice, PEOPLE)
        settings = {**SETTINGS, "WARDKEY_SMS_URL": urls(one, other)}
        async with running(database_url, tmp_path, **settings) as killed:
            async with asyncio.timeout(30):
                for _ in range(TEXTS_AT_ONCE):
                    await first.arrived.acquire()
            await asyncio.to_thread(killed.kill)
        await write(practice, "UPDATE outbox SET due_at = 0 WHERE kind = 'text'")  # as when the claim of the dead one has run out
        async with running(database_url, tmp_path, **settings) as started:
            await settled(practice)
        assert started.tracebacks == []
        assert set(taken(first, second).values()) == {1}
        assert (len(first.asked), len(second.asked)) == (PEOPLE, 0)
        became = Counter(text.status for text in await texts(practice))
        assert became == {Status.UNCERTAIN: TEXTS_AT_ONCE, Status.SENT: PEOPLE - TEXTS_AT_ONCE}


@pytest.mark.timeout(120)
@pytest.mark.spec("MFA-3", "MFA-11")
async def test_a_mail_server_that_hangs_delays_no_code(database_url: str, tmp_path: Path) -> None:
    gateway, greeted, may_end = Gateway(), asyncio.Event(), asyncio.Event()

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeted.set()
        await may_end.wait()
        writer.close()

    async with practice_now(database_url) as practice, open_at(gateway) as port:
        mail = await asyncio.start_server(hang, "127.0.0.1", 0)
        account, _ = await practice.add_person("ada@example.org")
        async with practice.write() as unit:
            await tell_account(unit, practice.world, account, RecoveryCodeUsed(), NOWHERE, practice.clock.now())
        address = f"smtp://127.0.0.1:{mail.sockets[0].getsockname()[1]}"
        async with running(database_url, tmp_path, **SETTINGS, WARDKEY_SMS_URL=urls(port), WARDKEY_SMTP_URL=address):
            async with asyncio.timeout(30):
                await greeted.wait()
            practice.clock.advance(SystemClock().now() - practice.clock.now())
            assert await ask(practice, account) is None
            async with asyncio.timeout(5):
                await gateway.arrived.acquire()
            may_end.set()
        mail.close()
        assert sorted(taken(gateway).values()) == [1]
        assert (await rows(practice, "SELECT count(*) FROM outbox WHERE kind = 'notice'"))[0][0] == 1
