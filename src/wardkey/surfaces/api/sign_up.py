"""Signing up, and proving the address (ACC-1): alike for addresses with and without an account (ACC-7)."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from wardkey.email_verification.actions import (
    Confirmed,
    SignUpForm,
    ask_resend,
    ask_sign_up,
    confirm,
    look_at_link,
)
from wardkey.surfaces.api.examples import EMAIL, LINK, NAME, PASSWORD, PROOF
from wardkey.surfaces.api.links import LINK_PROBLEMS, Token
from wardkey.surfaces.api.operation import Answered, Call, Operation, Outcome, Told, for_anyone
from wardkey.vocabulary import Problem

TAG: Final = "Sign-up"
Proof = Annotated[str, Meta(max_length=1_000, description="`proof` of the answer to the sign-up, where it was made here.")]


class SignUp(Struct, frozen=True, forbid_unknown_fields=True):
    """A new person."""

    name: Annotated[str, Meta(max_length=2_000)]
    email: Annotated[str, Meta(max_length=2_000)]
    password: Annotated[str, Meta(max_length=4_000)]


class SignUpTaken(Struct, frozen=True):
    """The sign-up is taken and a message is on its way. Keep `proof`: whoever shows it can confirm without the password."""

    email: str
    proof: str


class LinkWanted(Struct, frozen=True, forbid_unknown_fields=True):
    """The address to which another link should go."""

    email: Annotated[str, Meta(max_length=2_000)]


class LinkShown(Struct, frozen=True, forbid_unknown_fields=True):
    """The token of a link."""

    token: Token
    proof: Proof | None = None


class LinkState(Struct, frozen=True):
    """The link is good; with `needs_password`, the password chosen at sign-up has to be sent with it."""

    needs_password: bool


class Confirmation(Struct, frozen=True, forbid_unknown_fields=True):
    """The token of a link, with the `proof` of the sign-up or the password chosen there."""

    token: Token
    password: Annotated[str, Meta(max_length=4_000)] | None = None
    proof: Proof | None = None


class AddressConfirmed(Struct, frozen=True):
    """The address is proven; the person signs in as usual."""

    email: str


async def take_sign_up(call: Call, sent: SignUp) -> Outcome:
    form = SignUpForm(sent.name, sent.email, sent.password)
    asked = await ask_sign_up(call.units, call.world, form, call.origin)
    return asked if isinstance(asked, Problem) else SignUpTaken(asked.email, asked.proof)


async def resend(call: Call, sent: LinkWanted) -> Outcome:
    return await ask_resend(call.units, call.world, sent.email, call.origin)


async def check(call: Call, sent: LinkShown) -> Outcome:
    state = await look_at_link(call.units, call.world, sent.token, sent.proof)
    return Problem(code=state.fault) if state.fault else LinkState(state.needs_password)


async def confirm_address(call: Call, sent: Confirmation) -> Outcome:
    outcome = await confirm(call.units, call.world, sent.token, sent.password, sent.proof, call.origin)
    return AddressConfirmed(outcome.email) if isinstance(outcome, Confirmed) else outcome


OPERATIONS: Final[tuple[Operation, ...]] = (
    for_anyone(
        "POST",
        "/api/v1/sign-up",
        take_sign_up,
        SignUp,
        Told(
            id="signUp",
            tag=TAG,
            summary="Sign up",
            description="The same answer for every address. If it has an account already, its owner is told by email.",
            answered=Answered(202, "Taken.", SignUpTaken, {"taken": SignUpTaken(EMAIL, PROOF)}),
            examples={"a new person": SignUp(NAME, EMAIL, PASSWORD)},
            problems=("too_many_requests",),
        ),
    ),
    for_anyone(
        "POST",
        "/api/v1/email-verification",
        resend,
        LinkWanted,
        Told(
            id="resendVerification",
            tag=TAG,
            summary="Have the confirmation link sent again",
            description="The same answer for every address; a link goes out only where somebody waits for one.",
            answered=Answered(202, "Taken."),
            examples={"an address": LinkWanted(EMAIL)},
            problems=("too_many_requests",),
        ),
    ),
    for_anyone(
        "POST",
        "/api/v1/email-verification/check",
        check,
        LinkShown,
        Told(
            id="checkVerification",
            tag=TAG,
            summary="Whether a confirmation link is good",
            description="Spends nothing.",
            answered=Answered(200, "It is good.", LinkState, {"elsewhere": LinkState(needs_password=True)}),
            examples={"a link": LinkShown(LINK)},
            problems=LINK_PROBLEMS,
        ),
    ),
    for_anyone(
        "POST",
        "/api/v1/email-verification/confirm",
        confirm_address,
        Confirmation,
        Told(
            id="confirmEmail",
            tag=TAG,
            summary="Confirm an address",
            description="Spends the link. It signs nobody in.",
            answered=Answered(200, "The address is proven.", AddressConfirmed, {"proven": AddressConfirmed(EMAIL)}),
            examples={
                "where the sign-up was made": Confirmation(LINK, proof=PROOF),
                "elsewhere": Confirmation(LINK, password=PASSWORD),
            },
            problems=(*LINK_PROBLEMS, "too_many_requests"),
        ),
    ),
)
