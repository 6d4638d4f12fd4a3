"""Two visitors with the same verbs: one uses the pages, the other the API. What each is shown is noted in the same words."""

import re
from base64 import b32decode
from collections.abc import Callable
from typing import Any, Final, Protocol

import httpx
from msgspec import Struct

from tests.api.program import Program
from tests.pages.visitor import Visitor
from tests.world import Practice
from wardkey.app import build_app
from wardkey.problems import FAULTS, PROBLEMS

HEADINGS: Final = {
    "Sign in": "first_factor",
    "Check your email": "verify_email",
    "Enter your code": "mfa",
    "Enter your recovery code": "mfa",
    "Set up your authenticator app": "enroll_mfa",
    "Save your recovery code": "new_recovery_code",
    "Choose a longer password": "change_password",
}


class Shown(Struct, frozen=True):
    """What a visitor is shown: the step, why the last command was refused, and what is wrong with its fields."""

    step: str
    code: str = ""
    faults: tuple[str, ...] = ()


class Anybody(Protocol):
    """The verbs of signing in."""

    key: bytes
    """What the set-up of an app showed."""
    codes: tuple[str, ...]
    """The recovery codes shown last."""

    async def sign_in(self, email: str, password: str) -> Shown: ...

    async def look(self) -> Shown: ...

    async def send(self, step: str, **fields: Any) -> Shown:
        """Send a command to a step, whether or not it is the one that is owed."""
        ...

    async def close(self) -> None: ...


class Mobile:
    """A program on the API."""

    def __init__(self, practice: Practice) -> None:
        self._program = Program(practice)
        self._attempt = "none"
        self.key = b""
        self.codes: tuple[str, ...] = ()

    async def sign_in(self, email: str, password: str) -> Shown:
        return self._shown(await self._program.post("/sign-in/password", {"email": email, "password": password}))

    async def look(self) -> Shown:
        return self._shown(await self._program.get(f"/sign-in/{self._attempt}"))

    async def send(self, step: str, **fields: Any) -> Shown:
        return self._shown(await self._program.post(f"/sign-in/{self._attempt}/{step}", fields))

    def _shown(self, answer: httpx.Response) -> Shown:
        told = answer.json()
        self._attempt = told.get("attempt") or self._attempt
        step = told["step"]
        app = step.get("setups", {}).get("totp", {})
        self.key = b32decode(app["secret"]) if app else self.key
        self.codes = tuple(step.get("codes", self.codes))
        code = told.get("code", step.get("code", ""))
        code = "" if code == "wrong_step" else code  # a page shows the step that is owed, and that says enough
        return Shown(step["kind"], code, tuple(sorted(e["code"] for e in told.get("errors", []))))

    async def close(self) -> None:
        await self._program.close()


class Browser:
    """A person with a browser that runs no scripts."""

    def __init__(self, practice: Practice) -> None:
        transport = httpx.ASGITransport(app=build_app(practice.service), client=("203.0.113.7", 50_000))  # type: ignore[arg-type]
        self._visitor = Visitor(httpx.AsyncClient(transport=transport, base_url=practice.world.settings.public_url))
        self.key = b""
        self.codes: tuple[str, ...] = ()

    async def sign_in(self, email: str, password: str) -> Shown:
        await self._visitor.sign_in(email, password)
        return self._shown()

    async def look(self) -> Shown:
        await self._visitor.open("/sign-in/continue")
        return self._shown()

    async def send(self, step: str, **fields: Any) -> Shown:
        ticked = {name: "yes" for name, value in fields.items() if value is True}
        typed = {name: value for name, value in fields.items() if isinstance(value, str)}
        await self._visitor.post(f"/sign-in/{step}", {**typed, **ticked})
        return self._shown()

    def _shown(self) -> Shown:
        page = self._visitor.page
        if page.path == "/":
            return Shown("done")
        key = next(page.root.all("", id="setup-key"), None)
        self.key = b32decode(key.text.replace(" ", "")) if key else self.key
        codes = next(page.root.all("", id="recovery-codes"), None)
        self.codes = tuple(codes.text.replace(" ", "").split()) if codes else self.codes
        faults = tuple(sorted(_fault(node.text) for node in page.root.all("", class_="field-fault") if node.text))
        step = HEADINGS.get(page.heading, "blocked")
        code = _code(page.heading if step == "blocked" else page.notice())
        return Shown(step, code or ("check_fields" if faults else ""), faults)

    async def close(self) -> None:
        await self._visitor.client.aclose()


VISITORS: Final[dict[str, Callable[[Practice], Anybody]]] = {"pages": Browser, "api": Mobile}


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
