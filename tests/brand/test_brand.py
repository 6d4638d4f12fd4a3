"""Whose brand is shown to whom."""

from datetime import UTC, datetime

import pytest

from tests.brand.pictures import png
from wardkey.brand.logo import Logo, read_logo
from wardkey.brand.rules import Brand, Kept, brand_from, installation_brand, key_of, read_color, read_key
from wardkey.settings import Settings
from wardkey.vocabulary import FieldFault, OrganizationId

MAPLE = OrganizationId("org_maple")
AT = datetime(2026, 11, 24, tzinfo=UTC)


def picture(data: bytes) -> Logo:
    read = read_logo(data)
    assert isinstance(read, Logo)
    return read


PICTURE = picture(png())
OWN = Brand(name="Wardkey", color="#123456", logo=PICTURE, logo_key=key_of(None, PICTURE))


def kept(**parts: object) -> Kept:
    return Kept(organization=MAPLE, slug="maple", changed_at=AT, **parts)  # type: ignore[arg-type]


@pytest.mark.spec("UX-4")
def test_what_an_organization_does_not_say_is_as_the_installation_has_it() -> None:
    shown = brand_from(kept(color="#aa0000"), OWN)
    assert (shown.name, shown.color, shown.logo_key) == ("Wardkey", "#aa0000", OWN.logo_key)
    assert brand_from(kept(name="Maple"), OWN).color == "#123456"


def test_another_name_never_stands_beside_the_installations_logo() -> None:
    assert brand_from(kept(name="Maple"), OWN).logo is None
    assert brand_from(kept(name="Maple"), OWN).logo_key == ""


def test_a_picture_that_cannot_be_read_any_more_is_not_shown() -> None:
    assert brand_from(kept(name="Maple", logo=b"gone"), OWN).logo is None


def test_a_discreet_name_stands_in_messages_alone() -> None:
    shown = brand_from(kept(name="Maple Street Clinic", sender_name="MSC"), OWN)
    assert (shown.name, shown.name_in_messages) == ("Maple Street Clinic", "MSC")
    assert brand_from(kept(name="Maple"), OWN).name_in_messages == "Maple"


def test_the_key_of_a_logo_says_whose_it_is_and_changes_with_it() -> None:
    other = picture(png(rgb=(1, 2, 3)))
    assert read_key(key_of(MAPLE, PICTURE)) == (MAPLE, PICTURE.digest)
    assert read_key(key_of(None, PICTURE)) == (None, PICTURE.digest)
    assert key_of(MAPLE, PICTURE) != key_of(MAPLE, other)
    assert read_key("nothing") == ("", "nothing")


def test_the_installation_has_the_brand_of_its_settings() -> None:
    assert installation_brand(Settings(brand_name="Oak", brand_color="#0a0b0c")) == Brand(name="Oak", color="#0a0b0c")


@pytest.mark.parametrize(("text", "color"), [(" #2F5D8a ", "#2f5d8a"), ("#FC0", "#ffcc00"), ("", "")])
def test_a_color_is_written_as_designers_write_it(text: str, color: str) -> None:
    assert read_color(text) == color


@pytest.mark.parametrize("text", ["red", "2f5d8a", "#2f5d8", "#2f5d8a;}", "#2f5d8ag", "#２f5d8a", "rgb(1,2,3)", "#12345\n6"])
def test_what_is_no_color_is_refused(text: str) -> None:
    assert read_color(text) == FieldFault("color", "color_malformed")
