"""Codes by text message: drawn evenly, good for ten minutes and five tries, sent again after growing waits (MFA-3)."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import NOON
from wardkey.edges.randomness import SeededRandomness, SystemRandomness
from wardkey.factors.contract import About, Accepted, Factor, Refused, RelyingParty, Setup
from wardkey.factors.kinds.sms import LIFE, TRIES, Sms
from wardkey.problems import FAULTS, PROBLEMS
from wardkey.vocabulary import AccountId, FieldFault, Problem, faulty

pytestmark = pytest.mark.spec("MFA-3")

SMS: Final = Sms()
ABOUT: Final = About(
    account=AccountId("acc_ada"),
    email="ada@example.org",
    name="Ada Okafor",
    issuer="Maple Street Clinic",
    relying_party=RelyingParty("clinic.example", ("https://clinic.example",)),
)
GIVEN: Final = {"number": "(202) 555-0123", "country": "US"}
OTHER: Final = {"number": "(202) 555-0199", "country": "US"}
SECOND: Final = timedelta(seconds=1)


class Fixed:
    """Randomness that gives the same bytes always."""

    def __init__(self, number: int) -> None:
        self._number = number

    def bytes(self, count: int) -> bytes:
        return self._number.to_bytes(count, "big")


def begin(before: bytes | None = None, at: datetime = NOON, given: dict[str, str] = GIVEN) -> Setup | Problem:
    return SMS.begin(given, ABOUT, (), before, SystemRandomness(), at)


def begun(before: bytes | None = None, at: datetime = NOON, given: dict[str, str] = GIVEN) -> Setup:
    setup = begin(before, at, given)
    assert isinstance(setup, Setup), setup
    return setup


def ask(held: bytes, before: bytes | None = None, at: datetime = NOON) -> Setup | Problem:
    return SMS.ask(ABOUT, (held,), before, SystemRandomness(), at)


def asked(held: bytes, before: bytes | None = None, at: datetime = NOON) -> Setup:
    setup = ask(held, before, at)
    assert isinstance(setup, Setup), setup
    return setup


def code_of(setup: Setup) -> str:
    assert setup.texted is not None
    return setup.texted.code


def wrong_for(setup: Setup, change: int = 1) -> str:
    return str((int(code_of(setup)) + change) % 1_000_000).zfill(6)


def finish(state: bytes, code: str, at: datetime = NOON) -> Accepted | Refused:
    return SMS.finish(state, {"code": code}, ABOUT, at)


def check(held: bytes, state: bytes | None, code: str, at: datetime = NOON) -> Accepted | Refused:
    return SMS.check(held, state, {"code": code}, ABOUT, at)


def kept(given: dict[str, str] = GIVEN) -> bytes:
    """What is held of a phone that was set up."""
    setup = begun(given=given)
    outcome = finish(setup.state, code_of(setup))
    assert isinstance(outcome, Accepted)
    assert outcome.held is not None
    return outcome.held


def guessed(state: bytes, setup: Setup, times: int) -> bytes:
    """The set-up after so many wrong guesses."""
    for _ in range(times):
        outcome = finish(state, wrong_for(setup))
        assert isinstance(outcome, Refused)
        assert outcome.why == "wrong"
        assert outcome.state is not None
        state = outcome.state
    return state


def test_a_factor_asks_a_question_and_stands_alone() -> None:
    factor: Factor = SMS
    assert (factor.kind, factor.amr, factor.is_slow) == ("sms", "sms", False)
    assert (factor.is_method, factor.is_asked, factor.at_most) == (True, True, 1)


def test_a_set_up_texts_a_code_and_says_where_to_and_until_when() -> None:
    setup = begun()
    assert setup.texted is not None
    assert (setup.texted.number, setup.texted.minutes) == ("+12025550123", 10)
    assert len(code_of(setup)) == 6
    assert code_of(setup).isdigit()
    assert setup.shown == {
        "sent_to": "•••• ••23",
        "number": "+1 202-555-0123",
        "expires_at": "2026-11-24T12:10:00+00:00",
        "resend_at": "2026-11-24T12:00:30+00:00",
    }


def test_a_question_shows_two_digits_of_the_number_alone() -> None:
    setup = asked(kept())
    assert set(setup.shown) == {"sent_to", "expires_at", "resend_at"}
    assert "555" not in str(setup.shown)


def test_what_is_shown_never_holds_the_code() -> None:
    setup = begun()
    assert code_of(setup) not in str(SMS.resume(setup.state, ABOUT))[len(str(setup.state)) :]


def test_looking_again_sends_nothing() -> None:
    setup = begun()
    again = SMS.resume(setup.state, ABOUT)
    assert again.texted is None
    assert (again.state, again.shown) == (setup.state, setup.shown)


@pytest.mark.parametrize(
    ("number", "country", "fault"),
    [
        ("", "US", FieldFault("number", "number_missing")),
        ("020 7946 0018", "GB", FieldFault("number", "number_landline")),
        ("07911 123456", "", FieldFault("country", "country_missing")),
    ],
)
def test_a_number_that_gets_no_texts_is_refused_and_nothing_is_sent(number: str, country: str, fault: FieldFault) -> None:
    assert begin(given={"number": number, "country": country}) == faulty(fault)


def test_a_set_up_without_a_number_is_refused() -> None:
    assert SMS.begin({}, ABOUT, (), None, SystemRandomness(), NOON) == faulty(FieldFault("number", "number_missing"))


def test_the_right_code_keeps_the_number_and_suggests_a_name_without_it() -> None:
    setup = begun()
    outcome = finish(setup.state, code_of(setup))
    assert isinstance(outcome, Accepted)
    assert outcome.label == "•••• ••23"
    assert outcome.external_id is None
    assert outcome.amr is None
    assert asked(outcome.held or b"").texted is not None


def test_the_right_code_answers_a_question_and_leaves_the_phone_as_it_was() -> None:
    held = kept()
    question = asked(held)
    assert check(held, question.state, code_of(question)) == Accepted(held)


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}{1} ", "{0}-{1}", "\t{0}\u00a0{1}\n", "{0}\u2009{1}", "{0}–{1}"])
def test_spaces_and_dashes_do_not_matter(typed: str) -> None:
    setup = begun()
    code = code_of(setup)
    assert isinstance(finish(setup.state, typed.format(code[:3], code[3:])), Accepted)


@pytest.mark.parametrize("typed", ["", " ", "12345", "1234567", "12345a", "١٢٣٤٥٦", "１２３４５６", "½23456", "12.456", "+12345"])
def test_what_is_no_code_is_no_guess(typed: str) -> None:
    outcome = finish(begun().state, typed)
    assert outcome == Refused("malformed", code="text_code_malformed")
    assert SMS.finish(begun().state, {}, ABOUT, NOON) == outcome


@given(st.text(max_size=12))
def test_any_text_is_answered(typed: str) -> None:
    setup = begun()
    outcome = finish(setup.state, typed)
    assert isinstance(outcome, Accepted) == ("".join(typed.split()).replace("-", "").replace("–", "") == code_of(setup))


def test_a_code_is_good_for_ten_minutes_to_the_second() -> None:
    setup = begun()
    assert isinstance(finish(setup.state, code_of(setup), NOON + LIFE - timedelta(microseconds=1)), Accepted)
    assert finish(setup.state, code_of(setup), NOON + LIFE) == Refused("expired", code="text_code_expired")
    assert timedelta(minutes=10) == LIFE


def test_what_is_shown_is_kept_to_when_a_text_goes_out_between_two_seconds() -> None:
    setup = begun(at=NOON + timedelta(milliseconds=900))
    resend_at = datetime.fromisoformat(str(setup.shown["resend_at"]))
    assert begun(setup.state, resend_at).texted is not None
    expires_at = datetime.fromisoformat(str(setup.shown["expires_at"]))
    assert finish(setup.state, code_of(setup), expires_at) == Refused("expired", code="text_code_expired")


def test_five_guesses_and_no_more_even_if_the_sixth_is_right() -> None:
    setup = begun()
    state = guessed(setup.state, setup, TRIES - 1)
    assert isinstance(finish(state, code_of(setup)), Accepted)
    state = guessed(state, setup, 1)
    assert finish(state, code_of(setup)) == Refused("expired", code="text_code_used_up")
    assert TRIES == 5


def test_a_new_code_gives_no_new_guesses() -> None:
    setup = begun()
    state = guessed(setup.state, setup, 4)
    again = begun(state, NOON + timedelta(seconds=30))
    last = guessed(again.state, again, 1)
    assert finish(last, code_of(again), NOON + timedelta(seconds=31)) == Refused("expired", code="text_code_used_up")


def test_used_up_guesses_wait_for_the_end_of_the_code() -> None:
    setup = begun()
    state = guessed(setup.state, setup, TRIES)
    told = begin(state, NOON + timedelta(minutes=4, seconds=59, milliseconds=1))
    assert told == Problem(code="too_many_codes", retry_after=301)
    fresh = begun(state, NOON + LIFE)
    assert isinstance(finish(fresh.state, code_of(fresh), NOON + LIFE), Accepted)


def test_the_waits_before_another_text_grow() -> None:
    setup, at = begun(), NOON
    for wait in (30, 60, 120, 240, 480):
        told = begin(setup.state, at + timedelta(seconds=wait) - timedelta(microseconds=1))
        assert told == Problem(code="too_soon", retry_after=1)
        assert begin(setup.state, at) == Problem(code="too_soon", retry_after=wait)
        at += timedelta(seconds=wait)
        setup = begun(setup.state, at)
    assert begin(setup.state, at + LIFE - SECOND) == Problem(code="too_soon", retry_after=1)
    assert begun(setup.state, at + LIFE).shown["resend_at"] == (at + LIFE + timedelta(seconds=30)).isoformat()


def test_a_question_is_sent_again_after_the_same_waits() -> None:
    held = kept()
    question = asked(held)
    assert ask(held, question.state, NOON + 29 * SECOND) == Problem(code="too_soon", retry_after=1)
    again = asked(held, question.state, NOON + 30 * SECOND)
    assert ask(held, again.state, NOON + 89 * SECOND) == Problem(code="too_soon", retry_after=1)
    assert asked(held, again.state, NOON + 90 * SECOND).texted is not None


def test_the_newest_code_alone_counts_and_lives_its_own_ten_minutes() -> None:
    setup = begun()
    again = SMS.begin(GIVEN, ABOUT, (), setup.state, Fixed(int(code_of(setup)) ^ 1), NOON + 30 * SECOND)
    assert isinstance(again, Setup)
    assert isinstance(finish(again.state, code_of(setup), NOON + 31 * SECOND), Refused)
    assert isinstance(finish(again.state, code_of(again), NOON + LIFE + 29 * SECOND), Accepted)


def test_asking_too_soon_leaves_the_old_code_good() -> None:
    setup = begun()
    assert isinstance(begin(setup.state, NOON + SECOND), Problem)
    assert isinstance(finish(setup.state, code_of(setup), NOON + 2 * SECOND), Accepted)


def test_a_mistyped_number_is_put_right_at_once_but_only_the_first_time() -> None:
    setup = begun()
    right = begun(setup.state, NOON + SECOND, OTHER)
    assert right.shown["sent_to"] == "•••• ••99"
    assert begin(right.state, NOON + 2 * SECOND, GIVEN) == Problem(code="too_soon", retry_after=59)
    assert begun(right.state, NOON + 61 * SECOND, GIVEN).shown["sent_to"] == "•••• ••23"


def test_another_number_gives_no_new_guesses() -> None:
    setup = begun()
    state = guessed(setup.state, setup, TRIES)
    assert isinstance(begin(state, NOON + SECOND, OTHER), Problem)


def test_an_answer_without_a_question_is_too_late() -> None:
    assert check(kept(), None, "123456") == Refused("expired", code="text_code_expired")


def test_the_code_of_a_set_up_answers_no_question_and_the_other_way_round() -> None:
    held, setup = kept(), begun()
    assert check(held, setup.state, code_of(setup)) == Refused("expired", code="text_code_expired")
    question = asked(held)
    assert finish(question.state, code_of(question)) == Refused("expired", code="text_code_expired")


def test_a_code_sent_to_one_phone_says_nothing_about_another() -> None:
    question = asked(kept(OTHER))
    assert check(kept(), question.state, code_of(question)) == Refused("other")


def test_codes_are_drawn_evenly() -> None:
    """Chi-square over the first digit and over the last one: 9 degrees of freedom, 27.9 is passed once in a thousand draws."""
    randomness: Any = SeededRandomness(3)
    codes = [code_of(s) for _ in range(20_000) if isinstance(s := SMS.begin(GIVEN, ABOUT, (), None, randomness, NOON), Setup)]
    for place in (0, 5):
        counts = Counter(code[place] for code in codes)
        assert sum((counts[digit] - 2_000) ** 2 / 2_000 for digit in "0123456789") < 27.9
    assert len(set(codes)) > 19_600


@pytest.mark.parametrize(("drawn", "code"), [(0, "000000"), (7, "000007"), (999_999, "999999"), (1_000_000, "000000")])
def test_a_code_has_six_digits_with_leading_noughts(drawn: int, code: str) -> None:
    setup = SMS.begin(GIVEN, ABOUT, (), None, Fixed(drawn), NOON)
    assert isinstance(setup, Setup)
    assert code_of(setup) == code


@given(st.lists(st.tuples(st.sampled_from(["resend", "guess", "wait"]), st.integers(0, 700)), max_size=30))
def test_whatever_is_tried_one_question_takes_five_guesses_and_texts_keep_their_distance(steps: list[tuple[str, int]]) -> None:
    held, at = kept(), NOON
    question = asked(held)
    state, sent, guesses, expires = question.state, [at], 0, at + LIFE
    for what, seconds in steps:
        at += timedelta(seconds=seconds if what == "wait" else 1)
        if what == "guess":
            outcome = check(held, state, "000000" if code_of(question) != "000000" else "000001", at)
            guesses += isinstance(outcome, Refused) and outcome.why == "wrong"
            state = outcome.state or state if isinstance(outcome, Refused) else state
        if what == "resend":
            again = ask(held, state, at)
            if isinstance(again, Setup):
                guesses = 0 if at >= expires else guesses
                assert at - sent[-1] >= timedelta(seconds=30)
                question, state, expires = again, again.state, at + LIFE
                sent.append(at)
        assert guesses <= TRIES


def test_every_refusal_has_words() -> None:
    assert {"too_soon", "too_many_codes"} <= set(PROBLEMS)
    assert {"text_code_malformed", "text_code_wrong", "text_code_expired", "text_code_used_up"} <= set(FAULTS)
