"""Questions of music theory that no recording is needed for: intervals, degrees, usual tempi.

"What is the fifth of B", "how fast is house usually" and "which key has three sharps" have words in
common with what is measured ("house", "key"), so they are told by what they name before anything
else is read. `agent.rules.answer_theory` computes the answers.
"""

import re

from agent.rules.answer_theory import USUAL
from agent.rules.asks import Ask
from agent.rules.wording import NUMBERS

_ACC = r"(?:#|b|♯|♭|[ -]?sharp|[ -]?flat)?"
_NOTE = rf"(?<![\w#'])[a-g]{_ACC}(?![\w#'])"
_MODE = r"(?:major|minor|maj|min)"
_KEY = rf"(?P<key>{_NOTE})(?: ?-?(?P<mode>{_MODE})\b)?"
_OF = r"(?:of|in|to|for|from|above|over)"
_THE_KEY = r"(?:the )?(?:(?:key|scale) of )?(?:an? )?"
_NTH = {
    "root": 1, "tonic": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5,
    "sixth": 6, "6th": 6, "seventh": 7, "7th": 7,
}  # fmt: skip
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7}
_NAMED = {
    "tonic": 1, "supertonic": 2, "mediant": 3, "subdominant": 4, "dominant": 5, "submediant": 6, "leading note": 7, "leading tone": 7,
}  # fmt: skip
_COUNT = {word: int(n) for word, n in NUMBERS.items() if n == int(n) and 0 < n < 8}
_HERE = re.compile(
    r"\b(?:it|its|this|that|these|here|there|#\d|(?:the|my|our) (?:songs?|tracks?|tune|piece|recording|music|chorus|verse|bridge|intro|outro|second|first|other)|my (?:library|collection)|find|search|songs|tracks|make|write|compose|generate|playlist|play|transpos\w+|put|move|shift|change)\b"
)
"""Words of a recording, or of an order: then it is no theory that is asked for."""
_ARTICLE = re.compile(
    rf"\b(?:of|in|to|from|and|above|over) a (?!(?:{_MODE}|sharp|flat|to|and|is|the same)\b|[?.!]*$)"
)
"""The word "a" where a note could stand: "the seventh of a kind"."""
_INTERVAL = re.compile(
    rf"\b(?:interval|distance|how (?:far|many (?:semi-?tones?|half[- ]?steps?|steps?|tones)))\b.*?(?P<a>{_NOTE}) (?:up |down )?(?:to|and|from|-) (?:an? )?(?P<b>{_NOTE})"
    rf"|(?P<c>{_NOTE}) (?:to|and|up to) (?:an? )?(?P<d>{_NOTE}) (?:is|are|makes?) (?:what|which|how|an?)\b"
)
_DEGREE = re.compile(
    rf"\b(?:the )?(?P<nth>{'|'.join(_NTH)}|{'|'.join(_NAMED)})(?P<chord> chord)? {_OF} {_THE_KEY}{_KEY}(?! ?chord)"
    rf"|\bthe (?P<roman>iii|ii|iv|vii|vi|v|i|[1-7])(?P<chord2> chord)? (?:of|in) {_THE_KEY}(?P<key2>{_NOTE})(?: ?-?(?P<mode2>{_MODE})\b)?(?=[ ?.!]*$)"
)
_RELATIVE = re.compile(
    rf"\b(?P<kind>relative|parallel)(?: (?:major|minor|key))?(?: key)? (?:of|to|for) {_THE_KEY}{_KEY}"
    rf"|(?P<key2>{_NOTE})(?: ?-?(?P<mode2>{_MODE})(?:'s)?|'s) (?P<kind2>relative|parallel)\b"
)
_DIATONIC = re.compile(
    rf"\bchords (?:are |do you find |belong |fit |there |that |you get |one has |go |exist )*(?:in|of|to|into|with) {_THE_KEY}{_KEY}(?=[ ?.!]*$)"
    rf"|^(?:the )?(?:diatonic )?{_NOTE} {_MODE} chords[ ?.!]*$"
)
_SIGNED = re.compile(
    rf"\b(?:which|what) (?:\w+ )?(?:keys?|scales?)(?: signature)?s? (?:has|have|with|uses?|got|contains?|is it with) (?P<n>\d|{'|'.join(_COUNT)}|no) (?P<kind>sharps?|flats?)\b"
    rf"|^(?P<n2>\d|{'|'.join(_COUNT)}) (?P<kind2>sharps?|flats?)[, ]+(?:which|what) key"
)
_CODE = re.compile(
    r"\b(?:which|what) key (?:is|does) (?:camelot )?(?P<code>1?\d[ab])\b|\bwhat is (?:camelot )?(?P<code2>1?\d[ab]) as a key\b"
)
_WHY_SAD = re.compile(
    r"\b(?:why|how come)\b.*\b(?:minor|major)(?: keys?| chords?| scales?| music| songs?)?\b.*\b(?:sounds?|feels?|seems?|so) (?:so )?(?:sad|happy|dark|bright|sadder|happier|cheerful)\b"
)
_SAME = re.compile(
    rf"\b(?:is|are) (?P<a>{_NOTE}) (?:and |really |just |not )*(?:the same(?: note)? as |equal to |identical to |also |enharmonic (?:to|with) )?(?P<b>{_NOTE})(?: the same(?: note)?| enharmonic| equal)?[ ?.!]*$"
)
_PACE = re.compile(
    r"\b(?:is|are|would) (?P<bpm>\d{2,3}) ?(?:bpm|beats per minute)?(?: be| considered| called| counted| a| an| really| pretty| quite| very| that| so)* (?P<word>slow|fast|quick|moderate|medium|mid-?tempo|up-?tempo)\b"
    r"|\bhow (?P<word2>fast|slow|quick) is (?P<bpm2>\d{2,3}) ?(?:bpm|beats per minute)(?=[ ?.!]*$)"
)
_LENGTH = re.compile(
    r"\bhow (?:long|many (?:ms|milliseconds|seconds)) (?:is|are|does|do|in)(?: (?:there|in|an?|one|the|each|per))* (?P<what>beat|bar|quarter(?:[- ]note)?|crotchet|eighth(?:[- ]note)?|quaver|sixteenth(?:[- ]note)?|half(?:[- ]note)?)s?\b.*?\bat (?P<bpm>\d{2,3})\b"
)
_GENRE = "|".join(sorted((re.escape(name) for name in USUAL), key=len, reverse=True))
_USUAL = re.compile(
    rf"(?=.*\b(?:usual\w*|typical\w*|normal\w*|common\w*|average|generally|standard|mostly|tend\w*|in general|range|most|should)\b|.*\bhow fast (?:is|are|should)\b|(?:what|which) (?:bpm|tempo|speed) (?:is|does|do|are|should)\b).*?\b(?:bpm|tempo|tempi|speed|fast|slow|beats per minute)\b.*\b(?P<genre>{_GENRE})\b"
    rf"|\b(?P<genre2>{_GENRE})\b.*\b(?:usual\w*|typical\w*|normal\w*|commonly|generally|standard|average|tends?)\b.*\b(?:bpm|tempo|speed|fast|slow)\b"
)


def find(text: str) -> Ask | None:
    """Return what a plain question asks of theory alone, None where a recording is in it."""
    if _HERE.search(text) or _ARTICLE.search(text):
        return None
    if _WHY_SAD.search(text):
        return Ask("theory", "define", value="why minor sounds sad")
    return next((ask for build in _BUILD if (ask := build(text))), None)


def _interval(text: str) -> Ask | None:
    found = _INTERVAL.search(text)
    if not found:
        return None
    pair = (found["a"], found["b"]) if found["a"] else (found["c"], found["d"])
    return Ask("theory", "interval", value=" ".join(map(_name, pair)))


def _degree(text: str) -> Ask | None:
    found = _DEGREE.search(text)
    if not found or re.search(r"\b(?:inversion|relative|parallel|circle|beat|bar)\b", text):
        return None
    tonic, mode = _named(found["key"] or found["key2"], found["mode"] or found["mode2"])
    word = found["nth"] or found["roman"]
    place = _NTH.get(word) or _NAMED.get(word) or _ROMAN.get(word) or int(word)
    wanted = "chord" if found["chord"] or found["roman"] else "note"
    return Ask("theory", "degree", value=f"{place} {wanted} {tonic} {mode}")


def _relative(text: str) -> Ask | None:
    found = _RELATIVE.search(text)
    if not found:
        return None
    key, mode = found["key"] or found["key2"], found["mode"] or found["mode2"]
    wanted = re.search(r"\b(?:relative|parallel) (major|minor)\b", text)
    other = "minor" if wanted and wanted[1] == "major" else "major"
    tonic, mode = _named(key, mode or other)
    return Ask("theory", found["kind"] or found["kind2"], value=f"{tonic} {mode}")


def _diatonic(text: str) -> Ask | None:
    found = _DIATONIC.search(text)
    if not found:
        return None
    named = re.search(rf"(?P<key>{_NOTE})(?: (?P<mode>{_MODE}))?(?: chords)?[ ?.!]*$", text)
    tonic, mode = _named(named["key"], named["mode"]) if named else ("C", "major")
    return Ask("theory", "diatonic", value=f"{tonic} {mode}")


def _signed(text: str) -> Ask | None:
    found = _SIGNED.search(text)
    if not found:
        return None
    number = found["n"] or found["n2"]
    count = 0 if number == "no" else _COUNT.get(number) or int(number)
    kind = (found["kind"] or found["kind2"]).rstrip("s")
    return Ask("theory", "keys with", value=f"{count} {kind}") if count < 8 else None


def _code(text: str) -> Ask | None:
    found = _CODE.search(text)
    return Ask("theory", "of code", value=(found["code"] or found["code2"]).upper()) if found else None  # fmt: skip


def _same(text: str) -> Ask | None:
    found = _SAME.search(text)
    if not found or ("same" not in text and "enharmonic" not in text and "equal" not in text):
        return None
    return Ask("theory", "same note", value=f"{_name(found['a'])} {_name(found['b'])}")


def _pace(text: str) -> Ask | None:
    found = _PACE.search(text)
    if not found:
        return None
    word = found["word"] or ""
    return Ask("theory", "pace", value=f"{found['bpm'] or found['bpm2']} {word}".strip())


def _length(text: str) -> Ask | None:
    found = _LENGTH.search(text)
    return Ask("theory", "length at", value=f"{found['bpm']} {re.split('[- ]', found['what'])[0]}") if found else None  # fmt: skip


def _usual(text: str) -> Ask | None:
    found = _USUAL.search(text)
    return Ask("theory", "usual tempo", value=found["genre"] or found["genre2"]) if found else None


_BUILD = (_interval, _relative, _signed, _code, _same, _pace, _length, _usual, _diatonic, _degree)


def _name(note: str) -> str:
    """Return a note as it is written: "F#" of "f sharp"."""
    accidental = re.sub(r"[ -]", "", note[1:])
    return note[0].upper() + {"sharp": "#", "♯": "#", "flat": "b", "♭": "b"}.get(accidental, accidental)  # fmt: skip


def _named(note: str, mode: str | None) -> tuple[str, str]:
    return _name(note), "minor" if (mode or "").startswith("min") else "major"
