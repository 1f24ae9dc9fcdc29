"""Form, stems, notes and melody in words: for a language model to read. Everything here is pure."""

from collections.abc import Mapping
from typing import Any

from agent.render import clock

SECTIONS_TOLD = 40


def render_sections(data: Mapping[str, Any]) -> str:
    """Return the form: letters, and each section with its times.

    Parameters
    ----------
    data : what `agent.part_measures.sections_data` returns
    """
    rows = [_section(row) for row in data["sections"][:SECTIONS_TOLD]]
    more = len(data["sections"]) - len(rows)
    text = f"Form: {data['form'] or 'unknown'}. Sections: {'; '.join(rows)}"
    return text + (f" … and {more} more" if more else "") + f". By {data['estimator']}."


def render_caption(data: Mapping[str, Any]) -> str:
    """Return the paragraph, and the line of each section."""
    rows = [
        f"{clock(row['start'])}-{clock(row['end'])} {row['text']}"
        for row in data["sections"][:SECTIONS_TOLD]
    ]
    lines = f" Over time: {' '.join(rows)}" if rows else ""
    return f"{data['text']}{lines} By {data['estimator']}."


def render_stems(handle: str, data: Mapping[str, Any]) -> str:
    """Return which stems were written, and where."""
    span = data["span"]
    where = f" from {clock(span[0])} to {clock(span[1])}" if span else ""
    files = "; ".join(f"{name}: {path}" for name, path in data["stems"].items())
    levels = ", ".join(f"{name} {level:.1f} dB" for name, level in data["levels"].items())
    told = f" Levels: {levels}." if levels else ""
    return f"{handle}{where} was taken apart by {data['estimator']}. Files: {files}.{told}"


def render_notes(data: Mapping[str, Any]) -> str:
    """Return counts, range and the first notes."""
    names = ", ".join(f"{n['name']} {n['start']:.2f}-{n['end']:.2f} s" for n in data["notes"])
    text = f"{data['count']} notes ({data['why']})"
    if data["low"]:
        text += f", from {data['low']} to {data['high']}"
    if data["drums"]:
        text += ", drums: " + ", ".join(f"{n} {name}" for name, n in data["drums"].items())
    if data["pedals"]:
        text += f", {data['pedals']} pedal presses"
    text += f". First: {names}." if names else "."
    for form, path in data["files"].items():
        text += f" Saved as {form}: {path}."
    return f"{text} By {data['estimator']}."


def render_melody(data: Mapping[str, Any]) -> str:
    """Return range, intonation and first notes of a melody."""
    part = f"{data['stem']} stem" if data["stem"] else "whole sound"
    text = f"Melody of the {part}: pitch for {data['voiced_seconds']} s, {data['count']} notes."
    if reach := data["range"]:
        text += (
            f" Range {reach['low']} to {reach['high']} ({reach['semitones']} semitones), "
            f"middle {reach['median']}."
        )
    if tune := data["intonation"]:
        text += (
            f" Tuning {round(tune['tuning_cents']):+d} cents against A 440, notes within "
            f"{tune['spread_cents']:.0f} cents of it, {tune['in_tune']:.0%} within 20 cents."
        )
    names = ", ".join(f"{n['name']} {n['start']:.2f}-{n['end']:.2f} s" for n in data["notes"])
    text += f" Notes: {names}." if names else ""
    text += f" Doubtful: {data['doubt']}." if data["doubt"] else ""
    return f"{text} By {data['estimator']}."


def _section(row: Mapping[str, Any]) -> str:
    bars = f", {row['bars']} bars" if row["bars"] else ""
    letter = f" {row['letter']}" if row["letter"] else ""
    sure = "" if row["confidence"] is None else f", confidence {row['confidence']:.2f}"
    return f"{clock(row['start'])}-{clock(row['end'])} {row['label']}{letter}{bars}{sure}"
