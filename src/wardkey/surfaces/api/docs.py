"""The OpenAPI document and its viewer, all of it from this service."""

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from litestar import MediaType, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

ANSWERED: Final = {"cache-control": "public, max-age=300"}
KEPT: Final = {"cache-control": "public, max-age=86400"}
OURS: Final = Path(__file__).parents[2] / "static" / "api-docs"
BUNDLE: Final = "swagger_ui_bundle"
TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".png": "image/png"}
FILES: Final = ("viewer.js", "viewer.css", "swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png")
PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Wardkey API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" type="image/png" href="/api/docs/favicon-32x32.png">
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<link rel="stylesheet" href="/api/docs/viewer.css">
<script defer src="/api/docs/swagger-ui-bundle.js"></script>
<script defer src="/api/docs/viewer.js"></script>
</head>
<body>
<main id="viewer">
<noscript><p>This page needs JavaScript. The document itself is <a href="/api/openapi.json">here</a>.</p></noscript>
</main>
</body>
</html>
"""


def docs_handlers(document: Callable[[], bytes]) -> list[HTTPRouteHandler]:
    """The document, the page that shows it, and what that page loads."""

    @get("/api/openapi.json", media_type=MediaType.JSON)
    async def openapi() -> Response[bytes]:
        return Response(document(), media_type=MediaType.JSON, headers=ANSWERED)

    return [openapi, viewer, viewer_file]


@get("/api/docs", media_type=MediaType.HTML)
async def viewer() -> Response[str]:
    """The viewer."""
    return Response(PAGE, media_type=MediaType.HTML, headers=ANSWERED)


@get("/api/docs/{name:str}")
async def viewer_file(name: FromPath[str]) -> Response[bytes]:
    """A file that the viewer loads."""
    if name not in FILES:
        raise NotFoundException
    return Response(_content(name), media_type=TYPES[Path(name).suffix], headers=KEPT)


@cache
def _content(name: str) -> bytes:
    ours = OURS / name
    return (ours if ours.exists() else _bundle() / name).read_bytes()


@cache
def _bundle() -> Path:
    """The folder of Swagger UI in the package that carries it."""
    found = find_spec(BUNDLE)
    for place in (found.submodule_search_locations or ()) if found else ():
        for folder in sorted((Path(place) / "vendor").glob("swagger-ui-*")):
            return folder
    raise ModuleNotFoundError(f"the package {BUNDLE}, which holds the viewer of the API, is not installed")
