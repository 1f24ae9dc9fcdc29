"""The table of wordings: which lines of a brief it knows, and how a musician says them.

A row of `wordings.toml` has the form of a line, with places such as ``<key:key>``, and some ways to
say it. So no wording can hold a figure that its line does not.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from agent.rules import say

_NOTE = "[A-G][#b]?"
_NUMBER = r"\d+(?:\.\d+)?"
_TIME = r"\d{1,2}(?::\d{2}){1,2}"
_CHORD = r"[A-G][#b]?[A-Za-z0-9()#+°ø]*(?:/[A-G][#b]?)?"
_TRACK = r'"[^"]*" \(#\d+\)|"[^"]*"|#\d+'
KINDS = {
    "h": r"#\d+",
    "key": rf"{_NOTE} (?:major|minor)",
    "note": _NOTE,
    "mode": "major|minor",
    "pct": r"\d+%",
    "num": _NUMBER,
    "bpm": rf"{_NUMBER} BPM",
    "meter": r"\d/\d",
    "time": _TIME,
    "range": rf"{_TIME}-{_TIME}",
    "chord": _CHORD,
    "dashes": r"[^;()]*? – [^;()]*?",
    "roman": r"[#b]?[ivIV]+\S*",
    "code": r"\d{1,2}[AB]",
    "word": r"[A-Za-z-]+",
    "words": r"[A-Za-z&' -]+?",
    "who": r"[a-z]+ voice|choir",
    "often": r"twice|three times|four times|\d+ times",
    "numword": r"[a-z]+|\d+",
    "rel": r"half|double|3/2|2/3",
    "way": r"speeds up|slows down",
    "sure": r"sure|fairly sure|not very sure|doing little more than guessing",
    "yn": r"Yes|No",
    "track": rf"[Ii]t|{_TRACK}",
    "gap": rf"{_NUMBER} BPM \({_NUMBER}%\)|{_NUMBER} BPM or {_NUMBER}%|{_NUMBER} BPM",
    "steps": r"\d+ semitones? (?:up|down)",
    "quoted": r'"[^"]*"',
    "can": r"What I can tell you:|I can tell you about|Ask me about",
    "end": r"(?: instead)?\.",
    "what": r"[^.]+?",
    "any": r".+?",
}
"""What stands in the places of a line."""

_RELATIONS = {"half": "half time", "double": "double time", "3/2": "one and a half times that", "2/3": "two thirds of that"}  # fmt: skip
_PLACE = re.compile(r"<(\w+):(\w+)>")


@dataclass(frozen=True)
class Row:
    """A line that can be said.

    Parameters
    ----------
    aspects : topics with aspects that it is for; empty for all
    polar : whether it is for questions after a yes or a no only
    """

    pattern: re.Pattern[str]
    say: tuple[str, ...]
    aspects: frozenset[str]
    polar: bool


@cache
def rows() -> tuple[Row, ...]:
    """Return the table, in its order."""
    text = files("agent.embedded").joinpath("wordings.toml").read_text("utf-8")
    return tuple(_row(row) for row in tomllib.loads(text)["row"])


def _row(row: dict[str, object]) -> Row:
    ways = row["say"]
    assert isinstance(ways, list)
    aspects = row.get("for") or []
    assert isinstance(aspects, list)
    return Row(_pattern(str(row["line"])), tuple(ways), frozenset(aspects), bool(row.get("polar")))


def _pattern(line: str) -> re.Pattern[str]:
    parts, at = [], 0
    for place in _PLACE.finditer(line):
        parts.append(re.escape(line[at : place.start()]))
        parts.append(f"(?P<{place[1]}>{KINDS[place[2]]})")
        at = place.end()
    return re.compile("".join([*parts, re.escape(line[at:])]))


def ways_to_say(
    line: str, aspect: str, polar: bool, names: Mapping[str, str], value: str = ""
) -> list[str]:
    """Return the wordings of a line, their places filled; empty where no row fits.

    Parameters
    ----------
    aspect : what was asked: ``"key.mode"``
    polar : whether it was asked after a yes or a no
    names : what to call the tracks, by handle; ``"It"`` for the one in focus
    value : what was asked for
    """
    for row in rows():
        if (row.aspects and aspect not in row.aspects) or (row.polar and not polar):
            continue
        if match := row.pattern.fullmatch(line):
            places = dict(_filled(match.groupdict(), names, value))
            ways = (say.sentence(way.format_map(places)) for way in row.say)
            return [with_name(way, _name(places, match.groupdict())) for way in ways]
    return []


def with_name(text: str, name: str) -> str:
    """Return a text that tells which track it is about, where that must be told."""
    if name in ("", "It") or name in text:
        return text
    plain = text.split()[0].rstrip(",") in _LOWERED
    return f"{name}: {text[0].lower() if plain else text[0]}{text[1:]}"


def _name(places: Mapping[str, str], found: Mapping[str, str]) -> str:
    """Return the name of the one track that a line is about."""
    return places["It"] if "h" in found else places["It2"] if "it" in found else ""


_LOWERED = frozenset(
    "It It's I I'd What The There There's Yes No Not In At From Between About Around Most Mostly"
    " Probably Roughly My Just Nobody Close Nearly Rather Overall Camelot Counted Hard Perhaps"
    " Lowest Highest Put Play Use".split()
) - {"I", "I'd"}


def _filled(
    found: dict[str, str], names: Mapping[str, str], value: str
) -> Iterator[tuple[str, str]]:
    """Yield what stands in the places of a wording, with and without a capital."""
    subject = names.get(found.get("h", ""), "It")
    yield "It", subject
    yield "it", "it" if subject == "It" else subject
    yield "It2", "It" if found.get("it", "It") in ("It", "it") else found["it"]
    yield "it2", "it" if found.get("it", "It") in ("It", "it") else found["it"]
    if "at" in found:
        yield from zip(("from", "to"), found["at"].split("-"), strict=True)
    none = "none" in found
    sung = "who" in found
    yield "yes", "Yes" if (sung and not none) != (value == "instrumental") else "No"
    for name, text in found.items():
        text = _RELATIONS.get(text, text) if name == "rel" else text
        text = listed(text) if name == "list" else text
        text = (
            say.join(re.sub(r" \d+%.*$", "", t) for t in text.split(", "))
            if name == "others"
            else text
        )
        yield name, text
        if name != "a" and name != "b":
            yield name.capitalize(), text[:1].upper() + text[1:]


def listed(text: str) -> str:
    """Return labels with their confidences as words: "guitar, flute and perhaps violin"."""
    sure: list[str] = []
    maybe: list[str] = []
    for item in text.split(", "):
        label = re.sub(r" \d+%.*$", "", item)
        (maybe if item.endswith("unsure") else sure).append(label)
    if not sure:
        return f"perhaps {say.join(maybe)}"
    return say.join([*sure, f"perhaps {say.join(maybe, 'or')}"] if maybe else sure)
