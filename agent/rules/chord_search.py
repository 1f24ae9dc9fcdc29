"""Answers that look for something among the chords: a chord, a kind of chord, a progression."""

import re
from collections import Counter
from itertools import pairwise

from agent.rules import say
from agent.rules.asks import Ask, Finding
from agent.rules.chord_form import degree as _degree
from agent.rules.chord_form import twelve_bar
from agent.rules.chord_words import at_time, bars_told, key_of, loop_told
from tools import theory

FAMOUS = {"axis": "I-V-vi-IV", "cadence": ""}


def fits(want: str, label: str, key: str | None) -> bool:
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


def has(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    """Return whether, or where, chords occur."""
    key, duration = key_of(finding), finding.track.get("duration")
    wanted = ask.value.split(" ")
    chords = finding.data["chords"]
    told: list[str] = []
    for want in wanted:
        spots = [
            (iv, c)
            for iv, c in zip(chords["intervals"], chords["labels"], strict=False)
            if c not in ("N", "X") and fits(want, c, key)
        ]
        if ask.span is not None and ask.span.unit != "bars":
            start, end = ask.span.resolve(duration)
            spots = [
                (iv, c)
                for iv, c in spots
                if iv[0] <= (start if end is None else end) and iv[1] > start
            ]
        if not spots:
            told.append(f"no, {_instead(ask, chords, duration, key, want)}")
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


def _instead(ask: Ask, chords: say.Data, duration: float | None, key: str | None, want: str) -> str:  # fmt: skip
    """Return what sounds at the one time that an ask is of, or that a chord is nowhere."""
    if ask.span is not None and ask.span.unit != "bars":
        start, end = ask.span.resolve(duration)
        here = at_time(chords, start, key) if end is None else "no chord"
        if here != "no chord":
            return f"{here} is what I hear there, not {want}"
    return f"there is no {want} in it that I can make out"


def quality(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    """Return which chords of one kind occur."""
    key = key_of(finding)
    hits = list(
        dict.fromkeys(
            say.chord(c, key)
            for c in finding.data["chords"]["labels"]
            if _is_quality(c, ask.value, key)
        )
    )
    word = {
        "slash": "chords with another note in the bass",
        "borrowed": "chords from outside the key",
        "extended": "chords beyond the seventh",
    }.get(ask.value, f"{ask.value} chords")
    if not hits:
        return f"no, I hear no {word} in it"
    return f"yes: {say.join(hits[:6])}" + (" among others" if len(hits) > 6 else "")


def _is_quality(label: str, wanted: str, key: str | None = None) -> bool:
    if label in ("N", "X"):
        return False
    try:
        chord = theory.parse_chord(label)
    except ValueError:
        return False
    quality = chord.quality
    home = say.key_of(key)
    scale = {theory.pitch_class(n) for n in theory.scale(*home)} if home else set(range(12))
    tests = {
        "secondary dominant": "/V" in say.numeral(label, key) or "/i" in say.numeral(label, key).lower(),
        "seventh": "7" in quality, "diminished": "dim" in quality, "augmented": "aug" in quality,
        "suspended": "sus" in quality or "sus" in label, "major seventh": quality == "maj7",
        "minor seventh": quality == "min7", "minor": chord.third == 3 and "dim" not in quality,
        "major": chord.third == 4 and "aug" not in quality, "slash": chord.inversion != "1",
        "borrowed": not chord.pitch_classes <= scale,
        "extended": bool(re.search(r"9|11|13", quality)),
    }  # fmt: skip
    return tests.get(wanted, False)


def progression(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    """Return whether a progression occurs, counted in the key."""
    key = key_of(finding)
    wanted = FAMOUS.get(ask.value, ask.value)
    if wanted == "12-bar blues":
        return twelve_bar(ask, finding, subject, seed)
    if not key or not wanted:
        row = loop_told(finding) or bars_told(list(finding.data.get("bars") or ())[:12], key)
        doubt = f"I can't decide whether it is a {wanted}: " if wanted else ""
        return f"{doubt}it goes {row}"
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


def has_degree(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    """Return whether a degree of the key occurs."""
    key = key_of(finding)
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
    bars = [
        str(bar["number"])
        for bar in finding.data.get("bars") or ()
        if any(_degree(c, key) == wanted for c in bar.get("labels") or () if c not in ("N", "X"))
    ]
    more = f" and {len(bars) - 6} others" if len(bars) > 6 else ""
    told = ", ".join(bars[:6]) + more if more else say.join(bars)
    where = f", in bar{'s' if len(bars) > 1 else ''} {told}" if bars else ""
    return f"yes, the {wanted.upper()} of {key} turns up as {names_}{where}"


def _arabic(digit: str) -> str:
    return ("i", "ii", "iii", "iv", "v", "vi", "vii")[int(digit) - 1]


def beside(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    """Return which chords follow one, or come before it, the most frequent first."""
    key = key_of(finding)
    labels = [c for c in finding.data["chords"]["labels"] if c not in ("N", "X")]
    row = [c for i, c in enumerate(labels) if not i or c != labels[i - 1]]
    pairs = list(pairwise(row)) if ask.aspect == "follows" else [(b, a) for a, b in pairwise(row)]
    found = Counter(say.chord(b, key) for a, b in pairs if fits(ask.value, a, key))
    word = "after" if ask.aspect == "follows" else "before"
    if not found:
        there = any(fits(ask.value, c, key) for c in row)
        return f"nothing comes {word} {ask.value}" if there else f"I hear no {ask.value} in it"
    (first, times), *rest = found.most_common(4)
    count = "" if not rest and times == 1 else f" ({_times(times)})"
    told = f"{word} {ask.value} comes {first}{count}"
    return told + (f"; also {say.join(f'{c} ({_times(n)})' for c, n in rest)}" if rest else "")


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def share(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    """Return how much of the time a chord holds, or each of the chords used most."""
    key = key_of(finding)
    used = [m for m in finding.data.get("most_used") or () if m["label"] not in ("N", "X")]
    if ask.value:
        mine = [m for m in used if fits(ask.value, m["label"], key)]
        if not mine:
            return f"{ask.value} isn't among the chords it uses most"
        total = sum(float(m["share"]) for m in mine)
        told = say.join(list(dict.fromkeys(say.chord(m["label"], key) for m in mine)))
        return f"{told} {'hold' if len(mine) > 1 else 'holds'} for about {say.percent(total)} of the time"
    rows = say.join(f"{say.chord(m['label'], key)} {say.percent(m['share'])}" for m in used[:6])
    return f"by share of the time: {rows}" if rows else "no chord stands out"
