"""Phrasing files: questions written by hand, each with its reading, in blocks of one situation.

A block begins with the tracks that are open and what was asked before::

    [two "Night Walk" "Copper Sky - Ana Rey" focus #2 after #2 key]
    and the other one? -> #1 key

A slot such as ``{time}`` stands in the question and in its reading for a value that does not
matter; `fill` puts the same value into both, each in its own words.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.embedded.training.slots import SLOTS, Names

FOLDER = Path(__file__).parents[1] / "data" / "phrasings"
COUNTS = {"none": 0, "one": 1, "two": 2, "three": 3, "four": 4}
_HEADER = re.compile(
    r'\[(?:(?P<count>none|one|two|three|four)\b)?(?P<titles>(?: "[^"]*")*)'
    r"(?: focus (?P<focus>(?:#\d)+))?(?: ?after (?P<after>[^\]]+))?\]"
)
_SLOT = re.compile(r"\{(\w+)\}")


class PhrasingError(ValueError):
    """A line of a phrasing file can't be read."""


@dataclass(frozen=True)
class Phrasing:
    """A question with its reading, where it was asked; `titles` are those of the open tracks.

    `after` is the reading of the question before, ``""`` for the first of a conversation.
    """

    question: str
    reading: str
    titles: tuple[str, ...]
    focus: tuple[str, ...] = ("#1",)
    after: str = ""
    count: int = 1


def load(folder: Path = FOLDER) -> list[Phrasing]:
    """Return the phrasings of all files of a folder, in the order of their names."""
    return [p for path in sorted(folder.glob("*.txt")) for p in parse(path.read_text("utf-8"))]


def parse(text: str) -> Iterator[Phrasing]:
    """Yield the phrasings of a file.

    Raises
    ------
    PhrasingError
        If a line is neither a header, a comment nor ``question -> reading``.
    """
    count, titles, focus, after = 1, (), ("#1",), ""
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("# ") or line == "#":
            continue
        if match := _HEADER.fullmatch(re.sub(r"\s+#\s.*$", "", line)):
            titles = tuple(re.findall(r'"([^"]*)"', match["titles"]))
            count = COUNTS[match["count"]] if match["count"] else max(1, len(titles))
            focus = tuple(re.findall(r"#\d", match["focus"] or "#1")) if count else ()
            after = (match["after"] or "").strip()
            continue
        question, arrow, reading = line.rpartition("->")
        if not arrow or not question.strip() or not reading.strip():
            raise PhrasingError(f"line {number}: '{line[:80]}' has no reading")
        reading = re.sub(r"\s+#\s.*$", "", reading).strip()
        yield Phrasing(question.strip(), reading, titles, focus, after, count)


def fill(phrasing: Phrasing, dice: random.Random, names: Names) -> tuple[str, str, str]:
    """Return question, reading and the reading before, with values in the slots.

    Raises
    ------
    PhrasingError
        If a slot has an unknown name.
    """
    texts = [phrasing.question, phrasing.reading, phrasing.after]
    for name in dict.fromkeys(_SLOT.findall(" ".join(texts))):
        kind = name.rstrip("0123456789") or name
        if name not in SLOTS and kind not in SLOTS:
            raise PhrasingError(f"'{phrasing.question[:60]}': no slot '{name}'")
        said, meant = SLOTS.get(name, SLOTS.get(kind, SLOTS["time"]))(dice, names)
        texts = [
            texts[0].replace(f"{{{name}}}", said),
            *(text.replace(f"{{{name}}}", meant) for text in texts[1:]),
        ]
    return texts[0], texts[1], texts[2]
