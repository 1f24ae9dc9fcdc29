"""What the tools for the library tell of tracks: rows of plain data, claims, and words for a model.

A track that a tool told of without opening it has no handle; its claims go by `reference`, and
`agent.grounding` knows it by its title. Titles are other people's text: quoted, never obeyed.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agent import evidence
from agent.open_tracks import UNOPENED
from agent.playlists import Playlist
from agent.recall import Hit
from agent.record import TrackRecord
from agent.render import clock
from agent.tool_frame import track_data
from agent.track_relations import TEMPO_STEP
from tools.annotations import Beats, Key, Loudness, Sections, Tags, Tempo
from tools.theory import camelot
from tools.titles import clean_text

EMPTY = (
    "The library is empty: no track has been heard yet. "
    "Listen to a recording, or add a folder of them, then ask again."
)
MOST_TAGS = 4
_NUMERALS = re.compile(r"[#b♯♭]?[ivIV]+[\w°ø+]*(?:–[#b♯♭]?[ivIV]+[\w°ø+]*)+")
"""Progressions in the reasons of a hit, as `agent.shared_harmony.spelled` writes them."""


def reference(track_id: str) -> str:
    """Return what claims call a track that is not open."""
    return f"{UNOPENED}{track_id}"


def track_row(handle: str | None, record: TrackRecord) -> dict[str, Any]:
    """Return what a list tells of one track; `handle` is None where it is not open."""
    key, tempo = record.annotation("key"), record.annotation("tempo")
    beats, tags = record.annotation("beats"), record.annotation("tags")
    listed = tags if isinstance(tags, Tags) else None
    return track_data(handle or "", record) | {
        "handle": handle,
        "told_as": handle or reference(record.id),
        "key": str(key) if isinstance(key, Key) else None,
        "camelot": camelot(key.tonic, key.mode) if isinstance(key, Key) else None,
        "bpm": round(tempo.bpm, 1) if isinstance(tempo, Tempo) else None,
        "meter": beats.meter if isinstance(beats, Beats) else None,
        "genres": [x.label for x in listed.genres[:MOST_TAGS]] if listed else [],
        "instruments": [x.label for x in listed.instruments[:MOST_TAGS]] if listed else [],
        "moods": [x.label for x in listed.moods[:MOST_TAGS]] if listed else [],
        "voice": listed.voice.label if listed and listed.voice else None,
        "generated": record.generated or None,
    }


def hit_row(handle: str | None, record: TrackRecord, hit: Hit) -> dict[str, Any]:
    """Return a track that answers, why, and which section of it."""
    return track_row(handle, record) | {
        "why": "; ".join(hit.why),
        "score": round(hit.score, 4),
        "span": None if hit.span is None else [round(t, 2) for t in hit.span],
        "label": hit.label or None,
    }


def row_claims(row: Mapping[str, Any], record: TrackRecord) -> list[evidence.Claim]:
    """Return the claims of what a row tells."""
    name = str(row["told_as"])
    claims = evidence.track_claims(name, record)
    if "title" not in record.titles:
        claims.append(evidence.claim("title", record.title, name, "file name"))
    for task in ("tempo", "key", "beats", "tags", "segments", "loudness"):
        annotation = record.annotation(task)
        if isinstance(annotation, Tempo):
            claims += evidence.tempo_claims(name, annotation)
        elif isinstance(annotation, Key):
            claims += evidence.key_claims(name, annotation)
        elif isinstance(annotation, Beats):
            claims += evidence.beat_claims(name, annotation)
        elif isinstance(annotation, Tags):
            claims += evidence.tag_claims(name, annotation)
        elif isinstance(annotation, Loudness):
            claims += evidence.loudness_claims(name, annotation)
        elif isinstance(annotation, Sections) and row.get("label"):
            span = (row["span"][0], row["span"][1])
            claims.append(
                evidence.claim("section", row["label"], name, annotation.estimator, None, span)
            )
    if row.get("why"):
        claims.append(evidence.claim("told", row["why"], name, "search"))
        numerals = [n for run in _NUMERALS.findall(str(row["why"])) for n in run.split("–")]
        claims += [evidence.claim("roman", n, name, "search") for n in dict.fromkeys(numerals)]
    return claims


def library_words(total: int, seconds: float) -> str:
    """Return how much there is."""
    return f"{total} track{'s' * (total != 1)}, {clock(seconds)} in all, by title:"


def row_words(row: Mapping[str, Any]) -> str:
    """Return one track of a list as a line."""
    head = f"{row['handle']} " if row["handle"] else ""
    figures = [
        f"{row['bpm']} BPM" if row["bpm"] else "",
        f"{row['key']} ({row['camelot']})" if row["key"] else "",
        row["meter"] or "",
        clock(row["duration"]),
        *row["genres"][:2],
        *row["instruments"][:3],
        *row["moods"][:2],
        f"made here by {row['generated']}" if row.get("generated") else "",
    ]
    line = f"{head}{named(row)}: {', '.join(x for x in figures if x)}"
    if row.get("span"):
        where = f"{clock(row['span'][0])}-{clock(row['span'][1])}"
        line += f"; the {row['label'] or 'part'} from {where}"
    return f"{line} (matches: {row['why']})" if row.get("why") else line


def named(row: Mapping[str, Any]) -> str:
    """Return title and artist, quoted as data."""
    title = json.dumps(clean_text(str(row["title"])), ensure_ascii=False)
    artist = clean_text(str(row["artist"]))
    return f"{title} by {json.dumps(artist, ensure_ascii=False)}" if artist else title


def found_words(
    rows: Sequence[Mapping[str, Any]], total: int, relaxed: Iterable[str], nothing: str
) -> str:
    """Return what a search found, a line a track; and what it had to let go."""
    gone = list(relaxed)
    head = f"Nothing fits all of it; without {' and '.join(gone)}:\n" if gone and rows else ""
    if not rows:
        return nothing
    more = f"\nAnd {total - len(rows)} more." if total > len(rows) else ""
    return head + "\n".join(map(row_words, rows)) + more


def playlist_words(
    made: Playlist, rows: Sequence[Mapping[str, Any]], files: Mapping[str, str]
) -> str:
    """Return a playlist in words: each track, why it is there, and the files."""
    lines = [
        f"{len(rows)} tracks, {clock(made.total)} in all, energy: {made.goal.curve}"
        + (f', searched for "{made.goal.search}"' if made.goal.search else "")
        + "."
    ]
    for n, row in enumerate(rows, start=1):
        figures = ", ".join(
            str(x)
            for x in (row["bpm"] and f"{row['bpm']} BPM", row["camelot"], clock(row["duration"]))
            if x
        )
        why = f" ({'; '.join(row['why'])})" if row["why"] else ""
        lines.append(f"{n}. {named(row)}: {figures}{why}")
    if steps := [i.key_steps for i in made.items if i.key_steps is not None]:
        near = sum(step <= 1 for step in steps)
        lines.append(f"{near} of {len(steps)} changes go to the same key or one next to it.")
    if made.largest_step is not None and made.largest_step <= TEMPO_STEP:
        lines.append(f"The largest tempo step is {100 * made.largest_step:.1f} %.")
    lines += made.notes
    saved = "; ".join(f'{form} "{path}"' for form, path in files.items())
    return "\n".join([*lines, f"Saved: {saved}."])
