"""A real `wardkey serve` process over a database, which a test may kill at any moment."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from tests.postgres import free_port
from tests.world import KEY

STARTS_WITHIN_S: Final = 30.0


class Serving:
    """One process; `kill` is SIGKILL, after which nothing of it can tidy up."""

    def __init__(self, database_url: str, folder: Path, settings: Mapping[str, str]) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        own = {
            "WARDKEY_DATABASE_URL": database_url,
            "WARDKEY_SECRET_KEYS": KEY,
            "WARDKEY_PUBLIC_URL": self.url,
            "WARDKEY_DATA_DIR": str(folder),
            **settings,
        }
        clean = {name: value for name, value in os.environ.items() if not name.startswith("WARDKEY_")}
        self.log = folder / f"serve-{self.port}.log"
        self._file = self.log.open("wb")
        command = [sys.executable, "-m", "wardkey", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env={**clean, **own}, cwd=folder, stdout=self._file, stderr=self._file)

    def wait_until_ready(self) -> None:
        transport = httpx.HTTPTransport(retries=0)
        with httpx.Client(transport=transport, timeout=1.0) as client:
            for _ in range(int(STARTS_WITHIN_S / 0.05)):
                if self.process.poll() is not None:
                    break
                try:
                    if client.get(f"{self.url}/readyz").status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                try:
                    self.process.wait(0.05)
                except subprocess.TimeoutExpired:
                    continue
        raise RuntimeError(f"wardkey serve did not get ready:\n{self.log.read_text(errors='replace')[-3000:]}")

    def kill(self) -> None:
        """The process ends at once, wherever it is."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
        self._file.close()

    @property
    def tracebacks(self) -> list[str]:
        """What the process said about bugs of its own."""
        return re.findall(r"Traceback[\s\S]*?\n\w.*", self.log.read_text(errors="replace"))


@contextmanager
def serving(database_url: str, folder: Path, **settings: str) -> Iterator[Serving]:
    """A process that is ready to answer."""
    with Serving(database_url, folder, settings) as started:
        started.wait_until_ready()
        yield started
