"""Identifiers sort by time, networks are those of one subscriber, and places on earth are told from private ones."""

import string
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import NOON
from wardkey.vocabulary import FieldFault, Problem, faulty, is_local, network_of, sortable_id, token_text

SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"
RANDOM = st.binary(min_size=10, max_size=10)
MILLISECONDS = st.integers(-(10**12), 10**13)


@given(MILLISECONDS, RANDOM)
def test_an_identifier_is_its_prefix_and_twenty_six_signs(ms: int, random: bytes) -> None:
    at = NOON + timedelta(milliseconds=ms)
    prefix, _, signs = sortable_id("evt", at, random).partition("_")
    assert prefix == "evt"
    assert len(signs) == 26
    assert set(signs) <= set(SIGNS)


@given(MILLISECONDS, MILLISECONDS, RANDOM, RANDOM)
def test_identifiers_sort_by_the_moment_they_were_made(first: int, second: int, one: bytes, other: bytes) -> None:
    earlier, later = sorted((first, second))
    if earlier != later:
        made = [sortable_id("evt", NOON + timedelta(milliseconds=ms), random) for ms, random in ((earlier, one), (later, other))]
        assert made == sorted(made)


@given(RANDOM, RANDOM)
def test_identifiers_of_one_moment_differ_by_their_chance(one: bytes, other: bytes) -> None:
    assert (sortable_id("evt", NOON, one) == sortable_id("evt", NOON, other)) == (one == other)


@given(st.binary(max_size=64))
def test_a_token_fits_in_addresses_headers_and_cookies(random: bytes) -> None:
    assert set(token_text(random)) <= set(string.ascii_letters + string.digits + "-_")
    assert len(token_text(random)) == -(-len(random) * 8 // 6)


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7/32"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:", ""),
        ("203.0.113.7:443", ""),
        ("203.0.113.007", ""),
    ],
)
def test_the_network_of_one_subscriber(ip: str, network: str) -> None:
    assert network_of(ip) == network


@given(st.text())
def test_any_text_has_a_network_or_none(text: str) -> None:
    assert network_of(text) == "" or "/" in network_of(text)


@pytest.mark.parametrize(
    ("ip", "local"),
    [
        ("127.0.0.1", True), ("10.1.2.3", True), ("192.168.0.1", True), ("::1", True), ("fd00::1", True), ("", True), ("x", True),
        ("8.8.8.8", False), ("2606:4700::1", False),
    ],
)  # fmt: skip
def test_private_addresses_say_nothing_about_a_place(ip: str, local: bool) -> None:
    assert is_local(ip) is local


def test_a_refusal_of_a_form_names_its_fields() -> None:
    assert faulty(FieldFault("email", "email_missing")) == Problem(
        code="check_fields", faults=(FieldFault("email", "email_missing"),)
    )
