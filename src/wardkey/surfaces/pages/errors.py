"""The page that tells a person of a failure, for `surfaces.front`. It asks nothing of the database."""

from wardkey.surfaces.asgi import Headers, wire
from wardkey.surfaces.pages.rendering import HTML, page_headers, render
from wardkey.surfaces.visit import Visit
from wardkey.vocabulary import Problem


def error_page(
    visit: Visit, status: int, code: str, retry_after: int | None = None, reference: str | None = None
) -> tuple[Headers, bytes]:
    """What happened, what to do, and the reference for whoever is asked; `code` is a key of `PROBLEMS`."""
    problem = Problem(code=code, retry_after=retry_after, reference=reference)
    body = render(visit, "errors/error.html", problem=problem, status=status)
    return wire({"content-type": HTML, **page_headers(visit.origin.language)}), body
