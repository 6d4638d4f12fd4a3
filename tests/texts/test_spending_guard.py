"""The guard at work: what it records, what it stops, whom it tells, and what it never keeps from anybody (MFA-4)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.texts.asking import HOUR, NUMBER, ask, enter, network, rows, settle, texts
from tests.world import NOON, Practice, open_practice
from wardkey.accounts.rules import Account
from wardkey.settings import LimitSettings, SmsSettings
from wardkey.texts.actions import resume
from wardkey.texts.rules import Status
from wardkey.vocabulary import NOWHERE, Problem, Role

pytestmark = pytest.mark.spec("MFA-4")

PAUSED = Problem(code="texts_paused")
MANY = 10_000
GENEROUS = LimitSettings(
    texts_per_account=MANY, texts_per_number=MANY, texts_per_number_and_hour=MANY, texts_to_new_number=MANY,
    new_numbers_per_account=MANY, texts_per_network=MANY, texts_per_prefix=MANY,
)  # fmt: skip
"""Where the guard alone refuses."""
SETTLED = timedelta(minutes=4)
QUIET: dict[str, Any] = {"unentered_a_day": 1_000, "unentered_an_hour": 1_000}
"""Where a test is about prefixes alone."""


def practice_with(database_url: str, **sms: Any) -> Any:
    return open_practice(database_url, limits=GENEROUS, sms=SmsSettings(**sms))


async def sent(practice: Practice, account: Account, count: int, number: str = NUMBER, *, entered: int = 0, **how: Any) -> None:
    """Texts that go out, the first few of which have their code entered; then time passes until they count."""
    for place in range(count):
        assert await ask(practice, account, number, origin=NOWHERE, **how) is None
        await settle(practice)
        if place < entered:
            await enter(practice, account)
        practice.clock.advance(timedelta(milliseconds=1))
    practice.clock.advance(SETTLED)


async def events(practice: Practice, name: str) -> list[dict[str, Any]]:
    return [json.loads(data) for (data,) in await rows(practice, f"SELECT data FROM events WHERE name = '{name}' ORDER BY id")]


async def stops(practice: Practice) -> list[str]:
    async with practice.units.read() as unit:
        return [stop.prefix for stop in await unit.texts.stops(practice.clock.now())]


async def test_a_prefix_whose_codes_nobody_enters_is_stopped_for_six_hours(database_url: str) -> None:
    async with practice_with(database_url, guard="enforce", **QUIET) as practice:
        ada, _ = await practice.add_person("ada@example.org")
        await sent(practice, ada, 20, entered=1)
        assert await ask(practice, ada) == PAUSED
        assert await ask(practice, ada, "+12075559999") == PAUSED, "the same ten thousand numbers"
        assert await ask(practice, ada, "+12085550123") is None
        (event,) = await events(practice, "text.prefix_stopped")
        assert (event["prefix"], event["sent"], event["entered"], event["is_enforced"]) == ("+1207555", 20, 1, True)
        assert event["until"] == (practice.clock.now() + timedelta(hours=6)).isoformat()
        assert sorted(found["why"] for found in await events(practice, "text.refused")) == ["collapsed", "stopped"]
        practice.clock.advance(timedelta(hours=6) - timedelta(seconds=1))
        assert await ask(practice, ada) == PAUSED
        practice.clock.advance(timedelta(seconds=1))
        assert await stops(practice) == []
        assert await ask(practice, ada) is None, "judged anew, by what is sent from now on"
        await sent(practice, ada, 19)
        assert await ask(practice, ada) == PAUSED


async def test_where_the_guard_observes_texts_go_on_and_all_is_recorded(database_url: str) -> None:
    async with practice_with(database_url, guard="observe", operator_email="ops@example.org", **QUIET) as practice:
        ada, _ = await practice.add_person("ada@example.org")
        await sent(practice, ada, 20)
        assert [await ask(practice, ada) for _ in range(3)] == [None] * 3
        await settle(practice)
        assert len(practice.texts_to(NUMBER)) == 23
        assert await stops(practice) == ["+1207555"]
        assert sorted((e["why"], e["is_sent"]) for e in await events(practice, "text.refused")) == [
            ("collapsed", True), ("stopped", True), ("stopped", True),
        ]  # fmt: skip
        async with practice.units.read() as unit:
            (day,) = await unit.texts.day(NOON - timedelta(days=1))
        assert (day.country, day.sent, day.would_refuse, day.refused) == ("US", 23, 3, 0)
        (mail,) = practice.mails_to("ops@example.org")
        assert "+1207555" in mail.subject
        assert "the spending guard only observes" in mail.text


async def test_where_the_guard_is_off_nothing_is_looked_at(database_url: str) -> None:
    async with practice_with(database_url, guard="off") as practice:
        ada, _ = await practice.add_person("ada@example.org")
        await sent(practice, ada, 30)
        assert await ask(practice, ada) is None
        assert (await stops(practice), await events(practice, "text.refused")) == ([], [])


async def test_codes_on_their_way_to_being_entered_stop_nobody(database_url: str) -> None:
    """A whole office signs in at eight: nobody is refused because others have not typed their code yet."""
    async with practice_with(database_url, guard="enforce") as practice:
        office = [(await practice.add_person(f"{n}@example.org"))[0] for n in range(30)]
        for place, person in enumerate(office):
            assert await ask(practice, person, f"+120755510{place:02}", origin=NOWHERE) is None
            await settle(practice)
        practice.clock.advance(timedelta(seconds=40))
        for person in office:
            await enter(practice, person)
        practice.clock.advance(SETTLED)
        assert [await ask(practice, person, f"+120755510{place:02}", origin=NOWHERE) for place, person in enumerate(office)] == [
            None
        ] * 30


async def test_strangers_setting_up_numbers_never_stop_those_who_sign_in(database_url: str) -> None:
    async with practice_with(database_url, guard="enforce") as practice:
        owner, _ = await practice.add_person("owner@example.org")
        stranger, _ = await practice.add_person("stranger@example.org")
        for place in range(60):
            await ask(practice, stranger, f"+1207555{place:04}", purpose="set_up", origin=network(place))
            await settle(practice)
            practice.clock.advance(timedelta(seconds=1))
        practice.clock.advance(SETTLED)
        assert await ask(practice, stranger, "+12075557777", purpose="set_up", origin=network(99)) == PAUSED
        assert await ask(practice, owner) is None
        assert await ask(practice, owner, purpose="step_up") is None


async def test_a_stop_of_numbers_being_set_up_grows_to_all_where_sign_ins_collapse_too(database_url: str) -> None:
    async with practice_with(database_url, guard="enforce", **QUIET) as practice:
        ada, _ = await practice.add_person("ada@example.org")
        await sent(practice, ada, 20, purpose="set_up", is_confirmed=True)
        assert await ask(practice, ada, purpose="set_up", is_confirmed=True) == PAUSED
        await sent(practice, ada, 20)
        assert await ask(practice, ada) == PAUSED
        assert [event["reach"] for event in await events(practice, "text.prefix_stopped")] == ["new_numbers", "all_numbers"]


async def test_owners_administrators_and_the_operator_are_told_once_for_each_stop(database_url: str) -> None:
    async with practice_with(database_url, guard="enforce", operator_email="ops@example.org", **QUIET) as practice:
        maple, other = await practice.add_organization(), await practice.add_organization("Other")
        ada, _ = await practice.add_person("ada@example.org", organization=maple, role=Role.PROVIDER)
        await practice.add_person("owner@example.org", organization=maple, role=Role.OWNER, language="es")
        await practice.add_person("admin@example.org", organization=maple, role=Role.ADMIN)
        await practice.add_person("staff@example.org", organization=maple, role=Role.STAFF)
        await practice.add_person("elsewhere@example.org", organization=other, role=Role.OWNER)
        await sent(practice, ada, 20)
        for _ in range(3):
            assert await ask(practice, ada) == PAUSED
        await settle(practice)
        assert sorted(mail.to for mail in practice.outbox.sent) == ["admin@example.org", "ops@example.org", "owner@example.org"]
        (mail,) = practice.mails_to("admin@example.org")
        assert "People with such a number need another method" in mail.text
        assert NUMBER not in mail.text + mail.html + mail.subject


async def test_an_operator_has_a_prefix_go_on_and_it_is_judged_anew(database_url: str) -> None:
    async with practice_with(database_url, guard="enforce", **QUIET) as practice:
        ada, _ = await practice.add_person("ada@example.org")
        assert await resume(practice.units, practice.world, "+1207555") == Problem(code="texts_not_stopped")
        await sent(practice, ada, 20)
        assert await ask(practice, ada) == PAUSED
        assert await resume(practice.units, practice.world, "+1207555") is None
        assert [await ask(practice, ada) for _ in range(5)] == [None] * 5
        assert await resume(practice.units, practice.world, "+1207555") == Problem(code="texts_not_stopped")
        assert await events(practice, "text.prefix_resumed") == [{"prefix": "+1207555"}]


async def test_a_countrys_codes_that_nobody_enters_are_bounded_by_those_entered_on_its_best_day(database_url: str) -> None:
    async with practice_with(database_url, guard="enforce", unentered_an_hour=1_000, stop_from=1_000) as practice:
        ada, _ = await practice.add_person("ada@example.org")
        await sent(practice, ada, 100, entered=100)
        practice.clock.advance(timedelta(days=2))
        await sent(practice, ada, 29)
        assert await ask(practice, ada) is None, "0.3 of the 100 of the best day is 30"
        practice.clock.advance(SETTLED)
        await settle(practice)
        practice.clock.advance(SETTLED)
        assert await ask(practice, ada) == PAUSED
        assert await ask(practice, ada, "+447400123456") is None, "each country by itself"
        practice.clock.advance(timedelta(days=1))
        assert await ask(practice, ada) is None
        assert {event["why"] for event in await events(practice, "text.refused")} == {"country_day"}


async def test_a_burst_within_an_hour_is_refused_before_the_day_is_full(database_url: str) -> None:
    async with practice_with(database_url, guard="enforce") as practice:
        ada, _ = await practice.add_person("ada@example.org")
        await sent(practice, ada, 3)
        assert await ask(practice, ada) == PAUSED
        practice.clock.advance(HOUR)
        assert await ask(practice, ada) is None
        assert [event["why"] for event in await events(practice, "text.refused")] == ["country_hour"]


async def test_one_network_asks_for_three_countries_a_day_at_most(database_url: str) -> None:
    async with practice_with(database_url, guard="enforce") as practice:
        ada, _ = await practice.add_person("ada@example.org")
        for number in (NUMBER, "+447400123456", "+33612345678"):
            assert await ask(practice, ada, number) is None
            await settle(practice)
        practice.clock.advance(SETTLED)
        assert await ask(practice, ada, "+4915123456789") == PAUSED
        assert await ask(practice, ada, "+33612345678") is None
        assert await ask(practice, ada, "+4915123456789", origin=network(1)) is None


async def test_what_was_refused_counts_neither_as_sent_nor_as_the_text_whose_code_is_entered(database_url: str) -> None:
    async with practice_with(database_url, guard="enforce") as practice:
        ada, _ = await practice.add_person("ada@example.org")
        await sent(practice, ada, 3)
        assert await ask(practice, ada) == PAUSED
        await enter(practice, ada)
        kept = await texts(practice)
        assert [(text.status, text.entered_at is not None, text.sealed) for text in kept[-2:]] == [
            (Status.SENT, True, None), (Status.REFUSED, False, None),
        ]  # fmt: skip
        async with practice.units.read() as unit:
            (day,) = await unit.texts.day(NOON - timedelta(days=1))
        assert (day.asked, day.sent, day.entered, day.refused, day.would_refuse, day.failed) == (4, 3, 1, 1, 0, 0)
