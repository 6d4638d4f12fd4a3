"""The files of the project as the tests of this folder see them."""

import ast
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGE: Final = ROOT / "src" / "wardkey"


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or would be committed, relative to the root, in order."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return tuple(sorted(Path(name) for name in listed if (ROOT / name).is_file()))


def python_files(*tops: str) -> list[Path]:
    """The Python files below these top folders."""
    return [path for path in files() if path.suffix == ".py" and path.parts[0] in tops]


def text_files() -> list[tuple[Path, str]]:
    """Every file that reads as text, with its text."""
    found: list[tuple[Path, str]] = []
    for path in files():
        data = (ROOT / path).read_bytes()
        if b"\0" not in data[:8192]:
            found.append((path, data.decode("utf-8", errors="replace")))
    return found


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))
