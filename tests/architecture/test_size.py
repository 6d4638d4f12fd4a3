"""A function fits a screen, a file can be read in one sitting."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.architecture.tree import ROOT, parsed, python_files

LONGEST_FUNCTION: Final = 30
"""Lines from `def` to the end, without decorators and docstring."""
LONGEST_FILE: Final = 400

TABLES: Final = ("src/wardkey/edges/db/schema.py", "src/wardkey/edges/db/migrations/versions/")
"""Files and folders that are tables of data rather than code."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_table(path: Path) -> bool:
    return str(path).startswith(TABLES)


def length(function: Function) -> int:
    """Lines of a function that a reader has to follow."""
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if is_docstring else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(parsed(path)) if isinstance(node, Function))


def test_a_docstring_and_decorators_do_not_count() -> None:
    source = '@decorated\n@twice\ndef f(\n    a,\n):\n    """Says\n    what.\n    """\n    return a\n'
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert length(function) == 4


def test_every_function_fits_a_screen() -> None:
    code = [path for path in python_files("src", "tools", "benchmarks", "clients") if not is_table(path)]
    long = [f"{path}:{f.lineno} {f.name} has {length(f)} lines" for path in code for f in functions(path)]
    limit = [line for line in long if int(line.split()[-2]) > LONGEST_FUNCTION]
    assert code
    assert limit == []


def test_every_file_can_be_read_in_one_sitting() -> None:
    code = [path for path in python_files("src", "tools", "benchmarks", "clients") if not is_table(path)]
    lengths = {str(path): len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in code}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_the_exempt_tables_exist() -> None:
    assert [name for name in TABLES if not (ROOT / name).exists()] == []
