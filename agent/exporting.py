"""The door to everything that can be taken away: scores, tables, pictures, stems, a click.

Files are named after the track: ``<title>.mid``. Exporting again writes the same names anew, as
saving does everywhere; nothing else in the folder is touched. A file is written under another name
beside its place and renamed when it is whole, so a failure leaves what was there.
"""

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.filenames import safe_name
from agent.findings import Findings, findings
from agent.output_folder import at_home, made_where_used
from agent.record import TrackRecord
from tools.annotations import Notes
from tools.errors import MusicToolError, NoMusicError
from tools.rungs import Progress, quiet

Stems = Callable[[], Mapping[str, Path]]

NEEDS: Mapping[str, tuple[str, ...]] = {
    "midi": ("beats", "tempo", "key", "notes", "segments"),
    "musicxml": ("beats", "tempo", "key", "chords", "notes"),
    "stems": (),
    "jams": ("tempo", "beats", "key", "chords", "tags", "segments", "caption"),
    "lab": ("chords",),
    "chordpro": ("tempo", "beats", "key", "chords", "segments"),
    "csv": ("tempo", "beats", "key", "chords", "tags", "segments", "caption"),
    "json": ("tempo", "beats", "key", "chords", "tags", "segments", "caption"),
    "click": ("beats",),
    "png": ("tempo", "beats", "key", "chords", "tags", "level", "segments", "notes"),
    "svg": ("tempo", "beats", "key", "chords", "tags", "level", "segments", "notes"),
}
"""What is to be listened for before a form is written. More is written where more is known."""

FORMS = tuple(NEEDS)

ENDINGS = {
    "midi": ".mid",
    "musicxml": ".musicxml",
    "stems": " stems",
    "jams": ".jams",
    "lab": ".lab",
    "chordpro": ".cho",
    "csv": " csv",
    "json": ".json",
    "click": " (click).flac",
    "png": ".png",
    "svg": ".svg",
}
"""Form -> the end of its name; stems and tables are folders."""


class ExportError(MusicToolError):
    """Something can't be exported; the message says what and why."""


@dataclass(frozen=True)
class Order:
    """What is to be written of which track."""

    record: TrackRecord
    audio_path: Path | None
    stems: Stems | None
    progress: Progress

    @property
    def found(self) -> Findings:
        """What is known, each annotation under its own type."""
        return findings(self.record)

    @property
    def audio(self) -> Path:
        """The sound itself.

        Raises
        ------
        ExportError
            If it is not at hand.
        """
        if self.audio_path is None or not self.audio_path.is_file():
            raise ExportError(f"The sound of '{self.record.title}' is not where it was any more.")
        return self.audio_path


def export(
    record: TrackRecord,
    folder: Path,
    forms: Sequence[str],
    *,
    audio_path: Path | None,
    stems: Stems | None = None,
    progress: Progress = quiet,
) -> dict[str, Path]:
    """Write a track in some forms, and return the file of each, a folder for stems and CSV.

    Everything is tried before anything is promised: the first form that fails stops the export, and
    those before it are written.

    Parameters
    ----------
    record : all that was heard; see `NEEDS`
    folder : made where it is not there
    forms : of `FORMS`, in any order, each once
    audio_path : the track's sound file; needed by ``click``, good to have for pictures
    stems : gives the separated parts by name; needed by ``stems``
    progress : told the fraction done; may raise `tools.errors.Cancelled`

    Raises
    ------
    ExportError
        If there is no such form, the folder can't be written, or what is needed is not at hand.
    NoMusicError
        If nothing was heard that the form could show.
    """
    wanted, folder = known(forms), at_home(folder)
    name, written = safe_name(record.title), {}
    with _explained(folder), made_where_used(folder):
        for done, form in enumerate(wanted):

            def tell(fraction: float, done: int = done) -> None:
                progress((done + min(1.0, fraction)) / len(wanted))

            tell(0.0)
            place = folder / f"{name}{ENDINGS[form]}"
            with _replacing(place) as scratch:
                WRITERS[form](Order(record, audio_path, stems, tell), scratch)
            written[form] = place
    progress(1.0)
    return written


def write_form(record: TrackRecord, form: str, to: Path, *, audio_path: Path | None = None) -> None:
    """Write a track in one form under the very name given; the folder must be there.

    Raises
    ------
    ExportError, NoMusicError
        As `export`.
    """
    (wanted,), to = known([form]), at_home(to)
    with _explained(to.parent), _replacing(to) as scratch:
        WRITERS[wanted](Order(record, audio_path, None, quiet), scratch)


def known(forms: Sequence[str]) -> list[str]:
    """Return the forms asked for, each once.

    Raises
    ------
    ExportError
        If one of them is none of ours, or none is named.
    """
    wanted = list(dict.fromkeys(form.strip().lower() for form in forms if form.strip()))
    strange = [form for form in wanted if form not in NEEDS]
    if strange or not wanted:
        said = f"'{strange[0][:40]}' is no form to export" if strange else "No form is named"
        raise ExportError(f"{said}. There are {', '.join(FORMS)}.")
    return wanted


# ---- each form ----------------------------------------------------------------------------------


def _midi(order: Order, to: Path) -> None:
    from tools.midi import notes_to_midi

    found, record = order.found, order.record
    to.write_bytes(notes_to_midi(_notes(record), found.beats, found.tempo, found.key, record.title))


def _musicxml(order: Order, to: Path) -> None:
    from tools.musicxml import notes_to_musicxml

    found, record = order.found, order.record
    artist = record.titles.get("artist", "")
    to.write_bytes(
        notes_to_musicxml(
            _notes(record), found.beats, found.tempo, found.key, found.chords, record.title, artist
        )
    )


def _notes(record: TrackRecord) -> Notes:
    notes = record.annotation("notes")
    if not isinstance(notes, Notes) or not notes.pitches:
        raise _nothing(record, "notes")
    return notes


def _stems(order: Order, to: Path) -> None:
    if order.stems is None:
        raise ExportError(f"The parts of '{order.record.title}' can't be separated here.")
    files = order.stems()
    to.mkdir()
    for done, (part, file) in enumerate(files.items(), start=1):
        shutil.copyfile(file, to / f"{safe_name(part)}{file.suffix}")
        order.progress(done / len(files))


def _jams(order: Order, to: Path) -> None:
    from agent.formats.jams import to_jams

    _say(to, to_jams([order.record]))


def _lab(order: Order, to: Path) -> None:
    from agent.formats.lab import to_lab

    if not (order.found.chords and order.found.chords.labels):
        raise _nothing(order.record, "chords")
    _say(to, to_lab([order.record]))


def _chordpro(order: Order, to: Path) -> None:
    from agent.formats.chordpro import to_chordpro

    if not (order.found.chords and order.found.chords.labels):
        raise _nothing(order.record, "chords")
    _say(to, to_chordpro([order.record]))


def _json(order: Order, to: Path) -> None:
    from agent.formats.plain import to_json

    failed = [problem["task"] for problem in order.record.problems]
    _say(to, to_json([order.record], [*order.record.annotations, *failed]))


def _csv(order: Order, to: Path) -> None:
    from agent.formats.csv import to_csv

    to.mkdir()
    for name, table in to_csv(order.record).items():
        # The mark at the beginning tells spreadsheets that it is UTF-8.
        (to / f"{name}.csv").write_text(table, encoding="utf-8-sig", newline="")


def _click(order: Order, to: Path) -> None:
    from tools.click import write_click

    if not (order.found.beats and order.found.beats.times):
        raise _nothing(order.record, "beats")
    write_click(order.audio, to, order.found.beats, order.progress)


def _picture(form: str) -> Callable[[Order, Path], None]:
    def write(order: Order, to: Path) -> None:
        from agent.sheet import write_sheet
        from tools.waveform import waveform

        heard = order.record.annotations
        if not heard:
            raise _nothing(order.record, "music")
        there = order.audio_path is not None and order.audio_path.is_file()
        wave = waveform(order.audio, lambda done: order.progress(done / 2)) if there else None
        write_sheet(order.record, to, form, wave)

    return write


WRITERS: Mapping[str, Callable[[Order, Path], None]] = {
    "midi": _midi,
    "musicxml": _musicxml,
    "stems": _stems,
    "jams": _jams,
    "lab": _lab,
    "chordpro": _chordpro,
    "csv": _csv,
    "json": _json,
    "click": _click,
    "png": _picture("png"),
    "svg": _picture("svg"),
}


def _say(to: Path, text: str) -> None:
    to.write_text(text, encoding="utf-8", newline="\n")


def _nothing(record: TrackRecord, what: str) -> NoMusicError:
    """Return why there is nothing to export, with the reason of the task where it gave one."""
    reasons = [p["reason"] for p in record.problems if p["task"] == what]
    were = "was" if what == "music" else "were"
    return NoMusicError(" ".join([f"No {what} {were} heard in '{record.title}'.", *reasons]))


# ---- files --------------------------------------------------------------------------------------


@contextmanager
def _replacing(place: Path) -> Iterator[Path]:
    """Give a name beside `place`; what is written there takes its place once it is whole."""
    scratch = place.with_name(f".{os.getpid()}-{place.name[-80:]}")
    _remove(scratch)
    try:
        yield scratch
        if scratch.is_dir() and place.is_dir():
            for file in scratch.iterdir():  # of our names only: other files there stay
                os.replace(file, place / file.name)
        else:
            os.replace(scratch, place)
    finally:
        _remove(scratch)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Turn what the system says about files into a sentence."""
    import soundfile

    from tools.stem_files import not_written

    try:
        yield
    except OSError as error:
        raise ExportError(f"Nothing can be written to {folder}: {_reason(error)}.") from error
    except soundfile.LibsndfileError as error:
        raise ExportError(f"Nothing can be written to {folder}: {not_written(error)}.") from error


def _reason(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "the disk is full"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "no permission"
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return "that is a file and not a folder"
    return error.strerror or str(error)
