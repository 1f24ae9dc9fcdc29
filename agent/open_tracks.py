"""The tracks that are open in a conversation, and how a model is told of them.

A model never sees an id: it sees a handle (``#1``). Titles, artists and file names come from other
people's files, so they stand in the prompt as JSON strings inside one block, as data.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

BEGIN, END = "<tracks>", "</tracks>"
UNOPENED = "library:"
"""What a track is called in claims that is told of and not open: this, and its id."""


@dataclass(frozen=True)
class OpenTrack:
    """One open track, as the model may know it; `duration` in seconds."""

    handle: str
    title: str
    artist: str
    file: str
    duration: float
    current: bool = False


def tracks_block(tracks: Iterable[OpenTrack]) -> str:
    """Return the block for the system prompt: one JSON object a line."""
    lines = [json.dumps(asdict(t), ensure_ascii=False).replace("<", "\\u003c") for t in tracks]
    return "\n".join([BEGIN, *lines, END])


def parse_tracks(system_text: str) -> tuple[OpenTrack, ...]:
    """Return the tracks of the last block in a system prompt; empty where there is none."""
    block = system_text.rpartition(BEGIN)[2].partition(END)[0]
    if BEGIN not in system_text:
        return ()
    return tuple(OpenTrack(**json.loads(line)) for line in block.splitlines() if line.strip())


def normal_handle(text: str) -> str:
    """Return a handle as it is kept: ``"1"`` is ``"#1"``."""
    text = text.strip()
    return text if text.startswith("#") else f"#{text}"
