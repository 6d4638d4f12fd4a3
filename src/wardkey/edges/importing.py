"""Importing a library as it is where another, which it would use if it were there, is not installed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any


@contextmanager
def without(hidden: str) -> Iterator[None]:
    """While this lasts, `hidden` cannot be imported; afterwards everything is as it was."""
    nothing = object()
    before: Any = sys.modules.get(hidden, nothing)
    sys.modules[hidden] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[hidden]
        if before is not nothing:
            sys.modules[hidden] = before


def import_without(name: str, hidden: str) -> None:
    """Import `name` while `hidden` cannot be found."""
    with without(hidden):
        import_module(name)
