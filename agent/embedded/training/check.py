"""Check phrasing files: ``python -m agent.embedded.training.check FILE…``.

Prints lines that do not parse, and those that the rules compile to other calls.
"""

import random
import sys
from collections.abc import Iterator
from pathlib import Path

from agent.embedded.choosing import with_tracks
from agent.embedded.notation import ReadingError, read, write
from agent.embedded.training.phrasings import Phrasing, PhrasingError, fill, parse
from agent.embedded.training.slots import Names
from agent.open_tracks import OpenTrack
from agent.rules.asks import Situation
from agent.rules.plan import plan
from agent.rules.understand import understand

TOOLS = frozenset(
    "listen describe tempo key chords tags moment search_library structure caption separate transcribe"
    " melody export".split()
)


def situation_of(phrasing: Phrasing, titles: tuple[str, ...]) -> Situation:
    """Return the situation a phrasing is asked in; its asks before are those of `after`."""
    tracks = tuple(
        OpenTrack(f"#{i}", *_title(title), f"{i}.mp3", 180.0 + i, f"#{i}" in phrasing.focus)
        for i, title in enumerate(titles[: phrasing.count], 1)
    )
    bare = Situation(tracks, TOOLS, focus=phrasing.focus)
    before = with_tracks(read(phrasing.after), bare) if phrasing.after else ()
    focus = next((a.tracks for a in reversed(before) if a.tracks), phrasing.focus)
    span = next((a.span for a in reversed(before) if a.span), None)
    return Situation(tracks, TOOLS, before, focus, span)


def _title(title: str) -> tuple[str, str]:
    name, _, artist = title.partition(" - ")
    return name, artist


def _problems(phrasing: Phrasing, dice: random.Random) -> Iterator[str]:
    titles = phrasing.titles or tuple(f"Song {i}" for i in range(1, phrasing.count + 1))
    question, reading, after = fill(phrasing, dice, Names(titles))
    filled = Phrasing(question, reading, titles, phrasing.focus, after, phrasing.count)
    situation = situation_of(filled, titles)
    asks = with_tracks(read(reading), situation)
    said = understand(question, situation)
    ours, theirs = plan(asks, situation), plan(said, situation)
    if sorted(map(repr, ours)) != sorted(map(repr, theirs)):
        yield f"otherwise: {question} -> {reading}   [rules: {write(said, phrasing.focus)}]"


def main(paths: list[str]) -> None:
    """Check the files and write what is found to standard output."""
    dice = random.Random(0)
    total = odd = bad = 0
    for path in paths:
        for phrasing in parse(Path(path).read_text("utf-8")):
            total += 1
            try:
                found = list(_problems(phrasing, dice))
            except (ReadingError, PhrasingError) as error:
                found, bad = [f"BAD: {phrasing.question} -> {phrasing.reading}: {error}"], bad + 1
            odd += bool(found)
            sys.stdout.writelines(f"{line}\n" for line in found)
    sys.stdout.write(f"{total} phrasings, {bad} bad, {odd - bad} that the rules read otherwise\n")


if __name__ == "__main__":
    main(sys.argv[1:])
