"""Answers about the whole library: what was found and why, what it is like, a playlist, notes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent.rules import answer_stats, answer_talk, say
from agent.rules.asks import Ask, Finding, Situation
from agent.rules.library_asks import TOOLS

Row = Mapping[str, Any]
EMPTY = (
    "Your library is empty: no track has been heard yet. Open a recording, or add a folder of "
    "them, then ask again."
)
NOTES = (
    'I keep notes about tracks in your words: say for instance "note: needs a new mix", or ask '
    "what you noted about one."
)
PLAYLISTS = (
    "I can make a playlist from your library, though not of tracks you name: say what for and how "
    'long, such as "a 30 minute playlist for running".'
)
BEYOND = (
    "I can't search your library for that: what goes on inside a track I can tell you of one that is "
    "open. I search by tempo, key, meter, chord progression, genre, instruments, mood, voice, "
    "loudness, length, year and artist, and I count and average these."
)
DELETING = (
    "I can't do that: I delete no files. To have the library forget a track, type in a terminal: "
    'musicologue library remove "TITLE". The file itself stays where it is.'
)
_REMARKS = (
    (r" larger than 6 %, the largest [\d.]+ %", " too large to mix"),
    (r"It is \d+ minutes long instead of \d+: all tracks.*", "That is all that fits, and less than you asked for."),
    (r"It is \d+ minutes long instead of \d+: none", "That is not the length you asked for: none"),
)  # fmt: skip
"""Remarks on a playlist without thresholds, and without the length, which is told to the second."""
NAMED = "title or artist"
"""Reason of a hit whose title or artist stands in the question (`agent.search.ranking`)."""
_OTHER_METER = re.compile(r"The meter is one of (.+), not '(.+)'")
_LIKENESS = re.compile(r"(?:sound|meaning) \d\.\d\d")
_TEMPO = re.compile(r"\b(\d+\.\d+) BPM")
MOST_SHOWN = 40
"""Steps of a playlist that are told; the files hold them all."""


def answer(ask: Ask, findings: Sequence[Finding], situation: Situation) -> str:
    """Return the answer to an ask of the library, from what its tool returned."""
    if ask.aspect in ("beyond", "delete"):
        return BEYOND if ask.aspect == "beyond" else DELETING
    if ask.aspect == "unclear":
        return NOTES if ask.topic == "note" else PLAYLISTS
    tool = TOOLS[ask.topic]
    found = [f for f in findings if f.tool == tool]
    if not found:
        sought = [f for f in findings if f.tool == "search_library" and not f.error]
        if ask.topic == "similar" and ask.value and sought:
            return _found(Ask("library", value=ask.value), sought[-1])
        if ask.topic in ("similar", "note") and not ask.tracks:
            return answer_talk.ask_which(ask, situation) if situation.tracks else _none_open(ask)
        failed = [f.error for f in findings if f.error]
        return say.sentence(failed[0]) if failed else answer_talk.no_tool(ask, (tool,))
    if found[-1].error:
        if other := _OTHER_METER.search(found[-1].error):
            return f"I can't search for {other[2]}: the meters I tell apart are {other[1]}."
        return say.sentence(found[-1].error)
    if ask.topic == "stats":
        return EMPTY if found[-1].data.get("empty") else answer_stats.answer(ask.value, found[-1])
    told = {"library": _found, "similar": _similar, "playlist": _playlist, "note": _note}
    return told[ask.topic](ask, found[-1])


def _none_open(ask: Ask) -> str:
    what = "Which track is it to be like?" if ask.topic == "similar" else "Which track is it about?"
    return f"{what} None is open: search the library for it, or open its file."


def _found(ask: Ask, finding: Finding) -> str:
    data = finding.data
    rows: Sequence[Row] = data.get("hits") or ()
    if data.get("empty"):
        return EMPTY
    what = "section" if data.get("in_sections") else "track"
    if rows and not gone_of(data) and all(_only_alike(row) for row in rows):
        return _nearest(rows)
    if data.get("everything"):
        return _everything(data, rows)
    if ask.aspect == "heard":
        return _heard(data, rows)
    if not rows:
        return f"Nothing in your library fits that: no {what} I have heard."
    gone = gone_of(data)
    total = int(data.get("total") or len(rows))
    order = str(data.get("order") or "")
    few = (
        f"the {order or 'best'} {say.number_word(len(rows))} of {total}"
        if total > len(rows)
        else ""
    )
    if gone:
        let_go = f"Ask for all of that and nothing fits, so I let go of this: {say.join(gone)}."
        head = f"{let_go}\nWhat is left:"  # a sentence that asks claims no figure of a track
    elif few:
        head = f"{few[0].upper()}{few[1:]}:" if order else f"Of what fits, {few}:"
    else:
        one = len(rows) == 1
        head = f"{say.number_word(len(rows)).capitalize()} {what}{'' if one else 's'} of yours:"
    return "\n".join([head, *(f"• {_row(row)}" for row in rows)])


def gone_of(data: Row) -> list[str]:
    """Return the filters that were let go."""
    return [str(what) for what in data.get("relaxed") or ()]


def _only_alike(row: Row) -> bool:
    """Tell whether nothing speaks for a hit but that it is like the words of the question."""
    reasons = str(row.get("why") or "").split("; ")
    return all(_LIKENESS.fullmatch(reason) for reason in reasons)


def _nearest(rows: Sequence[Row]) -> str:
    head = "Nothing was measured that says just that; the nearest by sound and description:"
    return "\n".join([head, *(f"• {_row(dict(row) | {'why': ''})}" for row in rows[:3])])


def _everything(data: Row, rows: Sequence[Row]) -> str:
    """Return how much the library holds, and the first of it."""
    total = int(data["total"])
    held = f"{say.number_word(total)} track{'s' * (total != 1)}, {say.clock(float(data['seconds']))} of music"
    more = f", the first {say.number_word(len(rows))} by title" if total > len(rows) else ""
    return "\n".join([f"Your library holds {held}{more}:", *(f"• {_row(row)}" for row in rows)])


def _heard(data: Row, rows: Sequence[Row]) -> str:
    """Return whether a track of that name was heard, with the nearest where none was."""
    named = [row for row in rows if NAMED in str(row.get("why"))]
    if named:
        return "\n".join(["Yes:", *(f"• {_row(dict(row) | {'why': ''})}" for row in named)])
    told = "No, nothing of that name is in your library."
    near = [row for row in rows if "words: " in str(row.get("why"))][:3]
    if not near:
        return told
    return "\n".join([f"{told} The nearest by its words:", *(f"• {_row(row)}" for row in near)])


def _similar(ask: Ask, finding: Finding) -> str:
    rows: Sequence[Row] = finding.data.get("hits") or ()
    name = say.track_label(finding.track)
    respect = str(finding.data.get("what") or "sound")
    if finding.data.get("empty"):
        return f"Your library holds no other track than {name}."
    if respect == "mix":
        near, lacking = (
            f"To mix with {name}",
            f"near {name} in tempo with a key that goes with its own",
        )
    else:
        near, lacking = f"Closest to {name} in {respect}", f"like {name} in {respect}"
    if not rows:
        return f"Nothing in your library is {lacking}."
    gone, bounds = list(finding.data.get("relaxed") or ()), _bounds(finding.data)
    if gone:
        # a sentence that asks claims no figure of a track
        what = f"that mixes with {name}" if respect == "mix" else f"like {name}"
        head = f"Ask for all of that and nothing {what} fits, so I let go of this: {say.join(gone)}.\nWhat is left:"
    else:
        # an offer claims nothing of the track that is asked about
        head = f"Try these, {bounds} and {near[0].lower()}{near[1:]}:" if bounds else f"{near}:"
    return "\n".join([head, *(f"• {_row(row)}" for row in rows)])


def _bounds(data: Row) -> str:
    """Return in words how the tracks that are like one were to differ from it; no figures."""
    asked = [str(a) for a in data.get("asked") or () if not re.search(r"\d", str(a))]
    told = [
        *map(str, data.get("than") or ()),
        *(re.sub(r"^(.* mode)$", r"in a \1", a) for a in asked),
    ]
    told = [re.sub(r"^artist ", "by ", t) for t in told]
    bare = [t if t in (data.get("than") or ()) else re.sub(r"^no ", "without ", t) for t in told]
    return say.join(bare)


def _playlist(ask: Ask, finding: Finding) -> str:
    data = finding.data
    rows: Sequence[Row] = data.get("tracks") or ()
    if data.get("empty"):
        return EMPTY
    if not rows:
        return say.sentence(" ".join(map(str, data.get("notes") or ("No track fits that.",))))
    total = 60 * float(data.get("minutes") or 0.0)
    count = say.number_word(len(rows))
    lines = [f"A playlist of {count} track{'s' * (len(rows) > 1)}, {say.clock(total)} in all:"]
    for row in rows[:MOST_SHOWN]:
        facts = say.join([_key(row), say.bpm(row["bpm"]) if row.get("bpm") else ""], "at")
        lines.append(f"• {_name(row)}" + (f" – {facts}." if facts else "."))
    if len(rows) > MOST_SHOWN:
        lines.append("The others are in the files.")
    lines += [_remark(str(note)) for note in data.get("notes") or ()]
    files = [say.quoted(str(path), 400) for path in (data.get("files") or {}).values()]
    return "\n".join([*lines, f"Saved as {say.join(files)}."] if files else lines)


def _remark(note: str) -> str:
    for pattern, words in _REMARKS:
        note = re.sub(pattern, words, note)
    return say.sentence(note)


def _note(ask: Ask, finding: Finding) -> str:
    name = say.track_label(finding.track)
    notes: Sequence[Row] = finding.data.get("notes") or ()
    if ask.aspect == "forget":
        gone = finding.data.get("removed")
        if gone is None:
            return f"There is no note about {name} to take back."
        left = f" {say.number_word(len(notes)).capitalize()} of yours {'is' if len(notes) == 1 else 'are'} left." if notes else ""  # fmt: skip
        return f"I took back your note about {name}: {say.quoted(str(gone), 300)}.{left}"
    if added := finding.data.get("added"):
        text = next((str(n["note"]) for n in notes if n["id"] == added), ask.value)
        noted = say.quoted(text.rstrip("."), 300)
        return f"Noted for {name}: {noted}."
    if not notes:
        return f"You noted nothing about {name} so far."
    return f"You noted about {name}: {say.join(say.quoted(str(n['note']), 300) for n in notes)}."


def _row(row: Row) -> str:
    """Return one hit: the track, where in it, why, and of key and tempo what the reasons leave out."""
    why = str(row.get("why") or "").replace("voice instrumental", "instrumental")
    why = why.replace("voice vocal", "with a voice").replace(", within 0.0 %", ", the same")
    why = _TEMPO.sub(lambda found: say.bpm(float(found[1])), _plain(why))
    where = ""
    if row.get("span"):
        start, end = row["span"]
        label = str(row.get("label") or "part")
        named = f"the {label} " if label != "section" else ""
        where = f", {named}from {say.clock(start)} to {say.clock(end)}"
    key, tempo = _key(row), say.bpm(row["bpm"]) if row.get("bpm") else ""
    facts = [key if "key " not in why else "", tempo if "tempo " not in why else ""]
    told = ", ".join([f for f in facts if f])
    end = ": ".join(x for x in (told, why) if x)
    return f"{_name(row)}{where}{f' – {end}' if end else ''}."


def _plain(why: str) -> str:
    """Return the reasons of a hit without the bare likenesses, where there are others."""
    reasons = why.split("; ") if why else []
    plain = [r for r in reasons if not _LIKENESS.fullmatch(r)]
    return "; ".join(plain) if plain or not reasons else "by its sound and description"


def _name(row: Row) -> str:
    label = say.track_label(row)
    return "one without a plain title" if label == "the track" else label


def _key(row: Row) -> str:
    return str(row.get("key") or "")
