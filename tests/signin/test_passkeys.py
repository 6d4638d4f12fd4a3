"""Passkeys in a sign-in: in place of the password, as the second factor, set up on the way, and offered afterwards."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.authenticator import Authenticator, Credential, Json, a_security_key, as_text, encoded
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
    trail,
)
from tests.signin.methods import add_passkey, options
from tests.world import PASSWORD, Practice, open_practice
from wardkey.accounts.rules import MfaMode, Status
from wardkey.factors.passkeys.questions import ANSWERED_WITHIN
from wardkey.factors.passkeys.sign_in import TOKEN_LIVES_FOR
from wardkey.organizations.rules import Organization
from wardkey.self_service.methods import begin_method, confirm_method, remove_method
from wardkey.settings import LimitSettings, PasskeySettings
from wardkey.signin import view
from wardkey.signin.commands import AnswerMfa, AnswerPasskeyOffer, SubmitPasskey
from wardkey.vocabulary import Problem, Role

ADA = "ada@example.org"
EVE = "eve@example.org"


@dataclass
class Copy(Authenticator):
    """One that says its new passkey has an id which is taken."""

    stolen: bytes = b""

    def _made(self, credential: Credential, challenge: str) -> Json:
        credential.id = self.stolen
        return super()._made(credential, challenge)


async def rules(practice: Practice, organization: Organization, *, is_passkey_enough: bool) -> None:
    async with practice.write() as unit:
        await unit.organizations.set_device_rules(
            organization.id, allows_trusted_devices=True, is_passkey_enough=is_passkey_enough
        )


class TestInPlaceOfThePassword:
    @pytest.mark.spec("SIGN-2")
    async def test_whoever_has_no_mfa_is_in(self, practice: Practice) -> None:
        ada, _ = await practice.add_person(ADA)
        phone = Authenticator()
        await add_passkey(practice, ada, phone, is_method=False)
        token = token_of(await Client(practice).passkey(phone))
        session = await signed_in(practice, token)
        assert session is not None
        assert session.session.amr == ("swk",)
        assert "sign_in.succeeded" in await names_in_trail(practice, ada.id)

    @pytest.mark.spec("SIGN-2", "MFA-5")
    async def test_it_is_not_enough_where_there_is_mfa(self, practice: Practice) -> None:
        ada, _ = await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        phone, client = Authenticator(), Client(practice)
        await add_passkey(practice, ada, phone)
        seen = await client.passkey(phone)
        assert mfa_of(seen).methods == ("totp", "recovery_code"), "nor does the same kind answer twice"
        refused = await client.send(AnswerMfa("passkey", credential="{}"))
        assert problem_of(refused) == "method_unknown"
        done = done_of(await client.code(practice.code(KEY)))
        session = await signed_in(practice, done.session_token)
        assert session is not None
        assert session.session.amr == ("swk", "otp", "mfa")

    @pytest.mark.spec("SIGN-2")
    async def test_with_nothing_but_passkeys_the_password_is_the_way_on(self, practice: Practice) -> None:
        ada, _ = await practice.add_person(ADA, recovery_code=True)
        phone, client = Authenticator(), Client(practice)
        await add_passkey(practice, ada, phone)
        assert mfa_of(await client.passkey(phone)).methods == ("password", "recovery_code")
        assert problem_of(await client.code("", "password")) == "password_missing"
        assert problem_of(await client.code("not that one", "password")) == "current_password_wrong"
        done = done_of(await client.code(PASSWORD, "password"))
        session = await signed_in(practice, done.session_token)
        assert session is not None
        assert session.session.amr == ("swk", "pwd", "mfa")

    @pytest.mark.spec("SIGN-2", "MFA-6")
    async def test_with_nothing_but_passkeys_the_recovery_code_is_another_way_on(self, practice: Practice) -> None:
        ada, code = await practice.add_person(ADA, recovery_code=True)
        phone, client = Authenticator(), Client(practice)
        await add_passkey(practice, ada, phone)
        await client.passkey(phone)
        seen = await client.code(code, "recovery_code")
        assert isinstance(seen.step, view.NewRecoveryCode)
        token_of(await client.saved())

    @pytest.mark.spec("SIGN-2", "MFA-12")
    async def test_guessing_the_password_there_is_counted_like_codes(self, practice: Practice) -> None:
        ada, _ = await practice.add_person(ADA, recovery_code=True)
        phone, client = Authenticator(), Client(practice)
        await add_passkey(practice, ada, phone)
        await client.passkey(phone)
        for _ in range(4):
            assert problem_of(await client.code("a guess", "password")) == "current_password_wrong"
        assert problem_of(await client.code("a guess", "password")) == "codes_used_up"
        assert problem_of(await client.code(PASSWORD, "password")) == "codes_used_up"

    @pytest.mark.spec("SIGN-2")
    @pytest.mark.parametrize(("is_enough", "step"), [(True, view.Done), (False, view.Mfa)])
    async def test_a_practice_may_take_it_for_both(self, practice: Practice, is_enough: bool, step: type) -> None:
        clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
        ada, _ = await practice.add_person(ADA, organization=clinic, totp_key=KEY, recovery_code=True)
        phone = Authenticator()
        await add_passkey(practice, ada, phone)
        await rules(practice, clinic, is_passkey_enough=is_enough)
        seen = await Client(practice).passkey(phone)
        assert isinstance(seen.step, step)
        if isinstance(seen.step, view.Done):
            session = await signed_in(practice, seen.step.session_token)
            assert session is not None
            assert session.session.amr == ("swk", "mfa")

    @pytest.mark.spec("SIGN-2")
    @pytest.mark.parametrize("before", [True, False])
    async def test_what_a_practice_says_when_the_session_is_given_is_what_counts(self, practice: Practice, before: bool) -> None:
        """The sign-in waits for its address to be confirmed; meanwhile the practice changes its mind."""
        clinic = await practice.add_organization()
        ada, _ = await practice.add_person(ADA, organization=clinic, status=Status.UNVERIFIED)
        phone, client = Authenticator(), Client(practice)
        await add_passkey(practice, ada, phone, is_method=False)
        await rules(practice, clinic, is_passkey_enough=before)
        await client.passkey(phone)
        await rules(practice, clinic, is_passkey_enough=not before)
        async with practice.write() as unit:
            await unit.accounts.set_status(ada.id, Status.ACTIVE)
        session = await signed_in(practice, token_of(await client.verified()))
        assert session is not None
        assert session.session.amr == (("swk",) if before else ("swk", "mfa"))

    @pytest.mark.spec("SIGN-2")
    async def test_one_practice_that_does_not_take_it_is_enough_to_refuse(self, practice: Practice) -> None:
        ada, _ = await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        for name, is_enough in (("Maple Street Clinic", True), ("Oak Lane Practice", False)):
            place = await practice.add_organization(name)
            await rules(practice, place, is_passkey_enough=is_enough)
            async with practice.write() as unit:
                await unit.organizations.add_member(place.id, ada.id, Role.PROVIDER, practice.clock.now())
        phone = Authenticator()
        await add_passkey(practice, ada, phone)
        assert isinstance((await Client(practice).passkey(phone)).step, view.Mfa)

    @pytest.mark.spec("SIGN-2", "MFA-7")
    async def test_where_mfa_is_required_a_passkey_made_for_signing_in_counts_as_a_method(self, practice: Practice) -> None:
        clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
        ada, _ = await practice.add_person(ADA, organization=clinic, recovery_code=True)
        phone = Authenticator()
        await add_passkey(practice, ada, phone, is_method=False)
        assert mfa_of(await Client(practice).password()).methods == ("passkey", "recovery_code")
        assert mfa_of(await Client(practice).passkey(phone)).methods == ("password", "recovery_code")

    @pytest.mark.spec("MFA-5")
    @pytest.mark.parametrize(
        ("knobs", "code"),
        [
            ({"client_data": {"challenge": encoded(b"another" * 5)}}, "passkey_challenge"),
            ({"client_data": {"origin": "https://evil.example"}}, "passkey_origin"),
            ({"client_data": {"type": "webauthn.create"}}, "passkey_ceremony"),
            ({"relying_party": "evil.example"}, "passkey_relying_party"),
            ({"flags_xor": 0x01}, "passkey_not_present"),
            ({"flags_xor": 0x04}, "passkey_not_verified"),
            ({"flags_xor": 0x08}, "passkey_backup"),
        ],
    )
    async def test_a_hostile_ceremony_is_refused_by_its_code(
        self, sqlite_practice: Practice, knobs: dict[str, Any], code: str
    ) -> None:
        ada, _ = await sqlite_practice.add_person(ADA)
        phone, client = Authenticator(), Client(sqlite_practice)
        await add_passkey(sqlite_practice, ada, phone)
        for name, value in knobs.items():
            setattr(phone, name, value)
        assert problem_of(await client.passkey(phone)) == code
        assert await names_in_trail(sqlite_practice, ada.id) == ["sign_in.failed"]

    @pytest.mark.spec("MFA-5")
    async def test_the_signature_of_another_key_is_none(self, sqlite_practice: Practice) -> None:
        ada, _ = await sqlite_practice.add_person(ADA)
        phone, other, client = Authenticator(), Authenticator(), Client(sqlite_practice)
        await add_passkey(sqlite_practice, ada, phone)
        eve, _ = await sqlite_practice.add_person(EVE)
        await add_passkey(sqlite_practice, eve, other)
        phone.credentials[0].key = other.credentials[0].key
        assert problem_of(await client.passkey(phone)) == "passkey_signature"
        phone.credentials[0].user_handle = other.credentials[0].user_handle
        assert problem_of(await client.passkey(phone)) == "passkey_unknown", "her account has no such passkey"

    @pytest.mark.spec("ACC-7")
    async def test_an_unknown_passkey_and_a_removed_one_are_answered_alike(self, sqlite_practice: Practice) -> None:
        ada, _ = await sqlite_practice.add_person(ADA)
        phone, client = Authenticator(), Client(sqlite_practice)
        added = await add_passkey(sqlite_practice, ada, phone)
        async with sqlite_practice.write() as unit:
            assert await unit.credentials.take(added.id, version=added.version)
        removed = await client.passkey(phone)
        phone.user_handle = b"acc_01jd9zc3k0c5x5q8m6w2v7t1ra"
        unknown = await client.passkey(phone)
        assert problem_of(removed) == problem_of(unknown) == "passkey_unknown"
        assert removed.attempt is unknown.attempt is None

    @pytest.mark.spec("MFA-5", "SIGN-2")
    async def test_a_challenge_is_answered_once(self, practice: Practice) -> None:
        ada, _ = await practice.add_person(ADA)
        phone, client = Authenticator(), Client(practice)
        await add_passkey(practice, ada, phone, is_method=False)
        asked = client.offered()
        answer = SubmitPasskey(asked.token, as_text(phone.get(asked.options)))
        token_of(await client.start(answer))
        replayed = await client.start(answer)
        assert problem_of(replayed) == "try_again", "and no session"
        assert (await names_in_trail(practice, ada.id)).count("sign_in.succeeded") == 1

    @pytest.mark.spec("SIGN-2")
    async def test_a_challenge_lives_five_minutes_to_the_second(self, sqlite_practice: Practice) -> None:
        ada, _ = await sqlite_practice.add_person(ADA)
        phone, client = Authenticator(), Client(sqlite_practice)
        await add_passkey(sqlite_practice, ada, phone, is_method=False)
        late, just = client.offered(), client.offered()
        sqlite_practice.clock.advance(TOKEN_LIVES_FOR - timedelta(seconds=1))
        token_of(await client.passkey(phone, just))
        sqlite_practice.clock.advance(timedelta(seconds=1))
        assert problem_of(await client.passkey(phone, late)) == "passkey_expired"

    @pytest.mark.parametrize("token", ["", "AAAA", "a" * 5_000, "\u0000", "Zm9yZ2VkIHRva2VuIG9mIHRoZSByaWdodCBsZW5ndGg"])
    async def test_a_forged_token_is_no_challenge(self, sqlite_practice: Practice, token: str) -> None:
        ada, _ = await sqlite_practice.add_person(ADA)
        phone, client = Authenticator(), Client(sqlite_practice)
        await add_passkey(sqlite_practice, ada, phone, is_method=False)
        answer = as_text(phone.get(client.offered().options))
        assert problem_of(await client.start(SubmitPasskey(token, answer))) in ("passkey_expired", "passkey_challenge")

    @pytest.mark.parametrize("credential", ["", "{", "[]", "null", "{}", '{"id": 3}', "[" * 40_000, "x" * 70_000, "\u0000"])
    async def test_what_is_no_answer_is_refused_as_unknown(self, sqlite_practice: Practice, credential: str) -> None:
        client = Client(sqlite_practice)
        seen = await client.start(SubmitPasskey(client.offered().token, credential))
        assert problem_of(seen) in ("passkey_unknown", "passkey_malformed")

    async def test_a_key_that_counts_backwards_is_let_in_and_goes_on_record(self, practice: Practice) -> None:
        ada, _ = await practice.add_person(ADA)
        key = a_security_key()
        await add_passkey(practice, ada, key, "Key ring", is_method=False)
        for _ in range(2):
            token_of(await Client(practice).passkey(key))
        key.credentials[0].sign_count = 0
        token_of(await Client(practice).passkey(key))
        events = [e for e in await trail(practice, ada.id) if "counter" in e.name]
        assert len(events) == 1

    async def test_wrong_passkeys_spend_the_budget_of_their_network(self, sqlite_url: str) -> None:
        async with open_practice(sqlite_url, limits=LimitSettings(failures_per_network=5)) as practice:
            ada, _ = await practice.add_person(ADA)
            phone, stranger = Authenticator(), Authenticator()
            added = await add_passkey(practice, ada, stranger)
            await add_passkey(practice, ada, phone, is_method=False)
            async with practice.write() as unit:
                assert await unit.credentials.take(added.id, version=added.version)
            for _ in range(5):
                assert problem_of(await Client(practice).passkey(stranger)) == "passkey_unknown"
            assert problem_of(await Client(practice).passkey(phone)) == "too_many_requests"

    @pytest.mark.parametrize("status", [Status.SUSPENDED, Status.DEACTIVATED])
    async def test_a_suspended_account_stays_shut(self, practice: Practice, status: Status) -> None:
        ada, _ = await practice.add_person(ADA, status=status)
        phone = Authenticator()
        await add_passkey(practice, ada, phone, is_method=False)
        assert isinstance((await Client(practice).passkey(phone)).step, view.Blocked)

    async def test_an_unconfirmed_address_is_confirmed_first(self, practice: Practice) -> None:
        ada, _ = await practice.add_person(ADA, status=Status.UNVERIFIED)
        phone = Authenticator()
        await add_passkey(practice, ada, phone, is_method=False)
        assert isinstance((await Client(practice).passkey(phone)).step, view.VerifyEmail)

    @pytest.mark.spec("MFA-12", "SIGN-2")
    async def test_a_password_known_to_others_keeps_nobody_out_who_does_not_need_it(self, practice: Practice) -> None:
        ada, _ = await practice.add_person(ADA, totp_key=KEY, recovery_code=True, is_password_known=True)
        phone, client = Authenticator(), Client(practice)
        await add_passkey(practice, ada, phone)
        assert isinstance((await client.password()).step, view.Blocked)
        await client.passkey(phone)
        for _ in range(4):
            assert problem_of(await client.code("000000")) == "code_wrong"
        token_of(await client.code(practice.code(KEY)))


class TestAsTheSecondFactor:
    @pytest.mark.spec("MFA-5")
    @pytest.mark.parametrize("make", [Authenticator, a_security_key])
    async def test_it_answers_the_challenge(self, practice: Practice, make: Any) -> None:
        ada, _ = await practice.add_person(ADA, recovery_code=True)
        key, client = make(), Client(practice)
        await add_passkey(practice, ada, key)
        seen = mfa_of(await client.password())
        assert (seen.methods, list(seen.asked)) == (("passkey", "recovery_code"), ["passkey"]), "asked on arrival"
        assert [c["id"] for c in options(seen.asked["passkey"])["allowCredentials"]] == [encoded(key.credentials[0].id)]
        session = await signed_in(practice, token_of(await client.touch(key)))
        assert session is not None
        assert session.session.amr == ("pwd", "swk" if make is Authenticator else "hwk", "mfa")

    @pytest.mark.spec("MFA-5")
    async def test_a_key_without_a_pin_is_good_enough_as_the_second_of_two(self, practice: Practice) -> None:
        ada, _ = await practice.add_person(ADA, recovery_code=True)
        key, client = a_security_key(), Client(practice)
        await add_passkey(practice, ada, key)
        key.can_verify_user = False
        await client.password()
        token_of(await client.touch(key))
        alone = Client(practice)
        asked = alone.offered()
        answer = key.get({**asked.options, "userVerification": "preferred"})
        assert problem_of(await alone.start(SubmitPasskey(asked.token, as_text(answer)))) == "passkey_not_verified"

    @pytest.mark.spec("MFA-5")
    async def test_an_answer_works_once_and_for_its_own_attempt_alone(self, practice: Practice) -> None:
        ada, _ = await practice.add_person(ADA, recovery_code=True)
        phone, first, second = Authenticator(), Client(practice), Client(practice)
        await add_passkey(practice, ada, phone)
        await first.password()
        await second.password()
        answer = AnswerMfa("passkey", credential=as_text(await first.signed(phone)))
        assert problem_of(await second.send(answer)) == "passkey_challenge"
        token_of(await first.send(answer))
        assert problem_of(await first.send(answer)) == "attempt_finished"
        assert problem_of(await second.send(answer)) == "passkey_challenge"

    @pytest.mark.spec("MFA-5", "MFA-12")
    async def test_asking_again_puts_another_challenge_and_the_one_before_is_dead(self, practice: Practice) -> None:
        ada, _ = await practice.add_person(ADA, recovery_code=True)
        phone, client = Authenticator(), Client(practice)
        await add_passkey(practice, ada, phone)
        before = options(mfa_of(await client.password()).asked["passkey"])
        after = options(mfa_of(await client.ask("passkey")).asked["passkey"])
        assert before["challenge"] != after["challenge"]
        assert problem_of(await client.touch(phone, before)) == "passkey_challenge"
        token_of(await client.touch(phone, after))

    @pytest.mark.spec("MFA-5")
    async def test_an_answer_that_comes_too_late_is_none(self, sqlite_url: str) -> None:
        async with open_practice(sqlite_url) as practice:
            ada, _ = await practice.add_person(ADA, recovery_code=True)
            phone, client = Authenticator(), Client(practice)
            await add_passkey(practice, ada, phone)
            await client.password()
            answer = AnswerMfa("passkey", credential=as_text(await client.signed(phone)))
            practice.clock.advance(ANSWERED_WITHIN)
            assert problem_of(await client.send(answer)) in ("attempt_expired", "passkey_expired")

    @pytest.mark.spec("MFA-5")
    async def test_somebody_elses_passkey_is_none(self, practice: Practice) -> None:
        ada, _ = await practice.add_person(ADA, recovery_code=True)
        eve, _ = await practice.add_person(EVE, recovery_code=True)
        phone, hers, client = Authenticator(), Authenticator(), Client(practice)
        await add_passkey(practice, ada, phone)
        await add_passkey(practice, eve, hers)
        asked = options(mfa_of(await client.password()).asked["passkey"])
        refused = await client.touch(hers, {**asked, "allowCredentials": []})
        assert problem_of(refused) == "passkey_unknown"

    @pytest.mark.spec("MFA-5")
    async def test_the_challenge_of_a_set_up_does_not_answer_a_sign_in(self, practice: Practice) -> None:
        """An answer to `navigator.credentials.create` is none to `get`, and the other way round."""
        clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
        await practice.add_person(ADA, organization=clinic)
        phone, client = Authenticator(), Client(practice)
        await client.password()
        step = (await client.begin("passkey")).step
        assert isinstance(step, view.EnrollMfa)
        asked = options(step.setups["passkey"])
        phone.create(asked)
        signed = phone.get({"rpId": asked["rp"]["id"], "challenge": asked["challenge"]})
        assert problem_of(await client.enrol("", "passkey")) == "passkey_malformed"
        refused = await client.send(AnswerMfa("passkey", credential=as_text(signed)))
        assert problem_of(refused) == "wrong_step"


class TestSetUpOnTheWay:
    @pytest.mark.spec("MFA-1", "MFA-5")
    async def test_a_passkey_can_be_the_first_method(self, practice: Practice) -> None:
        clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
        await practice.add_person(ADA, organization=clinic)
        phone, client = Authenticator(), Client(practice)
        await client.password()
        practice.clock.advance(timedelta(seconds=1))
        step = (await client.begin("passkey")).step
        assert isinstance(step, view.EnrollMfa)
        assert list(step.setups) == ["totp", "passkey"], "the one begun last at the end"
        seen = await client.make(phone, "My phone")
        assert isinstance(seen.step, view.NewRecoveryCode)
        session = await signed_in(practice, token_of(await client.saved()))
        assert session is not None
        assert session.session.amr == ("pwd", "swk", "mfa")
        again = Client(practice)
        await again.password()
        token_of(await again.touch(phone))
        await practice.deliver()
        assert len(practice.mails_to(ADA)) >= 2

    @pytest.mark.spec("MFA-5")
    @pytest.mark.parametrize(
        ("knobs", "code"),
        [
            ({"client_data": {"challenge": encoded(b"another" * 5)}}, "passkey_challenge"),
            ({"client_data": {"origin": "https://evil.example"}}, "passkey_origin"),
            ({"client_data": {"type": "webauthn.get"}}, "passkey_ceremony"),
            ({"relying_party": "evil.example"}, "passkey_relying_party"),
            ({"flags_xor": 0x01}, "passkey_not_present"),
            ({"flags_xor": 0x04}, "passkey_not_verified"),
        ],
    )
    async def test_a_hostile_one_is_refused_by_its_code_and_nothing_is_set_up(
        self, sqlite_practice: Practice, knobs: dict[str, Any], code: str
    ) -> None:
        clinic = await sqlite_practice.add_organization(mfa_mode=MfaMode.REQUIRED)
        await sqlite_practice.add_person(ADA, organization=clinic)
        client = Client(sqlite_practice)
        await client.password()
        await client.begin("passkey")
        hostile = Authenticator(**knobs)
        assert problem_of(await client.make(hostile)) == code
        assert isinstance((await client.make(Authenticator())).step, view.NewRecoveryCode), "an honest one still can"

    @pytest.mark.spec("MFA-5")
    async def test_a_passkey_that_another_account_has_is_refused(self, practice: Practice) -> None:
        clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
        await practice.add_person(ADA, organization=clinic)
        eve, _ = await practice.add_person(EVE)
        hers, client = Authenticator(), Client(practice)
        await add_passkey(practice, eve, hers)
        await client.password()
        await client.begin("passkey")
        assert problem_of(await client.make(Copy(stolen=hers.credentials[0].id))) == "passkey_taken"


class TestTheOffer:
    @pytest.mark.spec("SIGN-3")
    async def test_it_comes_last_where_the_device_could_hold_one(self, practice: Practice) -> None:
        await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        client = Client(practice)
        await client.password(can_hold_passkey=True)
        seen = await client.code(practice.code(KEY))
        assert isinstance(seen.step, view.OfferPasskey)
        token_of(await client.answer_offer("not_now"))
        practice.clock.advance(timedelta(seconds=30))
        other = Client(practice)
        await other.password()
        token_of(await other.code(practice.code(KEY)))

    @pytest.mark.spec("SIGN-3")
    async def test_not_now_asks_again_after_fourteen_days_to_the_second(self, practice: Practice) -> None:
        await practice.add_person(ADA)
        client = Client(practice)
        await client.password(can_hold_passkey=True)
        token_of(await client.answer_offer("not_now"))
        practice.clock.advance(timedelta(days=14) - timedelta(seconds=1))
        token_of(await Client(practice).password(can_hold_passkey=True))
        practice.clock.advance(timedelta(seconds=1))
        assert isinstance((await Client(practice).password(can_hold_passkey=True)).step, view.OfferPasskey)

    @pytest.mark.spec("SIGN-3")
    async def test_never_is_never(self, practice: Practice) -> None:
        await practice.add_person(ADA)
        client = Client(practice)
        await client.password(can_hold_passkey=True)
        token_of(await client.answer_offer("never"))
        practice.clock.advance(timedelta(days=4_000))
        token_of(await Client(practice).password(can_hold_passkey=True))

    @pytest.mark.spec("SIGN-3", "SIGN-2")
    async def test_one_that_is_made_signs_in_and_makes_mfa_be_asked_of_nobody(self, practice: Practice) -> None:
        ada, _ = await practice.add_person(ADA)
        phone, client = Authenticator(), Client(practice)
        await client.password(can_hold_passkey=True)
        token_of(await client.answer_offer("create", phone, "This laptop"))
        token_of(await Client(practice).passkey(phone))
        token_of(await Client(practice).password())
        assert "mfa.method_added" in await names_in_trail(practice, ada.id)

    @pytest.mark.spec("SIGN-3")
    async def test_a_cancelled_one_can_be_put_off(self, practice: Practice) -> None:
        await practice.add_person(ADA)
        client = Client(practice)
        await client.password(can_hold_passkey=True)
        assert problem_of(await client.send(AnswerPasskeyOffer("create", "{}"))) == "passkey_malformed"
        assert problem_of(await client.send(AnswerPasskeyOffer("perhaps"))) == "choice_unknown"
        token_of(await client.answer_offer("not_now"))

    @pytest.mark.spec("SIGN-3")
    async def test_whoever_came_with_a_passkey_is_asked_nothing(self, practice: Practice) -> None:
        ada, _ = await practice.add_person(ADA, recovery_code=True)
        phone, client = Authenticator(), Client(practice)
        await add_passkey(practice, ada, phone)
        await client.password(can_hold_passkey=True)
        token_of(await client.touch(phone))

    @pytest.mark.spec("SIGN-3", "MFA-9")
    async def test_whoever_skipped_mfa_adds_nothing_that_could_skip_it_for_ever(self, practice: Practice) -> None:
        await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        client = Client(practice)
        await client.password()
        token_of(await client.code(practice.code(KEY), trusts=True))
        token_of(await client.password(can_hold_passkey=True))

    @pytest.mark.spec("SIGN-3")
    async def test_an_installation_may_not_want_it(self, sqlite_url: str) -> None:
        async with open_practice(sqlite_url, passkeys=PasskeySettings(is_offered=False)) as practice:
            await practice.add_person(ADA)
            token_of(await Client(practice).password(can_hold_passkey=True))


class TestOnTheSecurityPage:
    @pytest.mark.spec("MFA-5", "MFA-10")
    async def test_ten_at_most_and_each_browser_is_told_which_there_are(self, practice: Practice) -> None:
        await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        client = Client(practice)
        await client.password()
        caller = await caller_of(practice, token_of(await client.code(practice.code(KEY))))
        for number in range(10):
            shown = await begin_method(caller, "passkey")
            assert not isinstance(shown, Problem)
            assert len(options(shown)["excludeCredentials"]) == number
            made = as_text(Authenticator().create(options(shown)))
            assert not isinstance(await confirm_method(caller, "passkey", {"credential": made}), Problem)
        beyond = await begin_method(caller, "passkey")
        assert isinstance(beyond, Problem)
        assert beyond.code == "too_many_passkeys"

    @pytest.mark.spec("MFA-5")
    async def test_a_removed_passkey_opens_nothing(self, practice: Practice) -> None:
        ada, _ = await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        phone, client = Authenticator(), Client(practice)
        added = await add_passkey(practice, ada, phone)
        await client.password()
        await client.ask("passkey")
        caller = await caller_of(practice, token_of(await client.touch(phone)))
        assert not isinstance(await remove_method(caller, added.id), Problem)
        assert problem_of(await Client(practice).passkey(phone)) == "passkey_unknown"
