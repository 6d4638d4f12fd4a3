"""The report of `make bench`: one table, printed, and put between the markers of a page where one is named."""

import os
import platform
import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

BEGIN: Final = "<!-- bench: begin -->"
END: Final = "<!-- bench: end -->"


@dataclass(frozen=True)
class Row:
    """One figure: what, where, with which argon2 bindings, its floor, ours, their ratio, the bar and whether it is met."""

    what: str
    database: str
    bindings: str
    floor: str
    ours: str
    ratio: float | None
    bar: str
    is_met: bool | None


def write(rows: list[Row], postgres: str, page: Path | None) -> None:
    """Print the table; put it into the page between its markers."""
    text = f"{_machine(postgres)}\n\n{_table(rows)}\n"
    print(text)
    if page is not None:
        before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        page.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")


def _machine(postgres: str) -> str:
    names = re.findall(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    versions = ", ".join(f"{name} {version(name)}" for name in ("litestar", "uvicorn", "asyncpg", "argon2-cffi-bindings"))
    return (
        f"Measured {datetime.now(UTC):%Y-%m-%d} with `make bench` on {os.cpu_count()} × {names[0] if names else 'unknown'},"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, PostgreSQL {postgres}, {versions}."
    )


def _table(rows: list[Row]) -> str:
    lines = ["| what | database | argon2 | floor | ours | ratio | bar | met |", "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        met = {None: "", True: "yes", False: "**no**"}[row.is_met]
        lines.append(f"| {row.what} | {row.database} | {row.bindings} | {row.floor} | {row.ours} | {ratio} | {row.bar} | {met} |")
    return "\n".join(lines)
