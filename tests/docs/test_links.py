"""Every link of the documentation leads somewhere, every file it names is there, and every page can be found from the index."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from tests.docs.pages import DOCS, INLINE_CODE, ROOT, DocPage, page, pages

FILE: Final = re.compile(r"(?:src|tests|tools|benchmarks|docs|\.ci)/[\w./-]*[\w/]")
LARGEST_PICTURE: Final = 150_000
"""Bytes; a page of documentation should not make anybody wait."""


def dead(found: DocPage) -> Iterator[str]:
    """The links of a page that lead nowhere."""
    for link in found.links():
        parts = urlsplit(link)
        if parts.scheme or link.startswith("//"):
            if parts.scheme not in {"http", "https", "mailto"}:
                yield f"{found.name}: {link}"
            continue
        target = (found.path.parent / unquote(parts.path)).resolve() if parts.path else found.path
        if not target.exists() or not target.is_relative_to(ROOT):
            yield f"{found.name}: {link}"
        elif parts.fragment and parts.fragment not in page(str(target.relative_to(ROOT))).anchors():
            yield f"{found.name}: {link} has no such heading"


def test_every_link_leads_somewhere() -> None:
    assert [fault for found in pages() for fault in dead(found)] == []


def test_every_file_that_a_page_names_is_there() -> None:
    named = [(found.name, code) for found in pages() for code in INLINE_CODE.findall(found.prose) if FILE.fullmatch(code)]
    assert named
    assert [f"{name}: {code}" for name, code in named if not (ROOT / code).exists()] == []


def test_the_index_leads_to_every_page() -> None:
    index = page("docs/README.md")
    linked = {(DOCS / urlsplit(link).path).resolve() for link in index.links() if not urlsplit(link).scheme}
    assert [found.name for found in pages() if found.path.is_relative_to(DOCS) and found.path not in {index.path, *linked}] == []


def test_pictures_are_small_and_are_shown() -> None:
    pictures = sorted((DOCS / "images").glob("*"))
    shown = {Path(unquote(urlsplit(link).path)).name for found in pages() for link in found.links()}
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > LARGEST_PICTURE or picture.name not in shown] == []


def test_every_picture_says_what_it_shows() -> None:
    text = "\n".join(found.text for found in pages())
    assert re.findall(r"!\[\s*\]\([^)]*\)|<img(?![^>]*alt=\"[^\"]+\")[^>]*>", text) == []
