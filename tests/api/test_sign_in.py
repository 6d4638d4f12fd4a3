"""The first story over the API, on both databases; and every way in which a step can be answered wrongly."""

from datetime import timedelta

import pytest

from tests.api.program import ADA, KEY, Program, key_of, refused
from tests.world import PASSWORD, Practice
from wardkey.accounts.rules import MfaMode, Status

UNDERWAY = (
    "verify-email", "mfa", "mfa/ask", "enroll-mfa", "enroll-mfa/begin", "new-recovery-code", "change-password", "offer-passkey",
)  # fmt: skip
BODIES = {
    "verify-email": {},
    "mfa": {"method": "totp", "code": "000000"},
    "mfa/ask": {"method": "sms"},
    "enroll-mfa": {"method": "totp", "code": "000000"},
    "enroll-mfa/begin": {"method": "sms", "number": "+12025550123"},
    "offer-passkey": {"choice": "never"},
    "new-recovery-code": {"saved": True},
    "change-password": {"password": "nine slow trains to the coast"},
}


@pytest.mark.spec("SIGN-1", "MFA-2", "MFA-6", "MFA-7")
async def test_a_provider_sets_up_mfa_saves_the_recovery_code_and_is_in(elsewhere: Program, practice: Practice) -> None:
    clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
    await practice.add_person(ADA, organization=clinic)
    shown = await elsewhere.begin()
    attempt, step = shown["attempt"], shown["step"]
    assert (step["kind"], step["methods"]) == ("enroll_mfa", ["totp", "passkey", "sms"])
    shown_app = step["setups"]["totp"]
    assert shown_app["uri"].startswith("otpauth://totp/Wardkey:ada@example.org?secret=" + shown_app["secret"])
    assert shown_app["qr_svg"].startswith("<svg")

    looked = await elsewhere.get(f"/sign-in/{attempt}")
    assert looked.json() == shown

    code = {"method": "totp", "code": practice.code(key_of(step))}
    shown = (await elsewhere.post(f"/sign-in/{attempt}/enroll-mfa", code)).json()
    assert shown["step"]["kind"] == "new_recovery_code"
    (recovery,) = shown["step"]["codes"]

    not_yet = await elsewhere.post(f"/sign-in/{attempt}/new-recovery-code", {"saved": False})
    assert refused(not_yet, 422, "check_fields", ("saved", "recovery_code_not_saved")).step == shown["step"]

    done = await elsewhere.post(f"/sign-in/{attempt}/new-recovery-code", {"saved": True})
    assert done.json()["step"].keys() == {
        "kind", "session_token", "access_token", "expires_at", "device_token", "trust_token", "trusted_until",
    }  # fmt: skip
    assert (done.json()["step"]["trust_token"], done.json()["step"]["trusted_until"]) == (None, None)
    elsewhere.token = done.json()["step"]["session_token"]
    session = (await elsewhere.get("/session")).json()
    assert (session["email"], session["role"], session["amr"]) == (ADA, "provider", ["pwd", "otp", "mfa"])
    assert session["organization"] == "Maple Street Clinic"
    assert session["expires_at"] == done.json()["step"]["expires_at"] == "2026-11-24T15:00:00Z"

    again = await elsewhere.begin()
    assert again["step"] == {"kind": "mfa", "methods": ["totp", "recovery_code"], "asked": {}, "trust_days": 14}
    used = await elsewhere.post(f"/sign-in/{again['attempt']}/mfa", {"method": "recovery_code", "code": recovery})
    assert used.json()["step"]["kind"] == "new_recovery_code"


async def test_somebody_without_a_second_factor_and_with_a_long_password_is_in_at_once(
    program: Program, sqlite_practice: Practice
) -> None:
    await sqlite_practice.add_person(ADA)
    await program.sign_in()
    assert (await program.get("/session")).json()["amr"] == ["pwd"]


async def test_a_short_password_that_nothing_else_protects_is_changed_on_the_way(
    program: Program, sqlite_practice: Practice
) -> None:
    await sqlite_practice.add_person(ADA, "tea pot 9!")
    shown = await program.begin(password="tea pot 9!")
    assert shown["step"] == {"kind": "change_password", "minimum_length": 15}
    path = f"/sign-in/{shown['attempt']}/change-password"
    refused(await program.post(path, {"password": "tea pot 10!"}), 422, "check_fields", ("password", "password_too_short"))
    refused(
        await program.post(path, {"password": "correct horse battery staple"}),
        422,
        "check_fields",
        ("password", "password_breached"),
    )
    done = await program.post(path, {"password": PASSWORD})
    assert done.json()["step"]["kind"] == "done"


async def test_an_unconfirmed_address_is_confirmed_on_the_way(program: Program, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(ADA, status=Status.UNVERIFIED, email_verified_at=None)
    shown = await program.begin()
    assert shown["step"] == {"kind": "verify_email", "email": "a••••@example.org"}
    path = f"/sign-in/{shown['attempt']}/verify-email"
    refused(await program.post(path, {}), 409, "email_not_verified")
    assert (await program.post(path, {"resend": True})).json() == shown
    await sqlite_practice.deliver()
    (mail,) = sqlite_practice.mails_to(ADA)
    token = mail.text.partition("/verify-email/")[2].split()[0]
    assert (await program.post("/email-verification/confirm", {"token": token, "password": PASSWORD})).json() == {"email": ADA}
    assert (await program.post(path, {})).json()["step"]["kind"] == "done"


@pytest.mark.spec("ACC-7")
async def test_known_and_unknown_addresses_are_answered_alike(program: Program, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person("someone@example.org", totp_key=KEY)
    known = await program.post("/sign-in/password", {"email": "someone@example.org", "password": "wrong wrong wrong"})
    unknown = await program.post("/sign-in/password", {"email": "nobodyy@example.org", "password": "wrong wrong wrong"})
    for answered in (known, unknown):
        assert refused(answered, 401, "wrong_credentials").step == {"kind": "first_factor"}
        assert answered.headers["www-authenticate"] == "Bearer"
    assert [*known.headers] == [*unknown.headers]
    assert len(known.content) == len(unknown.content)
    differing = {"x-request-id"}
    assert {n: v for n, v in known.headers.items() if n not in differing} == {
        n: v for n, v in unknown.headers.items() if n not in differing
    }
    assert known.json() | {"reference": ""} == unknown.json() | {"reference": ""}


@pytest.mark.spec("MFA-12", "SIGN-7")
async def test_five_wrong_codes_end_a_sign_in_with_words_and_a_reference(program: Program, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    attempt = (await program.begin())["attempt"]
    wrong = {"method": "totp", "code": "000000"}
    for left in (4, 3, 2, 1):
        found = refused(await program.post(f"/sign-in/{attempt}/mfa", wrong), 422, "check_fields", ("code", "code_wrong"))
        assert (found.tries_left, found.attempt, (found.step or {})["kind"]) == (left, attempt, "mfa")
    last = refused(await program.post(f"/sign-in/{attempt}/mfa", wrong), 403, "codes_used_up")
    assert last.step
    assert (last.step["kind"], last.step["code"]) == ("blocked", "codes_used_up")
    assert last.step["reference"] == last.reference
    assert len(last.reference or "") == 9
    right = {"method": "totp", "code": sqlite_practice.code(KEY)}
    refused(await program.post(f"/sign-in/{attempt}/mfa", right), 403, "codes_used_up")
    looked = await program.get(f"/sign-in/{attempt}")
    assert (looked.status_code, looked.json()["step"]["kind"]) == (200, "blocked")


async def test_too_many_wrong_passwords_are_told_to_wait(program: Program, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(ADA)
    wrong = {"email": ADA, "password": "not this one, surely"}
    for _ in range(10):
        refused(await program.post("/sign-in/password", wrong), 401, "wrong_credentials")
    answered = await program.post("/sign-in/password", wrong)
    found = refused(answered, 429, "too_many_passwords")
    assert answered.headers["retry-after"] == str(found.retry_after) == "900"
    assert "15 minutes" in found.detail


async def test_a_suspended_account_is_stopped_with_a_reference_and_told_whom_to_ask(
    program: Program, sqlite_practice: Practice
) -> None:
    await sqlite_practice.add_person(ADA, status=Status.SUSPENDED)
    shown = await program.begin()
    assert shown["step"]["kind"] == "blocked"
    assert shown["step"]["code"] == "account_suspended"
    assert "reference" in shown["step"]["detail"]


async def test_a_code_works_once_and_a_finished_sign_in_gives_no_second_session(
    program: Program, sqlite_practice: Practice
) -> None:
    await sqlite_practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    first, second = await program.begin(), await program.begin()
    code = {"method": "totp", "code": sqlite_practice.code(KEY)}
    assert (await program.post(f"/sign-in/{first['attempt']}/mfa", code)).json()["step"]["kind"] == "done"
    replayed = await program.post(f"/sign-in/{second['attempt']}/mfa", code)
    refused(replayed, 422, "check_fields", ("code", "code_spent"))
    refused(await program.post(f"/sign-in/{first['attempt']}/mfa", code), 409, "attempt_finished")
    looked = (await program.get(f"/sign-in/{first['attempt']}")).json()
    assert (looked["step"]["kind"], looked["step"]["code"]) == ("blocked", "attempt_finished")
    assert "session_token" not in looked["step"]


async def test_a_sign_in_that_took_too_long_has_ended(program: Program, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    attempt = (await program.begin())["attempt"]
    sqlite_practice.clock.advance(timedelta(minutes=10))
    code = {"method": "totp", "code": sqlite_practice.code(KEY)}
    refused(await program.post(f"/sign-in/{attempt}/mfa", code), 403, "attempt_expired")


@pytest.mark.parametrize("step", UNDERWAY)
async def test_a_forged_attempt_leads_nowhere(program: Program, step: str) -> None:
    answered = await program.post(f"/sign-in/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/{step}", BODIES[step])
    found = refused(answered, 404, "attempt_unknown")
    assert found.step == {"kind": "first_factor"}
    assert found.attempt is None


@pytest.mark.parametrize("attempt", ["%00", "%F0%9F%92%A9", "a" * 5_000, "..", "%2e%2e%2fsession", "' OR 1=1 --"])
async def test_an_attempt_that_could_never_be_one_is_unknown(program: Program, attempt: str) -> None:
    assert (await program.get(f"/sign-in/{attempt}")).status_code == 404


@pytest.mark.parametrize("step", [s for s in UNDERWAY if s not in ("mfa", "mfa/ask", "verify-email")])
async def test_a_step_that_is_not_asked_for_changes_nothing_and_shows_the_one_that_is(
    program: Program, sqlite_practice: Practice, step: str
) -> None:
    await sqlite_practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    shown = await program.begin()
    found = refused(await program.post(f"/sign-in/{shown['attempt']}/{step}", BODIES[step]), 409, "wrong_step")
    assert (found.attempt, found.step) == (shown["attempt"], shown["step"])


async def test_a_method_that_was_not_offered_is_refused(program: Program, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(ADA, totp_key=KEY)
    attempt = (await program.begin())["attempt"]
    for method in ("recovery_code", "sms", "", "totp\u0000"):
        answered = await program.post(f"/sign-in/{attempt}/mfa", {"method": method, "code": "123456"})
        refused(answered, 422, "check_fields", ("method", "method_unknown"))
    malformed = await program.post(f"/sign-in/{attempt}/mfa", {"method": "totp", "code": "12345\u0000"})
    refused(malformed, 422, "check_fields", ("code", "code_malformed"))


async def test_words_are_in_the_language_that_is_asked_for(program: Program, sqlite_practice: Practice) -> None:
    english = refused(await program.get("/session"), 401, "signed_out")
    answered = await program.get("/session", accept_language="es-MX,es;q=0.9,en;q=0.5")
    spanish = refused(answered, 401, "signed_out")
    assert answered.headers["content-language"] == "es"
    assert spanish.title != english.title
