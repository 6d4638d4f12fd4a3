"""The description of the API is printed or written without an installation around it."""

import json
from pathlib import Path

from tests.cli.command import Operator


def test_the_document_is_printed(operator: Operator) -> None:
    document = operator.done("openapi").data
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/sign-in/password" in document["paths"]


def test_it_needs_no_settings(operator: Operator) -> None:
    operator.environment.clear()
    operator.done("openapi")


def test_the_document_is_written(operator: Operator, tmp_path: Path) -> None:
    assert operator.done("openapi", "--output", str(tmp_path / "openapi.json")).out == ""
    assert json.loads((tmp_path / "openapi.json").read_text()) == operator.done("openapi").data


def test_a_file_that_cannot_be_written_is_told(operator: Operator, tmp_path: Path) -> None:
    said = operator.refused("openapi", "--output", str(tmp_path))
    assert said == f"{tmp_path} is no file that can be written."
