"""Every command explains itself, and a wrong one is told in one line."""

from collections.abc import Iterator

import click
import pytest

from tests.cli.command import Operator
from wardkey.surfaces.cli.program import program

PINNED = [
    *("demo", "serve", "worker", "doctor", "openapi"),
    *("db upgrade", "db check"),
    *("org brand", "org create", "org list", "org show"),
    *("account create", "account show", "account devices", "account forget-devices"),
    *("mfa policy", "mail preview"),
    *("sms status", "sms resume"),
]


def commands(group: click.Group = program, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that does something, as one types it."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*above, name))
        else:
            yield (*above, name)


ALL = [" ".join(path) for path in commands()]


def test_the_commands_are_those_that_were_promised() -> None:
    assert sorted(ALL) == sorted(PINNED)


@pytest.mark.parametrize("command", ALL)
def test_a_command_says_what_it_does_with_an_example_that_names_it(operator: Operator, command: str) -> None:
    ended = operator.done(*command.split(), "--help")
    assert f"Usage: wardkey {command}" in ended.out
    meaning, example = ended.out.partition("\n\n")[2], ended.out.partition("Example:\n")[2]
    assert meaning.strip()[0].isupper()
    assert f"wardkey {command}" in example
    assert "\x1b" not in ended.out


@pytest.mark.parametrize("command", [name for name in ALL if not name.startswith(("demo", "serve", "worker", "openapi"))])
def test_a_command_that_prints_data_prints_it_as_json_too(operator: Operator, command: str) -> None:
    assert "--json" in operator.done(*command.split(), "--help").out


@pytest.mark.parametrize("group", ["", "db", "org", "account", "mfa", "mail"])
def test_a_group_without_a_command_lists_what_there_is(operator: Operator, group: str) -> None:
    said = operator.refused(*group.split(), code=2)
    assert "Usage: wardkey" in said
    assert "Commands:" in said


@pytest.mark.parametrize(
    ("arguments", "said", "where"),
    [
        ("frobnicate", "No such command 'frobnicate'.", "wardkey"),
        ("org frobnicate", "No such command 'frobnicate'.", "wardkey org"),
        ("org create", "Missing argument 'NAME'.", "wardkey org create"),
        ("org list more", "Got unexpected extra argument", "wardkey org list"),
        ("serve --port x", "Invalid value for '--port': 'x' is not a valid integer", "wardkey serve"),
        ("serve --port 70000", "Invalid value for '--port': 70000 is not in the range", "wardkey serve"),
        ("demo --hots y", "No such option '--hots'.", "wardkey demo"),
    ],
)
def test_a_wrong_command_line_is_told_in_one_line(operator: Operator, arguments: str, said: str, where: str) -> None:
    told = operator.refused(*arguments.split(), code=2)
    assert told.startswith(said)
    assert told.endswith(f" See `{where} --help`.")
    assert "\n" not in told
