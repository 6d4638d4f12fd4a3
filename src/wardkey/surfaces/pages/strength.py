"""What the meter beside a new password says while it is typed; the same rules decide when the form is sent (ACC-5)."""

from typing import Annotated, Final

import msgspec
from litestar import Response, post
from msgspec import Meta, Struct

from wardkey.accounts.actions import measure
from wardkey.problems import strength_in_words
from wardkey.rate_limits.actions import take
from wardkey.rate_limits.rules import Budget
from wardkey.surfaces.pages.forms import PageRequest
from wardkey.surfaces.visit import Visit, visit_of
from wardkey.vocabulary import network_of

READ_AT_MOST: Final = 1_000
"""Signs of a password that are judged here: more than any setting accepts, so that too long reads as too long."""


class Typed(Struct, frozen=True):
    """What has been typed so far; `about` are the words of name and address beside it, `minimum` the length asked for there."""

    password: str
    about: Annotated[str, Meta(max_length=1_000)] = ""
    minimum: int = 0


class Reading(Struct, frozen=True):
    """A score of 0 to 4, and a sentence."""

    score: int
    text: str


@post("/password-strength", status_code=200)
async def password_strength(request: PageRequest) -> Response[bytes]:
    visit = visit_of(request.scope)
    wait = await take(visit.service.world, Budget.STRENGTH_NETWORK, network_of(visit.origin.ip))
    if wait:
        return Response(b"{}", status_code=429, headers={"retry-after": str(wait)}, media_type="application/json")
    try:
        typed = msgspec.json.decode(await request.body(), type=Typed)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Response(b"{}", status_code=400, media_type="application/json")
    return Response(msgspec.json.encode(await _reading(visit, typed)), media_type="application/json")


async def _reading(visit: Visit, typed: Typed) -> Reading:
    """The rules of the form that the field stands in; its length is the page's word, within what is ever asked for."""
    world, language = visit.service.world, visit.origin.language
    rules = world.settings.password
    minimum = min(max(typed.minimum, rules.minimum_with_mfa), rules.minimum_alone)
    found = await measure(world, typed.password[:READ_AT_MOST], minimum=minimum, words=(typed.about,))
    text = strength_in_words(found.score, found.fault, language)
    return Reading(found.score, text)


HANDLERS: Final = [password_strength]
