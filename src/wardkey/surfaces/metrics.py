"""What is counted and timed while serving, for Prometheus; nothing in it names a person, an address or a token."""

from datetime import timedelta
from typing import Final, Protocol, runtime_checkable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from wardkey.ports import Unavailable
from wardkey.surfaces.service import Service

MEDIA_TYPE: Final = "text/plain; version=0.0.4"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""The methods that are counted by name; anybody can invent others."""
NO_ROUTE: Final = "none"
"""The route of a request that no handler is for: its path is not kept, since anybody can invent any number of them."""
BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
DAY: Final = timedelta(hours=24)
TEXT_COUNTS: Final = ("asked", "sent", "entered", "failed", "refused", "would_refuse")
OUTAGES: Final = frozenset({"hashing", "database"})


@runtime_checkable
class HasQueue(Protocol):
    """A hashing pool that says how busy it is."""

    @property
    def unfinished(self) -> int: ...
    @property
    def expected_wait_s(self) -> float: ...


class Metrics:
    """The figures of one process, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter("wardkey_requests", "Requests answered.", ("route", "method", "status"), registry=self._registry)
        self._seconds = Histogram(
            "wardkey_request_seconds",
            "Time from a request's headers to the end of its answer.",
            ("route", "method"),
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._outages = Counter(
            "wardkey_unavailable", "Requests refused with 503, by what could not answer.", ("what",), registry=self._registry
        )
        self._hashing = Gauge("wardkey_hashing_unfinished", "Hashes queued or running.", registry=self._registry)
        self._hashing_wait = Gauge(
            "wardkey_hashing_wait_seconds", "How long a hash that came now would wait.", registry=self._registry
        )
        self._waiting = Gauge("wardkey_outbox_waiting", "Jobs waiting in the outbox.", registry=self._registry)
        self._oldest = Gauge("wardkey_outbox_oldest_seconds", "Age of the oldest waiting job.", registry=self._registry)
        self._texts = Gauge(
            "wardkey_texts_last_day", "Text messages of the last 24 hours.", ("country", "what"), registry=self._registry
        )
        self._text_stops = Gauge("wardkey_text_stops", "Prefixes to which texts are stopped.", registry=self._registry)
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """One answered request."""
        requests, timed = self._known.get((route, method, status)) or self._learn(route, method, status)
        requests.inc()
        timed.observe(seconds)

    def count_outage(self, error: Unavailable) -> None:
        what = str(error).partition(":")[0]
        self._outages.labels(what if what in OUTAGES else "other").inc()

    async def text(self, service: Service) -> bytes:
        """Everything in Prometheus' text format; what changes by itself is read now."""
        hashing = service.world.hashing
        if isinstance(hashing, HasQueue):
            self._hashing.set(hashing.unfinished)
            self._hashing_wait.set(hashing.expected_wait_s)
        try:
            await self._read(service)
        except Unavailable as error:
            self.count_outage(error)
        return generate_latest(self._registry)

    async def _read(self, service: Service) -> None:
        """What is kept in the database."""
        at = service.world.clock.now()
        async with service.units.read() as unit:
            waiting, since = await unit.outbox.waiting()
            days, stops = await unit.texts.day(at - DAY), await unit.texts.stops(at)
        self._waiting.set(waiting)
        self._oldest.set((at - since).total_seconds() if since else 0)
        self._texts.clear()
        for day in days:
            for what in TEXT_COUNTS:
                self._texts.labels(day.country, what).set(getattr(day, what))
        self._text_stops.set(len(stops))

    def _learn(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        """The counters of a combination, kept since finding them costs more than counting."""
        found = self._requests.labels(route, method, status), self._seconds.labels(route, method)
        self._known[route, method, status] = found
        return found
