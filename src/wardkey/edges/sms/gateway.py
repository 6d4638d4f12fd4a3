"""Texts by anybody's own gateway: signed JSON over HTTPS, as Standard Webhooks (https://www.standardwebhooks.com) has it."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Final

import msgspec
from msgspec import Struct, field

from wardkey.edges.sms.acceptable import acceptable
from wardkey.edges.sms.exchange import Answer, Exchange, provider_id, refusal
from wardkey.edges.sms.freshness import is_fresh
from wardkey.edges.sms.urls import GatewayAddress
from wardkey.ports import Clock, Rejected, Text, TextReport, TextStatus
from wardkey.settings import WrongSetting
from wardkey.vocabulary import Instant

ALREADY_TAKEN: Final = 409
NEVER: Final = 422
MARKED: Final = "whsec_"
SIGNATURES_AT_MOST: Final = 10


class Request(Struct, frozen=True, omit_defaults=True):
    """What a gateway is asked to send."""

    id: str
    to: str
    body: str
    sender: str = field(name="from", default="")
    status_url: str = ""
    """Where it may tell what became of the text."""


class _Taken(Struct, frozen=True):
    id: str


class _Became(Struct, frozen=True):
    id: str
    status: TextStatus


class GatewaySender:
    """One gateway. The text's id is its idempotency key, so a gateway that sees it twice says 409 and sends once."""

    def __init__(self, address: GatewayAddress, status_url: str, clock: Clock, exchange: Exchange) -> None:
        self.name = address.name
        self._address = address
        self._key = key_of(address.secret)
        self._status_url = status_url
        self._clock = clock
        self._exchange = exchange

    async def send(self, text: Text) -> str:
        acceptable(text)
        body = msgspec.json.encode(Request(text.id, text.to, text.body, self._address.sender, self._status_url))
        at = str(int(self._clock.now().timestamp()))
        headers = {
            "content-type": "application/json",
            "idempotency-key": text.id,
            "webhook-id": text.id,
            "webhook-timestamp": at,
            "webhook-signature": signature(self._key, text.id, at, body),
        }
        answer = await self._exchange.post(self._address.path, body, headers)
        if answer.status == ALREADY_TAKEN:
            return _id(answer) or text.id
        if answer.is_taken:
            return provider_id(_id(answer))
        if answer.status == NEVER:
            raise Rejected("status 422: the gateway does not take this number or text")
        raise refusal(answer.status)

    def read_status(self, _url: str, headers: Mapping[str, str], body: bytes, now: Instant) -> TextReport | None:
        name, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        given = headers.get("webhook-signature", "").split(" ", SIGNATURES_AT_MOST)[:SIGNATURES_AT_MOST]
        expected = signature(self._key, name, at, body)
        is_theirs = [compare_digest(one.encode(), expected.encode()) for one in given]
        if not name or not any(is_theirs) or not is_fresh(at, now):
            return None
        try:
            became = msgspec.json.decode(body, type=_Became)
        except msgspec.DecodeError:
            return None
        return TextReport(became.id, became.status, expected) if became.id else None

    async def close(self) -> None:
        await self._exchange.close()


def key_of(secret: str) -> bytes:
    """The bytes of a secret: those it stands for where it is marked as base64, otherwise its own."""
    if not secret.startswith(MARKED):
        return secret.encode()
    try:
        return b64decode(secret.removeprefix(MARKED), validate=True)
    except ValueError:
        raise WrongSetting("WARDKEY_SMS_URL: needs base64 after `whsec_` in a gateway's secret") from None


def signature(key: bytes, name: str, at: str, body: bytes) -> str:
    """The `webhook-signature` of a message: its id, its moment in seconds, and its body."""
    return "v1," + b64encode(digest(key, f"{name}.{at}.".encode() + body, sha256)).decode()


def _id(answer: Answer) -> str | None:
    try:
        return msgspec.json.decode(answer.body, type=_Taken).id
    except msgspec.DecodeError:
        return None
