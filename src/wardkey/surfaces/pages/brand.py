"""Whose look a page has: that of the person's organization, of the one whose pages were asked for, or of the installation.

`/sign-in?organization=maple-street` asks for a practice's pages; forms and links of those pages go on asking for them.
"""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from litestar import MediaType, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from wardkey.brand.actions import logo
from wardkey.brand.rules import Brand, read_color, read_key
from wardkey.brand.shades import palette_of, stylesheet_of
from wardkey.organizations.rules import read_slug
from wardkey.sessions.rules import SignedIn
from wardkey.surfaces.pages.cookies import underway
from wardkey.surfaces.pages.forms import PageRequest
from wardkey.surfaces.pages.static_files import YEAR_S
from wardkey.surfaces.visit import Visit, visit_of
from wardkey.vocabulary import FieldFault

ASKED: Final = "organization"
KEY: Final = "wardkey_brand"
KEPT: Final = f"public, max-age={YEAR_S}, immutable"
LOOKED_AT_AGAIN: Final = "no-cache"
LOGO_POLICY: Final = "default-src 'none'; sandbox"
"""A picture that is opened by itself can do nothing at all."""


async def look_up(request: PageRequest) -> None:
    """Before every page: find out whose pages are asked for, by the address or by the sign-in under way."""
    slug = read_slug(_slug(request))
    if isinstance(slug, FieldFault):
        return
    service = visit_of(request.scope).service
    found = await service.brands.asked_for(service.units, slug, service.world.clock.now())
    if found.slug:
        request.scope["state"][KEY] = found


def _slug(request: PageRequest) -> str:
    if ASKED.encode() in request.scope["query_string"]:
        return str(request.query_params.get(ASKED, ""))
    if not request.scope["path"].startswith("/sign-in/"):
        return ""
    here = underway(request)
    return here.organization if here else ""


def asked_for(request: PageRequest) -> Brand | None:
    """The brand of the organization whose pages were asked for, if it has one."""
    found = request.scope["state"].get(KEY)
    return found if isinstance(found, Brand) else None


def at_practice(request: PageRequest, address: str) -> str:
    """An address that goes on showing the pages of the organization that was asked for."""
    found = asked_for(request)
    return f"{address}{'&' if '?' in address else '?'}{ASKED}={found.slug}" if found else address


def brand_of(visit: Visit, who: SignedIn | None, asked: Brand | None) -> Brand:
    """Whose look a page has. Whoever is signed in sees their own organization's, whatever an address says."""
    brands = visit.service.brands
    return brands.shown_to(who.only_organization) if who else asked or brands.own


@lru_cache(maxsize=1_024)
def shell_of(brand: Brand, *, is_asked_for: bool) -> Mapping[str, Any]:
    """What the templates know of a brand."""
    return {
        "brand": brand.name,
        "logo": {"address": f"/brand/{brand.logo_key}/logo", "picture": brand.logo} if brand.logo else None,
        "stylesheet": stylesheet_address(brand.color) if brand.color else None,
        "palette": palette_of(brand.color),
        "at_practice": f"?{ASKED}={brand.slug}" if is_asked_for and brand.slug else "",
    }


@lru_cache(maxsize=1_024)
def stylesheet_address(color: str) -> str:
    """Where the shades of a color are: its name changes with them, also where a release mixes them in another way."""
    return f"/brand/{color.removeprefix('#')}-{sha256(stylesheet_of(color).encode()).hexdigest()[:16]}.css"


@get("/brand/{name:str}", media_type=MediaType.TEXT)
async def brand_stylesheet(name: FromPath[str]) -> Response[bytes]:
    """The shades of any color; no secret is in them, and nothing is looked up."""
    color = read_color(f"#{name[:6]}")
    if isinstance(color, FieldFault) or not name.endswith(".css"):
        raise NotFoundException
    kept = KEPT if stylesheet_address(color) == f"/brand/{name}" else LOOKED_AT_AGAIN
    return Response(stylesheet_of(color).encode(), media_type="text/css", headers={"cache-control": kept})


@get("/brand/{key:str}/logo", media_type=MediaType.TEXT)
async def brand_logo(request: PageRequest, key: FromPath[str]) -> Response[bytes]:
    """A logo; one asked for under the key of an earlier one is answered as it is now, and not kept."""
    service = visit_of(request.scope).service
    found = await logo(service.units, service.brands, key)
    if found is None:
        raise NotFoundException
    kept = KEPT if read_key(key)[1] == found.digest else LOOKED_AT_AGAIN
    headers = {"cache-control": kept, "content-security-policy": LOGO_POLICY}
    return Response(found.data, media_type=found.type, headers=headers)


HANDLERS: Final = [brand_stylesheet, brand_logo]
