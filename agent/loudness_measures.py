"""How loud a track is, where it is loudest and quietest, and how far from a target: plain data.

LUFS, range and peak come from the loudness that was measured of the file's own samples; the places
from the level per second. What was heard before loudness was measured has the level alone.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from agent import evidence
from agent.part_measures import section_at
from agent.record import TrackRecord
from agent.render import clock, loudness_words
from agent.track_facts import dynamics_of
from tools.annotations import Level, Loudness
from tools.caption_course import ending_of
from tools.conventions import Interval

STREAMING_LUFS = -14.0
"""What Spotify, YouTube, Tidal and Amazon Music turn tracks to (their pages for artists, 2024)."""
LOWEST_TARGET, HIGHEST_TARGET = -40.0, 0.0
STRETCH = 10.0
"""Seconds that count as a part when the loudest is looked for: two to five bars."""
SILENT_DB = -60.0
"""Level below which nothing is heard: what silence detectors take (ffmpeg's ``silencedetect``)."""
SHORTEST_SILENCE = 1.0
MOST_SILENCES = 8
QUIET_DB, SHORTEST_QUIET, MOST_QUIET = 5.0, 2.0, 4
"""How far below the mean, and for how many seconds, a place has dropped to be called quiet."""


def loudness_data(record: TrackRecord, target: float = STREAMING_LUFS) -> dict[str, Any]:
    """Return how loud a track is; what is not known is None.

    The figures are LUFS (``lufs``, ``target``), LU (``lu``, ``above_target``), dB full scale
    (``peak``, ``level``) and dB (``crest``, peak over loudness).
    """
    loudness, level = record.annotation("loudness"), record.annotation("level")
    data: dict[str, Any] = {"lufs": None, "lu": None, "peak": None, "crest": None}
    data |= {"dynamics": None, "target": target, "above_target": None, "estimator": None}
    if isinstance(loudness, Loudness):
        spread = loudness.range
        data |= {
            "lufs": round(loudness.integrated, 1),
            "lu": None if spread is None else round(spread, 1),
            "peak": round(loudness.peak, 1),
            "crest": round(loudness.peak - loudness.integrated, 1),
            "dynamics": None if spread is None else dynamics_of(spread),
            "above_target": round(loudness.integrated - target, 1),
            "estimator": loudness.estimator,
        }
    heard = level if isinstance(level, Level) and level.decibels else None
    return data | {
        "level": round(heard.mean, 1) if heard else None,
        "loudest": _extreme(record, heard, 1) if heard else None,
        "quietest": _extreme(record, heard, -1) if heard else None,
        "silences": list(_silences(record, heard)) if heard else None,
        "quiet": list(_quiet(record, heard)) if heard else [],
        "ending": ending_of(heard) if heard else "",
    }


def loudness_claims(handle: str, record: TrackRecord, data: dict[str, Any]) -> list[evidence.Claim]:
    """Return the claims of what `loudness_data` tells."""
    claims: list[evidence.Claim] = []
    loudness, level = record.annotation("loudness"), record.annotation("level")
    if isinstance(loudness, Loudness):
        claims += evidence.loudness_claims(handle, loudness)
        by = loudness.estimator
        claims.append(evidence.claim("crest", data["crest"], handle, by))
        claims.append(evidence.claim("loudness gap", data["above_target"], handle, by))
        claims.append(evidence.claim("loudness target", data["target"], handle, by))
    if isinstance(level, Level) and data["level"] is not None:
        claims.append(evidence.claim("level", data["level"], handle, level.estimator))
        for name in ("loudest", "quietest"):
            start, end = data[name]["span"]
            claims += evidence.level_claims(handle, level, start, end)
            gap = abs(data[name]["against_mean"])
            claims.append(evidence.claim("level", gap, handle, level.estimator, None, (start, end)))
        for row in data["quiet"]:
            span, gap = (row["span"][0], row["span"][1]), abs(row["against_mean"])
            claims.append(evidence.claim("level", gap, handle, level.estimator, None, span))
    return claims


def loudness_tool_words(handle: str, record: TrackRecord, data: dict[str, Any]) -> str:
    """Return in words what was measured, for a model."""
    loudness = record.annotation("loudness")
    if isinstance(loudness, Loudness):
        gap, target = data["above_target"], data["target"]
        side = "above" if gap >= 0 else "below"
        told = [f"{handle} is at {loudness_words(loudness)}, its peak at {data['peak']} dBFS"]
        told.append(f"{abs(gap):.1f} LU {side} a target of {target:g} LUFS")
    elif data["level"] is not None:
        told = [f"{handle} has no LUFS; its mean level is {data['level']} dB full scale"]
    else:
        return ""
    for name in ("loudest", "quietest"):
        if data[name]:
            start, end = data[name]["span"]
            told.append(f"{name} from {clock(start)} to {clock(end)}")
    if data["silences"]:
        told.append("silent at " + ", ".join(clock(start) for start, _ in data["silences"]))
    return "; ".join(told) + "."


def _extreme(record: TrackRecord, level: Level, way: int) -> dict[str, Any]:
    """Return the loudest (1) or the quietest (-1) stretch, what is silent left out of the latter."""
    width = max(1, round(min(STRETCH, record.duration) / level.hop))
    powers = 10 ** (np.array(level.decibels) / 10)
    means = np.convolve(powers, np.ones(min(width, len(powers))), "valid") / width
    sounding = np.flatnonzero(means > 10 ** (SILENT_DB / 10))
    among = sounding if len(sounding) else np.arange(len(means))
    first = int(among[np.argmax(way * means[among])])
    span = (first * level.hop, min(record.duration, (first + width) * level.hop))
    heard = level.between(*span) or level.mean
    return _stretch(record, level, *span, heard)


def _stretch(
    record: TrackRecord, level: Level, start: float, end: float, heard: float
) -> dict[str, Any]:
    section = section_at(record, start, end)
    return {
        "span": [round(start, 2), round(end, 2)],
        "against_mean": round(heard - level.mean, 1),
        "section": evidence.section_name(section) if section else None,
    }


def _quiet(record: TrackRecord, level: Level) -> Iterator[dict[str, Any]]:
    """Yield the stretches that are well below the mean, in order of time."""
    low = np.array([0, *(np.array(level.decibels) < level.mean - QUIET_DB), 0], dtype=np.int8)
    edges = np.flatnonzero(np.diff(low)).reshape(-1, 2) * level.hop
    long = [(a, min(b, record.duration)) for a, b in edges.tolist() if b - a >= SHORTEST_QUIET]
    longest = sorted(long, key=lambda span: span[0] - span[1])[:MOST_QUIET]
    for start, end in sorted(longest):
        yield _stretch(record, level, start, end, level.between(start, end) or level.mean)


def _silences(record: TrackRecord, level: Level) -> Iterator[Interval]:
    """Yield the stretches where nothing is heard, the first few."""
    quiet = np.array([0, *(np.array(level.decibels) < SILENT_DB), 0], dtype=np.int8)
    edges = np.flatnonzero(np.diff(quiet)).reshape(-1, 2)[:MOST_SILENCES] * level.hop
    for start, end in edges.tolist():
        last = min(end, record.duration)
        if last - start >= SHORTEST_SILENCE:
            yield round(start, 2), round(last, 2)
