"""Imports point one way only; each rule is shown to catch what it forbids."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.tree import PACKAGE, ROOT, parsed, python_files

PLANTED: Final = {
    "a surface that opens the database": ("surfaces/pages/planted.py", "import wardkey.edges.db", "wardkey.edges.db"),
    "an edge that draws a page": ("edges/planted.py", "import wardkey.surfaces.pages", "wardkey.surfaces.pages"),
    "an API that borrows from the pages": ("surfaces/api/planted.py", "import wardkey.surfaces.pages", "wardkey.surfaces.pages"),
    "a factor that knows another": (
        "factors/kinds/planted.py",
        "import wardkey.factors.kinds.totp",
        "wardkey.factors.kinds.totp",
    ),
    "a rule that speaks to a database": ("accounts/rules.py", "import sqlalchemy", "sqlalchemy"),
    "a machine that reads the clock": ("signin/machine.py", "import time", "time"),
    "a rule that calls its own verbs": ("outbox/rules.py", "import wardkey.outbox.actions", "wardkey.outbox.actions"),
    "a lower ring that knows a higher one": ("audit/rules.py", "import wardkey.signin.machine", "wardkey.signin.machine"),
    "a concept that knows its sibling": ("sessions/rules.py", "import wardkey.factors.contract", "wardkey.factors.contract"),
    "a concept that knows an edge": ("accounts/passwords.py", "import wardkey.edges.hashing", "wardkey.edges.hashing"),
    "a concept that knows the web framework": ("sessions/actions.py", "import litestar", "litestar"),
    "a driver outside edges.db": ("edges/planted_driver.py", "import asyncpg", "asyncpg"),
}
"""What is wrong: where it is planted, the line, and what the report has to name beside the module."""


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts of pyproject.toml over `folder`/src."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "COLUMNS": "300", "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package in a place where it may be spoiled."""
    folder = tmp_path_factory.mktemp("planted")
    shutil.copytree(PACKAGE, folder / "src" / "wardkey", ignore=shutil.ignore_patterns("__pycache__", "static", "locales"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "src" / "wardkey" / "edges" / "db" / "permitted.py").write_text("import alembic, asyncpg, sqlalchemy, sqlite3\n")
    (folder / "src" / "wardkey" / "surfaces" / "permitted.py").write_text("import litestar\n")
    return folder


@pytest.fixture(scope="module")
def report(copy: Path) -> str:
    """What the contracts say with every violation planted at once."""
    for place, line, _ in PLANTED.values():
        with (copy / "src" / "wardkey" / place).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    done = lint(copy)
    assert done.returncode == 1
    return done.stdout


def test_the_tree_keeps_every_contract() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("what", PLANTED)
def test_a_forbidden_import_is_caught(report: str, what: str) -> None:
    place, _, target = PLANTED[what]
    module = "wardkey." + place.removesuffix(".py").replace("/", ".")
    assert f"{module} -> {target}" in report


def test_an_allowed_import_is_no_violation(report: str) -> None:
    assert "permitted" not in report


def test_a_new_folder_needs_a_ring(copy: Path) -> None:
    folder = copy / "src" / "wardkey" / "somewhere_new"
    folder.mkdir()
    (folder / "__init__.py").touch()
    done = lint(copy)
    assert done.returncode == 1
    assert "wardkey.somewhere_new" in done.stdout


def test_a_migration_imports_nothing_of_ours_because_it_must_still_run_when_the_code_has_moved_on() -> None:
    migrations = [path for path in python_files("src") if "versions" in path.parts and path.name != "__init__.py"]
    imported = [
        f"{path}: {ast.unparse(node)}"
        for path in migrations
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Import | ast.ImportFrom) and "wardkey" in ast.unparse(node)
    ]
    assert migrations
    assert imported == []
