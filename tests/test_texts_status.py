"""Services report what became of a text, once and provably; whatever else comes to that address has no effect."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio

from tests.edges.sms import reports
from tests.edges.sms.kinds import KINDS, SITE
from tests.edges.sms.reports import SIGNATURE_SECRET, Report
from tests.edges.sms.services import Gateway
from tests.world import NOON, Practice, open_practice
from wardkey.app import build_app
from wardkey.edges.sms.memory import MemorySender
from wardkey.edges.sms.opening import OpenSender, open_senders
from wardkey.texts.rules import Status, TextMessage

Changed = msgspec.structs.replace
PATHS = {name: f"/sms/status/{name}" for name in ("twilio", "vonage", "gateway")}
IDS = {"twilio": "SM1", "vonage": "txt_vonage", "gateway": "msg_1"}
every = pytest.mark.parametrize("name", PATHS)
DELIVERED, FAILED, SENT = "delivered", "failed", "sent"


class Clinic:
    """A practice that sends by all four services, to each of which a text was given."""

    def __init__(self, practice: Practice, client: httpx.AsyncClient) -> None:
        self.practice, self.client, self.clock = practice, client, practice.clock

    def report(self, name: str, status: str = DELIVERED, **given: Any) -> Report:
        """A report as the service of that name makes it now."""
        known = given.pop("id", IDS[name])
        if name == "twilio":
            return reports.twilio(f"{SITE}{PATHS[name]}", known, status, **given)
        if name == "vonage":
            return reports.vonage(known, status, given.pop("at", self.clock.now()), **given)
        return reports.gateway(known, status, given.pop("at", self.clock.now()), **given)

    async def tell(self, path: str, report: Report, method: str = "POST", **headers: str) -> int:
        answer = await self.client.request(method, path, headers={**report.headers, **headers}, content=report.body)
        return answer.status_code

    async def texts(self) -> dict[str, Status]:
        """How far each text has come, by the sender that it was given to first."""
        async with self.practice.units.read() as unit:
            found = {name: await unit.texts.load(f"txt_{name}") for name in (*PATHS, "sns")}
        return {name: text.status for name, text in found.items() if text}


def senders(practice: Practice) -> tuple[OpenSender, ...]:
    urls = tuple(kind.address.format(at="https://127.0.0.1:1") for kind in KINDS.values())
    return open_senders(tuple(url.replace("=s&", f"={SIGNATURE_SECRET}&") for url in urls), SITE, practice.clock)


@pytest_asyncio.fixture
async def clinic(sqlite_url: str) -> AsyncIterator[Clinic]:
    async with open_practice(sqlite_url, public_url=SITE) as practice:
        account, _ = await practice.add_person("ana@clinic.example")
        service = Changed(practice.service, texts=(*senders(practice), MemorySender(practice.clock)))
        async with practice.write() as unit:
            for name in (*PATHS, "sns"):
                text = TextMessage(
                    id=f"txt_{name}", account=account.id, purpose="sign_in", number="digest", prefix="+44770090", country="GB",
                    network="203.0.113.0/24", created_at=NOON, expires_at=NOON + timedelta(minutes=10), sealed=b"sealed",
                )  # fmt: skip
                await unit.texts.add(text)
                held = Changed(text, status=Status.SENT, sender=name, provider_id=IDS.get(name, "a-b"), sent_at=NOON)
                assert await unit.texts.move(text, held)
        transport = httpx.ASGITransport(build_app(service), raise_app_exceptions=False)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
            yield Clinic(practice, client)


async def assert_nothing_happened(clinic: Clinic) -> None:
    assert set((await clinic.texts()).values()) == {Status.SENT}


@every
async def test_a_report_of_a_delivered_text_is_noted_on_that_text_alone(clinic: Clinic, name: str) -> None:
    assert await clinic.tell(PATHS[name], clinic.report(name)) == 204
    assert await clinic.texts() == {one: Status.DELIVERED if one == name else Status.SENT for one in (*PATHS, "sns")}


@every
async def test_a_text_that_did_not_arrive_is_given_to_another_sender(clinic: Clinic, name: str) -> None:
    assert await clinic.tell(PATHS[name], clinic.report(name, FAILED)) == 204
    assert (await clinic.texts())[name] is Status.QUEUED


@every
async def test_reports_come_in_any_order_and_none_takes_anything_back(clinic: Clinic, name: str) -> None:
    assert await clinic.tell(PATHS[name], clinic.report(name)) == 204
    clinic.clock.advance(timedelta(seconds=1))
    assert await clinic.tell(PATHS[name], clinic.report(name, "sent" if name != "vonage" else "accepted")) == 204
    assert (await clinic.texts())[name] is Status.DELIVERED


@every
async def test_a_report_that_is_sent_again_is_refused(clinic: Clinic, name: str) -> None:
    report = clinic.report(name, FAILED)
    assert await clinic.tell(PATHS[name], report) == 204
    assert await clinic.tell(PATHS[name], report) == 403
    clinic.clock.advance(timedelta(hours=20))
    assert await clinic.tell(PATHS[name], report) == 403
    assert (await clinic.texts())[name] is Status.QUEUED


@every
async def test_a_report_without_its_signature_has_no_effect(clinic: Clinic, name: str) -> None:
    report = clinic.report(name)
    bare = {header: value for header, value in report.headers.items() if "signature" not in header}
    body = report.body.partition(b"&sig=")[0]
    assert await clinic.tell(PATHS[name], Report(bare, body)) == 403
    await assert_nothing_happened(clinic)


@every
async def test_a_report_that_somebody_else_signed_has_no_effect(clinic: Clinic, name: str) -> None:
    other = {"twilio": {"token": "x"}, "vonage": {"secret": "x"}, "gateway": {"secret": "eHh4eHh4eHg="}}[name]
    assert await clinic.tell(PATHS[name], clinic.report(name, FAILED, **other)) == 403
    await assert_nothing_happened(clinic)


@every
async def test_a_report_that_was_changed_on_its_way_has_no_effect(clinic: Clinic, name: str) -> None:
    report = clinic.report(name)
    assert await clinic.tell(PATHS[name], Changed(report, body=report.body.replace(b"delivered", b"failed"))) == 403
    await assert_nothing_happened(clinic)


@every
async def test_a_report_for_one_sender_has_no_effect_under_the_name_of_another(clinic: Clinic, name: str) -> None:
    for path in set(PATHS.values()) - {PATHS[name]}:
        assert await clinic.tell(path, clinic.report(name, FAILED)) == 403
    await assert_nothing_happened(clinic)


@pytest.mark.parametrize("name", ["vonage", "gateway"])
@pytest.mark.parametrize("minutes", [-6, 6, 600])
async def test_a_report_that_was_kept_or_dated_ahead_has_no_effect(clinic: Clinic, name: str, minutes: int) -> None:
    report = clinic.report(name, FAILED, at=NOON + timedelta(minutes=minutes))
    assert await clinic.tell(PATHS[name], report) == 403
    await assert_nothing_happened(clinic)


@pytest.mark.parametrize(
    "sender", ["sns", "memory", "nobody", "Twilio", "twilio%20", "twilio/x", "..", "%2e%2e", "", "%00", "a" * 9_000]
)
async def test_a_sender_that_does_not_report_is_not_found(clinic: Clinic, sender: str) -> None:
    assert await clinic.tell(f"/sms/status/{sender}", clinic.report("twilio", FAILED)) == 404
    await assert_nothing_happened(clinic)


@every
async def test_a_text_that_is_not_known_yet_may_be_reported_again(clinic: Clinic, name: str) -> None:
    report = clinic.report(name, id="later")
    assert await clinic.tell(PATHS[name], report) == 404
    async with clinic.practice.write() as unit:
        text = await unit.texts.load(f"txt_{name}")
        assert text is not None
        await unit.texts.move(text, Changed(text, provider_id="later"))
    assert await clinic.tell(PATHS[name], report) == 204
    assert (await clinic.texts())[name] is Status.DELIVERED


@every
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_only_posts_report(clinic: Clinic, name: str, method: str) -> None:
    assert await clinic.tell(PATHS[name], clinic.report(name), method) == 405
    await assert_nothing_happened(clinic)


@every
async def test_the_address_that_was_called_is_ours_whatever_the_request_says(clinic: Clinic, name: str) -> None:
    lies = {"host": "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "http"}
    assert await clinic.tell(PATHS[name], clinic.report(name), **lies) == 204
    forged = reports.twilio("https://evil.example/sms/status/twilio", "SM1", FAILED)
    assert await clinic.tell(PATHS["twilio"], forged, **lies) == 403


@every
async def test_a_service_that_runs_in_a_browsers_clothes_is_let_in_and_still_has_to_prove_itself(
    clinic: Clinic, name: str
) -> None:
    foreign = {"origin": "https://sms.example", "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}
    unsigned = Report({"content-type": "application/json"}, b"{}")
    assert await clinic.tell(PATHS[name], unsigned, **foreign) == 403
    assert await clinic.tell(PATHS[name], clinic.report(name), **foreign) == 204


@pytest.mark.parametrize(
    "path", ["/sms/status", "/sms", "/sms/statuses/twilio", "/sign-out", "//sms/status/twilio", "/SMS/status/twilio"]
)
async def test_forms_from_other_sites_are_refused_everywhere_else(clinic: Clinic, path: str) -> None:
    answer = await clinic.client.post(path, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


@every
async def test_no_more_is_read_than_anywhere_else(clinic: Clinic, name: str) -> None:
    assert await clinic.tell(PATHS[name], Changed(clinic.report(name), body=b"x" * 65_537)) == 413

    async def without_end() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1_000

    answer = await clinic.client.post(PATHS[name], content=without_end())
    assert answer.status_code == 413
    await assert_nothing_happened(clinic)


async def test_the_answer_says_nothing_and_is_kept_nowhere(clinic: Clinic) -> None:
    for path, report in [
        (PATHS["gateway"], clinic.report("gateway")),
        (PATHS["gateway"], Report({}, b"")),
        ("/sms/status/x", Report({}, b"")),
    ]:
        answer = await clinic.client.post(path, headers=report.headers, content=report.body)
        assert answer.content == b""
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers


async def test_a_gateway_may_report_the_same_again_with_a_signature_of_its_own(clinic: Clinic) -> None:
    for event in ("evt_1", "evt_2"):
        assert await clinic.tell(PATHS["gateway"], clinic.report("gateway", event=event, secret=Gateway.secret)) == 204


async def test_each_part_of_a_long_text_of_vonage_is_reported(clinic: Clinic) -> None:
    for part in ("0A1", "0A2"):
        assert await clinic.tell(PATHS["vonage"], clinic.report("vonage", part=part)) == 204
    assert (await clinic.texts())["vonage"] is Status.DELIVERED
