"""What runs the embedded LLM: an engine continues raw text, free or held to a grammar.

There are two: llama.cpp (`agent.embedded.llama_engine`), which is the faster one, and torch
(`agent.embedded.torch_engine`), which is always there. Both decode greedily, so that the same
question gets the same answer. This file knows no prompt and no notation.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tools.errors import MusicToolError
from tools.rungs import Progress, quiet
from tools.weights import WeightStore

log = logging.getLogger(__name__)

END = "<|im_end|>"
"""Ends a turn in ChatML, the format SmolLM2 was tuned on."""

CONTEXT = 2048
"""Tokens of prompt and reply together: a conversation's plan and answer are far shorter."""


@dataclass(frozen=True)
class Completion:
    """A whole reply.

    Parameters
    ----------
    text : without the special token that ended it
    logprob : sum of the natural logarithms of the probabilities of the chosen tokens, by the model
        alone: it is low where the grammar made it say what it would not have said
    tokens : how many were chosen, that which ended it among them
    """

    text: str
    logprob: float
    tokens: int


class EngineError(MusicToolError):
    """An engine was asked for what it can't do: a prompt too long, a grammar that is none."""


def keep_going() -> None:
    """Let a stream run to its end."""


class Engine(Protocol):
    """Continues a prompt: raw text with the special tokens of ChatML as they are written."""

    name: str

    def complete(self, prompt: str, grammar: str = "", max_tokens: int = 48) -> Completion:
        """Return the greedy continuation, held to a llguidance (Lark) grammar unless it is "".

        Raises
        ------
        EngineError
            If the prompt does not fit `CONTEXT`, or the grammar is none.
        """
        ...

    def stream(
        self, prompt: str, max_tokens: int = 220, check_stop: Callable[[], None] = keep_going
    ) -> Iterator[str]:
        """Yield the greedy continuation as it comes, up to `END`.

        `check_stop` is called before every token; what it raises ends the work and is raised here.
        """
        ...


_loaded: dict[tuple[str, str, str, int], Engine] = {}
_lock = threading.Lock()


def load_engine(
    store: WeightStore,
    adapter: Path | None,
    *,
    prefer: str = "auto",
    threads: int = 0,
    progress: Progress = quiet,
) -> Engine:
    """Return the engine, loaded once a process.

    Parameters
    ----------
    adapter : folder of a LoRA adapter as peft saves it; None for the raw model
    prefer : ``"llama"``, ``"torch"``, or ``"auto"``: llama.cpp where it is installed and loads
    threads : cores that llama.cpp uses; 0 for as many as the work of this process may take, two at
        the most

    Raises
    ------
    tools.errors.WeightsError
        If the base model can't be had, or `adapter` does not fit it.
    EngineError
        If there is no engine of that name, or it was asked for by name and does not run here.
    """
    if prefer not in ("auto", "llama", "torch"):
        raise EngineError(f"There is no engine '{prefer}'; there are: auto, llama, torch.")
    key = (str(store.cache_dir), str(adapter or ""), prefer, threads)
    with _lock:
        if key not in _loaded:
            _loaded[key] = _load(store, adapter, prefer, threads or _usual_threads(), progress)
        return _loaded[key]


def prepare(store: WeightStore, adapter: Path | None, progress: Progress = quiet) -> None:
    """Merge base and adapter for the engine that `load_engine` takes, unless that is done.

    Raises
    ------
    tools.errors.WeightsError
        If the base model can't be had, or `adapter` does not fit it.
    """
    from agent.embedded.merged import merged_folder, merged_gguf

    try:
        from agent.embedded.llama_engine import require

        require()
    except (ImportError, OSError) as error:
        log.info("llama.cpp gives way to torch: %s", error)
        merged_folder(store, adapter, progress)
    else:
        merged_gguf(store, adapter, progress)


def _load(
    store: WeightStore, adapter: Path | None, prefer: str, threads: int, progress: Progress
) -> Engine:
    if prefer != "torch":
        try:
            return _llama(store, adapter, threads, progress)
        except (ImportError, OSError, RuntimeError) as error:  # not installed, or a broken library
            if prefer == "llama":
                raise EngineError(f"llama.cpp does not run here: {error}") from error
            log.info("llama.cpp gives way to torch: %s", error)
    return _torch(store, adapter, progress)


def _llama(store: WeightStore, adapter: Path | None, threads: int, progress: Progress) -> Engine:
    from agent.embedded.llama_engine import LlamaEngine, require
    from agent.embedded.merged import merged_gguf

    require()  # where it is missing nothing is made for it
    return LlamaEngine(merged_gguf(store, adapter, progress), threads)


def _torch(store: WeightStore, adapter: Path | None, progress: Progress) -> Engine:
    from agent.embedded.merged import merged_folder
    from agent.embedded.torch_engine import TorchEngine

    return TorchEngine(merged_folder(store, adapter, progress))


def _usual_threads() -> int:
    from tools import cores

    return min(2, cores.allowed())
