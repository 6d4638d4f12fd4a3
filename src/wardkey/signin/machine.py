"""The next step of a sign-in: the first obligation that is not met. Pure and total; never stored (SIGN-4)."""

from collections.abc import Callable
from typing import Final

from wardkey.accounts.rules import MfaMode
from wardkey.signin.facts import Barrier, Facts, FirstFactor, Proof, Recovery, Stage


def is_barred(facts: Facts) -> bool:
    return facts.barrier is not Barrier.NONE


def owes_first_factor(facts: Facts) -> bool:
    return facts.first_factor is FirstFactor.NONE


def owes_verified_email(facts: Facts) -> bool:
    return not facts.is_email_verified


def owes_mfa(facts: Facts) -> bool:
    """A method once set up is asked for under every policy: `off` stops set-up, it does not disarm anybody.

    A passkey in place of the password is not enough, unless the practice says so. A trusted device is not where a new recovery
    code would have to be shown: that takes a proof.
    """
    if not facts.has_method or (facts.first_factor is FirstFactor.PASSKEY and facts.is_passkey_enough):
        return False
    is_skipped = facts.proof is Proof.TRUSTED_DEVICE and facts.recovery is Recovery.SAVED
    return facts.proof in (Proof.NONE, Proof.TRUSTED_DEVICE) and not is_skipped


def owes_enrolment(facts: Facts) -> bool:
    return facts.policy is MfaMode.REQUIRED and not facts.has_method


def owes_saved_recovery_code(facts: Facts) -> bool:
    """Whoever has a method needs a way back in when it is lost (MFA-6)."""
    return facts.has_method and facts.recovery is not Recovery.SAVED


def owes_better_password(facts: Facts) -> bool:
    return facts.is_password_weak and not facts.has_method


def is_offered_passkey(facts: Facts) -> bool:
    """After the password, on a device that could hold one; whoever skipped MFA adds nothing that could skip it for ever."""
    is_proven = facts.proof is not Proof.TRUSTED_DEVICE and facts.first_factor is FirstFactor.PASSWORD
    return facts.is_passkey_offered and is_proven


OBLIGATIONS: Final[tuple[tuple[Stage, Callable[[Facts], bool]], ...]] = (
    (Stage.BLOCKED, is_barred),
    (Stage.FIRST_FACTOR, owes_first_factor),
    (Stage.VERIFY_EMAIL, owes_verified_email),
    (Stage.MFA, owes_mfa),
    (Stage.ENROLL_MFA, owes_enrolment),
    (Stage.NEW_RECOVERY_CODE, owes_saved_recovery_code),
    (Stage.CHANGE_PASSWORD, owes_better_password),
    (Stage.OFFER_PASSKEY, is_offered_passkey),
)


def stage(facts: Facts) -> Stage:
    """The first obligation not yet met; with none left, the person is signed in."""
    for name, is_owed in OBLIGATIONS:
        if is_owed(facts):
            return name
    return Stage.DONE
