"""The devices that a signed-in person is known on and trusts: looking at them, and ending that.

Nothing here asks for a fresh proof, since it only takes rights away.
"""

from msgspec import Struct

from wardkey.devices import actions
from wardkey.devices.actions import LISTED, device_of
from wardkey.devices.rules import KNOWN_ID, TRUST_ID, KnownDevice, TrustedDevice
from wardkey.self_service.actions import Caller, Changed
from wardkey.vocabulary import Problem


class Known(Struct, frozen=True):
    """A device that the account is known on; `is_this` marks the one that asks."""

    device: KnownDevice
    is_this: bool
    is_trusted: bool


class Trusted(Struct, frozen=True):
    """A device that is trusted now; `is_this` marks the one that asks."""

    device: TrustedDevice
    is_this: bool


class Devices(Struct, frozen=True):
    """The devices of an account: those used last, and those trusted last; in both the one that asks comes first."""

    known: tuple[Known, ...]
    trusted: tuple[Trusted, ...]


async def list_devices(caller: Caller) -> Devices:
    """The devices of the caller's account."""
    account, this = caller.who.session.account, device_of(caller.world, caller.origin.device)
    async with caller.units.read() as unit:
        known = await unit.known_devices.of(account, LISTED)
        trusted = await unit.trusted_devices.of(account, caller.world.clock.now(), LISTED)
    names = {one.device for one in trusted}
    return Devices(
        known=tuple(sorted((Known(d, d.device == this, d.device in names) for d in known), key=_this_first)),
        trusted=tuple(sorted((Trusted(d, d.device == this) for d in trusted), key=_this_first)),
    )


def _this_first(one: Known | Trusted) -> bool:
    return not one.is_this


async def revoke_trust(caller: Caller, trust_id: str) -> Changed | Problem:
    """Stop trusting one device."""
    account = caller.who.session.account
    if not TRUST_ID.fullmatch(trust_id):
        return Problem(code="trust_gone")
    async with caller.units.write() as unit:
        is_ended = await actions.revoke(unit, caller.world, account, trust_id, account, caller.origin, caller.world.clock.now())
    return Changed() if is_ended else Problem(code="trust_gone")


async def revoke_all_trust(caller: Caller) -> int:
    """Stop trusting every device; answers how many were trusted."""
    account = caller.who.session.account
    async with caller.units.write() as unit:
        return await actions.revoke_all(unit, caller.world, account, account, caller.origin, caller.world.clock.now())


async def forget_device(caller: Caller, known_id: str) -> Changed | Problem:
    """Forget a device and stop trusting it; the next sign-in there is one on a new device."""
    account = caller.who.session.account
    if not KNOWN_ID.fullmatch(known_id):
        return Problem(code="device_gone")
    async with caller.units.write() as unit:
        is_gone = await actions.forget_device(
            unit, caller.world, account, known_id, account, caller.origin, caller.world.clock.now()
        )
    return Changed() if is_gone else Problem(code="device_gone")
