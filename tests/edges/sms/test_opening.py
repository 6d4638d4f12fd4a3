"""Senders are opened as the setting names them; what a sender needs and does not have is told at the start."""

import subprocess
import sys

import pytest

from tests.edges.sms.kinds import KINDS, NOON, SITE, TEXT, ready
from tests.edges.sms.services import Service, open_at
from wardkey.edges.clock import FrozenClock
from wardkey.edges.importing import without
from wardkey.edges.sms.opening import OpenSender, open_senders
from wardkey.ports import StatusReader, Text
from wardkey.settings import WrongSetting

ALL = tuple(kind.address.format(at="https://127.0.0.1:1") for kind in KINDS.values())


def opened(*urls: str, site: str = SITE) -> tuple[OpenSender, ...]:
    return open_senders(urls, site, FrozenClock(NOON))


def test_senders_come_in_the_order_in_which_they_are_tried() -> None:
    assert [sender.name for sender in opened(*ALL)] == list(KINDS)
    assert [sender.name for sender in opened(*reversed(ALL))] == list(reversed(KINDS))
    assert opened() == ()


def test_all_but_amazon_report_what_became_of_a_text() -> None:
    assert [sender.name for sender in opened(*ALL) if isinstance(sender, StatusReader)] == ["twilio", "vonage", "gateway"]


def test_where_botocore_is_not_installed_amazon_is_refused_and_the_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "wardkey.edges.sms.sns", raising=False)
    monkeypatch.delitem(sys.modules, "botocore.auth", raising=False)
    with without("botocore"):
        with pytest.raises(WrongSetting, match=r"^WARDKEY_SMS_URL: needs the extra `sns`"):
            opened(*ALL)
        assert len(opened(*(url for url in ALL if not url.startswith("sns:")))) == 3


def test_a_secret_that_is_marked_as_base64_has_to_be() -> None:
    with pytest.raises(WrongSetting, match=r"^WARDKEY_SMS_URL: needs base64 after `whsec_`") as refused:
        opened("gateway+https://whsec_geheim-geheim@h")
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("name", ["twilio", "vonage", "gateway"])
@pytest.mark.parametrize("site", [SITE, f"{SITE}/", "http://127.0.0.1:8080"])
async def test_a_service_is_told_where_to_report_where_that_is_https(name: str, site: str) -> None:
    service: Service = KINDS[name].service()
    async with open_at(service) as port:
        (sender,) = opened(KINDS[name].address.format(at=f"http://127.0.0.1:{port}") + "&name=first", site=site)
        await sender.send(TEXT)
        await sender.close()
    told = f"{SITE}/sms/status/first".encode()
    body = service.asked[0].body.replace(b"%3A", b":").replace(b"%2F", b"/")
    assert (told in body) == site.startswith("https")
    assert (b"/sms/status/" in body) == site.startswith("https")


async def test_vonage_is_asked_for_receipts_only_where_they_can_be_believed() -> None:
    service = KINDS["vonage"].service()
    async with open_at(service) as port:
        address = KINDS["vonage"].address.format(at=f"http://127.0.0.1:{port}").replace("&signature_secret=s", "")
        (sender,) = opened(address)
        await sender.send(TEXT)
        await sender.close()
    fields = service.asked[0].form
    assert "callback" not in fields
    assert fields["status-report-req"] == "0"


def test_what_no_setting_asks_for_is_not_loaded() -> None:
    code = "import sys, wardkey.app; print(*sorted({'httpx', 'botocore'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


@pytest.mark.parametrize("name", KINDS)
async def test_a_sender_that_was_closed_can_be_used_again(name: str) -> None:
    service: Service = KINDS[name].service()
    async with open_at(service) as port:
        (sender,) = opened(KINDS[name].address.format(at=f"http://127.0.0.1:{port}"))
        for nth in (1, 2):
            await sender.send(Text(TEXT.to, TEXT.body, f"txt_{nth}"))
            await sender.close()
    assert len(service.asked) == 2


async def test_a_sender_that_was_never_used_can_be_closed() -> None:
    for sender in opened(*ALL):
        await sender.close()
        await sender.close()


async def test_the_text_and_its_number_go_only_to_the_service_itself() -> None:
    async with ready("twilio") as (sender, service):
        await sender.send(TEXT)
    (asked,) = service.asked
    assert TEXT.to not in asked.path
    assert set(asked.headers) == {
        "host", "accept", "accept-encoding", "connection", "user-agent", "content-length", "authorization", "content-type",
    }  # fmt: skip
    assert asked.headers["user-agent"] == "Wardkey"
