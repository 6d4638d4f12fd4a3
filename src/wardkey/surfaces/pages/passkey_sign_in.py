"""Signing in with a passkey: what the browser needs for it, and what it answers (SIGN-2)."""

from typing import Any, Final

import msgspec
from litestar import Response, post

from wardkey.rate_limits.actions import take
from wardkey.rate_limits.rules import Budget
from wardkey.signin import runner
from wardkey.signin.commands import SubmitPasskey
from wardkey.signin.passkey_first import offer
from wardkey.surfaces.pages.forms import PageRequest, read_form
from wardkey.surfaces.pages.sign_in import answered
from wardkey.surfaces.request import local_path
from wardkey.surfaces.visit import visit_of
from wardkey.vocabulary import network_of


@post("/sign-in/passkey/options", status_code=200)
async def passkey_options(request: PageRequest) -> Response[bytes]:
    """A challenge for whoever it may be, for the button and for autofill."""
    visit = visit_of(request.scope)
    world = visit.service.world
    wait = await take(world, Budget.PASSKEY_NETWORK, network_of(visit.origin.ip))
    if wait:
        return Response(b"{}", status_code=429, headers={"retry-after": str(wait)}, media_type="application/json")
    return Response(msgspec.json.encode(offer(world, world.clock.now())), media_type="application/json")


@post("/sign-in/passkey")
async def submit_passkey(request: PageRequest) -> Response[Any]:
    """What the authenticator answered; the sign-in goes on from there as after a password."""
    form, visit = await read_form(request), visit_of(request.scope)
    command = SubmitPasskey(token=form.text("token"), credential=form.text("credential"))
    view = await runner.start(visit.service.units, visit.service.world, command, visit.origin)
    return await answered(request, view, local_path(form.text("return_to")), form)


HANDLERS: Final = [passkey_options, submit_passkey]
