"""Recovery codes: twenty signs that cannot be misread, kept only as a slow hash, good once (MFA-6)."""

import math
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import msgspec
import pytest
from argon2.low_level import hash_secret_raw
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.world import NOON
from wardkey.edges.randomness import SeededRandomness, SystemRandomness
from wardkey.factors.contract import About, Accepted, Refused, RelyingParty
from wardkey.factors.kinds import recovery_code
from wardkey.factors.kinds.recovery_code import ALPHABET, GROUP, LENGTH, Held, RecoveryCode, grouped, issue, tidy
from wardkey.vocabulary import AccountId

pytestmark = pytest.mark.spec("MFA-6")

ABOUT: Final = About(
    account=AccountId("acc_1"),
    email="ada@example.org",
    name="Ada Okafor",
    issuer="Maple Street Clinic",
    relying_party=RelyingParty("localhost", ("http://localhost:8080",)),
)


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """The slow hashes that are computed, each done at next to no cost."""
    done: list[tuple[Any, ...]] = []

    def counted(*arguments: Any) -> bytes:
        done.append(arguments)
        secret, salt, _passes, _memory, *rest = arguments
        return hash_secret_raw(secret, salt, 1, 8, *rest)

    monkeypatch.setattr(recovery_code, "hash_secret_raw", counted)
    return done


def check(held: bytes, typed: str) -> Accepted | Refused:
    return RecoveryCode().check(held, None, {"code": typed}, ABOUT, NOON)


def test_a_code_has_a_hundred_bits_in_an_alphabet_that_cannot_be_misread() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("01OI") & set(ALPHABET)
    assert LENGTH * math.log2(len(ALPHABET)) == 100


def test_a_code_is_shown_in_four_groups_of_five(hashes: list[Any]) -> None:
    code = issue(SystemRandomness(), 1).codes[0]
    groups = code.split("-")
    assert [len(group) for group in groups] == [GROUP] * 4
    assert set("".join(groups)) <= set(ALPHABET)


def test_every_sign_is_drawn_equally_often(hashes: list[Any]) -> None:
    codes = "".join(tidy(code) for code in issue(SeededRandomness(7), 800).codes)
    expected = len(codes) / 32
    chi_squared = sum((Counter(codes)[sign] - expected) ** 2 / expected for sign in ALPHABET)
    assert chi_squared < 61.1, "the 99.9 % point of 31 degrees of freedom"


def test_no_two_codes_are_alike(hashes: list[Any]) -> None:
    codes = issue(SystemRandomness(), 500).codes
    assert len(set(codes)) == 500


def test_what_is_kept_holds_no_part_of_the_code(hashes: list[Any]) -> None:
    issued = issue(SystemRandomness(), 3)
    for code in issued.codes:
        for part in (code, tidy(code), *code.split("-")):
            assert part.encode() not in issued.held
    kept = msgspec.msgpack.decode(issued.held, type=Held)
    assert len(kept.salt) == 16
    assert [len(digest) for digest in kept.digests] == [32] * 3


def test_two_sets_of_the_same_codes_would_be_kept_differently(hashes: list[Any]) -> None:
    assert issue(SystemRandomness(), 1).held != issue(SystemRandomness(), 1).held


def test_the_hash_is_argon2id_at_the_cost_that_owasp_advises(hashes: list[Any]) -> None:
    issue(SystemRandomness(), 1)
    _secret, _salt, passes, memory_kib, lanes, length, kind = hashes[0]
    assert (passes, memory_kib, lanes, length, kind.name) == (2, 19_456, 1, 32, "ID")


@pytest.mark.parametrize("count", [1, 16])
def test_one_hash_checks_all_codes_of_a_set(hashes: list[Any], count: int) -> None:
    issued = issue(SystemRandomness(), count)
    hashes.clear()
    assert check(issued.held, issued.codes[-1]) == Accepted(None)
    assert check(issued.held, "2" * LENGTH) == Refused("wrong")
    assert len(hashes) == 2


def test_any_code_of_a_set_is_right(hashes: list[Any]) -> None:
    issued = issue(SystemRandomness(), 16)
    assert {check(issued.held, code) for code in issued.codes} == {Accepted(None)}


@pytest.mark.parametrize(
    "typed",
    [
        str.lower,
        str.upper,
        lambda c: c.replace("-", ""),
        lambda c: c.replace("-", " "),
        lambda c: f"  {c}\n",
        " ".join,
    ],
)
def test_case_spaces_and_dashes_do_not_matter(hashes: list[Any], typed: Callable[[str], str]) -> None:
    issued = issue(SystemRandomness(), 1)
    assert check(issued.held, typed(issued.codes[0])) == Accepted(None)


@pytest.mark.parametrize("typed", ["", "-", "2" * 19, "2" * 21, "0" * 20, "O" * 20, "é" * 20, "２" * 20, "2" * 100_000])
def test_what_is_no_recovery_code_costs_no_hash_and_is_no_guess(hashes: list[Any], typed: str) -> None:
    issued = issue(SystemRandomness(), 1)
    hashes.clear()
    assert check(issued.held, typed) == Refused("malformed")
    assert hashes == []


@settings(max_examples=50)
@given(st.data())
def test_a_code_with_any_one_sign_changed_is_wrong(data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recovery_code, "MEMORY_KIB", 8)
        issued = issue(SystemRandomness(), 1)
        plain = tidy(issued.codes[0])
        place = data.draw(st.integers(0, LENGTH - 1))
        sign = data.draw(st.sampled_from([s for s in ALPHABET if s != plain[place]]))
        assert check(issued.held, plain[:place] + sign + plain[place + 1 :]) == Refused("wrong")


@given(st.text(st.sampled_from(ALPHABET), min_size=LENGTH, max_size=LENGTH))
def test_grouping_is_undone_by_tidying(plain: str) -> None:
    assert tidy(grouped(plain)) == plain


def test_a_recovery_code_cannot_stand_alone() -> None:
    assert not RecoveryCode.is_method
    assert RecoveryCode.is_slow


def test_a_set_up_of_its_own_gives_a_code_that_works(hashes: list[Any]) -> None:
    begun = RecoveryCode().begin({}, ABOUT, (), None, SystemRandomness(), NOON)
    assert RecoveryCode().resume(begun.state, ABOUT).shown == {}, "shown once"
    outcome = RecoveryCode().finish(begun.state, {}, ABOUT, NOON)
    assert isinstance(outcome, Accepted)
    assert check(outcome.held or b"", str(begun.shown["code"])) == Accepted(None)
