"""`wardkey serve` with hashing that costs next to nothing, which no setting allows: shows everything that is not hashing."""

import os
import sys
from typing import Final

from msgspec.structs import replace

from wardkey.app import Installed
from wardkey.environment import read_settings
from wardkey.settings import Argon2Settings
from wardkey.surfaces.cli.serving import listen

CHEAP: Final = Argon2Settings(memory_kib=8, passes=1)

if __name__ == "__main__":
    with listen("127.0.0.1", int(sys.argv[1])) as listening:
        Installed().serve(replace(read_settings(os.environ), argon2=CHEAP), listening)
