"""Every message can be read before anybody gets it (UX-5)."""

from pathlib import Path

import pytest

from tests.cli.command import Operator
from wardkey.notices.catalogue import EXAMPLES
from wardkey.surfaces.cli.mail import TEXT, name_of

NAMES = [name_of(notice) for notice in EXAMPLES]


def test_messages_are_listed_with_what_they_are(operator: Operator) -> None:
    lines = operator.done("mail", "preview").out.splitlines()
    assert [line.split()[0] for line in lines] == ["message", *NAMES, TEXT]
    assert [set(row) for row in operator.done("mail", "preview", "--json").data] == [{"name", "meaning"}] * (len(NAMES) + 1)


@pytest.mark.spec("UX-5")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_message_is_shown_as_text_and_as_html_alike(operator: Operator, name: str, language: str) -> None:
    shown = operator.done("mail", "preview", name, "--language", language, "--json").data
    assert set(shown) == {"from", "subject", "text", "html", "language"}
    assert shown["from"] == "Wardkey"
    assert (
        operator.done("mail", "preview", name, "--language", language).out == f"Subject: {shown['subject']}\n\n{shown['text']}\n"
    )
    assert operator.done("mail", "preview", name, "--language", language, "--html").out == shown["html"] + "\n"
    assert f'<html lang="{language}"' in shown["html"]


@pytest.mark.spec("MFA-3", "UX-5")
def test_a_text_message_is_shown_as_phones_show_it(operator: Operator) -> None:
    settings = {"WARDKEY_BRAND_NAME": "Maple ID", "WARDKEY_PUBLIC_URL": "https://id.maple.example"}
    shown = "123456 is your Maple ID code. It works for 10 minutes. Never share it.\n\n@id.maple.example #123456"
    assert operator("mail", "preview", TEXT, **settings).out == shown + "\n"
    assert operator("mail", "preview", TEXT, "--html", **settings).out == shown + "\n"
    assert operator("mail", "preview", TEXT, "--json", **settings).data["text"] == shown


def test_brand_and_address_are_those_of_the_installation(operator: Operator) -> None:
    ended = operator(
        "mail", "preview", "reset_password", WARDKEY_BRAND_NAME="Maple ID", WARDKEY_PUBLIC_URL="https://id.maple.example"
    )
    assert ended.out.startswith("Subject: Choose a new password for Maple ID\n")
    assert "https://id.maple.example/reset-password/" in ended.out


def test_no_key_is_needed_to_read_messages(operator: Operator) -> None:
    assert operator("mail", "preview", "reset_password", WARDKEY_SECRET_KEYS="").code == 0


@pytest.mark.spec("UX-5")
def test_all_messages_are_written_to_a_folder(operator: Operator, tmp_path: Path) -> None:
    folder = tmp_path / "some" / "previews"
    assert operator.done("mail", "preview", "--to-dir", str(folder)).out == f"{2 * len(NAMES) + 2} messages are in {folder}.\n"
    expected = {f"{name}.{language}.{form}" for name in NAMES for language in ("en", "es") for form in ("html", "txt")}
    expected |= {f"{TEXT}.en.txt", f"{TEXT}.es.txt"}
    assert {path.name for path in folder.iterdir()} == expected


def test_a_folder_gets_just_what_was_asked_for(operator: Operator, tmp_path: Path) -> None:
    operator.done("mail", "preview", "reset_password", "--language", "es", "--html", "--to-dir", str(tmp_path / "p"))
    assert [path.name for path in (tmp_path / "p").iterdir()] == ["reset_password.es.html"]


def test_a_message_that_is_not_there_is_told_with_those_that_are(operator: Operator) -> None:
    said = operator.refused("mail", "preview", "newsletter", code=2)
    assert "'newsletter' is not one of" in said
    assert all(name in said for name in NAMES)


def test_a_folder_that_cannot_be_made_is_told(operator: Operator, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = operator.refused("mail", "preview", "--to-dir", str(tmp_path / "file"))
    assert said == f"{tmp_path / 'file'} is no folder that can be written to."
