"""What the small model answers from: the facts that an answer to these asks needs, a line each.

Plain facts stand as figures (``key #1: F minor 82%; or Ab major (relative)``). What takes theory or
arithmetic (a relative key, a capo, a difference) is worked out by the rules and stands as their
sentence after ``result:``; the model words it, it never reckons. A figure of little confidence is
marked ``unsure``. Titles come from files, so they stand in quotation marks, as data.
"""

from collections.abc import Callable

from agent.rules import say
from agent.rules.answer import answer, suits
from agent.rules.answer_form import lettered
from agent.rules.answer_key import rival
from agent.rules.answer_tags import AT_ONCE, listed
from agent.rules.answer_tempo import FAINT, alternative, reach
from agent.rules.asks import Ask, Finding, Situation
from agent.rules.chord_words import bars_told, key_of, loop_told, names, told_row
from agent.rules.plan import tools_for
from agent.rules.say import Data

MOST_ASKS = 4
LONGEST = 600
"""Characters of a line; the prompt cuts there, too."""
BARS, SECTIONS = 8, 14
LOUD = 3.0
"""Decibels against the mean of the track from which a place is called loud or quiet."""

Facts = Callable[[Ask, Finding], list[str]]


def brief(asks: tuple[Ask, ...], findings: tuple[Finding, ...], situation: Situation) -> str:
    """Return the facts that an answer to these asks needs, a line each; never empty.

    Parameters
    ----------
    asks : with tracks and sections in place, as `agent.rules.context.resolve` returns them
    findings : what the tools of this turn returned
    """
    lines = _named(asks, situation)
    refused = tuple(a for a in asks if a.topic in ("decline", "unsupported"))
    if refused:
        alone = len(refused) == len(asks)
        asks = tuple(a for a in asks if a not in refused)
        lines += _results(refused, findings, situation) if alone else []
        lines += [] if alone else [_refused(refused, findings, situation)]
    for ask in asks[:MOST_ASKS]:
        lines += _lines(ask, findings, situation)
    return "\n".join(line[:LONGEST] for line in dict.fromkeys(lines))


def suited(
    ask: Ask, handle: str, findings: tuple[Finding, ...], situation: Situation
) -> Finding | None:
    """Return the finding that answers an ask about a track, None where none came without error."""
    good = {
        f.tool: f
        for f in findings
        if f.handle == handle and not f.error and suits(f, ask, situation)
    }
    return next((good[tool] for tool in tools_for(ask) if tool in good), None)


def plain(ask: Ask) -> Facts | None:
    """Return what tells the bare facts of an ask, None where a sentence of the rules is needed."""
    if ask.stem or ask.versus is not None:
        return None
    if ask.topic == "chords" and ask.aspect == "" and ask.span is not None:
        return _chords_there
    if ask.span is not None and ask.topic != "moment":
        return None
    if ask.topic in ("structure", "caption") and ask.value:
        return None
    return _PLAIN.get((ask.topic, ask.aspect))


# ---- inside -------------------------------------------------------------------------------------


def _named(asks: tuple[Ask, ...], situation: Situation) -> list[str]:
    """Return the titles of the tracks asked about, where several are open."""
    if len(situation.tracks) < 2:
        return []
    asked = {h for ask in asks for h in ask.tracks}
    return [
        f"{t.handle} {say.quoted(label)}"
        for t in situation.tracks
        if t.handle in asked and (label := say.safe_label(t.title))
    ]


def _lines(ask: Ask, findings: tuple[Finding, ...], situation: Situation) -> list[str]:
    facts = plain(ask)
    if facts is None or not ask.tracks:
        return _results((ask,), findings, situation)
    told: list[str] = []
    for handle in ask.tracks:
        finding = suited(ask, handle, findings, situation)
        lines = facts(ask, finding) if finding else []
        one = Ask(ask.topic, ask.aspect, (handle,), ask.span, ask.value, ask.polar)
        told += lines or _results((one,), findings, situation)
    return told


def _results(
    asks: tuple[Ask, ...], findings: tuple[Finding, ...], situation: Situation
) -> list[str]:
    errors = [
        f"problem: {f.error}"
        for f in findings
        if f.error and _of(f, asks) and not _good(f, findings)
    ]
    return errors or [f"result: {answer(asks, findings, situation)}"]


def _of(finding: Finding, asks: tuple[Ask, ...]) -> bool:
    return any(finding.tool in tools_for(a) and finding.handle in (*a.tracks, "") for a in asks)


def _good(finding: Finding, findings: tuple[Finding, ...]) -> bool:
    """Tell whether the same was found by another call."""
    return any(
        f.tool == finding.tool and f.handle == finding.handle and not f.error for f in findings
    )


def _refused(asks: tuple[Ask, ...], findings: tuple[Finding, ...], situation: Situation) -> str:
    """Return what can't be told, in short: the rest of the turn is answered."""
    told = answer(asks, findings, situation)
    return f"result: {told.partition('. ')[0].rstrip('.')}."


def _sure(confidence: float | None) -> str:
    if confidence is None:
        return ""
    return f" {say.percent(confidence)}" + (" unsure" if say.doubtful(confidence) else "")


def _key(ask: Ask, finding: Finding) -> list[str]:
    key = finding.data.get("key")
    if not key:
        return []
    told = f"key {finding.handle}: {say.key_name(key)}{_sure(key.get('confidence'))}"
    if other := rival(key):
        told += f"; or {say.key_name(other)} ({other.get('relation')})"
    changes = list(key.get("changes") or ())[:6]
    if len(changes) > 1:
        moves = ", ".join(f"{say.key_name(c)} from {say.clock(c['start'])}" for c in changes)
        told += f"; moves: {moves}"
    return [told]


def _tempo(ask: Ask, finding: Finding) -> list[str]:
    tempo = finding.data.get("tempo")
    return [f"tempo {finding.handle}: {_pace(tempo)}"] if tempo else []


def _pace(tempo: Data) -> str:
    told = say.bpm(tempo["bpm"])
    if round(tempo["bpm"], 1) != round(tempo["bpm"]):
        told += f" (about {round(tempo['bpm'])})"
    sure = tempo.get("confidence")
    told += " unsure" if (sure is not None and sure < FAINT) or alternative(tempo, 0.7) else ""
    span = reach(tempo)
    if tempo.get("steady"):
        told += ", steady"
    elif tempo.get("steady") is False and span:
        told += f", moves {round(span[0])}-{round(span[1])}"
    if other := alternative(tempo):
        told += f"; or {say.bpm(other['bpm'])} ({other.get('relation')})"
    return told


def _meter(ask: Ask, finding: Finding) -> list[str]:
    beats = finding.data.get("beats") or {}
    if not beats.get("meter"):
        return []
    return [f"meter {finding.handle}: {beats['meter']}{_sure(beats.get('meter_confidence'))}"]


def _chords(ask: Ask, finding: Finding) -> list[str]:
    if not finding.data.get("chords"):
        return []
    row = _harmony(finding)
    return [f"chords {finding.handle}: {row}"] if row else []


def _harmony(finding: Finding) -> str:
    """Return the loop with its numerals, else the chords most used and the first bars."""
    key, loop = key_of(finding), finding.data.get("loop")
    used = [m["label"] for m in finding.data.get("most_used") or () if m["label"] not in ("N", "X")]
    if loop and loop.get("labels"):
        roman = " ".join(r for r in loop.get("roman") or () if r)
        told = f"loop {loop_told(finding)}" + (f" ({roman} in {key})" if roman and key else "")
        told += f", {loop['times']} times" if loop.get("times") else ""
        extra = [say.chord(c, key) for c in used if c not in loop["labels"]][:3]
        return told + (f"; also {say.join(extra)}" if extra else "")
    told = f"mostly {say.join(say.chord(c, key) for c in used[:5])}" if used else ""
    bars = finding.data.get("bars") or ()
    told += f"; opens {bars_told(bars[:BARS], key)}" if bars else ""
    return told + (f" (in {key})" if told and key else "")


def _chords_there(ask: Ask, finding: Finding) -> list[str]:
    span, chords = ask.span, finding.data.get("chords")
    if span is None or span.unit == "bars" or span.end is None or finding.tool != "chords":
        return []
    start, end = span.resolve(finding.track.get("duration"))
    end = finding.track.get("duration", start) if end is None or end == float("inf") else end
    rows = [
        label
        for (a, b), label in zip(chords["intervals"], chords["labels"], strict=False)
        if a < end and b > start
    ] if chords else []  # fmt: skip
    told = names(rows, key_of(finding))
    place = f" {span.words}" if span.words else ""
    where = f"{say.clock(start)}-{say.clock(end)}{place}"
    return (
        [f"chords {finding.handle} {where}: {told_row(told).removeprefix('it ')}"] if told else []
    )


def _labels(ask: Ask, finding: Finding) -> list[str]:
    rows = list((finding.data.get("tags") or {}).get(ask.topic) or ())
    if not rows:
        return []
    most = {"genres": 3, "instruments": 6, "moods": 3}[ask.topic]
    shown = [r for r in rows[:most] if ask.topic != "genres" or r.get("confidence", 0) >= 0.1]
    words = listed({ask.topic: shown}, ask.topic, most)
    told = ", ".join(
        f"{word}{_sure(row.get('confidence'))}" for word, row in zip(words, shown, strict=True)
    )
    voice = (finding.data.get("tags") or {}).get("voice") if ask.topic == "instruments" else None
    sung = f"; {'a voice' if voice['label'] == 'vocal' else 'no voice'}" if voice else ""
    return [f"{ask.topic} {finding.handle}: {told}{sung}"]


def _voice(ask: Ask, finding: Finding) -> list[str]:
    told = _singing(finding)
    return [f"voice {finding.handle}: {told}"] if told else []


def _singing(finding: Finding) -> str:
    """Return who sings and from when, "" where that is not known."""
    tags = finding.data.get("tags") or {}
    voice = tags.get("voice")
    if not voice:
        return ""
    sure = voice.get("confidence")
    doubt = " unsure" if sure is not None and sure < 0.65 else ""
    if voice["label"] != "vocal":
        return f"none, instrumental {say.percent(sure or 0)}{doubt}"
    details = [str(d["label"]) for d in tags.get("voice_details") or ()][:2]
    starts = sorted(
        float(s[0])
        for e in finding.data.get("entries") or ()
        if e["kind"] == "voice" and e["label"] != "instrumental"
        for s in e["spans"]
    )
    told = f"{say.join(details) or 'sung'} {say.percent(sure or 0)}{doubt}"
    if starts:
        told += " from the start" if starts[0] < AT_ONCE else f" from {say.clock(starts[0])}"
    return told


def _moment(ask: Ask, finding: Finding) -> list[str]:
    data = finding.data
    span = data.get("span") or (0.0, 0.0)
    key = data.get("key")
    chords = names([c["label"] for c in data.get("chords") or ()], key)
    stretch = ask.span is not None and ask.span.end is not None
    where = say.clock(span[0]) + (f"-{say.clock(span[1])}" if stretch else "")
    words = f" {ask.span.words}" if ask.span is not None and ask.span.words else ""
    section = data.get("section") or {}
    parts = [
        told_row(chords).removeprefix("it ") if stretch and chords else " then ".join(chords[:2]),
        f"key {key}" if key else "",
        f"bar {data['bar']} beat {data['beat']}" if data.get("bar") and not stretch else "",
        f"in the {section['label']}" if section.get("label", "section") != "section" else "",
        f"{say.figure(data['bpm'])} BPM" if data.get("bpm") else "",
        f"hear {_heard(data)}" if _heard(data) else "",
        _level(data),
    ]
    return [f"at {finding.handle} {where}{words}: {'; '.join(p for p in parts if p)}"]


def _heard(data: Data) -> str:
    rows = [(str(t["kind"]), str(t["label"])) for t in data.get("tags") or ()]
    heard = [label for kind, label in rows if kind == "instruments"]
    voices = [label for kind, label in rows if kind.startswith("voice") and label != "instrumental"]
    named = [v for v in voices if v != "vocal"] or ["voice"] * bool(voices)
    return say.join(heard + [say.article(v) for v in named[:1]])


def _level(data: Data) -> str:
    level = data.get("level")
    if level is None or abs(level) < LOUD:
        return ""
    return f"{'loud' if level > 0 else 'quiet'}, {abs(level):.0f} dB {'above' if level > 0 else 'below'} average"


def _structure(ask: Ask, finding: Finding) -> list[str]:
    rows = list(finding.data.get("sections") or ())
    if not 1 < len(rows) <= SECTIONS:
        return []
    letters = " ".join(str(r.get("letter") or "") for r in rows)
    more = f"; letters {letters}" if lettered(rows) else ""
    return [f"form {finding.handle}: {_form(rows)}{more}"]


def _form(rows: list[Data]) -> str:
    unsure = any((r.get("confidence") or 0) < 0.4 for r in rows if r["label"] != "section")
    told = ", ".join(
        f"{r['label'] if r['label'] != 'section' else 'part ' + str(r['letter'])} {say.clock(r['start'])}"
        for r in rows
    )
    return told + (" (names unsure)" if unsure else "")


def _describe(ask: Ask, finding: Finding) -> list[str]:
    """Return all that a paragraph about the track may tell, in five lines."""
    data, tags = finding.data, finding.data.get("tags") or {}
    tempo, meter = data.get("tempo"), (data.get("beats") or {}).get("meter")
    key, chords = data.get("key"), data.get("chords")
    label = say.safe_label(finding.track.get("title"))
    length = say.clock(finding.track["duration"]) if finding.track.get("duration") else ""
    harmony = _harmony(Finding("chords", {}, chords)) if isinstance(chords, dict) else ""
    sections = list((data.get("sections") or {}).get("sections") or ())
    kinds = (("genres", "", 2), ("moods", "mood ", 2), ("instruments", "with ", 4))
    sound = [(lead, listed(tags, kind, most)) for kind, lead, most in kinds]
    rows = [
        ("track", " ".join(p for p in (say.quoted(label) if label else "", length) if p)),
        ("sound", "; ".join(f"{lead}{', '.join(words)}" for lead, words in sound if words)),
        ("voice", _singing(finding)),
        ("pulse", ", ".join(p for p in (_pace(tempo) if tempo else "", meter or "") if p)),
        ("key", f"{say.key_name(key)}{_sure(key.get('confidence'))}" if key else ""),
        ("chords", harmony),
        ("form", _form(sections) if 1 < len(sections) <= SECTIONS else ""),
        *(("problem", str(p.get("reason"))) for p in list(data.get("problems") or ())[:2]),
    ]
    return [f"{name} {finding.handle}: {told}" for name, told in rows if told]


def _caption(ask: Ask, finding: Finding) -> list[str]:
    rows = list(finding.data.get("sections") or ())
    text = finding.data.get("text")
    if not text:
        return []
    course = [f"{say.clock(r['start'])}: {r['text']}" for r in rows[:SECTIONS]]
    return [f"text {finding.handle}: {text}", *(course if ask.aspect == "course" else ())]


_PLAIN: dict[tuple[str, str], Facts] = {
    ("key", ""): _key, ("key", "mode"): _key, ("tempo", ""): _tempo, ("meter", ""): _meter,
    ("chords", ""): _chords, ("genres", ""): _labels, ("instruments", ""): _labels,
    ("moods", ""): _labels, ("voice", "has"): _voice, ("voice", ""): _voice,
    ("moment", ""): _moment, ("structure", ""): _structure, ("describe", ""): _describe,
    ("caption", ""): _caption, ("caption", "course"): _caption,
}  # fmt: skip
