"""An operator gives a practice a brand, changes it, and takes it back."""

import pytest
from msgspec.structs import replace

from tests.brand.pictures import png
from tests.world import Practice
from wardkey.brand.rules import Kept
from wardkey.organizations.branding import EVERYTHING, Wishes, change, show
from wardkey.vocabulary import FieldFault, Problem

WISHES = Wishes(name="Maple Street", color="#2F5D8A", sender_name="MSC", logo=png())


async def branded(practice: Practice, wishes: Wishes) -> Kept | Problem | None:
    return await change(practice.units, practice.world, "maple-street-clinic", wishes)


@pytest.mark.spec("UX-4")
async def test_a_brand_is_kept(practice: Practice) -> None:
    organization = await practice.add_organization()
    kept = await branded(practice, WISHES)
    assert isinstance(kept, Kept)
    assert (kept.name, kept.color, kept.sender_name, kept.logo, kept.logo_type) == (
        "Maple Street", "#2f5d8a", "MSC", png(), "image/png",
    )  # fmt: skip
    assert await show(practice.units, organization.slug) == (organization, kept)


async def test_what_is_not_wished_for_stays(practice: Practice) -> None:
    await practice.add_organization()
    before = await branded(practice, WISHES)
    after = await branded(practice, Wishes(color="#a00"))
    assert isinstance(before, Kept)
    assert after == replace(before, color="#aa0000", changed_at=practice.clock.now())


async def test_an_empty_part_is_as_the_installation_has_it_and_nothing_left_is_no_brand(practice: Practice) -> None:
    organization = await practice.add_organization()
    await branded(practice, WISHES)
    without = await branded(practice, Wishes(name="", logo=b""))
    assert isinstance(without, Kept)
    assert (without.name, without.logo, without.logo_type, without.color) == ("", b"", None, "#2f5d8a")
    assert await branded(practice, EVERYTHING) is None
    assert await show(practice.units, organization.slug) == (organization, None)


async def test_everything_that_is_wrong_is_said_at_once_and_nothing_is_kept(practice: Practice) -> None:
    organization = await practice.add_organization()
    refused = await branded(practice, Wishes(name="a" * 61, color="teal", sender_name="a\u202eb", logo=b"<svg/>"))
    assert isinstance(refused, Problem)
    assert refused.faults == (
        FieldFault("name", "name_too_long", {"maximum": 60}),
        FieldFault("color", "color_malformed"),
        FieldFault("sender_name", "invisible_characters"),
        FieldFault("logo", "logo_of_wrong_kind"),
    )
    assert await show(practice.units, organization.slug) == (organization, None)


@pytest.mark.parametrize("name", ["Maple\r\nBcc: all@example.org", "Maple\u2028Street", "  Maple \t Street "])
async def test_a_name_stays_on_one_line(practice: Practice, name: str) -> None:
    await practice.add_organization()
    kept = await branded(practice, Wishes(name=name, sender_name=name))
    assert isinstance(kept, Kept)
    assert kept.name == kept.sender_name == " ".join(name.split())
    assert len(kept.name.splitlines()) == 1


@pytest.mark.parametrize("sign", ["\u200b", "\u202e", "\u2066", "\x07", "\ufeff", "\u3164", "\u2800"])
async def test_signs_that_show_as_nothing_or_turn_text_around_are_refused(practice: Practice, sign: str) -> None:
    await practice.add_organization()
    refused = await branded(practice, Wishes(name=f"Maple{sign}Street"))
    assert isinstance(refused, Problem)
    assert refused.faults == (FieldFault("name", "invisible_characters"),)


async def test_no_such_practice(practice: Practice) -> None:
    assert await branded(practice, WISHES) == Problem(code="organization_unknown")
    assert await show(practice.units, "nobody") == Problem(code="organization_unknown")


async def test_another_practice_keeps_its_own(practice: Practice) -> None:
    await practice.add_organization()
    river = await practice.add_organization("River Road Practice")
    await branded(practice, WISHES)
    assert await show(practice.units, river.slug) == (river, None)
