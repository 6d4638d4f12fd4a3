"""Telephone numbers: read as people write them, refused with the reason where no text would arrive, shown and hidden (MFA-3)."""

import re
from typing import Final
from unicodedata import category, decimal, normalize

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, ValidationResult

from wardkey.vocabulary import FieldFault, PhoneNumber

LONGEST: Final = 64
"""Signs that are read at most; a number has fifteen digits (ITU-T E.164 §6), the rest is how people set it apart."""

NOWHERE: Final = "001"
"""What the numbering plans that belong to no country are called (UN M.49: the world)."""

SATELLITE: Final = frozenset({870, 881, 882, 883})
"""Calling codes of satellite and other networks of no country (ITU-T E.164, list of assigned codes)."""

REFUSED_TYPES: Final = {
    PhoneNumberType.FIXED_LINE: "number_landline",
    PhoneNumberType.PREMIUM_RATE: "number_premium",
    PhoneNumberType.SHARED_COST: "number_premium",
    PhoneNumberType.TOLL_FREE: "number_toll_free",
    PhoneNumberType.VOIP: "number_voip",
}
"""Types with a reason of their own; every other type that is not a mobile one just cannot get texts."""

TEXTED_TYPES: Final = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
"""Types that texts are sent to. In North America mobile and landline numbers cannot be told apart by their digits."""

EXTENSION: Final = re.compile(r"\d\D*?(?:e?xt(?:ension|n)?|anexo|x|#|,|;)[^\d+]*\d", re.IGNORECASE)
WRITTEN: Final = re.compile(r"[(\s]*\+?[\d\s().\-/]+")
"""Digits, set apart in any way, behind at most one plus."""

PARSE_FAULTS: Final = {
    NumberParseException.INVALID_COUNTRY_CODE: "number_calling_code",
    NumberParseException.NOT_A_NUMBER: "number_too_short",
    NumberParseException.TOO_SHORT_AFTER_IDD: "number_too_short",
    NumberParseException.TOO_SHORT_NSN: "number_too_short",
    NumberParseException.TOO_LONG: "number_too_long",
}
LENGTH_FAULTS: Final = {
    ValidationResult.TOO_SHORT: "number_too_short",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "number_too_short",
    ValidationResult.TOO_LONG: "number_too_long",
}


def read_number(text: str, country: str, field: str = "number") -> PhoneNumber | FieldFault:
    """A number that texts can be sent to, from national writing in `country` (ISO 3166-1 alpha-2) or from international writing,
    which says its country itself; or what is wrong with it."""
    written = _plain(text)
    if not written:
        return FieldFault(field, "number_missing")
    region = country.strip().upper()
    is_international = written.lstrip("( ").startswith("+")
    if not is_international and region not in phonenumbers.SUPPORTED_REGIONS:
        return FieldFault("country", "country_missing")
    read = _parse(written, None if is_international else region)
    if isinstance(read, str):
        return FieldFault(field, read)
    code = _why_not(read)
    return FieldFault(field, code) if code else PhoneNumber(phonenumbers.format_number(read, PhoneNumberFormat.E164))


def country_of(number: PhoneNumber) -> str:
    """The country of a number, ISO 3166-1 alpha-2; where several share its range, the one that holds it mainly."""
    return str(phonenumbers.region_code_for_number(phonenumbers.parse(number)) or NOWHERE)


def formatted(number: PhoneNumber) -> str:
    """A number for its owner to read, in international writing."""
    return phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.INTERNATIONAL)


def masked(number: PhoneNumber) -> str:
    """As much of a number as tells its owner which it is: the last two digits, and not even how many came before."""
    return f"•••• ••{number[-2:]}"


def prefix_of(number: PhoneNumber) -> str:
    """The block of ten thousand numbers that a number stands in: all but its last four digits."""
    return number[:-4]


def _plain(text: str) -> str:
    """What was typed or pasted, with ordinary digits, dashes and spaces and without the invisible marks of address books."""
    kept = "".join(_plain_sign(sign) for sign in normalize("NFKC", text[: LONGEST + 1]) if category(sign) != "Cf")
    return kept.strip().removeprefix("tel:").strip()


def _plain_sign(sign: str) -> str:
    match category(sign):
        case "Nd":
            return str(decimal(sign))
        case "Pd":
            return "-"
        case "Zs":
            return " "
        case _:
            return "-" if sign in "−·•" else sign


def _parse(written: str, region: str | None) -> phonenumbers.PhoneNumber | str:
    """The number, or the code of what makes it none."""
    if EXTENSION.search(written):
        return "number_extension"
    if len(written) > LONGEST or not WRITTEN.fullmatch(written) or not re.search(r"\d", written):
        return "number_malformed"
    try:
        return phonenumbers.parse(written, region)
    except NumberParseException as fault:
        return PARSE_FAULTS[fault.error_type]


def _why_not(number: phonenumbers.PhoneNumber) -> str | None:
    """The code of why no text would reach a number; None where one would."""
    length = phonenumbers.is_possible_number_with_reason(number)
    if length in LENGTH_FAULTS:
        return LENGTH_FAULTS[length]
    if not phonenumbers.is_valid_number(number):
        return "number_not_in_country"
    kind = phonenumbers.number_type(number)
    if phonenumbers.region_code_for_number(number) == NOWHERE:
        is_satellite = number.country_code in SATELLITE
        return "number_satellite" if is_satellite else REFUSED_TYPES.get(kind, "number_cannot_text")
    return None if kind in TEXTED_TYPES else REFUSED_TYPES.get(kind, "number_cannot_text")
