"""What words say to the letter of loudness, years, artists and order: typed filters, taken out of them."""

import re
from typing import Any

from agent.rules.wording import NUMBERS

Args = dict[str, Any]

NEAR_LU = 0.5
"""LU around a loudness that is asked for as such: "songs at -14 LUFS"."""
_UNDER = r"under|below|less than|quieter than|softer than|at most|no louder than"
_OVER = r"over|above|more than|louder than|hotter than|at least|no quieter than"
_LUFS = r"(?<![\w.])[-–−](?P<{}>\d{{1,2}}(?:\.\d+)?)(?: ?(?:lufs|lkfs|db))?"
_LOUD_RANGE = re.compile(
    rf"\b(?:between|from)\s+{_LUFS.format('a')}\s+(?:and|to)\s+{_LUFS.format('b')}(?!\d)", re.I
)
_LOUD = re.compile(
    rf"(?:\b(?:that are |are )?(?P<bound>{_UNDER}|{_OVER}|at|around|about)\s+)?{_LUFS.format('a')}(?!\d)",
    re.I,
)
_LOUD_WORDS = re.compile(r"\b(?:quiet|soft|loud|hot)(?:er)?\b", re.I)
_LU = re.compile(r"lufs|lkfs|db|loud|quiet|soft|hot", re.I)
_YEAR = r"(?P<{}>(?:19|20)\d\d)"
_YEAR_RANGE = re.compile(
    rf"\b(?:from|between|in|made|released)?\s*\b{_YEAR.format('a')}\s*(?:to|and|-|–|until|till)\s*{_YEAR.format('b')}\b",
    re.I,
)
_DECADE = re.compile(
    r"\b(?:from |in |of |made in )?(?:the )?(?P<when>early |mid |late )?(?P<century>19|20)?(?P<decade>\d)0['’]?s\b",
    re.I,
)
_DECADE_NAMES = {"twenties": 2, "thirties": 3, "forties": 4, "fifties": 5, "sixties": 6, "seventies": 7, "eighties": 8, "nineties": 9, "noughties": 0}  # fmt: skip
_NAMED_DECADE = re.compile(
    rf"\b(?:from |in |of )?(?:the )?(?P<name>{'|'.join(_DECADE_NAMES)})\b", re.I
)
_BEFORE = re.compile(
    rf"\b(?:from )?(?:before|older than|earlier than|prior to|up to|until)\s+(?:the year )?{_YEAR.format('a')}\b",
    re.I,
)
_AFTER = re.compile(
    rf"\b(?:from )?(?P<word>after|since|newer than|later than)\s+(?:the year )?{_YEAR.format('a')}\b",
    re.I,
)
_IN_YEAR = re.compile(
    rf"\b(?:from|in|of|made in|released in|recorded in|year)\s+(?:the year )?{_YEAR.format('a')}\b",
    re.I,
)
_STOP = (
    r"from|in|before|after|since|between|under|over|below|above|with|without|that|which|at|around|slower|faster"
    r"|longer|shorter|louder|quieter|but|and|have|do|are|is|i|you|we"
)
_ARTIST = re.compile(
    r"\bby (?!how\b|energy\b|speed\b|pace\b|duration\b|volume\b|artist\b|genre\b|popularity\b|ear\b|heart\b|an? |any|the (?:same|sound|way)|key\b|tempo\b|bpm\b|mood\b|title\b|name\b|year\b|loudness\b|length\b|it\b|this\b|that\b|them\b|me\b|whom?\b|far\b|\d)"
    rf"(?P<name>(?:the )?(?:(?!(?:{_STOP})\b)[\w&'’.-]+(?: & | and (?=[A-Z])|\s+|$)){{1,5}})"
)
_DENIED = re.compile(
    r"\b(?:not|isn['’]?t|aren['’]?t|wasn['’]?t|except|but not|other than|nothing)(?: \w+)? *$", re.I
)
_ORDERS = (
    ("loudest", r"loudest|hottest"), ("quietest", r"quietest|softest"), ("fastest", r"fastest|quickest"),
    ("slowest", r"slowest"), ("longest", r"longest"), ("shortest", r"shortest"),
    ("newest", r"newest|most recent|latest"), ("oldest", r"oldest|earliest"),
)  # fmt: skip
_SMALL = "|".join(sorted(NUMBERS, key=len, reverse=True))
_ORDER = {
    name: re.compile(
        rf"\b(?:the |my |our )?(?:top |best )?(?:(?P<n>\d{{1,2}}|{_SMALL}) )?(?:{words})\b"
        rf"(?: (?P<m>\d{{1,2}}|{_SMALL})\b(?! (?:bpm|minutes?|seconds?|bars?|years?)\b))?"
        r"(?! (?:part|bit|section|moment|note|chord)s?\b)",
        re.I,
    )
    for name, words in _ORDERS
}


_ONE = re.compile(
    r"(?: (?!songs|tracks|ones)[\w-]+){0,2}? (?:song|track|tune|piece|recording|one)\b", re.I
)


def bounded(left: str, args: Args) -> str:
    """Put what words say of loudness, years, artist and order into `args`; return the other words."""
    left = _ordered(left, args)
    left = _loud(left, args)
    if "lufs_min" in args or "lufs_max" in args:
        left = _LOUD_WORDS.sub(" ", left)
    left = _years(left, args)
    if found := _ARTIST.search(left):
        name = found["name"].strip(" .")
        denied = _DENIED.search(left[: found.start()])
        args |= {"artist_not": [name]} if denied else {"artist": name}
        left = _without(left, found)
        left = _without(left, denied) if denied else left
    return left


def _ordered(left: str, args: Args) -> str:
    for name, pattern in _ORDER.items():
        if found := pattern.search(left):
            args["order"] = name
            if count := found["n"] or found["m"]:
                args["limit"] = max(1, int(NUMBERS.get(count.lower()) or count))
            elif _ONE.match(left[found.end() :]):
                args["limit"] = 1
            return _without(left, found)
    return left


def _loud(left: str, args: Args) -> str:
    if not _LU.search(left):
        return left
    if found := _LOUD_RANGE.search(left):
        low, high = sorted((-float(found["a"]), -float(found["b"])))
        args |= {"lufs_min": low, "lufs_max": high}
        return _without(left, found)
    if found := _LOUD.search(left):
        bound, value = (found["bound"] or "at").lower(), -float(found["a"])
        if re.fullmatch(_UNDER, bound):
            args["lufs_max"] = value
        elif re.fullmatch(_OVER, bound):
            args["lufs_min"] = value
        else:
            slack = NEAR_LU if bound == "at" else 2 * NEAR_LU
            args |= {"lufs_min": value - slack, "lufs_max": value + slack}
        return _without(left, found)
    return left


def _years(left: str, args: Args) -> str:
    if found := _YEAR_RANGE.search(left):
        low, high = sorted((int(found["a"]), int(found["b"])))
        args |= {"year_min": low, "year_max": high}
        return _without(left, found)
    if found := _BEFORE.search(left):
        upto = re.search(r"\b(?:up to|until)\b", found.group(), re.I)
        args["year_max"] = int(found["a"]) - (not upto)
        left = _without(left, found)
    if found := _AFTER.search(left):
        args["year_min"] = int(found["a"]) + (found["word"].lower() != "since")
        left = _without(left, found)
    if found := _IN_YEAR.search(left):
        args |= {"year_min": int(found["a"]), "year_max": int(found["a"])}
        return _without(left, found)
    return left if "year_min" in args or "year_max" in args else _decade(left, args)


def _decade(left: str, args: Args) -> str:
    found = _DECADE.search(left)
    if found:
        first = _first_year(int(found["decade"]), found["century"])
        part = {"early ": (0, 3), "mid ": (3, 6), "late ": (6, 9)}.get(
            (found["when"] or "").lower(), (0, 9)
        )
        args |= {"year_min": first + part[0], "year_max": first + part[1]}
        return _without(left, found)
    if named := _NAMED_DECADE.search(left):
        first = _first_year(_DECADE_NAMES[named["name"].lower()], None)
        args |= {"year_min": first, "year_max": first + 9}
        return _without(left, named)
    return left


def _first_year(decade: int, century: str | None) -> int:
    """Return the first year of a decade; without a century, "the 30s" and later are the last one's."""
    hundreds = int(century) if century else 19 if decade > 2 else 20
    return 100 * hundreds + 10 * decade


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"
