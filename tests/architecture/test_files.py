"""Every file says what it is, stands under a telling name, and names no machine and no leftover."""

import ast
import re
from pathlib import Path
from typing import Final

from tests.architecture.tree import PACKAGE, ROOT, files, parsed, python_files, text_files

ALL: Final = ("src", "tests", "tools", "benchmarks", "clients")
EMPTY_NAMES: Final = {"base", "common", "core", "helper", "helpers", "lib", "manager", "managers", "misc", "util", "utils"}
"""Names that say nothing about what is inside."""

LEFTOVER: Final = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
MACHINE: Final = re.compile(r"(?<![\w.:/-])/(work|root|farm|opt/pypi|opt/wheels|home/\w+|tmp/scratch|Users/\w+)(/|\b)")
REGISTRY: Final = re.compile(
    "|".join(
        re.escape(a + b)
        for a, b in (("files.python", "hosted.org"), ("pypi", ".org"), ("registry.npm", "js"), ("deb.deb", "ian.org"))
    )
)
SKIPPED: Final = re.compile(r"pytest\.(mark\.)?(skip|skipif|xfail|importorskip)\b")


def places(pattern: re.Pattern[str]) -> list[str]:
    """`file:line text` of everything that matches, outside the file that holds the patterns."""
    return [
        f"{path}:{number} {line.strip()[:100]}"
        for path, text in text_files()
        if path != Path(__file__).relative_to(ROOT)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_every_module_says_in_its_first_line_what_it_is() -> None:
    modules = [path for path in python_files(*ALL) if path.name != "__init__.py"]
    first_lines = {str(path): (ast.get_docstring(parsed(path)) or "").partition("\n")[0] for path in modules}
    assert modules
    assert [path for path, line in first_lines.items() if not line.endswith((".", "?", ":", "…"))] == []


def test_packages_hold_nothing_in_their_init() -> None:
    assert [str(path) for path in python_files(*ALL) if path.name == "__init__.py" and (ROOT / path).read_text()] == []


def test_every_folder_of_the_package_is_a_package() -> None:
    folders = {path.parent for path in python_files("src")}
    assert [str(folder) for folder in folders if not (ROOT / folder / "__init__.py").exists()] == []


def test_no_module_or_folder_has_a_name_that_says_nothing() -> None:
    modules = python_files(*ALL)
    folders = {parent for path in files() for parent in path.parents}
    assert [str(path) for path in {*modules, *folders} if path.stem in EMPTY_NAMES] == []


def test_no_marker_of_unfinished_work_is_left() -> None:
    assert places(LEFTOVER) == []


def test_nothing_names_a_path_of_some_machine() -> None:
    assert places(MACHINE) == []


def test_nothing_names_the_host_of_a_package_registry() -> None:
    assert places(REGISTRY) == []


def test_no_test_is_skipped() -> None:
    assert [place for place in places(SKIPPED) if place.startswith("tests/")] == []


def test_a_name_is_imported_from_where_it_is_defined() -> None:
    defined = {path: {name for node in parsed(path).body for name in names_of(node)} for path in python_files("src")}
    wrong = [
        f"{path}:{node.lineno} takes {alias.name} from {node.module}"
        for path in python_files("src", "tests", "tools")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("wardkey")
        for alias in node.names
        if not is_home(defined, node.module or "", alias.name)
    ]
    assert wrong == []


def is_home(defined: dict[Path, set[str]], module: str, name: str) -> bool:
    """Whether `module` is the file that defines `name`, or a package that holds it as a module."""
    place = Path("src", *module.split("."))
    if place.with_suffix(".py") in defined:
        return name in defined[place.with_suffix(".py")]
    return (ROOT / place / f"{name}.py").exists() or (ROOT / place / name).is_dir()


def names_of(node: ast.stmt) -> list[str]:
    """The names that one statement at the top of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    if isinstance(node, ast.If | ast.Try):
        return [name for inner in [*node.body, *node.orelse] for name in names_of(inner)]
    return []


def test_the_package_ships_its_licence_and_the_marker_of_types() -> None:
    assert (PACKAGE / "py.typed").exists()
    assert "Apache License" in (ROOT / "LICENSE").read_text()
