"""Phones and passkeys that people have already, and the codes that reach their phones."""

import re
from typing import Any, Final

import msgspec

from tests.authenticator import Authenticator, as_text
from tests.world import Practice
from wardkey.accounts.rules import Account
from wardkey.factors.actions import about, new_credential
from wardkey.factors.contract import Accepted, Credential, Setup
from wardkey.factors.kinds import sms
from wardkey.factors.kinds.passkey import Passkey
from wardkey.vocabulary import PhoneNumber

NUMBER: Final = "+12025550123"
CODE: Final = re.compile(r"\b\d{6}\b")


async def add_phone(practice: Practice, account: Account, number: str = NUMBER) -> None:
    """The account has codes by text message."""
    await _add(practice, account, sms.Sms.kind, Accepted(msgspec.msgpack.encode(sms.Held(PhoneNumber(number)))))


async def add_passkey(
    practice: Practice, account: Account, authenticator: Authenticator, label: str = "", *, is_method: bool = True
) -> Credential:
    """The account has a passkey in this authenticator; not `is_method` is one that is for signing in alone."""
    kind, world, at = Passkey(), practice.world, practice.clock.now()
    who = about(world, account, world.settings.brand_name)
    setup = kind.begin({}, who, (), None, world.randomness, at)
    assert isinstance(setup, Setup), setup
    outcome = kind.finish(setup.state, {"credential": as_text(authenticator.create(options(setup.shown)))}, who, at)
    assert isinstance(outcome, Accepted), outcome
    return await _add(practice, account, kind.kind, outcome, label, is_method=is_method)


async def _add(
    practice: Practice, account: Account, kind: str, accepted: Accepted, label: str = "", *, is_method: bool = True
) -> Credential:
    at = practice.clock.now()
    added = new_credential(practice.world, account, kind, accepted, at=at, label=label, confirmed_at=at, is_method=is_method)
    async with practice.write() as unit:
        assert await unit.credentials.add(account.id, added)
    return added


def options(shown: Any) -> dict[str, Any]:
    """The options that a question or set-up shows."""
    found: dict[str, Any] = shown["options"]
    return found


async def texted(practice: Practice, number: str = NUMBER) -> str:
    """The code of the newest text that reached a phone; a second passes."""
    await practice.deliver()
    found = CODE.search(practice.texts_to(number)[-1].text)
    assert found is not None
    return found.group()
