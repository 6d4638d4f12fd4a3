"""The devices that the person is known on and trusts, on a page of their own (MFA-9)."""

from typing import Any, Final

from litestar import Response, get, post

from wardkey.language import N_
from wardkey.self_service.actions import Caller
from wardkey.self_service.devices import forget_device, list_devices, revoke_all_trust, revoke_trust
from wardkey.surfaces.pages.forms import PageRequest
from wardkey.surfaces.pages.outcomes import SECURITY
from wardkey.surfaces.pages.rendering import page, redirect
from wardkey.surfaces.pages.session import signed_in_only
from wardkey.vocabulary import Problem

PATH: Final = f"{SECURITY}/devices"
OUTCOMES: Final = {
    "trust-ended": N_("That device is no longer trusted. You can trust it again the next time you sign in there."),
    "all-trust-ended": N_("You trust no device any more. You can trust one again the next time you sign in there."),
    "no-trust": N_("You trust no device."),
    "forgotten": N_("That device is forgotten. You will get a message if anybody signs in to your account on it again."),
}
"""Name of an outcome to its sentence."""


@get(PATH)
@signed_in_only()
async def devices_page(request: PageRequest, caller: Caller) -> Response[Any]:
    return page(
        request,
        "account/devices.html",
        who=caller.who,
        section="security",
        here=PATH,
        found=await list_devices(caller),
        trust_days=caller.world.settings.mfa.trust_days,
        outcome=OUTCOMES.get(request.query_params.get("after", "")),
    )


@post(f"{PATH}/{{device:str}}/forget")
@signed_in_only(back=PATH)
async def device_forgotten(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    outcome = await forget_device(caller, str(request.path_params["device"]))
    return outcome if isinstance(outcome, Problem) else _done("forgotten")


@post(f"{PATH}/trusted/{{trust:str}}/end")
@signed_in_only(back=PATH)
async def trust_ended(request: PageRequest, caller: Caller) -> Response[Any] | Problem:
    outcome = await revoke_trust(caller, str(request.path_params["trust"]))
    return outcome if isinstance(outcome, Problem) else _done("trust-ended")


@get(f"{PATH}/trusted/end-all")
@signed_in_only()
async def all_trust_form(request: PageRequest, caller: Caller) -> Response[Any]:
    found = await list_devices(caller)
    return page(request, "account/devices_end_trust.html", who=caller.who, section="security", trusted=found.trusted)


@post(f"{PATH}/trusted/end-all")
@signed_in_only()
async def all_trust_ended(_request: PageRequest, caller: Caller) -> Response[Any]:
    return _done("all-trust-ended" if await revoke_all_trust(caller) else "no-trust")


def _done(outcome: str) -> Response[Any]:
    """Back to the list, which says what was done."""
    return redirect(f"{PATH}?after={outcome}")


HANDLERS: Final = [devices_page, device_forgotten, trust_ended, all_trust_form, all_trust_ended]
