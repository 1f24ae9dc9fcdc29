"""Made-up recordings: what listening would find in songs that nobody played, from a seed.

They are plausible as music (the chords fit the key, the form is that of songs, most readings are
sure and some are not), so that answers can be rehearsed on them without any sound. Nothing here is
ever told of a real recording.
"""

import hashlib
import random
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Any

from agent.made_up_parts import made_up_notes, made_up_pitch
from agent.made_up_styles import FORMS, STYLES, Style, loops
from agent.record import TrackRecord
from agent.render import describe_words
from tools.annotations import (
    Annotation,
    Beats,
    Caption,
    Chords,
    Key,
    KeyCandidate,
    KeySpan,
    Label,
    LabelCurve,
    Level,
    Pitch,
    Sections,
    Segments,
    Tags,
    Tempo,
    TempoCandidate,
)
from tools.caption_facts import Heard
from tools.caption_grammar import paragraph
from tools.caption_sections import section_lines
from tools.theory import dominant, parallel, relative, subdominant, tonic_name, transpose

PER_BAR = {"2/4": 2, "3/4": 3, "4/4": 4, "6/8": 2}
BEATNET, KEYNET, CREMA = "beatnet+madmom/1", "keynet/1", "crema/1"
MUSICNN, SPECTRAL, GRAMMAR, RMS = "musicnn/2", "spectral/1", "grammar/1", "rms/1"
WINDOW = 1.5
"""Seconds between two looks of the tagger."""


@dataclass(frozen=True)
class Song:
    """What a made-up song is, before anybody listens to it.

    Parameters
    ----------
    form : rows of function, letter, first bar and number of bars
    lead : seconds before the first downbeat
    loops : chords of each letter, one a bar
    """

    style: Style
    tonic: str
    mode: str
    bpm: float
    meter: str
    form: tuple[tuple[str, str, int, int], ...]
    lead: float
    loops: dict[str, tuple[str, ...]]
    lift: int
    vocal: bool

    @property
    def bar(self) -> float:
        """Seconds a bar takes."""
        return PER_BAR[self.meter] * 60 / self.bpm

    @property
    def bars(self) -> int:
        """How many bars there are."""
        return sum(row[3] for row in self.form)

    @property
    def duration(self) -> float:
        """Seconds, with some silence at the end."""
        return round(self.lead + self.bars * self.bar + 1.2, 2)

    def edges(self) -> list[float]:
        """Return where sections begin, and the end."""
        starts = [0.0, *(self.lead + row[2] * self.bar for row in self.form[1:])]
        return [*(round(t, 2) for t in starts), self.duration]


def made_up_record(seed: int, title: str, artist: str = "") -> TrackRecord:
    """Return all that listening to a made-up recording found, some of it missing now and then."""
    dice = random.Random(seed)
    song = _song(dice)
    known = _annotations(dice, song)
    problems = []
    if dice.random() < 0.04:
        lost = dice.choice(["key", "tempo", "chords", "segments", "pitch"])
        known.pop(lost, None)
        problems.append({"task": lost, "reason": _REASONS[lost].format(title)})
    name = f"{artist} - {title}" if artist else title
    record = TrackRecord(
        id=hashlib.md5(f"{seed}/{artist}/{title}".encode(), usedforsecurity=False).hexdigest(),
        path=f"/music/{name}.flac",
        titles={"title": title} | ({"artist": artist} if artist else {}),
        duration=song.duration,
        sample_rate=44100,
        channels=2,
        annotations={task: _plain(found) for task, found in known.items()},
        problems=tuple(problems),
        heard_at="2026-01-01T12:00:00+00:00",
    )
    return replace(record, words=describe_words(record))


def _plain(found: Annotation) -> dict[str, Any]:
    """Return `Annotation.to_dict`, fast for the long ones: theirs are rows of figures only."""
    flat = isinstance(found, Pitch | Level | Beats | Segments)
    return dict(vars(found)) if flat else found.to_dict()


_REASONS = {
    "key": "No key can be told: '{}' has hardly any pitch.",
    "tempo": "No tempo can be told: '{}' has no steady pulse.",
    "chords": "No chords can be told: '{}' has hardly any harmony.",
    "segments": "No form can be told: '{}' sounds alike throughout.",
    "pitch": "There is no sung or played line to follow in '{}'.",
}


def _song(dice: random.Random) -> Song:
    style = dice.choice(STYLES)
    meter = dice.choices(("4/4", "3/4", "6/8", "2/4"), style.meters)[0]
    bpm = round(dice.uniform(*style.bpm), 2)
    mode = dice.choices(("minor", "major"), (style.minor, 1 - style.minor))[0]
    tonic = tonic_name(dice.randrange(12), mode)
    form = _form(dice, style, PER_BAR[meter] * 60 / bpm)
    letters = sorted({row[1] for row in form})
    rounds = loops(dice, tonic, mode, style.sevenths, len(letters))
    return Song(
        style,
        tonic,
        mode,
        bpm,
        meter,
        form,
        round(dice.uniform(0.1, 1.6), 2),
        dict(zip(letters, rounds, strict=True)),
        dice.choice([1, 2]) if dice.random() < 0.08 else 0,
        dice.random() < style.sung,
    )


def _form(dice: random.Random, style: Style, bar: float) -> tuple[tuple[str, str, int, int], ...]:
    """Return sections that take two to six minutes, the last ones cut or doubled to fit."""
    names = dice.choice(FORMS[style.form])
    unit = 8 if bar > 1.2 else 16
    counts = [
        unit // 2 if n[0] in "intro outro break" else unit * dice.choice([1, 1, 2]) for n in names
    ]
    while sum(counts) * bar > 360:
        counts = [max(2, count // 2) for count in counts]
    while sum(counts) * bar < 120:
        counts = [count * 2 for count in counts]
    starts = [0, *accumulate(counts)]
    return tuple(
        (*name, start, count) for name, start, count in zip(names, starts, counts, strict=False)
    )


def _annotations(dice: random.Random, song: Song) -> dict[str, Annotation]:
    known: dict[str, Annotation] = {
        "beats": _beats(dice, song),
        "tempo": _tempo(dice, song),
        "key": _key(dice, song),
        "chords": _chords(dice, song),
        "tags": _tags(dice, song),
        "level": _level(dice, song),
        "segments": _sections(dice, song),
    }
    heard = Heard.of(known, song.duration)
    spans = heard.sections.intervals if heard.sections else ()
    known["caption"] = Caption(spans, section_lines(heard), GRAMMAR, text=paragraph(heard))
    key, chords = known["key"], known["chords"]
    assert isinstance(key, Key) and isinstance(chords, Chords)
    known["notes"] = made_up_notes(dice, chords, 60 / song.bpm)
    sung = [
        (start, end)
        for (start, end), row in zip(pairwise(song.edges()), song.form, strict=True)
        if row[0] in ("verse", "chorus", "bridge", "section")
    ]
    known["pitch"] = made_up_pitch(dice, key, sung, 60 / song.bpm, song.duration)
    return known


def _sure(dice: random.Random) -> float:
    """Return how sure an estimator is: mostly high, seldom low."""
    high = dice.random() < 0.82
    return round(dice.uniform(0.72, 0.98) if high else dice.uniform(0.3, 0.6), 2)


def _beats(dice: random.Random, song: Song) -> Beats:
    step, per_bar = 60 / song.bpm, PER_BAR[song.meter]
    times = [round(song.lead + i * step, 3) for i in range(song.bars * per_bar)]
    places = tuple(i % per_bar + 1 for i in range(len(times)))
    return Beats(tuple(times), places, BEATNET, song.meter, _sure(dice), _sure(dice))


def _tempo(dice: random.Random, song: Song) -> Tempo:
    sure = _sure(dice)
    times = [round(song.duration * (i + 0.5) / 30, 2) for i in range(30)]
    steady = dice.random() < song.style.steady
    drift = 0.01 if steady else dice.choice([0.06, 0.1, 0.15])
    course = dice.choice([0.0, 0.0, 0.12, -0.1]) if not steady else 0.0
    bpms = [
        round(song.bpm * (1 + course * (i / 29 - 0.5) + dice.uniform(-drift, drift)), 2)
        for i in range(30)
    ]
    rest = 1 - sure
    others = [("half", 0.5), ("double", 2.0), ("3/2", 1.5)]
    dice.shuffle(others)
    shares = [round(rest * share, 2) for share in (0.7, 0.2)]
    rivals = tuple(
        TempoCandidate(round(song.bpm * factor, 2), share, name)
        for (name, factor), share in zip(others, shares, strict=False)
    )
    return Tempo(song.bpm, sure, BEATNET, rivals, tuple(times), tuple(bpms), steady)


def _key(dice: random.Random, song: Song) -> Key:
    sure, home = _sure(dice), (song.tonic, song.mode)
    kin = {
        "relative": relative(*home),
        "parallel": parallel(*home),
        "dominant": dominant(*home),
        "subdominant": subdominant(*home),
    }
    names = ["relative", *dice.sample(["parallel", "dominant", "subdominant"], 1)]
    rivals = tuple(
        KeyCandidate(*kin[name], confidence=round((1 - sure) * share, 2), relation=name)
        for name, share in zip(names, (0.6, 0.25), strict=True)
        if kin[name][0] in _TONICS
    )
    changes: tuple[KeySpan, ...] = ()
    if song.lift:
        at = song.edges()[-3]
        changes = (
            KeySpan(0.0, at, *home, confidence=sure),
            KeySpan(at, song.duration, *_lifted(song), confidence=round(sure * 0.9, 2)),
        )
    return Key(*home, sure, KEYNET, rivals, changes)


_TONICS = frozenset("C C# Db D D# Eb E F F# Gb G G# Ab A A# Bb B".split())


def _lifted(song: Song) -> tuple[str, str]:
    moved = transpose(f"{song.tonic}:maj", song.lift).partition(":")[0]
    return moved, song.mode


def _chords(dice: random.Random, song: Song) -> Chords:
    labels, edges = [], [0.0]
    for number, (_, letter, start, count) in enumerate(song.form):
        lift = song.lift if number >= len(song.form) - 2 else 0
        pattern = song.loops[letter]
        for i in range(count):
            label = pattern[i % len(pattern)]
            if dice.random() < 0.03:
                label = dice.choice(pattern)
            labels.append(transpose(label, lift) if lift else label)
            edges.append(round(song.lead + (start + i + 1) * song.bar, 3))
    edges[-1] = song.duration
    usual = _sure(dice)
    rows: list[tuple[float, float, str]] = []
    for (start_at, end_at), label in zip(pairwise(edges), labels, strict=True):
        if rows and rows[-1][2] == label:
            rows[-1] = (rows[-1][0], end_at, label)
        else:
            rows.append((start_at, end_at, label))
    sure = tuple(round(min(0.99, max(0.2, usual + dice.uniform(-0.15, 0.1))), 2) for _ in rows)
    return Chords(tuple((a, b) for a, b, _ in rows), tuple(r[2] for r in rows), CREMA, sure)


def _tags(dice: random.Random, song: Song) -> Tags:
    style = song.style
    genres = [Label(style.genre, _sure(dice))]
    genres += [Label(g, round(dice.uniform(0.15, 0.5), 2)) for g in style.near]
    count = dice.choice([1, 2, 2, 3, 3])
    played = dice.sample(style.instruments, min(count, len(style.instruments)))
    instruments = sorted((Label(x, _sure(dice)) for x in played), key=lambda x: -x.confidence)
    moods = sorted(
        (Label(x, _sure(dice)) for x in dice.sample(style.moods, dice.choice([1, 2, 2]))),
        key=lambda x: -x.confidence,
    )
    voice = Label("vocal" if song.vocal else "instrumental", round(dice.uniform(0.7, 0.99), 2))
    details: tuple[Label, ...] = ()
    if song.vocal:
        who = dice.choice(["female voice", "male voice", *style.voices])
        details = (Label(who, round(dice.uniform(0.6, 0.95), 2)),)
    windows, curves = _curves(dice, song, instruments)
    listed = [*genres, *instruments, *moods]
    return Tags(
        tuple(sorted(genres, key=lambda x: -x.confidence)),
        tuple(instruments),
        tuple(moods),
        voice,
        MUSICNN,
        details,
        windows,
        curves,
        _posteriors(dice, [*listed, voice, *details]),
    )


def _posteriors(dice: random.Random, listed: list[Label]) -> tuple[Label, ...]:
    from tools.vocabulary import vocabulary

    known = {x.label: x.confidence for x in listed}
    return tuple(
        Label(label, known.get(label, round(dice.uniform(0.0, 0.2), 2)))
        for _, label in vocabulary().words
    )


def _curves(
    dice: random.Random, song: Song, instruments: list[Label]
) -> tuple[tuple[tuple[float, float], ...], tuple[LabelCurve, ...]]:
    """Return the looks of the tagger and what it hears in each: most play on, some come and go."""
    count = int(song.duration / WINDOW)
    windows = tuple((round(i * WINDOW, 2), round((i + 1) * WINDOW, 2)) for i in range(count))
    edges = list(pairwise(song.edges()))
    sung = {
        i for i, row in enumerate(song.form) if row[0] in ("verse", "chorus", "bridge", "section")
    }

    def curve(label: str, kind: str, where: set[int], high: float) -> LabelCurve:
        spans = [edges[i] for i in where]
        values = (
            round(high + dice.uniform(-0.05, 0.02), 2)
            if any(a <= (start + end) / 2 < b for a, b in spans)
            else 0.06
            for start, end in windows
        )
        return LabelCurve(label, kind, tuple(values))

    parts = set(range(len(song.form)))
    rows = [curve("vocal", "voice", sung, 0.93)] if song.vocal else []
    for number, label in enumerate(instruments):
        out = set(dice.sample(sorted(parts), min(len(parts) - 1, dice.choice([0, 0, 1, 2]))))
        rows.append(curve(label.label, "instruments", parts - out if number else parts, 0.85))
    return windows, tuple(rows)


def _level(dice: random.Random, song: Song) -> Level:
    """Return how loud it is every second: a chorus more than a verse."""
    mean = dice.uniform(-20, -11)
    louder = {
        "chorus": 3.0,
        "solo": 2.0,
        "intro": -4.0,
        "outro": -4.0,
        "break": -5.0,
        "bridge": -1.0,
    }
    values: list[float] = []
    for (start, end), row in zip(pairwise(song.edges()), song.form, strict=True):
        high = mean + louder.get(row[0], 0.0)
        values += [round(high + dice.uniform(-1, 1), 1) for _ in range(int(end) - int(start))]
    if dice.random() < 0.3:
        values = [v - max(0, 8 - (len(values) - i)) * 3 for i, v in enumerate(values)]
    return Level(1.0, tuple(values), RMS)


def _sections(dice: random.Random, song: Song) -> Sections:
    plain = dice.random() < 0.1
    return Sections(
        tuple(pairwise(song.edges())),
        tuple("section" if plain else row[0] for row in song.form),
        SPECTRAL,
        tuple(_sure(dice) for _ in song.form),
        tuple(row[1] for row in song.form),
    )
