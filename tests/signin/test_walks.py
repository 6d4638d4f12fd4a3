"""Long random walks: people, administrators and the clock act in any order, and every session given keeps the promises."""

import random
from base64 import b32decode
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from tests.authenticator import Authenticator, as_text, encoded
from tests.email_verification.sign_ups import ask_for_reset, reset_links
from tests.signin.client import Client, caller_of, mfa_of, signed_in
from tests.signin.methods import CODE, NUMBER, options
from tests.world import HERE, Practice, open_practice
from wardkey.account_repair.actions import PasswordSet, reset_password
from wardkey.accounts.rules import MfaMode, Status, email_key
from wardkey.devices.actions import revoke_all
from wardkey.factors.kinds import recovery_code
from wardkey.self_service.actions import Caller, Changed, NewCodes, replace_recovery_code
from wardkey.self_service.methods import begin_method, confirm_method, remove_method
from wardkey.sessions.rules import PASSWORD_AMR
from wardkey.settings import LimitSettings
from wardkey.signin import learn, view
from wardkey.signin.commands import AnswerMfa
from wardkey.signin.facts import Attempt, FirstFactor, Proof
from wardkey.signin.person import Person, is_passkey_enough, may_trust_devices, methods_of
from wardkey.vocabulary import CredentialId, Problem

EMAIL: Final = "ada@example.org"
WALKS: Final = 60
STEPS: Final = 60
LONG: Final = ("violet teapot on the windowsill", "a long walk by the quiet river")
SHORT: Final = ("kxv-9tzq", "teapot-window")


GENEROUS: Final = LimitSettings(
    failures_per_account_and_network=10_000, mails_per_address_and_network=10_000, mails_per_address=10_000,
    reset_requests_per_network=10_000, links_opened_per_network=10_000, failures_per_network=10_000, texts_per_account=10_000,
    texts_per_number_and_hour=10_000, texts_per_number=10_000, texts_to_new_number=10_000, texts_per_network=10_000,
    texts_per_prefix=10_000,
)  # fmt: skip


class Walk:
    """One account with everything that can happen to it; `keys` and `codes` are what its owner has at hand."""

    def __init__(self, practice: Practice, chance: random.Random) -> None:
        self.practice, self.chance = practice, chance
        self.password = chance.choice(LONG + SHORT)
        self.keys: list[bytes] = []
        self.codes: list[str] = []
        self.phone = Authenticator()
        self.clients = [Client(practice) for _ in range(3)]
        self.sessions: list[str] = []
        self.seen: Counter[str] = Counter()

    async def begin(self) -> None:
        self.clinic = await self.practice.add_organization(mfa_mode=self.chance.choice(list(MfaMode)))
        status = self.chance.choice([Status.ACTIVE, Status.ACTIVE, Status.UNVERIFIED])
        self.account, _ = await self.practice.add_person(EMAIL, self.password, organization=self.clinic, status=status)
        await self.rules_change()

    async def step(self) -> None:
        acts = [self.password_given] * 4 + [self.passkey_given] * 2 + [self.command] * 14 + [self.time_passes] * 3
        acts += [self.policy_changes, self.rules_change, self.status_changes, self.reset]
        acts += [self.own_protection] * 3 + [self.trust_ends]
        await self.chance.choice(acts)()

    async def password_given(self) -> None:
        client = self.chance.choice(self.clients)
        given = self.password if self.chance.random() < 0.8 else self.chance.choice(LONG + SHORT)
        can_hold = self.chance.random() < 0.3
        await self.arrived(client, await client.password(EMAIL, given, can_hold_passkey=can_hold))

    async def passkey_given(self) -> None:
        client = self.chance.choice(self.clients)
        if self.phone.credentials:
            await self.arrived(client, await client.passkey(self.phone))

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
                return await self.enrolled(client, step)
            case view.OfferPasskey():
                choice = self.chance.choice(["create", "not_now", "never"])
                return await client.answer_offer(choice, self.phone if choice == "create" and self.can_make(step) else None)
            case view.NewRecoveryCode():
                return await client.saved(self.chance.random() < 0.8)
            case view.ChangePassword():
                return await self.chosen(client)
            case _:
                return await client.verified()

    async def challenged(self, client: Client) -> view.SigninView:
        """One of the methods that are offered, answered rightly or not."""
        step, trusts = mfa_of(await client.look()), self.chance.random() < 0.4
        match self.chance.choice(step.methods or ("totp",)):
            case "recovery_code" if self.codes:
                return await client.code(self.chance.choice(self.codes), "recovery_code", trusts=trusts)
            case "sms":
                return await self.texted(client, step, trusts)
            case "passkey":
                return await self.touched(client, step, trusts)
            case "password":
                return await client.code(self.password if self.chance.random() < 0.8 else "not that", "password", trusts=trusts)
            case method:
                return await client.code(self.any_code(self.keys), method, trusts=trusts)

    async def texted(self, client: Client, step: view.Mfa, trusts: bool) -> view.SigninView:
        if "sms" not in step.asked or self.chance.random() < 0.2:
            return await client.ask("sms")
        return await client.code(await self.newest_text(), "sms", trusts=trusts)

    async def newest_text(self) -> str:
        await self.practice.deliver()
        texts = self.practice.texts_to(NUMBER)
        return CODE.findall(texts[-1].text)[0] if texts and self.chance.random() < 0.9 else "000000"

    async def touched(self, client: Client, step: view.Mfa, trusts: bool) -> view.SigninView:
        if "passkey" not in step.asked or self.chance.random() < 0.2:
            return await client.ask("passkey")
        asked = options(step.asked["passkey"])
        if not self.holds(asked["allowCredentials"]):
            return await client.send(AnswerMfa("passkey", credential="{}"))
        return await client.touch(self.phone, asked, trusts=trusts)

    def holds(self, listed: list[dict[str, str]]) -> bool:
        ids = {encoded(credential.id) for credential in self.phone.credentials}
        return any(one["id"] in ids for one in listed)

    def can_make(self, step: view.OfferPasskey) -> bool:
        excluded: Any = step.options["excludeCredentials"]
        return not self.holds(excluded)

    async def enrolled(self, client: Client, step: view.EnrollMfa) -> view.SigninView:
        """Begin another set-up, or end one that was begun."""
        if self.chance.random() < 0.4:
            return await client.begin(self.chance.choice(step.methods), NUMBER)
        trusts, method = self.chance.random() < 0.4, self.chance.choice(list(step.setups))
        match method:
            case "sms":
                return await client.enrol(await self.newest_text(), "sms", trusts=trusts)
            case "passkey" if not self.holds(options(step.setups["passkey"])["excludeCredentials"]):
                return await client.make(self.phone, trusts=trusts)
            case "totp":
                self.keys.append(b32decode(str(step.setups["totp"]["secret"])))
                return await client.enrol(self.any_code(self.keys[-1:]), trusts=trusts)
            case _:
                return await client.enrol("", method)

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
        attempt, person = loaded[0], learn.under_policy(loaded[1], self.practice.world.settings, at)
        assert await signed_in(self.practice, done.session_token) is not None
        assert person.account.status is Status.ACTIVE
        assert not (person.account.is_password_known and PASSWORD_AMR in attempt.amr)
        assert (await self.practice.world.hashing.verify(person.account.password_hash, self.password)).fits
        assert attempt.stamp == person.account.security_stamp
        self.seen[f"by {attempt.proof}"] += 1
        await self.protected_as_promised(attempt, person, done)

    async def protected_as_promised(self, attempt: Attempt, person: Person, done: view.Done) -> None:
        """What a session says of itself is what was proven for it, and nobody got by without what was owed."""
        is_passkey, settings = attempt.first_factor is FirstFactor.PASSKEY, self.practice.world.settings
        is_passkey_alone = is_passkey and attempt.proof is Proof.NONE
        if attempt.proof is Proof.TRUSTED_DEVICE:
            assert may_trust_devices(person)
            assert ("trusted_device" in attempt.amr, "mfa" in attempt.amr) == (True, False)
        if done.trust_token:
            assert may_trust_devices(person)
            assert attempt.proof in (Proof.METHOD, Proof.PASSWORD)
        if not methods_of(person):
            assert learn.policy_of(person, settings, self.practice.clock.now()) is not MfaMode.REQUIRED
            assert is_passkey or len(self.password) >= 15
            return
        assert [c.confirmed_at is not None for c in person.credentials if c.kind == "recovery_code"] == [True]
        if is_passkey_alone:
            assert is_passkey_enough(person)
        else:
            assert attempt.proof is not Proof.NONE
        assert "mfa" in attempt.amr or attempt.proof is Proof.TRUSTED_DEVICE

    async def time_passes(self) -> None:
        self.practice.clock.advance(timedelta(seconds=self.chance.choice([1, 30, 90, 301, 601, 3 * 3_600])))

    async def policy_changes(self) -> None:
        soon = self.practice.clock.now() + timedelta(seconds=self.chance.choice([0, 60, 600]))
        async with self.practice.write() as unit:
            await unit.organizations.set_mfa(self.clinic.id, self.chance.choice(list(MfaMode)), self.chance.choice([None, soon]))

    async def rules_change(self) -> None:
        async with self.practice.write() as unit:
            await unit.organizations.set_device_rules(
                self.clinic.id,
                allows_trusted_devices=self.chance.random() < 0.8,
                is_passkey_enough=self.chance.random() < 0.4,
            )

    async def trust_ends(self) -> None:
        async with self.practice.write() as unit:
            await revoke_all(unit, self.practice.world, self.account.id, self.account.id, HERE, self.practice.clock.now())

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
        match self.chance.randrange(5):
            case 0:
                await self.app_set_up(caller)
            case 1:
                await self.phone_set_up(caller)
            case 2:
                await self.passkey_set_up(caller)
            case 3:
                methods = tuple(c for c in (await self.person()).credentials if c.kind != "recovery_code")
                removed = self.chance.choice(methods).id if methods else CredentialId("cred_none")
                await remove_method(caller, removed)
                assert bool(methods_of(await self.person())) <= bool(methods)
            case _:
                answer = await replace_recovery_code(caller)
                self.codes.extend(answer.codes if isinstance(answer, NewCodes) else ())
        kinds = Counter(c.kind for c in (await self.person()).credentials if c.kind != "passkey")
        assert max(kinds.values(), default=0) <= 1, "never two of one kind"

    async def app_set_up(self, caller: Caller) -> None:
        setup = await begin_method(caller, "totp")
        if not isinstance(setup, Problem):
            self.keys.append(b32decode(str(setup["secret"])))
            self.added(await confirm_method(caller, "totp", {"code": self.practice.code(self.keys[-1])}))

    async def phone_set_up(self, caller: Caller) -> None:
        if not isinstance(await begin_method(caller, "sms", {"number": NUMBER, "country": ""}), Problem):
            self.added(await confirm_method(caller, "sms", {"code": await self.newest_text()}))

    async def passkey_set_up(self, caller: Caller) -> None:
        setup = await begin_method(caller, "passkey")
        if not isinstance(setup, Problem) and not self.holds(options(setup)["excludeCredentials"]):
            made = {"credential": as_text(self.phone.create(options(setup)))}
            self.added(await confirm_method(caller, "passkey", made, as_method=self.chance.random() < 0.5))

    def added(self, answer: Changed | NewCodes | Problem) -> None:
        self.codes.extend(answer.codes if isinstance(answer, NewCodes) else ())


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
    steps = {"first_factor", "verify_email", "mfa", "enroll_mfa", "new_recovery_code", "change_password", "offer_passkey", "done"}
    assert set(seen) >= steps | {f"by {proof}" for proof in Proof}
