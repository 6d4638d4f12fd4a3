"""Which facts follow from what is stored about an attempt and its person, as of one moment."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.world import HERE, NOON, test_settings
from wardkey.accounts.rules import Account, MfaMode, Status, email_key
from wardkey.factors.contract import Credential
from wardkey.organizations.rules import Membership
from wardkey.signin import learn
from wardkey.signin.facts import Attempt, Barrier, FirstFactor, Proof, Recovery, Stage
from wardkey.signin.machine import stage
from wardkey.signin.person import Person, answers_to_mfa, idle_minutes_of
from wardkey.vocabulary import AccountId, CredentialId, EmailAddress, OrganizationId, Role, SecurityStamp

SETTINGS = test_settings("sqlite:///none")
SECOND = timedelta(seconds=1)


def account(**fields: Any) -> Account:
    values: dict[str, Any] = {
        "id": AccountId("acc_1"), "email": EmailAddress("ada@example.org"), "name": "Ada", "language": "en", "time_zone": "UTC",
        "status": Status.ACTIVE, "password_hash": "", "security_stamp": SecurityStamp("s1"), "created_at": NOON,
        "password_changed_at": NOON,
    }  # fmt: skip
    return Account(**{**values, **fields})


def credential(kind: str = "totp", **fields: Any) -> Credential:
    values: dict[str, Any] = {
        "id": CredentialId(f"cred_{kind}"), "kind": kind, "label": "", "sealed": b"", "version": 0, "created_at": NOON,
        "confirmed_at": NOON,
    }  # fmt: skip
    return Credential(**{**values, **fields})


def member(mode: MfaMode, role: Role = Role.PROVIDER, **fields: Any) -> Membership:
    values: dict[str, Any] = {
        "organization": OrganizationId("org_1"), "name": "Clinic", "role": role, "mfa_mode": mode, "mfa_from": None,
        "idle_minutes": None,
    }  # fmt: skip
    return Membership(**{**values, **fields})


def person(*credentials: Credential, members: tuple[Membership, ...] = (), **fields: Any) -> Person:
    return Person(account=account(**fields), credentials=credentials, memberships=members)


def attempt(**fields: Any) -> Attempt:
    begun = learn.begun("token", email_key("ada@example.org"), bytes(8), HERE, "", None, 600, NOON)
    return replace(learn.password_proven(begun, person(), is_weak=False, can_hold_passkey=False), **fields)


BARRIERS: dict[str, tuple[Attempt, Person, timedelta, Barrier]] = {
    "nothing wrong": (attempt(), person(), SECOND, Barrier.NONE),
    "the last moment before it expires": (attempt(), person(), timedelta(seconds=600, microseconds=-1), Barrier.NONE),
    "expired to the second": (attempt(), person(), timedelta(seconds=600), Barrier.EXPIRED),
    "suspended": (attempt(), person(status=Status.SUSPENDED), SECOND, Barrier.SUSPENDED),
    "deactivated": (attempt(), person(status=Status.DEACTIVATED), SECOND, Barrier.SUSPENDED),
    "password known to others": (attempt(), person(is_password_known=True), SECOND, Barrier.PASSWORD_KNOWN),
    "changed meanwhile": (attempt(), person(security_stamp=SecurityStamp("s2")), SECOND, Barrier.CHANGED),
    "finished": (attempt(outcome="done"), person(), SECOND, Barrier.FINISHED),
    "ended with its password": (attempt(outcome="wrong_credentials"), person(), SECOND, Barrier.FINISHED),
    "ended by too many codes": (attempt(outcome="codes_used_up"), person(), SECOND, Barrier.CODES_USED_UP),
    "what ended it counts more than its age": (attempt(outcome="codes_used_up"), person(), SECOND * 601, Barrier.CODES_USED_UP),
    "suspended and changed": (
        attempt(),
        person(status=Status.SUSPENDED, security_stamp=SecurityStamp("s2")),
        SECOND,
        Barrier.SUSPENDED,
    ),
}


@pytest.mark.spec("SIGN-4")
@pytest.mark.parametrize("case", BARRIERS)
def test_what_bars_an_attempt(case: str) -> None:
    at_hand, who, after, expected = BARRIERS[case]
    assert learn.facts_of(at_hand, who, SETTINGS, NOON + after).barrier is expected


def test_every_barrier_has_a_case() -> None:
    assert {case[3] for case in BARRIERS.values()} == set(Barrier)


@pytest.mark.parametrize(
    ("credentials", "has_method", "recovery"),
    [
        ((), False, Recovery.NONE),
        ((credential("recovery_code"),), False, Recovery.SAVED),
        ((credential("totp"),), True, Recovery.NONE),
        ((credential("totp"), credential("recovery_code", confirmed_at=None)), True, Recovery.UNSAVED),
        ((credential("totp"), credential("recovery_code")), True, Recovery.SAVED),
    ],
)
def test_what_the_factors_of_a_person_say(credentials: tuple[Credential, ...], has_method: bool, recovery: Recovery) -> None:
    facts = learn.facts_of(attempt(), person(*credentials), SETTINGS, NOON)
    assert (facts.has_method, facts.recovery) == (has_method, recovery)


def test_an_attempt_without_a_proven_password_stands_at_the_first_factor() -> None:
    begun = learn.begun("token", email_key("ada@example.org"), bytes(8), HERE, "", None, 600, NOON)
    facts = learn.facts_of(begun, person(), SETTINGS, NOON)
    assert facts.first_factor is FirstFactor.NONE
    assert stage(facts) is Stage.FIRST_FACTOR


@pytest.mark.spec("MFA-7")
def test_a_policy_counts_from_its_date_on() -> None:
    soon = person(members=(member(MfaMode.REQUIRED, mfa_from=NOON + SECOND),))
    assert learn.facts_of(attempt(), soon, SETTINGS, NOON).policy is MfaMode.OPTIONAL
    assert learn.facts_of(attempt(), soon, SETTINGS, NOON + SECOND).policy is MfaMode.REQUIRED


@pytest.mark.spec("MFA-7")
@pytest.mark.parametrize(("role", "policy"), [(r, MfaMode.OPTIONAL if r is Role.CLIENT else MfaMode.REQUIRED) for r in Role])
def test_clients_are_not_covered_by_default(role: Role, policy: MfaMode) -> None:
    assert learn.policy_of(person(members=(member(MfaMode.REQUIRED, role),)), SETTINGS, NOON) is policy


def test_a_code_that_is_right_is_named_in_how_the_person_signed_in() -> None:
    by_app = learn.factor_accepted(attempt(), "totp", "otp")
    assert (by_app.proof, by_app.amr) == (Proof.METHOD, ("pwd", "otp", "mfa"))
    by_paper = learn.factor_accepted(attempt(), "recovery_code", "recovery_code")
    assert (by_paper.proof, by_paper.amr) == (Proof.RECOVERY_CODE, ("pwd", "recovery_code", "mfa"))


def test_the_fifth_wrong_code_ends_an_attempt_and_the_fourth_does_not() -> None:
    fourth = learn.code_wrong(attempt(wrong_codes=3), person(), 5, NOON)
    fifth = learn.code_wrong(fourth, person(), 5, NOON)
    assert fourth.outcome is None
    assert fourth.wrong_codes == 4
    assert (fifth.outcome, fifth.ended_at) == ("codes_used_up", NOON)


def test_a_password_known_to_others_is_named_rather_than_the_codes() -> None:
    last = learn.code_wrong(attempt(wrong_codes=4), person(is_password_known=True), 5, NOON)
    assert last.outcome == "password_known_to_others"


def test_the_recovery_code_is_offered_only_beside_a_method() -> None:
    assert answers_to_mfa(person(credential("recovery_code"))) == ()
    assert answers_to_mfa(person(credential("totp"))) == ("totp",)
    assert answers_to_mfa(person(credential("recovery_code"), credential("totp"))) == ("totp", "recovery_code")


@pytest.mark.spec("SIGN-5")
def test_the_strictest_idle_limit_of_ones_practices_counts() -> None:
    assert idle_minutes_of(person()) is None
    assert idle_minutes_of(person(members=(member(MfaMode.OFF),))) is None
    two = (member(MfaMode.OFF, idle_minutes=30), member(MfaMode.OFF, idle_minutes=15), member(MfaMode.OFF))
    assert idle_minutes_of(person(members=two)) == 15


@pytest.mark.spec("SIGN-7")
@given(st.binary(min_size=8, max_size=8))
def test_a_reference_number_has_eight_signs_that_cannot_be_misread(random: bytes) -> None:
    reference = learn.reference_of(random)
    assert len(reference) == 9
    assert reference[4] == "-"
    assert not set(reference) & set("01ILOU")


@given(st.text())
def test_a_token_is_kept_only_as_its_hash(token: str) -> None:
    assert len(learn.attempt_id(token)) == 64
    assert not token or token not in learn.attempt_id(token) or len(token) < 8


def test_an_attempt_keeps_no_address_but_a_hash_of_it() -> None:
    assert "ada" not in repr(learn.begun("token", email_key("ada@example.org"), bytes(8), HERE, "", None, 600, NOON))
