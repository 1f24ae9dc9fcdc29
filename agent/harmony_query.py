"""Chord progressions as people ask for them: "ii-V-I", "i bVII bVI V", "Dm7 G7 Cmaj7", "2-5-1". Pure.

A plain numeral or name stands for its triad and for every seventh on it: V is V7, too. What is
written out is meant: Imaj7 is no I7. The goal of a ii-V-I is never a dominant seventh itself, since
that leads on. Capitals tell major from minor; a text that is all in small letters though major
chords are meant ("ii-v-i") is read by its degrees, and so are figures. In capitals throughout, as
jazz musicians write ("I-VI-II-V"), both readings count.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tools.errors import MusicToolError
from tools.theory import pitch_class

MOST_CHORDS = 32
"""More chords than this are a chart, not a progression to look for."""

MAJOR, MINOR, DIMINISHED = {"maj", "dom"}, {"min"}, {"dim", "hdim"}

DOMINANT = 7
"""Semitones from the tonic to V."""

_DEGREES = ("I", "II", "III", "IV", "V", "VI", "VII")
_STEPS = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
_BY_FIGURE = {
    "major": ("I", "ii", "iii", "IV", "V", "vi", "vii°"),
    "minor": ("i", "ii", "III", "iv", "V", "VI", "VII"),
}
_BETWEEN = re.compile(r"(?:\s|->|[-–—→,|>])+")
_FILLING = frozenset(
    "a an any and cadence change changes chord chords from in key keys loop of pattern progression"
    " progressions sequence some the to turnaround with".split()
)
_NUMERAL = re.compile(
    r"(?P<sign>[b#]?)(?P<degree>VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(?P<suffix>.*)"
)
_NAME = re.compile(r"(?P<root>[A-G](?:##?|bb?)?):?(?P<suffix>.*)")
_SUFFIXES: tuple[tuple[str, str, set[str]], ...] = (
    # what stands after the root, what it makes of the chord, and as which classes it may be heard
    (r"(?:maj|ma|M)(?:6|7|9|11|13)|[Δ^](?:7|9)?", "maj", {"maj"}),
    (r"(?:ø|hdim|h)7?|(?:m|min|mi)7?\(?b5\)?", "half", DIMINISHED),
    (r"(?:°|o|dim)7", "dim7", {"dim"}),
    (r"°|o|dim", "dim", DIMINISHED),
    (r"(?:\+|aug)7?", "aug", {"aug"}),
    (r"(?:7|9|13)?sus[24]?|5|1", "sus", {"sus"}),
    (r"(?:m|min|mi)(?:6|7|9|11|13|add9|\(?maj7\)?)?", "min", MINOR),
    (r"(?:7|9|11|13|65|43|42)(?:\(?[b#]\d+\)?|alt)*|alt", "7", {"dom"}),
    (r"(?:maj|ma|M)?|6|64|69|6/9|add\d+", "", MAJOR),
)


class ProgressionError(MusicToolError, ValueError):
    """The text is no chord progression."""


@dataclass(frozen=True)
class Step:
    """One chord that is asked for.

    Parameters
    ----------
    root : pitch class; of numerals, semitones over the tonic
    classes : the classes of chord that count as it
    suffix : what was said of its kind, ``""`` for nothing
    """

    root: int
    classes: frozenset[str]
    suffix: str = ""


def read_progression(text: str, mode: str | None = None) -> tuple[tuple[Step, ...], bool]:
    """Return the chords that a text asks for, and whether they were named rather than numbered.

    Parameters
    ----------
    mode : ``"major"`` or ``"minor"``, which degrees count from; without it the text tells: one
        with i and no I is in minor

    Raises
    ------
    ProgressionError
        If it holds no progression of two chords or more.
    """
    tokens = _BETWEEN.split(_plain(text).strip())
    modes = {t.lower() for t in tokens if t.lower() in _STEPS}
    mode = mode or (modes.pop() if len(modes) == 1 else None)
    tokens = [t for t in tokens if t and t.lower() not in _FILLING | set(_STEPS)]
    if len(tokens) == 1 and re.fullmatch(r"[1-7]{3,}", tokens[0]):
        tokens = list(tokens[0])
    steps, named = _steps(tokens, mode)
    if steps is None:
        raise ProgressionError(
            f"'{text[:60]}' is no chord progression. Write numerals (ii-V-I, i bVII bVI V) or "
            "chords (Dm7 G7 Cmaj7)."
        )
    steps = [s for i, s in enumerate(steps) if not i or s != steps[i - 1]]
    if not 2 <= len(steps) <= MOST_CHORDS:
        raise ProgressionError(
            f"A chord progression to look for has 2 to {MOST_CHORDS} chords, not {len(steps)}."
        )
    return tuple(_cadences(steps, named)), named


def _steps(tokens: Sequence[str], mode: str | None) -> tuple[list[Step] | None, bool]:
    """Return the chords as numerals or names, None where some token is neither."""
    if tokens and all(re.fullmatch("[1-7]", token) for token in tokens):
        figures = _BY_FIGURE[mode or "major"]
        tokens = [figures[int(token) - 1] for token in tokens]
    numerals = [_NUMERAL.fullmatch(token) for token in tokens]
    if all(numerals):
        found = _numbered([n for n in numerals if n], mode)
        if None not in found:
            return [step for step in found if step], False
    named = [_named(token) for token in tokens]
    return (None if None in named else [step for step in named if step]), True


def _plain(text: str) -> str:
    signs = str.maketrans({"♭": "b", "♯": "#", "º": "°", "Ø": "ø", "△": "Δ", "∆": "Δ"})
    return unicodedata.normalize("NFKC", text.translate(signs)).translate(signs)


# ---- names --------------------------------------------------------------------------------------


def _named(token: str) -> Step | None:
    found = _NAME.fullmatch(token)
    if not found:
        return None
    suffix = _suffix(re.sub(r"/(?:[A-G][b#]?|[b#]?\d)$", "", found["suffix"]))
    if suffix is None:
        return None
    return Step(pitch_class(found["root"]), frozenset(suffix[1]), suffix[0])


def _suffix(text: str) -> tuple[str, set[str]] | None:
    for pattern, kind, classes in _SUFFIXES:
        if re.fullmatch(pattern, text):
            return kind, classes
    return None


# ---- numerals -----------------------------------------------------------------------------------


def _numbered(found: Sequence[re.Match[str]], mode: str | None) -> list[Step | None]:
    degrees = [match["degree"] for match in found]
    if _careless(found):
        figures = _BY_FIGURE[mode or "major"]
        whole = [_NUMERAL.fullmatch(figures[_place(degree)]) for degree in degrees]
        found = [match for match in whole if match]
    elif mode == "minor" and {d.upper() for d in degrees} == {"II", "V", "I"} and "I" in degrees:
        # "a ii-V-I in minor" is a habit of speech: its goal is the minor tonic
        whole = [_NUMERAL.fullmatch({"I": "i", "II": "ii"}.get(m[0], m[0])) for m in found]
        found = [match for match in whole if match]
    mode = mode or ("minor" if "i" in degrees and "I" not in degrees else "major")
    jazzy = all(d.isupper() for d in degrees) and mode == "major"
    return [_numeral(match, mode, jazzy) for match in found]


def _careless(found: Sequence[re.Match[str]]) -> bool:
    """Return whether small letters mean nothing: both ii, iii or vi and i, iv or v are small."""
    bare = [m["degree"] for m in found if not m["sign"] and not m["suffix"]]
    if len(bare) < len(found) or any(degree.isupper() for degree in bare):
        return False
    return not {"ii", "iii", "vi"}.isdisjoint(bare) and "v" in bare


def _numeral(match: re.Match[str], mode: str, jazzy: bool = False) -> Step | None:
    sign, degree, rest = match["sign"], match["degree"], match["suffix"]
    over, _, target = rest.partition("/")
    if target and (goal := _NUMERAL.fullmatch(target)):
        aim, part = _numeral(goal, mode), _NUMERAL.fullmatch(sign + degree + over)
        step = _numeral(part, "major") if part else None
        return replace(step, root=(step.root + aim.root) % 12) if step and aim else None
    suffix = _suffix(over)
    if suffix is None or (target and not re.fullmatch(r"[b#]?\d", target)):
        return None
    kind, classes = suffix
    if degree.islower() and kind in ("", "7", "maj"):
        classes = DIMINISHED if "b5" in over else MINOR
    place = _place(degree)
    if not kind and degree.islower() and (mode, place) in (("minor", 1), ("major", 6)):
        classes = MINOR | DIMINISHED  # people leave the ° out where the scale has it
    if jazzy and kind in ("", "7") and not sign and place in (1, 2, 5):
        classes = classes | MINOR
    return Step(_root(sign, place, mode, classes), frozenset(classes), kind)


def _root(sign: str, place: int, mode: str, classes: set[str]) -> int:
    """Return semitones over the tonic; flats count from the major scale, as people write them."""
    if sign == "b":
        return (_STEPS["major"][place] - 1) % 12
    raised = mode == "minor" and place in (5, 6) and classes <= DIMINISHED  # vi° and vii° in minor
    return (_STEPS[mode][place] + (sign == "#" or raised)) % 12


def _place(degree: str) -> int:
    return _DEGREES.index(degree.upper())


# ---- cadences -----------------------------------------------------------------------------------


def _cadences(steps: list[Step], named: bool) -> list[Step]:
    """Return the chords with what their company says: V7 may be V, the goal of ii-V-I is no I7."""
    moves = [(b.root - a.root) % 12 for a, b in pairwise(steps)]
    told = list(steps)
    for i, step in enumerate(steps):
        leads = i < len(moves) and moves[i] == 5
        if step.suffix == "7" and step.classes == {"dom"} and leads:
            told[i] = replace(step, classes=frozenset(MAJOR))
        goal = i > 1 and moves[i - 1] == moves[i - 2] == 5 and (named or step.root != DOMINANT)
        cadence = goal and steps[i - 2].classes - MAJOR and steps[i - 1].classes <= MAJOR
        if cadence and step.classes == MAJOR:
            told[i] = replace(step, classes=frozenset({"maj"}))
    return told
