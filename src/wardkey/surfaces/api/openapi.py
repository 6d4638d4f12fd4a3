"""The OpenAPI 3.1 document, made from the same values as the routes."""

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from itertools import groupby
from typing import Any, Final

import msgspec
from msgspec import Struct

from wardkey.problems import PROBLEMS
from wardkey.surfaces import problem_json
from wardkey.surfaces.api.operation import Answered, Operation, Parameter, problems_of
from wardkey.surfaces.problem_json import ProblemDetails
from wardkey.vocabulary import FieldFault, Problem

REFERENCE: Final = "#/components/schemas/{name}"
INTRODUCTION: Final = """
Sign-in, multi-factor authentication and account protection.

**Signing in** is a conversation: `POST /api/v1/sign-in/password` answers `{"attempt", "step"}`, the step says what is asked for,
and its answer is sent to `/api/v1/sign-in/{attempt}/<kind of step, with dashes>`, until the step is `done` (it carries the
session token) or `blocked`.

**A session** is sent as `Authorization: Bearer <session_token>`. Cookies are never read here.

**Refusals** are problem details (RFC 9457). Decide by `code`: it stays the same in every language and release. `title`, `detail`
and each `message` in `errors` are for the person, in the language that Accept-Language asks for (English or Spanish).

**Bodies** are JSON objects of at most 64 KiB. Fields that are not known are refused rather than ignored.
""".strip()
TAGS: Final = {
    "Sign-in": "From a password to a session, step by step.",
    "Sign-up": "A new account, and the proof that its address is right.",
    "Password reset": "A new password by an emailed link. Multi-factor authentication still stands afterwards.",
    "Email address": "Another address by an emailed link, and its undoing from the earlier one.",
    "This wasn't me": "What the link in a notice does: everyone is signed out, and a new password is chosen.",
    "Passwords": "Which passwords are good.",
    "Session": "The session at hand.",
    "My account": "What a signed-in person sees and changes of their own protection.",
}
LICENSE: Final = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
SAMPLE_FAULTS: Final = (FieldFault("email", "email_malformed"),)
Json = dict[str, Any]


def document(operations: Iterable[Operation]) -> Json:
    """The whole document, as values that JSON can hold."""
    listed = tuple(operations)
    kinds = _kinds(listed)
    schemas, components = msgspec.json.schema_components(kinds, schema_hook=_anything, ref_template=REFERENCE)
    schema_of = dict(zip(kinds, schemas, strict=True))
    paths: Json = {}
    for operation in listed:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Wardkey", "version": version("wardkey"), "description": INTRODUCTION, "license": LICENSE},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": {name: _one_of(schema) for name, schema in components.items()},
            "headers": HEADERS,
            "securitySchemes": {
                "session": {"type": "http", "scheme": "bearer", "description": "`session_token` of the step `done`."}
            },
        },
    }


def _anything(kind: type) -> dict[str, object]:
    """The schema of a value that each kind of factor makes as it needs it: any JSON."""
    if kind is object:
        return {"description": "Any JSON."}
    raise NotImplementedError


def encoded(made: Json) -> bytes:
    return msgspec.json.encode(made)


HEADERS: Final[Json] = {
    "X-Request-Id": {
        "description": "The request's name in the log: the one that was sent, or a new one.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    },
    "Retry-After": {"description": "Whole seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
    "WWW-Authenticate": {"description": "The scheme that is asked for.", "schema": {"type": "string"}},
}


def _kinds(operations: Iterable[Operation]) -> list[type[Struct]]:
    """Every kind of struct that is sent or answered, once."""
    found: dict[type[Struct], None] = {ProblemDetails: None}
    for operation in operations:
        told = operation.told
        found |= dict.fromkeys(kind for kind in (operation.body, told.answered.kind, told.refusal) if kind)
    return list(found)


def _operation(operation: Operation, schema_of: Mapping[type[Struct], Json]) -> Json:
    told, answered = operation.told, operation.told.answered
    made: Json = {
        "operationId": told.id,
        "tags": [told.tag],
        "summary": told.summary,
        "responses": {str(answered.status): _answer(answered, schema_of), **_refusals(operation, schema_of)},
        "security": [{"session": []}] if operation.needs_session else [],
    }
    if told.description:
        made["description"] = told.description
    if told.parameters:
        made["parameters"] = [_parameter(parameter) for parameter in told.parameters]
    if operation.body:
        content = _content("application/json", schema_of[operation.body], told.examples)
        made["requestBody"] = {"required": True, "content": content}
    return made


def _answer(answered: Answered, schema_of: Mapping[type[Struct], Json]) -> Json:
    made: Json = {"description": answered.description, "headers": _headers("X-Request-Id")}
    if answered.links:
        made["links"] = {
            link.operation: {
                "operationId": link.operation,
                "parameters": {link.parameter: f"$response.body#{link.pointer}"},
            }
            for link in answered.links
        }
    if answered.kind:
        made["content"] = _content("application/json", schema_of[answered.kind], answered.examples)
    return made


def _refusals(operation: Operation, schema_of: Mapping[type[Struct], Json]) -> Json:
    """One entry for each status, with all its codes and an example of each."""
    codes = sorted(problems_of(operation), key=lambda code: PROBLEMS[code].status)
    return {
        str(status): _refusal(operation, status, tuple(group), schema_of)
        for status, group in groupby(codes, key=lambda code: PROBLEMS[code].status)
    }


def _refusal(operation: Operation, status: int, codes: tuple[str, ...], schema_of: Mapping[type[Struct], Json]) -> Json:
    names = ["X-Request-Id", *(["Retry-After"] if status in (429, 503) else []), *(["WWW-Authenticate"] if status == 401 else [])]
    narrowed = {"properties": {"code": {"enum": list(codes)}, "status": {"const": status}}}
    schema = {"allOf": [schema_of[operation.told.refusal or ProblemDetails], narrowed]}
    return {
        "description": "; ".join(f"`{code}`: {PROBLEMS[code].title}" for code in codes) + ".",
        "headers": _headers(*names),
        "content": _content(problem_json.MEDIA_TYPE, schema, {code: _sample(code) for code in codes}),
    }


def _sample(code: str) -> ProblemDetails:
    entry = PROBLEMS[code]
    faults = SAMPLE_FAULTS if code == "check_fields" else ()
    wait = 30 if entry.status == 429 else 5 if entry.status == 503 else None
    return problem_json.details_of(Problem(code=code, faults=faults, retry_after=wait), "en")


def _one_of(schema: Any) -> Any:
    """The same schema, with `oneOf` where a discriminator says which of several kinds it is (OpenAPI 3.1.0 §4.8.25)."""
    if isinstance(schema, list):
        return [_one_of(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    is_told_apart = "discriminator" in schema
    return {"oneOf" if is_told_apart and key == "anyOf" else key: _one_of(part) for key, part in schema.items()}


def _parameter(parameter: Parameter) -> Json:
    """One parameter. A header that is not what it should be is taken for none, so there any text is allowed."""
    shape = {"pattern": f"^{parameter.pattern}$"} if parameter.pattern else {"minLength": 1}
    schema = {"type": "string", **({} if parameter.place == "header" else shape)}
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.description,
        "schema": schema,
        "example": parameter.example,
    }


def _content(media_type: str, schema: Json, examples: Mapping[str, object]) -> Json:
    made: Json = {"schema": schema}
    if examples:
        made["examples"] = {
            name.replace(" ", "_"): {"summary": name, "value": msgspec.to_builtins(value)} for name, value in examples.items()
        }
    return {media_type: made}


def _headers(*names: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
