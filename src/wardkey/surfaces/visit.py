"""What every handler knows about the request at hand; put into the scope by `surfaces.front`."""

from typing import Any, Final

from msgspec import Struct

from wardkey.surfaces.service import Service
from wardkey.vocabulary import Origin

KEY: Final = "wardkey_visit"


class Visit(Struct, frozen=True):
    """The service, and where the request comes from."""

    service: Service
    origin: Origin


def visit_of(scope: Any) -> Visit:
    """The visit of an ASGI scope (or of anything that maps like one)."""
    visit = scope["state"][KEY]
    if not isinstance(visit, Visit):
        raise TypeError("the request did not come through surfaces.front")
    return visit
