"""The first story: a provider signs in, sets up MFA, saves the recovery code, and is in; the next time a code is enough."""

from base64 import b32decode
from datetime import timedelta

import pytest

from tests.world import HERE, PASSWORD, Practice
from wardkey.accounts.rules import MfaMode
from wardkey.sessions.actions import who
from wardkey.signin import view
from wardkey.signin.commands import AnswerMfa, ConfirmEnrolment, ConfirmSaved, SubmitPassword
from wardkey.signin.runner import look, proceed, start

KEY = b"12345678901234567890"


@pytest.mark.spec("SIGN-1", "MFA-7")
async def test_a_provider_whose_practice_requires_mfa_sets_it_up_and_is_in(practice: Practice) -> None:
    clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
    await practice.add_person("ada@example.org", organization=clinic)
    units, world = practice.units, practice.world

    seen = await start(units, world, SubmitPassword("ada@example.org", PASSWORD), HERE)
    assert isinstance(seen.step, view.EnrollMfa), seen
    token, secret = seen.attempt or "", str(seen.step.setups["totp"]["secret"])
    again = await look(units, world, token)
    assert isinstance(again.step, view.EnrollMfa)
    assert again.step.setups["totp"]["secret"] == secret

    key = b32decode(secret)
    wrong = await proceed(units, world, token, ConfirmEnrolment("totp", "000000"), HERE)
    assert wrong.problem is not None
    assert wrong.problem.faults[0].code == "code_not_matching"
    seen = await proceed(units, world, token, ConfirmEnrolment("totp", practice.code(key)), HERE)
    assert isinstance(seen.step, view.NewRecoveryCode), seen
    assert seen.step.codes == (await look(units, world, token)).step.codes  # type: ignore[union-attr]
    not_yet = await proceed(units, world, token, ConfirmSaved(False), HERE)
    assert not_yet.problem is not None
    seen = await proceed(units, world, token, ConfirmSaved(True), HERE)
    assert isinstance(seen.step, view.Done)

    async with units.read() as unit:
        signed_in = await who(unit, seen.step.session_token, practice.clock.now())
    assert signed_in is not None
    assert (signed_in.email, signed_in.has_method) == ("ada@example.org", True)
    assert signed_in.session.amr == ("pwd", "otp", "mfa")
    await practice.deliver()
    assert {m.subject for m in practice.mails_to("ada@example.org")}
    assert len(practice.mails_to("ada@example.org")) == 2


async def test_with_a_method_set_up_a_code_is_enough_and_works_once(practice: Practice) -> None:
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    units, world, code = practice.units, practice.world, practice.code(KEY)
    first = await start(units, world, SubmitPassword("Ada@Example.org ", PASSWORD), HERE)
    second = await start(units, world, SubmitPassword("ada@example.org", PASSWORD), HERE)
    assert isinstance(first.step, view.Mfa)
    assert first.step.methods == ("totp", "recovery_code")
    done = await proceed(units, world, first.attempt or "", AnswerMfa("totp", code), HERE)
    assert isinstance(done.step, view.Done)
    spent = await proceed(units, world, second.attempt or "", AnswerMfa("totp", code), HERE)
    assert spent.problem is not None
    assert spent.problem.faults[0].code == "code_spent"
    repeated = await proceed(units, world, first.attempt or "", AnswerMfa("totp", code), HERE)
    assert repeated.problem is not None
    assert repeated.problem.code == "attempt_finished"
    practice.clock.advance(timedelta(seconds=30))
    done = await proceed(units, world, second.attempt or "", AnswerMfa("totp", practice.code(KEY)), HERE)
    assert isinstance(done.step, view.Done)


async def test_a_recovery_code_signs_in_once_and_a_new_one_is_shown(practice: Practice) -> None:
    _, code = await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    units, world = practice.units, practice.world
    seen = await start(units, world, SubmitPassword("ada@example.org", PASSWORD), HERE)
    seen = await proceed(units, world, seen.attempt or "", AnswerMfa("recovery_code", code.lower().replace("-", " ")), HERE)
    assert isinstance(seen.step, view.NewRecoveryCode), seen
    assert seen.step.codes[0] != code
    seen = await proceed(units, world, seen.attempt or "", ConfirmSaved(True), HERE)
    assert isinstance(seen.step, view.Done)
    again = await start(units, world, SubmitPassword("ada@example.org", PASSWORD), HERE)
    again = await proceed(units, world, again.attempt or "", AnswerMfa("recovery_code", code), HERE)
    assert again.problem is not None
    assert again.problem.faults[0].code == "recovery_code_wrong"


async def test_a_wrong_password_and_an_unknown_address_look_the_same(practice: Practice) -> None:
    await practice.add_person("ada@example.org")
    known = await start(practice.units, practice.world, SubmitPassword("ada@example.org", "wrong wrong wrong"), HERE)
    unknown = await start(practice.units, practice.world, SubmitPassword("eve@example.org", "wrong wrong wrong"), HERE)
    assert known.problem is not None
    assert unknown.problem is not None
    assert known.problem.code == unknown.problem.code == "wrong_credentials"
    assert known.attempt is unknown.attempt is None
