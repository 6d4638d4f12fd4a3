"""Rough places from a city database in MaxMind's format (MMDB 2.0), also DB-IP's and other flat ones."""

from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from math import isfinite
from pathlib import Path
from typing import Final

from maxminddb import MODE_MMAP
from maxminddb.reader import Reader

from wardkey.vocabulary import Instant, Place

ACCURACY_KM: Final = 50.0
"""Radius taken where a record names none."""
NAME_AT_MOST: Final = 100


class MmdbGeoip:
    """Reads a city database by memory map, with the reader in Python (under 80 µs a look-up).

    The reader in C takes an eighth of that, but a damaged record ends the process with it. Where the file is missing or is
    no database nothing is known, and `fault` says why; sign-in goes on without places. A new file must replace the old by
    renaming.
    """

    def __init__(self, path: str | Path) -> None:
        self.fault = ""
        """Why nothing is known, in a few words; empty where the database is in use."""
        self.built_at: Instant | None = None
        """When the data was put together, as the file says."""
        self._reader: Reader | None = None
        try:
            self._reader = Reader(str(path), MODE_MMAP)
            self.built_at = datetime.fromtimestamp(self._reader.metadata().build_epoch, UTC)
        except FileNotFoundError:
            self.fault = "no such file"
        except Exception:  # what damage does to the reader is not foreseeable
            self.close()
            self.fault = "not a readable MMDB file"

    def locate(self, ip: str) -> Place | None:
        if self._reader is None:
            return None
        try:
            return place_of(self._reader.get(_plain(ip)))
        except Exception:  # not an address, an IPv6 one in an IPv4 file, or a damaged record, which can do anything
            return None

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = None


def place_of(record: object) -> Place | None:
    """The place in a record, nested as MaxMind's or flat (`city`, `country_code`, `latitude`, …); None without a position."""
    if not isinstance(record, Mapping):
        return None
    location = record.get("location")
    where = location if isinstance(location, Mapping) else record
    latitude, longitude = _number(where.get("latitude")), _number(where.get("longitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    radius = _number(where.get("accuracy_radius"))
    return Place(
        city=_text(_within(record.get("city"), "names", "en")),
        country=_country(record),
        latitude=latitude,
        longitude=longitude,
        accuracy_km=radius if radius and radius > 0 else ACCURACY_KM,
    )


def _country(record: Mapping[object, object]) -> str | None:
    for name in ("country", "registered_country"):
        code = _text(_within(record.get(name), "iso_code"))
        if code:
            return code.upper() if len(code) == 2 else None
    code = _text(record.get("country_code"))
    return code.upper() if code and len(code) == 2 else None


def _within(value: object, *path: str) -> object:
    """Follow a path through nested records; a plain value answers for itself."""
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
    return value


def _text(value: object) -> str | None:
    return value.strip()[:NAME_AT_MOST] or None if isinstance(value, str) else None


def _number(value: object) -> float | None:
    if not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def _plain(ip: str) -> IPv4Address | IPv6Address:
    address = ip_address(ip)
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
