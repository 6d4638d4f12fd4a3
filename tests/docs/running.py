"""Runs the examples of a page in order, as one session of a shell, and holds what they print against what the page says."""

import json
import os
import re
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.docs.pages import DocPage, Example

PROGRAMS: Final = Path(sys.executable).parent
PRINTED_HOST: Final = "127.0.0.1:8080"
"""Where pages say that the demo is; the test's own takes a free port."""
SECONDS: Final = 180
SELECT: Final = """
import os, sqlite3, sys
path = os.environ["WARDKEY_DATABASE_URL"].removeprefix("sqlite:///")
for row in sqlite3.connect(path).execute(open(sys.argv[1]).read().strip().rstrip(";")):
    print(*row, sep="|")
"""


@dataclass(frozen=True)
class Step:
    """One command of the session: what the shell is given, and what it should print, if the page says."""

    line: int
    script: str
    expected: str | None = None
    is_json: bool = False


def steps_of(examples: list[Example]) -> list[Step]:
    """The examples as commands. A block of console lines is one command for each line that begins with `$`."""
    steps: list[Step] = []
    for example in examples:
        if example.what == "prints":
            before = steps.pop()
            steps.append(Step(before.line, before.script, example.text, example.language == "json"))
        elif example.language == "console":
            steps += console(example)
        else:
            steps.append(Step(example.line, runnable(example)))
    return steps


def console(example: Example) -> Iterator[Step]:
    """`$ command` and what it prints, again and again."""
    for part in re.split(r"^\$ ", example.text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        yield Step(example.line, command, expected)


def runnable(example: Example) -> str:
    """What the shell is given for a block."""
    if example.language == "python":
        return f"python - <<'EXAMPLE'\n{example.text}EXAMPLE\n"
    if example.language == "sql":
        return f"cat > example.sql <<'EXAMPLE'\n{example.text}EXAMPLE\npython -c '{SELECT}' example.sql\n"
    assert example.language == "sh", f"{example.language} is not run"
    return example.text


def fits(expected: str, printed: str) -> bool:
    """Whether lines are as said; `…` stands for anything within a line, and on a line by itself for any lines."""
    lines = [line.rstrip() for line in expected.strip("\n").splitlines()]
    pattern = "".join(r"(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + "\n" for line in lines)
    shown = "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").splitlines())
    return re.fullmatch(pattern, shown) is not None


def fits_json(expected: Any, printed: Any) -> bool:
    """Whether two JSON values are the same; `…` within a text stands for anything."""
    if isinstance(expected, dict):
        is_same = isinstance(printed, dict) and expected.keys() == printed.keys()
        return is_same and all(fits_json(expected[key], printed[key]) for key in expected)
    if isinstance(expected, list):
        is_as_long = isinstance(printed, list) and len(expected) == len(printed)
        return is_as_long and all(fits_json(a, b) for a, b in zip(expected, printed, strict=True))
    if isinstance(expected, str):
        pattern = re.escape(expected).replace("…", ".*")
        return isinstance(printed, str) and re.fullmatch(pattern, printed, re.DOTALL) is not None
    return bool(expected == printed)


def run(page: DocPage, folder: Path) -> list[str]:
    """Run a page's examples; answers what was not as the page says."""
    examples = page.examples()
    place = next(example.place for example in examples if example.place)
    with demo(folder) if place == "demo" else installation(folder) as environment:
        host = environment.get("DEMO_HOST", PRINTED_HOST)
        steps = [Step(s.line, s.script.replace(PRINTED_HOST, host), s.expected, s.is_json) for s in steps_of(examples)]
        said = session(steps, folder, environment)
    if said:
        return [f"{page.name}: {said}"]
    faults = (fault_of(step, (folder / f"{number}.out").read_text(), host) for number, step in enumerate(steps))
    return [f"{page.name}:{step.line}: {fault}" for step, fault in zip(steps, faults, strict=True) if fault]


def session(steps: list[Step], folder: Path, environment: dict[str, str]) -> str:
    """One shell runs all steps, so that variables last; it stops at the first that fails, and what that said is answered."""
    lines = ["set -euo pipefail"]
    for number, step in enumerate(steps):
        (folder / f"{number}.sh").write_text(step.script)
        lines += [f"echo {number} > at", f". ./{number}.sh > {number}.out 2> {number}.err"]
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode == 0:
        return ""
    number = int((folder / "at").read_text())
    said = (folder / f"{number}.err").read_text() + (folder / f"{number}.out").read_text() + done.stderr
    return f"line {steps[number].line} ended with {done.returncode}:\n{steps[number].script}\n{said}"


def fault_of(step: Step, printed: str, host: str) -> str:
    if step.expected is None:
        return ""
    expected = step.expected.replace(PRINTED_HOST, host)
    is_right = fits_json(json.loads(expected), json.loads(printed)) if step.is_json else fits(expected, printed)
    return "" if is_right else f"`{step.script.strip()}` printed\n{printed}where the page says\n{expected}"


@contextmanager
def installation(folder: Path) -> Iterator[dict[str, str]]:
    """The environment of an operator whose installation is new: a key, and the name of a database that is not there yet."""
    yield {
        **clean_environment(),
        "WARDKEY_SECRET_KEYS": b64encode(os.urandom(32)).decode(),
        "WARDKEY_DATABASE_URL": f"sqlite:///{folder}/wardkey.sqlite3",
        "WARDKEY_DATA_DIR": str(folder),
    }


@contextmanager
def demo(folder: Path) -> Iterator[dict[str, str]]:
    """A real demo on a free port, until the examples are done."""
    command = [str(PROGRAMS / "wardkey"), "demo", "--port", "0"]
    with (folder / "demo.log").open("wb") as log:
        server = subprocess.Popen(command, env=clean_environment(), cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True)
    assert server.stdout is not None
    try:
        address = next((m[1] for line in server.stdout if (m := re.search(r"http://(\S+?)/sign-in", line))), None)
        assert address, "the demo ended:\n" + (folder / "demo.log").read_text()
        yield {**clean_environment(), "DEMO_HOST": address}
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)


def clean_environment() -> dict[str, str]:
    """This environment without settings, and with the programs of this installation first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WARDKEY_")}
    return {**kept, "PATH": f"{PROGRAMS}:{kept['PATH']}", "PYTHONUNBUFFERED": "1", "LC_ALL": "C.UTF-8"}
