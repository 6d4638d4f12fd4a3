"""Every table, on one page. Moments are microseconds since 1970 (BIGINT), sealed things bytes, lists and places text."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    false,
    text,
    true,
)

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _needed(name: str, kind: type) -> "Column[object]":
    return Column(name, kind, nullable=False)


def _flag(name: str, *, otherwise: bool = False) -> "Column[bool]":
    """A switch that rows of earlier releases have at `otherwise`."""
    return Column(name, Boolean, nullable=False, server_default=true() if otherwise else false())


accounts = Table(
    "accounts",
    METADATA,
    Column("id", Text, primary_key=True),
    _needed("email", Text),
    Column("email_key", Text, nullable=False, unique=True),
    _needed("name", Text),
    _needed("language", Text),
    _needed("time_zone", Text),
    _needed("status", Text),
    _needed("password_hash", Text),
    _needed("security_stamp", Text),
    Column("mfa_mode", Text),
    Column("mfa_from", BigInteger),
    _needed("wrong_codes", Integer),
    _needed("wrong_codes_hour", Integer),
    Column("wrong_hour_at", BigInteger),
    Column("wrong_code_at", BigInteger),
    _needed("is_password_known", Boolean),
    _needed("created_at", BigInteger),
    Column("email_verified_at", BigInteger),
    _needed("password_changed_at", BigInteger),
    Column("passkey_offer_from", BigInteger),
)

organizations = Table(
    "organizations",
    METADATA,
    Column("id", Text, primary_key=True),
    _needed("name", Text),
    Column("slug", Text, nullable=False, unique=True),
    _needed("mfa_mode", Text),
    Column("mfa_from", BigInteger),
    Column("idle_minutes", Integer),
    _needed("created_at", BigInteger),
    _flag("allows_trusted_devices", otherwise=True),
    _flag("is_passkey_enough"),
)

brands = Table(
    "brands",
    METADATA,
    Column("organization_id", Text, ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text),
    Column("color", Text),
    Column("sender_name", Text),
    Column("logo", LargeBinary),
    Column("logo_type", Text),
    _needed("changed_at", BigInteger),
)

memberships = Table(
    "memberships",
    METADATA,
    Column("account_id", Text, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True),
    _needed("role", Text),
    _needed("created_at", BigInteger),
    Index(None, "organization_id"),
)

credentials = Table(
    "credentials",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    _needed("kind", Text),
    _needed("label", Text),
    _needed("sealed", LargeBinary),
    _needed("version", Integer),
    _needed("created_at", BigInteger),
    Column("confirmed_at", BigInteger),
    Column("last_used_at", BigInteger),
    _flag("is_method", otherwise=True),
    Column("external_id", Text),
    Column("relying_party", Text),
    Index(None, "account_id"),
    Index(None, "external_id", unique=True),
)

ceremonies = Table(
    "ceremonies",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    _needed("sealed", LargeBinary),
    _needed("expires_at", BigInteger),
    Index(None, "expires_at"),
)

sessions = Table(
    "sessions",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    _needed("stamp", Text),
    _needed("started_at", BigInteger),
    _needed("expires_at", BigInteger),
    _needed("seen_at", BigInteger),
    _needed("proven_at", BigInteger),
    _needed("amr", Text),
    Column("idle_minutes", Integer),
    _needed("ip", Text),
    _needed("user_agent", Text),
    Column("place", Text),
    Column("ended_at", BigInteger),
    Column("end_reason", Text),
    Index(None, "account_id", "started_at"),
    Index(None, "expires_at"),
)

links = Table(
    "links",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    _needed("purpose", Text),
    _needed("stamp", Text),
    _needed("proof", Text),
    _needed("created_at", BigInteger),
    _needed("expires_at", BigInteger),
    Column("used_at", BigInteger),
    Column("sealed", LargeBinary),
    Index(None, "account_id", "purpose"),
    Index(None, "expires_at"),
)

attempts = Table(
    "attempts",
    METADATA,
    Column("id", Text, primary_key=True),
    _needed("reference", Text),
    Column("account_id", Text, ForeignKey("accounts.id", ondelete="CASCADE")),
    _needed("email_digest", Text),
    _needed("started_at", BigInteger),
    _needed("expires_at", BigInteger),
    _needed("version", Integer),
    Column("stamp", Text),
    _needed("is_password_weak", Boolean),
    _needed("proof", Text),
    _needed("amr", Text),
    _needed("wrong_codes", Integer),
    Column("outcome", Text),
    Column("ended_at", BigInteger),
    Column("session_id", Text),
    _needed("ip", Text),
    _needed("user_agent", Text),
    Column("place", Text),
    Column("first_factor", Text, nullable=False, server_default="password"),
    Column("device", Text),
    Column("trusted_device", Text),
    _flag("wants_trust"),
    _flag("can_hold_passkey"),
    Index(None, "account_id", "started_at"),
    Index(None, "reference"),
)

known_devices = Table(
    "known_devices",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    _needed("device", Text),
    _needed("first_seen_at", BigInteger),
    _needed("last_seen_at", BigInteger),
    _needed("sign_ins", Integer),
    _needed("ip", Text),
    _needed("user_agent", Text),
    Column("place", Text),
    Index(None, "account_id", "device", unique=True),
    Index(None, "last_seen_at"),
)

trusted_devices = Table(
    "trusted_devices",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    _needed("token", Text),
    _needed("device", Text),
    _needed("stamp", Text),
    _needed("created_at", BigInteger),
    _needed("expires_at", BigInteger),
    _needed("last_used_at", BigInteger),
    _needed("uses", Integer),
    _needed("ip", Text),
    _needed("user_agent", Text),
    Column("place", Text),
    Index(None, "token", "account_id", unique=True),
    Index(None, "account_id"),
    Index(None, "expires_at"),
)

texts = Table(
    "texts",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    _needed("purpose", Text),
    _needed("number", Text),
    _needed("prefix", Text),
    _needed("country", Text),
    _needed("network", Text),
    _needed("created_at", BigInteger),
    _needed("expires_at", BigInteger),
    _needed("status", Text),
    _needed("tried", Text),
    Column("sender", Text),
    Column("provider_id", Text),
    Column("sent_at", BigInteger),
    Column("entered_at", BigInteger),
    Column("why", Text),
    Column("sealed", LargeBinary),
    Index(None, "created_at"),
    Index(None, "account_id", "created_at"),
    Index(None, "prefix", "created_at"),
    Index(None, "country", "created_at", "entered_at"),
    Index(None, "network", "created_at"),
    Index(None, "provider_id"),
    Index(None, "expires_at", sqlite_where=text("sealed IS NOT NULL"), postgresql_where=text("sealed IS NOT NULL")),
)

text_stops = Table(
    "text_stops",
    METADATA,
    Column("prefix", Text, primary_key=True),
    _needed("country", Text),
    _needed("why", Text),
    _needed("since", BigInteger),
    _needed("until", BigInteger),
    Index(None, "until"),
)

events = Table(
    "events",
    METADATA,
    Column("id", Text, primary_key=True),
    _needed("at", BigInteger),
    _needed("name", Text),
    _needed("actor", Text),
    Column("subject", Text),
    Column("organization_id", Text),
    _needed("ip", Text),
    _needed("user_agent", Text),
    Column("place", Text),
    _needed("request_id", Text),
    _needed("data", Text),
    Index(None, "subject", "id"),
    Index(None, "organization_id", "id"),
)

outbox = Table(
    "outbox",
    METADATA,
    Column("id", Text, primary_key=True),
    _needed("kind", Text),
    _needed("sealed", LargeBinary),
    _needed("created_at", BigInteger),
    _needed("due_at", BigInteger),
    _needed("tries", Integer),
    Index(None, "due_at"),
)
