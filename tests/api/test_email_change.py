"""Another address, its undoing and “This wasn't me” over the API: alike for every address, each link good once."""

from datetime import timedelta
from typing import Any, Final

import pytest

from tests.api.program import ADA, KEY, Program, refused
from tests.api.test_emailed_links import token_of, told
from tests.world import HERE, PASSWORD, Practice
from wardkey.accounts.actions import tell_account
from wardkey.notices.catalogue import NewDevice

NEW: Final = "ada@new.example"
FRESH: Final = "nine slow trains to the coast"


async def link_of(program: Program, address: str, path: str) -> str:
    """The token of the newest link of a kind that an address got."""
    await program.practice.deliver()
    texts = [str(mail.text) for mail in program.practice.mails_to(address) if f"/{path}/" in mail.text]
    return texts[-1].partition(f"/{path}/")[2].split()[0]


async def changed(program: Program) -> str:
    """Change the address all the way; answers the token that undoes it."""
    assert (await program.post("/account/email", {"email": NEW})).status_code == 202
    token = await link_of(program, NEW, "confirm-email")
    assert (await program.post("/email-change/confirm", {"token": token})).json() == {"email": NEW}
    return await link_of(program, ADA, "undo-email")


@pytest.mark.spec("ACC-4")
async def test_an_address_is_asked_for_confirmed_and_undone(elsewhere: Program) -> None:
    await elsewhere.practice.add_person(ADA)
    await elsewhere.sign_in()
    assert (await elsewhere.get("/account/email")).json() == {"email": ADA, "pending": None}
    asked = await elsewhere.post("/account/email", {"email": NEW})
    assert (asked.status_code, asked.json()["email"]) == (202, NEW)
    assert (await elsewhere.get("/account/email")).json() == {"email": ADA, "pending": asked.json()}
    token = await link_of(elsewhere, NEW, "confirm-email")
    assert (await elsewhere.post("/email-change/check", {"token": token})).json() == {"email": NEW}
    confirmed = await elsewhere.post("/email-change/confirm", {"token": token})
    assert (confirmed.status_code, confirmed.json()) == (200, {"email": NEW})
    refused(await elsewhere.post("/email-change/confirm", {"token": token}), 410, "link_used")
    refused(await elsewhere.post("/email-change/check", {"token": token}), 410, "link_used")
    assert (await elsewhere.get("/session")).json()["email"] == NEW
    undo = await link_of(elsewhere, ADA, "undo-email")
    assert (await elsewhere.post("/email-undo/check", {"token": undo})).json() == {"email": ADA}
    assert (await elsewhere.post("/email-undo/confirm", {"token": undo})).json() == {"email": ADA}
    refused(await elsewhere.post("/email-undo/confirm", {"token": undo}), 410, "link_used")
    refused(await elsewhere.get("/session"), 401, "signed_out")
    assert (await elsewhere.begin())["step"] | {"title": "", "detail": "", "reference": ""} == {
        "kind": "blocked", "code": "password_known_to_others", "title": "", "detail": "", "reference": "",
    }  # fmt: skip
    reset = {"token": await link_of(elsewhere, ADA, "reset-password"), "password": FRESH}
    assert (await elsewhere.post("/password-reset/confirm", reset)).status_code == 200
    await elsewhere.sign_in(password=FRESH)


@pytest.mark.spec("ACC-4", "MFA-10")
async def test_it_needs_a_fresh_proof_and_a_session(program: Program, sqlite_practice: Practice) -> None:
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", "/pending"), ("POST", "/pending/resend")):
        body = {"email": NEW} if (method, path) == ("POST", "") else None
        refused(await program.send(method, f"/account/email{path}", body), 401, "signed_out")
    await sqlite_practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    await program.sign_in(key=KEY)
    sqlite_practice.clock.advance(timedelta(minutes=5))
    refused(await program.post("/account/email", {"email": NEW}), 403, "step_up_required")
    await program.post("/session/step-up", {"method": "totp", "code": sqlite_practice.code(KEY)})
    assert (await program.post("/account/email", {"email": NEW})).status_code == 202


@pytest.mark.spec("ACC-4")
async def test_what_waits_is_sent_again_or_cancelled(program: Program, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(ADA)
    await program.sign_in()
    refused(await program.post("/account/email/pending/resend"), 409, "no_change_pending")
    await program.post("/account/email", {"email": NEW})
    first = await link_of(program, NEW, "confirm-email")
    assert (await program.post("/account/email/pending/resend")).status_code == 202
    second = await link_of(program, NEW, "confirm-email")
    refused(await program.post("/email-change/confirm", {"token": first}), 410, "link_replaced")
    assert (await program.delete("/account/email/pending")).status_code == 204
    assert (await program.delete("/account/email/pending")).status_code == 204
    refused(await program.post("/email-change/confirm", {"token": second}), 410, "link_replaced")
    assert (await program.get("/account/email")).json()["pending"] is None


@pytest.mark.spec("ACC-4", "ACC-7")
async def test_every_address_is_answered_alike(program: Program, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(ADA)
    await sqlite_practice.add_person("known@example.org")
    await program.sign_in()
    answers, shown = [], []
    for email in ("known@example.org", "never@example.org"):
        answers.append(told(await program.post("/account/email", {"email": email})))
        shown.append(told(await program.get("/account/email")))
    assert answers[0] == answers[1]
    assert shown[0] == shown[1]
    wrong = await program.post("/account/email", {"email": ADA})
    refused(wrong, 422, "check_fields", ("email", "email_same"))


@pytest.mark.spec("ACC-4")
async def test_an_address_that_another_account_has_meanwhile_is_refused(program: Program, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(ADA)
    await program.sign_in()
    undo = await changed(program)
    await sqlite_practice.add_person(ADA)
    refused(await program.post("/email-undo/confirm", {"token": undo}), 409, "address_taken")


@pytest.mark.spec("MFA-11")
async def test_this_was_not_me(elsewhere: Program) -> None:
    practice = elsewhere.practice
    account, _ = await practice.add_person(ADA)
    async with practice.write() as unit:
        await tell_account(unit, practice.world, account, NewDevice(), HERE, practice.clock.now())
    token = await token_of(elsewhere, ADA, "/not-me")
    await elsewhere.sign_in()
    assert (await elsewhere.post("/not-me/check", {"token": token})).json() == {"restores": None}
    await changed(elsewhere)
    assert (await elsewhere.post("/not-me/check", {"token": token})).json() == {"restores": ADA}
    done = await elsewhere.post("/not-me/confirm", {"token": token})
    assert (done.status_code, done.json()) == (200, {"email": ADA})
    refused(await elsewhere.get("/session"), 401, "signed_out")
    refused(await elsewhere.post("/not-me/confirm", {"token": token}), 410, "link_used")
    refused(await elsewhere.post("/not-me/check", {"token": token}), 410, "link_used")


OF_LINKS: Final = ("/email-change", "/email-undo", "/not-me")


@pytest.mark.parametrize("token", ["", " ", "\u0000", "forged", "a" * 1_000, "'; DROP TABLE links; --", "\u202e"])
async def test_a_forged_link_opens_nothing(program: Program, token: str) -> None:
    for path in OF_LINKS:
        refused(await program.post(f"{path}/check", {"token": token}), 404, "link_unknown")
        refused(await program.post(f"{path}/confirm", {"token": token}), 404, "link_unknown")


async def test_a_link_for_one_purpose_opens_nothing_else(program: Program, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(ADA)
    await program.sign_in()
    undo = await changed(program)
    await program.post("/account/password", {"current_password": PASSWORD, "new_password": FRESH})
    report = await link_of(program, NEW, "not-me")
    await program.post("/account/email", {"email": "third@new.example"})
    confirm = await link_of(program, "third@new.example", "confirm-email")
    wrong: dict[str, tuple[str, ...]] = {
        "/email-change": (undo, report), "/email-undo": (confirm, report), "/not-me": (confirm, undo),
        "/password-reset": (confirm, undo, report), "/email-verification": (confirm, undo, report),
    }  # fmt: skip
    for path, tokens in wrong.items():
        for token in tokens:
            more: dict[str, Any] = {"password": FRESH} if path.startswith(("/password", "/email-v")) else {}
            refused(await program.post(f"{path}/confirm", {"token": token, **more}), 404, "link_unknown")


async def test_a_network_that_tries_links_without_end_is_told_to_wait(program: Program) -> None:
    for number in range(60):
        refused(await program.post(f"{OF_LINKS[number % 3]}/confirm", {"token": "forged"}), 404, "link_unknown")
    for path in OF_LINKS:
        answered = await program.post(f"{path}/confirm", {"token": "forged"})
        assert answered.headers["retry-after"] == str(refused(answered, 429, "too_many_requests").retry_after)
        refused(await program.post(f"{path}/check", {"token": "forged"}), 404, "link_unknown")
