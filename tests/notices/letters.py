"""Envelopes to render in tests, and a reader for the HTML that comes out."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Final

from wardkey.language import LOCALES
from wardkey.notices.catalogue import Envelope, Notice
from wardkey.ports import Mail
from wardkey.settings import Settings
from wardkey.vocabulary import LANGUAGES, Language, Place

HOME: Final = "https://account.maple.example"
SETTINGS: Final = Settings(public_url=HOME)
IPHONE: Final = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
LEEDS: Final = Place(city="Leeds", country="GB", latitude=53.8, longitude=-1.55, accuracy_km=20.0)
VOID: Final = {"meta", "br"}

TRANSLATED: Final[tuple[Language, ...]] = tuple(
    language for language in LANGUAGES if language == "en" or (LOCALES / language / "LC_MESSAGES" / "wardkey.po").exists()
)
"""The languages whose catalogue is there."""


def tag_of(notice: Notice) -> str:
    return str(notice.__struct_config__.tag)


def envelope(
    notice: Notice,
    language: Language = "en",
    *,
    name: str = "Ada Okafor",
    time_zone: str = "America/New_York",
    user_agent: str = IPHONE,
    ip: str = "81.2.69.142",
    place: Place | None = LEEDS,
    is_old: bool = False,
) -> Envelope:
    """A notice on its way to its reader; one that is old was left by a version whose notices carried no link."""
    return Envelope(
        to="ada@maple.example",
        name=name,
        language=language,
        time_zone=time_zone,
        notice=notice,
        at=datetime(2026, 11, 24, 19, 5, tzinfo=UTC),
        user_agent=user_agent,
        ip=ip,
        place=place,
        not_me="example-token" if notice.is_alarming and not is_old else "",
    )


@dataclass
class Page(HTMLParser):
    """What a mail program would find in the HTML: its elements, its addresses, its words."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    style: str = ""
    is_balanced: bool = True

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.is_balanced &= bool(self._open) and self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            self.style += data
        elif "title" not in self._open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]

    @property
    def addresses(self) -> set[str]:
        return {str(attributes["href"]) for tag, attributes in self.elements if tag == "a"}


def page_of(mail: Mail) -> Page:
    page = Page()
    page.feed(mail.html)
    page.close()
    return page
