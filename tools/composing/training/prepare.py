"""Prepare: the scores of music21's corpus as rows of tokens in one file.

Bach's four-part chorales, and the tunes of Ryan's Mammoth Collection (1883), O'Neill's Music of
Ireland (1903) and Aird's Airs (1782): music out of copyright. The Essen folk songs are left out,
their licence being for non-commercial use.

Run: ``python -m tools.composing.training.prepare OUT.npz [--seconds 480] [--only bach]``
"""

import argparse
import logging
import re
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tools.composing.brief import METERS
from tools.composing.meters import METER
from tools.composing.score import Score, ScoreNote, ScorePart
from tools.composing.tokens import CHORALE, TICKS, encode, home_shift, tempo_class
from tools.composing.training.labels import chords_of_tune, chords_of_voices, key_of_notes
from tools.errors import MusicToolError
from tools.theory import pitch_class, tonic_name

log = logging.getLogger(__name__)

SOURCES = {
    "bach": "bach/*.mxl",
    "oneill": "oneills1850/*.abc",
    "aird": "airdsAirs/*.abc",
    "ryan": "ryansMammoth/*.abc",
}
"""Name -> files under the corpus."""
HELD_OUT = {"chorale": 10, "folk": 20}
"""One piece in so many is held out, by a checksum of its name."""
MOST_BARS = 48
DANCES = {
    "slow": "air|lament|slow|lullaby|planxty|plaintive",
    "middle": "hornpipe|strathspey|march|schottische|waltz|clog|set dance|long dance",
    "fast": "reel|jig|polka|quick|fling|galop|breakdown",
}
"""Words of a title that tell a tempo class where no tempo is written."""

Named = tuple[str, Score, str, str, bool]
"""Name, score, style, tempo class, whether the first bar is an upbeat."""


class UnfitScore(Exception):
    """A score that the tokens cannot say, with the reason."""


def read(seconds: float, only: Sequence[str] = ()) -> Iterator[Named]:
    """Yield the scores of the corpus that fit, until so many seconds have gone."""
    from music21 import converter, corpus

    folder = Path(corpus.__file__).parent
    until = time.monotonic() + seconds
    for source in only or SOURCES:
        for path in sorted(folder.glob(SOURCES[source])):
            if time.monotonic() > until:
                return
            try:
                parsed = converter.parse(path, forceSource=True)
            except Exception as error:  # music21 raises whatever its readers trip over
                log.info("%s: %s", path.name, error)
                continue
            for number, piece in enumerate(getattr(parsed, "scores", [parsed])):
                try:
                    yield _named(f"{source}/{path.stem}/{number}", piece, source == "bach")
                except (UnfitScore, MusicToolError) as error:
                    log.info("%s %d: %s", path.name, number, error)


def _named(name: str, piece: Any, is_chorale: bool) -> Named:
    parts = list(piece.parts) or [piece]
    if is_chorale:
        named = {str(part.partName or part.id).lower(): part for part in parts}
        chosen = [named[voice] for voice in CHORALE if voice in named]
        parts = chosen if len(chosen) == 4 else parts
        if len(parts) != 4:
            raise UnfitScore(f"{len(parts)} parts")
    meter = _meter(parts[0])
    upbeat = _upbeat(parts[0], METER[meter].bar)
    lead = METER[meter].bar - upbeat if upbeat else 0.0
    voices = CHORALE if is_chorale else ("tune",)
    notes = [_notes(part, lead) for part in parts[: len(voices)]]
    if any(len(own) < 8 for own in notes):
        raise UnfitScore("hardly any notes")
    score = _score(meter, dict(zip(voices, notes, strict=True)), _key(parts[0], is_chorale, notes))
    if len(score.chords) and score.length > MOST_BARS * score.bar:
        raise UnfitScore("too long")
    style = "chorale" if is_chorale else "folk"
    return name, score, style, _tempo(piece), upbeat > 0


def _score(meter: str, voices: dict[str, list[ScoreNote]], key: tuple[str, str]) -> Score:
    tonic, mode = key
    if "tune" in voices:  # fifes and fiddles lie high: an octave nearer to where tunes are sung
        middle = float(np.mean([n.pitch for n in voices["tune"]])) - home_shift(tonic, mode)
        octave = 12 * round((72 - middle) / 12)
        voices = {"tune": [_moved(note, octave) for note in voices["tune"]]}
    everything = [note for own in voices.values() for note in own]
    bar = METER[meter].bar
    length = bar * np.ceil(max(n.start + n.duration for n in everything) / bar - 1e-6)
    if "tune" in voices:
        chords = chords_of_tune(everything, pitch_class(tonic), mode, meter, float(length))
    else:
        chords = chords_of_voices(everything, float(length), METER[meter].lengths[0])
    parts = tuple(ScorePart(name, "choir", tuple(own)) for name, own in voices.items())
    return Score(tonic, mode, 90.0, meter, parts, tuple(chords), (), "corpus")


def _moved(note: ScoreNote, semitones: int) -> ScoreNote:
    return ScoreNote(note.start, note.duration, note.pitch + semitones)


def _meter(part: Any) -> str:
    found = {(s.numerator, s.denominator) for s in part.flatten().getTimeSignatures()}
    found = {(4, 4) if pair == (2, 2) else pair for pair in found}
    names = {f"{upper}/{lower}" for upper, lower in found}
    if len(names) != 1 or not names <= set(METERS):
        raise UnfitScore(f"meters {', '.join(sorted(names))}")
    return names.pop()


def _upbeat(part: Any, bar: float) -> float:
    """Return the quarters of the upbeat, 0 without one; every full bar must lie on the grid."""
    measures = list(part.getElementsByClass("Measure"))
    if not measures:
        raise UnfitScore("no bars")
    first = float(measures[0].highestTime)
    upbeat = first if first < bar - 1e-6 else 0.0
    for measure in measures:
        is_full = abs(float(measure.highestTime) - bar) < 1e-6
        place = (float(measure.offset) - upbeat) / bar
        if float(measure.highestTime) > bar + 1e-6 or (
            is_full and abs(place - round(place)) > 1e-6
        ):
            raise UnfitScore("bars off the grid")
    return upbeat


def _notes(part: Any, lead: float) -> list[ScoreNote]:
    """Return a part's notes, one at a time, `lead` quarters later than written."""
    notes: dict[int, ScoreNote] = {}
    for note in part.stripTies().flatten().notes:
        start, duration = float(note.offset) + lead, float(note.quarterLength)
        if duration <= 0 or not note.pitches:
            continue
        tick = round(start * TICKS)
        if abs(start * TICKS - tick) > 0.01:
            raise UnfitScore("finer than the grid")
        notes[tick] = ScoreNote(start, duration, max(p.midi for p in note.pitches))
    return [notes[tick] for tick in sorted(notes)]


def _key(part: Any, is_chorale: bool, notes: list[list[ScoreNote]]) -> tuple[str, str]:
    """Return the written key of a tune, its mode by its third; the heard key of a chorale."""
    written = list(part.flatten().getElementsByClass("Key"))
    if is_chorale or len(written) != 1:
        return key_of_notes([note for own in notes for note in own])
    mode = "minor" if written[0].mode in ("minor", "dorian", "phrygian", "aeolian") else "major"
    return tonic_name(written[0].tonic.pitchClass, mode), mode


def _tempo(piece: Any) -> str:
    for mark in piece.flatten().getElementsByClass("MetronomeMark"):
        quarters = mark.getQuarterBPM()
        if quarters:
            return tempo_class(float(quarters))
    title = str(getattr(piece.metadata, "title", None) or "").lower()
    for name, words in DANCES.items():
        if re.search(rf"\b({words})s?\b", title):
            return name
    return "unknown"


def is_held_out(name: str, style: str) -> bool:
    """Return whether a piece is kept from training."""
    return zlib.crc32(name.encode()) % HELD_OUT[style] == 0


def main() -> None:
    """Read the corpus and write tokens, where each piece begins, its name and style."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=float, default=480)
    parser.add_argument("--only", nargs="*", default=[], choices=list(SOURCES))
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    rows, names, styles = [], [], []
    for name, score, style, tempo, has_upbeat in read(asked.seconds, asked.only):
        try:
            rows.append(encode(score, style, tempo, has_upbeat))
        except MusicToolError as error:
            log.info("%s: %s", name, error)
            continue
        names.append(name)
        styles.append(style)
    ends = np.cumsum([len(row) for row in rows])
    tokens = np.concatenate([np.array(row, np.int16) for row in rows])
    np.savez_compressed(asked.out, tokens=tokens, ends=ends, names=names, styles=styles)
    log.info("%d pieces, %d tokens", len(rows), len(tokens))


if __name__ == "__main__":
    main()
