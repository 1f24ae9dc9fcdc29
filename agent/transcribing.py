"""Write down the notes of a track: which part of it, by which engine, into which file."""

from dataclasses import dataclass, replace
from pathlib import Path

from agent.library import Library, Report
from agent.part_measures import notes_data, spelling
from agent.record import TrackRecord
from agent.report_parts import notes_report
from tools.annotations import Notes, Tags
from tools.errors import MusicToolError, NoMusicError

ENGINES = {"piano": "transkun", "any": "basic-pitch", "voice": "voice", "drums": "drums"}
"""Which engine writes down the notes of which instrument."""

STEMS = {"voice": "vocals", "drums": "drums"}
"""The stem that an instrument is looked for in, where others play too."""

ENDINGS = {".mid": "midi", ".midi": "midi", ".musicxml": "musicxml", ".xml": "musicxml"}
ENDINGS[".json"] = "json"


NO_PIANO = "as asked, though the tagger hears no piano"


@dataclass(frozen=True)
class Transcript:
    """What was written down, of which track, and why so.

    Parameters
    ----------
    record : of the track, or of the stem that was listened to; holds the notes
    handle : of the same
    why : which part and which engine were taken, and for what reason
    """

    record: TrackRecord
    handle: str
    why: str

    @property
    def notes(self) -> Notes | None:
        """The notes; None where there is no music to write down."""
        notes = self.record.annotation("notes")
        return notes if isinstance(notes, Notes) else None

    def report(self, saved: str = "") -> str:
        """Return what was found as a person reads it; `saved` is the file that holds all of it."""
        notes = self.notes
        if notes is None:
            return ""
        data = notes_data(notes, (0.0, self.record.duration), spelling(self.record))
        return notes_report(self.record.title, data, self.why, saved)


def transcribe(
    library: Library,
    handle: str,
    instrument: str,
    stem: str | None,
    report: Report,
    tasks: tuple[str, ...] = (),
) -> Transcript:
    """Return the notes of a track or of a stem of it, heard now unless they are known.

    Parameters
    ----------
    instrument : one of `ENGINES`, or ``"auto"``: the tagger chooses
    stem : which part to listen to; None leaves the choice to this function
    tasks : what else should be heard, for a file
    """
    stem, why = _part(library, handle, instrument, stem, report)
    engines = {} if instrument == "auto" else {"notes": ENGINES[instrument]}
    place = handle if stem is None else library.stem(handle, stem, report)
    wanted = tuple(dict.fromkeys(("notes", *tasks)))
    record = library.ensure(place, wanted, report, engines)
    if stem is None and instrument == "auto":
        why = _corrected(why, record.estimator("notes") or "")
    return Transcript(record, library.handle_of(record.id) or place, why)


def transcribe_file(
    library: Library, file: Path, instrument: str, stem: str | None, bends: bool, report: Report
) -> Transcript:
    """Return the notes of a file, with beats and key for its bar lines.

    Parameters
    ----------
    bends : also follow the pitch within each note; not remembered

    Raises
    ------
    MusicToolError
        If the file can't be read, or there is nothing to write down.
    """
    if bends and instrument not in ("auto", "any"):
        raise MusicToolError(
            f"--bends goes with --instrument any; the engine for {instrument} gives none."
        )
    handle = library.open(file, report)
    instrument = "any" if bends else instrument
    found = transcribe(library, handle, instrument, stem, report, ("beats", "tempo", "key"))
    if found.notes is None:
        reasons = [p["reason"] for p in found.record.problems if p["task"] == "notes"]
        raise NoMusicError(" ".join(reasons) or f"No notes were found in '{file.name}'.")
    if bends:
        found = _with_bends(library, found, report)
    return found


def writer_for(path: Path) -> str:
    """Return the form of a file by its ending.

    Raises
    ------
    MusicToolError
        If no form has that ending, or it is a folder.
    """
    if path.is_dir():
        raise MusicToolError(f"--to takes the name of a file; '{path.name[:60]}' is a folder.")
    form = ENDINGS.get(path.suffix.lower())
    if form is None:
        raise MusicToolError(
            f"--to takes a name that ends in {', '.join(ENDINGS)}; got '{path.name[:60]}'."
        )
    return form


def _part(
    library: Library, handle: str, instrument: str, stem: str | None, report: Report
) -> tuple[str | None, str]:
    """Return the stem to listen to, None for the whole, and why."""
    from tools.transcription import choose_instrument

    if stem is not None:
        return stem, f"the {stem} alone"
    tags = library.ensure(handle, ("tags",), report).annotation("tags")
    alone, why = choose_instrument(tags if isinstance(tags, Tags) else None)
    if instrument == "auto":
        return None, why
    part = STEMS.get(instrument)
    if part and alone != instrument:
        return part, f"the {part} alone, as others play too"
    if instrument == "piano" and isinstance(tags, Tags):
        if not any(label.label == "piano" for label in tags.instruments):
            return None, NO_PIANO
    return None, "as asked"


def _corrected(why: str, estimator: str) -> str:
    """Return the reason for the engine, where listening showed that the tags did not tell all."""
    if "voice alone" in why and not estimator.startswith("voice"):
        return "a voice, and several notes at once, so any instrument"
    return why


def _with_bends(library: Library, found: Transcript, report: Report) -> Transcript:
    from tools.transcription import estimate_notes

    notes = estimate_notes(
        library.audio(found.handle, report),
        library.store,
        "any",
        bends=True,
        progress=lambda fraction: report(fraction, "following the pitch of each note"),
    )
    annotations = found.record.annotations | {"notes": notes.to_dict()}
    return replace(found, record=replace(found.record, annotations=annotations))
