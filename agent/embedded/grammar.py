"""Grammars that hold the model to the notation: what it writes is a valid reading, whatever it is.

In the Lark dialect of llguidance, which both engines take. A grammar ends where its text ends: the
end of turn is the engine's. A reading is one terminal, a regular expression without a seam: at a
seam llguidance takes as much as it can, and a blank of a value would swallow that of `` | ``.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from agent.embedded.engine import EngineError
from agent.embedded.notation import SECTIONS, STEMS, TOPICS
from agent.exporting import FORMS
from agent.open_tracks import OpenTrack
from agent.rules.asks import Ask, Situation, Span
from agent.rules.plan import missing_tools

MOST_ITEMS = 5
LONGEST_VALUE = 60
MOST_HANDLES = 4
LONGEST_PATH = 200
PLAYERS = ("vocals", "drums", "bass", "piano", "other")
"""Whose notes can be written down."""

_PLACES = {
    "TIME": Span(1.0, 2.0),
    "BARS": Span(1, 2, "bars"),
    "SECTION": Span(0, None, "section", "chorus"),
}
"""Kind of place -> one of them, to ask which tools it needs."""
_NOWHERE = frozenset({"listen", "talk", "theory", "tracks", "title", "unclear", "recall"})
"""Topics that are about no place in a track."""
_STEMMED = frozenset(
    "tempo meter beats key chords genres instruments moods voice sound melody".split()
)
"""Topics that can be asked of a part alone."""

_PLACE_TERMS = r"""
CLOCK: /[0-9]{1,3}:[0-5][0-9](\.[0-9]{1,2})?/ | /[0-9]{1,4}(\.[0-9]{1,2})?/
SHARE: /0?\.[0-9]{1,3}|0|1/
TIME: CLOCK | CLOCK "-" CLOCK | CLOCK "-end" | "start" | "end"
    | /(first|last) [1-9][0-9]{0,3}(\.[0-9])?/ | SHARE "f" | SHARE "-" SHARE "f"
BARS: /b-?[1-9][0-9]{0,3}/ | /b[1-9][0-9]{0,3}-[1-9][0-9]{0,3}/
"""


@lru_cache(maxsize=64)
def reading_grammar(tools: frozenset[str], tracks: int, heads: frozenset[str] = frozenset()) -> str:
    """Return the grammar of readings that can be done.

    Parameters
    ----------
    tools : those of the conversation; a topic whose tool is not among them can't be written
    tracks : how many are open, ``#1`` to ``#tracks``
    heads : topics with their aspects (``"key.relative"``) to choose among; all if empty
    """
    kinds: dict[tuple[str, str, str], list[str]] = {}
    for topic, aspects in TOPICS.items():
        for aspect in aspects:
            head = f"{topic}.{aspect}" if aspect else topic
            if _can(Ask(topic, aspect), tools) and (not heads or head in heads):
                places = " | ".join(k for k in _PLACES if _can_at(k, topic, aspect, tools))
                stem = "STEM" if topic in _STEMMED else ""
                kinds.setdefault((_value(topic), places, stem), []).append(head)
    items = [_item(heads, *kind) for kind, heads in kinds.items()]
    names = [f"ITEM{n}" for n in range(len(items))]
    return "\n".join(
        [
            "start: READING",
            f'READING: ITEM (" | " ITEM){{0,{MOST_ITEMS - 1}}}',
            f"ITEM: {_handles(tracks)}({' | '.join(names)})",
            *(f"{name}: {item}" for name, item in zip(names, items, strict=True)),
            f"VALUE: /{_free(LONGEST_VALUE)}/",
            f"PATH: /(~[\\/\\\\])?{_free(LONGEST_PATH)}/",
            f"STEMS: {_several(STEMS)}",
            f"FORMS: {_several(FORMS)}",
            f"PLAYER: {_one_of(PLAYERS)}",
            f'STEM: "~" ({_one_of(STEMS)})',
            f'SECTION: ({_one_of(SECTIONS)}) / ([1-9][0-9]?|last)/? | /part [A-H]/ | "each"',
            _PLACE_TERMS.strip(),
            "",
        ]
    )


@lru_cache(maxsize=64)
def lark(grammar: str) -> str:
    """Return a grammar as llguidance compiles it.

    Raises
    ------
    EngineError
        If it is none.
    """
    from llguidance import LLMatcher

    compiled = LLMatcher.grammar_from_lark(grammar)
    if mistake := LLMatcher.validate_grammar(compiled):
        raise EngineError(f"The grammar has a mistake: {mistake}")
    return str(compiled)


def keeps_to(grammar: str, text: str) -> bool:
    """Return whether a text is the beginning of one that the grammar allows, or the whole."""
    from llguidance import LLMatcher, LLTokenizer

    letters: Any = LLTokenizer("byte")
    tokens = letters.tokenize_str(text)
    return bool(LLMatcher(letters, lark(grammar)).validate_tokens(tokens) == len(tokens))


# ---- inside -------------------------------------------------------------------------------------


def _can(ask: Ask, tools: frozenset[str]) -> bool:
    if ask.topic == "export":  # with no form it is answered by what forms there are
        return "export" in tools
    return not missing_tools(ask, Situation((OpenTrack("#1", "", "", "", 0.0),), tools))


def _can_at(kind: str, topic: str, aspect: str, tools: frozenset[str]) -> bool:
    return topic not in _NOWHERE and _can(Ask(topic, aspect, span=_PLACES[kind]), tools)


def _item(heads: Iterable[str], value: str, places: str, stem: str) -> str:
    ending = f' ("=" {value})?'
    if places:
        ending += f' ("@" ({places}) ("^" ({places}))?)?'
    return f"({_one_of(heads)}){ending}" + (f" {stem}?" if stem else "")


def _value(topic: str) -> str:
    """Return the terminal of a topic's values: a tool takes those of the first three to the letter."""
    terms = {"stems": "STEMS", "export": "FORMS", "notes": "PLAYER", "listen": "PATH"}
    return terms.get(topic, "VALUE")


def _handles(tracks: int) -> str:
    if not tracks:
        return ""
    handles = _one_of(f"#{number}" for number in range(1, tracks + 1))
    return f'(({handles}){{1,{min(tracks, MOST_HANDLES)}}} " ")? '


def _free(longest: int) -> str:
    """Return the expression of a value: a blank is no end of it."""
    return rf"[^ |@~^=\n\r]([^|@~^\n\r]{{0,{longest - 2}}}[^ |@~^\n\r])?"


def _one_of(words: Iterable[str]) -> str:
    return " | ".join(f'"{word}"' for word in words)


def _several(words: Iterable[str]) -> str:
    one = _one_of(words)
    return f'({one}) (", " ({one})){{0,3}}'
