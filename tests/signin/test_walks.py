"""Long random walks: people, administrators and the clock act in any order, and every session given keeps the promises."""

import random
from base64 import b32decode
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest

from tests.email_verification.sign_ups import ask_for_reset, reset_links
from tests.signin.client import Client, caller_of, signed_in
from tests.world import HERE, Practice, open_practice
from wardkey.account_repair.actions import PasswordSet, reset_password
from wardkey.accounts.rules import MfaMode, Status, email_key
from wardkey.factors.kinds import recovery_code
from wardkey.self_service.actions import Changed, NewCodes, replace_recovery_code
from wardkey.self_service.methods import begin_method, confirm_method, remove_method
from wardkey.settings import LimitSettings
from wardkey.signin import learn, view
from wardkey.signin.facts import Proof
from wardkey.signin.person import Person, methods_of
from wardkey.vocabulary import CredentialId, Problem

EMAIL: Final = "ada@example.org"
WALKS: Final = 60
STEPS: Final = 60
LONG: Final = ("violet teapot on the windowsill", "a long walk by the quiet river")
SHORT: Final = ("kxv-9tzq", "teapot-window")


GENEROUS: Final = LimitSettings(
    failures_per_account_and_network=10_000, mails_per_address_and_network=10_000, mails_per_address=10_000,
    reset_requests_per_network=10_000, links_opened_per_network=10_000,
)  # fmt: skip


class Walk:
    """One account with everything that can happen to it; `keys` and `codes` are what its owner has at hand."""

    def __init__(self, practice: Practice, chance: random.Random) -> None:
        self.practice, self.chance = practice, chance
        self.password = chance.choice(LONG + SHORT)
        self.keys: list[bytes] = []
        self.codes: list[str] = []
        self.clients = [Client(practice) for _ in range(3)]
        self.sessions: list[str] = []
        self.seen: Counter[str] = Counter()

    async def begin(self) -> None:
        self.clinic = await self.practice.add_organization(mfa_mode=self.chance.choice(list(MfaMode)))
        status = self.chance.choice([Status.ACTIVE, Status.ACTIVE, Status.UNVERIFIED])
        self.account, _ = await self.practice.add_person(EMAIL, self.password, organization=self.clinic, status=status)

    async def step(self) -> None:
        acts = [self.password_given] * 4 + [self.command] * 12 + [self.time_passes] * 3
        acts += [self.policy_changes, self.status_changes, self.reset, self.own_protection, self.own_protection]
        await self.chance.choice(acts)()

    async def password_given(self) -> None:
        client = self.chance.choice(self.clients)
        given = self.password if self.chance.random() < 0.8 else self.chance.choice(LONG + SHORT)
        await self.arrived(client, await client.password(EMAIL, given))

    async def command(self) -> None:
        client = self.chance.choice(self.clients)
        shown = await client.look()
        if isinstance(shown.step, view.NewRecoveryCode):
            self.codes.extend(shown.step.codes)
        await self.arrived(client, await self.answered(client, shown.step))

    async def answered(self, client: Client, step: view.Step) -> view.SigninView:
        """Mostly what the step asks for, and sometimes something else."""
        if self.chance.random() < 0.25:
            return await self.chance.choice([client.saved, client.verified, lambda: self.chosen(client)])()
        match step:
            case view.Mfa():
                return await self.challenged(client)
            case view.EnrollMfa():
                self.keys.append(b32decode(str(step.setups["totp"]["secret"])))
                return await client.enrol(self.any_code(self.keys[-1:]))
            case view.NewRecoveryCode():
                return await client.saved(self.chance.random() < 0.8)
            case view.ChangePassword():
                return await self.chosen(client)
            case _:
                return await client.verified()

    async def challenged(self, client: Client) -> view.SigninView:
        if self.codes and self.chance.random() < 0.4:
            return await client.code(self.chance.choice(self.codes), "recovery_code")
        return await client.code(self.any_code(self.keys))

    async def chosen(self, client: Client) -> view.SigninView:
        password, is_asked = self.chance.choice(LONG + SHORT), isinstance((await client.look()).step, view.ChangePassword)
        seen = await client.choose(password)
        if is_asked and seen.problem is None:
            self.password = password
        return seen

    def any_code(self, keys: list[bytes]) -> str:
        return self.practice.code(self.chance.choice(keys)) if keys and self.chance.random() < 0.85 else "000000"

    async def arrived(self, client: Client, seen: view.SigninView) -> None:
        self.seen[str(type(seen.step).__struct_config__.tag)] += 1
        if isinstance(seen.step, view.Done):
            self.sessions.append(seen.step.session_token)
            await self.promises_hold(client, seen.step)
        if self.chance.random() < 0.5:
            self.practice.clock.advance(timedelta(seconds=30))

    async def promises_hold(self, client: Client, done: view.Done) -> None:
        at = self.practice.clock.now()
        async with self.practice.units.read() as unit:
            loaded = await unit.attempts.load(learn.attempt_id(client.token))
        assert loaded is not None
        attempt, person = loaded
        assert await signed_in(self.practice, done.session_token) is not None
        assert person.account.status is Status.ACTIVE
        assert not person.account.is_password_known
        assert (await self.practice.world.hashing.verify(person.account.password_hash, self.password)).fits
        assert attempt.stamp == person.account.security_stamp
        has_method = bool(methods_of(person))
        if has_method:
            assert attempt.proof is not Proof.NONE
            assert [c.confirmed_at is not None for c in person.credentials if c.kind == "recovery_code"] == [True]
            assert "mfa" in attempt.amr
        else:
            assert learn.policy_of(person, self.practice.world.settings, at) is not MfaMode.REQUIRED
            assert len(self.password) >= 15

    async def time_passes(self) -> None:
        self.practice.clock.advance(timedelta(seconds=self.chance.choice([1, 30, 90, 301, 601, 3 * 3_600])))

    async def policy_changes(self) -> None:
        soon = self.practice.clock.now() + timedelta(seconds=self.chance.choice([0, 60, 600]))
        async with self.practice.write() as unit:
            await unit.organizations.set_mfa(self.clinic.id, self.chance.choice(list(MfaMode)), self.chance.choice([None, soon]))

    async def status_changes(self) -> None:
        person = await self.person()
        async with self.practice.write() as unit:
            if person.account.status is Status.ACTIVE and self.chance.random() < 0.3:
                await unit.accounts.set_status(self.account.id, Status.SUSPENDED)
            elif person.account.status is Status.SUSPENDED:
                await unit.accounts.set_status(self.account.id, Status.ACTIVE)

    async def person(self) -> Person:
        async with self.practice.units.read() as unit:
            found = await unit.people.by_email(email_key(EMAIL))
        assert found is not None
        return found

    async def reset(self) -> None:
        await ask_for_reset(self.practice)
        chosen = self.chance.choice(LONG + SHORT)
        links = reset_links(self.practice)
        if links:
            answer = await reset_password(self.practice.units, self.practice.world, links[-1], chosen, HERE)
            if isinstance(answer, PasswordSet):
                self.password = chosen
                assert [await signed_in(self.practice, token) for token in self.sessions] == [None] * len(self.sessions)

    async def own_protection(self) -> None:
        """Whoever is signed in sets up, replaces or removes a method, or makes a new recovery code."""
        alive = [token for token in self.sessions if await signed_in(self.practice, token) is not None]
        if not alive:
            return
        caller = await caller_of(self.practice, alive[-1])
        match self.chance.randrange(3):
            case 0:
                setup = await begin_method(caller, "totp")
                if not isinstance(setup, Problem):
                    self.keys.append(b32decode(str(setup["secret"])))
                    answer = await confirm_method(caller, "totp", {"code": self.practice.code(self.keys[-1])})
                    self.codes.extend(answer.codes if isinstance(answer, NewCodes) else ())
            case 1:
                methods = methods_of(await self.person())
                answer = await remove_method(caller, methods[0].id if methods else CredentialId("cred_none"))
                if isinstance(answer, Changed):
                    assert methods_of(await self.person()) == ()
            case _:
                answer = await replace_recovery_code(caller)
                self.codes.extend(answer.codes if isinstance(answer, NewCodes) else ())
        kinds = Counter(c.kind for c in (await self.person()).credentials)
        assert max(kinds.values(), default=0) <= 1, "never two of one kind"


@pytest.mark.timeout(300)
@pytest.mark.spec("SIGN-4")
async def test_every_session_given_on_a_random_walk_keeps_the_promises(
    new_sqlite: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery_code, "MEMORY_KIB", 8)
    monkeypatch.setattr(recovery_code, "PASSES", 1)
    seen: Counter[str] = Counter()
    for seed in range(WALKS):
        async with open_practice(new_sqlite(), limits=GENEROUS) as practice:
            walk = Walk(practice, random.Random(seed))
            await walk.begin()
            for _ in range(STEPS):
                await walk.step()
        seen.update(walk.seen)
    assert set(seen) >= {"first_factor", "verify_email", "mfa", "enroll_mfa", "new_recovery_code", "change_password", "done"}
