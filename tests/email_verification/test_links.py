"""Signing up and proving an address: the whole life of a confirmation link (ACC-1)."""

from datetime import timedelta

import pytest

from tests.email_verification.sign_ups import (
    STRANGER,
    STRANGERS_PASSWORD,
    ask_for_reset,
    code_of,
    open_link,
    reset_links,
    sign_up,
    verification_links,
)
from tests.signin.client import Client, names_in_trail, problem_of, sign_in, signed_in, token_of
from tests.world import HERE, PASSWORD, Practice, open_practice
from wardkey.account_repair.actions import PasswordSet, reset_password
from wardkey.accounts.rules import Account, Status, email_key
from wardkey.email_verification.actions import Confirmed, LinkState, SignUpForm, ask_resend, ask_sign_up, look_at_link
from wardkey.emailed_links.rules import digest
from wardkey.settings import LinkSettings
from wardkey.signin import view

pytestmark = pytest.mark.spec("ACC-1")


async def account_of(practice: Practice, email: str = "ada@example.org") -> Account | None:
    async with practice.units.read() as unit:
        return await unit.accounts.by_email(email_key(email))


async def test_whoever_signed_up_is_in_after_opening_the_link_in_the_same_browser(practice: Practice) -> None:
    proof = await sign_up(practice)
    client = Client(practice)
    assert (await client.password()).step == view.VerifyEmail(email="a••••@example.org")
    assert problem_of(await client.verified()) == "email_not_verified"
    (token,) = verification_links(practice)
    assert await look_at_link(practice.units, practice.world, token, proof) == LinkState(None, needs_password=False)
    assert await open_link(practice, token, proof=proof) == Confirmed("ada@example.org")
    account = await account_of(practice)
    assert account is not None
    assert (account.status, account.email_verified_at) == (Status.ACTIVE, practice.clock.now())
    assert await signed_in(practice, token_of(await client.verified())) is not None
    assert set(await names_in_trail(practice, account.id)) == {"account.created", "account.email_verified", "sign_in.succeeded"}


async def test_in_another_browser_the_password_of_the_sign_up_is_asked_for(practice: Practice) -> None:
    await sign_up(practice)
    (token,) = verification_links(practice)
    for proof in (None, "", "some other secret"):
        assert (await look_at_link(practice.units, practice.world, token, proof)).needs_password
        assert code_of(await open_link(practice, token, proof=proof)) == "password_missing"
        assert code_of(await open_link(practice, token, "not this one, I think", proof)) == "password_not_the_one_chosen"
    assert isinstance(await open_link(practice, token, PASSWORD), Confirmed)


async def test_a_link_signs_nobody_in_by_itself(practice: Practice) -> None:
    await sign_up(practice)
    answer = await open_link(practice, verification_links(practice)[0], PASSWORD)
    assert answer == Confirmed("ada@example.org")
    account = await account_of(practice)
    assert account is not None
    async with practice.units.read() as unit:
        assert await unit.sessions.live(account.id, practice.clock.now()) == []


async def test_looking_at_a_link_spends_nothing(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    proof = await sign_up(practice)
    (token,) = verification_links(practice)
    for _ in range(200):
        assert (await look_at_link(practice.units, practice.world, token, None)).fault is None
    assert isinstance(await open_link(practice, token, proof=proof), Confirmed)


async def test_a_link_works_once(practice: Practice) -> None:
    proof = await sign_up(practice)
    (token,) = verification_links(practice)
    assert isinstance(await open_link(practice, token, proof=proof), Confirmed)
    assert code_of(await open_link(practice, token, proof=proof)) == "link_used"
    assert (await look_at_link(practice.units, practice.world, token, proof)).fault == "link_used"


async def test_a_link_works_for_seven_days_to_the_second(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    proof = await sign_up(practice)
    (token,) = verification_links(practice)
    practice.clock.advance(timedelta(days=7, seconds=-1))
    assert (await look_at_link(practice.units, practice.world, token, proof)).fault is None
    practice.clock.advance(timedelta(seconds=1))
    assert (await look_at_link(practice.units, practice.world, token, proof)).fault == "link_expired"
    assert code_of(await open_link(practice, token, proof=proof)) == "link_expired"


async def test_the_last_second_is_long_enough(practice: Practice) -> None:
    proof = await sign_up(practice)
    practice.clock.advance(timedelta(days=7, seconds=-1))
    assert isinstance(await open_link(practice, verification_links(practice)[0], proof=proof), Confirmed)


async def test_how_long_a_link_works_is_a_setting_that_the_mail_tells(database_url: str) -> None:
    async with open_practice(database_url, links=LinkSettings(verify_days=2)) as practice:
        proof = await sign_up(practice)
        assert "2 days" in practice.mails_to("ada@example.org")[0].text
        practice.clock.advance(timedelta(days=2))
        assert code_of(await open_link(practice, verification_links(practice)[0], proof=proof)) == "link_expired"


async def test_links_that_were_never_given_and_links_for_something_else_open_nothing(practice: Practice) -> None:
    await sign_up(practice)
    await ask_for_reset(practice)
    for token in ("", "x" * 43, verification_links(practice)[0][:-1], "\x00", "é", "a" * 100_000, *reset_links(practice)):
        assert code_of(await open_link(practice, token, PASSWORD)) == "link_unknown"
        assert (await look_at_link(practice.units, practice.world, token, None)).fault == "link_unknown"
    account = await account_of(practice)
    assert account is not None
    assert account.status is Status.UNVERIFIED


async def test_a_link_for_confirming_sets_no_password(practice: Practice) -> None:
    await sign_up(practice)
    answer = await reset_password(practice.units, practice.world, verification_links(practice)[0], STRANGERS_PASSWORD, HERE)
    assert code_of(answer) == "link_unknown"


async def test_the_database_holds_no_token_that_opens_anything(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    await sign_up(practice)
    (token,) = verification_links(practice)
    async with practice.units.read() as unit:
        assert await unit.links.by_id(token) is None
        kept = await unit.links.by_id(digest(token))
    assert kept is not None
    assert token not in repr(kept)


async def test_a_newer_link_takes_the_place_of_earlier_ones(practice: Practice) -> None:
    await sign_up(practice)
    assert await ask_resend(practice.units, practice.world, "ADA@example.org", HERE) is None
    await practice.deliver()
    first, second = verification_links(practice)
    assert code_of(await open_link(practice, first, PASSWORD)) == "link_replaced"
    assert isinstance(await open_link(practice, second, PASSWORD), Confirmed)


async def test_a_link_can_be_asked_for_at_the_step_itself(practice: Practice) -> None:
    await sign_up(practice)
    client = Client(practice)
    await client.password()
    seen = await client.verified(resend=True)
    assert (seen.problem, seen.step) == (None, view.VerifyEmail(email="a••••@example.org"))
    await practice.deliver()
    assert isinstance(await open_link(practice, verification_links(practice)[-1], PASSWORD), Confirmed)
    token_of(await client.verified())


@pytest.mark.spec("ACC-7")
async def test_another_link_goes_only_to_those_who_wait_for_one(practice: Practice) -> None:
    await practice.add_person("bob@example.org")
    for email in ("bob@example.org", "nobody@example.org"):
        assert await ask_resend(practice.units, practice.world, email, HERE) is None
        await practice.deliver()
        assert practice.mails_to(email) == []
    assert code_of(await ask_resend(practice.units, practice.world, "no address", HERE)) == "email_malformed"


async def test_a_second_sign_up_takes_the_place_of_one_that_was_never_confirmed(practice: Practice) -> None:
    await sign_up(practice, password=STRANGERS_PASSWORD, origin=STRANGER, name="Mallory")
    proof = await sign_up(practice)
    first, second = verification_links(practice)
    assert code_of(await open_link(practice, first, STRANGERS_PASSWORD)) == "link_replaced"
    assert isinstance(await open_link(practice, second, proof=proof), Confirmed)
    account = await account_of(practice)
    assert account is not None
    assert account.name == "Ada Okafor"
    assert problem_of(await Client(practice).password(password=STRANGERS_PASSWORD)) == "wrong_credentials"
    token_of(await Client(practice).password())


async def test_the_owner_of_a_mailbox_cannot_wake_a_strangers_password(practice: Practice) -> None:
    """The pre-hijack attack: a stranger signs up with someone's address and hopes that they click the link."""
    strangers_proof = await sign_up(practice, password=STRANGERS_PASSWORD, origin=STRANGER)
    stranger = Client(practice, STRANGER)
    assert isinstance((await stranger.password(password=STRANGERS_PASSWORD)).step, view.VerifyEmail)
    (token,) = verification_links(practice)
    assert code_of(await open_link(practice, token)) == "password_missing"
    assert code_of(await open_link(practice, token, PASSWORD)) == "password_not_the_one_chosen"
    await ask_for_reset(practice)
    (reset,) = reset_links(practice)
    assert isinstance(await reset_password(practice.units, practice.world, reset, PASSWORD, HERE), PasswordSet)
    assert problem_of(await stranger.verified()) == "account_changed", "the attempt the stranger kept open is dead"
    assert code_of(await open_link(practice, token, proof=strangers_proof, origin=STRANGER)) == "link_replaced"
    assert problem_of(await Client(practice, STRANGER).password(password=STRANGERS_PASSWORD)) == "wrong_credentials"
    assert await signed_in(practice, await sign_in(practice)) is not None


async def test_a_sign_up_that_slips_in_while_a_link_is_opened_is_not_woken(practice: Practice) -> None:
    """Between reading a link and using it, a stranger's sign-up replaces the password: the proof was for the earlier one."""
    proof = await sign_up(practice)
    (token,) = verification_links(practice)
    before = await account_of(practice)
    assert before is not None
    await sign_up(practice, password=STRANGERS_PASSWORD, origin=STRANGER)
    async with practice.write() as unit:
        assert not await unit.accounts.verify_email(before.id, practice.clock.now(), stamp=before.security_stamp)
    assert code_of(await open_link(practice, token, proof=proof)) == "link_replaced"
    now = await account_of(practice)
    assert now is not None
    assert now.status is Status.UNVERIFIED


async def test_an_account_that_an_operator_made_is_not_taken_over(practice: Practice) -> None:
    clinic = await practice.add_organization()
    made, _ = await practice.add_person("ada@example.org", organization=clinic, status=Status.UNVERIFIED)
    proof = await sign_up(practice, password=STRANGERS_PASSWORD, origin=STRANGER, name="Mallory")
    token = verification_links(practice)[-1]
    assert code_of(await open_link(practice, token, proof=proof, origin=STRANGER)) == "password_missing"
    assert code_of(await open_link(practice, token, STRANGERS_PASSWORD)) == "password_not_the_one_chosen"
    assert isinstance(await open_link(practice, token, PASSWORD), Confirmed)
    kept = await account_of(practice)
    assert kept is not None
    assert (kept.id, kept.name) == (made.id, made.name)


@pytest.mark.spec("ACC-7")
async def test_whoever_has_an_account_is_told_of_a_sign_up_and_the_page_is_not(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org")
    for email in ("ada@example.org", "new@example.org"):
        answer = await ask_sign_up(practice.units, practice.world, SignUpForm("Ada", email, STRANGERS_PASSWORD), STRANGER)
        assert getattr(answer, "email", None) == email
    await practice.deliver()
    (mail,) = practice.mails_to("ada@example.org")
    assert verification_links(practice) == []
    assert "/forgot-password" in mail.text
    assert len(verification_links(practice, "new@example.org")) == 1
    token_of(await Client(practice).password())
    assert (await account_of(practice) or account).password_hash == account.password_hash


@pytest.mark.spec("ACC-5")
async def test_what_is_wrong_with_a_sign_up_is_told_beside_its_fields(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    for form, faults in {
        SignUpForm("", "", ""): {"name_missing", "email_missing", "password_missing"},
        SignUpForm("Ada\x00", "ada@", "short"): {"invisible_characters", "email_malformed", "password_too_short"},
        SignUpForm("x" * 200, "a" * 300, "x" * 200): {"name_too_long", "email_too_long", "password_too_long"},
        SignUpForm("Ada Okafor", "ada@example.org", "okafor okafor okafor"): {"password_has_context"},
        SignUpForm("Ada Okafor", "ada@example.org", "correct horse battery staple"): {"password_breached"},
    }.items():
        answer = await ask_sign_up(practice.units, practice.world, form, HERE)
        assert {fault.code for fault in getattr(answer, "faults", ())} == faults
    assert await practice.database.revision() is not None
    assert await account_of(practice) is None
