"""Guessing passwords is slowed down for one address and one network, and a stranger can never keep the owner out."""

import asyncio
from datetime import timedelta

import pytest

from tests.signin.client import Client, problem_of, token_of
from tests.world import Practice
from wardkey.ports import Unavailable
from wardkey.rate_limits.actions import forget, mailed, take, take_mail, wait_for
from wardkey.rate_limits.rules import Allowance, Budget, allowance
from wardkey.settings import LimitSettings
from wardkey.signin import view
from wardkey.vocabulary import EmailKey, Origin

WRONG = "not the right one at all"


def network(number: int) -> Origin:
    return Origin(ip=f"198.51.100.{number}", user_agent="curl/8.14")


async def guess(practice: Practice, email: str = "ada@example.org", origin: Origin | None = None) -> view.SigninView:
    return await Client(practice, origin or network(1)).password(email, WRONG)


@pytest.mark.parametrize("budget", list(Budget))
def test_every_budget_has_an_allowance_of_its_settings(budget: Budget) -> None:
    found = allowance(budget, LimitSettings())
    assert found.count >= 1
    assert found.window_s in (900, 3_600, 86_400)


def test_the_numbers_are_settings() -> None:
    limits = LimitSettings(failures_per_account_and_network=3, sign_in_window_s=60)
    assert allowance(Budget.SIGN_IN_PAIR, limits) == Allowance(3, 60)


async def test_a_budget_is_taken_from_until_nothing_is_left_and_comes_back_whole(sqlite_practice: Practice) -> None:
    practice, world = sqlite_practice, sqlite_practice.world
    for _ in range(10):
        assert await wait_for(world, Budget.SIGN_IN_PAIR, "k") == 0
        assert await take(world, Budget.SIGN_IN_PAIR, "k") == 0
    practice.clock.advance(timedelta(seconds=100))
    assert await wait_for(world, Budget.SIGN_IN_PAIR, "k") == await take(world, Budget.SIGN_IN_PAIR, "k") == 800
    assert await wait_for(world, Budget.SIGN_IN_PAIR, "another") == 0
    assert await wait_for(world, Budget.SIGN_IN_NETWORK, "k") == 0, "each budget counts by itself"
    practice.clock.advance(timedelta(seconds=800))
    assert await take(world, Budget.SIGN_IN_PAIR, "k") == 0
    for _ in range(20):
        await take(world, Budget.SIGN_IN_PAIR, "k")
    await forget(world, Budget.SIGN_IN_PAIR, "k")
    assert await wait_for(world, Budget.SIGN_IN_PAIR, "k") == 0


async def test_asking_takes_nothing(sqlite_practice: Practice) -> None:
    for _ in range(100):
        assert await wait_for(sqlite_practice.world, Budget.SIGN_IN_PAIR, "k") == 0


@pytest.mark.spec("ACC-7")
async def test_after_ten_wrong_passwords_one_waits_whether_there_is_an_account_or_not(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    await practice.add_person("ada@example.org")
    for email in ("ada@example.org", "nobody@example.org"):
        for _ in range(10):
            assert problem_of(await guess(practice, email)) == "wrong_credentials"
        refused = await guess(practice, email)
        assert (problem_of(refused), refused.problem and refused.problem.retry_after) == ("too_many_passwords", 900)
    assert problem_of(await Client(practice, network(1)).password()) == "too_many_passwords", "nor is the right one looked at"
    practice.clock.advance(timedelta(minutes=15))
    token_of(await Client(practice, network(1)).password())


async def test_a_stranger_who_guesses_keeps_the_owner_out_of_nothing(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    await practice.add_person("ada@example.org")
    for _ in range(30):
        await guess(practice)
    token_of(await Client(practice).password())


async def test_requests_that_are_refused_do_not_count(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    for _ in range(10):
        await guess(practice)
    practice.clock.advance(timedelta(minutes=14))
    for _ in range(50):
        assert problem_of(await guess(practice)) == "too_many_passwords"
    practice.clock.advance(timedelta(minutes=1))
    assert problem_of(await guess(practice)) == "wrong_credentials"


async def test_a_right_password_forgets_the_wrong_ones_of_its_address(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    await practice.add_person("ada@example.org")
    for _ in range(3):
        for _ in range(9):
            await guess(practice)
        token_of(await Client(practice, network(1)).password())


async def test_one_network_that_tries_many_addresses_waits(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    for number in range(100):
        assert problem_of(await guess(practice, f"{number}@example.org")) == "wrong_credentials"
    assert problem_of(await guess(practice, "another@example.org")) == "too_many_passwords"
    assert problem_of(await guess(practice, "another@example.org", network(2))) == "wrong_credentials"


async def test_a_house_that_shares_one_ipv6_network_has_one_budget(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    for number in range(10):
        await guess(practice, origin=Origin(ip=f"2001:db8:1:2::{number:x}", user_agent=""))
    assert problem_of(await guess(practice, origin=Origin(ip="2001:db8:1:2:ffff::1", user_agent=""))) == "too_many_passwords"
    assert problem_of(await guess(practice, origin=Origin(ip="2001:db8:1:3::1", user_agent=""))) == "wrong_credentials"


async def test_links_of_each_purpose_have_a_budget_of_their_own(sqlite_practice: Practice) -> None:
    world, key = sqlite_practice.world, EmailKey("ada@example.org")
    for _ in range(3):
        assert await take_mail(world, "verify_email", key, network(1)) == 0
    assert await take_mail(world, "verify_email", key, network(1)) == 3_600
    assert await take_mail(world, "reset_password", key, network(1)) == 0
    assert mailed("reset_password", key) != mailed("verify_email", key)


async def test_guesses_made_at_once_get_no_further_than_guesses_made_in_turn(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    seen = await asyncio.gather(*(guess(practice) for _ in range(60)))
    judged = [s for s in seen if problem_of(s) == "wrong_credentials"]
    assert len(judged) <= 10


async def test_a_try_that_could_not_be_judged_is_given_back(sqlite_practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    practice = sqlite_practice
    await practice.add_person("ada@example.org")

    async def too_busy(*_: object) -> None:
        raise Unavailable("hashing")

    with monkeypatch.context() as patch:
        patch.setattr(type(practice.world.hashing), "verify", too_busy)
        for _ in range(30):
            with pytest.raises(Unavailable):
                await guess(practice)
    token_of(await Client(practice, network(1)).password())
