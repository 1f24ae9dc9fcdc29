"""What exactly about a topic: the key, chord, meter, number or sound that a question names."""

import re
from dataclasses import replace

from agent.rules.amounts import count, move, progression
from agent.rules.asks import Ask, Span
from agent.rules.lexicon import (
    FEMALE,
    MALE,
    find_bpm,
    find_church_mode,
    find_keys,
    find_labels,
    find_meter,
    find_quality,
)
from agent.rules.times import TIME, seconds
from agent.rules.wording import ORDINALS

_WHEN = re.compile(
    r"\b(?:when|where(?! is it from)|what (?:time|point|moment|part)|at (?:what|which)|how (?:far|soon|late)|from when|since when|(?:which|what) (?:part|bit|section)s?)\b"
)
HARMONY = re.compile(r"\b(?:chords?|progression|harmony)\b")


def labels(text: str) -> tuple[tuple[str, str], ...]:
    """Return (kind, label) of every instrument, genre and mood that a question names."""
    return tuple(
        (kind, label)
        for kind in ("instruments", "genres", "moods")
        for label in find_labels(text, kind)
    )


def values(text: str, chords: tuple[str, ...]) -> bool:
    """Tell whether a key, meter or tempo is named, so that the question is about it."""
    return bool(find_keys(text) or find_meter(text) or find_bpm(text) or named_chords(text, chords))


def versus_number(text: str) -> bool:
    """Tell "faster than 120 bpm" from a comparison of tracks."""
    return find_bpm(text) is not None and not re.search(r"#\d|\bother\b", text)


def detail(ask: Ask, text: str, chords: tuple[str, ...]) -> Ask:
    """Return the ask with the value that the question names, if it names one."""
    build = _DETAILS.get(ask.topic)
    return build(ask, text, chords) if build else ask


def _tempo(ask: Ask, text: str, chords: tuple[str, ...]) -> Ask:
    if ask.aspect == "marking":
        found = re.search(
            r"\b(allegro|allegretto|andante|adagio|presto|largo|moderato|vivace|lento|grave)\b",
            text,
        )
        return replace(ask, value=found[1] if found else "")
    bpm = find_bpm(text)
    if ask.aspect in ("", "fast") and bpm is not None:
        return replace(ask, aspect="is", value=relation(text) + f"{bpm:g}")
    if ask.aspect == "fast":
        word = re.search(
            r"\b(fast|slow|quick|up-?tempo|mid-?tempo|down-?tempo|brisk|speedy)\b", text
        )
        either = re.search(r"\b(?:fast|slow|quick) or (?:fast|slow|quick)\b", text)
        return replace(ask, value=word[1] if word else "fast", polar=ask.polar and not either)
    if ask.aspect == "steady":
        found = re.search(
            r"\b(speed\w* up|faster|accelerat\w+|slow\w* down|slower|rush\w*|drag\w*|chang\w+|var\w+|drift\w*|fluctuat\w+)\b",
            text,
        )
        return replace(ask, value=found[1] if found else "steady")
    if ask.aspect == "length":
        frames = re.search(r"\b(\d{2,3}(?:\.\d+)?) ?(?:fps|frames (?:per|a) second)\b", text)
        if frames or "frames" in text:
            return replace(ask, aspect="frames", value=frames[1] if frames else "")
        return replace(ask, value="bar" if re.search(r"\b(?:bar|measure)\b", text) else "beat")
    if ask.aspect == "alternative":
        found = re.search(r"\b(half|double|twice)\b", text)
        if re.search(r"\bhalf\b.*\bdouble\b|\bdouble\b.*\bhalf\b", text):
            return replace(ask, polar=False)
        return replace(ask, value=found[1].replace("twice", "double") if found else "")
    return ask


def relation(text: str) -> str:
    """Return how a tempo is held against a number: ">", "<", or "" for the number itself."""
    if re.search(r"\b(?:faster|more|higher|quicker|over|above) than\b|\b(?:over|above)\b", text):
        return ">"
    return "<" if re.search(r"\b(?:slower|less|lower) than\b|\b(?:under|below)\b", text) else ""


def _meter(ask: Ask, text: str, chords: tuple[str, ...]) -> Ask:
    value = find_meter(text)
    either = re.search(r"\b(?:three|3|2|two)s? or (?:in )?(?:four|4|three|3)s?\b|/\d or ", text)
    if value and not either and ask.aspect == "":
        return replace(ask, aspect="is", value=value)
    if re.search(r"\bodd\b", text):
        return replace(ask, aspect="is", value="odd")
    if ask.aspect == "" and re.search(r"\bhow many beats\b", text):
        return replace(ask, aspect="beats")
    return replace(ask, polar=False)


def _beats(ask: Ask, text: str, chords: tuple[str, ...]) -> Ask:
    inside = re.search(
        rf"\b(?:in|into|per|within|over|for|during) (?:the )?(?:space of )?({TIME})", text
    )
    if ask.aspect == "count" and ask.span is None and inside and (length := seconds(inside[1])):
        return replace(ask, span=Span(0.0, length), value="length")
    if ask.aspect == "count" and ask.span is not None and ask.span.unit == "seconds":
        span = ask.span
        if span.end is None:
            span = replace(span, start=0.0, end=span.start, words="")
        return replace(ask, span=span, value="bars" if "bar" in text else "beats")
    return ask


def _key(ask: Ask, text: str, chords: tuple[str, ...]) -> Ask:
    keys, church = find_keys(text), find_church_mode(text)
    named = named_chords(text, chords)
    if ask.aspect == "notes" and ask.span is not None and re.search(r"\bchord\b", text):
        return replace(ask, topic="chords")
    if ask.aspect == "notes" and named and not keys:
        return replace(ask, topic="theory", aspect="chord notes", value=named[0])
    if ask.aspect in ("", "mode") and church and church not in ("blues scale", "pentatonic"):
        return replace(ask, aspect="is", value=church)
    if ask.aspect in ("", "mode", "alternatives") and keys:
        return replace(ask, aspect="is", value=" or ".join(keys))
    if ask.aspect == "changes" and re.search(
        r"\b(?:stays?|remains?|keeps?|same|one|single)\b", text
    ):
        return replace(ask, value="stay" if ask.polar else "")
    if ask.aspect == "degree":
        found = re.search(
            r"\bthe (sub-?dominant|dominant|sub-?mediant|mediant|supertonic|leading|i{1,3}|iv|vi{0,2})\b",
            text,
        )
        return replace(ask, value=found[1] if found else "dominant", polar=False)
    if ask.aspect == "mode":
        both = re.search(r"\bmajor\b", text) and re.search(r"\bminor\b", text)
        word = re.search(r"\b(major|minor)\b", text)
        return replace(ask, value="" if both or not word else word[1], polar=ask.polar and not both)
    if ask.aspect in ("relative", "parallel", "camelot", "signature", "notes", "capo", "transpose"):
        about = [k for k in keys if " " in k]
        theory = about and not re.search(r"\b(?:this|it|song|track)\b", text)
        if theory and ask.aspect != "transpose" and ask.aspect != "capo":
            return replace(ask, topic="theory", value=about[0])
        if ask.aspect == "relative":
            word = re.search(r"\brelative (major|minor)\b", text)
            return replace(ask, value=word[1] if word else "", polar=False)
        if ask.aspect in ("transpose", "capo"):
            return replace(ask, value=move(text, keys), polar=False)
    return ask


def _chords(ask: Ask, text: str, chords: tuple[str, ...]) -> Ask:
    named = named_chords(text, chords)
    if ask.aspect == "cadence":
        kind = re.search(
            r"\b(perfect|authentic|plagal|amen|half|imperfect|deceptive|interrupted)\b", text
        )
        return replace(ask, value=_CADENCES.get(kind[1], kind[1]) if kind and ask.polar else "")
    beside = re.search(
        r"\b(?:after|follow\w*|next|lead\w* to|goes? to|resolv\w+|before|preced\w+)\b", text
    )
    if named and beside and ask.span is None and not _WHEN.search(text):
        back = beside[0].startswith(("before", "preced"))
        return replace(ask, aspect="precedes" if back else "follows", value=named[0])
    if ask.aspect in ("first", "last") and re.search(
        r"\b(?:the )?(?:tonic|home chord|root chord)\b", text
    ):
        return replace(ask, value="tonic")
    if ask.aspect in ("first", "last") and re.search(r"\bsame\b.*\b(?:first|last)\b", text):
        return replace(ask, value="same")
    if ask.aspect == "share":
        return replace(ask, value=named[0] if named else _major(text))
    if (
        ask.aspect in ("", "most", "first", "last")
        and named
        and not re.search(r"\bnext|after\b", text)
    ):
        if re.search(
            r"\bnotes?\b|\bhow (?:(?:do|would|can|could|should) (?:i|you|we|one)|to) (?:play|finger|hold|fret)\b|\bspell\b|\bfingering\b",
            text,
        ):
            return replace(ask, topic="theory", aspect="chord notes", value=named[0])
        if ask.aspect in ("first", "last"):
            return replace(ask, value=named[0])
        aspect = "when" if _WHEN.search(text) else "has"
        if re.search(r"\bhow (?:often|many times|much)\b", text):
            aspect = "times"
        return replace(ask, aspect=aspect, value=" ".join(named))
    keys = [k for k in find_keys(text) if " " in k]
    if (
        ask.aspect == ""
        and keys
        and re.search(r"\b(?:chords? (?:are )?(?:in|of)|diatonic)\b", text)
    ):
        if not re.search(r"\b(?:song|track|it|this|put|shift|move|transpose\w*|play)\b", text):
            return replace(ask, topic="theory", aspect="diatonic", value=keys[0])
    quality = find_quality(text)
    if ask.aspect == "" and quality:
        return replace(ask, aspect="quality", value=quality)
    return _chord_place(ask, text)


def _chord_place(ask: Ask, text: str) -> Ask:
    if ask.aspect == "progression":
        return replace(ask, value=progression(text))
    if ask.aspect == "nth":
        found = re.search(r"\b(\w+) chords?\b", text)
        return replace(ask, value=str(ORDINALS.get(found[1], 1)) if found else "1")
    if ask.aspect == "degree":
        named_degree = re.search(
            r"\b(tonic|sub-?dominant|dominant|sub-?mediant|mediant|supertonic)\b", text
        )
        if named_degree:
            return replace(ask, value=_DEGREES[named_degree[1].replace("-", "")])
        found = re.search(r"\bthe (i{1,3}|iv|vi{0,2}|[1-7])(?:st|nd|rd|th)?\b", text)
        return replace(ask, value=found[1] if found else "")
    if ask.aspect == "loop" and re.search(r"\b(?:four|4|three|3|two|2)[- ]chord", text):
        size = re.search(r"\b(four|4|three|3|two|2)[- ]chord", text)
        return replace(ask, value=str(count(size[1])) if size else "")
    return ask


def _major(text: str) -> str:
    """Return the chord in "what share is E major", which reads like a key."""
    keys = find_keys(text)
    if not keys:
        return ""
    tonic, _, mode = keys[0].partition(" ")
    return tonic + ("m" if mode == "minor" else "")


def _sounds(ask: Ask, text: str, chords: tuple[str, ...]) -> Ask:
    if ask.topic == "voice":
        if ask.aspect == "has" and re.search(r"\brap(?:s|ping|per|ped)?\b", text):
            return replace(ask, aspect="register", value="rap")
        if ask.aspect == "register":
            found = re.search(
                r"\b(?:mezzo-?soprano|soprano|alto|contralto|tenor|baritone|bass|treble)\b", text
            )
            return replace(ask, value=found.group() if found else "")
        if ask.aspect == "gender":
            sides = [
                n for n, p in (("female", FEMALE), ("male", MALE)) if re.search(rf"\b{p}\b", text)
            ]
            return replace(ask, value=sides[0] if len(sides) == 1 and ask.polar else "")
        span = ask.span
        until = span is not None and (span.start, span.unit, span.words) == (0.0, "seconds", "")
        if until and span and span.end and ask.aspect in ("has", "when"):
            return replace(ask, aspect="limit", value="before")
        limit = re.search(r"\b(before|after|by|later than|earlier than)\b", text)
        if limit and ask.span is not None and ask.aspect in ("has", "when"):
            early = limit[1] in ("before", "by", "earlier than")
            either = re.search(r"\bbefore or after\b|\bafter or before\b", text)
            return replace(
                ask, aspect="limit", value="" if either else "before" if early else "after"
            )
        if _WHEN.search(text) and ask.aspect == "has":
            return replace(ask, aspect="when")
        if re.search(r"\b(?:vocal|sung) or (?:not|instrumental)\b|\binstrumental or\b", text):
            return replace(ask, polar=False)
        if ask.aspect == "has":
            inverted = re.search(r"\binstrumental\b|\bno (?:vocals?|voice)|\bwithout\b", text)
            return replace(ask, value="instrumental" if inverted else "")
        return ask
    named = [label for kind, label in labels(text) if kind == ask.topic]
    if named:
        return replace(ask, aspect=asked_of(named, text), value=", ".join(named))
    return replace(ask, polar=False)


def asked_of(named: list[str], text: str) -> str:
    """Return what is asked of labels: where they are, which of two it is, or whether they are."""
    if _WHEN.search(text):
        return "when"
    return "either" if len(named) == 2 and re.search(r"\bor\b", text) else "has"


_CADENCES = {"perfect": "authentic", "amen": "plagal", "imperfect": "half", "interrupted": "deceptive"}  # fmt: skip
_DEGREES = {
    "tonic": "i", "supertonic": "ii", "mediant": "iii", "subdominant": "iv", "dominant": "v", "submediant": "vi",
}  # fmt: skip
_DETAILS = {
    "tempo": _tempo, "meter": _meter, "beats": _beats, "key": _key, "chords": _chords, "genres": _sounds,
    "instruments": _sounds, "moods": _sounds, "voice": _sounds,
}  # fmt: skip


def named_chords(text: str, chords: tuple[str, ...]) -> tuple[str, ...]:
    """Return the chords of the question that stand in this part of it."""
    return tuple(
        c
        for c in chords
        if re.search(rf"(?<![\w#]){re.escape(_lower(c))}(?![\w#])", text) or _spoken(c, text)
    )


def _lower(chord: str) -> str:
    return chord.lower().replace("♯", "#").replace("♭", "b")


def _spoken(chord: str, text: str) -> bool:
    root = _lower(chord[:1])
    return bool(
        re.search(
            rf"\b{root}(?: ?#|b| sharp| flat)? (?:minor|major|dim|aug|sus|dom|half|seventh|7)", text
        )
    ) and bool(HARMONY.search(text))
