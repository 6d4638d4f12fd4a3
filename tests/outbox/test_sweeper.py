"""What has expired is removed, and nothing else."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.email_verification.sign_ups import ask_for_reset, reset_links, sign_up, verification_links
from tests.signin.client import Client, names_in_trail, sign_in, signed_in
from tests.world import Practice
from wardkey.account_repair.actions import look_at_reset
from wardkey.accounts.rules import MfaMode, email_key
from wardkey.email_verification.actions import look_at_link
from wardkey.signin import view
from wardkey.surfaces.jobs import run_sweeper, sweep


async def test_nothing_that_still_counts_is_removed(practice: Practice) -> None:
    clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
    await practice.add_person("ada@example.org", organization=clinic)
    await practice.add_person("bob@example.org")
    client = Client(practice)
    setting_up = await client.password()
    token = await sign_in(practice, "bob@example.org")
    proof = await sign_up(practice, "new@example.org")
    assert await sweep(practice.service) == 0
    assert (await client.look()).step == setting_up.step
    assert await signed_in(practice, token) is not None
    link = verification_links(practice, "new@example.org")[0]
    assert (await look_at_link(practice.units, practice.world, link, proof)).fault is None


async def test_set_ups_go_when_they_expire_sessions_a_day_and_links_a_week_later(practice: Practice) -> None:
    clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
    await practice.add_person("ada@example.org", organization=clinic)
    await practice.add_person("bob@example.org")
    assert isinstance((await Client(practice).password()).step, view.EnrollMfa)
    await sign_in(practice, "bob@example.org")
    await ask_for_reset(practice, "bob@example.org")
    (link,) = reset_links(practice, "bob@example.org")
    practice.clock.advance(timedelta(minutes=10))
    assert await sweep(practice.service) == 1, "the set-up"
    practice.clock.advance(timedelta(hours=3))
    assert await sweep(practice.service) == 0
    practice.clock.advance(timedelta(days=1))
    assert await sweep(practice.service) == 1, "the session"
    assert await look_at_reset(practice.units, practice.world, link) == "link_expired", "a page can still say what became of it"
    practice.clock.advance(timedelta(days=7))
    assert await sweep(practice.service) == 1, "the link"
    assert await look_at_reset(practice.units, practice.world, link) == "link_unknown"
    assert await sweep(practice.service) == 0


async def test_accounts_and_the_trail_are_never_swept(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org")
    await sign_in(practice)
    practice.clock.advance(timedelta(days=400))
    await sweep(practice.service)
    assert await names_in_trail(practice, account.id) == ["sign_in.succeeded"]
    async with practice.units.read() as unit:
        assert await unit.accounts.by_email(email_key("ada@example.org")) == account


async def test_more_than_a_batch_is_swept_in_one_pass(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    async with practice.write() as unit:
        for number in range(1_203):
            await unit.ceremonies.save(f"owner {number}", "totp", b"x", practice.clock.now())
        await unit.ceremonies.save("still under way", "totp", b"x", practice.clock.now() + timedelta(seconds=1))
    assert await sweep(practice.service) == 1_203
    async with practice.units.read() as unit:
        assert await unit.ceremonies.load("still under way", "totp", practice.clock.now()) == b"x"


async def test_the_running_sweeper_stops_when_told(sqlite_practice: Practice) -> None:
    stop: Any = asyncio.Event()
    sweeper = asyncio.create_task(run_sweeper(sqlite_practice.service, stop))
    await asyncio.sleep(0.05)
    stop.set()
    async with asyncio.timeout(5):
        await sweeper
