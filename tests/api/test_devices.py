"""The devices of one's own account over the API (MFA-9)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.program import ADA, Program, refused
from tests.devices.devices import Browser
from tests.world import HERE, Practice
from wardkey.accounts.rules import Account

pytestmark = pytest.mark.spec("MFA-9")


@pytest.fixture
async def account(sqlite_practice: Practice) -> Account:
    found, _ = await sqlite_practice.add_person(ADA)
    return found


@pytest.fixture
async def phone(sqlite_practice: Practice, account: Account) -> Browser:
    """A device of Ada's that she trusts."""
    browser = Browser(sqlite_practice)
    await browser.sign_in(account, trusting=True)
    return browser


@pytest.fixture
async def ada(program: Program, phone: Browser) -> Program:
    await program.sign_in()
    program.device = ""
    return program


async def listed(ada: Program, phone: Browser) -> dict[str, Any]:
    """What the list says of the phone, asked from it."""
    found = (await ada.get("/account/devices", wardkey_device=phone.device)).json()
    return {kind: [one for one in found[kind] if one["is_this"]] for kind in ("known", "trusted")}


async def test_the_devices_are_listed_and_this_one_is_marked_by_its_header(ada: Program, phone: Browser) -> None:
    found = await listed(ada, phone)
    ((known,), (trusted,)) = found["known"], found["trusted"]
    assert (known["is_trusted"], known["sign_ins"], known["place"]) == (True, 1, "near Leeds, United Kingdom")
    assert known["device"] == trusted["device"] == "Firefox on Linux"
    assert (trusted["created_at"], trusted["expires_at"]) == ("2026-11-24T12:00:00Z", "2026-12-08T12:00:00Z")
    assert trusted["uses"] == 0
    text = (await ada.get("/account/devices")).text
    assert '"is_this":true' not in text
    assert not any(secret in text for secret in (phone.device, phone.trust, HERE.ip))


async def test_the_cookies_of_a_browser_mark_nothing(ada: Program, phone: Browser) -> None:
    answered = await ada.get("/account/devices", cookie=f"wardkey_device={phone.device}; wardkey_trust={phone.trust}")
    assert '"is_this":true' not in answered.text


async def test_trust_is_ended(ada: Program, phone: Browser, account: Account) -> None:
    (trusted,) = (await listed(ada, phone))["trusted"]
    path = f"/account/trusted-devices/{trusted['id']}"
    answered = await ada.delete(path)
    assert (answered.status_code, answered.content) == (204, b"")
    refused(await ada.delete(path), 404, "trust_gone")
    assert not await phone.is_trusted(account)
    assert [one["is_trusted"] for one in (await listed(ada, phone))["known"]] == [False]


async def test_all_trust_is_ended_at_once(ada: Program, phone: Browser, account: Account) -> None:
    await Browser(ada.practice).sign_in(account, trusting=True)
    assert (await ada.delete("/account/trusted-devices")).json() == {"ended": 2}
    assert (await ada.delete("/account/trusted-devices")).json() == {"ended": 0}
    assert not await phone.is_trusted(account)


async def test_a_device_is_forgotten(ada: Program, phone: Browser, account: Account) -> None:
    (known,) = (await listed(ada, phone))["known"]
    assert (await ada.delete(f"/account/devices/{known['id']}")).status_code == 204
    refused(await ada.delete(f"/account/devices/{known['id']}"), 404, "device_gone")
    assert await listed(ada, phone) == {"known": [], "trusted": []}
    assert not await phone.is_trusted(account)


@pytest.mark.parametrize("name", ["x", "%00", "dev_%00", "trd_0", "..%2f", "%E2%80%AE"])
async def test_a_name_of_nothing_is_not_found(ada: Program, name: str) -> None:
    for folder, code in (("devices", "device_gone"), ("trusted-devices", "trust_gone")):
        answered = await ada.delete(f"/account/{folder}/{name}")
        assert answered.status_code == 404
        assert answered.json()["code"] in (code, "not_found")


async def test_nobody_sees_or_ends_what_is_of_somebody_else(
    ada: Program, phone: Browser, account: Account, new_program: Callable[..., Program]
) -> None:
    found = await listed(ada, phone)
    await ada.practice.add_person("bob@example.org")
    bob = new_program()
    await bob.sign_in("bob@example.org")
    assert found["known"][0]["id"] not in (await bob.get("/account/devices", wardkey_device=phone.device)).text
    refused(await bob.delete(f"/account/devices/{found['known'][0]['id']}"), 404, "device_gone")
    refused(await bob.delete(f"/account/trusted-devices/{found['trusted'][0]['id']}"), 404, "trust_gone")
    assert (await bob.delete("/account/trusted-devices")).json() == {"ended": 0}
    assert await phone.is_trusted(account)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/devices"), ("DELETE", "/devices/dev_x"), ("DELETE", "/trusted-devices"), ("DELETE", "/trusted-devices/trd_x")],
)
async def test_whoever_is_not_signed_in_is_told_so(program: Program, method: str, path: str) -> None:
    refused(await program.send(method, f"/account{path}"), 401, "signed_out")
