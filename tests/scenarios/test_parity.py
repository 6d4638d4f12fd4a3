"""Pages and API drive one flow and can never differ: every scenario runs through both and is noted alike (SIGN-1)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from tests.authenticator import Authenticator
from tests.signin.methods import add_passkey, add_phone, texted
from tests.visitors import VISITORS, Anybody, Shown
from tests.world import HERE, PASSWORD, Practice, open_practice
from wardkey.accounts.actions import new_stamp
from wardkey.accounts.rules import MfaMode, Status
from wardkey.devices.actions import revoke_all
from wardkey.settings import LimitSettings

KEY = b"12345678901234567890"
ADA = "ada@example.org"
Scenario = Callable[[Practice, Anybody], Awaitable[list[Shown]]]


async def first_time(practice: Practice, visitor: Anybody) -> list[Shown]:
    """Set-up is required: wrong code, not saved, saved."""
    clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
    await practice.add_person(ADA, organization=clinic)
    return [
        await visitor.sign_in(ADA, PASSWORD),
        await visitor.look(),
        await visitor.send("enroll-mfa", method="totp", code="12"),
        await visitor.send("enroll-mfa", method="totp", code="000000"),
        await visitor.send("mfa", method="totp", code="000000"),
        await visitor.send("enroll-mfa", method="totp", code=practice.code(visitor.key)),
        await visitor.look(),
        await visitor.send("new-recovery-code", saved=False),
        await visitor.send("new-recovery-code", saved=True),
    ]


async def with_an_app(practice: Practice, visitor: Anybody) -> list[Shown]:
    """A wrong password, nothing at all, an address nobody has; a malformed, a wrong and a right code."""
    await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    return [
        await visitor.sign_in(ADA, "not the password"),
        await visitor.sign_in("", ""),
        await visitor.sign_in("nobody@example.org", PASSWORD),
        await visitor.sign_in(ADA, PASSWORD),
        await visitor.send("mfa", method="totp", code=""),
        await visitor.send("mfa", method="totp", code="000000"),
        await visitor.send("mfa", method="sms", code="000000"),
        await visitor.send("change-password", password="anything at all will do"),
        await visitor.send("mfa", method="totp", code=practice.code(KEY)),
    ]


async def with_the_recovery_code(practice: Practice, visitor: Anybody) -> list[Shown]:
    _, code = await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    return [
        await visitor.sign_in(ADA, PASSWORD),
        await visitor.send("mfa", method="recovery_code", code="short"),
        await visitor.send("mfa", method="recovery_code", code="2" * 20),
        await visitor.send("mfa", method="recovery_code", code=code),
        await visitor.send("new-recovery-code", saved=True),
    ]


async def guessing(practice: Practice, visitor: Anybody) -> list[Shown]:
    """Five wrong codes end an attempt; ten in a row and the password opens nothing."""
    await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    seen = []
    for _ in range(2):
        seen.append(await visitor.sign_in(ADA, PASSWORD))
        seen += [await visitor.send("mfa", method="totp", code="000000") for _ in range(6)]
    return [*seen, await visitor.sign_in(ADA, PASSWORD)]


async def many_wrong_passwords(practice: Practice, visitor: Anybody) -> list[Shown]:
    await practice.add_person(ADA)
    return [await visitor.sign_in(ADA, "not the password") for _ in range(4)] + [await visitor.sign_in(ADA, PASSWORD)]


async def not_yet_confirmed(practice: Practice, visitor: Anybody) -> list[Shown]:
    account, _ = await practice.add_person(ADA, status=Status.UNVERIFIED)
    seen = [
        await visitor.sign_in(ADA, PASSWORD),
        await visitor.send("verify-email", resend=False),
        await visitor.send("verify-email", resend=True),
    ]
    async with practice.write() as unit:
        assert await unit.accounts.verify_email(account.id, practice.clock.now(), stamp=account.security_stamp)
    return [*seen, await visitor.send("verify-email", resend=False)]


async def a_short_password(practice: Practice, visitor: Anybody) -> list[Shown]:
    await practice.add_person(ADA, "short one")
    return [
        await visitor.sign_in(ADA, "short one"),
        await visitor.send("change-password", password=""),
        await visitor.send("change-password", password="still short"),
        await visitor.send("change-password", password="ada okafor ada okafor"),
        await visitor.send("change-password", password="a longer one of several words"),
    ]


async def kept_out(practice: Practice, visitor: Anybody) -> list[Shown]:
    """Suspended; then an attempt that takes too long; then one whose account changes meanwhile."""
    await practice.add_person("sue@example.org", status=Status.SUSPENDED)
    account, _ = await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    seen = [await visitor.sign_in("sue@example.org", PASSWORD), await visitor.sign_in(ADA, PASSWORD)]
    practice.clock.advance(timedelta(minutes=10))
    seen += [await visitor.send("mfa", method="totp", code=practice.code(KEY)), await visitor.sign_in(ADA, PASSWORD)]
    async with practice.write() as unit:
        assert await unit.accounts.move_stamp(account.id, old=account.security_stamp, new=new_stamp(practice.world))
    return [*seen, await visitor.send("mfa", method="totp", code=practice.code(KEY))]


async def a_date_that_passes(practice: Practice, visitor: Anybody) -> list[Shown]:
    """MFA is required from a moment that comes while somebody waits for their mail."""
    starts = practice.clock.now() + timedelta(minutes=5)
    clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED, mfa_from=starts)
    account, _ = await practice.add_person(ADA, organization=clinic, status=Status.UNVERIFIED)
    seen = [await visitor.sign_in(ADA, PASSWORD)]
    async with practice.write() as unit:
        assert await unit.accounts.verify_email(account.id, practice.clock.now(), stamp=account.security_stamp)
    practice.clock.advance(timedelta(minutes=6))
    return [*seen, await visitor.send("verify-email", resend=False), await visitor.look()]


async def by_text_message(practice: Practice, visitor: Anybody) -> list[Shown]:
    """Another text too soon, malformed and wrong codes, the newest code; then the same at step-up."""
    account, _ = await practice.add_person(ADA, recovery_code=True)
    await add_phone(practice, account)
    seen = [await visitor.sign_in(ADA, PASSWORD), await visitor.send("mfa/ask", method="sms")]
    code = await texted(practice)
    seen += [
        await visitor.send("mfa", method="sms", code="12"),
        await visitor.send("mfa", method="sms", code=other_than(code)),
        await visitor.send("mfa/ask", method="totp"),
    ]
    practice.clock.advance(timedelta(seconds=30))
    seen += [await visitor.send("mfa/ask", method="sms"), await visitor.look()]
    seen += [await visitor.send("mfa", method="sms", code=await texted(practice)), await visitor.look_at_proof()]
    practice.clock.advance(timedelta(minutes=6))
    seen += [
        await visitor.look_at_proof(),
        await visitor.prove("sms", code="123456"),
        await visitor.prove("totp", code="000000"),
        await visitor.ask_proof("sms"),
        await visitor.ask_proof("sms"),
    ]
    code = await texted(practice)
    return [
        *seen,
        await visitor.prove("sms", code="12"),
        await visitor.prove("sms", code=other_than(code)),
        await visitor.prove("sms", code=code),
        await visitor.look_at_proof(),
    ]


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def too_many_texts(practice: Practice, visitor: Anybody) -> list[Shown]:
    """Five an hour reach a phone; the recovery code is the way on."""
    account, code = await practice.add_person(ADA, recovery_code=True)
    await add_phone(practice, account)
    seen = [await visitor.sign_in(ADA, PASSWORD) for _ in range(6)]
    return [
        *seen,
        await visitor.send("mfa/ask", method="sms"),
        await visitor.send("mfa", method="sms", code="123456"),
        await visitor.send("mfa", method="recovery_code", code=code),
        await visitor.send("new-recovery-code", saved=True),
    ]


async def a_phone_set_up_on_the_way(practice: Practice, visitor: Anybody) -> list[Shown]:
    """No number, a landline, one that is wrong, one that is right; a wrong code and the right one."""
    clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
    await practice.add_person(ADA, organization=clinic)
    seen = [await visitor.sign_in(ADA, PASSWORD)]
    for number, country in (("", "US"), ("+44 20 7946 0018", ""), ("202 555 0199", "US"), ("202 555 0123", "US")):
        seen.append(await visitor.send("enroll-mfa/begin", method="sms", number=number, country=country))
    code = await texted(practice)
    return [
        *seen,
        await visitor.send("enroll-mfa/begin", method="sms", number="202 555 0123", country="US"),
        await visitor.send("enroll-mfa", method="sms", code=other_than(code)),
        await visitor.send("enroll-mfa", method="sms", code=code, trust_device=True),
        await visitor.send("new-recovery-code", saved=True),
        await visitor.sign_in(ADA, PASSWORD),
    ]


async def a_passkey_set_up_on_the_way(practice: Practice, visitor: Anybody) -> list[Shown]:
    """Nothing from the device, an answer of another site, a name that is too long, and the right one; then it signs in."""
    clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
    await practice.add_person(ADA, organization=clinic)
    phone, evil = Authenticator(), Authenticator(client_data={"origin": "https://evil.example"})
    seen = [await visitor.sign_in(ADA, PASSWORD), await visitor.send("enroll-mfa/begin", method="passkey")]
    made = phone.create(visitor.options)
    return [
        *seen,
        await visitor.send("enroll-mfa", method="passkey"),
        await visitor.send("enroll-mfa", method="passkey", credential=evil.create(visitor.options)),
        await visitor.send("enroll-mfa", method="passkey", credential=made, label="Mine"),
        await visitor.send("new-recovery-code", saved=True),
        await visitor.sign_in(ADA, PASSWORD),
        await visitor.send("mfa", method="passkey", credential=phone.get(visitor.options)),
    ]


async def with_a_passkey_alone(practice: Practice, visitor: Anybody) -> list[Shown]:
    """Signed in with nothing but a passkey; an unknown one; one of another site."""
    account, _ = await practice.add_person(ADA)
    phone = Authenticator()
    await add_passkey(practice, account, phone, is_method=False)
    stranger = Authenticator(credentials=[*phone.credentials], user_handle=b"acc_01jd9zc3k0c5x5q8m6w2v7t1ra")
    evil = Authenticator(credentials=[*phone.credentials], client_data={"origin": "https://evil.example"})
    return [
        await visitor.sign_in_with(stranger),
        await visitor.sign_in_with(evil),
        await visitor.sign_in_with(phone),
        await visitor.sign_in(ADA, PASSWORD),
    ]


async def a_passkey_and_nothing_else(practice: Practice, visitor: Anybody) -> list[Shown]:
    """A passkey first asks for the password, or for the recovery code; after the password the passkey answers."""
    account, code = await practice.add_person(ADA, recovery_code=True)
    phone = Authenticator()
    await add_passkey(practice, account, phone)
    seen = [
        await visitor.sign_in_with(phone),
        await visitor.send("mfa", method="password", code=""),
        await visitor.send("mfa", method="password", code="not this one"),
        await visitor.send("mfa/ask", method="passkey"),
        await visitor.send("mfa", method="password", code=PASSWORD),
        await visitor.sign_in(ADA, PASSWORD),
    ]
    before = phone.get(visitor.options)
    seen += [
        await visitor.send("mfa", method="passkey"),
        await visitor.send("mfa/ask", method="passkey"),
        await visitor.send("mfa", method="passkey", credential=before),
        await visitor.send("mfa", method="passkey", credential=phone.get(visitor.options)),
    ]
    practice.clock.advance(timedelta(minutes=6))
    seen += [await visitor.look_at_proof(), await visitor.ask_proof("passkey")]
    return [
        *seen,
        await visitor.prove("passkey", credential=before),
        await visitor.prove("passkey", credential=phone.get(visitor.options)),
        await visitor.sign_in_with(phone),
        await visitor.send("mfa", method="recovery_code", code=code),
        await visitor.send("new-recovery-code", saved=True),
    ]


async def a_passkey_where_it_is_enough(practice: Practice, visitor: Anybody) -> list[Shown]:
    clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
    account, _ = await practice.add_person(ADA, organization=clinic, totp_key=KEY, recovery_code=True)
    phone, seen = Authenticator(), []
    await add_passkey(practice, account, phone)
    for is_enough in (False, True):
        async with practice.write() as unit:
            await unit.organizations.set_device_rules(clinic.id, allows_trusted_devices=True, is_passkey_enough=is_enough)
        seen.append(await visitor.sign_in_with(phone))
    return seen


async def a_device_that_is_remembered(practice: Practice, visitor: Anybody) -> list[Shown]:
    """Trusted for fourteen days, over a sign-in of somebody else there, and until the account is changed."""
    account, _ = await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    await practice.add_person("bob@example.org", totp_key=KEY, recovery_code=True)
    seen = [
        await visitor.sign_in(ADA, PASSWORD),
        await visitor.send("mfa", method="totp", code=practice.code(KEY), trust_device=True),
        await visitor.sign_in(ADA, PASSWORD),
        await visitor.look_at_proof(),
        await visitor.sign_in("bob@example.org", PASSWORD),
    ]
    practice.clock.advance(timedelta(days=14) - timedelta(seconds=1))
    seen.append(await visitor.sign_in(ADA, PASSWORD))
    practice.clock.advance(timedelta(seconds=1))
    seen += [
        await visitor.sign_in(ADA, PASSWORD),
        await visitor.send("mfa", method="totp", code=practice.code(KEY), trust_device=True),
        await visitor.sign_in(ADA, PASSWORD),
    ]
    async with practice.write() as unit:
        await revoke_all(unit, practice.world, account.id, "acc_admin", HERE, practice.clock.now())
    return [*seen, await visitor.sign_in(ADA, PASSWORD)]


async def an_offer(practice: Practice, visitor: Anybody) -> list[Shown]:
    """Not now, then a cancelled one, then one that is made; and never for somebody else."""
    await practice.add_person(ADA)
    await practice.add_person("bob@example.org")
    phone = Authenticator()
    seen = [
        await visitor.sign_in(ADA, PASSWORD, can_hold_passkey=True),
        await visitor.look(),
        await visitor.send("offer-passkey", choice="not_now"),
        await visitor.sign_in(ADA, PASSWORD, can_hold_passkey=True),
    ]
    practice.clock.advance(timedelta(days=14))
    seen += [await visitor.sign_in(ADA, PASSWORD, can_hold_passkey=True), await visitor.send("offer-passkey", choice="create")]
    seen += [
        await visitor.send("offer-passkey", choice="create", credential=phone.create(visitor.options), label="Mine"),
        await visitor.sign_in_with(phone),
        await visitor.sign_in("bob@example.org", PASSWORD, can_hold_passkey=True),
        await visitor.send("offer-passkey", choice="never"),
    ]
    practice.clock.advance(timedelta(days=365))
    return [*seen, await visitor.sign_in("bob@example.org", PASSWORD, can_hold_passkey=True)]


async def a_proof_with_app_or_password(practice: Practice, visitor: Anybody) -> list[Shown]:
    await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    await practice.add_person("bob@example.org")
    seen = [
        await visitor.sign_in(ADA, PASSWORD),
        await visitor.send("mfa", method="totp", code=practice.code(KEY)),
        await visitor.look_at_proof(),
    ]
    practice.clock.advance(timedelta(minutes=6))
    seen += [
        await visitor.look_at_proof(),
        await visitor.prove("totp", code=""),
        await visitor.prove("totp", code="000000"),
        await visitor.prove("totp", code=practice.code(KEY)),
        await visitor.sign_in("bob@example.org", PASSWORD),
    ]
    practice.clock.advance(timedelta(minutes=6))
    for password in ("", "not this one", PASSWORD):
        seen.append(await visitor.prove("password", password=password))
    return seen


SCENARIOS: tuple[Scenario, ...] = (
    first_time,
    with_an_app,
    with_the_recovery_code,
    guessing,
    many_wrong_passwords,
    not_yet_confirmed,
    a_short_password,
    kept_out,
    a_date_that_passes,
    by_text_message,
    too_many_texts,
    a_phone_set_up_on_the_way,
    a_passkey_set_up_on_the_way,
    with_a_passkey_alone,
    a_passkey_and_nothing_else,
    a_passkey_where_it_is_enough,
    a_device_that_is_remembered,
    an_offer,
    a_proof_with_app_or_password,
)


@pytest.mark.spec("SIGN-1", "SIGN-2", "SIGN-3", "SIGN-4", "SIGN-7", "MFA-3", "MFA-5", "MFA-7", "MFA-9", "MFA-10")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
async def test_pages_and_api_show_the_same_at_every_step(scenario: Scenario, new_sqlite: Callable[[], str]) -> None:
    noted = {}
    for name, make in VISITORS.items():
        async with open_practice(new_sqlite(), limits=LimitSettings(failures_per_account_and_network=4)) as practice:
            visitor = make(practice)
            noted[name] = await scenario(practice, visitor)
            await visitor.close()
    assert noted["pages"] == noted["api"]
    assert len({shown.step for shown in noted["api"]} | {shown.code for shown in noted["api"]}) > 1
