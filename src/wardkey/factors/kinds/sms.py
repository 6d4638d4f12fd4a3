"""Codes by text message: six digits, ten minutes, five tries, and growing waits before another one is sent (MFA-3)."""

import hmac
from collections.abc import Mapping
from datetime import timedelta
from math import ceil
from typing import ClassVar, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from wardkey.factors.contract import About, Accepted, Refused, Setup
from wardkey.ports import Randomness
from wardkey.texts.numbers import formatted, masked, read_number
from wardkey.texts.rules import Texted
from wardkey.vocabulary import FieldFault, Instant, PhoneNumber, Problem, faulty

DIGITS: Final = 6  # NIST SP 800-63B-4 §3.1.3.2: six at least
LIFE: Final = timedelta(minutes=10)
"""How long a code can be entered (NIST SP 800-63B-4 §3.1.3.2: ten minutes at most)."""
TRIES: Final = 5
"""Guesses at one question, whatever the number of codes sent for it: with six digits, one chance in 200,000."""
FIRST_WAIT: Final = timedelta(seconds=30)
"""Before a second text can be asked for; each one after that waits twice as long, up to the life of a code (MFA-3)."""


class Held(Struct, frozen=True):
    """What is kept, sealed, for one phone."""

    number: PhoneNumber


class Question(Struct, frozen=True, kw_only=True):
    """One question while it waits for its answer, kept sealed: only the newest code counts."""

    number: PhoneNumber
    code: str
    sent_at: Instant
    sends: int = 1
    tries: int = 0
    is_setup: bool = False

    @property
    def expires_at(self) -> Instant:
        return self.sent_at + LIFE

    @property
    def resend_at(self) -> Instant:
        wait: timedelta = FIRST_WAIT * 2 ** min(self.sends - 1, 10)
        return self.sent_at + min(wait, LIFE)


class Sms:
    kind: ClassVar[str] = "sms"
    amr: ClassVar[str] = "sms"
    is_slow: ClassVar[bool] = False
    is_method: ClassVar[bool] = True
    is_asked: ClassVar[bool] = True
    at_most: ClassVar[int] = 1

    def begin(
        self,
        given: Mapping[str, str],
        about: About,
        held: tuple[bytes, ...],
        before: bytes | None,
        randomness: Randomness,
        at: Instant,
    ) -> Setup | Problem:
        number = read_number(given.get("number", ""), given.get("country", ""))
        if isinstance(number, FieldFault):
            return faulty(number)
        return _put(number, before, randomness, at, is_setup=True)

    def resume(self, state: bytes, about: About) -> Setup:
        return _shown(_question(state))

    def finish(self, state: bytes, answer: Mapping[str, str], about: About, at: Instant) -> Accepted | Refused:
        question = _question(state)
        refused = _judge(question, answer, at) if question.is_setup else _EXPIRED
        return refused or Accepted(msgspec.msgpack.encode(Held(question.number)), label=masked(question.number))

    def ask(
        self, about: About, held: tuple[bytes, ...], before: bytes | None, randomness: Randomness, at: Instant
    ) -> Setup | Problem:
        return _put(_held(held[0]).number, before, randomness, at, is_setup=False)

    def describe(self, held: bytes) -> Mapping[str, str | bool]:
        return {"number": masked(_held(held).number)}

    def check(self, held: bytes, state: bytes | None, answer: Mapping[str, str], about: About, at: Instant) -> Accepted | Refused:
        question = None if state is None else _question(state)
        if question is None or question.is_setup:
            return _EXPIRED
        if question.number != _held(held).number:
            return Refused("other")
        return _judge(question, answer, at) or Accepted(held)


_EXPIRED: Final = Refused("expired", code="text_code_expired")


def _put(number: PhoneNumber, before: bytes | None, randomness: Randomness, at: Instant, *, is_setup: bool) -> Setup | Problem:
    """Send a code, unless it is too soon after the one before it. A question lives on, with its sends and tries, as long as its
    newest code; afterwards the next one starts afresh."""
    fresh = Question(number=number, code=_draw(randomness), sent_at=at.replace(microsecond=0), is_setup=is_setup)
    asked = None if before is None else _question(before)
    if asked is None or at >= asked.expires_at:
        return _sent(fresh)
    wait = _wait_s(asked, number, at)
    if wait > 0:
        return Problem(code="too_soon" if asked.tries < TRIES else "too_many_codes", retry_after=wait)
    return _sent(replace(fresh, sends=asked.sends + 1, tries=asked.tries))


def _wait_s(asked: Question, number: PhoneNumber, at: Instant) -> int:
    """Whole seconds until another text may go out. A mistyped number is put right at once, the first time."""
    if asked.tries >= TRIES:
        return ceil((asked.expires_at - at).total_seconds())
    if number != asked.number and asked.sends == 1:
        return 0
    return ceil((asked.resend_at - at).total_seconds())


def _judge(question: Question, answer: Mapping[str, str], at: Instant) -> Refused | None:
    """What is wrong with an answer; None where it is right."""
    code = "".join(sign for sign in answer.get("code", "") if not sign.isspace() and sign not in "-–")
    if not (code.isascii() and code.isdigit() and len(code) == DIGITS):
        return Refused("malformed", code="text_code_malformed")
    if question.tries >= TRIES:
        return Refused("expired", code="text_code_used_up")
    if at >= question.expires_at:
        return _EXPIRED
    if hmac.compare_digest(question.code, code):
        return None
    counted = replace(question, tries=question.tries + 1)
    return Refused("wrong", state=msgspec.msgpack.encode(counted), code="text_code_wrong")


def _draw(randomness: Randomness) -> str:
    """A code; 128 bits make the bias of the remainder too small to exist (below 2⁻¹⁰⁸)."""
    return str(int.from_bytes(randomness.bytes(16), "big") % 10**DIGITS).zfill(DIGITS)


def _sent(question: Question) -> Setup:
    minutes = LIFE // timedelta(minutes=1)
    return replace(_shown(question), texted=Texted(question.number, question.code, minutes))


def _shown(question: Question) -> Setup:
    """A person sees the whole number only while setting it up, where they have just typed it."""
    shown = {
        "sent_to": masked(question.number),
        "expires_at": question.expires_at.isoformat(timespec="seconds"),
        "resend_at": question.resend_at.isoformat(timespec="seconds"),
    }
    if question.is_setup:
        shown["number"] = formatted(question.number)
    return Setup(msgspec.msgpack.encode(question), shown)


def _question(state: bytes) -> Question:
    return msgspec.msgpack.decode(state, type=Question)


def _held(held: bytes) -> Held:
    return msgspec.msgpack.decode(held, type=Held)
