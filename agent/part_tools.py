"""The tools for parts of the music: its form, its stems, its notes, its melody, and files of them.

As in `agent.toolbox`: words for the model, and plain data with evidence as the artifact.
"""

from typing import Annotated, Any, Literal

from langchain.tools import ToolRuntime

from agent import evidence
from agent.exporting import FORMS, NEEDS
from agent.listening import LISTEN_TASKS
from agent.part_measures import (
    caption_data,
    clipped_pitch,
    melody_data,
    notes_data,
    sections_data,
    spelling,
)
from agent.record_claims import all_claims
from agent.render_parts import (
    render_caption,
    render_melody,
    render_notes,
    render_sections,
    render_stems,
)
from agent.stem_levels import BY as LEVELS_BY
from agent.stem_levels import stem_levels
from agent.tool_frame import (
    Answer,
    End,
    Start,
    Stem,
    StemName,
    ToolFrame,
    Track,
    artifact,
    check_span,
    problems,
    with_problems,
    within,
)
from agent.transcribing import transcribe
from tools.annotations import Pitch, Tags
from tools.errors import MusicToolError

Instrument = Literal["auto", "piano", "any", "drums", "voice"]
NoteForm = Literal["midi", "musicxml", "json"]
Form = Literal[
    "midi", "musicxml", "stems", "jams", "lab", "chordpro", "csv", "json", "click", "png", "svg"
]


class PartTools(ToolFrame):
    """The tools for parts of the music over one library."""

    def structure(self, track: Track, runtime: ToolRuntime) -> Answer:
        """Find the form of a track: intro, verse, chorus …, when each begins, and what comes back."""
        handle, record = self.hear(track, ("segments", "beats"), runtime)
        found = sections_data(record)
        data = (found or {"sections": [], "form": ""}) | {"problems": problems(record, "segments")}
        words = [render_sections(found)] if found else []
        claims = evidence.section_claims(handle, data)
        return with_problems(words, record, "segments"), artifact(
            "structure", handle, record, data, claims
        )

    def caption(self, track: Track, runtime: ToolRuntime) -> Answer:
        """Describe a track in one paragraph, and each of its sections in a line."""
        handle, record = self.hear(track, LISTEN_TASKS, runtime)
        found = caption_data(record)
        data = (found or {"text": "", "sections": []}) | {"problems": problems(record, "caption")}
        words = [render_caption(found)] if found else []
        claims = all_claims(handle, record)
        return with_problems(words, record, "caption"), artifact(
            "caption", handle, record, data, claims
        )

    def separate(
        self,
        track: Track,
        runtime: ToolRuntime,
        stems: Annotated[list[StemName] | None, "which parts are wanted; leave out for all"] = None,
        start: Start = None,
        end: End = None,
    ) -> Answer:
        """Take a track apart into sound files: vocals, accompaniment (backing track, karaoke), drums, bass, other."""
        check_span(start, end)
        report = self.reporter(runtime)
        record = self._library.record(track)
        handle = self._library.handle_of(record.id) or track
        span = None
        if start is not None or end is not None:
            span = within(record, start or 0.0, end, None)
        made = self._library.cut_stems(handle, stems or (), span, report)
        levels = stem_levels(made.files)
        data = {
            "stems": {name: self._library.address(path) for name, path in made.files.items()},
            "estimator": made.estimator,
            "rung": made.rung,
            "span": None if span is None else [round(t, 2) for t in span],
            "asked": list(stems or ()),
            "levels": levels,
        }
        claims = [
            evidence.claim("stem", name, handle, made.estimator, None, span) for name in made.files
        ]
        claims += [
            evidence.claim("level", level, f"{handle}.{name}", LEVELS_BY, None, span)
            for name, level in levels.items()
        ]
        return render_stems(handle, data), artifact("separate", handle, record, data, claims)

    def transcribe(
        self,
        track: Track,
        runtime: ToolRuntime,
        instrument: Annotated[
            Instrument, "what to write down; auto lets the tagger choose"
        ] = "auto",
        stem: Stem = None,
        start: Start = None,
        end: End = None,
        form: Annotated[NoteForm | None, "also write a file: midi, musicxml or json"] = None,
    ) -> Answer:
        """Write down the notes that are played or sung, and save them as MIDI or sheet music."""
        check_span(start, end)
        report = self.reporter(runtime)
        tasks = NEEDS[form] if form else ("key",)
        found = transcribe(self._library, track, instrument, stem, report, tuple(tasks))
        record, notes = found.record, found.notes
        data: dict[str, Any] = {"problems": problems(record, "notes"), "why": found.why}
        words, claims = [], []
        if notes is not None:
            span = within(record, start or 0.0, end, None)
            data |= notes_data(notes, span, spelling(record))
            data["files"] = self._write(found.handle, [form], runtime) if form else {}
            words.append(render_notes(data))
            claims = evidence.note_claims(found.handle, data)
        return with_problems(words, record, "notes"), artifact(
            "transcribe", found.handle, record, data, claims
        )

    def melody(
        self,
        track: Track,
        runtime: ToolRuntime,
        stem: Stem = None,
        start: Start = None,
        end: End = None,
    ) -> Answer:
        """Follow the sung melody: its notes, vocal range, lowest and highest note, intonation in cents."""
        from tools.melody import pitch_notes, without_strays

        check_span(start, end)
        instrument = self._instrument(track, runtime)
        doubt = ""
        if stem is None and instrument != "voice":
            record = self._library.record(track)
            tags = record.annotation("tags")
            if isinstance(tags, Tags) and tags.voice and tags.voice.label == "instrumental":
                if len(tags.instruments) > 1:
                    doubt = "several instruments play at once, and no voice is heard"
            else:
                stem = "vocals"
        handle, record = self.hear(track, ("pitch", "key"), runtime, stem)
        pitch = record.annotation("pitch")
        data: dict[str, Any] = {"problems": problems(record, "pitch"), "stem": stem, "doubt": doubt}
        words, claims = [], []
        if isinstance(pitch, Pitch):
            pitch = without_strays(pitch) if stem else pitch
            if start is not None or end is not None:
                span = within(record, start or 0.0, end, None)
                data["span"] = [round(t, 2) for t in span]
                pitch = clipped_pitch(pitch, *span)
            sound = self._library.audio(handle, self.reporter(runtime))
            data |= melody_data(pitch, pitch_notes(pitch, sound), spelling(record))
            words.append(render_melody(data))
            claims = evidence.melody_claims(handle, data)
        return with_problems(words, record, "pitch"), artifact(
            "melody", handle, record, data, claims
        )

    def export(
        self,
        track: Track,
        forms: Annotated[list[Form], "which files to write"],
        runtime: ToolRuntime,
        stem: Stem = None,
    ) -> Answer:
        """Save files: midi, musicxml (score), stems, jams, lab, chordpro, csv, json, click (track), png or svg (picture)."""
        tasks = tuple(dict.fromkeys(task for form in forms for task in NEEDS[form]))
        handle, record = self.hear(track, tasks, runtime, stem)
        files = self._write(handle, list(forms), runtime)
        data = {"files": files, "folder": self._library.address(self._library.exports_of(record))}
        words = "Saved: " + "; ".join(f"{form} {path}" for form, path in files.items()) + "."
        return words, artifact("export", handle, record, data, [])

    # ---- inside ---------------------------------------------------------------------------------

    def _instrument(self, track: str, runtime: ToolRuntime) -> str:
        """Return which instrument the tagger hears alone: piano, voice, drums, or any."""
        from tools.transcription import choose_instrument, several_at_once

        handle, record = self.hear(track, ("tags",), runtime)
        tags = record.annotation("tags")
        alone = choose_instrument(tags if isinstance(tags, Tags) else None)[0]
        if alone == "voice":  # the tagger says so of a singer with a piano, too
            sound = self._library.audio(handle, self.reporter(runtime))
            return "any" if several_at_once(sound, self._library.store) else alone
        return alone

    def _write(self, handle: str, forms: list[str], runtime: ToolRuntime) -> dict[str, str]:
        if unknown := [form for form in forms if form not in FORMS]:
            raise MusicToolError(
                f"No export as {', '.join(unknown)[:60]}; there are {', '.join(FORMS)}."
            )
        files = self._library.write(handle, forms, self.reporter(runtime))
        return {form: self._library.address(path) for form, path in files.items()}
