"""Measure the search over generated libraries: latency, time to build, time to open, memory.

A library is real in all but its music: record files, a Chroma index and the table, with rows and
vectors from a seeded generator. Each is searched by a process of its own, with the sentence
embedding that the product uses, so the figures are those of a process that serves a user.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from agent.recall import Row
from agent.record import Facts, TrackRecord
from agent.search.filters import Filters
from agent.settings import Settings
from tools.conventions import METERS, TONICS
from tools.embedding import Vectors
from tools.errors import MusicToolError

SEARCHES = 300
ALIKE = 20
NEAREST = 40
BATCH = 4096

GENRES = (
    "rock pop jazz blues classical country metal reggae disco folk techno house ambient".split()
)
INSTRUMENTS: tuple[str, ...] = (
    "piano",
    "electric guitar",
    "acoustic guitar",
    "bass",
    "drums",
    "synthesizer",
)
INSTRUMENTS += ("violin", "cello", "trumpet", "saxophone", "flute", "organ", "harp", "strings")
MOODS = "happy sad calm dark energetic romantic dreamy aggressive epic relaxing".split()
NOUNS = "night river train light rain road heart fire winter city moon garden stone tide".split()
LOOPS: tuple[str, ...] = (
    "C G A:min F",
    "D:min7 G:7 C:maj7",
    "A:min F C G",
    "A:min G F E:7",
    "C:7 F:7 G:7",
)
LOOPS += ("E:min C G D", "C A:min D:min G:7", "B:hdim7 E:7 A:min", "D:min A:min Bb F")
TEXTS: tuple[str, ...] = (
    "slow piano in a minor key",
    "aggressive metal",
    "a calm folk song with guitar",
)
TEXTS += ("something sad with strings", "happy dance music around 120 bpm", "jazz trio at night")
TEXTS += ("dreamy synthesizer", "winter road", "music to relax, no drums", "epic trumpet")
TEXTS += ("romantic waltz", "somebody singing the blues", "dark techno", "in F minor", "organ")

FilterChoice = dict[str, Any]
FILTERS: tuple[FilterChoice, ...] = (
    {},
    {"mode": "minor"},
    {"key": "F# minor"},
    {"bpm_min": 80, "bpm_max": 100},
    {"tags_not": ("vocals",)},
    {"instruments": ("piano",), "duration_max": 240},
    {"tags_any": ("jazz", "blues"), "year_min": 1960, "year_max": 1979},
    {"chord_progression": "ii-V-I"},
    {"bpm_min": 118, "bpm_max": 126, "meter": "4/4", "tags_all": ("techno",), "voice": "vocal"},
    {"key": "Eb major", "meter": "3/4", "tags_not": ("drums", "metal")},
)


def measured(settings: Settings, sizes: str, as_json: bool) -> str:
    """Return the figures for sizes such as ``"1000,10000"``, as a table or as JSON.

    Raises
    ------
    MusicToolError
        If the sizes are none.
    """
    try:
        counts = [int(size) for size in sizes.split(",")]
    except ValueError:
        counts = [0]
    if min(counts) < 1:
        raise MusicToolError(f"--sizes takes numbers such as 1000,10000, not '{sizes}'.")
    rows = measure_library(settings, counts)
    return json.dumps(rows, indent=2) if as_json else to_table(rows)


def measure_library(settings: Settings, sizes: Sequence[int]) -> list[dict[str, Any]]:
    """Return a row a size: latency of searches and of rhythm and mood (ms), build and opening (s), peak memory and disk (MB)."""
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="musicologue-bench-") as folder:
            told = replace(settings, data_dir=Path(folder))
            built = _in_process(told, "build", size)
            rows.append(built | _in_process(told, "search", size))
    return rows


def to_table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows as a Markdown table."""
    timed = ("p50 ms", "p99 ms", "max ms", "alike ms")
    heads = ("tracks", *timed, "open s", "peak MB", "build s", "disk MB")
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for row in rows:
        cells = [f"{row[head.replace(' ', '_')]:g}" for head in heads]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


# ---- the generator ------------------------------------------------------------------------------


def generated_rows(count: int, seed: int = 0) -> list[Row]:
    """Return made-up tracks as a search sees them; the same for the same seed."""
    from agent.harmony_facts import progressions

    dice = random.Random(seed)
    songs = []
    for _ in range(500):
        parts = dice.sample(LOOPS, 3)
        order = [chord for part in (0, 1, 0, 1, 2, 1) for chord in parts[part].split()]
        songs.append(list(progressions(order)))
    return [_generated(n, dice, songs) for n in range(count)]


def generated_vectors(rows: Sequence[Row], dims: Sequence[int], seed: int = 0) -> Vectors:
    """Return unit vectors in clusters, one part beside the other, shape=(n, sum(dims)).

    Tracks of one genre lie together, as they do in spaces that were learned.
    """
    rng = np.random.default_rng(seed)
    genres = np.array([GENRES.index(_first_genre(row)) for row in rows])
    parts = []
    for dim in dims:
        centres = rng.standard_normal((len(GENRES), dim))
        part = centres[genres] + 1.2 * rng.standard_normal((len(rows), dim))
        parts.append(part / np.linalg.norm(part, axis=1, keepdims=True))
    return np.hstack(parts).astype(np.float32)


def _first_genre(row: Row) -> str:
    genres = row.facts["genres"]
    return str(genres[0]) if isinstance(genres, list) else str(genres)


def _generated(number: int, dice: random.Random, songs: list[list[str]]) -> Row:
    bpm = round(min(210.0, max(48.0, dice.gauss(118, 28))), 2)
    mode = dice.choices(("major", "minor"), (0.6, 0.4))[0]
    tonic = dice.choice(TONICS)
    genres = dice.choices(GENRES, k=2)
    instruments = dice.sample(INSTRUMENTS, dice.randint(2, 5))
    moods = dice.sample(MOODS, 2)
    voice = dice.choices(("vocal", "instrumental"), (0.6, 0.4))[0]
    facts: Facts = {
        "title": " ".join(dice.choices(NOUNS, k=dice.randint(1, 3))).title(),
        "artist": f"The {dice.choice(NOUNS).title()} {dice.randint(1, 3000)}",
        "album": " ".join(dice.choices(NOUNS, k=2)).title(),
        "year": dice.randint(1955, 2026),
        "duration": round(min(1500.0, max(20.0, dice.gauss(225, 70))), 2),
        "heard_at": "2026-11-22T17:00:00+00:00",
        "bpm": bpm,
        "tonic": tonic,
        "mode": mode,
        "meter": dice.choices(METERS, (2, 10, 85, 3))[0],
        "genres": genres,
        "instruments": instruments,
        "moods": moods,
        "voice": voice,
        "lufs": round(dice.gauss(-12, 4), 1),
        "energy": round(dice.random(), 3),
        "chords": dice.choice(LOOPS).split(),
        "progressions": dice.choice(songs),
    }
    if dice.random() < 0.3:
        facts["other_bpms"] = [round(bpm / 2, 2)]
    if dice.random() < 0.3:
        facts["other_keys"] = [f"{dice.choice(TONICS)} minor"]
    words = (
        f"A {moods[0]} and {moods[1]} {genres[0]} track with {', '.join(instruments)} at about "
        f"{bpm:.0f} BPM in {tonic} {mode}, {voice}; the {genres[1]} part comes in the middle."
    )
    return Row(f"{number:032x}", words, facts)


# ---- inside the process of a row ----------------------------------------------------------------


def _in_process(settings: Settings, task: str, size: int) -> dict[str, Any]:
    order = {"task": task, "size": size, "settings": {k: str(v) for k, v in vars(settings).items()}}
    run = subprocess.run(
        [sys.executable, "-m", "agent.bench_library"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=True,
    )
    row: dict[str, Any] = json.loads(run.stdout)
    return row


def _serve() -> None:
    from agent.workbench import Workbench

    order = json.loads(sys.stdin.read())
    bench = Workbench(Settings.load(**order["settings"]))
    task = _built if order["task"] == "build" else _searched
    sys.stdout.write(json.dumps(task(bench, order["size"])))


def _built(bench: Any, size: int) -> dict[str, Any]:
    """Write the record files, the index and the table."""
    from agent.record_files import RecordFiles
    from agent.search.mirror import Mirror
    from agent.search.table import Table
    from agent.track_index import TrackIndex
    from agent.track_states import TrackStates
    from agent.user_notes import UserNotes

    folder, memory = bench.settings.data_dir, bench.memory
    rows = generated_rows(size)
    (folder / "tracks").mkdir()
    for row in rows:
        path, title = f"/music/{row.id}.flac", {"title": str(row.facts["title"])}
        record = TrackRecord(row.id, path, title, float(str(row.facts["duration"])), 44100, 2)
        file = folder / "tracks" / f"{row.id}.json"
        file.write_text(json.dumps(record.to_dict()), encoding="utf-8")
    stamps = TrackStates(RecordFiles(folder), UserNotes(folder)).stamps()
    meaning = memory.query_vectors("piano")[0]
    dims = (len(meaning) - memory.sound.dim, memory.sound.dim)
    vectors = generated_vectors(rows, dims)
    started = time.perf_counter()
    table, index = Table(), TrackIndex(folder)
    for first in range(0, size, BATCH):
        part = slice(first, first + BATCH)
        with index.open(memory.space) as opened:
            opened.put(rows[part], stamps, vectors[part])
        table = table.changed(rows[part], vectors[part], stamps)
    Mirror(folder / "table").write(table, memory.space, index.state())
    spent = time.perf_counter() - started
    files = [f for name in ("chroma", "table") for f in (folder / name).rglob("*") if f.is_file()]
    disk = sum(f.stat().st_size for f in files) / 1e6
    return {"tracks": size, "build_s": round(spent, 1), "disk_MB": round(disk)}


def _searched(bench: Any, size: int) -> dict[str, Any]:
    """Open the library and search it by words and filters."""
    from agent.search import search

    dice = random.Random(1)
    memory = bench.memory
    memory.query_vectors("loads the sentence embedding")
    started = time.perf_counter()
    if len(memory.table()) != size:
        raise RuntimeError("the generated library is not whole")
    opened = time.perf_counter() - started
    spent = []
    for _ in range(SEARCHES):
        # words that differ, so that each text has to be embedded
        text = " ".join([dice.choice(TEXTS), *dice.choices(NOUNS, k=2)])
        filters = Filters(**dice.choice(FILTERS))
        started = time.perf_counter()
        search(memory, text, filters)
        spent.append(1000 * (time.perf_counter() - started))
    return {
        "alike_ms": round(float(np.median(_alike(memory.table(), dice))), 1),
        "p50_ms": round(float(np.percentile(spent, 50)), 1),
        "p99_ms": round(float(np.percentile(spent, 99)), 1),
        "max_ms": round(max(spent), 1),
        "open_s": round(opened, 2),
        "peak_MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _alike(table: Any, dice: random.Random) -> list[float]:
    """Return the times, in ms, to find the rows that are most like one in rhythm or mood."""
    from agent.likeness_columns import ranked
    from agent.likeness_scores import Profile

    spent = []
    for what in ("rhythm", "mood") * ALIKE:
        row = table.row(dice.randrange(len(table)))
        started = time.perf_counter()
        list(islice(ranked(table, what, Profile(row.facts)), NEAREST))
        spent.append(1000 * (time.perf_counter() - started))
    return spent


if __name__ == "__main__":
    _serve()
