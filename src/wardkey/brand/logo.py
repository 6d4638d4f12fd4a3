"""Pictures that may stand for a practice: what they are is read from their own bytes, never from a name."""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from wardkey.vocabulary import FieldFault

BYTES_AT_MOST: Final = 100 * 1024
SIDE_AT_LEAST: Final = 16
SIDE_AT_MOST: Final = 1_024
"""Pixels; a browser needs 4 MiB to show the largest."""
WIDE_AT_MOST: Final = 6
"""How many times as wide as high: what is wider does not fit into the head of a page."""
DIGEST_SIGNS: Final = 16

PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"
FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""JPEG markers that begin a frame and hold its size (ITU-T T.81, table B.1)."""
WEBP: Final = re.compile(rb"RIFF....WEBPVP8[ LX]", re.DOTALL)
ANIMATED: Final = 0x02
"""The bit of a WebP's VP8X flags that says that it moves."""

LogoType: TypeAlias = Literal["image/png", "image/jpeg", "image/webp"]
Size: TypeAlias = tuple[int, int]


class Logo(Struct, frozen=True, kw_only=True):
    """A picture without its bytes: `digest` names its content in addresses, width and height are in pixels."""

    digest: str
    type: LogoType
    width: int
    height: int


class Unreadable(Exception):
    """The bytes are not a whole picture of the kind that they begin like."""


def read_logo(data: bytes) -> Logo | FieldFault:
    """What a picture is, or why it cannot stand for a practice: only whole, still PNG, JPEG and WebP of a sensible size can."""
    if len(data) > BYTES_AT_MOST:
        return FieldFault("logo", "logo_too_large", {"maximum": BYTES_AT_MOST // 1024})
    kind = _kind(data)
    if kind is None:
        return FieldFault("logo", "logo_of_wrong_kind")
    try:
        width, height = {"image/png": _png, "image/jpeg": _jpeg, "image/webp": _webp}[kind](data)
    except (Unreadable, IndexError, StopIteration):
        return FieldFault("logo", "logo_unreadable")
    if not (min(width, height) >= SIDE_AT_LEAST and max(width, height) <= SIDE_AT_MOST and width <= WIDE_AT_MOST * height):
        params = {"minimum": SIDE_AT_LEAST, "maximum": SIDE_AT_MOST, "times": WIDE_AT_MOST}
        return FieldFault("logo", "logo_of_wrong_size", params)
    return Logo(digest=sha256(data).hexdigest()[:DIGEST_SIGNS], type=kind, width=width, height=height)


def _kind(data: bytes) -> LogoType | None:
    if data.startswith(PNG):
        return "image/png"
    if data.startswith(JPEG):
        return "image/jpeg"
    return "image/webp" if WEBP.match(data) else None


def _png(data: bytes) -> Size:
    """PNG (third edition) §5.3: chunks from IHDR to IEND, with nothing after and nothing that moves."""
    chunks = list(_png_chunks(data))
    names = [name for name, _ in chunks]
    if names[0] != b"IHDR" or names[-1] != b"IEND" or b"IDAT" not in names or b"acTL" in names:
        raise Unreadable
    head = chunks[0][1]
    return int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big")


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        body, end = data[at + 8 : at + 8 + length], at + 12 + length
        if end > len(data):
            raise Unreadable
        yield data[at + 4 : at + 8], body
        at = end


def _jpeg(data: bytes) -> Size:
    """ITU-T T.81 annex B: segments up to the frame's head, which holds its size; the end of the image ends the file."""
    if not data.endswith(b"\xff\xd9"):
        raise Unreadable
    at = 2
    while data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in FRAMES:
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += 2 + max(length, 2)
    raise Unreadable


def _webp(data: bytes) -> Size:
    """RFC 9649: the size stands in the first chunk, in one of three forms; the file is as long as it says."""
    if int.from_bytes(data[4:8], "little") != len(data) - 8 or len(data) < 30:
        raise Unreadable
    if data[15:16] == b"X":
        if data[20] & ANIMATED:
            raise Unreadable
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if data[15:16] == b"L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if data[23:26] != b"\x9d\x01\x2a":
        raise Unreadable
    return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
