"""Two visitors with the same verbs: one uses the pages, the other the API. What each is shown is noted in the same words."""

import json
import re
from base64 import b32decode
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import httpx
from msgspec import Struct

from tests.api.program import Program
from tests.authenticator import Authenticator
from tests.pages.visitor import Visitor
from tests.world import Practice
from wardkey.app import build_app
from wardkey.problems import FAULTS, PROBLEMS

HEADINGS: Final = {
    "Sign in": "first_factor",
    "Check your email": "verify_email",
    "Enter your code": "mfa",
    "Use your passkey": "mfa",
    "Enter your password too": "mfa",
    "Another step is needed": "mfa",
    "Enter your recovery code": "mfa",
    "Set up your authenticator app": "enroll_mfa",
    "Set up text messages": "enroll_mfa",
    "Set up a passkey": "enroll_mfa",
    "Save your recovery code": "new_recovery_code",
    "Choose a longer password": "change_password",
    "Sign in faster next time": "offer_passkey",
    "Confirm that it is you": "step_up",
}
WITH_PASSKEY: Final = "That passkey did not sign you in"
NOTHING_ASKED: Final[dict[str, Any]] = {"rpId": "localhost", "challenge": "", "rp": {"id": "localhost"}}


class Shown(Struct, frozen=True):
    """What a visitor is shown: the step, why the last command was refused, and what is wrong with its fields."""

    step: str
    code: str = ""
    faults: tuple[str, ...] = ()


class Anybody(Protocol):
    """The verbs of signing in, and of proving again that it is you."""

    key: bytes
    """What the set-up of an app showed."""
    codes: tuple[str, ...]
    """The recovery codes shown last."""
    options: Mapping[str, Any]
    """What a passkey was last asked for."""

    async def sign_in(self, email: str, password: str, *, can_hold_passkey: bool = False) -> Shown: ...

    async def sign_in_with(self, authenticator: Authenticator) -> Shown:
        """Sign in with a passkey in place of email and password."""
        ...

    async def look(self) -> Shown: ...

    async def send(self, step: str, **fields: Any) -> Shown:
        """Send a command to a step, whether or not it is the one that is owed."""
        ...

    async def look_at_proof(self) -> Shown:
        """Whether a fresh proof counts: `proven` or `step_up`."""
        ...

    async def ask_proof(self, method: str) -> Shown: ...

    async def prove(self, method: str, **answer: Any) -> Shown: ...

    async def close(self) -> None: ...


class Mobile:
    """A program on the API."""

    def __init__(self, practice: Practice) -> None:
        self._program = Program(practice)
        self._attempt = "none"
        self.key = b""
        self.codes: tuple[str, ...] = ()
        self.options: Mapping[str, Any] = NOTHING_ASKED

    async def sign_in(self, email: str, password: str, *, can_hold_passkey: bool = False) -> Shown:
        sent = {"email": email, "password": password, "platform_authenticator": can_hold_passkey}
        return self._shown(await self._program.post("/sign-in/password", sent))

    async def sign_in_with(self, authenticator: Authenticator) -> Shown:
        asked = (await self._program.post("/sign-in/passkey/options")).json()
        sent = {"attempt": asked["attempt"], "credential": authenticator.get(asked["options"])}
        return self._shown(await self._program.post("/sign-in/passkey", sent))

    async def look(self) -> Shown:
        return self._shown(await self._program.get(f"/sign-in/{self._attempt}"))

    async def send(self, step: str, **fields: Any) -> Shown:
        return self._shown(await self._program.post(f"/sign-in/{self._attempt}/{step}", fields))

    async def look_at_proof(self) -> Shown:
        return self._proof(await self._program.get("/session/step-up"))

    async def ask_proof(self, method: str) -> Shown:
        return self._proof(await self._program.post("/session/step-up/ask", {"method": method}))

    async def prove(self, method: str, **answer: Any) -> Shown:
        return self._proof(await self._program.post("/session/step-up", {"method": method, **answer}))

    def _shown(self, answer: httpx.Response) -> Shown:
        told = answer.json()
        self._attempt = told.get("attempt") or self._attempt
        step = told["step"]
        self._program.token = step.get("session_token", self._program.token)
        app = step.get("setups", {}).get("totp", {})
        self.key = b32decode(app["secret"]) if app else self.key
        self.codes = tuple(step.get("codes", self.codes))
        asked = step.get("asked", {}) | step.get("setups", {}) | ({"passkey": step} if "options" in step else {})
        self.options = asked.get("passkey", {}).get("options", self.options)
        code = told.get("code", step.get("code", ""))
        code = "" if code == "wrong_step" else code  # a page shows the step that is owed, and that says enough
        return Shown(step["kind"], code, _faults_of(told))

    def _proof(self, answer: httpx.Response) -> Shown:
        told = answer.json()
        self.options = told.get("asked", {}).get("passkey", {}).get("options", self.options)
        return Shown("proven" if told.get("is_proven") else "step_up", told.get("code", ""), _faults_of(told))

    async def close(self) -> None:
        await self._program.close()


class Browser:
    """A person with a browser. It runs no scripts of ours; what those do with a passkey is done here."""

    def __init__(self, practice: Practice) -> None:
        transport = httpx.ASGITransport(app=build_app(practice.service), client=("203.0.113.7", 50_000))  # type: ignore[arg-type]
        self._visitor = Visitor(httpx.AsyncClient(transport=transport, base_url=practice.world.settings.public_url))
        self.key = b""
        self.codes: tuple[str, ...] = ()
        self.options: Mapping[str, Any] = NOTHING_ASKED

    async def sign_in(self, email: str, password: str, *, can_hold_passkey: bool = False) -> Shown:
        await self._visitor.open("/sign-in?again=1")
        await self._visitor.send(email=email, password=password, can_hold_passkey="yes" if can_hold_passkey else "")
        return self._shown()

    async def sign_in_with(self, authenticator: Authenticator) -> Shown:
        asked = (await self._visitor.post_only("/sign-in/passkey/options", {})).json()
        credential = json.dumps(authenticator.get(asked["options"]))
        await self._visitor.post("/sign-in/passkey", {"token": asked["token"], "credential": credential})
        return self._shown()

    async def look(self) -> Shown:
        await self._visitor.open("/sign-in/continue")
        return self._shown()

    async def send(self, step: str, **fields: Any) -> Shown:
        await self._visitor.post(f"/sign-in/{step}", _form(fields))
        return self._shown()

    async def look_at_proof(self) -> Shown:
        await self._visitor.open("/account/confirm?return_to=/account/security")
        return self._shown()

    async def ask_proof(self, method: str) -> Shown:
        await self._visitor.post("/account/confirm/ask", {"method": method, "return_to": "/account/security"})
        return self._shown()

    async def prove(self, method: str, **answer: Any) -> Shown:
        await self._visitor.post("/account/confirm", {"method": method, "return_to": "/account/security", **_form(answer)})
        return self._shown()

    def _shown(self) -> Shown:
        page = self._visitor.page
        if page.path in ("/", "/account/security"):
            return Shown("done" if page.path == "/" else "proven")
        key = next(page.root.all("", id="setup-key"), None)
        self.key = b32decode(key.text.replace(" ", "")) if key else self.key
        codes = next(page.root.all("", id="recovery-codes"), None)
        self.codes = tuple(codes.text.replace(" ", "").split()) if codes else self.codes
        asking = next((form for form in page.root.all("form") if "data-options" in form.attributes), None)
        self.options = json.loads(asking.attributes["data-options"]) if asking else self.options
        faults = [_fault(node.text) for node in page.root.all("", class_="field-fault") if node.text]
        if WITH_PASSKEY in page.notice():
            faults.append(_fault(page.notice()))
        step = HEADINGS.get(page.heading, "blocked")
        code = _code(page.heading if step == "blocked" else page.notice())
        return Shown(step, code or ("check_fields" if faults else ""), tuple(sorted(faults)))

    async def close(self) -> None:
        await self._visitor.client.aclose()


VISITORS: Final[dict[str, Callable[[Practice], Anybody]]] = {"pages": Browser, "api": Mobile}


def _form(fields: Mapping[str, Any]) -> dict[str, str]:
    """Fields as a form sends them: boxes that are ticked, text, and what a passkey answered as JSON."""
    ticked = {name: "yes" for name, value in fields.items() if value is True}
    typed = {name: value for name, value in fields.items() if isinstance(value, str)}
    return {**typed, **ticked, **{name: json.dumps(value) for name, value in fields.items() if isinstance(value, dict)}}


def _faults_of(told: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(error["code"] for error in told.get("errors", [])))


def _code(told: str) -> str:
    """The problem whose title a text begins with; longer titles first, since one may begin another."""
    known = sorted(((entry.title, code) for code, entry in PROBLEMS.items()), key=lambda pair: -len(pair[0]))
    found = {code for title, code in known if told.startswith(title)}
    narrowed = {code for code in found if _reads(PROBLEMS[code].detail, told)}
    return next(iter(narrowed or found), "")


def _fault(told: str) -> str:
    return next(code for code, sentence in FAULTS.items() if _reads(sentence, told))


def _reads(sentence: str, told: str) -> bool:
    """Whether a text holds a sentence, whatever its places were filled with."""
    return re.search(re.sub(r"%\\?\(\w+\\?\)s", ".+", re.escape(sentence)), told) is not None
