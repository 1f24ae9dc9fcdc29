"""Answers about parts of the music: form, stems, notes, melody, descriptions, files."""

from collections import Counter
from pathlib import Path
from typing import Any

from agent.rules import say
from agent.rules.asks import Ask, Finding
from agent.rules.parts import FORM_NAMES
from agent.rules.say import Data

SURE, DOUBTFUL = 0.6, 0.4
NAMES_TOLD = 12
SECTIONS_TOLD = 14
STEM_NAMES = {"accompaniment": "the backing track", "vocals": "the vocals", "drums": "the drums", "bass": "the bass", "other": "the other instruments", "guitar": "the guitar", "piano": "the piano"}  # fmt: skip
PLURALS = {"chorus": "choruses", "outro": "outros", "intro": "intros", "break": "breaks"}
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


# ---- form ---------------------------------------------------------------------------------------


def _structure(ask: Ask, finding: Finding, seed: str) -> str:
    rows: list[Data] = list(finding.data.get("sections") or ())
    if len(rows) < 2:
        return "I hear no separate sections: it goes on as one piece."
    if ask.aspect == "count":
        return _counted(ask.value, rows)
    if ask.value:
        return _section(ask, rows)
    if ask.aspect in ("longest", "shortest"):
        pick = max if ask.aspect == "longest" else min
        row = pick(rows, key=lambda r: r["end"] - r["start"])
        return f"The {ask.aspect} section is the {_name(row, rows)} at {say.clock(row['start'])}: {_length(row)}."
    if ask.aspect == "repeats":
        return _repeats(rows)
    return _form(rows, str(finding.data.get("form") or ""), seed)


def _form(rows: list[Data], form: str, seed: str) -> str:
    """Return the whole form in a sentence, and what comes back."""
    named = [_row(row, rows) for row in rows[:SECTIONS_TOLD]]
    more = f" and {len(rows) - SECTIONS_TOLD} more" if len(rows) > SECTIONS_TOLD else ""
    lead = say.pick(seed, ("It goes like this:", "The form, as I hear it:", "Here is how it runs:"))
    text = f"{lead} {say.join(named) if not more else ', '.join(named) + more}."
    if form and _plain(rows) and len(set(form.split())) > 1:
        text += f" In letters that is {' '.join(form.split())}."
    if any((r.get("confidence") or 0) < DOUBTFUL for r in rows if r["label"] != "section"):
        text += " The names are my reading of what repeats, how loud it is and where there is a voice; the times are surer."
    return text


def _plain(rows: list[Data]) -> bool:
    return any(row["label"] == "section" for row in rows) or len({r["label"] for r in rows}) < len(
        {r["letter"] for r in rows}
    )


def _row(row: Data, rows: list[Data]) -> str:
    return f"{_name(row, rows)} at {say.clock(row['start'])}"


def _name(row: Data, rows: list[Data]) -> str:
    """Return what a section is called: by its function, else by its letter."""
    label, letter = str(row["label"]), str(row.get("letter") or "")
    if label == "section":
        return f"part {letter}" if letter else "a part"
    kinds = {r["letter"] for r in rows if r["label"] == label and r.get("letter")}
    return f"{label} ({letter})" if len(kinds) > 1 and letter else label


def _counted(value: str, rows: list[Data]) -> str:
    if not value:
        kinds = len({r["letter"] for r in rows if r.get("letter")})
        different = f", {say.number_word(kinds)} of them different" if 1 < kinds < len(rows) else ""
        return f"I hear {say.number_word(len(rows))} sections{different}."
    hits = [r for r in rows if r["label"] == value]
    if not hits:
        return _absent(value, rows)
    places = say.join(say.clock(r["start"]) for r in hits)
    noun = value if len(hits) == 1 else PLURALS.get(value, f"{value}s")
    return f"I count {say.number_word(len(hits))} {noun}, at {places}.{_doubt(hits)}"


def _section(ask: Ask, rows: list[Data]) -> str:
    hits = [r for r in rows if r["label"] == ask.value]
    if not hits:
        return ("No. " if ask.polar else "") + _absent(ask.value, rows)
    start = "Yes: " if ask.polar else ""
    if ask.aspect == "length":
        told = [_length(r) for r in hits[:4]]
        same = len(set(told)) == 1
        text = f"the {ask.value} lasts {told[0]}" + (" each time" if same and len(hits) > 1 else "")
        if not same:
            rest = (f"{t} at {say.clock(r['start'])}" for t, r in zip(told, hits, strict=False))
            text = f"the {PLURALS.get(ask.value, ask.value + 's')} last {say.join(rest)}"
        return say.sentence(start + text) + _doubt(hits)
    first = f"the {ask.value} is at {say.clock(hits[0]['start'])}-{say.clock(hits[0]['end'])}"
    if len(hits) > 1:
        again = say.join(say.clock(r["start"]) for r in hits[1:])
        first = (
            f"the first {ask.value} comes at {say.clock(hits[0]['start'])}, then again at {again}"
        )
    return say.sentence(start + first) + _doubt(hits)


def _length(row: Data) -> str:
    bars = row.get("bars")
    seconds = f"{round(row['end'] - row['start'])} seconds"
    return f"{say.number_word(bars)} bar{'s' if bars != 1 else ''} ({seconds})" if bars else seconds


def _absent(value: str, rows: list[Data]) -> str:
    known = dict.fromkeys(str(r["label"]) for r in rows if r["label"] != "section")
    if not known:
        letters = say.join(dict.fromkeys(str(r["letter"]) for r in rows if r.get("letter")))
        return f"I can't tell which part would be {say.article(value)}: I only hear parts that differ, {letters}."
    return f"I make out no {value}; what I hear is {say.join(say.article(n) for n in known)}."


def _repeats(rows: list[Data]) -> str:
    times: dict[str, list[str]] = {}
    for row in rows:
        if row.get("letter"):
            times.setdefault(str(row["letter"]), []).append(say.clock(row["start"]))
    again = {letter: at for letter, at in times.items() if len(at) > 1}
    if not again:
        return "Nothing comes back as a whole: each section is new."
    told = (f"part {letter} at {say.join(at)}" for letter, at in again.items())
    return f"What comes back: {say.join(told)}."


def _doubt(hits: list[Data]) -> str:
    sure = [r["confidence"] for r in hits if r.get("confidence") is not None]
    if not sure or max(sure) >= SURE:
        return ""
    return " I'm not sure of the name: it rests on what repeats, on loudness and on the voice."


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
    told = " ".join(f"{say.clock(r['start'])}: {r['text']}" for r in rows[:SECTIONS_TOLD])
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
    "structure": _structure,
    "stems": _stems,
    "notes": _notes,
    "melody": _melody,
    "caption": _caption,
    "export": _export,
}
