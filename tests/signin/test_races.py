"""What works once is accepted exactly once in each of a thousand races, by two services that share nothing but the database."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Final, TypeVar

import pytest
import pytest_asyncio
from msgspec import Struct

from tests.signin.client import KEY, Client, names_in_trail, problem_of
from tests.world import HERE, Practice, open_practice
from wardkey.account_repair.actions import PasswordSet, reset_password
from wardkey.accounts.rules import Account, Status, email_key
from wardkey.email_verification.actions import Confirmed, confirm
from wardkey.emailed_links.rules import RESET, VERIFY, Link, digest
from wardkey.factors.kinds import recovery_code
from wardkey.factors.kinds.totp import STEP_S
from wardkey.outbox.actions import leave
from wardkey.outbox.rules import CLAIM_FOR
from wardkey.settings import LimitSettings
from wardkey.signin import learn, view
from wardkey.vocabulary import AccountId, EmailAddress, Problem, SecurityStamp

RACES: Final = 1_000
RACERS: Final = 4
UNLIMITED: Final = LimitSettings(links_opened_per_network=1_000_000)
LONG_S: Final = 1_000_000
T = TypeVar("T")


@pytest_asyncio.fixture
async def nodes(database_url: str) -> AsyncIterator[list[Practice]]:
    """Two services over one database, each with connections and a clock of its own; racers are dealt out between them in turn."""
    async with AsyncExitStack() as stack:
        pair = [await stack.enter_async_context(open_practice(database_url, limits=UNLIMITED)) for _ in range(2)]
        yield [pair[number % 2] for number in range(RACERS)]


@pytest.fixture(autouse=True)
def cheap_recovery_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their slow hash has tests of its own."""
    monkeypatch.setattr(recovery_code, "MEMORY_KIB", 8)
    monkeypatch.setattr(recovery_code, "PASSES", 1)


async def race(racers: list[Awaitable[T]]) -> list[T]:
    return list(await asyncio.gather(*racers))


async def past_the_password(nodes: list[Practice], count: int) -> list[list[Client]]:
    """So many times an attempt for each racer, all with the right password given."""
    rounds = [[Client(node) for node in nodes] for _ in range(count)]
    async with nodes[0].write() as unit:
        person = await unit.people.by_email(email_key("ada@example.org"))
        assert person is not None
        for number, client in enumerate(client for clients in rounds for client in clients):
            client.token = f"{person.account.security_stamp}-{number}"
            begun = learn.begun(
                client.token, email_key("ada@example.org"), bytes(8), HERE, "", None, LONG_S, nodes[0].clock.now()
            )
            await unit.attempts.add(learn.password_proven(begun, person, is_weak=False, can_hold_passkey=False))
    return rounds


def told(seen: view.SigninView) -> str:
    return type(seen.step).__name__ if seen.problem is None else problem_of(seen)


@pytest.mark.spec("MFA-2")
@pytest.mark.xdist_group("races of factors")
async def test_one_authenticator_code_gives_one_session(nodes: list[Practice]) -> None:
    account, _ = await nodes[0].add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    answers: Counter[str] = Counter()
    for clients in await past_the_password(nodes, RACES):
        code = nodes[0].code(KEY)
        seen = await race([client.code(code) for client in clients])
        assert sum(isinstance(s.step, view.Done) for s in seen) == 1, seen
        answers.update(map(told, seen))
        for node in nodes[:2]:
            node.clock.advance(timedelta(seconds=STEP_S))
    assert answers == {"Done": RACES, "code_spent": RACES * (RACERS - 1)}
    assert (await sessions_of(nodes[0], account)) == RACES


async def sessions_of(node: Practice, account: Account) -> int:
    """How many sessions the trail knows of."""
    async with node.units.read() as unit:
        names = [entry.name for entry in await unit.audit.about(account.id, limit=10 * RACES)]
    return names.count("sign_in.succeeded")


@pytest.mark.spec("MFA-2")
@pytest.mark.xdist_group("races of factors")
async def test_one_attempt_answered_many_times_at_once_gives_one_session(nodes: list[Practice]) -> None:
    account, _ = await nodes[0].add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    answers: Counter[str] = Counter()
    for clients in (await past_the_password(nodes, RACES))[: RACES // 4]:
        for client in clients[1:]:
            client.token = clients[0].token
        code = nodes[0].code(KEY)
        seen = await race([client.code(code) for client in clients])
        answers.update(map(told, seen))
        for node in nodes[:2]:
            node.clock.advance(timedelta(seconds=STEP_S))
    assert answers == {"Done": RACES // 4, "attempt_finished": RACES // 4 * (RACERS - 1)}
    assert (await sessions_of(nodes[0], account)) == RACES // 4


@pytest.mark.spec("MFA-6")
@pytest.mark.xdist_group("races of factors")
async def test_one_recovery_code_opens_one_attempt(nodes: list[Practice]) -> None:
    account, code = await nodes[0].add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    answers: Counter[str] = Counter()
    for _ in range(RACES):
        clients = (await past_the_password(nodes, 1))[0]
        seen = await race([client.code(code, "recovery_code") for client in clients])
        codes = [s.step.codes for s in seen if isinstance(s.step, view.NewRecoveryCode)]
        assert len(codes) == 1, seen
        code = codes[0][0]
        answers.update(map(told, seen))
    assert answers["NewRecoveryCode"] == RACES
    assert set(answers) <= {"NewRecoveryCode", "account_changed", "recovery_code_wrong"}
    async with nodes[0].units.read() as unit:
        assert {c.kind for c in await unit.credentials.of(account.id)} == {"totp", "recovery_code"}


async def links(node: Practice, purpose: str, status: Status) -> list[str]:
    """A thousand accounts, each with a link whose token is its number."""
    at, hashed = node.clock.now(), await node.world.hashing.hash("violet teapot on the windowsill")
    async with node.write() as unit:
        for number in range(RACES):
            person = Account(
                id=AccountId(f"acc_{number}"), email=EmailAddress(f"{number}@example.org"), name="Ada", language="en",
                time_zone="UTC", status=status, password_hash=hashed, security_stamp=SecurityStamp(f"s{number}"), created_at=at,
                password_changed_at=at,
            )  # fmt: skip
            await unit.accounts.add(person, email_key(person.email))
            link = Link(
                id=digest(f"token {number}"), account=person.id, purpose=purpose, stamp=person.security_stamp,
                proof=digest("proof"), created_at=at, expires_at=at + timedelta(minutes=30),
            )  # fmt: skip
            await unit.links.add(link)
    return [f"token {number}" for number in range(RACES)]


def of_link(answer: Any) -> str:
    return answer.code if isinstance(answer, Problem) else type(answer).__name__


@pytest.mark.spec("ACC-1")
@pytest.mark.xdist_group("races of links")
async def test_one_link_proves_an_address_once(nodes: list[Practice]) -> None:
    answers: Counter[str] = Counter()
    for token in await links(nodes[0], VERIFY, Status.UNVERIFIED):
        seen = await race([confirm(node.units, node.world, token, None, "proof", HERE) for node in nodes])
        assert sum(isinstance(answer, Confirmed) for answer in seen) == 1, seen
        answers.update(map(of_link, seen))
    assert answers == {"Confirmed": RACES, "link_used": RACES * (RACERS - 1)}
    assert Counter(await names_in_trail(nodes[0], AccountId("acc_7"))) == {"account.email_verified": 1}


@pytest.mark.spec("ACC-6")
@pytest.mark.xdist_group("races of links")
async def test_one_link_sets_a_password_once(nodes: list[Practice]) -> None:
    answers: Counter[str] = Counter()
    new = [f"a long walk by the quiet river {number}" for number in range(RACERS)]
    for token in await links(nodes[0], RESET, Status.ACTIVE):
        seen = await race(
            [reset_password(node.units, node.world, token, word, HERE) for node, word in zip(nodes, new, strict=True)]
        )
        assert sum(isinstance(answer, PasswordSet) for answer in seen) == 1, seen
        answers.update(map(of_link, seen))
    assert answers["PasswordSet"] == RACES
    assert set(answers) <= {"PasswordSet", "link_used", "link_replaced"}, "the account was changed by the link itself"
    assert Counter(await names_in_trail(nodes[0], AccountId("acc_7"))) == {"account.password_changed": 1}


class Nothing(Struct, frozen=True):
    """A payload without anything in it."""


@pytest.mark.spec("MFA-11")
@pytest.mark.xdist_group("races of links")
async def test_one_job_is_claimed_by_one_relay(nodes: list[Practice]) -> None:
    at = nodes[0].clock.now()
    async with nodes[0].write() as unit:
        for _ in range(RACES):
            await leave(unit, nodes[0].world, "notice", Nothing(), at)
    async with nodes[0].units.read() as unit:
        due = await unit.outbox.due(at, RACES)
    assert len(due) == RACES

    async def claim(node: Practice, job: str) -> bool:
        async with node.write() as unit:
            return bool(await unit.outbox.claim(job, at, at + CLAIM_FOR))

    for job in due:
        assert sum(await race([claim(node, job.id) for node in nodes])) == 1
