"""Installations that operators of these tests have."""

from pathlib import Path

import pytest

from tests.cli.command import Operator
from tests.world import KEY


@pytest.fixture
def environment(sqlite_url: str, tmp_path: Path) -> dict[str, str]:
    """The settings of an installation on SQLite with all tables and nothing in them."""
    return {"WARDKEY_DATABASE_URL": sqlite_url, "WARDKEY_SECRET_KEYS": KEY, "WARDKEY_DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def operator(environment: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Operator:
    """An operator of that installation."""
    return Operator(capsys, monkeypatch, environment)
