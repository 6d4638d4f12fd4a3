"""What an attempt becomes when something is learnt, and which facts follow from what is stored. Pure."""

from datetime import timedelta
from hashlib import sha256

from msgspec.structs import replace

from wardkey.accounts.rules import MfaMode, Status
from wardkey.factors.contract import Credential
from wardkey.factors.registry import FACTORS_BY_KIND
from wardkey.mfa_policy.rules import effective
from wardkey.passkey_prompt.rules import is_due
from wardkey.sessions.rules import PASSWORD_AMR
from wardkey.settings import Settings
from wardkey.signin.facts import Attempt, Barrier, Facts, FirstFactor, Proof, Recovery
from wardkey.signin.person import (
    PASSKEY,
    PASSWORD,
    RECOVERY_CODE,
    Person,
    answers_to_mfa,
    credential_of,
    credentials_of,
    is_passkey_enough,
    methods_of,
)
from wardkey.vocabulary import AttemptId, EmailKey, Instant, Origin, Place, SecurityStamp, SessionId

REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
PASSKEY_AMR = frozenset({"hwk", "swk"})
"""How a passkey shows in `amr` (RFC 8176 §2): its key bound to one device, or synced."""
ENDS = frozenset(barrier.value for barrier in Barrier)


def attempt_id(token: str) -> AttemptId:
    """Under which id a token's attempt is kept."""
    return AttemptId(sha256(token.encode()).hexdigest())


def reference_of(random: bytes) -> str:
    """A reference number: eight signs that cannot be misread, in two groups."""
    signs = "".join(REFERENCE_ALPHABET[b % len(REFERENCE_ALPHABET)] for b in random[:8])
    return f"{signs[:4]}-{signs[4:]}"


def begun(
    token: str, key: EmailKey, random: bytes, origin: Origin, device: str, place: Place | None, lasts_s: int, at: Instant
) -> Attempt:
    """A new attempt, before anything is known about who it is; `device` is the digest of a genuine device token, or empty."""
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
        device=device or None,
    )


def refused(attempt: Attempt, person: Person | None, why: str, at: Instant) -> Attempt:
    """The attempt ends with its first factor."""
    return replace(attempt, account=person.account.id if person else None, outcome=why, ended_at=at)


def password_proven(attempt: Attempt, person: Person, *, is_weak: bool, can_hold_passkey: bool) -> Attempt:
    account = person.account
    return replace(
        attempt,
        account=account.id,
        stamp=account.security_stamp,
        is_password_weak=is_weak,
        can_hold_passkey=can_hold_passkey,
        amr=(PASSWORD_AMR,),
    )


def passkey_proven(attempt: Attempt, person: Person, amr: str) -> Attempt:
    """A passkey took the password's place."""
    account = person.account
    return replace(attempt, account=account.id, stamp=account.security_stamp, first_factor=FirstFactor.PASSKEY, amr=(amr,))


def trusted(attempt: Attempt, trust: str) -> Attempt:
    """The device is trusted: the MFA challenge is skipped, and `amr` says that it was (MFA-9)."""
    return replace(attempt, proof=Proof.TRUSTED_DEVICE, trusted_device=trust, amr=(*attempt.amr, "trusted_device"))


def distrusted(attempt: Attempt) -> Attempt:
    """The trust went while the attempt was under way: the MFA challenge is asked after all."""
    amr = tuple(name for name in attempt.amr if name != "trusted_device")
    return replace(attempt, proof=Proof.NONE, trusted_device=None, amr=amr)


def factor_accepted(attempt: Attempt, kind: str, amr: str, *, wants_trust: bool = False) -> Attempt:
    """A second factor answered; `mfa` joins the `amr` as RFC 8176 asks for. A recovery code never creates trust."""
    proof = {RECOVERY_CODE: Proof.RECOVERY_CODE, PASSWORD: Proof.PASSWORD}.get(kind, Proof.METHOD)
    before = distrusted(attempt) if attempt.proof is Proof.TRUSTED_DEVICE else attempt
    amrs = tuple(dict.fromkeys((*before.amr, amr, "mfa")))
    return replace(before, proof=proof, amr=amrs, wants_trust=wants_trust and proof is not Proof.RECOVERY_CODE)


def offer_answered(attempt: Attempt) -> Attempt:
    """A passkey is not offered again in this attempt."""
    return replace(attempt, can_hold_passkey=False)


def offered_again_from(person: Person, starts: Instant | None) -> Person:
    return replace(person, account=replace(person.account, passkey_offer_from=starts))


def code_wrong(attempt: Attempt, person: Person, codes_per_attempt: int, at: Instant) -> Attempt:
    """One more wrong code; the last one allowed ends the attempt, and so does a password known to others, where it is needed."""
    wrong = replace(attempt, wrong_codes=attempt.wrong_codes + 1)
    if person.account.is_password_known and not _is_password_needless(attempt, person):
        return ended(wrong, Barrier.PASSWORD_KNOWN, at)
    return ended(wrong, Barrier.CODES_USED_UP, at) if wrong.wrong_codes >= codes_per_attempt else wrong


def ended(attempt: Attempt, why: Barrier, at: Instant) -> Attempt:
    return replace(attempt, outcome=why.value, ended_at=at)


def needs_no_other_factor(attempt: Attempt, person: Person) -> bool:
    """Whether the attempt began with a passkey, and the practice takes that for MFA as well."""
    return attempt.first_factor is FirstFactor.PASSKEY and is_passkey_enough(person)


def proven(attempt: Attempt, person: Person) -> Attempt:
    """The attempt when its session is given: a passkey that is taken for both factors shows as MFA in `amr`."""
    is_both = needs_no_other_factor(attempt, person) and attempt.proof is not Proof.TRUSTED_DEVICE
    return replace(attempt, amr=tuple(dict.fromkeys((*attempt.amr, "mfa")))) if is_both else attempt


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
        first_factor=attempt.first_factor if attempt.account and attempt.stamp else FirstFactor.NONE,
        is_email_verified=person.account.status is not Status.UNVERIFIED,
        policy=policy_of(person, settings, at),
        has_method=bool(methods_of(person)),
        proof=attempt.proof,
        recovery=_recovery(person),
        is_password_weak=attempt.is_password_weak,
        is_passkey_enough=is_passkey_enough(person),
        is_passkey_offered=_is_passkey_offered(attempt, person, settings, at),
    )


def _is_passkey_offered(attempt: Attempt, person: Person, settings: Settings, at: Instant) -> bool:
    has_used_one = any(amr in PASSKEY_AMR for amr in attempt.amr)
    has_room = len(credentials_of(person, PASSKEY)) < FACTORS_BY_KIND[PASSKEY].at_most
    is_wanted = attempt.can_hold_passkey and settings.passkeys.is_offered and is_due(person.account, at)
    return is_wanted and has_room and not has_used_one


def under_policy(person: Person, settings: Settings, at: Instant) -> Person:
    """The person as the policy of now sees them: where MFA is required, a passkey made for signing in counts as a method."""
    if policy_of(person, settings, at) is not MfaMode.REQUIRED:
        return person
    if all(c.is_method or c.kind != PASSKEY for c in person.credentials):
        return person
    return replace(person, credentials=tuple(replace(c, is_method=True) for c in person.credentials))


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
    if person.account.is_password_known and not _is_password_needless(attempt, person):
        return Barrier.PASSWORD_KNOWN
    if attempt.stamp is not None and attempt.stamp != person.account.security_stamp:
        return Barrier.CHANGED
    return Barrier.NONE


def _is_password_needless(attempt: Attempt, person: Person) -> bool:
    """Whether the attempt gets on without the password that somebody else knows: it began with a passkey, and needs no other
    answer than the person can give."""
    if attempt.first_factor is not FirstFactor.PASSKEY:
        return False
    return not methods_of(person) or is_passkey_enough(person) or bool(answers_to_mfa(person, FirstFactor.PASSKEY))


def _recovery(person: Person) -> Recovery:
    code = credential_of(person, RECOVERY_CODE)
    if code is None:
        return Recovery.NONE
    return Recovery.UNSAVED if code.confirmed_at is None else Recovery.SAVED
