"""Authenticator-app codes: the published vectors, an independent program, one step of drift, one use, and the QR code (MFA-2)."""

import re
import subprocess
from base64 import b32decode, b32encode
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
import numpy
import pytest
import zxingcpp
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.world import NOON
from wardkey.edges.randomness import SeededRandomness
from wardkey.factors.contract import About, Accepted, Refused, RelyingParty
from wardkey.factors.kinds.totp import KEY_BYTES, STEP_S, Held, Totp, code_at, qr_svg, secret_text, setup_uri
from wardkey.vocabulary import AccountId

pytestmark = pytest.mark.spec("MFA-2")

ABOUT: Final = About(
    account=AccountId("acc_1"),
    email="ada@example.org",
    name="Ada Okafor",
    issuer="Maple Street Clinic",
    relying_party=RelyingParty("localhost", ("http://localhost:8080",)),
)
RFC_KEY: Final = b"12345678901234567890"
RFC_4226_APPENDIX_D: Final = (
    "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
)  # fmt: skip
RFC_6238_APPENDIX_B: Final = {
    59: "94287082",
    1_111_111_109: "07081804",
    1_111_111_111: "14050471",
    1_234_567_890: "89005924",
    2_000_000_000: "69279037",
    20_000_000_000: "65353130",
}
"""Seconds since 1970 to the code of eight digits for SHA-1; ours are its last six, since both are remainders of one number."""
STEP: Final = timedelta(seconds=STEP_S)
KEYS = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES)
MOMENTS = st.integers(86_400, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def held(key: bytes, spent_step: int = -1) -> bytes:
    return msgspec.msgpack.encode(Held(key, spent_step))


def check(key_or_held: bytes, code: str, at: datetime = NOON) -> Accepted | Refused:
    kept = held(key_or_held) if len(key_or_held) == KEY_BYTES else key_or_held
    return Totp().check(kept, None, {"code": code}, ABOUT, at)


def left(outcome: Accepted | Refused) -> bytes:
    """What is kept after a right code."""
    assert isinstance(outcome, Accepted), outcome
    assert outcome.held is not None
    return outcome.held


def code(key: bytes, at: datetime, steps: int = 0) -> str:
    return code_at(key, int(at.timestamp()) // STEP_S + steps)


@pytest.mark.parametrize(("count", "expected"), list(enumerate(RFC_4226_APPENDIX_D)))
def test_codes_are_those_of_rfc_4226(count: int, expected: str) -> None:
    assert code_at(RFC_KEY, count) == expected


@pytest.mark.parametrize(("seconds", "eight"), list(RFC_6238_APPENDIX_B.items()))
def test_codes_are_those_of_rfc_6238(seconds: int, eight: str) -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert code(RFC_KEY, at) == eight[-6:]
    assert isinstance(check(RFC_KEY, eight[-6:], at), Accepted)


@pytest.mark.parametrize("seed", range(10))
def test_an_independent_program_agrees(seed: int) -> None:
    random = SeededRandomness(seed)
    key, at = random.bytes(KEY_BYTES), NOON + timedelta(seconds=int.from_bytes(random.bytes(4), "big"))
    command = ["oathtool", "--totp", "--base32", secret_text(key), "--now", f"{at:%Y-%m-%d %H:%M:%S} UTC", "--window", "5"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert said == [code(key, at, steps) for steps in range(6)]


@given(KEYS, MOMENTS)
def test_the_code_of_now_and_of_one_step_either_side_is_right(key: bytes, at: datetime) -> None:
    for steps in (-1, 0, 1):
        outcome = check(key, code(key, at, steps), at)
        assert isinstance(outcome, Accepted)


@given(KEYS, MOMENTS, st.sampled_from([-3, -2, 2, 3]))
def test_a_code_two_steps_away_is_wrong(key: bytes, at: datetime, steps: int) -> None:
    far = code(key, at, steps)
    assume(far not in {code(key, at, near) for near in (-1, 0, 1)})
    assert check(key, far, at) == Refused("wrong")


def test_drift_ends_to_the_second() -> None:
    at = NOON.replace(second=0)
    shown = code(RFC_KEY, at)
    assert isinstance(check(RFC_KEY, shown, at - STEP), Accepted)
    assert isinstance(check(RFC_KEY, shown, at + 2 * STEP - timedelta(microseconds=1)), Accepted)
    assert check(RFC_KEY, shown, at + 2 * STEP) == Refused("wrong")
    assert check(RFC_KEY, shown, at - STEP - timedelta(microseconds=1)) == Refused("wrong")


@given(KEYS, MOMENTS, st.sampled_from([-1, 0, 1]), st.integers(0, 59))
def test_a_code_works_once_however_the_clock_moves_on(key: bytes, at: datetime, steps: int, seconds: int) -> None:
    used = code(key, at, steps)
    kept = left(check(key, used, at))
    again = check(kept, used, at + timedelta(seconds=seconds))
    assert isinstance(again, Refused)
    assert again.why in ("spent", "wrong")


@given(KEYS, MOMENTS)
def test_an_earlier_code_is_spent_once_a_later_one_was_used(key: bytes, at: datetime) -> None:
    codes = [code(key, at, steps) for steps in (-1, 0, 1)]
    assume(len(set(codes)) == 3)
    kept = left(check(key, codes[2], at))
    assert check(kept, codes[0], at) == check(kept, codes[1], at) == check(kept, codes[2], at) == Refused("spent")


def test_the_next_code_is_right_after_one_was_used() -> None:
    kept = left(check(RFC_KEY, code(RFC_KEY, NOON)))
    assert isinstance(check(kept, code(RFC_KEY, NOON, 1)), Accepted)
    assert isinstance(check(kept, code(RFC_KEY, NOON, 1), NOON + STEP), Accepted)


def test_a_clock_that_steps_back_makes_no_code_good_again() -> None:
    kept = left(check(RFC_KEY, code(RFC_KEY, NOON)))
    assert check(kept, code(RFC_KEY, NOON - STEP), NOON - STEP) == Refused("spent")


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}{1} ", "{0}-{1}", "\t{0}\u00a0{1}\n", "{0}\u2009{1}"])
def test_spaces_and_dashes_do_not_matter(typed: str) -> None:
    right = code(RFC_KEY, NOON)
    assert isinstance(check(RFC_KEY, typed.format(right[:3], right[3:])), Accepted)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "12345",
        "1234567",
        "12345a",
        "+12345",
        "1e5000",
        "١٢٣٤٥٦",
        "１２３４５６",
        "①②③④⑤⑥",
        "12345\x00",
        "0x1234",
        "123.45",
        "9" * 10_000,
    ],
)
def test_what_is_not_six_plain_digits_is_no_guess(typed: str) -> None:
    assert check(RFC_KEY, typed) == Refused("malformed")


@given(st.text())
def test_any_text_is_answered(typed: str) -> None:
    assume("".join(typed.split()).replace("-", "") not in {code(RFC_KEY, NOON, steps) for steps in (-1, 0, 1)})
    assert isinstance(check(RFC_KEY, typed), Refused)


def test_an_answer_without_a_code_is_no_guess() -> None:
    assert Totp().check(held(RFC_KEY), None, {}, ABOUT, NOON) == Refused("malformed")


def test_a_set_up_is_shown_the_same_until_its_first_code_ends_it() -> None:
    begun = Totp().begin({}, ABOUT, (), None, SeededRandomness(1), NOON)
    assert Totp().resume(begun.state, ABOUT) == begun
    key = b32decode(str(begun.shown["secret"]))
    assert len(key) == KEY_BYTES
    assert Totp().finish(begun.state, {"code": "000000"}, ABOUT, NOON) == Refused("wrong")
    kept = left(Totp().finish(begun.state, {"code": code(key, NOON)}, ABOUT, NOON))
    assert check(kept, code(key, NOON)) == Refused("spent"), "the code of the set-up is used up by it"


def test_two_set_ups_have_different_keys() -> None:
    random = SeededRandomness(1)
    assert len({Totp().begin({}, ABOUT, (), None, random, NOON).shown["secret"] for _ in range(50)}) == 50


@given(KEYS, st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60), st.emails())
def test_the_uri_says_everything_an_app_needs(key: bytes, issuer: str, email: str) -> None:
    parts, issuer = urlsplit(setup_uri(key, issuer, email)), issuer.replace(":", " ")
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path).removeprefix("/") == f"{issuer}:{email}"
    assert parse_qs(parts.query, strict_parsing=True, keep_blank_values=True) == {
        "secret": [secret_text(key)], "issuer": [issuer], "algorithm": ["SHA1"], "digits": ["6"], "period": ["30"],
    }  # fmt: skip


@given(KEYS)
def test_the_key_in_text_is_base32_without_padding(key: bytes) -> None:
    assert secret_text(key) == b32encode(key).decode()
    assert len(secret_text(key)) == 32
    assert b32decode(secret_text(key)) == key


@pytest.mark.parametrize(
    ("issuer", "email"),
    [
        ("Wardkey", "a@b.co"),
        ("Clínica Río Ñandú & Söhne", "maría@bücher.example"),
        ("M" * 60, "a" * 64 + "@" + "b" * 180 + ".org"),
    ],
)
def test_a_camera_reads_the_uri_from_the_qr_code(issuer: str, email: str) -> None:
    uri = setup_uri(RFC_KEY, issuer, email)
    read = zxingcpp.read_barcodes(picture(qr_svg(uri)))
    assert [(result.format, result.text) for result in read] == [(zxingcpp.BarcodeFormat.QRCode, uri)]


def picture(svg: str, dots: int = 4) -> Any:
    """A QR code drawn as an image of grey dots: its one dark path is made of horizontal strokes (`M4 4.5h7m1 0h2…`)."""
    side = int(found(r'viewBox="0 0 (\d+) ', svg))
    image, x, y = numpy.full((side, side), 255, dtype=numpy.uint8), 0.0, 0.0
    for command, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?:[ ,]?(-?[\d.]+))?", found(r'stroke="#000" d="([^"]+)"', svg)):
        if command == "h":
            image[int(y), int(x) : int(x + float(first))] = 0
            x += float(first)
        else:
            x, y = (float(first), float(second)) if command == "M" else (x + float(first), y + float(second))
    return numpy.kron(image, numpy.ones((dots, dots), dtype=numpy.uint8))


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, pattern
    return match[1]


def test_the_qr_code_is_sharp_at_any_size_and_needs_no_style() -> None:
    svg = qr_svg(setup_uri(RFC_KEY, "Wardkey", "ada@example.org"))
    assert re.match(r'<svg viewBox="0 0 \d+ \d+" class="qr">', svg)
    assert not re.search(r"style|<script|href", svg)
