"""The countries whose numbers can get texts, to choose from: name, calling code, flag, and how numbers are written there."""

import re
from functools import cache, cached_property
from typing import Final
from unicodedata import normalize

import phonenumbers
from babel import Locale
from msgspec import Struct
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType

from wardkey.vocabulary import Language

ALSO_CALLED: Final = {
    "AE": "UAE",
    "CD": "DRC Zaire",
    "CI": "Ivory Coast",
    "CZ": "Czech Republic",
    "GB": "UK Great Britain England Scotland Wales",
    "HK": "Hong Kong",
    "KP": "DPRK",
    "KR": "Korea",
    "MK": "Macedonia",
    "MM": "Burma",
    "NL": "Holland",
    "SZ": "Swaziland",
    "TR": "Turkey",
    "US": "USA America",
    "VA": "Holy See",
}
"""Names under which people look for a country and which neither English nor Spanish has in the list itself."""

TAILS: Final = ("0123456789", "9876543210")
"""What follows two digits where a country's ways of writing are tried out."""


class Grouping(Struct, frozen=True):
    """How one range of a country's mobile numbers is written; each `#` is a digit, in order."""

    leading: str
    """A regular expression for the first digits of the range, without the trunk prefix; empty where there is one range."""
    national: str
    """With the trunk prefix; empty where people write none."""
    bare: str
    """Without it."""


class Country(Struct, frozen=True, kw_only=True):
    """One line of the list."""

    code: str
    """ISO 3166-1 alpha-2."""
    name: str
    also: str
    """Other names to find it by, English ones among them."""
    calling_code: str
    leading: str
    """A regular expression for the first digits of its numbers, where they tell it from others with the same calling code."""
    is_main: bool
    """Whether a calling code that several countries share is taken for this one where nothing else tells."""
    flag: str
    """As an emoji; some systems show the two letters instead."""
    example: str
    """A mobile number in national writing."""
    trunk: str
    """What comes before a number within the country, often 0 (ITU-T E.164 §A.2); empty where nothing does."""
    groupings: tuple[Grouping, ...]
    writing: str
    """The groupings in one line for the page's script: `leading~national~bare`, with `;` between them."""


@cache
def countries(language: Language) -> tuple[Country, ...]:
    """All of them, in the order of a language's dictionary (0.2 s of CPU the first time, then kept: 0.7 MB)."""
    names, english = Locale(language).territories, Locale("en").territories
    found = [_country(region, names[region], english[region]) for region in _regions()]
    return tuple(sorted(found, key=lambda country: dictionary_key(country.name, language)))


def dictionary_key(name: str, language: Language) -> tuple[str, str]:
    """What puts names in the order of a dictionary: accents do not count, but ñ is a Spanish letter after n."""
    folded = normalize("NFC", name).casefold()
    spelt = folded.replace("ñ", "n\U0010ffff") if language == "es" else folded
    return "".join(sign for sign in normalize("NFD", spelt) if not "\u0300" <= sign <= "\u036f"), name


def flag_of(region: str) -> str:
    """The emoji of a country's flag: its letters as regional indicators (Unicode UTS #51 §B)."""
    return "".join(chr(ord(letter) + 0x1F1E6 - ord("A")) for letter in region)


@cache
def _regions() -> tuple[str, ...]:
    return tuple(region for region in sorted(phonenumbers.SUPPORTED_REGIONS) if _mobile_example(region))


def _country(region: str, name: str, english: str) -> Country:
    written, calling_code = _written(region), phonenumbers.country_code_for_region(region)
    return Country(
        code=region,
        name=name,
        also=f"{'' if english == name else english} {ALSO_CALLED.get(region, '')}".strip(),
        calling_code=str(calling_code),
        leading=_metadata(region).leading_digits or "",
        is_main=phonenumbers.region_code_for_country_code(calling_code) == region,
        flag=flag_of(region),
        example=written.example,
        trunk=written.trunk,
        groupings=written.groupings,
        writing=";".join(f"{way.leading}~{way.national}~{way.bare}" for way in written.groupings),
    )


class _Written(Struct, frozen=True):
    """What is the same in every language."""

    example: str
    trunk: str
    groupings: tuple[Grouping, ...]


@cache
def _written(region: str) -> _Written:
    example = _mobile_example(region) or phonenumbers.PhoneNumber()
    shown = phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL)
    samples = _samples(region, phonenumbers.national_significant_number(example))
    trunk = _trunk(region, samples)
    return _Written(shown, trunk, _merged([_grouping(region, leading, digits, trunk) for leading, digits in samples.items()]))


def _samples(region: str, example: str) -> dict[str, str]:
    """The first digits by which the ways of writing a country's mobile numbers differ, each with one of the longest of these."""
    mobile = _metadata(region).mobile or phonenumbers.PhoneNumberDesc()
    is_mobile = re.compile(mobile.national_number_pattern or "").fullmatch
    ways = _ways(phonenumbers.region_code_for_country_code(phonenumbers.country_code_for_region(region)))
    found: dict[str, str] = {}
    for digits in (example, *_tried(tuple(mobile.possible_length))):
        if is_mobile(digits):
            leading = next((way.leading for way in ways if way.fits(digits)), "")
            if len(digits) >= len(found.get(leading, "")):
                found[leading] = digits
    return {way.leading: found[way.leading] for way in ways if way.leading in found} or {"": example}


class _Way:
    """One way of writing numbers, whose expressions are compiled only where they are needed: that costs more than to match."""

    def __init__(self, way: phonenumbers.NumberFormat) -> None:
        self.leading = way.leading_digits_pattern[-1] if way.leading_digits_pattern else ""
        self._whole = way.pattern or ""

    def fits(self, digits: str) -> bool:
        return bool(self._first.match(digits) and self._all.fullmatch(digits))

    @cached_property
    def _first(self) -> re.Pattern[str]:
        return re.compile(self.leading)

    @cached_property
    def _all(self) -> re.Pattern[str]:
        return re.compile(self._whole)


@cache
def _ways(main: str) -> tuple[_Way, ...]:
    """All countries with one calling code write their numbers as the main one of them does."""
    return tuple(_Way(way) for way in _metadata(main).number_format)


@cache
def _tried(lengths: tuple[int, ...]) -> list[str]:
    return [f"{start:02}{tail}{tail}"[:length] for length in lengths for start in range(100) for tail in TAILS]


def _trunk(region: str, samples: dict[str, str]) -> str:
    """What people write, or at least may write, before a number within the country."""
    for digits in samples.values():
        national = _digits(_format(region, digits, PhoneNumberFormat.NATIONAL))
        if national != digits and national.endswith(digits):
            return national.removesuffix(digits)
    prefix = _metadata(region).national_prefix or ""
    return "" if any(digits.startswith(prefix) for digits in samples.values()) else prefix


def _grouping(region: str, leading: str, digits: str, trunk: str) -> Grouping:
    national = _format(region, digits, PhoneNumberFormat.NATIONAL)
    bare = _format(region, digits, PhoneNumberFormat.INTERNATIONAL).partition(" ")[2]
    match _digits(national):
        case found if found == digits:
            return Grouping(leading, _places(f"{trunk} {national}") if trunk else "", _places(national))
        case found if found == trunk + digits:
            return Grouping(leading, _places(national), _places(bare))
        case _:
            return Grouping(leading, "", _places(bare))


def _merged(groupings: list[Grouping]) -> tuple[Grouping, ...]:
    """Ranges that are written alike, as one; a single one needs no first digits to be told by."""
    merged: dict[tuple[str, str], list[str]] = {}
    for grouping in groupings:
        merged.setdefault((grouping.national, grouping.bare), []).append(grouping.leading)
    if len(merged) == 1:
        return tuple(Grouping("", national, bare) for national, bare in merged)
    return tuple(Grouping("|".join(leading), national, bare) for (national, bare), leading in merged.items())


def _format(region: str, digits: str, style: int) -> str:
    number = phonenumbers.parse(f"+{phonenumbers.country_code_for_region(region)}{digits}")
    return phonenumbers.format_number(number, style)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def _places(text: str) -> str:
    return "".join("#" if sign.isdigit() else sign for sign in text)


@cache
def _mobile_example(region: str) -> phonenumbers.PhoneNumber | None:
    return phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)


def _metadata(region: str) -> PhoneMetadata:
    return PhoneMetadata.metadata_for_region(region) or PhoneMetadata(region)
