"""Chords as .lab files: start, end and label on a line, as mir_eval and Sonic Visualiser read them."""

from collections.abc import Sequence

from agent.record import TrackRecord
from tools.annotations import Chords
from tools.audio import clean_text


def to_lab(records: Sequence[TrackRecord]) -> str:
    """Return chord lines; with more tracks than one, each under a comment with its path."""
    blocks = []
    for record in records:
        head = [f"# {clean_text(record.path, 4096)}"] if len(records) > 1 else []
        blocks.append("\n".join([*head, *_lines(record)]) + "\n")
    return "\n".join(blocks)


def _lines(record: TrackRecord) -> list[str]:
    chords = record.annotation("chords")
    if isinstance(chords, Chords):
        return [f"{start:.6f}\t{end:.6f}\t{label}" for start, end, label in chords]
    reasons = [p["reason"] for p in record.problems if p.get("task") == "chords"]
    return [f"# no chords: {clean_text(' '.join(reasons), 400) or 'they were not listened for'}"]
