"""What a practice may be called, at length and in short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardkey.organizations.rules import NAME_AT_MOST, SLUG, read_organization_name, read_slug, slug_of
from wardkey.vocabulary import FieldFault


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Maple Street Clinic", "Maple Street Clinic"),
        ("  Maple \t Street\nClinic ", "Maple Street Clinic"),
        ("Clínica Río", "Clínica Río"),
        ("診療所", "診療所"),
    ],
)
def test_a_name_is_kept_with_single_spaces(typed: str, kept: str) -> None:
    assert read_organization_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", "name_missing"),
        (" \n ", "name_missing"),
        ("x" * (NAME_AT_MOST + 1), "name_too_long"),
        ("x" * 1_000_000, "name_too_long"),
        ("Maple\u202eStreet", "invisible_characters"),
        ("Maple\x00", "invisible_characters"),
    ],
)
def test_what_is_no_name_is_told_why(typed: str, fault: str) -> None:
    read = read_organization_name(typed)
    assert isinstance(read, FieldFault)
    assert read.code == fault


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Maple Street Clinic", "maple-street-clinic"),
        ("Clínica Río & Söhne", "clinica-rio-sohne"),
        ("--- 42 ---", "42"),
        ("診療所", "organization"),
        ("x" * 100, "x" * 63),
        ("a" * 62 + " b", "a" * 62),
    ],
)
def test_a_short_name_is_made_from_a_long_one(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@given(st.text(max_size=200))
def test_every_short_name_that_is_made_is_one_that_is_read(name: str) -> None:
    made = slug_of(name)
    assert SLUG.fullmatch(made)
    assert read_slug(made) == made


@pytest.mark.parametrize("typed", ["maple-street", " Maple-Street ", "a", "7", "a" * 63])
def test_short_names_are_read_in_small_letters(typed: str) -> None:
    assert read_slug(typed) == typed.strip().lower()


@pytest.mark.parametrize("typed", ["", "-a", "a-", "a b", "ä", "a_b", "a" * 64, "a\x00", "../x"])
def test_what_is_no_short_name_is_refused(typed: str) -> None:
    assert read_slug(typed) == FieldFault("slug", "slug_malformed")
