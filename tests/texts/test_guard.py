"""The guard's arithmetic: what it allows grows with what people really enter, and chance alone stops nobody (MFA-4)."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace
from scipy.stats import binomtest

from tests.world import NOON
from wardkey.settings import SmsSettings
from wardkey.texts.rules import (
    Counted,
    has_collapsed,
    judged,
    needs_best_day,
    unentered_allowed,
    wilson_upper,
)

pytestmark = pytest.mark.spec("MFA-4")

SMS = SmsSettings()
COUNTS = st.integers(0, 10_000)
COUNTED = st.builds(
    Counted,
    stopped_until=st.none() | st.integers(-600, 600).map(lambda s: NOON + timedelta(seconds=s)),
    prefix_sent=COUNTS,
    prefix_entered=st.just(0),
    unentered_a_day=COUNTS,
    unentered_an_hour=COUNTS,
    other_countries=st.integers(0, 10),
).flatmap(lambda c: st.integers(0, c.prefix_sent).map(lambda n: replace(c, prefix_entered=n)))


@given(st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_upper_end_of_a_share_is_that_of_wilsons_interval(counts: tuple[int, int]) -> None:
    entered, sent = counts
    expected = binomtest(entered, sent).proportion_ci(confidence_level=0.95, method="wilson").high
    assert wilson_upper(entered, sent) == pytest.approx(expected, abs=1e-9)


def test_of_nothing_anything_can_be_the_share() -> None:
    assert wilson_upper(0, 0) == 1.0


@given(st.integers(0, 1_000), st.integers(1, 1_000))
def test_more_entered_codes_never_look_worse(entered: int, more: int) -> None:
    assert wilson_upper(entered + more, 2_000) >= wilson_upper(entered, 2_000)


@pytest.mark.parametrize(
    ("sent", "entered", "stops"),
    [
        (19, 0, False),
        (20, 0, True),
        (20, 1, True),
        (20, 2, False),
        (40, 6, True),
        (40, 7, False),
        (1_000, 250, True),
        (1_000, 300, False),
    ],
)
def test_a_prefix_is_stopped_where_its_share_is_surely_below_three_in_ten(sent: int, entered: int, stops: bool) -> None:
    assert has_collapsed(sent, entered, SMS) is stops


@given(COUNTS, COUNTS)
def test_a_prefix_where_at_least_half_are_entered_is_never_stopped(sent: int, lost: int) -> None:
    assert not has_collapsed(sent + lost, max(sent, lost), SMS)


@pytest.mark.parametrize(
    ("best", "a_day", "an_hour"),
    [(0, 20, 3), (66, 20, 3), (67, 20.1, 3), (90, 27, 3), (91, 27.3, 3.0333), (600, 180, 20), (6_000, 1_800, 200)],
)
def test_a_countrys_budget_of_codes_that_nobody_enters(best: int, a_day: float, an_hour: float) -> None:
    assert unentered_allowed(best, SMS) == pytest.approx((a_day, an_hour), abs=1e-4)


@given(COUNTS, COUNTS)
def test_the_budget_never_shrinks_where_more_codes_are_entered(best: int, more: int) -> None:
    before, after = unentered_allowed(best, SMS), unentered_allowed(best + more, SMS)
    assert after[0] >= before[0] >= SMS.unentered_a_day
    assert after[1] >= before[1] >= SMS.unentered_an_hour


@given(COUNTED, COUNTS)
def test_the_best_day_is_looked_for_wherever_it_could_decide(counted: Counted, best: int) -> None:
    if not needs_best_day(counted, SMS):
        assert judged(counted, best, SMS, NOON) == judged(counted, 0, SMS, NOON)


@given(
    COUNTED,
    COUNTS,
    st.sampled_from(["prefix_sent", "unentered_a_day", "unentered_an_hour", "other_countries"]),
    st.integers(1, 50),
)
def test_more_codes_that_nobody_enters_never_lift_a_refusal(counted: Counted, best: int, what: str, more: int) -> None:
    worse = replace(counted, **{what: asdict(counted)[what] + more})
    if judged(counted, best, SMS, NOON) is not None:
        assert judged(worse, best, SMS, NOON) is not None


@pytest.mark.parametrize(
    ("counted", "finding"),
    [
        ({}, None),
        ({"stopped_until": NOON + timedelta(seconds=1)}, "stopped"),
        ({"stopped_until": NOON}, None),
        ({"prefix_sent": 20}, "collapsed"),
        ({"unentered_a_day": 20}, "country_day"),
        ({"unentered_a_day": 19, "unentered_an_hour": 2, "other_countries": 2, "prefix_sent": 19}, None),
        ({"unentered_an_hour": 3}, "country_hour"),
        ({"other_countries": 3}, "countries"),
    ],
)
def test_what_the_guard_finds(counted: dict[str, Any], finding: str | None) -> None:
    assert judged(Counted(**counted), 0, SMS, NOON) == finding


@given(COUNTED)
def test_a_stop_in_force_comes_before_every_other_finding(counted: Counted) -> None:
    assert judged(replace(counted, stopped_until=NOON + timedelta(days=1)), 0, SMS, NOON) == "stopped"
