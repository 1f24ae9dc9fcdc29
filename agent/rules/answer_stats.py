"""Answers with counts and averages of the library, from what `library_stats` counted."""

import re
from collections.abc import Mapping
from typing import Any

from agent.rules import say
from agent.rules.asks import Finding
from agent.rules.stats_asks import wanted
from agent.rules.wording import plain

Row = Mapping[str, Any]
MOST_IN_WORDS = 12
NAMED = 3
"""Keys, genres and the like that are told with their counts, beside those as frequent as the last."""
_ENDS = {
    "tempo": ("slowest", "fastest"), "length": ("shortest", "longest"),
    "loudness": ("quietest", "loudest"), "year": ("oldest", "newest"),
}  # fmt: skip
_CALLED = {"length": "length", "tempo": "tempo", "loudness": "loudness", "year": "year"}


def answer(words: str, finding: Finding) -> str:
    """Return the answer to a question for counts."""
    data = finding.data
    what = wanted(plain(words)) or ("all",)
    if not data["count"]:
        return f"None of the {data['of']} tracks in your library fits that."
    if what == ("all",):
        return _all(data)
    told = [_part(name, data) for name in what]
    return " ".join(t for t in told if t) or "I don't know that of any track in your library yet."


def _part(what: str, data: Row) -> str:
    kind, _, name = what.partition(" ")
    if kind == "many":
        return _many(data)
    if kind == "total":
        return f"{_tracks(data)} with {_length(data)} of music in all."
    if kind == "modes":
        return _modes(data)
    if kind == "common":
        return _modes(data) if name == "modes" else _common(name, data)
    return (_mean if kind == "mean" else _ends)(name, data)


def _many(data: Row) -> str:
    if not data["asked"]:
        return f"{_tracks(data)}, {_length(data)} of music."
    count = str(data["count"])
    if data["count"] <= MOST_IN_WORDS:
        count = say.number_word(data["count"]).capitalize()
    fit = "fits" if data["count"] == 1 else "fit"
    return f"{count} of the {data['of']} tracks in your library {fit} that{_asked(data)}."


def _all(data: Row) -> str:
    lines = [f"{_tracks(data)}, {_length(data)} of music."]
    lines += [_mean(name, data) for name in ("tempo", "loudness")]
    lines.append(_modes(data))
    lines += [_common(name, data) for name in ("keys", "meters", "genres", "instruments", "moods")]
    return "\n".join(["Your library:", *(f"• {line}" for line in lines if line)])


def _modes(data: Row) -> str:
    modes = data.get("modes") or {}
    if not modes:
        return ""
    major, minor = modes.get("major", 0), modes.get("minor", 0)
    if major == minor:
        return f"Major and minor are even: {major} tracks each."
    more, less = ("major", "minor") if major > minor else ("minor", "major")
    return f"There is more {more} than {less}: {modes[more]} tracks in a {more} key, {modes[less]} in a {less} key."


def _common(name: str, data: Row) -> str:
    counted: Mapping[str, int] = data.get(name) or {}
    if not counted:
        return ""
    most = max(counted.values())
    first = [what for what, n in counted.items() if n == most]
    rest = [(what, n) for what, n in counted.items() if n < most][:NAMED]
    noun = name.removesuffix("s")
    if len(first) > 4:
        return f"No {noun} stands out: {len(first)} of them have {_songs(most)} each."
    verb = "turns" if len(first) == 1 else "turn"
    each = " each" if len(first) > 1 else ""
    then = f"; then {say.join(f'{what} ({n})' for what, n in rest)}" if rest else ""
    return f"The most common {noun}: {say.join(first)} {verb} up in {_songs(most)}{each}{then}."


def _mean(name: str, data: Row) -> str:
    figures = data.get(name)
    if not figures:
        return ""
    mean, median = (_show(name, figures[x]) for x in ("mean", "median"))
    known = f" over {_songs(figures['known'])}" if figures["known"] != data["count"] else ""
    head = f"The average {_CALLED[name]} of your tracks{known} is {mean}, the median {median}"
    least, most = _ENDS[name]
    ends = [
        f"the {word} is {_named(figures, end)}" for end, word in (("least", least), ("most", most))
    ]
    return f"{head}; {say.join(ends)}."


def _ends(name: str, data: Row) -> str:
    figures = data.get(name)
    if not figures:
        return ""
    least, most = _ENDS[name]
    high = f"The {most} is {_named(figures, 'most')}" + _at(name, figures, "most")
    low = f"the {least} is {_named(figures, 'least')}" + _at(name, figures, "least")
    apart = f", {figures['spread']:.1f} LU apart" if name == "loudness" else ""
    return f"{high}; {low}{apart}."


def _at(name: str, figures: Row, end: str) -> str:
    word = "from" if name == "year" else "at"
    return f" {word} {_show(name, figures[end])}"


def _named(figures: Row, end: str) -> str:
    row = figures.get(f"{end}_track")
    return say.track_label(row) if row else "one without a title"


def _show(name: str, value: float) -> str:
    if name == "length":
        return say.clock(value)
    if name == "loudness":
        return f"{value:.1f} LUFS".replace("-", "−")
    return f"{value:.0f}" if name == "year" else say.bpm(value)


def _tracks(data: Row) -> str:
    asked = f" of that kind{_asked(data)}" if data["asked"] else ""
    return f"Your library holds {_songs(data['count'])}{asked}"


def _songs(count: int) -> str:
    return f"{say.number_word(count)} track{'s' * (count != 1)}"


def _asked(data: Row) -> str:
    """Return what was asked for in brackets; no figures, which nobody measured."""
    told = [str(a) for a in data["asked"] if not re.search(r"\d", str(a))]
    told = [re.sub(r"^(.+) mode$", r"in a \1 key", a) for a in told]
    return f" ({say.join(told)})" if told else ""


def _length(data: Row) -> str:
    seconds = float(data["seconds"])
    hours = f" ({seconds / 3600:.1f} hours)" if seconds >= 3600 else ""
    return f"{say.clock(seconds)}{hours}"
