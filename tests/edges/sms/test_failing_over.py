"""A code that is asked for reaches a phone by the next service where one fails, over real HTTP, and by no two at once (MFA-3)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import permutations

import httpx
import pytest
import pytest_asyncio
from msgspec.structs import replace

from tests.edges.sms import reports
from tests.edges.sms.kinds import BRIEF, KINDS, SITE
from tests.edges.sms.services import Service, open_at
from tests.texts.asking import ask, settle, the_text
from tests.world import Practice, open_practice
from wardkey.app import build_app
from wardkey.edges.sms.opening import open_senders
from wardkey.texts.rules import Status

pytestmark = pytest.mark.spec("MFA-3")
NOT_TAKEN = [503, 429, 401, "elsewhere"]
PERHAPS_TAKEN = ["silence", "cut", "half", "garbage", 504]


class Clinic:
    """A practice with two services: the first that is named, and the second."""

    def __init__(self, practice: Practice, first: Service, second: Service) -> None:
        self.practice, self.first, self.second = practice, first, second

    async def ask(self) -> None:
        account, _ = await self.practice.add_person("ada@example.org")
        assert await ask(self.practice, account) is None
        await settle(self.practice)

    @property
    def asked(self) -> tuple[int, int]:
        return len(self.first.asked), len(self.second.asked)

    async def status(self) -> Status:
        return (await the_text(self.practice)).status


@pytest_asyncio.fixture
async def clinic(sqlite_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Clinic]:
    names: tuple[str, str] = getattr(request, "param", ("twilio", "gateway"))
    async with AsyncExitStack() as closing:
        practice = await closing.enter_async_context(open_practice(sqlite_url, public_url=SITE))
        services = [KINDS[name].service() for name in names]
        ports = [await closing.enter_async_context(open_at(service)) for service in services]
        urls = tuple(KINDS[name].address.format(at=f"http://127.0.0.1:{port}") for name, port in zip(names, ports, strict=True))
        senders = open_senders(urls, SITE, practice.clock, BRIEF)
        for sender in senders:
            closing.push_async_callback(sender.close)
        practice.service = replace(practice.service, texts=senders)
        yield Clinic(practice, *services)


@pytest.mark.parametrize("clinic", [*permutations(KINDS, 2)], indirect=True, ids="-".join)
async def test_the_next_service_takes_what_the_first_does_not(clinic: Clinic) -> None:
    clinic.first.faults.append(503)
    await clinic.ask()
    assert clinic.asked == (1, 1)
    assert await clinic.status() is Status.SENT


@pytest.mark.parametrize("fault", NOT_TAKEN)
async def test_whatever_shows_that_it_was_not_taken_is_passed_on(clinic: Clinic, fault: str | int) -> None:
    clinic.first.faults.append(fault)
    await clinic.ask()
    assert clinic.asked == (1, 1)
    assert await clinic.status() is Status.SENT


@pytest.mark.parametrize("fault", PERHAPS_TAKEN)
async def test_after_anything_uncertain_nobody_is_given_it_again(clinic: Clinic, fault: str | int) -> None:
    clinic.first.faults.append(fault)
    await clinic.ask()
    for _ in range(3):
        await clinic.practice.deliver()
    assert clinic.asked == (1, 0)
    assert await clinic.status() is Status.UNCERTAIN


async def test_a_text_that_its_service_reports_lost_goes_out_by_the_next(clinic: Clinic) -> None:
    await clinic.ask()
    assert clinic.asked == (1, 0)
    known = (await the_text(clinic.practice)).provider_id
    assert known is not None
    lost = reports.twilio(f"{SITE}/sms/status/twilio", known, "undelivered")
    transport = httpx.ASGITransport(build_app(clinic.practice.service))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
        for expected in (204, 403):
            answer = await client.post("/sms/status/twilio", headers=lost.headers, content=lost.body)
            assert answer.status_code == expected
            await settle(clinic.practice)
            assert clinic.asked == (1, 1)
    assert await clinic.status() is Status.SENT
    assert clinic.second.asked[0].headers["idempotency-key"] == (await the_text(clinic.practice)).id
