"""Texts by Twilio: https://www.twilio.com/docs/messaging/api/message-resource."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha1
from hmac import compare_digest, digest
from typing import Final
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import msgspec
from msgspec import Struct

from wardkey.edges.sms.acceptable import acceptable
from wardkey.edges.sms.exchange import Answer, Exchange, form, provider_id, refusal
from wardkey.edges.sms.urls import TwilioAddress
from wardkey.ports import Deferred, Rejected, Text, TextReport, TextStatus, Uncertain
from wardkey.vocabulary import Instant

NEVER: Final = {
    21211: "the number is not valid",
    21214: "the number cannot be reached",
    21217: "the number is not valid",
    21265: "the number is a short code",
    21602: "the text is empty",
    21604: "there is no number",
    21610: "the number has unsubscribed",
    21614: "the number takes no texts",
    21617: "the text is too long",
    21635: "the number is a landline",
}
"""Error codes that hold for this number or text whoever sends it: https://www.twilio.com/docs/api/errors."""
NOT_BY_THIS_ACCOUNT: Final = {
    10001: "the account is not active",
    20003: "the account SID or the token is wrong",
    20404: "there is no such account",
    20429: "too many requests",
    21212: "the sender is not valid",
    21408: "the account may not send to that country",
    21603: "there is no sender",
    21606: "the sender is not this account's",
    21608: "a trial account sends only to verified numbers",
    21611: "the sender's queue is full",
    21612: "this sender cannot reach the number",
    21704: "the messaging service has no sender",
}
STATUSES: Final[dict[str, TextStatus]] = {
    "accepted": "sent",
    "scheduled": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
PORTS: Final = {"https": 443, "http": 80}
FIELDS_AT_MOST: Final = 100


class _Created(Struct, frozen=True):
    sid: str


class _Error(Struct, frozen=True):
    code: int


class TwilioSender:
    """One account. Twilio knows no idempotency key, so nothing is ever sent again here."""

    def __init__(self, address: TwilioAddress, status_url: str, exchange: Exchange) -> None:
        self.name = address.name
        self._address = address
        self._status_url = status_url
        self._exchange = exchange
        login = b64encode(f"{address.account}:{address.token}".encode()).decode()
        self._headers = {"authorization": f"Basic {login}", "content-type": "application/x-www-form-urlencoded"}

    async def send(self, text: Text) -> str:
        acceptable(text)
        body = form(
            {
                "To": text.to,
                "From": self._address.sender,
                "MessagingServiceSid": self._address.messaging_service,
                "Body": text.body,
                "StatusCallback": self._status_url,
            }
        )
        path = f"/2010-04-01/Accounts/{self._address.account}/Messages.json"
        answer = await self._exchange.post(path, body, self._headers)
        if not answer.is_taken:
            raise _meaning(answer)
        try:
            return provider_id(msgspec.json.decode(answer.body, type=_Created).sid)
        except msgspec.DecodeError:
            return provider_id(None)

    def read_status(self, url: str, headers: Mapping[str, str], body: bytes, _now: Instant) -> TextReport | None:
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=FIELDS_AT_MOST)
        except ValueError:
            return None
        fields = dict(pairs)
        given = headers.get("x-twilio-signature", "")
        is_theirs = [compare_digest(given.encode(), signature(self._address.token, one, fields)) for one in _spellings(url)]
        if not any(is_theirs) or len(fields) < len(pairs) or fields.get("AccountSid") != self._address.account:
            return None
        status = STATUSES.get(fields.get("MessageStatus", ""))
        return TextReport(fields["MessageSid"], status, given) if status and fields.get("MessageSid") else None

    async def close(self) -> None:
        await self._exchange.close()


def signature(token: str, url: str, fields: Mapping[str, str]) -> bytes:
    """The X-Twilio-Signature of a form: https://www.twilio.com/docs/usage/webhooks/webhooks-security."""
    signed = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return b64encode(digest(token.encode(), signed.encode(), sha1))


def _spellings(url: str) -> tuple[str, ...]:
    """The address as it is and with its usual port written out: Twilio signs either."""
    parts = urlsplit(url)
    if parts.port is not None:
        return (url,)
    return url, urlunsplit(parts._replace(netloc=f"{parts.netloc}:{PORTS[parts.scheme]}"))


def _meaning(answer: Answer) -> Rejected | Deferred | Uncertain:
    try:
        code = msgspec.json.decode(answer.body, type=_Error).code
    except msgspec.DecodeError:
        return refusal(answer.status)
    if code in NEVER and answer.status < 500:
        return Rejected(f"error {code}: {NEVER[code]}")
    return refusal(answer.status, f"error {code}{': ' + NOT_BY_THIS_ACCOUNT[code] if code in NOT_BY_THIS_ACCOUNT else ''}")
