"""Whether this process is alive, whether it can serve, and its figures."""

from typing import Any, Final, TypeAlias

from litestar import MediaType, Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler

from wardkey.surfaces.metrics import MEDIA_TYPE, Metrics
from wardkey.surfaces.request import is_in
from wardkey.surfaces.visit import visit_of

AnyRequest: TypeAlias = Request[Any, Any, Any]
LOOPBACK: Final = ("127.0.0.0/8", "::1/128")


def health_handlers(metrics: Metrics) -> list[HTTPRouteHandler]:
    """`/healthz`, `/readyz` and `/metrics`."""

    @get("/metrics", media_type=MediaType.TEXT)
    async def figures(request: AnyRequest) -> Response[bytes]:
        if not may_see_figures(request):
            raise NotFoundException
        return Response(await metrics.text(visit_of(request.scope).service), media_type=MEDIA_TYPE)

    return [alive, ready, figures]


@get("/healthz")
async def alive() -> dict[str, bool]:
    """This process answers; asks nobody else."""
    return {"alive": True}


@get("/readyz")
async def ready(request: AnyRequest) -> Response[dict[str, Any]]:
    """Whether each thing that serving needs answers now; 503 where one does not."""
    checks = await visit_of(request.scope).service.is_ready()
    is_ready = all(checks.values())
    return Response({"ready": is_ready, "checks": checks}, status_code=200 if is_ready else 503)


def may_see_figures(request: AnyRequest) -> bool:
    """Figures are for this machine and those of the trusted proxies; a request forwarded for somebody comes from neither."""
    peer = request.client.host if request.client else ""
    trusted = (*LOOPBACK, *visit_of(request.scope).service.world.settings.trusted_proxies)
    return "x-forwarded-for" not in request.headers and "forwarded" not in request.headers and is_in(peer, trusted)
