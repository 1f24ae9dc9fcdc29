"""Answers about chords and progressions."""

from itertools import pairwise

from agent.rules import answer_hands, say
from agent.rules.asks import Ask, Finding
from agent.rules.chord_form import cadence
from agent.rules.chord_search import beside, fits, has, has_degree, progression, quality, share
from agent.rules.chord_words import (
    at_time,
    bars_told,
    in_a_row,
    key_of,
    loop_told,
    names,
    told_row,
)
from agent.rules.say import Data

CHANGE = 0.75
"""Seconds within which a change of chord is "at" a time said to the second."""
ROW = 8
HELD = 1.3
"""Bars that a chord lasts on average from which it is told in bars, not as so many to the bar."""
"""How many bars one answer writes out."""


def answer(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    """Return the answer to one ask about chords."""
    chords = finding.data.get("chords")
    if not chords or not [c for c in chords.get("labels") or () if c != "N"]:
        reasons = [
            p.get("reason", "")
            for p in finding.data.get("problems") or ()
            if p.get("task") == "chords"
        ]
        told = "I couldn't make out any chords" + (" there" if ask.span else " in it")
        return say.sentence(f"{told}: {reasons[0]}" if reasons and reasons[0] else told)
    return say.sentence(_ASPECTS.get(ask.aspect, _value)(ask, finding, subject, seed))


def _value(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    if ask.span is not None:
        return _in_span(ask, finding)
    key, loop = key_of(finding), finding.data.get("loop")
    used = [m for m in finding.data.get("most_used") or () if m["label"] not in ("N", "X")]
    if loop and loop.get("labels"):
        roman = [r for r in loop.get("roman") or () if r]
        told = f"it goes round {loop_told(finding)}"
        if roman:
            told += f" ({say.dashes(roman)}{' in ' + key if key else ''})"
        if loop.get("times"):
            told += f", heard {loop['times']} times"
        extra = [say.chord(m["label"], key) for m in used if m["label"] not in loop["labels"]][:3]
        return told + (f"; you'll also meet {say.join(extra)}" if extra else "")
    if used and len(used) > 1:
        told = (
            f"the chords it leans on are {say.join(say.chord(m['label'], key) for m in used[:5])}"
        )
        return f"{told}. It opens {_chart(finding)}" + (f" (in {key})" if key else "")
    return f"it opens {_chart(finding)}" + (f" (in {key})" if key else "")


def _chart(finding: Finding) -> str:
    key, bars = key_of(finding), finding.data.get("bars") or ()
    if bars:
        return bars_told(bars[:ROW], key)
    return say.dashes(names(finding.data["chords"]["labels"], key)[:ROW])


def _bars_of(ask: Ask, finding: Finding) -> list[Data]:
    bars = list(finding.data.get("bars") or ())
    span = ask.span
    if span is None or not bars:
        return []
    if span.start < 0:
        return bars[int(span.start) :]
    last = span.end or span.start
    return [b for b in bars if span.start <= b["number"] <= last]


def _in_span(ask: Ask, finding: Finding) -> str:
    assert ask.span is not None
    key, duration = key_of(finding), finding.track.get("duration")
    if ask.span.unit == "bars":
        bars = _bars_of(ask, finding)
        if not bars:
            count = len(finding.data.get("bars") or ())
            return (
                f"there is no such bar: I count {count} bars"
                if count
                else "I couldn't find the bars in it"
            )
        first, last = bars[0]["number"], bars[-1]["number"]
        where = f"bar {first}" if first == last else f"bars {first} to {last}"
        at = f"{say.clock(bars[0]['start'])}–{say.clock(bars[-1]['end'])}"
        return f"{where} ({at}): {bars_told(bars, key)}"
    start, end = ask.span.resolve(duration)
    where = say.place(start, end, duration, ask.span.words)
    chords = finding.data["chords"]
    if end is None:
        return f"{where} it's {at_time(chords, start, key)}"
    rows = [
        label
        for (a, b), label in zip(chords["intervals"], chords["labels"], strict=False)
        if a < end and b > start
    ]
    told = names(rows, key)
    if not told:
        return f"{where} I hear no chord"
    return f"{where} {told_row(told)}"


def _roman(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    key, loop, bars = key_of(finding), finding.data.get("loop"), finding.data.get("bars") or ()
    if not key:
        return "I can't give Roman numerals without a key, and I couldn't make one out"
    if ask.span is not None and ask.span.unit == "bars":
        bars = _bars_of(ask, finding)
    if loop and loop.get("roman") and ask.span is None:
        return f"in {key} the loop is {say.dashes([r for r in loop['roman'] if r])} ({loop_told(finding)})"
    most = len(bars) if ask.span is not None and ask.span.unit == "bars" else ROW
    if bars:
        return f"in {key}: {bars_told(bars[:most], key, roman=True)} (that is {bars_told(bars[:most], key)})"
    labels = [c for c in finding.data["chords"]["labels"] if c not in ("N", "X")][:ROW]
    return f"in {key}: {say.dashes([say.numeral(c, key) for c in labels])} (that is {say.dashes(names(labels, key))})"


def _distinct(finding: Finding) -> list[str]:
    return list(dict.fromkeys(n for n in names(finding.data["chords"]["labels"], key_of(finding))))


def _count(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    found = _distinct(finding)
    told = f"I hear {len(found)} different chord{'s' if len(found) != 1 else ''}"
    main = [
        say.chord(m["label"], key_of(finding))
        for m in finding.data.get("most_used") or ()
        if m["label"] not in ("N", "X")
    ]
    if len(found) <= 8:
        return f"{told}: {say.join(found)}"
    return f"{told}, {say.join(main[:4])} most of all" if main else told


def _most(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    used = [m for m in finding.data.get("most_used") or () if m["label"] not in ("N", "X")]
    if not used:
        return "no chord stands out"
    key = key_of(finding)
    told = (
        f"{say.chord(used[0]['label'], key)}, for about {say.percent(used[0]['share'])} of the time"
    )
    rest = [f"{say.chord(m['label'], key)} ({say.percent(m['share'])})" for m in used[1:3]]
    return told + (f"; then {say.join(rest)}" if rest else "")


def _edge(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    labels = [c for c in finding.data["chords"]["labels"] if c not in ("N", "X")]
    key = key_of(finding)
    label = labels[0] if ask.aspect == "first" else labels[-1]
    verb = "opens on" if ask.aspect == "first" else "ends on"
    numeral = say.numeral(label, key)
    told = f"it {verb} {say.chord(label, key)}" + (
        f", the {numeral} of {key}" if numeral and key else ""
    )
    if ask.value == "same":
        ends = [say.chord(c, key) for c in (labels[0], labels[-1])]
        if ends[0] == ends[1]:
            return f"Yes, it opens and ends on {ends[0]}"
        return f"No, it opens on {ends[0]} and ends on {ends[1]}"
    if ask.value:
        same = (
            numeral.lower().startswith("i") and numeral.lower()[1:2] not in ("i", "v")
            if ask.value == "tonic"
            else fits(ask.value, label, key)
        )
        return f"{'Yes' if same else 'No'}, {told}"
    return told


def _nth(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    key, place = key_of(finding), int(ask.value or 1)
    rows = in_a_row(finding)
    if len(rows) < place:
        return f"I hear only {len(rows)} chords in a row"
    start, _, label = rows[place - 1]
    return f"chord number {place} is {say.chord(label, key)}, at {say.clock(start)}"


def _change(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    """Return whether the chord changes at a place."""
    chords, key = finding.data["chords"], key_of(finding)
    if ask.span is None or ask.span.unit == "bars":
        return _rate(ask, finding, subject, seed)
    at = ask.span.resolve(finding.track.get("duration"))[0]
    rows = list(zip(chords["intervals"], chords["labels"], strict=False))
    for (_, before), (interval, after) in pairwise(rows):
        if abs(interval[0] - at) <= CHANGE and before != after:
            return f"Yes, {say.chord(before, key)} gives way to {say.chord(after, key)} at {say.clock(interval[0])}"
    return f"No, {at_time(chords, at, key)} holds at {say.clock(at)}"


def _next(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    key, duration = key_of(finding), finding.track.get("duration")
    chords = finding.data["chords"]
    rows = [
        r
        for r in zip(chords["intervals"], chords["labels"], strict=False)
        if r[1] not in ("N", "X")
    ]
    if ask.span is None or ask.span.unit == "bars":
        first = names([label for _, label in rows], key)
        return f"it starts {say.dashes(first[:4])}" if first else "I hear no chord"
    start, end = ask.span.resolve(duration)
    here = start if end is None else end
    if ask.aspect == "previous":
        past = [(iv, label) for iv, label in rows if iv[1] <= start + 0.01]
        if not past:
            return "nothing comes before it"
        return f"before that comes {say.chord(past[-1][1], key)}, from {say.clock(past[-1][0][0])}"
    now = at_time(chords, here, key)
    future = [(iv, label) for iv, label in rows if iv[0] > here and say.chord(label, key) != now]
    if not future:
        known = now and now != "no chord"
        return f"nothing follows the {now} there within reach" if known else "I hear no chord there"
    return f"after {now} comes {say.chord(future[0][1], key)}, at {say.clock(future[0][0][0])}"


def _loop(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    loop = finding.data.get("loop")
    if not loop or not loop.get("labels"):
        found = _distinct(finding)
        return f"{'No, ' if ask.polar else ''}I find no loop that carries it; it uses {len(found)} different chords"
    size = len(loop["labels"])
    told = f"{loop_told(finding)} keeps coming round" + (
        f", {loop['times']} times" if loop.get("times") else ""
    )
    if ask.value and ask.polar:
        return f"{'Yes' if size == int(ask.value) else 'No'}, the loop has {size} chords: {told}"
    return f"{'Yes, ' if ask.polar else ''}{told}"


def _rate(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    bars = finding.data.get("bars") or ()
    rows = in_a_row(finding)
    if not rows:
        return "I can't tell how often the chords change"
    mean = sum(end - start for start, end, _ in rows) / len(rows)
    told = f"a chord lasts about {mean:.1f} seconds on average"
    if bars:
        # Of a chord that is held over bars, each of them holds the name: names are no changes.
        size = sum(b["end"] - b["start"] for b in bars) / len(bars)
        held = mean / size if size else 0.0
        if held >= HELD:
            told += f", roughly {say.figure(held)} bars of {size:.2f} seconds each"
        elif held:
            told += f", roughly {say.figure(1 / held)} to the bar"
    return told


def _sure(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    values = [c for c in finding.data["chords"].get("confidences") or () if c is not None]
    if not values:
        return "the chord estimator gives no confidence, so I can't say how sure I am"
    mean = sum(values) / len(values)
    return f"about the chords I'm {say.sureness(mean)} on average; roots and major or minor are safer than the extensions"


def _how(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    claims = [c for c in finding.evidence if c.get("claim") in ("chord", "loop")]
    author = next((c["estimator"] for c in claims if c.get("estimator")), None)
    named = f" (estimator: {author})" if author else ""
    return f"from the audio: the pitches that sound together were matched to chords moment by moment and lined up with the beats{named}"


_ASPECTS = {
    "ease": answer_hands.ease,
    "": _value, "roman": _roman, "count": _count, "most": _most, "first": _edge, "last": _edge,
    "next": _next, "previous": _next, "loop": _loop, "has": has, "when": has, "times": has,
    "quality": quality, "progression": progression, "degree": has_degree, "nth": _nth, "change": _change, "cadence": cadence, "share": share, "follows": beside, "precedes": beside, "rate": _rate, "sure": _sure, "how": _how,
}  # fmt: skip
