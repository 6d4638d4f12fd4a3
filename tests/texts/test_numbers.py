"""Telephone numbers: every way of writing one, every reason against one, in every country of the numbering plan (MFA-3)."""

from typing import Final

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from wardkey.problems import FAULTS
from wardkey.texts.numbers import REFUSED_TYPES, TEXTED_TYPES, country_of, formatted, masked, prefix_of, read_number
from wardkey.vocabulary import FieldFault, PhoneNumber

pytestmark = pytest.mark.spec("MFA-3")

REGIONS: Final = sorted(phonenumbers.SUPPORTED_REGIONS)
WRITINGS: Final = (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL)
TYPES: Final = {
    PhoneNumberType.FIXED_LINE: "number_landline",
    PhoneNumberType.PREMIUM_RATE: "number_premium",
    PhoneNumberType.SHARED_COST: "number_premium",
    PhoneNumberType.TOLL_FREE: "number_toll_free",
    PhoneNumberType.VOIP: "number_voip",
    PhoneNumberType.PERSONAL_NUMBER: "number_cannot_text",
    PhoneNumberType.PAGER: "number_cannot_text",
    PhoneNumberType.UAN: "number_cannot_text",
    PhoneNumberType.VOICEMAIL: "number_cannot_text",
}
LONDON: Final = PhoneNumber("+447911123456")
SEPARATORS: Final = st.text(" .-()/–—\u00a0\u2009", max_size=2)


def example(region: str, kind: int) -> phonenumbers.PhoneNumber | None:
    return phonenumbers.example_number_for_type(region, kind)


def e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def fault(text: str, country: str) -> str:
    read = read_number(text, country)
    assert isinstance(read, FieldFault), read
    return read.code


MOBILES: Final = {region: found for region in REGIONS if (found := example(region, PhoneNumberType.MOBILE))}


@pytest.mark.parametrize("region", MOBILES)
def test_a_mobile_number_of_every_country_is_read_from_every_writing(region: str) -> None:
    number = MOBILES[region]
    for writing in WRITINGS:
        assert read_number(phonenumbers.format_number(number, writing), region) == e164(number)


def test_all_countries_but_one_island_have_mobile_numbers() -> None:
    assert set(REGIONS) - set(MOBILES) == {"TA"}


@pytest.mark.parametrize("kind", TYPES, ids=phonenumbers.PhoneNumberType.to_string)
def test_a_number_that_cannot_get_texts_is_refused_with_the_reason_in_every_country(kind: int) -> None:
    seen = 0
    for region in REGIONS:
        number = example(region, kind)
        if number is None or phonenumbers.number_type(number) in TEXTED_TYPES:  # North America: cannot be told apart
            continue
        for writing in WRITINGS:
            told = fault(phonenumbers.format_number(number, writing), region)
            assert told == TYPES[kind] or (told, region, kind) == ("number_too_short", "CA", PhoneNumberType.UAN)
        seen += 1
    assert seen > 10


def test_every_type_of_number_is_decided() -> None:
    known = {value for value in vars(PhoneNumberType).values() if isinstance(value, int)}
    assert {*TYPES, *TEXTED_TYPES, PhoneNumberType.UNKNOWN} == known
    assert {kind: code for kind, code in TYPES.items() if code != "number_cannot_text"} == REFUSED_TYPES


@pytest.mark.parametrize("calling_code", sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS))
def test_a_number_of_no_country_is_refused(calling_code: int) -> None:
    number = phonenumbers.example_number_for_non_geo_entity(calling_code)
    assert number is not None
    told = fault(e164(number), "US")
    assert told in FAULTS
    assert (told == "number_satellite") == (calling_code in (870, 881, 882, 883))


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("07911 123456", "GB"),
        ("7911123456", "GB"),
        ("(07911) 12-34-56", "gb"),
        ("07911.123.456", " GB "),
        ("０７９１１　１２３４５６", "GB"),
        ("٠٧٩١١ ١٢٣٤٥٦", "GB"),
        ("+44 7911 123456", "US"),
        ("＋44 7911 123456", "US"),
        ("+44 (0)7911 123456", "FR"),
        ("(+44) 7911 123456", ""),
        ("0044 7911 123456", "DE"),
        ("011 44 7911 123456", "US"),
        ("447911123456", "GB"),
        ("\u202a+44 7911\u00a0123456\u202c", "US"),
        ("tel:+44-7911-123456", "US"),
        ("07911\u2013123\u2014456", "GB"),
        ("  07911 123456\n", "GB"),
    ],
)
def test_people_write_a_number_in_many_ways(text: str, country: str) -> None:
    assert read_number(text, country) == LONDON


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("", "US", "number_missing"),
        (" \u200e ", "US", "number_missing"),
        ("+", "US", "number_malformed"),
        ("call me", "US", "number_malformed"),
        ("1-800-FLOWERS", "US", "number_malformed"),
        ("++44 7911 123456", "US", "number_malformed"),
        ("44+7911 123456", "US", "number_malformed"),
        ("07911 123456 or 07911 123457", "GB", "number_malformed"),
        ("1" * 65, "US", "number_malformed"),
        ("202-555-0123 x12", "US", "number_extension"),
        ("202-555-0123 ext. 12", "US", "number_extension"),
        ("202-555-0123 extn 12", "US", "number_extension"),
        ("202-555-0123#12", "US", "number_extension"),
        ("202-555-0123,,12", "US", "number_extension"),
        ("912 34 56 78 extensión 9", "ES", "number_extension"),
        ("+999 123 4567", "US", "number_calling_code"),
        ("+0 123 4567", "US", "number_calling_code"),
        ("911", "US", "number_too_short"),
        ("555-0123", "US", "number_too_short"),
        ("0", "GB", "number_too_short"),
        ("20255501234", "US", "number_too_long"),
        ("+44 7911 123456 123456", "US", "number_too_long"),
        ("1234567890123456789", "US", "number_too_long"),
        ("123 456 7890", "US", "number_not_in_country"),
        ("07911 123456", "US", "number_too_long"),
        ("07911 123456", "", "country_missing"),
        ("07911 123456", "001", "country_missing"),
        ("07911 123456", "ZZ", "country_missing"),
        ("020 7946 0018", "GB", "number_landline"),
        ("+44 9098 790123", "US", "number_premium"),
        ("800 234 5678", "US", "number_toll_free"),
        ("070 1234 5678", "GB", "number_cannot_text"),
        ("+882 16 1234567", "US", "number_satellite"),
    ],
)
def test_a_number_that_is_none_or_gets_no_texts_is_refused_with_the_reason(text: str, country: str, code: str) -> None:
    assert fault(text, country) == code


def test_a_fault_stands_in_the_field_it_is_about() -> None:
    assert read_number("", "US", "phone") == FieldFault("phone", "number_missing")
    assert read_number("07911 123456", "", "phone") == FieldFault("country", "country_missing")


@given(st.sampled_from(sorted(MOBILES)), st.lists(SEPARATORS, min_size=16, max_size=16), st.booleans())
def test_what_sets_the_digits_apart_does_not_matter(region: str, separators: list[str], is_wide: bool) -> None:
    digits = e164(MOBILES[region])[1:]
    written = "+" + "".join(digit + between for digit, between in zip(digits, separators, strict=False))
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    assert read_number((written.translate(wide) if is_wide else written)[:64], region) == "+" + digits


@given(st.text(max_size=80), st.text(max_size=3) | st.sampled_from(REGIONS))
def test_any_text_is_a_number_that_gets_texts_or_a_fault_with_a_sentence(text: str, country: str) -> None:
    read = read_number(text, country)
    if isinstance(read, FieldFault):
        assert read.code in FAULTS
    else:
        assert phonenumbers.is_valid_number(phonenumbers.parse(read))


@given(st.text("0123456789+() -.x#,", max_size=20), st.sampled_from(REGIONS))
def test_what_was_read_is_read_the_same_again(text: str, country: str) -> None:
    read = read_number(text, country)
    if not isinstance(read, FieldFault):
        assert read_number(read, "") == read
        assert read_number(formatted(read), "") == read
        assert len(read) <= 16
        assert phonenumbers.number_type(phonenumbers.parse(read)) in TEXTED_TYPES


@pytest.mark.parametrize(
    ("number", "country", "shown", "hidden", "prefix"),
    [
        ("+447911123456", "GG", "+44 7911 123456", "•••• ••56", "+44791112"),
        ("+12025550123", "US", "+1 202-555-0123", "•••• ••23", "+1202555"),
        ("+14165550123", "CA", "+1 416-555-0123", "•••• ••23", "+1416555"),
        ("+34612345678", "ES", "+34 612 34 56 78", "•••• ••78", "+3461234"),
    ],
)
def test_a_number_is_shown_hidden_and_grouped(number: str, country: str, shown: str, hidden: str, prefix: str) -> None:
    given_number = PhoneNumber(number)
    assert country_of(given_number) == country
    assert formatted(given_number) == shown
    assert masked(given_number) == hidden
    assert prefix_of(given_number) == prefix


@given(st.sampled_from(sorted(MOBILES)))
def test_a_hidden_number_shows_two_digits_and_not_how_long_it_is(region: str) -> None:
    number = PhoneNumber(e164(MOBILES[region]))
    assert masked(number) == "•••• ••" + number[-2:]
