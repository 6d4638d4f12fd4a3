"""What a session is, when it ends, and what a recent proof allows (SIGN-5, MFA-10)."""

from datetime import timedelta
from hashlib import sha256

from msgspec import Struct

from wardkey.vocabulary import AccountId, EmailAddress, Instant, Language, OrganizationId, Place, SecurityStamp, SessionId

PASSWORD_AMR = "pwd"  # noqa: S105 - a name
"""How a password shows in `amr` (RFC 8176 §2)."""


class Session(Struct, frozen=True, kw_only=True):
    """Somebody is signed in: from where, how, and until when."""

    id: SessionId
    account: AccountId
    stamp: SecurityStamp
    """The account's security stamp when the session was given or last kept; a moved stamp ends it."""
    started_at: Instant
    expires_at: Instant
    seen_at: Instant
    proven_at: Instant
    """When a second factor (or the password where there is none) was last proven."""
    amr: tuple[str, ...]
    idle_minutes: int | None = None
    ip: str = ""
    user_agent: str = ""
    place: Place | None = None


class SignedIn(Struct, frozen=True, kw_only=True):
    """A session that counts now, with what every page and answer says about its person."""

    session: Session
    email: EmailAddress
    name: str
    language: Language
    time_zone: str
    has_method: bool
    """Whether a second factor is set up."""
    organization: str | None = None
    role: str | None = None
    only_organization: OrganizationId | None = None
    """The organization that the person belongs to where it is one alone: pages show its brand (UX-4)."""


def session_id(token: str) -> SessionId:
    """Under which id a token's session is kept: a hash, so that the store holds nothing that signs in."""
    return SessionId(sha256(token.encode()).hexdigest())


def public_id(session: Session) -> str:
    """The name of a session in addresses and answers: 32 hex signs from which neither its token nor its id can be found."""
    return sha256(session.id.encode()).hexdigest()[:32]


def ends_at(session: Session) -> Instant:
    """When the session ends if nothing more happens."""
    if session.idle_minutes is None:
        return session.expires_at
    return min(session.expires_at, session.seen_at + timedelta(minutes=session.idle_minutes))


def is_over(session: Session, at: Instant) -> bool:
    return at >= ends_at(session)


def needs_touch(session: Session, at: Instant) -> bool:
    """Whether its activity should be noted: seldom, since each note is a write."""
    return at - session.seen_at >= timedelta(minutes=1 if session.idle_minutes is not None else 10)


def is_stepped_up(session: Session, at: Instant, within_s: int) -> bool:
    """Whether a proof is recent enough for a sensitive action."""
    return at - session.proven_at < timedelta(seconds=within_s)
