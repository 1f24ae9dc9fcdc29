"""Chord names as people write them, read as Harte labels: ``"Dm7"`` is ``"D:min7"``; pure.

The inverse of `tools.theory.chord_name`, which takes every other spelling in use as well.
"""

import re

from tools.theory import QUALITIES, chord_name, parse_chord, pitch_class

_ROOT = re.compile(r"(?P<root>[A-G](?:##?|bb?)?)(?P<rest>.*)")
_OTHERWISE = (
    # what people write, and what `chord_name` writes for it
    (r"^(?:maj|ma|M)(?=\d)", "maj"),
    (r"^(?:Δ|\^)7?", "maj7"),
    (r"^(?:maj|ma|M|major)$", ""),
    (r"^(?:minor|min|mi|-)", "m"),
    (r"^m\(?(?:maj|ma|M|Δ)7?\)?$", "m(maj7)"),
    (r"^(?:ø|hdim|h)7?$|^m7\(?(?:b5|-5)\)?$", "m7b5"),
    (r"^(?:°|o|dim)", "dim"),
    (r"^(?:\+|aug|#5)", "aug"),
    (r"^7(?:\+|#5)$", "aug7"),
    (r"^sus$", "sus4"),
)
_EXTRA = {
    "6/9": "maj6(9)", "69": "maj6(9)", "add9": "maj(9)", "add2": "maj(9)", "add11": "maj(11)",
    "madd9": "min(9)", "m6/9": "min6(9)", "7sus4": "sus4(b7)", "7sus": "sus4(b7)",
    "9sus4": "sus4(b7,9)", "9sus": "sus4(b7,9)", "7alt": "7(#9,b13)", "alt": "7(#9,b13)",
    "7b5": "7(*5,b5)", "2": "sus2", "4": "sus4",
}  # fmt: skip
_NAMED = {chord_name(f"C:{quality}")[1:]: quality for quality in QUALITIES if quality}
_ALTERED = re.compile(r"(?P<base>.*?)\(?(?P<degrees>(?:,?[b#](?:5|9|11|13))+)\)?")


def chord_label(name: str) -> str:
    """Return the Harte label of a chord name such as ``"F#m7b5"``, ``"C/E"`` or ``"G7(b9)"``.

    A label in Harte's syntax comes back as it is.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if ":" in name or name in ("N", "X"):
        if name not in ("N", "X"):
            parse_chord(name)
        return name
    found = _ROOT.fullmatch(name.translate(str.maketrans("♭♯º", "b#°")))
    kind, _, bass = _over(found["rest"]) if found else ("", "", "")
    quality = _quality(kind)
    if found is None or quality is None:
        raise ValueError(f"{name[:20]!r} is no chord such as C, Am7 or F#m7b5")
    label = f"{found['root']}:{quality}" + (f"/{_degree(found['root'], bass)}" if bass else "")
    parse_chord(label)
    return label


def _over(rest: str) -> tuple[str, str, str]:
    """Return what stands before and after a slash; that of 6/9 is none."""
    before, slash, after = rest.rpartition("/")
    return (before, slash, after) if re.fullmatch("[A-G][b#]?", after) and slash else (rest, "", "")


def _quality(kind: str) -> str | None:
    if kind in _EXTRA:
        return _EXTRA[kind]
    for pattern, plain in _OTHERWISE:
        kind = re.sub(pattern, plain, kind)
    if kind in _NAMED:
        return _NAMED[kind]
    altered = _ALTERED.fullmatch(kind)
    if not altered or not altered["base"] or (base := _quality(altered["base"])) is None:
        return None
    return f"{base}({','.join(re.findall('[b#][0-9]+', altered['degrees']))})"


def _degree(root: str, bass: str) -> str:
    """Return the degree of a bass note over a root, by letters: E over C is 3, Eb is b3."""
    number = ("CDEFGAB".index(bass[0]) - "CDEFGAB".index(root[0])) % 7
    natural = (0, 2, 4, 5, 7, 9, 11)[number]
    shift = (pitch_class(bass) - pitch_class(root) - natural + 6) % 12 - 6
    return ("#" * shift if shift > 0 else "b" * -shift) + str(number + 1)
