"""Practices are set up and looked at from the command line."""

import json

import pytest

from tests.cli.command import Operator
from tests.world import open_practice
from wardkey.vocabulary import Role

MANY = 120


def test_a_practice_is_set_up_and_its_short_name_told(operator: Operator) -> None:
    assert operator.done("org", "create", "Maple Street Clinic").out == (
        "Maple Street Clinic is set up. Its short name is maple-street-clinic.\n"
    )
    assert operator.events() == [("organization.created", "operator", {"slug": "maple-street-clinic"})]


def test_a_practice_may_be_given_its_short_name(operator: Operator) -> None:
    made = operator.done("org", "create", " Praxis  für Kinder ", "--slug", "Kinder", "--json").data
    assert (made["name"], made["slug"], made["mfa_mode"], made["mfa_required_from"]) == (
        "Praxis für Kinder",
        "kinder",
        "optional",
        None,
    )
    assert made["id"].startswith("org_")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Second Clinic", "--slug", "maple"], "Slug: Another practice has that short name. Choose another one."),
        (["Second Clinic", "--slug", "not a slug"], "Slug: Use small letters, digits and dashes."),
        (["x" * 101], "Name: A name has at most 100 characters."),
        (["Ma\u202eple"], "Name: This contains invisible characters. Type it again instead of pasting it."),
    ],
)
def test_what_cannot_be_a_practice_is_refused_and_leaves_nothing(operator: Operator, arguments: list[str], said: str) -> None:
    operator.has_practice()
    assert operator.refused("org", "create", *arguments) == said
    assert len(operator.events()) == 1
    assert operator.rows("SELECT slug FROM organizations") == [("maple",)]


def test_an_empty_list_says_how_to_begin(operator: Operator) -> None:
    assert operator.done("org", "list").out == "There is no practice yet; `wardkey org create` sets one up.\n"
    assert operator.done("org", "list", "--json").data == []


def test_practices_are_listed_by_short_name(operator: Operator) -> None:
    for name in ("Willow", "Maple", "Oak"):
        operator.done("org", "create", name)
    lines = operator.done("org", "list").out.splitlines()
    assert lines[0].split() == ["slug", "name", "mfa", "created"]
    assert [line.split()[:3] for line in lines[1:]] == [[n.lower(), n, "optional"] for n in ("Maple", "Oak", "Willow")]
    assert [shown["slug"] for shown in operator.done("org", "list", "--json").data] == ["maple", "oak", "willow"]


def test_a_practice_is_shown_with_everybody_in_it(operator: Operator) -> None:
    operator.has_practice()
    operator.has_account("sam@clinic.example", "staff")
    operator.has_account("ada@clinic.example", "provider")
    out = operator.done("org", "show", "MAPLE").out
    assert "people:   2\n" in out
    assert [line.split() for line in out.splitlines()[-2:]] == [
        ["ada@clinic.example", "Ada", "Okafor", "provider", "active", "none"],
        ["sam@clinic.example", "Ada", "Okafor", "staff", "active", "none"],
    ]
    shown = operator.done("org", "show", "maple", "--json").data
    assert set(shown) == {"organization", "members"}
    assert [(m["email"], m["role"], m["status"], m["methods"]) for m in shown["members"]] == [
        ("ada@clinic.example", "provider", "active", []),
        ("sam@clinic.example", "staff", "active", []),
    ]
    assert "argon2" not in json.dumps(shown)


def test_a_practice_that_is_not_there_is_told(operator: Operator) -> None:
    said = "There is no such practice. No practice has that short name."
    assert operator.refused("org", "show", "maple") == said


@pytest.fixture
async def crowded(sqlite_url: str) -> None:
    """More practices, and more people in one of them, than one page of the stores holds."""
    async with open_practice(sqlite_url) as practice:
        organizations = [await practice.add_organization(f"Clinic {number:03}") for number in range(MANY)]
        for number in range(MANY):
            await practice.add_person(f"p{number:03}@clinic.example", organization=organizations[0], role=Role.CLIENT)


@pytest.mark.usefixtures("crowded")
def test_lists_are_whole_however_long_they_are(operator: Operator) -> None:
    assert [o["slug"] for o in operator.done("org", "list", "--json").data] == [f"clinic-{n:03}" for n in range(MANY)]
    members = operator.done("org", "show", "clinic-000", "--json").data["members"]
    assert [m["email"] for m in members] == [f"p{n:03}@clinic.example" for n in range(MANY)]
