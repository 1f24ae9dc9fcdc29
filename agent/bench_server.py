"""Measure the server as a program: many questions at once, memory over many requests, what HTTP costs.

A real server process answers by the rules, which play the chat model, about a track that was heard
before; the client is as lean as can be, for it shares the machine. All goes over loopback.
"""

import asyncio
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent.bench import SONG
from agent.bench_kill import PATIENCE, POLL, asked, sent, server, trial
from agent.settings import Settings
from agent.workbench import Workbench
from tools.errors import MusicToolError
from tools.weights import WeightStore

STREAMS = 200
REQUESTS = 10_000
CONNECTIONS = 8
PAIRS = 60
"""Questions that are put both ways to tell what HTTP costs."""

ASK_EVERY = 100
"""One request of so many is a question; the others are cheap."""
A_THREAD = 10
"""Questions of a thread: all that was said in it is read for the next, so one that grows takes more."""

QUESTION = "What key is it in, and how fast is it?"
ASKED = {"question": QUESTION}
Figures = dict[str, Any]


@dataclass(frozen=True)
class Taken:
    """What came of one request; times in seconds from before the connection was made.

    Parameters
    ----------
    first_byte : until the answer began
    first_event : until something was told in it
    whole : until its end
    """

    status: int
    first_byte: float
    first_event: float
    whole: float
    text: str


def measure(
    settings: Settings,
    file: Path | None = None,
    streams: int = STREAMS,
    requests: int = REQUESTS,
    pairs: int = PAIRS,
) -> dict[str, Figures]:
    """Return the figures of each trial: ``streams``, ``overhead``, ``memory`` and ``kill``."""
    song = file or WeightStore(settings.cache_dir, settings.offline).file(*SONG)
    with tempfile.TemporaryDirectory(prefix="musicologue-bench-") as scratch:
        told = replace(settings, data_dir=Path(scratch) / "data", model="rules")
        lasting = ["--cache-dir", str(told.cache_dir), "--model", "rules", "--offline"]
        lasting += ["--level", "quick"]
        with server({}, "--data-dir", str(told.data_dir), *lasting) as (process, address):
            track, upload = _heard(address, song)
            found = {"streams": asyncio.run(_streams(address, track, upload, streams))}
            found["overhead"] = _overhead(told, Path(scratch) / "copy", address, track, pairs)
            found["memory"] = asyncio.run(_memory(address, process.pid, track, requests))
        found["kill"] = trial(Path(scratch) / "kill", {}, options=lasting).to_dict()
        return found


def to_table(found: dict[str, Figures]) -> str:
    """Return the figures as a Markdown table."""
    lines = ["| trial | figure | value |", "|---|---|---|"]
    for what, figures in found.items():
        lines += [
            f"| {what} | {name.replace('_', ' ')} | {told} |" for name, told in figures.items()
        ]
    return "\n".join(lines)


# ---- many at once -------------------------------------------------------------------------------


async def _streams(address: str, track: str, upload: str, count: int) -> Figures:
    """Put as many questions at once, half of them in the shape of OpenAI's API."""
    first = await _posted(address, f"/threads/{await _thread(address, track)}/messages", ASKED)
    bodies: list[tuple[str, Any]] = []
    for number in range(count):
        if number % 2:
            bodies.append(("/v1/chat/completions", _chat(upload)))
        else:
            thread = await _thread(address, track)
            bodies.append((f"/threads/{thread}/messages", ASKED))
    taken = await asyncio.gather(*(_posted(address, path, body) for path, body in bodies))
    wrong = [one for one in taken if not _answered(one)]
    return {
        "first_answer_ms": _milliseconds([first], "whole", 100),
        "questions": count,
        "errors": len(wrong),
        "first_byte_p50_ms": _milliseconds(taken, "first_byte", 50),
        "first_byte_p95_ms": _milliseconds(taken, "first_byte", 95),
        "first_byte_max_ms": _milliseconds(taken, "first_byte", 100),
        "first_event_p95_ms": _milliseconds(taken, "first_event", 95),
        "answered_p50_ms": _milliseconds(taken, "whole", 50),
        "answered_all_ms": _milliseconds(taken, "whole", 100),
    } | ({"first_error": wrong[0].text[-300:]} if wrong else {})


def _chat(upload: str) -> dict[str, Any]:
    parts = [
        {"type": "text", "text": QUESTION},
        {"type": "file", "file": {"file_id": upload}},
    ]
    return {
        "model": "musicologue",
        "stream": True,
        "messages": [{"role": "user", "content": parts}],
    }


def _answered(taken: Taken) -> bool:
    """Whether a question was answered with a measured fact."""
    finished = "event: AnswerFinished" in taken.text or '"finish_reason": "stop"' in taken.text
    return taken.status == 200 and finished and '"estimator"' in taken.text


# ---- memory -------------------------------------------------------------------------------------


async def _memory(address: str, process: int, track: str, count: int) -> Figures:
    """Send requests of all kinds, and look at the server's memory every tenth of the way."""
    paths = [
        "/healthz",
        "/tracks",
        f"/tracks/{track}",
        "/jobs",
        "/search?key=C",
        "/threads?limit=5",
    ]
    paths += [f"/tracks/{track}/waveform?points=200", "/nothing", "/search?key=H", "/metrics"]
    threads = [await _thread(address, track) for _ in range(0, count, ASK_EVERY * A_THREAD)]
    latencies: list[float] = []
    sizes: list[float] = []
    errors = 0

    async def send(numbers: Sequence[int]) -> int:
        wrong = 0
        for number in numbers:
            if number % ASK_EVERY == 0:
                path = f"/threads/{threads[number // (ASK_EVERY * A_THREAD)]}/messages"
                wrong += not _answered(await _posted(address, path, ASKED))
                continue
            taken = await _got(address, paths[number % len(paths)])
            wrong += taken.status not in (200, 400, 404)
            latencies.append(taken.whole)
        return wrong

    for tenth in range(10):
        numbers = range(count * tenth // 10, count * (tenth + 1) // 10)
        shares = (send(numbers[first::CONNECTIONS]) for first in range(CONNECTIONS))
        errors += sum(await asyncio.gather(*shares))
        sizes.append(_resident_mb(process))
    return {
        "requests": count,
        "questions_among_them": len(range(0, count, ASK_EVERY)),
        "errors": errors,
        "mb_each_tenth": [round(size) for size in sizes],
        "growth_in_second_half_mb": round(sizes[-1] - sizes[4], 1),
        "latency_p50_ms": round(1000 * _percentile(latencies, 50), 1),
        "latency_p95_ms": round(1000 * _percentile(latencies, 95), 1),
    }


def _resident_mb(process: int) -> float:
    """Return the memory that a process has, in MB; 0 where the system doesn't tell."""
    try:
        status = Path(f"/proc/{process}/status").read_text("utf-8")
    except OSError:
        return 0.0
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1000


# ---- what HTTP costs ----------------------------------------------------------------------------


def _overhead(settings: Settings, copy: Path, address: str, track: str, pairs: int) -> Figures:
    """Put the same question over HTTP and in this process, by turns, the second of each thread."""
    shutil.copytree(settings.data_dir, copy, ignore=shutil.ignore_patterns("*.lock", "threads.*"))
    over_http, inside = [], []
    with closing(Workbench(replace(settings, data_dir=copy))) as bench:
        for _ in range(pairs):
            thread = asyncio.run(_thread(address, track))
            talk = bench.conversation(may_open=False)
            talk.library.adopt(track)
            for timed in (False, True):
                path = f"/threads/{thread}/messages"
                taken = asyncio.run(_posted(address, path, ASKED))
                begin = time.perf_counter()
                events = list(talk.ask(QUESTION))
                seconds = time.perf_counter() - begin
                if not _answered(taken) or type(events[-1]).__name__ != "AnswerFinished":
                    raise MusicToolError(f"No answer came: {taken.text[-300:]} {events[-1]}")
                if timed:
                    over_http.append(taken.whole)
                    inside.append(seconds)
    return {
        "pairs": pairs,
        "http_p50_ms": round(1000 * _percentile(over_http, 50), 1),
        "in_process_p50_ms": round(1000 * _percentile(inside, 50), 1),
        "overhead_p50_ms": round(
            1000 * (_percentile(over_http, 50) - _percentile(inside, 50)),
            1,
        ),
    }


# ---- a lean client ------------------------------------------------------------------------------


def _heard(address: str, song: Path) -> tuple[str, str]:
    """Send a recording, wait until it is heard, and return its track and its upload."""
    job, upload = sent(address, song.name, song.read_bytes())
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        told = asked(address, f"/jobs/{job}")
        if told["state"] not in ("queued", "running"):
            break
        time.sleep(POLL)
    if told["state"] != "done":
        raise MusicToolError(f"'{song.name}' was not heard: {told}.")
    return str(told["track"]), upload


async def _thread(address: str, track: str) -> str:
    taken = await _posted(address, "/threads", {"tracks": [track]})
    if taken.status != 201:
        raise MusicToolError(f"No thread was begun: {taken.text}.")
    return str(json.loads(taken.text)["id"])


async def _posted(address: str, path: str, body: dict[str, Any]) -> Taken:
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return await _taken(address, head.encode() + content)


async def _got(address: str, path: str) -> Taken:
    head = f"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    return await _taken(address, head.encode())


async def _taken(address: str, request: bytes) -> Taken:
    host, _, port = address.partition(":")
    begin = time.perf_counter()
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        first_byte, first_event = time.perf_counter() - begin, 0.0
        text = b""
        while chunk := await reader.read(1 << 16):
            text += chunk
            if not first_event and b"data:" in text:
                first_event = time.perf_counter() - begin
        whole = time.perf_counter() - begin
    finally:
        writer.close()
    chunked = b"chunked" in head.lower()
    body = _joined(text) if chunked else text
    return Taken(int(head.split()[1]), first_byte, first_event, whole, body.decode())


def _joined(text: bytes) -> bytes:
    """Return the chunks of a body without their sizes."""
    body = b""
    while text:
        size, _, text = text.partition(b"\r\n")
        body += text[: int(size, 16)]
        text = text[int(size, 16) + 2 :]
    return body


# ---- figures ------------------------------------------------------------------------------------


def _milliseconds(taken: Sequence[Taken], what: str, percent: int) -> float:
    return round(1000 * _percentile([getattr(one, what) for one in taken], percent))


def _percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile by the nearest rank."""
    if percent == 50:
        return statistics.median(values)
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
