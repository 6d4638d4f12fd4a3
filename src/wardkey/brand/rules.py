"""What a brand is: the name, color, logo and sender under which an installation or an organization shows itself (UX-4)."""

import re
from typing import Final

from msgspec import Struct

from wardkey.brand.logo import Logo, LogoType, read_logo
from wardkey.settings import COLOR, Settings
from wardkey.vocabulary import FieldFault, Instant, OrganizationId

NAME_AT_MOST: Final = 60
INSTALLATION: Final = "installation"
"""What stands for the installation where an organization's id would."""
SHORT_COLOR: Final = re.compile(r"#([0-9a-fA-F])([0-9a-fA-F])([0-9a-fA-F])")


class Brand(Struct, frozen=True, kw_only=True):
    """How people see whoever speaks to them."""

    name: str
    """The name on pages, in authenticator apps and in passkey prompts."""
    sender_name: str = ""
    """The name in mail and text messages where it is to be another, more discreet one (NEWS-3)."""
    color: str = ""
    """`#rrggbb`; empty for Wardkey's own."""
    logo: Logo | None = None
    logo_key: str = ""
    """The part of its logo's address that changes with its content; empty without a logo."""
    slug: str = ""
    """The short name of the organization whose brand it is; empty for the installation's."""

    @property
    def name_in_messages(self) -> str:
        """What the brand is called where a lock screen or another person may show it."""
        return self.sender_name or self.name


class Kept(Struct, frozen=True, kw_only=True):
    """A brand as it is kept for an organization; what is empty is as the installation has it."""

    organization: OrganizationId
    slug: str
    name: str = ""
    color: str = ""
    sender_name: str = ""
    logo: bytes = b""
    logo_type: LogoType | None = None
    changed_at: Instant


def brand_from(kept: Kept, own: Brand) -> Brand:
    """An organization's brand over the installation's, whose logo never stands beside another name."""
    found = read_logo(kept.logo) if kept.logo else None
    logo = None if isinstance(found, FieldFault) else found
    borrows = logo is None and not kept.name
    return Brand(
        name=kept.name or own.name,
        sender_name=kept.sender_name,
        color=kept.color or own.color,
        logo=own.logo if borrows else logo,
        logo_key=own.logo_key if borrows else key_of(kept.organization, logo),
        slug=kept.slug,
    )


def installation_brand(settings: Settings, logo: Logo | None = None) -> Brand:
    """The installation's own brand; its logo is a file that somebody else has read."""
    return Brand(name=settings.brand_name, color=settings.brand_color, logo=logo, logo_key=key_of(None, logo))


def read_color(text: str) -> str | FieldFault:
    """`#rrggbb` in small letters, also from `#rgb`; empty where empty."""
    short = SHORT_COLOR.fullmatch(text.strip())
    color = ("#" + "".join(sign * 2 for sign in short.groups()) if short else text.strip()).lower()
    return color if not color or COLOR.fullmatch(color) else FieldFault("color", "color_malformed")


def key_of(organization: OrganizationId | None, logo: Logo | None) -> str:
    """Whose logo it is and which, for addresses."""
    return f"{organization or INSTALLATION}-{logo.digest}" if logo else ""


def read_key(key: str) -> tuple[OrganizationId | None, str]:
    """Whose logo a key names, None for the installation's, and the digest of its content."""
    whose, _, digest = key.rpartition("-")
    return (None if whose == INSTALLATION else OrganizationId(whose)), digest
