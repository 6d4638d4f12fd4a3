"""A session: who it is, when it ends, what a fresh proof opens, and that nobody else's can be touched."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.api.program import ADA, KEY, Program, refused
from tests.world import PASSWORD, Practice
from wardkey.edges.db.sql import Sql
from wardkey.edges.db.sqlite import LoopConnection
from wardkey.surfaces.api.routes import OPERATIONS

GUARDED = [o for o in OPERATIONS if o.needs_session]


@pytest.fixture
async def ada(program: Program, sqlite_practice: Practice) -> Program:
    """Signed in with password and authenticator app."""
    await sqlite_practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    await program.sign_in(key=KEY)
    return program


@pytest.mark.parametrize("operation", GUARDED, ids=lambda o: o.told.id)
@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer forged", "Basic YWRhOnBhc3N3b3Jk", "Bearer \u00e9", "Bearer " + "a" * 8_000],
    ids=lambda a: a[:20] or "none",
)
async def test_without_a_session_that_counts_nothing_is_read_or_done(
    program: Program, operation: Any, authorization: str
) -> None:
    path = operation.path.replace("{session}", "0" * 32).replace("{credential}", "cred_0")
    headers = {b"authorization": authorization.encode("latin-1")} if authorization else {}
    answered = await program.http.request(operation.method, path, headers=headers)
    refused(answered, 401, "signed_out")
    assert answered.headers["www-authenticate"] == "Bearer"


async def test_the_scheme_is_read_in_any_case(ada: Program) -> None:
    answered = await ada.http.get("/api/v1/session", headers={"authorization": f"bearer {ada.token}"})
    assert answered.status_code == 200


async def test_cookies_are_never_read(ada: Program) -> None:
    cookies = "; ".join(f"{name}={ada.token}" for name in ("wardkey_session", "__Host-wardkey_session"))
    refused(await ada.http.get("/api/v1/session", headers={"cookie": cookies}), 401, "signed_out")


@pytest.mark.spec("SIGN-5")
async def test_a_session_ends_three_hours_after_sign_in_whatever_its_activity(ada: Program) -> None:
    for _ in range(5):
        ada.practice.clock.advance(timedelta(minutes=35))
        assert (await ada.get("/session")).status_code == 200
    ada.practice.clock.advance(timedelta(minutes=5))
    refused(await ada.get("/session"), 401, "signed_out")


@pytest.mark.spec("SIGN-5")
async def test_an_idle_limit_of_the_practice_ends_a_session_sooner(program: Program, sqlite_practice: Practice) -> None:
    clinic = await sqlite_practice.add_organization(idle_minutes=15)
    await sqlite_practice.add_person(ADA, organization=clinic)
    await program.sign_in()
    for _ in range(3):
        sqlite_practice.clock.advance(timedelta(minutes=14))
        assert (await program.get("/session")).status_code == 200
    sqlite_practice.clock.advance(timedelta(minutes=15))
    refused(await program.get("/session"), 401, "signed_out")


async def test_signing_out_ends_the_session_at_once_and_once(ada: Program) -> None:
    answered = await ada.delete("/session")
    assert (answered.status_code, answered.content) == (204, b"")
    refused(await ada.get("/session"), 401, "signed_out")
    refused(await ada.delete("/session"), 401, "signed_out")
    refused(await ada.get("/account/security"), 401, "signed_out")


async def test_the_shown_id_of_a_session_is_no_part_of_its_token_or_of_what_is_stored(ada: Program) -> None:
    shown = (await ada.get("/session")).json()["id"]
    async with ada.practice.units.read() as unit:
        stored = await unit.sessions.live((await ada.get("/session")).json()["account"], ada.practice.clock.now())
    assert len(shown) == 32
    assert all(shown not in s.id and s.id[:8] not in shown for s in stored)


async def test_an_access_token_is_verified_with_the_published_keys(ada: Program) -> None:
    ada.practice.clock.advance(timedelta(hours=2, minutes=58))
    token = (await ada.post("/session/access-token")).json()["access_token"]
    keys = await ada.http.get("/.well-known/jwks.json")
    assert keys.headers["content-type"] == "application/jwk-set+json"
    (key,) = keys.json()["keys"]
    signed, _, signature = token.rpartition(".")
    Ed25519PublicKey.from_public_bytes(plain(key["x"])).verify(plain(signature), signed.encode())
    header, claims = (json.loads(plain(part)) for part in signed.split("."))
    assert (header["typ"], header["kid"]) == ("at+jwt", key["kid"])
    assert claims["sub"] == (await ada.get("/session")).json()["account"]
    assert claims["exp"] - claims["iat"] == 120  # no longer than the session
    assert claims["amr"] == ["pwd", "otp", "mfa"]


def plain(text: str) -> bytes:
    """What base64url without padding stands for."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.spec("MFA-10")
async def test_sensitive_acts_need_a_fresh_proof_which_opens_them_for_five_minutes(ada: Program) -> None:
    acts: list[Callable[[], Any]] = [
        lambda: ada.post("/account/password", {"current_password": PASSWORD, "new_password": "nine slow trains to the coast"}),
        lambda: ada.post("/account/methods", {"method": "totp"}),
        lambda: ada.post("/account/methods/confirm", {"method": "totp", "code": "000000"}),
        lambda: ada.patch("/account/methods/cred_0", {"label": "Mine"}),
        lambda: ada.delete("/account/methods/cred_0"),
        lambda: ada.post("/account/recovery-codes"),
    ]
    ada.practice.clock.advance(timedelta(minutes=5))
    state = (await ada.get("/session/step-up")).json()
    assert state == {"methods": ["totp"], "asked": {}, "is_proven": False, "proven_until": "2026-11-24T12:05:00Z"}
    for act in acts:
        refused(await act(), 403, "step_up_required")

    wrong = await ada.post("/session/step-up", {"method": "totp", "code": "000000"})
    refused(wrong, 422, "check_fields", ("code", "code_wrong"))
    refused(
        await ada.post("/session/step-up", {"method": "password", "password": PASSWORD}),
        422,
        "check_fields",
        ("method", "method_unknown"),
    )
    proven = await ada.post("/session/step-up", {"method": "totp", "code": ada.practice.code(KEY)})
    assert proven.json() == {"methods": ["totp"], "asked": {}, "is_proven": True, "proven_until": "2026-11-24T12:10:00Z"}
    answered = [await act() for act in acts]
    assert [a.status_code for a in answered] == [204, 200, 422, 404, 404, 200]


async def test_where_there_is_no_method_the_password_proves(program: Program, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(ADA)
    await program.sign_in()
    sqlite_practice.clock.advance(timedelta(minutes=6))
    for sent, fault in (("", "password_missing"), ("not this one", "current_password_wrong")):
        answered = await program.post("/session/step-up", {"method": "password", "password": sent})
        refused(answered, 422, "check_fields", ("password", fault))
    proven = await program.post("/session/step-up", {"method": "password", "password": PASSWORD})
    assert proven.json()["is_proven"] is True


async def test_a_check_is_one_statement(ada: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Sql] = []
    for name in ("all", "one", "run"):
        monkeypatch.setattr(LoopConnection, name, noting(asked, getattr(LoopConnection, name)))
    assert (await ada.get("/session")).status_code == 200
    assert len(asked) == 1


def noting(asked: list[Sql], run: Callable[..., Any]) -> Callable[..., Any]:
    """A way to run a statement that also remembers it."""

    async def noted(connection: LoopConnection, sql: Sql, **values: object) -> Any:
        asked.append(sql)
        return await run(connection, sql, **values)

    return noted


async def test_answers_are_what_the_document_says_they_are(ada: Program) -> None:
    kinds = {o.told.id: o.told.answered.kind for o in OPERATIONS}
    for path, name in (
        ("/session", "getSession"),
        ("/session/step-up", "getStepUp"),
        ("/account/security", "getSecurity"),
        ("/account/activity", "listActivity"),
        ("/account/sessions", "listSessions"),
    ):
        kind = kinds[name]
        assert kind is not None
        answered = (await ada.get(path)).json()
        assert answered.keys() == set(kind.__struct_fields__)
        msgspec.convert(answered, kind)
