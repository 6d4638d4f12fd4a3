"""A signed-in person's own protection over the API: what they see, what they change, and that it is only ever their own."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.api.program import ADA, KEY, Program, key_of, refused
from tests.world import PASSWORD, Practice
from wardkey.accounts.rules import MfaMode

NEW = "nine slow trains to the coast"


@pytest.fixture
async def ada(program: Program, sqlite_practice: Practice) -> Program:
    """Signed in with password and authenticator app."""
    await sqlite_practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    await program.sign_in(key=KEY)
    return program


async def test_the_security_page_as_data(ada: Program) -> None:
    shown = (await ada.get("/account/security", user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Firefox/145.0")).json()
    assert (shown["email"], shown["mfa"], shown["can_add"]) == (ADA, "optional", ["totp", "passkey", "sms"])
    assert [m["kind"] for m in shown["methods"]] == ["totp"]
    assert shown["recovery_code"]["is_saved"] is True
    assert [s["is_this"] for s in shown["sessions"]] == [True]
    assert shown["sessions"][0]["place"] == "near Leeds, United Kingdom"
    assert shown["activity"][0]["name"] == "sign_in.succeeded"
    assert shown["activity"][0]["sentence"] == "You signed in with your password and authenticator app."


@pytest.mark.spec("SIGN-6")
async def test_a_new_password_ends_every_other_session_and_signs_in_from_then_on(
    ada: Program, new_program: Callable[..., Program]
) -> None:
    other = new_program()
    ada.practice.clock.advance(timedelta(seconds=30))
    await other.sign_in(key=KEY)
    changed = await ada.post("/account/password", {"current_password": PASSWORD, "new_password": NEW})
    assert changed.status_code == 204
    refused(await other.get("/session"), 401, "signed_out")
    assert (await ada.get("/session")).status_code == 200
    refused(await other.post("/sign-in/password", {"email": ADA, "password": PASSWORD}), 401, "wrong_credentials")
    assert (await other.begin(password=NEW))["step"]["kind"] == "mfa"


@pytest.mark.parametrize(
    ("current", "new", "faults"),
    [
        ("", NEW, [("current_password", "password_missing")]),
        ("not this one", NEW, [("current_password", "current_password_wrong")]),
        ("not this one", "short", [("current_password", "current_password_wrong"), ("new_password", "password_too_short")]),
        (PASSWORD, "okafor-wardkey", [("new_password", "password_has_context")]),
        (PASSWORD, "correct horse battery staple", [("new_password", "password_breached")]),
    ],
)
async def test_a_password_change_says_what_is_wrong(ada: Program, current: str, new: str, faults: list[tuple[str, str]]) -> None:
    answered = await ada.post("/account/password", {"current_password": current, "new_password": new})
    refused(answered, 422, "check_fields", *faults)


async def confirm(program: Program, code: str) -> Any:
    """End the set-up of an app."""
    return await program.post("/account/methods/confirm", {"method": "totp", "code": code})


@pytest.mark.spec("MFA-2", "MFA-6")
async def test_the_first_app_brings_a_recovery_code(program: Program, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(ADA)
    await program.sign_in()
    setup = (await program.post("/account/methods", {"method": "totp"})).json()
    assert (await program.post("/account/methods", {"method": "totp"})).json() == setup
    assert setup["setup"].keys() == {"secret", "uri", "qr_svg"}
    key = key_of(setup)
    for code, fault in (("12345", "code_malformed"), ("000000", "code_not_matching")):
        refused(
            await program.post("/account/methods/confirm", {"method": "totp", "code": code}), 422, "check_fields", ("code", fault)
        )
    added = (await confirm(program, sqlite_practice.code(key))).json()
    assert len(added["recovery_codes"]) == 1
    refused(await confirm(program, sqlite_practice.code(key)), 409, "setup_expired")
    assert (await program.get("/account/security")).json()["recovery_code"]["is_saved"] is False
    assert (await program.post("/account/recovery-codes/saved")).status_code == 204
    assert (await program.get("/account/security")).json()["recovery_code"]["is_saved"] is True


async def test_a_new_app_takes_the_place_of_the_old_one(ada: Program) -> None:
    key = key_of((await ada.post("/account/methods", {"method": "totp"})).json())
    added = await confirm(ada, ada.practice.code(key))
    assert added.json() == {"recovery_codes": []}
    ada.practice.clock.advance(timedelta(seconds=30))
    attempt = (await ada.begin())["attempt"]
    old = await ada.post(f"/sign-in/{attempt}/mfa", {"method": "totp", "code": ada.practice.code(KEY)})
    refused(old, 422, "check_fields", ("code", "code_wrong"))
    new = await ada.post(f"/sign-in/{attempt}/mfa", {"method": "totp", "code": ada.practice.code(key)})
    assert new.json()["step"]["kind"] == "done"


@pytest.mark.spec("MFA-10")
async def test_the_last_method_stays_while_mfa_is_required(program: Program, sqlite_practice: Practice) -> None:
    clinic = await sqlite_practice.add_organization(mfa_mode=MfaMode.REQUIRED)
    await sqlite_practice.add_person(ADA, organization=clinic, totp_key=KEY, recovery_code=True)
    await program.sign_in(key=KEY)
    (method,) = (await program.get("/account/security")).json()["methods"]
    refused(await program.delete(f"/account/methods/{method['id']}"), 409, "last_method")


async def test_a_removed_method_is_gone_and_so_is_the_recovery_code(ada: Program) -> None:
    (method,) = (await ada.get("/account/security")).json()["methods"]
    assert (await ada.delete(f"/account/methods/{method['id']}")).status_code == 204
    refused(await ada.delete(f"/account/methods/{method['id']}"), 404, "method_gone")
    shown = (await ada.get("/account/security")).json()
    assert (shown["methods"], shown["recovery_code"]) == ([], None)
    refused(await ada.post("/account/recovery-codes"), 409, "no_method")
    refused(await ada.post("/account/recovery-codes/saved"), 409, "no_method")


async def test_where_the_practice_turned_mfa_off_no_app_is_set_up(program: Program, sqlite_practice: Practice) -> None:
    clinic = await sqlite_practice.add_organization(mfa_mode=MfaMode.OFF)
    await sqlite_practice.add_person(ADA, organization=clinic)
    await program.sign_in()
    for method in ("totp", "sms"):
        refused(await program.post("/account/methods", {"method": method}), 403, "mfa_is_off")
    passkey = await program.post("/account/methods", {"method": "passkey"})
    assert passkey.status_code == 200, "that one is for signing in as well"


@pytest.mark.spec("MFA-6")
async def test_a_new_recovery_code_works_and_the_old_one_does_not(program: Program, sqlite_practice: Practice) -> None:
    _, old = await sqlite_practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    await program.sign_in(key=KEY)
    (new,) = (await program.post("/account/recovery-codes")).json()["codes"]
    attempt = (await program.begin())["attempt"]
    refused(
        await program.post(f"/sign-in/{attempt}/mfa", {"method": "recovery_code", "code": old}),
        422,
        "check_fields",
        ("code", "recovery_code_wrong"),
    )
    used = await program.post(f"/sign-in/{attempt}/mfa", {"method": "recovery_code", "code": new})
    assert used.json()["step"]["kind"] == "new_recovery_code"


@pytest.mark.spec("SIGN-6")
async def test_sessions_are_listed_and_ended_one_by_one_or_all_others(
    program: Program, new_program: Callable[..., Program], sqlite_practice: Practice
) -> None:
    await sqlite_practice.add_person(ADA)
    others = [new_program() for _ in range(3)]
    for each in (program, *others):
        await each.sign_in()
    listed = (await program.get("/account/sessions")).json()["sessions"]
    assert sorted(s["is_this"] for s in listed) == [False, False, False, True]
    theirs = (await others[0].get("/session")).json()["id"]
    assert (await program.delete(f"/account/sessions/{theirs}")).status_code == 204
    refused(await others[0].get("/session"), 401, "signed_out")
    refused(await program.delete(f"/account/sessions/{theirs}"), 404, "session_gone")
    assert (await program.delete("/account/sessions")).json() == {"ended": 2}
    assert (await program.delete("/account/sessions")).json() == {"ended": 0}
    refused(await others[1].get("/session"), 401, "signed_out")
    assert (await program.get("/session")).status_code == 200


async def test_nothing_of_another_account_can_be_named(
    ada: Program, new_program: Callable[..., Program], sqlite_practice: Practice
) -> None:
    await sqlite_practice.add_person("eve@example.org", totp_key=KEY, recovery_code=True)
    eve = new_program()
    await eve.sign_in("eve@example.org", KEY)
    method = (await ada.get("/account/security")).json()["methods"][0]["id"]
    session = (await ada.get("/session")).json()["id"]
    refused(await eve.delete(f"/account/methods/{method}"), 404, "method_gone")
    refused(await eve.delete(f"/account/sessions/{session}"), 404, "session_gone")
    assert (await ada.get("/session")).status_code == 200
    newest = (await ada.get("/account/activity")).json()["activity"][0]["id"]
    seen = (await eve.get(f"/account/activity?before={newest}")).json()["activity"]
    hers = {e["id"] for e in (await ada.get("/account/activity")).json()["activity"]}
    assert not hers & {e["id"] for e in seen}


async def test_activity_is_paged_newest_first(program: Program, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(ADA)
    for _ in range(25):
        sqlite_practice.clock.advance(timedelta(seconds=1))
        await program.sign_in()
    first = (await program.get("/account/activity")).json()
    assert len(first["activity"]) == 20
    second = (await program.get(f"/account/activity?before={first['before']}")).json()
    assert (len(second["activity"]), second["before"]) == (5, None)
    moments = [e["at"] for e in (*first["activity"], *second["activity"])]
    assert moments == sorted(moments, reverse=True)
    assert len({e["id"] for e in (*first["activity"], *second["activity"])}) == 25


@pytest.mark.parametrize(
    "before", ["", "x", "evt_", "evt_%00", "evt_" + "i" * 26, "evt_" + "0" * 27, "&".join(["before=a"] * 30)]
)
async def test_a_page_that_cannot_be_named_is_refused(ada: Program, before: str) -> None:
    refused(await ada.get(f"/account/activity?before={before}"), 422, "check_fields", ("before", "wrong_type"))


async def test_the_meter_reads_a_password_by_the_rules_for_the_account(ada: Program, new_program: Callable[..., Program]) -> None:
    async def read(asker: Program, password: str) -> dict[str, Any]:
        found: dict[str, Any] = (await asker.post("/password-strength", {"password": password, "name": "Ada Okafor"})).json()
        return found

    stranger = new_program()
    assert await read(stranger, "zqv8 pml2 w") | {"message": ""} == {
        "score": 1, "accepted": False, "code": "password_too_short", "message": "",
    }  # fmt: skip
    assert (await read(ada, "zqv8 pml2 w"))["accepted"] is True
    strong = await read(stranger, "nine slow trains to the coast")
    assert (strong["score"], strong["accepted"], strong["code"]) == (4, True, None)
    assert strong["message"]
    assert (await read(stranger, ""))["code"] == "password_missing"
    assert (await read(stranger, "okaforokaforokafor"))["code"] == "password_has_context"
