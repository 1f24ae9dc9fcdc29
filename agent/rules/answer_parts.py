"""Answers about parts of the music: form, stems, notes, melody, descriptions, files."""

from collections import Counter
from pathlib import Path
from typing import Any

from agent.rules import answer_form, say
from agent.rules.asks import Ask, Finding
from agent.rules.parts import FORM_NAMES
from agent.rules.say import Data

NAMES_TOLD = 12
STEM_NAMES = {"accompaniment": "the backing track", "vocals": "the vocals", "drums": "the drums", "bass": "the bass", "other": "the other instruments", "guitar": "the guitar", "piano": "the piano"}  # fmt: skip
WHICH_FILE = "Save what, and as what? I write chords as ChordPro or lab files, notes as MIDI or sheet music, the beat as a click track, a picture of the whole as PNG or SVG, and everything as CSV, JSON or JAMS."
IN_TUNE = ((12.0, "very well in tune"), (20.0, "well in tune"), (30.0, "mostly in tune"), (1e9, "loosely in tune"))  # fmt: skip
"""Upper bound of the spread in cents, and what a singing teacher would say."""


def answer(ask: Ask, finding: Finding, seed: str) -> str:
    """Return the answer to an ask about parts of the music."""
    if problem := _problem(finding.data):
        return problem
    return _BUILD[ask.topic](ask, finding, seed)


def _problem(data: Data) -> str:
    found = any(data.get(name) for name in ("sections", "stems", "text", "files", "estimator"))
    reasons = [str(p["reason"]) for p in data.get("problems") or ()]
    return say.sentence(f"I couldn't: {reasons[0]}") if reasons and not found else ""


# ---- stems, notes, melody -----------------------------------------------------------------------


def _stems(ask: Ask, finding: Finding, seed: str) -> str:
    stems: Data = finding.data.get("stems") or {}
    span = finding.data.get("span")
    where = f", from {say.clock(span[0])} to {say.clock(span[1])}" if span else ""
    names = say.join(STEM_NAMES.get(n, n) for n in stems)
    if not stems:
        return "I got no stems."
    if len(stems) == 1:
        return (
            say.sentence(f"Done: {names}{where} is in {_path(next(iter(stems.values())))}")
            .replace("vocals is", "vocals are")
            .replace("drums is", "drums are")
            .replace("instruments is", "instruments are")
        )
    folder = Path(str(next(iter(stems.values())))).parent
    files = say.join(Path(str(p)).name for p in stems.values())
    return f"Done: {names}{where}, as {files} in {folder}."


def _notes(ask: Ask, finding: Finding, seed: str) -> str:
    data = finding.data
    if not data.get("count"):
        return "I found no notes there to write down."
    text = f"I wrote down {data['count']} note{'s' if data['count'] != 1 else ''}"
    if data.get("drums"):
        hits = (f"{n} {name}{'' if name == 'hi-hat' else 's'}" for name, n in data["drums"].items())
        text = f"I hear {say.join(hits).replace('hi-hat', 'hi-hats')}"
    elif data.get("low"):
        text += f", from {data['low']} up to {data['high']}"
    why = str(data.get("why") or "")
    text += f" ({why})" if why and why != "as asked" else ""
    files = data.get("files") or {}
    if files:
        form, path = next(iter(files.items()))
        return f"{text}. It's saved as {FORM_NAMES.get(form, form)}: {_path(path)}."
    if not data.get("drums"):
        told = _names(data)
        text += f". {'It begins' if data['count'] > len(told.split()) else 'They are'}: {told}"
    return f'{text}. Say "as MIDI" or "as sheet music" for a file.'


def _melody(ask: Ask, finding: Finding, seed: str) -> str:
    data = finding.data
    reach, tune = data.get("range"), data.get("intonation")
    if not reach:
        return "I hear no clear melody line to follow."
    who = "The voice" if data.get("stem") == "vocals" or not data.get("doubt") else "The line"
    doubt = f" Take it with care: {data['doubt']}." if data.get("doubt") else ""
    span = f"from {reach['low']} to {reach['high']}"
    if ask.aspect in ("high", "low"):
        word = "highest" if ask.aspect == "high" else "lowest"
        return f"The {word} note I follow is {reach[ask.aspect]}.{doubt}"
    if ask.aspect == "tune":
        return (_tuned(tune) if tune else "I can't judge the tuning of so short a line.") + doubt
    if data.get("span"):
        start, end = data["span"]
        where = say.place(start, end if end - start > 2 else None, finding.track.get("duration"))
        told = _names(data)
        return (
            f"{say.sentence(where).rstrip('.')} {who.lower()} is on {told}.{doubt}"
            if told
            else f"I hear no note of {who.lower()} there."
        )
    text = f"{who} moves {span}, {_interval(reach['semitones'])}, mostly around {reach['median']}."
    if ask.aspect == "range":
        return text + doubt
    told = _names(data)
    return f"{text} It begins {told}.{doubt}" if told else text + doubt


def _tuned(tune: Data) -> str:
    verdict = next(words for bound, words in IN_TUNE if tune["spread_cents"] <= bound)
    text = f"It is {verdict}: notes sit within about {tune['spread_cents']:.0f} cents of where they belong, {say.percent(tune['in_tune'])} of them within 20."
    if abs(tune["tuning_cents"]) >= 8:
        way = "above" if tune["tuning_cents"] > 0 else "below"
        text += f" The whole lies {abs(tune['tuning_cents']):.0f} cents {way} A 440."
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
