"""The `wardkey` command."""

import os
import sys
from io import TextIOWrapper

from wardkey.surfaces.cli.installation import Installation
from wardkey.surfaces.cli.program import run


def main() -> None:
    """Run the command that the arguments name, and end with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a sign still shows the rest
    sys.exit(run(sys.argv[1:], os.environ, installation))


def installation() -> Installation:
    """The wiring, loaded when a command needs it, so that `--help` answers at once."""
    from wardkey.app import Installed  # noqa: PLC0415 - see above

    return Installed()


if __name__ == "__main__":
    main()
