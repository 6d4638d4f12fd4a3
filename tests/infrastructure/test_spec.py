"""`make spec` tells the truth: what is done is proven, and no test proves what nobody promised."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.spec import Promise, faults, line_of, promises

ROOT = Path(__file__).resolve().parents[2]
DONE, OPEN = Promise("MFA-2", "done", ""), Promise("MFA-3", "open", "")
PART = Promise("MFA-7", "part", "from the command line")


def test_every_promise_marked_done_is_proven() -> None:
    done = subprocess.run([sys.executable, "-m", "tools.spec"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0


def test_a_line_names_the_id_the_count_and_the_files() -> None:
    tests = ["tests/b.py::test_1", "tests/a.py::test_2[x]", "tests/a.py::test_2[y]"]
    assert line_of(DONE, tests) == "MFA-2 proven 3 tests/a.py tests/b.py"
    assert line_of(OPEN, []) == "MFA-3 open 0"
    assert line_of(PART, tests[:1]) == "MFA-7 proven 1 tests/b.py (in part: from the command line)"


def test_a_done_promise_without_a_test_and_a_test_of_an_unknown_promise_are_faults() -> None:
    assert faults([DONE, OPEN, PART], {"MFA-7": ["t"]}) == ["MFA-2 is marked done and no test proves it"]
    assert faults([OPEN], {"MFA-99": ["tests/a.py::t"]}) == ["tests/a.py::t names MFA-99, which docs/spec.md does not list"]


def test_a_row_that_cannot_be_read_is_an_error() -> None:
    assert promises("| MFA-3 | Text messages | open | |\n") == [OPEN]
    with pytest.raises(SystemExit, match="MFA-3"):
        promises("| MFA-3 | Text messages | nearly | |\n")
