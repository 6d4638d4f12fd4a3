"""The `wardkey` command."""

import os
import sys

from wardkey.surfaces.cli.installation import Installation
from wardkey.surfaces.cli.program import run


def main() -> None:
    """Run the command that the arguments name, and end with its exit code."""
    sys.exit(run(sys.argv[1:], os.environ, installation))


def installation() -> Installation:
    """The wiring, loaded when a command needs it, so that `--help` answers at once."""
    from wardkey.app import Installed  # noqa: PLC0415 - see above

    return Installed()


if __name__ == "__main__":
    main()
