"""Runs one PostgreSQL and ends it, with its files, once the process it serves is gone; tests/postgres.py starts it."""

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

START_WITHIN_S = 30
STOP_WITHIN_S = 10


def mark_of(home: Path, pid: int) -> Path:
    """A file that is there once the server of this process was stopped on purpose, so that its files stay."""
    return home / f"stopped-{pid}"


def owner(uid: int) -> dict[str, object]:
    """How to run a child as this user; PostgreSQL refuses to run as root."""
    return {"user": uid, "group": uid, "extra_groups": []} if os.geteuid() == 0 else {}


def is_answering(server: subprocess.Popen[bytes], ready: list[str]) -> bool:
    """Whether the server takes connections before its time is up."""
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        if subprocess.run(ready, check=False).returncode == 0:
            return True
        time.sleep(0.03)
    return False


def watch(watched: int, server: subprocess.Popen[bytes]) -> None:
    """Return when either process is gone, with the server stopped."""
    try:
        handles = [os.pidfd_open(pid) for pid in (watched, server.pid)]
        select.select(handles, [], [])
    except ProcessLookupError:
        pass
    if server.poll() is None:
        server.send_signal(signal.SIGQUIT)
        try:
            server.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            server.kill()


def guard(answer: int, watched: int, home: Path, uid: int, ready: list[str], command: list[str]) -> None:
    """Start the server, say `ready` on the pipe, and stay with it until the end."""
    os.setsid()
    server = subprocess.Popen(command, **owner(uid))  # type: ignore[call-overload]
    if is_answering(server, ready):
        os.write(answer, b"ready")
        os.close(answer)
        watch(watched, server)
    else:
        server.kill()
    if not mark_of(home, server.pid).exists():
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    """Arguments: watched pid, home, uid, port, directory of binaries, then the server's own arguments."""
    watched, home, uid, port, binaries, *options = sys.argv[1:]
    ready = [f"{binaries}/pg_isready", "-q", "-h", "127.0.0.1", "-p", port]
    command = [f"{binaries}/postgres", "-D", f"{home}/data", "-k", home, "-p", port, *options]
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        sys.exit(0 if os.read(reader, 16) == b"ready" else 1)
    os.close(reader)
    guard(writer, int(watched), Path(home), int(uid), ready, command)


if __name__ == "__main__":
    main()
