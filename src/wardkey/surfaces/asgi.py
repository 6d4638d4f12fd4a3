"""The few ASGI messages that handlers without a framework read and send."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from litestar.types import Receive, Scope, Send

Headers: TypeAlias = list[tuple[bytes, bytes]]
"""Names in small letters, values as they go over the wire."""


class TooLarge(Exception):
    """More was sent than is read; surfaces say 413."""


class Disconnected(Exception):
    """The client left before it had sent everything, so there is nobody to answer."""


def header(scope: Scope, name: bytes) -> str:
    """The first header of a name (in small letters), or nothing."""
    for known, value in scope["headers"]:
        if known == name:
            return value.decode("latin-1")
    return ""


def headers_of(scope: Scope) -> dict[str, str]:
    """All headers; those sent in several lines are joined as RFC 9110 §5.3 says."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


async def read_body(receive: Receive) -> bytes:
    """The whole body; raises Disconnected."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Disconnected
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def answer(send: Send, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes = b"") -> None:
    """Send a whole answer; the length is added."""
    sized = [*headers, (b"content-length", b"%d" % len(body))] if status != 204 else list(headers)
    await send({"type": "http.response.start", "status": status, "headers": sized})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def wire(headers: Mapping[str, str]) -> Headers:
    """Headers as they go over the wire."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
