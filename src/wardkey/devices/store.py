"""What must be kept about devices."""

from typing import Protocol

from wardkey.devices.rules import KnownDevice, TrustedDevice
from wardkey.vocabulary import AccountId, Instant, SecurityStamp


class KnownDeviceStore(Protocol):
    async def see(self, known: KnownDevice, *, since: Instant) -> bool:
        """Note another sign-in on a device that was last seen after `since`; False where there is no such one."""
        ...

    async def add(self, known: KnownDevice, *, since: Instant) -> bool:
        """Keep a device, or take up again one last seen at `since` or earlier; False where it is known after all, because
        somebody else was faster."""
        ...

    async def of(self, account: AccountId, limit: int) -> list[KnownDevice]:
        """An account's devices, the one used last first."""
        ...

    async def forget(self, account: AccountId, known: str) -> bool:
        """Remove a device of an account; False where it has none of that name."""
        ...

    async def forget_all(self, account: AccountId) -> int: ...


class TrustedDeviceStore(Protocol):
    async def find(self, account: AccountId, token: str, device: str, stamp: SecurityStamp, at: Instant) -> str | None:
        """The id of the record by which this browser is trusted for an account; all of it has to fit."""
        ...

    async def use(self, trust: str, account: AccountId, at: Instant) -> bool:
        """Count a use in one statement that holds only while the record is there, has not ended, and the account's stamp is
        the one it was given under."""
        ...

    async def of_browser(self, token: str, device: str, at: Instant) -> list[TrustedDevice]:
        """Everybody's records of one browser that count."""
        ...

    async def keep(self, trusted: TrustedDevice) -> None:
        """Trust a browser for an account, in place of what was kept about the two before."""
        ...

    async def of(self, account: AccountId, at: Instant, limit: int) -> list[TrustedDevice]:
        """The devices that are trusted for an account now, the one trusted last first."""
        ...

    async def remove(self, account: AccountId, trust: str, at: Instant) -> bool:
        """End one record of an account; False where there is none of that name that counts."""
        ...

    async def remove_of_known(self, account: AccountId, known: str) -> None:
        """Remove the trust in one of the devices that an account is known on."""
        ...

    async def remove_all(self, account: AccountId, at: Instant) -> int:
        """End every record of an account; answers how many of them counted."""
        ...


class HoldsDevices(Protocol):
    @property
    def known_devices(self) -> KnownDeviceStore: ...
    @property
    def trusted_devices(self) -> TrustedDeviceStore: ...
