"""Giving, checking and ending sessions."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from msgspec import Struct

from wardkey.accounts.rules import Account
from wardkey.audit.actions import record
from wardkey.audit.events import SessionEnded
from wardkey.audit.store import HoldsAudit
from wardkey.ports import World
from wardkey.sessions.rules import Session, SignedIn, is_over, needs_touch, public_id, session_id
from wardkey.sessions.store import HoldsSessions
from wardkey.vocabulary import AccountId, Instant, Origin, SecurityStamp, SessionId, token_text

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a session was proven whose person was not asked."""
FIRST_PARTY = "wardkey"
"""Who a token was given to, as long as nobody else can ask for one."""


class SessionUnit(HoldsSessions, HoldsAudit, Protocol):
    """The slice of a unit of work that ending sessions needs."""


class Issued(Struct, frozen=True):
    """A session just given; its token is known to nobody but its receiver."""

    token: str
    access_token: str
    session: Session


def new_session(
    world: World,
    account: Account,
    stamp: SecurityStamp,
    amr: Sequence[str],
    idle_minutes: int | None,
    origin: Origin,
    at: Instant,
    *,
    is_proven: bool = True,
) -> Issued:
    """Draw a session of full length; it counts once stored. `is_proven` says whether the person just proved what step-up asks
    for: whoever skipped the MFA challenge did not."""
    token = token_text(world.randomness.bytes(32))
    session = Session(
        id=session_id(token),
        account=account.id,
        stamp=stamp,
        started_at=at,
        expires_at=at + world.settings.session_lasts_for,
        seen_at=at,
        proven_at=at if is_proven else NEVER,
        amr=tuple(amr),
        idle_minutes=idle_minutes,
        ip=origin.ip,
        user_agent=origin.user_agent,
        place=world.geoip.locate(origin.ip),
    )
    return Issued(token, access_token(world, session, at), session)


def access_token(world: World, session: Session, at: Instant) -> str:
    """A signed token (RFC 9068 claims) that says who is signed in, for programs that verify without asking."""
    expires = min(at + timedelta(seconds=world.settings.session.access_token_s), session.expires_at)
    return world.signer.sign(
        {
            "iss": world.settings.public_url,
            "aud": world.settings.public_url,
            "sub": session.account,
            "client_id": FIRST_PARTY,
            "jti": token_text(world.randomness.bytes(12)),
            "sid": public_id(session),
            "iat": int(at.timestamp()),
            "exp": int(expires.timestamp()),
            "auth_time": int(session.started_at.timestamp()),
            "amr": list(session.amr),
        }
    )


async def who(unit: HoldsSessions, token: str, at: Instant) -> SignedIn | None:
    """Whose session a token is, if it counts now."""
    found = await unit.sessions.signed_in(session_id(token), at)
    return None if found is None or is_over(found.session, at) else found


async def note_activity(unit: HoldsSessions, session: Session, at: Instant) -> None:
    """Remember that a session is used."""
    if needs_touch(session, at):
        await unit.sessions.touch(session.id, at)


async def end(unit: SessionUnit, world: World, session: Session, target: SessionId, origin: Origin, at: Instant) -> bool:
    """End one session of the same account: this one (signing out) or another."""
    why = "signed_out" if target == session.id else "by_owner"
    if not await unit.sessions.end(session.account, target, at, why):
        return False
    await _ended(unit, world, session.account, SessionEnded(why=why), origin, at)
    return True


async def end_replaced(unit: SessionUnit, world: World, token: str, origin: Origin, at: Instant) -> None:
    """End the session that a browser had before it signed in anew (ASVS 5.0 7.2.4)."""
    before = await who(unit, token, at)
    if before is not None and await unit.sessions.end(before.session.account, before.session.id, at, "replaced"):
        await _ended(unit, world, before.session.account, SessionEnded(why="replaced"), origin, at)


async def end_others(unit: SessionUnit, world: World, session: Session, origin: Origin, at: Instant) -> int:
    """Sign out everywhere else; answers how many sessions ended."""
    count = await unit.sessions.end_others(session.account, session.id, at, "by_owner")
    if count:
        await _ended(unit, world, session.account, SessionEnded(why="by_owner", count=count), origin, at)
    return count


async def _ended(unit: SessionUnit, world: World, account: AccountId, event: SessionEnded, origin: Origin, at: Instant) -> None:
    await record(unit, world, event, actor=account, subject=account, origin=origin, at=at)
