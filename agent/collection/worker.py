"""One file heard: a pure function of plain values, the same in a process, in many, and on a cluster.

It writes no record: who sent the job does, so that the memory has one writer. Weights come from the
cache of the machine it runs on.
"""

import logging
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.errors import Cancelled, MusicToolError

if TYPE_CHECKING:
    from agent.record import TrackRecord
    from tools.audio import Audio
    from tools.weights import Licence

log = logging.getLogger(__name__)

Progress = Callable[[float, str], None]

DECODING_SHARE = 0.05
STEMS_SHARE = 0.5
"""Parts of the time of a file, for the progress bar."""


@dataclass(frozen=True)
class How:
    """With what to hear: the same for all jobs of a run.

    Parameters
    ----------
    cache_dir : folder of weights
    engines : engines by task, where one is forced
    stems : folder of the stems, ``""`` where none are to be made
    longest : seconds above which a file is refused, whatever its header said; None for the usual
    """

    cache_dir: str
    offline: bool = False
    licence: "Licence" = "any"
    engines: tuple[tuple[str, str], ...] = ()
    stems: str = ""
    longest: float | None = None


@dataclass(frozen=True)
class Job:
    """A file, and what to find out about it.

    Parameters
    ----------
    tasks : what to listen for (`agent.listening.TASKS`), with their needs; without any, the file is
        only decoded, to tell which track it is
    known : the record of that track so far, as plain data; what it lacks is heard
    """

    path: str
    how: How
    tasks: tuple[str, ...] = ()
    known: dict[str, Any] | None = None


@dataclass(frozen=True)
class Analysed:
    """What came of a job: the record as plain data, or the reason why there is none.

    Parameters
    ----------
    inside : whether the reason lies in the program or the machine, not in the file
    trace : the traceback of a bug, for the log
    """

    path: str
    record: dict[str, Any] | None = None
    reason: str = ""
    inside: bool = False
    trace: str = field(default="", compare=False)


def silently(fraction: float, doing: str) -> None:
    """Report to nobody."""


def analyse(job: Job, progress: Progress = silently) -> Analysed:
    """Decode a file, hear what is missing, and return its record; never raises but `Cancelled`."""
    try:
        return Analysed(job.path, _heard(job, progress).to_dict())
    except MusicToolError as error:
        return Analysed(job.path, reason=str(error))
    except OSError as error:
        return Analysed(job.path, reason=f"The file can't be read: {error.strerror or error}.")
    except MemoryError:
        _at_hand.clear()
        return Analysed(job.path, reason="There is not enough memory to hear it.", inside=True)
    except Cancelled:
        raise
    except Exception as error:  # a bug on one file must not end the run
        why = f"Something went wrong inside ({type(error).__name__})."
        return Analysed(job.path, reason=why, inside=True, trace=traceback.format_exc())


def _heard(job: Job, progress: Progress) -> "TrackRecord":
    from agent.heard import first_record, freshness, missing, still_good, with_heard
    from agent.listening import hear, with_needs
    from agent.record import TrackRecord
    from tools.errors import AudioDecodeError

    audio = _decoded(job.path, progress, job.how.longest)
    record = TrackRecord.from_dict(job.known) if job.known else first_record(job.path, audio)
    if record.id != audio.content_id:
        raise AudioDecodeError("The file has changed since it was last heard. Add it again.")
    if not job.tasks:
        return record
    store, engines = _store(job.how, progress), dict(job.how.engines)
    is_fresh = freshness(store, engines)
    share = 1 - DECODING_SHARE - (STEMS_SHARE if job.how.stems else 0.0)
    if lacking := missing(record, job.tasks, is_fresh, engines):
        heard = hear(
            audio,
            store,
            with_needs(job.tasks),
            still_good(record, lacking, is_fresh),
            lambda fraction, doing: progress(DECODING_SHARE + share * fraction, doing),
            engines,
        )
        record = with_heard(record, heard)
    _at_hand.clear()
    if job.how.stems:
        _make_stems(replace(record, path=job.path), job, progress)
    return record


# ---- the last sound -----------------------------------------------------------------------------

_at_hand: dict[tuple[str, int, int], "Audio"] = {}
"""The sound that was decoded last, for the job that follows the one that told which track it is."""


def _decoded(path: str, progress: Progress, longest: float | None) -> "Audio":
    from tools.audio import load_for_analysis

    status = os.stat(path)
    key = (path, status.st_size, status.st_mtime_ns)
    if key not in _at_hand:
        _at_hand.clear()
        _at_hand[key] = load_for_analysis(
            path, lambda fraction: progress(DECODING_SHARE * fraction, "decoding"), longest
        )
    return _at_hand[key]


def _store(how: How, progress: Progress) -> Any:
    from tools.weights import WeightStore

    def on_fetch(name: str, done: int, size: int) -> None:
        progress(DECODING_SHARE, f"fetching weights '{name}'")

    return WeightStore(Path(how.cache_dir), how.offline, how.licence, on_fetch)


def _make_stems(record: "TrackRecord", job: Job, progress: Progress) -> None:
    from agent.stems import StemShelf

    shelf = StemShelf(Path(job.how.stems), _store(job.how, progress))
    start = 1 - STEMS_SHARE
    shelf.make(
        record,
        lambda fraction, doing: progress(start + STEMS_SHARE * fraction, doing),
        dict(job.how.engines).get("stems"),
    )
