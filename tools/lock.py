"""Write both lock files: exact versions with hashes, and nothing that names where they came from."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = (
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--only-binary",
    ":all:",
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--upgrade",
    "--quiet",
)
ALLOWED = re.compile(r"([a-z0-9][a-z0-9.-]*==[^\s/:]+( ; [^/:]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?)")


def compile_lock(target: str, *groups: str, constraint: str | None = None) -> None:
    """Resolve the project and these dependency groups into one lock file."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *OPTIONS, "--output-file", target]
    for group in groups:
        command += ["--group", group]
    if constraint is not None:
        command += ["--constraint", constraint]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    strange = [line for line in (ROOT / target).read_text().splitlines() if not ALLOWED.fullmatch(line)]
    if strange:
        sys.exit(f"{target} holds more than versions and hashes: {strange[0]}")


def main() -> None:
    """The dev lock holds the runtime lock's versions, so that tests prove what is shipped."""
    compile_lock("requirements.lock", "build")
    compile_lock("requirements-dev.lock", "build", "dev", constraint="requirements.lock")
    print("requirements.lock and requirements-dev.lock are written")


if __name__ == "__main__":
    main()
