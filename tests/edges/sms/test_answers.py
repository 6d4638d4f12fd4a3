"""What each service's own answers mean: for this number or text, or only for this account."""

import json

import msgspec
import pytest

from tests.edges.sms.kinds import BRIEF, KINDS, NOON, SITE, TEXT, ready
from tests.edges.sms.services import Gateway, Service, Sns, Twilio, Vonage, open_at
from wardkey.edges.clock import FrozenClock
from wardkey.edges.sms import twilio, vonage
from wardkey.edges.sms.opening import open_senders
from wardkey.ports import Deferred, Rejected, Uncertain

Changed = msgspec.structs.replace
Meaning = type[Rejected] | type[Deferred] | type[Uncertain]


class Told(Service):
    """A service that gives one answer."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__()
        self.given = (status, body)

    def answer(self, asked: object) -> tuple[int, bytes]:
        return self.given


async def meaning(name: str, status: int, body: bytes) -> Exception:
    service = Told(status, body)
    async with open_at(service) as port:
        (sender,) = open_senders((KINDS[name].address.format(at=f"http://127.0.0.1:{port}"),), SITE, FrozenClock(NOON))
        with pytest.raises((Rejected, Deferred, Uncertain)) as raised:
            await sender.send(TEXT)
        await sender.close()
    assert len(service.asked) == 1
    return raised.value


@pytest.mark.parametrize(("number", "code"), list(Twilio.refused.items()))
async def test_the_numbers_that_twilio_sets_aside_for_tests_mean_what_they_stand_for(number: str, code: int) -> None:
    async with ready("twilio") as (sender, _):
        with pytest.raises(Rejected if code in {21211, 21610, 21614} else Deferred, match=f"error {code}: "):
            await sender.send(Changed(TEXT, to=number))


@pytest.mark.parametrize("code", [*twilio.NEVER, *twilio.NOT_BY_THIS_ACCOUNT, 12345])
@pytest.mark.parametrize("status", [400, 401, 429, 500, 503])
async def test_twilios_error_codes_say_whether_another_sender_may_try(code: int, status: int) -> None:
    error = await meaning("twilio", status, json.dumps({"code": code, "message": "of +447700900123", "status": status}).encode())
    assert type(error) is (Rejected if code in twilio.NEVER and status < 500 else Deferred)
    assert f"error {code}" in str(error)
    assert "+44" not in str(error)


@pytest.mark.parametrize("body", [b"{}", b'{"sid":null}', b'{"sid":""}', b'{"sid":7}', b'{"sid":"a b"}', b"[]", b'{"sid":"SM1"'])
async def test_a_text_that_twilio_took_without_an_id_is_uncertain(body: bytes) -> None:
    assert type(await meaning("twilio", 201, body)) is Uncertain


@pytest.mark.parametrize("status", [*vonage.NEVER, *vonage.NOT_BY_THIS_ACCOUNT, "99", "x" * 50])
async def test_vonages_statuses_say_whether_another_sender_may_try(status: str) -> None:
    error = await meaning("vonage", 200, Vonage().told(status))
    assert type(error) is (Rejected if status in vonage.NEVER else Deferred)
    assert len(str(error)) < 80


async def test_a_long_text_of_which_vonage_took_only_a_part_is_uncertain() -> None:
    assert type(await meaning("vonage", 200, Vonage().told("0", "1"))) is Uncertain
    assert type(await meaning("vonage", 200, Vonage().told("7", "0"))) is Uncertain
    assert type(await meaning("vonage", 200, Vonage().told("7", "7"))) is Rejected


@pytest.mark.parametrize(
    "body",
    [b"{}", b"[]", b'{"messages":[]}', b'{"messages":[{}]}', b'{"messages":[{"status":0}]}', b'{"messages":[{"status":"0"}'],
)
async def test_an_answer_of_vonage_that_says_nothing_is_uncertain(body: bytes) -> None:
    assert type(await meaning("vonage", 200, body)) is Uncertain


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("InvalidParameter", "Invalid parameter: PhoneNumber Reason: +1 is not valid to publish to", Rejected),
        ("InvalidParameter", "Invalid parameter: Message too long", Rejected),
        ("InvalidParameter", "Invalid parameter: Empty message", Rejected),
        ("InvalidParameterValue", "The phone number is invalid", Rejected),
        ("OptedOut", "", Rejected),
        ("InvalidParameter", "SMS message must be less than 1600 bytes", Rejected),
        ("InvalidParameter", "Invalid parameter: MessageAttributes", Deferred),
        ("InvalidParameterValue", "The message attribute 'AWS.SNS.SMS.SenderID' is invalid", Deferred),
        ("InvalidClientTokenId", "The security token included in the request is invalid", Deferred),
        ("SignatureDoesNotMatch", "PhoneNumber", Deferred),
        ("AuthorizationError", "not authorized to perform: SNS:Publish", Deferred),
        ("Throttled", "Rate exceeded", Deferred),
        ("Throttling", "Rate exceeded", Deferred),
    ],
)
async def test_amazons_error_codes_say_whether_another_sender_may_try(code: str, message: str, expected: Meaning) -> None:
    error = await meaning("sns", 400, Sns._error(code, message))
    assert type(error) is expected
    assert str(error) == f"error {code}: the number or the text is not taken" or str(error) == f"status 400, error {code}"


async def test_an_error_of_amazons_own_is_never_about_the_number() -> None:
    assert type(await meaning("sns", 500, Sns._error("InvalidParameter", "PhoneNumber"))) is Deferred


async def test_a_refusal_that_breaks_off_is_still_a_refusal() -> None:
    async with ready("twilio", BRIEF) as (sender, service):
        service.faults.append("half")
        with pytest.raises(Deferred, match="status 400"):
            await sender.send(Changed(TEXT, to="+15005550009"))


async def test_a_text_that_the_gateway_has_already_is_taken_under_the_id_it_has() -> None:
    async with ready("gateway") as (sender, service):
        first = await sender.send(TEXT)
        assert await sender.send(TEXT) == first
    assert isinstance(service, Gateway)
    assert len(service.sent) == 1


async def test_a_gateway_that_has_it_but_says_no_id_knows_it_by_ours() -> None:
    async with ready("gateway") as (sender, service):
        service.faults.append(409)
        assert await sender.send(TEXT) == TEXT.id


async def test_vonage_is_told_how_a_text_is_written() -> None:
    plain, other = "Your code is 482913 {}[]€ ñÉ\n", "Su código es 482913"
    async with ready("vonage") as (sender, service):
        await sender.send(Changed(TEXT, body=plain))
        await sender.send(Changed(TEXT, body=other))
    assert [asked.form["type"] for asked in service.asked] == ["text", "unicode"]
    assert service.asked[0].form["client-ref"] == TEXT.id


async def test_a_messaging_service_of_twilio_chooses_the_number() -> None:
    service = Twilio()
    async with open_at(service) as port:
        address = f"twilio://{Twilio.account}:to%3Ak%2Fen%25@h?messaging_service=MG9&endpoint=http://127.0.0.1:{port}"
        (sender,) = open_senders((address,), SITE, FrozenClock(NOON))
        await sender.send(TEXT)
        await sender.close()
    assert (service.asked[0].form["MessagingServiceSid"], "From" in service.asked[0].form) == ("MG9", False)


async def test_amazon_is_told_that_a_text_matters_and_who_sends_it() -> None:
    async with ready("sns") as (sender, service):
        await sender.send(TEXT)
    fields = service.asked[0].form
    told = {fields[f"MessageAttributes.entry.{n}.Name"]: fields[f"MessageAttributes.entry.{n}.Value.StringValue"] for n in (1, 2)}
    assert told == {"AWS.SNS.SMS.SMSType": "Transactional", "AWS.SNS.SMS.SenderID": "Wardkey"}
