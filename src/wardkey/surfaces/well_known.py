"""What programs look for under `/.well-known` (RFC 8615): keys, where passwords and passkeys are changed, whom to tell."""

from datetime import timedelta
from email.utils import parseaddr
from typing import Any, Final, TypeAlias

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from wardkey.factors.relying_party import relying_party_of
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
    return [jwks, change_password, passkey_endpoints, related_origins, security]


@get("/.well-known/jwks.json")
async def jwks(request: AnyRequest) -> Response[bytes]:
    """The keys that verify access tokens (RFC 7517)."""
    keys = msgspec.json.encode(_world(request).signer.public_keys())
    return Response(keys, media_type=KEYS_TYPE, headers=KEYS_KEPT)


@get("/.well-known/change-password", status_code=302)
async def change_password() -> Redirect:
    """Where browsers and password managers lead people (W3C, A Well-Known URL for Changing Passwords)."""
    return Redirect("/account/security/password", status_code=302)


@get("/.well-known/passkey-endpoints")
async def passkey_endpoints(request: AnyRequest) -> dict[str, str]:
    """Where password managers lead people to add a passkey and to look after theirs (W3C, Passkey Endpoints)."""
    page = f"{_world(request).settings.public_url.rstrip('/')}/account/security"
    return {"enroll": page, "manage": page}


@get("/.well-known/webauthn")
async def related_origins(request: AnyRequest) -> dict[str, list[str]]:
    """The sites that may use passkeys bound to this one (WebAuthn Level 3 §5.11)."""
    return {"origins": list(relying_party_of(_world(request).settings).origins)}


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
