"""A device is known again by its token, for each account by itself, and new where it is not or was not used for long (RULE-2)."""

import asyncio

import pytest
from msgspec.structs import replace

from tests.devices.devices import DAY, SECOND, Browser, known
from tests.edges.db.statements import noting
from tests.signin.client import ELSEWHERE, names_in_trail, trail
from tests.world import HERE, LEEDS, Practice
from wardkey.audit.actions import OPERATOR
from wardkey.audit.sentences import sentence_of
from wardkey.devices.actions import device_of, forget_all_devices, forget_device, new_device_token, note_device

pytestmark = pytest.mark.spec("RULE-2")


async def test_the_first_device_of_an_account_is_not_new_to_anybody_and_a_second_one_is(practice: Practice) -> None:
    ada, _ = await practice.add_person("ada@example.org")
    desk, phone = Browser(practice), Browser(practice)
    assert not (await desk.sign_in(ada)).is_new
    assert (await phone.sign_in(ada)).is_new
    assert not (await desk.sign_in(ada)).is_new
    assert not (await phone.sign_in(ada)).is_new
    assert len(await known(practice, ada)) == 2


async def test_what_is_kept_of_a_device_is_where_and_how_it_was_used_last(practice: Practice) -> None:
    ada, _ = await practice.add_person("ada@example.org")
    browser, at = Browser(practice), practice.clock.now()
    await browser.sign_in(ada)
    (first,) = await known(practice, ada)
    assert (first.device, first.account) == (device_of(practice.world, browser.device), ada.id)
    assert (first.first_seen_at, first.last_seen_at, first.sign_ins) == (at, at, 1)
    assert (first.ip, first.user_agent, first.place) == (HERE.ip, HERE.user_agent, LEEDS)
    practice.clock.advance(DAY)
    async with practice.write() as unit:
        moved = replace(ELSEWHERE, device=browser.device)
        noted = await note_device(unit, practice.world, ada, moved, practice.clock.now(), has_devices=True)
    (second,) = await known(practice, ada)
    assert not noted.is_new
    assert (second.id, second.first_seen_at, second.last_seen_at, second.sign_ins) == (first.id, at, at + DAY, 2)
    assert (second.ip, second.user_agent, second.place) == (ELSEWHERE.ip, ELSEWHERE.user_agent, None)


async def test_the_token_is_renewed_at_each_sign_in_and_stays_the_same_device(practice: Practice) -> None:
    ada, _ = await practice.add_person("ada@example.org")
    browser = Browser(practice)
    tokens = {(await browser.sign_in(ada)).token for _ in range(3)}
    assert len(tokens) == 3
    assert len({device_of(practice.world, token) for token in tokens}) == 1


async def test_a_device_known_to_one_account_is_new_to_another(practice: Practice) -> None:
    ada, _ = await practice.add_person("ada@example.org")
    bob, _ = await practice.add_person("bob@example.org")
    shared = Browser(practice)
    await Browser(practice).sign_in(bob)
    await shared.sign_in(ada)
    token = shared.device
    assert (await shared.sign_in(bob)).is_new
    assert device_of(practice.world, shared.device) == device_of(practice.world, token), "the browser keeps its number"
    assert not (await shared.sign_in(bob)).is_new
    assert not (await shared.sign_in(ada)).is_new


async def test_a_device_not_used_for_ninety_days_is_new_again_to_the_second(practice: Practice) -> None:
    ada, _ = await practice.add_person("ada@example.org")
    browser = Browser(practice)
    await browser.sign_in(ada)
    practice.clock.advance(90 * DAY - SECOND)
    assert not (await browser.sign_in(ada)).is_new
    practice.clock.advance(90 * DAY)
    assert (await browser.sign_in(ada)).is_new
    assert not (await browser.sign_in(ada)).is_new
    (device,) = await known(practice, ada)
    assert device.sign_ins == 4


async def test_a_forged_token_is_replaced_by_one_of_ours(practice: Practice) -> None:
    ada, _ = await practice.add_person("ada@example.org")
    await Browser(practice).sign_in(ada)
    browser = Browser(practice, device="no-token-of-ours")
    assert (await browser.sign_in(ada)).is_new
    assert device_of(practice.world, browser.device) != ""


async def test_noting_a_device_takes_one_statement_and_two_where_it_is_unknown(practice: Practice) -> None:
    ada, _ = await practice.add_person("ada@example.org")
    world, at, units = practice.world, practice.clock.now(), noting(practice)
    async with practice.units.single() as unit:
        noted = await note_device(unit, world, ada, HERE, at, has_devices=False)
    assert units.taken() == ["INSERT known_devices"]
    async with practice.units.single() as unit:
        await note_device(unit, world, ada, replace(HERE, device=noted.token), at, has_devices=True)
    assert units.taken() == ["UPDATE known_devices"]
    async with practice.units.write() as unit:
        await note_device(unit, world, ada, replace(HERE, device=new_device_token(world)), at, has_devices=True)
    assert units.taken() == ["UPDATE known_devices", "INSERT known_devices"]


async def test_of_sign_ins_at_once_on_one_new_device_exactly_one_finds_it_new(practice: Practice) -> None:
    ada, _ = await practice.add_person("ada@example.org")
    await Browser(practice).sign_in(ada)
    token = new_device_token(practice.world)
    noted = await asyncio.gather(*(Browser(practice, device=token).sign_in(ada) for _ in range(8)))
    assert sum(one.is_new for one in noted) == 1
    assert len(await known(practice, ada)) == 2


async def test_a_device_that_is_forgotten_is_a_new_one_next_time(practice: Practice) -> None:
    ada, _ = await practice.add_person("ada@example.org")
    bob, _ = await practice.add_person("bob@example.org")
    desk, phone, at = Browser(practice), Browser(practice), practice.clock.now()
    for account in (ada, bob):
        await desk.sign_in(account, trusting=True)
        await phone.sign_in(account, trusting=True)
    named = {device.device: device.id for device in await known(practice, ada)}
    target = named[device_of(practice.world, desk.device)]
    async with practice.write() as unit:
        assert not await forget_device(unit, practice.world, bob.id, target, bob.id, HERE, at), "a device of somebody else"
        assert await forget_device(unit, practice.world, ada.id, target, ada.id, HERE, at)
        assert not await forget_device(unit, practice.world, ada.id, target, ada.id, HERE, at)
    assert not await desk.is_trusted(ada)
    assert await phone.is_trusted(ada)
    assert await desk.is_trusted(bob)
    assert (await desk.sign_in(ada)).is_new
    assert not (await desk.sign_in(bob)).is_new
    assert (await names_in_trail(practice, ada.id)).count("device.forgotten") == 1
    assert "device.forgotten" not in await names_in_trail(practice, bob.id)


async def test_an_operator_forgets_all_devices_of_an_account(practice: Practice) -> None:
    ada, _ = await practice.add_person("ada@example.org")
    bob, _ = await practice.add_person("bob@example.org")
    desk, at = Browser(practice), practice.clock.now()
    for account in (ada, bob):
        await desk.sign_in(account, trusting=True)
    await Browser(practice).sign_in(ada)
    async with practice.write() as unit:
        assert await forget_all_devices(unit, practice.world, ada.id, OPERATOR, HERE, at) == 2
        assert await forget_all_devices(unit, practice.world, ada.id, OPERATOR, HERE, at) == 0
    assert await known(practice, ada) == []
    assert not await desk.is_trusted(ada)
    assert await desk.is_trusted(bob)
    (told,) = [sentence_of(entry, "en") for entry in await trail(practice, ada.id) if entry.name == "device.forgotten"]
    assert told == "An administrator had 2 of your devices forgotten."
