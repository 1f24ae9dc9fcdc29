"""Answers about chords and progressions."""

import re
from collections.abc import Sequence

from agent.rules import say
from agent.rules.asks import Ask, Finding
from agent.rules.say import Data
from tools import theory

ROW = 8
"""How many bars one answer writes out."""
MOST_NAMES = 16
_FAMOUS = {"axis": "I-V-vi-IV", "cadence": ""}


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


def _key(finding: Finding) -> str | None:
    key = finding.data.get("key")
    return key if isinstance(key, str) else None


def names(labels: Sequence[str], key: str | None) -> list[str]:
    """Return chord names in order, each once in a row, silence left out."""
    told: list[str] = []
    for label in labels:
        name = say.chord(label, key)
        if label not in ("N", "X") and (not told or told[-1] != name):
            told.append(name)
    return told


def bars_told(bars: Sequence[Data], key: str | None, roman: bool = False) -> str:
    """Return bars as a chart: "Fm7 | Bbm7 Eb7 | Abmaj7", a bar held on written %."""
    told: list[str] = []
    for bar in bars:
        row = list(bar.get("roman") or ()) if roman else names(bar.get("labels") or (), key)
        told.append(" ".join(r for r in row if r) or "–")
    return " | ".join("%" if i and t == told[i - 1] else t for i, t in enumerate(told))


def loop_told(finding: Finding) -> str:
    """Return the loop as names: "Fm – Db – Ab – Eb", or empty."""
    loop = finding.data.get("loop")
    return say.dashes(names(loop["labels"], _key(finding))) if loop and loop.get("labels") else ""


def _value(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    if ask.span is not None:
        return _in_span(ask, finding)
    key, loop = _key(finding), finding.data.get("loop")
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
    key, bars = _key(finding), finding.data.get("bars") or ()
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
    key, duration = _key(finding), finding.track.get("duration")
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


def told_row(told: list[str]) -> str:
    """Return a row of chord names in words; one that comes round again is told once."""
    if len(told) == 1:
        return f"it stays on {told[0]}"
    for size in range(2, len(told) // 2 + 1):
        if all(name == told[i % size] for i, name in enumerate(told)):
            rest = told[len(told) - len(told) % size :]
            end = f" and then {say.dashes(rest)}" if rest else ""
            return f"it goes round {say.dashes(told[:size])} {_TIMES.get(len(told) // size, f'{len(told) // size} times')}{end}"
    if len(told) > MOST_NAMES:
        return f"it goes {say.dashes(told[:MOST_NAMES])} and so on ({len(told)} changes)"
    return f"it goes {say.dashes(told)}"


_TIMES = {2: "twice", 3: "three times", 4: "four times"}


def at_time(chords: Data, time: float, key: str | None) -> str:
    """Return the name of the chord that sounds at a time, "no chord" where none does."""
    for (start, end), label in zip(chords["intervals"], chords["labels"], strict=False):
        if start <= time < end:
            return "no chord" if label == "N" else say.chord(label, key)
    return "no chord"


def _roman(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    key, loop, bars = _key(finding), finding.data.get("loop"), finding.data.get("bars") or ()
    if not key:
        return "I can't give Roman numerals without a key, and I couldn't make one out"
    if ask.span is not None and ask.span.unit == "bars":
        bars = _bars_of(ask, finding)
    if loop and loop.get("roman") and ask.span is None:
        return f"in {key} the loop is {say.dashes([r for r in loop['roman'] if r])} ({loop_told(finding)})"
    if bars:
        return f"in {key}: {bars_told(bars[:ROW], key, roman=True)} (that is {bars_told(bars[:ROW], key)})"
    labels = [c for c in finding.data["chords"]["labels"] if c not in ("N", "X")][:ROW]
    return f"in {key}: {say.dashes([say.numeral(c, key) for c in labels])} (that is {say.dashes(names(labels, key))})"


def _distinct(finding: Finding) -> list[str]:
    return list(dict.fromkeys(n for n in names(finding.data["chords"]["labels"], _key(finding))))


def _count(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    found = _distinct(finding)
    told = f"I hear {len(found)} different chord{'s' if len(found) != 1 else ''}"
    main = [
        say.chord(m["label"], _key(finding))
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
    key = _key(finding)
    told = (
        f"{say.chord(used[0]['label'], key)}, for about {say.percent(used[0]['share'])} of the time"
    )
    rest = [f"{say.chord(m['label'], key)} ({say.percent(m['share'])})" for m in used[1:3]]
    return told + (f"; then {say.join(rest)}" if rest else "")


def _edge(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    labels = [c for c in finding.data["chords"]["labels"] if c not in ("N", "X")]
    key = _key(finding)
    label = labels[0] if ask.aspect == "first" else labels[-1]
    verb = "opens on" if ask.aspect == "first" else "ends on"
    numeral = say.numeral(label, key)
    told = f"it {verb} {say.chord(label, key)}" + (
        f", the {numeral} of {key}" if numeral and key else ""
    )
    if ask.value:
        same = _fits(ask.value, label, key)
        return f"{'Yes' if same else 'No'}, {told}"
    return told


def _next(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    key, duration = _key(finding), finding.track.get("duration")
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
        return f"nothing follows the {now} there within reach"
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


def _fits(want: str, label: str, key: str | None) -> bool:
    """Tell whether a chord as typed is the label, read with as much detail as was typed."""
    name = say.chord(label, key)
    if _spelling(want) == _spelling(name) or _spelling(want) == _spelling(say.chord(label)):
        return True
    if "/" in want:
        return False
    wanted = re.fullmatch(r"([A-G][#b]?)(m|min|-)?", want)
    try:
        chord = theory.parse_chord(label)
    except ValueError:
        return False
    plain = theory.chord_name(label.split("/")[0])
    if not wanted:
        return _spelling(want) == _spelling(plain)
    if theory.pitch_class(wanted[1]) != theory.pitch_class(chord.root):
        return False
    return chord.third == (3 if wanted[2] else 4)


def _spelling(name: str) -> str:
    name = name.replace("min", "m").replace("Δ", "maj7").replace("°", "dim").replace("ø", "m7b5")
    root = re.match(r"[A-G][#b]?", name)
    if not root:
        return name
    return f"{theory.pitch_class(root.group())}{name[root.end() :]}"


def _has(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    key, duration = _key(finding), finding.track.get("duration")
    wanted = ask.value.split(" ")
    chords = finding.data["chords"]
    told: list[str] = []
    for want in wanted:
        spots = [
            (iv, c)
            for iv, c in zip(chords["intervals"], chords["labels"], strict=False)
            if c not in ("N", "X") and _fits(want, c, key)
        ]
        if ask.span is not None and ask.span.unit != "bars":
            start, end = ask.span.resolve(duration)
            spots = [
                (iv, c)
                for iv, c in spots
                if iv[0] <= (start if end is None else end) and iv[1] > start
            ]
        if not spots:
            told.append(f"no, there is no {want} in it that I can make out")
            continue
        exact = say.join(list(dict.fromkeys(say.chord(c, key) for _, c in spots))[:3], "or")
        where = say.join(say.clock(iv[0]) for iv, _ in spots[:3])
        lead = "Yes, " if ask.aspect == "has" else ""
        more = f" ({len(spots)} times in all)" if len(spots) > 3 else ""
        if ask.aspect == "times":
            told.append(
                f"{exact} comes {len(spots)} time{'s' if len(spots) != 1 else ''}, first at {say.clock(spots[0][0][0])}"
            )
        else:
            told.append(f"{lead}{exact} comes {'first ' if len(spots) > 3 else ''}at {where}{more}")
    return "; ".join(told)


def _quality(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    key = _key(finding)
    hits = list(
        dict.fromkeys(
            say.chord(c, key) for c in finding.data["chords"]["labels"] if _is_quality(c, ask.value)
        )
    )
    word = {
        "slash": "chords with another note in the bass",
        "extended": "chords beyond the seventh",
    }.get(ask.value, f"{ask.value} chords")
    if not hits:
        return f"no, I hear no {word} in it"
    return f"yes: {say.join(hits[:6])}" + (" among others" if len(hits) > 6 else "")


def _is_quality(label: str, wanted: str) -> bool:
    if label in ("N", "X"):
        return False
    try:
        chord = theory.parse_chord(label)
    except ValueError:
        return False
    quality = chord.quality
    tests = {
        "seventh": "7" in quality, "diminished": "dim" in quality, "augmented": "aug" in quality,
        "suspended": "sus" in quality or "sus" in label, "major seventh": quality == "maj7",
        "minor seventh": quality == "min7", "minor": chord.third == 3 and "dim" not in quality,
        "major": chord.third == 4 and "aug" not in quality, "slash": chord.inversion != "1",
        "extended": bool(re.search(r"9|11|13", quality)),
    }  # fmt: skip
    return tests.get(wanted, False)


def _progression(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    key = _key(finding)
    wanted = _FAMOUS.get(ask.value, ask.value)
    if not key or not wanted or wanted == "12-bar blues":
        return f"{_value(ask, finding, subject, seed)}" + (
            f"; whether that makes it a {wanted} I can't decide" if wanted else ""
        )
    labels = [c for c in finding.data["chords"]["labels"] if c not in ("N", "X")]
    have = [_degree(c, key) for c in labels]
    have = [d for i, d in enumerate(have) if d and (not i or d != have[i - 1])]
    goal = [_arabic(d) if d.isdigit() else d.lower().rstrip("7m") for d in wanted.split("-")]
    count = sum(have[i : i + len(goal)] == goal for i in range(len(have)))
    if count:
        return f"{'Yes, ' if ask.polar else ''}{wanted} turns up {count} time{'s' if count > 1 else ''} in {key}"
    loop = loop_told(finding)
    return f"{'No, ' if ask.polar else ''}I don't find {wanted} in {key}" + (
        f"; it goes round {loop}" if loop else ""
    )


def _degree(label: str, key: str) -> str:
    found = re.match(r"[b#]?[ivIV]+", say.numeral(label, key))
    return found.group().lower() if found else ""


def _has_degree(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    key = _key(finding)
    if not key:
        return "I can't tell without a key, and I couldn't make one out"
    wanted = _arabic(ask.value) if ask.value.isdigit() else ask.value
    hits = [
        c
        for c in finding.data["chords"]["labels"]
        if c not in ("N", "X") and _degree(c, key) == wanted
    ]
    if not hits:
        return f"no, I find no {wanted.upper()} chord in {key}"
    names_ = say.join(list(dict.fromkeys(say.chord(c, key) for c in hits))[:3], "or")
    return f"yes, the {wanted.upper()} of {key} turns up as {names_}"


def _arabic(digit: str) -> str:
    return ("i", "ii", "iii", "iv", "v", "vi", "vii")[int(digit) - 1]


def _rate(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    bars = finding.data.get("bars") or ()
    spans = [
        b - a
        for (a, b), c in zip(
            finding.data["chords"]["intervals"], finding.data["chords"]["labels"], strict=False
        )
        if c != "N"
    ]
    if not spans:
        return "I can't tell how often the chords change"
    told = f"a chord lasts about {sum(spans) / len(spans):.1f} seconds on average"
    if bars:
        each = sum(len(names(b.get("labels") or (), None)) for b in bars) / len(bars)
        told += f", roughly {say.figure(each)} to the bar"
    return told


def _sure(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    values = [c for c in finding.data["chords"].get("confidences") or () if c is not None]
    if not values:
        return "the chord estimator gives no confidence, so I can't say how sure I am"
    mean = sum(values) / len(values)
    return f"about the chords I'm {say.sureness(mean)} on average; roots and major or minor are safer than the extensions"


def _how(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    author = finding.data["chords"].get("estimator")
    named = f" (estimator: {author})" if author else ""
    return f"from the audio: the pitches that sound together were matched to chords moment by moment and lined up with the beats{named}"


_ASPECTS = {
    "": _value, "roman": _roman, "count": _count, "most": _most, "first": _edge, "last": _edge,
    "next": _next, "previous": _next, "loop": _loop, "has": _has, "when": _has, "times": _has,
    "quality": _quality, "progression": _progression, "degree": _has_degree, "rate": _rate, "sure": _sure, "how": _how,
}  # fmt: skip
