"""Answers about the key, and the theory that follows from it."""

import re
from collections.abc import Sequence

from agent.rules import answer_hands, say
from agent.rules.asks import Ask, Finding
from agent.rules.say import Data
from tools import theory

THEORY = say.THEORY
_INSTRUMENTS = {"alto": "alto sax (in Eb)", "bari": "baritone sax (in Eb)", "tenor": "tenor sax (in Bb)", "soprano": "soprano sax (in Bb)", "trumpet": "Bb trumpet", "clarinet": "Bb clarinet", "horn": "horn in F"}  # fmt: skip
UNLIKELY = 0.15
"""Below this a reading is told as a no."""
_OPEN = ("C", "G", "D", "A", "E"), ("A", "E", "D")
"""Tonics whose chords lie well on a guitar without a capo, major and minor."""


def answer(
    ask: Ask, finding: Finding, subject: str, seed: str, chords: Finding | None = None
) -> str:
    """Return the answer to one ask about the key."""
    key = finding.data.get("key")
    if not key:
        reasons = [
            p.get("reason", "")
            for p in finding.data.get("problems") or ()
            if p.get("task") == "key"
        ]
        told = "I couldn't make out a key in it"
        return say.sentence(f"{told}: {reasons[0]}" if reasons and reasons[0] else told)
    home = (key["tonic"], key["mode"])
    if ask.aspect == "transpose":
        return _transpose(ask, home, chords)
    if ask.aspect == "capo":
        return _capo(ask, home, chords)
    if ask.aspect == "" and ask.span is not None and key.get("changes"):
        return _at_time(ask, key, finding)
    if ask.aspect == "" and ask.span is not None:
        return f"{subject} is in {say.key_name(key)} there as everywhere: I hear no change of key."
    if ask.aspect == "degree":
        return _degree(ask.value, home)
    if ask.aspect == "relative" and ask.value == home[1]:
        lead = f"{subject} is in {_named(home)}, {home[1]} already"
        return say.sentence(relative_of(home, lead))
    if ask.aspect in DERIVED:
        return say.sentence(DERIVED[ask.aspect](home, f"{subject} is in {_named(home)}"))
    return _MEASURED.get(ask.aspect, _value)(ask, key, subject, seed)


def _named(key: tuple[str, str]) -> str:
    return f"{key[0]} {key[1]}"


def rival(key: Data, strong: float = 0.45) -> Data | None:
    """Return the other reading of the key when it is worth a word."""
    return say.rival(key, strong, doubtful=0.4)


def _related(candidate: Data) -> str:
    relation = candidate.get("relation")
    known = {"relative": "its relative, ", "parallel": "its parallel, ", "dominant": "the key of its dominant, ", "subdominant": "the key of its subdominant, "}  # fmt: skip
    return f"{known.get(relation or '', '')}{say.key_name(candidate)}"


def _value(ask: Ask, key: Data, subject: str, seed: str) -> str:
    maybe = "most likely " if say.doubtful(key.get("confidence")) else ""
    verb = "is " + maybe if maybe else say.pick(seed, ("is ", "is ", "sits "))
    told = f"{subject} {verb}in {say.key_name(key)}"
    other = rival(key)
    if other:
        told += f"; it could also be heard as {_related(other)}"
    changes = key.get("changes") or ()
    if len(changes) > 1:
        told += f". It doesn't stay there: {_tour(changes)}"
    return say.sentence(told)


def _tour(changes: Sequence[Data]) -> str:
    told = [f"{say.key_name(c)} from {say.clock(c['start'])}" for c in changes[:6]]
    return ", then ".join(told) + (", and on" if len(changes) > 6 else "")


def _is(ask: Ask, key: Data, subject: str, seed: str) -> str:
    mine = say.key_name(key)
    wanted = ask.value.split(" or ")
    if len(wanted) > 1:
        hit = next((w for w in wanted if _same(w, key)), None)
        return say.sentence(
            f"{mine}" + ("" if hit else f", so neither {wanted[0]} nor {wanted[1]}") + _doubt(key)
        )
    want = wanted[0]
    if not say.key_of(want) and not re.fullmatch(r"[A-G][#b]?", want):
        return f"I only tell major from minor, not {want}: by that measure it's in {mine}."
    visited = [c for c in key.get("changes") or () if _same(want, c)]
    if visited and not _same(want, key):
        at = say.join(f"{say.clock(c['start'])}–{say.clock(c['end'])}" for c in visited[:4])
        return say.sentence(
            f"It is in {say.key_name(visited[0])} at {at}; overall I'd call it {mine}"
        )
    if _same(want, key):
        more = f" – {mine}" if " " not in want else f", {mine}"
        return say.sentence(f"Yes{more}{_doubt(key)}")
    for candidate in key.get("alternatives") or ():
        if _same(want, candidate):
            weight = candidate.get("confidence") or 0.0
            relation = candidate.get("relation")
            name = say.key_name(candidate)
            link = f", its {relation}," if relation in ("relative", "parallel") else ""
            if weight < UNLIKELY:
                return say.sentence(
                    f"No, I hear {mine}; {name}{link} gets only {say.percent(weight)}"
                )
            return say.sentence(
                f"Possibly, but I'd say {mine} first; {name}{link} gets {say.percent(weight)}"
            )
    home = say.key_of(want)
    if home and theory.relative(*home) == (key["tonic"], key["mode"]):
        return f"Not quite: I hear {mine}, its relative, with the same notes."
    return say.sentence(f"No, I hear {mine}, not {want}{_doubt(key)}")


def _same(want: str, key: Data) -> bool:
    parts = want.split(" ")
    try:
        alike = theory.pitch_class(parts[0]) == theory.pitch_class(key["tonic"])
    except ValueError:
        return False
    return alike and (len(parts) < 2 or parts[1] == key["mode"])


def _doubt(key: Data) -> str:
    other = rival(key)
    if say.doubtful(key.get("confidence")):
        told = f", though I'm {say.sureness(key.get('confidence'))}"
        return told + (f", with {_related(other)} next" if other else "")
    return f", though {_related(other)} is possible too" if other else ""


def _mode(ask: Ask, key: Data, subject: str, seed: str) -> str:
    mine = say.key_name(key)
    if not ask.value or not ask.polar:
        told = say.pick(
            seed,
            (
                f"{key['mode']}: {subject.lower() if subject in ('It',) else subject} is in {mine}",
                f"it's {key['mode']} – {mine}",
            ),
        )
    else:
        yes = ask.value == key["mode"]
        told = f"{'Yes' if yes else 'No'}, it's in {mine}"
    return say.sentence(told + _doubt(key))


def _changes(ask: Ask, key: Data, subject: str, seed: str) -> str:
    changes = key.get("changes") or ()
    stays = ask.value == "stay"
    if len(changes) < 2:
        start = "Yes, i" if stays else "No, i" if _asks_change(ask) else "I"
        return f"{start}t stays in {say.key_name(key)} as far as I can hear."
    start = "No: " if stays else "Yes: " if ask.polar else ""
    return say.sentence(
        f"{start}it goes through {_tour(changes)}. Overall I'd call it {say.key_name(key)}"
    )


def _asks_change(ask: Ask) -> bool:
    return ask.polar or ask.aspect == "changes"


def _alternatives(ask: Ask, key: Data, subject: str, seed: str) -> str:
    others = [c for c in key.get("alternatives") or () if (c.get("confidence") or 0) >= 0.02][:3]
    mine = key.get("confidence")
    told = f"My first choice is {say.key_name(key)}" + (
        f" ({say.percent(mine)})" if mine is not None else ""
    )
    if not others:
        return say.sentence(f"{told}; nothing else comes close")
    rest = say.join((f"{_related(c)} ({say.percent(c['confidence'])})" for c in others), "then")
    return say.sentence(
        f"{told}; after that come {rest}" if len(others) > 1 else f"{told}; after that comes {rest}"
    )


def _sure(ask: Ask, key: Data, subject: str, seed: str) -> str:
    told = f"About the key, {say.key_name(key)}, I'm {say.sureness(key.get('confidence'))}"
    other = rival(key, 0.0)
    if other:
        told += f". The closest rival is {_related(other)}, at {say.percent(other.get('confidence') or 0)}"
    return say.sentence(told)


def _how(ask: Ask, key: Data, subject: str, seed: str) -> str:
    return f"From the audio: the notes that sound over the whole track were weighed against every major and minor key, and {say.key_name(key)} fits best (estimator: {key.get('estimator', 'unnamed')})."


def _at_time(ask: Ask, key: Data, finding: Finding) -> str:
    assert ask.span is not None
    start, end = ask.span.resolve(finding.track.get("duration"))
    where = say.place(start, end, finding.track.get("duration"), ask.span.words)
    late = start if end is None else end
    inside = [c for c in key["changes"] if c["start"] <= late and c["end"] > start]
    if not inside:
        return f"I have no key for that place; overall it's {say.key_name(key)}."
    return say.sentence(f"{where} it's in {say.join((say.key_name(c) for c in inside), 'then')}")


def relative_of(key: tuple[str, str], lead: str) -> str:
    """Return a sentence on the relative key."""
    other = theory.relative(*key)
    return f"{lead}; its relative {other[1]} is {_named(other)}{THEORY}"


def _parallel(key: tuple[str, str], lead: str) -> str:
    other = theory.parallel(*key)
    return f"{lead}; its parallel {other[1]} is {_named(other)}{THEORY}"


def _camelot(key: tuple[str, str], lead: str) -> str:
    code = theory.camelot(*key)
    number, letter = int(code[:-1]), code[-1]
    near = [
        f"{number % 12 + 1}{letter}",
        f"{(number - 2) % 12 + 1}{letter}",
        f"{number}{'A' if letter == 'B' else 'B'}",
    ]
    keys = (theory.dominant(*key), theory.subdominant(*key), theory.relative(*key))
    told = say.join(f"{n} ({_named(k)})" for n, k in zip(near, keys, strict=True))
    return (
        f"{lead}, which is {code} on the Camelot wheel; it mixes best with {code}, {told}{THEORY}"
    )


def _signature(key: tuple[str, str], lead: str) -> str:
    count = theory.signature(*key)
    kind = "sharp" if count > 0 else "flat"
    told = f"{abs(count)} {kind}{'s' if abs(count) != 1 else ''}" if count else "no sharps or flats"
    marked = [n for n in theory.scale(*key) if len(n) > 1]
    names = f": {say.join(marked)}" if marked else ""
    return f"{lead}: {told}{names}{THEORY}"


def _notes(key: tuple[str, str], lead: str) -> str:
    notes = theory.scale(*key)
    kept = (0, 2, 3, 4, 6) if key[1] == "minor" else (0, 1, 2, 4, 5)
    five = say.join(notes[i] for i in kept)
    return f"{lead}, so the {_named(key)} scale fits: {say.join(notes)}; the pentatonic takes {five} of these{THEORY}"


DERIVED = {
    "relative": relative_of, "parallel": _parallel, "camelot": _camelot, "signature": _signature,
    "notes": _notes,
}  # fmt: skip


_DEGREES = {"supertonic": "ii", "mediant": "iii", "subdominant": "iv", "dominant": "v", "submediant": "vi", "leading": "vii"}  # fmt: skip


def _degree(name: str, home: tuple[str, str]) -> str:
    """Return the chord on a degree of the key."""
    numeral = _DEGREES.get(name.replace("-", ""), name)
    place = ("i", "ii", "iii", "iv", "v", "vi", "vii").index(numeral)
    chord = theory.chord_name(theory.diatonic_chords(*home)[place])
    raised = (
        f", usually played as {theory.scale(*home)[4]}7"
        if home[1] == "minor" and place == 4
        else ""
    )
    return f"It is in {_named(home)}, so the {numeral.upper()} is {chord}{raised}{THEORY}."


def _moved(key: tuple[str, str], semitones: int) -> tuple[str, str]:
    pc = (theory.pitch_class(key[0]) + semitones) % 12
    return theory.tonic_name(pc, key[1]), key[1]


def _steps(ask: Ask, home: tuple[str, str]) -> int | None:
    value = ask.value
    if re.match(r"[+-]\d", value):
        return int(value.split()[0])
    found = re.fullmatch(r"to ([A-G][#b]?)(?: (major|minor))?", value)
    if found:
        goal = found[1]
        if found[2] and found[2] != home[1]:
            goal = theory.relative(found[1], found[2])[0]
        steps = (theory.pitch_class(goal) - theory.pitch_class(home[0])) % 12
        return steps - 12 if steps > 6 else steps
    return None


def _common(chords: Finding | None) -> list[str]:
    """Return the chords most used, as Harte labels."""
    if chords is None:
        return []
    return [m["label"] for m in chords.data.get("most_used") or () if m["label"] not in ("N", "X")][
        :6
    ]


def _transpose(ask: Ask, home: tuple[str, str], chords: Finding | None) -> str:
    steps = _steps(ask, home)
    if steps is None:
        return f"It's in {_named(home)}. Tell me where to – a key, or so many semitones up or down – and I'll name the chords there."
    goal = _moved(home, steps)
    if steps and not steps % 12:
        return f"By whole octaves nothing changes: it stays in {_named(home)}, with the same chords{THEORY}."
    labels = _common(chords)
    pairs = [
        f"{say.chord(c, _named(home))} becomes {say.chord(theory.transpose(c, steps), _named(goal))}"
        for c in labels
    ]
    player = ask.value.split()[1] if re.match(r"[+-]\d+ [a-z]", ask.value) else ""
    if player:
        lead = f"It sounds in {_named(home)}, so on {say.article(_INSTRUMENTS[player])} you read it in {_named(goal)}"
    else:
        way = "up" if steps > 0 else "down"
        count = (
            f"{abs(steps)} semitone{'s' if abs(steps) != 1 else ''} {way}"
            if steps
            else "where it is"
        )
        lead = f"From {_named(home)}, {count} is {_named(goal)}"
    return say.sentence(f"{lead}{': ' + say.join(pairs) if pairs else ''}{THEORY}")


def _capo(ask: Ask, home: tuple[str, str], chords: Finding | None) -> str:
    if ask.value.startswith("with "):
        return answer_hands.capo_for(ask, chords)
    labels = _common(chords)
    fixed = re.fullmatch(r"capo (\d+)", ask.value)
    fret = int(fixed[1]) if fixed else _fret(home)
    shape = _moved(home, -fret)
    if fret == 0:
        return say.sentence(
            f"It's in {_named(home)}, which lies well on the guitar without a capo{THEORY}"
        )
    shapes = [say.chord(theory.transpose(c, -fret), _named(shape)) for c in labels]
    told = f", where the chords become {say.join(shapes)}" if shapes else ""
    return say.sentence(
        f"It's in {_named(home)}: with a capo on fret {fret} you can play {_named(shape)} shapes{told}{THEORY}"
    )


def _fret(home: tuple[str, str]) -> int:
    tonics = _OPEN[0 if home[1] == "major" else 1]
    return min((theory.pitch_class(home[0]) - theory.pitch_class(t)) % 12 for t in tonics)


_MEASURED = {
    "": _value, "is": _is, "mode": _mode, "changes": _changes, "alternatives": _alternatives,
    "sure": _sure, "how": _how,
}  # fmt: skip
