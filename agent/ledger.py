"""The ledger of a conversation: the claims of all its tool results, looked up by kind and track.

A tool's evidence names what it measured (`agent.evidence`); the figures of its data (times of bars,
shares, counts) are claims too, read here. What came from people's files or from the model itself,
such as titles or the words of a search, is never read for facts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agent.evidence import Claim, claim

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

NOT_READ = frozenset(
    "query why words title artist file files folder stems asked handle told_as id form".split()
)
"""Fields of tool data that hold other people's words, or paths."""

_KINDS = {
    "start": "time", "end": "time", "first": "time", "downbeats": "time", "times": "time", "spans": "time",
    "span": "time", "intervals": "time", "confidence": "share", "confidences": "share", "meter_confidence": "share",
    "share": "share", "in_tune": "share", "bpm": "tempo there", "bpms": "tempo there", "level": "level",
    "loudness": "level", "roman": "roman", "relation": "relation", "text": "told", "words there": "told",
    "beat": "beat", "duration": "duration", "voiced_seconds": "seconds", "per_second": "figure",
    "doubt": "told", "why": "told", "lufs": "loudness", "lu": "loudness range", "peak": "peak",
    "crest": "crest", "target": "loudness target", "above_target": "loudness gap", "against_mean": "level",
}  # fmt: skip
_COUNTS = {"count", "bars", "times", "parts", "drums", "pedals", "number"}
_GROUPS = {"genres": "genre", "instruments": "instrument", "moods": "mood", "voice": "voice", "voice_details": "voice"}  # fmt: skip
ASKED_FOR = ("instrument", "stem")
"""Arguments of tools that name a part: an answer may repeat them, they are no sound that was heard."""
OF_SEVERAL = {"search_library": "hits", "similar_to": "hits", "compare": "sides", "playlist": "tracks"}  # fmt: skip
"""Tools that tell of several tracks, and where their data has a row for each."""
LIBRARY = "library"
"""What claims are about that hold of all tracks, or of those that pass filters, together."""
MOST_LEAVES = 20_000
BY_ITSELF = frozenset(("duration", "title", "artist", "album", "year"))
"""What is known of a file that nobody has listened to."""


class Ledger:
    """Claims by kind and track; a stem counts as its track, but never as the whole of it."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        self.claims = tuple(claims)
        self._rows: dict[tuple[str, str], list[Claim]] = {}
        for one in self.claims:
            key = str(one["claim"]), base(str(one.get("track") or ""))
            self._rows.setdefault(key, []).append(one)
        about = [(kind, track) for kind, track in self._rows if track not in ("", LIBRARY)]
        heard = [track for kind, track in about if kind not in BY_ITSELF]
        self.tracks = tuple(dict.fromkeys(heard or [track for _, track in about]))

    def noting(self, claims: Iterable[Claim]) -> "Ledger":
        """Return this ledger with some more claims, such as what the files say of themselves."""
        more = Ledger(claims)
        joined = Ledger(())
        joined.claims = self.claims + more.claims
        joined._rows = dict(self._rows)
        for key, rows in more._rows.items():
            joined._rows[key] = [*joined._rows.get(key, ()), *rows]
        joined.tracks = self.tracks or more.tracks
        return joined

    def of(self, kinds: str | Sequence[str], tracks: Iterable[str]) -> list[Claim]:
        """Return the claims of some kinds about some tracks, in order."""
        names = (kinds,) if isinstance(kinds, str) else kinds
        return [c for track in tracks for kind in names for c in self._rows.get((kind, track), ())]

    def whole(self, kind: str, tracks: Iterable[str]) -> list[Claim]:
        """Return the claims about tracks as they are from end to end."""
        found = self.of(kind, tracks)
        return [c for c in found if c["span"] is None and "." not in str(c["track"])]

    def figures(self, kinds: Sequence[str], tracks: Iterable[str]) -> list[float]:
        """Return the numbers that were measured of some kinds."""
        return [
            float(c["value"])
            for c in self.of(kinds, tracks)
            if isinstance(c["value"], int | float) and not isinstance(c["value"], bool)
        ]

    def times(self, tracks: Iterable[str]) -> list[float]:
        """Return all places in time that tools told of, in seconds."""
        tracks = tuple(tracks)
        found = self.figures(("time", "duration"), tracks)
        for track in tracks:
            for (_, about), rows in self._rows.items():
                if about == track:
                    found += [float(t) for c in rows for t in c["span"] or ()]
        return found + [float(t) for c in self.of("stretch", tracks) for t in c["value"]]


def base(handle: str) -> str:
    """Return the handle of the track that a stem is of."""
    return handle.partition(".")[0]


def ledger_of(messages: "Sequence[BaseMessage]") -> list[Claim]:
    """Return the claims of all tool results of a thread."""
    found: list[Claim] = []
    asked: dict[str, Mapping[str, Any]] = {}
    for message in messages:
        for call in getattr(message, "tool_calls", None) or ():
            asked[str(call.get("id"))] = call.get("args") or {}
        artifact = getattr(message, "artifact", None) if message.type == "tool" else None
        if isinstance(artifact, Mapping) and getattr(message, "status", "") != "error":
            found += claims_of(artifact)
            found += _asked(artifact, asked.get(str(getattr(message, "tool_call_id", "")), {}))
    return found


def _asked(artifact: Mapping[str, Any], args: Mapping[str, Any]) -> list[Claim]:
    """Return which part of the music a tool that did its work had been asked for."""
    handle = base(str((artifact.get("track") or {}).get("handle") or ""))
    author = str(artifact.get("tool") or "tool")
    parts = [args.get(name) for name in ASKED_FOR] if handle else []
    return [claim("asked for", p, handle, author) for p in parts if isinstance(p, str) and p]


def claims_of(artifact: Mapping[str, Any]) -> list[Claim]:
    """Return the claims of one tool result: its evidence, and the figures of its data."""
    evidence = [dict(c) for c in artifact.get("evidence") or ()]
    data = artifact.get("data") or {}
    track = artifact.get("track") or {}
    author = str(artifact.get("tool") or "tool")
    leaves = []
    if author in OF_SEVERAL:
        for row in data.get(OF_SEVERAL[author]) or ():
            about = str(row.get("handle") or row.get("told_as") or "")
            leaves += list(_leaves(row, "", about, author))
    else:
        handle = base(str(track.get("handle") or ""))
        leaves = list(_leaves(data, "", handle, author))
        leaves += list(_bars(data.get("bars"), handle, author))
        leaves += _heard(data.get("tags"), handle, author)
    return evidence + leaves[:MOST_LEAVES]


def _leaves(value: Any, name: str, track: str, author: str, above: str = "") -> Iterator[Claim]:
    """Yield the figures of tool data as claims."""
    if isinstance(value, bool):
        if name == "steady":
            yield claim("steady", value, track, author)
    elif isinstance(value, int | float):
        yield claim(_kind(name, above), value, track, author)
    elif isinstance(value, str):
        if name in ("roman", "relation", "text", "doubt") and value:
            yield claim(_KINDS[name], value, track, author)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key not in NOT_READ:
                yield from _leaves(item, str(key), track, author, name)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item, name, track, author, above)


def _kind(name: str, above: str) -> str:
    if name == "times" and above == "loop":
        return "times"
    if name == "count" and above == "beats":
        return "beats"
    if name == "bars":
        return "bars"
    return _KINDS.get(name, "figure")


def _bars(rows: Any, track: str, author: str) -> Iterator[Claim]:
    """Yield bars with their places, and the chords that sound in each."""
    for row in rows if isinstance(rows, list | tuple) else ():
        span = (float(row["start"]), float(row["end"]))
        yield claim("bar", row["number"], track, author, None, span)
        for label in row.get("labels") or ():
            yield claim("bar chord", label, track, author, None, span)


def _heard(tags: Any, track: str, author: str) -> list[Claim]:
    """Return what a tagger heard, and what it listened for: its silence says something then."""
    if not isinstance(tags, Mapping):
        return []
    made = str(tags.get("estimator") or author)
    found = [claim("listened for", kind, track, made) for kind in _GROUPS.values()]
    for group, kind in _GROUPS.items():
        labels = tags.get(group) or ()
        for one in [labels] if isinstance(labels, Mapping) else labels:
            found.append(claim(kind, one["label"], track, made, one.get("confidence")))
    return found
