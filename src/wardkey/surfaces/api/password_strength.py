"""How strong a password is, for a meter beside the field (ACC-5)."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from wardkey.accounts.actions import measure
from wardkey.accounts.passwords import minimum_length
from wardkey.problems import SCORES, strength_in_words
from wardkey.rate_limits.actions import take
from wardkey.rate_limits.rules import Budget
from wardkey.self_service.actions import needs_long_password, person_of
from wardkey.surfaces.api.examples import EMAIL, NAME, PASSWORD
from wardkey.surfaces.api.operation import Answered, Call, Operation, Outcome, Told, for_anyone
from wardkey.vocabulary import Problem, network_of


class Candidate(Struct, frozen=True, forbid_unknown_fields=True):
    """A password that is being chosen, and whose it would be."""

    password: Annotated[str, Meta(max_length=4_000)]
    email: Annotated[str, Meta(max_length=2_000)] = ""
    name: Annotated[str, Meta(max_length=2_000)] = ""


class StrengthShown(Struct, frozen=True, kw_only=True):
    """`score` is 0 (easily guessed) to 4 (very hard to guess), 1 at most for what would be refused; `code` says why."""

    score: Annotated[int, Meta(ge=0, le=4)]
    accepted: bool
    code: str | None
    message: str


async def show_strength(call: Call, sent: Candidate) -> Outcome:
    wait = await take(call.world, Budget.STRENGTH_NETWORK, network_of(call.origin.ip))
    if wait:
        return Problem(code="too_many_requests", retry_after=wait)
    settings, found = call.world.settings, await call.who()
    is_long = found is None or needs_long_password(call.caller(found), await person_of(call.caller(found)))
    minimum = minimum_length(settings.password, has_mfa=not is_long)
    read = await measure(call.world, sent.password, minimum=minimum, words=(sent.email[:254], sent.name[:100]))
    return StrengthShown(
        score=read.score,
        accepted=read.fault is None,
        code=read.fault.code if read.fault else None,
        message=strength_in_words(read.score, read.fault, call.language),
    )


OPERATIONS: Final[tuple[Operation, ...]] = (
    for_anyone(
        "POST",
        "/api/v1/password-strength",
        show_strength,
        Candidate,
        Told(
            id="measurePassword",
            tag="Passwords",
            summary="How strong a password is",
            description="With a session, it is judged by the rules for that account; nothing is kept.",
            answered=Answered(
                200,
                "The reading.",
                StrengthShown,
                {"a strong one": StrengthShown(score=4, accepted=True, code=None, message=SCORES[4])},
            ),
            examples={"a few words": Candidate(PASSWORD, EMAIL, NAME)},
            problems=("too_many_requests",),
        ),
    ),
)
