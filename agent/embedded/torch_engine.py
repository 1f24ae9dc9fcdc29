"""The embedded model on torch, where llama.cpp is not installed.

It takes the threads that the process gives torch: one, as `agent.settings.prepare_process` sets it.
Token by token two are slower than one, unless they spin while they wait, and then everything else
on the machine is slower.
"""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.embedded.engine import CONTEXT, Completion, EngineError, keep_going
from agent.embedded.grammar import lark
from tools.errors import WeightsError


class TorchEngine:
    """Continues prompts with a folder of weights as transformers keeps them."""

    name = "torch"

    def __init__(self, folder: Path, context: int = CONTEXT) -> None:
        """Load the model.

        Raises
        ------
        WeightsError
            If the folder does not hold a llama model and its tokenizer.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        from agent.embedded.llama_net import LlamaNet

        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._net = LlamaNet(config, load_file(folder / "model.safetensors"), context)
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise WeightsError(f"The model in {folder} can't be read: {error}") from error
        self._end = int(config["eos_token_id"])
        self._ends = frozenset(self._tokenizer.get_added_tokens_decoder()) | {self._end}
        self._vocabulary = int(config["vocab_size"])
        self._context = context
        self._lock = threading.Lock()
        self._read: list[int] = []
        self._masks: Any = None

    def complete(self, prompt: str, grammar: str = "", max_tokens: int = 48) -> Completion:
        """Return the greedy continuation; see `agent.embedded.engine.Engine`."""
        matcher = self._matcher(grammar) if grammar else None
        chosen, logprob, written = 0, 0.0, []
        for token, probability in self._tokens(prompt, max_tokens, matcher):
            chosen, logprob = chosen + 1, logprob + probability
            if token not in self._ends:
                written.append(token)
        return Completion(self._tokenizer.decode(written), logprob, chosen)

    def stream(
        self, prompt: str, max_tokens: int = 220, check_stop: Callable[[], None] = keep_going
    ) -> Iterator[str]:
        """Yield the greedy continuation; see `agent.embedded.engine.Engine`."""
        from tokenizers.decoders import DecodeStream

        letters = DecodeStream(skip_special_tokens=True)  # holds back half a letter
        check_stop()
        for token, _ in self._tokens(prompt, max_tokens, None):
            if piece := letters.step(self._tokenizer, token):
                yield piece
            check_stop()

    # ---- inside ---------------------------------------------------------------------------------

    def _tokens(self, prompt: str, max_tokens: int, matcher: Any) -> Iterator[tuple[int, float]]:
        """Yield the most probable tokens that the matcher allows, each with its log probability."""
        tokens = self._tokenizer.encode(prompt, add_special_tokens=False).ids
        if not tokens or len(tokens) >= self._context:
            raise EngineError(f"A prompt has 1 to {self._context - 1} tokens, not {len(tokens)}.")
        for _ in range(min(max_tokens, self._context - len(tokens))):
            token, probability = self._chosen(self._logits(tokens), matcher)
            yield token, probability
            if token in self._ends or (matcher is not None and matcher.is_stopped()):
                return
            tokens.append(token)

    def _logits(self, tokens: list[int]) -> NDArray[np.float32]:
        """Return the logits (vocabulary,) after `tokens`; what was read before is not read again."""
        with self._lock:
            known = _shared(self._read, tokens[:-1])
            self._read = []  # nothing, should it be stopped half way
            logits: NDArray[np.float32] = self._net.read(tokens[known:], known).numpy()
            self._read = list(tokens)
            return logits

    def _chosen(self, logits: NDArray[np.float32], matcher: Any) -> tuple[int, float]:
        token = int(logits.argmax())
        if matcher is not None:
            if not matcher.validate_tokens([token]):  # what it says itself is mostly allowed
                token = int(np.where(self._allowed(matcher), logits, -np.inf).argmax())
            matcher.consume_token(token)
        loudest = float(logits.max())
        return token, float(logits[token]) - loudest - float(np.log(np.exp(logits - loudest).sum()))

    def _allowed(self, matcher: Any) -> NDArray[np.bool_]:
        """Return which tokens (vocabulary,) the matcher allows next."""
        mask = np.zeros((self._vocabulary + 31) // 32, np.int32)
        matcher.unsafe_compute_mask_ptr(mask.ctypes.data, mask.nbytes)
        bits = np.unpackbits(mask.view(np.uint8), bitorder="little")[: self._vocabulary]
        return bits.astype(np.bool_)

    def _matcher(self, grammar: str) -> Any:
        from llguidance import LLMatcher, LLTokenizer

        with self._lock:
            if self._masks is None:
                said = self._tokenizer.to_str()
                self._masks = LLTokenizer(said, self._vocabulary, self._end)
        return LLMatcher(self._masks, lark(grammar))


def _shared(first: list[int], second: list[int]) -> int:
    """Return how many tokens both lists begin with."""
    for place, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return place
    return min(len(first), len(second))
