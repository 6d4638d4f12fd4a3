"""A unit of work happens whole or not at all, whatever interrupts it, and the next one works."""

import asyncio
from datetime import timedelta

import pytest

from tests.world import NOON, PASSWORD, Practice
from wardkey.accounts.rules import Account, email_key
from wardkey.outbox.rules import Job
from wardkey.vocabulary import SecurityStamp


class Mishap(Exception):
    """Something went wrong in the middle."""


async def exists(practice: Practice, slug: str) -> bool:
    async with practice.units.read() as unit:
        return await unit.organizations.by_slug(slug) is not None


async def add(practice: Practice, name: str) -> None:
    await practice.add_organization(name)


def job(number: int) -> Job:
    return Job(id=f"job_{number}", kind="notice", sealed=b"", created_at=NOON, due_at=NOON)


async def test_what_a_unit_wrote_is_there_once_it_ends_and_not_before(practice: Practice) -> None:
    clinic = await practice.add_organization()
    async with practice.write() as unit:
        await unit.organizations.set_mfa(clinic.id, clinic.mfa_mode, NOON)
        async with practice.units.read() as other:
            seen = await other.organizations.by_slug(clinic.slug)
        assert seen is not None
        assert seen.mfa_from is None
    async with practice.units.read() as other:
        seen = await other.organizations.by_slug(clinic.slug)
    assert seen is not None
    assert seen.mfa_from == NOON


async def go_wrong(practice: Practice, account: Account) -> None:
    async with practice.write() as unit:
        await unit.outbox.add(job(1))
        assert await unit.accounts.move_stamp(account.id, old=account.security_stamp, new=SecurityStamp("moved"))
        raise Mishap


async def test_an_exception_undoes_everything(practice: Practice) -> None:
    clinic = await practice.add_organization()
    account, _ = await practice.add_person("ada@example.org", organization=clinic)
    with pytest.raises(Mishap):
        await go_wrong(practice, account)
    async with practice.units.read() as unit:
        assert await unit.outbox.waiting() == (0, None)
        assert await unit.accounts.by_email(email_key("ada@example.org")) == account
    await add(practice, "Next")
    assert await exists(practice, "next")


@pytest.mark.parametrize("cancels", [1, 2])
async def test_a_unit_whose_task_is_cancelled_leaves_nothing_and_blocks_nobody(practice: Practice, cancels: int) -> None:
    wrote, never = asyncio.Event(), asyncio.Event()

    async def interrupted() -> None:
        async with practice.write() as unit:
            await unit.outbox.add(job(1))
            wrote.set()
            await never.wait()

    task = asyncio.create_task(interrupted())
    await wrote.wait()
    for _ in range(cancels):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5):
        await add(practice, "Next")
    assert await exists(practice, "next")
    async with practice.units.read() as unit:
        assert await unit.outbox.waiting() == (0, None)


async def test_cancelling_at_any_moment_leaves_all_or_nothing(practice: Practice) -> None:
    """Two rows in one unit, cancelled after each possible number of turns of the event loop."""

    async def both(number: int) -> None:
        async with practice.write() as unit:
            await unit.outbox.add(job(2 * number))
            await unit.outbox.add(job(2 * number + 1))

    finished = 0
    for turns in range(60):
        task = asyncio.create_task(both(turns))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        finished += not task.cancelled()
        async with practice.units.read() as unit:
            found = {j.id for j in await unit.outbox.due(NOON, 1_000)}
        assert ({f"job_{2 * turns}", f"job_{2 * turns + 1}"} & found) in (
            set(),
            {f"job_{2 * turns}", f"job_{2 * turns + 1}"},
        )
        if not task.cancelled():
            assert f"job_{2 * turns}" in found, "what ended well is kept"
    await add(practice, "Next")
    assert await exists(practice, "next")


async def test_cancelling_readers_at_any_moment_harms_nobody(practice: Practice) -> None:
    await practice.add_person("ada@example.org")

    async def reading() -> None:
        async with practice.units.read() as unit:
            await unit.people.by_email(email_key("ada@example.org"))

    for turns in range(30):
        task = asyncio.create_task(reading())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    async with asyncio.timeout(5):
        await asyncio.gather(*(reading() for _ in range(40)))


async def test_units_that_write_at_once_each_have_their_turn(practice: Practice) -> None:
    async with asyncio.timeout(30):
        await asyncio.gather(*(add(practice, f"Clinic {number}") for number in range(60)))
    async with practice.units.read() as unit:
        assert len(await unit.organizations.all(limit=100)) == 60


async def test_a_unit_for_reading_writes_nothing(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org")
    with pytest.raises(Exception, match=r"read|write"):
        async with practice.units.read() as unit:
            await unit.accounts.renew_hash(account.id, old=account.password_hash, new="x")
    async with practice.units.read() as unit:
        assert await unit.accounts.by_id(account.id) == account


async def two_in_one(practice: Practice) -> None:
    async with practice.database.single() as unit:
        await unit.outbox.add(job(2))
        await unit.outbox.add(job(3))


async def test_a_unit_of_one_statement_keeps_it_and_takes_no_second(practice: Practice) -> None:
    async with practice.database.single() as unit:
        await unit.outbox.add(job(1))
    with pytest.raises(TypeError, match="second"):
        await two_in_one(practice)
    async with practice.units.read() as unit:
        kept = {j.id for j in await unit.outbox.due(NOON, 10)}
    assert kept == {"job_1", "job_2"}, "the first one commits by itself"


async def test_the_bell_rings_after_a_commit_that_left_work_and_only_then(practice: Practice) -> None:
    bell = practice.world.bell
    await bell.wait(0)  # type: ignore[attr-defined]
    await add(practice, "Nothing to deliver")
    assert not await bell.wait(0)  # type: ignore[attr-defined]
    account, _ = await practice.add_person("ada@example.org")
    with pytest.raises(Mishap):
        await go_wrong(practice, account)
    assert not await bell.wait(0)  # type: ignore[attr-defined]
    async with practice.write() as unit:
        await unit.outbox.add(job(2))
    assert await bell.wait(1)  # type: ignore[attr-defined]


async def test_moments_are_kept_to_the_microsecond(practice: Practice) -> None:
    at = NOON + timedelta(microseconds=123_457)
    account, _ = await practice.add_person(
        "ada@example.org", PASSWORD, wrong_code_at=at, wrong_hour_at=at - timedelta(days=20_000)
    )
    async with practice.units.read() as unit:
        assert await unit.accounts.by_id(account.id) == account
