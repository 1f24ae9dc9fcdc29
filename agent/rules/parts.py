"""Questions about parts of the music: its form, its stems, its notes, its melody, files of them.

`limits.DEEDS` finds that such a thing is asked for; here it becomes an `Ask`: what exactly, of
which part, into which file.
"""

import re
from dataclasses import replace

from agent.rules.asks import Ask, Span
from agent.rules.wording import ORDINALS

DONE = frozenset(("stems", "notes", "melody", "structure", "export", "caption"))
"""The deeds that tools do; others of `limits.DEEDS` are not done here."""

_PARTS = (
    ("vocals", r"vocals?|voices?|singing|singers?|vocalists?|a ?c+ap+el+as?|acapp?el?las?|words"),
    ("drums", r"drums?|drummer|percussion|beats?|kick|snare|hi-?hats?|groove"),
    ("bass", r"bass ?-?lines?|bass(?:ist)?|basses"),
    ("other", r"guitars?|pianos?|keys|keyboards?|synths?|strings|horns?|brass|organ|melody instruments?|other(?: instruments?)?"),
)  # fmt: skip
_ANY_PART = "|".join(pattern for _, pattern in _PARTS)
_BACKING = re.compile(
    r"\bkaraoke\b|\bbacking (?:track|music)\b|\binstrumental (?:version|track|mix|part)\b|\bminus[- ]one\b|\baccompaniment\b|\bsing[- ]?along (?:version|track)\b"
    r"|\b(?:remove|mute|strip(?: out)?|take out|get rid of|drop|kill|delete|lose|cut(?: out)?|without|no|minus|turn off|silence)(?: all| any)? (?:of )?(?:the |her |his |their )?(?:lead )?(?:vocals?|voices?|singing|singers?|vocalists?)\b"
)
_WITHOUT = re.compile(
    r"\b(?:remove|mute|strip(?: out)?|take out|get rid of|drop|kill|without|minus|cut(?: out)?)(?: all)? (?:the )?(?P<what>drums?|percussion|bass(?: ?line)?|guitars?|beats?)\b|\bdrum-?less\b"
)
_THROUGH = re.compile(
    r",?\s*\b(?:without|minus|ignoring|leaving out|leaving aside|if you (?:remove|take out|mute|ignore)|with) (?P<off>(?:the |her |his |their )?(?:lead )?(?:vocals?|voice|singing|singer)(?: (?:removed|muted|taken out|left out|out))?)\b"
    rf"|\b(?:(?:in|of|on|from|listening (?:only )?to|just|only) )?(?:just |only )?the (?P<part>{_ANY_PART})(?: ?-?(?:stem|track|part))?(?: (?P<alone>alone|only|by itself|on its own|stem|isolated))\b"
    rf"|\bin the isolated (?P<isolated>{_ANY_PART})\b"
)
"""A part that a question about something else is to be answered from."""

_FORMS = (
    ("chordpro", r"chord ?-?pro\b|\bcho(?:pro)?\b"), ("jams", r"jams"), ("lab", r"\blab(?:els?| files?)?\b(?=.*\b(?:file|chords|format|as|to)\b)|\blab\b"), ("csv", r"csvs?|spread ?sheets?|excel|tables?"),
    ("midi", r"midi?s?\b|\.mid\b"), ("musicxml", r"music ?xml|sheet music|(?:staff )?notation|(?:the |a |full |piano )?scores?\b|lead ?sheet|muse ?score|sibelius|finale|dorico"),
    ("click", r"click ?-?tracks?|metronome(?: tracks?)?|clicks?\b"), ("png", r"png|pictures?|images?|plots?|draw(?:ing)?|visuali[sz]\w+|graph(?:ic)?s?|diagrams?|chart(?! position)|poster|waveform|sheet(?! music)"),
    ("svg", r"svgs?|vector"), ("stems", r"stems?\b|separate(?:d)? (?:parts|tracks)"), ("json", r"json"),
)  # fmt: skip
FORM_NAMES = {"chordpro": "ChordPro", "jams": "JAMS", "lab": "lab", "csv": "CSV", "midi": "MIDI", "musicxml": "MusicXML", "click": "a click track", "png": "a picture", "svg": "SVG", "stems": "stems", "json": "JSON"}  # fmt: skip
_CHORDS_SAVED = re.compile(r"\b(?:chords?|progression|lead ?sheet)\b")
_SAVED = re.compile(
    r"\b(?:export|save|download|convert|print|write|render|give|get|make|send|need|want|create|put|draw|plot|show|visuali[sz]e)\b"
)

SECTION_WORDS = (
    ("intro", r"intro(?:duction)?s?|opening section"), ("verse", r"verses?|stanzas?"), ("chorus", r"chorus(?:es)?|refrains?|hooks?"),
    ("bridge", r"bridges?|middle (?:8|eight)"), ("solo", r"solos?"), ("instrumental", r"instrumental (?:breaks?|parts?|sections?|passages?)|interludes?"),
    ("break", r"break ?downs?|breaks?"), ("outro", r"outros?|codas?|ending section"),
)  # fmt: skip
_SECTION = "|".join(pattern for _, pattern in SECTION_WORDS)
_WHICH = "|".join(ORDINALS) + "|last|final|next"
SECTION_PLACE = re.compile(
    rf"\b(?:in|during|of|over|through|throughout|for|under|at|does)? ?(?:the |each |every |a )(?P<which>{_WHICH})? ?(?P<name>{_SECTION})(?: section| part)?\b(?! (?:pedal|effect))"
    rf"|\b(?:in|during|over) (?P<plain>{_SECTION})(?: (?P<number>\d|one|two|three))?\b"
    r"|\b(?:in|during|of|over|under|does)? ?(?:section|part) (?P<letter>[a-h])\b"
)
"""A place named by what it is for: "in the second chorus", "during verse 2", "of section B"."""

_LOUDER = re.compile(
    rf"\b(?P<a>{_SECTION})(?: section)?(?: any| much| really)? (?P<how>louder|quieter|softer|faster|slower)(?: \w+)?(?: than| compared to| or) (?:in )?the (?P<b>{_SECTION})\b"
)
_COURSE = re.compile(
    r"\b(?:develop|evolve|unfold|progress|builds?|over time|over the course|section by section|part by part|through)\b"
)
_LENGTH = re.compile(
    r"\bhow (?:long|many (?:bars|beats|measures|seconds))\b|\blength of\b|\blast(?:s)?\b(?= ?[?.!]*$)"
)
_COUNT = re.compile(
    r"\bhow many (?:different |distinct )?(?:\w+ )?(?:sections?|parts?|verses?|choruses|bridges?|solos?|hooks?|refrains?|times does the (?:chorus|verse|hook|refrain))\b"
)
_WHEN = re.compile(
    r"\b(?:when|where|at what (?:time|point|bar)|what time|which bar|how (?:soon|far in)|find|locate|jump to|skip to|timestamps?)\b"
)
_HAS = re.compile(
    r"^(?:\w+ ){0,2}?(?:is|are|does|do|has|have)\b(?: (?:there|it|they|this|the (?:song|track)))*(?: have| contain| has)?(?: an?| any)\b"
)
_REPEATS = re.compile(
    r"\b(?:repeat(?:s|ed|ing)?|come(?:s)? back|return(?:s)?|recur\w*|comes? again)\b"
)


def part_asks(
    name: str, text: str, match: re.Match[str], tracks: tuple[str, ...], span: Span | None
) -> list[Ask]:
    """Return what is asked of the parts of the music.

    Parameters
    ----------
    name : row of `limits.DEEDS`, one of `DONE`
    text : the plain question
    """
    ask = Ask(name, "", tracks, span)
    if name == "structure":
        return [structure_ask(text, ask)]
    if name == "stems" and not any(_has_form(form, text) for form in ("midi", "musicxml")):
        return [replace(ask, value=_stems(text))]
    if name in ("notes", "stems"):
        return [_notes(text, ask)]
    if name == "melody":
        return [replace(ask, aspect=_melody(text))]
    if name == "export" and not re.search(r"\btranscri", text):
        return _export(text, ask)
    if name == "export":
        return [_notes(text, ask)]
    return [replace(ask, aspect="course" if _COURSE.search(text) else "")]


def find_stem(text: str) -> tuple[str, str]:
    """Return the stem that a question is to be answered from ("" for none), and the rest of it."""
    found = _THROUGH.search(text)
    if not found or (
        found.group().lstrip(" ,").startswith("with ")
        and not re.search(r"removed|muted|out", found.group())
    ):
        return "", text
    rest = text[: found.start()] + text[found.end() :]
    if found["off"]:
        return "accompaniment", rest
    return _part_of(found["part"] or found["isolated"]), rest


def structure_ask(text: str, ask: Ask) -> Ask:
    """Return what a question about the form asks for: a section's place, length or number."""
    named = section_named(text)
    if extreme := re.search(r"\b(longest|shortest)\b", text):
        return replace(ask, aspect=extreme[1])
    if _COUNT.search(text):
        return replace(ask, aspect="count", value=named)
    if _LENGTH.search(text) and named:
        return replace(ask, aspect="length", value=named)
    if _WHEN.search(text) and named:
        return replace(ask, aspect="when", value=named)
    if named and _HAS.search(text):
        return replace(ask, aspect="has", value=named, polar=True)
    if named and re.search(r"\b(?:what|which|how) (?:is|are|about) the\b", text):
        return replace(ask, aspect="when", value=named)
    return replace(ask, aspect="repeats" if _REPEATS.search(text) else "", value="")


def louder_section(text: str) -> tuple[str, Span, Span] | None:
    """Return what two sections are held against each other for: "is the chorus louder than the verse"."""
    found = _LOUDER.search(text)
    if not found:
        return None
    first, second = (Span(0, None, "section", section_named(found[n])) for n in ("a", "b"))
    return found["how"], first, second


def section_named(text: str) -> str:
    """Return the function of the first section that is named, "" for none."""
    hits = [(m.start(), n) for n, p in SECTION_WORDS if (m := re.search(rf"\b(?:{p})\b", text))]
    return min(hits)[1] if hits else ""


def section_span(text: str) -> tuple[Span | None, str]:
    """Return a place named by its section, to be found in the form, and the rest of the question.

    Its `words` are ``"chorus"``; `start` is 1 for the first of them, -1 for the last, and 0 for
    all of them.
    """
    found = SECTION_PLACE.search(text)
    if not found:
        return None, text
    rest = re.sub(r"\s+", " ", text[: found.start()] + " " + text[found.end() :]).strip()
    if found["letter"]:
        return Span(0, None, "section", found["letter"].upper()), rest
    which, number = found["which"], found["number"]
    count = -1 if which in ("last", "final") else ORDINALS.get(which or "", 0)
    if number:
        count = {"one": 1, "two": 2, "three": 3}.get(number) or int(number)
    return Span(float(count), None, "section", section_named(found["name"] or found["plain"])), rest


def _part_of(words: str) -> str:
    return next((name for name, pattern in _PARTS if re.fullmatch(pattern, words)), "other")


def _stems(text: str) -> str:
    """Return the stems that are wanted, joined by commas; "" for all."""
    without = _WITHOUT.search(text)
    if without:
        gone = _part_of(without["what"]) if without["what"] else "drums"
        return ", ".join(n for n in ("vocals", "drums", "bass", "other") if n != gone)
    if _BACKING.search(text):
        return "accompaniment"
    named = [(m.start(), name) for name, p in _PARTS if (m := re.search(rf"\b(?:{p})\b", text))]
    return ", ".join(name for _, name in sorted(named))


def _notes(text: str, ask: Ask) -> Ask:
    """Return who is to be written down (`value`), and into what (`aspect`)."""
    form = next((f for f in ("midi", "musicxml", "json") if _has_form(f, text)), "")
    if not form and re.search(r"\btranscri|\bwrite (?:down|out)\b|\bnotate\b", text):
        form = "midi"
    parts = [(m.start(), name) for name, p in _PARTS if (m := re.search(rf"\b(?:{p})\b", text))]
    who = min(parts)[1] if parts else ""
    if re.search(r"\bpianos?\b", text):
        who = "piano"
    if re.search(r"\bmelod(?:y|ies)\b|\btune\b", text):
        who = "vocals"
    return replace(ask, topic="notes", aspect=form, value=who)


def _melody(text: str) -> str:
    for aspect, pattern in (
        ("tune", r"\b(?:in tune|out of tune|off[- ]key|pitchy|on pitch|sharp|flat|intonation|cents|tuning)\b"),
        ("high", r"\b(?:highest|top|high(?:est)?)\b(?: \w+)? (?:note|pitch)\b|\bhow high\b"),
        ("low", r"\b(?:lowest|bottom)\b(?: \w+)? (?:note|pitch)\b|\bhow low\b"),
        ("range", r"\brange\b|\btessitura\b|\bcompass\b"),
    ):  # fmt: skip
        if re.search(pattern, text):
            return aspect
    return ""


def _has_form(form: str, text: str) -> bool:
    return re.search(rf"\b(?:{dict(_FORMS)[form]})", text) is not None


def _export(text: str, ask: Ask) -> list[Ask]:
    """Return the files that are wanted; `value` names the forms, joined by commas."""
    if re.search(r"\bpdf\b", text):
        return [
            replace(ask, value="chordpro" if _CHORDS_SAVED.search(text) else "png", aspect="pdf")
        ]
    if re.search(r"\b(?:mp3|wav|flac)\b", text) and not re.search(r"\bstems?|click", text):
        return [Ask("unsupported", "edit", ask.tracks)]
    forms = [form for form, _ in _FORMS if _has_form(form, text)]
    if "svg" in forms or len(forms) > 1:
        forms = [
            f
            for f in forms
            if f != "png" or re.search(r"\b(?:png|pictures?|images?|plots?)\b", text)
        ]
    if not forms:
        forms = ["chordpro"] if _CHORDS_SAVED.search(text) else []
    return [replace(ask, value=", ".join(forms))] if _SAVED.search(text) or forms else []
