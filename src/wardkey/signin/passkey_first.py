"""A passkey in place of the password: from what an authenticator signed to an open attempt (SIGN-2)."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from wardkey.accounts.actions import Conflict
from wardkey.accounts.rules import Account, email_key
from wardkey.factors.actions import Fitting, about, check, note_use, spend
from wardkey.factors.contract import Refused
from wardkey.factors.passkeys.sign_in import (
    TOKEN_LIVES_FOR,
    handle_of,
    is_token_live,
    new_token,
    read_token,
    sign_in_options,
    sign_in_state,
)
from wardkey.factors.registry import FACTORS_BY_KIND
from wardkey.factors.relying_party import relying_party_of
from wardkey.organizations.rules import issuer_of
from wardkey.ports import World
from wardkey.rate_limits.actions import wait_for
from wardkey.rate_limits.rules import Budget
from wardkey.signin import learn
from wardkey.signin.commands import SubmitPasskey
from wardkey.signin.first_factor import Proven, begun, refuse, with_trust
from wardkey.signin.person import PASSKEY, Person, credentials_of
from wardkey.signin.progress import Effect, Move
from wardkey.signin.store import SigninUnits
from wardkey.signin.view import Shown
from wardkey.vocabulary import EmailKey, FieldFault, Instant, Origin, Problem, faulty, network_of, token_text

SIGN_IN: Final = "passkey sign-in"


class Offered(Struct, frozen=True):
    """What a browser needs to sign in with a passkey: the options of `navigator.credentials.get`, and the token that comes back
    with its answer."""

    token: str
    options: Shown


def offer(world: World, at: Instant) -> Offered:
    """A challenge for whoever it may be; nothing is stored until it is answered, so that asking costs nothing."""
    token = new_token(world.randomness, at)
    options = sign_in_options(token, world.sealing.subkey(SIGN_IN), relying_party_of(world.settings))
    return Offered(token_text(token), options)


async def prove_passkey(
    units: SigninUnits, world: World, command: SubmitPasskey, origin: Origin, at: Instant
) -> Proven | Problem:
    """Check a passkey that takes the password's place: whose it is comes with it (SIGN-2)."""
    network = network_of(origin.ip)
    wait = await wait_for(world, Budget.SIGN_IN_NETWORK, network)
    if wait:
        return Problem(code="too_many_requests", retry_after=wait)
    asked = read_token(command.token)
    if asked is None or not is_token_live(asked, at):
        return faulty(FieldFault("credential", "passkey_expired"))
    person = await _holder(units, command.credential)
    token, attempt = begun(world, email_key(person.account.email) if person else EmailKey(""), origin, at)
    outcome = await _checked(world, person, asked, command.credential, at)
    if person is None or isinstance(outcome, Refused):
        refused = await refuse(units, world, attempt, person, "wrong_passkey", origin, at)
        return replace(refused, code="check_fields", faults=(FieldFault("credential", _fault_of(outcome)),))
    amr = outcome.accepted.amr or FACTORS_BY_KIND[PASSKEY].amr
    proven = learn.passkey_proven(attempt, person, amr)
    return Proven(
        token=token,
        attempt=await with_trust(units, world, proven, person, origin, at),
        person=learn.under_policy(person, world.settings, at),
        effect=_using(person.account, outcome, command.token),
    )


async def _checked(world: World, person: Person | None, asked: bytes, credential: str, at: Instant) -> Fitting | Refused:
    if person is None:
        return Refused("wrong")
    who = about(world, person.account, issuer_of(world.settings, person.memberships), is_enough_alone=True)
    state = sign_in_state(asked, world.sealing.subkey(SIGN_IN), who.relying_party)
    answer = {"credential": credential}
    return await check(world, FACTORS_BY_KIND[PASSKEY], credentials_of(person, PASSKEY), state, answer, who, at)


def _fault_of(outcome: Fitting | Refused) -> str:
    """The same for a passkey that was removed and for one that never was."""
    return (isinstance(outcome, Refused) and outcome.code) or "passkey_unknown"


def _using(account: Account, fitting: Fitting, token: str) -> Effect:
    """A challenge is answered once, and a credential by one attempt at a time."""

    async def effect(move: Move) -> None:
        until = move.at + TOKEN_LIVES_FOR
        if not await move.unit.ceremonies.claim(learn.attempt_id(token), SIGN_IN, until):
            raise Conflict
        await spend(move.unit, move.world, account, fitting, move.at)
        await note_use(move.unit, move.world, account, fitting, move.origin, move.at)

    return effect


async def _holder(units: SigninUnits, credential: str) -> Person | None:
    """Whose passkey an answer says it is; the signature proves it."""
    handle = handle_of(credential)
    if handle is None:
        return None
    async with units.read() as unit:
        return await unit.people.by_id(handle.account)
