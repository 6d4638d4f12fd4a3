"""What an account is, and what may be written in its fields."""

import re
import unicodedata
from enum import StrEnum
from typing import Final

from email_validator import EmailNotValidError, validate_email
from msgspec import Struct

from wardkey.vocabulary import AccountId, EmailAddress, EmailKey, FieldFault, Instant, Language, SecurityStamp

EMAIL_AT_MOST: Final = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets
NAME_AT_MOST: Final = 100
INVISIBLE: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\u2800\u3164\ud800-\udfff\ufeff\uffa0"
    r"\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Characters that show as nothing or turn text around: they make two names look like one."""


class Status(StrEnum):
    UNVERIFIED = "unverified"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DEACTIVATED = "deactivated"


class MfaMode(StrEnum):
    """What a policy asks for; `required` from a date is `optional` until then."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Account(Struct, frozen=True, kw_only=True):
    """One person."""

    id: AccountId
    email: EmailAddress
    name: str
    language: Language
    time_zone: str
    status: Status
    password_hash: str
    security_stamp: SecurityStamp
    mfa_mode: MfaMode | None = None
    mfa_from: Instant | None = None
    wrong_codes: int = 0
    """Wrong codes in a row after a right password; a right code or a new password sets it to 0."""
    wrong_codes_hour: int = 0
    """Wrong codes in the hour that began at `wrong_hour_at`."""
    wrong_hour_at: Instant | None = None
    wrong_code_at: Instant | None = None
    is_password_known: bool = False
    """Somebody else is taken to know the password: it opens nothing until it is changed."""
    created_at: Instant
    email_verified_at: Instant | None = None
    password_changed_at: Instant
    passkey_offer_from: Instant | None = None
    """From when on a passkey may be offered after sign-in (`passkey_prompt.rules`)."""


def email_key(text: str) -> EmailKey:
    """The form under which an address is looked up; total, so that any text can be asked for."""
    return EmailKey(unicodedata.normalize("NFC", text.strip()).casefold())


def read_email(text: str, field: str = "email") -> EmailAddress | FieldFault:
    """An address whose syntax is right (RFC 5322 as `email-validator` reads it), or what is wrong with the text."""
    trimmed = text.strip()
    if not trimmed:
        return FieldFault(field, "email_missing")
    if len(trimmed) > EMAIL_AT_MOST:
        return FieldFault(field, "email_too_long", {"maximum": EMAIL_AT_MOST})
    if INVISIBLE.search(trimmed):
        return FieldFault(field, "invisible_characters")
    try:
        found = validate_email(trimmed, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return FieldFault(field, "email_malformed")
    return EmailAddress(found.normalized)


def read_name(text: str, field: str = "name") -> str | FieldFault:
    """A person's name as they write it, or what is wrong with it."""
    if len(text) > 4 * NAME_AT_MOST:  # so long that NFC cannot make it short enough
        return FieldFault(field, "name_too_long", {"maximum": NAME_AT_MOST})
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        return FieldFault(field, "name_missing")
    if len(name) > NAME_AT_MOST:
        return FieldFault(field, "name_too_long", {"maximum": NAME_AT_MOST})
    if INVISIBLE.search(name):
        return FieldFault(field, "invisible_characters")
    return name


def masked(email: str) -> str:
    """An address that its owner recognises and nobody else learns: `a••••@example.org`."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}••••@{domain}"
