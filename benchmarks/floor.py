"""The floor: bare argon2id verifies per second with as many threads as cores, nothing else running. Writes JSON to a file."""

import json
import sys
import threading
import time
from pathlib import Path

from argon2.low_level import Type, hash_secret, verify_secret

from benchmarks.seeding import PASSWORD


def rate(memory_kib: int, passes: int, threads: int, seconds: float) -> float:
    """Verifies per second, all threads together."""
    stored = hash_secret(PASSWORD.encode(), b"0123456789abcdef", passes, memory_kib, 1, 32, Type.ID)
    counts = [0] * threads
    until = time.perf_counter() + seconds

    def work(place: int) -> None:
        while time.perf_counter() < until:
            verify_secret(stored, PASSWORD.encode(), Type.ID)
            counts[place] += 1

    workers = [threading.Thread(target=work, args=(place,)) for place in range(threads)]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(counts) / (time.perf_counter() - started)


if __name__ == "__main__":
    order = json.loads(sys.argv[1])
    found = rate(order["memory_kib"], order["passes"], order["threads"], order["seconds"])
    Path(sys.argv[2]).write_text(json.dumps(found), encoding="utf-8")
