"""Codes by text message in a sign-in: sent, waited for, tried, expired, and never to somebody else's phone for free (MFA-3)."""

from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from tests.signin.client import KEY, Client, caller_of, mfa_of, problem_of, signed_in, token_of
from tests.signin.methods import NUMBER, add_phone, texted
from tests.world import Practice, open_practice
from wardkey.accounts.rules import MfaMode
from wardkey.self_service.actions import Changed
from wardkey.self_service.methods import begin_method, confirm_method
from wardkey.self_service.step_up import ask_step_up, step_up
from wardkey.settings import LimitSettings, SessionSettings, SmsSettings
from wardkey.signin import view
from wardkey.signin.commands import AskMfa, BeginEnrolment
from wardkey.texts.rules import CountryDay
from wardkey.vocabulary import Instant, Problem

ADA = "ada@example.org"
OTHER = "+12025550188"
PATIENT: Final = SessionSettings(attempt_s=3_600)
"""Long enough for a code to expire before its attempt does."""


@pytest.fixture
async def ada(practice: Practice) -> Client:
    """Past the password, with codes by text and a recovery code; the first text is under way."""
    account, _ = await practice.add_person(ADA, recovery_code=True)
    await add_phone(practice, account)
    client = Client(practice)
    await client.password()
    return client


def until(practice: Practice, moment: Instant) -> None:
    """Let time pass until a moment."""
    practice.clock.advance(moment - practice.clock.now())


def wrong(code: str, by: int = 1) -> str:
    return f"{(int(code) + by) % 1_000_000:06}"


def enrolling(seen: view.SigninView) -> view.EnrollMfa:
    assert isinstance(seen.step, view.EnrollMfa), seen
    return seen.step


@pytest.mark.spec("MFA-3")
async def test_where_nothing_sends_texts_they_are_not_offered_as_a_method(sqlite_url: str) -> None:
    async with open_practice(sqlite_url, sms_url=()) as practice:
        clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
        await practice.add_person(ADA, organization=clinic)
        client = Client(practice)
        assert enrolling(await client.password()).methods == ("totp", "passkey")
        assert problem_of(await client.send(BeginEnrolment("sms", number="202 555 0123", country="US"))) == "method_unknown"


class TestTheQuestion:
    @pytest.mark.spec("MFA-3")
    async def test_a_code_is_on_its_way_when_the_step_is_shown_and_signs_in(self, ada: Client) -> None:
        practice = ada.practice
        step = mfa_of(await ada.look())
        assert step.methods == ("sms", "recovery_code")
        at = practice.clock.now()
        assert step.asked["sms"] == {
            "sent_to": "•••• ••23",
            "expires_at": (at + timedelta(minutes=10)).isoformat(),
            "resend_at": (at + timedelta(seconds=30)).isoformat(),
        }
        session = await signed_in(practice, token_of(await ada.code(await texted(practice), "sms")))
        assert session is not None
        assert session.session.amr == ("pwd", "sms", "mfa")
        assert len(practice.texts_to(NUMBER)) == 1

    @pytest.mark.spec("MFA-3")
    async def test_looking_again_sends_nothing(self, ada: Client) -> None:
        for _ in range(5):
            await ada.look()
        await ada.practice.deliver()
        assert len(ada.practice.texts_to(NUMBER)) == 1

    @pytest.mark.spec("MFA-3")
    async def test_the_text_ends_with_the_line_that_binds_it_to_the_site(self, ada: Client) -> None:
        code = await texted(ada.practice)
        assert ada.practice.texts_to(NUMBER)[0].text.splitlines()[-1] == f"@127.0.0.1 #{code}"

    @pytest.mark.spec("MFA-3", "MFA-2")
    async def test_a_code_works_once(self, ada: Client) -> None:
        second = Client(ada.practice)
        code = await texted(ada.practice)
        await second.password()
        token_of(await ada.code(code, "sms"))
        assert problem_of(await ada.code(code, "sms")) == "attempt_finished"
        assert problem_of(await second.code(code, "sms")) == "text_code_wrong", "of another attempt"

    @pytest.mark.spec("MFA-3")
    async def test_a_code_of_ten_minutes_ends_to_the_second(self, database_url: str) -> None:
        for late, said in ((0, "text_code_expired"), (1, "")):
            async with open_practice(database_url, session=PATIENT) as practice:
                account, _ = await practice.add_person(f"{late}-{ADA}", recovery_code=True)
                await add_phone(practice, account)
                client = Client(practice)
                step = mfa_of(await client.password(f"{late}-{ADA}"))
                code = await texted(practice)
                until(practice, datetime.fromisoformat(str(step.asked["sms"]["expires_at"])) - timedelta(seconds=late))
                seen = await client.code(code, "sms")
                assert (problem_of(seen) if seen.problem else "") == said

    @pytest.mark.spec("MFA-12")
    async def test_five_wrong_codes_end_the_attempt(self, ada: Client) -> None:
        code = await texted(ada.practice)
        for number in range(4):
            seen = await ada.code(wrong(code, number + 1), "sms")
            assert problem_of(seen) == "text_code_wrong"
            assert seen.problem is not None
            assert seen.problem.params["tries_left"] == 4 - number
        assert problem_of(await ada.code(wrong(code, 9), "sms")) == "codes_used_up"
        assert problem_of(await ada.code(code, "sms")) == "codes_used_up"

    @pytest.mark.spec("MFA-3", "MFA-12")
    async def test_five_tries_are_all_and_another_text_brings_no_more(self, sqlite_url: str) -> None:
        async with open_practice(sqlite_url, limits=LimitSettings(codes_per_attempt=50, codes_per_hour=50)) as practice:
            account, _ = await practice.add_person(ADA, recovery_code=True)
            await add_phone(practice, account)
            client = Client(practice)
            await client.password()
            code = await texted(practice)
            for number in range(3):
                assert problem_of(await client.code(wrong(code, number + 1), "sms")) == "text_code_wrong"
            practice.clock.advance(timedelta(seconds=30))
            assert (await client.ask("sms")).problem is None
            again = await texted(practice)
            for number in range(2):
                assert problem_of(await client.code(wrong(again, number + 1), "sms")) == "text_code_wrong"
            for code in (again, wrong(again)):
                assert problem_of(await client.code(code, "sms")) == "text_code_used_up"
            asked = await client.ask("sms")
            assert problem_of(asked) == "too_many_codes"
            assert asked.problem is not None
            assert asked.problem.retry_after

    @pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "12345\u0000", "9" * 200])
    async def test_what_is_no_code_is_no_guess(self, ada: Client, code: str) -> None:
        seen = await ada.code(code, "sms")
        assert problem_of(seen) == "text_code_malformed"
        token_of(await ada.code(await texted(ada.practice), "sms"))

    async def test_a_code_may_be_typed_with_spaces_and_dashes(self, ada: Client) -> None:
        code = await texted(ada.practice)
        token_of(await ada.code(f" {code[:3]}-{code[3:]} ", "sms"))


class TestAskingAgain:
    @pytest.mark.spec("MFA-3")
    async def test_waits_grow_and_the_newest_code_alone_counts(self, sqlite_url: str) -> None:
        async with open_practice(sqlite_url, session=PATIENT) as practice:
            account, _ = await practice.add_person(ADA, recovery_code=True)
            await add_phone(practice, account)
            client, codes = Client(practice), []
            await client.password()
            for wait in (30, 60, 120):
                sent_at = practice.clock.now()
                codes.append(await texted(practice))
                refused = await client.ask("sms")
                assert problem_of(refused) == "too_soon"
                assert refused.problem is not None
                assert refused.problem.retry_after == wait - (practice.clock.now() - sent_at).seconds
                until(practice, sent_at + timedelta(seconds=wait - 1))
                assert problem_of(await client.ask("sms")) == "too_soon"
                until(practice, sent_at + timedelta(seconds=wait))
                assert (await client.ask("sms")).problem is None
            codes.append(await texted(practice))
            assert len(practice.texts_to(NUMBER)) == 4
            for old in {*codes[:-1]} - {codes[-1]}:
                assert problem_of(await client.code(old, "sms")) == "text_code_wrong"
            token_of(await client.code(codes[-1], "sms"))

    @pytest.mark.spec("MFA-4")
    async def test_a_phone_rings_five_times_an_hour_at_most_however_often_somebody_signs_in(self, practice: Practice) -> None:
        account, _ = await practice.add_person(ADA, recovery_code=True)
        await add_phone(practice, account)
        for _ in range(5):
            assert "sms" in mfa_of(await Client(practice).password()).asked
        client = Client(practice)
        step = mfa_of(await client.password())
        assert step.asked == {}, "the step is shown all the same, with the other ways on"
        assert problem_of(await client.ask("sms")) == "too_many_texts"
        assert problem_of(await client.code("123456", "sms")) == "text_code_expired"
        await practice.deliver()
        assert len(practice.texts_to(NUMBER)) == 5
        practice.clock.advance(timedelta(hours=1))
        assert "sms" in mfa_of(await Client(practice).password()).asked

    @pytest.mark.spec("MFA-4", "MFA-3")
    async def test_a_sender_in_pause_leaves_the_other_ways_on(self, sqlite_url: str) -> None:
        async with open_practice(sqlite_url, sms=SmsSettings(countries=("GB",))) as practice:
            account, code = await practice.add_person(ADA, recovery_code=True)
            await add_phone(practice, account)
            client = Client(practice)
            assert mfa_of(await client.password()).asked == {}
            assert problem_of(await client.ask("sms")) == "texts_paused"
            assert isinstance((await client.code(code, "recovery_code")).step, view.NewRecoveryCode)

    @pytest.mark.parametrize("method", ["totp", "recovery_code", "passkey", "password", "nothing", ""])
    async def test_a_method_that_asks_nothing_or_is_not_there_is_refused(self, ada: Client, method: str) -> None:
        assert problem_of(await ada.ask(method)) == "method_unknown"

    async def test_nothing_is_asked_at_another_step(self, practice: Practice) -> None:
        await practice.add_person(ADA, totp_key=KEY)
        client = Client(practice)
        await client.password()
        await client.code(practice.code(KEY))
        assert problem_of(await client.send(AskMfa("sms"))) == "wrong_step"


class TestSetUpOnTheWay:
    @pytest.fixture
    async def new(self, practice: Practice) -> Client:
        """Past the password where MFA is required and nothing set up."""
        clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
        await practice.add_person(ADA, organization=clinic)
        client = Client(practice)
        await client.password()
        practice.clock.advance(timedelta(seconds=1))
        return client

    @pytest.mark.spec("MFA-1", "MFA-3")
    async def test_a_number_is_typed_a_code_arrives_and_ends_it(self, new: Client) -> None:
        step = enrolling(await new.begin("sms", "(202) 555-0123", "US"))
        assert list(step.setups) == ["totp", "sms"]
        assert step.setups["sms"]["number"] == "+1 202-555-0123"
        code = await texted(new.practice)
        assert problem_of(await new.enrol(wrong(code), "sms")) == "text_code_wrong"
        assert isinstance((await new.enrol(code, "sms")).step, view.NewRecoveryCode)
        session = await signed_in(new.practice, token_of(await new.saved()))
        assert session is not None
        assert session.session.amr == ("pwd", "sms", "mfa")
        new.practice.clock.advance(timedelta(hours=1))
        again = Client(new.practice)
        assert mfa_of(await again.password()).asked["sms"]["sent_to"] == "•••• ••23"

    @pytest.mark.spec("MFA-3")
    @pytest.mark.parametrize(
        ("number", "country", "code"),
        [
            ("", "US", "number_missing"),
            ("202 555 0123", "", "country_missing"),
            ("nobody", "US", "number_malformed"),
            ("202 555", "US", "number_too_short"),
            ("202 555 0123 4567", "US", "number_too_long"),
            ("+44 20 7946 0018", "", "number_landline"),
            ("1 900 555 0123", "US", "number_premium"),
            ("+999 123456", "", "number_calling_code"),
            ("2" * 5_000, "US", "number_malformed"),
            ("202 555 0123", "ZZ", "country_missing"),
        ],
    )
    async def test_a_number_that_gets_no_texts_is_refused_with_the_reason(
        self, new: Client, number: str, country: str, code: str
    ) -> None:
        seen = await new.begin("sms", number, country)
        assert problem_of(seen) == code
        assert "sms" not in enrolling(seen).setups
        await new.practice.deliver()
        assert new.practice.phone.sent == []

    @pytest.mark.spec("MFA-3")
    async def test_a_mistyped_number_is_put_right_at_once_but_not_again_and_again(self, new: Client) -> None:
        await new.begin("sms", "+12025550199")
        seen = await new.begin("sms", NUMBER)
        assert seen.problem is None
        assert problem_of(await new.begin("sms", OTHER)) == "too_soon"
        code = await texted(new.practice)
        assert isinstance((await new.enrol(code, "sms")).step, view.NewRecoveryCode)

    @pytest.mark.spec("MFA-4")
    async def test_nobody_can_make_a_strangers_phone_ring(self, practice: Practice) -> None:
        """Three texts a day reach a number on the wish of all who have not confirmed it, and no answer tells what others do."""
        clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
        answers: list[Any] = []
        for number in range(6):
            email = f"person{number}@example.org"
            await practice.add_person(email, organization=clinic)
            client = Client(practice)
            await client.password(email)
            answers.append(enrolling(await client.begin("sms", NUMBER)).setups["sms"]["number"])
        await practice.deliver()
        assert len(practice.texts_to(NUMBER)) == 3
        assert len(set(answers)) == 1

    @pytest.mark.spec("MFA-4")
    async def test_whether_a_number_is_in_use_makes_no_difference(self, practice: Practice) -> None:
        clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
        owner, _ = await practice.add_person("owner@example.org")
        await add_phone(practice, owner, NUMBER)
        seen = []
        for email, number in ((ADA, NUMBER), ("bob@example.org", OTHER)):
            await practice.add_person(email, organization=clinic)
            client = Client(practice)
            await client.password(email)
            step = enrolling(await client.begin("sms", number))
            code = await texted(practice, number)
            seen.append(({*step.setups["sms"]}, type((await client.enrol(code, "sms")).step)))
        assert seen[0] == seen[1] == (seen[0][0], view.NewRecoveryCode)

    @pytest.mark.spec("MFA-3", "MFA-12")
    async def test_five_wrong_codes_close_the_set_up_until_its_text_expires(self, new: Client) -> None:
        await new.begin("sms", NUMBER)
        code = await texted(new.practice)
        for number in range(5):
            assert problem_of(await new.enrol(wrong(code, number + 1), "sms")) == "text_code_wrong"
        assert problem_of(await new.enrol(code, "sms")) == "text_code_used_up"
        assert problem_of(await new.begin("sms", NUMBER)) == "too_many_codes"
        assert problem_of(await new.begin("sms", OTHER)) == "too_many_codes"

    async def test_a_set_up_that_was_not_begun_cannot_end(self, new: Client) -> None:
        assert problem_of(await new.enrol("123456", "sms")) == "method_unknown"

    @pytest.mark.spec("MFA-3")
    async def test_the_code_of_a_set_up_answers_no_question(self, practice: Practice) -> None:
        account, _ = await practice.add_person(ADA, recovery_code=True)
        await add_phone(practice, account)
        first = Client(practice)
        await first.password()
        caller = await caller_of(practice, token_of(await first.code(await texted(practice), "sms")))
        assert not isinstance(await begin_method(caller, "sms", {"number": OTHER, "country": ""}), Problem)
        code = await texted(practice, OTHER)
        refused = await step_up(caller, "sms", {"code": code})
        assert isinstance(refused, Problem)
        assert refused.faults[0].code == "text_code_expired", "nothing was asked"
        assert isinstance(await confirm_method(caller, "sms", {"code": code}), Changed)


class TestStepUp:
    @pytest.mark.spec("MFA-10", "MFA-3")
    async def test_a_text_proves_again_that_it_is_this_person(self, ada: Client) -> None:
        practice = ada.practice
        caller = await caller_of(practice, token := token_of(await ada.code(await texted(practice), "sms")))
        practice.clock.advance(timedelta(minutes=6))
        asked = await ask_step_up(caller, "sms")
        assert not isinstance(asked, Problem)
        assert "number" not in asked
        code = await texted(practice)
        assert isinstance(await step_up(caller, "sms", {"code": code}), Changed)
        again = await step_up(await caller_of(practice, token), "sms", {"code": code})
        assert isinstance(again, Problem)
        assert again.faults[0].code == "text_code_expired", "answered, so nothing is asked now"

    @pytest.mark.spec("MFA-3")
    async def test_the_question_of_a_session_is_its_own(self, ada: Client) -> None:
        practice = ada.practice
        token = token_of(await ada.code(await texted(practice), "sms"))
        practice.clock.advance(timedelta(minutes=6))
        other = Client(practice)
        await other.password()
        theirs = token_of(await other.code(await texted(practice), "sms"))
        await ask_step_up(await caller_of(practice, token), "sms")
        refused = await step_up(await caller_of(practice, theirs), "sms", {"code": await texted(practice)})
        assert isinstance(refused, Problem)
        assert refused.faults[0].code == "text_code_expired"


@pytest.mark.spec("MFA-4")
async def test_a_code_that_was_entered_counts_for_the_guard(ada: Client) -> None:
    code, since = await texted(ada.practice), ada.practice.clock.now() - timedelta(hours=1)
    await ada.code(wrong(code), "sms")
    assert [(day.sent, day.entered) for day in await days(ada.practice, since)] == [(1, 0)]
    await ada.code(code, "sms")
    assert [(day.sent, day.entered) for day in await days(ada.practice, since)] == [(1, 1)]


async def days(practice: Practice, since: Instant) -> list[CountryDay]:
    async with practice.units.read() as unit:
        return list(await unit.texts.day(since))
