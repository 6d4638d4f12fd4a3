"""Which language a person reads, and sentences with their places filled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardkey.language import N_, best_language, catalogue, translate
from wardkey.vocabulary import LANGUAGES, Language


@pytest.mark.spec("UX-3")
@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("es", "es"),
        ("ES", "es"),
        ("es-MX", "es"),
        ("es-419,es;q=0.9,en;q=0.8", "es"),
        ("en-GB,en;q=0.9,es;q=0.8", "en"),
        ("fr,de;q=0.9", "en"),
        ("fr;q=1.0,es;q=0.5,en;q=0.4", "es"),
        ("es;q=0.5,en;q=0.9", "en"),
        ("es;q=0", "en"),
        ("es;q=0,en;q=0", "en"),
        ("*", "en"),
        ("*;q=0.5,es;q=0.1", "es"),
        ("est", "en"),
        ("es;q=abc", "en"),
        ("es;q=nan", "en"),
        ("es; q=0.9, en; q=0.1", "es"),
        ("es ; q=0.9", "es"),
        ("es;Q=0.9", "es"),
    ],
)
def test_the_language_that_a_browser_prefers(accept: str, language: Language) -> None:
    assert best_language(accept) == language


@given(st.text())
def test_any_header_gives_a_language(accept: str) -> None:
    assert best_language(accept) in LANGUAGES


def test_another_language_can_stand_in_where_none_is_preferred() -> None:
    assert best_language("fr", default="es") == "es"


@pytest.mark.spec("UX-3")
def test_sentences_are_told_in_spanish_with_their_places_filled() -> None:
    said = translate("es", N_("%(count)s minutes"), {"count": 3})
    assert "3" in said
    assert said != "3 minutes"
    assert translate("en", N_("%(count)s minutes"), {"count": 3}) == "3 minutes"


def test_a_sentence_without_places_may_hold_a_percent_sign() -> None:
    assert translate("en", "100 % sure") == "100 % sure"


def test_a_sentence_without_translation_is_told_in_english() -> None:
    assert translate("es", "A sentence that no catalogue holds") == "A sentence that no catalogue holds"


def test_english_is_the_text_itself() -> None:
    assert catalogue("en") == {}
    assert len(catalogue("es")) > 100
