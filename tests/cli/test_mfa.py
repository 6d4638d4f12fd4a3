"""What a practice or a person is asked for is set from the command line, and holds at the next sign-in (MFA-7)."""

import asyncio
from datetime import timedelta

import pytest

from tests.cli.command import Operator
from tests.world import HERE, NOON, PASSWORD, open_practice
from wardkey.signin.commands import SubmitPassword
from wardkey.signin.runner import start

EMAIL = "ada@clinic.example"
PRACTICE = ("mfa", "policy", "--org", "maple")
ACCOUNT = ("mfa", "policy", "--account", EMAIL)
TOMORROW = (NOON + timedelta(days=1)).isoformat()


@pytest.fixture(autouse=True)
def practice(operator: Operator) -> None:
    """A practice with a provider."""
    operator.has_practice()
    operator.has_account(EMAIL)


def asked_at_sign_in(operator: Operator, days: float = 0) -> str:
    """Which step follows the right password, some days after the tests' noon."""

    async def signing_in() -> str:
        async with open_practice(operator.url) as practice:
            practice.clock.advance(timedelta(days=days))
            seen = await start(practice.units, practice.world, SubmitPassword(EMAIL, PASSWORD), HERE)
            return str(seen.step.__struct_config__.tag)

    return asyncio.run(signing_in())


@pytest.mark.spec("MFA-7")
@pytest.mark.parametrize("command", [PRACTICE, ACCOUNT], ids=["practice", "account"])
@pytest.mark.parametrize(("mode", "step"), [("off", "done"), ("optional", "done"), ("required", "enroll_mfa")])
def test_a_policy_holds_from_the_next_sign_in(operator: Operator, command: tuple[str, ...], mode: str, step: str) -> None:
    operator.done(*command, "--mode", mode)
    assert asked_at_sign_in(operator) == step


@pytest.mark.spec("MFA-7")
@pytest.mark.parametrize("command", [PRACTICE, ACCOUNT], ids=["practice", "account"])
def test_a_policy_from_a_date_asks_for_nothing_before_it(operator: Operator, command: tuple[str, ...]) -> None:
    operator.done(*command, "--mode", "required", "--from", TOMORROW)
    assert asked_at_sign_in(operator, days=0.99) == "done"
    assert asked_at_sign_in(operator, days=1) == "enroll_mfa"


@pytest.mark.spec("MFA-7")
def test_the_strictest_policy_holds(operator: Operator) -> None:
    operator.done(*PRACTICE, "--mode", "required")
    operator.done(*ACCOUNT, "--mode", "off")
    assert asked_at_sign_in(operator) == "enroll_mfa"


@pytest.mark.spec("MFA-7")
def test_a_practice_covers_its_clients_only_where_the_setting_says_so(operator: Operator) -> None:
    operator.has_account("lena@mail.example", "client")
    operator.done(*PRACTICE, "--mode", "required")
    shown = ("mfa", "policy", "--account", "lena@mail.example", "--json")
    assert operator.done(*shown).data["now"] == "optional"
    assert operator(*shown, WARDKEY_MFA_COVERED_ROLES="client").data["now"] == "required"


def test_a_change_is_on_the_record_as_the_operators(operator: Operator) -> None:
    operator.done(*PRACTICE, "--mode", "required", "--from", "2027-03-01")
    operator.done(*ACCOUNT, "--mode", "off")
    assert operator.events()[-2:] == [
        ("mfa.policy_changed", "operator", {"mode": "required", "required_from": "2027-03-01T00:00:00+00:00"}),
        ("mfa.policy_changed", "operator", {"mode": "off", "required_from": None}),
    ]
    assert operator.rows("SELECT subject IS NOT NULL, organization_id IS NOT NULL FROM events ORDER BY id")[-2:] == [
        (0, 1),
        (1, 0),
    ]


def test_without_a_mode_the_policy_is_shown_and_nothing_changes(operator: Operator) -> None:
    before = operator.events()
    assert operator.done(*PRACTICE).out == "MFA for maple is optional. It covers: owner, admin, provider, staff.\n"
    assert operator.done(*ACCOUNT).out == (
        f"MFA for {EMAIL} is not set for this account alone; with its practices' policies it is optional now.\n"
    )
    assert operator.events() == before


def test_what_was_set_is_shown(operator: Operator) -> None:
    told = operator.done(*PRACTICE, "--mode", "required", "--from", "2027-03-01T09:00+01:00").out
    assert told == "MFA for maple is required from 2027-03-01 08:00 UTC. It covers: owner, admin, provider, staff.\n"
    assert operator.done(*PRACTICE).out == told
    assert operator.done("org", "list").out.splitlines()[1].split("  ")[2] == "required from 2027-03-01 08:00 UTC"


def test_json_tells_the_same(operator: Operator) -> None:
    operator.done(*PRACTICE, "--mode", "required", "--from", "2027-03-01")
    organization = operator.done(*PRACTICE, "--json").data
    assert organization == {
        "organization": "maple",
        "account": None,
        "mode": "required",
        "required_from": "2027-03-01T00:00:00Z",
        "now": None,
        "covered_roles": ["owner", "admin", "provider", "staff"],
    }
    account = operator.done(*ACCOUNT, "--json").data
    assert (account["account"], account["mode"], account["required_from"]) == (EMAIL, None, None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mfa", "policy"], "Say whose policy is meant, with either --org or --account."),
        ([*PRACTICE, "--account", EMAIL], "Say whose policy is meant, with either --org or --account."),
        ([*PRACTICE, "--mode", "mandatory"], "Invalid value for '--mode'"),
        ([*PRACTICE, "--from", "2027-03-01"], "--from goes with --mode required."),
        ([*PRACTICE, "--mode", "required", "--from", "soon"], "--from needs a date like 2027-03-01."),
    ],
)
def test_a_wrong_command_line_is_told(operator: Operator, arguments: list[str], said: str) -> None:
    assert operator.refused(*arguments, code=2).startswith(said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--org", "oak"], "There is no such practice. No practice has that short name."),
        (["--org", "oak", "--mode", "off"], "There is no such practice. No practice has that short name."),
        (["--account", "x@clinic.example"], "There is no such account. No account has that email address."),
        (["--account", "x@clinic.example", "--mode", "off"], "There is no such account. No account has that email address."),
        (["--org", "maple", "--mode", "optional", "--from", "2027-03-01"], "From: A date goes with “required” alone."),
        (["--account", EMAIL, "--mode", "off", "--from", "2027-03-01"], "From: A date goes with “required” alone."),
    ],
)
def test_what_cannot_be_set_is_refused_and_not_recorded(operator: Operator, arguments: list[str], said: str) -> None:
    before = operator.events()
    assert operator.refused("mfa", "policy", *arguments) == said
    assert operator.events() == before
