"""How wrong codes are counted and how long one waits: pure rules over an account's counters (MFA-12)."""

from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.signin.test_learn import account
from tests.world import NOON
from wardkey.accounts.rules import Account
from wardkey.factors.registry import FACTORS, FACTORS_BY_KIND, METHODS
from wardkey.factors.rules import after_wrong_code, code_wait_s
from wardkey.settings import LimitSettings

pytestmark = pytest.mark.spec("MFA-12")

LIMITS: Final = LimitSettings()


def after(count: int, at: datetime = NOON, *, is_sign_in: bool = True, limits: LimitSettings = LIMITS) -> Account:
    """An account after so many wrong codes at one moment."""
    found = account()
    for _ in range(count):
        found = after_wrong_code(found, limits, at, is_sign_in=is_sign_in)
    return found


@pytest.mark.parametrize(
    ("count", "wait"),
    [(0, 0), (1, 0), (9, 0), (10, 30), (11, 60), (12, 120), (13, 240), (14, 480), (15, 900), (16, 900), (99, 900)],
)
def test_the_wait_after_so_many_wrong_codes_in_an_hour(count: int, wait: int) -> None:
    assert code_wait_s(after(count), LIMITS, NOON) == wait


def test_a_wait_is_told_in_whole_seconds_rounded_up_and_ends_to_the_microsecond() -> None:
    waiting = after(10)
    assert code_wait_s(waiting, LIMITS, NOON + timedelta(seconds=29, microseconds=1)) == 1
    assert code_wait_s(waiting, LIMITS, NOON + timedelta(seconds=30, microseconds=-1)) == 1
    assert code_wait_s(waiting, LIMITS, NOON + timedelta(seconds=30)) == 0


def test_every_wait_ends_with_the_hour() -> None:
    waiting = after(16, NOON + timedelta(minutes=59))
    begun = replace(waiting, wrong_hour_at=NOON)
    assert code_wait_s(begun, LIMITS, NOON + timedelta(minutes=59, seconds=59)) > 0
    assert code_wait_s(begun, LIMITS, NOON + timedelta(minutes=60)) == 0


def test_a_new_hour_counts_from_one_but_the_row_goes_on() -> None:
    later = after_wrong_code(after(7), LIMITS, NOON + timedelta(hours=1), is_sign_in=True)
    assert (later.wrong_codes, later.wrong_codes_hour, later.wrong_hour_at) == (8, 1, NOON + timedelta(hours=1))


def test_the_tenth_in_a_row_marks_the_password_at_sign_in_only() -> None:
    assert [after(count).is_password_known for count in (9, 10, 11)] == [False, True, True]
    assert not after(50, is_sign_in=False).is_password_known
    mixed = after_wrong_code(after(9, is_sign_in=False), LIMITS, NOON, is_sign_in=True)
    assert mixed.is_password_known, "what was guessed at step-up counts"


@given(st.lists(st.integers(0, 7_200), max_size=40))
def test_no_wait_is_ever_longer_than_a_quarter_of_an_hour(pauses: list[int]) -> None:
    found, at = account(), NOON
    for pause in pauses:
        at += timedelta(seconds=pause)
        found = after_wrong_code(found, LIMITS, at, is_sign_in=True)
        assert 0 <= code_wait_s(found, LIMITS, at) <= 900
        assert 1 <= found.wrong_codes_hour <= found.wrong_codes


@given(st.integers(0, 40), st.integers(-3_600, 7_200))
def test_a_clock_that_steps_back_never_makes_a_wait_endless(count: int, seconds: int) -> None:
    wait = code_wait_s(after(count), LIMITS, NOON + timedelta(seconds=seconds))
    assert wait <= 900 + 3_600
    assert code_wait_s(after(count), LIMITS, NOON + timedelta(seconds=max(0, seconds) + 3_600)) == 0


def test_methods_are_the_kinds_that_can_be_set_up_alone() -> None:
    assert METHODS == ("totp", "passkey", "sms")
    assert list(FACTORS_BY_KIND) == [factor.kind for factor in FACTORS] == ["totp", "passkey", "sms", "recovery_code"]
