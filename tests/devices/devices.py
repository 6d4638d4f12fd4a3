"""Browsers and what they bring: the tokens of one browser, and what signing in on it does to the devices of an account."""

from datetime import timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tests.world import HERE, Practice
from wardkey.accounts.rules import Account
from wardkey.devices.actions import note_device, trust, trusted, use_trust
from wardkey.devices.rules import KnownDevice, Noted, TrustedDevice
from wardkey.vocabulary import Origin, SecurityStamp

SECOND: Final = timedelta(seconds=1)
DAY: Final = timedelta(days=1)


class Browser(Struct):
    """What one browser keeps between visits."""

    practice: Practice
    device: str = ""
    trust: str = ""

    @property
    def origin(self) -> Origin:
        return replace(HERE, device=self.device, trust=self.trust)

    async def sign_in(self, account: Account, *, trusting: bool = False) -> Noted:
        """What is noted when a session is given; with `trusting` the person ticks the box."""
        practice, at = self.practice, self.practice.clock.now()
        has_devices = bool(await known(practice, account))
        async with practice.write() as unit:
            noted = await note_device(unit, practice.world, account, self.origin, at, has_devices=has_devices)
            self.device = noted.token
            if trusting:
                stamp = account.security_stamp
                self.trust = await trust(unit, practice.world, account, stamp, self.origin, self.device, at)
        return noted

    async def is_trusted(self, account: Account) -> bool:
        return await self.trust_in(account) is not None

    async def trust_in(self, account: Account) -> str | None:
        async with self.practice.units.read() as unit:
            return await trusted(unit, self.practice.world, account, self.origin, self.practice.clock.now())

    async def use(self, account: Account, trust_id: str) -> bool:
        async with self.practice.units.single() as unit:
            return await use_trust(unit, trust_id, account, self.practice.clock.now())

    def copied(self, **kept: str) -> "Browser":
        """Another browser that holds copies of some of these tokens."""
        return Browser(self.practice, **kept)


async def known(practice: Practice, account: Account) -> list[KnownDevice]:
    async with practice.units.read() as unit:
        return await unit.known_devices.of(account.id, 100)


async def trusts(practice: Practice, account: Account) -> list[TrustedDevice]:
    async with practice.units.read() as unit:
        return await unit.trusted_devices.of(account.id, practice.clock.now(), 100)


async def with_new_stamp(practice: Practice, account: Account) -> Account:
    """The account after its password, methods or recovery code were changed."""
    stamp = SecurityStamp(f"{account.security_stamp}'")
    async with practice.write() as unit:
        assert await unit.accounts.move_stamp(account.id, old=account.security_stamp, new=stamp)
    return replace(account, security_stamp=stamp)
