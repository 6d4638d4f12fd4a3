"""What is installed is what the lock files say, and they say nothing about where it came from."""

import re
import tomllib
from typing import Final

from tests.architecture.tree import ROOT
from tools.lock import ALLOWED

PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked(name: str) -> set[str]:
    """`package==version ; marker` of each entry."""
    return {line.rstrip(" \\") for line in (ROOT / name).read_text().splitlines() if "==" in line}


def normalised(requirement: str) -> str:
    """The bare name of a requirement, as lock files spell it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]).lower()


def test_lock_files_hold_exact_versions_with_hashes_and_nothing_else() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / name).read_text().splitlines()
        assert lines
        assert [line for line in lines if not ALLOWED.fullmatch(line)] == []


def test_the_dev_lock_holds_everything_of_the_runtime_lock_at_the_same_version() -> None:
    assert locked("requirements.lock") - locked("requirements-dev.lock") == set()


def test_every_declared_dependency_is_locked() -> None:
    runtime = {entry.partition("==")[0] for entry in locked("requirements.lock")}
    dev = {entry.partition("==")[0] for entry in locked("requirements-dev.lock")}
    groups = PROJECT["dependency-groups"]
    assert {normalised(need) for need in [*PROJECT["project"]["dependencies"], *groups["build"]]} - runtime == set()
    assert {normalised(need) for need in groups["dev"]} - dev == set()


def test_the_command_is_installed_with_the_package() -> None:
    assert PROJECT["project"]["scripts"] == {"wardkey": "wardkey.__main__:main"}
