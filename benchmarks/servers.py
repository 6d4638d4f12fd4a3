"""A real `wardkey serve` for measuring: started, watched, and ended."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.postgres import free_port

KEYS = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY="
ROOT = Path(__file__).parent.parent
START_WITHIN_S = 20.0


@dataclass
class Server:
    """A serving process; `others` are processes whose CPU time belongs to the same work (PostgreSQL)."""

    process: psutil.Process
    port: int
    cold_start_s: float
    others: list[psutil.Process] = field(default_factory=list)

    def cpu_s(self) -> float:
        """CPU seconds spent so far, by the server and by the database with all its children."""
        total = sum(self.process.cpu_times()[:2])
        for other in self.others:
            for process in (other, *other.children(recursive=True)):
                try:
                    total += sum(process.cpu_times()[:2])
                except psutil.NoSuchProcess:
                    continue
            total += sum(other.cpu_times()[2:4])
        return float(total)

    def rss_mib(self) -> float:
        return float(self.process.memory_info().rss) / 2**20


@contextmanager
def serving(
    database_url: str,
    home: Path,
    *,
    cheap: bool = False,
    bindings: Path | None = None,
    core: int | None = None,
    others: list[int] | None = None,
) -> Iterator[Server]:
    """Serve on a free port; `cheap` makes hashing cost next to nothing, `bindings` is a folder with other argon2 bindings."""
    port = free_port()
    usual = ["wardkey", "serve", "--host", "127.0.0.1", "--port"]
    command = [sys.executable, "-m", *(["benchmarks.cheap_serve"] if cheap else usual), str(port)]
    if core is not None:
        command = ["taskset", "-c", str(core), *command]
    environment = _environment(database_url, home, port, bindings)
    with (home / "server.log").open("ab") as log:
        began = time.perf_counter()
        child = subprocess.Popen(command, env=environment, cwd=home, stdout=log, stderr=log)
    try:
        wait_until_up(child, port, home)
        cold = time.perf_counter() - began
        yield Server(psutil.Process(child.pid), port, cold, [psutil.Process(pid) for pid in others or []])
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(30)


def _environment(database_url: str, home: Path, port: int, bindings: Path | None) -> dict[str, str]:
    found = {k: v for k, v in os.environ.items() if not k.startswith("WARDKEY_")}
    found |= {
        "WARDKEY_DATABASE_URL": database_url,
        "WARDKEY_SECRET_KEYS": KEYS,
        "WARDKEY_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "WARDKEY_DATA_DIR": str(home / "data"),
    }
    found["PYTHONPATH"] = os.pathsep.join(str(folder) for folder in (bindings, ROOT) if folder is not None)
    return found


def wait_until_up(child: "subprocess.Popen[bytes]", port: int, home: Path) -> None:
    """Until the first answered request."""
    until = time.perf_counter() + START_WITHIN_S
    while time.perf_counter() < until:
        if child.poll() is not None:
            raise RuntimeError("the server ended:\n" + (home / "server.log").read_text()[-3000:])
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.01)
    raise RuntimeError("the server did not come up:\n" + (home / "server.log").read_text()[-3000:])
