"""The outermost layer of HTTP: who asks, how much is read, which headers go out, what a failure looks like, one log line.

Failures inside the framework are raised on to here by `RAISE_ON`, so that there is one place that answers them.
"""

import re
from collections.abc import Mapping
from time import perf_counter
from typing import Any, Final, NoReturn, Protocol, cast

import structlog
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from msgspec import Struct

from wardkey.ports import TEXT_STATUS, Unavailable
from wardkey.problems import PROBLEMS
from wardkey.settings import Settings
from wardkey.surfaces import problem_json
from wardkey.surfaces.asgi import Disconnected, Headers, TooLarge, answer, headers_of
from wardkey.surfaces.metrics import METHODS, NO_ROUTE, Metrics
from wardkey.surfaces.request import LANGUAGE_COOKIE, is_same_site, origin_of
from wardkey.surfaces.service import Service
from wardkey.surfaces.visit import KEY, Visit
from wardkey.vocabulary import LANGUAGES, Problem, token_text

log = structlog.get_logger()

BODY_AT_MOST: Final = 65_536
"""Bytes; the longest form there is takes a few thousand."""
API: Final = "/api/"
STATIC: Final = "/static/"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
SECURITY_HEADERS: Final[Headers] = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),  # with no-referrer, browsers on plain http call our own forms' origin `null`
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
]
HSTS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")  # ASVS 5.0 3.4.1
REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
CHOSEN_LANGUAGE: Final = re.compile(rf"(?:^|;)\s*{LANGUAGE_COOKIE}=({'|'.join(LANGUAGES)})\s*(?:;|$)")
CHECKS: Final = frozenset({"/healthz", "/readyz", "/metrics", "/api/v1/session"})
"""Asked by programs so often that a line for each right answer would bury the others; the figures count them all the same."""
LEFT: Final = 499
"""Status in the log of a request whose client left before it was answered; nginx's number."""
CODES: Final = {
    401: "signed_out",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "wrong_content_type",
    429: "too_many_requests",
}
"""HTTP status of what the framework refuses by itself to the code of how it is told."""


class ErrorPage(Protocol):
    """The page that tells a person of a failure; `code` is a key of `PROBLEMS`."""

    def __call__(
        self, visit: Visit, status: int, code: str, retry_after: int | None, reference: str | None
    ) -> tuple[Headers, bytes]: ...


class Asked(Struct, frozen=True):
    """One request as it came in; the framework changes the path in its scope."""

    visit: Visit
    method: str
    is_api: bool
    is_static: bool


class Failed(Struct, frozen=True):
    """A failure as it will be answered."""

    code: str
    retry_after: int | None = None
    allow: str | None = None
    is_ours: bool = False
    """Whether the reference has to be shown, since somebody will look for it in the log."""


def _raise_on(_request: object, error: Exception) -> NoReturn:
    raise error


RAISE_ON: Final[dict[int | type[Exception], Any]] = {Exception: _raise_on}
"""The framework's exception handlers: failures are answered by `front`."""


def front(app: ASGIApp, service: Service, metrics: Metrics, error_page: ErrorPage) -> ASGIApp:
    """`app` behind everything that holds for all answers alike."""
    outer = _Front(app, service, metrics, error_page)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            await outer.serve(scope, receive, send)
        else:
            await app(scope, receive, send)

    return serve


class _Front:
    def __init__(self, app: ASGIApp, service: Service, metrics: Metrics, error_page: ErrorPage) -> None:
        self._app = app
        self._service = service
        self._metrics = metrics
        self._error_page = error_page
        self._headers = security_headers(service.world.settings)

    async def serve(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        begun, headers, path = perf_counter(), headers_of(scope), scope["path"]
        visit = self._visit(scope, headers)
        asked = Asked(visit, scope["method"], is_api=path.startswith(API), is_static=path.startswith(STATIC))
        inner: dict[str, Any] = {**scope, "state": {**scope.get("state", {}), KEY: visit}}
        if asked.method == "HEAD":
            inner["method"] = "GET"
        sender = _Sender(send, self._headers_for(asked), is_head=asked.method == "HEAD")
        try:
            await self._go_in(cast(HTTPScope, inner), _limited(receive), sender, headers, asked)
        except Disconnected:
            sender.status = sender.status or LEFT
        except Exception as error:
            await self._tell(inner, sender, asked, error)
        finally:
            self._note(inner, asked, sender.status, perf_counter() - begun)

    async def _go_in(
        self, scope: HTTPScope, receive: Receive, sender: "_Sender", headers: Mapping[str, str], asked: Asked
    ) -> None:
        if _announces_too_much(headers.get("content-length", "")):
            raise TooLarge
        is_open = asked.is_api or scope["path"].startswith(TEXT_STATUS)  # neither goes by cookies
        if not is_open and not is_same_site(asked.method, headers, self._service.world.settings.public_url):
            await self._refuse(sender, asked, Failed("cross_site"))
            return
        await self._app(scope, receive, sender)

    def _visit(self, scope: HTTPScope, headers: Mapping[str, str]) -> Visit:
        world, given = self._service.world, headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else token_text(world.randomness.bytes(12))
        chosen = CHOSEN_LANGUAGE.search(headers["cookie"]) if LANGUAGE_COOKIE in headers.get("cookie", "") else None
        client = scope["client"]
        peer, language, is_api = client[0] if client else "", chosen.group(1) if chosen else None, scope["path"].startswith(API)
        origin = origin_of(headers, peer, world.settings, request_id, language, is_api=is_api)
        return Visit(self._service, origin)

    def _headers_for(self, asked: Asked) -> Headers:
        return [*self._headers[asked.is_static], (b"x-request-id", asked.visit.origin.request_id.encode())]

    async def _tell(self, scope: Mapping[str, Any], sender: "_Sender", asked: Asked, error: Exception) -> None:
        failed, request_id = _failed(error), asked.visit.origin.request_id
        if isinstance(error, Unavailable):
            self._metrics.count_outage(error)
            note = log.debug if str(error) == "hashing" else log.warning  # the figures tell of overload; lines would add to it
            note("request.unavailable", what=str(error), request_id=request_id)
        elif failed.code == "internal":
            log.error("request.failed", route=_route(scope, asked), request_id=request_id, exc_info=error)
        if sender.status:  # half an answer is out: the connection ends here, so that nobody takes it for a whole one
            raise error
        await self._refuse(sender, asked, failed)

    async def _refuse(self, sender: "_Sender", asked: Asked, failed: Failed) -> None:
        visit, status = asked.visit, PROBLEMS[failed.code].status
        reference = visit.origin.request_id if failed.is_ours else None
        if asked.is_api:
            problem = Problem(code=failed.code, retry_after=failed.retry_after, reference=reference)
            language = visit.origin.language
            headers, body = problem_json.headers_for(problem, language), problem_json.encoded(problem, language)
        else:
            headers, body = self._error_page(visit, status, failed.code, failed.retry_after, reference)
            headers = [*headers, *([(b"retry-after", str(failed.retry_after).encode())] if failed.retry_after else [])]
        if failed.allow:
            headers = [*headers, (b"allow", failed.allow.encode())]
        await answer(sender, status, headers, body)

    def _note(self, scope: Mapping[str, Any], asked: Asked, status: int, seconds: float) -> None:
        """One line and one count for each request; the route stands for the path, which may hold a token."""
        route, method = _route(scope, asked), asked.method if asked.method in METHODS else "other"
        self._metrics.count(route, method, status, seconds)
        note = log.debug if route in CHECKS and status < 400 else log.info
        note(
            "request", method=method, route=route, status=status, ms=round(seconds * 1000, 1),
            request_id=asked.visit.origin.request_id,
        )  # fmt: skip


class _Sender:
    """Sends on, with the headers that every answer has unless it brings its own, and remembers what was answered."""

    def __init__(self, send: Send, headers: Headers, *, is_head: bool) -> None:
        self.status = 0
        self._send = send
        self._headers = headers
        self._is_head = is_head

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = list(message["headers"])
            own = {name for name, _ in given}
            message["headers"] = [*given, *(header for header in self._headers if header[0] not in own)]
        elif self._is_head and message["type"] == "http.response.body":
            message["body"] = b""
        await self._send(message)


def security_headers(settings: Settings) -> tuple[Headers, Headers]:
    """The headers of every answer, and those of static files, which may be kept."""
    always = [*SECURITY_HEADERS, *([HSTS] if settings.is_https else [])]
    return [(b"cache-control", b"no-store"), *always], always


def _failed(error: Exception) -> Failed:
    match error:
        case TooLarge():
            return Failed("too_large")
        case Unavailable():
            return Failed("unavailable", retry_after=error.retry_after, is_ours=True)
        case HTTPException() if error.status_code < 500:
            return Failed(CODES.get(error.status_code, "bad_request"), allow=_allow(error))
        case _:
            return Failed("internal", is_ours=True)


def _allow(error: HTTPException) -> str | None:
    allow = (error.headers or {}).get("allow")
    return f"{allow}, HEAD" if allow and "GET" in allow and "HEAD" not in allow else allow


def _announces_too_much(length: str) -> bool:
    return length.isdigit() and (len(length) > 9 or int(length) > BODY_AT_MOST)


def _limited(receive: Receive) -> Receive:
    """Reads no more than `BODY_AT_MOST` bytes, also of a body whose length was not announced."""
    left = BODY_AT_MOST

    async def read() -> Any:
        nonlocal left
        message = await receive()
        if message["type"] == "http.request":
            left -= len(message.get("body", b""))
            if left < 0:
                raise TooLarge
        return message

    return read


def _route(scope: Mapping[str, Any], asked: Asked) -> str:
    """The template of the route that answered, such as `/verify-email/{token}`."""
    if asked.is_static:
        return STATIC
    found = scope.get("path_template")
    return str(found) if found else NO_ROUTE
