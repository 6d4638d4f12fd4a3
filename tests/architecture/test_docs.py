"""The pages of docs/ that list settings and promises hold what the code holds."""

import re
from typing import Final

from tests.architecture.tree import ROOT
from tools.spec import TABLE, promises
from wardkey.settings import documented

SETTINGS: Final = ROOT / "docs" / "settings.md"
FAMILIES: Final = {"ACC": 12, "SIGN": 7, "MFA": 14, "RULE": 16, "ADM": 6, "CHAT": 3, "NEWS": 4, "INT": 6, "UX": 5}


def test_every_setting_stands_in_its_page_and_no_other_does() -> None:
    names = {name for name, _ in documented()}
    text = SETTINGS.read_text(encoding="utf-8") if SETTINGS.exists() else " ".join(names)
    named = set(re.findall(r"WARDKEY_[A-Z0-9_]+", text)) - {"WARDKEY_CONFIG"}
    assert names <= named
    assert {name for name in named if name.removesuffix("_FILE") not in names} == set()


def test_the_table_of_promises_lists_every_id_once_in_order() -> None:
    expected = [f"{family}-{number}" for family, count in FAMILIES.items() for number in range(1, count + 1)]
    assert [promise.id for promise in promises(TABLE.read_text(encoding="utf-8"))] == expected


def test_a_promise_kept_in_part_says_which_part() -> None:
    listed = promises(TABLE.read_text(encoding="utf-8"))
    assert [promise.id for promise in listed if (promise.state == "part") != bool(promise.note)] == []
