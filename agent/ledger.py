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
    "query why words title artist file files folder stems asked handle id form".split()
)
"""Fields of tool data that hold other people's words, or paths."""

_KINDS = {
    "start": "time", "end": "time", "first": "time", "downbeats": "time", "times": "time", "spans": "time",
    "span": "time", "intervals": "time", "confidence": "share", "confidences": "share", "meter_confidence": "share",
    "share": "share", "in_tune": "share", "bpm": "tempo there", "bpms": "tempo there", "level": "level",
    "loudness": "level", "roman": "roman", "relation": "relation", "text": "told", "words there": "told",
    "beat": "beat", "duration": "duration", "voiced_seconds": "seconds", "per_second": "figure",
    "doubt": "told", "why": "told",
}  # fmt: skip
_COUNTS = {"count", "bars", "times", "parts", "drums", "pedals", "number"}
MOST_LEAVES = 20_000


class Ledger:
    """Claims by kind and track; a stem counts as its track, but never as the whole of it."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        self.claims = tuple(claims)
        self._rows: dict[tuple[str, str], list[Claim]] = {}
        for one in self.claims:
            key = str(one["claim"]), base(str(one.get("track") or ""))
            self._rows.setdefault(key, []).append(one)
        self.tracks = tuple(dict.fromkeys(track for _, track in self._rows if track))

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
    for message in messages:
        artifact = getattr(message, "artifact", None) if message.type == "tool" else None
        if isinstance(artifact, Mapping) and getattr(message, "status", "") != "error":
            found += claims_of(artifact)
    return found


def claims_of(artifact: Mapping[str, Any]) -> list[Claim]:
    """Return the claims of one tool result: its evidence, and the figures of its data."""
    evidence = [dict(c) for c in artifact.get("evidence") or ()]
    data = artifact.get("data") or {}
    track = artifact.get("track") or {}
    author = str(artifact.get("tool") or "tool")
    leaves = []
    if author == "recall":
        for hit in data.get("hits") or ():
            leaves += list(_leaves(hit, "", str(hit.get("handle") or ""), author))
    else:
        handle = base(str(track.get("handle") or ""))
        leaves = list(_leaves(data, "", handle, author))
        leaves += list(_bars(data.get("bars"), handle, author))
        leaves += _missed(data, handle, author)
    return evidence + leaves[:MOST_LEAVES]


def _leaves(value: Any, name: str, track: str, author: str, above: str = "") -> Iterator[Claim]:
    """Yield the figures of tool data as claims."""
    if isinstance(value, bool):
        if name == "steady":
            yield claim("steady", value, track, author)
    elif isinstance(value, int | float):
        yield claim(_kind(name, above), value, track, author)
    elif isinstance(value, str):
        if name in ("roman", "relation", "text") and value:
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


def _missed(data: Mapping[str, Any], track: str, author: str) -> list[Claim]:
    """Return that the sounds were listened for, where they were: silence says something then."""
    tags = data.get("tags")
    if not tags:
        return []
    made = author if not isinstance(tags, Mapping) else str(tags.get("estimator") or author)
    kinds = ("instrument", "genre", "mood", "voice")
    return [claim("listened for", kind, track, made) for kind in kinds]
