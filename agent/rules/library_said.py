"""What words of a search say loosely, made typed filters: bare figures, meters in words, who sings, what is not wanted.

Each step takes what it understood out of the words and returns the others (as `library_bounds` does).
"""

import re
from typing import Any

from agent.rules.lexicon import FEMALE, KINDS, MALE, find_labels
from agent.rules.wording import NUMBERS
from agent.track_relations import key_at
from agent.wish import AROUND_TOLERANCE, tokens
from tools.theory import parallel, relative

Args = dict[str, Any]

SLOWEST, FASTEST = 40.0, 250.0
"""A bare figure between these two is a tempo in BPM."""
_TENS = {word: n for word, n in NUMBERS.items() if 20 <= n < 100}
_ONES = {word: n for word, n in NUMBERS.items() if n < 10}
_SPOKEN = re.compile(
    rf"\b(?:(?P<hundred>(?:a|one) hundred)(?: and)?(?:[ -](?P<rest>{'|'.join(NUMBERS)}))?"
    rf"|(?P<tens>{'|'.join(_TENS)}))(?:[ -](?P<ones>{'|'.join(_ONES)}))?\b",
    re.I,
)
_N = r"(?P<{}>\d{{2,3}}(?:\.\d+)?)(?: ?(?:bpm|beats (?:per|a) minute))?"
_END = (
    r"(?![\w#.:/%]| ?(?:secs?|seconds?|mins?|minutes?|hours?|h\b|lufs|lkfs|db|lu\b|years?|percent|k?hz"
    r"|tracks|songs|tunes|pieces|recordings|ones|times|chords|bars|beats\b))"
)
_SMALL = rf"(?P<by>\d{{1,2}}|{'|'.join(w for w, n in NUMBERS.items() if n <= 20)})(?: ?bpm)?"
_NEAR = re.compile(
    rf"(?:\b(?:around|about|roughly|near|circa|at|of)\s+|~)?\b{_N.format('n')}(?:ish)?,?\s*"
    rf"(?:give or take|plus or minus|plus/minus|plus-minus|\+ ?/? ?-|±)(?: about| around)?\s*{_SMALL}\b",
    re.I,
)
_WITHIN = re.compile(
    rf"\bwithin {_SMALL}(?: either side)? of {_N.format('n')}{_END}", re.I
)  # fmt: skip
_BETWEEN = re.compile(
    rf"(?:\b(?:between|from)\s+)?\b{_N.format('a')}\s*(?:-|–|\bto\b|\band\b)\s*{_N.format('b')}{_END}", re.I
)  # fmt: skip
_BELOW = re.compile(
    rf"\b(?:under|below|slower than|less than|at most|up to|no faster than|not (?:over|above)|max(?:imum)?)\s+(?:of )?{_N.format('n')}{_END}"
    rf"|(?<![\d/]){_N.format('m')} (?:or|and) (?:slower|less|under|below|lower)\b",
    re.I,
)
_ABOVE = re.compile(
    rf"\b(?:over|above|faster than|quicker than|more than|at least|north of|upwards of|no slower than|min(?:imum)?)\s+(?:of )?{_N.format('n')}{_END}"
    rf"|(?<![\d/]){_N.format('m')}(?: (?:or|and) (?:faster|more|over|above|up|quicker|higher)\b|\+| plus\b)",
    re.I,
)
_ABOUT = re.compile(
    rf"(?:\b(?:around|about|roughly|near|circa|approximately|close to)\s+|~ ?){_N.format('n')}{_END}"
    rf"|\b{_N.format('m')}(?:[- ]?ish\b| or so\b| or thereabouts\b)",
    re.I,
)

_METERS = {
    "3/4": r"(?:in )?(?:waltz|triple|three[- ]four|3[- ]4)[- ](?:time|feel|rhythm|metre|meter|beat)|in (?:three|3)(?: time)?|three beats (?:to|in) (?:a|the) bar|in three[- ]four|walzertakt",
    "6/8": r"(?:in )?(?:six[- ]eight|jig|compound)(?: time| rhythm)?|in (?:six|6)(?: time)?",
    "4/4": r"(?:in )?(?:four[- ]four|common)[- ]time|in four[- ]four|in (?:four|4)(?: time)?|four[- ]to[- ]the[- ]bar",
    "2/4": r"(?:in )?(?:two[- ]four|march|polka|cut)[- ]time|in two[- ]four|in (?:two|2) time",
    "5/4": r"in (?:five|5)(?:[- ]four)?(?: time)?",
    "7/8": r"in (?:seven|7)(?:[- ](?:eight|four))?(?: time)?",
    "9/8": r"in nine[- ]eight(?: time)?",
}
_METER = {
    meter: re.compile(
        rf"\b(?:{words})\b(?!(?: ?(?:sharp|flat|minutes?|keys?|parts?|of)\b|/))", re.I
    )
    for meter, words in _METERS.items()
}

_SUNG = r"(?:vocals?|voices?|vox|singing|singers?|vocalists?|words|lyrics|(?:any|some)?(?:one|body) singing)"
_NO = r"(?:no|without|nothing with|none with|minus|sans|zero|free of|lacking|devoid of|not with)"
_INSTRUMENTAL = re.compile(
    rf"\b{_NO} (?:(?:any|the|a|lead|human|sung) )*{_SUNG}\b(?: (?:in|on|at all|whatsoever)\b)*"
    r"|\b(?:nobody|no-?one|no one)(?: is|'s)? (?:sings?|singing)\b|\binstrumentals?\b|\bwordless\b"
    r"|\b(?:vocal|voice)[- ](?:free|less)\b|\bvoiceless\b|\bnot (?:sung|vocal)\b"
    r"|\b(?:do not|don['’]?t|does not|doesn['’]?t) have (?:any )?(?:vocals?|singing|singers?|lyrics|words|voices?)\b",
    re.I,
)
_SINGS = r"(?:sing(?:s|ing|ers?)?|sung|vocals?|vocalists?|voices?|voiced|vox|fronted)"
_WOMAN = rf"(?:{FEMALE}|females?|ladies|girls|gals?|chicks?)(?:['’]s)?"
_MAN = rf"(?:{MALE}|males?|blokes|guys|fellas?|gents?|gentlem[ae]n|lads?)(?:['’]s)?"
_SINGER = {
    "female": re.compile(rf"\b(?:{_WOMAN}(?:[ -](?:lead|is|who))*[ -]{_SINGS}|{_SINGS} (?:by|of|from) (?:an? |the )?{_WOMAN})\b", re.I),
    "male": re.compile(rf"\b(?:{_MAN}(?:[ -](?:lead|is|who))*[ -]{_SINGS}|{_SINGS} (?:by|of|from) (?:an? |the )?{_MAN})\b", re.I),
}  # fmt: skip
_VOCAL = re.compile(
    r"\b(?:with|has|have|got|having) (?:some |any |a |the )*(?:lyrics|words|vox)\b|\b(?:some(?:one|body)|people) (?:is |are )?sing(?:s|ing)?\b",
    re.I,
)

_LABEL = "|".join(p.pattern for table in KINDS.values() for p in table.values())
_DENIED = re.compile(
    r"\b(?:no|not|non|without|nothing|none|minus|except(?: for)?|excluding|sans|anything but|everything but"
    r"|(?:is|are|was|do|does|has|have)n['’]?t(?: (?:have|got|use|contain))?|(?:do|does) not (?:have|use|contain)|free of|lacks?|lacking|skip|other than|apart from)"
    r"[ -]+(?:(?:any|the|a|an|too|so|very|all|that|much|with|has|is|kind|sort|of|overly|remotely) )*"
    rf"(?P<what>{_LABEL})(?P<more>(?:(?:,| or| and| nor|, or|, and)(?: any| no)? (?:{_LABEL}))*)",
    re.I,
)
_LESS = re.compile(r"\b(?P<what>[a-z]{4,})-?less\b", re.I)

_CODE = r"(?P<{}>(?:1[0-2]|[1-9])[ab])"
_WHEEL = re.compile(
    rf"\b(?:in |at |key )?{_CODE.format('code')}(?: on the (?:camelot )?wheel)?\b", re.I
)
_TONIC = r"[A-Ga-g](?:#|♯|b|♭|[ -]sharp|[ -]flat)?[ -](?:major|minor)"
_KIN = re.compile(
    rf"\b(?:in )?(?P<key>{_TONIC}) (?:or|and|plus|/)(?: in)? (?:its|the|their) (?P<kin>relative|parallel)(?: (?:major|minor))?(?: key)?\b", re.I
)  # fmt: skip
_KEYS = re.compile(
    rf"\b(?:in )?(?P<keys>{_TONIC}(?:(?:,| or| and|, or) (?:in )?{_TONIC})+)\b", re.I
)
_JOINS = re.compile(
    r"\b(?:go(?:es)?|fits?|works?|mix(?:es|able)?|blends?|match(?:es)?|follows?|compatible|harmonic(?:ally)?|next|after)\b", re.I
)  # fmt: skip


_BY = r"\b(?:sort(?:ed)?|order(?:ed)?|rank(?:ed)?|arrange[d]?|list(?:ed)?)\b(?: \w+){0,4}? by (?:the |their )?"
_SORTED = {
    "fastest": re.compile(rf"{_BY}(?:tempo|bpm|speed|pace),? (?:descending|fast\w*)(?: first| to slow\w*)?|\b(?:from )?fast(?:est)? to slow(?:est)?\b|\bfastest first\b", re.I),
    "slowest": re.compile(rf"{_BY}(?:tempo|bpm|speed|pace)\b|\b(?:from )?slow(?:est)? to fast(?:est)?\b|\bslowest first\b", re.I),
    "longest": re.compile(r"\b(?:from )?long(?:est)? to short(?:est)?\b|\blongest first\b", re.I),
    "shortest": re.compile(rf"{_BY}(?:length|duration)\b|\b(?:from )?short(?:est)? to long(?:est)?\b|\bshortest first\b", re.I),
    "quietest": re.compile(r"\b(?:from )?(?:quiet|soft)(?:est)? to loud(?:est)?\b|\bquietest first\b", re.I),
    "loudest": re.compile(rf"{_BY}(?:loudness|volume|level|lufs)\b|\b(?:from )?loud(?:est)? to (?:quiet|soft)(?:est)?\b|\bloudest first\b", re.I),
    "oldest": re.compile(rf"{_BY}(?:year|age|date)\b|\bold(?:est)? to new(?:est)?\b|\boldest first\b", re.I),
    "title": re.compile(rf"{_BY}(?:title|name)\b|\balphabetical(?:ly)?(?: order)?\b|\ba to z\b", re.I),
}  # fmt: skip


def loosely(left: str, args: Args) -> str:
    """Put what words say loosely into `args`; return the other words."""
    left = _sorted(left, args)
    left = _keys(left, args)
    left = _tempo(_in_figures(left), args)
    left = _meter(left, args)
    left = _voice(left, args)
    return _denied(left, args)


def _sorted(left: str, args: Args) -> str:
    for name, pattern in _SORTED.items():
        if found := pattern.search(left):
            args["order"] = name
            return _without(left, found)
    return left


def _in_figures(left: str) -> str:
    """Return words with the spoken numbers from twenty on in figures."""

    def figure(found: re.Match[str]) -> str:
        small = NUMBERS.get((found["ones"] or "").lower(), 0)
        if found["tens"]:
            return str(_TENS[found["tens"].lower()] + small)
        rest = NUMBERS.get((found["rest"] or "").lower(), 0)
        return str(100 + rest + (small if rest in _TENS.values() else 0))

    return _SPOKEN.sub(figure, left)


def _tempo(left: str, args: Args) -> str:
    for pattern in (_NEAR, _WITHIN):
        if (found := pattern.search(left)) and _is_tempo(found["n"]):
            by = float(NUMBERS.get(found["by"].lower()) or found["by"])
            args |= {"bpm_min": float(found["n"]) - by, "bpm_max": float(found["n"]) + by}
            return _without(left, found)
    if (found := _BETWEEN.search(left)) and _is_tempo(found["a"]) and _is_tempo(found["b"]):
        low, high = sorted((float(found["a"]), float(found["b"])))
        args |= {"bpm_min": low, "bpm_max": high}
        return _without(left, found)
    for name, pattern in (("bpm_max", _BELOW), ("bpm_min", _ABOVE)):
        if (found := pattern.search(left)) and _is_tempo(number := found["n"] or found["m"]):
            than = re.match(r"(?:slower|faster|quicker) than", found.group(), re.I)
            step = (
                0.0 if not than else -0.1 if name == "bpm_max" else 0.1
            )  # than: not the end itself
            args[name] = float(number) + step
            left = _without(left, found)
    if "bpm_min" in args or "bpm_max" in args:
        return left
    if (found := _ABOUT.search(left)) and _is_tempo(number := found["n"] or found["m"]):
        bpm = float(number)
        args["bpm_min"] = round(bpm * (1 - AROUND_TOLERANCE), 1)
        args["bpm_max"] = round(bpm * (1 + AROUND_TOLERANCE), 1)
        return _without(left, found)
    return left


def _is_tempo(said: str) -> bool:
    return SLOWEST <= float(said) <= FASTEST


def _meter(left: str, args: Args) -> str:
    for meter, pattern in _METER.items():
        if found := pattern.search(left):
            args["meter"] = meter
            return _without(left, found)
    return left


def _voice(left: str, args: Args) -> str:
    if found := _INSTRUMENTAL.search(left):
        args["voice"] = "instrumental"
        return _without(left, found)
    for who, pattern in _SINGER.items():
        if found := pattern.search(left):
            args["voice"] = who
            return _without(left, found)
    if found := _VOCAL.search(left):
        args["voice"] = "vocal"
        return _without(left, found)
    return left


def _denied(left: str, args: Args) -> str:
    unwanted: list[str] = []
    while found := _DENIED.search(left.lower()):
        unwanted += labels(f"{found['what']}{found['more']}")
        left = _without(left, found)
    for found in _LESS.finditer(left.lower()):
        if named := labels(found["what"]) or labels(f"{found['what']}s"):
            unwanted += named
            left = _without(left, found)
            break
    if unwanted:
        args["tags_not"] = sorted({" ".join(tokens(label)) for label in unwanted})
    return left


def labels(words: str) -> list[str]:
    """Return the instruments, genres and moods that words name."""
    return [label for kind in KINDS for label in find_labels(words.lower(), kind)]


def _keys(left: str, args: Args) -> str:
    """Read several keys: "A minor or its relative", and what goes with a key on the Camelot wheel."""
    if found := _KIN.search(left):
        tonic, mode = _key(found["key"])
        kin = relative if found["kin"].lower() == "relative" else parallel
        other = kin(tonic, mode)
        args["key"] = f"{tonic} {mode} or {' '.join(other)}"
        return _without(left, found)
    if found := _KEYS.search(left):
        named = re.findall(_TONIC, found["keys"])
        args["key"] = " or ".join(" ".join(_key(one)) for one in named)
        return _without(left, found)
    found = _WHEEL.search(left)
    if not found:
        return left
    hour, side = int(found["code"][:-1]), found["code"][-1].upper()
    codes = [(hour, side)]
    rest = _without(left, found)
    if _JOINS.search(rest):
        across = "B" if side == "A" else "A"
        codes += [((hour - 2) % 12 + 1, side), (hour % 12 + 1, side), (hour, across)]
        rest = _JOINS.sub(" ", rest)
    args["key"] = " or ".join(key_at(*code) for code in codes)
    return rest


def _key(said: str) -> tuple[str, str]:
    tonic, mode = re.split(r"[ -](?=major|minor)", said, maxsplit=1, flags=re.I)
    sign = re.sub(r"[ -]?(?:sharp|♯)", "#", re.sub(r"[ -]?(?:flat|♭)", "b", tonic[1:]))
    return tonic[0].upper() + sign, mode.lower()


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"
