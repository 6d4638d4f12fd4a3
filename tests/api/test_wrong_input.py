"""Every body that is not what was asked for is answered with what is wrong, field by field, and never with a failure of ours."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import pytest_asyncio

from tests.api.program import ADA, KEY, Program, copied, refused
from tests.world import Practice, open_practice
from wardkey.settings import LimitSettings
from wardkey.surfaces.api.examples import ATTEMPT, CREDENTIAL
from wardkey.surfaces.api.operation import NoBody, Operation
from wardkey.surfaces.api.routes import OPERATIONS

WITH_BODY: Final = [o for o in OPERATIONS if o.body not in (None, NoBody)]
FIELDS: Final = [(o, f) for o in WITH_BODY for f in msgspec.structs.fields(o.body or NoBody)]
JSON: Final = {"content-type": "application/json"}


def name(value: Any) -> str:
    return value.told.id if isinstance(value, Operation) else value.name


def path(operation: Operation) -> str:
    named = operation.path.replace("{attempt}", ATTEMPT).replace("{credential}", CREDENTIAL)
    return named.removeprefix("/api/v1")


def body(operation: Operation) -> dict[str, Any]:
    """A body of the right shape: the first example of the document."""
    found: dict[str, Any] = msgspec.to_builtins(next(iter(operation.told.examples.values())))
    return found


@pytest_asyncio.fixture(scope="module")
async def signed_in(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> AsyncIterator[Program]:
    """One program for all of this file, since nothing here changes anything; its budgets are wide."""
    url = copied(sqlite_template, tmp_path_factory.mktemp("wrong-input"))
    budgets = [name for name in msgspec.structs.asdict(LimitSettings()) if any(part in name for part in ("per_", "texts"))]
    wide = {name: 1_000_000 for name in budgets if not name.startswith("codes")}
    async with open_practice(url, limits=LimitSettings(**wide)) as practice:
        program = Program(practice)
        await practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        await program.sign_in(key=KEY)
        yield program
        await program.close()


@pytest.mark.parametrize("operation", WITH_BODY, ids=name)
class TestABody:
    async def test_of_another_kind_than_json_is_not_read(self, signed_in: Program, operation: Operation) -> None:
        for kind in (
            "application/x-www-form-urlencoded",
            "text/plain",
            "application/json; charset=utf-16",
            "multipart/form-data",
            "",
        ):
            answered = await signed_in.http.request(
                operation.method,
                f"/api/v1{path(operation)}",
                content=json.dumps(body(operation)),
                headers={"content-type": kind, "authorization": f"Bearer {signed_in.token}"},
            )
            refused(answered, 415, "wrong_content_type")

    @pytest.mark.parametrize(
        "sent",
        [b"", b"{", b'{"email": }', b"nonsense", b"\xff\xfe", b'{"a": "\xff"}', b"{'a': 1}", b'{"a": "\\ud800"}', b"[" * 50_000],
        ids=lambda sent: repr(sent[:20]),
    )
    async def test_that_is_no_json_is_said_to_be_none(self, signed_in: Program, operation: Operation, sent: bytes) -> None:
        refused(await raw(signed_in, operation, sent), 400, "malformed_body")

    @pytest.mark.parametrize("sent", [b"[]", b"null", b"3", b'"text"', b"true"])
    async def test_that_is_no_object_is_said_to_be_none(self, signed_in: Program, operation: Operation, sent: bytes) -> None:
        refused(await raw(signed_in, operation, sent), 400, "malformed_body")

    async def test_larger_than_any_form_is_not_read(self, signed_in: Program, operation: Operation) -> None:
        refused(await raw(signed_in, operation, b'{"a": "' + b"a" * 10_000_000 + b'"}'), 413, "too_large")

    async def test_with_a_field_that_is_not_known_is_refused(self, signed_in: Program, operation: Operation) -> None:
        sent = {**body(operation), "is_admin": True, "\u202e": 1}
        answered = await signed_in.send(operation.method, path(operation), sent)
        refused(answered, 422, "check_fields", ("is_admin", "unknown_field"), ("\u202e", "unknown_field"))


@pytest.mark.parametrize(("operation", "field"), FIELDS, ids=name)
class TestAField:
    async def test_left_out_is_missed_where_it_is_needed(
        self, signed_in: Program, operation: Operation, field: msgspec.structs.FieldInfo
    ) -> None:
        sent = {k: v for k, v in body(operation).items() if k != field.name}
        answered = await signed_in.send(operation.method, path(operation), sent)
        if field.required:
            refused(answered, 422, "check_fields", (field.name, "missing"))
        else:
            assert answered.status_code < 500

    @pytest.mark.parametrize("value", [[], {}, 1.5, 10**30, ["a"]], ids=repr)
    async def test_of_a_wrong_kind_is_named(
        self, signed_in: Program, operation: Operation, field: msgspec.structs.FieldInfo, value: object
    ) -> None:
        if field.name == "credential" and value == {}:
            return
        answered = await signed_in.send(operation.method, path(operation), {**body(operation), field.name: value})
        refused(answered, 422, "check_fields", (field.name, "wrong_type"))

    async def test_beyond_all_lengths_is_named(
        self, signed_in: Program, operation: Operation, field: msgspec.structs.FieldInfo
    ) -> None:
        is_text = field.type is not bool and field.name != "credential"
        answered = await signed_in.send(operation.method, path(operation), {**body(operation), field.name: "a" * 10_000})
        refused(answered, 422, "check_fields", (field.name, "too_long" if is_text else "wrong_type"))

    @pytest.mark.parametrize(
        "value", ["", " ", "\u0000", "a\u0000b", "\u202eabc", "a\u200bb", "\ufeff", "💩" * 100, "'; --", "${7*7}"]
    )
    async def test_with_odd_signs_is_never_a_failure_of_ours(
        self, signed_in: Program, operation: Operation, field: msgspec.structs.FieldInfo, value: str
    ) -> None:
        answered = await signed_in.send(operation.method, path(operation), {**body(operation), field.name: value})
        assert answered.status_code < 500, answered.text
        if answered.status_code >= 400:
            refused(answered, answered.status_code, answered.json()["code"], *errors(answered.json()))


async def test_several_faults_are_told_at_once(program: Program) -> None:
    answered = await program.post("/sign-up", {"name": 3, "password": "a" * 5_000, "x": 1})
    expected = (("name", "wrong_type"), ("email", "missing"), ("password", "too_long"), ("x", "unknown_field"))
    refused(answered, 422, "check_fields", *expected)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("email", "", "email_missing"),
        ("email", "nobody", "email_malformed"),
        ("email", "a\u0000@example.org", "invisible_characters"),
        ("email", "a\u200b@example.org", "invisible_characters"),
        ("email", "\u202ea@example.org", "invisible_characters"),
        ("email", "a@example.org\r\nBcc: b@example.org", "invisible_characters"),
        ("email", "a" * 250 + "@example.org", "email_too_long"),
        ("name", "", "name_missing"),
        ("name", " ", "name_missing"),
        ("name", "Rosa\u0000", "invisible_characters"),
        ("name", "Rosa\u202e", "invisible_characters"),
        ("name", "R" * 101, "name_too_long"),
        ("password", "", "password_missing"),
        ("password", "short", "password_too_short"),
        ("password", "a wide river " * 20, "password_too_long"),
        ("password", "correct horse battery staple", "password_breached"),
        ("password", "aaaaaaaaaaaaaaaaaaaa", "password_predictable"),
    ],
)
@pytest.mark.spec("ACC-5")
async def test_a_sign_up_says_of_each_field_what_is_wrong(program: Program, field: str, value: str, code: str) -> None:
    right = {"name": "Rosa Delgado", "email": "rosa@example.org", "password": "wide river under a paper moon"}
    refused(await program.post("/sign-up", {**right, field: value}), 422, "check_fields", (field, code))


async def test_a_password_may_hold_any_sign_and_is_the_same_however_it_is_composed(
    program: Program, sqlite_practice: Practice
) -> None:
    await sqlite_practice.add_person(ADA, "cafe\u0301 au lait \u0000 \u202e 💩 on Sunday")
    shown = await program.begin(password="caf\u00e9 au lait \u0000 \u202e 💩 on Sunday")
    assert shown["step"]["kind"] == "done"


async def raw(program: Program, operation: Operation, sent: bytes) -> Any:
    headers = {**JSON, "authorization": f"Bearer {program.token}"}
    return await program.http.request(operation.method, f"/api/v1{path(operation)}", content=sent, headers=headers)


def errors(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(e["field"], e["code"]) for e in told["errors"]]
