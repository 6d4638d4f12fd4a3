"""Every event says what it means, has a name of its own, and stands in the docs."""

import re
from typing import Final

import pytest

from tools.docs import events_page
from wardkey.audit import events
from wardkey.audit.events import Event

IRREGULAR: Final = {
    "begun",
    "forgotten",
    "found",
    "held",
    "known",
    "left",
    "lost",
    "read",
    "seen",
    "sent",
    "set",
    "shown",
    "spent",
    "taken",
    "told",
    "undone",
}
CATALOGUE: Final = sorted(
    (kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event),
    key=lambda kind: kind.name,
)


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.__name__)
def test_an_event_says_what_happened_in_a_docstring_and_a_dotted_name_in_the_past_tense(kind: type[Event]) -> None:
    assert vars(kind).get("__doc__"), f"{kind.__name__} has no docstring"
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", kind.name)
    words = kind.name.partition(".")[2].split("_")
    assert any(word.endswith("ed") or word in IRREGULAR for word in words), f"{kind.name} is not in the past tense"


def test_no_two_events_share_a_name() -> None:
    names = [kind.name for kind in CATALOGUE]
    assert names
    assert sorted(set(names)) == names


def test_the_page_of_events_lists_each_and_no_other() -> None:
    text = events_page()
    subjects = {kind.name.partition(".")[0] for kind in CATALOGUE}
    named = {name for name in re.findall(r"`([a-z_]+\.[a-z_]+)`", text) if name.partition(".")[0] in subjects}
    assert named == {kind.name for kind in CATALOGUE}
