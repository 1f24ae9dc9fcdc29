"""Both engines continue text alike: greedily, held to a grammar, in a stream that can be stopped."""

import logging
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_llama import store_with_base, vocabulary

from agent.embedded import engine as engines
from agent.embedded.checkpoint import read_gguf
from agent.embedded.engine import CONTEXT, Engine, EngineError, load_engine
from agent.embedded.llama_engine import LlamaEngine
from agent.embedded.llama_net import LlamaNet
from agent.embedded.merged import MEMBER
from agent.embedded.torch_engine import TorchEngine
from tools.errors import Cancelled, WeightsError
from tools.weights import WeightStore

PROMPT = "<|im_start|>key te\nQ what key is it in?\n=\n"
WORDS = 'start: WORD (" | " WORD){0,3}\nWORD: "key" | "tempo" | "te" /[0-9]{1,3}/\n'


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> WeightStore:
    return store_with_base(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module", params=["llama", "torch"])
def engine(tiny: WeightStore, request: pytest.FixtureRequest) -> Engine:
    return load_engine(tiny, None, prefer=request.param, threads=1)


# ---- one network and the other ------------------------------------------------------------------


def test_the_network_is_that_of_transformers(tiny: WeightStore) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    checkpoint = read_gguf(tiny.file("smollm2", MEMBER))
    weights = {n: torch.from_numpy(w.copy()) for n, w in checkpoint.weights.items()}
    theirs = LlamaForCausalLM(LlamaConfig(**{**checkpoint.config, "dtype": "float32"}))
    theirs.load_state_dict(weights, strict=False)
    ours = LlamaNet(checkpoint.config, weights, 32)
    tokens = np.random.default_rng(0).integers(0, len(vocabulary()), 20).tolist()
    with torch.inference_mode():
        wanted = theirs(torch.tensor([tokens])).logits[0]
    for first in (1, 7, 20):  # all at once, or the rest after what was read before
        torch.testing.assert_close(
            ours.read(tokens[:first], 0), wanted[first - 1], atol=1e-3, rtol=1e-3
        )
        for place in range(first, 20):
            logits = ours.read(tokens[place : place + 1], place)
            torch.testing.assert_close(logits, wanted[place], atol=1e-3, rtol=1e-3)


def test_both_engines_say_the_same(store: WeightStore) -> None:
    prompt = "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n"
    replies = [
        load_engine(store, None, prefer=name, threads=1).complete(prompt, max_tokens=24)
        for name in ("llama", "torch")
    ]
    assert replies[0].text == replies[1].text == "The capital of France is Paris."
    assert replies[0].tokens == replies[1].tokens == 8  # the end of the turn is one
    assert replies[0].logprob == pytest.approx(replies[1].logprob, abs=0.2)
    assert -3 < replies[0].logprob < 0


# ---- what every engine does ---------------------------------------------------------------------


def test_says_the_same_again_whatever_came_between(engine: Engine) -> None:
    first = engine.complete(PROMPT)
    engine.complete(PROMPT[:20] + "something else")
    again = engine.complete(PROMPT)
    assert (again.text, again.tokens) == (first.text, first.tokens)
    assert again.logprob == pytest.approx(first.logprob, abs=0.05)  # sums come in another order
    assert first.tokens > 0 and first.logprob < 0


def test_keeps_to_a_grammar(engine: Engine) -> None:
    for question in ("a", "key key", "te 7 é"):
        reply = engine.complete(f"<|im_start|>{question}\n=\n", WORDS)
        assert all(
            word in ("key", "tempo") or (word[:2] == "te" and word[2:].isdigit())
            for word in reply.text.split(" | ")
        )
        assert reply.logprob < 0


def test_a_grammar_is_kept_up_to_the_last_token(engine: Engine) -> None:
    reply = engine.complete(PROMPT, 'start: "k"{40}', max_tokens=7)
    assert reply.text and set(reply.text) == {"k"} and reply.tokens == 7


def test_a_grammar_with_a_mistake_is_told(engine: Engine) -> None:
    with pytest.raises(EngineError, match="mistake"):
        engine.complete(PROMPT, "start: nothing")


def test_a_prompt_that_is_too_long_is_told(engine: Engine) -> None:
    with pytest.raises(EngineError, match="token"):
        engine.complete("1 " * CONTEXT)
    with pytest.raises(EngineError, match="token"):
        list(engine.stream("1 " * CONTEXT))


def test_streams_what_it_would_say_whole(engine: Engine) -> None:
    pieces = list(engine.stream(PROMPT, 40))
    assert len(pieces) > 3
    whole = engine.complete(PROMPT, max_tokens=40).text
    # A letter of several bytes is held back till it is whole: the last one may never be.
    assert whole.startswith("".join(pieces)) or "".join(pieces) == whole


def test_a_stream_can_be_stopped(engine: Engine) -> None:
    heard: list[str] = []

    def stop() -> None:
        if len(heard) >= 3:
            raise Cancelled("enough")

    before = engine.complete(PROMPT)
    with pytest.raises(Cancelled, match="enough"):
        for piece in engine.stream(PROMPT, 1000, stop):
            heard.append(piece)
    assert len(heard) == 3
    assert engine.complete(PROMPT).text == before.text


def test_a_stream_that_nobody_reads_on_holds_up_no_one(engine: Engine) -> None:
    before = engine.complete(PROMPT)
    stream = engine.stream(PROMPT, 200)
    next(stream)
    assert engine.complete(PROMPT).text == before.text
    del stream
    assert engine.complete(PROMPT).text == before.text


def test_several_threads_may_ask(engine: Engine) -> None:
    prompts = [f"<|im_start|>{letter}\n=\n" for letter in "abcd"]
    alone = [engine.complete(p, max_tokens=12) for p in prompts]
    found = [alone[0]] * 4

    def ask(place: int) -> None:
        found[place] = engine.complete(prompts[place], max_tokens=12)

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [f.text for f in found] == [a.text for a in alone]


# ---- loading ------------------------------------------------------------------------------------


def test_is_loaded_once(tiny: WeightStore, engine: Engine) -> None:
    assert load_engine(tiny, None, prefer=engine.name, threads=1) is engine


def test_llama_cpp_is_taken_where_it_runs(
    tiny: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_loaded", {})
    assert load_engine(tiny, None, threads=1).name == "llama"


def _broken(model: Path, threads: int) -> LlamaEngine:
    raise RuntimeError("illegal instruction")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda patch: patch.setitem(sys.modules, "xllamacpp", None),
        lambda patch: patch.setattr("agent.embedded.llama_engine.LlamaEngine", _broken),
    ],
    ids=["not installed", "does not load"],
)
def test_torch_is_taken_where_llama_cpp_does_not_run(
    tiny: WeightStore,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[pytest.MonkeyPatch], None],
) -> None:
    monkeypatch.setattr(engines, "_loaded", {})
    spoil(monkeypatch)
    with caplog.at_level(logging.INFO):
        assert load_engine(tiny, None).name == "torch"
    assert "gives way to torch" in caplog.text
    with pytest.raises(EngineError, match="does not run here"):
        load_engine(tiny, None, prefer="llama")


def test_an_unknown_engine_is_told(tiny: WeightStore) -> None:
    with pytest.raises(EngineError, match="no engine 'abacus'"):
        load_engine(tiny, None, prefer="abacus")


def test_a_base_that_can_not_be_had_is_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="smollm2"):
        load_engine(WeightStore(tmp_path, offline=True), None)


def test_a_folder_that_holds_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="can't be read"):
        TorchEngine(tmp_path)


def test_llama_cpp_writes_nothing_and_lets_no_one_in(
    tiny: WeightStore, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engines, "_loaded", {})
    engine = load_engine(tiny, None, prefer="llama", threads=1)
    assert isinstance(engine, LlamaEngine)
    engine.complete(PROMPT, WORDS)
    assert capfd.readouterr() == ("", "")
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        urllib.request.urlopen(f"{engine.address}/v1/models", timeout=5)
    refused.value.close()
