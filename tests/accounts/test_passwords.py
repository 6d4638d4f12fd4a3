"""Which passwords are accepted: length by code points, any Unicode, nothing leaked, personal or predictable (ACC-5)."""

import time
import unicodedata
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardkey.accounts.passwords import NORMALISED_AT_MOST, context_words, judge, minimum_length, normalised, strength
from wardkey.edges.common_passwords import BadPasswords, MemoryCommonPasswords
from wardkey.settings import PasswordSettings
from wardkey.vocabulary import FieldFault

pytestmark = pytest.mark.spec("ACC-5")

LEAKED: Final = MemoryCommonPasswords(["correct horse battery staple", "unbelievablyleaked"])
GOOD: Final = "violet teapot on the windowsill"


def fault(password: str, *, minimum: int = 15, maximum: int = 128, context: tuple[str, ...] = ()) -> str | None:
    found = judge(password, minimum=minimum, maximum=maximum, context=context, common=LEAKED)
    return found.code if found else None


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "four words that nobody guesses",
        "pässwörter mögen grüne Löwen sehr",
        "короткая прогулка вдоль реки",
        "古池や蛙飛びこむ水の音と言われて",
        "🦊 jumps over 🐶 twice on Monday",
        "    leading and trailing spaces count    ",
        "tab\tand newline\nare characters too",
        "x7#Qm2!vLp9&Zr4",
        GOOD + " " + "and some more words " * 4,
    ],
)
def test_a_good_passphrase_of_any_script_is_taken(password: str) -> None:
    assert fault(password) is None


def test_no_character_has_to_be_of_any_kind() -> None:
    """No composition rules: letters alone, in one case, without digits or signs, will do."""
    assert fault("violetteapotwindowsill") is None


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("", "password_missing"),
        ("fourteen chars", "password_too_short"),
        ("fifteen walruses"[:15], None),
        ("\U0001f98a" * 14, "password_too_short"),
        ("e\u0301" * 14, "password_too_short"),
        ("violet teapot " * 9 + "xyz", "password_too_long"),
        ("correct horse battery staple", "password_breached"),
        ("Correct Horse Battery Staple", "password_breached"),
        ("aaaaaaaaaaaaaaaaaaaa", "password_predictable"),
        ("123456789012345678", "password_predictable"),
        ("abcdefghijklmnopqrst", "password_predictable"),
        ("qwertyuiopasdfghjkl", "password_predictable"),
        ("passwordpasswordpassword", "password_predictable"),
    ],
)
def test_what_is_wrong_with_a_password(password: str, expected: str | None) -> None:
    assert fault(password) == expected


def test_length_counts_code_points_after_nfc() -> None:
    composed, apart = "é" * 7 + "ñandú río", unicodedata.normalize("NFD", "é" * 7 + "ñandú río")
    assert len(composed) < len(apart)
    assert fault(composed, minimum=len(composed)) is fault(apart, minimum=len(composed)) is None
    assert fault(apart, minimum=len(composed) + 1) == "password_too_short"


def test_a_hundred_and_twenty_eight_are_taken_and_one_more_is_not() -> None:
    longest = ("violet teapot on the windowsill, " * 4)[:128]
    assert fault(longest) is None
    assert fault(longest + "x") == "password_too_long"


def test_a_fault_says_the_numbers_that_its_sentence_needs() -> None:
    short = judge("short", minimum=15, maximum=128, context=(), common=LEAKED)
    assert short is not None
    assert dict(short.params) == {"minimum": 15, "length": 5}
    long = judge("x" * 200, minimum=15, maximum=128, context=(), common=LEAKED, field="new_password")
    assert long is not None
    assert (long.field, dict(long.params)) == ("new_password", {"maximum": 128})


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("okaforokaforokafor", "okafor"),
        ("OKAFOR 2026 OKAFOR", "okafor"),
        ("wardkeywardkey123", "wardkey"),
        ("xMAPLEmaplex", "maple"),
    ],
)
def test_a_password_that_is_half_made_of_ones_own_words_is_refused_with_the_word(password: str, word: str) -> None:
    context = context_words("Ada Okafor", "ada.okafor@example.org", "Wardkey", "Maple Street Clinic")
    found = judge(password, minimum=8, maximum=128, context=context, common=LEAKED)
    assert found is not None
    assert (found.code, found.params["word"]) == ("password_has_context", word)


def test_ones_own_word_inside_a_long_passphrase_is_no_fault() -> None:
    assert fault("okafor never waters the ferns on time", context=context_words("Ada Okafor")) is None


def test_short_words_are_no_context() -> None:
    assert context_words("Ada", "Li", "O.") == ()
    assert context_words("Jean-Luc O'Connor") == ("jean-luc o'connor", "connor", "jean")


def test_a_whole_name_or_address_is_context_however_short_its_words() -> None:
    assert context_words("Ada O. Li", "a@b.co") == ("ada o. li", "a@b.co")
    assert judge(
        "a.li@example.org", minimum=8, maximum=128, context=context_words("a.li@example.org"), common=LEAKED
    ) == FieldFault("password", "password_has_context", {"word": "a.li@example.org"})


@given(st.text(min_size=1, max_size=200))
def test_any_text_is_judged(password: str) -> None:
    found = judge(password, minimum=15, maximum=128, context=context_words(password), common=LEAKED)
    if found is None:
        assert 15 <= len(normalised(password)) <= 128


@given(st.text(st.characters(), max_size=40).map(lambda text: text + "\ud800"))
def test_halves_of_surrogate_pairs_break_nothing(password: str) -> None:
    assert fault(password) in ("password_too_short", "password_predictable", "password_breached", None)
    assert strength(password, minimum=1, maximum=128, context=("ward",), common=LEAKED).score in range(5)


@given(st.text(max_size=300))
def test_normalising_twice_changes_nothing_more(password: str) -> None:
    assert normalised(normalised(password)) == normalised(password)


@pytest.mark.parametrize("make", [lambda n: "\u0301\u0327" * (n // 2), lambda n: "\u0301" * (n // 2) + "\u0327" * (n // 2)])
def test_a_text_made_to_be_slow_is_refused_at_once(make: Any) -> None:
    """Putting combining marks in order takes quadratic time: 4 s for 32 thousand of them, on the event loop."""
    begun = time.perf_counter()
    assert fault("a" + make(32_000)) == "password_too_long"
    assert time.perf_counter() - begun < 0.5


def test_what_is_normalised_is_long_enough_for_every_password_that_may_be_set() -> None:
    longest = "ᾂ" * 1_024
    apart = unicodedata.normalize("NFD", longest)
    assert len(apart) == NORMALISED_AT_MOST
    assert normalised(apart) == longest


@given(st.text(max_size=120))
def test_the_meter_gives_at_most_one_to_what_would_be_refused(password: str) -> None:
    read = strength(password, minimum=15, maximum=128, context=(), common=LEAKED)
    assert read.score in range(5)
    assert read.fault is None or read.score <= 1


def test_the_meter_tells_good_from_bad() -> None:
    scores = [
        strength(p, minimum=15, maximum=128, context=(), common=LEAKED).score
        for p in ("", "aaaaaaaaaaaaaaa", "fifteen walruses", GOOD)
    ]
    assert scores == sorted(scores)
    assert (scores[0], scores[-1]) == (0, 4)


def test_the_list_of_leaked_passwords_that_ships_is_asked() -> None:
    found = judge("unbelievable", minimum=8, maximum=128, context=(), common=BadPasswords())
    assert found is not None
    assert found.code == "password_breached"
    assert judge(GOOD, minimum=8, maximum=128, context=(), common=BadPasswords()) is None


def test_fewer_characters_are_needed_where_a_second_factor_stands_behind() -> None:
    assert minimum_length(PasswordSettings(), has_mfa=False) == 15
    assert minimum_length(PasswordSettings(), has_mfa=True) == 8
