"""A person sees the devices they are known on and trust, and ends that, on their own account alone (MFA-9)."""

import pytest
from msgspec.structs import replace

from tests.devices.devices import DAY, Browser
from tests.signin.client import ELSEWHERE, caller_of, names_in_trail, sign_in
from tests.world import HERE, Practice
from wardkey.accounts.rules import Account
from wardkey.devices.actions import device_of
from wardkey.self_service.actions import Caller, Changed
from wardkey.self_service.devices import forget_device, list_devices, revoke_all_trust, revoke_trust
from wardkey.vocabulary import Problem

pytestmark = pytest.mark.spec("MFA-9")


async def caller_on(browser: Browser, account: Account) -> Caller:
    """Somebody who is signed in with a browser."""
    practice = browser.practice
    return await caller_of(practice, await sign_in(practice, account.email, origin=browser.origin), browser.origin)


async def test_a_person_sees_their_devices_this_one_first(practice: Practice) -> None:
    ada, _ = await practice.add_person("ada@example.org")
    bob, _ = await practice.add_person("bob@example.org")
    desk, phone, at = Browser(practice), Browser(practice), practice.clock.now()
    await desk.sign_in(ada, trusting=True)
    await desk.sign_in(bob, trusting=True)
    practice.clock.advance(DAY)
    await phone.sign_in(ada, trusting=True)
    here = device_of(practice.world, desk.device)
    found = await list_devices(await caller_on(desk, ada))
    assert [one.device.device == here for one in found.known][:2] == [True, False]
    assert [(one.is_this, one.is_trusted, one.device.first_seen_at) for one in found.known][:2] == [
        (True, True, at),
        (False, True, at + DAY),
    ]
    assert [(one.is_this, one.device.created_at) for one in found.trusted] == [(True, at), (False, at + DAY)]
    accounts = [known.device.account for known in found.known] + [trusted.device.account for trusted in found.trusted]
    assert set(accounts) == {ada.id}


async def test_a_client_without_a_token_is_none_of_the_devices(practice: Practice) -> None:
    ada, _ = await practice.add_person("ada@example.org")
    await Browser(practice).sign_in(ada)
    for device in ("", "forged"):
        found = await list_devices(await caller_of(practice, await sign_in(practice), replace(HERE, device=device)))
        assert not any(one.is_this for one in found.known)


async def test_a_person_stops_trusting_one_device_or_all(practice: Practice) -> None:
    ada, _ = await practice.add_person("ada@example.org")
    desk, phone, tablet = Browser(practice), Browser(practice), Browser(practice)
    for browser in (desk, phone, tablet):
        await browser.sign_in(ada, trusting=True)
    caller = await caller_on(desk, ada)
    (here,) = [one.device.id for one in (await list_devices(caller)).trusted if one.is_this]
    assert await revoke_trust(caller, here) == Changed()
    assert await revoke_trust(caller, here) == Problem(code="trust_gone")
    assert [await browser.is_trusted(ada) for browser in (desk, phone, tablet)] == [False, True, True]
    assert await revoke_all_trust(caller) == 2
    assert await revoke_all_trust(caller) == 0
    assert not any([await browser.is_trusted(ada) for browser in (desk, phone, tablet)])
    assert (await names_in_trail(practice, ada.id)).count("device.trust_revoked") == 2


async def test_a_person_forgets_a_device(practice: Practice) -> None:
    ada, _ = await practice.add_person("ada@example.org")
    desk, phone = Browser(practice), Browser(practice)
    await desk.sign_in(ada, trusting=True)
    await phone.sign_in(ada, trusting=True)
    caller = await caller_on(desk, ada)
    gone = device_of(practice.world, phone.device)
    (there,) = [one.device.id for one in (await list_devices(caller)).known if one.device.device == gone]
    assert await forget_device(caller, there) == Changed()
    assert await forget_device(caller, there) == Problem(code="device_gone")
    assert gone not in {one.device.device for one in (await list_devices(caller)).known}
    assert not await phone.is_trusted(ada)
    assert await desk.is_trusted(ada)


async def test_nobody_ends_what_is_of_somebody_else(practice: Practice) -> None:
    ada, _ = await practice.add_person("ada@example.org")
    bob, _ = await practice.add_person("bob@example.org")
    desk = Browser(practice)
    await desk.sign_in(ada, trusting=True)
    await desk.sign_in(bob, trusting=True)
    hers = await list_devices(await caller_on(desk, ada))
    caller = await caller_on(desk, bob)
    for one in hers.trusted:
        assert await revoke_trust(caller, one.device.id) == Problem(code="trust_gone")
    for known in hers.known:
        assert await forget_device(caller, known.device.id) == Problem(code="device_gone")
    assert await desk.is_trusted(ada)
    await revoke_all_trust(caller)
    assert await desk.is_trusted(ada)
    assert not await desk.is_trusted(bob)


@pytest.mark.parametrize("name", ["", "dev_", "trd_\x00", "dev_" + "\x00" * 26, "trd_" + "é" * 26, "x" * 5_000, "' OR 1=1 --"])
async def test_a_name_that_cannot_be_is_not_found(practice: Practice, name: str) -> None:
    await practice.add_person("ada@example.org")
    caller = await caller_of(practice, await sign_in(practice), ELSEWHERE)
    assert await revoke_trust(caller, name) == Problem(code="trust_gone")
    assert await forget_device(caller, name) == Problem(code="device_gone")
