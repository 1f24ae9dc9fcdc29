"""What was heard, written in the formats that other programs and people read."""

from collections.abc import Callable, Mapping, Sequence

from agent.record import TrackRecord

Tasks = Sequence[str]
Writer = Callable[[Sequence[TrackRecord], Tasks], str]

NEEDS: Mapping[str, Tasks] = {
    "text": ("tempo", "beats", "key", "chords", "tags", "segments", "caption"),
    "json": ("tempo", "beats", "key", "chords", "tags", "segments", "caption", "notes"),
    "jams": ("tempo", "beats", "key", "chords", "tags", "segments", "notes"),
    "lab": ("chords",),
    "chordpro": ("tempo", "beats", "key", "chords"),
}
"""What there has to be heard for each format to be whole."""


def render(
    form: str, records: Sequence[TrackRecord], tasks: Tasks | None = None, *, colour: bool = False
) -> str:
    """Return what was heard in one of the formats of `NEEDS`, ending in a newline.

    Parameters
    ----------
    tasks : what was asked for; None for all that a format can tell
    colour : whether ``text`` may hold the escape codes of a terminal

    Raises
    ------
    ValueError
        If there is no such format.
    """
    wanted = NEEDS[form] if tasks is None and form in NEEDS else tuple(tasks or ())
    if form == "text":
        return _text(records, wanted, colour)
    if form not in NEEDS:
        raise ValueError(f"no format '{form}'; there are {', '.join(NEEDS)}")
    return _writer(form)(records, wanted)


def _writer(form: str) -> Writer:
    if form == "json":
        from agent.formats.plain import to_json

        return to_json
    if form == "jams":
        from agent.formats.jams import to_jams

        return to_jams
    if form == "lab":
        from agent.formats.lab import to_lab

        return lambda records, tasks: to_lab(records)
    from agent.formats.chordpro import to_chordpro

    return lambda records, tasks: to_chordpro(records)


def _text(records: Sequence[TrackRecord], tasks: Tasks, colour: bool) -> str:
    from agent.report import report, to_ansi

    sheets = (report(record, tasks) for record in records)
    return "\n".join(to_ansi(sheet) if colour else sheet.plain for sheet in sheets)
