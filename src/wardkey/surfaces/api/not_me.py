""" "This wasn't me": the link in a notice, for programs (MFA-11)."""

from typing import Final

from msgspec import Struct

from wardkey.account_repair.reporting import Reported, look_at_report, report
from wardkey.surfaces.api.examples import EMAIL, LINK
from wardkey.surfaces.api.links import LINK_PROBLEMS, Token
from wardkey.surfaces.api.operation import Answered, Call, Operation, Outcome, Told, for_anyone
from wardkey.vocabulary import Problem

TAG: Final = "This wasn't me"


class NoticeLink(Struct, frozen=True, forbid_unknown_fields=True):
    """The token of a link in a notice."""

    token: Token


class ReportState(Struct, frozen=True):
    """The link is good. `restores` is the address that the account gets back, where it was changed since; otherwise null."""

    restores: str | None


class Secured(Struct, frozen=True):
    """Everyone is signed out, the password opens nothing, and a link to choose a new one is on its way to `email`."""

    email: str


async def check(call: Call, sent: NoticeLink) -> Outcome:
    seen = await look_at_report(call.units, call.world, sent.token)
    return Problem(code=seen.fault) if seen.fault else ReportState(seen.restores or None)


async def confirm(call: Call, sent: NoticeLink) -> Outcome:
    outcome = await report(call.units, call.world, sent.token, call.origin)
    return Secured(outcome.email) if isinstance(outcome, Reported) else outcome


OPERATIONS: Final[tuple[Operation, ...]] = (
    for_anyone(
        "POST",
        "/api/v1/not-me/check",
        check,
        NoticeLink,
        Told(
            id="checkNotMe",
            tag=TAG,
            summary="Whether the link of a notice is good",
            description="Spends nothing.",
            answered=Answered(
                200,
                "It is good.",
                ReportState,
                {"as it was": ReportState(None), "with another address since": ReportState(EMAIL)},
            ),
            examples={"a link": NoticeLink(LINK)},
            problems=LINK_PROBLEMS,
        ),
    ),
    for_anyone(
        "POST",
        "/api/v1/not-me/confirm",
        confirm,
        NoticeLink,
        Told(
            id="reportNotMe",
            tag=TAG,
            summary="Say that it was somebody else",
            description="Spends the link, whatever was changed on the account since. Every session, trust and pending step ends,"
            " the password opens nothing until it is changed, and a link for that is sent. An address that was changed since the"
            " notice is restored.",
            answered=Answered(200, "Everyone is signed out.", Secured, {"closed": Secured(EMAIL)}),
            examples={"a link": NoticeLink(LINK)},
            problems=(*LINK_PROBLEMS, "try_again", "too_many_requests"),
        ),
    ),
)
