"""The language that a person chooses, kept by their browser."""

from typing import Any, Final

from litestar import Response, post

from wardkey.surfaces.pages.cookies import write_language
from wardkey.surfaces.pages.forms import PageRequest, read_form
from wardkey.surfaces.pages.rendering import redirect
from wardkey.surfaces.request import local_path
from wardkey.surfaces.visit import visit_of
from wardkey.vocabulary import LANGUAGES


@post("/language")
async def choose_language(request: PageRequest) -> Response[Any]:
    """Back to where they were; a language that we do not have changes nothing."""
    form, settings = await read_form(request), visit_of(request.scope).service.world.settings
    chosen = next((known for known in LANGUAGES if known == form.text("language")), None)
    return redirect(local_path(form.text("return_to")), [write_language(settings, chosen)] if chosen else None)


HANDLERS: Final = [choose_language]
