"""Texts by Vonage's SMS API: https://developer.vonage.com/en/api/sms."""

from collections.abc import Mapping
from hmac import compare_digest
from hmac import new as keyed
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from wardkey.edges.sms.acceptable import acceptable
from wardkey.edges.sms.exchange import Answer, Exchange, form, refusal
from wardkey.edges.sms.freshness import is_fresh
from wardkey.edges.sms.urls import VonageAddress
from wardkey.ports import Deferred, Rejected, Text, TextReport, TextStatus, Uncertain
from wardkey.vocabulary import Instant

TAKEN: Final = "0"
NEVER: Final = {
    "6": "the number or the text cannot be processed",
    "7": "the number is barred",
    "12": "the text is too long",
    "33": "the number is no longer in use",
}
"""Statuses that hold for this number or text: https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms."""
NOT_BY_THIS_ACCOUNT: Final = {
    "1": "too many requests",
    "2": "a parameter is missing",
    "3": "a parameter is wrong",
    "4": "the key or the secret is wrong",
    "5": "an error of their own",
    "8": "the account is barred",
    "9": "the account has no money left",
    "10": "too many connections",
    "11": "the account may not send this way",
    "14": "the signature is wrong",
    "15": "the sender is not allowed there",
    "22": "the network code is wrong",
    "23": "the address for receipts is wrong",
    "29": "a trial account sends only to listed numbers",
    "32": "the account asks for signed requests",
}
STATUSES: Final[dict[str, TextStatus]] = {
    "accepted": "sent",
    "buffered": "sent",
    "unknown": "sent",
    "delivered": "delivered",
    "expired": "failed",
    "failed": "failed",
    "rejected": "failed",
}
FIELDS_AT_MOST: Final = 100
SEVEN_BIT: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
"""The alphabet of GSM 03.38 with its extension; any other sign arrives as a question mark unless the text is sent as Unicode."""


class _Part(Struct, frozen=True):
    status: str


class _Sent(Struct, frozen=True):
    messages: list[_Part]


class VonageSender:
    """One account. A long text goes out in parts, each with an id and a receipt of its own, so that Vonage is asked to know the
    whole by our id."""

    def __init__(self, address: VonageAddress, status_url: str, exchange: Exchange) -> None:
        self.name = address.name
        self._address = address
        self._status_url = status_url if address.signature_secret else ""
        self._exchange = exchange

    async def send(self, text: Text) -> str:
        acceptable(text)
        body = form(
            {
                "api_key": self._address.key,
                "api_secret": self._address.secret,
                "from": self._address.sender,
                "to": text.to.lstrip("+"),
                "text": text.body,
                "type": "text" if SEVEN_BIT.issuperset(text.body) else "unicode",
                "client-ref": text.id,
                "callback": self._status_url,
                "status-report-req": "1" if self._status_url else "0",
            }
        )
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = await self._exchange.post("/sms/json", body, headers)
        if not answer.is_taken:
            raise refusal(answer.status)
        parts = _parts(answer)
        refused = next((part.status for part in parts if part.status != TAKEN), None)
        if refused is not None:
            raise _meaning(refused, parts)
        return text.id

    def read_status(self, _url: str, headers: Mapping[str, str], body: bytes, now: Instant) -> TextReport | None:
        address = self._address
        fields = _fields(headers.get("content-type", ""), body)
        given = fields.pop("sig", "").lower()
        expected = signature(address.signature_secret, address.signature_method, fields)
        if (
            not address.signature_secret
            or not compare_digest(given.encode(), expected.encode())
            or not is_fresh(fields.get("timestamp", ""), now)
        ):
            return None
        status = STATUSES.get(fields.get("status", ""))
        return TextReport(fields["client-ref"], status, expected) if status and fields.get("client-ref") else None

    async def close(self) -> None:
        await self._exchange.close()


def signature(secret: str, method: str, fields: Mapping[str, str]) -> str:
    """The `sig` of a delivery receipt: https://developer.vonage.com/en/getting-started/concepts/signing-messages."""
    signed = "".join(f"&{name}={fields[name].replace('&', '_').replace('=', '_')}" for name in sorted(fields))
    return keyed(secret.encode(), signed.encode(), method).hexdigest()


def _parts(answer: Answer) -> list[_Part]:
    try:
        parts = msgspec.json.decode(answer.body, type=_Sent).messages
    except msgspec.DecodeError:
        parts = []
    if not parts:
        raise Uncertain("an answer that cannot be understood")
    return parts


def _meaning(status: str, parts: list[_Part]) -> Rejected | Deferred | Uncertain:
    if any(part.status == TAKEN for part in parts):
        return Uncertain("only some parts of the text were taken")
    if status in NEVER:
        return Rejected(f"status {status}: {NEVER[status]}")
    return Deferred(f"status {status}: {NOT_BY_THIS_ACCOUNT[status]}" if status in NOT_BY_THIS_ACCOUNT else "an unknown status")


def _fields(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of a receipt, which the account's settings make a form or JSON; empty where it is neither, or says one thing
    twice."""
    try:
        if content_type.partition(";")[0].strip().lower() == "application/json":
            return {name: str(value) for name, value in msgspec.json.decode(body, type=dict[str, str | int]).items()}
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=FIELDS_AT_MOST)
    except (ValueError, msgspec.DecodeError):
        return {}
    return dict(pairs) if len(dict(pairs)) == len(pairs) else {}
