"""The first page after signing in: who you are here, what protects you, and what to do next."""

from typing import Any, Final

from litestar import Response, get

from wardkey.language import N_, translate
from wardkey.self_service.actions import Caller, overview
from wardkey.sessions.rules import SignedIn
from wardkey.surfaces.pages.forms import PageRequest
from wardkey.surfaces.pages.protection import protection_of
from wardkey.surfaces.pages.rendering import page
from wardkey.surfaces.pages.session import signed_in_only
from wardkey.vocabulary import Language

PLACES: Final = {
    "owner": N_("Owner at %(practice)s"),
    "admin": N_("Administrator at %(practice)s"),
    "provider": N_("Provider at %(practice)s"),
    "staff": N_("Office staff at %(practice)s"),
    "client": N_("Client of %(practice)s"),
}
"""What each role is called beside the practice's name."""


@get("/")
@signed_in_only()
async def home(request: PageRequest, caller: Caller) -> Response[Any]:
    seen, language = await overview(caller), caller.origin.language
    return page(
        request,
        "account/home.html",
        who=caller.who,
        section="home",
        overview=seen,
        protection=protection_of(seen, caller.who.time_zone, language),
        belongs_to=belongs_to(caller.who, language),
    )


def belongs_to(who: SignedIn, language: Language) -> str | None:
    """The person's role and practice, if they have one."""
    if who.role is None or who.organization is None:
        return None
    return translate(language, PLACES.get(who.role, "%(practice)s"), {"practice": who.organization})


HANDLERS: Final = [home]
