"""What answers about jobs, files and tracks look like."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from agent.http.shapes import example
from agent.serving.jobs import Job
from agent.serving.uploads import Upload

TRACK_ID = "9f2c6a0d31b7e8459f2c6a0d31b7e845"
JOB_ID = "5d1f3e0c9a7b4c2e8f6d1a0b3c5e7f90"
UPLOAD_ID = "file-0b9d3c5e7f901a2b3c4d5e6f"

_JOB = {
    "id": JOB_ID,
    "kind": "listen",
    "state": "running",
    "progress": 0.42,
    "doing": "naming the chords",
    "upload": UPLOAD_ID,
    "track": TRACK_ID,
    "error": None,
    "created": 1795417200.0,
    "finished": None,
}
_UPLOAD = {
    "id": UPLOAD_ID,
    "name": "headache.mp3",
    "bytes": 1152000,
    "seconds": 72.1,
    "sha256": "0b" * 32,
    "created": "2026-11-23T07:00:00+00:00",
}
_LISTED = {
    "id": TRACK_ID,
    "title": "Headache",
    "artist": "Lost Deposit",
    "key": "C minor",
    "bpm": 92.0,
    "duration": 72.1,
    "level": "standard",
    "added": "2026-11-23T07:01:12+00:00",
}
_TRACK = _LISTED | {
    "album": "",
    "year": "",
    "meter": "4/4",
    "sample_rate": 44100,
    "channels": 2,
    "words": "A slow song in C minor, 4/4, 92 bpm.",
    "heard": ["beats", "chords", "key", "tempo"],
    "problems": [],
    "stems": [],
    "upload": UPLOAD_ID,
}


class JobShape(BaseModel):
    """A piece of heavy work, and how far it is."""

    id: str
    kind: Literal["listen", "separate", "transcribe"]
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: Annotated[float, Field(description="0 to 1.")]
    doing: Annotated[str, Field(description="What is being done now.")]
    upload: Annotated[str | None, Field(description="The file that is listened to.")]
    track: Annotated[str | None, Field(description="The track, once it is known which it is.")]
    error: Annotated[str | None, Field(description="Why it failed, in a sentence.")]
    created: Annotated[float, Field(description="Seconds since 1970.")]
    finished: Annotated[float | None, Field(description="Seconds since 1970.")]

    model_config = example(_JOB)

    @classmethod
    def of(cls, job: Job) -> "JobShape":
        """Return a job as it is told."""
        told = job.to_dict()
        told |= {name: told[name] or None for name in ("upload", "track", "error", "finished")}
        return cls(**told)


class UploadShape(BaseModel):
    """A file that was sent."""

    id: str
    name: Annotated[str, Field(description="What whoever sent it calls it.")]
    bytes: int
    seconds: Annotated[float, Field(description="As its header says; 0 where it does not.")]
    sha256: str
    created: str

    model_config = example(_UPLOAD)

    @classmethod
    def of(cls, upload: Upload) -> "UploadShape":
        """Return an upload as it is told."""
        return cls(**upload.to_dict())


class Received(BaseModel):
    """A file was taken: it is kept, and will be listened to whatever happens to the server."""

    job: JobShape
    upload: UploadShape

    model_config = example({"job": _JOB, "upload": _UPLOAD})


class Listed(BaseModel):
    """A track in a list; empty or null where something is not known."""

    id: str
    title: str
    artist: str
    key: str
    bpm: float | None
    duration: Annotated[float, Field(description="Seconds.")]
    level: Annotated[str, Field(description="How far it was heard: quick, standard, deep.")]
    added: Annotated[str, Field(description="When it was heard, ISO 8601.")]

    model_config = example(_LISTED)


class TrackList(BaseModel):
    """Tracks, the last heard first."""

    tracks: list[Listed]
    total: Annotated[int, Field(description="How many there are in all.")]

    model_config = example({"tracks": [_LISTED], "total": 1})


class Trouble(BaseModel):
    """What could not be heard, and why."""

    task: str
    reason: str


class TrackShape(Listed):
    """What a person wants to know of a track at first sight."""

    album: str
    year: str
    meter: str
    sample_rate: Annotated[int, Field(description="Of the file, in hertz.")]
    channels: int
    words: Annotated[str, Field(description="The track in a paragraph.")]
    heard: Annotated[list[str], Field(description="What was listened for and found.")]
    problems: list[Trouble]
    stems: Annotated[list[str], Field(description="The parts that are made already.")]
    upload: Annotated[str, Field(description="The file it was sent as; empty if it was not.")]

    model_config = example(_TRACK)


class Peaks(BaseModel):
    """The outline of a sound."""

    duration: Annotated[float, Field(description="Seconds.")]
    peaks: Annotated[
        list[list[float]],
        Field(description="Lowest and highest sample of equal stretches, -1 to 1."),
    ]

    model_config = example({"duration": 72.1, "peaks": [[-0.12, 0.15], [-0.8, 1.0]]})


Responses = dict[int | str, dict[str, Any]]

SOUND: Responses = {
    200: {"content": {"audio/*": {}}, "description": "The sound."},
    206: {"content": {"audio/*": {}}, "description": "The part of it that was asked for."},
}
LATER: Responses = {
    202: {"model": JobShape, "description": "It is being made: this is the job. Ask again."}
}
MIDI: Responses = {200: {"content": {"audio/midi": {}}, "description": "The notes."}}
PICTURE: Responses = {
    200: {"content": {"image/svg+xml": {}, "image/png": {}}, "description": "The picture."}
}
EVENTS: Responses = {
    200: {
        "content": {"text/event-stream": {}},
        "description": "Events `job`, each with the job as it is then, to the last one.",
    }
}
