"""Password hashes: argon2id (RFC 9106) in a bounded pool of its own threads, each of which keeps its working memory."""

import asyncio
import hmac
import mmap
import os
import re
import threading
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from math import ceil
from time import perf_counter
from typing import Any, Final, TypeVar

from argon2.low_level import ARGON2_VERSION, Type, core, error_to_str, ffi
from msgspec import Struct

from wardkey.ports import Randomness, Unavailable, Verified
from wardkey.settings import Argon2Settings

T = TypeVar("T")

SALT_BYTES: Final = 16  # RFC 9106 §3.1 recommends 128 bits for password hashing
DIGEST_BYTES: Final = 32
NICENESS: Final = 10
"""Lower priority for hashing threads keeps the event loop's lateness near 1 ms while all of them are busy."""
FIRST_GUESS_S: Final = 0.025
"""What m = 19 MiB, t = 2 takes on one core of 2021; measured times take over with the first hash."""
NEWEST_WEIGHS: Final = 0.1
"""Share of the newest duration in the moving average."""
CLEAR_PASSWORD: Final = 1  # ARGON2_FLAG_CLEAR_PASSWORD of argon2.h: wipe the copy of the password as soon as it is read
TYPES: Final = {"argon2d": Type.D, "argon2i": Type.I, "argon2id": Type.ID}
PHC: Final = re.compile(
    r"\$(argon2(?:id|i|d))(?:\$v=(\d{1,3}))?\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})"
)
"""The PHC string format as argon2 uses it; salts of 8 to 64 bytes, digests of 12 to 64."""
OLD_VERSION: Final = 16  # what a PHC string without v= means
MEMORY_KIB_AT_MOST: Final = 4_194_304
PASSES_AT_MOST: Final = 64
LANES_AT_MOST: Final = 64


class Cost(Struct, frozen=True):
    """What one hash takes: memory in KiB, passes over it, lanes."""

    memory_kib: int
    passes: int
    lanes: int = 1


class PasswordHash(Struct, frozen=True):
    """A stored hash, read."""

    kind: str
    version: int
    cost: Cost
    salt: bytes
    digest: bytes

    def phc(self) -> str:
        cost = f"m={self.cost.memory_kib},t={self.cost.passes},p={self.cost.lanes}"
        return f"${self.kind}$v={self.version}${cost}${_base64(self.salt)}${_base64(self.digest)}"


def read_phc(text: str) -> PasswordHash:
    """Read a PHC string of argon2; ValueError where it is not one, or one that argon2 or this machine cannot work on."""
    match = PHC.fullmatch(text)
    if match is None:
        raise ValueError("not a hash in PHC string form")
    kind, number, memory, passes, lanes, salt, digest = match.groups()
    cost = Cost(int(memory), int(passes), int(lanes))
    if number not in (None, "16", "19") or not 8 * cost.lanes <= cost.memory_kib <= MEMORY_KIB_AT_MOST:
        raise ValueError("a version or memory cost that is not worked with")
    if not (1 <= cost.passes <= PASSES_AT_MOST and 1 <= cost.lanes <= LANES_AT_MOST):
        raise ValueError("a time cost or number of lanes that is not worked with")
    return PasswordHash(kind, int(number or OLD_VERSION), cost, _bytes_of(salt), _bytes_of(digest))


class Argon2Pool:
    """Hashing behind a queue that refuses early: `Unavailable` as soon as a new job would wait longer than the settings allow.

    The wait is taken to be the jobs that must end before a thread is free, times the average duration, over the threads.
    A caller that gives up takes its job out of the queue; one that is running is counted until it ends.
    """

    def __init__(self, settings: Argon2Settings, randomness: Randomness) -> None:
        self._settings = settings
        self._randomness = randomness
        self._cost = Cost(settings.memory_kib, settings.passes)
        self._nobody = PasswordHash("argon2id", ARGON2_VERSION, self._cost, bytes(SALT_BYTES), bytes(DIGEST_BYTES)).phc()
        self._threads = ThreadPoolExecutor(settings.threads, thread_name_prefix="hashing", initializer=self._begin_thread)
        self._kept = threading.local()
        self._counting = threading.Lock()
        self._unfinished = 0
        self._duration_s = FIRST_GUESS_S * settings.memory_kib * settings.passes / (19_456 * 2)
        self._is_closed = False

    async def hash(self, password: str) -> str:
        salt = self._randomness.bytes(SALT_BYTES)
        return await self.run(partial(self._hash, password, salt))

    async def verify(self, stored: str | None, password: str) -> Verified:
        """Also `no` for a stored hash that cannot be read, after the same work."""
        return await self.run(partial(self._verify, stored, password))

    def admit(self) -> None:
        wait_s = self.expected_wait_s
        if self._is_closed or wait_s * 1000 > self._settings.wait_at_most_ms:
            raise Unavailable("hashing", retry_after=max(1, ceil(wait_s)))

    async def run(self, work: Callable[[], T]) -> T:
        self.admit()
        future = self._threads.submit(self._timed, work)
        with self._counting:
            self._unfinished += 1
        future.add_done_callback(self._count_out)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Take no more work, and return once what was taken is done: at most the longest wait that is allowed."""
        self._is_closed = True
        self._threads.shutdown(wait=True)

    @property
    def unfinished(self) -> int:
        """Jobs queued or running."""
        return self._unfinished

    @property
    def expected_wait_s(self) -> float:
        """How long a job that came now would wait for a thread."""
        ahead = self._unfinished - self._settings.threads + 1
        return max(0, ahead) * self._duration_s / self._settings.threads

    def _timed(self, work: Callable[[], T]) -> T:
        begun = perf_counter()
        try:
            return work()
        finally:
            took = perf_counter() - begun
            with self._counting:
                self._duration_s += NEWEST_WEIGHS * (took - self._duration_s)

    def _count_out(self, _: Future[Any]) -> None:
        with self._counting:
            self._unfinished -= 1

    def _begin_thread(self) -> None:
        with suppress(OSError, AttributeError):  # a platform where a thread has no priority of its own
            thread = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, thread, min(19, os.getpriority(os.PRIO_PROCESS, thread) + NICENESS))
        self._kept.memory = None
        with suppress(OSError, MemoryError):  # a system that forbids callbacks from C: the library maps memory by itself
            self._kept.memory = KeptMemory(self._settings.memory_kib * 1024)

    def _hash(self, password: str, salt: bytes) -> str:
        unfilled = PasswordHash("argon2id", ARGON2_VERSION, self._cost, salt, bytes(DIGEST_BYTES))
        digest = self._digest(unfilled, password)
        return PasswordHash("argon2id", ARGON2_VERSION, self._cost, salt, digest).phc()

    def _verify(self, stored: str | None, password: str) -> Verified:
        try:
            hashed, is_known = read_phc(stored or self._nobody), stored is not None
        except ValueError:
            hashed, is_known = read_phc(self._nobody), False
        is_equal = hmac.compare_digest(self._digest(hashed, password), hashed.digest)
        fits = is_known and is_equal
        return Verified(fits=fits, is_outdated=fits and self._is_outdated(hashed))

    def _is_outdated(self, hashed: PasswordHash) -> bool:
        now = ("argon2id", ARGON2_VERSION, self._cost, SALT_BYTES, DIGEST_BYTES)
        return (hashed.kind, hashed.version, hashed.cost, len(hashed.salt), len(hashed.digest)) != now

    def _digest(self, hashed: PasswordHash, password: str) -> bytes:
        memory: KeptMemory | None = self._kept.memory
        return digest(hashed, password.encode("utf-8", "surrogatepass"), memory)


class KeptMemory:
    """Working memory that a thread keeps from hash to hash, since mapping it anew costs as much as hashing above 32 MiB.

    The mapping is private: a shared one, which is Python's default, would be the same memory in a forked worker. The
    library wipes it at the end of each hash. Larger requests are mapped and unmapped each time. It goes with its thread.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.map = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        kept = ffi.from_buffer("uint8_t[]", self.map)
        larger: list[tuple[Any, mmap.mmap]] = []

        def allocate(place: Any, wanted: int) -> int:
            if wanted <= size:
                place[0] = kept
                return 0
            once = mmap.mmap(-1, wanted, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            larger.append((ffi.from_buffer("uint8_t[]", once), once))
            place[0] = larger[-1][0]
            return 0

        def free(_: Any, __: int) -> None:
            larger.clear()

        self.allocate = ffi.callback("int(uint8_t **, size_t)", allocate, error=1)
        self.free = ffi.callback("void(uint8_t *, size_t)", free)


def digest(hashed: PasswordHash, password: bytes, memory: KeptMemory | None) -> bytes:
    """The digest of a password with the salt and at the cost of `hashed`, all lanes on this thread."""
    out = ffi.new("uint8_t[]", len(hashed.digest))
    secret = ffi.new("uint8_t[]", password)
    salt = ffi.new("uint8_t[]", hashed.salt)
    context = ffi.new("argon2_context *")
    context.out, context.outlen = out, len(hashed.digest)
    context.pwd, context.pwdlen = secret, len(password)
    context.salt, context.saltlen = salt, len(hashed.salt)
    context.t_cost, context.m_cost = hashed.cost.passes, hashed.cost.memory_kib
    context.lanes, context.threads = hashed.cost.lanes, 1
    context.version, context.flags = hashed.version, CLEAR_PASSWORD
    if memory:
        context.allocate_cbk, context.free_cbk = memory.allocate, memory.free
    error = core(context, TYPES[hashed.kind].value)
    if error:
        raise RuntimeError(f"argon2: {error_to_str(error)}")
    return bytes(ffi.buffer(out))


def bindings() -> str:
    """Which build of argon2 is in use, for the log at start and `doctor`; a faster build carries its name in its version."""
    try:
        return f"argon2-cffi-bindings {version('argon2-cffi-bindings')}"
    except PackageNotFoundError:
        return "argon2-cffi-bindings"


def _base64(data: bytes) -> str:
    return b64encode(data).rstrip(b"=").decode()


def _bytes_of(text: str) -> bytes:
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except NotBase64:
        raise ValueError("not base64") from None
