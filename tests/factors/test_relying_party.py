"""Whose passkeys are taken follows from the public address and two settings (MFA-5, INT-6)."""

import pytest
from msgspec.structs import replace

from wardkey.environment import read_settings
from wardkey.factors.relying_party import is_number, origin_of, relying_party_of
from wardkey.settings import PasskeySettings, Settings, WrongSetting, check_settings

pytestmark = pytest.mark.spec("MFA-5")


def settings(public_url: str, rp_id: str = "", *related: str) -> Settings:
    return replace(Settings(), public_url=public_url, passkeys=PasskeySettings(rp_id, related))


@pytest.mark.parametrize(
    ("public_url", "id", "origins"),
    [
        ("https://signin.clinic.example", "signin.clinic.example", ("https://signin.clinic.example",)),
        ("https://SignIn.Clinic.example:443/", "signin.clinic.example", ("https://signin.clinic.example",)),
        ("https://signin.clinic.example:8443", "signin.clinic.example", ("https://signin.clinic.example:8443",)),
        ("http://localhost:8080", "localhost", ("http://localhost:8080",)),
        ("http://127.0.0.1:8080", "localhost", ("http://localhost:8080", "http://127.0.0.1:8080")),
        ("http://127.0.0.1", "localhost", ("http://localhost", "http://127.0.0.1")),
        ("http://127.0.0.2:81", "localhost", ("http://localhost:81", "http://127.0.0.1:81", "http://127.0.0.2:81")),
        ("http://[::1]:81", "localhost", ("http://localhost:81", "http://127.0.0.1:81", "http://[::1]:81")),
        ("https://203.0.113.9", "203.0.113.9", ("https://203.0.113.9",)),
    ],
)
def test_the_host_is_the_relying_party(public_url: str, id: str, origins: tuple[str, ...]) -> None:
    party = relying_party_of(settings(public_url))
    assert (party.id, party.origins) == (id, origins)


def test_a_domain_above_the_host_and_other_sites_can_be_set() -> None:
    party = relying_party_of(
        settings(
            "https://signin.clinic.example", "clinic.example", "https://Clinic.example.net/", "https://signin.clinic.example"
        )
    )
    assert party.id == "clinic.example"
    assert party.origins == ("https://signin.clinic.example", "https://clinic.example.net")


@pytest.mark.parametrize(
    ("public_url", "rp_id"),
    [
        ("https://signin.clinic.example", "signin.clinic.example"),
        ("https://signin.clinic.example", "clinic.example"),
        ("https://a.b.clinic.example:8443", "clinic.example"),
        ("http://localhost:8080", "localhost"),
    ],
)
def test_a_relying_party_id_is_the_host_or_a_domain_above_it(public_url: str, rp_id: str) -> None:
    assert read_settings({}, public_url=public_url, passkeys={"rp_id": rp_id}).passkeys.rp_id == rp_id


@pytest.mark.parametrize(
    ("public_url", "rp_id"),
    [
        ("https://signin.clinic.example", "example"),
        ("https://signin.clinic.example", ".example"),
        ("https://signin.clinic.example", "inic.example"),
        ("https://signin.clinic.example", ".clinic.example"),
        ("https://signin.clinic.example", "evil.test"),
        ("https://signin.clinic.example", "www.signin.clinic.example"),
        ("https://signin.clinic.example", "Clinic.example"),
        ("https://signin.clinic.example", "https://clinic.example"),
        ("https://203.0.113.9", "113.9"),
        ("https://203.0.113.9", "203.0.113.9"),
        ("http://[::1]:8080", "::1"),
        ("http://127.0.0.1:8080", "127.0.0.1"),
    ],
)
def test_any_other_relying_party_id_stops_the_start(public_url: str, rp_id: str) -> None:
    with pytest.raises(WrongSetting, match="WARDKEY_PASSKEYS_RP_ID"):
        read_settings({}, public_url=public_url, passkeys={"rp_id": rp_id})


def test_after_a_move_passkeys_stay_bound_to_the_domain_of_before() -> None:
    before = PasskeySettings("signin.clinic.example", ("https://signin.clinic.example",))
    moved = check_settings(replace(Settings(), public_url="https://signin.practice.example", passkeys=before))
    party = relying_party_of(moved)
    assert party.id == "signin.clinic.example"
    assert party.origins == ("https://signin.practice.example", "https://signin.clinic.example")


@pytest.mark.parametrize("origin", ["https://clinic.example.net", "https://clinic.example.net:8443/", "http://localhost:3000"])
def test_a_related_site_comes_over_tls_or_from_this_machine(origin: str) -> None:
    assert read_settings({"WARDKEY_PASSKEYS_RELATED_ORIGINS": origin}).passkeys.related_origins == (origin,)


@pytest.mark.parametrize(
    "origin",
    ["http://clinic.example.net", "clinic.example.net", "https://", "https://a.example/path", "http://127.0.0.1"],
)
def test_any_other_related_site_stops_the_start(origin: str) -> None:
    with pytest.raises(WrongSetting, match="WARDKEY_PASSKEYS_RELATED_ORIGINS"):
        read_settings({"WARDKEY_PASSKEYS_RELATED_ORIGINS": origin})


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://A.example:443/", "https://a.example"), ("http://a.example:80", "http://a.example"),
        ("http://a.example:443", "http://a.example:443"), ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)  # fmt: skip
def test_an_origin_is_written_as_browsers_write_it(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_numbers_and_names_are_told_apart() -> None:
    assert [is_number(host) for host in ("127.0.0.1", "::1", "0.0.0.0", "localhost", "1.example", "")] == [True] * 3 + [False] * 3
