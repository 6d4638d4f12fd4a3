"""Finding out whose brand somebody sees: pages from what is remembered for a moment, messages and labels from what is kept."""

from collections import OrderedDict
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Final, Protocol, TypeAlias

from msgspec import Struct

from wardkey.brand.logo import LogoType
from wardkey.brand.rules import Brand, Kept, brand_from, read_key
from wardkey.brand.store import HoldsBrands
from wardkey.settings import Settings
from wardkey.vocabulary import AccountId, Instant, OrganizationId

REMEMBERED_FOR: Final = timedelta(seconds=30)
"""How long a page may show what an organization has changed meanwhile."""
REMEMBERED_AT_MOST: Final = 1_000
"""Organizations and short names; those asked for longest ago are forgotten first."""

Whose: TypeAlias = tuple[str, str]
"""`id` or `slug`, and which one."""


class BrandUnits(Protocol):
    def read(self) -> AbstractAsyncContextManager[HoldsBrands]: ...


class Picture(Struct, frozen=True):
    """A logo as it is sent: what its bytes are, and the digest of them."""

    data: bytes
    type: LogoType
    digest: str


class Remembered(Struct, frozen=True):
    """What is known of one organization for a while; `brand` is None where it has none."""

    brand: Brand | None
    until: Instant


class Brands:
    """The brands that this process shows: the installation's, and those of organizations for half a minute each.

    So a page costs no statement of its own, but for the first of an organization in half a minute. Pictures are not held here.
    """

    def __init__(self, own: Brand, picture: Picture | None = None) -> None:
        self.own = own
        self.picture = picture
        self._remembered: OrderedDict[Whose, Remembered] = OrderedDict()

    def shown_to(self, organization: OrganizationId | None) -> Brand:
        """What somebody sees whose only organization this is, as far as it was learnt."""
        found = self._remembered.get(("id", organization)) if organization else None
        return found.brand or self.own if found else self.own

    async def learn(self, unit: HoldsBrands, organization: OrganizationId | None, at: Instant) -> None:
        """See to it that `shown_to` knows an organization."""
        if organization is not None and self._fresh(("id", organization), at) is None:
            self._remember(("id", organization), await unit.brands.of_organization(organization), at)

    async def asked_for(self, units: BrandUnits, slug: str, at: Instant) -> Brand:
        """What somebody sees who asks for the pages of an organization by its short name."""
        found = self._fresh(("slug", slug), at)
        if found is None:
            async with units.read() as unit:
                found = self._remember(("slug", slug), await unit.brands.of_slug(slug), at)
        return found.brand or self.own

    def _fresh(self, whose: Whose, at: Instant) -> Remembered | None:
        found = self._remembered.get(whose)
        return found if found is not None and at < found.until else None

    def _remember(self, whose: Whose, kept: Kept | None, at: Instant) -> Remembered:
        found = Remembered(brand_from(kept, self.own) if kept else None, at + REMEMBERED_FOR)
        self._remembered[whose] = found
        self._remembered.move_to_end(whose)
        while len(self._remembered) > REMEMBERED_AT_MOST:
            self._remembered.popitem(last=False)
        return found


Voice: TypeAlias = tuple[Brand, Picture | None]
"""Whose name a message comes in, and the logo that goes with it."""


async def speaking_to(unit: HoldsBrands, brands: Brands, account: AccountId | None) -> Voice:
    """Whose name a message to an account comes in; for nobody's, the installation's."""
    return voice_of(await unit.brands.of_account(account) if account else None, brands)


def voice_of(kept: Kept | None, brands: Brands) -> Voice:
    """In whose name messages come from an organization with this brand, or without one."""
    if kept is None:
        return brands.own, brands.picture
    brand = brand_from(kept, brands.own)
    if brand.logo_key == brands.own.logo_key:
        return brand, brands.picture
    return brand, Picture(kept.logo, brand.logo.type, brand.logo.digest) if brand.logo else None


async def sender_of(unit: HoldsBrands, settings: Settings, account: AccountId) -> str:
    """The name that text messages to an account come in."""
    kept = await unit.brands.of_account(account)
    return (kept.sender_name or kept.name if kept else "") or settings.brand_name


async def logo(units: BrandUnits, brands: Brands, key: str) -> Picture | None:
    """The logo of whoever a key names, as it is now; its digest differs from the key's where it was changed."""
    organization, _ = read_key(key)
    if organization is None:
        return brands.picture
    async with units.read() as unit:
        kept = await unit.brands.of_organization(organization)
    if kept is None:
        return None
    brand = brand_from(kept, brands.own)
    return Picture(kept.logo, brand.logo.type, brand.logo.digest) if kept.logo and brand.logo else None
