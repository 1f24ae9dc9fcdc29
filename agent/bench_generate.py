"""Measure the generator by our own ears: prompts that state properties, and how often they are heard.

The prompts are put together from a seed, in words, and go the way of a user's: words, brief, score,
sound, estimators. The rung of sound (MusicGen) is measured where the user pulled it.
"""

import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agent.generation.honouring import is_judged
from agent.settings import Settings
from agent.workbench import Workbench
from tools.theory import tonic_name

PROMPTS = 60
SECONDS = 30
TARGETS = {"bpm": 0.95, "key": 0.90, "meter": 0.85, "chords": 0.80, "instruments": 0.80}

STYLES: dict[str, tuple[tuple[int, int], tuple[str, ...], tuple[str, ...]]] = {
    "pop": ((90, 126), ("4/4",), ("piano", "guitar", "drums", "synth")),
    "rock": ((96, 144), ("4/4",), ("electric guitar", "drums", "bass")),
    "folk": ((80, 120), ("3/4", "4/4", "6/8", "2/4"), ("acoustic guitar", "fiddle", "flute")),
    "classical": ((72, 120), ("3/4", "4/4"), ("piano", "violin", "cello", "strings", "harp")),
    "jazz": ((100, 150), ("4/4", "3/4"), ("piano", "drums", "double bass")),
    "funk": ((92, 116), ("4/4",), ("electric guitar", "bass", "drums")),
    "electronic": ((110, 130), ("4/4",), ("synth", "drums")),
    "waltz": ((120, 168), ("3/4",), ("violin", "piano", "accordion")),
    "march": ((100, 120), ("2/4", "4/4"), ("trumpet", "flute", "drums")),
    "lullaby": ((72, 92), ("3/4", "6/8"), ("harp", "flute", "piano")),
}
"""Style -> what it may be asked with: tempi, meters, instruments."""

LOOPS = {
    "major": (("I", "V", "vi", "IV"), ("I", "vi", "ii", "V"), ("I", "IV", "V", "I")),
    "minor": (("i", "iv", "V", "i"), ("i", "VI", "iv", "V"), ("i", "VII", "VI", "V")),
}
"""Progressions that say their key: of i-VI-III-VII nobody can tell whether it is minor at all."""
_DEGREES = {
    "I": (0, ""), "ii": (2, "m"), "IV": (5, ""), "V": (7, ""), "vi": (9, "m"), "i": (0, "m"),
    "iv": (5, "m"), "VI": (8, ""), "VII": (10, ""),
}  # fmt: skip


@dataclass(frozen=True)
class Prompt:
    """Words, and what they ask."""

    text: str
    seed: int


def prompts(count: int = PROMPTS, seed: int = 2026) -> Iterator[Prompt]:
    """Yield prompts, the same for the same seed; every third one names its chords."""
    rng = np.random.default_rng(seed)
    names = list(STYLES)
    for number in range(count):
        style = names[number % len(names)]
        (low, high), meters, players = STYLES[style]
        mode = str(rng.choice(["major", "minor"]))
        home = int(rng.integers(12))
        tonic = tonic_name(home, mode)
        bpm, meter = int(rng.integers(low, high + 1)), str(rng.choice(meters))
        if meter == "6/8":
            bpm = round(bpm * 0.65)
        some = rng.choice(players, size=min(len(players), 1 + number % 2), replace=False)
        text = f"{style} in {tonic} {mode}, {meter}, {bpm} BPM, with {' and '.join(some)}"
        if number % 3 == 0:
            loop = LOOPS[mode][int(rng.integers(len(LOOPS[mode])))]
            text += f", over {' '.join(_chord(n, home, mode) for n in loop)}"
        yield Prompt(text, number)


def measure(settings: Settings, count: int = PROMPTS, engine: str | None = None) -> dict[str, Any]:
    """Return how often each property was heard, by property and by engine, and how long it took."""
    from agent.generation.brief_words import read_brief
    from agent.generation.generating import keep_piece
    from tools.generation import generate

    rows, speeds = [], defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="musicologue-bench-") as scratch:
        bench = Workbench(_apart(settings, Path(scratch)))
        for prompt in prompts(count):
            wish = read_brief(prompt.text, seconds=SECONDS, seed=prompt.seed)
            started = time.perf_counter()
            made = generate(wish.brief, bench.store, engine)
            speeds[made.engine.name].append(time.perf_counter() - started)
            piece = keep_piece(bench.library, wish.brief, made, wish.asked)
            rows.append(
                {
                    "prompt": prompt.text,
                    "engine": made.engine.signature,
                    "kept": piece.honoured,
                    "heard": {n: f.heard for n, f in piece.findings.items()},
                }
            )
        bench.close()
    return {
        "seconds_of_music": SECONDS,
        "properties": {name: _shares(rows, name) for name in TARGETS},
        "speed": {name: _speed(times) for name, times in speeds.items()},
        "pieces": rows,
    }


def to_table(found: dict[str, Any]) -> str:
    """Return the figures as Markdown tables."""
    lines = ["| asked | heard | of | can't tell | share | target |", "|---|---|---|---|---|---|"]
    for name, row in found["properties"].items():
        share = "-" if row["share"] is None else f"{row['share']:.2f}"
        lines.append(
            f"| {name} | {row['kept']} | {row['told']} | {row['unknown']} | {share} "
            f"| {TARGETS[name]:.2f} |"
        )
    lines += ["", f"| engine | pieces of {found['seconds_of_music']} s | p50 s | max s |"]
    lines.append("|---|---|---|---|")
    for name, row in found["speed"].items():
        lines.append(f"| {name} | {row['pieces']} | {row['p50']:.1f} | {row['max']:.1f} |")
    return "\n".join(lines)


# ---- inside -------------------------------------------------------------------------------------


def _chord(numeral: str, home: int, mode: str) -> str:
    steps, quality = _DEGREES[numeral]
    return tonic_name(home + steps, "minor" if quality else "major") + quality


def _apart(settings: Settings, folder: Path) -> Settings:
    """Return settings that leave the user's tracks alone."""
    from dataclasses import replace

    return replace(settings, data_dir=folder / "data", export_dir=folder / "out", model="rules")


def _shares(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return how often a property was kept.

    Instruments count one by one, those that our ears are deaf to in a mix as not told.
    """
    counts: Counter[bool | None] = Counter()
    for row in rows:
        if name not in row["kept"]:
            continue
        if name == "instruments" and isinstance(row["heard"][name], dict):
            heard = row["heard"][name].items()
            counts.update(kept if is_judged(player) else None for player, kept in heard)
        else:
            counts[row["kept"][name]] += 1
    told = counts[True] + counts[False]
    return {
        "kept": counts[True],
        "told": told,
        "unknown": counts[None],
        "share": round(counts[True] / told, 3) if told else None,
    }


def _speed(times: list[float]) -> dict[str, Any]:
    return {"pieces": len(times), "p50": round(statistics.median(times), 2), "max": max(times)}
