"""Grammars that hold the model to the notation: what it writes is a valid reading, whatever it is.

In the Lark dialect of llguidance, which both engines take. A grammar ends where its text ends: the
end of turn is the engine's.
"""

from functools import lru_cache
from typing import Any

from agent.embedded.engine import EngineError


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
    return LLMatcher(letters, lark(grammar)).validate_tokens(tokens) == len(tokens)
