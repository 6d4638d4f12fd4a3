"""Every setting, typed, with its meaning and bounds."""

import re
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from wardkey.vocabulary import Role

PREFIX: Final = "WARDKEY_"
COLOR: Final = re.compile(r"#[0-9a-fA-F]{6}")
"""A color as settings and brands are given it."""

Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class Argon2Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Cost of a password hash (argon2id, RFC 9106); never below what OWASP advises."""

    memory_kib: Annotated[int, Meta(ge=7_168, le=4_194_304)] = 19_456
    """Memory of one hash in KiB. OWASP's minimum depends on the passes: 47104 with 1, 19456 with 2, 12288 with 3, 9216 with 4,
    7168 with 5; less than that is refused."""
    passes: Annotated[int, Meta(ge=1, le=64)] = 2
    """How often a hash goes over its memory."""
    threads: Annotated[int, Meta(ge=1, le=64)] = 2
    """How many hashes run at once; as many as the machine has cores is right."""
    wait_at_most_ms: Annotated[int, Meta(ge=50, le=60_000)] = 2_000
    """A hash that would wait longer than this, in milliseconds, is refused at once with 503."""


class LimitSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Budgets that slow guessing down; each counts failures or requests in a window and ends by itself."""

    failures_per_account_and_network: Count = 10
    """Wrong passwords for one address from one network in a window."""
    failures_per_network: Count = 100
    """Wrong passwords from one network in a window, for whatever addresses."""
    sign_in_window_s: Annotated[int, Meta(ge=1, le=86_400)] = 900
    """Seconds of the window for wrong passwords."""
    sign_ups_per_network: Count = 30
    """Sign-ups from one network in a window."""
    mails_per_address_and_network: Count = 3
    """Links sent to one address on the wish of one network; beyond it nothing is sent and nothing is said."""
    mails_per_address: Count = 12
    """Links sent to one address on anybody's wish."""
    reset_requests_per_network: Count = 30
    """Requests for links from one network in a window."""
    email_changes_per_account: Count = 10
    """Links to confirm another address on the wish of one account in a window."""
    links_opened_per_network: Count = 60
    """Emailed links acted on from one network in a window."""
    strength_checks_per_network: Count = 600
    """Readings of the password meter from one network in a window."""
    passkey_challenges_per_network: Count = 600
    """Challenges for signing in with a passkey that one network gets in a window."""
    request_window_s: Annotated[int, Meta(ge=1, le=86_400)] = 3_600
    """Seconds of the window for everything but wrong passwords."""
    texts_per_account: Count = 10
    """Text messages on the wish of one account in a day."""
    texts_per_number_and_hour: Count = 5
    """Text messages in an hour to one number that its account has confirmed."""
    texts_per_number: Count = 10
    """Text messages in a day to one number that its account has confirmed."""
    texts_to_new_number: Count = 3
    """Text messages in a day to one number on the wish of all accounts together that have not confirmed it; beyond it nothing is
    sent and nothing is said."""
    new_numbers_per_account: Count = 3
    """Numbers that one account may begin to set up in a day."""
    texts_per_network: Count = 20
    """Text messages on the wish of one network in an hour."""
    texts_per_prefix: Count = 200
    """Text messages in a day to numbers that differ in their last four digits alone; confirmed numbers and others count apart."""
    texts_a_day: Count = 2_000
    """Text messages of the whole installation in a day, at most half of them to numbers that are not confirmed."""
    codes_per_attempt: Annotated[int, Meta(ge=1, le=100)] = 5
    """Wrong codes in one attempt before it ends (MFA-12)."""
    codes_per_hour: Annotated[int, Meta(ge=1, le=100)] = 10
    """Wrong codes in one hour for one account, after which each further one is followed by a growing wait (MFA-12)."""
    codes_per_password: Annotated[int, Meta(ge=1, le=100)] = 10
    """Wrong codes in a row after a right password before the password counts as known to someone else (MFA-12; NIST 800-63B-4
    §3.2.2 allows at most 100)."""


class SessionSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How long things last."""

    hours: Annotated[float, Meta(gt=0, le=24)] = 3.0
    """Hours after sign-in at which a session ends, whatever its activity (SIGN-5; NIST 800-63B-4 asks for at most 24 at AAL2)."""
    warn_s: Annotated[int, Meta(ge=10, le=1_800)] = 120
    """How many seconds before its end a page warns."""
    step_up_s: Annotated[int, Meta(ge=30, le=3_600)] = 300
    """How many seconds a proof counts for sensitive actions (MFA-10)."""
    attempt_s: Annotated[int, Meta(ge=60, le=3_600)] = 600
    """How many seconds a sign-in may take from the password to its end."""
    access_token_s: Annotated[int, Meta(ge=30, le=3_600)] = 300
    """Life of an access token in seconds; it never outlives its session."""


class LinkSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How long emailed links are valid."""

    verify_days: Annotated[float, Meta(gt=0, le=30)] = 7.0
    """Days that a link to confirm an address works (ACC-1)."""
    reset_minutes: Annotated[float, Meta(gt=0, le=1_440)] = 30.0
    """Minutes that a link to choose a new password works (ACC-6)."""
    change_hours: Annotated[float, Meta(gt=0, le=168)] = 24.0
    """Hours that a link to confirm another address works (ACC-4)."""
    undo_days: Annotated[float, Meta(gt=0, le=30)] = 7.0
    """Days that the earlier address can undo a change of address (ACC-4)."""
    not_me_days: Annotated[float, Meta(gt=0, le=30)] = 7.0
    """Days that “This wasn't me” in a notice works (MFA-11)."""


class PasswordSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Lengths count Unicode code points after NFC (ACC-5, NIST 800-63B-4 §3.1.1.2)."""

    minimum_alone: Annotated[int, Meta(ge=8, le=64)] = 15
    """Shortest password where nothing else protects the account."""
    minimum_with_mfa: Annotated[int, Meta(ge=8, le=64)] = 8
    """Shortest password where a second factor stands behind it."""
    maximum: Annotated[int, Meta(ge=64, le=1_024)] = 128
    """Longest password that is accepted."""


class MfaSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Multi-factor authentication."""

    recovery_codes: Annotated[int, Meta(ge=1, le=16)] = 1
    """How many recovery codes are issued at once (MFA-6)."""
    covered_roles: tuple[str, ...] = ("owner", "admin", "provider", "staff")
    """Roles that an organization's policy covers (MFA-7)."""
    trust_days: Annotated[int, Meta(ge=1, le=90)] = 14
    """Days that a trusted device is not asked for a second step, whatever its use (MFA-9)."""


class DeviceSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How devices are known again."""

    known_days: Annotated[int, Meta(ge=1, le=400)] = 90
    """Days after which a device that an account was not used on is new to it again, so that its owner is told (RULE-2)."""
    cookie_days: Annotated[int, Meta(ge=1, le=400)] = 400
    """Days that a browser keeps the token it is known by; browsers keep none longer than 400 (RFC 6265bis §5.5)."""
    accounts_per_browser: Annotated[int, Meta(ge=1, le=1_000)] = 20
    """People who can trust one browser at a time, such as at a front desk; beyond it the trust given first ends."""


class SmsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where text messages go, and the guard against those that cost money and bring nobody in (MFA-4)."""

    countries: tuple[str, ...] = (
        "US", "PR", "CA", "MX", "GB", "IE", "AU", "NZ", "AT", "BE", "CH", "DE", "DK", "ES", "FI", "FR", "IT", "LU", "NL", "NO",
        "PT", "SE",
    )  # fmt: skip
    """Countries whose numbers texts are sent to (ISO 3166-1 alpha-2)."""
    guard: Literal["off", "observe", "enforce"] = "observe"
    """What the guard does: nothing, record what it would refuse, or refuse it."""
    operator_email: Annotated[str, Meta(max_length=254)] = ""
    """Who runs this installation and is told when texts to a prefix are stopped; empty tells nobody but the practice."""
    unentered_a_day: Count = 20
    """Texts to one country in a day whose codes nobody enters that are always allowed."""
    unentered_an_hour: Count = 3
    """The same in an hour."""
    unentered_day_share: Annotated[float, Meta(gt=0, le=10)] = 0.3
    """Beyond that, how many a day as a share of the codes entered on the best of the last 14 days."""
    unentered_hour_share: Annotated[float, Meta(gt=0, le=10)] = 0.2
    """The same in an hour, as a share of a sixth of that day."""
    countries_per_network: Annotated[int, Meta(ge=1, le=250)] = 3
    """Countries in a day that one network may have texts sent to whose codes nobody enters."""
    stop_share: Annotated[float, Meta(gt=0, le=1)] = 0.3
    """A prefix is stopped where the share of its codes that are entered is surely (95 %) below this."""
    stop_from: Annotated[int, Meta(ge=5, le=1_000)] = 20
    """Texts to a prefix in 24 hours before its share is judged."""
    stop_hours: Annotated[float, Meta(gt=0, le=168)] = 6.0
    """Hours that a stopped prefix gets no texts."""
    settles_after_s: Annotated[int, Meta(ge=0, le=3_600)] = 180
    """Seconds in which a code may be on its way to being entered, so that it is not counted as one that nobody enters."""


class PasskeySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Passkeys and security keys (WebAuthn)."""

    rp_id: str = ""
    """The domain that passkeys are bound to, for good: empty for the host of the public address, or a domain above it, such as
    `clinic.example` for `https://signin.clinic.example`; after a move, the one of before, which is then a related origin."""
    related_origins: tuple[str, ...] = ()
    """Other sites of yours that may use the same passkeys, such as `https://clinic.example.net`."""
    is_offered: bool = True
    """Whether people who sign in without a passkey, on a device that could hold one, are asked if they want one (SIGN-3)."""
    snooze_days: Annotated[int, Meta(ge=1, le=365)] = 14
    """Days after "Not now" until they are asked again."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything an operator can set. In the environment: `WARDKEY_` and the field in capitals, nested ones joined with `_`."""

    public_url: str = "http://127.0.0.1:8080"
    """Where people reach this service; links in mail begin with it, and https makes cookies Secure."""
    database_url: str = "sqlite:///wardkey.sqlite3"
    """`sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://user:password@host/name`."""
    kv_url: str = ""
    """Empty keeps counters in the process; `valkey://host:port/0` or `redis://…` shares them between processes."""
    secret_keys: tuple[str, ...] = ()
    """Key ring, newest first: each 32 random bytes in base64, as `openssl rand -base64 32` prints. Nothing starts without one."""
    smtp_url: str = ""
    """`smtp://user:password@host:587` (STARTTLS, required where there is a password), `smtps://host:465` (TLS from the start), or
    empty where no mail is sent."""
    mail_from: str = "Wardkey <no-reply@localhost>"
    """Sender of all mail, such as `Maple Street Clinic <no-reply@clinic.example>`."""
    sms_url: tuple[str, ...] = ()
    """Services that send text messages, in the order in which they are tried: `twilio://…`, `vonage://…`, `sns://…` or
    `gateway+https://…`; a comma within one is written `%2C`. Empty where no texts are sent."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks whose X-Forwarded-For is believed."""
    data_dir: str = "wardkey-data"
    """Where data files live; `geoip-city.mmdb` there gives rough places."""
    brand_name: Annotated[str, Meta(min_length=1, max_length=60)] = "Wardkey"
    """The name on pages, in mail and in authenticator apps."""
    brand_color: str = ""
    """A color such as `#2f5d8a` for links and buttons, of which shades that can be read are made; empty for Wardkey's own."""
    brand_logo: str = ""
    """The path of a PNG, JPEG or WebP file of at most 100 KiB that stands beside the name; empty for Wardkey's own mark."""
    log_format: Literal["text", "json"] = "text"
    """How log lines are written to standard error."""
    with_worker: bool = True
    """Whether `serve` also delivers the outbox; turn off where `wardkey worker` runs beside it."""
    database_pool: Annotated[int, Meta(ge=1, le=200)] = 10
    """Connections to the database that one process holds at most."""
    argon2: Argon2Settings = Argon2Settings()
    limits: LimitSettings = LimitSettings()
    session: SessionSettings = SessionSettings()
    links: LinkSettings = LinkSettings()
    password: PasswordSettings = PasswordSettings()
    mfa: MfaSettings = MfaSettings()
    passkeys: PasskeySettings = PasskeySettings()
    sms: SmsSettings = SmsSettings()
    devices: DeviceSettings = DeviceSettings()
    is_demo: bool = False
    """Set by `wardkey demo` alone: shows the demo outbox."""

    @property
    def can_text(self) -> bool:
        """Whether anybody sends text messages: a service that is set, or the demo, which shows them."""
        return bool(self.sms_url) or self.is_demo

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def session_lasts_for(self) -> timedelta:
        return timedelta(hours=self.session.hours)


class WrongSetting(Exception):
    """A setting that is missing or wrong; the message is one line that names the variable and what it needs, never its value."""


TEXT_SERVICES: Final = ("twilio", "vonage", "sns", "gateway+https")
"""Schemes of the services that send text messages."""
OWASP_COST_KIB: Final = 7_168 * 5
"""Memory times passes of the cheapest pair in OWASP's Password Storage Cheat Sheet."""


def check_settings(settings: Settings) -> Settings:
    """The same settings, or WrongSetting where a value cannot work."""
    for name, fits, need in _checks(settings):
        if not fits:
            raise WrongSetting(f"{PREFIX}{name}: needs {need}")
    return settings


def _checks(s: Settings) -> Iterator[tuple[str, bool, str]]:
    """What types and bounds cannot say: setting, whether it fits, what it needs."""
    yield "PUBLIC_URL", _is_site(s.public_url), "an address like https://signin.example.org, without a path"
    yield "DATABASE_URL", _is_database(s.database_url), "sqlite:///path or postgresql://user:password@host/name"
    kv = _is_url(s.kv_url, "redis", "valkey", "rediss", "valkeys")
    yield "KV_URL", not s.kv_url or kv, "valkey://host:port/0 or redis://host:port/0, or nothing"
    yield "SMTP_URL", not s.smtp_url or _is_url(s.smtp_url, "smtp", "smtps"), "smtp://host:587 or smtps://host:465, or nothing"
    is_text_service = all(_is_url(url, *TEXT_SERVICES) for url in s.sms_url)
    yield "SMS_URL", is_text_service, f"addresses that begin with one of {', '.join(f'{name}://' for name in TEXT_SERVICES)}"
    yield "TRUSTED_PROXIES", all(map(_is_network, s.trusted_proxies)), "addresses or networks such as 10.0.0.0/8"
    yield "DATA_DIR", bool(s.data_dir), "the path of a folder"
    yield "BRAND_NAME", bool(s.brand_name.strip()), "a name of 1 to 60 characters"
    yield "BRAND_COLOR", not s.brand_color or COLOR.fullmatch(s.brand_color) is not None, "a color like #2f5d8a, or nothing"
    yield from _checks_of_factors(s)


def _checks_of_factors(s: Settings) -> Iterator[tuple[str, bool, str]]:
    """The same, of passwords, passkeys and text messages."""
    yield "MFA_COVERED_ROLES", set(s.mfa.covered_roles) <= set(Role), f"roles out of {', '.join(Role)}"
    are_countries = all(re.fullmatch("[A-Z]{2}", country) for country in s.sms.countries)
    yield "SMS_COUNTRIES", are_countries, "codes of countries such as US, GB (ISO 3166-1 alpha-2)"
    is_address = re.fullmatch(r"[^\s@<>,]+@[^\s@<>,]+", s.sms.operator_email) is not None
    yield "SMS_OPERATOR_EMAIL", not s.sms.operator_email or is_address, "one address such as ops@clinic.example, or nothing"
    are_safe = all(map(_can_use_passkeys, s.passkeys.related_origins))
    yield "PASSKEYS_RELATED_ORIGINS", are_safe, "addresses like https://signin.example.org, without a path"
    is_domain = any(_is_domain_of(s.passkeys.rp_id, url) for url in (s.public_url, *s.passkeys.related_origins))
    is_known = not s.passkeys.rp_id or is_domain
    yield "PASSKEYS_RP_ID", is_known, "the host of WARDKEY_PUBLIC_URL or of a related origin, or a domain above it"
    is_order_kept = s.password.minimum_with_mfa <= s.password.minimum_alone
    yield "PASSWORD_MINIMUM_ALONE", is_order_kept, "at least as much as WARDKEY_PASSWORD_MINIMUM_WITH_MFA"
    is_strong = s.argon2.memory_kib * s.argon2.passes >= OWASP_COST_KIB
    yield "ARGON2_MEMORY_KIB", is_strong, "more: 47104 with 1 pass, 19456 with 2, 12288 with 3, 9216 with 4, 7168 with 5"


def _is_url(text: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0) and " " not in text
    except ValueError:
        return False


def _is_site(text: str) -> bool:
    """An origin (RFC 6454) that browsers can compare, perhaps with a slash at its end."""
    plain = re.fullmatch(r"https?://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d+)?/?", text)
    return plain is not None and _is_url(text, "http", "https")


def _is_domain_of(name: str, url: str) -> bool:
    """Whether a name can be the relying-party id of a site: its host or a domain above it, never a top-level one."""
    host = urlsplit(url).hostname or ""
    is_number = re.fullmatch(r"[0-9.]+|.*:.*", host) is not None
    return not is_number and (name == host or ("." in name.strip(".") and host.endswith(f".{name}")))


def _can_use_passkeys(text: str) -> bool:
    """Whether browsers let a site use passkeys: it comes over TLS, or from this machine."""
    return _is_site(text) and (text.startswith("https://") or urlsplit(text).hostname == "localhost")


def _is_database(text: str) -> bool:
    if text.startswith("sqlite:///"):
        return len(text) > len("sqlite:///")
    try:
        parts = urlsplit(text)
        return parts.scheme in ("postgresql", "postgres") and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
