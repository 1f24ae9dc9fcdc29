"""Chords in another light: in the other mode, in another key, with sevenths, reharmonised; pure."""

from collections.abc import Sequence

from tools.theory import (
    QUALITIES,
    diatonic_chords,
    parse_chord,
    pitch_class,
    respell,
    scale,
    transpose,
)

Key = tuple[str, str]
_STANDS_IN = {
    "major": {0: 5, 3: 1, 1: 3, 5: 3, 2: 0},
    "minor": {0: 5, 3: 1, 1: 3, 5: 3, 2: 0, 6: 4},
}
"""Degree, from 0 -> the one a third away that has its function (Riemann, 1893)."""


def in_other_key(labels: Sequence[str], old: Key, new: Key) -> tuple[str, ...]:
    """Return chords of a key in another one: their degrees stay, of another mode as well."""
    turned = labels if old[1] == new[1] else [_in_mode(label, old, new[1]) for label in labels]
    steps = (pitch_class(new[0]) - pitch_class(old[0])) % 12
    return tuple(respell(transpose(label, steps), *new) for label in turned)


def with_sevenths(labels: Sequence[str], key: Key) -> tuple[str, ...]:
    """Return chords with the seventh that their key gives them; what is no plain triad stays."""
    return tuple(_seventh(label, key) for label in labels)


def reharmonised(labels: Sequence[str], key: Key) -> tuple[str, ...]:
    """Return other chords of the same functions: first, last and dominants keep their roots.

    A chord that is held through several bars changes in every second of them only.
    """
    told = list(labels)
    for k, label in enumerate(labels):
        inner = 0 < k < len(labels) - 1
        degree = _degree(label, key)
        other = _STANDS_IN[key[1]].get(-1 if degree is None else degree)
        held = k > 0 and labels[k - 1] == label and told[k - 1] != label
        if inner and other is not None and not held:
            told[k] = diatonic_chords(*key)[other]
    return with_sevenths(told, key)


def _in_mode(label: str, old: Key, mode: str) -> str:
    """Return a chord's counterpart in the other mode of the same tonic; foreign ones stay."""
    degree = _degree(label, old)
    if degree is None:
        return label
    chord = parse_chord(label)
    counterpart = diatonic_chords(old[0], mode)[degree]
    if degree == 4:  # a dominant leads in both modes
        counterpart = counterpart.split(":")[0] + ":maj"
    if degree == 6 and mode == "minor":
        return label  # the leading-tone chord, of harmonic minor too
    if degree == 6 and chord.third == 4:  # VII of minor leads on, as V does in major
        counterpart = diatonic_chords(old[0], mode)[4]
    return _seventh(counterpart, (old[0], mode)) if _has_seventh(label) else counterpart


def _degree(label: str, key: Key) -> int | None:
    """Return the degree, from 0, of the scale that a chord is built on; None outside the scale."""
    if label in ("N", "X"):
        return None
    steps = [pitch_class(name) for name in scale(*key)]
    root = parse_chord(label).root_pc
    return steps.index(root) if root in steps else None


def _seventh(label: str, key: Key) -> str:
    if label in ("N", "X"):
        return label
    chord = parse_chord(label)
    degree = _degree(label, key)
    kinds = {"maj": ("maj7", "7"), "min": ("min7",), "dim": ("hdim7", "dim7")}
    if chord.quality not in kinds or "(" in label:
        return label
    kind = kinds[chord.quality][0]
    if chord.quality == "maj" and degree is not None:
        notes = {pitch_class(name) for name in scale(*key)}
        has_major = (chord.root_pc + 11) % 12 in notes and degree != 4
        kind = "maj7" if has_major else "7"
    bass = "" if chord.inversion == "1" else f"/{chord.inversion}"
    return f"{chord.root}:{kind}{bass}"


def _has_seventh(label: str) -> bool:
    intervals = QUALITIES.get(parse_chord(label).quality, ())
    return 10 in intervals or 11 in intervals
