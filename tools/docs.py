"""Write the pages of docs/ that are made from the code: settings, events and the steps of a sign-in; `--check` writes nothing."""

import ast
import inspect
import itertools
import sys
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from tools.states import every_facts, one_line, settled_rows, step_rows
from wardkey.audit import events
from wardkey.audit.events import Event
from wardkey.environment import FROM_FILE, Where, documented, name_of, need_of, settable
from wardkey.settings import Settings
from wardkey.signin.facts import Stage
from wardkey.signin.machine import stage

ROOT = Path(__file__).resolve().parent.parent
SETTLED = ("first factor", "method set up", "policy", "passkey is enough", "answered with", "recovery code", "step")
MADE = "<!-- Made from the code by `make docs`; change it there. -->"


def table(*rows: tuple[str, ...]) -> list[str]:
    """A Markdown table; the first row is the head."""
    head, *body = ([cell.replace("|", "\\|") for cell in row] for row in rows)
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *body)]


def page(title: str, introduction: str, lines: list[str]) -> str:
    """One page of Markdown."""
    return "\n".join([f"# {title}", "", MADE, "", introduction, "", *lines]) + "\n"


def meanings(kind: type[Struct]) -> dict[str, str]:
    """Each field's docstring: the string that stands below it."""
    statements = [node for node in ast.walk(ast.parse(inspect.getsource(kind))) if isinstance(node, ast.stmt)]
    found: dict[str, str] = {}
    for field, below in itertools.pairwise(statements):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            found[field.target.id] = one_line(str(ast.literal_eval(below.value)))
    return found


def default(value: object) -> str:
    """A default as one would type it."""
    if isinstance(value, tuple):
        value = ",".join(value)
    if isinstance(value, bool):
        value = str(value).lower()
    return f"`{value}`" if value != "" else "empty"


def struct_of(where: Where) -> type[Struct]:
    """The struct that holds a setting."""
    value: Struct = Settings()
    for part in where[:-1]:
        value = getattr(value, part)
    return type(value)


def row_of(where: Where, hint: object, value: object) -> tuple[str, ...]:
    """One setting: name, default, what it may be, what it means."""
    name = f"`{name_of(where)}`"
    if where[-1] in FROM_FILE:
        name += f" or `{name_of(where)}_FILE`"
    return name, default(value), need_of(hint), meanings(struct_of(where)).get(where[-1], "")


def settings_page() -> str:
    """docs/settings.md."""
    defaults = dict(documented())
    lines: list[str] = []
    for group, members in itertools.groupby(settable(), key=lambda item: item[0][:-1]):
        found = list(members)
        if group:
            lines += ["", f"## {group[-1].capitalize()}", "", one_line(struct_of(found[0][0]).__doc__), ""]
        rows = [row_of(where, hint, defaults[name_of(where)]) for where, hint in found]
        lines += table(("name", "default", "value", "meaning"), *rows)
    introduction = one_line(
        """Settings are read once, at the start, from the environment and from the TOML file that `WARDKEY_CONFIG` names, where
        the same names stand in small letters without the prefix and groups are tables (`[session]`); the environment wins. A
        missing or wrong value stops the start with one line that names the variable and what it needs. A name that ends in
        `_FILE` gives the path of a file that holds the value."""
    )
    return page("Settings", introduction, lines)


def events_page() -> str:
    """docs/events.md."""
    kinds = [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event]
    rows = [
        (f"`{kind.name}`", one_line(kind.__doc__), ", ".join(f"`{field}`" for field in kind.__struct_fields__) or "none")
        for kind in sorted(kinds, key=lambda kind: kind.name)
    ]
    introduction = one_line(
        """Every security-relevant act is one of these events, written in the same transaction as the act. The audit trail adds
        when, who did it, to whom, from where and with which device."""
    )
    return page("Events", introduction, table(("name", "meaning", "fields"), *rows))


def states_page() -> str:
    """docs/states.md, printed from the machine itself."""
    steps, signed_in = step_rows(), sum(stage(facts) is Stage.DONE for facts in every_facts())
    lines = table(("step", "what is owed", "what may be sent", "where it leads", "combinations"), *steps)
    lines += [
        "",
        "## After the first factor and a verified address",
        "",
        "With no barrier, a password of sufficient length, and no passkey to offer:",
        "",
    ]
    lines += table(SETTLED, *settled_rows())
    introduction = one_line(
        f"""The next step of a sign-in is the first obligation that is not met, computed from the facts each time and never
        stored. Each step takes one command; any other changes nothing. Of {sum(int(row[-1]) for row in steps)} combinations of
        facts, {signed_in} end in a session."""
    )
    return page("Steps of a sign-in", introduction, lines)


PAGES: dict[str, Callable[[], str]] = {"events.md": events_page, "settings.md": settings_page, "states.md": states_page}


def stale() -> list[str]:
    """The pages that differ from what the code says now."""
    files = {name: ROOT / "docs" / name for name in PAGES}
    return [name for name, make in PAGES.items() if not files[name].exists() or files[name].read_text(encoding="utf-8") != make()]


def main() -> int:
    """Write what is stale, or with `--check` only name it."""
    names = stale()
    if "--check" in sys.argv[1:]:
        print("\n".join(f"docs/{name} is stale; run `make docs`" for name in names))
        return 1 if names else 0
    for name in names:
        (ROOT / "docs" / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"docs/{name} is written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
