"""Hear a recording: run the estimators that are wanted, in the order that they need one another.

`hear` is a pure function of the sound, the weights at hand and what is already known. It knows no
file, no memory and no model.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from tools.annotations import (
    Annotation,
    Beats,
    Caption,
    Chords,
    Embedding,
    Key,
    Level,
    Loudness,
    Notes,
    Pitch,
    Sections,
    Tags,
    Tempo,
)
from tools.audio import LONG_SECONDS, Audio
from tools.errors import MusicToolError, NoMusicError, WeightsError
from tools.rungs import Engine, Progress
from tools.weights import WeightStore

log = logging.getLogger(__name__)

Report = Callable[[float, str], None]
"""Told the fraction heard, 0 to 1, and what is being listened for; may raise `Cancelled`."""

Known = Mapping[str, Annotation]

A = TypeVar("A", bound=Annotation)


@dataclass(frozen=True)
class Hearing:
    """What a task is run on."""

    audio: Audio
    store: WeightStore
    known: Known
    engine: str | None
    progress: Progress

    @property
    def sound(self) -> tuple[Audio, WeightStore]:
        """The sound and the weights, as estimators take them."""
        return self.audio, self.store

    def of(self, name: str, kind: type[A]) -> A | None:
        """Return what another task found, None where it found nothing."""
        annotation = self.known.get(name)
        return annotation if isinstance(annotation, kind) else None


@dataclass(frozen=True)
class Task:
    """One thing to listen for.

    Parameters
    ----------
    needs : tasks whose annotations it uses; it runs without those that failed
    share : its part of the time, for the progress bar
    by_content : whether its engines are for different music (a piano, a voice) rather than one
        better than the other, so that what one of them heard is not heard again by another
    """

    kind: type[Annotation]
    run: Callable[[Hearing], Annotation]
    engines: Callable[[], Sequence[Engine]]
    needs: tuple[str, ...] = ()
    share: float = 1.0
    doing: str = ""
    by_content: bool = False


@dataclass(frozen=True)
class Heard:
    """What came of listening: annotations by task, and why others are missing.

    `passing` names the problems that another time may not have: weights that could not be had.
    """

    annotations: dict[str, Annotation]
    problems: dict[str, str]
    passing: frozenset[str] = frozenset()


def hear(
    audio: Audio,
    store: WeightStore,
    tasks: Iterable[str],
    known: Known,
    report: Report = lambda fraction, doing: None,
    engines: Mapping[str, str] = MappingProxyType({}),
) -> Heard:
    """Run `tasks` and what they need; what is in `known` is not run again.

    `engines` names the engine of a task; without a name the best that works is taken.

    A task that can't be done (silence, too short, no weights) is a problem, not an exception.
    """
    plan = [name for name in with_needs(tasks) if name not in known]
    total = sum(TASKS[name].share for name in plan) or 1.0
    annotations, problems, done = dict(known), {}, 0.0
    passing: set[str] = set()
    for name in plan:
        task = TASKS[name]

        def progress(fraction: float, task: Task = task, done: float = done) -> None:
            report((done + task.share * min(1.0, fraction)) / total, task.doing)

        progress(0.0)
        try:
            hearing = Hearing(audio, store, annotations, engines.get(name), progress)
            annotations[name] = task.run(hearing)
        except MusicToolError as error:
            log.info("%s of '%s': %s", name, audio.name, error)
            problems[name] = str(error)
            if isinstance(error, WeightsError) or not passing.isdisjoint(task.needs):
                passing.add(name)
        if audio.duration > LONG_SECONDS:
            audio.forget()  # an hour at another rate is 200 to 600 MB; making it again is cheap
        done += task.share
    report(1.0, "done")
    return Heard(annotations, problems, frozenset(passing))


def with_needs(tasks: Iterable[str]) -> list[str]:
    """Return the tasks and all that they need, in the order to run them."""
    wanted = set(tasks)
    for name in reversed(TASKS):
        if name in wanted:
            wanted |= set(TASKS[name].needs)
    return [name for name in TASKS if name in wanted]


def fresh(name: str, estimator: str, store: WeightStore, wanted: str | None = None) -> bool:
    """Return whether no better engine could hear it now than the one that did.

    `wanted` names the engine that must have heard it, whatever else there is.
    """
    task = TASKS[name]
    engines = task.engines()
    for engine in engines:
        if wanted is not None and engine.name != wanted:
            continue
        if engine.signature == estimator:
            return all(store.allows(weight) for weight in engine.weights)
        apart = task.by_content and estimator != engines[-1].signature
        if engine.obstacle(store) is None and not apart:
            return False
    return False


def _beats(hearing: Hearing) -> Beats:
    from tools.beats import estimate_beats

    return estimate_beats(*hearing.sound, engine=hearing.engine, progress=hearing.progress)


def _tempo(hearing: Hearing) -> Tempo:
    from tools.tempo import estimate_tempo

    beats = hearing.of("beats", Beats)
    if beats is None:
        raise NoMusicError(f"No tempo: no beat was found in '{hearing.audio.name}'.")
    return estimate_tempo(beats, hearing.audio, progress=hearing.progress)


def _chords(hearing: Hearing) -> Chords:
    """Name the chords, put their changes on the beats and spell them in the key.

    Measured with estimated beats, the grid is worth 0.01 to 0.03 of majmin on rendered scores.
    """
    from tools.chords import estimate_chords
    from tools.progression import in_key, snap_to_beats

    chords = estimate_chords(*hearing.sound, engine=hearing.engine, progress=hearing.progress)
    if beats := hearing.of("beats", Beats):
        chords = snap_to_beats(chords, beats)
    key = hearing.of("key", Key)
    return in_key(chords, key) if key else chords


def _key(hearing: Hearing) -> Key:
    from tools.key import estimate_key

    return estimate_key(*hearing.sound, engine=hearing.engine, progress=hearing.progress)


def _tags(hearing: Hearing) -> Tags:
    from tools.tagging import estimate_tags

    return estimate_tags(*hearing.sound, engine=hearing.engine, progress=hearing.progress)


def _level(hearing: Hearing) -> Level:
    from tools.loudness import estimate_level

    return estimate_level(hearing.audio, progress=hearing.progress)


def _loudness(hearing: Hearing) -> Loudness:
    from tools.loudness import estimate_loudness

    return estimate_loudness(hearing.audio, progress=hearing.progress)


def _embedding(hearing: Hearing) -> Embedding:
    from tools.joint import estimate_embedding

    tags = hearing.of("tags", Tags)
    return estimate_embedding(
        *hearing.sound, tags, engine=hearing.engine, progress=hearing.progress
    )


def _segments(hearing: Hearing) -> Sections:
    from tools.structure import estimate_sections

    return estimate_sections(
        *hearing.sound,
        beats=hearing.of("beats", Beats),
        chords=hearing.of("chords", Chords),
        tags=hearing.of("tags", Tags),
        level=hearing.of("level", Level),
        engine=hearing.engine,
        progress=hearing.progress,
    )


def _caption(hearing: Hearing) -> Caption:
    from tools.captioning import estimate_caption

    return estimate_caption(
        hearing.known,
        hearing.audio.duration,
        *hearing.sound,
        engine=hearing.engine,
        progress=hearing.progress,
    )


def _notes(hearing: Hearing) -> Notes:
    from tools.transcription import estimate_notes

    tags = hearing.of("tags", Tags)
    return estimate_notes(
        *hearing.sound, tags=tags, engine=hearing.engine, progress=hearing.progress
    )


def _pitch(hearing: Hearing) -> Pitch:
    from tools.pitch import estimate_pitch

    return estimate_pitch(*hearing.sound, engine=hearing.engine, progress=hearing.progress)


def _engines(module: str, name: str = "ENGINES") -> Callable[[], Sequence[Engine]]:
    def engines() -> Sequence[Engine]:
        from importlib import import_module

        found: Sequence[Engine] = getattr(import_module(f"tools.{module}"), name)
        return found

    return engines


_HEARD = ("beats", "tempo", "key", "chords", "tags", "level")

TASKS: dict[str, Task] = {
    "beats": Task(Beats, _beats, _engines("beats"), (), 3.0, "finding the beat"),
    "tempo": Task(Tempo, _tempo, _engines("beats"), ("beats",), 0.2, "measuring the tempo"),
    "key": Task(Key, _key, _engines("key"), (), 0.5, "finding the key"),
    "chords": Task(Chords, _chords, _engines("chords"), ("beats", "key"), 1.0, "naming the chords"),
    "tags": Task(Tags, _tags, _engines("tagging"), (), 3.0, "listening to the sound"),
    "level": Task(Level, _level, _engines("loudness"), (), 0.2, "measuring the level"),
    "loudness": Task(
        Loudness,
        _loudness,
        _engines("loudness", "LOUDNESS_ENGINES"),
        (),
        0.1,
        "measuring the loudness",
    ),
    "segments": Task(
        Sections,
        _segments,
        _engines("structure"),
        ("beats", "chords", "tags", "level"),
        1.5,
        "finding the sections",
    ),
    "caption": Task(
        Caption,
        _caption,
        _engines("captioning"),
        (*_HEARD, "segments"),
        0.1,
        "putting it into words",
    ),
    "embedding": Task(
        Embedding, _embedding, _engines("joint"), ("tags",), 0.1, "placing the sound"
    ),
    "notes": Task(
        Notes,
        _notes,
        _engines("transcription"),
        ("tags",),
        10.0,
        "writing down the notes",
        by_content=True,
    ),
    "pitch": Task(Pitch, _pitch, _engines("pitch"), (), 10.0, "following the pitch"),
}
"""In the order to run them; a later one may need an earlier one."""

LEVELS: dict[str, tuple[str, ...]] = {
    "quick": ("beats", "tempo", "key", "chords", "level", "loudness"),
    "standard": (*_HEARD, "loudness", "segments", "caption", "embedding"),
    "deep": (*_HEARD, "loudness", "segments", "caption", "embedding", "notes"),
}
"""What `listen` hears at each level."""

LISTEN_TASKS = LEVELS["standard"]
"""What is heard of a track unless somebody asks for less or for more."""
