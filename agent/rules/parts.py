"""Questions about parts of the music: its form, its stems, its notes, its melody, files of them.

`limits.DEEDS` finds that such a thing is asked for; here it becomes an `Ask`: what exactly, of
which part, into which file.
"""

import re
from dataclasses import replace

from agent.rules.asks import Ask, Span
from agent.rules.form_asks import structure_asks
from agent.rules.lexicon import VOICE
from agent.rules.stem_words import lone_instrument, parts_named, stems_wanted

DONE = frozenset(("stems", "notes", "melody", "structure", "export", "caption"))
"""The deeds that tools do; others of `limits.DEEDS` are not done here."""

_FORMS = (
    ("chordpro", r"chord ?-?pro\b|chord ?sheets?\b|\bcho(?:pro)?\b|(?:chord )?charts?\b(?! position)"), ("jams", r"jams"), ("lab", r"\blab(?:els?| files?)?\b(?=.*\b(?:file|chords|format|as|to)\b)|\blab\b"), ("csv", r"csvs?|spread ?sheets?|excel|tables?"),
    ("midi", r"midi?s?\b|\.mid\b"), ("musicxml", r"music ?xml|sheet music|(?:staff )?notation|(?:the |a |full |piano )?scores?\b|lead ?sheets?|(?:in|on|for|into) (?:muse ?score|sibelius|finale|dorico)|muse ?score"),
    ("click", r"click ?-?tracks?|metronome(?: tracks?)?|clicks?\b"), ("png", r"png|pictures?|images?|plots?|draw(?:ing)?|visuali[sz]\w+|graph(?:ic)?s?|diagrams?|poster|waveform|sheet(?! music)"),
    ("svg", r"svgs?|vector"), ("stems", r"stems?\b|separate(?:d)? (?:parts|tracks)"), ("json", r"json"),
)  # fmt: skip
FORM_NAMES = {"chordpro": "ChordPro", "jams": "JAMS", "lab": "lab", "csv": "CSV", "midi": "MIDI", "musicxml": "sheet music (MusicXML)", "click": "a click track", "png": "a picture", "svg": "SVG", "stems": "stems", "json": "JSON"}  # fmt: skip
NOTE_FORMS = ("midi", "musicxml", "json")
_CHORDS_SAVED = re.compile(r"\b(?:chords?|progression|lead ?sheet)\b")
_SAVED = re.compile(
    r"\b(?:export|save|download|convert|print|write|render|give|get|make|send|need|want|create|put|draw|plot|show|visuali[sz]e)\b"
)
SOUND_FILE = re.compile(r"\b(?:mp3|wav|wave|flac|ogg|aiff?|m4a)s?\b")
_WRITTEN = re.compile(
    r"\btranscri|\b(?:write|writing|note|jot|take)\b.{0,30}\b(?:down|out)\b|\bnotate\b"
)
_COURSE = re.compile(
    r"\b(?:develop|evolve|unfold|progress|builds?|over time|over the course|section by section|part by part|through\w*)\b"
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
        return structure_asks(text, ask)
    written = any(_has_form(form, text) for form in ("midi", "musicxml"))
    if name == "stems" and not written:
        wanted = stems_wanted(text)
        lone = lone_instrument(text) if wanted and "accompaniment" not in wanted else ""
        return [replace(ask, value=wanted, aspect=lone)]
    if name in ("notes", "stems") or (name == "melody" and (written or _WRITTEN.search(text))):
        return [_notes(text, ask)]
    if name == "melody" and _PLAYED.search(text) and not re.search(VOICE, text):
        return [_notes(text, ask)]
    if name == "melody":
        return [replace(ask, aspect=_melody(text), value=_register(text))]
    if name == "export" and not re.search(r"\btranscri", text):
        return _export(text, ask)
    if name == "export":
        return [_notes(text, ask)]
    return [replace(ask, aspect="course" if _COURSE.search(text) else "")]


def forms_named(text: str) -> list[str]:
    """Return the kinds of file that a question names, as the tools call them."""
    return [form for form, _ in _FORMS if _has_form(form, text)]


def player(text: str) -> str:
    """Return whose notes a question is about: a stem or ``"piano"``, "" for all."""
    if re.search(r"\bpian(?:os?|ist)\b|\b(?:left|right) hand\b", text):
        return "piano"
    if re.search(r"\bmelod(?:y|ies)\b|\btunes?\b|\btop ?-?lines?\b", text):
        return "vocals"
    return next(iter(parts_named(text)), "")


def _notes(text: str, ask: Ask) -> Ask:
    """Return who is to be written down (`value`), and into what (`aspect`)."""
    form = next((f for f in NOTE_FORMS if _has_form(f, text)), "")
    if not form and re.search(r"\bpdf\b", text):
        form = "musicxml"  # what a notation program prints
    if not form and _WRITTEN.search(text):
        form = "midi"
    return replace(ask, topic="notes", aspect=form, value=player(text))


_PLAYED = re.compile(
    r"\b(?:of|on|in|for|does|do|is) (?:the )?(?:bass|guitars?|pianos?|organ|keys|keyboards?|strings|synths?|horns?)\b(?= ?(?:part|stem|track|guitar|lines?|plays?|go(?:es)?|reach\w*|hits?)?\b)"
)
"""An instrument whose notes are asked for; a stem or the whole tells them, not the voice's pitch."""
_REGISTER = re.compile(
    r"\b(?P<name>mezzo(?:-soprano)?|soprano|contralto|alto|countertenor|tenor|baritone|bass)s?\b"
)


def _register(text: str) -> str:
    """Return the type of voice that is to sing it, "" for none."""
    found = _REGISTER.search(text)
    return found["name"] if found else ""


def _melody(text: str) -> str:
    for aspect, pattern in (
        ("tune", r"\b(?:in tune|out of tune|off[- ]key|pitchy|on pitch|sharp|flat|intonation|cents|tuning)\b"),
        ("range", r"\b(?:high|low)est and (?:the )?(?:high|low)est\b"),
        ("high", r"\b(?:highest|top|high(?:est)?)\b(?: \w+)? (?:note|pitch)\b|\bhow high\b|\bhighest (?:that )?(?:she|he|they|the)\b"),
        ("low", r"\b(?:lowest|bottom)\b(?: \w+)? (?:note|pitch)\b|\bhow low\b|\blowest (?:that )?(?:she|he|they|the)\b"),
        ("range", r"\bhow many (?:octaves|semitones)\b|\b(?:above|below|over|under|reach\w*|hits?|than|as|to) (?:an? |the )?(?:high |low |top )?[a-g](?:#|b)?\d\b"),
        ("range", r"\brange\b|\btessitura\b|\bcompass\b"),
    ):  # fmt: skip
        if re.search(pattern, text):
            return aspect
    return "range" if _REGISTER.search(text) else ""


def _has_form(form: str, text: str) -> bool:
    return re.search(rf"\b(?:{dict(_FORMS)[form]})", text) is not None


def _export(text: str, ask: Ask) -> list[Ask]:
    """Return the files that are wanted; `value` names the forms, joined by commas."""
    if re.search(r"\bpdf\b", text):
        return [
            replace(ask, value="chordpro" if _CHORDS_SAVED.search(text) else "png", aspect="pdf")
        ]
    if SOUND_FILE.search(text) and not re.search(r"\bstems?|click", text):
        if stems := parts_named(text):
            return [Ask("stems", "", ask.tracks, ask.span, ", ".join(stems))]
        return [Ask("unsupported", "convert", ask.tracks)]
    forms = forms_named(text)
    if "svg" in forms or len(forms) > 1:
        forms = [
            f
            for f in forms
            if f != "png" or re.search(r"\b(?:png|pictures?|images?|plots?)\b", text)
        ]
    if not forms:
        forms = ["chordpro"] if _CHORDS_SAVED.search(text) else []
    if re.search(r"\b(?:what|which)\b.*\b(?:formats?|files?|kinds?|types?)\b", text):
        return [ask]
    if not forms and not re.search(r"\b(?:it|this|that|these|those|them|everything|all)\b", text):
        return []
    return [replace(ask, value=", ".join(forms))] if _SAVED.search(text) or forms else []
