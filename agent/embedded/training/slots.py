"""What stands in the slots of phrasings: a value as a person says it, and as a reading has it."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agent.rules.glossary import terms
from agent.rules.lexicon import GENRES, INSTRUMENTS, MOODS

_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty"
).split()
_TENS = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty"}
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth")
_LETTERS = ("C", "C#", "Db", "D", "Eb", "E", "F", "F#", "Gb", "G", "Ab", "A", "Bb", "B")
_QUALITIES = ("", "", "", "m", "m", "7", "maj7", "m7", "dim", "sus4", "6", "9", "m7b5", "add9")
_SUNG = ("verse", "chorus", "verse", "chorus", "bridge", "intro", "outro", "pre-chorus", "solo")
_SPOKEN = {"bridge": ("bridge", "middle eight"), "chorus": ("chorus", "chorus", "refrain", "hook")}
Slot = Callable[[random.Random, "Names"], tuple[str, str]]


@dataclass(frozen=True)
class Names:
    """The tracks that are open: a title each, in order of their handles."""

    titles: tuple[str, ...] = ()


def _time(dice: random.Random, names: Names) -> tuple[str, str]:
    seconds = dice.choice([dice.randrange(3, 60), dice.randrange(60, 280), dice.randrange(60, 280)])
    minutes, rest = divmod(seconds, 60)
    clock = f"{minutes}:{rest:02d}"
    if not minutes:
        said = dice.choice([clock, clock, f"{seconds}s", f"{seconds} seconds", f"second {seconds}"])
        return said, clock if said == clock else str(seconds)
    ways = [clock] * 6 + [
        f"{minutes}m{rest:02d}s",
        f"{minutes} min {rest}",
        f"{minutes}'{rest:02d}",
    ]
    if rest:
        ways += [f"{_WORDS[minutes]} {_spoken(rest)}" if rest > 9 else clock]
        ways += [f"{minutes} minute{'s' * (minutes > 1)} {rest} seconds"]
    else:
        ways += [f"{_WORDS[minutes]} minute{'s' * (minutes > 1)}"] * 3
    return dice.choice(ways), clock


def _spoken(number: int) -> str:
    if number <= 20:
        return _WORDS[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens] + (f"-{_WORDS[ones]}" if ones else "")


def _span(dice: random.Random, names: Names) -> tuple[str, str]:
    start = dice.randrange(0, 40) * 5
    end = start + dice.choice([5, 10, 15, 20, 30, 45, 60])
    first, last = (f"{t // 60}:{t % 60:02d}" for t in (start, end))
    if end < 60 and dice.random() < 0.4:
        link = dice.choice([("", " to ", " seconds"), ("", "-", " s"), ("second ", " to ", "")])
        return f"{link[0]}{start}{link[1]}{end}{link[2]}", f"{start}-{end}"
    return f"{first}{dice.choice([' to ', '-', ' - ', ' until ', '–'])}{last}", f"{first}-{last}"


def _key(dice: random.Random, names: Names) -> tuple[str, str]:
    tonic, mode = dice.choice(_LETTERS), dice.choice(("major", "minor"))
    letter = tonic[0] + {"#": " sharp", "b": " flat", "": ""}[tonic[1:]]
    said = dice.choice(
        [f"{tonic} {mode}", f"{tonic} {mode}", f"{letter} {mode}", f"{letter} {mode}".lower()]
    )
    return said, f"{tonic} {mode}"


def _chord(dice: random.Random, names: Names) -> tuple[str, str]:
    chord = dice.choice(_LETTERS) + dice.choice(_QUALITIES)
    return chord, chord


def _label(table: dict[str, str]) -> Slot:
    def slot(dice: random.Random, names: Names) -> tuple[str, str]:
        word = dice.choice([name for name in table if " " not in name])
        return word, word

    return slot


def _bpm(dice: random.Random, names: Names) -> tuple[str, str]:
    number = str(dice.randrange(60, 185))
    return number, number


def _section(dice: random.Random, names: Names) -> tuple[str, str]:
    name = dice.choice(_SUNG)
    word = dice.choice(_SPOKEN.get(name, (name,)))
    if name in ("intro", "outro", "solo", "bridge") or dice.random() < 0.4:
        return word, name
    number = dice.randrange(1, 4)
    if dice.random() < 0.2:
        return f"{dice.choice(['last', 'final'])} {word}", f"{name} last"
    said = [f"{_ORDINALS[number]} {word}", f"{_ORDINALS[number]} {word}", f"{word} {number}"]
    return dice.choice(said), f"{name} {number}"


def _bars(dice: random.Random, names: Names) -> tuple[str, str]:
    start = dice.randrange(1, 60)
    if dice.random() < 0.3:
        return f"bar {start}", f"b{start}"
    end = start + dice.choice([1, 3, 3, 7])
    return f"bars {start}{dice.choice([' to ', '-', ' through '])}{end}", f"b{start}-{end}"


def _number(which: int) -> Slot:
    def slot(dice: random.Random, names: Names) -> tuple[str, str]:
        ordinal = _ORDINALS[which]
        ways = [f"#{which}", f"#{which}", f"track {which}", f"the {ordinal} one"]
        ways += [f"number {_WORDS[which]}", f"the {ordinal} track", f"song {which}"]
        return dice.choice(ways), f"#{which}"

    return slot


def _title(which: int) -> Slot:
    def slot(dice: random.Random, names: Names) -> tuple[str, str]:
        if len(names.titles) < which or not names.titles[which - 1]:
            return f"#{which}", f"#{which}"
        title = names.titles[which - 1].partition(" - ")[0]
        said = [title, title, f'"{title}"', title.lower(), title.lower()]
        return dice.choice(said), f"#{which}"

    return slot


def _elsewhere(dice: random.Random, names: Names) -> tuple[str, str]:
    title, _, artist = dice.choice(_works()).partition(" - ")
    if artist and dice.random() < 0.5:
        title = f"{title} by {artist}"
    said = title.lower() if dice.random() < 0.3 else title
    return (f'"{said}"' if dice.random() < 0.1 else said), said


def _term(dice: random.Random, names: Names) -> tuple[str, str]:
    term = dice.choice([t for t in terms() if t.isascii()])
    return term, term


@cache
def _works() -> tuple[str, ...]:
    """Return well-known works, which are open nowhere: "title - artist" or a title."""
    return tuple(
        (Path(__file__).parents[1] / "data" / "elsewhere.txt").read_text("utf-8").splitlines()
    )


SLOTS: dict[str, Slot] = {
    "time": _time, "span": _span, "key": _key, "chord": _chord, "bpm": _bpm, "bars": _bars,
    "section": _section, "instrument": _label(INSTRUMENTS), "genre": _label(GENRES),
    "mood": _label(MOODS), **{f"n{i}": _number(i) for i in range(1, 5)},
    **{f"title{i}": _title(i) for i in range(1, 5)}, "elsewhere": _elsewhere, "term": _term,
}  # fmt: skip
"""Name of a slot -> what draws (as it is said, as the reading has it)."""
