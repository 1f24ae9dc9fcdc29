"""Measure the terminal chat as a person meets it: how soon it is there, how soon a key is seen.

The real program runs under a pseudo-terminal. Each key is a letter that is nowhere on the screen, so
it is known when just that one was drawn; a terminal adds what it takes to light its own pixels.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

from agent.bench import long_song
from agent.pseudo_terminal import PseudoTerminal, pseudo_terminal
from agent.settings import Settings
from tools.errors import MusicToolError

COLUMNS, ROWS = 160, 48
STARTS = 3
LETTERS = range(0x1401, 0x166D)
"""Canadian syllables: 620 letters of one column; no name, label or unit of ours has one."""

EVERY = 0.15
JITTER = 0.05
"""Seconds between two keys, and by how much they differ: at no beat that a clock of ours has."""

CALM = 20
"""Keys that are typed when nothing goes on."""

AFTER = 1.0
"""Seconds after the last task in which keys are typed still: then what was heard is drawn."""

THERE = "Ask about the music"
LISTENING, HEARD, FAILED = "… listen", "✓ listen", "✗ listen"
PATIENCE = 600.0
Row = dict[str, Any]


def measure(settings: Settings, file: Path | None, seconds: int, starts: int = STARTS) -> list[Row]:
    """Return the rows: first paint, and keys while it begins, while a track is heard, and after.

    Parameters
    ----------
    file : a recording; None for real music of so many seconds

    Raises
    ------
    MusicToolError
        If the chat does not start, or can't hear the track; the message has what it showed.
    """
    with tempfile.TemporaryDirectory(prefix="musicologue-bench-") as scratch:
        song = file or long_song(settings, Path(scratch), seconds)
        command = [sys.executable, "-m", "agent", "tui", "--model", "rules", "--offline"]
        command += ["--cache-dir", str(settings.cache_dir), "--licence", settings.licence]
        paints = [_first_paint([*command, "--data-dir", f"{scratch}/{n}"]) for n in range(starts)]
        command += ["--data-dir", f"{scratch}/data", str(song)]
        with pseudo_terminal(command, COLUMNS, ROWS) as terminal:
            return [_row("cold start to first paint", paints), *_typing(terminal)]


def to_table(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| on the screen | times | p50 ms | p95 ms | max ms |", "|---|---|---|---|---|"]
    for row in rows:
        figures = " | ".join(f"{row[name]:.0f}" for name in ("p50_ms", "p95_ms", "max_ms"))
        lines.append(f"| {row['what']} | {row['times']} | {figures} |")
    return "\n".join(lines)


def _first_paint(command: list[str]) -> float:
    """Return seconds from the start of the process until the line to type in is drawn."""
    with pseudo_terminal(command, COLUMNS, ROWS) as terminal:
        spent = terminal.until_shown(THERE, PATIENCE) - terminal.started
        terminal.process.kill()  # what it begins now is not waited for
        terminal.process.wait()
        return spent


def _typing(terminal: PseudoTerminal) -> list[Row]:
    """Type all the time, from the first paint on until the track is heard, and some more."""
    pauses, letters = Random(0), cycle(map(chr, LETTERS))

    def type_while(holds: Callable[[], bool]) -> Iterator[float]:
        while holds():
            terminal.type(next(letters))
            terminal.listen(EVERY + pauses.uniform(-JITTER, JITTER))
        yield from terminal.take()

    terminal.until_shown(THERE, PATIENCE)
    beginning = list(type_while(lambda: LISTENING not in terminal.text))
    begun = time.perf_counter()
    hearing = list(type_while(lambda: not _over(terminal, begun)))
    spent = time.perf_counter() - begun
    until = time.perf_counter() + AFTER
    hearing += type_while(lambda: time.perf_counter() < until)
    calm = iter(range(CALM))
    after = list(type_while(lambda: next(calm, None) is not None))
    return [
        _row("keypress while the chat begins", beginning),
        _row(f"keypress while the track is analysed ({spent:.0f} s)", hearing),
        _row("keypress when nothing goes on", after),
    ]


def _over(terminal: PseudoTerminal, begun: float) -> bool:
    """Whether the track is heard."""
    text = terminal.text
    if FAILED in text or time.perf_counter() - begun > PATIENCE:
        shown = " ".join(text[text.rfind(FAILED) :].split())[:300]
        raise MusicToolError(f"The chat did not hear the track; it showed: {shown}")
    return HEARD in text


def _row(what: str, seconds: list[float]) -> Row:
    """Return a row of figures; percentiles by the nearest rank."""
    ordered = sorted(1000 * one for one in seconds)
    ranks = {name: -(-len(ordered) * p // 100) - 1 for name, p in (("p50", 50), ("p95", 95))}
    figures = {f"{name}_ms": round(ordered[rank], 1) for name, rank in ranks.items()}
    return {"what": what, "times": len(ordered), **figures, "max_ms": round(ordered[-1], 1)}
