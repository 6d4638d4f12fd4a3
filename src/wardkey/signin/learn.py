"""What an attempt becomes when something is learnt, and which facts follow from what is stored. Pure."""

from datetime import timedelta
from hashlib import sha256

from msgspec.structs import replace

from wardkey.accounts.rules import MfaMode, Status
from wardkey.factors.contract import Credential
from wardkey.mfa_policy.rules import effective
from wardkey.settings import Settings
from wardkey.signin.facts import Attempt, Barrier, Facts, Proof, Recovery
from wardkey.signin.person import RECOVERY_CODE, Person, credential_of, methods_of
from wardkey.vocabulary import AttemptId, EmailKey, Instant, Origin, Place, SecurityStamp, SessionId

REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
ENDS = frozenset(barrier.value for barrier in Barrier)


def attempt_id(token: str) -> AttemptId:
    """Under which id a token's attempt is kept."""
    return AttemptId(sha256(token.encode()).hexdigest())


def reference_of(random: bytes) -> str:
    """A reference number: eight signs that cannot be misread, in two groups."""
    signs = "".join(REFERENCE_ALPHABET[b % len(REFERENCE_ALPHABET)] for b in random[:8])
    return f"{signs[:4]}-{signs[4:]}"


def begun(token: str, key: EmailKey, random: bytes, origin: Origin, place: Place | None, lasts_s: int, at: Instant) -> Attempt:
    """A new attempt, before anything is known about who it is."""
    return Attempt(
        id=attempt_id(token),
        reference=reference_of(random),
        account=None,
        email_digest=sha256(key.encode()).hexdigest(),
        started_at=at,
        expires_at=at + timedelta(seconds=lasts_s),
        ip=origin.ip,
        user_agent=origin.user_agent,
        place=place,
    )


def password_refused(attempt: Attempt, person: Person | None, why: str, at: Instant) -> Attempt:
    """The attempt ends with its first factor."""
    return replace(attempt, account=person.account.id if person else None, outcome=why, ended_at=at)


def password_proven(attempt: Attempt, person: Person, *, is_weak: bool) -> Attempt:
    return replace(
        attempt, account=person.account.id, stamp=person.account.security_stamp, is_password_weak=is_weak, amr=("pwd",)
    )


def code_accepted(attempt: Attempt, kind: str, amr: str) -> Attempt:
    """A second factor answered; `mfa` joins the `amr` as RFC 8176 asks for."""
    proof = Proof.RECOVERY_CODE if kind == RECOVERY_CODE else Proof.METHOD
    return replace(attempt, proof=proof, amr=(*attempt.amr, amr, "mfa"))


def code_wrong(attempt: Attempt, person: Person, codes_per_attempt: int, at: Instant) -> Attempt:
    """One more wrong code; the last one allowed ends the attempt, and so does a password known to others."""
    wrong = replace(attempt, wrong_codes=attempt.wrong_codes + 1)
    if person.account.is_password_known:
        return ended(wrong, Barrier.PASSWORD_KNOWN, at)
    return ended(wrong, Barrier.CODES_USED_UP, at) if wrong.wrong_codes >= codes_per_attempt else wrong


def ended(attempt: Attempt, why: Barrier, at: Instant) -> Attempt:
    return replace(attempt, outcome=why.value, ended_at=at)


def signed_in(attempt: Attempt, session: SessionId, at: Instant) -> Attempt:
    return replace(attempt, outcome="done", ended_at=at, session=session)


def restamped(attempt: Attempt, person: Person, stamp: SecurityStamp) -> tuple[Attempt, Person]:
    """The attempt itself moved the stamp: it goes on, everything else that compared equal ends."""
    account = replace(person.account, security_stamp=stamp)
    return replace(attempt, stamp=stamp), replace(person, account=account)


def with_credential(person: Person, credential: Credential) -> Person:
    """The person with a credential added, in place of one of the same id."""
    others = tuple(c for c in person.credentials if c.id != credential.id)
    return replace(person, credentials=(*others, credential))


def without_kind(person: Person, kind: str) -> Person:
    return replace(person, credentials=tuple(c for c in person.credentials if c.kind != kind))


def confirmed(credential: Credential, at: Instant) -> Credential:
    return replace(credential, confirmed_at=at)


def facts_of(attempt: Attempt, person: Person, settings: Settings, at: Instant) -> Facts:
    """What the machine decides on, as of this moment: a policy date that passes meanwhile counts at the next step."""
    return Facts(
        barrier=_barrier(attempt, person, at),
        is_password_proven=attempt.account is not None and attempt.stamp is not None,
        is_email_verified=person.account.status is not Status.UNVERIFIED,
        policy=policy_of(person, settings, at),
        has_method=bool(methods_of(person)),
        proof=attempt.proof,
        recovery=_recovery(person),
        is_password_weak=attempt.is_password_weak,
    )


def policy_of(person: Person, settings: Settings, at: Instant) -> MfaMode:
    return effective(person.account, person.memberships, settings.mfa.covered_roles, at).mode


def expects_mfa(person: Person, settings: Settings, at: Instant) -> bool:
    """Whether a second factor stands behind the password, or will before the next session."""
    return bool(methods_of(person)) or policy_of(person, settings, at) is MfaMode.REQUIRED


def _barrier(attempt: Attempt, person: Person, at: Instant) -> Barrier:
    if attempt.outcome is not None:
        return Barrier(attempt.outcome) if attempt.outcome in ENDS else Barrier.FINISHED
    if at >= attempt.expires_at:
        return Barrier.EXPIRED
    if person.account.status in (Status.SUSPENDED, Status.DEACTIVATED):
        return Barrier.SUSPENDED
    if person.account.is_password_known:
        return Barrier.PASSWORD_KNOWN
    if attempt.stamp is not None and attempt.stamp != person.account.security_stamp:
        return Barrier.CHANGED
    return Barrier.NONE


def _recovery(person: Person) -> Recovery:
    code = credential_of(person, RECOVERY_CODE)
    if code is None:
        return Recovery.NONE
    return Recovery.UNSAVED if code.confirmed_at is None else Recovery.SAVED
