"""Answers about parts of the music: form, stems, notes, melody, descriptions, files."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

from agent.rules import answer_form, say, voice_range
from agent.rules.asks import Ask, Finding
from agent.rules.parts import FORM_NAMES
from agent.rules.say import Data

NAMES_TOLD = 12
POINT, SHORT = 2.0, 6.0
"""Seconds that are told as one time, and in which the notes say more than their range."""
STEM_NAMES = {"accompaniment": "the backing track", "vocals": "the vocals", "drums": "the drums", "bass": "the bass", "other": "the other instruments", "guitar": "the guitar", "piano": "the piano"}  # fmt: skip
WHICH_FILE = "Tell me what to save, and as what: I write chords as ChordPro or lab files, notes as MIDI or sheet music, the beat as a click track, a picture of the whole as PNG or SVG, and everything as CSV, JSON or JAMS."
PLAYERS = {"vocals": "voice", "other": "other instruments"}
WHOLE = " That is the whole track: I can't cut at bars, only at times such as 0:30 to 1:00."
IN_TUNE = ((12.0, "very well in tune"), (20.0, "well in tune"), (30.0, "mostly in tune"), (1e9, "loosely in tune"))  # fmt: skip
"""Upper bound of the spread in cents, and what a singing teacher would say."""


def answer(ask: Ask, finding: Finding, seed: str) -> str:
    """Return the answer to an ask about parts of the music."""
    if problem := _problem(finding.data):
        return problem
    text = _BUILD[ask.topic](ask, finding, seed)
    if ask.topic in ("stems", "notes", "melody") and ask.span is not None:
        return f"{text}{WHOLE}" if ask.span.unit == "bars" else text
    return text


def _problem(data: Data) -> str:
    found = any(data.get(name) for name in ("sections", "stems", "text", "files", "estimator"))
    reasons = [str(p["reason"]) for p in data.get("problems") or ()]
    return say.sentence(f"I couldn't: {reasons[0]}") if reasons and not found else ""


# ---- stems, notes, melody -----------------------------------------------------------------------


def _stems(ask: Ask, finding: Finding, seed: str) -> str:
    if ask.aspect in ("loudest", "quietest"):
        return _levels(ask, finding.data.get("levels") or {})
    stems: Data = finding.data.get("stems") or {}
    span = finding.data.get("span")
    where = f" from {say.clock(span[0])} to {say.clock(span[1])}" if span else ""
    names = say.join(STEM_NAMES.get(n, n) for n in stems)
    if not stems:
        return "I got no stems."
    if len(stems) == 1:
        verb = "are" if names.endswith("s") and names != "the bass" else "is"
        text = f"Done: {names}{where} {verb} in {_path(next(iter(stems.values())))}."
    else:
        folder = Path(str(next(iter(stems.values())))).parent
        files = say.join(Path(str(p)).name for p in stems.values())
        text = f"Done: {names}{where}, as {files} in {folder}."
    return text + _lone(ask.aspect, stems)


def _levels(ask: Ask, levels: Data) -> str:
    """Return which stem is loudest, or how far one lies from the loudest of the rest."""
    rows = sorted(levels.items(), key=lambda row: -float(row[1]))
    if len(rows) < 2:
        return "I can't compare how loud the stems are: I have the level of one at most."
    told = say.join(f"{STEM_NAMES.get(n, n)} at {_db(level)}" for n, level in rows)
    if ask.stem in levels:
        rest = [row for row in rows if row[0] != ask.stem]
        own, best = float(levels[ask.stem]), float(rest[0][1])
        name, other = STEM_NAMES.get(ask.stem, ask.stem), STEM_NAMES.get(rest[0][0], rest[0][0])
        gap = round(abs(own - best), 1)
        way = "above" if own > best else "below"
        head = f"{name} {_is(name)} {gap:.1f} dB {way} {other}"
        head = head if gap >= 1 else f"{name} {_is(name)} about as loud as {other}"
    else:
        first = STEM_NAMES.get(*[rows[-1 if ask.aspect == "quietest" else 0][0]] * 2)
        head = f"{first} {_is(first)} the {ask.aspect}"
    return say.sentence(f"{head}: {told}, in dB full scale on average")


def _db(level: object) -> str:
    return f"{float(str(level)):.1f} dB".replace("-", "−")


def _lone(instrument: str, stems: Data) -> str:
    """Return that an instrument has no stem of its own, where one was asked for that has none."""
    if not instrument or instrument.rstrip("s") in stems:
        return ""
    if "other" in stems:
        return f" Any {instrument} {_is(instrument)} in there with all else that is no voice, drums or bass: I can't take {_it(instrument)} out alone."
    return f" I can't take the {instrument} out alone: all that is no voice, drums or bass went with {_it(instrument)}."


def _is(noun: str) -> str:
    return "are" if noun.endswith("s") and not noun.endswith("ass") else "is"


def _it(noun: str) -> str:
    return "them" if _is(noun) == "are" else "it"


def _notes(ask: Ask, finding: Finding, seed: str) -> str:
    data = finding.data
    if not data.get("count"):
        return "I found no notes there to write down."
    files = data.get("files") or {}
    text = (
        f"I wrote down {data['count']} note{'s' if data['count'] != 1 else ''}{_player(ask, data)}"
    )
    if data.get("drums"):
        text = f"I hear {say.join(_hits(name, n) for name, n in data['drums'].items())}"
    elif data.get("low"):
        text += f", from {data['low']} up to {data['high']}"
    if ask.span is not None and ask.span.words:
        text += f" in {ask.span.words}"
    if "hears no piano" in str(data.get("why")):
        text += ". They are all notes as for a piano, whatever it is that plays"
    if files:
        form, path = next(iter(files.items()))
        return f"{text}. The file, as {FORM_NAMES.get(form, form)}: {_path(path)}."
    if not data.get("drums"):
        told = _names(data)
        text += f". {'It begins' if data['count'] > len(told.split()) else 'They are'} {told}"
    return f'{text}. Say "as MIDI" or "as sheet music" for a file.'


def _player(ask: Ask, data: Data) -> str:
    """Return whose notes they are, as the tool told it."""
    why = str(data.get("why") or "")
    alone = re.search(r"\b(?:the|a) (?:solo )?(\w+)(?: alone|(?= \(\d))", why)
    if alone:
        return f" of the {PLAYERS.get(alone[1], alone[1])} alone"
    if "any" in why.split() or why.endswith("any instrument"):
        return ", of all that plays together"
    return f" of the {PLAYERS.get(ask.value, ask.value)}" if ask.value else ""


def _hits(name: str, count: int) -> str:
    noun = "other hit" if name == "other" else name
    return f"{count} {noun}{'s' if count != 1 else ''}"


def _melody(ask: Ask, finding: Finding, seed: str) -> str:
    data = finding.data
    reach, tune = data.get("range"), data.get("intonation")
    who = "The voice" if data.get("stem") == "vocals" or not data.get("doubt") else "The line"
    doubt = f" Take it with care: {data['doubt']}." if data.get("doubt") else ""
    where = _where(data, ask, finding)
    if ask.aspect == "sure" and reach:
        return f"About the melody I have no figure of certainty: a pitch tracker follows the strongest voice, and single notes can be missed or an octave off. The ends, {reach['low']} and {reach['high']}, are the least sure.{doubt}"
    if not reach:
        return f"I hear no clear melody line to follow{' ' + where if where else ''}.{doubt}"
    if ask.aspect in ("high", "low"):
        word = "highest" if ask.aspect == "high" else "lowest"
        at = reach.get(f"{ask.aspect}_at")
        first = f", first at {say.clock(at)}" if at is not None else ""
        return f"The {word} note I follow{' ' + where if where else ''} is {reach[ask.aspect]}{first}.{doubt}"
    if ask.aspect == "tune":
        told = _tuned(tune, where, who) if tune else "I can't judge the tuning of so short a line."
        return told + doubt
    told = _names(data)
    if data.get("span") and float(data["span"][1]) - float(data["span"][0]) <= SHORT:
        return say.sentence(f"{where} {who.lower()} is on {told}" if told else f"I hear no note of {who.lower()} {where}") + doubt  # fmt: skip
    lead = f"{where} {who.lower()}" if where else who
    around = f", mostly around {reach['median']}" if round(reach["semitones"]) > 2 else ""
    text = f"{lead} moves from {reach['low']} to {reach['high']}, {_interval(reach['semitones'])}{around}"
    if not round(reach["semitones"]):
        text = f"{lead} stays on {reach['low']}"
    text = say.sentence(text)
    if ask.value and ask.aspect == "range":
        return f"{text}{doubt} {voice_range.told(ask.value, reach['low'], reach['high'])}"
    if ask.aspect == "range" or not told:
        return text + doubt
    more = int(data.get("count") or 0) > len(told.split())
    return f"{text} {'It begins' if more else 'The notes:'} {told}.{doubt}"


def _where(data: Data, ask: Ask, finding: Finding) -> str:
    """Return the place that a melody was followed at, "" for the whole track."""
    if not data.get("span"):
        return ""
    start, end = data["span"]
    words = ask.span.words if ask.span is not None else ""
    ends = end if end - start > POINT or words else None
    return say.place(start, ends, finding.track.get("duration"), words)


def _tuned(tune: Data, where: str, who: str) -> str:
    verdict = next(words for bound, words in IN_TUNE if tune["spread_cents"] <= bound)
    lead = say.sentence(
        f"{where} {who.lower()} is {verdict}" if where else f"{who} is {verdict}"
    ).rstrip(".")
    text = f"{lead}: notes sit within about {tune['spread_cents']:.0f} cents of where they belong, {say.percent(tune['in_tune'])} of them within 20."
    if abs(tune["tuning_cents"]) >= 8:
        way = "above" if tune["tuning_cents"] > 0 else "below"
        text += f" It lies {abs(tune['tuning_cents']):.0f} cents {way} A 440 on the whole."
    return text


def _interval(semitones: float) -> str:
    octaves, rest = divmod(round(semitones), 12)
    if not octaves:
        return f"{say.number_word(rest)} semitones"
    word = "an octave" if octaves == 1 else f"{say.number_word(octaves)} octaves"
    return word + (
        f" and {say.number_word(rest)} semitone{'s' if rest > 1 else ''}" if rest else ""
    )


def _names(data: Data) -> str:
    return " ".join(str(n["name"]) for n in (data.get("notes") or ())[:NAMES_TOLD])


# ---- words and files ----------------------------------------------------------------------------


def _caption(ask: Ask, finding: Finding, seed: str) -> str:
    text = str(finding.data.get("text") or "")
    if not text:
        return "I measured too little to describe it."
    rows = finding.data.get("sections") or ()
    if ask.aspect != "course" or len(rows) < 2:
        return text
    told = " ".join(
        f"{say.clock(r['start'])}: {r['text']}" for r in rows[: answer_form.SECTIONS_TOLD]
    )
    return f"{text} {told}"


def _export(ask: Ask, finding: Finding, seed: str) -> str:
    files: dict[str, Any] = dict(finding.data.get("files") or {})
    if not files:
        return "I wrote nothing."
    note = " PDF is nothing I can write." if ask.aspect == "pdf" else ""
    if len(files) == 1:
        form, path = next(iter(files.items()))
        name = FORM_NAMES.get(form, form)
        return f"Saved as {name}: {_path(path)}.{note}"
    folders = Counter(str(Path(str(p)).parent) for p in files.values())
    folder = folders.most_common(1)[0][0]
    names = say.join(Path(str(p)).name for p in files.values())
    return f"Saved in {folder}: {names}.{note}"


def _path(path: object) -> str:
    return str(path)


_BUILD = {
    "structure": answer_form.structure,
    "stems": _stems,
    "notes": _notes,
    "melody": _melody,
    "caption": _caption,
    "export": _export,
}
