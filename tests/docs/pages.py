"""The pages of the documentation as tests read them: headings, links, code, and the examples that are run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = ROOT / "docs"
FENCE: Final = re.compile(r"^(?P<fence>```+)(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=fence)[ ]*$", re.MULTILINE | re.DOTALL)
MARK: Final = re.compile(r"<!-- (?P<what>run|prints)(?:: (?P<place>demo|installation))? -->\n$")
FIRST: Final = re.compile(r"<!-- run first: (?P<place>demo|installation)\n(?P<text>.*?)-->", re.DOTALL)
LINK: Final = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?[^)]*\)|<(https?://[^>\s]+)>")
SOURCE: Final = re.compile(r'(?:src|href|srcset)="([^"]+)"')
INLINE_CODE: Final = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Example:
    """A block of code: `what` is to be done with it (`first` and `run`: run it, `prints`: what the block before printed)."""

    what: str
    place: str
    language: str
    text: str
    line: int


@dataclass(frozen=True)
class DocPage:
    """One page of Markdown."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def prose(self) -> str:
        """The text without blocks of code and comments, each line where it was."""
        blank = FENCE.sub(lambda match: "\n" * match[0].count("\n"), self.text)
        return re.sub(r"<!--.*?-->", lambda match: "\n" * match[0].count("\n"), blank, flags=re.DOTALL)

    def headings(self) -> list[str]:
        return [re.sub(r"[`*]", "", line.lstrip("#")).strip() for line in self.prose.splitlines() if re.match(r"#{1,6} ", line)]

    def anchors(self) -> set[str]:
        """What a link may end in after `#`, as GitHub makes it from headings."""
        found: dict[str, int] = {}
        anchors = set()
        for heading in self.headings():
            slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            count = found.get(slug, 0)
            found[slug] = count + 1
            anchors.add(f"{slug}-{count}" if count else slug)
        return anchors

    def links(self) -> Iterator[str]:
        for match in LINK.finditer(self.prose):
            yield match[1] or match[2]
        yield from SOURCE.findall(self.prose)

    def section(self, heading: str) -> str:
        """The text from one heading to the next of its level or above."""
        match = re.search(rf"^(#+) {re.escape(heading)}[ ]*\n(.*?)(?=^#{{1,6}} |\Z)", self.text, re.MULTILINE | re.DOTALL)
        assert match, f"{self.name} has no heading {heading!r}"
        level = len(match[1])
        rest = self.text[match.start(2) :]
        end = re.search(
            rf"^#{{1,{level}}} ", FENCE.sub(lambda m: re.sub(r"^#", " ", m[0], flags=re.MULTILINE), rest), re.MULTILINE
        )
        return rest[: end.start()] if end else rest

    def rows(self, heading: str) -> list[list[str]]:
        """The cells of the table under a heading, without its head and with backticks left on."""
        lines = [line for line in self.section(heading).splitlines() if line.startswith("|")]
        return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]

    def examples(self) -> list[Example]:
        """What is run, in order."""
        found = [
            Example("first", match["place"], "sh", match["text"], self._line(match.start()) + 1)
            for match in FIRST.finditer(self.text)
        ]
        for match in FENCE.finditer(self.text):
            mark = MARK.search(self.text[: match.start()])
            if mark:
                line = self._line(match.start()) + 1
                found.append(Example(mark["what"], mark["place"] or "", match["language"], match["text"], line))
        return found

    def _line(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1


@cache
def pages() -> tuple[DocPage, ...]:
    """Every page: those of docs/ and those of the project's root."""
    files = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
    return tuple(DocPage(path, path.read_text(encoding="utf-8")) for path in files)


def page(name: str) -> DocPage:
    """The page of a path from the root."""
    return next(found for found in pages() if found.name == name)
