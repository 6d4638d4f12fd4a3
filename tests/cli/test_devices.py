"""An operator sees where somebody is known and trusted, and has all of it forgotten (MFA-9)."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.command import Operator
from tests.devices.devices import Browser
from tests.world import NOON, open_practice
from wardkey.accounts.rules import email_key
from wardkey.surfaces.cli.output import moment_text

EMAIL = "ada@clinic.example"
pytestmark = pytest.mark.spec("MFA-9")


@pytest.fixture(autouse=True)
def practice(operator: Operator) -> None:
    """A practice with a provider."""
    operator.has_practice()
    operator.has_account(EMAIL)


def has_devices(operator: Operator, *trusting: bool) -> datetime:
    """Let the provider sign in on a device for each, one hour after the other; answers when the last was."""

    async def signing_in() -> datetime:
        async with open_practice(operator.url) as practice:
            practice.clock.advance(datetime.now(UTC) - NOON - timedelta(days=1))
            async with practice.units.read() as unit:
                account = await unit.accounts.by_email(email_key(EMAIL))
            assert account is not None
            for is_trusting in trusting:
                practice.clock.advance(timedelta(hours=1))
                await Browser(practice).sign_in(account, trusting=is_trusting)
            return practice.clock.now()

    return asyncio.run(signing_in())


def test_devices_are_listed_with_place_and_trust_the_one_used_last_first(operator: Operator) -> None:
    last = has_devices(operator, False, True)
    head, second, first = operator.done("account", "devices", EMAIL).out.splitlines()
    assert head.split("  ")[0] == "device"
    assert second.startswith("Firefox on Linux  near Leeds, United Kingdom  ")
    assert second.endswith(moment_text(last + timedelta(days=14)))
    assert moment_text(last - timedelta(hours=1)) in first
    assert first.rstrip().endswith("1"), "and is not trusted"
    known, other = operator.done("account", "devices", EMAIL, "--json").data
    assert (known["device"], known["sign_ins"], other["trusted_until"]) == ("Firefox on Linux", 1, None)
    assert datetime.fromisoformat(known["trusted_until"]) == last + timedelta(days=14)
    assert set(known) == {"id", "device", "place", "first_seen_at", "last_seen_at", "sign_ins", "trusted_until"}


def test_devices_are_forgotten_and_trusted_no_longer(operator: Operator) -> None:
    has_devices(operator, True, True)
    assert operator.done("account", "forget-devices", EMAIL).out == "2 devices are forgotten.\n"
    assert operator.done("account", "devices", EMAIL).out == "No device is known.\n"
    assert operator.done("account", "devices", EMAIL, "--json").data == []
    assert operator.rows("SELECT count(*) FROM trusted_devices") == [(0,)]
    assert operator.events()[-1] == ("device.forgotten", "operator", {"how": "by_operator", "count": 2})
    assert operator.done("account", "forget-devices", EMAIL).out == "No device was known.\n"
    has_devices(operator, False)
    assert operator.done("account", "forget-devices", EMAIL).out == "1 device is forgotten.\n"
    assert operator.done("account", "forget-devices", EMAIL, "--json").data == {"forgotten": 0}


@pytest.mark.parametrize("command", ["devices", "forget-devices"])
def test_an_address_without_an_account_is_refused(operator: Operator, command: str) -> None:
    assert "There is no such account" in operator.refused("account", command, "nobody@clinic.example")
