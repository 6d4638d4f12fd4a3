"""`wardkey doctor`: whether everything this installation depends on is as it should be, and what to change where it is not."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

import click
from msgspec import Struct

from wardkey.environment import CONFIG, FROM_FILE, name_of
from wardkey.factors.relying_party import is_number, relying_party_of
from wardkey.settings import Settings, WrongSetting
from wardkey.surfaces.cli.database import sentences
from wardkey.surfaces.cli.installation import Examined
from wardkey.surfaces.cli.invocation import Invocation, as_json, example
from wardkey.surfaces.cli.output import say_json, say_table

State = Literal["ok", "warning", "problem"]

OLDEST_CLOCK: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""No machine that runs this release shows an earlier moment, unless its clock is wrong."""
DATA_KEEPS_FOR: Final = timedelta(days=60)
"""Places of addresses move; city databases are published every week or month."""


class Check(Struct, frozen=True, kw_only=True):
    """One thing that was looked at. `advice` says what to change; a warning does not stop anything from working."""

    name: str
    state: State
    says: str
    advice: str = ""


@click.command("doctor", short_help="Check this installation.", epilog=example("wardkey doctor", "wardkey doctor --json"))
@as_json
@click.pass_obj
def command(invocation: Invocation, is_json: bool) -> int:
    """Check settings, database, keys, mail, data files, clock and file permissions. Changes nothing and shows no secret."""
    try:
        settings = invocation.settings()
    except WrongSetting as error:
        checks = [Check(name="settings", state="problem", says=str(error), advice="Correct it; docs/settings.md lists them all.")]
    else:
        checks = judge(settings, invocation.wiring().examine(settings, files_of(invocation.environment)))
    if is_json:
        say_json(checks)
    else:
        say_table(("check", "", "what was found"), [(check.name, check.state, _told(check)) for check in checks])
    return 1 if any(check.state == "problem" for check in checks) else 0


def files_of(environment: Mapping[str, str]) -> list[Path]:
    """The files that settings were read from."""
    names = [CONFIG, *(f"{name_of((name,))}_FILE" for name in FROM_FILE)]
    return [Path(environment[name]) for name in names if environment.get(name)]


def _told(check: Check) -> str:
    return f"{check.says} {check.advice}".strip()


def judge(settings: Settings, found: Examined) -> list[Check]:
    """What an examination means, one check for each thing."""
    return [
        Check(name="settings", state="ok", says="All can be read."),
        *_database(found),
        _keys(found),
        _mail(settings, found),
        _texts(settings, found),
        _kv(found),
        *_data(found),
        *_brand(found),
        _clock(found),
        _address(settings),
        _passkeys(settings),
        *_files(found),
        Check(name="hashing", state="ok", says=f"{found.hashing}, {settings.argon2.threads} at once."),
    ]


def _database(found: Examined) -> Iterator[Check]:
    if found.database_fault or found.schema is None:
        advice = "Check WARDKEY_DATABASE_URL, and that the database runs."
        yield Check(name="database", state="problem", says=f"It does not answer: {found.database_fault}.", advice=advice)
        return
    yield Check(name="database", state="ok", says="It answers.")
    state: State = "ok" if found.schema.is_current else "problem"
    yield Check(name="tables", state=state, says=" ".join(line.strip() for line in sentences(found.schema)))


def _keys(found: Examined) -> Check:
    if found.keys_fault:
        advice = "Keep it safe: what it sealed is lost without it."
        return Check(name="keys", state="problem", says=f"{found.keys_fault}.", advice=advice)
    keys = "One key" if found.key_count == 1 else f"{found.key_count} keys"
    return Check(name="keys", state="ok", says=f"{keys} in the ring.")


def _mail(settings: Settings, found: Examined) -> Check:
    if found.mail_fault is None:
        advice = "Set WARDKEY_SMTP_URL; until then nobody gets a link or a notice."
        return Check(name="mail", state="problem", says="No mail server is set.", advice=advice)
    if found.mail_fault:
        advice = "Check WARDKEY_SMTP_URL and WARDKEY_MAIL_FROM, and that the server takes connections from here."
        return Check(name="mail", state="problem", says=f"The server does not take mail: {found.mail_fault}.", advice=advice)
    if settings.mail_from.endswith("@localhost>"):
        advice = "Set WARDKEY_MAIL_FROM to an address of yours; many servers refuse mail from localhost."
        return Check(name="mail", state="warning", says="The server answers; the sender is at localhost.", advice=advice)
    return Check(name="mail", state="ok", says="The server answers.")


def _texts(settings: Settings, found: Examined) -> Check:
    if found.texts_fault:
        return Check(name="text messages", state="problem", says=f"{found.texts_fault}.", advice="Correct WARDKEY_SMS_URL.")
    if not found.text_senders:
        says = "No service is set, so nobody gets a code by text message."
        return Check(name="text messages", state="ok", says=says, advice="Set WARDKEY_SMS_URL to send them.")
    says = f"Sent by {', then '.join(found.text_senders)}; the spending guard is at “{settings.sms.guard}”."
    return Check(name="text messages", state="ok", says=says)


def _kv(found: Examined) -> Check:
    if found.kv_fault is None:
        says = "No key-value server is set, so each process counts for itself."
        return Check(name="counters", state="ok", says=says, advice="With more than one process, set WARDKEY_KV_URL.")
    if found.kv_fault:
        advice = "Check WARDKEY_KV_URL. Meanwhile each process counts for itself, and stricter."
        return Check(
            name="counters", state="problem", says=f"The key-value server does not answer: {found.kv_fault}.", advice=advice
        )
    return Check(name="counters", state="ok", says="The key-value server answers.")


def _data(found: Examined) -> Iterator[Check]:
    for file in found.data_files:
        if file.fault:
            advice = "Sign-in goes on without it."
            yield Check(name=file.name, state="warning", says=f"Not in use: {file.fault}.", advice=advice)
        elif file.built_at is None:
            yield Check(name=file.name, state="ok", says="In use.")
        else:
            days = (found.now - file.built_at).days
            is_old = found.now - file.built_at > DATA_KEEPS_FOR
            advice = "Put a newer one in its place." if is_old else ""
            yield Check(name=file.name, state="warning" if is_old else "ok", says=f"In use; {days} days old.", advice=advice)


def _brand(found: Examined) -> Iterator[Check]:
    if found.brand_fault:
        advice = "Nothing starts with it; docs/operator/brand.md says what a logo is."
        yield Check(name="logo", state="problem", says=found.brand_fault, advice=advice)
    elif found.brand_fault is not None:
        yield Check(name="logo", state="ok", says="It can be shown.")


def _clock(found: Examined) -> Check:
    says = f"It shows {found.now:%Y-%m-%d %H:%M} UTC"
    advice = "Set the time by NTP: codes of authenticator apps are right for a minute only."
    if found.now < OLDEST_CLOCK:
        return Check(name="clock", state="problem", says=f"{says}, which cannot be.", advice=advice)
    if found.is_clock_synchronised is False:
        return Check(name="clock", state="warning", says=f"{says}; nothing keeps it right.", advice=advice)
    return Check(name="clock", state="ok", says=f"{says}.")


def _address(settings: Settings) -> Check:
    host = urlsplit(settings.public_url).hostname or ""
    if settings.is_https:
        return Check(name="public address", state="ok", says=settings.public_url)
    advice = "Put a proxy with TLS in front and set WARDKEY_PUBLIC_URL to its https:// address."
    if host == "localhost" or host.endswith(".localhost") or is_loopback(host):
        says = f"{settings.public_url} is for trying out on this machine only."
        return Check(name="public address", state="warning", says=says, advice=advice)
    return Check(
        name="public address", state="problem", says=f"{settings.public_url} sends passwords unprotected.", advice=advice
    )


def _passkeys(settings: Settings) -> Check:
    party = relying_party_of(settings)
    if is_number(party.id):
        says = f"Browsers take no passkeys at {party.id}, which is a number."
        advice = "Set WARDKEY_PUBLIC_URL to an address with a name."
        return Check(name="passkeys", state="warning", says=says, advice=advice)
    return Check(name="passkeys", state="ok", says=f"Bound to {party.id}, used at {', '.join(party.origins)}.")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    return host.startswith("127.") or host == "::1"


def _files(found: Examined) -> Iterator[Check]:
    if not found.open_files:
        yield Check(name="files", state="ok", says="Nobody else on this machine can read them.")
    for path in found.open_files:
        yield Check(
            name="files", state="problem", says=f"Others on this machine can read {path}.", advice=f"Run `chmod 600 {path}`."
        )
