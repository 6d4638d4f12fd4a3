"""A trusted device skips the second step for its account, on itself, until its end, and ends at once where it has to (MFA-9)."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.devices.devices import DAY, SECOND, Browser, known, trusts, with_new_stamp
from tests.edges.db.statements import noting
from tests.signin.client import names_in_trail, trail
from tests.world import HERE, LEEDS, Practice, open_practice
from wardkey.accounts.rules import Account
from wardkey.audit.actions import OPERATOR
from wardkey.audit.sentences import sentence_of
from wardkey.devices.actions import device_of, new_device_token, revoke, revoke_all, trust, trusted, use_trust
from wardkey.devices.rules import TRUST_BYTES, trust_digest
from wardkey.settings import DeviceSettings
from wardkey.surfaces.jobs import sweep
from wardkey.vocabulary import Instant, SecurityStamp, token_text

pytestmark = pytest.mark.spec("MFA-9")
LIFE = timedelta(days=14)


@pytest.fixture
async def ada(practice: Practice) -> Account:
    found, _ = await practice.add_person("ada@example.org")
    return found


@pytest.fixture
async def bob(practice: Practice) -> Account:
    found, _ = await practice.add_person("bob@example.org")
    return found


async def test_a_device_is_trusted_only_once_its_person_said_so(practice: Practice, ada: Account) -> None:
    browser = Browser(practice)
    await browser.sign_in(ada)
    assert not await browser.is_trusted(ada)
    await browser.sign_in(ada, trusting=True)
    for _ in range(3):
        assert await browser.is_trusted(ada)
        practice.clock.advance(DAY)
        await browser.sign_in(ada)


async def test_trust_ends_at_fourteen_days_to_the_second_however_often_it_is_used(practice: Practice, ada: Account) -> None:
    browser = Browser(practice)
    await browser.sign_in(ada, trusting=True)
    for _ in range(13):
        practice.clock.advance(DAY)
        found = await browser.trust_in(ada)
        assert found is not None
        assert await browser.use(ada, found)
    practice.clock.advance(DAY - SECOND)
    found = await browser.trust_in(ada)
    assert found is not None
    practice.clock.advance(SECOND)
    assert not await browser.is_trusted(ada)
    assert not await browser.use(ada, found), "not even where it was found a second ago"
    assert await trusts(practice, ada) == []


async def test_what_is_kept_of_trust(practice: Practice, ada: Account) -> None:
    browser, at = Browser(practice), practice.clock.now()
    await browser.sign_in(ada, trusting=True)
    (kept,) = await trusts(practice, ada)
    assert kept.token == trust_digest(browser.trust) != browser.trust, "the store holds nothing that is trusted"
    assert kept.device == device_of(practice.world, browser.device)
    assert (kept.account, kept.stamp, kept.id[:4]) == (ada.id, ada.security_stamp, "trd_")
    assert (kept.created_at, kept.expires_at, kept.last_used_at, kept.uses) == (at, at + LIFE, at, 0)
    assert (kept.ip, kept.user_agent, kept.place) == (HERE.ip, HERE.user_agent, LEEDS)
    practice.clock.advance(DAY)
    assert await browser.use(ada, kept.id)
    assert await trusts(practice, ada) == [replace(kept, uses=1, last_used_at=at + DAY)]


async def test_trust_is_worth_nothing_for_another_account_or_on_another_device(
    practice: Practice, ada: Account, bob: Account
) -> None:
    browser, other = Browser(practice), Browser(practice)
    await browser.sign_in(ada, trusting=True)
    await other.sign_in(ada)
    assert not await browser.is_trusted(bob)
    assert not await browser.copied(trust=browser.trust).is_trusted(ada), "copied without the device's token"
    assert not await browser.copied(trust=browser.trust, device=other.device).is_trusted(ada)
    assert not await browser.copied(trust=browser.trust, device=new_device_token(practice.world)).is_trusted(ada)
    assert not await browser.copied(trust=browser.trust, device=browser.trust).is_trusted(ada)
    assert not await browser.copied(device=browser.device).is_trusted(ada)
    assert not await browser.copied(device=browser.device, trust=browser.device).is_trusted(ada)
    assert not await browser.copied(device=browser.device, trust=token_text(bytes(TRUST_BYTES))).is_trusted(ada)
    found = await browser.trust_in(ada)
    assert found is not None
    assert not await browser.use(bob, found), "the record of one account is not used by another"


async def test_trust_ends_at_once_when_the_account_is_changed(practice: Practice, ada: Account) -> None:
    browser = Browser(practice)
    await browser.sign_in(ada, trusting=True)
    found = await browser.trust_in(ada)
    assert found is not None
    changed = await with_new_stamp(practice, ada)
    assert not await browser.use(ada, found), "found before the change, used after it"
    assert not await browser.is_trusted(changed)
    assert await trusts(practice, ada) == []
    await browser.sign_in(changed, trusting=True)
    assert await browser.is_trusted(changed)
    assert not await browser.is_trusted(ada)


async def test_trust_given_under_an_older_stamp_counts_for_nothing(practice: Practice, ada: Account) -> None:
    browser, at = Browser(practice), practice.clock.now()
    await browser.sign_in(ada)
    async with practice.write() as unit:
        browser.trust = await trust(unit, practice.world, ada, SecurityStamp("an older one"), browser.origin, browser.device, at)
    assert not await browser.is_trusted(ada)
    assert await trusts(practice, ada) == []


async def test_several_people_trust_the_same_front_desk(practice: Practice, ada: Account, bob: Account) -> None:
    desk = Browser(practice)
    await desk.sign_in(ada, trusting=True)
    token = desk.trust
    practice.clock.advance(DAY)
    await desk.sign_in(bob, trusting=True)
    assert desk.trust == token, "so that what the first one's trust hangs on stays"
    assert await desk.is_trusted(ada)
    assert await desk.is_trusted(bob)
    changed = await with_new_stamp(practice, bob)
    assert not await desk.is_trusted(changed)
    assert await desk.is_trusted(ada)
    practice.clock.advance(LIFE - DAY)
    assert not await desk.is_trusted(ada)


async def test_trusting_again_begins_anew_in_place_of_the_old_record(practice: Practice, ada: Account, bob: Account) -> None:
    desk = Browser(practice)
    await desk.sign_in(ada, trusting=True)
    await desk.sign_in(bob, trusting=True)
    practice.clock.advance(13 * DAY)
    await desk.sign_in(ada, trusting=True)
    practice.clock.advance(2 * DAY)
    assert await desk.is_trusted(ada)
    assert not await desk.is_trusted(bob)
    assert len(await trusts(practice, ada)) == 1


async def test_a_token_that_is_known_to_be_of_this_browser_alone_is_kept(practice: Practice, ada: Account, bob: Account) -> None:
    """A token that a stranger put into the browser, or that no longer counts, is never made to count."""
    desk, stranger = Browser(practice), Browser(practice)
    await stranger.sign_in(bob, trusting=True)
    planted = desk.copied(trust=stranger.trust)
    await planted.sign_in(ada, trusting=True)
    assert planted.trust != stranger.trust
    chosen = desk.copied(trust=token_text(bytes(TRUST_BYTES)))
    await chosen.sign_in(ada, trusting=True)
    assert chosen.trust != token_text(bytes(TRUST_BYTES))
    odd = desk.copied(trust="x" * 43)
    await odd.sign_in(ada, trusting=True)
    assert odd.trust != "x" * 43
    ended = chosen.trust
    practice.clock.advance(LIFE)
    await chosen.sign_in(ada, trusting=True)
    assert chosen.trust != ended


async def test_only_a_device_with_a_genuine_token_can_be_trusted(practice: Practice, ada: Account) -> None:
    async with practice.write() as unit:
        with pytest.raises(ValueError, match="known device"):
            await trust(unit, practice.world, ada, ada.security_stamp, HERE, "forged", practice.clock.now())
    assert await trusts(practice, ada) == []


async def test_the_twenty_first_person_on_a_browser_takes_the_place_of_the_first(practice: Practice) -> None:
    desk, people = Browser(practice), []
    for number in range(21):
        account, _ = await practice.add_person(f"person-{number}@example.org")
        people.append(account)
        practice.clock.advance(SECOND)
        await desk.sign_in(account, trusting=True)
        if number == 19:
            assert all([await desk.is_trusted(person) for person in people])
    assert [await desk.is_trusted(person) for person in people] == [False] + 20 * [True]
    assert len(await known(practice, people[0])) == 1, "the device is still known"
    last = (await trail(practice, people[0].id))[-1]
    assert (last.name, last.actor) == ("device.trust_revoked", "anyone")
    assert "many people share" in sentence_of(last, "en")
    await desk.sign_in(people[20], trusting=True)
    assert [await desk.is_trusted(person) for person in people] == [False] + 20 * [True], "who is there already takes no place"


async def test_a_smaller_limit_makes_room_at_the_next_trust(sqlite_url: str) -> None:
    async with open_practice(sqlite_url) as practice:
        desk, people = Browser(practice), []
        for number in range(4):
            account, _ = await practice.add_person(f"person-{number}@example.org")
            people.append(account)
            practice.clock.advance(SECOND)
            await desk.sign_in(account, trusting=True)
    async with open_practice(sqlite_url, devices=DeviceSettings(accounts_per_browser=2)) as practice:
        desk.practice = practice
        practice.clock.advance(timedelta(minutes=1))
        await desk.sign_in(people[0], trusting=True)
        assert [await desk.is_trusted(person) for person in people] == [True, False, False, True]


async def test_trust_is_ended_by_its_person_one_device_at_a_time(practice: Practice, ada: Account, bob: Account) -> None:
    desk, phone, at = Browser(practice), Browser(practice), practice.clock.now()
    for account in (ada, bob):
        await desk.sign_in(account, trusting=True)
    await phone.sign_in(ada, trusting=True)
    found = await desk.trust_in(ada)
    assert found is not None
    async with practice.write() as unit:
        assert not await revoke(unit, practice.world, bob.id, found, bob.id, HERE, at), "that of somebody else"
        assert await revoke(unit, practice.world, ada.id, found, ada.id, HERE, at)
        assert not await revoke(unit, practice.world, ada.id, found, ada.id, HERE, at)
        assert not await revoke(unit, practice.world, ada.id, "trd_none", ada.id, HERE, at)
    assert [await desk.is_trusted(ada), await phone.is_trusted(ada), await desk.is_trusted(bob)] == [False, True, True]
    assert sorted(await names_in_trail(practice, ada.id)) == ["device.trust_revoked", "device.trusted", "device.trusted"]
    assert await names_in_trail(practice, bob.id) == ["device.trusted"]


@pytest.mark.parametrize(
    ("actor", "told"),
    [
        ("self", "You stopped trusting 2 devices."),
        (OPERATOR, "An administrator stopped trusting 2 of your devices."),
        ("acc_admin", "An administrator stopped trusting 2 of your devices."),
    ],
)
async def test_trust_is_ended_everywhere_at_once(practice: Practice, ada: Account, bob: Account, actor: str, told: str) -> None:
    desk, phone, at = Browser(practice), Browser(practice), practice.clock.now()
    for account in (ada, bob):
        await desk.sign_in(account, trusting=True)
    await phone.sign_in(ada, trusting=True)
    by = ada.id if actor == "self" else actor
    async with practice.write() as unit:
        assert await revoke_all(unit, practice.world, ada.id, by, HERE, at) == 2
        assert await revoke_all(unit, practice.world, ada.id, by, HERE, at) == 0
    assert [await desk.is_trusted(ada), await phone.is_trusted(ada), await desk.is_trusted(bob)] == [False, False, True]
    (ended,) = [entry for entry in await trail(practice, ada.id) if entry.name == "device.trust_revoked"]
    assert (ended.actor, sentence_of(ended, "en")) == (by, told)
    assert len(await known(practice, ada)) == 2, "the devices are still known"


async def test_trust_revoked_while_it_is_used_is_either_used_before_or_not_at_all(practice: Practice, ada: Account) -> None:
    for _ in range(20):
        browser, at = Browser(practice), practice.clock.now()
        await browser.sign_in(ada, trusting=True)
        found = await browser.trust_in(ada)
        assert found is not None

        async def end(name: str = found, at: Instant = at) -> bool:
            async with practice.write() as unit:
                return await revoke(unit, practice.world, ada.id, name, ada.id, HERE, at)

        used, is_revoked, used_too = await asyncio.gather(browser.use(ada, found), end(), browser.use(ada, found))
        assert is_revoked
        assert {used, used_too} <= {True, False}
        assert not await browser.use(ada, found)
        assert not await browser.is_trusted(ada)


async def test_of_two_who_revoke_at_once_one_does(practice: Practice, ada: Account) -> None:
    browser, at = Browser(practice), practice.clock.now()
    await browser.sign_in(ada, trusting=True)
    found = await browser.trust_in(ada)
    assert found is not None

    async def end() -> bool:
        async with practice.write() as unit:
            return await revoke(unit, practice.world, ada.id, found, ada.id, HERE, at)

    assert sorted(await asyncio.gather(*(end() for _ in range(6)))) == 5 * [False] + [True]
    assert (await names_in_trail(practice, ada.id)).count("device.trust_revoked") == 1


async def test_trust_is_not_used_where_the_account_changes_in_the_same_unit(practice: Practice, ada: Account) -> None:
    browser, at = Browser(practice), practice.clock.now()
    await browser.sign_in(ada, trusting=True)
    found = await browser.trust_in(ada)
    assert found is not None
    async with practice.write() as unit:
        await unit.accounts.move_stamp(ada.id, old=ada.security_stamp, new=SecurityStamp("moved"))
        assert not await use_trust(unit, found, ada, at)


async def test_asking_for_trust_takes_one_statement_and_none_where_none_is_brought(practice: Practice, ada: Account) -> None:
    browser, world, at = Browser(practice), practice.world, practice.clock.now()
    await browser.sign_in(ada, trusting=True)
    units = noting(practice)
    for origin in (HERE, replace(HERE, device=browser.device), replace(browser.origin, trust="x" * 43)):
        async with practice.units.read() as unit:
            assert await trusted(unit, world, ada, origin, at) is None
    assert units.taken() == []
    async with practice.units.read() as unit:
        found = await trusted(unit, world, ada, browser.origin, at)
    assert units.taken() == ["SELECT trusted_devices"]
    assert found is not None
    async with practice.units.single() as unit:
        assert await use_trust(unit, found, ada, at)
    assert units.taken() == ["UPDATE trusted_devices"]


async def test_devices_go_when_nothing_needs_them_any_more(practice: Practice, ada: Account) -> None:
    browser = Browser(practice)
    await browser.sign_in(ada, trusting=True)
    practice.clock.advance(LIFE + 7 * DAY - SECOND)
    assert await sweep(practice.service) == 0
    practice.clock.advance(SECOND)
    assert await sweep(practice.service) == 1, "the trust, a week after its end"
    practice.clock.advance((400 - 21) * DAY - SECOND)
    assert await sweep(practice.service) == 0
    practice.clock.advance(SECOND)
    assert await sweep(practice.service) == 1, "the device, 400 days after its last use"
    assert await known(practice, ada) == []
