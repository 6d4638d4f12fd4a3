"""Known and trusted devices are kept as they are given, and conditions hold, the same on SQLite and PostgreSQL."""

from datetime import timedelta
from typing import Any, Final

import pytest
from msgspec.structs import replace

from tests.edges.db.test_stores import add
from tests.world import HERE, LEEDS, NOON, Practice
from wardkey.accounts.rules import Account
from wardkey.devices.rules import KnownDevice, TrustedDevice
from wardkey.vocabulary import AccountId, SecurityStamp

SECOND: Final = timedelta(seconds=1)
DAY: Final = timedelta(days=1)


@pytest.fixture
async def ada(practice: Practice) -> Account:
    return await add(practice)


def known(number: int = 1, owner: str = "ada", **fields: Any) -> KnownDevice:
    values: dict[str, Any] = {
        "id": f"dev_{number}", "account": AccountId(f"acc_{owner}"), "device": f"device {number}", "first_seen_at": NOON,
        "last_seen_at": NOON + number * SECOND, "sign_ins": 1, "ip": HERE.ip, "user_agent": HERE.user_agent, "place": LEEDS,
    }  # fmt: skip
    return KnownDevice(**{**values, **fields})


def trusted(account: Account, number: int = 1, **fields: Any) -> TrustedDevice:
    values: dict[str, Any] = {
        "id": f"trd_{number}", "account": account.id, "token": f"token {number}", "device": f"device {number}",
        "stamp": account.security_stamp, "created_at": NOON + number * SECOND, "expires_at": NOON + 14 * DAY,
        "last_used_at": NOON, "uses": 0, "ip": HERE.ip, "user_agent": HERE.user_agent, "place": LEEDS,
    }  # fmt: skip
    return TrustedDevice(**{**values, **fields})


async def test_every_field_is_kept(practice: Practice, ada: Account) -> None:
    devices = [known(2, place=None, user_agent="", ip="2001:db8::7", sign_ins=7), known(1)]
    trusts = [trusted(ada, 2, place=None, user_agent="“odd” \U0001f512", uses=3), trusted(ada, 1)]
    async with practice.write() as unit:
        for device in devices:
            assert await unit.known_devices.add(device, since=NOON)
        for trust in trusts:
            await unit.trusted_devices.keep(trust)
    async with practice.units.read() as unit:
        assert await unit.known_devices.of(ada.id, 10) == devices
        assert await unit.known_devices.of(ada.id, 1) == devices[:1]
        assert await unit.trusted_devices.of(ada.id, NOON, 10) == trusts
        assert await unit.trusted_devices.of(ada.id, NOON, 1) == trusts[:1]
        assert await unit.known_devices.of(AccountId("acc_bob"), 10) == []
        assert await unit.trusted_devices.of(AccountId("acc_bob"), NOON, 10) == []


async def test_a_device_is_added_once_and_taken_up_again_where_it_was_not_seen_for_long(practice: Practice, ada: Account) -> None:
    first, again = known(1, last_seen_at=NOON), known(9, device="device 1", last_seen_at=NOON + DAY, place=None)
    async with practice.write() as unit:
        assert not await unit.known_devices.see(first, since=NOON - DAY), "there is none yet"
        assert await unit.known_devices.add(first, since=NOON - DAY)
        assert not await unit.known_devices.add(again, since=NOON - SECOND)
        assert not await unit.known_devices.see(again, since=NOON)
        assert await unit.known_devices.add(again, since=NOON)
    async with practice.units.read() as unit:
        assert await unit.known_devices.of(ada.id, 10) == [replace(first, last_seen_at=NOON + DAY, sign_ins=2, place=None)]


async def test_a_device_is_seen_by_its_account_alone(practice: Practice, ada: Account) -> None:
    await add(practice, "bob")
    async with practice.write() as unit:
        assert await unit.known_devices.add(known(1), since=NOON)
        assert not await unit.known_devices.see(known(1, owner="bob"), since=NOON)
        assert await unit.known_devices.add(known(2, owner="bob", device="device 1"), since=NOON)
        assert await unit.known_devices.see(known(1), since=NOON)
        assert not await unit.known_devices.forget(ada.id, "dev_2")
        assert await unit.known_devices.forget_all(ada.id) == 1
    async with practice.units.read() as unit:
        assert [one.id for one in await unit.known_devices.of(AccountId("acc_bob"), 10)] == ["dev_2"]


async def test_trust_is_found_only_where_all_of_it_fits(practice: Practice, ada: Account) -> None:
    kept = trusted(ada)
    async with practice.write() as unit:
        await unit.trusted_devices.keep(kept)
    fits: dict[str, Any] = {
        "account": ada.id, "token": kept.token, "device": kept.device, "stamp": kept.stamp, "at": kept.expires_at - SECOND,
    }  # fmt: skip
    async with practice.units.read() as unit:
        assert await unit.trusted_devices.find(**fits) == kept.id
        for change in (
            {"account": AccountId("acc_bob")}, {"token": "x"}, {"token": ""}, {"device": "x"}, {"device": ""},
            {"stamp": SecurityStamp("x")}, {"at": kept.expires_at},
        ):  # fmt: skip
            assert await unit.trusted_devices.find(**{**fits, **change}) is None, change


async def test_one_browser_holds_one_record_for_each_account(practice: Practice, ada: Account) -> None:
    bob = await add(practice, "bob")
    async with practice.write() as unit:
        await unit.trusted_devices.keep(trusted(ada, 1))
        await unit.trusted_devices.keep(trusted(bob, 2, token="token 1", device="device 1"))
        await unit.trusted_devices.keep(trusted(ada, 3, token="token 1", device="device 1", uses=5))
    async with practice.units.read() as unit:
        found = await unit.trusted_devices.of_browser("token 1", "device 1", NOON)
        assert {(one.id, one.account, one.uses) for one in found} == {("trd_1", ada.id, 5), ("trd_2", bob.id, 0)}
        assert await unit.trusted_devices.of_browser("token 1", "device 2", NOON) == []
        assert await unit.trusted_devices.of_browser("token 1", "device 1", NOON + 14 * DAY) == []


async def test_sweeping_takes_no_more_than_asked_and_nothing_that_is_needed(practice: Practice, ada: Account) -> None:
    async with practice.write() as unit:
        for number in range(5):
            await unit.known_devices.add(known(number, last_seen_at=NOON), since=NOON)
            await unit.trusted_devices.keep(trusted(ada, number))
    for store, ends in (("known_devices", NOON + 400 * DAY), ("trusted_devices", NOON + 21 * DAY)):
        async with practice.write() as unit:
            rows = getattr(unit, store)
            assert await rows.sweep(ends - SECOND, 10) == 0
            assert [await rows.sweep(ends, 3) for _ in range(3)] == [3, 2, 0]


async def test_the_trust_in_one_known_device_is_removed_and_no_other(practice: Practice, ada: Account) -> None:
    bob = await add(practice, "bob")
    async with practice.write() as unit:
        await unit.known_devices.add(known(1), since=NOON)
        for trust in (trusted(ada, 1), trusted(ada, 2), trusted(bob, 3, device="device 1")):
            await unit.trusted_devices.keep(trust)
        await unit.trusted_devices.remove_of_known(bob.id, "dev_1")
        await unit.trusted_devices.remove_of_known(ada.id, "dev_2")
        assert [one.id for one in await unit.trusted_devices.of(ada.id, NOON, 10)] == ["trd_2", "trd_1"]
        await unit.trusted_devices.remove_of_known(ada.id, "dev_1")
        assert [one.id for one in await unit.trusted_devices.of(ada.id, NOON, 10)] == ["trd_2"]
        assert [one.id for one in await unit.trusted_devices.of(bob.id, NOON, 10)] == ["trd_3"]
