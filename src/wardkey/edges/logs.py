"""Log lines on standard error, as text for people or as JSON for programs; never with the values of local variables.

Imported before anything else that logs, since structlog must be imported without rich.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, Literal

import msgspec

from wardkey.edges.importing import import_without

QUIET_LIBRARIES: Final = ("uvicorn", "asyncio", "aiosmtplib", "alembic", "botocore", "httpcore", "httpx", "valkey")
"""Libraries whose lines below a warning say nothing that ours do not."""


import_without("structlog", hidden="rich")
"""With rich it prints tracebacks with the values of local variables, passwords among them; and rich takes 150 ms and 9 MB."""

import structlog  # noqa: E402 - must come after


def set_up_logs(form: Literal["text", "json"], level: int = logging.INFO) -> None:
    """Write all lines from `level` on, ours and those of libraries, to standard error in one form.

    Ours take a short way (a line for each request costs a quarter of the long way through `logging`).
    """
    shared: list[Any] = [structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")]
    rendering = _rendering(form)
    structlog.configure(
        processors=[*shared, *rendering],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    clean = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[clean, *rendering]))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)


def _rendering(form: Literal["text", "json"]) -> list[Any]:
    if form == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]
    if sys.stderr.isatty():
        return [structlog.dev.ConsoleRenderer(colors=True, exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, _plain]


def _plain(_logger: object, _method: str, line: MutableMapping[str, Any]) -> str:
    """`moment level event name=value …`, and a traceback on lines of its own."""
    traceback = line.pop("exception", None)
    head = f"{line.pop('at', '')} {line.pop('level', '')} {line.pop('event', '')}"
    text = " ".join([head, *(f"{name}={_quoted(value)}" for name, value in line.items())])
    return f"{text}\n{traceback}" if traceback else text


def _quoted(value: object) -> str:
    text = str(value)
    return text if text.isprintable() and " " not in text and text else repr(text)


def _json(line: dict[str, object], **_: object) -> str:
    return msgspec.json.encode(line, enc_hook=str).decode()
