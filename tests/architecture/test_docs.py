"""The pages of docs/ that list settings and promises hold what the code holds."""

import re
from typing import Final

from tools.docs import PAGES, stale
from tools.spec import TABLE, promises
from wardkey.environment import documented

FAMILIES: Final = {"ACC": 12, "SIGN": 7, "MFA": 14, "RULE": 16, "ADM": 6, "CHAT": 3, "NEWS": 4, "INT": 6, "UX": 5}


def test_the_pages_made_from_the_code_say_what_the_code_says() -> None:
    assert [f"docs/{name}: run `make docs`" for name in stale()] == []


def test_every_setting_stands_in_its_page_and_no_other_does() -> None:
    named = set(re.findall(r"`(WARDKEY_[A-Z0-9_]+)`", PAGES["settings.md"]()))
    names = {name for name, _ in documented()}
    assert names <= named
    assert {name for name in named if name.removesuffix("_FILE") not in names} == {"WARDKEY_CONFIG"}


def test_the_table_of_promises_lists_every_id_once_in_order() -> None:
    expected = [f"{family}-{number}" for family, count in FAMILIES.items() for number in range(1, count + 1)]
    assert [promise.id for promise in promises(TABLE.read_text(encoding="utf-8"))] == expected


def test_a_promise_kept_in_part_says_which_part() -> None:
    listed = promises(TABLE.read_text(encoding="utf-8"))
    assert [promise.id for promise in listed if (promise.state == "part") != bool(promise.note)] == []


def test_every_setting_says_what_it_means() -> None:
    rows = [line.split(" | ") for line in PAGES["settings.md"]().splitlines() if line.startswith("| `WARDKEY_")]
    assert rows
    assert [row[0] for row in rows if not row[-1].rstrip(" |")] == []
