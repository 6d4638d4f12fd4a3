"""How commands print: tables and pairs for people, JSON for programs, and nothing but plain text where no terminal is."""

import sys
from collections.abc import Sequence

import msgspec

from wardkey.problems import detail_of, sentence_of, title_of
from wardkey.vocabulary import Instant, Problem


class Refused(Exception):
    """The command ends with what its message says on standard error, and with exit code 1."""


def refuse(problem: Problem) -> Refused:
    """A refusal in words: the sentence of each field at fault, or of the problem itself."""
    if problem.faults:
        return Refused(
            "\n".join(f"{fault.field.replace('_', ' ').capitalize()}: {sentence_of(fault, 'en')}" for fault in problem.faults)
        )
    return Refused(f"{title_of(problem, 'en')}. {detail_of(problem, 'en')}")


def say(text: str = "") -> None:
    """A line on standard output."""
    sys.stdout.write(text + "\n")


def complain(text: str) -> None:
    """A line on standard error."""
    sys.stderr.write(text + "\n")


def say_json(value: object) -> None:
    """Data for a program, indented so that people can read it as well."""
    say(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def say_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table: drawn on a terminal, aligned columns elsewhere."""
    if not sys.stdout.isatty():
        for row in aligned([head, *rows]):
            say(row)
        return
    from rich.console import Console  # noqa: PLC0415 - takes 150 ms that only terminals need
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in head:
        table.add_column(name, overflow="fold")
    for cells in rows:
        table.add_row(*(Text(cell) for cell in cells))
    Console().print(table)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines whose columns stand under each other."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def say_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    """What is known of one thing, a line each."""
    for line in aligned([(f"{name}:", value) for name, value in pairs]):
        say(line)


def moment_text(at: Instant | None) -> str:
    """A moment as operators read it, to the minute in UTC."""
    return "" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"
