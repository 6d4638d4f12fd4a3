"""Every store keeps what it is given and answers its conditions the same on SQLite and PostgreSQL."""

from datetime import timedelta
from functools import partial
from typing import Any, Final

import pytest
from msgspec.structs import replace

from tests.signin.test_learn import account, credential
from tests.world import HERE, LEEDS, NOON, Practice
from wardkey.accounts.rules import Account, MfaMode, Status, email_key
from wardkey.audit.rules import Entry
from wardkey.emailed_links.rules import RESET, VERIFY, Link
from wardkey.organizations.rules import Membership, Organization
from wardkey.outbox.rules import Job
from wardkey.sessions.rules import Session, session_id
from wardkey.signin import learn
from wardkey.signin.facts import Attempt, Proof
from wardkey.signin.person import Person
from wardkey.vocabulary import AccountId, CredentialId, EmailAddress, EventId, OrganizationId, Role, SecurityStamp, SessionId

SECOND: Final = timedelta(seconds=1)
ADA: Final = AccountId("acc_ada")


async def add(practice: Practice, name: str = "ada", **fields: Any) -> Account:
    found = account(id=AccountId(f"acc_{name}"), email=EmailAddress(f"{name}@example.org"), **fields)
    async with practice.write() as unit:
        assert await unit.accounts.add(found, email_key(found.email))
    return found


async def stored(practice: Practice, name: str = "ada") -> Account:
    async with practice.units.read() as unit:
        found = await unit.accounts.by_id(AccountId(f"acc_{name}"))
    assert found is not None
    return found


def organization(slug: str = "maple", **fields: Any) -> Organization:
    values: dict[str, Any] = {"id": OrganizationId(f"org_{slug}"), "name": slug.title(), "slug": slug, "created_at": NOON}
    return Organization(**{**values, **fields})


def session(number: int = 1, owner: str = "ada", **fields: Any) -> Session:
    values: dict[str, Any] = {
        "id": session_id(f"token {number}"), "account": AccountId(f"acc_{owner}"), "stamp": SecurityStamp("s1"),
        "started_at": NOON + number * SECOND, "expires_at": NOON + timedelta(hours=3), "seen_at": NOON, "proven_at": NOON,
        "amr": ("pwd", "otp", "mfa"), "idle_minutes": 15, "ip": HERE.ip, "user_agent": HERE.user_agent, "place": LEEDS,
    }  # fmt: skip
    return Session(**{**values, **fields})


class TestAccounts:
    """Accounts."""

    async def test_every_field_is_kept(self, practice: Practice) -> None:
        full = await add(
            practice, name="ada", language="es", time_zone="America/Bogota", status=Status.SUSPENDED, mfa_mode=MfaMode.REQUIRED,
            mfa_from=NOON, wrong_codes=3, wrong_codes_hour=2, wrong_hour_at=NOON, wrong_code_at=NOON + SECOND,
            is_password_known=True, email_verified_at=NOON, password_hash="ünïcode 🦊",
        )  # fmt: skip
        async with practice.units.read() as unit:
            assert await unit.accounts.by_id(full.id) == full
            assert await unit.accounts.by_email(email_key("ADA@example.org")) == full
            assert await unit.accounts.by_id(AccountId("acc_none")) is None
            assert await unit.accounts.by_email(email_key("none@example.org")) is None

    async def test_an_address_is_taken_once_however_it_is_spelt(self, practice: Practice) -> None:
        first = await add(practice)
        async with practice.write() as unit:
            other = account(id=AccountId("acc_other"), email=EmailAddress("Ada@Example.org"))
            assert not await unit.accounts.add(other, email_key(other.email))
        assert await stored(practice) == first

    async def test_a_password_is_changed_only_under_the_stamp_it_was_read_with(self, practice: Practice) -> None:
        before = await add(
            practice, wrong_codes=9, wrong_codes_hour=9, wrong_hour_at=NOON, wrong_code_at=NOON, is_password_known=True
        )
        async with practice.write() as unit:
            changing = {"password_hash": "new", "new": SecurityStamp("s2"), "at": NOON + SECOND}
            assert not await unit.accounts.change_password(ADA, old=SecurityStamp("other"), **changing)
            assert await unit.accounts.change_password(ADA, old=before.security_stamp, **changing)
            assert not await unit.accounts.change_password(ADA, old=before.security_stamp, **changing)
        now = await stored(practice)
        assert (now.password_hash, now.security_stamp, now.password_changed_at) == ("new", "s2", NOON + SECOND)
        assert (now.wrong_codes, now.wrong_codes_hour, now.wrong_hour_at, now.wrong_code_at) == (0, 0, None, None)
        assert not now.is_password_known

    async def test_a_hash_is_renewed_unless_it_was_changed(self, practice: Practice) -> None:
        await add(practice, password_hash="old")
        async with practice.write() as unit:
            await unit.accounts.renew_hash(ADA, old="another", new="x")
            await unit.accounts.renew_hash(ADA, old="old", new="new")
        assert await stored(practice) == account(id=ADA, password_hash="new")

    async def test_a_stamp_moves_once(self, practice: Practice) -> None:
        await add(practice)
        async with practice.write() as unit:
            assert await unit.accounts.move_stamp(ADA, old=SecurityStamp("s1"), new=SecurityStamp("s2"))
            assert not await unit.accounts.move_stamp(ADA, old=SecurityStamp("s1"), new=SecurityStamp("s3"))
        assert (await stored(practice)).security_stamp == "s2"

    async def test_an_address_is_proven_once_and_only_for_the_password_it_was_asked_for(self, practice: Practice) -> None:
        await add(practice, status=Status.UNVERIFIED)
        async with practice.write() as unit:
            assert not await unit.accounts.verify_email(ADA, NOON, stamp=SecurityStamp("s0"))
            assert await unit.accounts.verify_email(ADA, NOON, stamp=SecurityStamp("s1"))
            assert not await unit.accounts.verify_email(ADA, NOON, stamp=SecurityStamp("s1"))
        now = await stored(practice)
        assert (now.status, now.email_verified_at) == (Status.ACTIVE, NOON)

    async def test_wrong_codes_are_counted_from_what_was_seen(self, practice: Practice) -> None:
        before = await add(practice)
        counted = account(
            id=ADA, wrong_codes=1, wrong_codes_hour=1, wrong_hour_at=NOON, wrong_code_at=NOON, is_password_known=True
        )
        async with practice.write() as unit:
            assert not await unit.accounts.count_wrong_code(counted, seen=7)
            assert await unit.accounts.count_wrong_code(counted, seen=before.wrong_codes)
            assert not await unit.accounts.count_wrong_code(counted, seen=before.wrong_codes)
        now = await stored(practice)
        assert (now.wrong_codes, now.wrong_codes_hour, now.wrong_hour_at, now.is_password_known) == (1, 1, NOON, True)
        async with practice.write() as unit:
            assert not await unit.accounts.forget_wrong_codes(ADA, seen=0)
            assert await unit.accounts.forget_wrong_codes(ADA, seen=1)
        now = await stored(practice)
        assert (now.wrong_codes, now.wrong_codes_hour, now.wrong_hour_at, now.wrong_code_at) == (0, 0, None, None)
        assert now.is_password_known, "a right code makes no known password unknown"

    async def test_only_an_account_without_proof_and_practice_is_taken_over(self, practice: Practice) -> None:
        for name, status in (("ada", Status.UNVERIFIED), ("bob", Status.ACTIVE), ("cy", Status.UNVERIFIED)):
            await add(practice, name, status=status)
        async with practice.write() as unit:
            await unit.organizations.add(organization())
            await unit.organizations.add_member(OrganizationId("org_maple"), AccountId("acc_cy"), Role.STAFF, NOON)
            taken = [
                await unit.accounts.take_over_unverified(
                    account(id=AccountId(f"acc_{name}"), name="New", password_hash="new", security_stamp=SecurityStamp("s2"))
                )
                for name in ("ada", "bob", "cy", "nobody")
            ]
        assert taken == [True, False, False, False]
        assert [(await stored(practice, name)).password_hash for name in ("ada", "bob", "cy")] == ["new", "", ""]

    async def test_status_and_policy_are_set(self, practice: Practice) -> None:
        await add(practice)
        async with practice.write() as unit:
            assert await unit.accounts.set_status(ADA, Status.SUSPENDED)
            assert not await unit.accounts.set_status(ADA, Status.SUSPENDED)
            assert not await unit.accounts.set_status(AccountId("acc_none"), Status.ACTIVE)
            assert await unit.accounts.set_mfa(ADA, MfaMode.REQUIRED, NOON)
        now = await stored(practice)
        assert (now.status, now.mfa_mode, now.mfa_from) == (Status.SUSPENDED, MfaMode.REQUIRED, NOON)
        async with practice.write() as unit:
            assert await unit.accounts.set_mfa(ADA, None, None)
        assert (await stored(practice)).mfa_mode is None


class TestOrganizations:
    """Organizations and who belongs to them."""

    async def test_every_field_is_kept_and_a_short_name_is_taken_once(self, practice: Practice) -> None:
        full = organization(mfa_mode=MfaMode.REQUIRED, mfa_from=NOON, idle_minutes=15, name="Clínica Río")
        async with practice.write() as unit:
            assert await unit.organizations.add(full)
            assert not await unit.organizations.add(organization(id=OrganizationId("org_other")))
        async with practice.units.read() as unit:
            assert await unit.organizations.by_slug("maple") == full
            assert await unit.organizations.by_slug("none") is None

    async def test_pages_go_on_where_the_last_one_ended(self, practice: Practice) -> None:
        names = ["ash", "beech", "cedar", "elm", "fir"]
        async with practice.write() as unit:
            for name in reversed(names):
                await unit.organizations.add(organization(name))
        async with practice.units.read() as unit:
            first = await unit.organizations.all(limit=2)
            second = await unit.organizations.all(after=first[-1].slug, limit=2)
            last = await unit.organizations.all(after=second[-1].slug, limit=2)
        assert [o.slug for o in (*first, *second, *last)] == names

    async def test_people_are_members_once_and_listed_with_their_methods(self, practice: Practice) -> None:
        for name in ("ada", "bob", "cy"):
            await add(practice, name)
        org = organization()
        async with practice.write() as unit:
            await unit.organizations.add(org)
            for name, role in (("bob", Role.OWNER), ("ada", Role.PROVIDER)):
                assert await unit.organizations.add_member(org.id, AccountId(f"acc_{name}"), role, NOON)
            assert not await unit.organizations.add_member(org.id, ADA, Role.OWNER, NOON)
            await unit.credentials.add(ADA, credential("totp"))
            await unit.credentials.add(ADA, credential("recovery_code"))
        async with practice.units.read() as unit:
            members = await unit.organizations.members(org.id)
            rest = await unit.organizations.members(org.id, after=email_key("ada@example.org"))
        assert [(m.email, m.role, m.methods, m.status) for m in members] == [
            ("ada@example.org", Role.PROVIDER, ("totp",), "active"),
            ("bob@example.org", Role.OWNER, (), "active"),
        ]
        assert [m.account for m in rest] == ["acc_bob"]

    async def test_the_policy_is_set(self, practice: Practice) -> None:
        async with practice.write() as unit:
            await unit.organizations.add(organization())
            assert await unit.organizations.set_mfa(OrganizationId("org_maple"), MfaMode.REQUIRED, NOON)
            assert not await unit.organizations.set_mfa(OrganizationId("org_none"), MfaMode.OFF, None)
        async with practice.units.read() as unit:
            found = await unit.organizations.by_slug("maple")
        assert found is not None
        assert (found.mfa_mode, found.mfa_from) == (MfaMode.REQUIRED, NOON)


class TestCredentials:
    """Credentials and set-ups under way."""

    async def test_every_field_is_kept_oldest_first(self, practice: Practice) -> None:
        await add(practice)
        kept = [
            credential(
                "totp", id=CredentialId("cred_1"), sealed=bytes(range(256)), label="Phone 📱", last_used_at=NOON, version=4
            ),
            credential("recovery_code", id=CredentialId("cred_2"), confirmed_at=None),
        ]
        async with practice.write() as unit:
            for one in reversed(kept):
                await unit.credentials.add(ADA, one)
        async with practice.units.read() as unit:
            assert await unit.credentials.of(ADA) == tuple(kept)
            assert await unit.credentials.of(AccountId("acc_none")) == ()

    async def test_a_credential_is_spent_or_taken_only_in_the_version_that_was_read(self, practice: Practice) -> None:
        await add(practice)
        one = credential("totp")
        async with practice.write() as unit:
            await unit.credentials.add(ADA, one)
            assert not await unit.credentials.spend(one.id, version=1, sealed=b"x", at=NOON)
            assert await unit.credentials.spend(one.id, version=0, sealed=b"spent", at=NOON)
            assert not await unit.credentials.spend(one.id, version=0, sealed=b"y", at=NOON)
            assert not await unit.credentials.take(one.id, version=0)
        async with practice.units.read() as unit:
            (now,) = await unit.credentials.of(ADA)
        assert (now.version, now.sealed, now.last_used_at) == (1, b"spent", NOON)
        async with practice.write() as unit:
            assert await unit.credentials.take(one.id, version=1)
            assert not await unit.credentials.take(one.id, version=1)

    async def test_a_code_is_saved_once_and_a_label_belongs_to_its_owner(self, practice: Practice) -> None:
        await add(practice)
        one = credential("recovery_code", confirmed_at=None)
        async with practice.write() as unit:
            await unit.credentials.add(ADA, one)
            assert await unit.credentials.confirm(one.id, NOON)
            assert not await unit.credentials.confirm(one.id, NOON + SECOND)
            assert await unit.credentials.rename(ADA, one.id, "In the safe")
            assert not await unit.credentials.rename(AccountId("acc_bob"), one.id, "Mine now")
        async with practice.units.read() as unit:
            (now,) = await unit.credentials.of(ADA)
        assert (now.confirmed_at, now.label) == (NOON, "In the safe")

    async def test_a_set_up_is_kept_until_it_expires_once_for_each_owner_and_kind(self, practice: Practice) -> None:
        async with practice.write() as unit:
            await unit.ceremonies.save("one", "totp", b"old", NOON)
            await unit.ceremonies.save("one", "totp", b"new", NOON + SECOND)
            await unit.ceremonies.save("one", "codes", b"codes", NOON + SECOND)
            await unit.ceremonies.save("two", "totp", b"other", NOON + SECOND)
        async with practice.units.read() as unit:
            assert await unit.ceremonies.load("one", "totp", NOON) == b"new"
            assert await unit.ceremonies.load("one", "totp", NOON + SECOND) is None
            assert await unit.ceremonies.load("one", "sms", NOON) is None
        async with practice.write() as unit:
            await unit.ceremonies.drop("one")
        async with practice.units.read() as unit:
            assert await unit.ceremonies.load("one", "codes", NOON) is None
            assert await unit.ceremonies.load("two", "totp", NOON) == b"other"

    async def test_a_question_takes_the_place_of_the_one_that_was_read_and_of_no_other(self, practice: Practice) -> None:
        async with practice.write() as unit:
            put, soon = partial(unit.ceremonies.replace, "one", "sms"), NOON + SECOND
            assert await put(None, b"first", soon, NOON)
            assert not await put(None, b"another", soon, NOON), "there is one already"
            assert not await put(b"another", b"second", soon, NOON)
            assert await put(b"first", b"second", soon, NOON)
            assert await unit.ceremonies.load("one", "sms", NOON) == b"second"
            assert await put(None, b"third", soon + SECOND, soon), "the one before has expired"
            assert await unit.ceremonies.load("one", "sms", soon) == b"third"


class TestSessions:
    """Sessions."""

    async def test_every_field_is_kept(self, practice: Practice) -> None:
        await add(practice)
        for full in (session(1), session(2, idle_minutes=None, place=None, amr=("pwd",))):
            async with practice.write() as unit:
                assert await unit.sessions.add(full, wrong_codes=0)
            async with practice.units.read() as unit:
                found = await unit.sessions.signed_in(full.id, NOON)
            assert found is not None
            assert found.session == full
            assert (found.email, found.has_method, found.organization) == ("ada@example.org", False, None)

    @pytest.mark.parametrize(
        ("fields", "wrong_codes", "given"),
        [
            ({}, 0, True),
            ({}, 1, False),
            ({"wrong_codes": 1}, 0, False),
            ({"wrong_codes": 1}, 1, True),
            ({"security_stamp": SecurityStamp("s2")}, 0, False),
            ({"status": Status.SUSPENDED}, 0, False),
            ({"status": Status.UNVERIFIED}, 0, False),
            ({"is_password_known": True}, 0, False),
        ],
    )
    async def test_a_session_is_given_only_while_all_is_as_it_was_read(
        self, practice: Practice, fields: dict[str, Any], wrong_codes: int, given: bool
    ) -> None:
        await add(practice, **fields)
        async with practice.write() as unit:
            assert await unit.sessions.add(session(), wrong_codes=wrong_codes) is given
        async with practice.units.read() as unit:
            assert (await unit.sessions.signed_in(session().id, NOON) is not None) is given

    async def test_a_session_counts_until_it_ends_or_its_account_changes(self, practice: Practice) -> None:
        await add(practice)
        async with practice.write() as unit:
            for number in (1, 2, 3):
                await unit.sessions.add(session(number), wrong_codes=0)
        async with practice.units.read() as unit:
            assert await unit.sessions.signed_in(session().id, NOON + timedelta(hours=3)) is None
            assert [s.id for s in await unit.sessions.live(ADA, NOON)] == [session(n).id for n in (3, 2, 1)]
        async with practice.write() as unit:
            assert not await unit.sessions.end(AccountId("acc_bob"), session(1).id, NOON, "by_owner")
            assert await unit.sessions.end(ADA, session(1).id, NOON, "signed_out")
            assert not await unit.sessions.end(ADA, session(1).id, NOON, "signed_out")
            await unit.accounts.move_stamp(ADA, old=SecurityStamp("s1"), new=SecurityStamp("s2"))
            await unit.sessions.keep(session(3).id, SecurityStamp("s2"))
        async with practice.units.read() as unit:
            assert [s.id for s in await unit.sessions.live(ADA, NOON)] == [session(3).id]
            assert await unit.sessions.signed_in(session(2).id, NOON) is None

    async def test_all_others_end_or_all(self, practice: Practice) -> None:
        for name in ("ada", "bob"):
            await add(practice, name)
        async with practice.write() as unit:
            for number in (1, 2, 3):
                await unit.sessions.add(session(number), wrong_codes=0)
            await unit.sessions.add(session(4, "bob"), wrong_codes=0)
            assert await unit.sessions.end_others(ADA, session(1).id, NOON, "by_owner") == 2
            assert await unit.sessions.end_others(ADA, None, NOON, "by_owner") == 1
        async with practice.units.read() as unit:
            assert await unit.sessions.live(ADA, NOON) == []
            assert len(await unit.sessions.live(AccountId("acc_bob"), NOON)) == 1

    async def test_activity_moves_forward_only_and_a_proof_is_noted(self, practice: Practice) -> None:
        await add(practice)
        async with practice.write() as unit:
            await unit.sessions.add(session(), wrong_codes=0)
            await unit.sessions.touch(session().id, NOON + SECOND)
            await unit.sessions.touch(session().id, NOON - SECOND)
            await unit.sessions.prove(session().id, NOON + SECOND, ("pwd", "otp", "mfa", "hwk"))
        async with practice.units.read() as unit:
            found = await unit.sessions.signed_in(session().id, NOON)
        assert found is not None
        assert (found.session.seen_at, found.session.proven_at) == (NOON + SECOND, NOON + SECOND)
        assert found.session.amr == ("pwd", "otp", "mfa", "hwk")

    async def test_a_method_and_a_practice_are_seen_in_the_same_statement(self, practice: Practice) -> None:
        await add(practice)
        async with practice.write() as unit:
            await unit.sessions.add(session(), wrong_codes=0)
            await unit.credentials.add(ADA, credential("recovery_code"))
            for name in ("birch", "alder"):
                await unit.organizations.add(organization(name))
                await unit.organizations.add_member(OrganizationId(f"org_{name}"), ADA, Role.ADMIN, NOON)
        async with practice.units.read() as unit:
            found = await unit.sessions.signed_in(session().id, NOON)
        assert found is not None
        assert (found.has_method, found.organization, found.role) == (False, "Alder", "admin")
        async with practice.write() as unit:
            await unit.credentials.add(ADA, credential("totp"))
        async with practice.units.read() as unit:
            found = await unit.sessions.signed_in(session().id, NOON)
        assert found is not None
        assert found.has_method


class TestAttempts:
    """Sign-in attempts, and people as decisions need them."""

    def begun(self, **fields: Any) -> Attempt:
        new = learn.begun("token", email_key("ada@example.org"), bytes(8), HERE, "", LEEDS, 600, NOON)
        return replace(new, **{"account": ADA, "stamp": SecurityStamp("s1"), "amr": ("pwd",), **fields})

    async def test_every_field_is_kept_beside_the_person(self, practice: Practice) -> None:
        owner = await add(practice)
        full = self.begun(is_password_weak=True, proof=Proof.METHOD, amr=("pwd", "otp", "mfa"), wrong_codes=3)
        async with practice.write() as unit:
            await unit.attempts.add(full)
        async with practice.units.read() as unit:
            loaded = await unit.attempts.load(full.id)
            assert await unit.attempts.load(learn.attempt_id("another")) is None
        assert loaded is not None
        assert loaded == (replace(full, version=1), Person(account=owner))

    async def test_an_attempt_is_saved_only_in_the_version_that_was_read_and_while_it_is_open(self, practice: Practice) -> None:
        await add(practice)
        async with practice.write() as unit:
            await unit.attempts.add(self.begun())
            assert not await unit.attempts.save(self.begun(version=0))
            assert await unit.attempts.save(self.begun(version=1, wrong_codes=1))
            assert not await unit.attempts.save(self.begun(version=1))
            done = self.begun(version=2, outcome="done", ended_at=NOON, session=SessionId("x"))
            assert await unit.attempts.save(done)
            assert not await unit.attempts.save(self.begun(version=3))
        async with practice.units.read() as unit:
            (kept,) = await unit.attempts.about(ADA)
            assert await unit.attempts.by_reference(kept.reference) == kept
            assert await unit.attempts.by_reference("none") is None
        assert kept == replace(done, version=3)

    async def test_an_attempt_at_an_address_without_account_is_kept_but_never_loaded(self, practice: Practice) -> None:
        unknown = self.begun(account=None, stamp=None, outcome="wrong_credentials", ended_at=NOON)
        async with practice.write() as unit:
            await unit.attempts.add(unknown)
        async with practice.units.read() as unit:
            assert await unit.attempts.load(unknown.id) is None
            found = await unit.attempts.by_reference(unknown.reference)
        assert found is not None
        assert found.account is None

    async def test_a_person_comes_with_every_credential_and_practice_once(self, practice: Practice) -> None:
        owner = await add(practice)
        credentials = [credential("totp", id=CredentialId(f"cred_{n}")) for n in range(3)]
        async with practice.write() as unit:
            for one in credentials:
                await unit.credentials.add(ADA, one)
            for name in ("alder", "birch"):
                await unit.organizations.add(organization(name, idle_minutes=9))
                await unit.organizations.add_member(OrganizationId(f"org_{name}"), ADA, Role.STAFF, NOON)
        expected = Person(
            account=owner,
            credentials=tuple(credentials),
            memberships=tuple(
                Membership(
                    organization=OrganizationId(f"org_{name}"), name=name.title(), role=Role.STAFF, mfa_mode=MfaMode.OPTIONAL,
                    mfa_from=None, idle_minutes=9,
                )
                for name in ("alder", "birch")
            ),
        )  # fmt: skip
        async with practice.units.read() as unit:
            assert await unit.people.by_id(ADA) == await unit.people.by_email(email_key("ada@example.org")) == expected
            assert await unit.people.by_id(AccountId("acc_none")) is None


class TestLinks:
    """Emailed links."""

    def link(self, number: int = 1, **fields: Any) -> Link:
        values: dict[str, Any] = {
            "id": f"link_{number}", "account": ADA, "purpose": VERIFY, "stamp": SecurityStamp("s1"), "proof": "p",
            "created_at": NOON, "expires_at": NOON + SECOND,
        }  # fmt: skip
        return Link(**{**values, **fields})

    async def test_a_link_is_kept_and_used_once_before_it_expires(self, practice: Practice) -> None:
        await add(practice)
        async with practice.write() as unit:
            await unit.links.add(self.link())
        async with practice.units.read() as unit:
            assert await unit.links.by_id("link_1") == self.link()
            assert await unit.links.by_id("link_2") is None
        async with practice.write() as unit:
            assert not await unit.links.use("link_1", NOON + SECOND)
            assert await unit.links.use("link_1", NOON)
            assert not await unit.links.use("link_1", NOON)
        async with practice.units.read() as unit:
            assert await unit.links.by_id("link_1") == self.link(used_at=NOON)

    async def test_earlier_links_of_one_purpose_become_useless(self, practice: Practice) -> None:
        for name in ("ada", "bob"):
            await add(practice, name)
        bobs = self.link(4, account=AccountId("acc_bob"))
        async with practice.write() as unit:
            for one in (self.link(1), self.link(2), self.link(3, purpose=RESET), bobs):
                await unit.links.add(one)
            assert await unit.links.use("link_2", NOON)
            await unit.links.drop_unused(ADA, VERIFY, NOON)
        async with practice.units.read() as unit:
            stamps = [(await unit.links.by_id(f"link_{n}") or bobs).stamp for n in (1, 2, 3, 4)]
        assert stamps == ["", "s1", "s1", "s1"]


class TestTrail:
    """The audit trail."""

    def entry(self, number: int, **fields: Any) -> Entry:
        values: dict[str, Any] = {
            "id": EventId(f"evt_{number:03}"), "at": NOON, "name": "sign_in.failed", "actor": "anyone", "subject": ADA,
            "organization": None, "ip": HERE.ip, "user_agent": HERE.user_agent, "place": LEEDS, "request_id": "r", "data": "{}",
        }  # fmt: skip
        return Entry(**{**values, **fields})

    async def test_entries_are_kept_and_paged_newest_first(self, practice: Practice) -> None:
        entries = [self.entry(n) for n in range(5)]
        full = self.entry(5, organization=OrganizationId("org_1"), place=None, data='{"why":"ünïcode"}')
        async with practice.write() as unit:
            await unit.audit.append(entries)
            await unit.audit.append([full, self.entry(6, subject=None), self.entry(7, subject=AccountId("acc_bob"))])
        async with practice.units.read() as unit:
            first = await unit.audit.about(ADA, limit=2)
            rest = await unit.audit.about(ADA, before=first[-1].id)
        assert first == [full, entries[4]]
        assert rest == list(reversed(entries[:4]))


class TestOutbox:
    """The outbox."""

    def job(self, number: int, due: int = 0) -> Job:
        at = NOON + timedelta(seconds=due)
        return Job(id=f"job_{number}", kind="notice", sealed=bytes([number]), created_at=NOON + number * SECOND, due_at=at)

    async def test_jobs_come_when_they_are_due_oldest_first(self, practice: Practice) -> None:
        jobs = [self.job(1, 5), self.job(2, 0), self.job(3, 10), self.job(4, 0)]
        async with practice.write() as unit:
            for one in jobs:
                await unit.outbox.add(one)
        async with practice.units.read() as unit:
            assert await unit.outbox.due(NOON + 5 * SECOND, 10) == [jobs[1], jobs[3], jobs[0]]
            assert await unit.outbox.due(NOON + 5 * SECOND, 1) == [jobs[1]]
            assert await unit.outbox.waiting() == (4, NOON + SECOND)
            assert await unit.outbox.next_due() == NOON

    async def test_a_claim_hides_a_job_until_it_ends(self, practice: Practice) -> None:
        async with practice.write() as unit:
            await unit.outbox.add(self.job(1))
            assert not await unit.outbox.claim("job_1", NOON - SECOND, NOON + SECOND)
            assert await unit.outbox.claim("job_1", NOON, NOON + SECOND)
            assert not await unit.outbox.claim("job_1", NOON, NOON + SECOND)
        async with practice.units.read() as unit:
            assert await unit.outbox.due(NOON, 10) == []
            assert [j.id for j in await unit.outbox.due(NOON + SECOND, 10)] == ["job_1"]

    async def test_due_jobs_of_a_kind_wait_together(self, practice: Practice) -> None:
        async with practice.write() as unit:
            for one in (self.job(1), self.job(2, 1), self.job(3, 9), replace(self.job(4), kind="sign_up")):
                await unit.outbox.add(one)
            await unit.outbox.delay("notice", tried=NOON, until=NOON + 5 * SECOND, behind=NOON + 6 * SECOND)
        async with practice.units.read() as unit:
            due = await unit.outbox.due(NOON + 9 * SECOND, 10)
        assert [(j.id, j.due_at - NOON) for j in due] == [
            ("job_4", 0 * SECOND), ("job_1", 5 * SECOND), ("job_2", 6 * SECOND), ("job_3", 9 * SECOND),
        ]  # fmt: skip

    async def test_a_job_is_put_back_or_done(self, practice: Practice) -> None:
        async with practice.write() as unit:
            await unit.outbox.add(self.job(1))
            await unit.outbox.put_back("job_1", NOON + SECOND, counted=True)
            await unit.outbox.put_back("job_1", NOON + 2 * SECOND, counted=False)
        async with practice.units.read() as unit:
            (now,) = await unit.outbox.due(NOON + 2 * SECOND, 10)
        assert (now.tries, now.due_at) == (1, NOON + 2 * SECOND)
        async with practice.write() as unit:
            await unit.outbox.finish("job_1")
            await unit.outbox.finish("job_1")
        async with practice.units.read() as unit:
            assert await unit.outbox.waiting() == (0, None)
            assert await unit.outbox.next_due() is None
