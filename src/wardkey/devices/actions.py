"""Knowing devices again, trusting them, and ending that (MFA-9, RULE-2)."""

from typing import Final, Protocol

from wardkey.accounts.rules import Account
from wardkey.audit.actions import ANYONE, OPERATOR, record
from wardkey.audit.events import DeviceForgotten, DeviceTrusted, DeviceTrustRevoked
from wardkey.audit.store import HoldsAudit
from wardkey.devices.rules import (
    DEVICE,
    DEVICE_BYTES,
    TRUST_BYTES,
    KnownDevice,
    Noted,
    TrustedDevice,
    decoded,
    device_digest,
    known_since,
    surplus,
    trust_digest,
    trust_ends_at,
)
from wardkey.devices.store import HoldsDevices
from wardkey.ports import World
from wardkey.vocabulary import AccountId, Instant, Origin, SecurityStamp, sortable_id, token_text

LISTED: Final = 100


class DeviceUnit(HoldsDevices, HoldsAudit, Protocol):
    """The slice of a unit of work that ending trust and giving it need."""


def new_device_token(world: World) -> str:
    """A token for a device that has none: a random number under the key ring's seal; it says nothing about anybody."""
    return _sealed(world, world.randomness.bytes(DEVICE_BYTES))


def device_of(world: World, token: str) -> str:
    """Under which digest the device that brought a token is kept; nothing where the token is not one of ours."""
    number = _number(world, token)
    return device_digest(number) if number else ""


async def trusted(unit: HoldsDevices, world: World, account: Account, origin: Origin, at: Instant) -> str | None:
    """The id of the record by which this sign-in needs no second step. One statement, and none where no trust was brought."""
    token = trust_digest(origin.trust)
    device = device_of(world, origin.device) if token else ""
    if not device:
        return None
    return await unit.trusted_devices.find(account.id, token, device, account.security_stamp, at)


async def use_trust(unit: HoldsDevices, trust_id: str, account: Account, at: Instant) -> bool:
    """Count a use at the moment the session is given; False where the trust has ended since it was found. One statement."""
    return await unit.trusted_devices.use(trust_id, account.id, at)


async def note_device(
    unit: HoldsDevices, world: World, account: Account, origin: Origin, at: Instant, *, has_devices: bool
) -> Noted:
    """Note on which device a session is given. It is new where the account has devices (`has_devices`) and was not used on
    this one lately. One statement; two where a genuine token is of no device that the account is known on.

    The token to bring next time is sealed anew each time, so that it keeps up with the key ring.
    """
    since, brought = known_since(world.settings, at), _number(world, origin.device)
    number = brought or world.randomness.bytes(DEVICE_BYTES)
    token, known = _sealed(world, number), _known(world, account.id, device_digest(number), origin, at)
    if brought and await unit.known_devices.see(known, since=since):
        return Noted(token, is_new=False)
    is_added = await unit.known_devices.add(known, since=since)
    return Noted(token, is_new=is_added and has_devices)


async def trust(
    unit: DeviceUnit, world: World, account: Account, stamp: SecurityStamp, origin: Origin, device_token: str, at: Instant
) -> str:
    """Trust a browser for an account under its stamp; answers the token to bring next time.

    `device_token` is the one that `note_device` answered. Where others trust this browser already its token stays, so that
    they keep their trust; beyond `accounts_per_browser` the one given first goes. Raises ValueError where the token of the
    device is not genuine.
    """
    device = device_of(world, device_token)
    if not device:
        raise ValueError("only a known device can be trusted")
    brought = trust_digest(origin.trust)
    here = await unit.trusted_devices.of_browser(brought, device, at) if brought else []
    token = origin.trust if here else token_text(world.randomness.bytes(TRUST_BYTES))
    given = _trusted(world, account.id, stamp, trust_digest(token), device, origin, at)
    await unit.trusted_devices.keep(given)
    event = DeviceTrusted(until=given.expires_at.isoformat())
    await record(unit, world, event, actor=account.id, subject=account.id, origin=origin, at=at)
    await _make_room(unit, world, [other for other in here if other.account != account.id], origin, at)
    return token


async def revoke(
    unit: DeviceUnit, world: World, account: AccountId, trust_id: str, actor: str, origin: Origin, at: Instant
) -> bool:
    """End the trust in one device of an account; False where there is none of that name."""
    if not await unit.trusted_devices.remove(account, trust_id, at):
        return False
    await _revoked(unit, world, account, DeviceTrustRevoked(how=_by(actor, account)), actor, origin, at)
    return True


async def revoke_all(unit: DeviceUnit, world: World, account: AccountId, actor: str, origin: Origin, at: Instant) -> int:
    """End the trust in every device of an account; answers in how many."""
    count = await unit.trusted_devices.remove_all(account, at)
    if count:
        await _revoked(unit, world, account, DeviceTrustRevoked(how=_by(actor, account), count=count), actor, origin, at)
    return count


async def forget_device(
    unit: DeviceUnit, world: World, account: AccountId, known_id: str, actor: str, origin: Origin, at: Instant
) -> bool:
    """Forget a device and end the trust in it: the next sign-in there is on a new device. False where there is none."""
    await unit.trusted_devices.remove_of_known(account, known_id)
    if not await unit.known_devices.forget(account, known_id):
        return False
    event = DeviceForgotten(how=_by(actor, account))
    await record(unit, world, event, actor=actor, subject=account, origin=origin, at=at)
    return True


async def forget_all_devices(unit: DeviceUnit, world: World, account: AccountId, actor: str, origin: Origin, at: Instant) -> int:
    """Forget every device of an account and end the trust in all; answers how many were known."""
    await unit.trusted_devices.remove_all(account, at)
    count = await unit.known_devices.forget_all(account)
    if count:
        event = DeviceForgotten(how=_by(actor, account), count=count)
        await record(unit, world, event, actor=actor, subject=account, origin=origin, at=at)
    return count


async def _make_room(unit: DeviceUnit, world: World, others: list[TrustedDevice], origin: Origin, at: Instant) -> None:
    for one in surplus(others, world.settings.devices.accounts_per_browser):
        if await unit.trusted_devices.remove(one.account, one.id, at):
            await _revoked(unit, world, one.account, DeviceTrustRevoked(how="crowded_out"), ANYONE, origin, at)


async def _revoked(
    unit: HoldsAudit, world: World, account: AccountId, event: DeviceTrustRevoked, actor: str, origin: Origin, at: Instant
) -> None:
    await record(unit, world, event, actor=actor, subject=account, origin=origin, at=at)


def _known(world: World, account: AccountId, device: str, origin: Origin, at: Instant) -> KnownDevice:
    return KnownDevice(
        id=sortable_id("dev", at, world.randomness.bytes(10)),
        account=account,
        device=device,
        first_seen_at=at,
        last_seen_at=at,
        sign_ins=1,
        ip=origin.ip,
        user_agent=origin.user_agent,
        place=world.geoip.locate(origin.ip),
    )


def _trusted(
    world: World, account: AccountId, stamp: SecurityStamp, token: str, device: str, origin: Origin, at: Instant
) -> TrustedDevice:
    return TrustedDevice(
        id=sortable_id("trd", at, world.randomness.bytes(10)),
        account=account,
        token=token,
        device=device,
        stamp=stamp,
        created_at=at,
        expires_at=trust_ends_at(world.settings, at),
        last_used_at=at,
        uses=0,
        ip=origin.ip,
        user_agent=origin.user_agent,
        place=world.geoip.locate(origin.ip),
    )


def _by(actor: str, account: AccountId) -> str:
    """Who ended it, as events say it."""
    if actor == account:
        return "by_owner"
    return "by_operator" if actor == OPERATOR else "by_admin"


def _sealed(world: World, number: bytes) -> str:
    return token_text(world.sealing.seal(number, DEVICE))


def _number(world: World, token: str) -> bytes:
    """The number in a device's token; none where it is not genuine."""
    sealed = decoded(token)
    if not sealed:
        return b""
    try:
        number = world.sealing.open(sealed, DEVICE)
    except ValueError:
        return b""
    return number if len(number) == DEVICE_BYTES else b""
