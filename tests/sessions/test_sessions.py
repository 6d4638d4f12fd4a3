"""A session ends three hours after sign-in, earlier where a practice wants it, and at once when its account changes (SIGN-5)."""

from base64 import urlsafe_b64decode
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.signin.client import ELSEWHERE, KEY, Client, sign_in, signed_in, token_of
from tests.world import LEEDS, NOON, Practice, open_practice
from wardkey.accounts.rules import Status
from wardkey.sessions.actions import note_activity
from wardkey.sessions.rules import Session, ends_at, needs_touch, public_id, session_id
from wardkey.settings import SessionSettings
from wardkey.signin import view
from wardkey.vocabulary import AccountId, SecurityStamp


@pytest.mark.spec("SIGN-5")
async def test_a_session_ends_three_hours_after_sign_in_whatever_its_activity(practice: Practice) -> None:
    await practice.add_person("ada@example.org")
    token = await sign_in(practice)
    practice.clock.advance(timedelta(hours=3, microseconds=-1))
    found = await signed_in(practice, token)
    assert found is not None
    async with practice.write() as unit:
        await note_activity(unit, found.session, practice.clock.now())
    practice.clock.advance(timedelta(microseconds=1))
    assert await signed_in(practice, token) is None


@pytest.mark.spec("SIGN-5")
async def test_a_practice_may_end_sessions_that_idle_and_activity_keeps_them(practice: Practice) -> None:
    clinic = await practice.add_organization(idle_minutes=15)
    await practice.add_person("ada@example.org", organization=clinic)
    token = await sign_in(practice)
    for _ in range(3):
        practice.clock.advance(timedelta(minutes=14))
        found = await signed_in(practice, token)
        assert found is not None
        async with practice.write() as unit:
            await note_activity(unit, found.session, practice.clock.now())
    practice.clock.advance(timedelta(minutes=15, microseconds=-1))
    assert await signed_in(practice, token) is not None
    practice.clock.advance(timedelta(microseconds=1))
    assert await signed_in(practice, token) is None


@pytest.mark.parametrize(("idle", "minutes", "due"), [(None, 9, False), (None, 10, True), (15, 0, False), (15, 1, True)])
def test_activity_is_noted_seldom_since_each_note_is_a_write(idle: int | None, minutes: int, due: bool) -> None:
    assert needs_touch(session(idle), NOON + timedelta(minutes=minutes)) is due


def session(idle: int | None = None, **fields: Any) -> Session:
    return Session(
        id=session_id("token"), account=AccountId("acc_1"), stamp=SecurityStamp("s"), started_at=NOON,
        expires_at=NOON + timedelta(hours=3), seen_at=NOON, proven_at=NOON, amr=("pwd",), idle_minutes=idle, **fields,
    )  # fmt: skip


def test_the_earlier_end_counts() -> None:
    assert ends_at(session()) == NOON + timedelta(hours=3)
    assert ends_at(session(15)) == NOON + timedelta(minutes=15)
    assert ends_at(session(600)) == NOON + timedelta(hours=3)


def test_the_public_name_of_a_session_opens_nothing() -> None:
    name = public_id(session())
    assert len(name) == 32
    assert name not in session_id("token")
    assert session_id(name) != session_id("token")


async def test_a_session_knows_who_from_where_and_how(practice: Practice) -> None:
    clinic = await practice.add_organization()
    await practice.add_person("ada@example.org", organization=clinic, totp_key=KEY, recovery_code=True)
    found = await signed_in(practice, await sign_in(practice, key=KEY))
    assert found is not None
    assert (found.email, found.name, found.language) == ("ada@example.org", "Ada Okafor", "en")
    assert (found.organization, found.role, found.has_method) == ("Maple Street Clinic", "provider", True)
    assert (found.session.place, found.session.amr) == (LEEDS, ("pwd", "otp", "mfa"))


async def test_a_token_that_was_never_given_is_nobodys(practice: Practice) -> None:
    await practice.add_person("ada@example.org")
    token = await sign_in(practice)
    for other in ("", token[:-1], token + "A", token.swapcase(), session_id(token), "\x00", "é" * 1_000):
        assert await signed_in(practice, other) is None


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.DEACTIVATED])
async def test_whoever_is_suspended_is_out_at_once(practice: Practice, status: Status) -> None:
    account, _ = await practice.add_person("ada@example.org")
    token = await sign_in(practice)
    async with practice.write() as unit:
        assert await unit.accounts.set_status(account.id, status)
    assert await signed_in(practice, token) is None


async def test_the_database_holds_nothing_that_signs_in(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    account, _ = await practice.add_person("ada@example.org")
    token = await sign_in(practice)
    async with practice.units.read() as unit:
        (kept,) = await unit.sessions.live(account.id, practice.clock.now())
    assert token not in repr(kept)
    assert await signed_in(practice, kept.id) is None


@pytest.mark.spec("SIGN-1")
async def test_the_access_token_says_who_is_signed_in_to_programs_that_verify_it(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    client = Client(practice, ELSEWHERE)
    await client.password()
    seen = await client.code(practice.code(KEY))
    assert isinstance(seen.step, view.Done)
    header, claims = part_of(seen.step.access_token, 0), part_of(seen.step.access_token, 1)
    now = int(practice.clock.now().timestamp())
    assert claims["iss"] == "http://127.0.0.1:8080"
    assert (claims["sub"], claims["amr"]) == (account.id, ["pwd", "otp", "mfa"])
    assert (claims["iat"], claims["auth_time"], claims["exp"]) == (now, now, now + 300)
    assert header["typ"] == "at+jwt"


def part_of(token: str, number: int) -> Any:
    """The header or the claims of a JWT; its signature has tests of its own."""
    return msgspec.json.decode(urlsafe_b64decode(token.split(".")[number] + "=="))


async def test_an_access_token_never_outlives_its_session(sqlite_url: str) -> None:
    short = SessionSettings(hours=0.05, access_token_s=3_600)
    async with open_practice(sqlite_url, session=short) as practice:
        await practice.add_person("ada@example.org")
        seen = await Client(practice).password()
        assert isinstance(seen.step, view.Done)
        claims = part_of(seen.step.access_token, 1)
        assert claims["exp"] == int(seen.step.expires_at.timestamp()) == int(practice.clock.now().timestamp()) + 180


async def test_every_session_has_another_token(practice: Practice) -> None:
    await practice.add_person("ada@example.org")
    assert len({token_of(await Client(practice).password()) for _ in range(20)}) == 20
