"""The examples of the documentation are run, against a real demo or a real installation, and print what the pages say."""

import shutil
from pathlib import Path
from typing import Final

import pytest

from tests.docs.pages import page, pages
from tests.docs.running import fits, fits_json, run

WITH_EXAMPLES: Final = [found.name for found in pages() if found.examples()]
PROGRAMS: Final = ("bash", "curl", "jq", "oathtool", "openssl")


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in WITH_EXAMPLES])
def test_a_page_prints_what_its_examples_print(name: str, tmp_path: Path) -> None:
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    assert not missing, f"Missing: {', '.join(missing)}"
    assert "\n".join(run(page(name), tmp_path)) == ""


def test_the_pages_that_show_how_things_are_used_have_examples() -> None:
    guides = {f"docs/integrator/{name}.md" for name in ("api-sign-in", "errors", "methods", "sessions", "tokens")}
    assert {*guides, "docs/operator/cli.md", "docs/operator/mail.md"} <= set(WITH_EXAMPLES)


def test_dots_stand_for_anything_and_nothing_else_does() -> None:
    assert fits("made … UTC\n…\nend\n", "made 05:00 UTC\none\ntwo\nend\n")
    assert fits("a\n…\n", "a\n")
    assert not fits("a\n", "a\nb\n")
    assert not fits("made UTC\n", "made 05:00 UTC\n")
    assert fits_json({"a": ["x…", 1]}, {"a": ["xyz", 1]})
    assert not fits_json({"a": 1}, {"a": 1, "b": 2})
    assert not fits_json(["a"], ["a", "b"])
