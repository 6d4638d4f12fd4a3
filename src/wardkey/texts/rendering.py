"""A text as it is read: what the code is for, and the line by which phones offer it on the right site alone."""

from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from wardkey.language import translate
from wardkey.notices.circumstances import duration_of
from wardkey.texts.rules import Letter

TEMPLATES: Final = Path(__file__).parent.parent / "templates" / "texts"


def body_of(letter: Letter, public_url: str) -> str:
    """The words of a text. Its last line is that of an origin-bound one-time code (WICG, "Origin-bound one-time codes
    delivered via SMS"): the host of the site where the code is good, and the code."""
    facts = {
        "language": letter.language,
        "code": letter.code,
        "brand": " ".join(letter.brand.split()),
        "lasts": " ".join(duration_of(letter.minutes, letter.language).split()),
        "host": urlsplit(public_url).hostname or "",
    }
    return environment().get_template("code.txt").render(facts).strip()


@cache
def environment() -> Environment:
    """The templates, with gettext in the language that each rendering names."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=False,  # noqa: S701 - plain text
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    return made


@pass_context
def _gettext(context: Context, text: str) -> str:
    return translate(context["language"], text)


@pass_context
def _ngettext(context: Context, one: str, many: str, count: int) -> str:
    return translate(context["language"], one if count == 1 else many)
