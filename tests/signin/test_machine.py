"""Every combination of facts is enumerated, and on each of them the promises about reaching a session hold (SIGN-4)."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from tools.docs import ROOT, states_page
from tools.states import COMMANDS, every_facts, every_path, every_start, leads_to
from wardkey.accounts.rules import MfaMode
from wardkey.signin import machine
from wardkey.signin.facts import Barrier, Facts, FirstFactor, Proof, Recovery, Stage
from wardkey.signin.machine import OBLIGATIONS, stage

pytestmark = pytest.mark.spec("SIGN-4")

ALL: Final = tuple(every_facts())

STAGES_BEFORE_MFA: Final = (Stage.BLOCKED, Stage.FIRST_FACTOR, Stage.VERIFY_EMAIL)


def is_mfa_proven(facts: Facts) -> bool:
    """Whether a second factor answered, or the practice takes the first one for both."""
    is_enough = facts.first_factor is FirstFactor.PASSKEY and facts.is_passkey_enough
    return is_enough or facts.proof in (Proof.METHOD, Proof.RECOVERY_CODE, Proof.PASSWORD)


PROMISES: Final[dict[str, Callable[[Facts, Stage], bool]]] = {
    "whoever is barred is not signed in": lambda f, s: f.barrier is Barrier.NONE or s is Stage.BLOCKED,
    "nobody is signed in without a first factor": lambda f, s: f.first_factor is not FirstFactor.NONE or s is not Stage.DONE,
    "nothing is said about an account before its first factor": lambda f, s: (
        f.first_factor is not FirstFactor.NONE or s in (Stage.FIRST_FACTOR, Stage.BLOCKED)
    ),
    "nobody is signed in with an address that is not proven": lambda f, s: f.is_email_verified or s is not Stage.DONE,
    "a method that is set up is asked for under every policy, unless the device is trusted": lambda f, s: (
        not f.has_method or is_mfa_proven(f) or f.proof is Proof.TRUSTED_DEVICE or s is not Stage.DONE
    ),
    "a passkey in place of the password is MFA only where the practice says so": lambda f, s: (
        f.first_factor is not FirstFactor.PASSKEY
        or f.is_passkey_enough
        or f.proof is not Proof.NONE
        or not f.has_method
        or s is not Stage.DONE
    ),
    "nothing of the account is changed or shown before its method answered": lambda f, s: (
        not f.has_method
        or is_mfa_proven(f)
        or s not in (Stage.ENROLL_MFA, Stage.NEW_RECOVERY_CODE, Stage.CHANGE_PASSWORD, Stage.OFFER_PASSKEY)
    ),
    "whoever skipped MFA on a trusted device adds nothing and is shown nothing": lambda f, s: (
        f.proof is not Proof.TRUSTED_DEVICE
        or not f.has_method
        or is_mfa_proven(f)
        or s in (*STAGES_BEFORE_MFA, Stage.MFA, Stage.DONE)
    ),
    "whoever could hold a passkey and came without one is asked first": lambda f, s: (
        s is not Stage.DONE
        or not (f.is_passkey_offered and f.first_factor is FirstFactor.PASSWORD and f.proof is not Proof.TRUSTED_DEVICE)
    ),
    "a passkey is offered to whoever came without one, at the end": lambda f, s: (
        s is not Stage.OFFER_PASSKEY or (f.first_factor is FirstFactor.PASSWORD and f.is_passkey_offered)
    ),
    "where MFA is required nobody is signed in without a method": lambda f, s: (
        f.policy is not MfaMode.REQUIRED or f.has_method or s is not Stage.DONE
    ),
    "nobody with a method is signed in without a recovery code that is saved": lambda f, s: (
        not f.has_method or f.recovery is Recovery.SAVED or s is not Stage.DONE
    ),
    "a weak password alone signs nobody in": lambda f, s: not f.is_password_weak or f.has_method or s is not Stage.DONE,
    "MFA is set up only where the policy requires it": lambda f, s: s is not Stage.ENROLL_MFA or f.policy is MfaMode.REQUIRED,
    "a method that is there is not set up again": lambda f, s: s is not Stage.ENROLL_MFA or not f.has_method,
    "whoever owes nothing is signed in": lambda f, s: (
        s is Stage.DONE
        or f.barrier is not Barrier.NONE
        or f.first_factor is FirstFactor.NONE
        or not f.is_email_verified
        or (f.is_passkey_offered and s is Stage.OFFER_PASSKEY)
        or (f.has_method and f.recovery is not Recovery.SAVED)
        or (f.has_method and f.proof is Proof.NONE and not is_mfa_proven(f))
        or (not f.has_method and (f.policy is MfaMode.REQUIRED or f.is_password_weak))
    ),
}


def test_the_enumeration_has_every_combination_once() -> None:
    expected = len(Barrier) * len(FirstFactor) * 2 * len(MfaMode) * 2 * len(Proof) * len(Recovery) * 2 * 2 * 2
    assert len(ALL) == len(set(ALL)) == expected


@pytest.mark.parametrize("promise", PROMISES)
def test_each_promise_holds_on_every_combination(promise: str) -> None:
    assert [facts for facts in ALL if not PROMISES[promise](facts, stage(facts))] == []


@pytest.mark.parametrize("place", range(len(OBLIGATIONS)), ids=[name.value for name, _ in OBLIGATIONS])
def test_without_any_one_obligation_a_promise_breaks(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "OBLIGATIONS", OBLIGATIONS[:place] + OBLIGATIONS[place + 1 :])
    assert [promise for promise, holds in PROMISES.items() if not all(holds(f, machine.stage(f)) for f in ALL)]


@pytest.mark.parametrize("place", range(3), ids=[name.value for name, _ in OBLIGATIONS[1:4]])
def test_the_first_obligations_cannot_change_places(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Barrier, password, address, method: each guards what comes after it, so its place is part of the promise."""
    order = list(OBLIGATIONS)
    order[place], order[place + 1] = order[place + 1], order[place]
    monkeypatch.setattr(machine, "OBLIGATIONS", tuple(order))
    before = {f: stage_in(OBLIGATIONS, f) for f in ALL}
    assert [f for f in ALL if machine.stage(f) is not before[f]]


def stage_in(obligations: tuple[tuple[Stage, Callable[[Facts], bool]], ...], facts: Facts) -> Stage:
    return next((name for name, is_owed in obligations if is_owed(facts)), Stage.DONE)


def test_every_step_is_reached_by_some_combination() -> None:
    assert {stage(facts) for facts in ALL} == set(Stage)


def test_every_step_but_blocked_lies_on_some_way_that_begins_with_a_first_factor() -> None:
    on_the_way = {stage(facts) for start in every_start() for path in every_path(start) for facts in path}
    assert on_the_way == set(Stage) - {Stage.BLOCKED}


def test_every_way_ends_signed_in_after_at_most_five_right_answers() -> None:
    paths = [path for start in every_start() for path in every_path(start)]
    assert {stage(path[-1]) for path in paths} == {Stage.DONE}
    assert max(len(path) - 1 for path in paths) == 5
    assert all(len({stage(facts) for facts in path}) == len(path) for path in paths), "no step is asked for twice"


def test_no_step_leads_back() -> None:
    order = list(Stage)
    assert [(here, after) for here in Stage for after in leads_to(here) if order.index(after) <= order.index(here)] == []


def test_every_step_but_the_two_ends_takes_exactly_one_command() -> None:
    assert set(COMMANDS) == set(Stage) - {Stage.BLOCKED, Stage.DONE}
    assert len(set(COMMANDS.values())) == len(COMMANDS)


def test_obligations_stand_in_the_order_of_the_steps() -> None:
    assert [name for name, _ in OBLIGATIONS] == [name for name in Stage if name is not Stage.DONE]


def test_a_policy_that_is_turned_off_disarms_nobody() -> None:
    for facts in (f for f in ALL if stage(f) is Stage.MFA):
        assert {stage(replace(facts, policy=policy)) for policy in MfaMode} == {Stage.MFA}


def test_the_page_of_steps_is_printed_from_this_enumeration() -> None:
    assert (ROOT / Path("docs/states.md")).read_text(encoding="utf-8") == states_page()
