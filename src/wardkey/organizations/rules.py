"""What an organization is, and who belongs to it."""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from msgspec import Struct

from wardkey.accounts.rules import INVISIBLE, MfaMode
from wardkey.settings import Settings
from wardkey.vocabulary import AccountId, EmailAddress, FieldFault, Instant, OrganizationId, Role

NAME_AT_MOST: Final = 100
SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class Organization(Struct, frozen=True, kw_only=True):
    """One practice."""

    id: OrganizationId
    name: str
    slug: str
    """Its short name in commands and addresses."""
    mfa_mode: MfaMode = MfaMode.OPTIONAL
    mfa_from: Instant | None = None
    idle_minutes: int | None = None
    """Sessions end after this long without activity; None: only at their end (SIGN-5)."""
    allows_trusted_devices: bool = True
    """Whether its people may skip the MFA challenge on devices they trust (MFA-9); without, every sign-in is at AAL2."""
    is_passkey_enough: bool = False
    """Whether a passkey in place of the password also counts as MFA (SIGN-2)."""
    created_at: Instant


class Membership(Struct, frozen=True, kw_only=True):
    """An account in an organization."""

    organization: OrganizationId
    name: str
    role: Role
    mfa_mode: MfaMode
    mfa_from: Instant | None
    idle_minutes: int | None
    allows_trusted_devices: bool = True
    is_passkey_enough: bool = False
    brand_name: str = ""
    """The name under which the organization shows itself; empty where it is the installation's."""


class Member(Struct, frozen=True, kw_only=True):
    """One line of an organization's list of people."""

    account: AccountId
    email: EmailAddress
    name: str
    role: Role
    status: str
    methods: tuple[str, ...]


def issuer_of(settings: Settings, memberships: Collection[Membership]) -> str:
    """The name that authenticator apps and passkey prompts show a person (MFA-2, UX-4): that of their only organization."""
    alone = next(iter(memberships)) if len(memberships) == 1 else None
    return (alone.brand_name if alone else "") or settings.brand_name


def read_organization_name(text: str) -> str | FieldFault:
    if len(text) > 4 * NAME_AT_MOST:  # so long that NFC cannot make it short enough
        return FieldFault("name", "name_too_long", {"maximum": NAME_AT_MOST})
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        return FieldFault("name", "name_missing")
    if len(name) > NAME_AT_MOST:
        return FieldFault("name", "name_too_long", {"maximum": NAME_AT_MOST})
    if INVISIBLE.search(name):
        return FieldFault("name", "invisible_characters")
    return name


def slug_of(name: str) -> str:
    """A short name made from a long one: ASCII letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63].strip("-") or "organization"


def read_slug(text: str) -> str | FieldFault:
    slug = text.strip().lower()
    return slug if SLUG.fullmatch(slug) else FieldFault("slug", "slug_malformed")
