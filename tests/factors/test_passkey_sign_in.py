"""A passkey in place of email and password: a challenge that needs no row, and an answer that says whose it is (SIGN-2)."""

import string
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.authenticator import Authenticator, Refusal, a_security_key, as_text, decoded, encoded
from tests.world import NOON
from wardkey.edges.randomness import SeededRandomness
from wardkey.factors.contract import About, Accepted, Refused, RelyingParty, Setup
from wardkey.factors.kinds.passkey import Passkey
from wardkey.factors.passkeys.sign_in import (
    Handle,
    challenge_of,
    handle_of,
    is_token_live,
    new_token,
    read_token,
    sign_in_options,
    sign_in_state,
)
from wardkey.vocabulary import AccountId, token_text

pytestmark = pytest.mark.spec("SIGN-2")

PARTY: Final = RelyingParty("localhost", ("http://localhost:8080",))
ADA: Final = About(
    account=AccountId("acc_01jd9zc3k0c5x5q8m6w2v7t1ra"),
    email="ada@clinic.example",
    name="Ada Marsh",
    issuer="Maple Street Clinic",
    relying_party=PARTY,
    is_enough_alone=True,
)
KEY: Final = bytes(range(32))
CHANCE: Final = SeededRandomness(9)
LIFE: Final = timedelta(minutes=5)


def token() -> bytes:
    return new_token(CHANCE, NOON)


def enrolled(device: Authenticator) -> Accepted:
    setup = Passkey().begin({}, ADA, (), None, CHANCE, NOON)
    assert isinstance(setup, Setup)
    options = setup.shown["options"]
    assert isinstance(options, dict)
    outcome = Passkey().finish(setup.state, {"credential": as_text(device.create(options))}, ADA, NOON)
    assert isinstance(outcome, Accepted)
    return outcome


def check(kept: Accepted, given_token: bytes, answer: str, about: About = ADA, key: bytes = KEY) -> Accepted | Refused:
    assert kept.held is not None
    return Passkey().check(kept.held, sign_in_state(given_token, key, PARTY), {"credential": answer}, about, NOON)


def test_somebody_signs_in_without_typing_anything() -> None:
    device, one = Authenticator(), token()
    kept = enrolled(device)
    answer = as_text(device.get(sign_in_options(one, KEY, PARTY)))
    assert handle_of(answer) == Handle(ADA.account, str(kept.external_id))
    assert isinstance(check(kept, one, answer), Accepted)


def test_any_passkey_of_the_relying_party_will_do_and_its_user_has_to_be_verified() -> None:
    options = sign_in_options(token(), KEY, PARTY)
    assert (options["allowCredentials"], options["userVerification"], options["rpId"]) == ([], "required", "localhost")


def test_a_device_that_cannot_verify_its_user_signs_nobody_in() -> None:
    key, one = a_security_key(), token()
    kept = enrolled(key)
    key.can_verify_user = False
    options = sign_in_options(one, KEY, PARTY)
    with pytest.raises(Refusal, match="NotAllowedError"):
        key.get(options)
    answer = as_text(key.get({**options, "userVerification": "discouraged"}))
    assert check(kept, one, answer) == Refused("wrong", code="passkey_not_verified")


def test_an_answer_goes_with_its_own_token_and_key_alone() -> None:
    device, one = Authenticator(), token()
    kept = enrolled(device)
    answer = as_text(device.get(sign_in_options(one, KEY, PARTY)))
    wrong = Refused("wrong", code="passkey_challenge")
    assert check(kept, token(), answer) == wrong
    assert check(kept, one, answer, key=bytes(32)) == wrong
    assert check(kept, one[:24] + bytes(7) + b"\xff", answer) in (wrong, Refused("expired", code="passkey_expired"))


def test_a_passkey_is_taken_for_its_own_account_alone() -> None:
    device, one = Authenticator(), token()
    kept = enrolled(device)
    answer = as_text(device.get(sign_in_options(one, KEY, PARTY)))
    somebody = replace(ADA, account=AccountId("acc_of_somebody_else"))
    assert check(kept, one, answer, somebody) == Refused("wrong", code="passkey_user")


def test_a_token_lives_five_minutes_to_the_second() -> None:
    one = token()
    assert is_token_live(one, NOON)
    assert is_token_live(one, NOON + LIFE - timedelta(microseconds=1))
    assert not is_token_live(one, NOON + LIFE)


def test_no_two_tokens_and_no_two_challenges_are_alike() -> None:
    tokens = [token() for _ in range(50)]
    assert len({*tokens}) == len({challenge_of(one, KEY) for one in tokens}) == 50
    assert all(len(challenge_of(one, KEY)) == 32 for one in tokens)


def test_a_token_is_read_as_it_was_written() -> None:
    one = token()
    assert read_token(token_text(one)) == one


def test_a_token_has_one_spelling_so_that_it_is_spent_once() -> None:
    one = token()
    text = token_text(one)
    same = [spelling for sign in string.ascii_letters + string.digits + "-_" if decoded(spelling := text[:-1] + sign) == one]
    assert len(same) == 4
    assert [read_token(spelling) for spelling in same if spelling != text] == [None] * 3
    assert read_token(f"{text}=") is read_token(f"{text}\n") is read_token(f" {text}") is None


@given(st.text(max_size=100) | st.binary(max_size=60).map(token_text))
def test_nothing_else_is_a_token(text: str) -> None:
    read = read_token(text)
    assert read is None or (len(read) == 32 and token_text(read) == text)


def test_an_answer_that_names_nobody_is_nobodys() -> None:
    key = a_security_key()
    enrolled(key)
    options = sign_in_options(token(), KEY, PARTY)
    for handle in (b"", b"\xff\xfe", b"acc_\x00", "acc_é".encode(), bytes(65)):
        key.user_handle = handle
        assert handle_of(as_text(key.get(options))) is None
    assert handle_of("{}") is None
    assert handle_of(as_text(Authenticator().create(creation_options()))) is None


def creation_options() -> dict[str, object]:
    setup = Passkey().begin({}, ADA, (), None, CHANCE, NOON)
    assert isinstance(setup, Setup)
    options = setup.shown["options"]
    assert isinstance(options, dict)
    return options


@given(st.text(max_size=300))
def test_no_text_makes_it_stumble(text: str) -> None:
    assert handle_of(text) is None


def test_the_challenge_in_the_options_is_the_one_of_the_token() -> None:
    one = token()
    assert sign_in_options(one, KEY, PARTY)["challenge"] == encoded(challenge_of(one, KEY))
