"""A program that speaks to the API as a whole service answers it."""

from base64 import b32decode
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
from msgspec import Struct

from tests.authenticator import Authenticator
from tests.world import PASSWORD, Practice
from wardkey.app import build_app

ADDRESS: Final = "203.0.113.7"
KEY: Final = b"12345678901234567890"
ADA: Final = "ada@example.org"


class Refused(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every member that a refusal may have."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[dict[str, str]]
    reference: str | None = None
    retry_after: int | None = None
    tries_left: int | None = None
    attempt: str | None = None
    step: dict[str, Any] | None = None


class Program:
    """One client; `token` is the session it has, if any, `device` and `trust` what it brings to the next sign-in."""

    def __init__(self, practice: Practice, address: str = ADDRESS) -> None:
        transport = httpx.ASGITransport(app=build_app(practice.service), client=(address, 50_000))  # type: ignore[arg-type]
        self.practice = practice
        self.http = httpx.AsyncClient(transport=transport, base_url=practice.world.settings.public_url)
        self.token = ""
        self.device = ""
        self.trust = ""

    async def send(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """A request under `/api/v1`, with the session where there is one."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        session = {"authorization": f"Bearer {self.token}"} if self.token else {}
        brought = {"wardkey-device": self.device, "wardkey-trust": self.trust}
        headers = {**session, **{name: value for name, value in brought.items() if value}, **named}
        sent = {"json": body} if body is not None else {}
        answered = await self.http.request(method, f"/api/v1{path}", headers=headers, **sent)  # type: ignore[arg-type]
        self._keep(answered)
        return answered

    def _keep(self, answered: httpx.Response) -> None:
        """Remember by what this device is known, as an app does."""
        is_ours = answered.headers.get("content-type") == "application/json" and "/sign-in/" in str(answered.url)
        step = answered.json().get("step", {}) if is_ours else {}
        self.device = step.get("device_token") or self.device
        self.trust = step.get("trust_token") or self.trust

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.send("GET", path, **headers)

    async def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        return await self.send("POST", path, body, **headers)

    async def patch(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        return await self.send("PATCH", path, body, **headers)

    async def delete(self, path: str, **headers: str) -> httpx.Response:
        return await self.send("DELETE", path, **headers)

    async def begin(self, email: str = ADA, password: str = PASSWORD) -> dict[str, Any]:
        """The answer to email and password."""
        answered = await self.post("/sign-in/password", {"email": email, "password": password})
        found: dict[str, Any] = answered.json()
        return found

    async def sign_in(self, email: str = ADA, key: bytes | None = None, password: str = PASSWORD) -> None:
        """Be signed in, with a code where there is a key."""
        shown = await self.begin(email, password)
        if key is not None:
            code = {"method": "totp", "code": self.practice.code(key)}
            shown = (await self.post(f"/sign-in/{shown['attempt']}/mfa", code)).json()
        assert shown["step"]["kind"] == "done", shown
        self.token = shown["step"]["session_token"]

    async def sign_in_with(self, authenticator: Authenticator) -> dict[str, Any]:
        """The answer to a passkey in place of email and password."""
        asked = (await self.post("/sign-in/passkey/options")).json()
        credential = authenticator.get(asked["options"])
        answered = await self.post("/sign-in/passkey", {"attempt": asked["attempt"], "credential": credential})
        found: dict[str, Any] = answered.json()
        return found

    async def close(self) -> None:
        await self.http.aclose()


def copied(template: Path, folder: Path) -> str:
    """The address of a copy of a database, for a service that a whole file of tests shares."""
    path = folder / "wardkey.sqlite3"
    path.write_bytes(template.read_bytes())
    return f"sqlite:///{path}"


def refused(answered: httpx.Response, status: int, code: str, *faults: tuple[str, str]) -> Refused:
    """The refusal of an answer, which has the shape, status, code and faults (field, code) that are expected."""
    assert (answered.status_code, answered.headers["content-type"]) == (status, "application/problem+json"), answered.text
    found = msgspec.json.decode(answered.content, type=Refused)
    assert (found.status, found.code, found.type) == (status, code, f"urn:wardkey:problem:{code}")
    assert found.title
    assert found.detail
    assert [(e["field"], e["code"]) for e in found.errors] == list(faults)
    assert all(e["message"] for e in found.errors)
    return found


def key_of(shown: dict[str, Any]) -> bytes:
    """The key that a set-up of an app shows, in a sign-in or on the security page."""
    return b32decode((shown["setups"]["totp"] if "setups" in shown else shown["setup"])["secret"])
