"""Real HTTP servers for tests that speak as the services that send texts do, and that fail as they are told."""

import asyncio
import json
import re
import ssl
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from hmac import digest
from http import HTTPStatus
from typing import ClassVar, Final
from urllib.parse import parse_qs

from msgspec import Struct

INVALID: Final = "+15005550001"
"""A number that every one of these services refuses (Twilio's own number for it)."""
LONGEST: Final = 1_600


class Asked(Struct, frozen=True):
    """One request as it came over the wire; header names are in small letters."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        fields = parse_qs(self.body.decode(), strict_parsing=True, keep_blank_values=True)
        assert all(len(values) == 1 for values in fields.values())
        return {name: values[0] for name, values in fields.items()}


class Service:
    """What was asked, and how it fails next: `faults` are used up in order, after which everything is in order.

    A fault is a status to answer with, or: `silence`, `cut` (before an answer), `half` (an answer that breaks off), `garbage`,
    `long`, `empty`, `drip` (an answer that never ends), `elsewhere` (a redirect), `noise` (no HTTP at all).
    """

    content_type = "application/json"

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.faults: deque[str | int] = deque()
        self.connections = 0
        self.arrived = asyncio.Semaphore(0)

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        """Status and body as the service gives them."""
        raise NotImplementedError

    def failure(self, status: int) -> bytes:
        """The body with which the service gives a status of failure."""
        return b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while asked := await _read(reader):
                self.asked.append(asked)
                self.arrived.release()
                fault = self.faults.popleft() if self.faults else None
                if not await self._respond(asked, fault, writer) or asked.headers.get("connection") == "close":
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _respond(self, asked: Asked, fault: str | int | None, writer: asyncio.StreamWriter) -> bool:
        """Answer as told; False where the connection ends with it."""
        if fault is None or isinstance(fault, int):
            status, body = self.answer(asked) if fault is None else (fault, self.failure(fault))
            writer.write(_answer(status, body, self.content_type))
            return True
        if fault == "half":
            whole = _answer(*self.answer(asked), self.content_type)
            writer.write(whole[: (whole.index(b"\r\n\r\n") + len(whole)) // 2])
            await writer.drain()
            writer.transport.abort()
        elif fault in CANNED:
            writer.write(CANNED[fault])
        else:
            await {"silence": _keep_silent, "cut": _cut, "drip": _drip}[fault](writer)
        return False


class Twilio(Service):
    """Twilio's Messages resource, for one account."""

    account, token = "AC0123456789abcdef0123456789abcdef", "to:k/en%"
    refused: ClassVar = {
        INVALID: 21211,
        "+15005550002": 21612,
        "+15005550003": 21408,
        "+15005550004": 21610,
        "+15005550009": 21614,
    }
    """Numbers that Twilio itself sets aside for tests, and the errors they stand for."""

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        login = b64encode(f"{self.account}:{self.token}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {login}":
            return 401, self._error(20003, 401)
        assert (asked.method, asked.path) == ("POST", f"/2010-04-01/Accounts/{self.account}/Messages.json")
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        fields = asked.form
        if fields["To"] in self.refused:
            return 400, self._error(self.refused[fields["To"]], 400)
        if len(fields["Body"]) > LONGEST:
            return 400, self._error(21617, 400)
        if ("From" in fields) == ("MessagingServiceSid" in fields):
            return 400, self._error(21603, 400)
        sent = {"sid": f"SM{len(self.asked):032x}", "status": "queued", "to": fields["To"], "error_code": None}
        return 201, json.dumps(sent).encode()

    def failure(self, status: int) -> bytes:
        return self._error({401: 20003, 429: 20429, 500: 20500, 503: 20503}.get(status, 21603), status)

    @staticmethod
    def _error(code: int, status: int) -> bytes:
        told = {"code": code, "message": f"Said of {INVALID}", "more_info": f"https://www.twilio.com/docs/errors/{code}"}
        return json.dumps({**told, "status": status}).encode()


class Vonage(Service):
    """Vonage's SMS API, which answers 200 also where it refuses."""

    key, secret = "abcd1234", "se/cr:et%"
    part = 70
    """Signs of one part of a Unicode text, near enough."""

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        assert (asked.method, asked.path) == ("POST", "/sms/json")
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        fields = asked.form
        if (fields.get("api_key"), fields.get("api_secret")) != (self.key, self.secret):
            return 200, self.told("4")
        if f"+{fields['to']}" == INVALID:
            return 200, self.told("6")
        if len(fields["text"]) > LONGEST:
            return 200, self.told("12")
        parts = -(-len(fields["text"]) // self.part)
        return 200, self.told(*["0"] * parts)

    def told(self, *statuses: str) -> bytes:
        messages = [
            {"to": "15550100", "message-id": f"{len(self.asked):08X}{n:08X}", "status": "0", "remaining-balance": "15.5"}
            if status == "0"
            else {"status": status, "error-text": f"Said of {INVALID}"}
            for n, status in enumerate(statuses)
        ]
        return json.dumps({"message-count": str(len(messages)), "messages": messages}).encode()


class Sns(Service):
    """Publish of Amazon SNS; the real thing's stand-in, moto, has tests of its own."""

    content_type = "text/xml"
    key, secret, region = "AKIDEXAMPLE", "wJalr/XUtn+FEMI", "us-east-1"

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        assert (asked.method, asked.path) == ("POST", "/")
        if not self._is_signed(asked):
            return 403, self._error("SignatureDoesNotMatch", "The request signature does not match.")
        fields = asked.form
        assert fields["Action"] == "Publish"
        if fields["PhoneNumber"] == INVALID:
            return 400, self._error("InvalidParameter", f"Invalid parameter: PhoneNumber Reason: {INVALID} is not valid")
        if len(fields["Message"]) > LONGEST:
            return 400, self._error("InvalidParameter", "Invalid parameter: Message too long")
        name = f"567910cd-659e-55d4-8ccb-{len(self.asked):012x}"
        return 200, f"<PublishResponse><PublishResult><MessageId>{name}</MessageId></PublishResult></PublishResponse>".encode()

    def failure(self, status: int) -> bytes:
        codes = {400: "MissingParameter", 401: "NotAuthorized", 429: "Throttled", 500: "InternalError", 503: "ServiceUnavailable"}
        return self._error(codes.get(status, "Unknown"), f"Said of {INVALID}")

    @staticmethod
    def _error(code: str, message: str) -> bytes:
        told = f"<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>"
        return f"<ErrorResponse><Error>{told}</Error></ErrorResponse>".encode()

    def _is_signed(self, asked: Asked) -> bool:
        """Signature Version 4, written out here: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html."""
        found = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=(\S+?)/(\d{8})/(\S+?)/sns/aws4_request, SignedHeaders=(\S+), Signature=([0-9a-f]{64})",
            asked.headers["authorization"],
        )
        assert found, asked.headers["authorization"]
        key, day, region, names, given = found.groups()
        assert (key, region) == (self.key, self.region)
        assert {"host", "x-amz-date"} <= set(names.split(";"))
        headers = "".join(f"{name}:{asked.headers[name]}\n" for name in names.split(";"))
        canonical = f"POST\n/\n\n{headers}\n{names}\n{sha256(asked.body).hexdigest()}"
        scope = f"{day}/{region}/sns/aws4_request"
        signed = f"AWS4-HMAC-SHA256\n{asked.headers['x-amz-date']}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        secret = f"AWS4{self.secret}".encode()
        for part in scope.split("/"):
            secret = digest(secret, part.encode(), sha256)
        return digest(secret, signed.encode(), sha256).hex() == given


class Gateway(Service):
    """A gateway of a practice's own, that sends once for each idempotency key."""

    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of the published example

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        headers = asked.headers
        assert (asked.method, asked.path) == ("POST", "/v1/texts")
        assert headers["content-type"] == "application/json"
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + asked.body
        expected = b64encode(digest(b64decode(self.secret.removeprefix("whsec_")), signed, sha256)).decode()
        if headers["webhook-signature"] != f"v1,{expected}":
            return 401, b'{"error":"signature"}'
        text = json.loads(asked.body)
        assert headers["webhook-id"] == headers["idempotency-key"] == text["id"]
        if text["id"] in self.sent:
            return 409, json.dumps({"id": self.sent[text["id"]]}).encode()
        if text["to"] == INVALID or len(text["body"]) > LONGEST:
            return 422, b'{"error":"number"}'
        self.sent[text["id"]] = f"msg_{len(self.sent) + 1}"
        return 202, json.dumps({"id": self.sent[text["id"]], "queued": True}).encode()


@asynccontextmanager
async def open_at(service: Service, *, tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[int]:
    """Keep a service open, and answer its port."""
    tasks: set[asyncio.Task[None]] = set()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await service.serve(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            tasks.discard(task)

    server = await asyncio.start_server(meet, "127.0.0.1", port, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in [*tasks]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, path, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, path, headers, body)


def _answer(status: int, body: bytes, content_type: str) -> bytes:
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unnamed"
    head = f"HTTP/1.1 {status} {phrase}\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _keep_silent(_writer: asyncio.StreamWriter) -> None:
    await asyncio.get_running_loop().create_future()


async def _cut(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


CANNED: Final = {
    "garbage": _answer(200, b"<html>We are doing some maintenance", "text/html"),
    "long": _answer(200, b'{"id":"' + b"x" * 4_000_000 + b'"}', "application/json"),
    "empty": _answer(200, b"", "application/json"),
    "elsewhere": b"HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n",
    "noise": b"220 mx.example ESMTP\r\n",
}
"""Answers that are the same from every service."""
