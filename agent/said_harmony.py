"""Harmony in prose: keys and modes, chords and progressions, Roman numerals, note names."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from agent.facts import key_of

if TYPE_CHECKING:
    from agent.statements import Found, Sentence

_SIGN = r"(?: ?#| ?b(?![a-z])|[ -](?:sharp|flat)\b)?"
_KEY = re.compile(rf"\b([a-g])({_SIGN})[ -]?(major|minor|maj\b|min\b)")
_SHORT_KEY = re.compile(
    r"(?:\b(?:key(?: is| of|:)?(?: of)?|in|tonality is|tonic:?) |\()([A-G])([#b]?)(m)(?![\w#/])"
)
_GERMAN = re.compile(r"\b([a-h])(is|es|s)?[ -](dur|moll)\b")
_LATIN = re.compile(
    r"\b(do|ut|r[eé]|mi|fa|sol|la|si)([ -](?:di[eè]se|b[eé]mol|sostenido|bemol|#|b))?"
    r"[ -](majeur|mineur|mayor|menor|maggiore|minore|maior)\b"
)
_SOLFEGE = {"do": "C", "ut": "C", "re": "D", "ré": "D", "mi": "E", "fa": "F", "sol": "G", "la": "A", "si": "B"}  # fmt: skip
_KOREAN = re.compile(r"([A-G])([#b]?) ?(장조|단조)")
_MODE = re.compile(
    r"\b(?:in a|it's a|it is a|is a|in the|a|it's in|it is in|is in|it's|it is|mode is|is|key is|clearly|plainly) "
    r"(major|minor)(?: key| mode| tonality)?(?=$|[\s.,;:!?])(?! (?:chords?|third|sixth|seventh|second|scale|triad|pentatonic|7|change|role|differen))"
)
_CHURCH = re.compile(r"\b(dorian|phrygian|lydian|mixolydian|locrian)\b")
_TONIC = re.compile(
    r"\b(?:key is|key of|is in|it's in|tonic is|in the key of) ([A-G])([#b]|[ -](?:sharp|flat))?(?=$|[.,;!?]| (?:and|at|with|but|overall|throughout)\b)"
)

_CHORD = re.compile(
    r"(?<![\w#'./-])(?P<root>[A-G](?:#|b)?)"
    r"(?P<kind>(?:maj|min|m|M|dim|aug|sus|add|ø|°|\+|Δ)?(?:6/9|\d{1,2})?"
    r"(?:(?:sus|add|b|#|maj|dim)\d{1,2})*(?:\([^)\s]{1,6}\))?)"
    r"(?P<bass>/[A-G](?:#|b)?)?(?![\w#'])"
)
_SPOKEN_CHORD = re.compile(
    rf"\b([a-g])({_SIGN})[ -](minor|major|diminished|augmented|dominant|half-diminished)?[ -]?(seventh|7th|7)?[ -]?chords?\b"
)
_ABOUT_CHORDS = re.compile(
    r"\b(?:chords?|progression|loop|harmon\w+|goes (?:round|around)|moves|turns? (?:to|into)|circles?"
    r"|changes|cadence|resolves?|vamps?|turnaround|played over|over (?=[A-G]))\b"
)
_ROW = re.compile(
    r"[A-G][#b]?[\w()°ø+]*(?:/[A-G][#b]?)?(?:(?:\s*[–—→|-]+\s*|,? (?:to|then) |, )[A-G][#b]?[\w()°ø+]*(?:/[A-G][#b]?)?(?![\w']))+"
)
_NOTES = re.compile(
    r"\b(?:notes?|scale|sharps?|flats?|strings? (?:are )?tuned|signature|tones|shapes?)\b"
)
_ONE_ROMAN = r"(?:[b#♭♯]?(?:VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(?:maj|°|ø|\+)?(?:\d{1,2})?(?:/[ivIVb#]+)?)"
_ROMANS = re.compile(rf"(?<![\w#']){_ONE_ROMAN}(?:\s*[–—→|,-]\s*{_ONE_ROMAN})+(?!\w)")
_ROMAN = re.compile(rf"\b(?:the|a|an) ({_ONE_ROMAN})(?= (?:chord|in|of)\b)")
_NOTE = re.compile(r"(?<![\w#/])([A-G](?:#|b)?\d)(?![\w/:])")
_NOTE_ROW = re.compile(r"(?:(?<![\w/])[A-G](?:#|b)?\d[, ]+){3}")
_ABOUT_NOTES = re.compile(
    r"\b(?:notes?|range|low(?:est)?|high(?:est)?|sings?|sung|melody|octaves?|pitch|reach\w*|down to|up to|spans?|voice)\b"
)
_REACH = re.compile(
    r"\b(?:notes?|range|low(?:est)?|high(?:est)?|sings?|sung|melody|octaves?|pitch|reach\w*|down to|up to|spans?)\b"
)
"""What speaks of single notes, where "voice" alone may name the stem that chords are of."""
_FIGURED = re.compile(r"[A-G][#b]?[5679]")
"""A chord with a figure that could be read as a note: F7."""
_CAMELOT = re.compile(r"(?<![\w#:])(1[0-2]|[1-9])([AB])(?![\w#])")


def find(sentence: "Sentence") -> Iterator["Found"]:
    """Yield what a sentence says of keys, chords, numerals and notes."""
    keys = list(_keys(sentence))
    yield from keys
    taken = [(start, end) for _, _, start, end in keys]
    notes = list(_note_names(sentence))
    yield from notes
    taken += [(start, end) for _, _, start, end in notes]
    taken += [(a, b) for a, b, _ in sentence.mentions] + _quoted(sentence.text)
    yield from _chords(sentence, taken)
    yield from _numerals(sentence)
    if re.search(r"\b(?:camelot|code|wheel|mix\w*)\b", sentence.lower):
        yield from (("camelot", m[0], *m.span()) for m in _CAMELOT.finditer(sentence.text))


def _quoted(text: str) -> list[tuple[int, int]]:
    return [m.span() for m in re.finditer(r'"[^"]{1,120}"', text)]


def _keys(sentence: "Sentence") -> Iterator["Found"]:
    seen: list[tuple[int, int]] = _quoted(sentence.text)
    for name, start, end in _key_names(sentence):
        if not any(a < end and start < b for a, b in seen) and key_of(name):
            seen.append((start, end))
            yield "key", name, start, end
    for match in _TONIC.finditer(sentence.text):
        if not any(a <= match.start(1) < b for a, b in seen):
            yield "tonic", match[1] + _sign(match[2]), match.start(1), match.end()
    for match in _MODE.finditer(sentence.lower):
        if not any(a < match.end() and match.start() < b for a, b in seen):
            yield "mode", match[1], match.start(1), match.end()
    for match in _CHURCH.finditer(sentence.lower):
        yield "mode", match[1], match.start(1), match.end()


def _key_names(sentence: "Sentence") -> Iterator[tuple[str, int, int]]:
    lower, text = sentence.lower, sentence.text
    for match in _KEY.finditer(lower):
        if re.match(
            r"[ -](?:seventh|7th|7|ninth|6th|9th)?[ -]?(?:chords?|triads?)\b", lower[match.end() :]
        ):
            continue  # a chord
        if (
            match[1] == "a"
            and text[match.start()] == "a"
            and not match[2]
            and not _means_a(lower, match)
        ):
            continue  # the article
        yield match[1].upper() + _sign(match[2]) + " " + _mode(match[3]), *match.span()
    for match in _SHORT_KEY.finditer(text):
        if match[0][0] != "(" or re.search(r"\bkey\b", lower):
            yield f"{match[1]}{match[2]} minor", match.start(1), match.end()
    for match in _GERMAN.finditer(lower):
        yield _german(match), *match.span()
    for match in _LATIN.finditer(lower):
        sign = (match[2] or "").strip(" -")
        tonic = _SOLFEGE[match[1]] + ("" if not sign else "b" if sign[0] == "b" else "#")
        yield (
            f"{tonic} {'minor' if match[3].startswith('m') and match[3][1] in 'ie' else 'major'}",
            *match.span(),
        )
    for match in _KOREAN.finditer(text):
        yield f"{match[1]}{match[2]} {'major' if match[3] == '장조' else 'minor'}", *match.span()


def _means_a(lower: str, match: re.Match[str]) -> bool:
    before = lower[: match.start()]
    return re.search(
        r"(?:\b(?:in|of|to|is|not|or|than|be|key)|:) $", before
    ) is not None and not re.match(
        r" (?:key|mode|chord|third|feel|song|scale|tune|piece|tonality|one)", lower[match.end() :]
    )


def _german(match: re.Match[str]) -> str:
    letter, ending = match[1], match[2] or ""
    tonic = {"b": "Bb", "h": "B"}.get(letter, letter.upper())
    sign = "#" if ending == "is" else "b" if ending else ""
    return f"{tonic.replace('Bb', 'B') if sign else tonic}{sign} {'major' if match[3] == 'dur' else 'minor'}"


def _sign(text: str | None) -> str:
    return {"sharp": "#", "flat": "b"}.get(
        (text or "").strip(" -").lower(), (text or "").strip(" -")
    )


def _mode(text: str) -> str:
    return "major" if text.startswith("maj") else "minor"


def _note_names(sentence: "Sentence") -> Iterator["Found"]:
    rows = _NOTE_ROW.search(sentence.text) is not None and "chord" not in sentence.lower
    if not rows and not _ABOUT_NOTES.search(sentence.lower):
        return
    of_chords = not _REACH.search(sentence.lower) and _has_chord_row(sentence.text)
    for match in _NOTE.finditer(sentence.text):
        if of_chords and _FIGURED.fullmatch(match[1]):
            continue
        if not re.match(r" chord", sentence.lower[match.end() :]):
            end = re.search(
                r"\b(lowest|low|bottom|down to|highest|high|top|up to)\b[^,;]*$",
                sentence.lower[: match.start()],
            )
            yield _end(end[1] if end else ""), match[1], match.start(), match.end()


def _has_chord_row(text: str) -> bool:
    """Tell whether names stand in a row of which one can't be a note."""
    rows = (m[0] for m in _ROW.finditer(text))
    return any(m["kind"] and not _NOTE.match(m[0]) for row in rows for m in _CHORD.finditer(row))


def _end(word: str) -> str:
    if word in ("lowest", "bottom", "down to"):
        return "lowest note"
    return "highest note" if word in ("highest", "top", "up to") else "note"


def _chords(sentence: "Sentence", taken: list[tuple[int, int]]) -> Iterator["Found"]:
    text = sentence.text
    about = _ABOUT_CHORDS.search(text) is not None
    bare_notes = _NOTES.search(sentence.lower) is not None and "chord" not in sentence.lower
    rows = [m.span() for m in _ROW.finditer(text)]
    found: list[tuple[str, int, int]] = []
    for match in _CHORD.finditer(text):
        start, end = match.span()
        if any(a < end and start < b for a, b in taken):
            continue
        in_row = any(a <= start < b for a, b in rows)
        if not match["kind"] and not match["bass"]:
            if bare_notes or not (about or in_row) or _article(text, match, in_row):
                continue
        elif match[0] == "Am" and re.match(r" I\b", text[end:]):
            continue
        found.append((match[0], start, end))
    yield from (("chord", name, start, end) for name, start, end in found)
    for match in _SPOKEN_CHORD.finditer(sentence.lower):
        if match[3] or match[4]:
            if not (match[1] == "a" and text[match.start()] == "a" and not match[2]):
                yield "chord", _spoken(match), *match.span()
    yield from _progressions(found, rows, text)


def _progressions(
    found: list[tuple[str, int, int]], rows: list[tuple[int, int]], text: str
) -> Iterator["Found"]:
    """Yield rows of three chords and more, in their order; commas may list them in any."""
    for start, end in rows:
        names = [name for name, a, b in found if start <= a and b <= end]
        if len(names) > 2 and "," not in text[start:end]:
            yield "progression", tuple(names), start, end


def _article(text: str, match: re.Match[str], in_row: bool) -> bool:
    """Tell "A" the article, and a letter that is part of a name, from a chord."""
    after = text[match.end() :]
    if (
        match["root"] == "A"
        and re.match(r" [a-z]{2,}", after)
        and not re.match(r" (?:to|and|or|then|in|at|chord)\b", after)
    ):
        return True
    if match["root"] == "A" and re.match(r" chord (?!in\b|at\b|and\b|to\b)[a-z]", after):
        return re.search(r"\b(?:the|an?|that|this) $", text[: match.start()]) is None
    if re.match(r"[ -](?:major|minor|flat|sharp|natural|dur|moll)\b", after):
        return True
    before = text[: match.start()]
    lettered = re.search(
        r"(?i:part|section|form|letters?(?: that is)?|side|parts(?: that differ)?),? (?:[A-G](?:, | and | )?)*$",
        before,
    )
    return lettered is not None or (
        not in_row and re.search(r"(?:^|[\s(])[A-G] $", before) is not None
    )


def _spoken(match: re.Match[str]) -> str:
    quality = {"minor": "m", "diminished": "dim", "augmented": "aug"}.get(match[3] or "", "")
    seventh = "7" if match[4] or match[3] == "dominant" else ""
    if match[3] == "major" and seventh:
        quality = "maj"
    if match[3] == "half-diminished":
        quality, seventh = "m7b5", ""
    return match[1].upper() + _sign(match[2]) + quality + seventh


def _numerals(sentence: "Sentence") -> Iterator["Found"]:
    for match in _ROMANS.finditer(sentence.text):
        names = re.findall(_ONE_ROMAN, match[0])
        yield "roman", tuple(names), *match.span()
    for match in _ROMAN.finditer(sentence.text):
        yield "roman", (match[1],), match.start(1), match.end(1)
