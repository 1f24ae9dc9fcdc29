"""What a track's record gives a composer: only what was measured; the rest is named as missing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.generation.players_asked import instrument_of
from agent.generation.pulse_asked import FASTEST, SLOWEST
from agent.generation.styles_asked import nearest_mood, nearest_style
from agent.record import TrackRecord
from tools.annotations import Beats, Chords, Key, Sections, Tags, Tempo
from tools.composing.brief import FORMS
from tools.composing.harmony import key_of_chords
from tools.conventions import Interval
from tools.progression import BarChords, progression

HALVED = ("2/4", "4/4", "6/8")
"""Meters whose bar has two halves to give chords to."""
OFTEN = 0.15
"""The share of bars with two chords from which every bar is written as two halves."""


@dataclass(frozen=True)
class Measured:
    """What was measured of a track, as a composer counts it.

    Parameters
    ----------
    fields : of `tools.composing.brief.Brief`: tonic, mode, bpm, meter, form, style, mood,
        instruments
    bars : start and end of each bar in seconds; of each chord where there are no downbeats
    labels : Harte labels of each bar: one, or one of each half
    missing : what was not measured, in words
    """

    fields: Mapping[str, object]
    bars: tuple[Interval, ...]
    labels: tuple[tuple[str, ...], ...]
    missing: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str] | None:
        """Return tonic and mode; where no key was measured, the likeliest of the chords."""
        if "tonic" in self.fields:
            return str(self.fields["tonic"]), str(self.fields["mode"])
        flat = [label for bar in self.labels for label in bar]
        return key_of_chords(flat) if flat else None

    def bar_at(self, time: float) -> int:
        """Return how many bars have begun before a time in seconds (with a little leave)."""
        return sum(start < time - 0.05 for start, _ in self.bars)


def measured(record: TrackRecord) -> Measured:
    """Return what a track gives a composer.

    Raises
    ------
    RecordError
        If an annotation of the record is damaged.
    """
    key, tempo = record.annotation("key"), record.annotation("tempo")
    beats, chords = record.annotation("beats"), record.annotation("chords")
    fields: dict[str, object] = {}
    if isinstance(key, Key):
        fields |= {"tonic": key.tonic, "mode": key.mode}
    if isinstance(tempo, Tempo) and SLOWEST <= tempo.bpm <= FASTEST:
        fields["bpm"] = float(round(tempo.bpm))
    if isinstance(beats, Beats) and beats.meter:
        fields["meter"] = beats.meter
    fields |= _form(record.annotation("segments")) | _sound(record.annotation("tags"))
    rows: Sequence[BarChords] = ()
    if isinstance(chords, Chords):
        known = beats if isinstance(beats, Beats) and beats.times else None
        rows = progression(chords, known, key if isinstance(key, Key) else None)
    bars, labels = _bars([row for row in rows if row.bar > 0], str(fields.get("meter", "")))
    return Measured(fields, bars, labels, _missing(fields, labels))


def _missing(fields: Mapping[str, object], labels: Sequence[object]) -> tuple[str, ...]:
    named = {"tonic": "key", "bpm": "tempo", "meter": "meter", "style": "style", "instruments": "instruments"}  # fmt: skip
    missing = [word for name, word in named.items() if name not in fields]
    return tuple(missing if labels else [*missing, "chords"])


def _form(sections: object) -> dict[str, object]:
    if not isinstance(sections, Sections):
        return {}
    if {"verse", "chorus"} <= set(sections.labels):
        return {"form": "verse-chorus"}
    letters = "".join(sections.letters)
    return {"form": letters} if letters in FORMS else {}


def _sound(tags: object) -> dict[str, object]:
    if not isinstance(tags, Tags):
        return {}
    styles = [style for genre in tags.genres if (style := nearest_style(genre.label))]
    moods = [mood for word in tags.moods if (mood := nearest_mood(word.label))]
    players = [name for word in tags.instruments if (name := instrument_of(word.label))]
    fields: dict[str, object] = {}
    if styles:
        fields["style"] = styles[0]
    if moods:
        fields["mood"] = moods[0]
    if players:
        fields["instruments"] = tuple(dict.fromkeys(players))
    return fields


def _bars(
    rows: Sequence[BarChords], meter: str
) -> tuple[tuple[Interval, ...], tuple[tuple[str, ...], ...]]:
    """Return the bars that have chords; silence takes the chord before it, or after it."""
    halves = [_halves(row) for row in rows]
    two = [one != other for one, other in halves]
    split = meter in HALVED and bool(two) and sum(two) >= OFTEN * len(two)
    told = halves if split else [(_longest(row),) for row in rows]
    flat = [label for bar in told for label in bar]
    sounding = [label for label in flat if label not in ("N", "X")]
    if not sounding:
        return (), ()
    last, filled = sounding[0], []
    for label in flat:
        last = last if label in ("N", "X") else label
        filled.append(last)
    size = 2 if split else 1
    labels = tuple(tuple(filled[k : k + size]) for k in range(0, len(filled), size))
    return tuple((row.start, row.end) for row in rows), labels


def _spans(row: BarChords) -> list[tuple[str, float, float]]:
    """Return the chords of a bar with where they begin and end, as shares of it."""
    beats = max(4, max(row.beats, default=1))
    starts = [(beat - 1) / beats for beat in row.beats]
    return list(zip(row.labels, starts, [*starts[1:], 1.0], strict=True))


def _longest(row: BarChords) -> str:
    shares: dict[str, float] = defaultdict(float)
    for label, start, end in _spans(row):
        shares[label] += end - start
    return max(shares, key=shares.__getitem__, default="N")


def _halves(row: BarChords) -> tuple[str, str]:
    spans = _spans(row)
    if not spans:
        return "N", "N"
    second = [label for label, start, _ in spans if start <= 0.5]
    return spans[0][0], second[-1]
