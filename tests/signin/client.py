"""Somebody who signs in: the runner's commands as a person gives them, one attempt at a time."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from tests.authenticator import Authenticator, Json, as_text
from tests.signin.methods import options
from tests.world import HERE, PASSWORD, Practice
from wardkey.audit.rules import Entry
from wardkey.self_service.actions import Caller
from wardkey.sessions.actions import who
from wardkey.sessions.rules import SignedIn
from wardkey.signin import view
from wardkey.signin.commands import (
    AnswerMfa,
    AnswerPasskeyOffer,
    AskMfa,
    BeginEnrolment,
    ChoosePassword,
    Command,
    ConfirmEnrolment,
    ConfirmSaved,
    ContinueVerification,
    SubmitPasskey,
    SubmitPassword,
)
from wardkey.signin.passkey_first import Offered, offer
from wardkey.signin.runner import look, proceed, start
from wardkey.vocabulary import AccountId, Origin

KEY = b"12345678901234567890"
ELSEWHERE = Origin(ip="198.51.100.9", user_agent="curl/8.14")


class Client:
    """One person (or stranger) with one attempt."""

    def __init__(self, practice: Practice, origin: Origin = HERE) -> None:
        self.practice, self.origin, self.token = practice, origin, ""

    async def password(
        self, email: str = "ada@example.org", password: str = PASSWORD, *, can_hold_passkey: bool = False
    ) -> view.SigninView:
        return await self.start(SubmitPassword(email, password, can_hold_passkey=can_hold_passkey))

    def offered(self) -> Offered:
        """What the button of the sign-in page gets."""
        return offer(self.practice.world, self.practice.clock.now())

    async def passkey(self, authenticator: Authenticator, offered: Offered | None = None) -> view.SigninView:
        """Sign in with a passkey in place of the password."""
        asked = offered or self.offered()
        return await self.start(SubmitPasskey(asked.token, as_text(authenticator.get(asked.options))))

    async def start(self, command: SubmitPassword | SubmitPasskey) -> view.SigninView:
        seen = await start(self.practice.units, self.practice.world, command, self.origin)
        self.token = seen.attempt or ""
        return self._kept(seen)

    async def send(self, command: Command) -> view.SigninView:
        return self._kept(await proceed(self.practice.units, self.practice.world, self.token, command, self.origin))

    def _kept(self, seen: view.SigninView) -> view.SigninView:
        """A browser keeps the tokens of its device and brings them the next time."""
        if isinstance(seen.step, view.Done):
            self.origin = replace(
                self.origin,
                device=seen.step.device_token or self.origin.device,
                trust=seen.step.trust_token or self.origin.trust,
            )
        return seen

    async def ask(self, method: str) -> view.SigninView:
        return await self.send(AskMfa(method))

    async def touch(
        self, authenticator: Authenticator, asked: Mapping[str, object] | None = None, *, trusts: bool = False
    ) -> view.SigninView:
        """Answer the MFA challenge with a passkey; `asked` are the options to answer, else those that are shown."""
        answer = as_text(await self.signed(authenticator, asked))
        return await self.send(AnswerMfa("passkey", credential=answer, trust_device=trusts))

    async def signed(self, authenticator: Authenticator, asked: Mapping[str, object] | None = None) -> Json:
        return authenticator.get(asked or options(mfa_of(await self.look()).asked["passkey"]))

    async def begin(self, method: str, number: str = "", country: str = "") -> view.SigninView:
        return await self.send(BeginEnrolment(method, number, country))

    async def make(self, authenticator: Authenticator, label: str = "", *, trusts: bool = False) -> view.SigninView:
        """End the set-up of a passkey."""
        step = (await self.look()).step
        assert isinstance(step, view.EnrollMfa), step
        made = as_text(authenticator.create(options(step.setups["passkey"])))
        return await self.send(ConfirmEnrolment("passkey", credential=made, label=label, trust_device=trusts))

    async def answer_offer(self, choice: str, authenticator: Authenticator | None = None, label: str = "") -> view.SigninView:
        step, credential = (await self.look()).step, ""
        if authenticator is not None:
            assert isinstance(step, view.OfferPasskey), step
            credential = as_text(authenticator.create(step.options))
        return await self.send(AnswerPasskeyOffer(choice, credential, label))

    async def look(self) -> view.SigninView:
        return await look(self.practice.units, self.practice.world, self.token)

    async def code(self, code: str, method: str = "totp", *, trusts: bool = False) -> view.SigninView:
        return await self.send(AnswerMfa(method, code, trust_device=trusts))

    async def enrol(self, code: str, method: str = "totp", *, trusts: bool = False) -> view.SigninView:
        return await self.send(ConfirmEnrolment(method, code, trust_device=trusts))

    async def saved(self, saved: bool = True) -> view.SigninView:
        return await self.send(ConfirmSaved(saved))

    async def choose(self, password: str) -> view.SigninView:
        return await self.send(ChoosePassword(password))

    async def verified(self, *, resend: bool = False) -> view.SigninView:
        return await self.send(ContinueVerification(resend))


def problem_of(seen: view.SigninView) -> str:
    """The code of what was refused: that of the problem, or of the fault in a field where the form is at fault."""
    assert seen.problem is not None, seen
    return seen.problem.faults[0].code if seen.problem.code == "check_fields" else seen.problem.code


def mfa_of(seen: view.SigninView) -> view.Mfa:
    """The MFA challenge, at which a sign-in has to stand."""
    assert isinstance(seen.step, view.Mfa), seen
    return seen.step


def done_of(seen: view.SigninView) -> view.Done:
    assert isinstance(seen.step, view.Done), seen
    return seen.step


def blocked_by(seen: view.SigninView) -> str:
    assert isinstance(seen.step, view.Blocked), seen
    return seen.step.code


def token_of(seen: view.SigninView) -> str:
    """The session of a sign-in that has to be done."""
    assert isinstance(seen.step, view.Done), seen
    return seen.step.session_token


async def signed_in(practice: Practice, token: str) -> SignedIn | None:
    async with practice.units.read() as unit:
        return await who(unit, token, practice.clock.now())


async def sign_in(
    practice: Practice,
    email: str = "ada@example.org",
    password: str = PASSWORD,
    key: bytes | None = None,
    origin: Origin = HERE,
) -> str:
    """A whole sign-in; with a key, a code is given as well. Answers the session token."""
    client = Client(practice, origin)
    seen = await client.password(email, password)
    return token_of(seen if key is None else await client.code(practice.code(key)))


async def caller_of(practice: Practice, token: str, origin: Origin = HERE) -> Caller:
    """A signed-in person, as surfaces hand them on to what they do to their own account."""
    found = await signed_in(practice, token)
    assert found is not None
    return Caller(units=practice.units, world=practice.world, who=found, origin=origin)


async def trail(practice: Practice, account: AccountId) -> Sequence[Entry]:
    """What the audit trail holds about an account, oldest first."""
    async with practice.units.read() as unit:
        return list(reversed(await unit.audit.about(account, limit=500)))


async def names_in_trail(practice: Practice, account: AccountId) -> list[str]:
    return [entry.name for entry in await trail(practice, account)]
