"""Every text that people read stands complete in every language."""

import shutil
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from tools import catalogues
from wardkey.vocabulary import LANGUAGES

OTHERS = [language for language in LANGUAGES if language != "en"]


@pytest.mark.spec("UX-3")
@pytest.mark.parametrize("language", OTHERS)
def test_a_language_is_complete_and_holds_nothing_obsolete(language: str) -> None:
    assert catalogues.faults(language) == []


def test_texts_are_found_in_code_and_in_templates() -> None:
    texts = {str(message.id) for message in catalogues.entries(catalogues.extracted())}
    assert "That email and password do not match" in texts
    assert any("Or copy this address into your browser" in text for text in texts)


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (Message("Hello %(name)s", "Hola %(nombre)s"), "other placeholders"),
        (Message("Hello %(name)s", "Hola"), "other placeholders"),
        (Message("Read <a href='x'>this</a>", "Lea esto"), "other markup"),
        (Message("Hello", ""), "not translated"),
        (Message("Hello", "Hola", flags=["fuzzy"]), "fuzzy"),
        (Message(("one key", "%(n)s keys"), ("una", "%(n)s")), "has plural forms"),
        (Message("Hello %(name)s", "Hola %(name)s"), ""),
    ],
)
def test_a_wrong_translation_is_seen(message: Message, fault: str) -> None:
    found = catalogues.faults_of(message)
    assert [one.startswith(fault) for one in found] == ([True] if fault else [])


def test_gathering_texts_again_changes_nothing_and_keeps_translations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogues, "LOCALES", tmp_path)
    waiting = catalogues.write("es")
    path = catalogues.path_of("es")
    first = 'msgid "That email and password do not match"\nmsgstr '
    path.write_text(path.read_text().replace(f'{first}""', f'{first}"No coinciden"'))
    shutil.copy(path, tmp_path / "before")
    assert catalogues.write("es") == waiting - 1
    assert path.read_text() == (tmp_path / "before").read_text()
