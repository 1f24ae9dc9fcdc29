"""Answers to the closer questions about one track (`agent.rules.closer_asks`)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from agent.rules import answer_chords, answer_loudness, answer_tags, answer_talk, answer_tempo, say
from agent.rules import answer_closer_pulse as beat
from agent.rules import answer_closer_sound as heard
from agent.rules.asks import Ask, Finding
from agent.rules.chord_words import in_a_row, key_of, names
from agent.rules.say import Data
from tools import theory

CHORDS_TOLD = 40
"""Changes of chord that one answer lists; the rest is for a file."""
ALIKE = 0.3
"""LU between stems that are told as equally loud."""
THEORY = " (theory, not measured)"
STEM_NAMES = {"vocals": "the vocals", "drums": "the drums", "bass": "the bass", "other": "all the rest"}  # fmt: skip
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_NAMES = {"moods": "mood", "genres": "style", "instruments": "sound"}


def answer(ask: Ask, found: Sequence[Finding]) -> str:
    """Return the answer to one closer question; `found` is what its calls returned, in order."""
    good = [f for f in found if not f.error]
    if not good:
        errors = [f.error for f in found if f.error]
        return say.sentence(errors[0]) if errors else "I have no measurement for that."
    first = good[0]
    if first.tool == "chords" and not _has_chords(first):
        return answer_chords.answer(replace(ask, aspect=""), first, "It", "")
    if first.tool == "tags" and not first.data.get("tags"):
        return answer_tags.answer(replace(ask, topic="moods"), first, "It", "")
    if first.tool == "tempo" and not first.data.get("tempo"):
        return answer_tempo.answer(Ask("tempo"), first, "It", "")
    reasons = [
        str(p["reason"]) for f in good for p in f.data.get("problems") or () if "reason" in p
    ]
    told = _BUILD[ask.aspect](ask, good)
    return say.sentence(told or (reasons[0] if reasons else "I measured too little to say"))


def _has_chords(finding: Finding) -> bool:
    chords = finding.data.get("chords") or {}
    return any(c not in ("N", "X") for c in chords.get("labels") or ())


# ---- chords -------------------------------------------------------------------------------------


def _listed(ask: Ask, found: Sequence[Finding]) -> str:
    finding = found[0]
    key, rows = key_of(finding), in_a_row(finding)
    told = ", ".join(
        f"{say.clock(start)} {say.chord(c, key)}" for start, _, c in rows[:CHORDS_TOLD]
    )
    if len(rows) <= CHORDS_TOLD:
        last = say.clock(rows[-1][1])
        return f"the chords in order, each from the time before it: {told}, to {last}"
    more = len(rows) - CHORDS_TOLD
    return f"the first {CHORDS_TOLD} changes of chord, each from the time before it: {told}. {more} more follow, up to {say.clock(rows[-1][1])}; a file has them all: ask me to save the chords"


def _nashville(ask: Ask, found: Sequence[Finding]) -> str:
    finding = found[0]
    home = say.key_of(key_of(finding))
    if not home:
        return "I can't number the chords without a key, and I couldn't make one out"
    loop = finding.data.get("loop") or {}
    key = key_of(finding)
    labels = list(loop.get("labels") or ()) or [c for _, _, c in in_a_row(finding)][: answer_chords.ROW]  # fmt: skip
    lead = "the loop" if loop.get("labels") else "it opens with"
    row = say.dashes(names(labels, key))
    major = theory.relative(*home) if home[1] == "minor" else home
    told = f"in Nashville numbers {lead}{' is' if loop.get('labels') else ''} {_numbers(labels, major[0])} ({row}), counted in {major[0]} major"
    if home[1] == "minor":
        told += f", the relative of {key}, as charts of minor songs are; counted from {home[0]} itself: {_numbers(labels, home[0])}"
    return f"{told}{THEORY}"


def _numbers(labels: Sequence[str], tonic: str) -> str:
    home = theory.pitch_class(tonic)
    told = []
    for label in labels:
        root = theory.pitch_class(theory.parse_chord(label).root)
        name = re.sub(r"^[A-G][#b]?", "", say.chord(label).split("/")[0])
        figure = ("1", "b2", "2", "b3", "3", "4", "b5", "5", "b6", "6", "b7", "7")[(root - home) % 12]  # fmt: skip
        told.append(figure + (name.translate(_SUPERSCRIPT) if name[:1].isdigit() else name))
    return say.dashes(told)


def chord_notes(label: str, key: str | None) -> list[str]:
    """Return the notes of a chord from its root up, spelled in the key."""
    chord = theory.parse_chord(label)
    root = theory.pitch_class(chord.root)
    order = sorted(chord.pitch_classes, key=lambda pc: (pc - root) % 12)
    home = say.key_of(key) or (chord.root, "minor" if chord.third == 3 else "major")
    return [theory.spell(pc, *home) for pc in order]


def _spelled(ask: Ask, found: Sequence[Finding]) -> str:
    finding, key = found[0], key_of(found[0])
    rows = in_a_row(finding)
    if ask.value != "each":
        place = int(ask.value)
        if place > len(rows):
            return f"I hear only {len(rows)} chords in a row"
        start, _, label = rows[place - 1 if place > 0 else place]
        which = f"chord number {place}" if place > 0 else "the last chord"
        return f"{which} is {say.chord(label, key)}, at {say.clock(start)}: {say.join(chord_notes(label, key))}{THEORY}"
    loop = finding.data.get("loop") or {}
    labels = {say.chord(c, key): c for c in loop.get("labels") or ()}
    labels = labels or {say.chord(c, key): c for _, _, c in rows}
    told = [f"{name} is {say.join(chord_notes(c, key))}" for name, c in list(labels.items())[:8]]
    return f"{'; '.join(told)}{THEORY}"


def _kinds(ask: Ask, found: Sequence[Finding]) -> str:
    finding, key = found[0], key_of(found[0])
    rows = in_a_row(finding)
    rich: dict[str, float] = {}
    for start, end, label in rows:
        if len(theory.parse_chord(label).pitch_classes) > 3:
            name = say.chord(label, key)
            rich[name] = rich.get(name, 0.0) + end - start
    if not rich:
        return f"all triads: I hear no seventh chords in it, only {say.join(list(dict.fromkeys(say.chord(c, key) for _, _, c in rows))[:8])}"
    share = sum(rich.values()) / sum(end - start for start, end, _ in rows)
    most = sorted(rich, key=lambda name: -rich[name])[:6]
    lead = "mostly triads, but" if share < 0.5 else "not only triads:"
    return f"{lead} {say.join(most)} {'have' if len(most) > 1 else 'has'} a seventh or more on top, for about {say.percent(share)} of the time"


def _outside(ask: Ask, found: Sequence[Finding]) -> str:
    finding, key = found[0], key_of(found[0])
    home = say.key_of(key)
    if not home:
        return "I can't tell which chord stands out without a key, and I couldn't make one out"
    scale = {theory.pitch_class(n) for n in theory.scale(*home)}
    labels = {say.chord(c, key): c for _, _, c in in_a_row(finding)}
    foreign = {n: [theory.spell(pc, *home) for pc in sorted(theory.parse_chord(c).pitch_classes - scale)] for n, c in labels.items()}  # fmt: skip
    out = {n: notes for n, notes in foreign.items() if notes}
    if not out:
        return f"none stands out: all {len(labels)} chords are made of the notes of {key} ({say.join(list(labels)[:8])})"
    seconds = {
        n: sum(b - a for a, b, c in in_a_row(finding) if say.chord(c, key) == n) for n in out
    }
    most = sorted(out, key=lambda n: -seconds[n])[:6]
    told = "; ".join(f"{n}, whose {say.join(out[n])} {'lies' if len(out[n]) == 1 else 'lie'} outside {key}" for n in most)  # fmt: skip
    rest = [n for n in labels if n not in out]
    inside = f". The others ({say.join(rest[:6])}{' and more' if len(rest) > 6 else ''}) keep to the key" if rest else ""  # fmt: skip
    return f"{'the odd one out is' if len(out) == 1 else 'outside the key are'} {told}{inside}"


def _in_key(ask: Ask, found: Sequence[Finding]) -> str:
    """Return whether a chord belongs to the key, by its notes, and what it is there."""
    finding, key = found[0], key_of(found[0])
    home = say.key_of(key)
    if not home:
        return f"I can't place {ask.value} without a key, and I couldn't make one out"
    label = next((c for _, _, c in in_a_row(finding) if say.chord(c, key) == ask.value), "")
    used = label != ""
    label = label or answer_talk.label_of(ask.value)
    if not label:
        return f"I can't tell what chord {ask.value} is"
    scale = {theory.pitch_class(n) for n in theory.scale(*home)}
    outside = sorted(theory.parse_chord(label).pitch_classes - scale)
    strays = say.join([theory.spell(pc, *home) for pc in outside])
    numeral = say.numeral(label, key)
    heard = "" if used else f". I don't hear {ask.value} in it, though"
    if not strays:
        as_what = f", where it is the {numeral}" if numeral else ""
        return f"{ask.value} is made of the notes of {key}{as_what}: nothing about it is borrowed{THEORY}{heard}"
    told = f"{ask.value} is from outside {key}: its {strays} {'is' if len(outside) == 1 else 'are'} not in that scale"
    other = theory.parallel(*home)
    near = {theory.pitch_class(n) for n in theory.scale(*other)}
    if theory.parse_chord(label).pitch_classes <= near:
        told += f", but in that of {other[0]} {other[1]}, from which it can be called borrowed"
    elif home[1] == "minor" and _degree(label, home[0]) == (5, 4):
        told += "; a major chord on the fourth step is what gives a minor key a dorian colour"
    elif home[1] == "minor" and _degree(label, home[0]) == (7, 4):
        told += "; it is the dominant with the raised leading note, as in harmonic minor"
    else:
        told += "; songs use such a chord for its colour"
    return f"{told}{THEORY}{heard}"


def _degree(label: str, tonic: str) -> tuple[int, int]:
    """Return how many semitones a chord's root lies above the tonic, and its third above that."""
    chord = theory.parse_chord(label)
    root = theory.pitch_class(chord.root)
    return (root - theory.pitch_class(tonic)) % 12, 3 if chord.third == 3 else 4


def _resolves(ask: Ask, found: Sequence[Finding]) -> str:
    """Return whether the chords come home to the tonic: at the end, and in the loop."""
    finding, key = found[0], key_of(found[0])
    home = say.key_of(key)
    if not home:
        return "I can't tell what home is without a key, and I couldn't make one out"
    rows = in_a_row(finding)
    last = rows[-1][2]
    name, numeral = say.chord(last, key), say.numeral(last, key)
    tonic = theory.pitch_class(home[0])

    def rests(label: str) -> bool:
        return theory.pitch_class(theory.parse_chord(label).root) == tonic

    where = f"the last chord is {name}" + (f", the {numeral} of {key}" if numeral else "")
    told = (
        f"yes, it comes home: {where}"
        if rests(last)
        else f"no, it stays open: {where}, not the tonic"
    )
    loop = list((finding.data.get("loop") or {}).get("labels") or ())
    if loop:
        row = say.dashes(names(loop, key))
        dominant = any((theory.pitch_class(theory.parse_chord(a).root) - tonic) % 12 == 7 and rests(b)
                       for a, b in pairwise([*loop, loop[0]]))  # fmt: skip
        if not any(map(rests, loop)):
            told += f". The loop {row} has no tonic chord in it at all"
        elif dominant:
            told += f". The loop {row} goes from the dominant home to the tonic each time round"
        else:
            told += f". The loop {row} touches the tonic, but not from the dominant"
    return told


# ---- beat and form ------------------------------------------------------------------------------


def _form(ask: Ask, found: Sequence[Finding]) -> str:
    rows = list(found[0].data.get("sections") or ())
    if len(rows) < 2:
        return "I hear no separate sections: it goes on as one piece"
    told = []
    for row in rows[:20]:
        name = str(row["label"])
        name = f"part {row['letter']}" if name == "section" and row.get("letter") else name
        bars = f" ({row['bars']} bars)" if row.get("bars") else ""
        told.append(f"{name} {say.clock(row['start'])}–{say.clock(row['end'])}{bars}")
    more = f", and {len(rows) - 20} more" if len(rows) > 20 else ""
    return f"{say.number_word(len(rows))} sections: {', '.join(told)}{more}"


# ---- loudness -----------------------------------------------------------------------------------


def _quiet(ask: Ask, found: Sequence[Finding]) -> str:
    data = found[0].data
    rows: list[Data] = list(data.get("quiet") or ())
    least = data.get("quietest")
    if least is None:
        return "I couldn't follow the level of it, so I can't tell where"
    if not rows:
        start, end = least["span"]
        gap = abs(float(least["against_mean"]))
        where = _in(least)
        if gap < 0.5:
            return "nowhere: it is about equally loud all the way through"
        return f"it never really goes quiet; the softest stretch is {say.clock(start)}–{say.clock(end)}{where}, {gap:.1f} dB below its mean level"
    told = [f"{say.clock(r['span'][0])}–{say.clock(r['span'][1])}{_in(r)} ({abs(r['against_mean']):.1f} dB below its mean level)" for r in rows]  # fmt: skip
    return f"it goes quiet at {say.join(told)}"


def _in(row: Data) -> str:
    return f" in {answer_loudness.place_name(str(row['section']))}" if row.get("section") else ""


def _ending(ask: Ask, found: Sequence[Finding]) -> str:
    ending = found[0].data.get("ending")
    if ending == "fades":
        return "it fades out: the level falls steadily over the last seconds"
    if ending == "stops":
        return "it stops dead: it is as loud as before up to the last moment"
    if found[0].data.get("level") is None:
        return "I couldn't follow the level of it, so I can't tell"
    return "neither a long fade nor a dead stop: the last sound dies away by itself"


def _stem_levels(ask: Ask, found: Sequence[Finding]) -> str:
    levels = {str(f.args["stem"]): float(f.data["lufs"]) for f in found if f.data.get("lufs") is not None}  # fmt: skip
    if not levels:
        return "I couldn't measure how loud the stems are"
    most = "quietest" if ask.value == "quietest" else "loudest"
    order = sorted(levels, key=lambda stem: levels[stem] * (1 if most == "quietest" else -1))
    if ask.value in levels:
        mine = levels[ask.value]
        told = []
        for stem in order:
            gap = mine - levels[stem]
            way = f"{abs(gap):.1f} LU {'above' if gap > 0 else 'below'}"
            if stem != ask.value:
                told.append(f"{'as loud as' if abs(gap) < ALIKE else way} {STEM_NAMES[stem]}")
        verb = "are" if ask.value in ("vocals", "drums") else "is"
        text = f"{STEM_NAMES[ask.value]} {verb} at {answer_loudness.decibels(mine, 'LUFS')}"
        return f"{text}: {say.join(told)}, each stem by itself" if told else text
    rest = [f"{STEM_NAMES[s]} at {answer_loudness.decibels(levels[s], 'LUFS')}" for s in order]
    verb = "are" if order[0] in ("vocals", "drums") else "is"
    lead = f"{STEM_NAMES[order[0]]} {verb} the {most} stem, {rest[0].split(' at ')[1]}"
    return f"{lead}; then {say.join(rest[1:])}" if rest[1:] else lead


_BUILD: dict[str, Callable[[Ask, Sequence[Finding]], str]] = {
    "listed": _listed, "nashville": _nashville, "spelled": _spelled, "kinds": _kinds, "outside": _outside,
    "in key": _in_key, "resolves": _resolves, "direction": heard.direction,
    "section bar": beat.section_bar, "entry bar": beat.entry_bar, "last note": heard.last_note,
    "bar": beat.bar, "decimal": beat.decimal, "floor": beat.floor, "half": beat.half, "mix range": beat.mix_range, "mixes": beat.mixes, "bass ends": beat.bass_ends, "scaled": beat.scaled, "to note": heard.to_note, "either bpm": beat.either_bpm, "form": _form, "quiet": _quiet,
    "ending": _ending, "stem levels": _stem_levels, "sung": heard.sung, "bass": heard.bass, "voice": heard.voice, "uses": heard.uses, "course": heard.course,
    "busier": heard.busier, "energy": heard.energy, "tags": heard.tags, "words": heard.words, "sentences": heard.sentences, "motion": heard.motion,
    "first notes": heard.first_notes, "often": heard.often, "why": heard.why,
}  # fmt: skip
