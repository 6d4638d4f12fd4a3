"""Authenticator-app codes: RFC 6238, six digits, thirty-second steps, one step of drift, each code works once (MFA-2)."""

import hmac
from base64 import b32encode
from collections.abc import Mapping
from typing import ClassVar, Final
from urllib.parse import quote, urlencode

import msgspec
import segno
from msgspec import Struct

from wardkey.factors.contract import NEVER_ASKED, About, Accepted, Refused, Setup
from wardkey.ports import Randomness
from wardkey.vocabulary import Instant, Problem

STEP_S: Final = 30  # RFC 6238 §5.2 recommends it, and every app assumes it
DIGITS: Final = 6
DRIFT: Final = (0, -1, 1)
"""Steps of clock difference forgiven, nearest first (RFC 6238 §5.2 advises at most one)."""
KEY_BYTES: Final = 20  # RFC 4226 §4 R6: 160 bits recommended


class Held(Struct, frozen=True):
    """What is kept, sealed, for one authenticator app."""

    key: bytes
    spent_step: int = -1
    """The newest step whose code was used; RFC 6238 §5.2 forbids a second use."""


def code_at(key: bytes, step: int) -> str:
    """The code of one time step (RFC 4226 §5.3, dynamic truncation of HMAC-SHA-1)."""
    digest = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    offset = digest[19] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def setup_uri(key: bytes, issuer: str, label: str) -> str:
    """The otpauth URI that authenticator apps read (Key URI format): issuer is the brand, label the sign-in email."""
    issuer = issuer.replace(":", " ")  # which would end it
    query = urlencode(
        {"secret": secret_text(key), "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS, "period": STEP_S}, quote_via=quote
    )
    return f"otpauth://totp/{quote(issuer, safe='')}:{quote(label, safe='@')}?{query}"


def secret_text(key: bytes) -> str:
    """The key in base32 without padding, as apps take it when typed."""
    return b32encode(key).decode().rstrip("=")


def qr_svg(uri: str) -> str:
    """The QR code of a set-up as an SVG element without fixed size; a fixed mask costs a quarter of the time of choosing one."""
    code = segno.make(uri, error="m", micro=False, mask=4)
    return str(code.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None, dark="#000", light="#fff"))


class Totp:
    kind: ClassVar[str] = "totp"
    amr: ClassVar[str] = "otp"
    is_slow: ClassVar[bool] = False
    is_method: ClassVar[bool] = True
    is_asked: ClassVar[bool] = False
    at_most: ClassVar[int] = 1

    def begin(
        self,
        given: Mapping[str, str],
        about: About,
        held: tuple[bytes, ...],
        before: bytes | None,
        randomness: Randomness,
        at: Instant,
    ) -> Setup:
        return self.resume(msgspec.msgpack.encode(Held(randomness.bytes(KEY_BYTES))), about)

    def resume(self, state: bytes, about: About) -> Setup:
        key = msgspec.msgpack.decode(state, type=Held).key
        return Setup(state, {"secret": secret_text(key), "uri": setup_uri(key, about.issuer, about.email)})

    def finish(self, state: bytes, answer: Mapping[str, str], about: About, at: Instant) -> Accepted | Refused:
        return self.check(state, None, answer, about, at)

    def ask(
        self, about: About, held: tuple[bytes, ...], before: bytes | None, randomness: Randomness, at: Instant
    ) -> Setup | Problem:
        return NEVER_ASKED

    def describe(self, held: bytes) -> Mapping[str, str | bool]:
        return {}

    def check(self, held: bytes, state: bytes | None, answer: Mapping[str, str], about: About, at: Instant) -> Accepted | Refused:
        kept = msgspec.msgpack.decode(held, type=Held)
        code = "".join(c for c in answer.get("code", "") if not c.isspace() and c != "-")
        if not (code.isascii() and code.isdigit() and len(code) == DIGITS):
            return Refused("malformed")
        now = int(at.timestamp()) // STEP_S
        for step in (now + drift for drift in DRIFT):
            if hmac.compare_digest(code_at(kept.key, step), code):
                if step <= kept.spent_step:
                    return Refused("spent")
                return Accepted(msgspec.msgpack.encode(Held(kept.key, step)))
        return Refused("wrong")
