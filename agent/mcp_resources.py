"""What an MCP host may read: the tracks of the library, what was measured of each, and what is open.

* ``musicologue://tracks``        all tracks, the last heard first, `PAGE` at a time (``?from=N``)
* ``musicologue://tracks/{id}``   all that was measured of one
* ``musicologue://open``          the tracks of this session, by their handles
"""

import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from agent.strict_json import dumps
from tools.errors import MusicToolError, UnknownTrackError
from tools.titles import clean_text

if TYPE_CHECKING:
    from agent.mcp_session import HostSession

SCHEME = "musicologue://"
TRACKS, OPEN = f"{SCHEME}tracks", f"{SCHEME}open"
TEMPLATE = f"{TRACKS}/{{id}}"
PAGE = 200

TRACK_URI = re.compile(rf"{TRACKS}/(?P<id>[0-9a-f]{{4,64}})")
PAGE_URI = re.compile(rf"{TRACKS}(\?from=(?P<first>\d{{1,9}}))?")


@dataclass(frozen=True)
class Item:
    """One thing to read."""

    uri: str
    name: str
    description: str


FIXED = (
    Item(
        TRACKS, "tracks", "All tracks that were ever heard: id, title, artist, key, tempo, length."
    ),
    Item(OPEN, "open", "The tracks that are open in this session, by their handles."),
)


def items(session: "HostSession", first: int = 0) -> tuple[list[Item], int | None]:
    """Return what there is to read from a place in the list on, and where it goes on."""
    from agent.collection.catalogue import listed

    tracks = list(reversed(listed(session.memory, "added")))
    page = [
        Item(f"{TRACKS}/{t.id}", t.id, _about(t.title, t.artist))
        for t in tracks[first : first + PAGE]
    ]
    after = first + PAGE
    return [*(FIXED if first == 0 else ()), *page], after if after < len(tracks) else None


def read(session: "HostSession", uri: str) -> str:
    """Return what stands at an address, as JSON.

    Raises
    ------
    UnknownTrackError
        If memory has no such track.
    MusicToolError
        If nothing can stand at this address.
    """
    if uri == OPEN:
        return dumps({"tracks": [asdict(track) for track in session.library.tracks]})
    if found := PAGE_URI.fullmatch(uri):
        return dumps(_tracks(session, int(found["first"] or 0)))
    if found := TRACK_URI.fullmatch(uri):
        return dumps(_analysis(session, found["id"]))
    raise MusicToolError(
        f"There is nothing at '{clean_text(uri, 100)}'. There are {TRACKS}, {TEMPLATE} and {OPEN}."
    )


# ---- inside -------------------------------------------------------------------------------------


def _about(title: str, artist: str) -> str:
    return clean_text(f"{title} – {artist}" if artist else title, 200)


def _tracks(session: "HostSession", first: int) -> dict[str, Any]:
    from agent.collection.catalogue import listed

    tracks = list(reversed(listed(session.memory, "added")))
    told: dict[str, Any] = {
        "total": len(tracks),
        "tracks": [t.to_dict() for t in tracks[first : first + PAGE]],
    }
    if first + PAGE < len(tracks):
        told["next"] = f"{TRACKS}?from={first + PAGE}"
    return told


def _analysis(session: "HostSession", track_id: str) -> dict[str, Any]:
    import json

    from agent.formats import NEEDS, render

    record = session.memory.get(track_id)
    if record is None:
        raise UnknownTrackError(f"Memory holds no track '{track_id}'.")
    tried = {*record.annotations, *(p["task"] for p in record.problems)}
    tasks = [task for task in (*NEEDS["json"], "loudness") if task in tried]
    text = render("json", [replace(record, path=session.source(record))], tasks)
    analysis: dict[str, Any] = json.loads(text)[0]
    return analysis
