"""Phones and passkeys over the API: set up, signed in with, proven again with; and what a hostile client gets told."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from tests.api.program import ADA, KEY, Program, key_of, refused
from tests.authenticator import Authenticator, Json, a_security_key, decoded, encoded
from tests.signin.methods import NUMBER, add_passkey, add_phone, texted
from tests.world import PASSWORD, Practice
from wardkey.accounts.rules import Account, MfaMode

EVE: Final = "eve@example.org"
OTHER: Final = "+12025550188"
HOSTILE: Final = (
    ({"client_data": {"challenge": encoded(b"another" * 5)}}, "passkey_challenge"),
    ({"client_data": {"origin": "https://evil.example"}}, "passkey_origin"),
    ({"client_data": {"crossOrigin": True, "topOrigin": "https://evil.example"}}, "passkey_origin"),
    ({"client_data": {"type": "webauthn.nothing"}}, "passkey_ceremony"),
    ({"relying_party": "evil.example"}, "passkey_relying_party"),
    ({"flags_xor": 0x01}, "passkey_not_present"),
    ({"flags_xor": 0x04}, "passkey_not_verified"),
    ({"flags_xor": 0x18}, "passkey_backup"),
)
"""What is turned about an honest authenticator, and the code of its refusal."""


async def challenged(program: Program, method: str | None = None) -> dict[str, Any]:
    """Past the password; with a method, its question is put."""
    shown = await program.begin()
    if method is not None and method not in shown["step"]["asked"]:
        shown = (await program.post(f"/sign-in/{shown['attempt']}/mfa/ask", {"method": method})).json()
    return shown


async def answer(program: Program, attempt: str, method: str, **sent: Any) -> Any:
    return await program.post(f"/sign-in/{attempt}/mfa", {"method": method, **sent})


async def set_up(program: Program, authenticator: Authenticator, **sent: Any) -> Any:
    """Add a passkey to the account that is signed in."""
    begun = (await program.post("/account/methods", {"method": "passkey"})).json()
    made = authenticator.create(begun["setup"]["options"])
    return await program.post("/account/methods/confirm", {"method": "passkey", "credential": made, **sent})


def done(answered: Any) -> dict[str, Any]:
    """The last step of a sign-in."""
    step: dict[str, Any] = answered.json()["step"]
    assert step["kind"] == "done", answered.text
    return step


@pytest.fixture
async def ada(program: Program, sqlite_practice: Practice) -> Program:
    """Signed in with password and authenticator app."""
    await sqlite_practice.add_person(ADA, totp_key=KEY, recovery_code=True)
    await program.sign_in(key=KEY)
    sqlite_practice.clock.advance(timedelta(seconds=1))
    return program


class TestPasskeys:
    @pytest.mark.spec("MFA-5", "MFA-10")
    @pytest.mark.parametrize("make", [Authenticator, a_security_key])
    async def test_one_is_added_named_seen_renamed_and_removed(self, ada: Program, make: Callable[[], Authenticator]) -> None:
        assert (await set_up(ada, make(), label="Work laptop")).json() == {"recovery_codes": []}
        app, passkey = (await ada.get("/account/security")).json()["methods"]
        assert (app["kind"], passkey["kind"], passkey["label"]) == ("totp", "passkey", "Work laptop")
        assert passkey["details"]["is_synced"] is (make is Authenticator)
        path = f"/account/methods/{passkey['id']}"
        assert (await ada.patch(path, {"label": "Old laptop"})).status_code == 204
        assert (await ada.get("/account/security")).json()["methods"][1]["label"] == "Old laptop"
        refused(await ada.patch(path, {"label": ""}), 422, "check_fields", ("label", "label_missing"))
        refused(await ada.patch(path, {"label": "a" * 61}), 422, "check_fields", ("label", "label_too_long"))
        assert (await ada.delete(path)).status_code == 204
        refused(await ada.patch(path, {"label": "Gone"}), 404, "method_gone")

    @pytest.mark.spec("MFA-5")
    async def test_without_a_name_it_is_called_after_its_make(self, ada: Program) -> None:
        await set_up(ada, Authenticator())
        assert (await ada.get("/account/security")).json()["methods"][1]["label"] == "Google Password Manager"

    @pytest.mark.spec("SIGN-2", "MFA-5")
    async def test_one_takes_the_passwords_place_but_not_that_of_mfa(
        self, ada: Program, new_program: Callable[..., Program]
    ) -> None:
        phone, other = Authenticator(), new_program()
        await set_up(ada, phone)
        ada.practice.clock.advance(timedelta(seconds=30))
        shown = await other.sign_in_with(phone)
        assert (shown["step"]["kind"], shown["step"]["methods"]) == ("mfa", ["totp", "recovery_code"])
        other.token = done(await answer(other, shown["attempt"], "totp", code=ada.practice.code(KEY)))["session_token"]
        assert (await other.get("/session")).json()["amr"] == ["swk", "otp", "mfa"]

    @pytest.mark.spec("SIGN-2", "MFA-5")
    async def test_with_nothing_but_passkeys_password_or_recovery_code_are_the_way_on(
        self, program: Program, sqlite_practice: Practice
    ) -> None:
        account, code = await sqlite_practice.add_person(ADA, recovery_code=True)
        phone = Authenticator()
        await add_passkey(sqlite_practice, account, phone)
        shown = await program.sign_in_with(phone)
        assert shown["step"]["methods"] == ["password", "recovery_code"]
        wrong = await answer(program, shown["attempt"], "password", code="not this one")
        assert refused(wrong, 422, "check_fields", ("code", "current_password_wrong")).tries_left == 4
        done(await answer(program, shown["attempt"], "password", code=PASSWORD))
        again = await program.sign_in_with(phone)
        used = await answer(program, again["attempt"], "recovery_code", code=code)
        assert used.json()["step"]["kind"] == "new_recovery_code"

    @pytest.mark.spec("SIGN-2")
    async def test_a_practice_may_take_a_passkey_for_both(self, program: Program, sqlite_practice: Practice) -> None:
        clinic = await sqlite_practice.add_organization(mfa_mode=MfaMode.REQUIRED)
        account, _ = await sqlite_practice.add_person(ADA, organization=clinic, totp_key=KEY, recovery_code=True)
        phone = Authenticator()
        await add_passkey(sqlite_practice, account, phone)
        shown: dict[str, Any] = {}
        for is_enough, kind in ((False, "mfa"), (True, "done")):
            async with sqlite_practice.write() as unit:
                await unit.organizations.set_device_rules(clinic.id, allows_trusted_devices=True, is_passkey_enough=is_enough)
            shown = await program.sign_in_with(phone)
            assert shown["step"]["kind"] == kind
        program.token = shown["step"]["session_token"]
        assert (await program.get("/session")).json()["amr"] == ["swk", "mfa"]

    @pytest.mark.spec("MFA-5", "MFA-1")
    async def test_one_is_set_up_on_the_way_and_is_the_second_factor_next_time(
        self, elsewhere: Program, practice: Practice
    ) -> None:
        clinic = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
        await practice.add_person(ADA, organization=clinic)
        shown, key = await elsewhere.begin(), a_security_key()
        path = f"/sign-in/{shown['attempt']}/enroll-mfa"
        begun = (await elsewhere.post(f"{path}/begin", {"method": "passkey"})).json()
        made = key.create(begun["step"]["setups"]["passkey"]["options"])
        ended = await elsewhere.post(path, {"method": "passkey", "credential": made, "label": "Key ring"})
        assert ended.json()["step"]["kind"] == "new_recovery_code"
        saved = await elsewhere.post(f"/sign-in/{shown['attempt']}/new-recovery-code", {"saved": True})
        elsewhere.token = done(saved)["session_token"]
        assert (await elsewhere.get("/session")).json()["amr"] == ["pwd", "hwk", "mfa"]
        assert [m["label"] for m in (await elsewhere.get("/account/security")).json()["methods"]] == ["Key ring"]
        again = await elsewhere.begin()
        signed = key.get(again["step"]["asked"]["passkey"]["options"])
        done(await answer(elsewhere, again["attempt"], "passkey", credential=signed))

    @pytest.mark.spec("MFA-5")
    @pytest.mark.parametrize(("knobs", "code"), HOSTILE, ids=lambda value: value if isinstance(value, str) else None)
    async def test_a_hostile_ceremony_is_refused_by_its_code_wherever_it_comes(
        self, ada: Program, new_program: Callable[..., Program], knobs: dict[str, Any], code: str
    ) -> None:
        phone, other = Authenticator(), new_program()
        hostile = {k: v for k, v in knobs.items() if code != "passkey_backup" or k != "flags_xor"} or {"flags_xor": 0x08}
        refused(await set_up(ada, Authenticator(**hostile)), 422, "check_fields", ("credential", code))
        await set_up(ada, phone)
        for name, value in knobs.items():
            setattr(phone, name, value)
        first = await other.post("/sign-in/passkey/options")
        sent = {"attempt": first.json()["attempt"], "credential": phone.get(first.json()["options"])}
        refused(await other.post("/sign-in/passkey", sent), 422, "check_fields", ("credential", code))
        if code == "passkey_not_verified":
            return  # as the second of two factors that is good enough
        shown = await challenged(other, "passkey")
        signed = phone.get(shown["step"]["asked"]["passkey"]["options"])
        refused(await answer(other, shown["attempt"], "passkey", credential=signed), 422, "check_fields", ("credential", code))
        asked = (await ada.post("/session/step-up/ask", {"method": "passkey"})).json()["asked"]["passkey"]
        proof = {"method": "passkey", "credential": phone.get(asked["options"])}
        refused(await ada.post("/session/step-up", proof), 422, "check_fields", ("credential", code))

    @pytest.mark.spec("MFA-5")
    async def test_a_key_of_another_algorithm_is_not_added(self, ada: Program) -> None:
        begun = (await ada.post("/account/methods", {"method": "passkey"})).json()
        offered = begun["setup"]["options"]
        assert [one["alg"] for one in offered["pubKeyCredParams"]] == [-8, -7, -257]
        p384 = {1: 2, 3: -35, -1: 2, -2: b"\x01" * 48, -3: b"\x02" * 48}
        made = Authenticator(public_key=p384).create(offered)
        sent = {"method": "passkey", "credential": made}
        refused(await ada.post("/account/methods/confirm", sent), 422, "check_fields", ("credential", "passkey_algorithm"))

    @pytest.mark.spec("MFA-5")
    async def test_truncated_cbor_is_refused_wherever_it_ends(self, ada: Program) -> None:
        begun = (await ada.post("/account/methods", {"method": "passkey"})).json()
        made = Authenticator().create(begun["setup"]["options"])
        whole = decoded(str(response_of(made)["attestationObject"]))
        for end in (0, 1, 10, len(whole) // 2, len(whole) - 1):
            sent = {"method": "passkey", "credential": with_response(made, attestationObject=encoded(whole[:end]))}
            answered = await ada.post("/account/methods/confirm", sent)
            refused(answered, 422, "check_fields", ("credential", "passkey_malformed"))
        honest = await ada.post("/account/methods/confirm", {"method": "passkey", "credential": made})
        assert honest.status_code == 200, "none of that has ended the set-up"

    @pytest.mark.spec("MFA-5")
    @pytest.mark.parametrize(
        "credential",
        [
            {"id": 3},
            {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {}},
            {"id": "AAAA", "rawId": "BBBB", "type": "public-key", "response": {"clientDataJSON": "AAAA"}},
            {"a": {"b": [[[[1e300, 2**80, None, True]]]]}},
            {"id": "\u0000", "rawId": "\u202e", "type": "💩"},
            {"x": "a" * 50_000},
        ],
        ids=lambda credential: json.dumps(credential)[:30],
    )
    async def test_what_is_no_answer_is_said_to_be_none(
        self, ada: Program, new_program: Callable[..., Program], credential: Any
    ) -> None:
        await set_up(ada, Authenticator())
        other = new_program()
        asked = (await other.post("/sign-in/passkey/options")).json()["attempt"]
        first = await other.post("/sign-in/passkey", {"attempt": asked, "credential": credential})
        refused(first, 422, "check_fields", ("credential", "passkey_unknown"))
        shown = await challenged(other, "passkey")
        second = await answer(other, shown["attempt"], "passkey", credential=credential)
        refused(second, 422, "check_fields", ("credential", "passkey_malformed"))
        await ada.post("/account/methods", {"method": "passkey"})
        third = await ada.post("/account/methods/confirm", {"method": "passkey", "credential": credential})
        refused(third, 422, "check_fields", ("credential", "passkey_malformed"))

    @pytest.mark.spec("MFA-5")
    async def test_an_answer_is_good_once(self, ada: Program, new_program: Callable[..., Program]) -> None:
        phone, other = Authenticator(), new_program()
        await set_up(ada, phone, as_method=False)
        asked = (await other.post("/sign-in/passkey/options")).json()
        sent = {"attempt": asked["attempt"], "credential": phone.get(asked["options"])}
        assert (await other.post("/sign-in/passkey", sent)).json()["step"]["kind"] == "mfa"
        refused(await other.post("/sign-in/passkey", sent), 409, "try_again")
        first, second = await challenged(other, "passkey"), await challenged(other, "passkey")
        signed = phone.get(first["step"]["asked"]["passkey"]["options"])
        stolen = await answer(other, second["attempt"], "passkey", credential=signed)
        refused(stolen, 422, "check_fields", ("credential", "passkey_challenge"))
        done(await answer(other, first["attempt"], "passkey", credential=signed))
        refused(await answer(other, first["attempt"], "passkey", credential=signed), 409, "attempt_finished")

    @pytest.mark.spec("MFA-5", "ACC-7")
    async def test_the_passkey_of_another_account_is_worth_nothing(
        self, ada: Program, new_program: Callable[..., Program], sqlite_practice: Practice
    ) -> None:
        eve, _ = await sqlite_practice.add_person(EVE)
        hers, phone, other = Authenticator(), Authenticator(), new_program()
        await add_passkey(sqlite_practice, eve, hers, is_method=False)
        await set_up(ada, phone)
        shown = await challenged(other, "passkey")
        options = shown["step"]["asked"]["passkey"]["options"]
        assert [one["id"] for one in options["allowCredentials"]] == [encoded(phone.credentials[0].id)]
        signed = hers.get({**options, "allowCredentials": []})
        answered = await answer(other, shown["attempt"], "passkey", credential=signed)
        refused(answered, 422, "check_fields", ("credential", "passkey_unknown"))
        phone.user_handle = eve.id.encode()
        mixed = await other.sign_in_with(phone)
        assert mixed["errors"][0]["code"] == "passkey_unknown", "her account has no such passkey"

    @pytest.mark.spec("MFA-5")
    async def test_a_passkey_is_added_once(self, ada: Program, sqlite_practice: Practice) -> None:
        phone = Authenticator()
        begun = (await ada.post("/account/methods", {"method": "passkey"})).json()
        made = phone.create(begun["setup"]["options"])
        sent = {"method": "passkey", "credential": made}
        assert (await ada.post("/account/methods/confirm", sent)).status_code == 200
        refused(await ada.post("/account/methods/confirm", sent), 409, "setup_expired")
        again = (await ada.post("/account/methods", {"method": "passkey"})).json()["setup"]["options"]
        assert [one["id"] for one in again["excludeCredentials"]] == [made["id"]]

    @pytest.mark.spec("MFA-10", "MFA-5")
    async def test_one_proves_again_that_it_is_this_person(self, ada: Program) -> None:
        phone = Authenticator()
        await set_up(ada, phone)
        ada.practice.clock.advance(timedelta(minutes=6))
        refused(await ada.post("/account/methods", {"method": "passkey"}), 403, "step_up_required")
        state = (await ada.post("/session/step-up/ask", {"method": "passkey"})).json()
        assert state["is_proven"] is False
        assert (await ada.get("/session/step-up")).json() == state
        proof = {"method": "passkey", "credential": phone.get(state["asked"]["passkey"]["options"])}
        proven = await ada.post("/session/step-up", proof)
        assert (proven.json()["is_proven"], proven.json()["asked"]) == (True, {})
        replayed = await ada.post("/session/step-up", proof)
        refused(replayed, 422, "check_fields", ("credential", "passkey_expired"))

    async def test_challenges_have_a_budget_for_each_network(self, program: Program, new_program: Callable[..., Program]) -> None:
        for _ in range(program.practice.world.settings.limits.passkey_challenges_per_network):
            assert (await program.post("/sign-in/passkey/options")).status_code == 200
        answered = await program.post("/sign-in/passkey/options")
        refused(answered, 429, "too_many_requests")
        assert int(answered.headers["retry-after"]) > 0
        assert (await new_program("198.51.100.9").post("/sign-in/passkey/options")).status_code == 200


class TestTheOffer:
    @pytest.mark.spec("SIGN-3")
    async def test_it_comes_where_the_program_says_that_the_device_could_hold_one(
        self, program: Program, sqlite_practice: Practice
    ) -> None:
        await sqlite_practice.add_person(ADA)
        sent = {"email": ADA, "password": PASSWORD, "platform_authenticator": True}
        done(await program.post("/sign-in/password", {**sent, "platform_authenticator": False}))
        shown = (await program.post("/sign-in/password", sent)).json()
        assert shown["step"]["kind"] == "offer_passkey"
        path, phone = f"/sign-in/{shown['attempt']}/offer-passkey", Authenticator()
        perhaps = await program.post(path, {"choice": "perhaps"})
        refused(perhaps, 422, "check_fields", ("choice", "choice_unknown"))
        refused(await program.post(path, {"choice": "create"}), 422, "check_fields", ("credential", "passkey_malformed"))
        made = phone.create(shown["step"]["options"])
        done(await program.post(path, {"choice": "create", "credential": made, "label": "This phone"}))
        assert (await program.sign_in_with(phone))["step"]["kind"] == "done"
        done(await program.post("/sign-in/password", {"email": ADA, "password": PASSWORD}))

    @pytest.mark.spec("SIGN-3")
    @pytest.mark.parametrize(("choice", "after"), [("not_now", "offer_passkey"), ("never", "done")])
    async def test_it_can_be_put_off_for_fourteen_days_or_for_good(
        self, program: Program, sqlite_practice: Practice, choice: str, after: str
    ) -> None:
        await sqlite_practice.add_person(ADA)
        sent = {"email": ADA, "password": PASSWORD, "platform_authenticator": True}
        shown = (await program.post("/sign-in/password", sent)).json()
        done(await program.post(f"/sign-in/{shown['attempt']}/offer-passkey", {"choice": choice}))
        sqlite_practice.clock.advance(timedelta(days=13, hours=23))
        done(await program.post("/sign-in/password", sent))
        sqlite_practice.clock.advance(timedelta(hours=1))
        assert (await program.post("/sign-in/password", sent)).json()["step"]["kind"] == after


class TestTextMessages:
    @pytest.fixture
    async def phone(self, sqlite_practice: Practice) -> Account:
        """Ada, who has codes by text message and a recovery code."""
        account, _ = await sqlite_practice.add_person(ADA, recovery_code=True)
        await add_phone(sqlite_practice, account)
        return account

    @pytest.mark.spec("MFA-3")
    async def test_a_code_is_sent_and_signs_in(self, program: Program, phone: Account) -> None:
        shown = await program.begin()
        assert shown["step"] == {
            "kind": "mfa",
            "methods": ["sms", "recovery_code"],
            "asked": {
                "sms": {
                    "sent_to": "•••• ••23",
                    "expires_at": "2026-11-24T12:10:00+00:00",
                    "resend_at": "2026-11-24T12:00:30+00:00",
                }
            },
            "trust_days": 14,
        }
        code = await texted(program.practice)
        done(await answer(program, shown["attempt"], "sms", code=code))

    @pytest.mark.spec("MFA-3")
    async def test_another_one_is_waited_for(self, program: Program, phone: Account) -> None:
        attempt = (await program.begin())["attempt"]
        answered = await program.post(f"/sign-in/{attempt}/mfa/ask", {"method": "sms"})
        assert refused(answered, 429, "too_soon").retry_after == 30
        assert answered.headers["retry-after"] == "30"
        old = await texted(program.practice)
        program.practice.clock.advance(timedelta(seconds=29))
        shown = (await program.post(f"/sign-in/{attempt}/mfa/ask", {"method": "sms"})).json()
        assert shown["step"]["asked"]["sms"]["resend_at"] == "2026-11-24T12:01:30+00:00"
        new = await texted(program.practice)
        if old != new:
            wrong = await answer(program, attempt, "sms", code=old)
            refused(wrong, 422, "check_fields", ("code", "text_code_wrong"))
        done(await answer(program, attempt, "sms", code=new))

    @pytest.mark.spec("MFA-3", "MFA-12")
    async def test_five_tries_and_then_no_more(self, program: Program, phone: Account) -> None:
        attempt = (await program.begin())["attempt"]
        code = await texted(program.practice)
        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        for left in (4, 3, 2, 1):
            answered = await answer(program, attempt, "sms", code=wrong)
            assert refused(answered, 422, "check_fields", ("code", "text_code_wrong")).tries_left == left
        refused(await answer(program, attempt, "sms", code=wrong), 403, "codes_used_up")
        refused(await answer(program, attempt, "sms", code=code), 403, "codes_used_up")

    @pytest.mark.spec("MFA-3")
    async def test_a_number_is_added_and_then_shown_by_its_end_alone(self, ada: Program) -> None:
        begun = (await ada.post("/account/methods", {"method": "sms", "number": NUMBER})).json()
        assert begun["setup"]["number"] == "+1 202-555-0123", "as it was typed a moment ago"
        assert (await ada.post("/account/methods", {"method": "sms"})).json() == begun
        added = await ada.post("/account/methods/confirm", {"method": "sms", "code": await texted(ada.practice)})
        assert added.json() == {"recovery_codes": []}
        assert (await ada.get("/account/security")).json()["methods"][-1]["details"] == {"number": "•••• ••23"}

    @pytest.mark.spec("MFA-1", "MFA-3")
    async def test_a_number_is_set_up_on_the_way(self, program: Program, sqlite_practice: Practice) -> None:
        clinic = await sqlite_practice.add_organization(mfa_mode=MfaMode.REQUIRED)
        await sqlite_practice.add_person(ADA, organization=clinic)
        attempt = (await program.begin())["attempt"]
        path = f"/sign-in/{attempt}/enroll-mfa"
        for number, country, field, code in (
            ("", "", "number", "number_missing"),
            ("202 555 0123", "", "country", "country_missing"),
            ("+44 20 7946 0018", "", "number", "number_landline"),
        ):
            answered = await program.post(f"{path}/begin", {"method": "sms", "number": number, "country": country})
            assert [e["code"] for e in answered.json()["errors"]] == [code], field
        begun = await program.post(f"{path}/begin", {"method": "sms", "number": "202 555 0123", "country": "US"})
        assert begun.json()["step"]["setups"]["sms"]["number"] == "+1 202-555-0123"
        ended = await program.post(path, {"method": "sms", "code": await texted(sqlite_practice), "trust_device": True})
        assert ended.json()["step"]["kind"] == "new_recovery_code"
        assert done(await program.post(f"/sign-in/{attempt}/new-recovery-code", {"saved": True}))["trust_token"]

    @pytest.mark.spec("MFA-10", "MFA-3")
    async def test_a_text_proves_again_that_it_is_this_person(self, program: Program, phone: Account) -> None:
        shown = await program.begin()
        program.token = done(await answer(program, shown["attempt"], "sms", code=await texted(program.practice)))["session_token"]
        program.practice.clock.advance(timedelta(minutes=6))
        refused(await program.post("/account/recovery-codes"), 403, "step_up_required")
        asked = (await program.post("/session/step-up/ask", {"method": "sms"})).json()["asked"]
        assert asked["sms"]["sent_to"] == "•••• ••23"
        soon = await program.post("/session/step-up/ask", {"method": "sms"})
        refused(soon, 429, "too_soon")
        proof = {"method": "sms", "code": await texted(program.practice)}
        assert (await program.post("/session/step-up", proof)).json()["is_proven"] is True
        assert (await program.post("/account/recovery-codes")).status_code == 200

    @pytest.mark.parametrize("method", ["totp", "password", "passkey", "carrier pigeon", ""])
    async def test_what_asks_nothing_is_not_asked(self, ada: Program, method: str) -> None:
        refused(await ada.post("/session/step-up/ask", {"method": method}), 422, "check_fields", ("method", "method_unknown"))


class TestTrust:
    @pytest.mark.spec("MFA-9")
    async def test_a_remembered_device_is_asked_nothing_for_fourteen_days_to_the_second(
        self, program: Program, new_program: Callable[..., Program], sqlite_practice: Practice
    ) -> None:
        await sqlite_practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        attempt = (await program.begin())["attempt"]
        given = done(await answer(program, attempt, "totp", code=sqlite_practice.code(KEY), trust_device=True))
        assert given["trusted_until"] == "2026-12-08T12:00:00Z"
        sqlite_practice.clock.advance(timedelta(days=14) - timedelta(seconds=1))
        shown = await program.begin()
        program.token = shown["step"]["session_token"]
        assert (await program.get("/session")).json()["amr"] == ["pwd", "trusted_device"]
        refused(await program.post("/account/methods", {"method": "totp"}), 403, "step_up_required")
        thief = new_program()
        for thief.device, thief.trust in ((program.device, ""), ("", program.trust), (program.trust, program.device)):
            assert (await thief.begin())["step"]["kind"] == "mfa"
        sqlite_practice.clock.advance(timedelta(seconds=1))
        assert (await program.begin())["step"]["kind"] == "mfa"

    @pytest.mark.spec("MFA-9")
    async def test_a_browsers_cookies_are_no_headers(self, program: Program, sqlite_practice: Practice) -> None:
        await sqlite_practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        attempt = (await program.begin())["attempt"]
        given = done(await answer(program, attempt, "totp", code=sqlite_practice.code(KEY), trust_device=True))
        program.device = program.trust = ""
        cookies = f"wardkey_device={given['device_token']}; wardkey_trust={given['trust_token']}"
        sent = {"email": ADA, "password": PASSWORD}
        assert (await program.post("/sign-in/password", sent, cookie=cookies)).json()["step"]["kind"] == "mfa"

    @pytest.mark.spec("MFA-9", "MFA-6")
    async def test_never_after_a_recovery_code(self, program: Program, sqlite_practice: Practice) -> None:
        _, code = await sqlite_practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        attempt = (await program.begin())["attempt"]
        await answer(program, attempt, "recovery_code", code=code, trust_device=True)
        given = done(await program.post(f"/sign-in/{attempt}/new-recovery-code", {"saved": True}))
        assert (given["trust_token"], given["trusted_until"]) == (None, None)

    @pytest.mark.spec("MFA-9")
    @pytest.mark.parametrize("end", ["password", "method", "recovery code", "removal", "one", "all", "device"])
    async def test_it_ends_at_once_over_the_api_too(
        self, program: Program, new_program: Callable[..., Program], sqlite_practice: Practice, end: str
    ) -> None:
        account, _ = await sqlite_practice.add_person(ADA, totp_key=KEY, recovery_code=True)
        await add_phone(sqlite_practice, account, OTHER)
        shown, other = await program.begin(), new_program()
        done(await answer(program, shown["attempt"], "totp", code=sqlite_practice.code(KEY), trust_device=True))
        sqlite_practice.clock.advance(timedelta(seconds=30))
        await other.sign_in(key=KEY)
        assert (await program.begin())["step"]["kind"] == "done"
        new = "nine slow trains to the coast"
        trusted = (await other.get("/account/devices")).json()
        phone = next(m["id"] for m in (await other.get("/account/security")).json()["methods"] if m["kind"] == "sms")
        acts: dict[str, Callable[[], Any]] = {
            "password": lambda: other.post("/account/password", {"current_password": PASSWORD, "new_password": new}),
            "method": lambda: set_up(other, Authenticator()),
            "recovery code": lambda: other.post("/account/recovery-codes"),
            "removal": lambda: other.delete(f"/account/methods/{phone}"),
            "one": lambda: other.delete(f"/account/trusted-devices/{trusted['trusted'][0]['id']}"),
            "all": lambda: other.delete("/account/trusted-devices"),
            "device": lambda: other.delete(f"/account/devices/{next(d['id'] for d in trusted['known'] if d['is_trusted'])}"),
        }
        assert (await acts[end]()).status_code in (200, 204)
        shown = await program.begin(password=new if end == "password" else PASSWORD)
        assert shown["step"]["kind"] == "mfa"

    @pytest.mark.spec("RULE-2", "MFA-11")
    async def test_a_program_that_keeps_its_device_token_is_known(
        self, program: Program, new_program: Callable[..., Program], sqlite_practice: Practice
    ) -> None:
        await sqlite_practice.add_person(ADA)
        for each in (program, program, other := new_program(), other):
            await each.sign_in()
        await sqlite_practice.deliver()
        assert len(sqlite_practice.mails_to(ADA)) == 1, "for the second device"


class TestWhatIsKeptFromOthers:
    @pytest.mark.spec("MFA-3", "ACC-7")
    async def test_no_answer_tells_whether_a_number_is_in_use(
        self, program: Program, new_program: Callable[..., Program], sqlite_practice: Practice
    ) -> None:
        owner, _ = await sqlite_practice.add_person("owner@example.org")
        await add_phone(sqlite_practice, owner, NUMBER)
        told = []
        for email, number in ((ADA, NUMBER), (EVE, OTHER)):
            await sqlite_practice.add_person(email)
            person = new_program()
            await person.sign_in(email)
            begun = await person.post("/account/methods", {"method": "sms", "number": number})
            soon = await person.post("/account/methods", {"method": "sms", "number": number})
            ended = await person.post(
                "/account/methods/confirm", {"method": "sms", "code": await texted(sqlite_practice, number)}
            )
            told.append((begun.status_code, begun.json()["setup"].keys(), soon.json()["code"], ended.status_code))
            sqlite_practice.clock.advance(timedelta(hours=1))
        assert told[0] == told[1]

    @pytest.mark.spec("MFA-3", "MFA-5")
    async def test_no_answer_holds_a_whole_number_or_the_id_of_a_passkey_of_somebody_else(
        self, ada: Program, new_program: Callable[..., Program], sqlite_practice: Practice
    ) -> None:
        """All that Eve can ask, with and without Ada's address, and all that Ada sees once her phone is set up."""
        hers, phone, eve = Authenticator(), Authenticator(), new_program()
        eve_account, _ = await sqlite_practice.add_person(EVE)
        await add_passkey(sqlite_practice, eve_account, hers, is_method=False)
        await ada.post("/account/methods", {"method": "sms", "number": NUMBER})
        await ada.post("/account/methods/confirm", {"method": "sms", "code": await texted(sqlite_practice)})
        await set_up(ada, phone)
        seen = [await ada.get(f"/account/{page}") for page in ("security", "activity", "sessions", "devices")] + [
            await ada.post("/session/step-up/ask", {"method": "sms"}),
            await ada.get("/session/step-up"),
        ]
        await eve.sign_in(EVE)
        theirs = [await eve.get(f"/account/{page}") for page in ("security", "activity", "sessions", "devices")]
        theirs += [
            await eve.post("/account/methods", {"method": "passkey"}),
            await eve.post("/sign-in/passkey/options"),
            await eve.post("/sign-in/password", {"email": ADA, "password": "a wrong one, surely"}),
            await eve.post("/account/methods", {"method": "sms", "number": OTHER}),
        ]
        shown = await new_program().begin()
        for text in (*(a.text for a in (*seen, *theirs)), json.dumps(shown, ensure_ascii=False)):
            assert not any(written in text for written in (NUMBER, NUMBER[1:], "202-555-0123", "5550123", "555-0123"))
        ids = (
            encoded(phone.credentials[0].id),
            urlsafe_b64encode(phone.credentials[0].id).decode(),
            phone.credentials[0].id.hex(),
        )
        assert not any(one in answered.text for answered in theirs for one in ids)


def response_of(made: Json) -> dict[str, Any]:
    found = made["response"]
    assert isinstance(found, dict)
    return found


def with_response(made: Json, **members: str) -> Json:
    return {**made, "response": {**response_of(made), **members}}


async def test_the_first_method_of_any_kind_brings_a_recovery_code(program: Program, sqlite_practice: Practice) -> None:
    await sqlite_practice.add_person(ADA)
    await program.sign_in()
    signing_in_alone = await set_up(program, Authenticator(), as_method=False)
    assert signing_in_alone.json() == {"recovery_codes": []}
    methods = (await program.get("/account/security")).json()["methods"]
    assert [m["is_method"] for m in methods] == [False]
    assert (await program.begin())["step"]["kind"] == "done", "it makes MFA be asked of nobody"
    as_method = await set_up(program, Authenticator())
    assert len(as_method.json()["recovery_codes"]) == 1
    assert (await program.begin())["step"]["kind"] == "mfa"


@pytest.mark.parametrize("method", ["recovery_code", "password", "carrier pigeon", "", "totp\u0000"])
async def test_what_is_no_method_is_not_set_up(ada: Program, method: str) -> None:
    for path, sent in (("", {}), ("/confirm", {"code": "123456"})):
        refused(
            await ada.post(f"/account/methods{path}", {"method": method, **sent}),
            422,
            "check_fields",
            ("method", "method_unknown"),
        )


async def test_two_set_ups_can_be_under_way_at_once(ada: Program) -> None:
    app = await ada.post("/account/methods", {"method": "totp"})
    phone = Authenticator()
    assert (await set_up(ada, phone)).status_code == 200
    gone = await ada.post("/account/methods/confirm", {"method": "totp", "code": ada.practice.code(key_of(app.json()))})
    refused(gone, 409, "setup_expired")
