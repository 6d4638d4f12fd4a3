"""`wardkey` as a process of its own: started, waited for, asked over HTTP, and told to stop."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx

WAIT_S: Final = 60
"""Long, since other tests may keep both cores busy."""


def clean_environment(settings: dict[str, str]) -> dict[str, str]:
    """This environment without settings of ours, and those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WARDKEY_") and name != "PORT"}
    return {**kept, **settings}


class Process:
    """A command that runs; what it printed is gathered as it comes."""

    def __init__(self, *arguments: str, settings: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "wardkey", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean_environment(settings or {}),
        )
        self._lines: dict[str, list[str]] = {"out": [], "err": []}
        self._changed = threading.Condition()
        streams = {"out": self._process.stdout, "err": self._process.stderr}
        self._readers = [threading.Thread(target=self._gather, args=item) for item in streams.items()]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def out(self) -> str:
        return "".join(self._lines["out"])

    @property
    def err(self) -> str:
        return "".join(self._lines["err"])

    def says(self, pattern: str) -> re.Match[str]:
        """Wait until what was printed on either stream matches."""
        found: re.Match[str] | None = None

        def is_there() -> bool:
            nonlocal found
            found = re.search(pattern, self.out + self.err)
            return found is not None or self._process.poll() is not None

        with self._changed:
            self._changed.wait_for(is_there, WAIT_S)
        assert found, f"no {pattern!r} in:\n{self.out}{self.err}"
        return found

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def ended(self) -> int:
        """Wait for the end; answers the exit code."""
        code = self._process.wait(WAIT_S)
        for reader in self._readers:
            reader.join()
        return code

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.ended()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _gather(self, name: str, stream: Iterator[str]) -> None:
        for line in stream:
            with self._changed:
                self._lines[name].append(line)
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()


@contextmanager
def running(*arguments: str, settings: dict[str, str] | None = None) -> Iterator[Process]:
    """A command that runs while the context lasts; it is killed at the end where it still does."""
    process = Process(*arguments, settings=settings)
    try:
        yield process
    finally:
        process.close()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(address: str) -> httpx.Response:
    """Ask, waiting for as long as a busy machine takes."""
    return httpx.get(address, timeout=WAIT_S)
