"""Who can have whose phone ring, and how often: budgets that strangers cannot use up, and answers that tell nothing (MFA-4)."""

import asyncio
import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.edges.db.statements import noting
from tests.texts.asking import HOUR, NUMBER, ask, enter, network, rows, settle, texts, the_text
from tests.world import KEY, Practice, open_practice
from wardkey.accounts.rules import Account
from wardkey.edges.randomness import SystemRandomness
from wardkey.edges.sealing import KeyRingSealing
from wardkey.settings import LimitSettings
from wardkey.texts.actions import digest_of
from wardkey.texts.rules import Status
from wardkey.vocabulary import Problem

pytestmark = pytest.mark.spec("MFA-4")

PAUSED = Problem(code="texts_paused")


async def people(practice: Practice, count: int) -> list[Account]:
    return [(await practice.add_person(f"person{number}@example.org"))[0] for number in range(count)]


async def refusals(practice: Practice) -> list[tuple[str, bool]]:
    """Why texts were refused, and whether they went all the same, oldest first."""
    found = await rows(practice, "SELECT data, subject FROM events WHERE name = 'text.refused' ORDER BY id")
    assert {subject for _, subject in found} <= {None}, "nobody reads it in their own activity"
    return [(event["why"], event["is_sent"]) for event in (json.loads(data) for data, _ in found)]


@pytest.mark.spec("MFA-3")
async def test_a_code_is_sent_and_what_is_kept_of_it_holds_neither_number_nor_code(practice: Practice) -> None:
    (ada,) = await people(practice, 1)
    assert await ask(practice, ada, code="918273") is None
    queued = await the_text(practice)
    assert (queued.status, queued.country, queued.prefix, queued.purpose) == (Status.QUEUED, "US", "+1207555", "sign_in")
    assert queued.expires_at - queued.created_at == timedelta(minutes=10)
    ((kept,),) = await rows(practice, "SELECT sealed FROM outbox WHERE kind = 'text'")
    for secret in (b"0123", b"918273", b"5550"):
        assert secret not in bytes(kept) + (queued.sealed or b"") + queued.number.encode()
    await practice.deliver()
    (text,) = practice.texts_to(NUMBER)
    assert text.text.startswith("918273 is your Wardkey code.")
    assert (await the_text(practice)).sealed is None, "forgotten once it is sent"


async def test_the_digest_of_a_number_is_of_no_use_to_whoever_lacks_the_key(practice: Practice) -> None:
    (ada,) = await people(practice, 1)
    await ask(practice, ada)
    other = KeyRingSealing((KEY.replace("Q", "R"),), SystemRandomness())
    own = (await the_text(practice)).number
    with_other_key = replace(practice.world, sealing=other)
    assert digest_of(practice.world, NUMBER) == own != digest_of(with_other_key, NUMBER)


async def test_strangers_together_have_a_phone_ring_three_times_a_day(practice: Practice) -> None:
    strangers = await people(practice, 6)
    for turn in range(3):
        for place, stranger in enumerate(strangers):
            assert await ask(practice, stranger, purpose="set_up", origin=network(turn * 10 + place)) is None
    await settle(practice)
    assert len(practice.texts_to(NUMBER)) == 3
    assert await refusals(practice) == [("strangers", False)] * 15
    practice.clock.advance(timedelta(days=1))
    assert await ask(practice, strangers[0], purpose="set_up") is None
    await settle(practice)
    assert len(practice.texts_to(NUMBER)) == 4


async def test_strangers_racing_have_a_phone_ring_three_times_a_day(practice: Practice) -> None:
    strangers = await people(practice, 8)
    answers = await asyncio.gather(
        *(ask(practice, stranger, purpose="set_up", origin=network(place)) for place, stranger in enumerate(strangers))
    )
    assert answers == [None] * 8
    await settle(practice)
    assert len(practice.texts_to(NUMBER)) == 3


async def test_nothing_that_strangers_do_keeps_the_owner_from_a_code(practice: Practice) -> None:
    owner, *strangers = await people(practice, 31)
    for place, stranger in enumerate(strangers):
        for number in range(3):
            await ask(practice, stranger, f"+1207555012{number + 3}", purpose="set_up", origin=network(place))
    await settle(practice)
    assert len(practice.texts_to(NUMBER)) == 3
    for _ in range(5):
        assert await ask(practice, owner) is None
    await settle(practice)
    assert len(practice.texts_to(NUMBER)) == 8


async def test_an_answer_for_a_number_in_use_equals_one_for_a_number_nobody_uses(practice: Practice) -> None:
    owner, stranger, other = await people(practice, 3)
    used, unused = NUMBER, "+12075550199"
    for _ in range(4):
        await ask(practice, owner, used)
    units = noting(practice)
    answers = {}
    for number, who in ((used, stranger), (unused, other)):
        answers[number] = [
            (await ask(practice, who, number, purpose="set_up", origin=network(1)), tuple(units.taken())) for _ in range(5)
        ]
    assert answers[used] == answers[unused]
    assert [answer for answer, _ in answers[used]] == [None] * 5
    assert [len(statements) for _, statements in answers[used]] == [4] * 5, "as many for one that is dropped as for one that goes"


async def test_what_an_account_asks_for_itself_is_limited_and_it_is_told_how_long_to_wait(practice: Practice) -> None:
    ada, bob = await people(practice, 2)
    for _ in range(5):
        assert await ask(practice, ada) is None
    practice.clock.advance(timedelta(minutes=20))
    assert await ask(practice, ada) == Problem(code="too_many_texts", retry_after=40 * 60)
    assert await ask(practice, bob) is None, "the number's other owner has a budget of their own"
    practice.clock.advance(HOUR)
    assert [await ask(practice, ada) for _ in range(4)] == [None] * 4
    practice.clock.advance(HOUR)
    answer = await ask(practice, ada, "+12075550188")
    assert answer is not None
    assert (answer.code, answer.retry_after) == ("too_many_texts", 86_400 - 20 * 60 - 7_200)
    assert await refusals(practice) == []


async def test_an_account_sets_up_three_numbers_a_day_at_most(practice: Practice) -> None:
    (ada,) = await people(practice, 1)
    for number in ("+12075550101", "+12075550102", "+12075550101", "+12075550103", "+12075550102"):
        assert await ask(practice, ada, number, purpose="set_up") is None
    answer = await ask(practice, ada, "+12075550104", purpose="set_up")
    assert answer is not None
    assert answer.code == "too_many_texts"
    assert await ask(practice, ada, "+12075550101", purpose="set_up") is None


async def test_one_network_has_twenty_texts_sent_in_an_hour(practice: Practice) -> None:
    crowd = await people(practice, 11)
    answers = [await ask(practice, one, f"+1207555{place:04}") for place, one in enumerate(crowd) for _ in range(2)]
    assert [answer.code if answer else None for answer in answers] == [None] * 20 + ["too_many_texts"] * 2
    assert await ask(practice, crowd[-1], origin=network(1)) is None


@pytest.mark.parametrize("number", ["+18765551234", "+79161234567", "+2347012345678"])
async def test_countries_that_are_not_served_get_nothing(sqlite_practice: Practice, number: str) -> None:
    (ada,) = await people(sqlite_practice, 1)
    answer = await ask(sqlite_practice, ada, number, purpose="set_up")
    assert answer is not None
    assert [(fault.field, fault.code) for fault in answer.faults] == [("number", "number_country_not_served")]
    assert await ask(sqlite_practice, ada, number) == PAUSED, "whose number was confirmed before the list became shorter"
    assert await texts(sqlite_practice) == []


async def test_numbers_of_strangers_never_use_up_the_prefix_of_confirmed_ones(sqlite_url: str) -> None:
    async with open_practice(sqlite_url, limits=LimitSettings(texts_per_prefix=4)) as practice:
        owner, *strangers = await people(practice, 8)
        answers = [
            await ask(practice, one, f"+1207555{place:04}", purpose="set_up", origin=network(place))
            for place, one in enumerate(strangers)
        ]
        assert answers == [None] * 4 + [PAUSED] * 3
        assert [await ask(practice, owner) for _ in range(4)] == [None] * 4
        assert await ask(practice, owner) == PAUSED
        assert await ask(practice, strangers[0], "+12085550001", origin=network(9)) is None, "another prefix"
        assert {why for why, _ in await refusals(practice)} == {"prefix_budget"}


async def test_the_day_of_an_installation_is_at_most_half_for_numbers_being_set_up(sqlite_url: str) -> None:
    async with open_practice(sqlite_url, limits=LimitSettings(texts_a_day=6)) as practice:
        owner, *strangers = await people(practice, 6)
        numbers = [f"+1{area}5550123" for area in (207, 208, 209, 212, 213)]
        answers = [
            await ask(practice, one, number, purpose="set_up", origin=network(place))
            for place, (one, number) in enumerate(zip(strangers, numbers, strict=True))
        ]
        assert answers == [None] * 3 + [PAUSED] * 2
        assert [await ask(practice, owner) for _ in range(4)] == [None] * 3 + [PAUSED]


async def test_where_no_service_is_set_the_person_is_asked_for_another_method(sqlite_url: str) -> None:
    async with open_practice(sqlite_url, sms_url=()) as practice:
        (ada,) = await people(practice, 1)
        assert [await ask(practice, ada), await ask(practice, ada, purpose="set_up")] == [PAUSED, PAUSED]
        assert await texts(practice) == []


async def test_the_newest_text_is_the_one_whose_code_is_entered(practice: Practice) -> None:
    ada, bob = await people(practice, 2)
    for who in (ada, ada, bob):
        await ask(practice, who)
        practice.clock.advance(timedelta(seconds=30))
    await settle(practice)
    await enter(practice, ada)
    assert [text.entered_at is not None for text in await texts(practice)] == [False, True, False]
    practice.clock.advance(timedelta(minutes=11))
    await enter(practice, bob)
    assert [text.entered_at is not None for text in await texts(practice)] == [False, True, False], "too late"
