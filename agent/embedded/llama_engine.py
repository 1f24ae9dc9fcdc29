"""The embedded model on llama.cpp, inside this process, through xllamacpp.

xllamacpp is llama.cpp's server as a library. It also opens a port on the loopback device, which is
not used here: it asks for a key that nobody is told.
"""

import queue
import secrets
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from agent.embedded.engine import CONTEXT, Completion, EngineError, keep_going
from agent.embedded.grammar import keeps_to, lark

SILENT = -1
"""Below every message of llama.cpp: it writes to the terminal itself."""

PATIENCE_SECONDS = 0.05
"""Between two looks whether a stream is to stop while no token comes."""

Heard: TypeAlias = "queue.SimpleQueue[str | BaseException | None]"
"""Text as it comes, what went wrong, and None after the last."""

CACHE_MIB = 64
"""Prompts kept in memory: a plan and an answer take turns, and begin as those before them did."""


def require() -> None:
    """Raise ImportError where xllamacpp is missing or its library does not load here."""
    import_module("xllamacpp")


class LlamaEngine:
    """Continues prompts with a GGUF file; one at a time, others wait."""

    name = "llama"

    def __init__(self, model: Path, threads: int) -> None:
        """Load the model.

        Raises
        ------
        RuntimeError
            If llama.cpp can't load it.
        """
        import xllamacpp

        self._lock = threading.Lock()
        self._server = xllamacpp.Server(_parameters(xllamacpp.CommonParams(), model, threads))
        # A server that is let go before its loop has begun waits for that loop for ever, as at the
        # end of a program that asked nothing: an answer tells that the loop runs.
        self._server.handle_completions(_request("\n", 1))

    @property
    def address(self) -> str:
        """Where llama.cpp listens, on this machine alone, and answers no one without its key."""
        return str(self._server.listening_address)

    def complete(self, prompt: str, grammar: str = "", max_tokens: int = 48) -> Completion:
        """Return the greedy continuation; see `agent.embedded.engine.Engine`."""
        request = _request(prompt, max_tokens) | {"n_probs": 1}
        if grammar:
            request["grammar"] = f"%llguidance {{}}\n{grammar}"
            lark(grammar)
        with self._lock:
            reply = _checked(self._server.handle_completions(request))
        choice = reply["choices"][0]
        chosen = (choice.get("logprobs") or {}).get("content") or []
        if grammar and not keeps_to(grammar, choice["text"]):
            # It passes over a grammar that its own, other llguidance does not understand.
            raise EngineError("llama.cpp did not keep to the grammar.")
        logprob = sum(token["logprob"] for token in chosen)
        return Completion(choice["text"], logprob, reply["usage"]["completion_tokens"])

    def stream(
        self, prompt: str, max_tokens: int = 220, check_stop: Callable[[], None] = keep_going
    ) -> Iterator[str]:
        """Yield the greedy continuation; see `agent.embedded.engine.Engine`."""
        heard: Heard = queue.SimpleQueue()
        stop = threading.Event()
        request = _request(prompt, max_tokens) | {"stream": True}
        # llama.cpp tells of tokens by a call, and holds the thread until the last one.
        threading.Thread(target=self._listen, args=(request, heard, stop), daemon=True).start()
        try:
            while (piece := _next(heard, check_stop)) is not None:
                check_stop()
                if piece:
                    yield piece
        finally:
            stop.set()

    def _listen(
        self,
        request: dict[str, Any],
        heard: Heard,
        stop: threading.Event,
    ) -> None:
        def hear(reply: dict[str, Any]) -> bool:
            """Pass on what came; True ends the work."""
            try:
                heard.put(_checked(reply)["choices"][0]["text"])
            except EngineError as error:
                heard.put(error)
            return stop.is_set()

        try:
            with self._lock:
                if not stop.is_set():
                    self._server.handle_completions(request, hear)
            heard.put(None)
        except BaseException as error:
            heard.put(error)


def _next(heard: Heard, check_stop: Callable[[], None]) -> str | None:
    """Return the next piece of text, None after the last one."""
    while True:
        try:
            piece = heard.get(timeout=PATIENCE_SECONDS)
        except queue.Empty:
            check_stop()
            continue
        if isinstance(piece, BaseException):
            raise piece
        return piece


def _parameters(parameters: Any, model: Path, threads: int) -> Any:
    parameters.model.path = str(model)
    parameters.verbosity = SILENT
    parameters.n_ctx = CONTEXT
    parameters.n_parallel = 1
    parameters.warmup = False
    parameters.fit_params = False
    for cpu in (parameters.cpuparams, parameters.cpuparams_batch):
        cpu.n_threads = threads
        cpu.poll = 0  # a thread that waits by polling takes the core from whoever works
    parameters.cache_ram_mib = CACHE_MIB
    parameters.api_keys = [secrets.token_urlsafe(32)]
    parameters.cors_origins = "http://127.0.0.1"
    parameters.n_threads_http = 1
    parameters.ui = False
    parameters.endpoint_slots = False
    return parameters


def _request(prompt: str, max_tokens: int) -> dict[str, Any]:
    return {"prompt": prompt, "max_tokens": max_tokens, "temperature": 0.0, "cache_prompt": True}


def _checked(reply: dict[str, Any]) -> dict[str, Any]:
    if "error" in reply:
        raise EngineError(f"llama.cpp can't continue: {reply['error'].get('message')}.")
    return reply
