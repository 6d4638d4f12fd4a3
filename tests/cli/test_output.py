"""Tables are drawn on a terminal and plain elsewhere; either way what people wrote is shown as they wrote it."""

import sys

import pytest

from wardkey.surfaces.cli.output import moment_text, say_pairs, say_table

HEAD = ("slug", "name")
ROWS = [("maple", "Maple [bold]Street[/bold] Clinic"), ("oak", "Praxis für Kinder")]


def test_without_a_terminal_columns_stand_under_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    say_table(HEAD, ROWS)
    assert capsys.readouterr().out == ("slug   name\nmaple  Maple [bold]Street[/bold] Clinic\noak    Praxis für Kinder\n")


def test_on_a_terminal_a_table_is_drawn_and_no_name_is_taken_for_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    say_table(HEAD, ROWS)
    shown = capsys.readouterr().out
    assert "\x1b[1m" in shown
    assert all(name in shown for _, name in ROWS)


def test_pairs_stand_in_lines(capsys: pytest.CaptureFixture[str]) -> None:
    say_pairs([("name", "Maple"), ("created", moment_text(None))])
    assert capsys.readouterr().out == "name:     Maple\ncreated:\n"
