"""Which tracks are like a track, or like a stretch of one: in sound, harmony, rhythm or mood.

Or which can be mixed into it, as DJs do: near in tempo, neighbours on the Camelot wheel.

The rows of the memory give the candidates; the best of them are read whole and judged by what rows do
not hold: how sure the tagger was of each mood, how steady the beat is, and, where a stretch is held
against them, which section of theirs it is like. A track is never like itself, nor like a copy.
"""

import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Literal

from agent.likeness_columns import COLUMNS, ranked
from agent.likeness_scores import SCORES, Judged, Profile, by_sound, profile_of, sections_of
from agent.memory import TrackMemory
from agent.recall import Hit, Row
from agent.record import Facts, TrackRecord
from agent.shared_harmony import ProgressionIndex, profile, spelled, texts
from agent.wish import tokens
from tools.conventions import Interval
from tools.errors import MusicToolError
from tools.joint import Vector

What = Literal["sound", "harmony", "rhythm", "mood", "mix"]
WHATS: tuple[What, ...] = ("sound", "harmony", "rhythm", "mood", "mix")

READ_WHOLE = 40
"""Candidates whose records are read: about 5 ms each."""

FLOORS: Mapping[str, float] = {
    "sound": 0.1, "harmony": 0.2, "rhythm": 0.5, "mood": 0.25, "mix": 0.2,
}  # fmt: skip
"""Scores below which nothing is alike: in made-up libraries most of pairs at random lie below.

What can't be mixed scores 0 for that."""

_LACKING = {"harmony": "chords", "rhythm": "tempo", "mix": "tempo", "mood": "moods"}

COPY_SECONDS, COPY_BPM = 1.0, 0.01
"""How far apart two files of one recording may be in length and, as a share, in tempo."""


class LikenessError(MusicToolError):
    """What is to be compared is not known of the track."""


def similar(
    memory: TrackMemory,
    record: TrackRecord,
    what: What = "sound",
    limit: int = 5,
    span: Interval | None = None,
    heard: Vector | None = None,
) -> tuple[Hit, ...]:
    """Return the tracks that are most like one in one respect, the most alike first.

    Scores compare the hits of one question only; `Hit.why` says what is alike:
    ``("tempo 120.0 BPM, twice as fast", "meter 4/4")``.

    Parameters
    ----------
    span : the stretch of the track that is meant, in seconds; then hits name a section of theirs
    heard : where the stretch lies in the space of `TrackMemory.sound`, where its tags don't tell

    Raises
    ------
    LikenessError
        If what is to be compared was not heard of the track.
    """
    if limit < 1:
        return ()
    rows = memory.rows()
    seed = profile_of(record, span, memory.sound, heard)
    _require(seed, what, record)
    own = Row(record.id, record.words, seed.facts) if record.id not in rows else rows[record.id]
    count = max(READ_WHOLE, 2 * limit)
    near = _candidates(memory, seed, what, rows, count)
    others = (x for x in near if x[0] != record.id and not _copy(own, rows[x[0]]))
    found = list(islice(others, count))
    judged = [_judged(memory, seed, what, rows[i], first, record, span) for i, first in found]
    hits = [hit for hit in judged if hit.score >= FLOORS[what]]
    hits.sort(key=lambda hit: (-hit.score, hit.title, hit.id))
    return tuple(_once(hits, rows))[:limit]


# ---- candidates ---------------------------------------------------------------------------------


def _candidates(
    memory: TrackMemory, seed: Profile, what: What, rows: Mapping[str, Row], count: int
) -> Iterator[tuple[str, Judged]]:
    """Yield the ids that rows speak for most, with what the rows say; the track and copies too.

    Parameters
    ----------
    count : how many are wanted, those left out
    """
    if what in COLUMNS:
        judge = SCORES[what]
        for i in ranked(memory.table(), what, seed):
            yield i, judge(seed, Profile(rows[i].facts))
        return
    if what == "sound":
        near = {} if seed.sound is None else memory.near_sound(seed.sound, count + 20)
        found = {i: by_sound(x, seed, rows[i].facts) for i, x in near.items() if i in rows}
    else:
        found = _by_harmony(memory, seed, rows, count)
    for i in sorted(found, key=lambda i: (-found[i].score, i)):
        yield i, found[i]


def _by_harmony(
    memory: TrackMemory, seed: Profile, rows: Mapping[str, Row], count: int
) -> dict[str, Judged]:
    overlaps = _progressions(memory).overlaps(texts(seed.facts, "progressions"))
    judge = SCORES["harmony"]
    near = {i: o.share for i, o in overlaps.items() if i in rows}
    best = sorted(near, key=lambda i: (-near[i], i))[: 10 * count]
    if len(best) < count:
        best += list(islice((i for i in rows if i not in near), 10 * count))
    return {i: judge(seed, Profile(rows[i].facts, overlap=overlaps.get(i))) for i in best}


_INDEXES: "weakref.WeakKeyDictionary[TrackMemory, tuple[object, ProgressionIndex]]" = (
    weakref.WeakKeyDictionary()
)
"""The last index of each memory, and the rows that it was made of."""


def _progressions(memory: TrackMemory) -> ProgressionIndex:
    rows = memory.rows()
    known = _INDEXES.get(memory)
    if known is None or known[0] is not rows:
        known = (rows, ProgressionIndex(rows.values()))
        _INDEXES[memory] = known
    return known[1]


# ---- the last word ------------------------------------------------------------------------------


def _judged(
    memory: TrackMemory,
    seed: Profile,
    what: What,
    row: Row,
    first: Judged,
    asked: TrackRecord,
    span: Interval | None,
) -> Hit:
    """Return a candidate as its record is judged; as its row was where there is no record."""
    record = memory.get(row.id)
    best: tuple[Judged, Interval | None, str] = (first, None, "")
    if record is not None and span is not None:
        best = _best_section(memory, seed, what, record, row, first)
    elif record is not None and what in ("rhythm", "mood"):  # rows hold all of the others
        best = (SCORES[what](seed, profile_of(record, None, None, whole=row.facts)), None, "")
    judged, part, label = best
    title = str(row.facts.get("title", ""))
    return Hit(row.id, title, judged.score, _named(judged, asked), part, label)


def _best_section(
    memory: TrackMemory, seed: Profile, what: What, record: TrackRecord, row: Row, first: Judged
) -> tuple[Judged, Interval | None, str]:
    best: tuple[Judged, Interval | None, str] = (first, None, "")
    for part, label in sections_of(record):
        judged = SCORES[what](seed, profile_of(record, part, memory.sound, whole=row.facts))
        if best[1] is None or judged.score > best[0].score:
            best = (judged, part, label)
    return best


def _named(judged: Judged, asked: TrackRecord) -> tuple[str, ...]:
    """Return the reasons, with the shared progressions by name where the track asked about has them."""
    names = spelled(judged.shared, asked, 2) if judged.shared else ()
    if not names:
        return judged.why
    return (f"both have {' and '.join(names)}", *judged.why)


def _require(seed: Profile, what: What, record: TrackRecord) -> None:
    facts = seed.facts
    known = {
        "sound": seed.sound is not None,
        "harmony": bool(texts(facts, "progressions")) or profile(facts) is not None,
        "rhythm": "bpm" in facts,
        "mix": "bpm" in facts,
        "mood": seed.moods is not None or bool(texts(facts, "moods")),
    }
    if not known[what]:
        lacking = _LACKING.get(what, "vector")
        against = (
            "so nothing can be mixed into it"
            if what == "mix"
            else f"so nothing can be held against its {what}"
        )
        raise LikenessError(
            f"No {lacking} {'is' if lacking in ('tempo', 'vector') else 'are'} known of "
            f"'{record.title}', {against}."
        )


# ---- copies -------------------------------------------------------------------------------------


def _copy(a: Row, b: Row) -> bool:
    """Tell whether two rows are one recording in two files: another format, another rip."""
    lengths = [row.facts.get("duration") for row in (a, b)]
    if not all(isinstance(x, int | float) for x in lengths):
        return False
    apart = abs(float(str(lengths[0])) - float(str(lengths[1])))
    if apart > COPY_SECONDS:
        return False
    if _name(a.facts) and _name(a.facts) == _name(b.facts):
        return True
    grams = [set(texts(row.facts, "progressions")) for row in (a, b)]
    same = len(grams[0] & grams[1]) >= 0.9 * max(1, len(grams[0] | grams[1]))
    return same and len(grams[0]) > 8 and _same_pulse(a.facts, b.facts)


def _name(facts: Facts) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    if "artist" not in facts:
        return None
    title, artist = (tuple(tokens(str(facts.get(n, "")))) for n in ("title", "artist"))
    return (title, artist) if title else None


def _same_pulse(a: Facts, b: Facts) -> bool:
    first, second = a.get("bpm"), b.get("bpm")
    if not isinstance(first, int | float) or not isinstance(second, int | float):
        return False
    same_key = (a.get("tonic"), a.get("mode")) == (b.get("tonic"), b.get("mode"))
    return same_key and abs(first / second - 1) <= COPY_BPM


def _once(hits: Sequence[Hit], rows: Mapping[str, Row]) -> Iterable[Hit]:
    """Yield the hits without those that are copies of a better one."""
    kept: list[Hit] = []
    for hit in hits:
        if not any(_copy(rows[hit.id], rows[other.id]) for other in kept):
            kept.append(hit)
            yield hit
