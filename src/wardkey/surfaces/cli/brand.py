"""`wardkey org brand`: the name, color, logo and sender under which a practice shows itself (UX-4)."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import click
from msgspec import UNSET, Struct, UnsetType

from wardkey.brand.logo import BYTES_AT_MOST, Logo, LogoType, read_logo
from wardkey.brand.rules import Kept
from wardkey.organizations.branding import EVERYTHING, Wishes, change, show
from wardkey.surfaces.cli.invocation import Invocation, as_json, example
from wardkey.surfaces.cli.output import Refused, moment_text, say, say_json, say_pairs
from wardkey.surfaces.service import Service
from wardkey.vocabulary import Instant, Problem

INHERITED: Final = "as the installation has it"
EMPTY_FILE: Final = b"\0"
"""What stands for a file without bytes, which is no wish to take the logo away."""


class ShownLogo(Struct, frozen=True, kw_only=True):
    """A logo as `--json` prints it."""

    type: LogoType
    width: int
    height: int
    bytes: int


class Shown(Struct, frozen=True, kw_only=True):
    """A practice's brand as `--json` prints it; null is as the installation has it."""

    organization: str
    name: str | None = None
    color: str | None = None
    sender_name: str | None = None
    logo: ShownLogo | None = None
    changed_at: Instant | None = None


@click.command(
    "brand",
    epilog=example(
        "wardkey org brand maple-street",
        'wardkey org brand maple-street --name "Maple Street" --color "#2f5d8a" --logo logo.png',
        "wardkey org brand maple-street --reset",
    ),
)
@click.argument("slug")
@click.option("--name", help='The name on pages, in messages and in authenticator apps; "" for the installation\'s.')
@click.option("--color", help='A color like #2f5d8a for links and buttons; "" for the installation\'s.')
@click.option("--sender-name", help='Another, more discreet name for messages alone; "" for none.')
@click.option("--logo", "file", metavar="FILE", type=click.Path(path_type=Path), help="A PNG, JPEG or WebP of at most 100 KiB.")
@click.option("--no-logo", is_flag=True, help="Take the logo away.")
@click.option("--reset", is_flag=True, help="Look like the installation again.")
@as_json
@click.pass_obj
def command(
    invocation: Invocation,
    *,
    slug: str,
    name: str | None,
    color: str | None,
    sender_name: str | None,
    file: Path | None,
    no_logo: bool,
    reset: bool,
    is_json: bool,
) -> None:
    """Show or change how the practice with the short name SLUG looks; what is not named stays."""
    wishes = Wishes(name=_wished(name), color=_wished(color), sender_name=_wished(sender_name), logo=_logo(file, no_logo))
    is_named = wishes != Wishes()
    if reset and is_named:
        raise click.UsageError("--reset goes alone.")
    is_changed = reset or is_named
    brand = invocation.with_service(_changing(slug, EVERYTHING if reset else wishes) if is_changed else _showing(slug))
    if is_json:
        say_json(brand)
    else:
        _say(brand, is_changed=is_changed)


def _showing(slug: str) -> Callable[[Service], Awaitable[Shown | Problem]]:
    async def work(service: Service) -> Shown | Problem:
        found = await show(service.units, slug)
        return found if isinstance(found, Problem) else shown(slug, found[1])

    return work


def _changing(slug: str, wishes: Wishes) -> Callable[[Service], Awaitable[Shown | Problem]]:
    async def work(service: Service) -> Shown | Problem:
        kept = await change(service.units, service.world, slug, wishes)
        return kept if isinstance(kept, Problem) else shown(slug, kept)

    return work


def _wished(text: str | None) -> str | UnsetType:
    return UNSET if text is None else text


def _logo(file: Path | None, no_logo: bool) -> bytes | UnsetType:
    """The start of the file, enough to tell that it is too large."""
    if file is None:
        return b"" if no_logo else UNSET
    if no_logo:
        raise click.UsageError("--logo and --no-logo exclude each other.")
    try:
        with file.open("rb") as opened:
            return opened.read(BYTES_AT_MOST + 1) or EMPTY_FILE
    except (OSError, ValueError):
        raise Refused(f"{file} is no file that can be read.") from None


def shown(slug: str, kept: Kept | None) -> Shown:
    organization = slug.strip().lower()
    if kept is None:
        return Shown(organization=organization)
    return Shown(
        organization=organization,
        name=kept.name or None,
        color=kept.color or None,
        sender_name=kept.sender_name or None,
        logo=_shown_logo(kept.logo),
        changed_at=kept.changed_at,
    )


def _shown_logo(data: bytes) -> ShownLogo | None:
    found = read_logo(data) if data else None
    if not isinstance(found, Logo):
        return None
    return ShownLogo(type=found.type, width=found.width, height=found.height, bytes=len(data))


def _say(brand: Shown, *, is_changed: bool) -> None:
    if brand.changed_at is None:
        say(f"{brand.organization} looks like the installation.")
        return
    logo = brand.logo
    say_pairs(
        [
            ("name", brand.name or INHERITED),
            ("color", brand.color or INHERITED),
            ("sender name", brand.sender_name or "the name"),
            ("logo", f"{logo.type}, {logo.width} × {logo.height}, {logo.bytes:,} bytes" if logo else _no_logo(brand)),
            ("changed", moment_text(brand.changed_at)),
        ]
    )
    if is_changed:
        say("\nPages show it within half a minute.")


def _no_logo(brand: Shown) -> str:
    """A name of one's own never stands beside the installation's logo."""
    return "none" if brand.name else INHERITED
