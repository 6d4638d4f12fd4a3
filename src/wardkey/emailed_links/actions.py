"""Making a link that goes out by mail, and reading what it holds."""

from datetime import timedelta

from wardkey.emailed_links.rules import Link, context_of, digest
from wardkey.emailed_links.store import HoldsLinks
from wardkey.ports import World
from wardkey.vocabulary import AccountId, EmailAddress, Instant, SecurityStamp, token_text


async def give(
    unit: HoldsLinks,
    world: World,
    account: AccountId,
    purpose: str,
    stamp: SecurityStamp,
    at: Instant,
    lasts: timedelta,
    *,
    proof: str = "",
    about: EmailAddress | None = None,
) -> str:
    """Keep a new link and answer its token, which nothing but the mail may hold. `about` is an address that it carries."""
    token = token_text(world.randomness.bytes(32))
    link = digest(token)
    await unit.links.add(
        Link(
            id=link,
            account=account,
            purpose=purpose,
            stamp=stamp,
            proof=proof,
            sealed=world.sealing.seal(about.encode(), context_of(link)) if about is not None else None,
            created_at=at,
            expires_at=at + lasts,
        )
    )
    return token


def address_in(world: World, link: Link) -> EmailAddress:
    """The address that a link is about; ValueError where it carries none."""
    if link.sealed is None:
        raise ValueError("this link is about no address")
    return EmailAddress(world.sealing.open(link.sealed, context_of(link.id)).decode())
