"""The chords that a request names: "over Dm7 G7 Cmaj7", "ii-V-I in Bb", "a 12-bar blues in E"."""

import math
import re
from itertools import groupby

from agent.generation.draft import BriefError, Draft, words
from agent.harmony_query import ProgressionError, Step, read_progression
from tools.chord_names import chord_label
from tools.theory import pitch_class, spell

TWELVE = ("I7", "IV7", "I7", "I7", "IV7", "IV7", "I7", "I7", "V7", "IV7", "I7", "V7")
"""The blues with a quick change to IV in its second bar."""

_KIND = (
    r"(?:maj|min|mi|ma|dim|aug|sus|add|alt|hdim|m|M|Δ|ø|°|º|o(?=7)|\+|-(?=\d))?(?:6/9|\d{1,2})?"
    r"(?:\(?(?:sus|add|maj|[b#])\d{0,2}\)?)*"
)
_NAME = rf"[A-G](?:##?|bb?(?!e))?(?:{_KIND}|:\w[^\s,|]*)(?:/[A-G][b#]?)?"
_BARE = r"[A-G](?:#|b)?"
_BETWEEN = r"(?:\s*(?:->|[-–—→,;|>])+\s*|\s+(?:and|to|then)\s+|\s+)"
_ENDS = r"(?![\w#:/+°ø]|[ -](?:flat|sharp|major|minor|maj|min|dur|moll)\b)"
_CUE = r"\b(?:over|on|through|chords?|changes|progression|progressions|vamp|vamping|loop|loops|harmony|sequence)\b(?: (?:of|over|on|is|are|like))?:? *(?:the )?(?:chords?|changes|progression)?:? *"
_CUED = re.compile(rf"(?i:{_CUE})(?P<run>{_NAME}{_ENDS}(?:{_BETWEEN}{_NAME}{_ENDS})*)")
_VAMP = re.compile(rf"(?<![\w#/'-])(?P<run>{_NAME}{_ENDS})(?= (?:vamp|jam|groove)\b)")
_STRANGE = re.compile(r"\s+(?P<name>[A-Z][a-z]*[#b]?\w*\d\S*)")
_RUN = re.compile(rf"(?<![\w#/'-])(?P<run>{_NAME}{_ENDS}(?:{_BETWEEN}{_NAME}{_ENDS})+)")
_SPOKEN = r"[A-Ga-g](?:#|b| ?sharp| ?flat)? (?:major|minor)(?: (?:seventh|7))?"
_SPOKEN_RUN = re.compile(rf"(?i:{_CUE})(?P<run>{_SPOKEN}(?:{_BETWEEN}{_SPOKEN})+)\b")
_SMALL = r"[a-g](?:#|b)?(?:m7b5|maj7|maj9|min7|m7|m9|m6|dim7|sus4|sus2|7|9|m)?"
_SMALL_RUN = re.compile(rf"(?i:{_CUE})(?P<run>{_SMALL}(?:{_BETWEEN}{_SMALL})+)(?![\w#])")
_DEGREE = r"[b#]?(?:VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(?:maj7|m7b5|ø7?|°7?|\+|\d{1,2})*"
_NUMERALS = re.compile(
    rf"(?<![\w#/'-])(?:an? |the )?(?P<run>{_DEGREE}(?:\s*(?:->|[-–—→,|>])+\s*{_DEGREE})+"
    rf"|{_DEGREE}(?:\s+{_DEGREE}){{2,}})(?![\w#/])"
)
_FIGURES = re.compile(
    r"(?<![\w/:-])(?P<run>[1-7](?:-[1-7]){2,}|(?:251|1564|1645|6415|1625))(?![\w/:-])"
)
_SPOKEN_FIGURES = words(r"(?:two[ -]five[ -]ones?|2 5 1)")
_TWELVE = words(
    r"(?:an? )?(?:12|twelve)[- ]bar(?:s)?(?: (?:minor))? ?(?:blues)?|blues (?:form|changes|progression)"
)
_AFTER = words(
    r"(?:chord )?(?:progressions?|changes|turnarounds?|cadences?|vamp)|chords|over (?=,|$)"
)
_RATE = (
    (words(r"(?:two|2) chords? (?:a|per|each|every) (?:bar|measure)|half a bar each|(?:each )?for half a bar"), 0.5),
    (words(r"(?:four|4) chords? (?:a|per|each|every) (?:bar|measure)"), 0.25),
    (words(r"(?:one|a) chord (?:a|per|each|every) (?:bar|measure)|(?:a|one) (?:bar|measure) each"), 1.0),
    (words(r"(?:two|2) (?:bars|measures) (?:each|per chord|a chord|for each chord)"), 2.0),
    (words(r"(?:four|4) (?:bars|measures) (?:each|per chord|a chord|for each chord)"), 4.0),
)  # fmt: skip


def take_rate(draft: Draft) -> None:
    """Take how long each chord lasts out of what is left."""
    for pattern, bars in _RATE:
        if draft.left.take(pattern):
            draft.fields["chord_bars"] = bars


def take_names(draft: Draft) -> None:
    """Take chords that are named out of what is left.

    Raises
    ------
    BriefError
        If one of several is no chord.
    """
    for pattern in (_SPOKEN_RUN, _RUN, _CUED, _VAMP, _SMALL_RUN):
        for found in pattern.finditer(draft.left.text):
            if pattern in (_RUN, _CUED, _VAMP) and _is_loose(found, pattern is not _RUN):
                continue
            if strange := _STRANGE.match(draft.left.text, found.end()):
                chord_of(strange["name"])
            put_chords(draft, found["run"])
            text = draft.left.text
            draft.left.text = f"{text[: found.start()]} , {text[found.end() :]}"
            draft.left.take(_AFTER)
            return


def put_chords(draft: Draft, text: str) -> None:
    """Keep chords that are written as names or labels; bars may be marked by ``|``.

    Raises
    ------
    BriefError
        If one of them is no chord.
    """
    bars = [_labels(bar) for bar in text.split("|")]
    bars = [bar for bar in bars if bar]
    if not bars:
        raise BriefError(f"'{text[:40]}' names no chords such as Dm7 G7 Cmaj7.")
    if len(bars) > 1 and max(map(len, bars)) > 1:
        slots = math.lcm(*map(len, bars))
        draft.fields["chord_bars"] = 1 / slots
        bars = [[label for label in bar for _ in range(slots // len(bar))] for bar in bars]
    draft.put("chords", tuple(label for bar in bars for label in bar))


def take_numerals(draft: Draft) -> str:
    """Take numerals out of what is left, and return them; ``"12-bar blues"`` for that."""
    if found := draft.left.take(_TWELVE):
        if "blues" in found.group().lower() or "blues" in draft.left.text.lower():
            return "12-bar blues"
        draft.left.text = f"{found.group()} {draft.left.text}"  # twelve bars of anything else
        return ""
    found = draft.left.take(_NUMERALS) or draft.left.take(_FIGURES)
    if found is None:
        found = draft.left.take(_SPOKEN_FIGURES)
        return "2-5-1" if found and draft.left.take(_AFTER) is not found else ""
    draft.left.take(_AFTER)
    return found["run"]


def put_numerals(draft: Draft, numerals: str) -> None:
    """Keep the chords of numerals in the key that was asked for, C where none was.

    Raises
    ------
    BriefError
        If they are no progression.
    """
    mode = str(draft.fields.get("mode", ""))
    if numerals == "12-bar blues":
        small = str.lower if mode == "minor" else str
        steps = _steps(" ".join(n if n == "V7" else small(n) for n in TWELVE), mode)
        if "style" not in draft.fields:
            draft.put("style", "blues")
    else:
        steps = _steps(numerals, mode)
    if "tonic" not in draft.fields:
        draft.fields["tonic"] = "C"
        draft.notes.append("No key was said for the numerals, so they are in C.")
    if not mode:
        lowered = any(step.root == 0 and "min" in step.classes for step in steps)
        draft.fields["mode"] = mode = "minor" if lowered else "major"
    home = str(draft.fields["tonic"])
    sevenths = _is_two_five_one(steps) and draft.fields.get("style") in (None, "jazz", "latin")
    labels = tuple(_label(step, home, mode, sevenths) for step in steps)
    draft.fields["chords"] = labels
    draft.asked["chords"] = labels


def _steps(text: str, mode: str) -> list[Step]:
    """Return the chords of numerals, those that are held as often as they are written."""
    try:
        steps, _ = read_progression(text, mode or None)
    except ProgressionError as error:
        raise BriefError(
            f"'{text[:40]}' is no progression of 2 to 32 chords; write numerals such as ii-V-I."
        ) from error
    tokens = [t for t in re.split(r"(?:\s|->|[-–—→,|>])+", text.strip()) if t]
    held = [len(list(same)) for _, same in groupby(tokens)]
    if len(held) != len(steps):
        return list(steps)
    return [step for step, times in zip(steps, held, strict=True) for _ in range(times)]


def _label(step: Step, tonic: str, mode: str, sevenths: bool) -> str:
    root = spell((pitch_class(tonic) + step.root) % 12, tonic, mode)
    kind = {"maj": "maj7", "half": "hdim7", "dim7": "dim7", "dim": "dim", "aug": "aug"}.get(
        step.suffix, ""
    )
    if step.suffix == "sus":
        kind = "sus4"
    if not kind:
        kind = _plain_kind(step, mode, sevenths)
    return f"{root}:{kind}"


def _plain_kind(step: Step, mode: str, sevenths: bool) -> str:
    """Return the quality of a numeral that says little of its own."""
    seventh = step.suffix == "7" or sevenths
    if "min" in step.classes and (step.classes & {"dim", "hdim"}) and step.root in (2, 11):
        return "hdim7" if seventh else "dim"  # the ii of minor, the vii of major
    if step.classes & {"min"} and not step.classes & {"maj"}:
        return "min7" if seventh and step.suffix != "min" else "min"
    if step.classes <= {"dim", "hdim"}:
        return "dim"
    if step.suffix == "7":
        return "7"
    if sevenths:
        return "7" if step.root == 7 else "maj7"
    return "maj"


def _is_two_five_one(steps: list[Step]) -> bool:
    return [s.root for s in steps] == [2, 7, 0] and not any(s.suffix for s in steps)


def _labels(text: str) -> list[str]:
    text = re.sub(r"\b(?:and|to|then)\b", " ", text)
    text = re.sub(r"\b([a-g])", lambda m: m[1].upper(), text)
    text = re.sub(r"(?i)(?<=[A-G]) ?(?:flat)\b", "b", text)
    text = re.sub(r"(?i)(?<=[A-G]) ?(?:sharp)\b", "#", text)
    text = re.sub(r"(?i)[ ]major (?:seventh|7)\b", "maj7", text)
    text = re.sub(r"(?i)[ ]minor (?:seventh|7)\b", "m7", text)
    text = re.sub(r"(?i)[ ]major\b", "", text)
    text = re.sub(r"(?i)[ ]minor\b", "m", text)
    names = [n for n in re.split(r"(?:\s|->|[–—→,;>]|-(?=\s|[A-G]))+", text) if n]
    return [chord_of(name) for name in names]


def chord_of(name: str) -> str:
    """Return the Harte label of a chord's name.

    Raises
    ------
    BriefError
        If it is no chord.
    """
    try:
        return chord_label(name)
    except ValueError as error:
        raise BriefError(f"{error}; write chords such as Dm7 G7 Cmaj7.") from error


def _is_loose(found: re.Match[str], cued: bool) -> bool:
    """Return whether letters that stand alone are no chords: the article, a form, a key."""
    names = [n for n in re.split(_BETWEEN, found["run"]) if n not in ("and", "to", "then")]
    bare = [n for n in names if re.fullmatch(_BARE, n)]
    if cued and len(names) == 1:
        return bool(bare)
    return not cued and len(bare) == len(names) and len(names) < 3
