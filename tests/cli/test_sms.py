"""Operators see what became of text messages, and have a stopped prefix go on (MFA-4)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.cli.command import Operator
from tests.world import NOON, open_practice
from wardkey.edges.clock import SystemClock
from wardkey.texts.rules import Status, Stop, TextMessage

pytestmark = pytest.mark.spec("MFA-4")

EMPTY = """senders:  none
guard:    observe

No text was asked for in the last 24 hours.
"""


def fill(operator: Operator) -> None:
    """Texts of the last hours to two countries, and a prefix that is stopped."""

    async def work() -> None:
        at = SystemClock().now() - timedelta(minutes=5)
        async with open_practice(operator.url) as practice:
            ada, _ = await practice.add_person("ada@clinic.example")
            common: dict[str, Any] = {
                "account": ada.id, "purpose": "sign_in", "number": "digest", "prefix": "+1207555", "network": "",
                "created_at": at, "expires_at": at, "sender": "twilio",
            }  # fmt: skip
            became: list[tuple[str, dict[str, Any]]] = [
                ("US", {"status": Status.SENT, "sent_at": at, "entered_at": at}),
                ("US", {"status": Status.SENT, "sent_at": at, "why": "would:countries"}),
                ("US", {"status": Status.SENT, "sent_at": at, "entered_at": at}),
                ("US", {"status": Status.REFUSED, "why": "stopped"}),
                ("GB", {"status": Status.EXPIRED}),
            ]
            async with practice.write() as unit:
                for place, (country, fields) in enumerate(became):
                    await unit.texts.add(TextMessage(id=f"txt_{place}", country=country, **common, **fields))
                until = at.replace(microsecond=0) + timedelta(hours=6)
                stop = Stop(prefix="+1207555", country="US", reach="new_numbers", sent=24, entered=1, since=at, until=until)
                assert await unit.texts.stop(stop)
                assert await unit.texts.stop(
                    replace(stop, prefix="+1", since=NOON - timedelta(days=9), until=NOON - timedelta(days=8))
                )

    asyncio.run(work())


def test_an_installation_that_has_sent_nothing_says_so(operator: Operator) -> None:
    assert operator.done("sms", "status").out == EMPTY


def test_what_became_of_texts_is_shown_by_country_with_the_stops_that_last(operator: Operator) -> None:
    fill(operator)
    lines = [line.split("  ") for line in operator.done("sms", "status").out.splitlines()]
    rows = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert rows[3:6] == [
        ["country", "asked", "sent", "entered", "share", "failed", "refused", "would refuse"],
        ["US", "4", "3", "2", "67%", "0", "1", "1"],
        ["GB", "1", "0", "0", "1", "0", "0"],
    ]
    assert rows[7] == ["stopped prefix", "country", "for", "entered", "until"]
    assert rows[8][:4] == ["+1207555", "US", "numbers being set up", "1 of 24"]
    assert len(rows) == 9, "a stop that has ended is not shown"


def test_programs_get_the_same_and_nothing_that_is_secret(operator: Operator) -> None:
    fill(operator)
    address = "twilio://AC00000000000000000000000000000000:hush-hush-hush@api.twilio.com?from=+15550001111"
    ended = operator("sms", "status", "--json", WARDKEY_SMS_URL=address, WARDKEY_SMS_GUARD="enforce")
    assert (ended.code, ended.err) == (0, "")
    assert set(ended.data) == {"senders", "guard", "countries", "stops"}
    assert (ended.data["senders"], ended.data["guard"]) == (["twilio"], "enforce")
    (us, gb) = ended.data["countries"]
    assert us == {"country": "US", "asked": 4, "sent": 3, "entered": 2, "failed": 0, "refused": 1, "would_refuse": 1}
    assert (gb["failed"], [stop["prefix"] for stop in ended.data["stops"]]) == (1, ["+1207555"])
    assert "hush" not in ended.out


def test_a_stopped_prefix_goes_on_once_and_on_the_record(operator: Operator) -> None:
    fill(operator)
    assert operator.done("sms", "resume", "+1207555").out == "Texts to +1207555 go on.\n"
    assert operator.done("sms", "status", "--json").data["stops"] == []
    assert operator.events()[-1] == ("text.prefix_resumed", "operator", {"prefix": "+1207555"})
    said = operator.refused("sms", "resume", "+1207555", "--json")
    assert said == "There is nothing to resume. Text messages to that prefix are not stopped."


def test_a_program_is_told_which_prefix_goes_on(operator: Operator) -> None:
    fill(operator)
    assert operator.done("sms", "resume", "+1207555", "--json").data == {"resumed": "+1207555"}
