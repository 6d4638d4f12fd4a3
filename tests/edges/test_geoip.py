"""Rough places, from city databases of every usual shape, and from none."""

from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mmdb_writer import MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped]

from wardkey.edges.geoip.memory import MemoryGeoip
from wardkey.edges.geoip.mmdb import MmdbGeoip, place_of
from wardkey.ports import Geoip
from wardkey.vocabulary import Place

LONDON = Place("London", "GB", 51.5142, -0.0931, 10.0)
NESTED: dict[str, Any] = {
    "city": {"names": {"de": "London", "en": "London"}},
    "country": {"iso_code": "GB", "names": {"en": "United Kingdom"}},
    "location": {"latitude": 51.5142, "longitude": -0.0931, "accuracy_radius": 10},
}
FLAT = {"city": "Berlin", "country_code": "DE", "latitude": 52.52, "longitude": 13.405}
FLAT_IN_TEXT = {"city": "", "country_code": "us", "latitude": "42.36", "longitude": "-82.99", "postcode": ""}
BERLIN = Place("Berlin", "DE", 52.52, 13.405, 50.0)
SOMEWHERE_US = Place(None, "US", 42.36, -82.99, 50.0)


@pytest.fixture
def database(tmp_path: Path) -> Callable[..., Path]:
    def written(records: dict[str, dict[str, Any]], ip_version: int = 6) -> Path:
        writer = MMDBWriter(ip_version, ipv4_compatible=ip_version == 6, database_type="City-Test", float_type="f64")
        for network, record in records.items():
            writer.insert_network(IPSet([network]), record)
        path = tmp_path / "geoip-city.mmdb"
        writer.to_db_file(str(path))
        return path

    return written


@pytest.mark.parametrize(("record", "place"), [(NESTED, LONDON), (FLAT, BERLIN), (FLAT_IN_TEXT, SOMEWHERE_US)])
def test_nested_and_flat_records_give_a_place(database: Callable[..., Path], record: object, place: Place) -> None:
    geoip: Geoip = MmdbGeoip(database({"81.2.69.0/24": record, "2a02:8109::/32": record}))
    for ip in ("81.2.69.142", "2a02:8109::1", "::ffff:81.2.69.142"):
        assert geoip.locate(ip) == place


@pytest.mark.parametrize("ip", ["", "not an address", "81.2.69", "8.8.8.8", "::1", "81.2.69.142/24", "fe80::1%eth0", "\0"])
def test_what_is_not_in_the_database_or_no_address_is_nowhere(database: Callable[..., Path], ip: str) -> None:
    assert MmdbGeoip(database({"81.2.69.0/24": NESTED})).locate(ip) is None


def test_an_address_of_the_newer_kind_is_nowhere_in_a_database_of_the_older(database: Callable[..., Path]) -> None:
    geoip = MmdbGeoip(database({"81.2.69.0/24": NESTED}, ip_version=4))
    assert geoip.locate("81.2.69.142") == LONDON
    assert geoip.locate("2a02:8109::1") is None


def test_a_database_says_when_it_was_built(database: Callable[..., Path]) -> None:
    geoip = MmdbGeoip(database({"81.2.69.0/24": NESTED}))
    assert geoip.fault == ""
    assert geoip.built_at is not None
    assert geoip.built_at.tzinfo is not None
    geoip.close()
    assert geoip.locate("81.2.69.142") is None


def test_without_a_file_nothing_is_known_and_the_reason_is(tmp_path: Path) -> None:
    geoip = MmdbGeoip(tmp_path / "missing.mmdb")
    assert geoip.locate("81.2.69.142") is None
    assert geoip.fault == "no such file"


@pytest.mark.parametrize("content", [b"", b"not a database", b"\xab\xcd\xefMaxMind.com", bytes(10_000)])
def test_a_file_that_is_no_database_is_told_apart(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.mmdb"
    path.write_bytes(content)
    geoip = MmdbGeoip(path)
    assert geoip.locate("81.2.69.142") is None
    assert geoip.fault == "not a readable MMDB file"
    assert MmdbGeoip(tmp_path).fault == "not a readable MMDB file"


def test_a_database_cut_short_anywhere_gives_no_error(database: Callable[..., Path], tmp_path: Path) -> None:
    content = database({"81.2.69.0/24": NESTED}).read_bytes()
    for length in range(0, len(content), 7):
        (tmp_path / "cut").write_bytes(content[:length])
        geoip = MmdbGeoip(tmp_path / "cut")
        assert isinstance(geoip.locate("81.2.69.142"), Place | None)
        geoip.close()


@given(st.data())
def test_a_damaged_database_gives_places_or_nothing_but_no_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    writer = MMDBWriter(4, database_type="City-Test")
    writer.insert_network(IPSet(["81.2.69.0/24"]), NESTED)
    writer.to_db_file(str(folder / "db"))
    content = bytearray((folder / "db").read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=5)):
        content[place] ^= data.draw(st.integers(1, 255))
    (folder / "db").write_bytes(content)
    geoip = MmdbGeoip(folder / "db")
    assert isinstance(geoip.locate("81.2.69.142"), Place | None)
    geoip.close()


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["names", "en", "iso_code", "latitude", "longitude", "accuracy_radius"]), inner, max_size=4
        )
    ),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["city", "country", "registered_country", "country_code", "location", "latitude", "longitude"]), values
    )
    | values
)
@example({"latitude": "nan", "longitude": 1})
@example({"latitude": 91, "longitude": 1})
@example({"latitude": 1, "longitude": 10**400})
def test_any_record_gives_a_place_on_earth_or_none(record: object) -> None:
    place = place_of(record)
    if place is not None:
        assert abs(place.latitude) <= 90
        assert abs(place.longitude) <= 180
        assert place.accuracy_km > 0
        assert place.country is None or len(place.country) == 2
        assert place.city is None or place.city.strip()


def test_a_registered_country_stands_in_for_a_missing_one() -> None:
    place = place_of({"registered_country": {"iso_code": "FR"}, "location": {"latitude": 1.5, "longitude": 2}})
    assert place == Place(None, "FR", 1.5, 2.0, 50.0)


def test_places_in_memory_are_found_by_the_narrowest_network() -> None:
    geoip: Geoip = MemoryGeoip({"192.0.0.0/8": BERLIN, "192.0.2.0/24": LONDON, "2001:db8::/32": BERLIN})
    assert geoip.locate("192.0.2.7") == LONDON
    assert geoip.locate("192.1.2.7") == BERLIN
    assert geoip.locate(str(ip_address("2001:db8::1"))) == BERLIN
    assert geoip.locate("8.8.8.8") is None
    assert geoip.locate("nonsense") is None
    assert MemoryGeoip().locate("192.0.2.7") is None
