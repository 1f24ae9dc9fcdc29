"""A question in English becomes `Ask`s; pure, and always the same for the same conversation."""

import re
from dataclasses import replace

from agent.rules import (
    at_large,
    beside,
    gathered,
    library_asks,
    limits,
    patterns,
    side_asks,
    theory_asks,
)
from agent.rules import details as narrow
from agent.rules.about_form import form_question
from agent.rules.asks import LOUDNESS, MEASURED, Ask, Situation, Span, is_measured
from agent.rules.beyond import limited
from agent.rules.claims import claim
from agent.rules.comparing import compared, meant_tracks
from agent.rules.elsewhere import other_song
from agent.rules.follow import about_answer, at_place, follow_up
from agent.rules.form_asks import structure_asks
from agent.rules.guess import last_resort
from agent.rules.lexicon import find_chords, find_keys
from agent.rules.openings import find_listen, find_recall
from agent.rules.part_follow import leaning, part_follow
from agent.rules.references import Reference, find_reference
from agent.rules.rephrase import is_aside, rephrased
from agent.rules.section_words import section_span, spoken, two_sections
from agent.rules.stem_words import find_stem
from agent.rules.there import HAPPENS, PUT_IN, TO_KEY, in_place, wants_moment
from agent.rules.thread import leaning_asks, unfolded
from agent.rules.times import find_span, find_swell, find_two, shift
from agent.rules.tongues import translated
from agent.rules.wording import plain

_JOIN = r"what|which|how|is|are|does|do|did|where|when|who|whose|can|could|tell|give|if|has|have|also|why|any|describe|list|show|name|would|will|should|was|save|export|transcribe|isolate|extract|mute|remove|separate"
_SPLIT = re.compile(
    rf"(?<=[?!;])\s*|(?<=[a-z\d])\.\s+|,?\s+(?:and|then|but|plus|also|or)(?: also| then)? (?=(?:{_JOIN})\b)"
    rf"|,\s*(?=(?:{_JOIN})\b)|\s+also,? |\n+"
)
_SWITCH = re.compile(
    r"\b(?:let us (?:talk|turn|switch|go|look|move|focus)|(?:go|switch|move|turn|back|going) (?:back )?to|talk about|focus on|take|look at|select|use|pick|i mean|i meant|moving on|on to)\b"
)
MAX_LENGTH = 2000
HEARD_APART = frozenset(
    "tempo meter beats key chords genres instruments moods melody notes".split()
)
"""Topics that can be asked of one part of the music alone."""


def understand(question: str, situation: Situation) -> tuple[Ask, ...]:
    """Return what is asked, in the order in which it should be answered; never empty."""
    question = translated(question[:MAX_LENGTH], situation) or question
    text = beside.wanted(rephrased(plain(question[:MAX_LENGTH])))
    chords = find_chords(question[:MAX_LENGTH])
    opening = find_listen(question[:MAX_LENGTH])
    talk = _small_talk(text)
    if talk and not opening:
        return (talk,)
    if not opening and (known := theory_asks.find(text)):
        return (known,)
    if not opening and (of_music := at_large.find(text, situation)):
        return (of_music,)
    if not opening and (sides := side_asks.find(text, situation)):
        return tuple(sides)
    if not opening and (said := beside.find(text, question[:MAX_LENGTH], situation)):
        return said
    if not opening and (leaning_on := leaning_asks(text, situation)):
        return tuple(leaning_on)
    text = text if opening else unfolded(text, situation)
    if not opening and (asked := library_asks.find(question[:MAX_LENGTH], situation)):
        return asked
    stranger = "" if opening else other_song(question[:MAX_LENGTH].replace("’", "'"))
    if (
        stranger
        and find_reference(text, situation).kind != "named"
        and not find_recall(text, situation)
    ):
        if _topics(text, chords):
            return (Ask("decline", "elsewhere", value=stranger),)
    asks: list[Ask] = []
    if opening:
        asks.append(Ask("listen", value=opening.path))
        text = plain(opening.rest)
    asks += _segments(text, situation, chords, opened=bool(opening))
    asks = gathered.settled(list(dict.fromkeys(asks)))
    real = [a for a in asks if a.topic != "unclear"]
    if opening and not [a for a in real if a.topic != "listen"]:
        return tuple(real)
    return tuple(real) or (last_resort(text, situation),)


def _small_talk(text: str) -> Ask | None:
    for name, pattern in (
        ("thanks", limits.THANKS),
        ("hello", limits.GREETING),
        ("bye", limits.BYE),
        ("ok", limits.PRAISE),
    ):
        if pattern.search(text) and not re.fullmatch(r"(?:no|sure|really)[ ?]*", text):
            return Ask("talk", name)
    return None


def _segments(text: str, situation: Situation, chords: tuple[str, ...], opened: bool) -> list[Ask]:
    """Read the question part by part; a part leans on the one before it for track and time."""
    asks: list[Ask] = []
    parts = _parts(text, situation, chords, opened)
    for i, part in enumerate(parts):
        before = asks[-1] if asks else None
        here = situation
        if before and is_measured(before) and before.tracks:
            here = replace(situation, focus=before.tracks, span=before.span or situation.span)
            here = replace(here, asks=tuple(asks))
        found = _read(part, here, chords, opened)
        if len(parts) > 1 and is_aside(part) and not _asks_of(found):
            continue
        if i + 1 < len(parts) and _is_remark(part, found):
            continue
        if not found and before is None and i + 1 < len(parts):
            continue
        asks += found
    return asks


def _is_remark(part: str, found: list[Ask]) -> bool:
    """Tell a remark before a question, "I play the bass part" or "that hook is catchy", from one."""
    if "?" in part or patterns.POLAR.match(part):
        return False
    if is_aside(part):
        return all(a.topic in ("instruments", "voice") for a in found)
    stated = re.match(r"(?:and |so |well )*(?:that|this|the|those|love|loving|what an?)\b", part)
    return bool(stated and found) and all(a.topic in ("structure", "moment") for a in found)


def _asks_of(found: list[Ask]) -> bool:
    """Tell whether a remark asks for something that was measured."""
    return any(a.topic in MEASURED - {"describe"} for a in found)


def _parts(text: str, situation: Situation, chords: tuple[str, ...], opened: bool) -> list[str]:
    """Split at sentence ends and where a new question starts; join what asks nothing by itself."""
    parts = [p.strip(" ,.") for p in _SPLIT.split(text) if p and p.strip(" ,.?!;")]
    if len(parts) < 2:
        return [text]
    joined: list[str] = []
    pending = ""
    for part in parts:
        if _is_place(part):
            pending = f"{pending} {part}".strip()
            continue
        if pending and not _has_place(pending, situation) and _topics(part, chords):
            pending = ""  # a remark before the question
        whole = f"{pending} {part}".strip()
        if _topics(whole, chords) or find_recall(whole, situation):
            joined.append(whole)
            pending = ""
        else:
            pending = whole
    if pending:
        if joined and len(pending.split()) <= 8 and _has_place(pending, situation):
            joined[-1] = f"{joined[-1]} {pending}"
        elif not joined:
            joined.append(pending)
    return joined


def _is_place(text: str) -> bool:
    """Tell a mere section, "in the second chorus", before what is asked of it."""
    section, rest = section_span(text)
    lead = re.match(r"(?:and |so |now |ok )*(?:in|during|over|for|at|on|from)\b", text)
    return section is not None and lead is not None and rest in ("", "and", "so", "now", "ok")


def _has_place(text: str, situation: Situation) -> bool:
    if _is_place(text):
        return True
    return find_span(text)[0] is not None or find_reference(text, situation).kind != "none"


def _topics(text: str, chords: tuple[str, ...]) -> bool:
    return bool(
        limits.name_of(limits.DECLINES, text)
        or limits.name_of(limits.DEEDS, text)
        or patterns.match_rules(text, patterns.TOPICS)
        or patterns.match_rules(text, patterns.GENERAL)
        or limits.name_of(patterns.META, text)
        or limits.name_of(patterns.COMPARE, text)
        or limits.HELP.search(text)
        or limits.DEFINE.search(text)
        or narrow.labels(text)
        or narrow.values(text, chords)
        or beside.TOLD.search(text)
    )


def _read(text: str, situation: Situation, chords: tuple[str, ...], opened: bool) -> list[Ask]:
    """Return the asks of one part of the question."""
    if said := beside.row(text, situation):
        return [said]
    defined = limits.DEFINE.search(text)
    if defined:
        return [Ask("theory", "define", value=next(g for g in defined.groups() if g))]
    if limits.WHO.search(text):
        return [Ask("talk", "who")]
    if limits.HELP.search(text):
        return [Ask("talk", "help")]
    if asks := part_follow(text, situation):
        return asks
    text = leaning(text, situation)
    if asks := form_question(text, situation):
        return asks
    two = find_swell(text) or find_two(text)
    if two or (two := two_sections(text)):
        if asks := _at_two(two, situation, chords, opened):
            return asks
    if len(situation.tracks) < 2 and situation.asks and situation.asks[-1].topic == "chords":
        text = re.sub(
            r"\b(the (?:very )?(?:first|last|final|second|third|fourth)) one\b", r"\1 chord", text
        )
    stem, through = find_stem(text)
    if stem and patterns.match_rules(through, patterns.TOPICS):
        asks = _read(through, situation, chords, opened)
        return [replace(a, stem=stem) if a.topic in HEARD_APART else a for a in asks]
    moved, text = shift(text, situation.span)
    span, rest = (moved, text) if moved else _place(text)
    reference = find_reference(rest, situation)
    if reference.kind == "missing":
        return [Ask("tracks", "missing", value=reference.missing)]
    recall = find_recall(reference.text, situation)
    if recall and not opened and not limits.name_of(limits.DEEDS, rest):
        similar = recall.aspect == "similar" and not recall.value
        return (
            [replace(recall, tracks=meant_tracks(reference, situation)[:1])]
            if similar
            else [recall]
        )
    made = limits.name_of(limits.DEEDS, reference.text)
    asks = [] if made and made[0] == "generation" else compared(reference, situation, span)
    if not asks:
        asks = _about(text, reference, situation, chords, span)
    if not asks:
        asks = follow_up(reference, situation, span)
    return asks


def _place(text: str) -> tuple[Span | None, str]:
    """Return the time a question names; a section ("the intro") is left in it for `_about`."""
    section, without = section_span(text)
    named = section is not None or limits.SECTION_LENGTH.search(text)
    span, rest = find_span(without if section is not None else text)
    if section is not None and span is not None and span.unit == "fraction":
        return None, text  # half of a section: the section
    return (None, text) if named and (span is None or section is None) else (span, rest)


_SET_AGAINST = (
    ("level", r"\b(?:louder|quieter|softer|loud|quiet|soft|level|volume|loudness|dynamics?)\b"),
    ("bpm", r"\b(?:faster|slower|quicker|tempo|bpm|speed|pace)\b"),
    ("key", r"\bkeys?\b"),
    ("chords", r"\b(?:same|different|differ\w*|change\w*)\b.*\bchords?\b|\bchords?\b.*\b(?:same|different|differ\w*|change\w*)\b"),
)  # fmt: skip


def _at_two(
    two: tuple[Span, Span, str], situation: Situation, chords: tuple[str, ...], opened: bool
) -> list[Ask]:
    """Return the asks of a question that names two places: one against the other, or both."""
    first, second, rest = two
    reference = find_reference(rest, situation)
    tracks = meant_tracks(reference, situation)
    compares = re.search(
        r"\b(?:than|same|as|compared?|differ\w*|versus|vs|more|less|\w+er)\b", rest
    )
    for aspect, pattern in _SET_AGAINST:
        found = re.search(pattern, rest)
        if found and compares:
            polar = bool(patterns.POLAR.match(rest))
            topic = "moment"
            if aspect == "chords" and first.unit == "section":
                topic, aspect = "chords", "changes"
            return [Ask(topic, aspect, tracks, first, found.group(), polar, second)]
    if first.unit == "section":
        if not (patterns.match_rules(rest, patterns.TOPICS) or HAPPENS.search(rest)):
            return [at_place(tracks, s) for s in (first, second)] if compares else []
        if compares and not patterns.match_rules(rest, patterns.TOPICS):
            return [at_place(tracks, span) for span in (first, second)]
    asks: list[Ask] = []
    for place in (first, second):
        where = f"at {place.words}" if place.words else f"at {place.start:g} seconds"
        where = spoken(place) if place.unit == "section" else where
        asks += _read(f"{rest.rstrip(' ?.!')} {where}", situation, chords, opened)
    return asks


def _about(
    text: str,
    reference: Reference,
    situation: Situation,
    chords: tuple[str, ...],
    span: Span | None,
) -> list[Ask]:
    """Return the asks about tracks: topics, limits, and questions about the last answer."""
    rest = reference.text
    tracks = meant_tracks(reference, situation)
    meta = limits.name_of(patterns.META, rest)
    polar = bool(patterns.POLAR.match(rest))
    hits = claim(rest, patterns.match_rules(rest, patterns.TOPICS), chords)
    if meta and not hits and find_keys(rest):
        hits = [("key", "", 0)]
    if meta:
        return about_answer(meta[0], [h[:2] for h in hits], reference, situation)
    if span is None and (placed := _at_section(text, reference, situation, chords, hits)):
        return placed
    if limits.SECTION_LENGTH.search(rest):
        return structure_asks(rest, Ask("structure", "", tracks))
    barred = limited(rest, tracks, [hit[:2] for hit in hits], span)
    if barred:
        return barred
    asks = [
        narrow.detail(Ask(topic, aspect, tracks, span, polar=polar), rest, chords)
        for topic, aspect, _ in hits
    ]
    asks = gathered.by_value(asks, Ask("", "", tracks, span, polar=polar), rest, chords)
    if asks and span is None and (loud := limits.LOUDNESS.search(rest)):
        asks.append(Ask(*LOUDNESS, tracks, value=loud.group(), polar=polar))
    if span and not hits and re.search(r"\b(?:loud|quiet|soft|loudness|volume|level)\b", rest):
        return [Ask("moment", "level", tracks, span)]
    asks = [in_place(ask, situation) for ask in asks]
    moves = any(a.aspect in ("transpose", "capo") for a in situation.asks)
    if PUT_IN.match(rest) or (TO_KEY.match(rest) and moves):
        asks = [replace(a, aspect="transpose", value=f"to {a.value}") for a in asks]
    if not asks and span and (not situation.asks or HAPPENS.search(rest)):
        general = patterns.match_rules(rest, patterns.GENERAL)
        if not any(topic in ("title", "tracks") for topic, _, _ in general):
            return [at_place(tracks, span)] if wants_moment(rest, general) else []
    if not asks:
        asks = [
            Ask(topic, aspect, tracks, span, polar=polar)
            for topic, aspect, _ in patterns.match_rules(rest, patterns.GENERAL)[:2]
        ]
        asks = gathered.general(asks, rest)
    if not asks and _SWITCH.search(text) and reference.kind in ("named", "other"):
        return [Ask("tracks", "switch", reference.handles)]
    return gathered.dedupe(asks)


def _at_section(
    text: str,
    reference: Reference,
    situation: Situation,
    chords: tuple[str, ...],
    hits: list[tuple[str, str, int]],
) -> list[Ask]:
    """Return the asks of a question that names a section and asks something of it, else []."""
    rest = reference.text
    section, without = section_span(rest)
    if section is None or limits.SECTION_LENGTH.search(rest):
        return []
    touched = [hit[:2] for hit in hits]
    deed = limits.name_of(limits.DEEDS, rest)
    if deed and deed[0] in ("stems", "notes", "melody"):
        asks = limited(rest, meant_tracks(reference, situation), touched, section)
        if asks and asks[0].topic in ("stems", "notes", "melody"):
            return [replace(a, span=section) for a in asks]
    if section.words == "solo" and ("key", "notes") in touched:
        return _about(text, replace(reference, text=without), situation, chords, None)
    inside = set(touched) - {("beats", "count")}
    happens = HAPPENS.search(without) or narrow.labels(without)
    if inside or (section.words != "each" and happens):
        return _in_section(rest, without, reference, situation, chords, section)
    return []


def _in_section(
    text: str,
    without: str,
    reference: Reference,
    situation: Situation,
    chords: tuple[str, ...],
    section: Span,
) -> list[Ask]:
    """Return the asks about a section: what is asked, with the section as its place."""
    tracks = meant_tracks(reference, situation)
    if structure := limits.name_of(limits.DEEDS, text):
        found = structure_asks(text, Ask("structure", "", tracks))
        if structure[0] == "structure" and all(a.aspect not in ("", "repeats") for a in found):
            if not patterns.match_rules(without, patterns.TOPICS):
                return found
    asks = _about(without, replace(reference, text=without), situation, chords, section)
    places = [in_place(replace(a, span=section), situation) for a in asks if a.topic in MEASURED]
    return places or [at_place(tracks, section)]
