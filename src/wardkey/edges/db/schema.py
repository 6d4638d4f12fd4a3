"""Every table, on one page. Moments are microseconds since 1970 (BIGINT), sealed things bytes, lists and places text."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

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
    Index(None, "account_id"),
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
    Index(None, "account_id", "started_at"),
    Index(None, "reference"),
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
