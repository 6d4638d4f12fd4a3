"""A passkey's answer, a texted code and the token of a sign-in count once, however many bring them at the same moment."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Final

import pytest
import pytest_asyncio
from msgspec.structs import replace

from tests.authenticator import Authenticator, as_text
from tests.signin.client import KEY, Client, mfa_of, names_in_trail, token_of
from tests.signin.methods import add_passkey, add_phone, texted
from tests.signin.test_races import race, told
from tests.world import Practice, open_practice
from wardkey.accounts.rules import Account, MfaMode
from wardkey.factors.kinds.totp import STEP_S
from wardkey.settings import LimitSettings
from wardkey.signin import view
from wardkey.signin.commands import AnswerMfa, AnswerPasskeyOffer, BeginEnrolment, ConfirmEnrolment, SubmitPasskey
from wardkey.signin.runner import start

RACES: Final = 40
RACERS: Final = 8
ADA: Final = "ada@example.org"
WIDE: Final = LimitSettings(
    texts_per_account=10_000, texts_per_number_and_hour=10_000, texts_per_number=10_000, texts_per_network=10_000,
    texts_per_prefix=10_000, texts_a_day=20_000, failures_per_network=10_000,
)  # fmt: skip


@pytest_asyncio.fixture
async def nodes(database_url: str) -> AsyncIterator[list[Practice]]:
    """Two services over one database; racers are dealt out between them in turn."""
    async with AsyncExitStack() as stack:
        pair = [await stack.enter_async_context(open_practice(database_url, limits=WIDE)) for _ in range(2)]
        yield [pair[number % 2] for number in range(RACERS)]


def all_with(token: str, nodes: list[Practice]) -> list[Client]:
    """Racers that hold one attempt between them."""
    clients = [Client(node) for node in nodes]
    for client in clients:
        client.token = token
    return clients


async def given(node: Practice, account: Account) -> int:
    """How many sessions were given."""
    return (await names_in_trail(node, account.id)).count("sign_in.succeeded")


@pytest.mark.spec("SIGN-2", "MFA-5")
async def test_one_answer_of_a_passkey_in_place_of_the_password_gives_one_session(nodes: list[Practice]) -> None:
    account, _ = await nodes[0].add_person(ADA)
    phone = Authenticator()
    await add_passkey(nodes[0], account, phone, is_method=False)
    for number in range(RACES):
        asked = Client(nodes[0]).offered()
        command = SubmitPasskey(asked.token, as_text(phone.get(asked.options)))
        seen = await race([start(node.units, node.world, command, Client(node).origin) for node in nodes])
        answers = Counter(map(told, seen))
        assert answers == {"Done": 1, "try_again": RACERS - 1}
        assert await given(nodes[0], account) == number + 1


@pytest.mark.spec("MFA-5")
async def test_one_answer_of_a_passkey_to_the_challenge_gives_one_session(nodes: list[Practice]) -> None:
    account, _ = await nodes[0].add_person(ADA, recovery_code=True)
    phone = Authenticator()
    await add_passkey(nodes[0], account, phone)
    for number in range(RACES):
        first = Client(nodes[0])
        await first.password()
        answer = AnswerMfa("passkey", credential=as_text(await first.signed(phone)))
        seen = await race([client.send(answer) for client in all_with(first.token, nodes)])
        assert Counter(map(told, seen)) == {"Done": 1, "attempt_finished": RACERS - 1}
        assert await given(nodes[0], account) == number + 1


@pytest.mark.spec("MFA-3")
async def test_one_texted_code_gives_one_session(nodes: list[Practice]) -> None:
    account, _ = await nodes[0].add_person(ADA, recovery_code=True)
    await add_phone(nodes[0], account)
    for number in range(RACES):
        first = Client(nodes[0])
        await first.password()
        code = await texted(nodes[0])
        seen = await race([client.code(code, "sms") for client in all_with(first.token, nodes)])
        assert Counter(map(told, seen)) == {"Done": 1, "attempt_finished": RACERS - 1}
        assert await given(nodes[0], account) == number + 1


@pytest.mark.spec("MFA-3", "MFA-12")
async def test_guesses_at_a_texted_code_made_at_once_are_five_at_most(nodes: list[Practice]) -> None:
    account, _ = await nodes[0].add_person(ADA, recovery_code=True)
    await add_phone(nodes[0], account)
    first = Client(nodes[0])
    await first.password()
    code = int(await texted(nodes[0]))
    guesses = [f"{(code + number) % 1_000_000:06}" for number in (1, 2, 3, 4, 5, 6, 7, 0)]
    clients = all_with(first.token, nodes)
    seen = await race([client.code(guess, "sms") for client, guess in zip(clients, guesses, strict=True)])
    judged = Counter(map(told, seen))
    assert judged["text_code_wrong"] + judged["codes_used_up"] <= RACERS - judged["Done"]
    failed = (await names_in_trail(nodes[0], account.id)).count("sign_in.failed")
    assert failed <= 5
    assert judged["text_code_wrong"] <= failed, "nobody learns that a code is wrong before it is counted"


@pytest.mark.spec("SIGN-4")
async def test_many_who_ask_for_a_text_at_once_get_one(nodes: list[Practice]) -> None:
    account, _ = await nodes[0].add_person(ADA, recovery_code=True)
    await add_phone(nodes[0], account)
    first = Client(nodes[0])
    await first.password()
    for node in nodes[:2]:
        node.clock.advance(timedelta(seconds=30))
    seen = await race([client.ask("sms") for client in all_with(first.token, nodes)])
    assert sum(s.problem is None for s in seen) >= 1
    await nodes[0].deliver()
    assert sum(len(node.texts_to("+12025550123")) for node in nodes[:2]) == 2, "the first, and one more"


@pytest.mark.spec("MFA-1", "MFA-5")
async def test_one_passkey_set_up_by_many_at_once_is_added_once(nodes: list[Practice]) -> None:
    clinic = await nodes[0].add_organization(mfa_mode=MfaMode.REQUIRED)
    account, _ = await nodes[0].add_person(ADA, organization=clinic)
    first, phone = Client(nodes[0]), Authenticator()
    await first.password()
    step = (await first.send(BeginEnrolment("passkey"))).step
    assert isinstance(step, view.EnrollMfa)
    options = step.setups["passkey"]["options"]
    assert isinstance(options, dict)
    command = ConfirmEnrolment("passkey", credential=as_text(phone.create(options)))
    seen = await race([client.send(command) for client in all_with(first.token, nodes)])
    assert all(isinstance(s.step, view.NewRecoveryCode) for s in seen)
    assert sum(s.problem is None for s in seen) == 1
    async with nodes[0].units.read() as unit:
        assert sorted(c.kind for c in await unit.credentials.of(account.id)) == ["passkey", "recovery_code"]


@pytest.mark.spec("SIGN-3")
async def test_an_offer_answered_by_many_at_once_gives_one_session(nodes: list[Practice]) -> None:
    account, _ = await nodes[0].add_person(ADA)
    first = Client(nodes[0])
    await first.password(can_hold_passkey=True)
    seen = await race([client.send(AnswerPasskeyOffer("not_now")) for client in all_with(first.token, nodes)])
    assert Counter(map(told, seen)) == {"Done": 1, "attempt_finished": RACERS - 1}
    assert await given(nodes[0], account) == 1


@pytest.mark.spec("MFA-9")
async def test_trust_asked_for_by_many_at_once_is_kept_for_each_browser(nodes: list[Practice]) -> None:
    account, _ = await nodes[0].add_person(ADA, totp_key=KEY, recovery_code=True)
    browser = Client(nodes[0])
    await browser.password()
    token_of(await browser.code(nodes[0].code(KEY), trusts=True))
    for node in nodes[:2]:
        node.clock.advance(timedelta(seconds=STEP_S))
    clients = [Client(node, browser.origin) for node in nodes]
    seen = await race([client.password() for client in clients])
    assert Counter(map(told, seen)) == {"Done": RACERS}, "one person may sign in twice at the same moment"
    stranger = Client(nodes[1], replace(browser.origin, trust=""))
    assert mfa_of(await stranger.password()).methods == ("totp", "recovery_code")
    assert await given(nodes[0], account) == RACERS + 1
