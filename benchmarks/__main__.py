"""`make bench`: every figure beside its floor, measured in the same run, over real HTTP from a second process."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any, Final

from benchmarks.report import Row, write
from benchmarks.seeding import seed
from benchmarks.servers import KEYS, Server, serving
from tests.postgres import PostgresServer, postgres_server
from wardkey.edges.db.migrating import upgrade
from wardkey.settings import Argon2Settings, Settings

PEOPLE: Final = 12_000
COST: Final = {"memory_kib": 19_456, "passes": 2}
CHECKER: Final = PEOPLE - 1


@dataclass
class Bench:
    """What all measurements share."""

    postgres: PostgresServer
    home: Path
    scale: float
    rows: list[Row]
    floors: dict[str, list[float]]
    next_person: int = 0

    def url(self, kind: str, cost: str) -> str:
        return self.postgres.url_of(f"bench_{cost}") if kind == "postgres" else f"sqlite:///{self.home}/bench-{cost}.sqlite3"

    def others(self, kind: str) -> list[int]:
        return [self.postgres.pid] if kind == "postgres" else []

    def people(self, count: int) -> int:
        """The first of so many people whose present code nobody used yet."""
        first = self.next_person
        self.next_person = (first + count) % (PEOPLE - 1_000)
        return first if self.next_person > first else 0


def python(module: str, order: dict[str, Any], bindings: Path | None = None) -> Any:
    environment = dict(os.environ) | ({"PYTHONPATH": str(bindings)} if bindings else {})
    with tempfile.NamedTemporaryFile() as found:
        command = [sys.executable, "-m", module, json.dumps(order), found.name]
        done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        return json.loads(Path(found.name).read_text(encoding="utf-8"))


def load(server: Server, **order: Any) -> dict[str, list[float]]:
    found: dict[str, list[float]] = python("benchmarks.load", {"port": server.port, **order})
    return found


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ms(values: list[float], share: float = 0.5) -> float:
    return 1_000 * (median(values) if share == 0.5 else quantile(values, share))


def floor_of(bench: Bench, name: str, bindings: Path | None) -> None:
    seconds = 6 * bench.scale
    bench.floors.setdefault(name, []).append(python("benchmarks.floor", {**COST, "threads": 2, "seconds": seconds}, bindings))


def sign_ins(bench: Bench, kind: str, name: str, bindings: Path | None, bar: float) -> float:
    """Whole sign-ins per second, eight people at once, against bare verifies before and after; and their CPU."""
    floor_of(bench, name, bindings)
    with serving(bench.url(kind, "real"), bench.home, bindings=bindings, others=bench.others(kind)) as server:
        load(server, kind="flows", at_once=8, seconds=4 * bench.scale, first=bench.people(800))
        before, seconds = server.cpu_s(), 20 * bench.scale
        found = load(server, kind="flows", at_once=8, seconds=seconds, first=bench.people(2_500))
        cpu = server.cpu_s() - before
        cold = server.cold_start_s
    floor_of(bench, name, bindings)
    rate, floor = len(found["flow"]) / seconds, mean(bench.floors[name][-2:])
    share, each = rate / floor, 1_000 * cpu / len(found["flow"])
    said = (f"{floor:.1f}/s", f"{rate:.1f}/s")
    bench.rows += [
        Row("full sign-ins/s ÷ bare verifies/s", kind, name, *said, share, f"≥ {bar}", share >= bar),
        Row("CPU per sign-in, hashing included", kind, name, f"{2_000 / floor:.1f} ms", f"{each:.1f} ms", None, "", None),
        Row("cold start to the first answer", kind, name, "", f"{cold:.2f} s", None, "≤ 1.0 s", cold <= 1.0),
    ]
    return rate


def alone(bench: Bench, kind: str) -> None:
    """One person at a time: how long each step takes."""
    with serving(bench.url(kind, "real"), bench.home) as server:
        load(server, kind="flows", at_once=1, seconds=2 * bench.scale, first=bench.people(100))
        found = load(server, kind="flows", at_once=1, seconds=10 * bench.scale, first=bench.people(500))
    steps = [("password step", "password", 0.0), ("TOTP step", "totp", 3.0), ("session check", "check", 0.0)]
    for title, step, bar in steps:
        p50, p99 = ms(found[step]), ms(found[step], 0.99)
        said = f"{p50:.2f} / {p99:.2f} ms"
        bench.rows.append(
            Row(
                f"{title}, one client, p50 / p99",
                kind,
                "wheel",
                "",
                said,
                None,
                f"p50 ≤ {bar:g} ms" if bar else "",
                p50 <= bar if bar else None,
            )
        )


def overhead(bench: Bench, kind: str) -> None:
    """With hashing that costs nothing: CPU of one flow that is not hashing, and memory over ten thousand sign-ins."""
    with serving(bench.url(kind, "cheap"), bench.home, cheap=True, others=bench.others(kind)) as server:
        idle = server.rss_mib()
        load(server, kind="flows", at_once=8, seconds=60, most=500, first=bench.people(500))
        before = server.cpu_s()
        count = int(10_000 * bench.scale)
        found = load(server, kind="flows", at_once=8, seconds=600, most=count, first=0)
        cpu, after = server.cpu_s() - before, server.rss_mib()
    each = 1_000 * cpu / len(found["flow"])
    bench.rows += [
        Row("CPU per flow that is not hashing", kind, "", "", f"{each:.2f} ms", None, "≤ 4 ms", each <= 4.0),
        Row("memory idle", kind, "", "", f"{idle:.0f} MiB", None, "≤ 110 MiB", idle <= 110),
        Row(f"memory after {count + 500:,} sign-ins", kind, "", "", f"{after:.0f} MiB", None, "≤ 160 MiB", after <= 160),
    ]


def check_rate(bench: Bench, kind: str) -> None:
    """Session checks per second with the server on one core, the database read each time."""
    with serving(bench.url(kind, "cheap"), bench.home, cheap=True, core=0, others=bench.others(kind)) as server:
        order = {"kind": "checks", "checks_at_once": 32, "checker": CHECKER - 1}
        load(server, seconds=2 * bench.scale, **order)
        before, seconds = server.cpu_s(), 10 * bench.scale
        found = load(server, seconds=seconds, **{**order, "checker": CHECKER - 2})
        cpu = server.cpu_s() - before
    rate = len(found["check"]) / seconds
    each = 1e6 * cpu / len(found["check"])
    bench.rows.append(
        Row("session checks/s, one core", kind, "", "", f"{rate:,.0f}/s ({each:.0f} µs CPU)", None, "≥ 3,000/s", rate >= 3_000)
    )


def check_while_busy(bench: Bench, kind: str) -> None:
    """How long a session check takes while eight people sign in without pause."""
    with serving(bench.url(kind, "real"), bench.home) as server:
        order = {"kind": "both", "at_once": 8, "checks_at_once": 2, "checker": CHECKER - 3}
        found = load(server, seconds=15 * bench.scale, first=bench.people(2_000), **order)
    p50, p99 = ms(found["check"]), ms(found["check"], 0.99)
    bench.rows.append(
        Row(
            "session check while 8 sign in, p50 / p99",
            kind,
            "wheel",
            "",
            f"{p50:.2f} / {p99:.2f} ms",
            None,
            "p99 ≤ 10 ms",
            p99 <= 10,
        )
    )


def overloaded(bench: Bench, kind: str, peak: float) -> None:
    """Ten times as many sign-ins as the machine can do: the excess is refused quickly, the rest goes on."""
    seconds = 20 * bench.scale
    with serving(bench.url(kind, "real"), bench.home) as server:
        load(server, kind="flows", at_once=8, seconds=3 * bench.scale, first=bench.people(500))
        found = load(server, kind="overload", rate=peak * 10, seconds=seconds, first=0)
    good, refused = len(found.get("flow", ())) / seconds, found.get("refused 503", [0.0])
    others = {k: len(v) for k, v in found.items() if k.startswith("refused") and k != "refused 503"}
    said = (f"{peak:.1f}/s", f"{good:.1f}/s")
    told = f"{ms(refused):.0f} / {ms(refused, 0.99):.0f} ms of {len(refused):,}"
    bench.rows += [
        Row("goodput at 10 × capacity ÷ peak", kind, "wheel", *said, good / peak, "≥ 0.80", good / peak >= 0.8),
        Row("503 at 10 × capacity, p50 / p99", kind, "wheel", "", told, None, "quickly, nothing else", not others),
    ]


@contextmanager
def prepared(scale: float) -> Iterator[Bench]:
    """Both databases, with people in them, for real and for cheap hashing."""
    with postgres_server(fsync=True, settings={"shared_buffers": "256MB"}) as postgres, tempfile.TemporaryDirectory() as folder:
        bench = Bench(postgres, Path(folder), scale, [], {})
        for cost, argon2 in (("real", Argon2Settings(**COST)), ("cheap", Argon2Settings(memory_kib=8, passes=1))):
            postgres.sql(f"CREATE DATABASE bench_{cost}")
            for kind in ("sqlite", "postgres"):
                url = bench.url(kind, cost)
                upgrade(url)
                seed(Settings(database_url=url, secret_keys=(KEYS,), argon2=argon2), PEOPLE)
            postgres.sql("ANALYZE", f"bench_{cost}")
        yield bench


def main() -> None:
    options = argparse.ArgumentParser(prog="make bench", description=__doc__)
    options.add_argument("--scale", type=float, default=1.0, help="share of the usual time to spend (0.1 for a quick look)")
    options.add_argument("--avx2", type=Path, help="folder with argon2 bindings built for x86-64-v3, measured as a second column")
    options.add_argument("--write", type=Path, help="put the report into this page")
    chosen = options.parse_args()
    with prepared(chosen.scale) as bench:
        for kind in ("sqlite", "postgres"):
            print(f"measuring on {kind} …", file=sys.stderr, flush=True)
            peak = sign_ins(bench, kind, "wheel", None, 0.72)
            if chosen.avx2:
                sign_ins(bench, kind, "AVX2", chosen.avx2, 0.62)
            alone(bench, kind)
            overhead(bench, kind)
            check_rate(bench, kind)
            check_while_busy(bench, kind)
            overloaded(bench, kind, peak)
        write(bench.rows, bench.postgres.version, chosen.write)


if __name__ == "__main__":
    main()
