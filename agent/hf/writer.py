"""A checkpoint with what is made of it once: its chat template, its decoder, its grammars."""

import json
import logging
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from agent.hf import checkpoint
from agent.hf.chat_template import ChatTemplate
from agent.hf.checkpoint import Checkpoint
from agent.hf.decoding import Decoder
from agent.hf.grammar import Thinking, reply_grammar
from agent.hf.speech import THINK, THOUGHT, Speech
from agent.models import ModelError

log = logging.getLogger(__name__)


class Writer:
    """Turns conversations into prompts, and tokens into words and calls."""

    def __init__(self, loaded: Checkpoint) -> None:
        from llguidance.hf import from_tokenizer

        tokenizer = loaded.tokenizer
        self._tokenizer = tokenizer
        self.decoder = Decoder(loaded.model, loaded.ends, len(tokenizer))
        self.template = ChatTemplate(tokenizer, tokenizer.convert_ids_to_tokens(loaded.ends))
        self._vocabulary = from_tokenizer(
            tokenizer, n_vocab=self.decoder.vocabulary, eos_token=loaded.ends[0]
        )
        self._thinks = THINK in str(tokenizer.chat_template)
        added = tokenizer.get_added_vocab().items()
        self._specials = {t: i for t, i in added if self._vocabulary.is_special_token(i)}
        self._grammar = lru_cache(maxsize=16)(self._made_grammar)

    def encoded(self, prompt: str) -> list[int]:
        """Return the tokens of a prompt; the template has written the special ones already."""
        return list(self._tokenizer(prompt, add_special_tokens=False)["input_ids"])

    def decoded(self, tokens: Sequence[int], special: bool) -> str:
        """Return tokens as text, with the special ones, which calls are written with, or without."""
        return str(
            self._tokenizer.decode(
                tokens, skip_special_tokens=not special, clean_up_tokenization_spaces=False
            )
        )

    def speech(self, prompt: str, may_call: bool, stops: Sequence[str]) -> Speech:
        """Return what tells words, thoughts and calls of a reply apart."""
        form = self.template.form if may_call else None
        return Speech(form, stops, prompt.rstrip().endswith(THINK))

    def matcher(self, prompt: str, tools: Sequence[Mapping[str, Any]], must_call: bool) -> Any:
        """Return what holds a reply to the schemas of the tools, None where there are none.

        Raises
        ------
        ModelError
            If a schema asks for what no grammar can hold.
        """
        from llguidance import LLMatcher

        if not tools:
            return None
        end = prompt.rstrip()
        may = self._thinks and not end.endswith(THOUGHT)
        thinking: Thinking = "does" if end.endswith(THINK) else "may" if may else "no"
        functions = json.dumps([tool["function"] for tool in tools])
        return LLMatcher(self._vocabulary, self._grammar(functions, must_call, thinking))

    def _made_grammar(self, functions: str, must_call: bool, thinking: Thinking) -> str:
        from llguidance import LLMatcher

        lark = reply_grammar(
            self.template.form, json.loads(functions), self._specials, must_call, thinking
        )
        grammar = str(LLMatcher.grammar_from_lark(lark))
        if mistake := LLMatcher.validate_grammar(grammar, self._vocabulary):
            log.error("no grammar for these tools: %s\n%s", mistake, lark)
            raise ModelError("The tools can't be put to this model: a schema has no grammar.")
        return grammar


_written: dict[str, Writer] = {}
_lock = threading.Lock()


def load_writer(name: str, *, offline: bool = False) -> Writer:
    """Return the writer of a model, loaded once a process; see `agent.hf.checkpoint.load`.

    Raises
    ------
    ModelError
        If the model can't be had, is no instruct model, or does not load.
    """
    with _lock:
        if name not in _written:
            _written[name] = Writer(checkpoint.load(name, offline=offline))
        return _written[name]
