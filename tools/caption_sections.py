"""One line a section: what is different there from what was before and from the whole.

A line names the section and what a listener would notice first: who enters or leaves, the chords,
a new key or tempo, how loud it is. Where nothing of that changes the line says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tools.annotations import Chords, Tags
from tools.caption_facts import CHORDAL, STEP, Heard, chord_names, families, loop_names
from tools.caption_words import Chooser, join, sentence
from tools.progression import loop, progression

HELD, GONE = 0.5, 0.35
"""Mean confidence from which something sounds in a section, and below which it does not."""
LOUD_DB = 2.5
"""Against the mean of the track."""
MOST_NAMES = 4
FEWEST_BEATS = 4
PLURAL = ("drums", "strings")


@dataclass(frozen=True)
class Part:
    """What was measured of one section; the fields are empty or None where nothing was.

    Parameters
    ----------
    name : its function, or the letter where that is unknown
    heard_as : the function under which the same music was heard before, or empty
    sounding, silent : instruments, and ``"voice"``, that are heard in it, and that are not
    loop, chords : the chords that come round, or else those used most
    level : dB against the mean of the track
    """

    name: str
    heard_as: str
    # Not in its text, by which wordings are chosen: the order of a set differs between processes.
    sounding: frozenset[str] = field(repr=False)
    silent: frozenset[str] = field(repr=False)
    loop: bool
    chords: tuple[str, ...]
    key: str | None
    bpm: float | None
    level: float | None


def section_lines(heard: Heard) -> tuple[str, ...]:
    """Return a line for each of the sections of a track; none where these are not known."""
    sections = heard.sections
    if sections is None:
        return ()
    letters = sections.letters or ("",) * len(sections.labels)
    parts = []
    for i, (start, end, label) in enumerate(sections):
        earlier = [sections.labels[k] for k in range(i) if letters[i] and letters[k] == letters[i]]
        heard_as = label if label in earlier else "".join(earlier[:1])
        name = f"part {letters[i]}".strip() if label == "section" else label
        again = name if heard_as == label else heard_as.replace("section", "")
        parts.append(_part(heard, (start, end), name, again))
    choose = Chooser(parts)
    return tuple(_line(parts, i, choose) for i in range(len(parts)))


# ---- what was measured --------------------------------------------------------------------------


def _part(heard: Heard, span: tuple[float, float], name: str, heard_as: str) -> Part:
    sounding, silent = _sounds(heard.tags, *span)
    rounds, chords = _chords(heard, *span)
    level = heard.level.between(*span) if heard.level else None
    return Part(
        name,
        heard_as,
        sounding,
        silent,
        rounds,
        chords,
        _key(heard, sum(span) / 2),
        _bpm(heard, *span),
        None if level is None or heard.level is None else level - heard.level.mean,
    )


def _sounds(tags: Tags | None, start: float, end: float) -> tuple[frozenset[str], frozenset[str]]:
    """Return what sounds between two times and what does not; what wavers is in neither."""
    if tags is None or not tags.windows:
        return frozenset(), frozenset()
    centres = np.array(tags.windows).mean(axis=1)
    inside = (centres >= start) & (centres < end)
    if not inside.any():
        return frozenset(), frozenset()
    listed = {"vocal", *(x.label for x in tags.instruments)}
    means = {
        "voice" if curve.label == "vocal" else curve.label: float(
            np.mean(np.array(curve.confidences)[inside])
        )
        for curve in tags.curves
        if curve.label in listed
    }
    return (
        frozenset(name for name, mean in means.items() if mean >= HELD),
        frozenset(name for name, mean in means.items() if mean < GONE),
    )


def _chords(heard: Heard, start: float, end: float) -> tuple[bool, tuple[str, ...]]:
    """Return the chords between two times, and whether they come round and round."""
    if heard.chords is None:
        return False, ()
    part = _clipped(heard.chords, start, end)
    sounding = sum(b - a for a, b, label in part if label not in ("N", "X"))
    if sounding < CHORDAL * (end - start):
        return False, ()
    home = (heard.key.tonic, heard.key.mode) if heard.key else None
    if names := loop_names(loop(progression(part, heard.beats, heard.key)), home):
        return True, names
    kept = list(families(part))[:MOST_NAMES]
    roots = [label.split("/")[0] for label in part.labels]
    return False, chord_names(sorted(kept, key=roots.index), home)


def _clipped(chords: Chords, start: float, end: float) -> Chords:
    rows = [(max(a, start), min(b, end), label) for a, b, label in chords]
    rows = [row for row in rows if row[1] > row[0]]
    return replace(
        chords,
        intervals=tuple((a, b) for a, b, _ in rows),
        labels=tuple(label for *_, label in rows),
        confidences=(),
    )


def _key(heard: Heard, time: float) -> str | None:
    """Return the key at a time where the track has several, else None."""
    spans = heard.key.changes if heard.key else ()
    return next((str(span) for span in spans if span.start <= time < span.end), None)


def _bpm(heard: Heard, start: float, end: float) -> float | None:
    if heard.tempo is None or heard.tempo.steady is not False:
        return None
    times = np.array(heard.tempo.times)
    inside = (times >= start) & (times < end)
    if inside.sum() < FEWEST_BEATS:
        return None
    return float(np.median(np.array(heard.tempo.bpms)[inside]))


# ---- in words -----------------------------------------------------------------------------------


def _line(parts: Sequence[Part], index: int, choose: Chooser) -> str:
    part, before = parts[index], parts[:index]
    moves = join(_moves(parts, index, choose))
    harmony = _harmony(part, before, index, choose, bool(moves))
    told = f"{moves} {harmony}".strip(" ,")
    told = ", ".join(t for t in (told, *_shifts(part, before), _level(parts, index)) if t)
    name = f"{part.name} again" if part.heard_as == part.name else part.name
    if part.heard_as not in ("", part.name):
        told = ", ".join(t for t in (f"the music of the {part.heard_as}", told) if t)
    if not told and before and part.level is not None:
        told = "much as before"
    if not told and part.sounding:
        told = join(sorted(part.sounding, key=lambda n: (n != "voice", n)))
    return sentence(f"{name}: {told}" if told else name)


def _moves(parts: Sequence[Part], index: int, choose: Chooser) -> list[str]:
    """Return who enters and who leaves, voice first."""
    part, before = parts[index], parts[:index]
    last = before[-1] if before else None
    if last is None:
        sung = any("voice" in p.sounding for p in parts)
        return ["no voice yet,"] if sung and "voice" in part.silent else []
    entering = sorted(part.sounding & last.silent)
    leaving = sorted(part.silent & last.sounding)
    moves = []
    if "voice" in entering:
        known = any("voice" in p.sounding for p in before)
        moves.append(
            f"the voice {choose(str(index), ('returns', 'is back')) if known else 'enters'}"
        )
    joining = [name for name in entering if name != "voice"]
    if joining:
        verb = "join" if len(joining) > 1 or joining[0] in PLURAL else "joins"
        moves.append(f"{'' if joining[0] in PLURAL else 'the '}{join(joining)} {verb}")
    if gone := ["the voice" if name == "voice" else name for name in reversed(leaving)]:
        verb = "drop" if len(gone) > 1 or gone[0] in PLURAL else "drops"
        moves.append(f"{join(gone)} {verb} out")
    return moves


def _harmony(
    part: Part, before: Sequence[Part], index: int, choose: Chooser, after_moves: bool
) -> str:
    if not part.chords:
        return ""
    over = "over " if after_moves else ""
    same = [i for i, p in enumerate(before) if set(p.chords) == set(part.chords)]
    if same:
        return f"{over}the same chords" + (" as before" if same[-1] < index - 1 else "")
    if len(part.chords) == 1:
        return f"over {part.chords[0]}" if after_moves else f"held on {part.chords[0]}"
    if part.loop:
        row = "–".join(part.chords)
        return (
            f"over {row}" if after_moves else choose(f"c{index}", (row, f"{row}, round and round"))
        )
    names = join(part.chords)
    return (
        f"over {names}" if after_moves else f"{choose(f'c{index}', ('mostly', 'chiefly'))} {names}"
    )


def _shifts(part: Part, before: Sequence[Part]) -> list[str]:
    """Return a new key and a new tempo."""
    last = before[-1] if before else None
    shifts = []
    if last and part.key and last.key and part.key != last.key:
        back = any(p.key == part.key for p in before)
        shifts.append(f"{'back' if back else 'now'} in {part.key}")
    if last and part.bpm and last.bpm and max(part.bpm, last.bpm) > STEP * min(part.bpm, last.bpm):
        shifts.append("faster" if part.bpm > last.bpm else "slower")
    return shifts


def _level(parts: Sequence[Part], index: int) -> str:
    levels = [p.level for p in parts if p.level is not None]
    level = parts[index].level
    if level is None or len(levels) < 2:
        return ""
    if len(levels) == 2 and max(levels) - min(levels) > LOUD_DB:
        return f"the {'louder' if level == max(levels) else 'quieter'} of the two"
    if level == max(levels) and level - min(levels) > LOUD_DB:
        return "the loudest part"
    if level == min(levels) and max(levels) - level > LOUD_DB:
        return "the quietest part"
    if abs(level) < LOUD_DB:
        return ""
    return "louder than most" if level > 0 else "quieter than most"
