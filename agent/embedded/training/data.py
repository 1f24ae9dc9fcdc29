"""Make the examples: ``python -m agent.embedded.training.data OUT.jsonl [--seed N --records FILE]``.

Each line is ``{"kind", "prompt", "reply"}``; kinds are plan, answer, caption and refuse. Plans come from the phrasings, each asked of several
made-up situations; answers, captions and refusals from made-up and recorded analyses
(`agent.embedded.training.world`): `--records` names a file of such records, a line each.
"""

import json
import logging
import random
import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent.embedded.notation import read
from agent.embedded.prompt import reading_prompt
from agent.embedded.training.phrasings import Phrasing, fill, load
from agent.embedded.training.slots import Names
from agent.open_tracks import OpenTrack
from agent.record import TrackRecord
from agent.recorded import load_records

log = logging.getLogger(__name__)

TIMES_EACH = 5
"""Situations that each phrasing is asked in."""
ANSWERS = 7000
TITLES = (
    "Night Walk", "Copper Sky", "Take the Long Road", "Blue Hour", "untitled 3", "Sunday", "demo_final_v2",
    "The River", "Halbmond", "Lune", "Camino", "Rain on Tin", "Track 04", "Etude in C minor", "Low Tide",
    "Ghost Train", "Paper Boats", "Neon", "My Funny Neighbour", "Slow Waltz", "Dust", "Ninety Miles",
    "Harbour Lights", "Fever Dream", "Song for Mia", "Old Friends", "Kites", "Interlude", "Red Clay",
    "Morning Mass", "jam 2024-03-11", "Thirteen", "Glass House", "Marigold", "The Fall", "Opus 9 No 2",
)  # fmt: skip
ARTISTS = (
    "", "", "", "Ana Rey", "The Lanterns", "K. Mori", "Duo Sol", "Marlow", "North & Co", "Lena Park",
    "The Quiet Ones", "DJ Ferro", "Trio Varga", "Salt", "Ida Blom",
)  # fmt: skip
_HEADS = ("hey ", "ok ", "so ", "um ", "well, ", "please ", "hi, ", "quick question: ", "right, ")
_TAILS = (" please", " pls", " thanks", "??", " ?", " mate", ", any idea?", " thx", "...")
_SAID = re.compile(
    r"\b((?:decline\.(?!elsewhere)|unsupported|compare)[a-z .]*)=[^|@~]*?(?= \||@|~|$)"
)
_TITLED = re.compile(r"^(?:#\d+ \"[^\n]*\"\n)*")
LONG = 55
"""Words from which an answer is a description."""
_LATIN = re.compile(r"[a-zA-Z]{4,}")


@dataclass(frozen=True)
class Example:
    """One pair to learn from."""

    kind: str
    prompt: str
    reply: str


def readings(phrasings: list[Phrasing], dice: random.Random, each: int) -> Iterator[Example]:
    """Yield `each` examples of every phrasing, in made-up situations."""
    before = [p.reading for p in phrasings if "{" not in p.reading and not p.after]
    for phrasing in phrasings:
        for _ in range(each):
            titles = _titles(phrasing, dice)
            question, reading, after = fill(phrasing, dice, Names(titles))
            after = bare(after)
            focus = phrasing.focus
            if phrasing.count == 1 and len(titles) > 1:
                focus = (f"#{dice.randrange(1, len(titles) + 1)}",)
                if reading.startswith("#") or "compare" in reading or "| #" in reading:
                    titles, focus = titles[:1], phrasing.focus
            if not phrasing.after and phrasing.count and dice.random() < 0.25:
                after = bare(dice.choice(before))
            tracks = [
                OpenTrack(f"#{i}", *_split(title), "", 0.0) for i, title in enumerate(titles, 1)
            ]
            named = [a.tracks for a in read(after) if a.tracks] if after else []
            marked = named[-1] if named and phrasing.after else focus
            prompt = reading_prompt(roughened(question, dice), tracks, marked, after)
            yield Example("plan", prompt, bare(reading))


def held_out(phrasing: Phrasing) -> bool:
    """Tell whether a phrasing is kept from training, to choose by (`agent.embedded.choosing`)."""
    return zlib.crc32(phrasing.question.encode()) % 25 == 0


def bare(reading: str) -> str:
    """Return a reading without the words that a refusal or a comparison was asked in."""
    return _SAID.sub(r"\1", reading)


def _titles(phrasing: Phrasing, dice: random.Random) -> tuple[str, ...]:
    """Return the titles of the open tracks, made up where the phrasing leaves them open."""
    count = phrasing.count
    if count == 1 and not phrasing.titles and dice.random() < 0.25:
        count = dice.choice([2, 2, 3])  # a question that names no track is about that in focus
    made_up = [_made_up(dice) for _ in range(count - len(phrasing.titles))]
    return (*phrasing.titles, *made_up)[:count]


def _made_up(dice: random.Random) -> str:
    artist = dice.choice(ARTISTS)
    return dice.choice(TITLES) + (f" - {artist}" if artist else "")


def _split(title: str) -> tuple[str, str]:
    name, _, artist = title.partition(" - ")
    return name, artist


def roughened(question: str, dice: random.Random) -> str:
    """Return a question as people type: in lower case, without its mark, with a slip, or as it is."""
    if dice.random() < 0.25:
        question = (
            question.lower() if not re.search(r"\b[A-G][#b]?m?\d?\b|\.\w", question) else question
        )
    if dice.random() < 0.25:
        question = question.rstrip("?.! ") or question
    if dice.random() < 0.08 and question[:1].isascii() and question[:1].isalpha():
        question = dice.choice(_HEADS) + question
    if dice.random() < 0.06:
        question = question.rstrip("?.! ") + dice.choice(_TAILS)
    if dice.random() < 0.10 and '"' not in question and "/" not in question:
        words = [m for m in _LATIN.finditer(question) if m[0].islower()]
        if words:
            question = _slipped(question, dice.choice(words), dice)
    return question


def _slipped(question: str, word: re.Match[str], dice: random.Random) -> str:
    """Return the question with one slip of the finger in a word: letters swapped, lost or doubled."""
    place = dice.randrange(word.start() + 1, word.end() - 1)
    left, letter, after, rest = (
        question[:place],
        question[place],
        question[place + 1],
        question[place + 2 :],
    )
    return left + dice.choice([after + letter, after, letter + letter + after]) + rest


def answers(seed: int, count: int, records: Sequence[TrackRecord] = ()) -> Iterator[Example]:
    """Yield examples of answers from facts: of made-up recordings, and as often of `records`."""
    from itertools import islice

    from agent.embedded.prompt import answer_prompt
    from agent.embedded.training.world import examples

    for example in islice(examples(seed, records), count):
        kind = _kind(example.brief, example.answer)
        yield Example(kind, answer_prompt(example.question, example.brief), example.answer)


def _kind(facts: str, answer: str) -> str:
    """Return what an answer is: a refusal, a description, or an answer like others."""
    first = _TITLED.sub("", facts)
    if re.match(r"(?:result: )?(?:I can't|I only|No tool|That's outside)", first):
        return "refuse"
    return "caption" if first.startswith("text") or len(answer.split()) > LONG else "answer"


def main(args: list[str]) -> None:
    """Write the examples to a file, in an order that mixes them."""
    seed = int(args[args.index("--seed") + 1]) if "--seed" in args else 1
    dice = random.Random(seed)
    learnt = [p for p in load() if not held_out(p)]
    made = list(readings(learnt, dice, TIMES_EACH))
    if "--readings-only" not in args:
        heard = Path(args[args.index("--records") + 1]) if "--records" in args else None
        made += answers(seed, ANSWERS, load_records(heard, [("", "")]) if heard else ())
    made = list(dict.fromkeys(made))
    dice.shuffle(made)
    rows = (json.dumps(vars(replace(e)), ensure_ascii=False) for e in made)
    Path(args[0]).write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    log.info("%d examples", len(made))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main(sys.argv[1:])
