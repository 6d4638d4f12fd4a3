"""Pictures for tests, made byte by byte."""

import struct
import zlib


def png(
    width: int = 64, height: int = 64, rgb: tuple[int, int, int] = (47, 93, 138), *, more: bytes = b"", after: bytes = b""
) -> bytes:
    """A PNG of one color; `more` are chunks before its pixels, `after` follows its end."""
    row = b"\0" + bytes(rgb) * width
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(row * height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + pixels + chunk(b"IEND", b"") + after


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def jpeg(width: int = 64, height: int = 64, marker: int = 0xC0) -> bytes:
    """The head of a JPEG and its end, with a comment between that looks like a frame."""
    comment = b"\xff\xfe" + struct.pack(">H", 12) + b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01"
    frame = bytes([0xFF, marker]) + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + comment + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x00" * 8 + b"\xff\xd9"


def webp(width: int = 64, height: int = 64, form: bytes = b"VP8 ", flags: int = 0) -> bytes:
    """A WebP in one of its three forms: lossy, lossless, extended."""
    if form == b"VP8X":
        body = bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif form == b"VP8L":
        body = b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little") + b"\0" * 5
    else:
        body = b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height)
    data = b"WEBP" + form + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(data)) + data
