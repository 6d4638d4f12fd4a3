"""Known and unknown addresses take the same time (ACC-7).

Each class has 400 requests at real hashing cost, interleaved in random order. The times are compared with the Mann-Whitney U
test, and by the effect size A12: how often a request of one class takes longer than one of the other (Vargha and Delaney 2000;
0.5 is no difference). A run counts as different where p < 0.001 and |A12 - 0.5| > 0.1, and the test fails where two independent
runs both do: for equal times that happens once in a million, and a difference that an attacker could use from afar, far above
0.1, is found practically always.
"""

import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import pytest
import pytest_asyncio
from scipy.stats import mannwhitneyu

from tests.email_verification.sign_ups import STRANGERS_PASSWORD
from tests.signin.client import KEY, Client, problem_of
from tests.world import HERE, Practice, open_practice
from wardkey.account_repair.actions import ask_reset
from wardkey.accounts.rules import Status
from wardkey.email_verification.actions import SignUpAsked, SignUpForm, ask_sign_up
from wardkey.settings import Argon2Settings, LimitSettings

pytestmark = pytest.mark.spec("ACC-7")

REQUESTS: Final = 400
SIGNIFICANT: Final = 0.001
EFFECT: Final = 0.1
WITHOUT_LIMITS: Final = LimitSettings(
    failures_per_account_and_network=1_000_000, failures_per_network=1_000_000, sign_ups_per_network=1_000_000,
    reset_requests_per_network=1_000_000,
)  # fmt: skip

Request = Callable[[Practice, str], Awaitable[Any]]


@pytest_asyncio.fixture
async def costly(sqlite_url: str) -> AsyncIterator[Practice]:
    """A practice at the default cost of hashing, with a person who has MFA and one who has not proven their address."""
    async with open_practice(sqlite_url, argon2=Argon2Settings(), limits=WITHOUT_LIMITS) as practice:
        await practice.add_person("known@example.org", totp_key=KEY, recovery_code=True)
        await practice.add_person("waits@example.org", status=Status.UNVERIFIED)
        yield practice


async def sign_in_wrongly(practice: Practice, email: str) -> None:
    assert problem_of(await Client(practice).password(email, "not the right one at all")) == "wrong_credentials"


async def sign_up(practice: Practice, email: str) -> None:
    asked = await ask_sign_up(practice.units, practice.world, SignUpForm("Ada", email, STRANGERS_PASSWORD), HERE)
    assert isinstance(asked, SignUpAsked)


async def ask_for_reset(practice: Practice, email: str) -> None:
    assert await ask_reset(practice.units, practice.world, email, HERE) is None


async def times(practice: Practice, request: Request, known: str) -> tuple[list[float], list[float]]:
    """Seconds of each request for the known address and for as many unknown ones, in random order."""
    is_known = [True] * REQUESTS + [False] * REQUESTS
    random.shuffle(is_known)
    taken: dict[bool, list[float]] = {True: [], False: []}
    for number, known_now in enumerate(is_known):
        email = known if known_now else f"{number:05}@example.org"
        begun = time.perf_counter()
        await request(practice, email)
        taken[known_now].append(time.perf_counter() - begun)
    return taken[True], taken[False]


def is_different(known: list[float], unknown: list[float]) -> bool:
    """Whether times differ, significantly and by enough to matter."""
    found = mannwhitneyu(known, unknown, alternative="two-sided")
    a12 = found.statistic / (len(known) * len(unknown))
    return bool(found.pvalue < SIGNIFICANT and abs(a12 - 0.5) > EFFECT)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("request_of", "known"),
    [
        (sign_in_wrongly, "known@example.org"),
        (sign_up, "known@example.org"),
        (ask_for_reset, "known@example.org"),
        (ask_for_reset, "waits@example.org"),
    ],
    ids=["sign-in", "sign-up", "reset", "reset while unverified"],
)
async def test_addresses_with_and_without_account_take_the_same_time(costly: Practice, request_of: Request, known: str) -> None:
    for _ in range(10):
        await request_of(costly, "warm-up@example.org")
    first = await times(costly, request_of, known)
    if is_different(*first):
        second = await times(costly, request_of, known)
        assert not is_different(*second)


def test_a_difference_that_matters_would_be_found() -> None:
    chance = random.Random(7)
    same = [[chance.gauss(25, 1) for _ in range(REQUESTS)] for _ in range(2)]
    assert not is_different(*same)
    assert is_different(same[0], [taken + 0.5 for taken in same[1]])
