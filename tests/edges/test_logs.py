"""Log lines have one form, and a failure is told without the values that were at hand."""

import json
import subprocess
import sys
from typing import Literal

import pytest

FAILING = """
from wardkey.edges.logs import set_up_logs
import logging, structlog
log = structlog.get_logger()
set_up_logs("{}")
def check(password):
    raise RuntimeError("out of order")
log.info("request", status=200)
log.debug("too small to say")
logging.getLogger("uvicorn.error").info("chatter")
logging.getLogger("somebody.else").warning("careful")
try:
    check("hush" + "-hush")
except RuntimeError:
    log.exception("request.failed", request_id="abc")
"""


def said(form: Literal["text", "json"]) -> str:
    """What a process of its own writes to standard error."""
    done = subprocess.run([sys.executable, "-c", FAILING.format(form)], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return done.stderr


def test_json_lines_hold_one_object_each() -> None:
    lines = [json.loads(line) for line in said("json").splitlines()]
    assert [(line["level"], line["event"]) for line in lines] == [
        ("info", "request"),
        ("warning", "careful"),
        ("error", "request.failed"),
    ]
    assert lines[0]["status"] == 200
    assert lines[2]["request_id"] == "abc"
    assert "RuntimeError: out of order" in lines[2]["exception"]


def test_text_lines_can_be_read() -> None:
    text = said("text")
    assert "request" in text.splitlines()[0]
    assert "status=200" in text.splitlines()[0]
    assert "RuntimeError: out of order" in text
    assert "chatter" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_value_of_a_variable_is_ever_written(form: Literal["text", "json"]) -> None:
    assert "hush-hush" not in said(form)
