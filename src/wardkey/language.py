"""The languages people read: one catalogue file each, English being the text itself."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

from wardkey.vocabulary import LANGUAGES, Language

LOCALES: Final = Path(__file__).parent / "locales"


def N_(text: str) -> str:
    """Mark a sentence for the catalogues where it stands; it is translated where it is shown."""
    return text


def translate(language: Language, text: str, params: Mapping[str, object] | None = None) -> str:
    """A sentence in a language, with its `%(name)s` places filled."""
    chosen = catalogue(language).get(text, text)
    return chosen % params if params is not None else chosen


@cache
def catalogue(language: Language) -> dict[str, str]:
    """English sentence to sentence of `language`; fuzzy and empty entries are left out."""
    if language == "en":
        return {}
    with (LOCALES / language / "LC_MESSAGES" / "wardkey.po").open("rb") as file:
        entries = read_po(file, locale=language)
    return {str(e.id): str(e.string) for e in entries if e.id and e.string and not e.fuzzy}


def best_language(accept: str, default: Language = "en") -> Language:
    """The first of our languages that an Accept-Language header prefers (RFC 9110 §12.5.4)."""
    ranked = [
        (-_weight(quality), place, language)
        for place, (tag, quality) in enumerate(_item(text) for text in accept[:200].split(","))
        for language in LANGUAGES
        if tag.partition("-")[0] == language and _weight(quality) > 0
    ]
    return min(ranked)[2] if ranked else default


def _item(text: str) -> tuple[str, str]:
    """One item of the header: the tag, and what stands behind `q=`; spaces and case do not matter (§12.4.2)."""
    tag, _, quality = text.replace(" ", "").replace("\t", "").lower().partition(";q=")
    return tag, quality


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
