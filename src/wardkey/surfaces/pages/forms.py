"""What a form sends: texts by name, and nothing that could be anything else."""

from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

from litestar import Request

PageRequest: TypeAlias = Request[Any, Any, Any]
FIELDS_AT_MOST: Final = 50


class Form:
    """The fields of a form; one that was not sent reads as empty."""

    def __init__(self, fields: dict[str, str]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        return self._fields.get(name, "")

    def is_ticked(self, name: str) -> bool:
        """Whether a checkbox was ticked, or a button of that name pressed."""
        return bool(self.text(name))


async def read_form(request: PageRequest) -> Form:
    """The form in the body. Bytes that are no UTF-8 become signs that no rule accepts; what is no form at all reads as empty."""
    body = (await request.body()).decode("utf-8", "replace")
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return Form({})
    try:
        pairs = parse_qsl(body, keep_blank_values=True, errors="replace", max_num_fields=FIELDS_AT_MOST)
    except ValueError:
        return Form({})
    return Form(dict(reversed(pairs)))
