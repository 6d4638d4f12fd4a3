"""The files that pages load: read once, served under an address that changes with their content, kept by browsers for a year."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from litestar import MediaType, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct

FOLDER: Final = Path(__file__).parents[2] / "static"
TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
YEAR_S: Final = 31_536_000


class Files(Struct, frozen=True):
    """All files together have one `version`, so that a script may name another beside it."""

    version: str
    content: dict[str, bytes]


@cache
def files() -> Files:
    """What stands in the folder of static files itself, by name."""
    content = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.suffix in TYPES}
    everything = sha256()
    for name, data in content.items():
        everything.update(name.encode() + b"\0" + data)
    return Files(everything.hexdigest()[:16], content)


def static(name: str) -> str:
    """The address of a static file; KeyError for one that is not there."""
    if name not in files().content:
        raise KeyError(name)
    return f"/static/{files().version}/{name}"


@get("/static/{version:str}/{name:str}", media_type=MediaType.TEXT)
async def static_file(version: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """A file; one asked for under an old version is answered as it is now, and not kept."""
    data = files().content.get(name)
    if data is None:
        raise NotFoundException
    kept = f"public, max-age={YEAR_S}, immutable" if version == files().version else "no-cache"
    return Response(data, media_type=TYPES[Path(name).suffix], headers={"cache-control": kept})


HANDLERS: Final = [static_file]
