"""What is written to the trail: each event with its circumstances, in the order it happened, in the act's own transaction."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from tests.signin.client import trail
from tests.world import HERE, LEEDS, Practice
from wardkey.audit import events
from wardkey.audit.actions import ANYONE, OPERATOR, record
from wardkey.audit.events import EVENTS, Event
from wardkey.vocabulary import NOWHERE, AccountId, OrganizationId, Origin


async def note(practice: Practice, happened: Event | Sequence[Event], account: AccountId, origin: Origin = HERE) -> None:
    async with practice.write() as unit:
        await record(
            unit, practice.world, happened, actor=account, subject=account, organization=OrganizationId("org_1"), origin=origin,
            at=practice.clock.now(),
        )  # fmt: skip


async def test_an_event_is_kept_with_when_who_where_and_what(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org")
    origin = Origin(ip=HERE.ip, user_agent=HERE.user_agent, request_id="req-1")
    await note(practice, events.MethodAdded(method="totp", label="Phone 📱"), account.id, origin)
    (entry,) = await trail(practice, account.id)
    assert entry.id.startswith("evt_")
    assert (entry.at, entry.name, entry.actor, entry.subject) == (
        practice.clock.now(), "mfa.method_added", account.id, account.id,
    )  # fmt: skip
    assert (entry.ip, entry.user_agent, entry.place, entry.request_id) == (HERE.ip, HERE.user_agent, LEEDS, "req-1")
    assert entry.organization == "org_1"
    assert msgspec.json.decode(entry.data) == {"method": "totp", "label": "Phone 📱"}


async def test_events_of_one_act_stand_in_the_order_they_are_given(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org")
    for _ in range(20):
        await note(practice, [events.MemberAdded(role=str(number)) for number in range(6)], account.id)
    entries = await trail(practice, account.id)
    roles = [msgspec.json.decode(entry.data)["role"] for entry in entries]
    assert sorted(entry.id for entry in entries) == [entry.id for entry in entries]
    assert roles == ["0", "1", "2", "3", "4", "5"] * 20


async def test_what_the_operator_and_the_clock_do_has_no_place(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org")
    async with practice.write() as unit:
        await record(
            unit, practice.world, events.AccountCreated(how=OPERATOR), actor=OPERATOR, subject=account.id, origin=NOWHERE,
            at=practice.clock.now(),
        )  # fmt: skip
    (entry,) = await trail(practice, account.id)
    assert (entry.actor, entry.ip, entry.place) == (OPERATOR, "", None)


async def test_writers_at_once_lose_nothing(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org")
    await asyncio.gather(*(note(practice, events.SteppedUp(method="totp"), account.id) for _ in range(50)))
    assert len(await trail(practice, account.id)) == 50


async def test_pages_neither_repeat_nor_leave_out_an_event(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org")
    await note(practice, [events.SteppedUp(method=str(number)) for number in range(23)], account.id)
    seen: list[str] = []
    before = None
    async with practice.units.read() as unit:
        while page := await unit.audit.about(account.id, before, limit=5):
            seen += [msgspec.json.decode(entry.data)["method"] for entry in page]
            before = page[-1].id
    assert seen == [str(number) for number in reversed(range(23))]


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.name)
def test_no_event_has_room_for_a_secret(kind: type[Event]) -> None:
    forbidden = {"password", "code", "token", "secret", "key", "hash", "email"}
    assert not forbidden & set(kind.__struct_fields__)


def test_names_are_dotted_and_each_is_given_once() -> None:
    names = [kind.name for kind in EVENTS]
    assert len(set(names)) == len(names)
    assert all(name.count(".") == 1 for name in names)
    assert ANYONE not in names
