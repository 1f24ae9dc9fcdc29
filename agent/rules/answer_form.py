"""Answers about the form of a track: its sections, where they are, how long, what comes back."""

from collections.abc import Callable

from agent.rules import say
from agent.rules.asks import Ask, Finding
from agent.rules.say import Data

SURE, DOUBTFUL = 0.6, 0.4
SECTIONS_TOLD = 14
LEAST = 0.05
"""The part of a length by which another must differ to be called longer."""

_PLURALS = {"chorus": "choruses", "pre-chorus": "pre-choruses", "post-chorus": "post-choruses"}
_CAUTION = "I'm not sure of the name: it rests on what repeats, on loudness and on the voice."


def structure(ask: Ask, finding: Finding, seed: str) -> str:
    """Return the answer to a question about the form."""
    rows: list[Data] = list(finding.data.get("sections") or ())
    if len(rows) < 2:
        return "I hear no separate sections: it goes on as one piece."
    if ask.versus is not None:
        return _longer(ask, rows)
    if ask.span is not None:
        return _placed(ask, rows)
    if build := _BUILD.get(ask.aspect):
        return build(ask, rows)
    if ask.value:
        return _section(ask, rows)
    return _form(rows, str(finding.data.get("form") or ""), seed)


# ---- the whole form -----------------------------------------------------------------------------


def _form(rows: list[Data], form: str, seed: str) -> str:
    """Return the whole form in a sentence, and what comes back."""
    told = [f"{_name(row, rows)} at {say.clock(row['start'])}" for row in rows[:SECTIONS_TOLD]]
    more = f" and {len(rows) - SECTIONS_TOLD} more" if len(rows) > SECTIONS_TOLD else ""
    lead = say.pick(seed, ("It goes like this:", "The form, as I hear it:", "Here is how it runs:"))
    text = f"{lead} {say.join(told) if not more else ', '.join(told) + more}."
    if form and lettered(rows) and len(set(form.split())) > 1 and not more:
        text += f" In letters that is {' '.join(form.split())}."
    if any((r.get("confidence") or 0) < DOUBTFUL for r in rows if r["label"] != "section"):
        text += " The names are my reading of what repeats, how loud it is and where there is a voice; the times are surer."
    return text


def lettered(rows: list[Data]) -> bool:
    """Tell whether the letters say what the names do not, and are not the names themselves."""
    labels, letters = {r["label"] for r in rows}, {r["letter"] for r in rows}
    return labels != {"section"} and ("section" in labels or len(labels) < len(letters))


def _repeats(ask: Ask, rows: list[Data]) -> str:
    times: dict[str, list[Data]] = {}
    for row in rows:
        if row.get("letter"):
            times.setdefault(str(row["letter"]), []).append(row)
    again = [group for group in times.values() if len(group) > 1]
    if not again:
        return "Nothing comes back as a whole: each section is new."
    told = (
        f"{_the(group[0], rows)}, at {say.join(say.clock(r['start']) for r in group)}"
        for group in again
    )
    return f"What comes back: {'; '.join(told)}."


def _is(ask: Ask, rows: list[Data]) -> str:
    """Return whether the form is one that is named by its letters, such as AABA."""
    order = list(dict.fromkeys(str(r["letter"]) for r in rows))
    heard = "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[order.index(str(r["letter"])) % 26] for r in rows)
    runs = ", ".join(_name(row, rows) for row in rows[:SECTIONS_TOLD])
    if not ask.value:
        return f"By the order of their first appearance the sections are {heard}: {runs}."
    if heard == ask.value:
        return f"Yes, that is how it runs: {runs}."
    inside = ask.value in heard
    start = f"Not as a whole, but {ask.value} is in it" if inside else f"Not {ask.value}, as I hear"
    return f"{start}{'' if inside else ' it'}: in order of appearance the sections are {heard}, that is {runs}."


def _edge(ask: Ask, rows: list[Data]) -> str:
    """Return whether the track begins, or ends, with a section."""
    row = rows[0] if ask.aspect == "begins" else rows[-1]
    right = row["letter" if len(ask.value) == 1 else "label"] == ask.value
    at = "" if ask.aspect == "begins" else f", from {say.clock(row['start'])}"
    return f"{'Yes' if right else 'No'}, it {ask.aspect} with {_the(row, rows)}{at}.{_doubt([row])}"


def _even(ask: Ask, rows: list[Data]) -> str:
    """Return whether the sections of a kind are as long as each other."""
    hits = _named(ask.value, rows)
    if len(hits) < 2:
        return _few(ask, rows) if hits else _absent(ask.value, rows)
    same = len({r.get("bars") or round(r["end"] - r["start"]) for r in hits}) == 1
    return f"{'Yes' if same else 'No'}: {_lengths(ask.value, hits)}.{_doubt(hits)}"


def _extreme(ask: Ask, rows: list[Data]) -> str:
    pick = max if ask.aspect == "longest" else min
    kind = [r for r in rows if not ask.value or r["label"] == ask.value]
    if not kind:
        return _absent(ask.value, rows)
    row = pick(kind, key=lambda r: r["end"] - r["start"])
    like = [r for r in kind if _length(r) == _length(row)]
    what = ask.value or "section"
    if len(like) > 1 and len({r["label"] for r in like}) == 1 and row["label"] != "section":
        places = say.join(say.clock(r["start"]) for r in like)
        return f"The {ask.aspect} {what}{'s' if not ask.value else ''} {'are' if not ask.value else 'is'} the {_plural(str(row['label']))} at {places}: {_length(row)} each."
    return f"The {ask.aspect} {what} is {_the(row, rows)} at {say.clock(row['start'])}: {_length(row)}."


def _count(ask: Ask, rows: list[Data]) -> str:
    if not ask.value or ask.value == "section":
        kinds = len({r["letter"] for r in rows if r.get("letter")})
        different = f", {say.number_word(kinds)} of them different" if 1 < kinds < len(rows) else ""
        return f"I hear {say.number_word(len(rows))} sections{different}."
    hits = _named(ask.value, rows)
    if not hits:
        return _absent(ask.value, rows)
    noun = _noun(ask.value) if len(hits) == 1 else _plural(ask.value)
    return f"I count {say.number_word(len(hits))} {noun}, at {_places(hits)}.{_doubt(hits)}"


def _few(ask: Ask, rows: list[Data]) -> str:
    """Return how many there are, where a question names one too many."""
    hits = _named(ask.value, rows)
    if len(hits) == 1:
        return f"There is only one {_noun(ask.value)}, at {_places(hits)}.{_doubt(hits)}"
    number = say.number_word(len(hits))
    return f"There are only {number} {_plural(ask.value)}, at {_places(hits)}.{_doubt(hits)}"


# ---- one section --------------------------------------------------------------------------------


def _placed(ask: Ask, rows: list[Data]) -> str:
    """Return the answer about one section that has been found, or about what is at a time."""
    span = ask.span
    assert span is not None
    start = span.start if ask.aspect != "at" else span.resolve(float(rows[-1]["end"]))[0]
    row = next((r for r in reversed(rows) if r["start"] <= start + 0.01), rows[0])
    words = span.words or _the(row, rows)
    where = f"{say.clock(row['start'])}–{say.clock(row['end'])}"
    if ask.aspect == "at":
        if start > float(rows[-1]["end"]):
            return f"Nothing is left at {say.clock(start)}: the track ends at {say.clock(rows[-1]['end'])}."
        of = _which(row, rows)
        return f"{say.clock(start)} is in {of} ({where}).{_doubt([row])}"
    if ask.aspect == "length":
        return f"{say.sentence(f'{words} lasts {_length(row)}')}{_doubt([row])}"
    if ask.aspect in ("next", "previous"):
        return _beside(words, [row], rows, ask.aspect)
    return f"{'Yes: ' + words if ask.polar else words.capitalize()} is at {where}.{_doubt([row])}"


def _beside(words: str, hits: list[Data], rows: list[Data], way: str) -> str:
    """Return what comes after, or before, some sections."""
    step = 1 if way == "next" else -1
    side = "after" if way == "next" else "before"
    places = [rows.index(row) + step for row in hits]
    found = [rows[i] for i in places if 0 <= i < len(rows)]
    if not found:
        return f"Nothing: {words} {'ends' if step > 0 else 'begins'} the track."
    told = [f"{_the(r, rows)} at {say.clock(r['start'])}" for r in found]
    if len({r["label"] for r in found}) == 1 and len(found) > 1 and found[0]["label"] != "section":
        return f"{side.capitalize()} {words} comes {_the(found[0], rows)} each time, at {_places(found)}."
    last = ""
    if len(found) < len(hits):
        last = f"; the {'last' if step > 0 else 'first'} one {'ends' if step > 0 else 'begins'} the track"
    return f"{side.capitalize()} {words} comes {', then '.join(told)}{last}."


def _section(ask: Ask, rows: list[Data]) -> str:
    """Return where the sections of a kind are, how long, or what stands beside them."""
    hits = _named(ask.value, rows)
    if not hits:
        return ("No. " if ask.polar else "") + _absent(ask.value, rows)
    start = "Yes: " if ask.polar else ""
    if ask.aspect == "again":
        if len(hits) > 1:
            return f"Yes, it comes {say.number_word(len(hits))} times: at {_places(hits)}.{_doubt(hits)}"
        return f"No, there is only one {_noun(ask.value)}, at {_places(hits)}.{_doubt(hits)}"
    if ask.aspect in ("next", "previous"):
        return _beside(_the_named(ask.value), hits, rows, ask.aspect) + _doubt(hits)
    if ask.aspect == "length":
        return say.sentence(_lengths(ask.value, hits)) + _doubt(hits)
    if len(hits) > 1:
        again = say.join(say.clock(r["start"]) for r in hits[1:])
        place = f"the first {_noun(ask.value)} comes at {say.clock(hits[0]['start'])}, then again at {again}"
    else:
        place = f"{_the_named(ask.value)} is at {say.clock(hits[0]['start'])}–{say.clock(hits[0]['end'])}"
    return say.sentence(start + place) + _doubt(hits)


def _lengths(value: str, hits: list[Data]) -> str:
    told = [_length(r) for r in hits[:6]]
    if len(set(told)) == 1:
        return f"{_the_named(value)} lasts {told[0]}" + (" each time" if len(hits) > 1 else "")
    rest = (f"{t} at {say.clock(r['start'])}" for t, r in zip(told, hits, strict=False))
    return f"the {_plural(value)} last {say.join(list(rest))}"


def _each(ask: Ask, rows: list[Data]) -> str:
    """Return the length of every section, or of those that are named."""
    if ask.value and ask.value != "section":
        return _section(ask, rows)
    told = [f"{_name(row, rows)} {_length(row)}" for row in rows[:SECTIONS_TOLD]]
    return f"In order: {', '.join(told)}."


def _longer(ask: Ask, rows: list[Data]) -> str:
    """Return which of two sections is longer."""
    first, second = (
        next(r for r in rows if abs(r["start"] - s.start) < 0.01)
        for s in (ask.span, ask.versus)
        if s is not None
    )
    names = [s.words for s in (ask.span, ask.versus) if s is not None]
    a, b = first["end"] - first["start"], second["end"] - second["start"]
    told = f"{names[0]} lasts {_length(first)}, {names[1]} {_length(second)}"
    if first.get("bars") == second.get("bars") and abs(a - b) < LEAST * max(a, b):
        return f"{'No, they' if ask.polar else 'They'} are as long as each other: {told}."
    if ask.polar:
        return f"{'Yes' if (a > b) == (ask.value == 'longer') else 'No'}: {told}."
    pick = names[0] if (a > b) == (ask.value == "longer") else names[1]
    return f"{say.sentence(f'{pick} is {ask.value}')} {say.sentence(told)}"


# ---- words --------------------------------------------------------------------------------------


def _named(value: str, rows: list[Data]) -> list[Data]:
    return [r for r in rows if r["letter" if len(value) == 1 else "label"] == value]


def _noun(value: str) -> str:
    return f"part {value}" if len(value) == 1 else value


def _plural(value: str) -> str:
    return f"parts {value}" if len(value) == 1 else _PLURALS.get(value, f"{value}s")


def _name(row: Data, rows: list[Data]) -> str:
    """Return what a section is called: by its function, else by its letter."""
    label, letter = str(row["label"]), str(row.get("letter") or "")
    if label == "section":
        return f"part {letter}" if letter else "a part"
    kinds = {r["letter"] for r in rows if r["label"] == label and r.get("letter")}
    return f"{label} ({letter})" if len(kinds) > 1 and letter else label


def _the(row: Data, rows: list[Data]) -> str:
    name = _name(row, rows)
    return name if row["label"] == "section" else f"the {name}"


def _which(row: Data, rows: list[Data]) -> str:
    """Return a section as one of its kind: "the second chorus"."""
    like = [r for r in rows if r["label"] == row["label"] and r["label"] != "section"]
    names = ("first", "second", "third", "fourth", "fifth", "sixth")
    if len(like) < 2 or like.index(row) >= len(names):
        return _the(row, rows)
    return f"the {names[like.index(row)]} {row['label']}"


def _places(hits: list[Data]) -> str:
    return say.join([say.clock(r["start"]) for r in hits])


def _length(row: Data) -> str:
    bars = row.get("bars")
    seconds = f"{round(row['end'] - row['start'])} seconds"
    return f"{say.number_word(bars)} bar{'s' if bars != 1 else ''} ({seconds})" if bars else seconds


def _the_named(value: str) -> str:
    """Return a section with its article; a letter takes none."""
    return _noun(value) if len(value) == 1 else f"the {_noun(value)}"


def _absent(value: str, rows: list[Data]) -> str:
    known = dict.fromkeys(str(r["label"]) for r in rows if r["label"] != "section")
    letters = say.join(list(dict.fromkeys(str(r["letter"]) for r in rows if r.get("letter"))))
    if len(value) == 1:
        return f"There is no part {value}; the parts I tell apart are {letters}."
    if not known:
        return f"I can't tell which part would be {say.article(value)}: I only hear parts that differ, {letters}."
    parts = dict.fromkeys(
        f"part {r['letter']}" for r in rows if r["label"] == "section" and r.get("letter")
    )
    told = say.join([*(say.article(n) for n in known), *parts])
    return f"I make out no {value}; what I hear is {told}."


def _doubt(hits: list[Data]) -> str:
    sure = [r["confidence"] for r in hits if r.get("confidence") is not None]
    named = any(r["label"] != "section" for r in hits)
    return f" {_CAUTION}" if sure and named and max(sure) < SURE else ""


_BUILD: dict[str, Callable[[Ask, list[Data]], str]] = {
    "count": _count,
    "few": _few,
    "longest": _extreme,
    "shortest": _extreme,
    "repeats": _repeats,
    "is": _is,
    "begins": _edge,
    "ends": _edge,
    "even": _even,
    "length": _each,
}
