"""What happens to a sign-in under way when something else happens meanwhile, and to commands that do not belong to its step."""

from base64 import b32decode
from datetime import timedelta
from typing import Final

import pytest
from argon2.low_level import Type, hash_secret
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.signin.client import ELSEWHERE, KEY, Client, blocked_by, names_in_trail, problem_of, signed_in, token_of, trail
from tests.world import HERE, NOON, PASSWORD, Practice
from wardkey.accounts.rules import MfaMode, Status, email_key
from wardkey.signin import view
from wardkey.signin.commands import AnswerMfa, ChoosePassword, Command, ConfirmEnrolment, ConfirmSaved, ContinueVerification
from wardkey.signin.facts import Stage
from wardkey.signin.runner import look, proceed

SHORT: Final = "teapot-window"
"""Long enough beside a second factor, too short alone."""
COMMANDS: Final[tuple[Command, ...]] = (
    ContinueVerification(),
    AnswerMfa("totp", "000000"),
    ConfirmEnrolment("totp", "000000"),
    ConfirmSaved(True),
    ChoosePassword("a long walk by the quiet river"),
)


async def at_step(practice: Practice, here: Stage) -> Client:
    """A client whose attempt stands at a step."""
    client = Client(practice)
    match here:
        case Stage.VERIFY_EMAIL:
            await practice.add_person("ada@example.org", status=Status.UNVERIFIED)
        case Stage.MFA:
            await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
        case Stage.ENROLL_MFA:
            clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
            await practice.add_person("ada@example.org", organization=clinic)
        case Stage.NEW_RECOVERY_CODE:
            await practice.add_person("ada@example.org", totp_key=KEY)
        case Stage.CHANGE_PASSWORD:
            await practice.add_person("ada@example.org", SHORT)
        case _:
            raise AssertionError(here)
    seen = await client.password(password=SHORT if here is Stage.CHANGE_PASSWORD else PASSWORD)
    if here is Stage.NEW_RECOVERY_CODE:
        seen = await client.code(practice.code(KEY))
    assert kind_of(seen) == here.value
    return client


def kind_of(seen: view.SigninView) -> str:
    return str(type(seen.step).__struct_config__.tag)


STEPS: Final = [Stage.VERIFY_EMAIL, Stage.MFA, Stage.ENROLL_MFA, Stage.NEW_RECOVERY_CODE, Stage.CHANGE_PASSWORD]


@pytest.mark.spec("SIGN-4")
@pytest.mark.parametrize("here", STEPS)
async def test_a_command_of_another_step_changes_nothing(sqlite_practice: Practice, here: Stage) -> None:
    client = await at_step(sqlite_practice, here)
    before = await client.look()
    for command in (c for c in COMMANDS if c.stage is not here):
        seen = await client.send(command)
        if isinstance(command, ContinueVerification):
            assert seen.problem is None, "going on after the link was opened is no mistake"
        else:
            assert problem_of(seen) == "wrong_step"
        assert (seen.attempt, seen.step) == (client.token, before.step)
    assert await client.look() == before


@pytest.mark.spec("SIGN-4", "MFA-7")
async def test_a_policy_date_that_passes_meanwhile_leads_to_set_up(practice: Practice) -> None:
    clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED, mfa_from=NOON + timedelta(minutes=1))
    await practice.add_person("ada@example.org", SHORT, organization=clinic)
    client = Client(practice)
    assert isinstance((await client.password(password=SHORT)).step, view.ChangePassword)
    practice.clock.advance(timedelta(minutes=1))
    refused = await client.choose("a long walk by the quiet river")
    assert problem_of(refused) == "wrong_step"
    assert isinstance(refused.step, view.EnrollMfa)
    assert (await client.look()).step == refused.step, "the set-up that is shown stays the same"
    seen = await client.enrol(practice.code(_key_in(refused)))
    assert isinstance(seen.step, view.NewRecoveryCode)
    token_of(await client.saved())


def _key_in(seen: view.SigninView) -> bytes:
    assert isinstance(seen.step, view.EnrollMfa)
    return b32decode(str(seen.step.setups["totp"]["secret"]))


@pytest.mark.spec("SIGN-4", "ACC-5")
async def test_a_policy_that_is_loosened_meanwhile_lets_no_weak_password_in_alone(practice: Practice) -> None:
    clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
    await practice.add_person("ada@example.org", SHORT, organization=clinic)
    client = Client(practice)
    assert isinstance((await client.password(password=SHORT)).step, view.EnrollMfa)
    async with practice.write() as unit:
        await unit.organizations.set_mfa(clinic.id, MfaMode.OPTIONAL, None)
    seen = await client.verified()
    assert isinstance(seen.step, view.ChangePassword), seen
    token_of(await client.choose("a long walk by the quiet river"))


@pytest.mark.spec("SIGN-4", "SIGN-6")
async def test_a_password_changed_meanwhile_ends_the_attempt(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    client = Client(practice)
    await client.password()
    async with practice.write() as unit:
        await unit.accounts.change_password(
            account.id, password_hash=account.password_hash, old=account.security_stamp,
            new=account.security_stamp + "x", at=practice.clock.now(),
        )  # fmt: skip
    seen = await client.code(practice.code(KEY))
    assert blocked_by(seen) == problem_of(seen) == "account_changed"
    assert blocked_by(await client.look()) == "account_changed"


@pytest.mark.spec("SIGN-4")
@pytest.mark.parametrize("here", STEPS)
async def test_whoever_is_suspended_meanwhile_gets_no_further(sqlite_practice: Practice, here: Stage) -> None:
    client = await at_step(sqlite_practice, here)
    async with sqlite_practice.write() as unit:
        account = await unit.accounts.by_email(email_key("ada@example.org"))
        assert account is not None
        assert await unit.accounts.set_status(account.id, Status.SUSPENDED)
    for command in COMMANDS:
        seen = await client.send(command)
        assert blocked_by(seen) == problem_of(seen) == "account_suspended"
    assert "sign_in.succeeded" not in await names_in_trail(sqlite_practice, account.id)


@pytest.mark.spec("SIGN-7")
async def test_a_suspended_account_is_told_with_a_reference_only_after_the_right_password(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org", status=Status.SUSPENDED)
    wrong = await Client(practice).password(password="not the right one at all")
    assert problem_of(wrong) == "wrong_credentials"
    client = Client(practice)
    seen = await client.password()
    assert blocked_by(seen) == "account_suspended"
    assert isinstance(seen.step, view.Blocked)
    async with practice.units.read() as unit:
        kept = await unit.attempts.by_reference(seen.step.reference)
    assert kept is not None
    assert (kept.account, kept.outcome) == (account.id, "account_suspended")
    assert "sign_in.blocked" in await names_in_trail(practice, account.id)


@pytest.mark.spec("SIGN-4")
@pytest.mark.parametrize("here", STEPS)
async def test_an_attempt_ends_ten_minutes_after_its_password(sqlite_practice: Practice, here: Stage) -> None:
    client = await at_step(sqlite_practice, here)
    sqlite_practice.clock.advance(timedelta(minutes=10, microseconds=-1))
    assert kind_of(await client.look()) == here.value
    sqlite_practice.clock.advance(timedelta(microseconds=1))
    for command in COMMANDS:
        assert blocked_by(await client.send(command)) == "attempt_expired"


@pytest.mark.spec("SIGN-4")
async def test_an_attempt_that_is_done_gives_no_second_session(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org")
    client = Client(practice)
    token_of(await client.password())
    for command in COMMANDS:
        seen = await client.send(command)
        assert blocked_by(seen) == problem_of(seen) == "attempt_finished"
    assert (await names_in_trail(practice, account.id)).count("sign_in.succeeded") == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=60), st.sampled_from(["", "\x00", "é", "a" * 10_000, "../../x", "' OR 1=1 --"])))
async def test_a_token_that_was_never_given_opens_nothing(practice: Practice, token: str) -> None:
    for seen in (
        await look(practice.units, practice.world, token),
        await proceed(practice.units, practice.world, token, AnswerMfa("totp", "000000"), HERE),
    ):
        assert problem_of(seen) == "attempt_unknown"
        assert (seen.attempt, seen.step) == (None, view.FirstFactor())


async def test_a_refused_password_leaves_an_attempt_that_nobody_can_go_on_with(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org")
    seen = await Client(practice).password(password="not the right one at all")
    assert seen.attempt is None
    assert seen.problem is not None
    async with practice.units.read() as unit:
        kept = await unit.attempts.about(account.id)
    assert [(a.outcome, a.reference) for a in kept] == [("wrong_credentials", seen.problem.reference)]


async def test_the_attempt_of_one_person_says_nothing_about_another(practice: Practice) -> None:
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    bob_key = b"09876543210987654321"
    await practice.add_person("bob@example.org", totp_key=bob_key, recovery_code=True)
    ada, bob = Client(practice), Client(practice)
    await ada.password()
    await bob.password("bob@example.org")
    assert problem_of(await bob.code(practice.code(KEY))) == "code_wrong"
    token = token_of(await ada.code(practice.code(KEY)))
    found = await signed_in(practice, token)
    assert found is not None
    assert found.email == "ada@example.org"


async def test_a_method_that_was_not_offered_is_refused_at_every_step(practice: Practice) -> None:
    clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
    await practice.add_person("ada@example.org", organization=clinic)
    await practice.add_person("bob@example.org", totp_key=KEY)
    ada, bob = Client(practice), Client(practice)
    await ada.password()
    await bob.password("bob@example.org")
    for method in ("", "sms", "codes", "recovery_code", "\x00", "totp ", "password"):
        assert problem_of(await ada.enrol("123456", method)) == "method_unknown"
        assert problem_of(await bob.code("123456", method)) == "method_unknown"


async def test_what_is_no_address_is_told_beside_its_field(practice: Practice) -> None:
    faults = {
        "": "email_missing",
        "   ": "email_missing",
        "ada\x00@example.org": "invisible_characters",
        "\u202eada@example.org": "invisible_characters",
        "ada": "email_malformed",
        "a" * 300 + "@example.org": "email_too_long",
        "\ud800@example.org": "invisible_characters",
    }
    assert {email: problem_of(await Client(practice).password(email)) for email in faults} == faults


async def test_every_spelling_of_an_address_signs_in(practice: Practice) -> None:
    await practice.add_person("ada@bücher.example")
    for typed in ("ada@xn--bcher-kva.example", " ADA@BÜCHER.example ", "ada@bu\u0308cher.example", "ada@ＢÜＣＨＥＲ.example"):
        token_of(await Client(practice).password(typed))


@pytest.mark.spec("ACC-5")
async def test_the_same_password_is_right_however_its_letters_are_composed(practice: Practice) -> None:
    await practice.add_person("ada@example.org", "crème brûlée à la façon")
    token_of(await Client(practice).password(password="cre\u0300me bru\u0302le\u0301e a\u0300 la fac\u0327on"))


@pytest.mark.spec("ACC-5")
async def test_a_short_password_has_to_be_replaced_before_it_signs_in_alone(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org", SHORT)
    client = Client(practice)
    seen = await client.password(password=SHORT)
    assert seen.step == view.ChangePassword(minimum_length=15)
    assert problem_of(await client.choose("fourteen signs")) == "password_too_short"
    assert problem_of(await client.choose("123456789012345")) == "password_predictable"
    token = token_of(await client.choose("a long walk by the quiet river"))
    assert await signed_in(practice, token) is not None
    assert (await names_in_trail(practice, account.id)).count("account.password_changed") == 1
    token_of(await Client(practice).password(password="a long walk by the quiet river"))


@pytest.mark.spec("SIGN-1")
async def test_the_trail_says_who_signed_in_how_and_from_where(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    client = Client(practice, ELSEWHERE)
    await client.password()
    await client.code(practice.code(KEY))
    entry = (await trail(practice, account.id))[-1]
    assert (entry.name, entry.actor, entry.ip) == ("sign_in.succeeded", account.id, ELSEWHERE.ip)
    assert '"otp"' in entry.data


async def test_a_hash_under_older_parameters_is_renewed_at_sign_in(practice: Practice) -> None:
    old = "$argon2id$v=19$m=16,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$"
    stored = hash_secret(PASSWORD.encode(), b"0123456789abcdef", 1, 16, 1, 32, Type.ID).decode()
    assert stored.startswith(old)
    account, _ = await practice.add_person("ada@example.org", password_hash=stored)
    token_of(await Client(practice).password())
    async with practice.units.read() as unit:
        kept = await unit.accounts.by_id(account.id)
    assert kept is not None
    assert kept.password_hash.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    token_of(await Client(practice).password())
