"""Make .venv hold exactly what a lock file says, and the project itself; does nothing where it already does."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"runtime": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
"""The dev lock holds everything of the runtime lock at the same versions."""

LOCKED = VENV / ".locked"
LINKED = VENV / ".linked"

PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-qq", "--root-user-action", "ignore")
FROM_LOCK = ("--no-deps", "--no-compile", "--require-hashes", "--only-binary", ":all:")
FROM_HERE = ("--no-deps", "--no-compile", "--no-build-isolation", "--no-index")


def digest_of(*parts: str | bytes) -> str:
    """One short fingerprint of several texts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b"\0")
    return digest.hexdigest()


def lock_stamp(kind: str) -> str:
    """What the packages were made from: this interpreter, this place, this lock."""
    return f"{kind} {digest_of(sys.version, str(ROOT), LOCKS[kind].read_bytes())}"


def project_stamp() -> str:
    """What the project's own installation was made from."""
    return digest_of((ROOT / "pyproject.toml").read_bytes())


def read(stamp: Path) -> str | None:
    """The stamp an earlier run left, if it did."""
    return stamp.read_text() if stamp.exists() and PYTHON.exists() else None


def run(*command: str | Path) -> None:
    """Run one step and stop with its exit code where it fails."""
    clean = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    done = subprocess.run([str(part) for part in command], env=clean, cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def install_packages(kind: str) -> None:
    """The lock's packages: on top where only the runtime set of today's lock is there, from nothing otherwise."""
    if read(LOCKED) != lock_stamp("runtime"):
        run(sys.executable, "-m", "venv", "--clear", VENV)
    LOCKED.unlink(missing_ok=True)
    run(PYTHON, *PIP, *FROM_LOCK, "-r", LOCKS[kind])
    compile_below(VENV / "lib")
    LOCKED.write_text(lock_stamp(kind))


def compile_below(folder: Path) -> None:
    """Compile all modules on all cores: four seconds once, where each start would otherwise lose one (some machines never keep
    what they compile at import). Files that are no modules of this Python are passed over."""
    command = [PYTHON, "-m", "compileall", "-q", "-j", "0", folder]
    subprocess.run([str(part) for part in command], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def install_project() -> None:
    """The project itself, editable, with the `wardkey` command; needs no network."""
    run(PYTHON, *PIP, *FROM_HERE, "--editable", ROOT)
    compile_below(ROOT / "src")
    LINKED.write_text(project_stamp())


def ensure(kind: str) -> None:
    """Bring .venv up to date; stamps are written last, so that a broken run is repeated."""
    started = time.monotonic()
    enough = {lock_stamp("dev"), lock_stamp(kind)}
    if read(LOCKED) not in enough:
        print(f"Setting up .venv from {LOCKS[kind].name} …", flush=True)
        install_packages(kind)
    if read(LINKED) != project_stamp():
        install_project()
        print(f".venv is ready after {time.monotonic() - started:.0f} s.", flush=True)


def main() -> None:
    """`environment.py runtime` or `environment.py dev`."""
    kind = sys.argv[1] if sys.argv[1:] else "runtime"
    if kind not in LOCKS or sys.version_info < (3, 11):
        sys.exit(f"Needs Python 3.11 or newer, and one of {', '.join(LOCKS)}; this is Python {sys.version.split()[0]}.")
    ensure(kind)


if __name__ == "__main__":
    main()
