"""What one operation of the JSON API is: where it stands, what it takes and answers, and how it is told in the OpenAPI document.

Routes and document are both made from these values, so no operation can be served and not documented.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal, TypeAlias, TypeVar

from litestar.types import HTTPScope, Receive
from msgspec import Struct

from wardkey.ports import World
from wardkey.self_service.actions import Caller
from wardkey.sessions.actions import note_activity, who
from wardkey.sessions.rules import SignedIn, needs_touch
from wardkey.surfaces.api.bodies import Body
from wardkey.surfaces.asgi import header
from wardkey.surfaces.service import Units
from wardkey.surfaces.visit import Visit, visit_of
from wardkey.vocabulary import Language, Origin, Problem

B = TypeVar("B", bound=Struct)
BEARER: Final = "Bearer "
BODY_PROBLEMS: Final = ("malformed_body", "wrong_content_type", "too_large", "check_fields")
"""What any operation with a body may refuse it with."""


class Call:
    """One request to an operation."""

    __slots__ = ("_receive", "_scope", "visit")

    def __init__(self, scope: HTTPScope, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive
        self.visit: Visit = visit_of(scope)

    @property
    def world(self) -> World:
        return self.visit.service.world

    @property
    def units(self) -> Units:
        return self.visit.service.units

    @property
    def origin(self) -> Origin:
        return self.visit.origin

    @property
    def language(self) -> Language:
        return self.visit.origin.language

    @property
    def query(self) -> bytes:
        return self._scope["query_string"]

    @property
    def token(self) -> str:
        """The bearer token (RFC 6750 §2.1), or nothing."""
        given = header(self._scope, b"authorization")
        return given[len(BEARER) :].strip() if given[: len(BEARER)].title() == BEARER else ""

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self._scope["path_params"][name])

    async def body(self, reader: Body[B]) -> B | Problem:
        return await reader.read(self._scope, self._receive)

    async def who(self) -> SignedIn | None:
        """Whose session the token is, in one statement; its use is noted now and then."""
        token, at = self.token, self.world.clock.now()
        if not token:
            return None
        async with self.units.read() as unit:
            found = await who(unit, token, at)
        if found is not None and needs_touch(found.session, at):
            async with self.units.single() as unit:
                await note_activity(unit, found.session, at)
        return found

    def caller(self, found: SignedIn) -> Caller:
        return Caller(units=self.units, world=self.world, who=found, origin=self.origin)


class Refusal(Struct, frozen=True):
    """A refusal that says more than its problem, such as where a sign-in goes on."""

    problem: Problem
    more: Mapping[str, object]


class NoBody(Struct, frozen=True):
    """Nothing is read."""


Outcome: TypeAlias = Struct | Problem | Refusal | None
"""What a handler answers: a struct is the body of the answer, None is an answer without one."""
Handle: TypeAlias = Callable[[Call], Awaitable[Outcome]]
Example: TypeAlias = Mapping[str, object]


class Link(Struct, frozen=True):
    """Where a value of an answer leads: `pointer` finds it (RFC 6901), an operation takes it as a parameter."""

    operation: str
    parameter: str
    pointer: str


class Answered(Struct, frozen=True):
    """The answer to a request that was right: `kind` is None where it has no body; examples are by name."""

    status: int
    description: str
    kind: type[Struct] | None = None
    examples: Mapping[str, object] = {}
    links: tuple[Link, ...] = ()


class Parameter(Struct, frozen=True):
    """A part of the path, of the query, or a header. `pattern` is what it has to match to name anything."""

    name: str
    place: Literal["path", "query", "header"]
    description: str
    example: str
    pattern: str | None = None


class Told(Struct, frozen=True, kw_only=True):
    """How an operation is told in the OpenAPI document; `problems` are the codes that not every operation may refuse with."""

    id: str
    tag: str
    summary: str
    description: str = ""
    answered: Answered
    examples: Mapping[str, object] = {}
    """Bodies that can be sent, by name."""
    problems: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    refusal: type[Struct] | None = None
    """The kind of body that refusals have, where it is more than problem details."""


class Operation(Struct, frozen=True, kw_only=True):
    """One method at one path."""

    method: str
    path: str
    handle: Handle
    told: Told
    needs_session: bool = False
    body: type[Struct] | None = None


def for_anyone(method: str, path: str, handle: Callable[[Call, B], Awaitable[Outcome]], body: type[B], told: Told) -> Operation:
    """An operation that needs no session."""
    reader = Body(body)

    async def take(call: Call) -> Outcome:
        sent = await call.body(reader)
        return sent if isinstance(sent, Problem) else await handle(call, sent)

    return Operation(method=method, path=path, handle=take, told=told, body=_shown(body))


def for_signed_in(
    method: str, path: str, handle: Callable[[Call, Caller, B], Awaitable[Outcome]], body: type[B], told: Told
) -> Operation:
    """An operation on one's own account; without a session it is refused before anything is read."""
    reader = Body(body)

    async def take(call: Call) -> Outcome:
        found = await call.who()
        if found is None:
            return Problem(code="signed_out")
        sent = await call.body(reader)
        return sent if isinstance(sent, Problem) else await handle(call, call.caller(found), sent)

    return Operation(method=method, path=path, handle=take, told=told, needs_session=True, body=_shown(body))


def problems_of(operation: Operation) -> tuple[str, ...]:
    """Every code that an operation may refuse with, in the order of their telling."""
    session = ("signed_out",) if operation.needs_session else ()
    body = BODY_PROBLEMS if operation.body else ()
    return tuple(dict.fromkeys((*body, *session, *operation.told.problems, "bad_request", "unavailable", "internal")))


def _shown(body: type[Struct]) -> type[Struct] | None:
    return None if body is NoBody else body
