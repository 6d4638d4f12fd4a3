"""Changing the email address, and the two links that belong to it: confirm and undo (ACC-4)."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from wardkey.email_change.actions import LinkView, Moved, ask, cancel, confirm, look, pending, send_again
from wardkey.email_change.rules import Pending
from wardkey.email_change.undoing import look_at_undo, undo
from wardkey.self_service.actions import Caller
from wardkey.surfaces.api.examples import EMAIL, LINK, NEW_EMAIL, SIGNED_IN, TOMORROW
from wardkey.surfaces.api.links import LINK_PROBLEMS, Token
from wardkey.surfaces.api.operation import (
    Answered,
    Call,
    NoBody,
    Operation,
    Outcome,
    Told,
    for_anyone,
    for_signed_in,
)
from wardkey.vocabulary import Instant, Problem

ACCOUNT: Final = "My account"
TAG: Final = "Email address"
PATH: Final = "/api/v1/account/email"


class NewEmail(Struct, frozen=True, forbid_unknown_fields=True):
    """The address that the account should have."""

    email: Annotated[str, Meta(max_length=2_000)]


class PendingEmail(Struct, frozen=True, kw_only=True):
    """A change that waits for the link sent to `email`, until `expires_at`."""

    email: str
    asked_at: Instant
    expires_at: Instant


class EmailState(Struct, frozen=True):
    """The address of the account, and the change that waits, if one does."""

    email: str
    pending: PendingEmail | None


class EmailLink(Struct, frozen=True, forbid_unknown_fields=True):
    """The token of a link."""

    token: Token


class LinkedEmail(Struct, frozen=True):
    """The link is good, and would give the account this address."""

    email: str


class EmailSet(Struct, frozen=True):
    """The account has this address from now on; the person signs in with it."""

    email: str


async def show(_call: Call, caller: Caller, _: NoBody) -> Outcome:
    waiting = await pending(caller)
    return EmailState(caller.who.email, _shown(waiting) if waiting else None)


async def change(_call: Call, caller: Caller, sent: NewEmail) -> Outcome:
    return _waiting(await ask(caller, sent.email))


async def again(_call: Call, caller: Caller, _: NoBody) -> Outcome:
    return _waiting(await send_again(caller))


async def keep(_call: Call, caller: Caller, _: NoBody) -> Outcome:
    await cancel(caller)
    return None


async def check_confirmation(call: Call, sent: EmailLink) -> Outcome:
    return _linked(await look(call.units, call.world, sent.token))


async def confirm_change(call: Call, sent: EmailLink) -> Outcome:
    return _set(await confirm(call.units, call.world, sent.token, call.origin))


async def check_undo(call: Call, sent: EmailLink) -> Outcome:
    return _linked(await look_at_undo(call.units, call.world, sent.token))


async def undo_change(call: Call, sent: EmailLink) -> Outcome:
    return _set(await undo(call.units, call.world, sent.token, call.origin))


def _shown(waiting: Pending) -> PendingEmail:
    return PendingEmail(email=waiting.email, asked_at=waiting.asked_at, expires_at=waiting.expires_at)


def _waiting(outcome: Pending | Problem) -> Outcome:
    return outcome if isinstance(outcome, Problem) else _shown(outcome)


def _linked(seen: LinkView) -> Outcome:
    return Problem(code=seen.fault) if seen.fault else LinkedEmail(seen.email)


def _set(outcome: Moved | Problem) -> Outcome:
    return outcome if isinstance(outcome, Problem) else EmailSet(outcome.email)


WAITING: Final = PendingEmail(email=NEW_EMAIL, asked_at=SIGNED_IN, expires_at=TOMORROW)
OWN: Final[tuple[Operation, ...]] = (
    for_signed_in(
        "GET",
        PATH,
        show,
        NoBody,
        Told(
            id="getEmail",
            tag=ACCOUNT,
            summary="The address of the account",
            answered=Answered(
                200,
                "The address.",
                EmailState,
                {"as it is": EmailState(EMAIL, None), "about to change": EmailState(EMAIL, WAITING)},
            ),
        ),
    ),
    for_signed_in(
        "POST",
        PATH,
        change,
        NewEmail,
        Told(
            id="changeEmail",
            tag=ACCOUNT,
            summary="Change the address",
            description="Sends a link to the new address; until it is confirmed there, nothing changes. The same answer for every"
            " address. If it has an account already, its owner is told by email.",
            answered=Answered(202, "A message is on its way.", PendingEmail, {"taken": WAITING}),
            examples={"a new address": NewEmail(NEW_EMAIL)},
            problems=("step_up_required", "too_many_requests"),
        ),
    ),
    for_signed_in(
        "POST",
        f"{PATH}/pending/resend",
        again,
        NoBody,
        Told(
            id="resendEmailChange",
            tag=ACCOUNT,
            summary="Have the link to the new address sent again",
            description="The one before stops working.",
            answered=Answered(202, "A message is on its way.", PendingEmail, {"taken": WAITING}),
            problems=("no_change_pending", "too_many_requests"),
        ),
    ),
    for_signed_in(
        "DELETE",
        f"{PATH}/pending",
        keep,
        NoBody,
        Told(
            id="cancelEmailChange",
            tag=ACCOUNT,
            summary="Keep the present address",
            description="The link to the new one stops working.",
            answered=Answered(204, "Nothing waits any more."),
        ),
    ),
)
LINKS: Final[tuple[Operation, ...]] = (
    for_anyone(
        "POST",
        "/api/v1/email-change/check",
        check_confirmation,
        EmailLink,
        Told(
            id="checkEmailChange",
            tag=TAG,
            summary="Whether a link to a new address is good",
            description="Spends nothing.",
            answered=Answered(200, "It is good.", LinkedEmail, {"good": LinkedEmail(NEW_EMAIL)}),
            examples={"a link": EmailLink(LINK)},
            problems=LINK_PROBLEMS,
        ),
    ),
    for_anyone(
        "POST",
        "/api/v1/email-change/confirm",
        confirm_change,
        EmailLink,
        Told(
            id="confirmEmailChange",
            tag=TAG,
            summary="Confirm a new address",
            description="Spends the link. Every session of the account ends but the one that asked for the change; the earlier"
            " address is told and can undo it.",
            answered=Answered(200, "The account has the address.", EmailSet, {"changed": EmailSet(NEW_EMAIL)}),
            examples={"a link": EmailLink(LINK)},
            problems=(*LINK_PROBLEMS, "address_taken", "try_again", "too_many_requests"),
        ),
    ),
    for_anyone(
        "POST",
        "/api/v1/email-undo/check",
        check_undo,
        EmailLink,
        Told(
            id="checkEmailUndo",
            tag=TAG,
            summary="Whether a link to the earlier address is good",
            description="Spends nothing.",
            answered=Answered(200, "It is good.", LinkedEmail, {"good": LinkedEmail(EMAIL)}),
            examples={"a link": EmailLink(LINK)},
            problems=LINK_PROBLEMS,
        ),
    ),
    for_anyone(
        "POST",
        "/api/v1/email-undo/confirm",
        undo_change,
        EmailLink,
        Told(
            id="undoEmailChange",
            tag=TAG,
            summary="Undo a change of address",
            description="Spends the link, whatever was changed on the account since. The earlier address is the account's again,"
            " every session ends, the password opens nothing until it is changed, and a link for that is sent.",
            answered=Answered(200, "The account has its earlier address.", EmailSet, {"undone": EmailSet(EMAIL)}),
            examples={"a link": EmailLink(LINK)},
            problems=(*LINK_PROBLEMS, "address_taken", "try_again", "too_many_requests"),
        ),
    ),
)
OPERATIONS: Final = (*OWN, *LINKS)
