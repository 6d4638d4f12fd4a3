"""The security page as the API shows it: device and place in the words of the request's language, as in messages and on pages."""

from collections.abc import Mapping

from msgspec import Struct

from wardkey.audit.rules import Entry
from wardkey.audit.sentences import sentence_of
from wardkey.notices.circumstances import device_of, place_of
from wardkey.self_service.rules import Overview
from wardkey.sessions.rules import Session, ends_at, public_id
from wardkey.vocabulary import Instant, Language, SessionId


class MethodShown(Struct, frozen=True, kw_only=True):
    """One method that is set up."""

    id: str
    kind: str
    label: str
    added_at: Instant
    last_used_at: Instant | None
    is_method: bool = True
    """Whether it makes MFA be asked at sign-in; a passkey made for signing in alone does not."""
    details: Mapping[str, str | bool] = {}
    """The end of a telephone number, or whether a passkey is synced and who keeps it."""


class RecoveryShown(Struct, frozen=True, kw_only=True):
    """The recovery code: since when there is one, and whether the person said that it is saved."""

    created_at: Instant
    is_saved: bool


class SessionListed(Struct, frozen=True, kw_only=True):
    """One session of the account; `is_this` marks the one that asks."""

    id: str
    is_this: bool
    device: str
    place: str
    started_at: Instant
    seen_at: Instant
    expires_at: Instant


class EventShown(Struct, frozen=True, kw_only=True):
    """Something that happened to the account. `name` is for programs, `sentence` for the person."""

    id: str
    at: Instant
    name: str
    sentence: str
    device: str
    place: str


class SecurityOverview(Struct, frozen=True, kw_only=True):
    """All that protects the account. `can_add` lists the kinds of method that can be set up, also in place of an older one."""

    email: str
    name: str
    password_changed_at: Instant
    methods: tuple[MethodShown, ...]
    can_add: tuple[str, ...]
    recovery_code: RecoveryShown | None
    mfa: str
    """What the policy asks for now: `off`, `optional` or `required`."""
    mfa_required_from: Instant | None
    sessions: tuple[SessionListed, ...]
    activity: tuple[EventShown, ...]


class SessionList(Struct, frozen=True):
    """The sessions that count, newest first."""

    sessions: tuple[SessionListed, ...]


class ActivityPage(Struct, frozen=True):
    """What happened, newest first. `before` is what the next page is asked for with; null on the last one."""

    activity: tuple[EventShown, ...]
    before: str | None


def session_shown(session: Session, this: SessionId, language: Language) -> SessionListed:
    return SessionListed(
        id=public_id(session),
        is_this=session.id == this,
        device=device_of(session.user_agent, language),
        place=place_of(session.place, session.ip, language),
        started_at=session.started_at,
        seen_at=session.seen_at,
        expires_at=ends_at(session),
    )


def event_shown(entry: Entry, language: Language) -> EventShown:
    return EventShown(
        id=entry.id,
        at=entry.at,
        name=entry.name,
        sentence=sentence_of(entry, language),
        device=device_of(entry.user_agent, language),
        place=place_of(entry.place, entry.ip, language),
    )


def overview_shown(found: Overview, this: SessionId, language: Language) -> SecurityOverview:
    recovery = found.recovery
    return SecurityOverview(
        email=found.email,
        name=found.name,
        password_changed_at=found.password_changed_at,
        methods=tuple(
            MethodShown(
                id=m.id,
                kind=m.kind,
                label=m.label,
                added_at=m.added_at,
                last_used_at=m.last_used_at,
                is_method=m.is_method,
                details=m.details,
            )
            for m in found.methods
        ),
        can_add=found.can_add,
        recovery_code=RecoveryShown(created_at=recovery.created_at, is_saved=recovery.is_saved) if recovery else None,
        mfa=found.policy.value,
        mfa_required_from=found.required_from,
        sessions=tuple(session_shown(s, this, language) for s in found.sessions),
        activity=tuple(event_shown(e, language) for e in found.activity),
    )
