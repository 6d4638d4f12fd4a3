"""Each link does its work exactly once, by two services that share nothing but the database, whatever else happens then."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Final, TypeVar

import pytest
import pytest_asyncio

from tests.email_change.changes import NEW, OLD, ask_for, confirm_links, here, undo_links
from tests.email_verification.sign_ups import reset_links
from tests.signin.client import names_in_trail
from tests.world import HERE, Practice, open_practice
from wardkey.account_repair.actions import PasswordSet, reset_password
from wardkey.account_repair.reporting import Reported, report
from wardkey.accounts.actions import Conflict, set_password
from wardkey.accounts.rules import Account, Status, email_key
from wardkey.email_change.actions import Moved, confirm
from wardkey.email_change.undoing import undo
from wardkey.emailed_links.actions import give
from wardkey.emailed_links.rules import CHANGE, NOT_ME, UNDO
from wardkey.settings import LimitSettings
from wardkey.vocabulary import AccountId, EmailAddress, Problem, SecurityStamp

pytestmark = [pytest.mark.spec("ACC-4"), pytest.mark.xdist_group("races of addresses")]
RACES: Final = 150
RACERS: Final = 4
UNLIMITED: Final = LimitSettings(links_opened_per_network=1_000_000)
DAY: Final = timedelta(days=1)
HASH: Final = "a new hash"
T = TypeVar("T")


@pytest_asyncio.fixture
async def nodes(database_url: str) -> AsyncIterator[list[Practice]]:
    """Two services over one database, each with connections of its own; racers are dealt out between them in turn."""
    async with AsyncExitStack() as stack:
        pair = [await stack.enter_async_context(open_practice(database_url, limits=UNLIMITED)) for _ in range(2)]
        yield [pair[number % 2] for number in range(RACERS)]


async def race(*racers: Awaitable[T]) -> list[T]:
    return list(await asyncio.gather(*racers))


async def people(node: Practice) -> list[Account]:
    at, hashed = node.clock.now(), await node.world.hashing.hash("violet teapot on the windowsill")
    made = [
        Account(
            id=AccountId(f"acc_{number}"), email=EmailAddress(f"{number}@example.org"), name="Ada", language="en",
            time_zone="UTC", status=Status.ACTIVE, password_hash=hashed, security_stamp=SecurityStamp(f"s{number}"),
            created_at=at, password_changed_at=at,
        )
        for number in range(RACES)
    ]  # fmt: skip
    async with node.write() as unit:
        for person in made:
            await unit.accounts.add(person, email_key(person.email))
    return made


async def link_for(node: Practice, person: Account, purpose: str, about: str) -> str:
    async with node.write() as unit:
        return await give(
            unit, node.world, person.id, purpose, person.security_stamp, node.clock.now(), DAY, about=EmailAddress(about)
        )


def of_link(answer: Any) -> str:
    return answer.code if isinstance(answer, Problem) else type(answer).__name__


async def happened(node: Practice, name: str) -> int:
    """How often an event is in the trails of all."""
    trails = [await names_in_trail(node, AccountId(f"acc_{number}")) for number in range(RACES)]
    return sum(trail.count(name) for trail in trails)


async def test_one_link_changes_an_address_once(nodes: list[Practice]) -> None:
    answers: Counter[str] = Counter()
    for person in await people(nodes[0]):
        token = await link_for(nodes[0], person, CHANGE, f"{person.id}@new.example")
        seen = await race(*(confirm(node.units, node.world, token, HERE) for node in nodes))
        assert sum(isinstance(answer, Moved) for answer in seen) == 1, seen
        answers.update(map(of_link, seen))
    assert answers["Moved"] == RACES
    assert set(answers) <= {"Moved", "link_used", "link_replaced"}
    assert await happened(nodes[0], "account.email_changed") == RACES


async def test_one_link_undoes_a_change_once(nodes: list[Practice]) -> None:
    answers: Counter[str] = Counter()
    for person in await people(nodes[0]):
        token = await link_for(nodes[0], person, UNDO, f"{person.id}@earlier.example")
        seen = await race(*(undo(node.units, node.world, token, HERE) for node in nodes))
        assert sum(isinstance(answer, Moved) for answer in seen) == 1, seen
        answers.update(map(of_link, seen))
    assert answers == {"Moved": RACES, "link_used": RACES * (RACERS - 1)}
    assert await happened(nodes[0], "account.email_change_undone") == RACES
    assert await happened(nodes[0], "account.password_reset_requested") == RACES


@pytest.mark.spec("MFA-11")
async def test_one_link_reports_once(nodes: list[Practice]) -> None:
    answers: Counter[str] = Counter()
    for person in await people(nodes[0]):
        token = await link_for(nodes[0], person, NOT_ME, person.email)
        seen = await race(*(report(node.units, node.world, token, HERE) for node in nodes))
        assert sum(isinstance(answer, Reported) for answer in seen) == 1, seen
        answers.update(map(of_link, seen))
    assert answers == {"Reported": RACES, "link_used": RACES * (RACERS - 1)}
    assert await happened(nodes[0], "account.compromise_reported") == RACES


async def test_beside_a_change_of_password_one_of_the_two_happens(nodes: list[Practice]) -> None:
    """Never an address changed by a link that the new password had voided, and never a password lost."""
    first, second = nodes[0], nodes[1]
    outcomes: Counter[tuple[str, bool]] = Counter()
    for person in await people(first):
        token = await link_for(first, person, CHANGE, f"{person.id}@new.example")

        async def change(person: Account = person) -> bool:
            try:
                async with second.write() as unit:
                    await set_password(unit, second.world, person, HASH, "self", HERE, second.clock.now())
            except Conflict:
                return False
            return True

        moved, is_set = await asyncio.gather(confirm(first.units, first.world, token, HERE), change())
        async with first.units.read() as unit:
            now = await unit.accounts.by_id(person.id)
        assert now is not None
        assert isinstance(moved, Moved) != is_set, (moved, is_set)
        assert (now.email != person.email, now.password_hash == HASH) == (isinstance(moved, Moved), is_set)
        outcomes[of_link(moved), is_set] += 1
    assert set(outcomes) <= {("Moved", False), ("link_replaced", True)}


async def test_two_accounts_that_want_one_address_do_not_both_get_it(nodes: list[Practice]) -> None:
    everyone = await people(nodes[0])
    for one, other in zip(everyone[::2], everyone[1::2], strict=True):
        wanted = f"{one.id}@wanted.example"
        tokens = [await link_for(nodes[0], person, CHANGE, wanted) for person in (one, other)]
        seen = await race(*(confirm(node.units, node.world, token, HERE) for node, token in zip(nodes, tokens, strict=False)))
        assert sorted(map(of_link, seen)) == ["Moved", "address_taken"], seen


async def test_an_account_made_at_the_same_moment_does_not_get_the_address_twice(nodes: list[Practice]) -> None:
    for person in await people(nodes[0]):
        wanted = EmailAddress(f"{person.id}@wanted.example")
        token = await link_for(nodes[0], person, CHANGE, wanted)
        newcomer = Account(
            id=AccountId(f"new_{person.id}"), email=wanted, name="Bob", language="en", time_zone="UTC", status=Status.ACTIVE,
            password_hash="", security_stamp=SecurityStamp("s"), created_at=person.created_at,
            password_changed_at=person.created_at,
        )  # fmt: skip

        async def join(newcomer: Account = newcomer) -> bool:
            async with nodes[1].write() as unit:
                return bool(await unit.accounts.add(newcomer, email_key(newcomer.email)))

        moved, has_joined = await asyncio.gather(confirm(nodes[0].units, nodes[0].world, token, HERE), join())
        assert isinstance(moved, Moved) != has_joined, (moved, has_joined)


async def test_undoing_beside_a_reset_by_whoever_holds_the_new_address_ends_with_the_owner(nodes: list[Practice]) -> None:
    """The stamp moves under one of the two, and the undoing is tried again until it is done."""
    first = nodes[0]
    await first.add_person(OLD)
    await ask_for(first, await here(first))
    assert await confirm(first.units, first.world, confirm_links(first)[0], HERE) == Moved(NEW)
    async with first.write() as unit:
        account = await unit.accounts.by_email(email_key(NEW))
        assert account is not None
        attackers = await give(unit, first.world, account.id, "reset_password", account.security_stamp, first.clock.now(), DAY)
    await first.deliver()
    (token,) = undo_links(first)
    restored, reset = await asyncio.gather(
        undo(first.units, first.world, token, HERE),
        reset_password(nodes[1].units, nodes[1].world, attackers, "seven grey herons by the weir", HERE),
    )
    assert restored == Moved(OLD)
    assert isinstance(reset, PasswordSet | Problem)
    async with first.units.read() as unit:
        now = await unit.accounts.by_id(account.id)
    assert now is not None
    assert (now.email, now.is_password_known) == (OLD, True)
    await first.deliver()
    assert len(reset_links(first)) == 1
