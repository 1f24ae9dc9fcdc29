"""A new piece from a brief: written, played, saved, listened to, and opened as a track of its own.

Files: ``<title>.flac``, ``.mid`` and ``.musicxml``; never over those of another piece. The piece is
remembered like any recording, marked with the engine that wrote it.
"""

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from agent.filenames import safe_name
from agent.generation.honouring import TASKS, Finding, complaint, listened
from agent.heard import first_record
from agent.library import Library, Report, silently
from agent.output_folder import at_home
from agent.record import TrackRecord
from tools.audio import Audio, load_for_analysis
from tools.composing.brief import Brief
from tools.composing.score import Score
from tools.errors import MusicToolError
from tools.generation import Generated, generate
from tools.rungs import Engine
from tools.titles import clean_text

WRITING_SHARE = 0.5
"""The part of the time until it is written and played; the rest listens to it."""

MOST_TITLE = 60

_ORDER = re.compile(
    r"^(?:please |can you |could you )*(?:(?:write|make|compose|generate|create|produce|play|give)\b"
    r"(?: me| us)? ?)?(?:(?:a|an|some|another)\b ?)*",
    re.IGNORECASE,
)
"""What is no part of a title in a request."""

_LEADING = re.compile(
    r"^(?:\S*\d\S*[ -]*(?:bars?|measures?|beats?|seconds?|secs?|minutes?|mins?|bpm)?\b *(?:long\b)? *(?:of\b)? *)+",
    re.IGNORECASE,
)
_FIGURES = re.compile(r"[,;:]|\b(?:in|at|over|with|called|lasting|of about)\b|\d", re.IGNORECASE)
"""Where a request goes on to the key, the tempo, the chords: a title claims nothing of these."""

Finish = Callable[[Generated], Audio]
"""Makes of a new piece the sound that is saved: with what it goes on from before it, say."""


@dataclass(frozen=True)
class Piece:
    """A new piece.

    Parameters
    ----------
    handle : of the track that it is now
    files : ``"audio"``, and with a score ``"midi"`` and ``"musicxml"``
    findings : of each property that was asked; empty where it was not listened to
    notes : what was not kept, in words
    """

    handle: str
    record: TrackRecord
    files: Mapping[str, Path]
    score: Score | None
    engine: Engine
    findings: Mapping[str, Finding]
    notes: tuple[str, ...]

    @property
    def honoured(self) -> dict[str, bool | None]:
        """Whether each property asked for is heard in it; None where that can't be told."""
        return {name: finding.kept for name, finding in self.findings.items()}


def make_piece(
    library: Library,
    brief: Brief,
    asked: Mapping[str, object] = MappingProxyType({}),
    *,
    engine: str | None = None,
    folder: Path | None = None,
    like: Audio | None = None,
    before: Audio | None = None,
    starts: float = 0.0,
    finish: Finish = lambda made: made.audio,
    report: Report = silently,
) -> Piece:
    """Return a new piece, saved, listened to and open in the library.

    Parameters
    ----------
    asked : the properties that somebody asked for, by name (`agent.generation.honouring.listened`)
    engine : name of one of `tools.generation.ENGINES`; None takes the best that can
    folder : where the files go; None for the library's folder of exports
    like : a recording whose tune a network of sound follows
    before : a recording that a network of sound goes on from
    starts : the second of what `finish` returns at which the new music begins
    finish : makes of the new piece what is saved

    Raises
    ------
    MusicToolError
        If it can't be made or saved; nothing is left half done.
    """
    brief = brief if brief.title else replace(brief, title=title_of(brief))
    folder = folder or library.pieces
    made = generate(
        brief,
        library.store,
        engine,
        like=like,
        before=before,
        bank=library.soundfont,
        on_progress=lambda f: report(WRITING_SHARE * f, "writing and playing it"),
    )
    return keep_piece(
        library, brief, made, asked, folder=folder, starts=starts, finish=finish, report=report
    )


def keep_piece(
    library: Library,
    brief: Brief,
    made: Generated,
    asked: Mapping[str, object] = MappingProxyType({}),
    *,
    folder: Path | None = None,
    sounding: Score | None = None,
    starts: float = 0.0,
    finish: Finish = lambda made: made.audio,
    report: Report = silently,
) -> Piece:
    """Return a piece that was just written, saved, listened to and open; as `make_piece`.

    `sounding` is its score with the times at which it is played, if they are others.
    """
    brief = brief if brief.title else replace(brief, title=title_of(brief))
    files = _saved(made, finish(made), folder or library.pieces, brief.title)
    handle = _opened(library, files["audio"], made.engine)

    def rest(fraction: float, doing: str) -> None:
        report(WRITING_SHARE + (1 - WRITING_SHARE) * fraction, f"listening to it: {doing}")

    record = library.ensure(handle, TASKS, rest)
    findings = listened(brief, asked, record, sounding or made.score, starts)
    complaints = [complaint(name, finding) for name, finding in findings.items()]
    return Piece(
        handle, record, files, made.score, made.engine, findings, tuple(filter(None, complaints))
    )


def seed_of(words: str) -> int:
    """Return the seed of a piece that nobody gave one: other words, other dice."""
    return zlib.crc32(words.encode()) % 10_000


def title_of(brief: Brief) -> str:
    """Return a name for a piece: what was asked before the figures; else its style."""
    words = _ORDER.sub("", clean_text(brief.description), count=1)
    words = _LEADING.sub("", words)
    words = _FIGURES.split(words, maxsplit=1)[0].strip(" ,.;:!-")
    if len(words) > MOST_TITLE:
        words = words[: MOST_TITLE + 1].rpartition(" ")[0] or words[:MOST_TITLE]
    if not words:
        words = " ".join(word for word in (brief.mood, brief.style, "piece") if word)
    return words[0].upper() + words[1:]


# ---- inside -------------------------------------------------------------------------------------


def _saved(made: Generated, sound: Audio, folder: Path, title: str) -> dict[str, Path]:
    """Write the files of a piece, all of them or none."""
    contents: dict[str, Callable[[Path], Any]] = {
        "audio": lambda to: _write_sound(to, sound, title, made.engine)
    }
    score = made.score
    if score is not None:
        from tools.score_files import score_midi, score_musicxml

        contents["midi"] = lambda to: to.write_bytes(score_midi(score))
        contents["musicxml"] = lambda to: to.write_bytes(score_musicxml(score))
    folder, written = at_home(folder), {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        name = _free(folder, safe_name(title))
        for form, write in contents.items():
            written[form] = folder / f"{name}{ENDINGS[form]}"
            write(written[form])
    except BaseException as error:
        for file in written.values():
            file.unlink(missing_ok=True)
        if isinstance(error, OSError | RuntimeError):  # a LibsndfileError is one of these
            raise MusicToolError(f"The piece can't be saved in '{folder}': {error}.") from error
        raise
    return written


ENDINGS = {"audio": ".flac", "midi": ".mid", "musicxml": ".musicxml"}


def _free(folder: Path, name: str) -> str:
    """Return a name that no piece in the folder has: ``"Waltz"``, ``"Waltz 2"``."""
    taken = {file.stem for file in folder.iterdir() if file.suffix in ENDINGS.values()}
    if name not in taken:
        return name
    return next(n for k in range(2, len(taken) + 3) if (n := f"{name} {k}") not in taken)


def _write_sound(to: Path, sound: Audio, title: str, engine: Engine) -> None:
    import soundfile

    channels, rate = sound.samples.shape[0], sound.sample_rate
    with soundfile.SoundFile(to, "w", rate, channels, "PCM_24", format="FLAC") as file:
        file.title = title
        file.artist = "Musicologue"
        file.comment = f"generated by {engine.signature}"
        file.write(sound.samples.T)


def _opened(library: Library, path: Path, engine: Engine) -> str:
    """Open the piece as a track that bears its mark, and return its handle."""
    audio = load_for_analysis(path)
    if library.memory.get(audio.content_id) is not None:  # the same brief with the same seed
        return library.open(path)
    record = replace(first_record(str(path.absolute()), audio), generated=engine.signature)
    handle = library.adopt(record.id, record)
    library.set_current(handle)
    return handle
