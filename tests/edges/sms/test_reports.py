"""A report of what became of a text counts only where its service surely sent it, now, about a text."""

import json
from base64 import b64encode
from datetime import timedelta
from hmac import digest
from urllib.parse import parse_qsl, urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.edges.sms import reports
from tests.edges.sms.kinds import KINDS, NOON, SITE, TEXT, ready
from tests.edges.sms.reports import Report
from tests.edges.sms.services import Gateway, Twilio
from wardkey.edges.clock import FrozenClock
from wardkey.edges.sms import gateway, twilio, vonage
from wardkey.edges.sms.opening import open_senders
from wardkey.ports import StatusReader, TextReport, TextStatus

Changed = msgspec.structs.replace
URL = f"{SITE}/sms/status/twilio"
SETTINGS = {
    "twilio": KINDS["twilio"].address.format(at="https://h"),
    "vonage": KINDS["vonage"].address.format(at="https://h").replace("=s&", f"={reports.SIGNATURE_SECRET}&"),
    "gateway": KINDS["gateway"].address.format(at="https://h"),
}
MADE = {
    "twilio": lambda: reports.twilio(URL, "SM1", "delivered"),
    "vonage": lambda: reports.vonage("txt_1", "delivered", NOON),
    "vonage as JSON": lambda: reports.vonage("txt_1", "delivered", NOON, is_json=True),
    "gateway": lambda: reports.gateway("msg_1", "delivered", NOON),
}
every = pytest.mark.parametrize("made", MADE)


def reader(name: str) -> StatusReader:
    (sender,) = open_senders((SETTINGS[name.partition(" ")[0]],), SITE, FrozenClock(NOON))
    assert isinstance(sender, StatusReader)
    return sender


def read(name: str, report: Report, url: str = URL, at: timedelta = timedelta()) -> tuple[str, TextStatus] | None:
    found = reader(name).read_status(url, report.headers, report.body, NOON + at)
    return (found.id, found.outcome) if found else None


@every
def test_a_report_that_is_signed_now_is_read(made: str) -> None:
    expected = {"twilio": "SM1", "vonage": "txt_1", "gateway": "msg_1"}[made.partition(" ")[0]]
    assert read(made, MADE[made]()) == (expected, "delivered")


@pytest.mark.parametrize(("status", "outcome"), [*twilio.STATUSES.items(), ("receiving", None), ("", None), ("Delivered", None)])
def test_twilios_words_for_what_became_of_a_text(status: str, outcome: TextStatus | None) -> None:
    assert read("twilio", reports.twilio(URL, "SM1", status)) == (outcome and ("SM1", outcome))


@pytest.mark.parametrize(("status", "outcome"), [*vonage.STATUSES.items(), ("deleted", None), ("", None)])
@pytest.mark.parametrize("is_json", [False, True])
def test_vonages_words_for_what_became_of_a_text(status: str, outcome: TextStatus | None, is_json: bool) -> None:
    assert read("vonage", reports.vonage("txt_1", status, NOON, is_json=is_json)) == (outcome and ("txt_1", outcome))


@pytest.mark.parametrize(
    ("status", "outcome"), [("sent", "sent"), ("delivered", "delivered"), ("failed", "failed"), ("read", None)]
)
def test_a_gateways_words_for_what_became_of_a_text(status: str, outcome: TextStatus | None) -> None:
    assert read("gateway", reports.gateway("msg_1", status, NOON)) == (outcome and ("msg_1", outcome))


@every
@given(data=st.data())
def test_a_report_of_which_one_byte_is_another_is_not_read(made: str, data: st.DataObject) -> None:
    report = MADE[made]()
    place = data.draw(st.integers(0, len(report.body) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda other: other != report.body[place]))
    changed = report.body[:place] + bytes([byte]) + report.body[place + 1 :]
    if made.startswith(("twilio", "vonage")) and _meant(made, changed) == _meant(made, report.body):
        return  # written another way, it says and proves the same
    assert read(made, Changed(report, body=changed)) is None


def _meant(made: str, body: bytes) -> object:
    """What the fields of a body say; the case of a signature in hexadecimal is no part of it."""
    try:
        fields = (
            json.loads(body) if "JSON" in made else dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
        )
        return {**fields, "sig": str(fields.get("sig", "")).lower()}
    except (ValueError, TypeError):
        return None


@every
@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b"=", b"&&&", b"\xff\xfe", b"a" * 60_000, b"a=" * 20_000, b"[" * 60_000]
)
def test_what_is_no_report_is_not_read(made: str, body: bytes) -> None:
    report = MADE[made]()
    assert read(made, Changed(report, body=body)) is None
    assert read(made, Report({"content-type": report.headers["content-type"]}, body)) is None


@every
def test_a_report_without_its_signature_is_not_read(made: str) -> None:
    report = MADE[made]()
    unsigned = {name: value for name, value in report.headers.items() if "signature" not in name}
    body = report.body
    if made.startswith("vonage"):
        body = b"&".join(part for part in body.split(b"&") if not part.startswith(b"sig="))
        if "JSON" in made:
            body = json.dumps({name: value for name, value in json.loads(body).items() if name != "sig"}).encode()
    assert read(made, Report(unsigned, body)) is None
    for empty in ("", " ", "v1,", ",", "\xff"):
        emptied = {name: empty if "signature" in name else value for name, value in report.headers.items()}
        assert read(made, Report(emptied, body)) is None


def test_a_report_that_another_secret_signed_is_not_read() -> None:
    assert read("twilio", reports.twilio(URL, "SM1", "delivered", token="other")) is None
    assert read("vonage", reports.vonage("txt_1", "delivered", NOON, secret="other")) is None
    assert read("vonage", reports.vonage("txt_1", "delivered", NOON, method="sha512")) is None
    assert read("vonage", reports.vonage("txt_1", "delivered", NOON, method="md5")) is None
    assert read("gateway", reports.gateway("msg_1", "delivered", NOON, secret="b3RoZXI=")) is None


def test_a_report_about_another_account_or_for_another_address_is_not_read() -> None:
    assert read("twilio", reports.twilio(URL, "SM1", "delivered", account="AC9")) is None
    assert read("twilio", reports.twilio(f"{SITE}/sms/status/other", "SM1", "delivered")) is None
    assert read("twilio", reports.twilio(URL, "SM1", "delivered"), f"{URL}?x=1") is None
    assert read("twilio", reports.twilio("https://evil.example/sms/status/twilio", "SM1", "delivered")) is None


def test_twilio_may_sign_the_usual_port_and_a_query() -> None:
    assert read("twilio", reports.twilio(f"{SITE}:443/sms/status/twilio", "SM1", "sent")) == ("SM1", "sent")
    assert read("twilio", reports.twilio(f"{URL}?x=1&y=%20", "SM1", "sent"), f"{URL}?x=1&y=%20") == ("SM1", "sent")
    other = f"{SITE}:8443/sms/status/twilio"
    assert read("twilio", reports.twilio(other, "SM1", "sent"), other) == ("SM1", "sent")


def test_twilio_may_add_fields_but_none_may_stand_there_twice() -> None:
    report = reports.twilio(URL, "SM1", "delivered", Zusatz="ä & =", Empty="")
    assert read("twilio", report) == ("SM1", "delivered")
    assert read("twilio", Changed(report, body=report.body + b"&MessageSid=SM1")) is None
    signed_pairs = f"{URL}AccountSid{Twilio.account}MessageSidSM1MessageSidSM2MessageStatusdelivered"
    mac = b64encode(digest(Twilio.token.encode(), signed_pairs.encode(), "sha1")).decode()
    body = urlencode(
        [("AccountSid", Twilio.account), ("MessageSid", "SM1"), ("MessageSid", "SM2"), ("MessageStatus", "delivered")]
    )
    assert read("twilio", Report({"x-twilio-signature": mac}, body.encode())) is None


@pytest.mark.parametrize("made", ["vonage", "vonage as JSON", "gateway"])
@pytest.mark.parametrize(
    ("later", "is_read"), [(0, True), (300, True), (301, False), (-300, True), (-301, False), (10**9, False)]
)
def test_a_report_is_read_for_five_minutes(made: str, later: int, is_read: bool) -> None:
    found = read(made, MADE[made](), at=timedelta(seconds=later))
    assert (found is not None) == is_read


@pytest.mark.parametrize("moment", ["", "now", "-1", "1.5", "٣", "9" * 12, "9" * 5_000, " 1772366400", "0x1"])
def test_a_moment_that_is_no_number_is_never_now(moment: str) -> None:
    vonage_report = reports.vonage_fields({"client-ref": "txt_1", "status": "delivered", "timestamp": moment})
    assert read("vonage", vonage_report) is None
    signed = gateway.signature(gateway.key_of(Gateway.secret), "evt_1", moment, b'{"id":"msg_1","status":"delivered"}')
    headers = {"webhook-id": "evt_1", "webhook-timestamp": moment, "webhook-signature": signed}
    assert read("gateway", Report(headers, b'{"id":"msg_1","status":"delivered"}')) is None


def test_a_signed_report_that_says_nothing_is_not_read() -> None:
    stamp = str(int(NOON.timestamp()))
    for fields in ({}, {"status": "delivered"}, {"client-ref": "txt_1"}, {"client-ref": "", "status": "delivered"}):
        assert read("vonage", reports.vonage_fields({**fields, "timestamp": stamp})) is None
    for body in (b"{}", b'{"id":"","status":"sent"}', b'{"id":1,"status":"sent"}', b'{"id":"a"}', b"not JSON", b'["a","sent"]'):
        assert read("gateway", reports.gateway_body(body, NOON)) is None
    for given_fields in ({}, {"MessageStatus": "sent"}, {"MessageSid": "SM1"}, {"MessageSid": "", "MessageStatus": "sent"}):
        assert read("twilio", reports.twilio_form(URL, {**given_fields, "AccountSid": Twilio.account})) is None


@pytest.mark.parametrize("value", ['{"a":1}', "[1]", "1.5", "true", "null", '"\\ud800"'])
def test_a_receipt_in_json_with_anything_but_texts_and_numbers_is_not_read(value: str) -> None:
    body = b'{"client-ref":"txt_1","status":"delivered","timestamp":1772366400,"sig":"00","x":%s}' % value.encode()
    assert read("vonage", Report({"content-type": "application/json"}, body)) is None


def test_without_a_signature_secret_no_receipt_of_vonage_is_read() -> None:
    (sender,) = open_senders(("vonage://k:s@h?from=Maple",), SITE, FrozenClock(NOON))
    assert isinstance(sender, StatusReader)
    forged = reports.vonage("txt_1", "failed", NOON, secret="")
    assert sender.read_status(URL, forged.headers, forged.body, NOON) is None


def test_vonages_other_method_is_read_where_it_is_set() -> None:
    (sender,) = open_senders(("vonage://k:s@h?from=M&signature_secret=x&signature_method=sha512",), SITE, FrozenClock(NOON))
    assert isinstance(sender, StatusReader)
    report = reports.vonage("txt_1", "failed", NOON, secret="x", method="sha512")
    found = sender.read_status(URL, report.headers, report.body, NOON)
    assert found is not None
    assert (found.id, found.outcome) == ("txt_1", "failed")


def test_a_gateway_may_sign_with_two_secrets_while_one_is_replaced() -> None:
    report = reports.gateway("msg_1", "sent", NOON)
    signature = report.headers["webhook-signature"]
    for given_signatures, is_read in [
        (f"v1,AAAA {signature}", True),
        (f"{signature} v1a,AAAA", True),
        (signature.removeprefix("v1,"), False),
        (signature.replace("v1,", "v2,"), False),
        (" ".join(["v1,AAAA"] * 5_000 + [signature]), False),
    ]:
        headers = {**report.headers, "webhook-signature": given_signatures}
        assert (read("gateway", Changed(report, headers=headers)) is not None) == is_read


async def test_what_was_sent_to_a_gateway_proves_nothing_when_it_comes_back() -> None:
    async with ready("gateway") as (sender, service):
        await sender.send(TEXT)
    (asked,) = service.asked
    assert read("gateway", Report(asked.headers, asked.body)) is None


@every
def test_the_same_report_has_the_same_proof_however_it_is_written(made: str) -> None:
    report = MADE[made]()
    name = made.partition(" ")[0]
    first = reader(name).read_status(URL, report.headers, report.body, NOON)
    assert isinstance(first, TextReport)
    assert first.proof
    others = [report]
    if name == "gateway":
        others.append(
            Changed(report, headers={**report.headers, "webhook-signature": f"v1,x {report.headers['webhook-signature']}"})
        )
    elif "JSON" in made:
        others.append(Changed(report, body=report.body.replace(b"{", b"{ ")))
    else:
        others.append(Changed(report, body=b"&".join(reversed(report.body.split(b"&")))))
    if name == "vonage":
        others.append(Changed(report, body=report.body.replace(report.body[-66:], report.body[-66:].lower())))
    for other in others:
        assert reader(name).read_status(URL, other.headers, other.body, NOON) == first


def test_the_published_examples_verify() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE", "Caller": "+12349013030", "Digits": "1234", "From": "+12349013030", "To": "+18005551212",
    }  # fmt: skip
    assert twilio.signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form) == b"0/KCTR6DLpKmkAf8muzZqo1nDgQ="
    fields = {"a": "1", "b": "2", "timestamp": "1461605396"}
    assert vonage.signature("secret", "sha256", fields) == "a321e824b9b816be7c3f28859a31749a098713d39f613c80d455bbaffae1cd24"
    key = gateway.key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = gateway.signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
