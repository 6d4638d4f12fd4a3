"""A refusal as programs read it: problem details for HTTP APIs (RFC 9457)."""

from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from wardkey.problems import PROBLEMS, detail_of, sentence_of, title_of
from wardkey.surfaces.asgi import Headers
from wardkey.vocabulary import FieldFault, Language, Problem

MEDIA_TYPE: Final = "application/problem+json"
KIND: Final = "urn:wardkey:problem:"


class FieldError(Struct, frozen=True):
    """What is wrong with one field of what was sent."""

    field: Annotated[str, Meta(description="Name of the field in the body, or of the parameter.")]
    code: Annotated[str, Meta(description="Stays the same in every language and release.")]
    message: Annotated[str, Meta(description="A sentence for the person, in their language.")]


class ProblemDetails(Struct, frozen=True, kw_only=True):
    """Why something was refused (RFC 9457). `code` is for programs; `title`, `detail` and each `message` are for people."""

    type: Annotated[str, Meta(description=f"`{KIND}` and the code.")]
    title: str
    status: Annotated[int, Meta(ge=400, le=599, description="The HTTP status.")]
    detail: Annotated[str, Meta(description="What happened and what to do next, in the language of the request.")]
    code: Annotated[str, Meta(description="Stays the same in every language and release.")]
    errors: Annotated[tuple[FieldError, ...], Meta(description="One entry for each field that is at fault.")] = ()
    reference: Annotated[str, Meta(description="What the person can read to an administrator.")] | UnsetType = UNSET
    retry_after: Annotated[int, Meta(ge=1, description="Whole seconds to wait, as in Retry-After.")] | UnsetType = UNSET
    tries_left: Annotated[int, Meta(ge=0, description="Further wrong codes that this sign-in allows.")] | UnsetType = UNSET


def details_of(problem: Problem, language: Language) -> ProblemDetails:
    """A problem in the words of one language."""
    tries_left = problem.params.get("tries_left")
    return ProblemDetails(
        type=KIND + problem.code,
        title=title_of(problem, language),
        status=PROBLEMS[problem.code].status,
        detail=detail_of(problem, language),
        code=problem.code,
        errors=tuple(_error(fault, language) for fault in problem.faults),
        reference=problem.reference or UNSET,
        retry_after=problem.retry_after or UNSET,
        tries_left=tries_left if isinstance(tries_left, int) else UNSET,
    )


def headers_for(problem: Problem, language: Language) -> Headers:
    """The headers of a refusal."""
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-language", language.encode())]
    if PROBLEMS[problem.code].status == 401:
        headers.append((b"www-authenticate", b"Bearer"))  # RFC 9110 §15.5.2 asks for a challenge with every 401
    if problem.retry_after:
        headers.append((b"retry-after", str(problem.retry_after).encode()))
    return headers


def encoded(problem: Problem, language: Language) -> bytes:
    return msgspec.json.encode(details_of(problem, language))


def _error(fault: FieldFault, language: Language) -> FieldError:
    return FieldError(field=fault.field, code=fault.code, message=sentence_of(fault, language))
