"""`wardkey serve` and `wardkey worker`: the two long-running processes."""

import socket
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

import click

from wardkey.settings import WrongSetting
from wardkey.surfaces.cli.installation import CannotStart
from wardkey.surfaces.cli.invocation import Invocation, example

PORT: Final = 8080
HIGHEST_PORT: Final = 65_535
BACKLOG: Final = 2_048
"""Connections that may wait to be accepted."""

P = ParamSpec("P")
R = TypeVar("R")


def where_to_listen(function: Callable[P, R]) -> Callable[P, R]:
    """The options that say where to listen."""
    port = click.option(
        "--port", type=click.IntRange(0, HIGHEST_PORT), help="Port to listen on (0: a free one). [default: PORT or 8080]"
    )
    host = click.option(
        "--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 is every one of this machine."
    )
    return host(port(function))


@click.command("serve", short_help="Answer requests.", epilog=example("wardkey serve --host 0.0.0.0 --port 8080"))
@where_to_listen
@click.pass_obj
def serve(invocation: Invocation, host: str, port: int | None) -> None:
    """Answer requests until told to stop by Ctrl-C or SIGTERM; those under way then get ten seconds."""
    settings = invocation.settings()
    with listen(host, port_of(invocation, port)) as listening:
        invocation.wiring().serve(settings, listening)


@click.command(
    "worker", short_help="Deliver mail.", epilog=example("WARDKEY_WITH_WORKER=false wardkey serve &", "wardkey worker")
)
@click.pass_obj
def worker(invocation: Invocation) -> None:
    """Deliver mail and remove what has expired, beside servers that run with WARDKEY_WITH_WORKER=false."""
    invocation.wiring().work(invocation.settings())


def port_of(invocation: Invocation, given: int | None) -> int:
    """The port asked for: by option, by the variable PORT, or the usual one."""
    text = invocation.environment.get("PORT", "")
    if given is not None or not text:
        return PORT if given is None else given
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= HIGHEST_PORT):
        raise WrongSetting(f"PORT: needs a whole number from 0 to {HIGHEST_PORT}")
    return int(text)


def listen(host: str, port: int) -> socket.socket:
    """A socket that connections can wait on already; raises CannotStart where the port is not to be had."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except socket.gaierror:
        raise CannotStart(f"{host} is no address of this machine; choose another with --host.") from None
    except OSError as error:
        raise CannotStart(f"Cannot listen on {host} port {port}: {_reason(error)}") from None


def _reason(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "that port is reserved for the system; choose one from 1024 with --port."
    if "in use" in str(error):
        return "another program has it; choose another with --port."
    return "that is no address of this machine; choose another with --host."


def address_of(listening: socket.socket) -> tuple[str, int]:
    """Host and port that a socket listens on."""
    host, port = listening.getsockname()[:2]
    return str(host), int(port)
