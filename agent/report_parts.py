"""Notes and melody as a person reads them in a terminal: a title, and a few named rows below it.

The rows are laid out like those of `agent.report`. Words for a language model are in
`agent.render_parts`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tools.titles import clean_text

NAME_WIDTH = 13

FIRST = 8
"""Notes that fit on a line."""


def notes_report(title: str, data: Mapping[str, Any], why: str, saved: str = "") -> str:
    """Return how many notes were written down, of what, by whom and why.

    Parameters
    ----------
    data : what `agent.part_measures.notes_data` returns
    why : the reason for the engine
    saved : name of the file with all of them; where there is none, it is said how to get one
    """
    pitched = data["count"] - sum(data["drums"].values())
    notes = f"{data['count']}, {data['per_second']:.1f} a second"
    if pitched and data["low"]:
        notes += f", from {data['low']} to {data['high']}"
    rows = [
        ("Notes", notes),
        ("Drums", ", ".join(f"{n} {name}" for name, n in data["drums"].items())),
        ("Pedal", _times(data["pedals"])),
        ("First", _first(data["notes"])),
        ("Heard by", f"{data['estimator']} – {why}" if why else data["estimator"]),
        ("Saved as", saved),
        ("Save all", "" if saved else "--to NAME.mid, NAME.musicxml or NAME.json"),
    ]
    return _laid_out(title, rows)


def melody_report(title: str, data: Mapping[str, Any], stem: str | None) -> str:
    """Return range, tuning and first notes of a melody.

    Parameters
    ----------
    data : what `agent.part_measures.melody_data` returns
    stem : the part it is of; None for the whole sound
    """
    reach, tune = data["range"], data["intonation"]
    whole = "the whole sound; --stem vocals follows the singer of a song"
    rows = [
        ("Melody of", f"the {stem} alone" if stem else whole),
        ("Notes", f"{data['count']}, with a pitch for {data['voiced_seconds']:.1f} s"),
        ("Range", _range(reach) if reach else ""),
        ("Tuning", _tuning(tune) if tune else ""),
        ("First", _first(data["notes"])),
        ("Heard by", data["estimator"]),
    ]
    return _laid_out(title, rows)


def _times(pedals: int) -> str:
    return "" if not pedals else "pressed once" if pedals == 1 else f"pressed {pedals} times"


def _range(reach: Mapping[str, Any]) -> str:
    return (
        f"{reach['low']} to {reach['high']}, {reach['semitones']:.0f} semitones; "
        f"half of it above {reach['median']}"
    )


def _tuning(tune: Mapping[str, Any]) -> str:
    cents = round(tune["tuning_cents"])
    where = f"{abs(cents)} cents {'above' if cents > 0 else 'below'}" if cents else "at"
    return f"{where} A = 440 Hz; {tune['in_tune']:.0%} of the notes within 20 cents of that"


def _first(notes: Sequence[Mapping[str, Any]]) -> str:
    named = ", ".join(f"{note['name']} {note['start']:.2f} s" for note in notes[:FIRST])
    return named + (" …" if len(notes) > FIRST else "")


def _laid_out(title: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"  {name:<{NAME_WIDTH}}{value}" for name, value in rows if value]
    return "\n".join([clean_text(title) or "untitled", *lines])
