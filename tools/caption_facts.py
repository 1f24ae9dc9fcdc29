"""What is worth telling of a track: its measurements, sorted into facts that a sentence can hold.

Here it is decided what is sure enough to be said, what is said with doubt and what is left out.
Nothing is worded, and nothing is heard: all comes from annotations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from tools.annotations import Annotation, Beats, Chords, Key, Label, Level, Sections, Tags, Tempo
from tools.progression import Loop, loop, most_used, progression
from tools.theory import chord_name, simplify

Floats = NDArray[np.float64]
A = TypeVar("A", bound=Annotation)

SURE, NAMED = 0.65, 0.5
"""A label is stated from the first on; below it, down to the second, it is told with doubt."""
CLOSEST = 0.4
"""A genre between this and `NAMED` is told as what comes closest."""
TOUCH, TOUCH_SHARE = 0.55, 0.75
"""A second genre is told when it is this likely, and not much less so than the first."""
TWO_VOICES = 0.12
"""A voice heard as female and as male, this near in confidence, is called neither."""

FIRM, LOOSE = 0.5, 0.35
"""Confidence of the beats: from the first on there is a pulse, below the second there is none."""
RIVAL = 0.6
"""Another reading of tempo or key is told when it has this share of the first one's confidence."""
METER_SURE, METER_NAMED = 0.85, 0.6

KEY_SURE, KEY_LIKELY, KEY_GUESS = 0.75, 0.5, 0.2

STEP, STEP_BEATS = 1.08, 8
"""A tempo that changes by more than this factor, from eight beats to the next eight, is another."""
STEADY = 0.06

LONGEST_LOOP, MOST_CHORDS = 6, 4
SHARE_NAMED = 0.08
STAYS = 0.8
"""Share of the time with chords from which the harmony stays on one; below the first, unnamed."""
CHORD_INSTRUMENTS = frozenset({"guitar", "piano", "organ", "synthesizer", "harp", "accordion"})
"""What accompanies a singer in chords; where none sound, an unsure one is the voice, mistaken."""

FEWEST_CHORD_SECONDS, CHORDLESS, CHORDAL = 4.0, 0.15, 0.5
"""Shares of a track: with chords in less than the first it has none; below the second none is told.
"""
CHORD_SURE = 0.5
"""Mean confidence of the chords below which they are told with doubt."""


@dataclass(frozen=True)
class Heard:
    """What is known of a track of so many seconds; each is None where it is not."""

    duration: float
    beats: Beats | None = None
    tempo: Tempo | None = None
    key: Key | None = None
    chords: Chords | None = None
    tags: Tags | None = None
    level: Level | None = None
    sections: Sections | None = None

    @classmethod
    def of(cls, known: Mapping[str, Annotation], duration: float) -> "Heard":
        """Return what annotations by task name hold."""

        def found(name: str, kind: type[A]) -> A | None:
            annotation = known.get(name)
            return annotation if isinstance(annotation, kind) else None

        beats, chords = found("beats", Beats), found("chords", Chords)
        return cls(
            duration,
            beats if beats and beats.times else None,
            found("tempo", Tempo),
            found("key", Key),
            chords if chords and chords.labels else None,
            found("tags", Tags),
            found("level", Level),
            found("segments", Sections),
        )

    @property
    def empty(self) -> bool:
        """Whether nothing is known that a sentence could be made of."""
        told = (self.beats, self.tempo, self.key, self.chords, self.tags)
        return all(annotation is None for annotation in told)


# ---- sound --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sound:
    """What the music is like.

    Parameters
    ----------
    genre, touch : the surest genre, and a second one; empty where unknown
    placed : whether the genre is more than what comes closest
    moods : the surest first
    instruments, maybe : those heard for sure, and those heard with doubt
    voice : ``"female"``, ``"male"``, ``"choir"``, ``"plain"``, ``"none"``, or empty where unknown
    voice_sure : whether that is stated or told with doubt
    """

    genre: str = ""
    touch: str = ""
    placed: bool = True
    moods: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()
    voice: str = ""
    voice_sure: bool = True

    @property
    def sung(self) -> bool:
        """Whether there is a voice."""
        return self.voice not in ("", "none")


def sound_of(heard: Heard) -> Sound:
    """Return what the music is like."""
    tags = heard.tags
    if tags is None:
        return Sound()
    genre, touch, placed = _genres(tags.genres)
    return Sound(
        genre,
        touch,
        placed,
        tuple(x.label for x in tags.moods if x.confidence >= NAMED),
        tuple(x.label for x in tags.instruments if x.confidence >= SURE),
        _maybe(heard, tags),
        _voice(tags),
        tags.voice is not None and tags.voice.confidence >= SURE,
    )


def _maybe(heard: Heard, tags: Tags) -> tuple[str, ...]:
    """Return the instruments that may be there; none to accompany a singer where no chord sounds."""
    sung = tags.voice is not None and tags.voice.label == "vocal"
    chordless = heard.chords is not None and _chord_seconds(heard) < CHORDLESS * heard.duration
    return tuple(
        x.label
        for x in tags.instruments
        if NAMED <= x.confidence < SURE
        and not (sung and chordless and x.label in CHORD_INSTRUMENTS)
    )


def _genres(genres: Sequence[Label]) -> tuple[str, str, bool]:
    if not genres or genres[0].confidence < CLOSEST:
        return "", "", True
    first, *others = genres
    least = max(TOUCH, TOUCH_SHARE * first.confidence)
    touch = others[0].label if others and others[0].confidence >= least else ""
    return first.label, touch, first.confidence >= NAMED


def _voice(tags: Tags) -> str:
    if tags.voice is None:
        return ""
    if tags.voice.label == "instrumental":
        return "none"
    details = [x for x in tags.voice_details if x.confidence >= NAMED]
    if not details or details[0].confidence < SURE:
        return "plain"
    rivals = [x for x in details[1:] if x.label != "choir"]
    if rivals and details[0].confidence - rivals[0].confidence < TWO_VOICES:
        return "plain"
    return details[0].label.removesuffix(" voice")


# ---- pulse --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pulse:
    """Tempo and meter.

    Parameters
    ----------
    bpm : to the nearest whole number
    firm : True where there is a clear pulse, None where there is a loose one
    rival : the half or double tempo that may be meant as well, or None
    steps : the tempi in order, where the tempo changes and is steady between; else empty
    steady : None where unknown
    """

    bpm: int
    firm: bool | None
    rival: int | None = None
    steps: tuple[int, ...] = ()
    steady: bool | None = None
    meter: str = ""
    meter_sure: bool = True


def pulse_of(heard: Heard) -> Pulse | None:
    """Return tempo and meter, None where no tempo is known."""
    tempo, beats = heard.tempo, heard.beats
    if tempo is None:
        return None
    sure = beats.confidence if beats and beats.confidence is not None else 1.0
    firm = True if sure >= FIRM else None if sure >= LOOSE else False
    own = tempo.confidence or 1.0
    close = [a for a in tempo.alternatives if a.confidence >= RIVAL * own]
    rival = round(close[0].bpm) if close and close[0].relation in ("half", "double") else None
    meter, clear = "", 0.0
    if beats and beats.meter and firm:
        clear = 1.0 if beats.meter_confidence is None else beats.meter_confidence
        meter = beats.meter if clear >= METER_NAMED else ""
    steps = _steps(tempo)
    return Pulse(
        round(tempo.bpm), firm, rival, steps, tempo.steady, meter, clear >= METER_SURE or not meter
    )


def _steps(tempo: Tempo) -> tuple[int, ...]:
    """Return the tempi of a track that changes from one steady tempo to another.

    The curve is cut where the median of eight beats differs most from that of the eight before.
    """
    curve = np.array(tempo.bpms)
    if tempo.steady is not False or curve.size < 4 * STEP_BEATS:
        return ()
    medians = np.median(np.lib.stride_tricks.sliding_window_view(curve, STEP_BEATS), axis=1)
    jumps = np.abs(np.log(medians[STEP_BEATS:] / medians[:-STEP_BEATS]))
    peaks = (jumps == maximum_filter1d(jumps, 2 * STEP_BEATS + 1)) & (jumps > np.log(STEP))
    cuts = np.flatnonzero(peaks) + STEP_BEATS
    cuts = cuts[np.append(True, np.diff(cuts) > STEP_BEATS)] if cuts.size else cuts
    parts = [p for p in np.split(curve, cuts) if p.size >= STEP_BEATS]
    tempi = [float(np.median(part)) for part in parts]
    held = all(
        np.mean(np.abs(part / middle - 1) < STEADY) > 0.75
        for part, middle in zip(parts, tempi, strict=True)
    )
    moved = all(max(a, b) > STEP * min(a, b) for a, b in pairwise(tempi))
    return tuple(map(round, tempi)) if held and moved and 2 <= len(tempi) <= 3 else ()


# ---- key and harmony ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Harmony:
    """Key and chords.

    Parameters
    ----------
    key : as in ``"E minor"``; empty where unknown
    sureness : ``"sure"``, ``"likely"`` or ``"vague"``
    rival : another key that may be meant, or empty
    moves : the keys in order where it modulates, else empty
    loop : the chords that come round and round, by their names
    used : the chords used most, where nothing comes round
    stays : whether one chord sounds nearly throughout: the first of `used`
    chords_sure : whether the chords are told without doubt
    chordless : whether hardly any chord was found in a track that was searched for them
    """

    key: str = ""
    sureness: str = "sure"
    rival: str = ""
    moves: tuple[str, ...] = ()
    loop: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    stays: bool = False
    chords_sure: bool = True
    chordless: bool = False


def harmony_of(heard: Heard) -> Harmony:
    """Return key and chords as far as they can be told."""
    key, sureness, rival = _key(heard.key)
    sounding = _chord_seconds(heard)
    chordless = heard.chords is not None and sounding < CHORDLESS * heard.duration
    if chordless and sureness != "sure":
        key = rival = ""
    home = (heard.key.tonic, heard.key.mode) if heard.key and key else None
    moves = _moves(heard.key) if key and sureness == "sure" else ()
    least = max(min(FEWEST_CHORD_SECONDS, heard.duration / 2), CHORDAL * heard.duration)
    if heard.chords is None or sounding < least:
        return Harmony(key, sureness, rival, moves, chordless=chordless)
    found = loop(progression(heard.chords, heard.beats, heard.key if home else None))
    used = families(heard.chords)
    return Harmony(
        key,
        sureness,
        rival,
        moves,
        loop_names(found, home),
        chord_names(list(used), home)[:MOST_CHORDS],
        next(iter(used.values()), 0.0) >= STAYS,
        _mean_confidence(heard.chords) >= CHORD_SURE,
    )


def families(chords: Chords) -> dict[str, float]:
    """Return the chords used most with their share of the time, E7 and E counted as one.

    Each goes by the name that it has longest; those of less than `SHARE_NAMED` are left out.
    """
    names: dict[str, str] = {}
    shares: dict[str, float] = {}
    for used in most_used(chords):
        triad = simplify(used.label)
        names.setdefault(triad, used.label)
        shares[triad] = shares.get(triad, 0.0) + used.share
    ranked = sorted(shares.items(), key=lambda item: -item[1])
    return {names[triad]: share for triad, share in ranked if share >= SHARE_NAMED}


def chord_names(labels: Sequence[str], home: tuple[str, str] | None) -> tuple[str, ...]:
    """Return chords as people write them, plain where the rest of a name says nothing in prose."""
    spelled = home or (None, None)
    names = [chord_name(_readable(label), *spelled) for label in labels if label not in ("N", "X")]
    return tuple(names)


def loop_names(found: Loop | None, home: tuple[str, str] | None) -> tuple[str, ...]:
    """Return the chords of a loop short enough to be told; the first is not told at the end too."""
    names = chord_names(found.labels, home) if found else ()
    if len(names) > 2 and names[0] == names[-1]:
        names = names[:-1]
    return names if 2 <= len(names) <= LONGEST_LOOP and len(set(names)) > 1 else ()


def _readable(label: str) -> str:
    """Return a chord without inversion, as a triad if its name has brackets."""
    return simplify(label) if "(" in label else label.split("/")[0]


def _chord_seconds(heard: Heard) -> float:
    rows = heard.chords or ()
    return sum(end - start for start, end, label in rows if label not in ("N", "X"))


def _mean_confidence(chords: Chords) -> float:
    if not chords.confidences:
        return 1.0
    spans = np.diff(np.array(chords.intervals), axis=1)[:, 0]
    named = np.array([label not in ("N", "X") for label in chords.labels])
    return float(np.average(np.array(chords.confidences)[named], weights=spans[named]))


def _key(key: Key | None) -> tuple[str, str, str]:
    """Return the key, how sure it is, and the other key that may be meant."""
    if key is None:
        return "", "sure", ""
    sure = 1.0 if key.confidence is None else key.confidence
    if sure < KEY_GUESS:
        return "", "vague", ""
    close = [str(a) for a in key.alternatives if a.confidence >= RIVAL * sure]
    if sure >= KEY_SURE:
        return str(key), "sure", ""
    return str(key), "likely" if sure >= KEY_LIKELY else "vague", close[0] if close else ""


def _moves(key: Key | None) -> tuple[str, ...]:
    """Return the keys in order, if there are a few of them and each is likely."""
    spans = key.changes if key else ()
    names = [str(span) for span in spans if (span.confidence or 1.0) >= KEY_LIKELY]
    moves = [name for i, name in enumerate(names) if i == 0 or name != names[i - 1]]
    return tuple(moves) if 2 <= len(moves) <= 4 else ()
