"""Token by token: how a causal model of `transformers` continues a prompt.

Not `generate`: a loop of our own can be stopped between any two tokens and while the prompt is read,
gives each token as it comes, and keeps what it read of a conversation for the next question.
"""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.errors import MusicToolError

PROMPT_CHUNK = 256
"""Tokens of a prompt that are read at once, between two looks whether to stop."""

PATIENCE_SECONDS = 0.05
"""Between two looks whether to stop while another conversation has the model."""

Logits = NDArray[np.float32]


class PromptTooLongError(MusicToolError):
    """A conversation has more tokens than the model reads."""


class Decoder:
    """Continues prompts with one model; one at a time, others wait.

    Parameters
    ----------
    model : a causal model of `transformers`, placed and in evaluation mode
    ends : the tokens that end a reply
    known : how many tokens the tokenizer knows; more or fewer than the model
    """

    def __init__(self, model: Any, ends: Sequence[int], known: int) -> None:
        import inspect

        self._model = model
        self._ends = tuple(ends)
        self.vocabulary = max(known, int(model.config.get_text_config().vocab_size))
        self._last_only = "logits_to_keep" in inspect.signature(model.forward).parameters
        self._lock = threading.Lock()
        self._cache: Any = None
        self._read: list[int] = []

    @property
    def context(self) -> int:
        """How many tokens the model reads, prompt and reply together."""
        config = self._model.config.get_text_config()
        return int(getattr(config, "max_position_embeddings", None) or 1 << 30)

    def tokens(
        self,
        prompt: Sequence[int],
        check_stop: Callable[[], None],
        matcher: Any = None,
        temperature: float = 0.0,
    ) -> Generator[int, None, None]:
        """Yield the tokens of a reply, without the one that ends it.

        Parameters
        ----------
        check_stop : called before every token; what it raises ends the work and is raised here
        matcher : an ``llguidance.LLMatcher`` that says what may come next
        temperature : 0 for the most probable token, else a draw, the same for the same prompt

        Raises
        ------
        PromptTooLongError
            If the prompt leaves no room for a reply.
        """
        if len(prompt) >= self.context:
            raise PromptTooLongError(
                f"The conversation is too long for this model: {len(prompt)} tokens of "
                f"{self.context}. Start a new one, or take a model that reads more."
            )
        while not self._lock.acquire(timeout=PATIENCE_SECONDS):
            check_stop()
        try:
            yield from self._reply(list(prompt), check_stop, matcher, temperature)
        finally:
            self._lock.release()

    # ---- inside ---------------------------------------------------------------------------------

    def _reply(
        self, tokens: list[int], check_stop: Callable[[], None], matcher: Any, temperature: float
    ) -> Iterator[int]:
        draw = np.random.default_rng(0)
        self._keep(_shared(self._read, tokens[:-1]))
        while len(tokens) < self.context:
            check_stop()
            logits = self._logits(tokens, check_stop)
            token = self._chosen(logits, matcher, temperature, draw)
            if token in self._ends:
                return
            yield token
            if matcher is not None and matcher.is_stopped():
                return
            tokens.append(token)

    def _logits(self, tokens: list[int], check_stop: Callable[[], None]) -> Logits:
        """Return the logits (vocabulary,) after `tokens`, of which the first may be read already."""
        import torch

        options: dict[str, Any] = {"logits_to_keep": 1} if self._last_only else {}
        while len(self._read) < len(tokens):
            check_stop()
            fresh = tokens[len(self._read) :][:PROMPT_CHUNK]
            ids = torch.tensor([fresh], device=self._model.device)
            with torch.inference_mode():
                told = self._model(
                    input_ids=ids, past_key_values=self._cache, use_cache=True, **options
                )
            self._read += fresh
            self._cache = told.past_key_values
        logits: Logits = told.logits[0, -1].float().cpu().numpy().copy()
        return logits

    def _keep(self, known: int) -> None:
        """Forget what was read after the first `known` tokens, or all where that can't be done."""
        if known == len(self._read):
            return
        layers = getattr(self._cache, "layers", None) or ()
        # Other layers than these (sliding windows, states of recurrent networks) can't be cut.
        if known and layers and all(type(layer).__name__ == "DynamicLayer" for layer in layers):
            for layer in layers:
                layer.keys, layer.values = layer.keys[..., :known, :], layer.values[..., :known, :]
            self._read = self._read[:known]
        else:
            self._cache, self._read = None, []

    def _chosen(
        self, logits: Logits, matcher: Any, temperature: float, draw: np.random.Generator
    ) -> int:
        """Return the next token, and tell the matcher of it; any end of a reply as the first one."""
        ends = [end for end in self._ends if end < logits.size]
        logits[ends[:1]] = logits[ends].max(initial=-np.inf)
        logits[ends[1:]] = -np.inf
        token = int(logits.argmax())
        if temperature > 0 or (matcher is not None and not matcher.validate_tokens([token])):
            if matcher is not None:
                barred = ~allowed(matcher, self.vocabulary)[: logits.size]
                logits[: barred.size][barred] = -np.inf
            token = _drawn(logits, temperature, draw) if temperature > 0 else int(logits.argmax())
        if matcher is not None and not matcher.consume_token(token):
            raise RuntimeError(f"the grammar of the calls failed: {matcher.get_error()}")
        return token


def allowed(matcher: Any, vocabulary: int) -> NDArray[np.bool_]:
    """Return which tokens (vocabulary,) an ``llguidance.LLMatcher`` allows next.

    Not by ``llguidance.torch``, which needs a C++ compiler.
    """
    mask = np.zeros((vocabulary + 31) // 32, np.int32)
    matcher.unsafe_compute_mask_ptr(mask.ctypes.data, mask.nbytes)
    bits = np.unpackbits(mask.view(np.uint8), bitorder="little")[:vocabulary]
    return bits.astype(np.bool_)


# ---- small steps --------------------------------------------------------------------------------


def _drawn(logits: Logits, temperature: float, draw: np.random.Generator) -> int:
    weights = np.exp((logits - logits.max()).astype(np.float64) / temperature)
    return int(draw.choice(logits.size, p=weights / weights.sum()))


def _shared(first: Sequence[int], second: Sequence[int]) -> int:
    """Return how many tokens both begin with."""
    for place, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return place
    return min(len(first), len(second))
