"""Guessing codes: five in an attempt, ten in an hour and then growing waits, ten in a row and the password is known (MFA-12)."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from tests.signin.client import (
    ELSEWHERE,
    KEY,
    Client,
    blocked_by,
    caller_of,
    names_in_trail,
    problem_of,
    sign_in,
    signed_in,
    token_of,
)
from tests.world import HERE, PASSWORD, Practice, open_practice
from wardkey.account_repair.actions import PasswordSet, ask_reset, reset_password
from wardkey.accounts.rules import Account, email_key
from wardkey.factors.kinds.totp import STEP_S
from wardkey.self_service.actions import Changed
from wardkey.self_service.step_up import step_up
from wardkey.settings import LimitSettings
from wardkey.signin import view
from wardkey.vocabulary import Problem

pytestmark = pytest.mark.spec("MFA-12")

LENIENT = LimitSettings(codes_per_password=100, codes_per_attempt=100)
"""So that the waits can be seen: by default the password counts as known as soon as they would begin."""


def wrong(practice: Practice, number: int = 0) -> str:
    """A code that is certainly wrong now, each number another one."""
    right = {practice.code(KEY, steps) for steps in (-1, 0, 1)}
    return [code for code in (f"{n:06}" for n in range(1000)) if code not in right][number]


async def attempts_of(practice: Practice, guesses: int) -> list[view.SigninView]:
    """So many wrong codes, with a new attempt after every fifth."""
    seen, client = [], Client(practice)
    for number in range(guesses):
        if number % 5 == 0:
            await client.password()
        seen.append(await client.code(wrong(practice, number)))
    return seen


async def account_of(practice: Practice) -> Account:
    async with practice.units.read() as unit:
        found = await unit.accounts.by_email(email_key("ada@example.org"))
    assert found is not None
    return found


async def test_five_wrong_codes_end_an_attempt_and_each_says_how_many_are_left(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    seen = await attempts_of(practice, 5)
    assert [problem_of(s) for s in seen] == ["code_wrong"] * 4 + ["codes_used_up"]
    assert [s.problem.params["tries_left"] for s in seen[:4] if s.problem] == [4, 3, 2, 1]
    assert blocked_by(seen[-1]) == "codes_used_up"
    assert (await names_in_trail(practice, account.id)).count("sign_in.failed") == 5
    assert "sign_in.blocked" in await names_in_trail(practice, account.id)


async def test_an_attempt_that_ended_takes_no_right_code_either(practice: Practice) -> None:
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    client = Client(practice)
    await client.password()
    for number in range(5):
        await client.code(wrong(practice, number))
    assert blocked_by(await client.code(practice.code(KEY))) == "codes_used_up"
    again = Client(practice)
    await again.password()
    token_of(await again.code(practice.code(KEY)))


async def test_codes_of_the_wrong_shape_and_codes_used_before_are_no_guesses(practice: Practice) -> None:
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    token_of_first = await sign_in(practice, key=KEY)
    assert token_of_first
    client = Client(practice)
    await client.password()
    for code in ("", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\x00", practice.code(KEY)):
        assert problem_of(await client.code(code)) in ("code_malformed", "code_spent")
    assert (await account_of(practice)).wrong_codes == 0


async def test_ten_in_a_row_mean_that_the_password_is_known_and_its_owner_is_told(practice: Practice) -> None:
    account, _ = await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    seen = await attempts_of(practice, 10)
    assert blocked_by(seen[-1]) == problem_of(seen[-1]) == "password_known_to_others"
    assert (await names_in_trail(practice, account.id)).count("account.password_known_to_others") == 1
    await practice.deliver()
    assert len(practice.mails_to("ada@example.org")) == 1
    for origin in (HERE, ELSEWHERE):
        assert blocked_by(await Client(practice, origin).password()) == "password_known_to_others"
    practice.clock.advance(timedelta(days=30))
    assert blocked_by(await Client(practice).password()) == "password_known_to_others", "no wait makes it good again"
    await practice.deliver()
    assert len(practice.mails_to("ada@example.org")) == 1, "told once"


async def test_with_a_new_password_the_owner_is_back_in_at_once(practice: Practice) -> None:
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    await attempts_of(practice, 10)
    assert await ask_reset(practice.units, practice.world, "ada@example.org", HERE) is None
    await practice.deliver()
    token = practice.mails_to("ada@example.org")[-1].text.partition("/reset-password/")[2].split()[0]
    new = "a long walk by the quiet river"
    assert isinstance(await reset_password(practice.units, practice.world, token, new, HERE), PasswordSet)
    stranger = Client(practice, ELSEWHERE)
    assert problem_of(await stranger.password(password=PASSWORD)) == "wrong_credentials"
    assert await signed_in(practice, await sign_in(practice, password=new, key=KEY)) is not None
    assert (await account_of(practice)).wrong_codes == 0


async def test_whoever_is_signed_in_stays_so_while_a_stranger_guesses(practice: Practice) -> None:
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    token = await sign_in(practice, key=KEY)
    practice.clock.advance(timedelta(seconds=STEP_S))
    await attempts_of(practice, 10)
    assert await signed_in(practice, token) is not None


async def test_a_right_code_forgets_the_wrong_ones(practice: Practice) -> None:
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    for _ in range(4):
        client = Client(practice)
        await client.password()
        for number in range(4):
            assert problem_of(await client.code(wrong(practice, number))) == "code_wrong"
        token_of(await client.code(practice.code(KEY)))
        account = await account_of(practice)
        assert (account.wrong_codes, account.wrong_codes_hour, account.wrong_hour_at) == (0, 0, None)
        practice.clock.advance(timedelta(seconds=STEP_S))


async def test_wrong_recovery_codes_are_counted_with_the_others(practice: Practice) -> None:
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    client = Client(practice)
    await client.password()
    for number in range(2):
        await client.code(wrong(practice, number))
    for _ in range(2):
        assert problem_of(await client.code("22222-22222-22222-22222", "recovery_code")) == "recovery_code_wrong"
    assert problem_of(await client.code(wrong(practice, 9))) == "codes_used_up"
    assert (await account_of(practice)).wrong_codes == 5


async def test_after_ten_in_an_hour_waits_double_from_half_a_minute_to_a_quarter_of_an_hour(database_url: str) -> None:
    async with open_practice(database_url, limits=LENIENT) as practice:
        await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
        assert {problem_of(s) for s in await attempts_of(practice, 9)} == {"code_wrong"}
        for wait in (30, 60, 120, 240, 480, 900, 900):
            assert {problem_of(s) for s in await attempts_of(practice, 1)} == {"code_wrong"}
            for left in (wait, 1):
                refused = (await attempts_of(practice, 1))[0].problem
                assert refused is not None
                assert (refused.code, refused.retry_after) == ("too_many_codes", left)
                practice.clock.advance(timedelta(seconds=left - 1 if left == wait else left))
        assert await signed_in(practice, await sign_in(practice, key=KEY)) is not None


async def test_waits_end_with_the_hour_in_which_the_wrong_codes_came(database_url: str) -> None:
    async with open_practice(database_url, limits=LENIENT) as practice:
        await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
        await attempts_of(practice, 10)
        practice.clock.advance(timedelta(hours=1))
        seen = await attempts_of(practice, 10)
        assert {problem_of(s) for s in seen} == {"code_wrong"}
        account = await account_of(practice)
        assert (account.wrong_codes, account.wrong_codes_hour) == (20, 10)


async def test_step_up_spends_the_same_count(practice: Practice) -> None:
    await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    caller = await caller_of(practice, await sign_in(practice, key=KEY))
    practice.clock.advance(timedelta(seconds=STEP_S))
    for number in range(10):
        refused = await step_up(caller, "totp", {"code": wrong(practice, number)})
        assert isinstance(refused, Problem)
        assert refused.faults[0].code == "code_wrong"
    account = await account_of(practice)
    assert (account.wrong_codes, account.is_password_known) == (10, False), "no password was given just now"
    waiting = await step_up(caller, "totp", {"code": practice.code(KEY)})
    assert isinstance(waiting, Problem)
    assert (waiting.code, waiting.retry_after) == ("too_many_codes", 30)
    client = Client(practice)
    await client.password()
    assert problem_of(await client.code(practice.code(KEY))) == "too_many_codes", "nor can the budget be had twice"
    practice.clock.advance(timedelta(seconds=30))
    assert isinstance(await step_up(caller, "totp", {"code": practice.code(KEY)}), Changed)


async def test_guesses_made_at_once_cannot_beat_the_count(practice: Practice) -> None:
    """A hundred attempts, each with another wrong code, all sent at the same moment, and the right one among them."""
    account, _ = await practice.add_person("ada@example.org", totp_key=KEY, recovery_code=True)
    clients = [Client(practice) for _ in range(100)]
    for client in clients:
        await client.password()
    codes = [wrong(practice, number) for number in range(100)]
    codes[50] = practice.code(KEY)
    seen = await asyncio.gather(*(client.code(code) for client, code in zip(clients, codes, strict=True)))
    judged = (await names_in_trail(practice, account.id)).count("sign_in.failed")
    told = Counter("done" if isinstance(s.step, view.Done) else problem_of(s) for s in seen)
    assert told["done"] <= 1
    assert judged <= 10 + 9 * told["done"], "ten in a row, or nine before the right one and ten after it"
    assert told["code_wrong"] <= judged, "nobody learns that a code is wrong before it is counted"
    assert set(told) <= {"done", "code_wrong", "try_again", "password_known_to_others", "account_changed", "code_spent"}
