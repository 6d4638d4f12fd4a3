"""The list of countries: complete, named and sorted in each language, and how numbers are written in each of them (MFA-3)."""

import re
from typing import Final

import phonenumbers
import pytest
from babel import Locale
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from wardkey.texts.countries import Country, countries, dictionary_key, flag_of
from wardkey.texts.numbers import read_number
from wardkey.vocabulary import LANGUAGES, Language

pytestmark = pytest.mark.spec("MFA-3")

BY_CODE: Final = {country.code: country for country in countries("en")}


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_with_mobile_numbers_stands_in_it_once(language: Language) -> None:
    expected = {
        region
        for region in phonenumbers.SUPPORTED_REGIONS
        if phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    }
    listed = [country.code for country in countries(language)]
    assert sorted(listed) == sorted(expected)
    assert len(listed) == 244


@pytest.mark.parametrize("language", LANGUAGES)
def test_countries_are_called_as_in_their_language(language: Language) -> None:
    names = Locale(language).territories
    assert {country.code: country.name for country in countries(language)} == {code: names[code] for code in BY_CODE}
    assert len({country.name for country in countries(language)}) == 244


def test_accents_do_not_move_a_country_to_the_end_of_the_list() -> None:
    names = [country.name for country in countries("en")]
    assert names.index("Åland Islands") == 1
    assert names.index("Türkiye") == names.index("Turkmenistan") - 1
    spanish = [country.name for country in countries("es")]
    assert spanish[:3] == ["Afganistán", "Albania", "Alemania"]
    assert spanish.index("México") < spanish.index("Micronesia")


def test_the_spanish_letter_after_n_comes_after_n() -> None:
    words = ["caña", "canto", "cana", "cao", "Ñandú", "noria", "oro"]
    assert sorted(words, key=lambda word: dictionary_key(word, "es")) == ["cana", "canto", "caña", "cao", "noria", "Ñandú", "oro"]
    assert sorted(["caña", "canto"], key=lambda word: dictionary_key(word, "en")) == ["caña", "canto"]


@pytest.mark.parametrize("country", BY_CODE.values(), ids=BY_CODE)
def test_a_country_tells_how_its_numbers_are_written(country: Country) -> None:
    number = phonenumbers.example_number_for_type(country.code, PhoneNumberType.MOBILE)
    assert number is not None
    assert country.calling_code == str(number.country_code)
    assert country.example == phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    assert isinstance(read_number(country.example, country.code), str)
    assert country.groupings
    for grouping in country.groupings:
        re.compile(grouping.leading)
        assert set(grouping.national + grouping.bare) <= set("# ()-/.")
        assert not set("~;") & set(grouping.leading)
        assert not grouping.national or grouping.national.count("#") == grouping.bare.count("#") + len(country.trunk)
    assert len(country.groupings) == 1 or all(grouping.leading for grouping in country.groupings)


def test_one_country_is_the_main_one_of_each_calling_code() -> None:
    main = [country.calling_code for country in BY_CODE.values() if country.is_main]
    assert sorted(main) == sorted({country.calling_code for country in BY_CODE.values()})
    assert [code for code in ("US", "GB", "RU", "IT", "NO", "CA", "GG", "KZ") if BY_CODE[code].is_main] == [
        "US", "GB", "RU", "IT", "NO",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "trunk", "bare"),
    [
        ("US", "1", ["(###) ###-####"]),
        ("GB", "0", ["#### ######"]),
        ("FR", "0", ["# ## ## ## ##"]),
        ("ES", "", ["### ## ## ##"]),
        ("DE", "0", ["### ########", "#### #######", "##### ######"]),
        ("MX", "", ["## #### ####", "### ### ####"]),
        ("HU", "06", ["## ### ####"]),
    ],
)
def test_numbers_of_some_countries_are_grouped_as_people_there_do(code: str, trunk: str, bare: list[str]) -> None:
    assert BY_CODE[code].trunk == trunk
    assert [grouping.bare for grouping in BY_CODE[code].groupings] == bare


def test_a_flag_is_made_of_the_letters_of_its_country() -> None:
    assert flag_of("US") == "🇺🇸"
    assert BY_CODE["ES"].flag == "🇪🇸"


def test_the_list_is_made_once() -> None:
    assert countries("en") is countries("en")
