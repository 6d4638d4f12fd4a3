"""The rules of the linter bite where they should and nowhere else."""

import json
import subprocess
import sys
from typing import Final

import pytest

from tests.architecture.tree import ROOT

CLOCK: Final = '"""Planted."""\n\nfrom datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n'
TICKS: Final = '"""Planted."""\n\nimport time\n\nNOW = time.time()\n'
CHANCE: Final = '"""Planted."""\n\nimport secrets\n\nTOKEN = secrets.token_bytes(16)\n'
DICE: Final = '"""Planted."""\n\nfrom random import choice\n\nONE = choice((1, 2))\n'
NOISE: Final = '"""Planted."""\n\nimport os\n\nNOISE = os.urandom(16)\n'
LATE: Final = '"""Planted."""\n\n\ndef late() -> object:\n    import json\n\n    return json\n'
TANGLED: Final = (
    '"""Planted."""\n\n\ndef tangled(n: int) -> int:\n'
    + "".join(f"    if n == {i}:\n        n += {i}\n" for i in range(9))
    + "    return n\n"
)
LONG: Final = '"""Planted."""\n\n\ndef long(n: int) -> int:\n' + "    n += 1\n" * 26 + "    return n\n"
RELATIVE: Final = '"""Planted."""\n\nfrom .rules import Account as Account\n'


def findings(source: str, place: str) -> dict[str, str]:
    """What ruff says of a file with this source at this place: code to message."""
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "json", "--no-cache", "--stdin-filename", place, "-"]
    done = subprocess.run(command, cwd=ROOT, input=source, capture_output=True, text=True, check=False)
    return {finding["code"]: finding["message"] for finding in json.loads(done.stdout)}


@pytest.mark.parametrize(
    ("source", "port"),
    [
        (CLOCK, "world.clock"),
        (TICKS, "world.clock"),
        (CHANCE, "world.randomness"),
        (DICE, "world.randomness"),
        (NOISE, "world.randomness"),
    ],
    ids=["datetime.now", "time.time", "secrets", "random", "os.urandom"],
)
def test_a_concept_that_asks_the_machine_for_time_or_chance_is_told_which_port_to_ask(source: str, port: str) -> None:
    assert port in findings(source, "src/wardkey/accounts/planted.py")["TID251"]
    assert "TID251" not in findings(source, "src/wardkey/edges/planted.py")
    assert "TID251" not in findings(source, "tests/planted.py")


@pytest.mark.parametrize(
    ("source", "code"),
    [(LATE, "PLC0415"), (TANGLED, "C901"), (LONG, "PLR0915"), (RELATIVE, "TID252")],
    ids=["an import inside a function", "a tangled function", "a long function", "a relative import"],
)
def test_what_makes_code_hard_to_follow_is_found(source: str, code: str) -> None:
    assert code in findings(source, "src/wardkey/accounts/planted.py")


def test_plain_code_is_left_alone() -> None:
    assert findings('"""Plain."""\n\nANSWER = 42\n', "src/wardkey/accounts/planted.py") == {}
