"""Pages and API drive one flow and can never differ: every scenario runs through both and is noted alike (SIGN-1)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from tests.visitors import VISITORS, Anybody, Shown
from tests.world import PASSWORD, Practice, open_practice
from wardkey.accounts.actions import new_stamp
from wardkey.accounts.rules import MfaMode, Status
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
)


@pytest.mark.spec("SIGN-1", "SIGN-4", "SIGN-7", "MFA-7")
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
