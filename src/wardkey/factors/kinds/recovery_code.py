"""Recovery codes: twenty characters that stand in for a lost method, once (MFA-6, NIST SP 800-63B-4 §3.1.2 and §4.2)."""

import hmac
from collections.abc import Mapping
from typing import ClassVar, Final

import msgspec
from argon2.low_level import Type, hash_secret_raw
from msgspec import Struct

from wardkey.factors.contract import NEVER_ASKED, About, Accepted, Refused, Setup
from wardkey.ports import Randomness
from wardkey.vocabulary import Instant, Problem

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Thirty-two signs without 0, O, 1 and I, so that a code read from paper or over the phone comes through."""
LENGTH: Final = 20  # 100 bits; NIST asks for 64 (§4.2.1.1)
GROUP: Final = 5
MEMORY_KIB: Final = 19_456
PASSES: Final = 2
"""Below 112 bits a look-up secret needs a password hash and a salt (ASVS 5.0 6.5.2)."""


class Held(Struct, frozen=True):
    """What is kept, sealed: the digests of one set of codes, which share a salt so that one hash checks them all."""

    salt: bytes
    digests: tuple[bytes, ...]


class Issued(Struct, frozen=True):
    """A new set: what to keep, and the codes to show once."""

    held: bytes
    codes: tuple[str, ...]


def issue(randomness: Randomness, count: int) -> Issued:
    """Draw `count` new codes; slow, so to be run in the hashing pool."""
    salt = randomness.bytes(16)
    plain = ["".join(ALPHABET[b & 31] for b in randomness.bytes(LENGTH)) for _ in range(count)]
    held = Held(salt, tuple(_digest(code, salt) for code in plain))
    return Issued(msgspec.msgpack.encode(held), tuple(grouped(code) for code in plain))


def grouped(code: str) -> str:
    """A code as it is shown: groups of five with dashes."""
    return "-".join(code[i : i + GROUP] for i in range(0, len(code), GROUP))


def tidy(text: str) -> str:
    """What was typed, without spaces, dashes and case."""
    return "".join(c for c in text.upper() if c.isalnum())


def _digest(code: str, salt: bytes) -> bytes:
    return hash_secret_raw(code.encode(), salt, PASSES, MEMORY_KIB, 1, 32, Type.ID)


class RecoveryCode:
    kind: ClassVar[str] = "recovery_code"
    amr: ClassVar[str] = "recovery_code"
    is_slow: ClassVar[bool] = True
    is_method: ClassVar[bool] = False
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
        issued = issue(randomness, 1)
        return Setup(issued.held, {"code": issued.codes[0]})

    def resume(self, state: bytes, about: About) -> Setup:
        return Setup(state, {})

    def finish(self, state: bytes, answer: Mapping[str, str], about: About, at: Instant) -> Accepted | Refused:
        return Accepted(state)

    def ask(
        self, about: About, held: tuple[bytes, ...], before: bytes | None, randomness: Randomness, at: Instant
    ) -> Setup | Problem:
        return NEVER_ASKED

    def describe(self, held: bytes) -> Mapping[str, str | bool]:
        return {}

    def check(self, held: bytes, state: bytes | None, answer: Mapping[str, str], about: About, at: Instant) -> Accepted | Refused:
        code = tidy(answer.get("code", ""))
        if len(code) != LENGTH or not code.isascii() or any(c not in ALPHABET for c in code):
            return Refused("malformed")
        kept = msgspec.msgpack.decode(held, type=Held)
        digest = _digest(code, kept.salt)
        fits = [hmac.compare_digest(digest, known) for known in kept.digests]
        return Accepted(None) if any(fits) else Refused("wrong")
