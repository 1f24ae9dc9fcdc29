"""Canned tool results for the tests of the rules model."""

from itertools import pairwise
from typing import Any

LOOP = ["F:min7", "Db:maj7", "Ab:maj", "Eb:7"]


def tempo(
    bpm: float,
    confidence: float = 0.9,
    half: float = 0.05,
    steady: bool = True,
    meter: str | None = "4/4",
) -> dict[str, Any]:
    curve = [bpm] * 6 if steady else [bpm * f for f in (0.9, 0.93, 0.97, 1.02, 1.06, 1.1)]
    return {
        "tempo": {
            "bpm": bpm,
            "confidence": confidence,
            "estimator": "beatnet/1",
            "alternatives": [{"bpm": bpm / 2, "confidence": half, "relation": "half"}],
            "times": [10.0, 40.0, 70.0, 100.0, 130.0, 160.0],
            "bpms": curve,
            "steady": steady,
        },
        "beats": {
            "meter": meter,
            "meter_confidence": 0.8,
            "confidence": 0.8,
            "count": 402,
            "first": 0.48,
            "downbeats": [0.48, 2.45],
        },
        "problems": [],
    }


def key(
    tonic: str, mode: str, confidence: float = 0.9, other: tuple[str, str, float, str] | None = None
) -> dict[str, Any]:
    names = ("tonic", "mode", "confidence", "relation")
    rivals = [] if other is None else [dict(zip(names, other, strict=True))]
    return {
        "key": {
            "tonic": tonic,
            "mode": mode,
            "confidence": confidence,
            "estimator": "keynet/1",
            "alternatives": rivals,
            "changes": [],
        },
        "problems": [],
    }


def chords(loop: bool = True) -> dict[str, Any]:
    times = [2.0 * i for i in range(41)]
    labels = LOOP * 10
    numerals = ["i7", "VImaj7", "III", "VII7"]
    return {
        "chords": {
            "intervals": [list(span) for span in pairwise(times)],
            "labels": labels,
            "confidences": [0.7] * 40,
        },
        "bars": [
            {
                "number": i + 1,
                "start": 2.0 * i,
                "end": 2.0 * i + 2,
                "labels": [labels[i]],
                "roman": [numerals[i % 4]],
            }
            for i in range(40)
        ],
        "most_used": [{"label": label, "share": 0.25} for label in LOOP],
        "loop": {"labels": LOOP, "roman": numerals, "times": 10} if loop else None,
        "key": "F minor",
        "span": [0.0, 80.0],
        "problems": [],
    }


TAGS: dict[str, Any] = {
    "tags": {
        "genres": [{"label": "electronic", "confidence": 0.8}, {"label": "pop", "confidence": 0.3}],
        "instruments": [
            {"label": "synthesizer", "confidence": 0.9},
            {"label": "drums", "confidence": 0.7},
        ],
        "moods": [{"label": "mellow", "confidence": 0.7}],
        "voice": {"label": "vocal", "confidence": 0.95},
        "voice_details": [{"label": "female voice", "confidence": 0.8}],
        "estimator": "musicnn/1",
    },
    "entries": [
        {"label": "vocal", "kind": "voice", "spans": [[22.0, 80.0]]},
        {"label": "drums", "kind": "instruments", "spans": [[8.0, 190.0]]},
    ],
    "problems": [],
}
MOMENT = {
    "span": [83.0, 84.0],
    "chords": [{"start": 83.0, "end": 84.0, "label": "F:min7", "roman": "i7"}],
    "bar": 41,
    "beat": 2,
    "bpm": 121.4,
    "key": "F minor",
    "tags": [{"label": "synthesizer", "kind": "instruments", "confidence": 0.8}],
    "loudness": -12.0,
    "level": 5.2,
    "problems": [],
}
CANNED: dict[str, dict[str, Any]] = {
    "tempo": tempo(121.64),
    "key": key("F", "minor"),
    "chords": chords(),
    "tags": TAGS,
    "moment": MOMENT,
    "describe": {**tempo(121.64), **key("F", "minor"), **TAGS, "chords": chords(), "words": "w"},
    "listen": {"tracks": [{"handle": "#2", "id": "b", "title": "Copper Sky", "duration": 180.0}]},
}
OTHER: dict[str, Any] = {"tempo": tempo(96.0, meter="3/4"), "key": key("C", "minor")}


def compared(handles: list[str], canned: dict[str, Any]) -> dict[str, Any]:
    """Return what the tool for comparisons makes of the canned results, `OTHER` those of #2."""
    sides = []
    for handle in handles:
        told = {**CANNED, **canned, **(OTHER if handle == "#2" else {})}
        parts = {**told["tempo"], **told["key"], **told["tags"]}
        measured = {name: parts.get(name) for name in ("tempo", "beats", "key", "tags")}
        labels = [m["label"] for m in told["chords"].get("most_used", ())]
        lufs = {"loudness": -14.2 if handle == "#2" else -9.1, "loudness_unit": "LUFS"}
        bpm = (measured["tempo"] or {}).get("bpm")
        sides.append(
            {"handle": handle, "measured": measured, "chords": labels, "bpm": bpm, "voice": "vocal"}
            | lufs
        )
    return {"sides": sides, "differences": []}


_FORM = [
    (0.0, 8.0, "intro", "A", 0.8, 4),
    (8.0, 32.0, "verse", "C", 0.7, 12),
    (32.0, 64.0, "chorus", "B", 0.8, 16),
    (64.0, 96.0, "verse", "C", 0.7, 16),
    (96.0, 128.0, "chorus", "B", 0.8, 16),
    (128.0, 144.0, "bridge", "D", 0.4, 8),
    (144.0, 176.0, "chorus", "B", 0.8, 16),
    (176.0, 204.0, "outro", "E", 0.7, 14),
]
_NAMES = ("start", "end", "label", "letter", "confidence", "bars")
_LINE = [("F4", 65), ("G4", 67), ("Ab4", 68), ("C5", 72)]
PARTS: dict[str, dict[str, Any]] = {
    "structure": {
        "sections": [dict(zip(_NAMES, row, strict=True)) for row in _FORM],
        "form": " ".join(row[3] for row in _FORM),
        "estimator": "spectral/1",
        "problems": [],
    },
    "separate": {
        "stems": {n: f"/m/stems/{n}.flac" for n in ("vocals", "drums", "bass", "other")},
        "estimator": "spleeter/1",
        "rung": "bundled",
        "span": None,
        "asked": [],
        "levels": {"vocals": -18.2, "drums": -14.6, "bass": -20.1, "other": -16.0},
    },
    "transcribe": {
        "count": 412,
        "parts": {"": 412},
        "drums": {},
        "low": "C2",
        "high": "A5",
        "per_second": 2.0,
        "pedals": 0,
        "span": [0.0, 204.0],
        "why": "the tagger hears synthesizer and drums, so any instrument",
        "notes": [{"name": n, "start": 0.5 * i, "end": 0.5 * i + 0.4, "pitch": p, "velocity": 80} for i, (n, p) in enumerate([("F2", 41), ("C3", 48)] * 8)],
        "files": {},
        "estimator": "basic-pitch/1",
        "problems": [],
    },
    "melody": {
        "voiced_seconds": 88.0,
        "count": 120,
        "range": {"low": "A3", "high": "E5", "median": "C4", "semitones": 19.0},
        "intonation": {"tuning_cents": -3.0, "spread_cents": 16.0, "in_tune": 0.82},
        "notes": [{"name": n, "start": 20.0 + i, "end": 20.9 + i, "pitch": p, "velocity": 80} for i, (n, p) in enumerate(_LINE * 4)],
        "stem": "vocals",
        "doubt": "",
        "estimator": "crepe/1",
        "problems": [],
    },
    "caption": {
        "text": "A moody electronic song with a female voice.",
        "sections": [
            {"start": 0.0, "end": 8.0, "text": "Synthesizer alone."},
            {"start": 32.0, "end": 64.0, "text": "the voice opens up."},
        ],
        "estimator": "grammar/1",
        "problems": [],
    },
    "export": {"files": {}, "folder": "/m"},
}  # fmt: skip
