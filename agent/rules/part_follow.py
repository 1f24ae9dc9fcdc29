"""Questions that lean on an answer about parts of the music: "and the drums?", "as sheet music"."""

import re
from dataclasses import replace

from agent.rules import limits, patterns
from agent.rules.asks import Ask, Situation, Span
from agent.rules.parts import forms_named, player
from agent.rules.section_words import section_named, section_span
from agent.rules.stem_words import (
    ANY_PART,
    LEAD,
    PART_LIST,
    TAIL,
    find_stem,
    lone_instrument,
    rest_of,
    stems_wanted,
)
from agent.rules.times import find_span
from agent.rules.wording import ORDINALS

_LEAD = re.compile(
    rf"^{LEAD}(?:i (?:mean|meant|said),? |not (?:that|this)(?: one)?,? |rather |(?:what|how) about |same (?:again |thing |but )*(?:for|with|in|from) |but (?:for|in) |do (?:the same|that|it)(?: again)? (?:for|with|to|in) |the same (?:for|with|in) |try |is it the same (?:for|in|with) |{LEAD})"
)
_MEANT = re.compile(
    r",? (?:(?:is what )?i (?:meant|mean|was after|wanted)|i was talking about)(?=[ ?.!]*$)"
)
_PARTS = re.compile(rf"{PART_LIST}{TAIL}")
_REST = re.compile(
    rf"(?:the )?(?:(?:every|all)(?:thing|body)?(?: the)? (?:else|rest|others?)|the rest(?: of it)?|others?|remaining (?:stems|parts)){TAIL}"
)
_FILE = re.compile(
    rf"(?:(?:can|could) (?:i|you) |i (?:would like|want|need) )?(?:(?:save|export|give|get|have|send|write|make|turn|convert|download|render|print|put|do|want|show)\b(?: \w+){{0,3}}? )?(?:(?:as|in|to|into|for|on) )?(?:a |an |the )?(?P<form>[\w .-]+?)(?: file| format| version| please)*{TAIL}"
)
_SAVE = re.compile(
    rf"(?:(?:can|could) you )?(?:save|export|download|write out|print) (?:it|that|this|those|them|these)(?: (?:to|as) (?:a )?(?:file|disk))?{TAIL}"
)
_THERE = re.compile(
    r"\bthere\b(?=[ ?.!]*$)|(?<!is )(?<!are )\bthere\b(?=[^?.!]{0,12}[?.!]*$)|\b(?:in|on|at|over|under|during) (?:it|that|this)(?: (?:one|part|section|bit))?\b(?=[^?.!]{0,12}[?.!]*$)"
    r"|\b(?:is|are|does) (?:it|that)(?: one| part| section)? (?:(?:built|based) on|on|in|use|have)\b(?=[ ?.!]*$)"
)
_ENDS = re.compile(
    rf"(?:what is |how about )?(?:the |her |his |their )?(?:(?P<low>lowest|bottom|low)|(?P<high>highest|top|high)|range)(?: (?:note|one|end|pitch))?{TAIL}"
)
_WHERE = re.compile(
    r"^where (?:(?:did|have) you (?:save|saved|put)|is (?:it|that|the file) saved|are (?:they|the files)|can i find)\b"
)
_LONG = re.compile(rf"how (?:long|many bars)(?: (?:is|does|are|do|in) (?:it|that|they|those))?(?: (?:last|for|go on for|go on|go for|run|run for))?{TAIL}")  # fmt: skip
_EACH = re.compile(
    rf"how (?:long|many bars)(?: (?:is|are|in|does|do|for))?(?: (?:each|every|all)(?: (?:one|section|part|of them))?| they)(?: last)?{TAIL}"
)
_BACK = re.compile(
    rf"(?:where|when|does|do) (?:does |do )?(?:it|any(?:thing| of (?:it|them))?|that|they)(?: \w+)? (?:com(?:e|es) back|repeats?|returns?|recurs?){TAIL}"
)
_BESIDE = re.compile(
    rf"(?:what|which (?:one|part|section)) (?:is|comes|goes|happens|follows)?(?: right| just)? ?(?P<way>before|after)(?: (?:it|that|this|them|there))?{TAIL}"
)
_NTH = re.compile(
    rf"\bthe (?P<which>{'|'.join(ORDINALS)}|last|final) (?:one|section|part|bit)\b(?! of)"
)
_HEARD = frozenset("tempo meter beats key chords genres instruments moods".split())
_PLACED = frozenset("stems notes melody tempo key chords meter".split())
_SOUNDS = frozenset("genres instruments moods voice".split())
_ENOUGH = 9
"""Words that a follow-up has at most; longer questions stand by themselves."""


def part_follow(text: str, situation: Situation) -> list[Ask]:
    """Return what a short question asks in the light of the last one, [] if it stands by itself."""
    last = situation.asks[-1] if situation.asks else None
    if last is None or len(text.split()) > _ENOUGH + 6:
        return []
    body = _MEANT.sub("", _LEAD.sub("", text)).strip(" ,")
    if not body or len(body.split()) > _ENOUGH:
        return []
    for build in (_of_form, _of_melody, _of_parts, _of_file, _through, _of_place):
        if asks := build(body, last, situation):
            return asks
    return []


def leaning(text: str, situation: Situation) -> str:
    """Return a question with "there" put as the section that the last answer named."""
    last = situation.asks[-1] if situation.asks else None
    if last is None or last.topic != "structure":
        return text
    nth = _NTH.search(text)
    if nth:
        plainly = re.search(r"\b(?:section|part)\b", text)  # "the second section" is of no kind
        kind = len(last.value) > 1 and last.aspect != "is" and not plainly
        noun = last.value if kind else "section"
        return f"{text[: nth.start()]}the {nth['which']} {noun}{text[nth.end() :]}"
    where = last.span.words if last.span is not None and last.span.words else ""
    if not where and last.value and last.aspect in ("when", "has", "length", "count", ""):
        where = f"the {last.value}" if len(last.value) > 1 else f"part {last.value.lower()}"
    if not where or section_span(text)[0] is not None:
        return text
    return _THERE.sub(f"in {where}", text, count=1)


def _of_form(body: str, last: Ask, situation: Situation) -> list[Ask]:
    """Follow a question about the form: another section, how long, what comes back."""
    if last.topic != "structure":
        return []
    general = replace(last, value="", polar=False, span=None, versus=None)
    if _BACK.fullmatch(body):
        return [replace(general, aspect="repeats")]
    if _EACH.fullmatch(body):
        return [replace(general, aspect="length")]
    if _LONG.fullmatch(body) and (last.value or last.span):
        return [replace(last, aspect="length", polar=False)]
    if (beside := _BESIDE.fullmatch(body)) and (last.value or last.span):
        way = "previous" if beside["way"] == "before" else "next"
        return [replace(last, aspect=way, polar=False)]
    place, rest = section_span(body)
    named = place or (
        Span(0, None, "section", section_named(body)) if section_named(body) else None
    )
    alone = re.fullmatch(rf"(?:(?:the|a|an|any|in|for|is there) ?)*{TAIL}", rest) if place else None
    bare = re.fullmatch(r"(?:an? |any |the )?[\w-]+s?[ ?.!]*", body)
    if named is None or not (alone or bare) or not (last.value or last.span):
        return []
    asked = replace(last, versus=None)
    if last.span is not None or named.start:
        return [replace(asked, span=named, value="")]
    return [replace(asked, value=named.words)]


def _of_melody(body: str, last: Ask, situation: Situation) -> list[Ask]:
    """Follow a melody with another of its ends, and files with where they are."""
    if last.topic in ("stems", "notes", "export") and _WHERE.search(body):
        return [a for a in situation.asks if a.topic == last.topic]
    found = _ENDS.fullmatch(body)
    if last.topic != "melody" or not found:
        return []
    low, high = found["low"], found["high"]
    aspect = "range" if not (low or high) else "low" if low else "high"
    return [replace(last, aspect=aspect, value="", polar=False)]


def _of_parts(body: str, last: Ask, situation: Situation) -> list[Ask]:
    """Follow a stem or a transcription: the same of another part."""
    if last.topic not in ("stems", "notes"):
        return []
    if last.topic == "stems":
        if _REST.fullmatch(body) and last.value:
            return [replace(last, value=rest_of(last.value), aspect="")]
        if re.fullmatch(rf"(?:the )?(?:instrumental|acapella|a ?c+ap+el+a){TAIL}", body):
            return [replace(last, value=stems_wanted(body), aspect="")]
        gone = re.fullmatch(rf"(?:with(?:out)?|minus|no)(?: no)? {PART_LIST}{TAIL}", body)
        if _PARTS.fullmatch(body) or gone:
            return [replace(last, value=stems_wanted(body), aspect=lone_instrument(body))]
        return []
    if forms_named(body):
        return []
    if _PARTS.fullmatch(body) or re.fullmatch(rf"the (?:melody|top line|tune){TAIL}", body):
        return [replace(last, value=player(body))]
    return []


def _of_file(body: str, last: Ask, situation: Situation) -> list[Ask]:
    """Follow an answer with a file of it: notes and melodies become MIDI or sheet music."""
    named = forms_named(body)
    forms = [f for f in named if f in ("midi", "musicxml", "json")]
    found = _FILE.fullmatch(body)
    whole = re.search(
        r"\bof (?:this|everything|all|the (?:song|track|piece|whole)(?: \w+)?)\W*$", body
    )
    if whole:
        return []  # a new question, and not of the part that was written down before
    if last.topic in ("notes", "melody") and not re.search(rf"\b(?:{ANY_PART}|chords?)\b", body):
        who = last.value if last.topic == "notes" else "vocals"
        if _SAVE.fullmatch(body):
            return [replace(last, topic="notes", value=who, aspect=last.aspect if last.topic == "notes" and last.aspect else "midi")]  # fmt: skip
        if forms and found:
            return [replace(last, topic="notes", value=who, aspect=forms[0], polar=False)]
    if (
        last.topic == "stems"
        and forms
        and found
        and last.value in ("vocals", "drums", "bass", "other")
    ):
        return [replace(last, topic="notes", value=last.value, aspect=forms[0])]
    if _SAVE.fullmatch(body) and last.topic == "chords":
        return [Ask("export", "", last.tracks, value="chordpro")]
    return []


def _through(body: str, last: Ask, situation: Situation) -> list[Ask]:
    """Follow a measurement with the same of one part: "and without the vocals?"."""
    if last.topic not in _HEARD:
        return []
    stem, rest = find_stem(body)
    if not stem:
        only = re.fullmatch(
            rf"(?:(?:on|of|in|for|with|just|only) )*(?:just |only )(?:the )?(?:{ANY_PART})(?: only| alone)?{TAIL}|(?:(?:on|of|in|for|from|with) )?(?:the )?(?:{ANY_PART}) (?:alone|only|by itself|on its own){TAIL}|(?:on|from) the (?:{ANY_PART})(?: (?:stem|track|part))?{TAIL}",
            body,
        )
        if not only:
            return []
        stem, rest = (stems_wanted(body).split(", ") or [""])[0], ""
    if stem == "" or re.sub(rf"(?:\b(?:is|it|what|and|the|same|if|you|only|but)\b ?)*{TAIL}", "", rest):  # fmt: skip
        return []
    same = [a for a in situation.asks if a.topic in _HEARD]
    return [
        replace(a, stem=stem, polar=False, aspect="" if a.aspect == "sure" else a.aspect)
        for a in same
    ]


def _of_place(body: str, last: Ask, situation: Situation) -> list[Ask]:
    """Follow a question with the same for a section, and a stem or notes with those of a time."""
    section, rest = section_span(body)
    span = section
    if span is None and last.topic in ("stems", "notes", "melody"):
        span, rest = find_span(body)
    if span is None and section_named(body) and len(body.split()) < 3:
        span, rest = Span(0, None, "section", section_named(body)), ""
    left = re.sub(r"\b(?:only|just|but|in|for|of|from|during|the|what|is|it|same)\b", " ", rest)
    if span is None or re.sub(TAIL, "", f" {left}").strip(" ?.!"):
        return []
    if limits.name_of(patterns.META, body):
        return []
    if last.topic == "moment":
        return [replace(last, span=span, versus=None)]
    if last.topic in _PLACED:
        keeps = last.topic != "chords" or last.aspect in ("roman", "has", "when")
        plain = last.aspect if keeps and last.aspect not in ("sure", "how") else ""
        return [replace(last, span=span, aspect=plain, versus=None)]
    if section is None and last.topic != "structure":
        return []
    if last.topic in _SOUNDS:
        return [replace(last, topic="moment", aspect=last.topic, span=span)]
    return [Ask("moment", "", last.tracks, span)]
