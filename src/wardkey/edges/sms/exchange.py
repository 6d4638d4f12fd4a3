"""One HTTP request, and what its end says about the text that was in it."""

import asyncio
import re
import ssl
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import httpx
from msgspec import Struct

from wardkey.edges.sms.urls import Address
from wardkey.ports import Deferred, Uncertain, Unreachable

ANSWER_AT_MOST: Final = 65_536
"""Bytes of an answer that are read; the longest of these services takes a few hundred."""
PROVIDER_ID: Final = re.compile(r"[!-~]{1,200}")
NOT_KNOWN: Final = frozenset({502, 504, 520, 524})
"""Somebody between answers for a service that may have taken the text (RFC 9110 §15.6.3 and .5; Cloudflare's 520 and 524)."""


class Waits(Struct, frozen=True):
    """How long each part of a request may take, in seconds."""

    connect: float = 3.0
    answer: float = 10.0
    whole: float = 25.0
    """From beginning to end, also where bytes keep dripping in."""


class Answer(Struct, frozen=True):
    """What came back; the body is empty where it was cut off or too long."""

    status: int
    body: bytes

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status <= 299


class Exchange:
    """Sends requests to one service, each once and on a connection of its own.

    A kept connection that the far side closes at the wrong moment would leave every such text uncertain.
    """

    def __init__(self, address: Address, waits: Waits) -> None:
        self._origin = address.origin
        self._ca = address.ca
        self._waits = waits
        self._turn = asyncio.Lock()
        self._client: httpx.AsyncClient | None = None

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send one request; raises Unreachable where it surely did not arrive, and Uncertain where it may have."""
        client = await self._open()
        try:
            async with asyncio.timeout(self._waits.whole):
                return await self._sent(client, path, body, headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise Unreachable(_told(error)) from None
        except (httpx.TransportError, TimeoutError) as error:
            raise Uncertain(f"no whole answer ({_told(error)})") from None

    async def _sent(self, client: httpx.AsyncClient, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        request = client.build_request("POST", self._origin + path, content=body, headers=headers)
        response = await client.send(request, stream=True)
        try:
            return Answer(response.status_code, await _read(response))
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Let go of what is open; the exchange can be used again."""
        async with self._turn:
            client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _open(self) -> httpx.AsyncClient:
        async with self._turn:
            if self._client is None:
                context = await asyncio.to_thread(ssl.create_default_context, cafile=self._ca or None)
                self._client = httpx.AsyncClient(
                    verify=context,
                    timeout=httpx.Timeout(self._waits.answer, connect=self._waits.connect),
                    limits=httpx.Limits(max_keepalive_connections=0),
                    headers={"user-agent": "Wardkey", "accept": "*/*", "accept-encoding": "identity", "connection": "close"},
                    trust_env=self._origin.startswith("https://"),  # a proxy is not asked for this machine
                    follow_redirects=False,
                )
            return self._client


async def _read(response: httpx.Response) -> bytes:
    """The body; where it is cut off or too long, nothing of it, since the status alone says what a refusal needs to say."""
    found = bytearray()
    try:
        async for part in response.aiter_raw():
            found += part
            if len(found) > ANSWER_AT_MOST:
                return b""
    except httpx.TransportError:
        return b""
    return bytes(found)


def form(fields: Mapping[str, str]) -> bytes:
    """Fields as a form sends them; those that are empty are left out."""
    return urlencode({name: value for name, value in fields.items() if value}).encode()


def provider_id(found: object) -> str:
    """The far side's id for a text that it has taken; raises Uncertain where there is none."""
    if isinstance(found, str) and PROVIDER_ID.fullmatch(found):
        return found
    raise Uncertain("an answer that cannot be understood")


def refusal(status: int, why: str = "") -> Deferred | Uncertain:
    """What a status that is no success says, where the service says nothing clearer."""
    if status in NOT_KNOWN:
        return Uncertain(f"status {status}, from somebody in between")
    return Deferred(f"status {status}{why and f', {why}'}")


def _told(error: Exception) -> str:
    """The kind of failure in words; not its message, which may hold an address."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
