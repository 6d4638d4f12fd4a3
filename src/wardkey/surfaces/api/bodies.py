"""Reading the JSON that was sent, strictly, into structs, and saying of each field what is wrong with it."""

from typing import Any, Final, Generic, TypeVar, get_type_hints

import msgspec
from litestar.types import Receive, Scope
from msgspec import NODEFAULT, Struct

from wardkey.surfaces.asgi import header, read_body
from wardkey.vocabulary import FieldFault, Problem, faulty

B = TypeVar("B", bound=Struct)
MEDIA_TYPE: Final = "application/json"
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading raises where a text is no JSON, or nests deeper than anybody needs; ValidationError is a DecodeError too."""
FIELD_NAME_AT_MOST: Final = 64
FAULTS_AT_MOST: Final = 20


class Body(Generic[B]):
    """Reads one kind of body. A struct without fields is read as nothing at all."""

    def __init__(self, kind: type[B]) -> None:
        self._kind = kind
        self._is_nothing = not kind.__struct_fields__
        self._decoder = msgspec.json.Decoder(kind, strict=True)
        self._hints: dict[str, Any] = get_type_hints(kind, include_extras=True)

    async def read(self, scope: Scope, receive: Receive) -> B | Problem:
        """What was sent, or why it cannot be read: not JSON, or not the fields that are asked for."""
        if self._is_nothing:
            return self._kind()
        if not _is_json(header(scope, b"content-type")):
            return Problem(code="wrong_content_type")
        raw = await read_body(receive)
        try:
            return self._decoder.decode(raw)
        except msgspec.ValidationError:
            return self._faults(raw)
        except UNREADABLE:
            return Problem(code="malformed_body")

    def _faults(self, raw: bytes) -> Problem:
        """Every field that is at fault. The decoder stops at the first, in words of its own, so each is looked at by itself."""
        try:
            sent = msgspec.json.decode(raw, type=dict[str, object])
        except UNREADABLE:
            return Problem(code="malformed_body")
        unknown = [FieldFault(_shortened(name), "unknown_field") for name in sent if name not in self._hints]
        found = [fault for field in msgspec.structs.fields(self._kind) for fault in self._fault(field, sent)]
        return faulty(*(*found, *unknown)[:FAULTS_AT_MOST])

    def _fault(self, field: msgspec.structs.FieldInfo, sent: dict[str, object]) -> list[FieldFault]:
        if field.name not in sent:
            is_required = field.default is NODEFAULT and field.default_factory is NODEFAULT
            return [FieldFault(field.name, "missing")] if is_required else []
        value = sent[field.name]
        if self._fits(field, value):
            return []
        is_text = isinstance(value, str) and self._fits(field, "")
        return [FieldFault(field.name, "too_long" if is_text else "wrong_type")]

    def _fits(self, field: msgspec.structs.FieldInfo, value: object) -> bool:
        try:
            msgspec.convert(value, self._hints[field.name], strict=True)
        except msgspec.ValidationError:
            return False
        return True


def _is_json(content_type: str) -> bool:
    """Whether a Content-Type is that of JSON in UTF-8 (RFC 8259 §8.1 knows no other encoding)."""
    media_type, _, parameters = content_type.partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    return media_type.strip().lower() == MEDIA_TYPE and charset in ("", "utf-8")


def _shortened(name: str) -> str:
    return name[:FIELD_NAME_AT_MOST]
