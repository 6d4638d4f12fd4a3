"""Devices that are remembered: the MFA challenge is skipped there for fourteen days, and for nothing that changes the account."""

from base64 import b32decode
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import pytest
from msgspec.structs import replace

from tests.authenticator import Authenticator, as_text
from tests.email_verification.sign_ups import ask_for_reset, reset_links
from tests.signin.client import (
    KEY,
    Client,
    caller_of,
    done_of,
    mfa_of,
    names_in_trail,
    problem_of,
    signed_in,
    token_of,
)
from tests.signin.methods import NUMBER, add_passkey, add_phone, options, texted
from tests.world import HERE, PASSWORD, Practice
from wardkey.account_repair.actions import PasswordSet, reset_password
from wardkey.accounts.rules import MfaMode, Status
from wardkey.devices.actions import forget_all_devices, revoke_all
from wardkey.factors.kinds.totp import STEP_S
from wardkey.self_service.actions import Caller, Changed, NewCodes, change_password, replace_recovery_code
from wardkey.self_service.devices import forget_device, list_devices, revoke_all_trust, revoke_trust
from wardkey.self_service.methods import begin_method, confirm_method, remove_method
from wardkey.sessions.actions import end_others
from wardkey.signin import view
from wardkey.vocabulary import Problem, Role

ADA: Final = "ada@example.org"
BOB: Final = "bob@example.org"
BOBS_KEY: Final = b"09876543210987654321"
NEW: Final = "a long walk by the quiet river"
LATER: Final = timedelta(seconds=STEP_S)


async def trusting(practice: Practice, email: str = ADA, key: bytes = KEY, client: Client | None = None) -> Client:
    """A browser that has just been told to remember its device."""
    browser = client or Client(practice)
    await browser.password(email)
    done = done_of(await browser.code(practice.code(key), trusts=True))
    assert done.trust_token
    practice.clock.advance(LATER)
    return browser


@pytest.fixture
async def browser(practice: Practice) -> Client:
    """Ada's, which trusts its device."""
    await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    return await trusting(practice)


class TestTrust:
    @pytest.mark.spec("MFA-9")
    async def test_it_lasts_over_the_next_sign_ins_and_ends_at_fourteen_days_to_the_second(self, practice: Practice) -> None:
        await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        browser = Client(practice)
        await browser.password(ADA)
        begun, done = practice.clock.now(), done_of(await browser.code(practice.code(KEY), trusts=True))
        assert done.trusted_until == begun + timedelta(days=14)
        for wait in (timedelta(hours=4), timedelta(days=3), timedelta(days=6), timedelta(days=5) - timedelta(hours=4, seconds=1)):
            practice.clock.advance(wait)
            session = await signed_in(practice, token_of(await browser.password()))
            assert session is not None
            assert session.session.amr == ("pwd", "trusted_device")
        practice.clock.advance(timedelta(seconds=1))
        assert isinstance((await browser.password()).step, view.Mfa)

    @pytest.mark.spec("MFA-9")
    async def test_it_is_given_only_where_it_was_asked_for(self, practice: Practice) -> None:
        await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        browser = Client(practice)
        await browser.password()
        done = done_of(await browser.code(practice.code(KEY)))
        assert (done.trust_token, done.trusted_until) == (None, None)
        assert done.device_token
        assert isinstance((await browser.password()).step, view.Mfa)

    @pytest.mark.spec("MFA-9", "MFA-10")
    async def test_a_sign_in_that_skipped_mfa_opens_nothing_sensitive(self, browser: Client) -> None:
        caller = await caller_of(browser.practice, token_of(await browser.password()))
        refused = await begin_method(caller, "totp")
        assert isinstance(refused, Problem)
        assert refused.code == "step_up_required"

    @pytest.mark.spec("MFA-9")
    async def test_it_is_worth_nothing_with_a_wrong_password(self, browser: Client) -> None:
        assert problem_of(await browser.password(password="not this one at all")) == "wrong_credentials"

    @pytest.mark.spec("MFA-9")
    async def test_neither_of_the_two_tokens_is_worth_anything_alone_or_elsewhere(self, browser: Client) -> None:
        from_other = Client(browser.practice)
        await from_other.password()
        await from_other.code(browser.practice.code(KEY))
        whole = browser.origin
        stolen = ((whole.device, ""), ("", whole.trust), (from_other.origin.device, whole.trust), (whole.trust, whole.device))
        for device, trust in stolen:
            thief = Client(browser.practice, replace(whole, device=device, trust=trust))
            assert isinstance((await thief.password()).step, view.Mfa)

    @pytest.mark.spec("MFA-9")
    async def test_nobody_else_profits_from_it(self, browser: Client) -> None:
        await browser.practice.add_person(BOB, totp_key=BOBS_KEY, recovery_code=True)
        assert isinstance((await browser.password(BOB)).step, view.Mfa)

    @pytest.mark.spec("MFA-9")
    async def test_several_people_trust_one_browser_each_for_themselves(self, browser: Client) -> None:
        await browser.practice.add_person(BOB, totp_key=BOBS_KEY, recovery_code=True)
        await trusting(browser.practice, BOB, BOBS_KEY, browser)
        for email in (ADA, BOB, ADA):
            token_of(await browser.password(email))

    @pytest.mark.spec("MFA-9", "SIGN-2")
    async def test_it_stands_in_after_a_passkey_too(self, practice: Practice) -> None:
        ada, _ = await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        phone = Authenticator()
        await add_passkey(practice, ada, phone, is_method=False)
        browser = await trusting(practice)
        session = await signed_in(practice, token_of(await browser.passkey(phone)))
        assert session is not None
        assert session.session.amr == ("swk", "trusted_device")

    @pytest.mark.spec("MFA-9", "SIGN-2")
    async def test_it_does_not_weaken_a_passkey_that_is_enough_alone(self, practice: Practice) -> None:
        clinic = await practice.add_organization()
        ada, _ = await practice.add_person(ADA, organization=clinic, totp_key=KEY, recovery_code=True)
        phone = Authenticator()
        await add_passkey(practice, ada, phone)
        browser = await trusting(practice)
        async with practice.write() as unit:
            await unit.organizations.set_device_rules(clinic.id, allows_trusted_devices=True, is_passkey_enough=True)
        caller = await caller_of(practice, token_of(await browser.passkey(phone)))
        assert caller.who.session.amr == ("swk", "mfa")
        assert not isinstance(await begin_method(caller, "passkey"), Problem), "it was proven just now"

    @pytest.mark.spec("MFA-9", "MFA-6")
    async def test_a_recovery_code_never_makes_it(self, practice: Practice) -> None:
        _, code = await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        browser = Client(practice)
        await browser.password()
        await browser.code(code, "recovery_code", trusts=True)
        assert done_of(await browser.saved()).trust_token is None
        assert isinstance((await browser.password()).step, view.Mfa)

    @pytest.mark.spec("MFA-9")
    @pytest.mark.parametrize("allows", [(False,), (True, False)])
    async def test_one_practice_that_does_not_allow_it_is_enough(self, practice: Practice, allows: tuple[bool, ...]) -> None:
        ada, _ = await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        browser = await trusting(practice)
        for number, is_allowed in enumerate(allows):
            place = await practice.add_organization(f"Practice {number}")
            async with practice.write() as unit:
                await unit.organizations.add_member(place.id, ada.id, Role.PROVIDER, practice.clock.now())
                await unit.organizations.set_device_rules(place.id, allows_trusted_devices=is_allowed, is_passkey_enough=False)
        step = mfa_of(await browser.password())
        assert step.trust_days is None
        done = done_of(await browser.code(practice.code(KEY), trusts=True))
        assert done.trust_token is None

    @pytest.mark.spec("MFA-9", "MFA-1")
    async def test_it_can_be_asked_for_with_the_first_method(self, practice: Practice) -> None:
        clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
        await practice.add_person(ADA, organization=clinic)
        browser = Client(practice)
        step = (await browser.password()).step
        assert isinstance(step, view.EnrollMfa)
        assert step.trust_days == 14
        await browser.begin("passkey")
        await browser.make(Authenticator(), trusts=True)
        assert done_of(await browser.saved()).trust_token
        token_of(await browser.password())

    @pytest.mark.spec("MFA-9")
    @pytest.mark.parametrize("method", ["sms", "passkey"])
    async def test_every_method_can_make_it(self, practice: Practice, method: str) -> None:
        ada, _ = await practice.add_person(ADA, recovery_code=True)
        phone, browser = Authenticator(), Client(practice)
        await (add_phone(practice, ada) if method == "sms" else add_passkey(practice, ada, phone))
        await browser.password()
        if method == "sms":
            seen = await browser.code(await texted(practice), "sms", trusts=True)
        else:
            seen = await browser.touch(phone, trusts=True)
        assert done_of(seen).trust_token
        texts = len(practice.texts_to(NUMBER))
        token_of(await browser.password())
        await practice.deliver()
        assert len(practice.texts_to(NUMBER)) == texts, "nothing is sent where nothing is asked"


End = Callable[[Practice, Caller], Awaitable[None]]


async def password_changed(_practice: Practice, caller: Caller) -> None:
    assert isinstance(await change_password(caller, PASSWORD, NEW), Changed)


async def password_reset(practice: Practice, _caller: Caller) -> None:
    await ask_for_reset(practice)
    answer = await reset_password(practice.units, practice.world, reset_links(practice)[-1], NEW, HERE)
    assert isinstance(answer, PasswordSet)


async def passkey_added(_practice: Practice, caller: Caller, *, as_method: bool = True) -> None:
    shown = await begin_method(caller, "passkey")
    assert not isinstance(shown, Problem)
    answer = {"credential": as_text(Authenticator().create(options(shown)))}
    assert isinstance(await confirm_method(caller, "passkey", answer, as_method=as_method), Changed)


async def passkey_for_signing_in_added(practice: Practice, caller: Caller) -> None:
    await passkey_added(practice, caller, as_method=False)


async def app_replaced(practice: Practice, caller: Caller) -> None:
    shown = await begin_method(caller, "totp")
    assert not isinstance(shown, Problem)
    code = practice.code(b32decode(str(shown["secret"])))
    assert isinstance(await confirm_method(caller, "totp", {"code": code}), Changed)


async def phone_added(practice: Practice, caller: Caller) -> None:
    assert not isinstance(await begin_method(caller, "sms", {"number": NUMBER, "country": ""}), Problem)
    assert isinstance(await confirm_method(caller, "sms", {"code": await texted(practice)}), Changed)


async def method_removed(practice: Practice, caller: Caller) -> None:
    async with practice.units.read() as unit:
        phone = next(c for c in await unit.credentials.of(caller.who.session.account) if c.kind == "sms")
    assert isinstance(await remove_method(caller, phone.id), Changed)


async def recovery_code_replaced(_practice: Practice, caller: Caller) -> None:
    assert isinstance(await replace_recovery_code(caller), NewCodes)


async def ended_by_its_owner(_practice: Practice, caller: Caller) -> None:
    (trusted,) = (await list_devices(caller)).trusted
    assert isinstance(await revoke_trust(caller, trusted.device.id), Changed)


async def all_ended_by_its_owner(_practice: Practice, caller: Caller) -> None:
    assert await revoke_all_trust(caller) == 1


async def device_forgotten(_practice: Practice, caller: Caller) -> None:
    known = next(known for known in (await list_devices(caller)).known if known.is_trusted)
    assert isinstance(await forget_device(caller, known.device.id), Changed)


async def ended_by_an_administrator(practice: Practice, caller: Caller) -> None:
    async with practice.write() as unit:
        await revoke_all(unit, practice.world, caller.who.session.account, "acc_admin", HERE, practice.clock.now())


async def forgotten_by_an_administrator(practice: Practice, caller: Caller) -> None:
    async with practice.write() as unit:
        await forget_all_devices(unit, practice.world, caller.who.session.account, "acc_admin", HERE, practice.clock.now())


ENDS: Final[tuple[End, ...]] = (
    password_changed,
    password_reset,
    passkey_added,
    passkey_for_signing_in_added,
    app_replaced,
    phone_added,
    method_removed,
    recovery_code_replaced,
    ended_by_its_owner,
    all_ended_by_its_owner,
    device_forgotten,
    ended_by_an_administrator,
    forgotten_by_an_administrator,
)


class TestItsEnd:
    @pytest.mark.spec("MFA-9")
    @pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
    async def test_trust_ends_at_once_with_every_change_of_what_protects_the_account(self, practice: Practice, end: End) -> None:
        account, _ = await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        if end is method_removed:
            await add_phone(practice, account)
        browser = await trusting(practice)
        elsewhere = Client(practice)
        await elsewhere.password()
        caller = await caller_of(practice, token_of(await elsewhere.code(practice.code(KEY))))
        token_of(await browser.password())
        await end(practice, caller)
        password = NEW if end in (password_changed, password_reset) else PASSWORD
        assert isinstance((await browser.password(password=password)).step, view.Mfa)

    @pytest.mark.spec("MFA-9", "MFA-6")
    async def test_it_ends_when_a_recovery_code_is_used(self, practice: Practice) -> None:
        _, code = await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        browser, elsewhere = await trusting(practice), Client(practice)
        await elsewhere.password()
        await elsewhere.code(code, "recovery_code")
        assert isinstance((await browser.password()).step, view.Mfa), "before anybody says that the new one is saved"

    @pytest.mark.spec("MFA-9")
    async def test_it_lasts_over_what_changes_no_protection(self, browser: Client) -> None:
        practice, elsewhere = browser.practice, Client(browser.practice)
        await elsewhere.password()
        caller = await caller_of(practice, token_of(await elsewhere.code(practice.code(KEY))))
        async with practice.write() as unit:
            await end_others(unit, practice.world, caller.who.session, HERE, practice.clock.now())
        token_of(await browser.password())

    @pytest.mark.spec("MFA-9")
    async def test_a_code_that_was_not_saved_is_shown_only_after_a_proof(self, practice: Practice) -> None:
        account, _ = await practice.add_person(ADA, totp_key=KEY)
        browser = Client(practice)
        await browser.password()
        await browser.code(practice.code(KEY), trusts=True)
        assert done_of(await browser.saved()).trust_token
        async with practice.write() as unit:
            (code,) = (c for c in await unit.credentials.of(account.id) if c.kind == "recovery_code")
            assert await unit.credentials.take(code.id, version=code.version)
        practice.clock.advance(LATER)
        assert isinstance((await browser.password()).step, view.Mfa)
        assert isinstance((await browser.code(practice.code(KEY))).step, view.NewRecoveryCode)


class TestKnownDevices:
    @pytest.mark.spec("RULE-2", "MFA-11")
    async def test_a_sign_in_on_a_new_device_is_told_of_and_one_on_a_known_one_is_not(self, practice: Practice) -> None:
        account, _ = await practice.add_person(ADA)
        home, work = Client(practice), Client(practice)
        for browser, seen in ((home, 0), (home, 0), (work, 1), (work, 1), (home, 1)):
            token_of(await browser.password())
            await practice.deliver()
            assert len(practice.mails_to(ADA)) == seen
        assert (await names_in_trail(practice, account.id)).count("device.first_seen") == 1

    @pytest.mark.spec("RULE-2")
    async def test_a_token_that_is_not_genuine_makes_it_a_new_device(self, practice: Practice) -> None:
        await practice.add_person(ADA)
        token_of(await Client(practice).password())
        for device in ("AAAA", "a" * 200, "\u0000", "x y"):
            forged = Client(practice, replace(HERE, device=device))
            done = done_of(await forged.password())
            assert done.device_token not in (device, None)

    @pytest.mark.spec("RULE-2", "MFA-11")
    async def test_one_not_seen_for_long_is_new_again(self, practice: Practice) -> None:
        await practice.add_person(ADA)
        browser = Client(practice)
        token_of(await browser.password())
        practice.clock.advance(timedelta(days=practice.world.settings.devices.known_days))
        token_of(await browser.password())
        await practice.deliver()
        assert len(practice.mails_to(ADA)) == 1


@pytest.mark.spec("MFA-9")
async def test_trust_that_ends_while_a_sign_in_is_under_way_is_not_used(practice: Practice) -> None:
    """The address is not confirmed yet, so the sign-in waits; meanwhile the trust goes."""
    account, _ = await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    browser = await trusting(practice)
    async with practice.write() as unit:
        await unit.accounts.set_status(account.id, Status.UNVERIFIED)
    assert isinstance((await browser.password()).step, view.VerifyEmail)
    async with practice.write() as unit:
        await revoke_all(unit, practice.world, account.id, account.id, HERE, practice.clock.now())
        await unit.accounts.set_status(account.id, Status.ACTIVE)
    seen = await browser.verified()
    assert isinstance(seen.step, view.Mfa)
    session = await signed_in(practice, token_of(await browser.code(practice.code(KEY))))
    assert session is not None
    assert session.session.amr == ("pwd", "otp", "mfa")
