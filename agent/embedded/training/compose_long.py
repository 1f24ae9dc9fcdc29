"""The longer forms of an answer: a whole track, a moment of it, its form over time."""

import random
import re
from collections.abc import Mapping, Sequence

from agent.embedded.wording import with_name
from agent.rules import say

_LINE = re.compile(r"(track|sound|voice|pulse|key|chords|form|problem) (#\d+): (.*)")
_MOMENT = re.compile(r"at (#\d+) ([\d:]+)(?:-([\d:]+))?( [^:]+)?: (.*)")
_FORM = re.compile(r"form (#\d+): (.*?)( \(names unsure\))?(?:; letters ([A-Z ]+))?")
_SECTION = re.compile(r"(.+) ([\d:]+)")
MOST_WORDS = 90


def described(lines: Sequence[str], names: Mapping[str, str], dice: random.Random) -> str:
    """Return a paragraph from the lines about a whole track, "" where they are others."""
    found = {m[1]: m[3] for line in lines if (m := _LINE.fullmatch(line))}
    if len(found) < len(lines) or not {"track", "pulse"} & found.keys() or len(found) < 4:
        return ""
    sentences = [
        _opening(found, dice),
        _pulse(found.get("pulse", ""), dice),
        _harmony(found, dice),
        _voice(found.get("voice", ""), dice),
        _runs(found.get("form", ""), dice),
    ]
    told = " ".join(say.sentence(s) for s in sentences if s)
    return told if len(told.split()) <= MOST_WORDS else ""


def moment_ways(line: str, names: Mapping[str, str]) -> list[str]:
    """Return the ways to say what happens at a place; empty for another line."""
    match = _MOMENT.fullmatch(line)
    if match is None:
        return []
    handle, start, end, words, rest = match.groups()
    facts = _parted(rest)
    if words and facts["section"].removeprefix(", in the ") in words:
        facts["section"] = ""
    if end:
        place = f"between {start} and {end}"
        if words:
            edge = words.strip() in ("the beginning", "the end")
            place = f"{'at' if edge else 'in'} {words.strip()} ({start}–{end})"
        return [with_name(way, names.get(handle, "")) for way in _stretch_ways(place, facts)]
    sure = f"{facts['bar']}{facts['section']}".removeprefix(", ")
    at = f"at {words.strip()} ({start})" if words else f"at {start}"
    chord, key, pace = facts["chord"], facts["key"], facts["bpm"]
    harmony = f"the chord is {chord}{', in ' + key if key else ''}" if chord else "I find no chord"
    tail = _tail(facts)
    ways = [f"{at}{f' ({sure})' if sure else ''} {harmony}{pace}.{tail}"]
    if chord:
        where = f"{start} is {sure}: " if sure and not words else f"{at}: "
        ways.append(f"{where}{chord}{' in ' + key if key else ''}{pace}.{tail}")
        ways.append(
            f"{chord}{f' ({key})' if key else ''} {at}{', ' + sure if sure else ''}{pace}.{tail}"
        )
    return [with_name(_capital(way), names.get(handle, "")) for way in ways]


def form_ways(line: str, names: Mapping[str, str]) -> list[str]:
    """Return the ways to tell the form over time; empty for another line."""
    match = _FORM.fullmatch(line)
    if match is None:
        return []
    subject = names.get(match[1], "It")
    rows = [_SECTION.fullmatch(row) for row in match[2].split(", ")]
    named = [(row[1], row[2]) for row in rows if row]
    if len(named) < 2:
        return []
    doubt = " The names are my reading; the times are surer." if match[3] else ""
    letters = f" In letters that is {match[4]}." if match[4] else ""
    at = [f"{name} at {time}" for name, time in named]
    middle = ", then ".join(_with_article(name, time) for name, time in named[1:-1])
    first, last = named[0][0], named[-1]
    opening = _article(first)
    return [
        f"{subject} goes {say.join(at)}.{letters}{doubt}",
        f"{subject} opens with {opening}{', then comes ' + middle if middle else ''}, and closes with"
        f" {_with_article(*last)}.{letters}{doubt}",
        with_name(f"From start to end: {', '.join(at)}.{letters}{doubt}", subject),
    ]


# ---- a moment -----------------------------------------------------------------------------------


def _parted(rest: str) -> dict[str, str]:
    """Return the facts of a moment, each as it stands in a sentence, "" where there is none."""
    found = dict.fromkeys(("chord", "row", "key", "bar", "section", "bpm", "hear", "level"), "")
    for part in rest.split("; "):
        if part.startswith("key "):
            found["key"] = part[4:]
        elif bar := re.fullmatch(r"bar (\d+) beat (\d+)", part):
            found["bar"] = f"bar {bar[1]}, beat {bar[2]}"
        elif part.startswith("in the "):
            found["section"] = f", {part}"
        elif part.endswith(" BPM"):
            found["bpm"] = f", at about {part}"
        elif part.startswith("hear "):
            found["hear"] = part[5:]
        elif part.startswith(("loud, ", "quiet, ")):
            found["level"] = part
        elif part.startswith(("goes ", "stays ")):
            found["row"] = part
        else:
            found["chord"] = part.replace(" then ", ", about to turn to ")
    return found


def _stretch_ways(place: str, facts: dict[str, str]) -> list[str]:
    row, key = facts["row"], facts["key"]
    harmony = f"it {row}{', in ' + key if key else ''}" if row else "I find no chord"
    section = facts["section"]
    ways = [f"{place}{section} {harmony}{facts['bpm']}.{_tail(facts)}"]
    if row:
        ways.append(f"{place}{section}: {row.split(' ', 1)[1] if row.startswith('goes ') else row}"
                    f"{', in ' + key if key else ''}{facts['bpm']}.{_tail(facts)}")  # fmt: skip
    return [_capital(way) for way in ways]


def _tail(facts: dict[str, str]) -> str:
    told = f" I hear {facts['hear']}." if facts["hear"] else ""
    if facts["level"]:
        word, _, gap = facts["level"].partition(", ")
        told += f" It's one of the {'louder' if word == 'loud' else 'quieter'} places, {gap}."
    return told


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# ---- a whole track ------------------------------------------------------------------------------


def _opening(found: Mapping[str, str], dice: random.Random) -> str:
    """Return what it is: title, length, genre, mood, instruments."""
    track = re.fullmatch(r'(".*")? ?([\d:]+)?', found.get("track", ""))
    title, length = (track[1] or "This", track[2] or "") if track else ("This", "")
    parts = found.get("sound", "").split("; ")
    genres = [p for p in parts if p and not p.startswith(("mood ", "with "))]
    moods = next((p[5:].split(", ") for p in parts if p.startswith("mood ")), [])
    played = next((p[5:].split(", ") for p in parts if p.startswith("with ")), [])
    first, _, touch = genres[0].partition(", ") if genres else ("", "", "")
    long = f", {length} long," if length else ""
    mood = say.join(moods)
    if not first:
        return f"{title}{long.rstrip(',')}, {mood}" if mood else f"{title} is {length} long"
    ways = [
        f"{title}{long} sounds like {first}{f' with a touch of {touch}' if touch else ''}"
        f"{f' and comes across as {mood}' if mood else ''}"
        f"{f'; I hear {say.join(played)}' if played else ''}",
        f"{title}{long} is {first}{f' that leans towards {touch}' if touch else ''}"
        f"{f', carried by {say.join(played)}' if played else ''}{f'. The mood is {mood}' if mood else ''}",
    ]
    return dice.choice(ways)


def _pulse(text: str, dice: random.Random) -> str:
    if not text:
        return ""
    meter = re.search(r", (\d/\d)$", text)
    within = f" in {meter[1]}" if meter else ""
    bpm = re.match(r"([\d.]+ BPM)", text)
    if not bpm:
        return f"it is counted in {text}" if re.fullmatch(r"\d/\d", text) else ""
    moves = re.search(r"moves (\d+)-(\d+)", text)
    other = re.search(r"; or ([\d.]+ BPM)", text)
    maybe = "most likely " if " unsure" in text else ""
    told = f"it {dice.choice(('runs', 'moves'))} {maybe}at {bpm[1]}{within}"
    if ", steady" in text:
        told += ", steady throughout"
    if moves:
        told += f", give or take: between about {moves[1]} and {moves[2]}"
    return told + (f" (you might also count it at {other[1]})" if other else "")


def _harmony(found: Mapping[str, str], dice: random.Random) -> str:
    key = re.match(r"([A-G][#b]? (?:major|minor))( \d+% unsure)?", found.get("key", ""))
    home = f"the key is {'most likely ' if key[2] else ''}{key[1]}" if key else ""
    loop = re.match(r"loop (.*?)(?: \(|,|$)", found.get("chords", ""))
    used = re.match(r"mostly (.*?)(?:; opens|$| \(in)", found.get("chords", ""))
    row = ""
    if loop:
        row = f"{dice.choice(('the harmony goes round', 'what keeps coming back is'))} {loop[1]}"
    elif used:
        row = f"the chords it leans on are {used[1]}"
    return f"{home}, and {row}" if home and row else home or row


def _voice(text: str, dice: random.Random) -> str:
    if not text:
        return ""
    if text.startswith("none"):
        return dice.choice(("nobody sings", "it is instrumental, without a voice"))
    who = re.match(r"(.*?) \d+%", text)
    start = re.search(r"from ([\d:]+)$", text)
    what = "singing" if not who or who[1] == "sung" else say.article(who[1])
    return f"{what} comes in at {start[1]}" if start else f"there is {what} from the start"


def _runs(text: str, dice: random.Random) -> str:
    """Return the sections in a row, without their times."""
    rows = [_SECTION.fullmatch(row) for row in text.removesuffix(" (names unsure)").split(", ")]
    named = [row[1] for row in rows if row]
    if len(named) < 2:
        return ""
    return f"{dice.choice(('it runs', 'the form is'))} {', '.join(named)}"


def _article(name: str) -> str:
    return name if name.startswith("part ") else say.article(name)


def _with_article(name: str, time: str) -> str:
    return f"{_article(name)} at {time}"
