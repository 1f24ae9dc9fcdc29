"""The composer of the bundled rung: a Music Transformer writes what it has learnt to.

Chorales are its own in all four voices; in folk and classical pieces it writes the tune, over the
chords, bass and accompaniment of the composer of rules. The frame around it (`tools.composing.
writing`) holds the bar grid, compasses, given chords and the cadence.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from tools.composing.brief import Brief
from tools.composing.composer import compose_plan
from tools.composing.constraints import harmony_of
from tools.composing.orchestra import compass, seat
from tools.composing.plan import Plan, plan
from tools.composing.sampling import Sampler
from tools.composing.score import Score, ScoreChord, ScoreNote, ScorePart
from tools.composing.styles import STYLE, Style
from tools.composing.tokens import (
    CHORALE,
    TICKS,
    TOKEN,
    VOICES,
    Heading,
    chord_token,
    decode,
    home_shift,
    tempo_class,
)
from tools.composing.voicing import SATB
from tools.composing.writing import Chord, Frame, Writer
from tools.errors import MusicToolError
from tools.general_midi import is_percussion
from tools.nets.music_transformer import MusicTransformer, load
from tools.rungs import Engine, Progress, quiet

TRANSFORMER = Engine("transformer", "bundled")
STYLES = ("folk", "chorale", "classical")
"""What the network writes; the first is taken where a brief leaves the style open."""
METERS = {
    "chorale": ("4/4", "3/4"),
    "folk": ("2/4", "3/4", "4/4", "6/8", "9/8"),
    "classical": ("2/4", "3/4", "4/4", "6/8", "9/8"),
}
"""Style -> the meters that the corpus has enough of."""
CHECKPOINT = Path(__file__).with_name("checkpoint") / "music-transformer.safetensors"
MIDDLE = 72
"""Where tunes lie in the corpus."""
SPAN = 14
"""Semitones that a tune goes from its middle at most."""
LEGATO = 0.97
"""The share of its duration that a note sounds, so that repeated notes are heard as two."""
CADENCE = 2
"""Bars before the end that are never copied."""


@cache
def bundled() -> MusicTransformer:
    """Return the committed network.

    Raises
    ------
    WeightsError
        If its file is missing or damaged.
    """
    return load(CHECKPOINT)


def obstacle(brief: Brief) -> str | None:
    """Return why the network can't write a brief, as a sentence, or None if it can.

    Raises
    ------
    MusicToolError
        If every instrument is excluded.
    """
    style = brief.style or STYLES[0]
    if style not in STYLES:
        return f"The network writes {', '.join(STYLES)}, not {style}; the composer of rules does."
    if brief.meter is not None and brief.meter not in METERS[style]:
        return (
            f"The network has learnt {style} in {', '.join(METERS[style])}, not in {brief.meter}; "
            "the composer of rules writes it."
        )
    if not _has_voice(STYLE[style], brief):
        return (
            "The network writes a tune, and none of the instruments asked for plays one; add one "
            "such as flute, or ask for the composer of rules."
        )
    return None


def _has_voice(style: Style, brief: Brief) -> bool:
    roles = seat(style, brief.instruments, brief.without).roles
    if style.name == "chorale":
        return any(not is_percussion(name) for name in roles.values())
    return "melody" in roles


def compose_neural(
    brief: Brief, net: MusicTransformer | None = None, on_progress: Progress = quiet
) -> Score:
    """Return a piece that a network wrote, inside a frame that keeps to the brief.

    Parameters
    ----------
    brief : its style is one of `STYLES`, or open
    net : over the words of `tools.composing.tokens`; the committed one if None
    on_progress : told after every bar

    Raises
    ------
    MusicToolError
        If the style or meter was not learnt, or nobody is left to play a tune.
    WeightsError
        If the committed network can't be read.
    """
    if reason := obstacle(brief):
        raise MusicToolError(reason)
    piece = plan(brief if brief.style else replace(brief, style=STYLES[0]))
    base = compose_plan(piece, brief.title)
    is_chorale = piece.style.name == "chorale"
    voices = CHORALE if is_chorale else ("melody",)
    octaves = 0 if is_chorale else _octaves(piece)
    frame = _chorale_frame(piece) if is_chorale else _tune_frame(piece, octaves)
    sampler = Sampler(net or bundled(), frame.heading.tokens(), piece.rng(70))
    row = Writer(frame, sampler).write(on_progress)
    written = decode(row, piece.tonic, piece.bpm, TRANSFORMER.signature, octaves)
    score = replace(
        written,
        parts=tuple(_seated(base, written, voices, piece.velocity)),
        chords=written.chords if frame.is_free else base.chords,
        sections=base.sections,
        title=brief.title,
    )
    on_progress(1.0)
    return score


# ---- frames -------------------------------------------------------------------------------------


def _chorale_frame(piece: Plan) -> Frame:
    shift = home_shift(piece.tonic, piece.mode)
    compasses = {}
    for name, (low, high) in zip(CHORALE, SATB[::-1], strict=True):
        lowest, highest = VOICES[name]
        compasses[name] = (max(low - shift, lowest), min(high - shift, highest))
    chords = _own_chords(piece) if piece.closes else _given_chords(piece, shift)
    heading = Heading("chorale", piece.mode, piece.meter.name, "unknown", _density(piece))
    return _frame(piece, heading, compasses, chords)


def _tune_frame(piece: Plan, octaves: int) -> Frame:
    shift = home_shift(piece.tonic, piece.mode)
    moved = shift + 12 * octaves
    low, high = piece.seats.compass("melody")
    middle = min(max(MIDDLE, low - moved + SPAN - 4), high - moved - SPAN + 4)
    lowest, highest = VOICES["tune"]
    compasses = {
        "tune": (
            max(lowest, low - moved, middle - SPAN),
            min(highest, high - moved, middle + SPAN),
        )
    }
    tempo = tempo_class(piece.bpm * piece.meter.bar / piece.meter.beats)
    heading = Heading("folk", piece.mode, piece.meter.name, tempo, _density(piece))
    return _frame(piece, heading, compasses, _given_chords(piece, shift))


def _frame(
    piece: Plan, heading: Heading, compasses: dict[str, tuple[int, int]], chords: dict[int, Chord]
) -> Frame:
    bar = round(piece.meter.bar * TICKS)
    last = max((piece.bars - 1) * bar, max(chords, default=0))
    copies = _copies(piece)
    barriers = {round(section.start * TICKS) for section in piece.sections}
    barriers |= {source * bar for source in copies.values()}
    barriers |= {(source + 1) * bar for source in copies.values() if source + 1 not in copies}
    return Frame(
        heading, piece.bars, compasses, chords, piece.closes and len(compasses) > 1,
        0 if piece.mode == "major" else 9, last, frozenset(barriers), copies,
    )  # fmt: skip


def _own_chords(piece: Plan) -> dict[int, Chord]:
    """Return what is fixed where the net sets the chords.

    Sections begin on the tonic, so that a short piece is heard in its key and not in the one it
    wanders to; a dominant and the tonic end it.
    """
    bar = round(piece.meter.bar * TICKS)
    tonic = Chord((TOKEN["chord 0 maj" if piece.mode == "major" else "chord 0 min"],))
    chords = {round(section.start * TICKS): tonic for section in piece.sections}
    chords[(piece.bars - 1) * bar] = tonic
    if piece.bars > 1:
        before = (piece.bars - 2) * bar + round(piece.meter.pulses[-1] * TICKS)
        chords[before] = Chord((TOKEN["chord 7 maj"], TOKEN["chord 7 7"]))
    return chords


def _given_chords(piece: Plan, shift: int) -> dict[int, Chord]:
    return {
        round(chord.start * TICKS): Chord(
            (chord_token(chord.label, piece.tonic),), harmony_of(chord.label, shift)
        )
        for chord in piece.chords
    }


def _copies(piece: Plan) -> dict[int, int]:
    """Return which bars repeat an earlier one: sections of one name, as far as chords agree.

    A form of one section only is no reason to repeat it.
    """
    if len({section.label for section in piece.sections}) == 1:
        return {}
    first: dict[str, int] = {}
    copies: dict[int, int] = {}
    for section in piece.sections:
        start = round(section.start / piece.meter.bar)
        origin = first.setdefault(section.label, start)
        for k in range(round(section.duration / piece.meter.bar) if origin != start else 0):
            is_end = start + k >= piece.bars - CADENCE
            fits = origin + k < start and origin + k not in copies
            if is_end or not fits or _harmony(piece, start + k) != _harmony(piece, origin + k):
                break
            copies[start + k] = origin + k
    return copies


def _harmony(piece: Plan, bar: int) -> Sequence[tuple[float, str]]:
    """Return the chords of a bar, where in it they begin; nothing where they are the net's own."""
    if piece.style.name == "chorale" and piece.closes:
        return ()
    start = bar * piece.meter.bar
    inside = [c for c in piece.chords if start < c.start < start + piece.meter.bar]
    return [(0.0, piece.chord_at(start).label), *((c.start - start, c.label) for c in inside)]


def _density(piece: Plan) -> str:
    return "sparse" if piece.density < 0.4 else "middle" if piece.density < 0.6 else "busy"


def _octaves(piece: Plan) -> int:
    """Return how many octaves up a tune of the corpus suits its player best."""
    low, high = piece.seats.compass("melody")
    aim = min(max(MIDDLE, low + 9), high - 9)
    return round((aim - MIDDLE - home_shift(piece.tonic, piece.mode)) / 12)


# ---- the score ----------------------------------------------------------------------------------


def _seated(base: Score, written: Score, voices: Sequence[str], louder: int) -> list[ScorePart]:
    """Return the parts of the composer of rules with the net's in the place of theirs.

    Whoever doubles a voice, such as ``"alto oboe"``, doubles the net's.
    """
    theirs = {"melody" if part.name == "tune" else part.name: part for part in written.parts}
    parts = []
    for part in base.parts:
        voice = part.name.split()[0]
        is_net = voice in voices
        parts.append(_played(theirs[voice], part, louder, base.chords) if is_net else part)
    return parts


def _played(
    written: ScorePart, seat: ScorePart, louder: int, chords: Sequence[ScoreChord]
) -> ScorePart:
    """Return a line as its player plays it; where there is no chord, everybody rests."""
    low, high = compass(seat.instrument)
    rests = [(c.start, c.start + c.duration) for c in chords if c.label == "N"]
    notes = tuple(
        ScoreNote(
            note.start,
            note.duration * LEGATO,
            _folded(note.pitch, low, high),
            min(max(note.velocity + louder, 1), 127),
        )
        for note in written.notes
        if not any(start <= note.start < end for start, end in rests)
    )
    return replace(seat, notes=notes)


def _folded(pitch: int, low: int, high: int) -> int:
    """Return a pitch moved by octaves into a compass."""
    while pitch < low:
        pitch += 12
    while pitch > high and pitch - 12 >= low:
        pitch -= 12
    return pitch
