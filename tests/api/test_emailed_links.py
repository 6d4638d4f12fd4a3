"""Signing up and choosing a new password by emailed links over the API: alike for every address, each link good once."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.api.program import ADA, KEY, Program, refused
from tests.world import PASSWORD, Practice
from wardkey.accounts.rules import Status

NEW = "nine slow trains to the coast"
ROSA = {"name": "Rosa Delgado", "email": "rosa@example.org", "password": PASSWORD}


async def token_of(program: Program, address: str, path: str) -> str:
    """The token of the newest link that an address got."""
    await program.practice.deliver()
    text: str = program.practice.mails_to(address)[-1].text
    return text.partition(f"{path}/")[2].split()[0]


def told(answered: httpx.Response) -> tuple[int, int, dict[str, Any]]:
    """All that a stranger can see of an answer, but for what is drawn by chance."""
    headers = {name: value for name, value in answered.headers.items() if name != "x-request-id"}
    return answered.status_code, len(answered.content), headers


@pytest.mark.spec("ACC-1")
async def test_who_signs_up_confirms_where_they_signed_up_and_signs_in(elsewhere: Program) -> None:
    taken = await elsewhere.post("/sign-up", ROSA)
    assert (taken.status_code, taken.json()["email"]) == (202, "rosa@example.org")
    token, proof = await token_of(elsewhere, "rosa@example.org", "/verify-email"), taken.json()["proof"]
    assert (await elsewhere.post("/email-verification/check", {"token": token, "proof": proof})).json() == {
        "needs_password": False
    }
    assert (await elsewhere.begin("rosa@example.org"))["step"]["kind"] == "verify_email"
    confirmed = await elsewhere.post("/email-verification/confirm", {"token": token, "proof": proof})
    assert (confirmed.status_code, confirmed.json()) == (200, {"email": "rosa@example.org"})
    again = await elsewhere.post("/email-verification/confirm", {"token": token, "proof": proof})
    refused(again, 410, "link_used")
    refused(await elsewhere.post("/email-verification/check", {"token": token}), 410, "link_used")
    await elsewhere.sign_in("rosa@example.org")


@pytest.mark.spec("ACC-1")
async def test_who_confirms_elsewhere_shows_the_password_chosen_at_sign_up(program: Program) -> None:
    await program.post("/sign-up", ROSA)
    token = await token_of(program, "rosa@example.org", "/verify-email")
    assert (await program.post("/email-verification/check", {"token": token})).json() == {"needs_password": True}
    for sent, code in (({}, "password_missing"), ({"password": "a guess"}, "password_not_the_one_chosen")):
        answered = await program.post("/email-verification/confirm", {"token": token, "proof": "forged", **sent})
        refused(answered, 422, "check_fields", ("password", code))
    assert (await program.post("/email-verification/confirm", {"token": token, "password": PASSWORD})).status_code == 200


@pytest.mark.spec("ACC-1")
async def test_a_confirmation_link_runs_out_after_seven_days_and_a_newer_one_replaces_it(program: Program) -> None:
    await program.post("/sign-up", ROSA)
    first = await token_of(program, "rosa@example.org", "/verify-email")
    assert (await program.post("/email-verification", {"email": "rosa@example.org"})).status_code == 202
    second = await token_of(program, "rosa@example.org", "/verify-email")
    assert first != second
    assert (await program.post("/email-verification/check", {"token": first})).status_code in (404, 410)
    program.practice.clock.advance(timedelta(days=7))
    refused(await program.post("/email-verification/check", {"token": second}), 410, "link_expired")
    refused(await program.post("/email-verification/confirm", {"token": second, "password": PASSWORD}), 410, "link_expired")


@pytest.mark.spec("ACC-7")
async def test_sign_up_resend_and_reset_say_the_same_of_every_address(program: Program, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person("known@example.org")
    await sqlite_practice.add_person("waits@example.org", status=Status.UNVERIFIED, email_verified_at=None)
    addresses = ("known@example.org", "waits@example.org", "never@example.org")
    for path, body in (("/sign-up", ROSA), ("/email-verification", {}), ("/password-reset", {})):
        answers = [told(await program.post(path, {**body, "email": address})) for address in addresses]
        assert answers[0] == answers[1] == answers[2], path
        assert answers[0][0] == 202


@pytest.mark.spec("ACC-6")
async def test_a_reset_link_sets_a_new_password_once_ends_sessions_and_leaves_mfa_standing(elsewhere: Program) -> None:
    await elsewhere.practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    await elsewhere.sign_in(key=KEY)
    assert (await elsewhere.post("/password-reset", {"email": ADA})).status_code == 202
    token = await token_of(elsewhere, ADA, "/reset-password")
    assert (await elsewhere.post("/password-reset/check", {"token": token})).status_code == 204
    short = await elsewhere.post("/password-reset/confirm", {"token": token, "password": "short"})
    refused(short, 422, "check_fields", ("password", "password_too_short"))
    done = await elsewhere.post("/password-reset/confirm", {"token": token, "password": NEW})
    assert (done.status_code, done.json()) == (200, {"email": ADA})
    refused(await elsewhere.get("/session"), 401, "signed_out")
    refused(await elsewhere.post("/password-reset/confirm", {"token": token, "password": PASSWORD}), 410, "link_used")
    refused(await elsewhere.post("/password-reset/check", {"token": token}), 410, "link_used")
    assert (await elsewhere.begin(password=NEW))["step"]["kind"] == "mfa"


@pytest.mark.spec("ACC-6")
async def test_a_reset_link_runs_out_after_half_an_hour_and_dies_with_any_change_of_the_account(
    program: Program, sqlite_practice: Practice
) -> None:
    await sqlite_practice.add_person(ADA)
    await program.sign_in()
    await program.post("/password-reset", {"email": ADA})
    first = await token_of(program, ADA, "/reset-password")
    assert (await program.post("/account/password", {"current_password": PASSWORD, "new_password": NEW})).status_code == 204
    refused(await program.post("/password-reset/check", {"token": first}), 410, "link_replaced")
    await program.post("/password-reset", {"email": ADA})
    second = await token_of(program, ADA, "/reset-password")
    sqlite_practice.clock.advance(timedelta(minutes=30))
    refused(await program.post("/password-reset/confirm", {"token": second, "password": PASSWORD}), 410, "link_expired")


@pytest.mark.parametrize("token", ["", " ", "\u0000", "forged", "a" * 1_000, "'; DROP TABLE links; --", "\u202e"])
async def test_a_forged_link_opens_nothing(program: Program, token: str) -> None:
    refused(await program.post("/email-verification/check", {"token": token}), 404, "link_unknown")
    refused(await program.post("/email-verification/confirm", {"token": token, "password": PASSWORD}), 404, "link_unknown")
    refused(await program.post("/password-reset/check", {"token": token}), 404, "link_unknown")
    refused(await program.post("/password-reset/confirm", {"token": token, "password": NEW}), 404, "link_unknown")


async def test_a_link_for_one_purpose_opens_nothing_else(program: Program, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(ADA)
    await program.post("/password-reset", {"email": ADA})
    token = await token_of(program, ADA, "/reset-password")
    refused(await program.post("/email-verification/confirm", {"token": token, "password": PASSWORD}), 404, "link_unknown")
    await program.post("/sign-up", ROSA)
    other = await token_of(program, "rosa@example.org", "/verify-email")
    refused(await program.post("/password-reset/confirm", {"token": other, "password": NEW}), 404, "link_unknown")


async def test_a_network_that_asks_without_end_is_told_to_wait(program: Program) -> None:
    for _ in range(30):
        assert (await program.post("/password-reset", {"email": "never@example.org"})).status_code == 202
    answered = await program.post("/password-reset", {"email": "never@example.org"})
    found = refused(answered, 429, "too_many_requests")
    assert answered.headers["retry-after"] == str(found.retry_after)
