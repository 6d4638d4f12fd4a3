"""`wardkey account devices` and `wardkey account forget-devices`: where a person is known and trusted (MFA-9)."""

import click
from msgspec import Struct

from wardkey.accounts.rules import email_key
from wardkey.audit.actions import OPERATOR
from wardkey.devices.actions import LISTED, forget_all_devices
from wardkey.devices.rules import KnownDevice, TrustedDevice
from wardkey.notices.circumstances import device_of, place_of
from wardkey.surfaces.cli.invocation import Invocation, as_json, example
from wardkey.surfaces.cli.output import moment_text, say, say_json, say_table
from wardkey.surfaces.service import Service
from wardkey.vocabulary import NOWHERE, Instant, Problem

HEAD = ("device", "place", "first used", "last used", "sign-ins", "trusted until")


class Shown(Struct, frozen=True, kw_only=True):
    """A device as `--json` prints it; nothing in it lets anybody in."""

    id: str
    device: str
    place: str
    first_seen_at: Instant
    last_seen_at: Instant
    sign_ins: int
    trusted_until: Instant | None


def shown(known: KnownDevice, trusted: TrustedDevice | None) -> Shown:
    return Shown(
        id=known.id,
        device=device_of(known.user_agent, "en"),
        place=place_of(known.place, known.ip, "en"),
        first_seen_at=known.first_seen_at,
        last_seen_at=known.last_seen_at,
        sign_ins=known.sign_ins,
        trusted_until=trusted.expires_at if trusted else None,
    )


@click.command("devices", epilog=example("wardkey account devices ada@clinic.example"))
@click.argument("email")
@as_json
@click.pass_obj
def listing(invocation: Invocation, email: str, is_json: bool) -> None:
    """List the devices that the account with the address EMAIL was signed in on, the one used last first."""

    async def work(service: Service) -> list[Shown] | Problem:
        async with service.units.read() as unit:
            account = await unit.accounts.by_email(email_key(email))
            if account is None:
                return Problem(code="account_unknown")
            known = await unit.known_devices.of(account.id, LISTED)
            trusted = await unit.trusted_devices.of(account.id, service.world.clock.now(), LISTED)
        by_device = {one.device: one for one in trusted}
        return [shown(one, by_device.get(one.device)) for one in known]

    found = invocation.with_service(work)
    if is_json:
        say_json(found)
    elif found:
        say_table(HEAD, [_cells(one) for one in found])
    else:
        say("No device is known.")


@click.command("forget-devices", epilog=example("wardkey account forget-devices ada@clinic.example"))
@click.argument("email")
@as_json
@click.pass_obj
def forgetting(invocation: Invocation, email: str, is_json: bool) -> None:
    """Forget every device of the account with the address EMAIL: none is trusted, and each is new at its next sign-in.

    Nobody is signed out.
    """

    async def work(service: Service) -> int | Problem:
        at = service.world.clock.now()
        async with service.units.write() as unit:
            account = await unit.accounts.by_email(email_key(email))
            if account is None:
                return Problem(code="account_unknown")
            return await forget_all_devices(unit, service.world, account.id, OPERATOR, NOWHERE, at)

    count = invocation.with_service(work)
    if is_json:
        say_json({"forgotten": count})
        return
    say(f"{count} device{' is' if count == 1 else 's are'} forgotten." if count else "No device was known.")


def _cells(one: Shown) -> tuple[str, ...]:
    first, last, until = moment_text(one.first_seen_at), moment_text(one.last_seen_at), moment_text(one.trusted_until)
    return (one.device, one.place, first, last, str(one.sign_ins), until)
