"""What is sent while measuring: whole sign-ins, and session checks. Run as a process of its own; writes JSON to a file."""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.client import Line, connect, get, post
from benchmarks.seeding import KEY, PASSWORD, address
from wardkey.factors.kinds.totp import STEP_S, code_at

Latencies = dict[str, list[float]]


async def flow(line: Line, number: int, into: Latencies) -> str | None:
    """Password, authenticator code, session check: one whole sign-in. Answers its session token, or None where refused."""
    started = time.perf_counter()
    status, body = await line.ask(post("/api/v1/sign-in/password", {"email": address(number), "password": PASSWORD}))
    proven = time.perf_counter()
    if status != 200:
        into.setdefault(f"refused {status}", []).append(proven - started)
        return None
    attempt = json.loads(body)["attempt"]
    code = code_at(KEY, int(time.time()) // STEP_S)
    answered = time.perf_counter()
    status, body = await line.ask(post(f"/api/v1/sign-in/{attempt}/mfa", {"method": "totp", "code": code}))
    in_at = time.perf_counter()
    if status != 200:
        into.setdefault(f"refused {status}", []).append(in_at - answered)
        return None
    token: str = json.loads(body)["step"]["session_token"]
    status, _ = await line.ask(get("/api/v1/session", token))
    assert status == 200
    checked = time.perf_counter()
    for name, value in (("password", proven - started), ("totp", in_at - answered), ("check", checked - in_at)):
        into.setdefault(name, []).append(value)
    into.setdefault("flow", []).append(checked - started)
    return token


async def flows(port: int, people: Iterator[int], until: float, into: Latencies, most: float = float("inf")) -> None:
    line = await connect(port)
    count = 0
    while time.perf_counter() < until and count < most:
        await flow(line, next(people), into)
        count += 1
    line.close()


async def checks(port: int, token: str, until: float, into: Latencies) -> None:
    line = await connect(port)
    request = get("/api/v1/session", token)
    while time.perf_counter() < until:
        started = time.perf_counter()
        status, _ = await line.ask(request)
        into.setdefault("check" if status == 200 else f"refused {status}", []).append(time.perf_counter() - started)
    line.close()


async def overload(port: int, rate: float, people: Iterator[int], seconds: float, into: Latencies) -> None:
    """Begin sign-ins at a fixed rate, whether or not earlier ones are answered; each on a connection of its own."""
    tasks: set[asyncio.Task[None]] = set()
    began = time.perf_counter()
    for number in itertools.count():
        due = began + number / rate
        if due - began > seconds:
            break
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        task = asyncio.create_task(_one(port, next(people), into))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)


async def _one(port: int, number: int, into: Latencies) -> None:
    try:
        line = await connect(port)
        await flow(line, number, into)
        line.close()
    except OSError:
        into.setdefault("refused connection", []).append(0.0)


async def main(order: dict[str, Any]) -> Latencies:
    """Carry out one order: `flows`, `checks`, `both` or `overload`."""
    into: Latencies = {}
    port, people = order["port"], itertools.count(order.get("first", 0))
    until = time.perf_counter() + order["seconds"]
    if order["kind"] == "overload":
        await overload(port, order["rate"], people, order["seconds"], into)
        return into
    jobs = []
    if order["kind"] in ("flows", "both"):
        other: Latencies = into if order["kind"] == "flows" else {}
        most = order.get("most", float("inf")) / order["at_once"]
        jobs += [flows(port, people, until, other, most) for _ in range(order["at_once"])]
    if order["kind"] in ("checks", "both"):
        line = await connect(port)
        token = await flow(line, order["checker"], {})
        assert token is not None
        jobs += [checks(port, token, until, into) for _ in range(order["checks_at_once"])]
    await asyncio.gather(*jobs)
    return into


if __name__ == "__main__":
    import uvloop

    Path(sys.argv[2]).write_text(json.dumps(uvloop.run(main(json.loads(sys.argv[1])))), encoding="utf-8")
