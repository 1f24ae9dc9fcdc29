"""The tracks of a user as a server tells of them: listed, looked at, taken away, and removed.

What is told names no path of the server. What is made of a track (its outline, a picture, a MIDI
file) is kept beside the memory and made anew once more was heard.
"""

import hashlib
import json
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.collection.catalogue import listed, paths_of
from agent.collection.removing import remove
from agent.exporting import write_form
from agent.formats import render
from agent.heard import level_of
from agent.record import TrackRecord, facts_of
from agent.stems import Stems, StemShelf
from tools.errors import MusicToolError, UnknownTrackError
from tools.titles import clean_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from agent.serving.desk import Desk

ENDINGS = {"midi": ".mid", "svg": ".svg", "png": ".png"}
"""The forms that a server makes of a track, and how their files end."""

MOST_POINTS = 20_000

_drawing = threading.Lock()
"""Matplotlib draws one picture at a time."""


class Tracks:
    """What is on a user's desk."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._made = desk.folder / "made"
        self._shelf = StemShelf(desk.folder / "stems", desk.bench.store)

    # ---- looking --------------------------------------------------------------------------------

    def all(self) -> list[dict[str, Any]]:
        """Return all tracks, the last heard first: id, title, artist, key, bpm, duration, level."""
        return [track.to_dict() for track in reversed(listed(self._desk.memory, "added"))]

    def get(self, track_id: str) -> TrackRecord:
        """Return what is known of a track.

        Raises
        ------
        UnknownTrackError
            If there is none of this id.
        """
        record = self._desk.memory.get(track_id)
        if record is None:
            raise UnknownTrackError(f"There is no track '{clean_text(track_id, 40)}'.")
        return record

    def told(self, record: TrackRecord) -> dict[str, Any]:
        """Return what a person wants to know of a track at first sight."""
        facts = facts_of(record)
        stems = self.stems(record)
        upload = self._desk.uploads.at(record.path)
        return {
            "id": record.id,
            "title": record.title,
            "artist": record.titles.get("artist", ""),
            "album": record.titles.get("album", ""),
            "year": record.titles.get("year", ""),
            "key": f"{facts['tonic']} {facts['mode']}" if "tonic" in facts else "",
            "bpm": facts.get("bpm"),
            "meter": facts.get("meter", ""),
            "duration": record.duration,
            "sample_rate": record.sample_rate,
            "channels": record.channels,
            "level": level_of(record),
            "added": record.heard_at,
            "words": record.words,
            "heard": sorted(record.annotations),
            "problems": [{"task": p["task"], "reason": p["reason"]} for p in record.problems],
            "stems": sorted(stems.files) if stems else [],
            "upload": upload.id if upload else "",
        }

    def analysis(self, record: TrackRecord) -> dict[str, Any]:
        """Return all that was heard of a track, as ``listen --json`` tells it."""
        upload = self._desk.uploads.at(record.path)
        shown = replace(record, path=upload.name if upload else Path(record.path).name)
        tasks = [*record.annotations, *(problem["task"] for problem in record.problems)]
        track: dict[str, Any] = json.loads(render("json", [shown], tasks))[0]
        return track

    # ---- sound ----------------------------------------------------------------------------------

    def sound(self, record: TrackRecord) -> Path:
        """Return the file of a track.

        Raises
        ------
        UnknownTrackError
            If it is not here any more.
        """
        places = [record.path, *paths_of(self._desk.memory, record.id)]
        found = next((Path(place) for place in places if Path(place).is_file()), None)
        if found is None:
            raise UnknownTrackError(
                f"The sound of '{record.title}' is not here any more; what was heard of it is."
            )
        return found

    def stems(self, record: TrackRecord) -> Stems | None:
        """Return the stems of a track, None where they are not made yet."""
        return self._shelf.find(record.id)

    def stem(self, record: TrackRecord, name: str) -> Path | None:
        """Return the file of one stem, None where it is not made yet.

        Raises
        ------
        UnknownTrackError
            If there can't be such a stem.
        """
        try:
            self._shelf.check(name)
            stems = self.stems(record)
            return stems.file(name) if stems else None
        except MusicToolError as error:
            raise UnknownTrackError(str(error)) from error

    def peaks(self, record: TrackRecord, points: int) -> list[list[float]]:
        """Return the outline of a track: the lowest and highest sample of so many equal stretches.

        The loudest sample of the track is 1 or -1. There are fewer points where the track is short.

        Raises
        ------
        MusicToolError
            If its sound is not here, or can't be read.
        """
        import numpy as np

        lows, highs = self._outline(record)
        count = min(points, len(lows))
        starts = np.linspace(0, len(lows), count, endpoint=False).astype(int)
        low, high = np.minimum.reduceat(lows, starts), np.maximum.reduceat(highs, starts)
        return [[round(float(a), 4), round(float(b), 4)] for a, b in zip(low, high, strict=True)]

    def _outline(self, record: TrackRecord) -> "NDArray[np.float32]":
        """Return the lowest and highest samples of 20 ms each, shape=(2, n), n > 0."""
        import numpy as np

        from tools.waveform import waveform

        place = self._made / f"{record.id}.npy"
        if place.exists():
            kept: NDArray[np.float32] = np.load(place, allow_pickle=False)
            return kept
        wave = waveform(self.sound(record))
        outline = np.stack([wave.lows, wave.highs]).astype(np.float32)
        if not outline.size:  # shorter than one step
            outline = np.zeros((2, 1), np.float32)
        self._made.mkdir(parents=True, exist_ok=True)
        scratch = place.with_suffix(f".{threading.get_ident()}.tmp.npy")
        np.save(scratch, outline, allow_pickle=False)
        os.replace(scratch, place)
        return outline

    # ---- files made of it -----------------------------------------------------------------------

    def made(self, record: TrackRecord, form: str) -> Path:
        """Return the file of a track in one of `ENDINGS`, made now unless it is kept.

        Raises
        ------
        MusicToolError
            If nothing was heard that it could show, or it can't be written.
        """
        state = f"{record.heard_at} {sorted(record.annotations)} {record.title}"
        mark = hashlib.blake2b(state.encode("utf-8", "replace"), digest_size=6).hexdigest()
        place = self._made / f"{record.id}-{mark}{ENDINGS[form]}"
        if not place.exists():
            self._made.mkdir(parents=True, exist_ok=True)
            with _drawing:
                write_form(record, form, place, audio_path=self._sound_or_none(record))
        return place

    def _sound_or_none(self, record: TrackRecord) -> Path | None:
        try:
            return self.sound(record)
        except UnknownTrackError:
            return None

    # ---- removing -------------------------------------------------------------------------------

    def remove(self, record: TrackRecord) -> None:
        """Forget a track, with what was made of it and the files it was sent as.

        Recordings of this machine that were never sent stay.

        Raises
        ------
        MemoryStoreError
            If something can't be deleted.
        """
        places = {record.path, *paths_of(self._desk.memory, record.id)}
        remove(self._desk.memory, record)
        for upload in self._desk.uploads.all():
            if str(upload.path) in places:
                self._desk.uploads.remove(upload.id)
        for made in self._made.glob(f"{record.id}*"):
            made.unlink(missing_ok=True)
