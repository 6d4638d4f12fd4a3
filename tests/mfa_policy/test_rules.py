"""The strictest policy that applies to a person counts, from its date on (MFA-7)."""

import itertools
from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.signin.test_learn import account, member
from tests.world import NOON
from wardkey.accounts.rules import MfaMode
from wardkey.mfa_policy.rules import STRICTNESS, Policy, effective
from wardkey.vocabulary import Role

pytestmark = pytest.mark.spec("MFA-7")

COVERED: Final = ("owner", "admin", "provider", "staff")
LATER: Final = NOON + timedelta(days=1)
EARLIER: Final = NOON - timedelta(days=1)
MODES = st.sampled_from(MfaMode)
DATES = st.sampled_from([None, EARLIER, NOON, LATER])


def policy(*members: tuple[MfaMode, datetime | None], mine: MfaMode | None = None, starts: datetime | None = None) -> Policy:
    memberships = [member(mode, mfa_from=date) for mode, date in members]
    return effective(account(mfa_mode=mine, mfa_from=starts), memberships, COVERED, NOON)


def test_without_any_practice_or_setting_mfa_is_optional() -> None:
    assert policy() == Policy(MfaMode.OPTIONAL)


@pytest.mark.parametrize(("mine", "theirs"), list(itertools.product([None, *MfaMode], MfaMode)))
def test_ones_own_setting_can_make_it_stricter_but_not_looser(mine: MfaMode | None, theirs: MfaMode) -> None:
    expected = max((mode for mode in (mine, theirs) if mode is not None), key=STRICTNESS.index)
    assert policy((theirs, None), mine=mine).mode is expected


def test_the_strictest_of_several_practices_counts() -> None:
    assert policy((MfaMode.OFF, None), (MfaMode.REQUIRED, None), (MfaMode.OPTIONAL, None)).mode is MfaMode.REQUIRED
    assert policy((MfaMode.OFF, None), (MfaMode.OFF, None)).mode is MfaMode.OFF


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        (None, Policy(MfaMode.REQUIRED)),
        (EARLIER, Policy(MfaMode.REQUIRED)),
        (NOON, Policy(MfaMode.REQUIRED)),
        (NOON + timedelta(microseconds=1), Policy(MfaMode.OPTIONAL, NOON + timedelta(microseconds=1))),
        (LATER, Policy(MfaMode.OPTIONAL, LATER)),
    ],
)
def test_required_from_a_date_is_optional_and_announced_until_then(starts: datetime | None, expected: Policy) -> None:
    assert policy((MfaMode.REQUIRED, starts)) == expected
    assert policy(mine=MfaMode.REQUIRED, starts=starts) == expected


def test_the_nearest_of_several_dates_is_announced() -> None:
    assert policy((MfaMode.REQUIRED, LATER + timedelta(days=9)), (MfaMode.REQUIRED, LATER)).required_from == LATER


def test_nothing_is_announced_to_whom_it_is_required_of_already() -> None:
    assert policy((MfaMode.REQUIRED, None), (MfaMode.REQUIRED, LATER)) == Policy(MfaMode.REQUIRED)


def test_a_date_beside_another_mode_means_nothing() -> None:
    assert policy((MfaMode.OFF, LATER)) == Policy(MfaMode.OFF)
    assert policy((MfaMode.OPTIONAL, EARLIER)) == Policy(MfaMode.OPTIONAL)


@pytest.mark.parametrize("role", list(Role))
def test_roles_that_are_not_covered_are_not_asked(role: Role) -> None:
    found = effective(account(), [member(MfaMode.REQUIRED, role)], COVERED, NOON)
    assert found.mode is (MfaMode.REQUIRED if role in COVERED else MfaMode.OPTIONAL)
    assert effective(account(), [member(MfaMode.REQUIRED, role)], tuple(Role), NOON).mode is MfaMode.REQUIRED


@given(st.lists(st.tuples(MODES, DATES), max_size=4), MODES | st.none(), DATES)
def test_time_only_ever_makes_a_policy_stricter(
    members: list[tuple[MfaMode, datetime | None]], mine: MfaMode | None, starts: datetime | None
) -> None:
    memberships = [member(mode, mfa_from=date) for mode, date in members]
    person = account(mfa_mode=mine, mfa_from=starts)
    over_time = [effective(person, memberships, COVERED, at).mode for at in (EARLIER, NOON, LATER)]
    assert over_time == sorted(over_time, key=STRICTNESS.index)
