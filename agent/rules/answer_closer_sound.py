"""Answers to the closer questions about one track that are about its sound and its melody."""

import re
from collections.abc import Sequence
from itertools import zip_longest

from agent.rules import answer_tags, purposes, say
from agent.rules.asks import Ask, Finding
from agent.rules.say import Data
from agent.rules.voice_range import semitones_of
from agent.rules.wording import NUMBERS
from tools import theory

BARE, EVEN = 0.15, 0.1
"""Share of the track below which a bass hardly plays; difference of density that is heard."""


# ---- sound --------------------------------------------------------------------------------------


def sung(ask: Ask, found: Sequence[Finding]) -> str:
    """Return how much of a track is sung."""
    data, duration = found[0].data, float(found[0].track.get("duration") or 0.0)
    label = ((data.get("tags") or {}).get("voice") or {}).get("label")
    spans = [
        (float(a), float(b))
        for entry in data.get("entries") or ()
        if entry["kind"] == "voice" and entry["label"] != "instrumental"
        for a, b in entry["spans"]
    ]
    if label == "instrumental" or not spans or not duration:
        return "none of it is sung, as far as I can make out: it sounds instrumental" if label != "vocal" else "someone sings, but I can't tell for how much of it"  # fmt: skip
    sung, reached = 0.0, 0.0
    for start, end in sorted(spans):
        sung += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    share = sung / duration
    rest = "" if share > 0.97 else f", the other {say.percent(1 - share)} instrumental"
    return f"about {say.percent(share)} of it is sung ({say.clock(sung)} of {say.clock(duration)}){rest}; I follow the voice in steps of a second and a half, so take it roughly"


def bass(ask: Ask, found: Sequence[Finding]) -> str:
    """Return whether a bass plays, and where not."""
    data = found[0].data
    sounding = data.get("sounding") or {}
    share = float(sounding.get("share") or 0.0)
    tail = (
        " That is what I hear in the bass stem; a bass guitar and a synth bass I can't tell apart"
    )
    if not data.get("count") or share < BARE:
        return f"hardly any: the bass stem is all but empty.{tail.replace('That is what I hear in the bass stem; a', ' A')}"
    rests = [f"{say.clock(a)}–{say.clock(b)}" for a, b in sounding.get("rests") or ()]
    when = f"but not at {say.join(rests)}" if rests else "throughout"
    told = (
        f"yes, a bass plays, {when}: {data['count']} notes from {data['low']} up to {data['high']}"
    )
    return f"{told}, sounding for {say.percent(share)} of the time.{tail}"


def voice(ask: Ask, found: Sequence[Finding]) -> str:
    """Return who sings, for how much of it, and how low and high."""
    tags = next((f for f in found if f.tool == "tags"), None)
    if tags is None:
        return "I couldn't listen for a voice"
    if ((tags.data.get("tags") or {}).get("voice") or {}).get("label") == "instrumental":
        return "nobody sings, as far as I can make out: it sounds instrumental"
    told = [answer_tags.answer(Ask("voice", "has"), tags, "It", "").rstrip(".")]
    told.append(sung(ask, [tags]).split("; I follow")[0])
    line = next((f for f in found if f.tool == "melody" and f.data.get("range")), None)
    if line is not None:
        reach = line.data["range"]
        told.append(f"the line goes from {reach['low']} to {reach['high']}, mostly around {reach['median']}")  # fmt: skip
    return f"{'; '.join(t[0].lower() + t[1:] if t[:1].isupper() and n else t for n, t in enumerate(told))}. Its timbre and its words I can't describe"


def uses(ask: Ask, found: Sequence[Finding]) -> str:
    """Return for which uses mood and tempo speak most, and least."""
    tags = next((f.data.get("tags") or {} for f in found if f.tool == "tags"), {})
    tempo = next((f.data.get("tempo") or {} for f in found if f.tool == "tempo"), {})
    bpm = float(tempo["bpm"]) if tempo.get("bpm") else None
    moods = answer_tags.listed(tags, "moods", 3)
    traits = [f"comes across as {say.join(moods)}"] if moods else []
    traits += [f"moves at {say.bpm(bpm)}"] if bpm else []
    if not traits:
        return "I can't tell: neither its mood nor its tempo comes through clearly"
    heard = {str(row["label"]) for row in tags.get("moods") or ()}
    scores = {p.name: purposes.fitness(p.name, heard, bpm) for p in purposes.PURPOSES}
    best = [name for name in sorted(scores, key=lambda n: -scores[n]) if scores[name] > 0][:3]
    worst = [name for name in sorted(scores, key=lambda n: scores[n]) if scores[name] < 0][:2]
    told = f"it {say.join(traits)}"
    told += f", so I'd use it {say.join(best, 'or')}" if best else ", which speaks for no use in particular"  # fmt: skip
    return told + (f", and rather not {say.join(worst, 'or')}" if worst else "") + say.THEORY


def course(ask: Ask, found: Sequence[Finding]) -> str:
    """Return how the mood goes, third by third."""
    rows = []
    for finding in found:
        heard = [str(t["label"]) for t in finding.data.get("tags") or () if t["kind"] == "moods"]
        start, end = finding.data["span"]
        level = finding.data.get("level")
        rows.append((f"{say.clock(start)}–{say.clock(end)}", heard[:2], level))
    moods = [tuple(sorted(heard)) for _, heard, _ in rows]
    if not any(moods):
        lead = "no mood stands out strongly enough that I could follow it from part to part"
    elif len(set(moods)) == 1:
        lead = (
            f"it stays the same, as far as I can make out: {say.join(rows[0][1])} from start to end"
        )
    else:
        told = "; ".join(f"{where} {say.join(heard) or 'none that stands out'}" for where, heard, _ in rows)  # fmt: skip
        lead = f"it shifts: {told}"
    levels = [float(level) for _, _, level in rows if level is not None]
    if len(levels) == len(rows) > 1 and abs(levels[-1] - levels[0]) >= 1.0:
        gap = levels[-1] - levels[0]
        lead += f". The last third is {abs(gap):.0f} dB {'louder' if gap > 0 else 'quieter'} than the first"
    return lead


def busier(ask: Ask, found: Sequence[Finding]) -> str:
    """Return at which end more notes are played."""
    if len(found) < 2:
        return "I could follow the notes at one end of it only"
    first, last = (float(f.data.get("per_second") or 0.0) for f in found[:2])
    told = f"{first:.1f} notes a second in the first quarter, {last:.1f} in the last"
    if abs(last - first) <= EVEN * max(first, last):
        return f"about as busy at the end as at the start: {told}"
    return f"{'busier' if last > first else 'less busy'} at the end than at the start: {told}"


def energy(ask: Ask, found: Sequence[Finding]) -> str:
    """Return that energy has no scale, and what there is."""
    tags = found[0].data["tags"]
    row = next((r for r in tags.get("moods") or () if re.search("energetic|powerful|party|danc", str(r["label"]))), None)  # fmt: skip
    heard = answer_tags.listed(tags, "moods", 3)
    scale = "I have no scale for energy"
    if row and row.get("confidence") is not None:
        return f"{scale}; the nearest to it is how surely it sounds {row['label']}: {say.percent(row['confidence'])}"
    return f"{scale}, and energetic isn't how it sounds to me" + (f"; what comes through is {say.join(heard)}" if heard else "")  # fmt: skip


def tags(ask: Ask, found: Sequence[Finding]) -> str:
    """Return the tags as a list."""
    tags = found[0].data["tags"]
    words = [str(r["label"]) for kind in ("genres", "moods", "instruments") for r in (tags.get(kind) or ())[:4]]  # fmt: skip
    details = [str(r["label"]) for r in (tags.get("voice_details") or ())[:1]]
    voice = (tags.get("voice") or {}).get("label")
    words += details or ([str(voice)] if voice else [])
    return ", ".join(dict.fromkeys(words)) or "no tag stands out clearly enough to name"


def words(ask: Ask, found: Sequence[Finding]) -> str:
    """Return the surest tags, as many as words are asked for."""
    tags = found[0].data["tags"]
    kinds = [[str(r["label"]) for r in (tags.get(kind) or ())[:4]] for kind in ("moods", "genres", "instruments")]  # fmt: skip
    voice = str((tags.get("voice") or {}).get("label") or "")
    rows = [label for row in zip_longest(*kinds) for label in row if label]
    told = list(dict.fromkeys([*rows, voice] if voice else rows))
    few = {"few": 3, "couple of": 2, "single": 1, "": 1}.get(ask.value)
    most = few or (int(ask.value) if ask.value.isdigit() else int(NUMBERS[ask.value]))
    return ", ".join(told[:most]) or "no word stands out clearly enough"


def sentences(ask: Ask, found: Sequence[Finding]) -> str:
    """Return as many sentences of the description as are asked for."""
    text = str(found[0].data.get("text") or "")
    rows = re.split(r"(?<=[.!?])\s+(?=[A-Z])", text)
    return " ".join(rows[: int(ask.value or 1)])


def why(ask: Ask, found: Sequence[Finding]) -> str:
    """Return what may have a part in how it sounds."""
    data = found[0].data
    key, tempo = data.get("key"), data.get("tempo")
    told = [f"the key, {say.key_name(key)}"] if key else []
    told += [f"the tempo of {say.bpm(tempo['bpm'])}"] if tempo else []
    home = say.key_of(say.key_name(key)) if key else None
    scale = {theory.pitch_class(n) for n in theory.scale(*home)} if home else set()
    labels = list((data.get("chords") or {}).get("chords", {}).get("labels") or ())
    strays = [
        say.chord(c, say.key_name(key))
        for c in dict.fromkeys(labels)
        if key and c not in ("N", "X") and not theory.parse_chord(c).pitch_classes <= scale
    ]
    if strays:
        told.append(f"chords from outside that key, such as {say.join(strays[:2])}")
    moods = answer_tags.listed(data.get("tags") or {}, "moods", 3)
    heard = f". By its sound I'd call it {say.join(moods)}" if moods else ""
    lead = f"what makes it sound {ask.value} isn't something I can measure"
    return f"{lead}; what may have a part in it: {say.join(told)}{heard}" if told else lead + heard


# ---- melody -------------------------------------------------------------------------------------


def motion(ask: Ask, found: Sequence[Finding]) -> str:
    """Return whether a melody moves by step or by leap."""
    data = found[0].data
    motion = data.get("motion") or {}
    moves = int(motion.get("moves") or 0)
    moving = moves - int(motion.get("stays") or 0)
    if moving < 3:
        return "I follow too few notes of the melody to say how it moves"
    steps = int(motion["steps"]) / moving
    lead = "mostly by step" if steps > 0.6 else "mostly by leap" if steps < 0.4 else "both ways about equally"  # fmt: skip
    told = f"{lead}: {say.percent(steps)} of its moves are steps of a semitone or a tone, {say.percent(1 - steps)} are leaps, the widest of {motion['widest']} semitones"
    stays = int(motion["stays"]) / moves
    told += f"; in {say.percent(stays)} of all cases the note is repeated" if stays >= 0.1 else ""
    return told + _care(data)


def direction(ask: Ask, found: Sequence[Finding]) -> str:
    """Return whether a melody goes up or down, note by note and on the whole."""
    data = found[0].data
    motion = data.get("motion") or {}
    up, down = int(motion.get("up") or 0), int(motion.get("down") or 0)
    if up + down < 3:
        return "I follow too few notes of the melody to say which way it goes"
    lead = "about as often up as down" if abs(up - down) <= 0.1 * (up + down) else "more often up than down" if up > down else "more often down than up"  # fmt: skip
    told = f"{lead}: {up} of its moves go up, {down} go down"
    reach = data.get("range")
    told += f", between {reach['low']} and {reach['high']}" if reach else ""
    return told + _care(data)


def first_notes(ask: Ask, found: Sequence[Finding]) -> str:
    """Return the first notes of a melody."""
    data = found[0].data
    rows = list(data.get("notes") or ())[: int(ask.value or 8)]
    if not rows:
        return "I hear no clear melody line to follow"
    told = f"the melody begins {say.dashes([str(n['name']) for n in rows])}, from {say.clock(rows[0]['start'])} on"  # fmt: skip
    return told + _care(data)


def last_note(ask: Ask, found: Sequence[Finding]) -> str:
    """Return the last note of a melody."""
    data = found[0].data
    last = data.get("last")
    if not last:
        return "I hear no clear melody line to follow"
    return f"the last note I follow is {last['name']}, at {say.clock(last['start'])}" + _care(data)


def to_note(ask: Ask, found: Sequence[Finding]) -> str:
    """Return how far to move a song so that an end of its melody is on a note, and the key there."""
    end, note = ask.value.split(" ", 1)
    line = next(
        (f.data["range"] for f in found if f.tool == "melody" and f.data.get("range")), None
    )
    if line is None:
        return "I hear no clear melody line, so I can't say how far to move it"
    if note.startswith("by "):
        return _moved_end(str(line[end]), end, int(note[3:]))
    here, there = semitones_of(str(line[end])), semitones_of(note)
    if here is None or there is None:
        return f"I can't tell which note {note} is"
    steps = there - here
    name = "highest" if end == "high" else "lowest"
    if not steps:
        return f"not at all: the {name} note that I follow is {line[end]} already"
    count = say.number_word(abs(steps))
    told = f"{count} semitone{'s' if abs(steps) > 1 else ''} {'up' if steps > 0 else 'down'}: the {name} note that I follow is {line[end]}"  # fmt: skip
    key = next((f.data["key"] for f in found if f.tool == "key" and f.data.get("key")), None)
    if key:
        tonic = theory.tonic_name((theory.pitch_class(key["tonic"]) + steps) % 12, key["mode"])
        told += f", and {say.key_name(key)} becomes {tonic} {key['mode']}"
    return told + say.THEORY


def _moved_end(note: str, end: str, steps: int) -> str:
    """Return where an end of a melody comes to lie after it is moved."""
    here = semitones_of(note)
    if here is None:
        return f"I can't tell which note {note} is"
    there = here + steps
    home = "F" if "b" in note else "E"
    name = f"{theory.spell(there % 12, home, 'major')}{there // 12}"
    count = say.number_word(abs(steps))
    way = "up" if steps > 0 else "down"
    word = "highest" if end == "high" else "lowest"
    return f"{count} semitone{'s' if abs(steps) > 1 else ''} {way}, the {word} note that I follow, {note}, becomes {name}{say.THEORY}"


def often(ask: Ask, found: Sequence[Finding]) -> str:
    """Return which note names a melody is on the most."""
    data = found[0].data
    rows: list[Data] = list(data.get("often") or ())
    if not rows:
        return "I hear no clear melody line to follow"
    rest = [f"{r['name']} ({say.percent(r['share'])})" for r in rows[1:4]]
    told = f"{rows[0]['name']}, for {say.percent(rows[0]['share'])} of the time that the melody sounds, in {rows[0]['count']} notes"
    return told + (f"; then {say.join(rest)}" if rest else "") + _care(data)


def _care(data: Data) -> str:
    return f". Take it with care: {data['doubt']}" if data.get("doubt") else ""
