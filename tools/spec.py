"""Print every promised behaviour with the tests that prove it; fail where a promise marked done has none."""

import contextlib
import io
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import pytest

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "spec.md"
ROW = re.compile(r"\| (?P<id>[A-Z]+-\d+) \| (?P<meaning>[^|]+) \| (?P<state>done|part|open) \| (?P<note>[^|]*)\|")

State = Literal["done", "part", "open"]


@dataclass(frozen=True)
class Promise:
    """One row of docs/spec.md."""

    id: str
    state: State
    note: str


@dataclass
class Gatherer:
    """A pytest plugin that remembers, per id, the tests that name it."""

    proofs: dict[str, list[str]]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            for marker in item.iter_markers("spec"):
                for name in marker.args:
                    self.proofs[name].append(item.nodeid)


def promises(text: str) -> list[Promise]:
    """The rows of the table, in order; a row that cannot be read is an error."""
    lines = [line for line in text.splitlines() if re.match(r"\| [A-Z]+-\d", line)]
    rows = [(line, ROW.fullmatch(line)) for line in lines]
    for line, row in rows:
        if row is None:
            raise SystemExit(f"docs/spec.md: cannot read {line!r}")
    found = [row for _, row in rows if row is not None]
    return [Promise(row["id"], cast("State", row["state"]), row["note"].strip()) for row in found]


def collect() -> dict[str, list[str]]:
    """Every test's ids, by collecting the suite without running it."""
    gatherer = Gatherer(defaultdict(list))
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.chdir(ROOT):
        code = pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "tests"], plugins=[gatherer])
    if code != pytest.ExitCode.OK:
        raise SystemExit(f"The tests cannot be collected:\n{said.getvalue()}")
    return gatherer.proofs


def line_of(promise: Promise, tests: Iterable[str]) -> str:
    """`MFA-3 proven 4 tests/…`, or `MFA-3 open 0`."""
    found = list(tests)
    word = "proven" if found and promise.state != "open" else "open"
    files = sorted({test.partition("::")[0] for test in found})
    note = f"(in part: {promise.note})" if promise.state == "part" else ""
    return " ".join(part for part in (promise.id, word, str(len(found)), *files, note) if part)


def faults(listed: Iterable[Promise], proofs: Mapping[str, list[str]]) -> list[str]:
    """What makes the table untrue."""
    rows = list(listed)
    known = {promise.id for promise in rows}
    unproven = [f"{p.id} is marked {p.state} and no test proves it" for p in rows if p.state != "open" and not proofs.get(p.id)]
    unknown = [f"{proofs[name][0]} names {name}, which docs/spec.md does not list" for name in sorted(set(proofs) - known)]
    return unproven + unknown


def main() -> int:
    """Print one line per id; 1 where the table is untrue."""
    listed = promises(TABLE.read_text(encoding="utf-8"))
    proofs = collect()
    for promise in listed:
        print(line_of(promise, proofs.get(promise.id, [])))
    wrong = faults(listed, proofs)
    for fault in wrong:
        print(fault, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
