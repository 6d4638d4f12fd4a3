"""What the machine says of itself: whether its clock is kept right, and who else can read a file."""

import ctypes
from collections.abc import Iterable
from pathlib import Path
from stat import S_IRWXG, S_IRWXO
from typing import Final

TIMEX_BYTES: Final = 512
"""More than `struct timex` takes on any Linux (adjtimex(2)); all zero means to ask and to change nothing."""
TIME_ERROR: Final = 5  # sys/timex.h: the clock is not synchronised


def is_clock_synchronised() -> bool | None:
    """Whether the kernel holds its clock to be synchronised; None where it does not say."""
    try:
        state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != TIME_ERROR


def open_to_others(paths: Iterable[Path]) -> tuple[str, ...]:
    """Those of the files that anybody but their owner may read or write."""
    return tuple(str(path) for path in paths if path.is_file() and path.stat().st_mode & (S_IRWXG | S_IRWXO))


def make_private(path: Path) -> None:
    """Make an empty file, and the folders above it, for their owner alone; what is there stays as it is. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)
