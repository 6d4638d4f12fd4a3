"""`wardkey db`: bringing the database's tables to what this release needs."""

import click

from wardkey.surfaces.cli.installation import SchemaState
from wardkey.surfaces.cli.invocation import Invocation, as_json, example
from wardkey.surfaces.cli.output import say, say_json


@click.group("db")
def commands() -> None:
    """The database's tables."""


@commands.command("upgrade", epilog=example("wardkey db upgrade"))
@as_json
@click.pass_obj
def upgrade(invocation: Invocation, is_json: bool) -> None:
    """Bring the database to what this release needs. What is in it stays."""
    state = invocation.wiring().upgrade(invocation.settings())
    if is_json:
        say_json(shown(state))
    else:
        say(f"The database is at {state.current}, which is what this release needs.")


@commands.command("check", epilog=example("wardkey db check || wardkey db upgrade"))
@as_json
@click.pass_obj
def check(invocation: Invocation, is_json: bool) -> int:
    """Say whether the database is at what this release needs; changes nothing."""
    state = invocation.wiring().schema(invocation.settings())
    if is_json:
        say_json(shown(state))
    else:
        for line in sentences(state):
            say(line)
    return 0 if state.is_current else 1


def shown(state: SchemaState) -> dict[str, object]:
    return {
        "current": state.current,
        "needed": state.needed,
        "differences": state.differences,
        "is_current": state.is_current,
    }


def sentences(state: SchemaState) -> list[str]:
    """How the database stands, and what to do about it."""
    if state.current is None:
        return ["The database has no tables yet. Run `wardkey db upgrade`."]
    if state.current != state.needed:
        return [f"The database is at {state.current}; this release needs {state.needed}. Run `wardkey db upgrade`."]
    if state.differences:
        return ["The tables differ from what this release needs:", *(f"  {line}" for line in state.differences)]
    return [f"The database is at {state.current}, which is what this release needs."]
