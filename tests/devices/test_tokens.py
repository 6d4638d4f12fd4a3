"""Tokens of devices and of trust: only genuine ones count, and no text that is brought breaks anything."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.signin.test_learn import account as stored_account
from tests.world import HERE, KEY, NOON, Practice, test_settings
from wardkey.devices.actions import device_of, new_device_token, trusted
from wardkey.devices.rules import (
    DEVICE,
    DEVICE_BYTES,
    TRUST_BYTES,
    TrustedDevice,
    decoded,
    known_since,
    may_trust,
    surplus,
    trust_digest,
    trust_ends_at,
)
from wardkey.edges.randomness import SystemRandomness
from wardkey.edges.sealing import KeyRingSealing
from wardkey.settings import DeviceSettings, MfaSettings
from wardkey.vocabulary import AccountId, SecurityStamp, token_text

OTHER_KEY = token_text(bytes(range(32)))


def test_a_new_token_names_the_same_device_each_time_and_no_other(sqlite_practice: Practice) -> None:
    world = sqlite_practice.world
    first, second = new_device_token(world), new_device_token(world)
    assert device_of(world, first) == device_of(world, first)
    assert len({device_of(world, first), device_of(world, second), ""}) == 3
    assert len(first) == 66, "fits in any cookie and header"


def test_a_token_outlives_a_rotation_of_the_keys_and_not_the_removal_of_its_key(sqlite_practice: Practice) -> None:
    world, randomness = sqlite_practice.world, SystemRandomness()
    token = new_device_token(world)
    rotated = replace(world, sealing=KeyRingSealing((OTHER_KEY, KEY), randomness))
    removed = replace(world, sealing=KeyRingSealing((OTHER_KEY,), randomness))
    assert device_of(rotated, token) == device_of(world, token)
    assert device_of(removed, token) == ""


def test_a_seal_made_for_something_else_is_no_device(sqlite_practice: Practice) -> None:
    sealing = sqlite_practice.world.sealing
    assert device_of(sqlite_practice.world, token_text(sealing.seal(bytes(DEVICE_BYTES), "ceremony"))) == ""
    assert device_of(sqlite_practice.world, token_text(sealing.seal(bytes(DEVICE_BYTES + 1), DEVICE))) == ""
    assert device_of(sqlite_practice.world, token_text(sealing.seal(b"", DEVICE))) == ""


def test_a_token_with_any_sign_changed_is_not_genuine(sqlite_practice: Practice) -> None:
    token = new_device_token(sqlite_practice.world)
    for place, sign in enumerate(token):
        forged = token[:place] + ("A" if sign != "A" else "B") + token[place + 1 :]
        assert device_of(sqlite_practice.world, forged) == ""


GENUINE = token_text(KeyRingSealing((KEY,), SystemRandomness()).seal(bytes(DEVICE_BYTES), DEVICE))
"""A token under the key of all practices in tests."""
BROUGHT = st.one_of(
    st.text(max_size=300),
    st.builds(lambda cut, tail: GENUINE[:cut] + tail, st.integers(0, len(GENUINE)), st.text(max_size=80)),
    st.binary(max_size=200).map(token_text),
    st.just(GENUINE),
)
ON_ONE_PRACTICE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(BROUGHT)
def test_each_token_has_one_spelling(text: str) -> None:
    found = decoded(text)
    assert found == b"" or token_text(found) == text
    assert (trust_digest(text) != "") is (len(found) == TRUST_BYTES)


@ON_ONE_PRACTICE
@given(BROUGHT)
def test_whatever_is_brought_as_a_device_only_a_genuine_token_is_one(sqlite_practice: Practice, text: str) -> None:
    assert (device_of(sqlite_practice.world, text) != "") is (text == GENUINE)


@ON_ONE_PRACTICE
@given(BROUGHT, BROUGHT)
async def test_whatever_is_brought_as_trust_nobody_is_trusted_by_it(sqlite_practice: Practice, device: str, token: str) -> None:
    account = stored_account()
    origin, at = replace(HERE, device=device, trust=token), sqlite_practice.clock.now()
    async with sqlite_practice.units.read() as unit:
        assert await trusted(unit, sqlite_practice.world, account, origin, at) is None


def test_a_record_ends_by_the_days_of_its_setting() -> None:
    chosen = test_settings("sqlite:///none", mfa=MfaSettings(trust_days=3), devices=DeviceSettings(known_days=30))
    assert trust_ends_at(chosen, NOON) == NOON + timedelta(days=3)
    assert known_since(chosen, NOON) == NOON - timedelta(days=30)
    usual = test_settings("sqlite:///none")
    assert trust_ends_at(usual, NOON) == NOON + timedelta(days=14)
    assert known_since(usual, NOON) == NOON - timedelta(days=90)


@pytest.mark.spec("MFA-9")
@pytest.mark.parametrize(
    ("permissions", "may"), [((), True), ((True,), True), ((True, True), True), ((True, False), False), ((False,), False)]
)
def test_any_organization_can_forbid_trusted_devices(permissions: tuple[bool, ...], may: bool) -> None:
    assert may_trust(permissions) is may


def given_at(number: int) -> TrustedDevice:
    at = NOON + number * timedelta(seconds=1)
    return TrustedDevice(
        id=f"trd_{number}", account=AccountId(f"acc_{number}"), token="t", device="d", stamp=SecurityStamp("s"), created_at=at,
        expires_at=at, last_used_at=at, uses=0, ip="", user_agent="", place=None,
    )  # fmt: skip


@given(st.permutations(range(8)), st.integers(1, 12))
def test_what_was_given_first_makes_room_for_one_more(order: list[int], at_most: int) -> None:
    gone = [one.id for one in surplus([given_at(number) for number in order], at_most)]
    assert gone == [f"trd_{number}" for number in range(max(0, 8 + 1 - at_most))]
