"""The OpenAPI document: valid, complete, true in its examples, and read by the viewer without anything from elsewhere."""

import json
import re
from typing import Any, Final

import jsonschema_rs
import pytest
import schemathesis

from tests.api.program import Program
from wardkey.problems import PROBLEMS
from wardkey.surfaces.api.openapi import TAGS
from wardkey.surfaces.api.operation import problems_of
from wardkey.surfaces.api.routes import OPERATIONS, openapi_document

DOCUMENT: Final[dict[str, Any]] = json.loads(openapi_document())
TOLD: Final = [(path, method, told) for path, by_method in DOCUMENT["paths"].items() for method, told in by_method.items()]


def ids(value: object) -> str:
    return value.get("operationId", "") if isinstance(value, dict) else str(value)


def test_the_document_is_a_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(DOCUMENT).validate()
    for name, schema in DOCUMENT["components"]["schemas"].items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        assert schema.get("description"), name


def test_every_reference_leads_somewhere() -> None:
    for pointer in set(re.findall(r'"#(/[^"]+)"', openapi_document().decode())):
        found: Any = DOCUMENT
        for part in pointer.strip("/").split("/"):
            found = found[part]


async def test_it_is_served_as_it_is(program: Program) -> None:
    answered = await program.http.get("/api/openapi.json")
    assert answered.headers["content-type"] == "application/json"
    assert answered.json() == DOCUMENT


async def test_every_route_is_documented_and_every_documented_one_is_a_route(program: Program) -> None:
    assert {(o.path, o.method.lower()) for o in OPERATIONS} == {(path, method) for path, method, _ in TOLD}
    for path, by_method in DOCUMENT["paths"].items():
        answered = await program.http.options(re.sub(r"\{\w+\}", "x", path))
        allowed = set(answered.headers["allow"].lower().split(", ")) - {"options", "head"}
        assert allowed == set(by_method), path


@pytest.mark.parametrize(("path", "method", "told"), TOLD, ids=ids)
def test_an_operation_is_told_in_full(path: str, method: str, told: dict[str, Any]) -> None:
    operation = next(o for o in OPERATIONS if (o.path, o.method.lower()) == (path, method))
    assert told["summary"]
    assert told["tags"][0] in TAGS
    assert told["security"] == ([{"session": []}] if operation.needs_session else [])
    assert [p["name"] for p in told.get("parameters", []) if p["in"] == "path"] == re.findall(r"\{(\w+)\}", path)
    assert ("requestBody" in told) == (operation.body is not None)
    codes = {
        code
        for status, answer in told["responses"].items()
        if int(status) >= 400
        for code in answer["content"]["application/problem+json"]["examples"]
    }
    assert codes == set(problems_of(operation))
    for status, answer in told["responses"].items():
        if int(status) in (429, 503):
            assert "Retry-After" in answer["headers"]


def test_no_two_operations_share_an_id() -> None:
    names = [told["operationId"] for _, _, told in TOLD]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("path", "method", "told"), TOLD, ids=ids)
def test_every_example_is_true_to_its_schema(path: str, method: str, told: dict[str, Any]) -> None:
    contents = [answer.get("content", {}) for answer in told["responses"].values()]
    contents.append(told.get("requestBody", {}).get("content", {}))
    count = 0
    for content in contents:
        for of_type in content.values():
            check = jsonschema_rs.validator_for({**of_type["schema"], "components": DOCUMENT["components"]})
            for example in of_type["examples"].values():
                check.validate(example["value"])
                count += 1
    assert count >= 3
    for parameter in told.get("parameters", []):
        assert re.fullmatch(parameter["schema"].get("pattern", ".+"), parameter["example"])


def test_steps_are_told_apart_by_their_kind() -> None:
    step = DOCUMENT["components"]["schemas"]["SignInStep"]["properties"]["step"]
    assert step["discriminator"]["propertyName"] == "kind"
    assert {ref["$ref"] for ref in step["oneOf"]} == set(step["discriminator"]["mapping"].values())
    assert {"mfa", "enroll_mfa", "new_recovery_code", "change_password", "verify_email", "done", "blocked"} <= set(
        step["discriminator"]["mapping"]
    )


def test_codes_of_the_document_have_their_words() -> None:
    assert {code for o in OPERATIONS for code in problems_of(o)} <= set(PROBLEMS)
