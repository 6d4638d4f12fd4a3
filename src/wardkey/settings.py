"""Every setting, typed, with its meaning and bounds; read once from the environment and a TOML file."""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

PREFIX: Final = "WARDKEY_"

Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class Argon2Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Cost of a password hash (RFC 9106); never below the OWASP minimum of m = 19 MiB, t = 2, p = 1."""

    memory_kib: Annotated[int, Meta(ge=8, le=4_194_304)] = 19_456
    passes: Annotated[int, Meta(ge=1, le=64)] = 2
    threads: Annotated[int, Meta(ge=1, le=64)] = 2
    """How many hashes run at once; as many as the machine has cores is right."""
    wait_at_most_ms: Annotated[int, Meta(ge=50, le=60_000)] = 2_000
    """A hash that would wait longer than this is refused at once with 503."""


class LimitSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Budgets that slow guessing down; each counts failures or requests in a window and ends by itself."""

    failures_per_account_and_network: Count = 10
    failures_per_network: Count = 100
    sign_in_window_s: Annotated[int, Meta(ge=1, le=86_400)] = 900
    sign_ups_per_network: Count = 30
    mails_per_address_and_network: Count = 3
    """Links sent to one address on the wish of one network; beyond it nothing is sent and nothing is said."""
    mails_per_address: Count = 12
    reset_requests_per_network: Count = 30
    links_opened_per_network: Count = 60
    strength_checks_per_network: Count = 600
    request_window_s: Annotated[int, Meta(ge=1, le=86_400)] = 3_600
    codes_per_attempt: Annotated[int, Meta(ge=1, le=100)] = 5
    """Wrong codes in one attempt before it ends (MFA-12)."""
    codes_per_hour: Annotated[int, Meta(ge=1, le=100)] = 10
    """Wrong codes in one hour for one account, after which each further one is followed by a growing wait (MFA-12)."""
    codes_per_password: Annotated[int, Meta(ge=1, le=100)] = 10
    """Wrong codes in a row after a right password before the password counts as known to someone else (MFA-12; NIST 800-63B-4 §3.2.2 allows at most 100)."""


class SessionSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How long things last."""

    hours: Annotated[float, Meta(gt=0, le=24)] = 3.0
    """A session ends this long after sign-in, whatever its activity (SIGN-5; NIST 800-63B-4 asks for at most 24 at AAL2)."""
    warn_s: Annotated[int, Meta(ge=10, le=1_800)] = 120
    """How long before its end a page warns."""
    step_up_s: Annotated[int, Meta(ge=30, le=3_600)] = 300
    """How long a proof counts for sensitive actions (MFA-10)."""
    attempt_s: Annotated[int, Meta(ge=60, le=3_600)] = 600
    """How long a sign-in may take from the password to its end."""
    access_token_s: Annotated[int, Meta(ge=30, le=3_600)] = 300
    """Life of an access token; it never outlives its session."""


class LinkSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How long emailed links are valid."""

    verify_days: Annotated[float, Meta(gt=0, le=30)] = 7.0
    reset_minutes: Annotated[float, Meta(gt=0, le=1_440)] = 30.0


class PasswordSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Lengths count Unicode code points after NFC (ACC-5, NIST 800-63B-4 §3.1.1.2)."""

    minimum_alone: Annotated[int, Meta(ge=8, le=64)] = 15
    minimum_with_mfa: Annotated[int, Meta(ge=8, le=64)] = 8
    maximum: Annotated[int, Meta(ge=64, le=1_024)] = 128


class MfaSettings(Struct, frozen=True, forbid_unknown_fields=True):
    recovery_codes: Annotated[int, Meta(ge=1, le=16)] = 1
    """How many recovery codes are issued at once (MFA-6)."""
    covered_roles: tuple[str, ...] = ("owner", "admin", "provider", "staff")
    """Roles that an organization's policy covers (MFA-7)."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything an operator can set. Environment names are the field names in capitals after `WARDKEY_`, nested ones joined with `_`."""

    public_url: str = "http://127.0.0.1:8080"
    """Where people reach this service; links in mail begin with it, and https makes cookies Secure."""
    database_url: str = "sqlite:///wardkey.sqlite3"
    """`sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://user:password@host/name`."""
    kv_url: str = ""
    """Empty keeps counters in the process; `valkey://host:port/0` or `redis://…` shares them between processes."""
    secret_keys: tuple[str, ...] = ()
    """Key ring, newest first: each 32 random bytes in base64url (`openssl rand -base64 32` will do)."""
    smtp_url: str = ""
    """`smtp://user:password@host:587` (STARTTLS required when offered), `smtps://host:465` (TLS from the start), or empty where no mail is sent."""
    mail_from: str = "Wardkey <no-reply@localhost>"
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are believed."""
    data_dir: str = "wardkey-data"
    """Where data files live; `geoip-city.mmdb` there gives rough places."""
    brand_name: str = "Wardkey"
    log_format: Literal["text", "json"] = "text"
    with_worker: bool = True
    """Whether `serve` also delivers the outbox; turn off where `wardkey worker` runs beside it."""
    database_pool: Annotated[int, Meta(ge=1, le=200)] = 10
    argon2: Argon2Settings = Argon2Settings()
    limits: LimitSettings = LimitSettings()
    session: SessionSettings = SessionSettings()
    links: LinkSettings = LinkSettings()
    password: PasswordSettings = PasswordSettings()
    mfa: MfaSettings = MfaSettings()
    is_demo: bool = False
    """Set by `wardkey demo` alone: shows the demo outbox."""

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def session_lasts_for(self) -> timedelta:
        return timedelta(hours=self.session.hours)


class WrongSetting(Exception):
    """A setting that is missing or wrong; the message is one line that names the variable and what it needs, never its value."""


LISTS: Final = ("secret_keys", "trusted_proxies", "covered_roles")
FROM_FILE: Final = ("secret_keys", "database_url", "smtp_url", "kv_url")
"""Settings that hold secrets and may instead be named by `WARDKEY_<NAME>_FILE`."""


def read_settings(environment: Mapping[str, str], **overrides: object) -> Settings:
    """Settings from `WARDKEY_CONFIG` (TOML) and the environment, which wins; raises WrongSetting."""
    values = _from_toml(environment.get(PREFIX + "CONFIG", ""))
    known = {PREFIX + "CONFIG"}
    for path, hint in _leaves(Settings):
        name = PREFIX + "_".join(path).upper()
        known |= {name, name + "_FILE"}
        text = _text_of(environment, name, path)
        if text is not None:
            _put(values, path, _convert(text, path, hint, name))
    unknown = sorted(k for k in environment if k.startswith(PREFIX) and k not in known)
    if unknown:
        raise WrongSetting(f"{unknown[0]}: no such setting; see docs/settings.md for the names")
    values.update(overrides)
    try:
        return check_settings(msgspec.convert(values, Settings, strict=False))
    except msgspec.ValidationError as error:
        where = str(error).partition(" - at `$.")[2].rstrip("`").partition("[")[0]
        name = PREFIX + where.replace(".", "_").upper() if where else "WARDKEY_CONFIG"
        raise WrongSetting(f"{name}: {str(error).partition(' - at')[0]}") from None


def check_settings(settings: Settings) -> Settings:
    """The same settings, or WrongSetting where a value cannot work."""
    if not settings.public_url.startswith(("http://", "https://")):
        raise WrongSetting("WARDKEY_PUBLIC_URL: needs an address that begins with http:// or https://")
    if not settings.database_url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise WrongSetting("WARDKEY_DATABASE_URL: needs sqlite:///path or postgresql://user:password@host/name")
    if settings.kv_url and not settings.kv_url.startswith(("redis://", "valkey://", "rediss://", "valkeys://")):
        raise WrongSetting("WARDKEY_KV_URL: needs valkey://host:port/0 or redis://host:port/0, or nothing")
    if settings.smtp_url and not settings.smtp_url.startswith(("smtp://", "smtps://")):
        raise WrongSetting("WARDKEY_SMTP_URL: needs smtp://host:587 or smtps://host:465, or nothing")
    return settings


def documented(kind: type[Struct] = Settings, path: tuple[str, ...] = ()) -> list[tuple[str, object]]:
    """Each setting's environment name and default, in order, for the docs page and `doctor`."""
    rows: list[tuple[str, object]] = []
    for field in msgspec.structs.fields(kind):
        here = (*path, field.name)
        if isinstance(field.default, Struct):
            rows += documented(type(field.default), here)
        else:
            rows.append((PREFIX + "_".join(here).upper(), field.default))
    return rows


def _leaves(kind: type[Struct], path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], object]]:
    hints = get_type_hints(kind, include_extras=True)
    found: list[tuple[tuple[str, ...], object]] = []
    for field in msgspec.structs.fields(kind):
        hint = hints[field.name]
        if isinstance(hint, type) and issubclass(hint, Struct):
            found += _leaves(hint, (*path, field.name))
        else:
            found.append(((*path, field.name), hint))
    return found


def _from_toml(path: str) -> dict[str, Any]:
    if not path:
        return {}
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError:
        raise WrongSetting("WARDKEY_CONFIG: needs the path of a file that can be read") from None
    except tomllib.TOMLDecodeError as error:
        raise WrongSetting(f"WARDKEY_CONFIG: is not TOML ({error})") from None


def _text_of(environment: Mapping[str, str], name: str, path: tuple[str, ...]) -> str | None:
    file = environment.get(name + "_FILE")
    if file is None or path[-1] not in FROM_FILE:
        return environment.get(name)
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError:
        raise WrongSetting(f"{name}_FILE: needs the path of a file that can be read") from None


def _convert(text: str, path: tuple[str, ...], hint: object, name: str) -> object:
    if path[-1] in LISTS:
        return tuple(part.strip() for part in text.replace("\n", ",").split(",") if part.strip())
    try:
        return msgspec.convert(text.lower() if _base(hint) is bool else text, hint, strict=False)
    except msgspec.ValidationError as error:
        raise WrongSetting(f"{name}: {error}") from None


def _base(hint: object) -> object:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _put(values: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    for part in path[:-1]:
        values = values.setdefault(part, {})
    values[path[-1]] = value
