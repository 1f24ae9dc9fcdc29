"""What a question about the library says to the letter: filters of a search, ends of a playlist."""

import re
from typing import Any

from agent.harmony_query import ProgressionError, read_progression
from agent.rules.asks import Situation
from agent.rules.lexicon import find_labels
from agent.rules.library_bounds import bounded
from agent.rules.library_said import loosely
from agent.rules.references import default_tracks, find_reference
from agent.rules.wording import NUMBERS, plain
from agent.wish import STOP_WORDS, read_wish, tokens

_SMALL = "|".join(sorted(NUMBERS, key=len, reverse=True))
_COUNT = rf"(?:\d+(?:\.\d+)?|half an?|an?|{_SMALL})"
_LENGTH = rf"(?P<count>{_COUNT})(?P<half> and a half)?[ -]*(?P<unit>hours?|hrs?|h|minutes?|mins?|seconds?|secs?)\b(?P<more> and a half)?"
_BOUND = re.compile(
    r"\b(?P<bound>under|less than|shorter than|below|at most|up to|no longer than|over|more than|longer than"
    rf"|at least|above)\s+(?:(?P<clock>\d{{1,3}}:\d{{2}})\b|{_LENGTH})",
    re.IGNORECASE,
)
_LONGER = frozenset(("over", "more than", "longer than", "at least", "above"))
_PACE = re.compile(
    r"\b(?P<bound>faster|quicker|slower) than (?P<bpm>\d{2,3})(?:\.\d+)?(?: ?bpm)?\b", re.IGNORECASE
)
_DEGREE = r"[b#♭♯]?(?:[iI]{1,3}|[iI]?[vV]|[vV][iI]{1,2})(?:maj7|7|°|o|ø|\+)?"
_CHORD = r"[A-G][b#♭♯]?(?:maj7|maj9|maj|min7|min|m7b5|m7|m9|m|dim7?|aug|sus[24]?|add9|13|11|9|7|6)?"
_JOIN = r"\s*(?:-|–|—|→|>|,)\s*"
_PROGRESSIONS = tuple(
    re.compile(rf"(?<![\w#♯]){pattern}(?![\w#♯])")
    for pattern in (
        rf"{_DEGREE}(?:{_JOIN}{_DEGREE})+",
        rf"{_DEGREE}(?: {_DEGREE}){{2,}}",
        rf"{_CHORD}(?:{_JOIN}{_CHORD})+",
        rf"{_CHORD}(?: {_CHORD}){{2,}}",
        r"[1-7](?:-[1-7]){2,}",
    )
)
_TWO_FIVE = re.compile(r"\btwo[- ]five[- ]one\b", re.IGNORECASE)
_SECTION = re.compile(
    r"\b(?:intros?|outros?|verses?|(?:pre-?)?chorus(?:es)?|bridges?|solos?|sections?|break ?downs?|endings?)\b"
    r"|^\W*where\b|\b(?:drops?|cuts?|fades?) out\b",
    re.IGNORECASE,
)
_EMPTY = STOP_WORDS | frozenset(
    "library collection memory archive please could would you any use used contain contains"
    " open opened remember ever know us we our looking look list all everything"
    " listened so far before other another want need and there or that's than"
    " minute second hour mode progression chord file piece recording suggest recommend good"
    " then also currently saved stored between where do doe did released made at but many much how number"
    " youve ive weve theyve youre theyre thats whats theres id whatsoever smth sth thing n just only really actually kinda kind sort bit little stuff though tho"
    " pls plz then here must gotta should maybe perhaps preferably ideally too not no nothing without isnt"
    " isn arent aren doesnt doesn t s m ve d ll im anyone somebody someone everyone nobody im ok okay so well"
    " whole entire lot bunch across through go goe going work fit well nicely use using feature featuring"
    " tell told say said call called told sort order rank arrange first last rest time feel vibe vibes ya yer gimme lemme still ever might be being been come up turn".split()
)
_RANGE = re.compile(
    r"\bfrom\s+(?P<low>\d{2,3})(?: ?bpm)?\s*(?:up |down )?(?:to|-|–)\s*(?P<high>\d{2,3})\b(?: ?bpm)?"
    r"|\b(?P<a>\d{2,3})(?: ?bpm)?\s*(?:to|-|–)\s*(?P<b>\d{2,3}) ?bpm\b",
    re.IGNORECASE,
)
_WHERE = r"(?:at |with |on |from |by )?(?P<end>#\d+|\d{2,3}(?= ?bpm)|this(?: (?:one|song|track))?|it\b)(?: ?bpm)?"
_START = re.compile(rf"\b(?:that |which )?(?:start|begin|open)(?:s|ning|ing)? {_WHERE}", re.I)
_END = re.compile(rf"\b(?:that |which |and )?(?:end|finish|clos)(?:s|es|e|ing)? {_WHERE}", re.I)
_MAKE = re.compile(
    r"^\W*(?:(?:please|(?:can|could|would) you(?: please)?|i(?:'d| would)? (?:like|want|need)|let's) ?)*"
    r"(?:(?:make|build|create|plan|give|put|generate|suggest|compile|prepare|want|need|do|write|line|queue|cue)\b(?: together)?)?"
    r"(?: ?(?:me|us))?(?: up\b)?(?: ?(?:of|an?|the|one)\b)*\s*",
    re.IGNORECASE,
)


_COUNTED = re.compile(
    rf"\b(?:(?:play ?list|set ?list|set|run|sequence|mix) (?:of|with) (?P<n>\d{{1,2}}|{_SMALL})\b(?![ -]*(?:minutes?|mins?|hours?|bpm))"
    rf"|\b(?P<m>\d{{1,2}}|{_SMALL})[- ](?:track|song|tune)\b)", re.I
)  # fmt: skip
"""How many tracks a playlist is to have."""


def search_args(words: str) -> dict[str, Any]:
    """Return the arguments of a search: filters where the words are certain, the rest as text."""
    args: dict[str, Any] = {}
    left = _TWO_FIVE.sub("ii-V-I", words.rstrip(" ?.!"))
    left = re.sub(r"\bwaltzes\b", "waltz", left, flags=re.IGNORECASE)
    left = _progression(left, args)
    left = _bounded(left, args)
    left = bounded(left, args)
    left = loosely(left, args)
    if found := _PACE.search(left):
        slower = found["bound"].lower() == "slower"  # the ends of a range belong to it
        args["bpm_max" if slower else "bpm_min"] = float(found["bpm"]) + (-0.1 if slower else 0.1)
        left = _without(left, found)
    wish = read_wish(left)
    if "key" in args:
        pass
    elif wish.tonic:
        args["key"] = f"{wish.tonic} {wish.mode}".strip()
    elif wish.mode:
        args["mode"] = wish.mode
    if wish.bpm:
        low, high = wish.bpm
        args |= {"bpm_min": round(low, 1)} if low > 0 else {}
        args |= {"bpm_max": round(high, 1)} if high < 1000 else {}
    if wish.meter:
        args.setdefault("meter", wish.meter)
    if wish.voice:
        args.setdefault("voice", wish.voice)
    if wish.unwanted:
        args["tags_not"] = sorted({*args.get("tags_not", ()), *wish.unwanted})
    said = left if wish.dropped else _plainest(left)
    text = " ".join(w for w in re.findall(r"[\w'’#&-]+", said) if not _says_nothing(w))
    heard = find_labels(text.lower(), "instruments")
    if args and heard and len(heard) == len(tokens(text)):
        args["instruments"] = list(heard)  # an instrument and more: it must be there
        text = ""
    if text:
        args["text"] = text
    if _SECTION.search(left) and text:
        args["in_sections"] = True
    return args


_THAN = {
    "slower": r"slower|less fast|more relaxed tempo", "faster": r"faster|quicker|more up-?tempo",
    "quieter": r"quieter|softer|less loud", "louder": r"louder", "shorter": r"shorter", "longer": r"longer",
    "older": r"older|earlier", "newer": r"newer|more recent|later",
}  # fmt: skip


def likeness_args(words: str) -> dict[str, Any]:
    """Return what else is asked of tracks that are like one: how they differ from it, and filters."""
    than = [
        name
        for name, said in _THAN.items()
        if re.search(rf"\b(?:{said})\b(?! than -?\d)", words, re.IGNORECASE)
    ]
    left = re.sub(r"#\d+|\b(?:major|minor) \w*(?:third|seventh|scale)\b", " ", words)
    wanted = search_args(left)
    left_out = ("text", "in_sections", "order")
    kept = {name: value for name, value in wanted.items() if name not in left_out}
    return ({"than": than} if than else {}) | kept


def playlist_args(words: str, situation: Situation) -> dict[str, Any]:
    """Return the arguments of a playlist: what for, how long, and its two ends."""
    args: dict[str, Any] = {}
    left = words.strip(" ?.!")
    if found := _RANGE.search(left):
        low, high = found["low"] or found["a"], found["high"] or found["b"]
        args |= {"start": float(low), "end": float(high)}
        left = _without(left, found)
    for name, pattern in (("start", _START), ("end", _END)):
        if found := pattern.search(left):
            if end := _end(found["end"], situation):
                args[name] = end
                left = _without(left, found)
    if found := _COUNTED.search(left):
        which = "n" if found["n"] else "m"
        args["count"] = int(NUMBERS.get(found[which].lower()) or found[which])
    if found := re.search(rf"\b{_LENGTH}(?:[- ]long)?", left, re.IGNORECASE):
        args["minutes"] = round(_seconds(found) / 60, 2)
        left = _without(left, found)
    goal = " ".join(re.sub(r"\s+,|,\s*$", "", _MAKE.sub("", left)).split()).strip(" ,;:-–?.!")
    return {"goal": goal or "playlist"} | args


def _progression(left: str, args: dict[str, Any]) -> str:
    for pattern in _PROGRESSIONS:
        for found in pattern.finditer(left):
            try:
                read_progression(found.group())
            except ProgressionError:
                continue
            args["chord_progression"] = found.group().strip()
            return _without(left, found)
    return left


def _bounded(left: str, args: dict[str, Any]) -> str:
    while found := _BOUND.search(left):
        if found["clock"]:
            minutes, _, rest = found["clock"].partition(":")
            seconds = 60.0 * int(minutes) + int(rest)
        else:
            seconds = _seconds(found)
        longer = found["bound"].lower() in _LONGER
        args["duration_min" if longer else "duration_max"] = seconds
        left = _without(left, found)
    return left


def _plainest(left: str) -> str:
    """Return what is left of words when the measurable and the voice are taken out."""
    return re.sub(
        r"\b(?:instrumentals?|(?:no|without) (?:any )?(?:vocals?|voices?|singing|singers?))\b", " ",
        read_wish(left).sound, flags=re.IGNORECASE,
    )  # fmt: skip


def _says_nothing(word: str) -> bool:
    return all(t in _EMPTY or t.isdigit() for t in tokens(word))


def _end(said: str, situation: Situation) -> str | float | None:
    if said.isdigit():
        return float(said)
    named = find_reference(plain(said), situation).handles or default_tracks(situation)
    return said if said.startswith("#") else named[0] if named else None


def _seconds(found: re.Match[str]) -> float:
    said = found["count"].lower()
    count = 0.5 if said.startswith("half") else 1.0 if said in ("a", "an") else 0.0
    count = count or float(NUMBERS.get(said) or said)
    count += 0.5 if found["half"] or found["more"] else 0.0
    return count * {"h": 3600.0, "m": 60.0, "s": 1.0}[found["unit"][0].lower()]


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"
