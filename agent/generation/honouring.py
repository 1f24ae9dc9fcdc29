"""Whether a new piece is what was asked: told by listening to it, not by what wrote it.

Of each property that was asked: what was heard, and True, False, or None where our ears can't tell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agent.record import TrackRecord
from agent.render import clock
from tools.annotations import Beats, Chords, Key, Tags, Tempo
from tools.composing.brief import Brief
from tools.composing.score import Score
from tools.conventions import METERS
from tools.theory import chord_name, pitch_class

TASKS = ("beats", "tempo", "key", "chords", "tags")
"""What is listened for."""

TEMPO_TOLERANCE = 0.04
"""As mir_eval.tempo and the literature have it."""

CHORDS_KEPT = 0.8
"""Share of the time that the chords heard must be those asked, as major or minor."""

LENGTH_TOLERANCE = 0.15
"""Whole bars are written and the last chord rings on."""
RINGING = 4.0
"""Seconds of that which are no fault in a short piece."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "piano": ("piano",),
    "rhodes": ("piano",),
    "harpsichord": ("harpsichord",),
    "guitar": ("guitar",),
    "distorted": ("guitar",),
    "violin": ("violin", "strings"),
    "fiddle": ("violin", "strings"),
    "viola": ("strings", "violin", "cello"),
    "cello": ("cello", "strings"),
    "strings": ("strings", "violin", "cello"),
    "harp": ("harp",),
    "flute": ("flute",),
    "piccolo": ("flute",),
    "recorder": ("flute",),
    "sitar": ("sitar",),
    "synth": ("synthesizer",),
    "pad": ("synthesizer",),
    "drum": ("drums",),
    "bass": (),  # a bass guitar is no guitar
}
"""A word in an instrument's name -> the words of the tagger by which it is heard; the longest word
counts. Other instruments have none.
"""

SURE_OF = frozenset(("piano", "guitar", "drums", "synthesizer"))
"""Words of the tagger whose absence says something. Of 60 rendered pieces it named these in nine of
ten mixes that had them; a flute or a violin only where it played alone, a harp or a cello never.
"""


@dataclass(frozen=True)
class Finding:
    """One property: what was asked, what was heard, and whether that is the same."""

    asked: Any
    heard: Any
    kept: bool | None


def listened(
    brief: Brief,
    asked: Mapping[str, object],
    record: TrackRecord,
    score: Score | None = None,
    starts: float = 0.0,
) -> dict[str, Finding]:
    """Return a finding for each property that was asked.

    Parameters
    ----------
    asked : by name (`agent.generation.brief_words.Wish.asked`); of what no ear of ours judges, such
        as style, the finding is None
    record : of the new piece, after `TASKS` were heard
    score : tells where the chords that were asked should sound
    starts : the second at which the score begins
    """
    players = asked.get("instruments")
    names = tuple(map(str, players)) if isinstance(players, list | tuple) else brief.instruments
    found = {
        "key": lambda: _key(brief, record),
        "bpm": lambda: _tempo(brief, record),
        "meter": lambda: _meter(brief, record),
        "chords": lambda: _chords(brief, record, score, starts),
        "instruments": lambda: _instruments(names, record),
        "without": lambda: _without(brief, record),
        "seconds": lambda: _length(brief, record),
    }
    return {
        name: found[name]() if name in found else Finding(value, None, None)
        for name, value in asked.items()
    }


def complaint(name: str, finding: Finding) -> str | None:
    """Return in words what was not kept, or can't be told; None where all is well."""
    if finding.kept or name not in _NAMES:
        return None
    if name == "instruments" and isinstance(finding.heard, Mapping):
        return _players(finding.heard)
    asked, heard = _words(name, finding.asked), _words(name, finding.heard)
    if finding.kept is None:
        return f"The {_NAMES[name]} was to be {asked}; listening can't tell whether it is."
    return f"The {_NAMES[name]} was to be {asked}, and I hear {heard}."


# ---- inside -------------------------------------------------------------------------------------

_NAMES = {
    "key": "key",
    "bpm": "tempo",
    "meter": "meter",
    "chords": "progression",
    "instruments": "players",
    "without": "arrangement",
    "seconds": "length",
}


def _words(name: str, value: Any) -> str:
    if value is None:
        return "nothing certain"
    if name == "bpm":
        return f"{value:g} BPM"
    if name == "seconds":
        return clock(value)
    if name == "chords":
        return " ".join(map(chord_name, value)) if not isinstance(value, float) else _kept(value)
    if name == "without":
        return f"without {' and '.join(value)}"
    return str(value)


def _kept(share: float) -> str:
    return f"{100 * share:.0f} % of it" if share >= 0.01 else "other chords"


def _players(heard: Mapping[str, bool | None]) -> str:
    missing = [name for name, is_there in heard.items() if is_there is False]
    unknown = [name for name, is_there in heard.items() if is_there is None]
    said = []
    if missing:
        said.append(f"I don't hear the {' or the '.join(missing)} clearly.")
    if unknown:
        said.append(f"My ears can't tell {' or '.join(unknown)} in a mix, so I can't check that.")
    return " ".join(said)


def _key(brief: Brief, record: TrackRecord) -> Finding:
    if brief.tonic is None:
        return _mode(brief, record)
    asked, key = f"{brief.tonic} {brief.mode or 'major'}", record.annotation("key")
    if not isinstance(key, Key):
        return Finding(asked, None, None)
    same = pitch_class(key.tonic) == pitch_class(brief.tonic)
    return Finding(asked, str(key), same and key.mode == (brief.mode or "major"))


def _mode(brief: Brief, record: TrackRecord) -> Finding:
    key = record.annotation("key")
    heard = key.mode if isinstance(key, Key) else None
    return Finding(brief.mode, heard, None if heard is None else heard == brief.mode)


def _tempo(brief: Brief, record: TrackRecord) -> Finding:
    tempo = record.annotation("tempo")
    if not isinstance(tempo, Tempo) or not brief.bpm:
        return Finding(brief.bpm, None, None)
    kept = abs(tempo.bpm / brief.bpm - 1) <= TEMPO_TOLERANCE
    return Finding(brief.bpm, round(tempo.bpm, 1), kept)


def _meter(brief: Brief, record: TrackRecord) -> Finding:
    beats = record.annotation("beats")
    heard = beats.meter if isinstance(beats, Beats) else None
    if heard is None or brief.meter not in METERS:  # others have no name among what is heard
        return Finding(brief.meter, heard, None)
    return Finding(brief.meter, heard, heard == brief.meter)


def _chords(brief: Brief, record: TrackRecord, score: Score | None, starts: float) -> Finding:
    chords = record.annotation("chords")
    if score is None or not isinstance(chords, Chords) or not chords.labels:
        return Finding(list(brief.chords), None, None)
    overlap = _overlap(score, chords, starts)
    return Finding(list(brief.chords), overlap, overlap >= CHORDS_KEPT)


def _overlap(score: Score, chords: Chords, starts: float) -> float:
    """Return the share of the time that both agree, as major and minor (mir_eval.chord)."""
    import mir_eval

    quarter = score.quarter
    spans = np.array([(c.start, c.start + c.duration) for c in score.chords]) * quarter + starts
    labels = [c.label for c in score.chords]
    there, said = mir_eval.util.adjust_intervals(
        np.array(chords.intervals), list(chords.labels), spans.min(), spans.max(), "N", "N"
    )
    both, asked, heard = mir_eval.util.merge_labeled_intervals(spans, labels, there, said)
    weights = mir_eval.util.intervals_to_durations(both)
    scores = mir_eval.chord.majmin(asked, heard)
    return round(float(mir_eval.chord.weighted_accuracy(scores, weights)), 3)


def _instruments(names: Sequence[str], record: TrackRecord) -> Finding:
    heard = {name: _sounds(name, record) for name in names}
    told = [is_there for is_there in heard.values() if is_there is not None]
    return Finding(list(names), heard, all(told) if told else None)


def _without(brief: Brief, record: TrackRecord) -> Finding:
    heard = [name for name in brief.without if _sounds(name, record)]
    told = [name for name in brief.without if _sounds(name, record) is not None]
    return Finding(list(brief.without), heard, not heard if told else None)


def _sounds(name: str, record: TrackRecord) -> bool | None:
    """Return whether an instrument is heard; None where not hearing it says nothing."""
    tags = record.annotation("tags")
    found = [word for word in KINDS if word in name.lower()]
    words = () if not found or "bass" in found else KINDS[max(found, key=len)]
    if not isinstance(tags, Tags) or not words or not tags.posteriors:
        return None
    if any(label.label in words for label in tags.instruments):
        return True
    return False if SURE_OF.intersection(words) else None


def is_judged(name: str) -> bool:
    """Return whether an instrument's absence is heard as surely as its presence."""
    found = [word for word in KINDS if word in name.lower()]
    return bool(found) and "bass" not in found and bool(SURE_OF & set(KINDS[max(found, key=len)]))


def _length(brief: Brief, record: TrackRecord) -> Finding:
    if brief.seconds is None:
        return Finding(None, record.duration, None)
    slack = max(RINGING, LENGTH_TOLERANCE * brief.seconds)
    kept = abs(record.duration - brief.seconds) <= slack
    return Finding(brief.seconds, round(record.duration, 2), kept)
