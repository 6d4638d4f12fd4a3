"""Where the services that send texts report what became of them. Each report must prove whose it is; the rest has no effect."""

from hashlib import sha256
from typing import Any, Final, TypeAlias

from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from wardkey.ports import TEXT_STATUS, StatusReader, TextReport
from wardkey.rate_limits.actions import take, wait_for
from wardkey.rate_limits.rules import Budget
from wardkey.surfaces.asgi import headers_of
from wardkey.surfaces.service import Service
from wardkey.surfaces.visit import visit_of
from wardkey.texts.actions import delivered

AnyRequest: TypeAlias = Request[Any, Any, Any]
DONE: Final = 204
REFUSED: Final = 403
UNKNOWN: Final = 404


def texts_status_handlers() -> list[HTTPRouteHandler]:
    """The one address under which services report, each under its sender's name."""
    return [report]


@post(f"{TEXT_STATUS}{{sender:str}}")
async def report(request: AnyRequest, sender: FromPath[str]) -> Response[bytes]:
    """Answers 204 where something was noted, 404 where there is no such sender or text, and 403 for all that is not surely a new
    report of that sender's service."""
    service = visit_of(request.scope).service
    reader = {known.name: known for known in service.texts if isinstance(known, StatusReader)}.get(sender)
    if reader is None:
        return _answer(UNKNOWN)
    query = request.scope["query_string"].decode("latin-1")
    url = f"{service.world.settings.public_url.rstrip('/')}{TEXT_STATUS}{sender}{query and '?' + query}"
    read = reader.read_status(url, headers_of(request.scope), await request.body(), service.world.clock.now())
    return _answer(await _noted(service, sender, read) if read else REFUSED)


async def _noted(service: Service, sender: str, read: TextReport) -> int:
    """Note a report, once; one that could not be noted may come again."""
    world = service.world
    once = sha256(f"{sender} {read.proof}".encode()).hexdigest()
    if await wait_for(world, Budget.TEXT_REPORT, once):
        return REFUSED
    async with service.units.write() as unit:
        is_known = await delivered(unit, world, sender, read.id, read.outcome, world.clock.now())
    if not is_known:
        return UNKNOWN
    await take(world, Budget.TEXT_REPORT, once)
    return DONE


def _answer(status: int) -> Response[bytes]:
    return Response(b"", status_code=status, media_type="text/plain")
