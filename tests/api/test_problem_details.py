"""A refusal as programs read it: the same shape for every code, words in every language."""

import msgspec
import pytest

from tests.api.program import Refused
from wardkey.problems import FAULTS, PROBLEMS
from wardkey.surfaces.problem_json import encoded, headers_for
from wardkey.vocabulary import LANGUAGES, FieldFault, Language, Problem

PARAMS: dict[str, str | int] = {"maximum": 128, "minimum": 15, "word": "maple", "length": 3, "times": 8}
FAULT_LIST = tuple(FieldFault("field", code, PARAMS) for code in FAULTS)


@pytest.mark.spec("UX-3")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", PROBLEMS)
def test_every_code_has_the_shape_and_the_words(code: str, language: Language) -> None:
    problem = Problem(code=code, retry_after=90, reference="K7PM-3XQD", faults=FAULT_LIST if code == "check_fields" else ())
    told = msgspec.json.decode(encoded(problem, language), type=Refused)
    headers = dict(headers_for(problem, language))
    assert (told.code, told.type, told.status) == (code, f"urn:wardkey:problem:{code}", PROBLEMS[code].status)
    assert (told.retry_after, told.reference) == (90, "K7PM-3XQD")
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"content-language"] == language.encode()
    assert headers[b"retry-after"] == b"90"
    assert (b"www-authenticate" in headers) == (told.status == 401)
    assert [e["code"] for e in told.errors] == [f.code for f in problem.faults]
    for words in (told.title, told.detail, *(e["message"] for e in told.errors)):
        assert words
        assert "%(" not in words


@pytest.mark.parametrize("code", PROBLEMS)
def test_what_is_not_known_is_left_out(code: str) -> None:
    told = msgspec.json.decode(encoded(Problem(code=code), "en"))
    assert told.keys() == {"type", "title", "status", "detail", "code", "errors"}
