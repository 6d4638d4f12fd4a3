"""Which passwords are accepted (ACC-5, NIST SP 800-63B-4 §3.1.1.2) and how strong one is."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from zxcvbn_rs_py import zxcvbn

from wardkey.ports import CommonPasswords
from wardkey.settings import PasswordSettings
from wardkey.vocabulary import FieldFault

CONTEXT_AT_LEAST: Final = 4
"""Shorter words of a name or address appear in good passwords by chance."""
GUESSES_LOG10_AT_LEAST: Final = 6.0
"""zxcvbn's line between a score of 1 and 2: under 10⁶ guesses is 'very guessable' (Wheeler 2016, USENIX Security)."""
NORMALISED_AT_MOST: Final = 4_096
"""Four times the longest password any setting allows, and NFC joins at most four code points to one. Longer texts are refused in
any case, and putting marks in order takes time that grows with the square of their number."""
STRENGTH_READS_AT_MOST: Final = 100
"""zxcvbn's time grows with length; what follows the first hundred characters no longer matters."""


class Strength(Struct, frozen=True):
    """A score of 0 to 4, and whether the password would be accepted."""

    score: int
    fault: FieldFault | None


def normalised(password: str) -> str:
    """NFC, so that the same keys give the same password on every device; nothing else is changed."""
    return unicodedata.normalize("NFC", password) if len(password) <= NORMALISED_AT_MOST else password


def minimum_length(settings: PasswordSettings, has_mfa: bool) -> int:
    """Code points a password needs: fewer where a second factor stands behind it."""
    return settings.minimum_with_mfa if has_mfa else settings.minimum_alone


def judge(
    password: str, *, minimum: int, maximum: int, context: Iterable[str], common: CommonPasswords, field: str = "password"
) -> FieldFault | None:
    """What is wrong with a password, or None. `context` are the person's and the practice's own words."""
    text = normalised(password)
    if not text:
        return FieldFault(field, "password_missing")
    if len(text) < minimum:
        return FieldFault(field, "password_too_short", {"minimum": minimum, "length": len(text)})
    if len(text) > maximum:
        return FieldFault(field, "password_too_long", {"maximum": maximum})
    if common.contains(text):
        return FieldFault(field, "password_breached")
    word = _context_word(text, context)
    if word is not None:
        return FieldFault(field, "password_has_context", {"word": word})
    if _guesses_log10(text) < GUESSES_LOG10_AT_LEAST:
        return FieldFault(field, "password_predictable")
    return None


def strength(password: str, *, minimum: int, maximum: int, context: Iterable[str], common: CommonPasswords) -> Strength:
    """The meter's reading: zxcvbn's score, at most 1 for what would be refused."""
    words = tuple(context)
    fault = judge(password, minimum=minimum, maximum=maximum, context=words, common=common)
    score = int(zxcvbn(_readable(normalised(password)), list(words)).score) if password else 0
    return Strength(score=min(score, 1) if fault else score, fault=fault)


def context_words(*texts: str) -> tuple[str, ...]:
    """The names and addresses, whole and word by word, that a password should not be made of."""
    parts = [part for text in texts for part in (text.strip(), *re.split(r"[\W_]+", text))]
    words = {part.casefold() for part in parts if len(part) >= CONTEXT_AT_LEAST}
    return tuple(sorted(words, key=lambda w: (-len(w), w)))


def _context_word(text: str, context: Iterable[str]) -> str | None:
    """A context word that makes up at least half of the password, if any does."""
    lowered = text.casefold()
    for word in context:
        if word and word in lowered and len(word) * lowered.count(word) * 2 >= len(lowered):
            return word
    return None


def _guesses_log10(text: str) -> float:
    return float(zxcvbn(_readable(text), []).guesses_log10)


def _readable(text: str) -> str:
    """As much of a password as zxcvbn takes; half of a surrogate pair is no character to it."""
    return text[:STRENGTH_READS_AT_MOST].encode("utf-8", "replace").decode()
