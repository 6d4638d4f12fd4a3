"""Choosing a new password with an emailed link (ACC-6); MFA still stands afterwards."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from wardkey.account_repair.actions import PasswordSet, ask_reset, look_at_reset, reset_password
from wardkey.surfaces.api.examples import EMAIL, LINK, NEW_PASSWORD
from wardkey.surfaces.api.links import LINK_PROBLEMS, Token
from wardkey.surfaces.api.operation import Answered, Call, Operation, Outcome, Told, for_anyone
from wardkey.vocabulary import Problem

TAG: Final = "Password reset"


class ResetWanted(Struct, frozen=True, forbid_unknown_fields=True):
    """The address of the account."""

    email: Annotated[str, Meta(max_length=2_000)]


class ResetLink(Struct, frozen=True, forbid_unknown_fields=True):
    """The token of a link."""

    token: Token


class Reset(Struct, frozen=True, forbid_unknown_fields=True):
    """The token of a link, and the password from now on."""

    token: Token
    password: Annotated[str, Meta(max_length=4_000)]


class PasswordReplaced(Struct, frozen=True):
    """The new password stands and every session of the account has ended; the person signs in as usual."""

    email: str


async def ask(call: Call, sent: ResetWanted) -> Outcome:
    return await ask_reset(call.units, call.world, sent.email, call.origin)


async def check(call: Call, sent: ResetLink) -> Outcome:
    fault = await look_at_reset(call.units, call.world, sent.token)
    return Problem(code=fault) if fault else None


async def replace(call: Call, sent: Reset) -> Outcome:
    outcome = await reset_password(call.units, call.world, sent.token, sent.password, call.origin)
    return PasswordReplaced(outcome.email) if isinstance(outcome, PasswordSet) else outcome


OPERATIONS: Final[tuple[Operation, ...]] = (
    for_anyone(
        "POST",
        "/api/v1/password-reset",
        ask,
        ResetWanted,
        Told(
            id="requestPasswordReset",
            tag=TAG,
            summary="Ask for a link to choose a new password",
            description="The same answer for every address; a link goes out where there is an account.",
            answered=Answered(202, "Taken."),
            examples={"an address": ResetWanted(EMAIL)},
            problems=("too_many_requests",),
        ),
    ),
    for_anyone(
        "POST",
        "/api/v1/password-reset/check",
        check,
        ResetLink,
        Told(
            id="checkPasswordReset",
            tag=TAG,
            summary="Whether a reset link is good",
            description="Spends nothing.",
            answered=Answered(204, "It is good."),
            examples={"a link": ResetLink(LINK)},
            problems=LINK_PROBLEMS,
        ),
    ),
    for_anyone(
        "POST",
        "/api/v1/password-reset/confirm",
        replace,
        Reset,
        Told(
            id="resetPassword",
            tag=TAG,
            summary="Choose a new password",
            description="Spends the link and ends every session of the account.",
            answered=Answered(200, "The new password stands.", PasswordReplaced, {"replaced": PasswordReplaced(EMAIL)}),
            examples={"a new password": Reset(LINK, NEW_PASSWORD)},
            problems=(*LINK_PROBLEMS, "too_many_requests"),
        ),
    ),
)
