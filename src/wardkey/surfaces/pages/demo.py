"""The demo's outbox: every message as its reader sees it. Outside the demo there is no such page."""

import re
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.exceptions import NotFoundException
from msgspec import Struct

from wardkey.surfaces.front import POLICY
from wardkey.surfaces.pages.forms import PageRequest
from wardkey.surfaces.pages.rendering import HTML, page
from wardkey.surfaces.service import SentMessage
from wardkey.surfaces.visit import visit_of
from wardkey.vocabulary import Instant

PATH: Final = "/demo/outbox"
ADDRESS: Final = re.compile(r"(https?://[^\s<>\"]+)")
FRAMING_POLICY: Final = f"{POLICY}; frame-src 'self'"
"""The policy of every page, and one frame of our own: the mail."""
MAIL_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; "
    "sandbox allow-top-navigation-by-user-activation"
)
"""A mail brings its own styles, as mail programs want it, and may do nothing else but lead on a click."""


class Piece(Struct, frozen=True):
    """A piece of a plain text: words, or an address to follow."""

    text: str
    is_address: bool


@get(PATH)
async def outbox(request: PageRequest) -> Response[Any]:
    return page(request, "demo/outbox.html", messages=[(m, _moment(m)) for m in _sent(request)])


@get(f"{PATH}.json")
async def outbox_json(request: PageRequest) -> Response[bytes]:
    """The same for programs, as pinned: id, channel, to, subject, text, html, sent_at."""
    return Response(msgspec.json.encode(_sent(request)), media_type="application/json")


@get(f"{PATH}/{{message:str}}")
async def message_page(request: PageRequest) -> Response[Any]:
    message = _message(request)
    answer = page(request, "demo/message.html", message=message, at=_moment(message), pieces=pieces(message.text))
    answer.headers["content-security-policy"] = FRAMING_POLICY
    return answer


@get(f"{PATH}/{{message:str}}/html")
async def message_html(request: PageRequest) -> Response[bytes]:
    """The mail itself; its links open in place of the page around it, as in a mail program."""
    body = _message(request).html.replace("<head>", '<head><base target="_top">', 1)
    headers = {"content-security-policy": MAIL_POLICY, "x-frame-options": "SAMEORIGIN"}
    return Response(body.encode(), headers=headers, media_type=HTML)


def pieces(text: str) -> list[Piece]:
    """A text cut where addresses begin and end."""
    return [Piece(part, ADDRESS.fullmatch(part) is not None) for part in ADDRESS.split(text) if part]


def _sent(request: PageRequest) -> list[SentMessage]:
    service = visit_of(request.scope).service
    if service.sent is None or not service.world.settings.is_demo:
        raise NotFoundException
    return service.sent()


def _message(request: PageRequest) -> SentMessage:
    wanted = str(request.path_params["message"])
    found = next((message for message in _sent(request) if message.id == wanted), None)
    if found is None:
        raise NotFoundException
    return found


def _moment(message: SentMessage) -> Instant:
    return datetime.fromisoformat(message.sent_at)


HANDLERS: Final = [outbox, outbox_json, message_page, message_html]
