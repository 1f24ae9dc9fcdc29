"""The composer of rules: from a brief to a score, the same for the same seed.

Harmony by a chord grammar, chords led by least movement, tunes by motifs, grooves by style; the
pieces are in the files beside this one, which only puts them together.
"""

from collections.abc import Callable
from dataclasses import replace

from tools.composing.basslines import bass
from tools.composing.brief import Brief
from tools.composing.chorale import chorale
from tools.composing.comping import comping, held, second
from tools.composing.grooves import drums
from tools.composing.melody import melody
from tools.composing.orchestra import compass
from tools.composing.plan import Plan, plan
from tools.composing.score import Score, ScoreNote, ScorePart
from tools.rungs import Engine, Progress, quiet

COMPOSER = Engine("composer", "plain")

_WRITERS: dict[str, Callable[[Plan, tuple[int, int]], list[ScoreNote]]] = {
    "melody": melody,
    "chords": comping,
    "bass": bass,
    "pad": held,
    "second": second,
}


def compose(brief: Brief, on_progress: Progress = quiet) -> Score:
    """Return a piece by rules.

    Key, tempo, meter, chords, instruments and length are as the brief asks; what it leaves open is
    chosen by style, mood and seed.

    Raises
    ------
    MusicToolError
        If no instrument is left to play, or a value of the brief is out of bounds.
    """
    return compose_plan(plan(brief), brief.title, on_progress)


def compose_plan(piece: Plan, title: str = "", on_progress: Progress = quiet) -> Score:
    """Return the score of a plan."""
    on_progress(0.1)
    if piece.style.name == "chorale":
        parts = chorale(piece)
    else:
        parts = []
        for number, (name, instrument) in enumerate(piece.seats.roles.items()):
            parts.append(_part(piece, name, instrument))
            on_progress(0.1 + 0.8 * (number + 1) / len(piece.seats.roles))
    score = Score(
        piece.tonic, piece.mode, piece.bpm, piece.meter.name,
        tuple(_swung(part, piece) for part in parts),
        piece.chords, piece.sections, COMPOSER.signature, title,
    )  # fmt: skip
    on_progress(1.0)
    return score


def _part(piece: Plan, name: str, instrument: str) -> ScorePart:
    role = name.split()[0]
    if role == "drums":
        return ScorePart(name, "drums", tuple(drums(piece)))
    notes = _WRITERS[role](piece, compass(instrument))
    return ScorePart(name, instrument, tuple(sorted(notes, key=lambda n: (n.start, n.pitch))))


def _swung(part: ScorePart, piece: Plan) -> ScorePart:
    """Return a part whose second eighths come late, as the style has them."""
    swing = piece.style.swing
    if swing == 0.5 or not piece.meter.is_simple:
        return part
    return replace(part, notes=tuple(_late(note, swing) for note in part.notes))


def _late(note: ScoreNote, swing: float) -> ScoreNote:
    start, end = (_warped(t, swing) for t in (note.start, note.start + note.duration))
    return replace(note, start=start, duration=end - start)


def _warped(place: float, swing: float) -> float:
    beat, within = divmod(place, 1.0)
    if within <= 0.5:
        return beat + within * swing / 0.5
    return beat + swing + (within - 0.5) * (1 - swing) / 0.5
