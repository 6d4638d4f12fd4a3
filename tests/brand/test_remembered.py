"""Brands are asked for once in half a minute; what one organization shows never reaches another's people."""

from datetime import timedelta

import pytest

from tests.brand.pictures import png
from tests.edges.db.statements import noting
from tests.world import Practice
from wardkey.brand.actions import REMEMBERED_AT_MOST, Picture, logo, speaking_to
from wardkey.brand.rules import key_of
from wardkey.organizations.branding import EVERYTHING, Wishes, change
from wardkey.organizations.rules import Organization
from wardkey.vocabulary import OrganizationId, Role

HALF_A_MINUTE = timedelta(seconds=30)


async def learn(practice: Practice, organization: OrganizationId | None) -> str:
    """The name that a person of an organization sees on their next page."""
    brands = practice.service.brands
    async with practice.units.read() as unit:
        await brands.learn(unit, organization, practice.clock.now())
    return brands.shown_to(organization).name


async def two(practice: Practice) -> tuple[Organization, Organization]:
    maple, river = await practice.add_organization(), await practice.add_organization("River Road")
    await change(practice.units, practice.world, maple.slug, Wishes(name="Maple", color="#2f5d8a", logo=png()))
    return maple, river


@pytest.mark.spec("UX-4")
async def test_each_sees_their_own_and_nobody_anothers(practice: Practice) -> None:
    maple, river = await two(practice)
    assert [await learn(practice, whose) for whose in (maple.id, river.id, None)] == ["Maple", "Wardkey", "Wardkey"]
    assert practice.service.brands.shown_to(OrganizationId("org_unheard_of")) == practice.service.brands.own


async def test_a_change_shows_after_half_a_minute_and_not_a_second_later(practice: Practice) -> None:
    maple, _ = await two(practice)
    assert await learn(practice, maple.id) == "Maple"
    await change(practice.units, practice.world, maple.slug, Wishes(name="Maple Street"))
    practice.clock.advance(HALF_A_MINUTE - timedelta(seconds=1))
    assert await learn(practice, maple.id) == "Maple"
    practice.clock.advance(timedelta(seconds=1))
    assert await learn(practice, maple.id) == "Maple Street"


async def test_a_brand_taken_back_is_gone_as_soon(practice: Practice) -> None:
    maple, _ = await two(practice)
    await learn(practice, maple.id)
    await change(practice.units, practice.world, maple.slug, EVERYTHING)
    practice.clock.advance(HALF_A_MINUTE)
    assert await learn(practice, maple.id) == "Wardkey"


async def test_within_half_a_minute_nothing_more_is_asked_of_the_database(practice: Practice) -> None:
    maple, river = await two(practice)
    brands, at, units = practice.service.brands, practice.clock.now(), noting(practice)
    for organization in (maple, river, maple, river):
        await learn(practice, organization.id)
    for slug in ("maple-street-clinic", "nobody", "maple-street-clinic", "nobody"):
        await brands.asked_for(units, slug, at)
    assert units.taken() == ["SELECT brands"] * 4


async def test_what_strangers_ask_for_fills_no_memory(practice: Practice) -> None:
    brands, at = practice.service.brands, practice.clock.now()
    for number in range(REMEMBERED_AT_MOST + 5):
        assert await brands.asked_for(practice.units, f"nobody-{number}", at) == brands.own
    assert len(brands._remembered) == REMEMBERED_AT_MOST


async def test_pages_of_a_short_name_have_its_brand_without_anybody_signed_in(practice: Practice) -> None:
    await two(practice)
    at = practice.clock.now()
    assert (await practice.service.brands.asked_for(practice.units, "maple-street-clinic", at)).name == "Maple"
    assert (await practice.service.brands.asked_for(practice.units, "river-road", at)).name == "Wardkey"


async def test_messages_are_those_of_the_only_organization(practice: Practice) -> None:
    maple, river = await two(practice)
    ada, _ = await practice.add_person("ada@example.org", organization=maple)
    eve, _ = await practice.add_person("eve@example.org", organization=river)
    both, _ = await practice.add_person("both@example.org", organization=maple)
    async with practice.write() as unit:
        await unit.organizations.add_member(river.id, both.id, Role.STAFF, practice.clock.now())
    async with practice.units.read() as unit:
        names = [(await speaking_to(unit, practice.service.brands, who.id))[0].name for who in (ada, eve, both)]
        _, picture = await speaking_to(unit, practice.service.brands, ada.id)
    assert names == ["Maple", "Wardkey", "Wardkey"]
    assert picture is not None
    assert picture.data == png()


async def test_a_logo_is_found_by_its_key_and_is_the_one_of_today(practice: Practice) -> None:
    maple, river = await two(practice)
    brands = practice.service.brands
    async with practice.units.read() as unit:
        await brands.learn(unit, maple.id, practice.clock.now())
    key = brands.shown_to(maple.id).logo_key
    found = await logo(practice.units, brands, key)
    assert found == Picture(png(), "image/png", key.rpartition("-")[2])
    await change(practice.units, practice.world, maple.slug, Wishes(logo=png(rgb=(1, 2, 3))))
    newer = await logo(practice.units, brands, key)
    assert newer is not None
    assert newer.digest != found.digest
    assert await logo(practice.units, brands, f"{river.id}-{found.digest}") is None
    assert await logo(practice.units, brands, key_of(None, None)) is None
    assert await logo(practice.units, brands, "installation-abc") is None
