"""Reports of what became of a text, made and signed as each service does it."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha1
from hmac import digest
from hmac import new as keyed
from typing import Final
from urllib.parse import urlencode

from msgspec import Struct

from tests.edges.sms.services import Gateway, Twilio

SIGNATURE_SECRET: Final = "vonage-signature-secret"  # noqa: S105 - of no one
FORM: Final = "application/x-www-form-urlencoded"


class Report(Struct, frozen=True):
    """One request as it comes in."""

    headers: dict[str, str]
    body: bytes


def twilio(url: str, name: str, status: str, *, token: str = Twilio.token, account: str = Twilio.account, **more: str) -> Report:
    """https://www.twilio.com/docs/usage/webhooks/webhooks-security."""
    fields = {
        "MessageSid": name,
        "MessageStatus": status,
        "AccountSid": account,
        "To": "+447700900123",
        "ApiVersion": "2010-04-01",
    }
    return twilio_form(url, {**fields, **more}, token)


def twilio_form(url: str, fields: Mapping[str, str], token: str = Twilio.token) -> Report:
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    mac = b64encode(digest(token.encode(), signed.encode(), sha1)).decode()
    return Report({"content-type": FORM, "x-twilio-signature": mac}, urlencode(fields).encode())


def vonage(
    name: str, status: str, at: datetime, *, secret: str = SIGNATURE_SECRET, method: str = "sha256", is_json: bool = False,
    part: str = "0A0000000123ABCD1",
) -> Report:  # fmt: skip
    """https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts, signed as
    https://developer.vonage.com/en/getting-started/concepts/signing-messages."""
    fields = {
        "msisdn": "447700900123", "to": "Wardkey & Co=", "network-code": "23410", "messageId": part, "price": "0.0333",
        "status": status, "scts": "2603011200", "err-code": "0", "api-key": "abcd1234", "client-ref": name,
        "message-timestamp": "2026-03-01 12:00:00", "timestamp": str(int(at.timestamp())), "nonce": "aaaaaaaa-bbbb",
    }  # fmt: skip
    return vonage_fields(fields, secret=secret, method=method, is_json=is_json)


def vonage_fields(
    fields: Mapping[str, str], *, secret: str = SIGNATURE_SECRET, method: str = "sha256", is_json: bool = False
) -> Report:
    signed = "".join(f"&{name}={value.replace('&', '_').replace('=', '_')}" for name, value in sorted(fields.items()))
    whole = {**fields, "sig": keyed(secret.encode(), signed.encode(), method).hexdigest().upper()}
    if is_json:
        return Report({"content-type": "application/json; charset=utf-8"}, json.dumps(whole).encode())
    return Report({"content-type": FORM}, urlencode(whole).encode())


def gateway(name: str, status: str, at: datetime, *, secret: str = Gateway.secret, event: str = "evt_1") -> Report:
    """https://www.standardwebhooks.com."""
    return gateway_body(json.dumps({"id": name, "status": status}).encode(), at, secret=secret, event=event)


def gateway_body(body: bytes, at: datetime, *, secret: str = Gateway.secret, event: str = "evt_1") -> Report:
    moment = str(int(at.timestamp()))
    mac = digest(b64decode(secret.removeprefix("whsec_")), f"{event}.{moment}.".encode() + body, "sha256")
    headers = {"content-type": "application/json", "webhook-id": event, "webhook-timestamp": moment}
    return Report({**headers, "webhook-signature": f"v1,{b64encode(mac).decode()}"}, body)
