"""Keep the splits apart: ``python -m agent.embedded.training.split``.

Takes questions out of the test split that are training phrasings or near copies of one: the same
words in any order, up to one in five. Follow-ups ("and the other one?") are compared with follow-ups
only, and count as copies only where they are the same.
"""

import logging
import re
import sys
from collections.abc import Iterable

from agent.embedded.training.phrasings import FOLDER, Phrasing, load, parse

log = logging.getLogger(__name__)

TEST = FOLDER.parent / "test" / "questions.txt"
NEAR = 0.8
"""Share of the words of two questions that are the same, above which one is a copy of the other."""


def words(question: str) -> frozenset[str]:
    """Return the words of a question; slots and figures are all alike."""
    text = re.sub(r"\{\w+\}|\d[\d:.]*", "0", question.lower())
    return frozenset(re.findall(r"[^\W_]+", text))


def near(one: frozenset[str], two: frozenset[str]) -> bool:
    """Tell whether two questions are the same but for a word in five."""
    shared = len(one & two)
    return shared > 0 and shared >= NEAR * len(one | two)


def copies(test: Iterable[Phrasing], trained: Iterable[Phrasing]) -> set[str]:
    """Return the questions of the test split that are near copies of trained ones."""
    first = [words(p.question) for p in trained if not p.after]
    later = {words(p.question) for p in trained if p.after}
    found = set()
    for phrasing in test:
        said = words(phrasing.question)
        if phrasing.after and said in later:
            found.add(phrasing.question)
        elif not phrasing.after and any(near(said, other) for other in first):
            found.add(phrasing.question)
    return found


def main() -> None:
    """Rewrite the test split without the copies."""
    text = TEST.read_text("utf-8")
    found = copies(list(parse(text)), load())
    kept = [line for line in text.splitlines() if line.rpartition("->")[0].strip() not in found]
    TEST.write_text("\n".join(kept) + "\n", encoding="utf-8")
    log.info("%d of %d taken out: %s", len(found), len(text.splitlines()), sorted(found)[:20])


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    main()
