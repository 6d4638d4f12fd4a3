"""Gather every text people read and keep the language files in step with it; `--check` only says what is wrong."""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from wardkey.language import LOCALES
from wardkey.vocabulary import LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src"
MAPPING = ROOT / "babel.cfg"
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "_": None}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
MARKUP = re.compile(r"</?[a-z][^>]*>")
CHANGING = re.compile(
    r'^"(Project-Id|POT-Creation|PO-Revision|Generated|Last-Translator|Language-Team|Report-Msgid)[^:]*: .*\n', re.M
)
"""Header lines that would differ from run to run or name a person."""


def path_of(language: str) -> Path:
    """The one file of a language."""
    return LOCALES / language / "LC_MESSAGES" / "wardkey.po"


def extracted() -> Catalog:
    """Every text in sources and templates, without places, so that moving code changes no catalogue; two for one and many."""
    with MAPPING.open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    catalogue = Catalog(charset="utf-8")
    for _, _, text, comments, context in extract_from_dir(SOURCES, methods, options, keywords=KEYWORDS):
        for one in text if isinstance(text, tuple) else (text,):
            if one:
                catalogue.add(one, auto_comments=comments, context=context)
    return catalogue


def entries(catalogue: Catalog) -> Iterator[Message]:
    """The messages without the header."""
    return (message for message in catalogue if message.id)


def read(language: str) -> Catalog:
    """The language file as it stands; an empty catalogue where there is none."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def merged(language: str) -> Catalog:
    """Today's texts with the translations there are; a changed text starts untranslated, a vanished one is dropped."""
    old = read(language)
    new = Catalog(locale=language, project="Wardkey", charset="utf-8", fuzzy=False, header_comment=f"# Wardkey in {language}.")
    for message in entries(extracted()):
        known = old.get(message.id, message.context)
        new.add(
            message.id,
            known.string if known and not known.fuzzy else None,
            context=message.context,
            user_comments=known.user_comments if known else (),
            auto_comments=message.auto_comments,
            flags=message.flags,
        )
    return new


def write(language: str) -> int:
    """Write the merged file; the number of texts that wait for a translation."""
    catalogue = merged(language)
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=0, no_location=True, sort_output=True, ignore_obsolete=True)
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CHANGING.sub("", buffer.getvalue().decode()), encoding="utf-8")
    return sum(1 for message in entries(catalogue) if not message.string)


def differs(message: Message, pattern: re.Pattern[str]) -> bool:
    """Whether a translation has other placeholders or markup than the text."""
    return set(pattern.findall(str(message.id))) != set(pattern.findall(str(message.string)))


def faults(language: str) -> list[str]:
    """What is wrong with a language file, one line each; empty is right."""
    if not path_of(language).exists():
        return [f"{language}: there is no {path_of(language).relative_to(ROOT)}"]
    wanted, have = extracted(), read(language)
    unused = [message.id for message in entries(have) if wanted.get(message.id, message.context) is None]
    found = [f"{language}: no longer used: {text!r}" for text in [*unused, *have.obsolete]]
    for message in entries(wanted):
        translation = have.get(message.id, message.context)
        wrong = ["missing"] if translation is None else faults_of(translation)
        found += [f"{language}: {what}: {message.id!r}" for what in wrong]
    return found


def faults_of(message: Message) -> list[str]:
    """What is wrong with one translation."""
    if not isinstance(message.id, str):
        return ["has plural forms, which are not read here; write one sentence for one and another for many"]
    if message.fuzzy or not message.string:
        return ["fuzzy" if message.fuzzy else "not translated"]
    checks = {"other placeholders": PLACEHOLDER, "other markup": MARKUP}
    return [what for what, pattern in checks.items() if differs(message, pattern)]


def main() -> int:
    """Update every language file but English, which is the text itself; with `--check`, say what is wrong and change nothing."""
    languages = [language for language in LANGUAGES if language != "en"]
    if "--check" in sys.argv[1:]:
        wrong = [fault for language in languages for fault in faults(language)]
        print("\n".join(wrong) or "complete")
        return 1 if wrong else 0
    for language in languages:
        waiting = write(language)
        print(f"{path_of(language).relative_to(ROOT)}: {waiting} texts wait for a translation")
    return 0


if __name__ == "__main__":
    sys.exit(main())
