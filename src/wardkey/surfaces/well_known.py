"""What programs look for under `/.well-known` (RFC 8615): keys, where passwords are changed, whom to tell of a weakness."""

from datetime import timedelta
from email.utils import parseaddr
from typing import Any, Final, TypeAlias

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from wardkey.ports import World
from wardkey.surfaces.visit import visit_of

AnyRequest: TypeAlias = Request[Any, Any, Any]
KEYS_KEPT: Final = {"cache-control": "public, max-age=300"}
"""Keys are published before they sign, so a verifier that is five minutes behind misses nothing."""
KEYS_TYPE: Final = "application/jwk-set+json"  # RFC 7517 §8.5.2
SECURITY_VALID_FOR: Final = timedelta(days=180)
"""RFC 9116 §2.5.5 advises less than a year."""


def well_known_handlers() -> list[HTTPRouteHandler]:
    """Everything under `/.well-known`."""
    return [jwks, change_password, security]


@get("/.well-known/jwks.json")
async def jwks(request: AnyRequest) -> Response[bytes]:
    """The keys that verify access tokens (RFC 7517)."""
    keys = msgspec.json.encode(_world(request).signer.public_keys())
    return Response(keys, media_type=KEYS_TYPE, headers=KEYS_KEPT)


@get("/.well-known/change-password", status_code=302)
async def change_password() -> Redirect:
    """Where browsers and password managers lead people (W3C, A Well-Known URL for Changing Passwords)."""
    return Redirect("/account/security/password", status_code=302)


@get("/.well-known/security.txt", media_type=MediaType.TEXT)
async def security(request: AnyRequest) -> Response[str]:
    """Whom to tell of a weakness (RFC 9116)."""
    world = _world(request)
    expires = (world.clock.now() + SECURITY_VALID_FOR).replace(microsecond=0)
    lines = (
        f"Contact: mailto:{parseaddr(world.settings.mail_from)[1]}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en, es",
        f"Canonical: {world.settings.public_url.rstrip('/')}/.well-known/security.txt",
    )
    return Response("\n".join(lines) + "\n", media_type=MediaType.TEXT)


def _world(request: AnyRequest) -> World:
    return visit_of(request.scope).service.world
