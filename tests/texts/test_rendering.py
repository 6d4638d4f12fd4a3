"""What stands in a text: short, in the reader's language, and bound to the one site where its code is good (MFA-3)."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardkey.texts.rendering import body_of
from wardkey.texts.rules import Letter
from wardkey.vocabulary import LANGUAGES, Language, PhoneNumber

pytestmark = pytest.mark.spec("MFA-3")

GSM_7: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic alphabet of text messages, 160 of which fit in one (3GPP TS 23.038 §6.2.1); anything else leaves room for 70."""
SITE: Final = "https://id.clinic.example"


def letter(language: Language = "en", brand: str = "Maple Street Clinic", code: str = "123456") -> Letter:
    return Letter(PhoneNumber("+12075550123"), code, 10, language, brand)


def test_a_text_says_what_it_is_and_ends_with_the_line_by_which_phones_fill_it_in() -> None:
    assert body_of(letter(), SITE).split("\n") == [
        "123456 is your Maple Street Clinic code. It works for 10 minutes. Never share it.",
        "",
        "@id.clinic.example #123456",
    ]


@pytest.mark.parametrize(
    ("site", "host"),
    [
        ("https://id.clinic.example/", "id.clinic.example"),
        ("http://127.0.0.1:8080", "127.0.0.1"),
        ("https://ID.Clinic.example:8443", "id.clinic.example"),
    ],
)
def test_the_last_line_names_the_host_alone(site: str, host: str) -> None:
    assert body_of(letter(), site).rpartition("\n")[2] == f"@{host} #123456"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_fits_in_one_message(language: Language) -> None:
    body = body_of(letter(language), SITE)
    assert set(body) <= GSM_7
    assert len(body) <= 160
    assert body.count("123456") == 2


@given(st.text(min_size=1, max_size=60).filter(str.strip))
def test_no_brand_can_forge_the_last_line(brand: str) -> None:
    body = body_of(letter(brand=brand), SITE)
    assert body.rpartition("\n")[2] == "@id.clinic.example #123456"
    assert len(body.split("\n")) == 3
