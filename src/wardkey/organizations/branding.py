"""Giving a practice a brand of its own, and taking it back; the operator's acts (UX-4)."""

import unicodedata
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from wardkey.accounts.rules import INVISIBLE
from wardkey.audit.actions import OPERATOR, record
from wardkey.audit.events import BrandChanged
from wardkey.audit.store import HoldsAudit
from wardkey.brand.logo import Logo, read_logo
from wardkey.brand.rules import NAME_AT_MOST, Kept, read_color
from wardkey.brand.store import HoldsBrands
from wardkey.organizations.rules import Organization
from wardkey.organizations.store import HoldsOrganizations
from wardkey.ports import World
from wardkey.vocabulary import NOWHERE, FieldFault, Instant, Problem, faulty


class BrandingUnit(HoldsOrganizations, HoldsBrands, HoldsAudit, Protocol):
    """The slice of a unit of work that branding needs."""


class BrandingUnits(Protocol):
    def read(self) -> AbstractAsyncContextManager[BrandingUnit]: ...

    def write(self) -> AbstractAsyncContextManager[BrandingUnit]: ...


PARTS: Final = ("name", "color", "sender_name", "logo")


class Wishes(Struct, frozen=True, kw_only=True):
    """What is to change; an empty value makes that part as the installation has it, an unset one leaves it."""

    name: str | UnsetType = UNSET
    color: str | UnsetType = UNSET
    sender_name: str | UnsetType = UNSET
    logo: bytes | UnsetType = UNSET


EVERYTHING: Final = Wishes(name="", color="", sender_name="", logo=b"")
"""Wishes that leave nothing of a brand."""


async def show(units: BrandingUnits, slug: str) -> tuple[Organization, Kept | None] | Problem:
    """The practice with a short name, and its brand if it has one."""
    async with units.read() as unit:
        return await _found(unit, slug)


async def change(units: BrandingUnits, world: World, slug: str, wishes: Wishes) -> Kept | Problem | None:
    """Change parts of a practice's brand; answers what it has then, None where nothing of its own is left."""
    at = world.clock.now()
    async with units.write() as unit:
        found = await _found(unit, slug)
        if isinstance(found, Problem):
            return found
        organization, before = found
        bare = Kept(organization=organization.id, slug=organization.slug, changed_at=at)
        now = _with(before or bare, wishes, at)
        if isinstance(now, Problem):
            return now
        parts = tuple(part for part in PARTS if getattr(now, part) != getattr(before or bare, part))
        is_bare = now == bare
        if parts:
            await (unit.brands.remove(organization.id) if is_bare else unit.brands.put(now))
            event = BrandChanged(parts=parts)
            await record(unit, world, event, actor=OPERATOR, organization=organization.id, origin=NOWHERE, at=at)
    return None if is_bare else now


async def _found(unit: BrandingUnit, slug: str) -> tuple[Organization, Kept | None] | Problem:
    found = await unit.organizations.by_slug(slug.strip().lower())
    return (found, await unit.brands.of_organization(found.id)) if found else Problem(code="organization_unknown")


def _with(kept: Kept, wishes: Wishes, at: Instant) -> Kept | Problem:
    """The brand with what is wished for, or everything that is wrong with the wishes."""
    name = kept.name if wishes.name is UNSET else read_name(wishes.name, "name")
    sender_name = kept.sender_name if wishes.sender_name is UNSET else read_name(wishes.sender_name, "sender_name")
    color = kept.color if wishes.color is UNSET else read_color(wishes.color)
    logo = kept.logo if wishes.logo is UNSET else wishes.logo
    picture = read_logo(logo) if logo else None
    faults = tuple(read for read in (name, color, sender_name, picture) if isinstance(read, FieldFault))
    if faults:
        return faulty(*faults)
    logo_type = picture.type if isinstance(picture, Logo) else None
    return replace(kept, name=name, color=color, sender_name=sender_name, logo=logo, logo_type=logo_type, changed_at=at)


def read_name(text: str, field: str) -> str | FieldFault:
    """A name that looks like what it is, on one line; empty where empty."""
    if len(text) > 4 * NAME_AT_MOST:  # so long that NFC cannot make it short enough
        return FieldFault(field, "name_too_long", {"maximum": NAME_AT_MOST})
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if len(name) > NAME_AT_MOST:
        return FieldFault(field, "name_too_long", {"maximum": NAME_AT_MOST})
    return FieldFault(field, "invisible_characters") if INVISIBLE.search(name) else name
