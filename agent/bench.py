"""Measure the estimators: real-time factor and peak memory, each in a process of its own.

A row's time is that of the second run in its process: the first loads networks and compiles. The
last rows measure the whole way through the command line, with a cold start, as a user meets it.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from agent.settings import Settings
from tools.audio import load_audio, load_for_analysis, save_audio
from tools.weights import WeightStore

SONG = ("demo-song", "muscriptor/web_dist/headache_by_lost_deposit_1min.mp3")
PARTS = ("stems", "notes=transkun", "notes=basic-pitch", "notes=drums", "pitch", "pitch=crepe-tiny")
"""What is measured beside what `listen` hears: tasks, some with an engine by name."""

Row = dict[str, Any]


def measure(settings: Settings, file: Path | None, seconds: int) -> list[Row]:
    """Return a row a task: task, engine, rung, seconds, real-time factor, peak memory in MB."""
    from agent.listening import LISTEN_TASKS

    with tempfile.TemporaryDirectory(prefix="musicologue-bench-") as scratch:
        song = file or long_song(settings, Path(scratch), seconds)
        rows = [_in_process(settings, song, "decode")]
        data = Path(scratch) / "data"
        listen = _listen(settings, song, data)  # first: its peak is that of all children so far
        rows += [_in_process(settings, song, task) for task in (*LISTEN_TASKS, *PARTS)]
        rows.append(listen)
        rows.append(_in_process(settings, song, f"question:{data}"))
        rows.append(_help())
    return rows


def to_table(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [
        "| task | engine | rung | seconds | times real time | peak MB |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        factor = "" if row["factor"] is None else f"{row['factor']:.0f}"
        lines.append(
            f"| {row['task']} | {row['engine']} | {row['rung']} | {row['seconds']:.2f} "
            f"| {factor} | {row['peak_mb']:.0f} |"
        )
    return "\n".join(lines)


def long_song(settings: Settings, folder: Path, seconds: int) -> Path:
    """Return a file of `seconds` of real music: the demo song, again and again."""
    store = WeightStore(settings.cache_dir, settings.offline, settings.licence)
    song = load_audio(store.file(*SONG), mono=False)
    times = -(-seconds * song.sample_rate // song.samples.shape[1])
    samples = np.tile(song.samples, times)[:, : seconds * song.sample_rate]
    path = folder / "song.wav"
    save_audio(path, samples, song.sample_rate, "PCM_16")
    return path


def _in_process(settings: Settings, song: Path, task: str) -> Row:
    order = {
        "song": str(song),
        "task": task,
        "settings": {k: str(v) for k, v in vars(settings).items()},
    }
    run = subprocess.run(
        [sys.executable, "-m", "agent.bench"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=True,
    )
    row: Row = json.loads(run.stdout)
    return row


def _listen(settings: Settings, song: Path, data: Path) -> Row:
    """Return the row of ``musicologue listen``, start-up and memory included."""
    command = [sys.executable, "-m", "agent", "listen", str(song), "--json"]
    command += ["--data-dir", str(data), "--cache-dir", str(settings.cache_dir)]
    started = time.perf_counter()
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    spent = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    duration = json.loads(run.stdout)[0]["track"]["duration"]
    return _row("listen (all, command line)", "", "", spent, duration, peak)


def _help() -> Row:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "agent", "--help"], capture_output=True, check=True)
    return _row("--help", "", "", time.perf_counter() - started, None, 0.0)


# ---- inside the process of a row ----------------------------------------------------------------


def _serve() -> None:
    order = json.loads(sys.stdin.read())
    settings = Settings.load(**order["settings"])
    task, song = order["task"], Path(order["song"])
    if task.startswith("question:"):
        row = _question(settings, song, Path(task.removeprefix("question:")))
    else:
        row = _task(settings, song, task)
    sys.stdout.write(json.dumps(row))


def _task(settings: Settings, song: Path, task: str) -> Row:
    from agent.listening import TASKS, hear, with_needs
    from agent.settings import prepare_process

    prepare_process(settings)
    audio, spent = _timed(lambda: load_for_analysis(song))
    engine, rung = "decoder", "plain"
    store = WeightStore(settings.cache_dir, settings.offline, settings.licence)
    if task == "stems":
        return _stems(song, audio.duration, store)
    task, _, name = task.partition("=")
    if task != "decode":
        needed = [name for name in with_needs([task]) if name != task]
        known = hear(audio, store, needed, {}).annotations
        for _ in range(2):
            audio = replace(audio)  # an estimator may keep what it made of a sound
            engines = {task: name} if name else {}
            heard, spent = _timed(partial(hear, audio, store, [task], known, engines=engines))
        engine = heard.annotations[task].estimator
        rung = next(e.rung for e in TASKS[task].engines() if e.signature == engine)
    return _row(task, engine, rung, spent, audio.duration, _peak())


def _stems(song: Path, duration: float, store: WeightStore) -> Row:
    from tools.separation import separate

    with tempfile.TemporaryDirectory(prefix="musicologue-bench-") as scratch:
        for _ in range(2):
            made, spent = _timed(partial(separate, song, Path(scratch), store))
    return _row("stems", made.estimator, made.rung, spent, duration, _peak())


def _question(settings: Settings, song: Path, data: Path) -> Row:
    from agent.workbench import Workbench

    bench = Workbench(replace(settings, data_dir=data))
    bench.library.open(song)
    talk = bench.conversation()
    list(talk.ask("What key is it in?"))
    _, spent = _timed(lambda: list(talk.ask("And how fast is it?")))
    bench.close()
    return _row("question, track already heard", settings.model, "", spent, None, _peak())


def _timed(work: Any) -> tuple[Any, float]:
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _row(
    task: str, engine: str, rung: str, seconds: float, duration: float | None, peak: float
) -> Row:
    factor = duration / seconds if duration else None
    return {
        "task": task,
        "engine": engine,
        "rung": rung,
        "seconds": round(seconds, 3),
        "factor": factor and round(factor, 1),
        "peak_mb": round(peak),
    }


if __name__ == "__main__":
    _serve()
