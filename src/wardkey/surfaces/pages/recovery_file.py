"""Recovery codes as a text file to keep."""

from collections.abc import Sequence
from typing import Final

from litestar import Response

from wardkey.language import N_, translate
from wardkey.surfaces.visit import Visit

LINES: Final = (
    N_("%(brand)s: your way back in when your phone is lost"),
    N_("Each code works once. Keep this in a password manager, or printed in a safe place."),
    N_("Never send it to anyone by email or chat. We will never ask you for it there."),
    N_("Where to use it: %(address)s, then “Use your recovery code”."),
)


def recovery_file(visit: Visit, codes: Sequence[str], brand: str) -> Response[bytes]:
    """The codes as a download under the name of a brand; lines end as Windows' own editor wants them."""
    settings, language = visit.service.world.settings, visit.origin.language
    params = {"brand": brand, "address": f"{settings.public_url.rstrip('/')}/sign-in"}
    title, keep, never, where = (translate(language, line, params) for line in LINES)
    text = "\r\n".join((title, "", *codes, "", keep, never, where, ""))
    headers = {"content-disposition": 'attachment; filename="recovery-code.txt"', "content-language": language}
    return Response(text.encode(), media_type="text/plain", headers=headers, status_code=200)
