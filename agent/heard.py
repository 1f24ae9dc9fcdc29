"""What was heard of a track and what is missing: which tasks to run again, and the record after it.

Knows records, tasks and the tags of files; no memory.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from agent.listening import LEVELS, TASKS, Heard, fresh, with_needs
from agent.record import TrackRecord
from agent.render import describe_words
from tools.annotations import Annotation, Tags
from tools.audio import Audio, read_titles
from tools.errors import AudioDecodeError
from tools.weights import WeightStore

RETRY = "retry"
"""Mark of a problem that is no property of the sound, so that the task is tried again."""

Freshness = Callable[[str, str], bool]
"""Told a task and an estimator: whether nobody could hear it better now."""


def first_record(path: str, audio: Audio) -> TrackRecord:
    """Return the record of a file of which nothing was heard yet."""
    return TrackRecord(
        id=audio.content_id,
        path=path,
        titles=read_titles(path),
        duration=audio.duration,
        sample_rate=audio.source_rate,
        channels=audio.source_channels,
    )


def freshness(store: WeightStore, engines: Mapping[str, str]) -> Freshness:
    """Return what tells whether an annotation can stay; asks the store once a task and estimator.

    `engines` names the engine of a task that must have heard it.
    """
    told: dict[tuple[str, str], bool] = {}

    def is_fresh(task: str, estimator: str) -> bool:
        if (task, estimator) not in told:
            told[task, estimator] = fresh(task, estimator, store, _forced(task, engines))
        return told[task, estimator]

    return is_fresh


def _forced(task: str, engines: Mapping[str, str]) -> str | None:
    """Return the engine that a task must have been heard by.

    A tempo is worked out of beats and bears the name of their engine.
    """
    if task in engines:
        return engines[task]
    mine = TASKS[task].engines()
    given = [n for n in TASKS[task].needs if n in engines and TASKS[n].engines() is mine]
    return engines[given[0]] if given else None


def missing(
    record: TrackRecord, tasks: Iterable[str], is_fresh: Freshness, forced: Container[str] = ()
) -> tuple[str, ...]:
    """Return which of the tasks and their needs are to be heard, in the order to run them.

    What was made of something that is heard anew is made anew; what could not be done for a reason
    that lies in the sound is not tried again. Tasks whose engine is not `forced` are heard anew where
    an engine for other music was: the notes of a piano that was asked for are not those of a band.
    """
    wanted = with_needs(tasks)
    good = {
        task
        for task, annotation in record.annotations.items()
        if task in TASKS
        and is_fresh(task, str(annotation["estimator"]))
        and (task in forced or not TASKS[task].by_content or _fits(record, task))
    }
    lacking = set(wanted) - good - _given_up(record)
    for task in wanted:
        if task in good and not lacking.isdisjoint(TASKS[task].needs):
            lacking.add(task)
    return tuple(task for task in wanted if task in lacking)


def _fits(record: TrackRecord, task: str) -> bool:
    """Tell whether the engine that heard a task is one for what the tagger says plays."""
    from tools.transcription import FIT, choose_instrument

    tags = record.annotation("tags")
    alone = choose_instrument(tags if isinstance(tags, Tags) else None)[0]
    return str(record.estimator(task)).partition("/")[0] in FIT[alone]


def still_good(
    record: TrackRecord, lacking: Iterable[str], is_fresh: Freshness
) -> dict[str, Annotation]:
    """Return what was heard of a track that can stay, but for what is to be heard.

    Raises
    ------
    RecordError
        If an annotation is damaged.
    """
    again = set(lacking)
    return {
        task: annotation
        for task in record.annotations
        if task in TASKS
        and task not in again
        and (annotation := record.annotation(task)) is not None
        and is_fresh(task, annotation.estimator)
    }


def with_heard(record: TrackRecord, heard: Heard) -> TrackRecord:
    """Return the record with what was heard, and the words that tell it."""
    annotations = record.annotations | {n: a.to_dict() for n, a in heard.annotations.items()}
    problems = {p["task"]: p["reason"] for p in record.problems if p["task"] not in annotations}
    problems |= heard.problems
    retry = {p["task"] for p in record.problems if RETRY in p} - set(heard.problems) | heard.passing
    record = replace(
        record,
        annotations=annotations,
        problems=tuple(
            {"task": t, "reason": r} | ({RETRY: "yes"} if t in retry else {})
            for t, r in problems.items()
        ),
        heard_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return replace(record, words=describe_words(record))


def level_of(record: TrackRecord) -> str:
    """Return how far a track was heard: the highest of `LEVELS` of which nothing lacks, or ``""``.

    A task that could not be done for a reason that lies in the sound lacks nothing.
    """
    there = set(record.annotations) | _given_up(record)
    reached = [level for level, tasks in LEVELS.items() if there.issuperset(tasks)]
    return reached[-1] if reached else ""


def _given_up(record: TrackRecord) -> set[str]:
    return {p["task"] for p in record.problems if RETRY not in p}


@contextmanager
def named(record: TrackRecord, source: Callable[[TrackRecord], str]) -> Iterator[None]:
    """Have an error name the file of a track as `source` does: a server tells no paths."""
    try:
        yield
    except AudioDecodeError as error:
        told = source(record)
        if told == record.path:
            raise
        reason = str(error).replace(record.path, told).replace(Path(record.path).name, told)
        raise AudioDecodeError(reason) from error
