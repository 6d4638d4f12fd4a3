"""All routes of the JSON API.

They are one mounted handler: the framework gives handlers without its own request and answer objects no part of the path, and
those objects cost more than most operations here (85 µs each).
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final, cast

import msgspec
from litestar.exceptions import NotFoundException
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler, asgi
from litestar.types import HTTPScope, Receive, Scope, Send
from msgspec import UNSET
from msgspec.structs import asdict

from wardkey.surfaces import problem_json
from wardkey.surfaces.api import (
    account_told,
    devices,
    email_change,
    not_me,
    password_reset,
    password_strength,
    session,
    sign_in_told,
    sign_up,
)
from wardkey.surfaces.api.docs import docs_handlers
from wardkey.surfaces.api.openapi import document, encoded
from wardkey.surfaces.api.operation import Call, Operation, Outcome, Refusal
from wardkey.surfaces.asgi import Headers, answer
from wardkey.vocabulary import Language, Problem

OPERATIONS: Final[tuple[Operation, ...]] = (
    *sign_in_told.OPERATIONS,
    *sign_up.OPERATIONS,
    *password_reset.OPERATIONS,
    *email_change.OPERATIONS,
    *not_me.OPERATIONS,
    *password_strength.OPERATIONS,
    *session.OPERATIONS,
    *account_told.OPERATIONS,
    *devices.OPERATIONS,
)
MOUNTED: Final = "/api/v1"
JSON: Final[Headers] = [(b"content-type", b"application/json")]
ENCODER: Final = msgspec.json.Encoder()


def api_handlers() -> list[ASGIRouteHandler | HTTPRouteHandler]:
    """Everything under `/api`."""
    return [asgi(MOUNTED, is_mount=True, copy_scope=False)(Api(OPERATIONS).serve), *docs_handlers(openapi_document)]


@cache
def openapi_document() -> bytes:
    """The OpenAPI document, encoded; made when it is first asked for."""
    return encoded(document(OPERATIONS))


class Path:
    """One path, with what each method does there."""

    def __init__(self, template: str) -> None:
        self.template = template
        self.by_method: dict[str, Operation] = {}
        self.pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))

    @property
    def allow(self) -> str:
        """The methods, as the Allow header lists them."""
        return ", ".join(sorted({*self.by_method, "OPTIONS", *(("HEAD",) if "GET" in self.by_method else ())}))


class Api:
    """Finds the operation that a request is for, and sends what it answers."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._paths: dict[str, Path] = {}
        for operation in operations:
            self._paths.setdefault(operation.path, Path(operation.path)).by_method[operation.method] = operation
        self._with_parts = [path for template, path in self._paths.items() if "{" in template]

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The mounted handler; the framework has taken the start off the path."""
        asked = cast(HTTPScope, scope)
        path = self._find(asked)
        call, allow = Call(asked, receive), (b"allow", path.allow.encode())
        operation = path.by_method.get(asked["method"])
        if operation is not None:
            await _send(send, operation, await operation.handle(call), call.language)
        elif asked["method"] == "OPTIONS":
            await answer(send, 204, [allow])
        else:
            await _refuse(send, Problem(code="method_not_allowed"), call.language, [allow])

    def _find(self, scope: HTTPScope) -> Path:
        asked = MOUNTED + scope["path"].rstrip("/")
        found = self._paths.get(asked)
        if found is None:
            found, scope["path_params"] = self._find_with_parts(asked)
        scope["path_template"] = found.template
        return found

    def _find_with_parts(self, asked: str) -> tuple[Path, dict[str, str]]:
        for path in self._with_parts:
            match = path.pattern.fullmatch(asked)
            if match:
                return path, match.groupdict()
        raise NotFoundException


async def _send(send: Send, operation: Operation, outcome: Outcome, language: Language) -> None:
    if isinstance(outcome, Problem):
        await _refuse(send, outcome, language)
    elif isinstance(outcome, Refusal):
        await _refuse(send, outcome.problem, language, more=outcome.more)
    elif outcome is None:
        await answer(send, operation.told.answered.status, [])
    else:
        await answer(send, operation.told.answered.status, JSON, ENCODER.encode(outcome))


async def _refuse(
    send: Send, problem: Problem, language: Language, headers: Headers | None = None, more: Mapping[str, object] | None = None
) -> None:
    details = problem_json.details_of(problem, language)
    told = {name: value for name, value in asdict(details).items() if value is not UNSET}
    body = ENCODER.encode(told | dict(more or {}))
    await answer(send, details.status, [*problem_json.headers_for(problem, language), *(headers or [])], body)
