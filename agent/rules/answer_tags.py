"""Answers about genre, instruments, mood and voice."""

import re
from dataclasses import replace

from agent.rules import say
from agent.rules.asks import Ask, Finding
from agent.rules.lexicon import FEMALE, MALE, matches
from agent.rules.say import Data
from agent.rules.voice_places import against, without_voice
from tools.vocabulary import vocabulary

NOUNS = {"genres": "genre", "instruments": "instruments", "moods": "mood", "voice": "voice"}
_PLURALS = {"genres": "genres", "instruments": "instruments", "moods": "moods"}
AT_ONCE = 2.0
"""Seconds from an edge that count as the edge: the tags move in steps of 1.5 s."""
ADJECTIVES = {"party": "made for a party"}


def answer(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    """Return the answer to one ask about the sound."""
    tags = finding.data.get("tags")
    if not tags:
        reasons = [
            p.get("reason", "")
            for p in finding.data.get("problems") or ()
            if p.get("task") == "tags"
        ]
        told = f"I couldn't make out the {NOUNS[ask.topic]}"
        return say.sentence(f"{told}: {reasons[0]}" if reasons and reasons[0] else told)
    if ask.topic == "voice":
        build = _VOICE.get(ask.aspect, _has_voice)
    else:
        build = _LABELS.get(ask.aspect, _value)
    return say.sentence(build(ask, finding, tags, seed))


def listed(tags: Data, kind: str, most: int = 4) -> list[str]:
    """Return the labels of a kind that were heard, the surest first."""
    words = [str(row["label"]) for row in (tags.get(kind) or ())[:most]]
    return [ADJECTIVES.get(w, w) for w in words] if kind == "moods" else words


def _value(ask: Ask, finding: Finding, tags: Data, seed: str) -> str:
    rows = list(tags.get(ask.topic) or ())
    found = listed(tags, ask.topic, 6)
    if not found:
        return {
            "instruments": "no instrument stands out clearly enough to name",
            "moods": "no mood stands out clearly enough to name",
            "genres": "no genre stands out clearly enough to name",
        }[ask.topic]
    sure = rows[0].get("confidence")
    maybe = sure is not None and sure < 0.5
    if ask.topic == "genres":
        others = [r["label"] for r in rows[1:3] if (r.get("confidence") or 0) >= 0.1]
        told = f"{'closest to' if maybe else say.pick(seed, ('it sounds like', 'I would file it under', 'I hear'))} {found[0]}"
        if maybe:
            told = f"it is {told}, though not clearly so"
        return told + (f", with something of {say.join(others)}" if others else "")
    if ask.topic == "instruments":
        return _with_voice(f"I hear {say.join(found[:6])}", tags)
    return say.pick(
        seed,
        (
            f"the mood is {say.join(found[:3])}",
            f"it comes across as {say.join(found[:3])}",
            f"it feels {say.join(found[:3])}",
        ),
    )


def _with_voice(told: str, tags: Data) -> str:
    voice = tags.get("voice")
    if not voice or any(w in told for w in ("voice", "vocal", "choir")):
        return told
    return f"{told}, and someone sings" if voice["label"] == "vocal" else f"{told}, and no voice"


def _spans(finding: Finding, kind: str, label: str) -> list[tuple[float, float]]:
    """Return where a label holds, in seconds."""
    spans: list[tuple[float, float]] = []
    for entry in finding.data.get("entries") or ():
        same = entry["label"] == label or matches(label, str(entry["label"]), kind)
        if entry["kind"] == kind and same:
            spans += [(float(a), float(b)) for a, b in entry["spans"]]
    return sorted(spans)


def _heard(tags: Data, kind: str, wanted: str) -> Data | None:
    return next((r for r in tags.get(kind) or () if matches(wanted, str(r["label"]), kind)), None)


def _has(ask: Ask, finding: Finding, tags: Data, seed: str) -> str:
    told = [_has_one(ask, finding, tags, w) for w in ask.value.split(", ")]
    return " ".join(say.sentence(t) for t in told)


def _either(ask: Ask, finding: Finding, tags: Data, seed: str) -> str:
    """Return which of two labels it is."""
    wanted = ask.value.split(", ")
    rows = {w: _heard(tags, ask.topic, w) for w in wanted}
    found = [w for w in wanted if rows[w]]
    if not found:
        others = listed(tags, ask.topic, 3)
        instead = f"; what comes through is {say.join(others)}" if others else ""
        return f"neither {wanted[0]} nor {wanted[1]} stands out{instead}"
    if len(found) == 2:
        return f"both: {say.join(str((rows[w] or {})['label']) for w in found)}"
    other = next(w for w in wanted if w not in found)
    return f"{(rows[found[0]] or {})['label']}, as I hear it; {other} doesn't come through"


def _known(wanted: str, kind: str) -> bool:
    """Tell whether the taggers have a word for it: where they have none, they can't say no."""
    words = [*vocabulary().labels(kind), *vocabulary().labels("voice_details")]
    return any(matches(wanted, word, kind) for word in words)


def _has_one(ask: Ask, finding: Finding, tags: Data, wanted: str) -> str:
    kind = ask.topic
    row = _heard(tags, kind, wanted) or _heard(tags, "voice_details", wanted)
    others = [o for o in listed(tags, kind, 3) if not matches(wanted, o, kind)]
    if row:
        sure = row.get("confidence")
        start = "Yes" if sure is None or sure >= 0.5 else "I think so"
        if kind == "genres" and listed(tags, kind, 1) != [row["label"]] and (sure or 0) < 0.5:
            return (
                f"{start}, there's something of {row['label']} in it, but {others[0]} comes first"
            )
        extra = f" ({say.percent(sure)} sure)" if sure is not None and sure < 0.6 else ""
        return {
            "instruments": f"{start}, I hear {row['label']}{extra}",
            "genres": f"{start}, it sounds like {row['label']}{extra}",
            "moods": f"{start}, it comes across as {row['label']}{extra}",
        }[kind]
    spans = _spans(finding, kind, wanted)
    if spans:
        return f"Here and there: {wanted} shows up {_stretches(spans)}, but not enough to mark the whole track"
    instead = f"; what comes through is {say.join(others)}" if others else ""
    if not _known(wanted, kind):
        return f"I can't tell: {wanted} isn't one of the {_PLURALS[kind]} I know{instead}"
    if kind == "instruments":
        return f"No {wanted} that I can make out{instead}"
    return f"No, {wanted} isn't how it sounds to me{instead}"


def _stretches(spans: list[tuple[float, float]]) -> str:
    told = [f"{say.clock(a)}–{say.clock(b)}" for a, b in spans[:4]]
    left = len(spans) - 4
    more = f" and {'once' if left == 1 else f'{left} times'} more" if left > 0 else ""
    return f"at {say.join(told)}{more}" if not more else f"at {', '.join(told)}{more}"


def _when(ask: Ask, finding: Finding, tags: Data, seed: str) -> str:
    told = []
    for wanted in ask.value.split(", "):
        spans = _spans(finding, ask.topic, wanted)
        if not spans:
            known = _heard(tags, ask.topic, wanted)
            told.append(
                f"I can't tell where: {wanted} is there, but I can't place it"
                if known
                else f"no {wanted} that I can make out"
            )
            continue
        told.append(comes_in(wanted, spans, finding.track.get("duration")))
    return "; ".join(told)


def _sure(ask: Ask, finding: Finding, tags: Data, seed: str) -> str:
    rows = list(tags.get(ask.topic) or ())[:3]
    if not rows:
        return f"nothing about the {NOUNS[ask.topic]} was clear enough to name"
    told = say.join(f"{r['label']} {say.percent(r.get('confidence') or 0)}" for r in rows)
    return f"about the {NOUNS[ask.topic]}, these are the confidences: {told}"


def _how(ask: Ask, finding: Finding, tags: Data, seed: str) -> str:
    return f"from the audio: a tagging network listens in short windows and says which words fit (estimator: {tags.get('estimator', 'unnamed')})"


_LABELS = {"": _value, "has": _has, "either": _either, "when": _when, "sure": _sure, "how": _how}


# ---- voice --------------------------------------------------------------------------------------


def _voice_doubt(voice: Data) -> str:
    sure = voice.get("confidence")
    return f", though I'm {say.sureness(sure)}" if sure is not None and sure < 0.65 else ""


def open_question(ask: Ask, finding: Finding) -> str:
    """Return what is heard, for a "is it ...?" whose word no tool knows."""
    tags = finding.data.get("tags") or {}
    heard = [
        say.join(listed(tags, k, n)) for k, n in (("genres", 2), ("moods", 2), ("instruments", 3))
    ]
    told = [
        t
        for t in (
            f"like {heard[0]}" if heard[0] else "",
            heard[1],
            f"with {heard[2]}" if heard[2] else "",
        )
        if t
    ]
    if not ask.value:
        voice = (tags.get("voice") or {}).get("label")
        sung = {"vocal": "someone sings", "instrumental": "nobody sings"}.get(str(voice), "")
        row = [f"it sounds {told[0]}" if told else "", *told[1:], sung]
        return (
            say.sentence(say.join(row))
            if told or sung
            else "Nothing stands out clearly enough to name."
        )
    does = re.match(r"(contain|have|use|include|feature|need|rely|sound|make|show|follow)\b(.*)", ask.value)  # fmt: skip
    value = ask.value if ask.value.startswith("would ") else f"is {ask.value}"
    if does:
        verb = {"have": "has", "rely": "relies"}.get(does[1], f"{does[1]}s")
        value = f"{verb}{does[2]}"
    lead = f"I can't tell whether it {value}"
    return say.sentence(f"{lead}; to me it sounds {', '.join(told)}" if told else lead)


def _has_voice(ask: Ask, finding: Finding, tags: Data, seed: str) -> str:
    voice = tags.get("voice")
    if not voice:
        return "I can't tell whether there is a voice in it"
    sung = voice["label"] == "vocal"
    yes = sung != (ask.value == "instrumental")
    start = ("Yes, " if yes else "No, ") if ask.polar else ""
    if not sung:
        return f"{start}it sounds instrumental: no voice that I can make out{_voice_doubt(voice)}"
    spans = _spans(finding, "voice", "vocal") or _any_voice(finding)
    details = [str(d["label"]) for d in tags.get("voice_details") or ()][:2]
    told = f"{start}{say.join(say.article(d) for d in details) if details else 'a voice'} sings"
    if len(details) > 1:
        told = f"{start}there is singing ({say.join(details)})"
    if spans:
        told += f", {_first(spans[0][0])}"
    return told + _voice_doubt(voice)


def _first(start: float) -> str:
    return "from the start" if start < AT_ONCE else f"first at {say.clock(start)}"


def comes_in(what: str, spans: list[tuple[float, float]], duration: float | None) -> str:
    """Return when something comes in and how long it stays."""
    start, end = spans[0]
    many = what.endswith("s") and not what.endswith("ss")
    told = (
        f"{what} {'are' if many else 'is'} there from the start"
        if start < AT_ONCE
        else f"{what} {'come' if many else 'comes'} in at {say.clock(start)}"
    )
    if len(spans) > 1:
        return f"{told}; {'they are' if many else 'it is'} there {_stretches(spans)}"
    stays = "stay" if many else "stays"
    if duration and end > duration - AT_ONCE:
        return f"{told} and {stays} to the end"
    return f"{told} and {stays} until {say.clock(end)}"


def _any_voice(finding: Finding) -> list[tuple[float, float]]:
    spans: list[tuple[float, float]] = []
    for entry in finding.data.get("entries") or ():
        if entry["kind"] == "voice" and entry["label"] != "instrumental":
            spans += [(float(a), float(b)) for a, b in entry["spans"]]
    return sorted(spans)


def _voice_when(ask: Ask, finding: Finding, tags: Data, seed: str) -> str:
    voice, spans = tags.get("voice"), _spans(finding, "voice", "vocal") or _any_voice(finding)
    if spans:
        details = [str(d["label"]) for d in tags.get("voice_details") or ()]
        voiced = [d for d in details if d.endswith("voice")]
        what = say.article(voiced[0]) if voiced else "the voice"
        told = comes_in(what, spans, finding.track.get("duration"))
        return f"yes, {told}" if ask.polar else told
    if voice and voice["label"] != "vocal":
        return "it sounds instrumental: no voice comes in that I can make out"
    return (
        "there is a voice, but I can't tell where it comes in"
        if voice
        else "I can't tell whether there is a voice in it"
    )


def _where(ask: Ask, finding: Finding, tags: Data, seed: str) -> str:
    """Return where nobody sings, or on which side of a time the voice comes in."""
    voice = tags.get("voice") or {}
    spans = _spans(finding, "voice", "vocal") or _any_voice(finding)
    if voice.get("label") != "vocal":
        return f"nobody sings anywhere that I can make out: it sounds instrumental{_voice_doubt(voice)}"
    if not spans:
        return "there is a voice, but I can't tell where it comes in"
    if ask.aspect == "limit":
        return against(ask, spans)
    duration = float(finding.track.get("duration") or spans[-1][1])
    return without_voice(spans, duration, ask.polar)


def _register(ask: Ask, finding: Finding, tags: Data, seed: str) -> str:
    if ask.value == "rap":
        heard = _gender(replace(ask, value=""), finding, tags, seed)
        return f"I can't tell rapping from singing; what I hear is {heard}"
    what = f"whether it is {say.article(ask.value)}" if ask.value else "which kind of voice it is"
    heard = re.sub(r"^(?:Yes|No), ", "", _gender(ask, finding, tags, seed))
    if heard.startswith("No one"):
        return heard
    return f"I can't tell {what}: I only tell a man's voice from a woman's. Here I hear {heard}"


def _number(ask: Ask, finding: Finding, tags: Data, seed: str) -> str:
    voice = tags.get("voice")
    if voice and voice["label"] != "vocal":
        return f"no one sings, as far as I can make out{_voice_doubt(voice)}"
    details = [str(d["label"]) for d in tags.get("voice_details") or ()][:3]
    heard = f"; I hear {say.join(say.article(d) for d in details)}" if details else ""
    return f"I can't tell how many voices there are{heard}"


def _gender(ask: Ask, finding: Finding, tags: Data, seed: str) -> str:
    voice = tags.get("voice")
    if voice and voice["label"] != "vocal":
        return (
            f"No one sings, as far as I can make out: it sounds instrumental{_voice_doubt(voice)}"
        )
    for row in tags.get("voice_details") or ():
        label = str(row["label"])
        if re.search(rf"\b{FEMALE}\b", label) or re.search(rf"\b{MALE}\b", label):
            sure = row.get("confidence")
            start = ""
            if ask.value:
                start = "Yes, " if label.startswith(ask.value) else "No, "
            return f"{start}a {label.removesuffix('s')}, it seems" + (
                f" ({say.percent(sure)} sure)" if sure is not None else ""
            )
    return (
        "there is a voice, but I can't tell whether a man or a woman sings"
        if voice
        else "I can't tell whether there is a voice in it"
    )


def _voice_sure(ask: Ask, finding: Finding, tags: Data, seed: str) -> str:
    voice = tags.get("voice")
    if not voice:
        return "I can't tell whether there is a voice in it"
    return f"that it is {voice['label']}, I'm {say.sureness(voice.get('confidence'))}"


_VOICE = {
    "has": _has_voice,
    "when": _voice_when,
    "gender": _gender,
    "number": _number,
    "gaps": _where,
    "limit": _where,
    "register": _register,
    "sure": _voice_sure,
    "how": _how,
}
