"""No value ever becomes part of a statement: SQL is written once, when its module is read, and values are bound."""

import ast
from typing import Final

import pytest

from tests.architecture.tree import parsed, python_files

STORES: Final = [path for path in python_files("src") if path.match("src/wardkey/edges/db/*.py")]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_statement(node: ast.AST) -> bool:
    """A call of `Sql(…)`."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Sql"


def composed_from_values(tree: ast.Module) -> list[str]:
    """Functions that compose a statement and take anything but whole numbers."""
    functions = [node for node in ast.walk(tree) if isinstance(node, Function) and any(map(is_statement, ast.walk(node)))]
    return [
        f"{function.name}({argument.arg})"
        for function in functions
        for argument in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        if argument.annotation is None or ast.unparse(argument.annotation) != "int"
    ]


def test_no_statement_is_composed_from_what_a_function_was_given() -> None:
    assert [f"{path}: {found}" for path in STORES for found in composed_from_values(parsed(path))] == []
    assert any(is_statement(node) for path in STORES for node in ast.walk(parsed(path)))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('def of(name: str):\n    return Sql(f"SELECT {name}")', ["of(name)"]),
        ('def of(name):\n    return Sql(f"SELECT {name}")', ["of(name)"]),
        ('def many(count: int):\n    return Sql("SELECT " + "?" * count)', []),
        ('ALL = Sql(f"SELECT {COLUMNS}")', []),
    ],
)
def test_a_statement_made_from_a_text_is_found(source: str, found: list[str]) -> None:
    assert composed_from_values(ast.parse(source)) == found


def test_statements_run_only_as_statements() -> None:
    loose = [
        f"{path}:{node.lineno}"
        for path in STORES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.JoinedStr) and starts_like_sql(node) and not is_constant(parsed(path), node)
    ]
    assert loose == []


def starts_like_sql(node: ast.JoinedStr) -> bool:
    first = node.values[0] if node.values else None
    text = str(first.value) if isinstance(first, ast.Constant) else ""
    return text.lstrip().startswith(("SELECT ", "INSERT ", "UPDATE ", "DELETE "))


def is_constant(tree: ast.Module, node: ast.AST) -> bool:
    """Whether this text is part of a constant of its module, or of a call of `Sql(…)`."""
    homes: list[ast.AST] = [part for part in tree.body if not isinstance(part, Function | ast.ClassDef)]
    homes += [part for part in ast.walk(tree) if is_statement(part)]
    return any(node is inner for home in homes for inner in ast.walk(home))
