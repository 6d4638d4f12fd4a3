"""Every refusal has a status, a title and a sentence in every language, and none of them names a rule or a person."""

import ast
import re
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

import pytest

from tests.architecture.tree import parsed, python_files
from wardkey.factors.contract import Refused
from wardkey.factors.registry import FACTORS_BY_KIND
from wardkey.problems import FAULTS, PROBLEMS, detail_of, sentence_of, status_of, title_of, wait_in_words
from wardkey.signin.enrolment import setup_fault
from wardkey.signin.facts import Barrier
from wardkey.signin.second_factor import answer_fault
from wardkey.vocabulary import LANGUAGES, FieldFault, Language, Problem

PLACES: Final = re.compile(r"%\((\w+)\)s")
PARAMS: Final[dict[str, str | int]] = {"minimum": 15, "length": 3, "maximum": 128, "word": "okafor", "times": 8}
"""What the faults that fill their sentences are given."""


def literal_codes(path: Path, call: str, argument: int | str) -> set[str]:
    """The codes that are written out where a struct is made."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == call:
            values = (
                [k.value for k in node.keywords if k.arg == argument] if isinstance(argument, str) else node.args[argument:][:1]
            )
            found |= {
                v.value for part in values for v in ast.walk(part) if isinstance(v, ast.Constant) and isinstance(v.value, str)
            }
    return {code for code in found if re.fullmatch(r"[a-z_]+", code)}


def test_every_problem_that_is_raised_has_an_entry() -> None:
    used = {code for path in python_files("src") for code in literal_codes(path, "Problem", "code")}
    assert used
    assert used - set(PROBLEMS) == set()


def test_every_fault_that_is_raised_has_a_sentence() -> None:
    used = {code for path in python_files("src") for code in literal_codes(path, "FieldFault", 1)} - {"answer_"}
    assert used
    assert used - set(FAULTS) == set()


@pytest.mark.parametrize("kind", FACTORS_BY_KIND)
@pytest.mark.parametrize("why", get_args(get_type_hints(Refused)["why"]))
def test_every_refusal_of_an_answer_has_a_sentence(kind: str, why: Any) -> None:
    answer = FACTORS_BY_KIND[kind]
    assert answer_fault(kind, Refused(why)).code in FAULTS
    assert setup_fault(answer, Refused(why)).code in FAULTS


def test_every_barrier_is_told() -> None:
    assert {barrier.value for barrier in Barrier if barrier is not Barrier.NONE} - set(PROBLEMS) == set()


@pytest.mark.spec("UX-3")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", PROBLEMS)
def test_a_problem_is_told_in_every_language(code: str, language: Language) -> None:
    problem = Problem(code=code, retry_after=45)
    assert 400 <= status_of(problem) <= 503
    assert title_of(problem, language).strip()
    detail = detail_of(problem, language)
    assert detail.endswith(".")
    assert "%" not in detail
    assert set(PLACES.findall(PROBLEMS[code].detail)) <= {"wait"}


@pytest.mark.spec("UX-3")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_is_told_in_every_language(code: str, language: Language) -> None:
    assert set(PLACES.findall(FAULTS[code])) <= set(PARAMS)
    sentence = sentence_of(FieldFault("field", code, PARAMS), language)
    assert sentence.endswith(".")
    assert "%" not in sentence


@pytest.mark.parametrize(
    "code", [code for code, entry in PROBLEMS.items() if entry.status in (429, 503) and "wait" in entry.detail]
)
def test_whoever_has_to_wait_is_told_how_long(code: str) -> None:
    assert "45 seconds" in detail_of(Problem(code=code, retry_after=45), "en")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"), (1, "1 second"), (2, "2 seconds"), (59, "59 seconds"), (90, "90 seconds"), (91, "2 minutes"),
        (120, "2 minutes"), (121, "3 minutes"), (900, "15 minutes"), (3600, "60 minutes"),
    ],
)  # fmt: skip
def test_a_wait_is_told_as_people_say_it(seconds: int, words: str) -> None:
    assert wait_in_words(seconds, "en") == words


def test_a_word_of_the_person_in_a_sentence_is_not_read_as_a_place() -> None:
    fault = FieldFault("password", "password_has_context", {"word": "100%(wait)s"})
    assert "100%(wait)s" in sentence_of(fault, "en")
