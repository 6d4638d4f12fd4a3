"""Settings as they are read: from the environment and a TOML file, each refusal one line that names the variable."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from wardkey.settings import PREFIX, Settings, WrongSetting, check_settings

CONFIG: Final = PREFIX + "CONFIG"

FROM_FILE: Final = ("secret_keys", "database_url", "smtp_url", "sms_url", "kv_url")
"""Settings that hold secrets and may instead be named by `WARDKEY_<NAME>_FILE`."""
NOT_SETTABLE: Final = ("is_demo",)

Where: TypeAlias = tuple[str, ...]
"""A setting's field names from `Settings` down."""


def read_settings(environment: Mapping[str, str], **overrides: object) -> Settings:
    """Settings from `WARDKEY_CONFIG` (TOML) and the environment, which wins; raises WrongSetting."""
    leaves = dict(settable())
    found = _from_toml(environment.get(CONFIG, ""), leaves) | _from_environment(environment, leaves)
    values: dict[str, Any] = {}
    for where, value in found.items():
        inner = values
        for part in where[:-1]:
            inner = inner.setdefault(part, {})
        inner[where[-1]] = value
    return check_settings(msgspec.convert({**values, **overrides}, Settings))


def documented() -> list[tuple[str, object]]:
    """Each setting's environment name and default, in order, for the docs page and `doctor`."""
    rows: list[tuple[str, object]] = []
    for where, _ in settable():
        value: object = Settings()
        for part in where:
            value = getattr(value, part)
        rows.append((name_of(where), value))
    return rows


def settable(kind: type[Struct] = Settings, above: Where = ()) -> Iterator[tuple[Where, object]]:
    """Every setting there is: where it stands, and its type with its bounds."""
    hints = get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        hint = hints[field.name]
        if isinstance(hint, type) and issubclass(hint, Struct):
            yield from settable(hint, (*above, field.name))
        elif field.name not in NOT_SETTABLE:
            yield (*above, field.name), hint


def name_of(where: Where) -> str:
    """A setting's name in the environment."""
    return PREFIX + "_".join(where).upper()


def need_of(hint: object) -> str:
    """What a value of this type must be, in words."""
    base = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    bounds = next((part for part in get_args(hint)[1:] if isinstance(part, Meta)), Meta())
    if base is int:
        return f"a whole number from {bounds.ge} to {bounds.le}"
    if base is float:
        return f"a number above {bounds.gt} and at most {bounds.le}"
    if base is bool:
        return "true or false"
    if get_origin(base) is Literal:
        return "one of " + ", ".join(get_args(base))
    if get_origin(base) is tuple:
        return "a list, separated by commas"
    return f"a text of {bounds.min_length} to {bounds.max_length} characters" if bounds.max_length else "a text"


def _from_environment(environment: Mapping[str, str], leaves: Mapping[Where, object]) -> dict[Where, object]:
    known, found = {CONFIG}, {}
    for where, hint in leaves.items():
        name = name_of(where)
        known |= {name, name + "_FILE"} if where[-1] in FROM_FILE else {name}
        text = _text_of(environment, name, where)
        if text is not None:
            found[where] = _converted(_split(text) if _is_list(hint) else text.strip(), hint, name)
    unknown = min((name for name in environment if name.startswith(PREFIX) and name not in known), default=None)
    if unknown is not None:
        raise WrongSetting(f"{_shown(unknown)}: no such setting{_hint_at(unknown, known)}")
    return found


def _text_of(environment: Mapping[str, str], name: str, where: Where) -> str | None:
    file = environment.get(name + "_FILE") if where[-1] in FROM_FILE else None
    if file is None:
        return environment.get(name)
    if name in environment:
        raise WrongSetting(f"{name}: needs to be set here or by {name}_FILE, not by both")
    return _read(file, name + "_FILE")


def _from_toml(path: str, leaves: Mapping[Where, object]) -> dict[Where, object]:
    if not path:
        return {}
    try:
        document = tomllib.loads(_read(path, CONFIG))
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line \d+, column \d+|end of document", str(error))
        raise WrongSetting(f"{CONFIG}: needs a file in TOML; this one is not, at {place[0] if place else 'some line'}") from None
    return {where: _converted(value, leaves[where], name_of(where)) for where, value in _flat(document, leaves)}


def _flat(table: Mapping[str, object], leaves: Mapping[Where, object], above: Where = ()) -> Iterator[tuple[Where, object]]:
    for key, value in table.items():
        where = (*above, key)
        is_group = any(leaf[: len(where)] == where != leaf for leaf in leaves)
        if is_group and isinstance(value, dict):
            yield from _flat(value, leaves, where)
        elif is_group:
            raise WrongSetting(f"{CONFIG}: needs [{key}] as a table, with its settings below it")
        elif where not in leaves:
            names = (".".join(leaf) for leaf in leaves)
            raise WrongSetting(f"{CONFIG}: no such setting `{_shown('.'.join(where))}`{_hint_at('.'.join(where), names)}")
        else:
            yield where, value


def _read(path: str, name: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError):  # not there, not ours to read, not a path, or not UTF-8
        raise WrongSetting(f"{name}: needs the path of a text file that can be read") from None


def _converted(value: object, hint: object, name: str) -> object:
    try:
        read = msgspec.convert(value.lower() if isinstance(value, str) and hint is bool else value, hint, strict=False)
    except msgspec.ValidationError:
        raise WrongSetting(f"{name}: needs {need_of(hint)}") from None
    texts = read if isinstance(read, tuple) else (read,)
    if not all(text.isprintable() for text in texts if isinstance(text, str)):
        raise WrongSetting(f"{name}: needs {need_of(hint)} without control characters")
    return read


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[,\n]", text) if part.strip())


def _is_list(hint: object) -> bool:
    return get_origin(hint) is tuple


def _shown(name: str) -> str:
    """A name that somebody else chose, in a form that fits on a line."""
    return "".join(sign for sign in name if sign.isprintable())[:80]


def _hint_at(name: str, known: Iterator[str] | set[str]) -> str:
    close = get_close_matches(name, list(known), 1, 0.8)
    return f"; did you mean {close[0]}?" if close else "; docs/settings.md lists those there are"
