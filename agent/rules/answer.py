"""The answer of a turn: every ask answered from what the tools returned, and nothing else."""

import re
from dataclasses import replace

from agent.grounding import declines
from agent.rules import (
    answer_chords,
    answer_closer,
    answer_compare,
    answer_generate,
    answer_key,
    answer_library,
    answer_loudness,
    answer_parts,
    answer_tags,
    answer_talk,
    answer_tempo,
    answer_two,
    answer_whole,
    purposes,
    say,
)
from agent.rules.asks import CLOSER, Ask, Finding, Situation
from agent.rules.closer_calls import calls
from agent.rules.compare_sides import found_of
from agent.rules.library_asks import TOOLS as LIBRARY_TOOLS
from agent.rules.parts import DONE
from agent.rules.plan import PART_ARGUMENTS, missing_tools, times_of, tools_for


def answer(asks: tuple[Ask, ...], findings: tuple[Finding, ...], situation: Situation) -> str:
    """Return the answer to all asks of a turn, in their order; never empty."""
    told: list[str] = []
    naming = _Naming(situation, asks)
    refused = [a for a in asks if a.topic in ("decline", "unsupported")]
    alone = len(refused) == len(asks)
    for ask in asks:
        if _told_by_another(ask, asks):
            continue
        if ask.topic == "voice" and ask.aspect == "when":
            asked = [a for a in asks if a.topic == "voice" and a.aspect == "has"]
            ask = replace(ask, polar=any(a.polar and not a.value for a in asked))
        if ask in refused[1:] and ask.topic == refused[0].topic:
            continue  # told with the first
        if ask in refused:
            group = tuple(a for a in refused if a.topic == ask.topic)
            texts = [_refusal(group, situation, findings, alone)]
        else:
            texts = _answers(ask, findings, situation, naming)
        for text in texts:
            if new := _not_told(text, " ".join(told)):
                told.append(new)
    return " ".join(told) or answer_talk.unclear(situation)


_SENTENCES = re.compile(r"(?<=[.!?]) (?=[A-Z])")


def _not_told(text: str, told: str) -> str:
    """Return a text without the sentences that were told before; a list stays whole."""
    if "\n" in text or not told:
        return text
    rows = _SENTENCES.split(text)
    return " ".join(r for r in rows if len(r.split()) < SHORT or r not in told)


SHORT = 3
"""Words of a sentence, such as "No.", that may be said again."""
_STATING = {
    "key": {
        "relative",
        "parallel",
        "camelot",
        "signature",
        "notes",
        "sure",
        "alternatives",
        "mode",
    },
    "tempo": {"steady", "fast", "sure", "alternative", "length"},
    "voice": {"when", "gender"},
}
"""Aspects whose answer states the plain value too."""


def _told_by_another(ask: Ask, asks: tuple[Ask, ...]) -> bool:
    """Tell whether a plain ask is answered by a fuller one of the same turn."""
    if ask.aspect != ("has" if ask.topic == "voice" else "") or ask.span is not None:
        return False
    return any(
        a.topic == ask.topic
        and a.aspect in _STATING.get(ask.topic, ())
        and a.tracks == ask.tracks
        and a.span is None
        for a in asks
    )


def declined(asks: tuple[Ask, ...], text: str) -> bool:
    """Tell whether an answer leaves a question of the turn unanswered."""
    return any(a.topic in ("decline", "unsupported") for a in asks) or declines(text)


def _refusal(
    asks: tuple[Ask, ...], situation: Situation, findings: tuple[Finding, ...], alone: bool
) -> str:
    if asks[0].topic == "unsupported":
        return answer_talk.unsupported(asks, alone)
    return answer_talk.decline(asks, situation, findings + situation.earlier, alone)


class _Naming:
    """Decides whether a sentence must say which track it is about: when that changes."""

    def __init__(self, situation: Situation, asks: tuple[Ask, ...]) -> None:
        handles = {h for ask in asks if ask.topic != "compare" for h in ask.tracks}
        self._several = len(handles) > 1
        self._last = situation.focus[0] if len(situation.focus) == 1 else ""
        self._alone = len(situation.tracks) < 2
        self._situation = situation

    def label(self, handle: str) -> str:
        """Return the name to use for a track now, empty where "it" is plain."""
        if self._alone or (handle == self._last and not self._several):
            return ""
        self._last = handle
        track = self._situation.track(handle)
        return say.track_label({"title": track.title if track else "", "handle": handle})

    def put(self, text: str, label: str) -> str:
        """Return the text with the name where "it" stands first, else before it."""
        if not label or label in text:
            return text
        head, dot, tail = text.partition(". ")
        found = _PLACE.search(head)
        if found and not self._several:
            name = label + (" is" if found["is"] else "")
            group = "it" if found["it"] else "its"
            return head[: found.start(group)] + name + head[found.end() :] + dot + tail
        first = text[0].lower() if text[1:2] != " " and not text[:2].isupper() else text[0]
        return f"{label}: {first if text.split()[0] in _LOWERED else text[0]}{text[1:]}"


_PLACE = re.compile(
    r"^(?:Yes, |No, |Yes: |No: )?(?P<it>[Ii]t)(?P<is>'s)?\b(?! could| may)"
    r"|(?:\bin|\bhear) (?P<its>it)\b"
)
"""Where "it" can be read as the track."""
_LOWERED = frozenset(
    "That It It's No Nothing The There There's Yes, No, At In Between Here Not It: About From I've Closest Up After Before".split()
)


def _answers(
    ask: Ask, findings: tuple[Finding, ...], situation: Situation, naming: _Naming
) -> list[str]:
    simple = _simple(ask, findings, situation)
    if simple is not None and ask.topic == "duration" and len(ask.tracks) == 1:
        return [naming.put(simple, naming.label(ask.tracks[0]))]
    if simple is not None:
        return [simple]
    lost = missing_tools(ask, situation)
    if lost:
        return [answer_talk.no_tool(ask, lost)]
    if not situation.tracks and not findings:
        return [answer_talk.no_track(ask)]
    if ask.topic == "compare":
        found = found_of(findings)
        errors = [f.error for f in findings if f.error and f.handle in (*ask.tracks, "")]
        return errors or [answer_compare.answer(ask, found, situation)]
    if not ask.tracks:
        return [answer_talk.ask_which(ask, situation)]
    return [_measured(ask, handle, findings, situation, naming) for handle in ask.tracks]


def _simple(ask: Ask, findings: tuple[Finding, ...], situation: Situation) -> str | None:
    """Return the answer to an ask that needs no measurement of a track, else None."""
    if ask.topic in LIBRARY_TOOLS:
        return answer_library.answer(ask, findings, situation)
    if ask.topic == "generate":
        return answer_generate.answer(ask, findings, situation)
    if ask.topic == "talk":
        return answer_talk.talk(ask, situation)
    if ask.topic == "theory":
        return answer_talk.theory_answer(ask)
    if ask.topic == "unclear":
        return answer_talk.unclear(situation, ask)
    if ask.topic == "tracks":
        return answer_talk.tracks(ask, situation)
    if ask.topic in ("duration", "title") and situation.tracks:
        if not ask.tracks:
            return answer_talk.ask_which(ask, situation)
        finding = next((f for f in findings if f.handle in ask.tracks and not f.error), None)
        build = answer_whole.duration if ask.topic == "duration" else answer_whole.title
        return build(ask, situation, finding)
    if ask.topic == "recall":
        return answer_talk.no_tool(ask, ("search_library",))
    if ask.topic == "export" and not ask.value:
        return answer_parts.WHICH_FILE
    return _listen(ask, findings, situation) if ask.topic == "listen" else None


def _measured(
    ask: Ask, handle: str, findings: tuple[Finding, ...], situation: Situation, naming: _Naming
) -> str:
    """Return the answer to one ask about one track."""
    if ask.topic == CLOSER:
        made = calls(replace(ask, tracks=(handle,)), situation)
        found = [f for c in made for f in findings if (f.tool, f.args) == (c.tool, c.args)]
        text = answer_closer.answer(ask, found)
        return naming.put(text, naming.label(handle))
    if ask.versus is not None and ask.topic in ("moment", "chords"):
        places = (replace(ask, versus=None), replace(ask, span=ask.versus, versus=None))
        pair = [
            next(
                (
                    f
                    for f in findings
                    if f.handle == handle
                    and f.tool == ("chords" if ask.topic == "chords" else "moment")
                    and not f.error
                    and suits(f, p, situation)
                ),
                None,
            )
            for p in places
        ]
        label = naming.label(handle)
        return naming.put(answer_two.answer(ask, pair[0], pair[1]), label)
    tools = tools_for(ask)
    mine = {
        f.tool: f
        for f in findings
        if f.handle == handle and f.tool in tools and suits(f, ask, situation)
    }
    good = {tool: f for tool, f in mine.items() if not f.error}
    if not good:
        errors = [f.error for f in mine.values() if f.error]
        return say.sentence(errors[0]) if errors else "I have no measurement for that."
    finding = good.get(tools[0]) or next(iter(good.values()))
    label = naming.label(handle)
    text = _text(replace(ask, tracks=(handle,)), finding, good, label or "It")
    if ask.stem and ask.topic != "stems":
        text = f"{_APART.get(ask.stem, ask.stem)}: {_lowered(text)}"
    return naming.put(text, label)


_APART = {"accompaniment": "Without the voice", "vocals": "The voice alone", "drums": "The drums alone", "bass": "The bass alone", "other": "Without voice, bass and drums"}  # fmt: skip


def _lowered(text: str) -> str:
    """Return a sentence as it goes on after a colon."""
    return text[0].lower() + text[1:] if text.split()[0] in _LOWERED else text


def suits(finding: Finding, ask: Ask, situation: Situation) -> bool:
    """Tell whether a finding was made for this ask: the chords of a stretch are no whole."""
    if finding.tool in ("tempo", "key", "chords", "tags"):
        if (finding.args.get("stem") or "") != ask.stem:
            return False
    if finding.tool in PART_ARGUMENTS:
        told = PART_ARGUMENTS[finding.tool](ask)
        if ask.span is not None and finding.tool not in ("export",):
            told |= times_of(ask, finding.tool, finding.handle, situation)
        return all(finding.args.get(name) == value for name, value in told.items())
    if finding.tool == "tags":
        return finding.args.get("kind", "all") in ("all", ask.topic)
    if finding.tool == "chords":
        spanned = ask.span is not None and ask.span.unit != "bars"
        if spanned != (finding.args.get("start") is not None):
            return False
    if finding.tool in ("moment", "chords"):
        wanted = times_of(ask, finding.tool, finding.handle, situation)
        return all(finding.args.get(name) == value for name, value in wanted.items())
    return True


def _text(ask: Ask, finding: Finding, good: dict[str, Finding], subject: str) -> str:
    seed = f"{finding.track.get('id', '')}{ask.topic}{ask.aspect}"
    if ask.topic in ("tempo", "meter", "beats"):
        return answer_tempo.answer(ask, finding, subject, seed)
    if ask.topic == "key":
        return answer_key.answer(ask, finding, subject, seed, good.get("chords"))
    if ask.topic == "chords":
        if ask.span is not None and finding.tool == "moment" and ask.aspect == "":
            start, _ = ask.span.resolve(finding.track.get("duration"))
            return answer_whole.chord_there(finding, start)
        if ask.span is not None and finding.tool == "moment" and ask.aspect == "notes":
            return answer_whole.notes_there(finding, ask.span.resolve(None)[0])
        return answer_chords.answer(ask, good.get("chords", finding), subject, seed)
    if ask.topic in DONE:
        return answer_parts.answer(ask, finding, seed)
    if ask.topic == "loudness":
        return answer_loudness.answer(ask, finding, subject)
    if ask.topic == "moment":
        return answer_whole.moment(ask, finding)
    if ask.topic == "describe":
        return _about_description(ask, finding, seed, subject)
    if ask.topic == "use":
        return purposes.answer(ask, good, subject)
    if ask.topic == "sound":
        return answer_tags.open_question(ask, finding)
    return answer_tags.answer(ask, finding, subject, seed)


def _about_description(ask: Ask, finding: Finding, seed: str, subject: str) -> str:
    if ask.aspect == "sure":
        parts = [("tempo", finding.data.get("tempo")), ("key", finding.data.get("key"))]
        told = [f"about the {n} {say.sureness(p.get('confidence'))}" for n, p in parts if p]
        return say.sentence(f"I'm {say.join(told)}") if told else "I measured too little to say."
    if ask.aspect == "how":
        authors = [
            str(p["estimator"])
            for n in ("tempo", "key", "tags")
            if (p := finding.data.get(n)) and p.get("estimator")
        ]
        return say.sentence(
            f"every figure was measured from the audio, by {say.join(dict.fromkeys(authors))}"
            if authors
            else "every figure was measured from the audio"
        )
    return answer_whole.describe(finding, seed, subject)


def _listen(ask: Ask, findings: tuple[Finding, ...], situation: Situation) -> str:
    found = [f for f in findings if f.tool == "listen"]
    if not found:
        return answer_talk.no_tool(ask, ("listen",))
    told = []
    for finding in found:
        if finding.error:
            told.append(say.sentence(finding.error))
            continue
        for track in finding.data.get("tracks") or ():
            length = f", {say.clock(track['duration'])}" if track.get("duration") else ""
            told.append(f"{say.track_label(track)} is open{length}.")
    return " ".join(told)
