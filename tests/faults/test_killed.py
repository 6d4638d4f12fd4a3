"""A serving process that is killed in the middle of everything loses nothing it acknowledged and leaves nothing half-made."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Final

import httpx
import msgspec
import pytest

from tests.faults.serving import Serving, serving
from tests.world import PASSWORD, Practice, open_practice
from wardkey.accounts.rules import Account, email_key
from wardkey.edges.clock import SystemClock
from wardkey.factors.actions import new_credential
from wardkey.factors.contract import Accepted
from wardkey.factors.kinds.totp import STEP_S, code_at
from wardkey.sessions.actions import who

PEOPLE: Final = 120
WORKERS: Final = 6
KILL_AFTER: Final = 40
"""Acknowledged sign-ins after which the process is killed, with others under way."""
SETTINGS: Final = {
    "WARDKEY_LIMITS_SIGN_UPS_PER_NETWORK": "100000",
    "WARDKEY_ARGON2_WAIT_AT_MOST_MS": "20000",
    "WARDKEY_LOG_FORMAT": "json",
}


class SignedIn(msgspec.Struct, frozen=True):
    """What the service acknowledged to one person."""

    email: str
    session_token: str
    code: str


class Load:
    """People who sign in, each with a code of their own, and others who sign up, until the service is gone."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.signed_in: list[SignedIn] = []
        self.signed_up: list[str] = []
        self.enough = asyncio.Event()
        self._next = iter(range(PEOPLE))

    async def run(self) -> None:
        async with httpx.AsyncClient(base_url=f"{self.url}/api/v1", timeout=20) as client:
            workers = [self._signing_in(client) for _ in range(WORKERS)] + [self._signing_up(client, n) for n in range(2)]
            await asyncio.gather(*workers)

    async def _signing_in(self, client: httpx.AsyncClient) -> None:
        for number in self._next:
            try:
                await self._sign_in(client, number)
            except httpx.TransportError:
                return
            if len(self.signed_in) >= KILL_AFTER:
                self.enough.set()

    async def _sign_in(self, client: httpx.AsyncClient, number: int) -> None:
        email, code = f"person{number}@example.org", code_at(key_of(number), int(time.time()) // STEP_S)
        begun = await client.post("/sign-in/password", json={"email": email, "password": PASSWORD})
        answered = await client.post(f"/sign-in/{begun.json()['attempt']}/mfa", json={"method": "totp", "code": code})
        step = answered.json()["step"]
        assert step["kind"] == "done", answered.text
        self.signed_in.append(SignedIn(email, step["session_token"], code))

    async def _signing_up(self, client: httpx.AsyncClient, worker: int) -> None:
        for number in range(PEOPLE):
            email = f"new{worker}-{number}@example.org"
            form = {"name": "Ada Okafor", "email": email, "password": "seven grey herons by the weir"}
            try:
                answered = await client.post("/sign-up", json=form)
            except httpx.TransportError:
                return
            if answered.status_code < 300:
                self.signed_up.append(email)


def key_of(number: int) -> bytes:
    return f"{number:020}".encode()


async def fill(database_url: str) -> dict[str, Account]:
    """People with MFA, made directly."""
    made: dict[str, Account] = {}
    async with open_practice(database_url) as practice:
        for number in range(PEOPLE):
            account, _ = await practice.add_person(f"person{number}@example.org", totp_key=key_of(number))
            made[account.email] = account
            at = practice.clock.now()
            saved = new_credential(practice.world, account, "recovery_code", Accepted(b""), at=at, confirmed_at=at)
            async with practice.write() as unit:
                await unit.credentials.add(account.id, saved)
    return made


async def killed_under_load(service: Serving) -> Load:
    load = Load(service.url)
    running = asyncio.create_task(load.run())
    async with asyncio.timeout(60):
        await load.enough.wait()
    await asyncio.to_thread(service.kill)
    await running
    return load


@pytest.mark.timeout(180)
@pytest.mark.spec("SIGN-1", "MFA-2", "ACC-1")
async def test_a_process_killed_under_load_keeps_what_it_acknowledged(database_url: str, tmp_path: Path) -> None:
    people = await fill(database_url)
    with serving(database_url, tmp_path, **SETTINGS) as service:
        load = await killed_under_load(service)
        assert service.tracebacks == []
    with serving(database_url, tmp_path, **SETTINGS) as service:
        await every_acknowledged_session_counts(service, load)
        await no_code_works_again(service, load)
        await asyncio.sleep(1)  # the relay of the second process carries out what the first one left
    async with open_practice(database_url) as practice:
        await no_acknowledged_event_is_lost(practice, people, load)
        await no_account_is_half_made(practice, load)
        await every_session_has_its_attempt(practice, people)


async def every_acknowledged_session_counts(service: Serving, load: Load) -> None:
    assert len(load.signed_in) >= KILL_AFTER
    async with httpx.AsyncClient(base_url=f"{service.url}/api/v1", timeout=20) as client:
        for person in load.signed_in:
            answered = await client.get("/session", headers={"authorization": f"Bearer {person.session_token}"})
            assert answered.status_code == 200, answered.text


async def no_code_works_again(service: Serving, load: Load) -> None:
    told: Counter[str] = Counter()
    async with httpx.AsyncClient(base_url=f"{service.url}/api/v1", timeout=20) as client:
        for person in load.signed_in[-10:]:
            begun = await client.post("/sign-in/password", json={"email": person.email, "password": PASSWORD})
            answer = {"method": "totp", "code": person.code}
            answered = (await client.post(f"/sign-in/{begun.json()['attempt']}/mfa", json=answer)).json()
            told[answered["errors"][0]["code"]] += 1
    assert set(told) <= {"code_spent", "code_wrong"}, "spent, or no longer of this half minute"


async def no_acknowledged_event_is_lost(practice: Practice, people: dict[str, Account], load: Load) -> None:
    async with practice.units.read() as unit:
        for person in load.signed_in:
            names = [entry.name for entry in await unit.audit.about(people[person.email].id)]
            assert names.count("sign_in.succeeded") == 1, person.email


async def no_account_is_half_made(practice: Practice, load: Load) -> None:
    """A sign-up that was acknowledged is an account with its event and its mail, or a job that will make it so."""
    async with practice.units.read() as unit:
        waiting, _ = await unit.outbox.waiting()
        made = [await unit.accounts.by_email(email_key(email)) for email in load.signed_up]
        accounts = [account for account in made if account is not None]
        assert len(load.signed_up) - len(accounts) <= waiting
        for account in accounts:
            names = [entry.name for entry in await unit.audit.about(account.id)]
            assert names == ["account.created"]
    assert load.signed_up


async def every_session_has_its_attempt(practice: Practice, people: dict[str, Account]) -> None:
    at = SystemClock().now()
    async with practice.units.read() as unit:
        for account in people.values():
            sessions = {session.id for session in await unit.sessions.live(account.id, at)}
            done = {a.session for a in await unit.attempts.about(account.id) if a.outcome == "done"}
            assert sessions == done
            assert await who(unit, "never given", at) is None
