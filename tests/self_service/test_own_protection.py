"""What people change about their own protection: one guard, every other session ended, this one kept (SIGN-6, MFA-10)."""

from base64 import b32decode
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from tests.signin.client import KEY, Client, caller_of, names_in_trail, problem_of, sign_in, signed_in, token_of
from tests.world import PASSWORD, Practice
from wardkey.accounts.rules import MfaMode
from wardkey.factors.kinds.totp import STEP_S
from wardkey.self_service.actions import (
    Caller,
    Changed,
    NewCodes,
    activity,
    change_password,
    codes_to_save,
    confirm_saved,
    overview,
    person_of,
    proofs_of,
    replace_recovery_code,
)
from wardkey.self_service.methods import begin_method, confirm_method, remove_method
from wardkey.self_service.step_up import step_up
from wardkey.sessions.actions import end, end_others
from wardkey.sessions.rules import session_id
from wardkey.signin import view
from wardkey.vocabulary import CredentialId, Problem

NEW = "a long walk by the quiet river"
LATE = timedelta(seconds=300)
"""As long as a proof counts."""

SENSITIVE: Final[dict[str, Callable[[Caller], Awaitable[Any]]]] = {
    "change the password": lambda c: change_password(c, PASSWORD, NEW),
    "begin a method": lambda c: begin_method(c, "totp"),
    "confirm a method": lambda c: confirm_method(c, "totp", {"code": "123456"}),
    "remove a method": lambda c: remove_method(c, CredentialId("cred_x")),
    "replace the recovery code": replace_recovery_code,
}


def code_of(answer: Any) -> str:
    assert isinstance(answer, Problem), answer
    return answer.faults[0].code if answer.code == "check_fields" else answer.code


async def here(practice: Practice, key: bytes | None = None) -> Caller:
    """A person who has just signed in."""
    return await caller_of(practice, await sign_in(practice, key=key))


async def still(practice: Practice, caller: Caller) -> Caller:
    """The same session as it is stored now."""
    async with practice.units.read() as unit:
        found = await unit.sessions.signed_in(caller.who.session.id, practice.clock.now())
    assert found is not None
    return Caller(units=caller.units, world=caller.world, who=found, origin=caller.origin)


async def is_alive(practice: Practice, caller: Caller) -> bool:
    async with practice.units.read() as unit:
        return await unit.sessions.signed_in(caller.who.session.id, practice.clock.now()) is not None


def told(practice: Practice) -> list[str]:
    """What Ada was told of changes; each sign-in of these tests is on a device of its own, which she is told as well."""
    return [mail.subject for mail in practice.mails_to("ada@example.org") if "new device" not in mail.subject]


def shown(setup: view.Shown | Problem) -> bytes:
    """The key of a set-up under way."""
    assert not isinstance(setup, Problem), setup
    return b32decode(str(setup["secret"]))


async def add_app(practice: Practice, caller: Caller) -> tuple[bytes, Changed | NewCodes | Problem]:
    key = shown(await begin_method(caller, "totp"))
    return key, await confirm_method(caller, "totp", {"code": practice.code(key)})


@pytest.mark.spec("MFA-10")
@pytest.mark.parametrize("act", SENSITIVE)
async def test_every_sensitive_act_needs_a_proof_of_the_last_five_minutes_to_the_second(
    sqlite_practice: Practice, act: str
) -> None:
    practice = sqlite_practice
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    caller = await here(practice, KEY)
    before = await person_of(caller)
    practice.clock.advance(LATE)
    assert code_of(await SENSITIVE[act](caller)) == "step_up_required"
    assert await person_of(caller) == before, "nothing was changed"
    practice.clock.advance(timedelta(microseconds=-1))
    answer = await SENSITIVE[act](caller)
    assert not isinstance(answer, Problem) or answer.code != "step_up_required"


@pytest.mark.spec("MFA-10")
async def test_step_up_with_a_method_opens_sensitive_acts_for_five_minutes(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    caller = await here(practice, KEY)
    practice.clock.advance(LATE)
    assert proofs_of(await person_of(caller)) == ("totp",)
    assert code_of(await step_up(caller, "password", {"password": PASSWORD})) == "method_unknown", (
        "the password is no proof beside a method"
    )
    assert code_of(await step_up(caller, "recovery_code", {"code": "2" * 20})) == "method_unknown"
    assert await step_up(caller, "totp", {"code": practice.code(KEY)}) == Changed()
    proven = await still(practice, caller)
    assert proven.who.session.proven_at == practice.clock.now()
    practice.clock.advance(LATE - timedelta(seconds=1))
    assert isinstance(await replace_recovery_code(proven), NewCodes)
    practice.clock.advance(timedelta(seconds=1))
    assert code_of(await replace_recovery_code(proven)) == "step_up_required"
    assert "session.stepped_up" in await names_in_trail(practice, account.id)


@pytest.mark.spec("MFA-10")
async def test_where_there_is_no_method_the_password_is_the_proof(practice: Practice) -> None:
    await practice.add_person("ada@example.org")
    caller = await here(practice)
    practice.clock.advance(LATE)
    assert code_of(await step_up(caller, "totp", {"code": "123456"})) == "method_unknown"
    assert code_of(await step_up(caller, "password", {"password": ""})) == "password_missing"
    assert code_of(await step_up(caller, "password", {"password": "not the right one"})) == "current_password_wrong"
    assert await step_up(caller, "password", {"password": PASSWORD}) == Changed()
    assert not isinstance(await begin_method(await still(practice, caller), "totp"), Problem)


@pytest.mark.spec("MFA-10")
async def test_a_code_used_at_sign_in_is_spent_for_step_up(practice: Practice) -> None:
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    caller = await here(practice, KEY)
    assert code_of(await step_up(caller, "totp", {"code": practice.code(KEY)})) == "code_spent"
    assert code_of(await step_up(caller, "totp", {"code": "12345"})) == "code_malformed"
    practice.clock.advance(timedelta(seconds=STEP_S))
    assert await step_up(caller, "totp", {"code": practice.code(KEY)}) == Changed()


async def test_guesses_at_the_current_password_have_one_budget_whichever_form_they_come_through(
    sqlite_practice: Practice,
) -> None:
    practice = sqlite_practice
    await practice.add_person("ada@example.org")
    caller = await here(practice)
    for number in range(5):
        assert code_of(await step_up(caller, "password", {"password": f"guess number {number}"})) == "current_password_wrong"
        assert code_of(await change_password(caller, f"another guess {number}", NEW)) == "current_password_wrong"
    assert code_of(await step_up(caller, "password", {"password": PASSWORD})) == "too_many_passwords"
    assert code_of(await change_password(caller, PASSWORD, NEW)) == "too_many_passwords"
    practice.clock.advance(timedelta(minutes=15))
    assert await step_up(caller, "password", {"password": PASSWORD}) == Changed()


@pytest.mark.spec("SIGN-6", "ACC-5")
async def test_a_new_password_ends_every_other_session_and_keeps_this_one(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org")
    caller, others = await here(practice), [await here(practice) for _ in range(2)]
    assert await change_password(caller, PASSWORD, NEW) == Changed()
    assert await is_alive(practice, caller)
    assert [await is_alive(practice, other) for other in others] == [False, False]
    assert problem_of(await Client(practice).password()) == "wrong_credentials"
    token_of(await Client(practice).password(password=NEW))
    await practice.deliver()
    assert len(told(practice)) == 1
    assert "account.password_changed" in await names_in_trail(practice, account.id)


@pytest.mark.spec("ACC-5")
async def test_what_is_wrong_with_a_new_password_is_told_beside_its_field(practice: Practice) -> None:
    await practice.add_person("ada@example.org")
    caller = await here(practice)
    both = await change_password(caller, "not the right one", "short")
    assert isinstance(both, Problem)
    assert [(f.field, f.code) for f in both.faults] == [
        ("current_password", "current_password_wrong"),
        ("new_password", "password_too_short"),
    ]
    assert code_of(await change_password(caller, "", NEW)) == "password_missing"
    assert code_of(await change_password(caller, PASSWORD, "okafor okafor okafor")) == "password_has_context"
    assert problem_of(await Client(practice).password(password=NEW)) == "wrong_credentials"


@pytest.mark.spec("SIGN-4", "SIGN-6")
async def test_a_new_password_ends_sign_ins_under_way(practice: Practice) -> None:
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    caller = await here(practice, KEY)
    practice.clock.advance(timedelta(seconds=STEP_S))
    stranger = Client(practice)
    await stranger.password()
    assert await change_password(caller, PASSWORD, NEW) == Changed()
    assert problem_of(await stranger.code(practice.code(KEY))) == "account_changed"


@pytest.mark.spec("MFA-2", "MFA-6", "MFA-11", "SIGN-6")
async def test_the_first_method_brings_a_recovery_code_and_ends_every_other_session(practice: Practice) -> None:
    await practice.add_person("ada@example.org")
    caller, other = await here(practice), await here(practice)
    first = await begin_method(caller, "totp")
    assert await begin_method(caller, "totp") == first, "a reload shows the same key"
    key = shown(first)
    assert code_of(await confirm_method(caller, "totp", {"code": "12345"})) == "code_malformed"
    assert code_of(await confirm_method(caller, "totp", {"code": practice.code(key, 7)})) == "code_not_matching"
    codes = await confirm_method(caller, "totp", {"code": practice.code(key)})
    assert isinstance(codes, NewCodes)
    assert await codes_to_save(caller) == codes.codes
    assert (await is_alive(practice, caller), await is_alive(practice, other)) == (True, False)
    assert await confirm_saved(caller) == Changed()
    assert await codes_to_save(caller) == (), "shown never again"
    await practice.deliver()
    assert len(told(practice)) == 2
    practice.clock.advance(timedelta(seconds=STEP_S))
    assert await sign_in(practice, key=key)
    client = Client(practice)
    await client.password()
    assert isinstance((await client.code(codes.codes[0], "recovery_code")).step, view.NewRecoveryCode)


async def test_a_code_that_was_not_saved_is_replaced_at_the_next_sign_in(practice: Practice) -> None:
    await practice.add_person("ada@example.org")
    caller = await here(practice)
    key, codes = await add_app(practice, caller)
    assert isinstance(codes, NewCodes)
    practice.clock.advance(timedelta(seconds=STEP_S))
    client = Client(practice)
    await client.password()
    seen = await client.code(practice.code(key))
    assert isinstance(seen.step, view.NewRecoveryCode)
    assert seen.step.codes != codes.codes


@pytest.mark.spec("MFA-2", "SIGN-6")
async def test_a_new_app_takes_the_place_of_the_old_one_and_the_recovery_code_stays(practice: Practice) -> None:
    account, code = await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    caller, other = await here(practice, KEY), None
    practice.clock.advance(timedelta(seconds=STEP_S))
    other = await here(practice, KEY)
    key, answer = await add_app(practice, caller)
    assert answer == Changed()
    assert (await is_alive(practice, caller), await is_alive(practice, other)) == (True, False)
    assert [m.kind for m in (await overview(caller)).methods] == ["totp"]
    trail = await names_in_trail(practice, account.id)
    assert (trail.count("mfa.method_added"), trail.count("mfa.method_removed")) == (1, 1)
    practice.clock.advance(timedelta(seconds=STEP_S))
    client = Client(practice)
    await client.password()
    assert problem_of(await client.code(practice.code(KEY))) == "code_wrong"
    token_of(await client.code(practice.code(key)))
    again = Client(practice)
    await again.password()
    assert isinstance((await again.code(code, "recovery_code")).step, view.NewRecoveryCode)


async def test_a_set_up_belongs_to_the_session_that_began_it_and_ends_after_ten_minutes(practice: Practice) -> None:
    await practice.add_person("ada@example.org")
    caller, other = await here(practice), await here(practice)
    key = shown(await begin_method(caller, "totp"))
    assert code_of(await confirm_method(other, "totp", {"code": practice.code(key)})) == "setup_expired"
    assert shown(await begin_method(other, "totp")) != key
    practice.clock.advance(timedelta(minutes=10))
    assert await step_up(caller, "password", {"password": PASSWORD}) == Changed()
    proven = await still(practice, caller)
    assert code_of(await confirm_method(proven, "totp", {"code": practice.code(key)})) == "setup_expired"


async def test_a_kind_that_is_no_method_cannot_be_set_up(practice: Practice) -> None:
    await practice.add_person("ada@example.org")
    caller = await here(practice)
    for kind in ("", "carrier_pigeon", "codes", "recovery_code", "password", "\x00"):
        assert code_of(await begin_method(caller, kind)) == "method_unknown"
        assert code_of(await confirm_method(caller, kind, {"code": "123456"})) == "method_unknown"


@pytest.mark.spec("MFA-7")
async def test_where_the_practice_turned_it_off_nothing_new_is_set_up(practice: Practice) -> None:
    clinic = await practice.add_organization(mfa_mode=MfaMode.OFF)
    await practice.add_person("ada@example.org", organization=clinic)
    caller = await here(practice)
    assert code_of(await begin_method(caller, "totp")) == "mfa_is_off"
    seen = await overview(caller)
    assert (seen.policy, seen.can_add) == (MfaMode.OFF, ())


@pytest.mark.spec("MFA-10", "MFA-11", "SIGN-6")
async def test_removing_a_method_takes_its_recovery_code_along_and_tells_the_person(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    caller = await here(practice, KEY)
    method = (await overview(caller)).methods[0]
    assert await remove_method(caller, method.id) == Changed()
    seen = await overview(caller)
    assert (seen.methods, seen.recovery) == ((), None)
    assert code_of(await remove_method(caller, method.id)) == "method_gone"
    assert await is_alive(practice, caller)
    await practice.deliver()
    assert len(told(practice)) == 1
    assert "mfa.method_removed" in await names_in_trail(practice, account.id)
    assert await sign_in(practice)


@pytest.mark.spec("MFA-10")
async def test_the_last_method_stays_while_it_is_required(practice: Practice) -> None:
    clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True, organization=clinic)
    caller = await here(practice, KEY)
    method = (await overview(caller)).methods[0]
    assert code_of(await remove_method(caller, method.id)) == "last_method"
    async with practice.write() as unit:
        await unit.organizations.set_mfa(clinic.id, MfaMode.OPTIONAL, None)
    assert await remove_method(caller, method.id) == Changed()


@pytest.mark.spec("MFA-10")
async def test_the_last_method_may_go_until_the_date_from_which_it_is_required(practice: Practice) -> None:
    starts = practice.clock.now() + timedelta(days=1)
    clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED, mfa_from=starts)
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True, organization=clinic)
    caller = await here(practice, KEY)
    seen = await overview(caller)
    assert (seen.policy, seen.required_from) == (MfaMode.OPTIONAL, starts)
    assert await remove_method(caller, seen.methods[0].id) == Changed()


async def test_the_method_of_somebody_else_is_not_there(practice: Practice) -> None:
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    bob, _ = await practice.add_person("bob@example.org", totp_key=KEY, recovery_code=True)
    caller = await here(practice, KEY)
    async with practice.units.read() as unit:
        theirs = await unit.credentials.of(bob.id)
    for credential in theirs:
        assert code_of(await remove_method(caller, credential.id)) == "method_gone"
    own_code = next(c for c in (await person_of(caller)).credentials if c.kind == "recovery_code")
    assert code_of(await remove_method(caller, own_code.id)) == "method_gone", "a recovery code is replaced, not removed"
    async with practice.units.read() as unit:
        assert await unit.credentials.of(bob.id) == theirs


@pytest.mark.spec("MFA-6", "SIGN-6")
async def test_a_new_recovery_code_makes_the_old_one_useless_at_once(practice: Practice) -> None:
    account, old = await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    caller = await here(practice, KEY)
    practice.clock.advance(timedelta(seconds=STEP_S))
    other = await here(practice, KEY)
    new = await replace_recovery_code(caller)
    assert isinstance(new, NewCodes)
    assert (await is_alive(practice, caller), await is_alive(practice, other)) == (True, False)
    recovery = (await overview(caller)).recovery
    assert recovery is not None
    assert not recovery.is_saved
    assert await confirm_saved(caller) == Changed()
    client = Client(practice)
    await client.password()
    assert problem_of(await client.code(old, "recovery_code")) == "recovery_code_wrong"
    assert isinstance((await client.code(new.codes[0], "recovery_code")).step, view.NewRecoveryCode)
    assert "mfa.recovery_code_saved" in await names_in_trail(practice, account.id)


async def test_without_a_method_there_is_nothing_to_recover(practice: Practice) -> None:
    await practice.add_person("ada@example.org")
    caller = await here(practice)
    assert code_of(await replace_recovery_code(caller)) == code_of(await confirm_saved(caller)) == "no_method"


@pytest.mark.spec("SIGN-6")
async def test_people_see_their_sessions_and_end_them(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org")
    tokens = [await sign_in(practice) for _ in range(3)]
    caller = await caller_of(practice, tokens[0])
    assert {s.id for s in (await overview(caller)).sessions} == {session_id(token) for token in tokens}
    async with practice.write() as unit:
        session, at = caller.who.session, practice.clock.now()
        assert await end(unit, practice.world, session, session_id(tokens[1]), caller.origin, at)
        assert not await end(unit, practice.world, session, session_id(tokens[1]), caller.origin, at), "it has ended already"
    assert [await signed_in(practice, token) is not None for token in tokens] == [True, False, True]
    async with practice.write() as unit:
        assert await end_others(unit, practice.world, session, caller.origin, at) == 1
        assert await end_others(unit, practice.world, session, caller.origin, at) == 0
    assert [await signed_in(practice, token) is not None for token in tokens] == [True, False, False]
    async with practice.write() as unit:
        assert await end(unit, practice.world, session, session.id, caller.origin, at)
    assert await signed_in(practice, tokens[0]) is None
    assert (await names_in_trail(practice, account.id)).count("session.ended") == 3


@pytest.mark.spec("SIGN-6")
async def test_nobody_ends_the_session_of_somebody_else(practice: Practice) -> None:
    await practice.add_person("ada@example.org")
    await practice.add_person("bob@example.org")
    bobs = await sign_in(practice, "bob@example.org")
    caller = await here(practice)
    async with practice.write() as unit:
        at = practice.clock.now()
        assert not await end(unit, practice.world, caller.who.session, session_id(bobs), caller.origin, at)
        await end_others(unit, practice.world, caller.who.session, caller.origin, at)
    assert await signed_in(practice, bobs) is not None


@pytest.mark.spec("SIGN-5")
async def test_a_session_that_idled_out_is_not_listed(practice: Practice) -> None:
    clinic = await practice.add_organization(idle_minutes=15)
    await practice.add_person("ada@example.org", organization=clinic)
    idle = await sign_in(practice)
    practice.clock.advance(timedelta(minutes=15))
    caller = await here(practice)
    assert [s.id for s in (await overview(caller)).sessions] == [caller.who.session.id]
    assert await signed_in(practice, idle) is None


async def test_activity_is_paged_newest_first(practice: Practice) -> None:
    await practice.add_person("ada@example.org")
    caller = await here(practice)
    for _ in range(4):
        practice.clock.advance(timedelta(milliseconds=5))
        await here(practice)
    first = await activity(caller, None, limit=3)
    second = await activity(caller, first[-1].id, limit=3)
    assert [len(first), len(second)] == [3, 3]
    seen = [entry.at for entry in (*first, *second)]
    assert seen == sorted(seen, reverse=True)
    assert [entry.id for entry in (await overview(caller)).activity][:6] == [entry.id for entry in (*first, *second)]
