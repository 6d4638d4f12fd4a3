"""A logo is what its bytes say: a whole, still PNG, JPEG or WebP of a sensible size, and nothing else."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.brand.pictures import chunk, jpeg, png, webp
from wardkey.brand.logo import Logo, read_logo
from wardkey.vocabulary import FieldFault

KINDS: dict[str, Callable[[int, int], bytes]] = {
    "image/png": png,
    "image/jpeg": jpeg,
    "image/jpeg ": lambda width, height: jpeg(width, height, marker=0xC2),
    "image/webp": webp,
    "image/webp ": lambda width, height: webp(width, height, b"VP8L"),
    "image/webp  ": lambda width, height: webp(width, height, b"VP8X"),
}


def fault_of(data: bytes) -> str:
    read = read_logo(data)
    assert isinstance(read, FieldFault)
    assert read.field == "logo"
    return read.code


@pytest.mark.spec("UX-4")
@pytest.mark.parametrize("kind", KINDS)
def test_kind_and_size_are_read_from_the_bytes(kind: str) -> None:
    read = read_logo(KINDS[kind](300, 100))
    assert isinstance(read, Logo)
    assert (read.type, read.width, read.height) == (kind.strip(), 300, 100)


def test_another_picture_has_another_digest() -> None:
    one, same, other = read_logo(png()), read_logo(png()), read_logo(png(rgb=(0, 0, 0)))
    assert isinstance(one, Logo)
    assert isinstance(other, Logo)
    assert one == same
    assert one.digest != other.digest


@pytest.mark.parametrize(("width", "height"), [(15, 64), (64, 15), (1025, 200), (200, 1025), (700, 100)])
@pytest.mark.parametrize("kind", KINDS)
def test_one_too_small_too_large_or_too_wide_is_refused(kind: str, width: int, height: int) -> None:
    assert fault_of(KINDS[kind](width, height)) == "logo_of_wrong_size"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script></html>",
        b"GIF89a" + b"\0" * 100,
        b"%PDF-1.7",
        b" " + png(),
    ],
)
def test_what_is_no_picture_of_the_three_kinds_is_refused(data: bytes) -> None:
    assert fault_of(data) == "logo_of_wrong_kind"


@pytest.mark.parametrize(
    "data",
    [
        png()[:-5],
        png(after=b"<script>alert(1)</script>"),
        png(more=chunk(b"acTL", b"\0" * 8)),
        png()[:40],
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b""),
        jpeg() + b"<script>alert(1)</script>",
        jpeg()[:20],
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xe0\x00\x00" * 3 + b"\xff\xd9",
        webp() + b"<script>alert(1)</script>",
        webp()[:-3],
        webp(form=b"VP8X", flags=0x02),
        b"RIFF\x04\0\0\0WEBPVP8X",
    ],
    ids=range(14),
)
def test_one_that_is_cut_off_goes_on_or_moves_is_refused(data: bytes) -> None:
    assert fault_of(data) == "logo_unreadable"


def test_a_hundred_kibibytes_are_the_most() -> None:
    room = 100 * 1024 - len(png()) - 12
    assert isinstance(read_logo(png(more=chunk(b"tEXt", b"a" * room))), Logo)
    assert fault_of(png(more=chunk(b"tEXt", b"a" * (room + 1)))) == "logo_too_large"


@given(st.sampled_from([png(), jpeg(), webp(), webp(form=b"VP8X"), webp(form=b"VP8L")]), st.data())
def test_bytes_changed_at_will_are_read_or_refused_and_never_fail(picture: bytes, data: st.DataObject) -> None:
    changed = bytearray(picture)
    for _ in range(data.draw(st.integers(1, 6))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    read = read_logo(bytes(changed[: data.draw(st.integers(0, len(changed)))]))
    assert isinstance(read, Logo | FieldFault)
