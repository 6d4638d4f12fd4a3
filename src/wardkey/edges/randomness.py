"""Random bytes: the machine's, or a stream that repeats from its seed."""

import os
import random


class SystemRandomness:
    """The operating system's generator."""

    def bytes(self, count: int) -> bytes:
        return os.urandom(count)


class SeededRandomness:
    """The same bytes for the same seed, for tests and rehearsals; anyone can predict them."""

    def __init__(self, seed: int) -> None:
        self._generator = random.Random(seed)  # noqa: S311 - meant to be predictable

    def bytes(self, count: int) -> bytes:
        return self._generator.randbytes(count)
