"""Install the programs that tests drive, through apt, where they are missing; or stop with the names of what is."""

import os
import shutil
import subprocess
import sys

PACKAGES = {name: name for name in ("chromium", "curl", "jq", "oathtool", "openssl")}
"""Program to the Debian package that brings it."""


def privileged() -> list[str] | None:
    """What to put before an apt command, or None where packages cannot be installed."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def install(packages: list[str]) -> None:
    """Fetch and install, quietly; what apt says is shown when it fails."""
    prefix = privileged()
    if prefix is None:
        sys.exit(f"Missing: {', '.join(packages)}. Install these packages, then run this again.")
    print(f"installing {', '.join(packages)} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        done = subprocess.run([*prefix, "apt-get", *step], env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"Missing: {', '.join(packages)}. apt-get {step[0]} said:\n{done.stdout}{done.stderr}")


def main() -> None:
    """`system_packages.py PROGRAM …`."""
    wanted = [PACKAGES[name] for name in sys.argv[1:] if shutil.which(name) is None]
    if wanted:
        install(wanted)
    absent = [name for name in sys.argv[1:] if shutil.which(name) is None]
    if absent:
        sys.exit(f"Missing: {', '.join(absent)}.")


if __name__ == "__main__":
    main()
