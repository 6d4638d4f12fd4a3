"""Asking for text messages as a sign-in or a set-up does, and looking at what became of them."""

import sqlite3
from datetime import timedelta
from typing import Any, Final

from msgspec.structs import replace

from tests.world import HERE, Practice
from wardkey.accounts.rules import Account
from wardkey.edges.db.sqlite import path_of
from wardkey.outbox.rules import Lane
from wardkey.ports import Deferred, Rejected, Text, TextReport, Uncertain, Unreachable
from wardkey.surfaces.jobs import deliver_due
from wardkey.texts import actions
from wardkey.texts.rules import JOB, Purpose, Texted, TextMessage
from wardkey.vocabulary import Origin, PhoneNumber, Problem

NUMBER: Final = PhoneNumber("+12075550123")
SECOND: Final = timedelta(seconds=1)
HOUR: Final = timedelta(hours=1)
TEXTS: Final = Lane(only=JOB)

Trouble = Rejected | Deferred | Unreachable | Uncertain | Exception


async def ask(
    practice: Practice,
    account: Account,
    number: str = NUMBER,
    *,
    purpose: Purpose = "sign_in",
    is_confirmed: bool | None = None,
    origin: Origin = HERE,
    code: str = "123456",
) -> Problem | None:
    """Ask for one text; a number that is being set up is not confirmed yet."""
    texted = Texted(PhoneNumber(number), code, 10)
    known = purpose != "set_up" if is_confirmed is None else is_confirmed
    async with practice.write() as unit:
        return await actions.send(
            unit, practice.world, texted, account, purpose, is_confirmed=known, origin=origin, at=practice.clock.now()
        )


def network(number: int) -> Origin:
    """Somewhere else."""
    return Origin(ip=f"198.51.{number // 250}.{number % 250 + 1}", user_agent="curl/8.14")


async def enter(practice: Practice, account: Account) -> None:
    async with practice.write() as unit:
        await actions.entered(unit, account.id, practice.clock.now())


async def settle(practice: Practice) -> None:
    """Let the relay do all that is due."""
    while await deliver_due(practice.service):
        pass


async def rows(practice: Practice, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in either database."""
    if practice.world.settings.database_url.startswith("sqlite"):
        with sqlite3.connect(path_of(practice.world.settings.database_url)) as connection:
            found = connection.execute(query).fetchall()
        connection.close()
        return found
    async with practice.database.connection() as held:  # type: ignore[attr-defined]
        return [tuple(row) for row in await held.fetch(query)]


async def texts(practice: Practice) -> list[TextMessage]:
    """Every text, oldest first."""
    names = await rows(practice, "SELECT id FROM texts ORDER BY created_at, id")
    async with practice.units.read() as unit:
        return [text for (name,) in names if (text := await unit.texts.load(name)) is not None]


async def the_text(practice: Practice) -> TextMessage:
    (text,) = await texts(practice)
    return text


class Carrier:
    """A service that does what a test wants: for each hand-over an exception to raise; otherwise it takes the text."""

    def __init__(self, name: str, *troubles: Trouble) -> None:
        self.name = name
        self.troubles = list(troubles)
        self.offered: list[Text] = []
        self.taken: list[Text] = []

    async def send(self, text: Text) -> str:
        self.offered.append(text)
        if self.troubles:
            raise self.troubles.pop(0)
        self.taken.append(text)
        return f"{self.name}-{len(self.taken)}"


class Reporting(Carrier):
    """One whose service says later what became of a text."""

    def read_status(self, url: str, headers: Any, body: bytes, now: Any) -> TextReport | None:
        raise AssertionError("reports are read by the address they come to")


def served_by(practice: Practice, *carriers: Carrier) -> tuple[Carrier, ...]:
    """From now on texts of this practice go out by these."""
    practice.service = replace(practice.service, texts=carriers)
    return carriers
