"""Notes: the engine that fits what plays, and notes of several parts joined.

Piano goes to Transkun, one voice to its pitch contour, drums to their own method, everything else to
Basic Pitch; without weights the plain engine hears anything, not well. Who plays is chosen by what
the tagger says, and said in words.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import Literal, TypeVar

import numpy as np

from tools.annotations import Label, Notes, Tags
from tools.audio import LONG_SECONDS, Audio
from tools.errors import MusicToolError, NoMusicError
from tools.note_creation import FoundNotes, create_notes, follow_bends
from tools.rungs import Engine, Progress, first_that_works, quiet
from tools.weights import WeightStore

T = TypeVar("T")

Instrument = Literal["auto", "piano", "any", "drums", "voice"]

ENGINES: tuple[Engine, ...] = (
    Engine("transkun", "bundled", ("transkun",), modules=("torch",)),
    Engine("basic-pitch", "bundled", ("basic-pitch",), modules=("onnxruntime",)),
    Engine("voice", "bundled", ("swift-f0",), modules=("onnxruntime",)),
    Engine("drums", "plain"),
    Engine("plain", "plain"),
)

FIT = {
    "piano": ("transkun", "basic-pitch", "plain"),
    "any": ("basic-pitch", "plain"),
    "voice": ("voice", "basic-pitch", "plain"),
    "drums": ("drums",),
}
"""Engines for each instrument, the best first."""

PARTS = {"transkun": "piano", "voice": "voice", "drums": "drums"}

NMP = "basic_pitch/saved_models/icassp_2022/nmp.onnx"
SHORTEST_SECONDS = 0.5
LOWEST_KEY = 21
SHORTEST_NOTE = 0.01

SURE = {"piano": 0.75, "voice": 0.97, "drums": 0.85}
"""Confidence of the tag from which the tool takes one player to be alone."""

NO_VOICE = 0.25
"""Below this confidence of a voice nobody sings; disco with drums in front comes at 0.4."""

LISTENED_SECONDS = 120.0
TOGETHER = 0.3
"""Share of the sounding time with several notes at once that one voice alone does not reach: 0.05 to
0.07 on three singers, 0.77 to 0.98 on accompanied ones.
"""

OTHERS = 0.2
"""Mean confidence over time below which another instrument is not there."""


def choose_instrument(tags: Tags | None) -> tuple[str, str]:
    """Return which instrument to transcribe, and why in words.

    A piano, a voice or drums only where the tagger is sure of them and hears nobody else: an engine
    of one instrument does worse on others than the general one does on it.
    """
    if tags is None:
        return "any", "nobody told what plays, so any instrument"
    heard = {label.label: label.confidence for label in tags.instruments}
    others = _others(tags)
    vocal = _vocal(tags.voice)
    if heard.get("piano", 0) >= SURE["piano"] and not others - {"piano"} and vocal < NO_VOICE:
        return "piano", f"the tagger hears a solo piano ({heard['piano']:.0%})"
    if heard.get("drums", 0) >= SURE["drums"] and not others - {"drums"} and vocal < NO_VOICE:
        return "drums", f"the tagger hears drums alone ({heard['drums']:.0%})"
    if vocal >= SURE["voice"] and not others:
        return "voice", f"the tagger hears a voice alone ({vocal:.0%})"
    names = [*heard, *(["a voice"] if vocal >= 0.5 else [])]
    if names:
        return "any", f"the tagger hears {' and '.join(names)}, so any instrument"
    return "any", "the tagger names no one instrument, so any"


def estimate_notes(
    audio: Audio,
    store: WeightStore,
    instrument: Instrument = "auto",
    *,
    tags: Tags | None = None,
    bends: bool = False,
    engine: str | None = None,
    progress: Progress = quiet,
) -> Notes:
    """Return notes with onsets, offsets, pitches and velocities.

    Parameters
    ----------
    instrument : who plays; ``"auto"`` takes what `choose_instrument` says of `tags`, except that a
        voice with which other notes sound is not taken for one alone
    bends : give the pitch of each note over time, where the engine hears it (not of piano or drums)
    engine : name of one of `ENGINES` to use whatever plays; None takes the best that fits
    progress : told the fraction done; may raise `tools.errors.Cancelled`

    Raises
    ------
    AudioTooShortError
        If there is less than `SHORTEST_SECONDS`.
    NoMusicError
        If it is silent, or has no notes at all.
    WeightsError
        If the engine asked for can't run.
    """
    audio.require(SHORTEST_SECONDS, "Transcription")
    if audio.silent:
        raise NoMusicError(f"'{audio.name}' is silent: there are no notes in it.")
    chosen = choose_instrument(tags)[0] if instrument == "auto" else instrument
    if instrument == "auto" and chosen == "voice" and several_at_once(audio, store):
        chosen = "any"
    fitting = [e for name in FIT[chosen] for e in ENGINES if e.name == name]

    def run(one: Engine) -> Notes:
        notes = _run(one, audio, store, bends, progress)
        if not notes.pitches:
            raise NoMusicError(f"There are no notes to be heard in '{audio.name}'.")
        return replace(notes, estimator=one.signature)

    return first_that_works(fitting if engine is None else ENGINES, store, engine, run)


def merge_notes(parts: Mapping[str, Notes]) -> Notes:
    """Return the notes of several parts as one annotation, in order of onset.

    Parameters
    ----------
    parts : notes by name of the part; the name is given to notes that have none of their own. What
        only some of the parts have (velocities, confidences, bends) is filled in with 64, 0.5 and
        none for the others, and left out where no part has it.
    """
    tagged = [(notes.parts or (name,) * len(notes.pitches), notes) for name, notes in parts.items()]
    order = sorted(
        range(sum(len(n.pitches) for _, n in tagged)),
        key=[span for _, n in tagged for span in n.intervals].__getitem__,
    )

    def sorted_by_onset(values: list[T]) -> tuple[T, ...]:
        return tuple(values[k] for k in order) if values else ()

    def filled(name: str, default: T) -> list[T]:
        if not any(getattr(n, name) for _, n in tagged):
            return []
        return [v for _, n in tagged for v in getattr(n, name) or (default,) * len(n.pitches)]

    return Notes(
        intervals=sorted_by_onset([span for _, n in tagged for span in n.intervals]),
        pitches=sorted_by_onset([p for _, n in tagged for p in n.pitches]),
        velocities=sorted_by_onset(filled("velocities", 64)),
        estimator="+".join(dict.fromkeys(n.estimator for _, n in tagged)),
        parts=sorted_by_onset([part for names, _ in tagged for part in names]),
        confidences=sorted_by_onset(filled("confidences", 0.5)),
        bends=sorted_by_onset(filled("bends", ())),
        pedals=tuple(sorted(chain(*(n.pedals for _, n in tagged)), key=lambda p: p.start)),
    )


# ---- who plays ----------------------------------------------------------------------------------


def several_at_once(audio: Audio, store: WeightStore) -> bool:
    """Return whether several notes sound at once, in the first minutes: the tagger can't tell.

    A singer and a piano were tagged as a voice at 99 %, with no instrument.
    """
    try:
        notes = estimate_notes(audio.between(0, LISTENED_SECONDS), store, engine="basic-pitch")
    except MusicToolError:
        return False
    ends = np.array(notes.intervals)
    steps = np.zeros(int(100 * ends.max()) + 2, np.int64)
    np.add.at(steps, (100 * ends[:, 0]).astype(int), 1)
    np.add.at(steps, (100 * ends[:, 1]).astype(int), -1)
    sounding = steps.cumsum()
    return bool((sounding > 1).sum() > TOGETHER * (sounding > 0).sum())


def _others(tags: Tags) -> set[str]:
    """Return the instruments that are there, some of the time at least."""
    listed = {label.label for label in tags.instruments}
    return listed | {
        curve.label
        for curve in tags.curves
        if curve.kind == "instruments" and curve.confidences and np.mean(curve.confidences) > OTHERS
    }


def _vocal(voice: Label | None) -> float:
    if voice is None:
        return 0.0
    return voice.confidence if voice.label == "vocal" else 1.0 - voice.confidence


# ---- engines ------------------------------------------------------------------------------------


def _run(
    engine: Engine, audio: Audio, store: WeightStore, bends: bool, progress: Progress
) -> Notes:
    if engine.name == "transkun":
        from tools.piano import piano_notes

        notes = piano_notes(audio, store, engine.signature, progress)
    elif engine.name == "voice":
        from tools.melody import pitch_notes
        from tools.pitch import estimate_pitch

        notes = pitch_notes(estimate_pitch(audio, store, progress=progress), audio, bends=bends)
    elif engine.name == "drums":
        from tools.drums import drum_notes

        notes = drum_notes(audio, engine.signature, progress)
    elif engine.name == "basic-pitch":
        notes = _basic_pitch(audio, store, bends, engine, progress)
    else:
        notes = _plain(audio, engine, progress)
    part = PARTS.get(engine.name)
    return replace(notes, parts=(part,) * len(notes.pitches)) if part else notes


def _basic_pitch(
    audio: Audio, store: WeightStore, bends: bool, engine: Engine, progress: Progress
) -> Notes:
    from tools.nets import basic_pitch

    network = basic_pitch.load_basic_pitch(store.file("basic-pitch", NMP))
    heard = network(
        audio.at(basic_pitch.SAMPLE_RATE), lambda done: progress(0.95 * done), contours=bends
    )
    if audio.duration > LONG_SECONDS:
        audio.forget()
    found = create_notes(heard.notes, heard.onsets)
    followed = () if heard.contours is None else follow_bends(found, heard.contours)
    progress(1.0)
    return _annotation(found, basic_pitch.FRAME_RATE, audio, engine, followed)


def _plain(audio: Audio, engine: Engine, progress: Progress) -> Notes:
    from tools.salience import HOP_LENGTH, SAMPLE_RATE, salience

    progress(0.0)
    notes, onsets = salience(audio.at(SAMPLE_RATE))
    progress(0.8)
    found = create_notes(notes, onsets)
    progress(1.0)
    return _annotation(found, SAMPLE_RATE / HOP_LENGTH, audio, engine, ())


def _annotation(
    found: FoundNotes,
    frame_rate: float,
    audio: Audio,
    engine: Engine,
    bends: tuple[tuple[float, ...], ...],
) -> Notes:
    onsets = np.minimum(found.onsets / frame_rate, audio.duration - SHORTEST_NOTE).round(4)
    offsets = np.minimum(found.offsets / frame_rate, audio.duration).round(4)
    order = np.lexsort((found.keys, offsets, onsets))
    return Notes(
        intervals=tuple(zip(onsets[order].tolist(), offsets[order].tolist(), strict=True)),
        pitches=tuple((found.keys[order] + float(LOWEST_KEY)).tolist()),
        velocities=tuple(found.velocities[order].tolist()),
        estimator=engine.signature,
        confidences=tuple(np.clip(found.heights[order], 0, 1).round(3).tolist()),
        bends=tuple(bends[k] for k in order) if bends else (),
    )
