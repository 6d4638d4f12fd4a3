"""Texts by Amazon SNS: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html. Needs the extra `sns` (botocore)."""

import re
from typing import Final

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from wardkey.edges.sms.acceptable import acceptable
from wardkey.edges.sms.exchange import Answer, Exchange, form, provider_id, refusal
from wardkey.edges.sms.urls import SnsAddress
from wardkey.ports import Deferred, Rejected, Text, Uncertain

MESSAGE_ID: Final = re.compile(rb"<MessageId>([0-9A-Za-z-]+)</MessageId>")
CODE: Final = re.compile(rb"<Code>([0-9A-Za-z]+)</Code>")
ABOUT_THE_TEXT: Final = re.compile(rb"<Message>[^<]*(?:phone ?number|\bmessage\b(?! attribute))", re.IGNORECASE)
INVALID: Final = (b"InvalidParameter", b"InvalidParameterValue", b"ParameterValueInvalid", b"Validation")
NEVER: Final = (b"OptedOut",)


class SnsSender:
    """One set of keys in one region. What became of a text is told to CloudWatch alone, so no status is read here."""

    def __init__(self, address: SnsAddress, exchange: Exchange) -> None:
        self.name = address.name
        self._address = address
        self._exchange = exchange

    async def send(self, text: Text) -> str:
        acceptable(text)
        attributes = {"SMSType": "Transactional", **({"SenderID": self._address.sender} if self._address.sender else {})}
        fields = {"Action": "Publish", "Version": "2010-03-31", "PhoneNumber": text.to, "Message": text.body}
        for number, (name, value) in enumerate(attributes.items(), 1):
            entry = f"MessageAttributes.entry.{number}"
            fields |= {
                f"{entry}.Name": f"AWS.SNS.SMS.{name}",
                f"{entry}.Value.DataType": "String",
                f"{entry}.Value.StringValue": value,
            }
        body = form(fields)
        answer = await self._exchange.post("/", body, self._signed(body))
        if not answer.is_taken:
            raise _meaning(answer)
        found = MESSAGE_ID.search(answer.body)
        return provider_id(found.group(1).decode() if found else None)

    async def close(self) -> None:
        await self._exchange.close()

    def _signed(self, body: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        request = AWSRequest(method="POST", url=f"{self._address.origin}/", data=body, headers=headers)
        SigV4Auth(Credentials(self._address.key, self._address.secret), "sns", self._address.region).add_auth(request)
        return dict(request.headers.items())


def _meaning(answer: Answer) -> Rejected | Deferred | Uncertain:
    found = CODE.search(answer.body)
    if found is None or answer.status >= 500:
        return refusal(answer.status)
    code = found.group(1)
    if code in NEVER or (code in INVALID and ABOUT_THE_TEXT.search(answer.body)):
        return Rejected(f"error {code.decode()}: the number or the text is not taken")
    return refusal(answer.status, f"error {code.decode()}")
