"""The Music Transformer: relative attention as the paper has it, read at once or word by word."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from tools.composing.neural import CHECKPOINT, bundled
from tools.composing.sampling import Sampler, pick
from tools.composing.tokens import TOKEN, WORDS, Heading
from tools.errors import WeightsError
from tools.nets.music_transformer import (
    Cache,
    MusicTransformer,
    Reader,
    Shape,
    load,
    relative,
    save,
    untrained,
)

SMALL = Shape(words=23, width=16, layers=3, heads=2, context=20)


@pytest.fixture(scope="module")
def net() -> MusicTransformer:
    """A small net whose parameters are large enough that places and distances matter."""
    dice = torch.Generator().manual_seed(5)
    drawn = untrained(SMALL, 5)
    loud = {k: v + 0.5 * torch.randn(v.shape, generator=dice) for k, v in drawn.parameters.items()}
    return MusicTransformer(SMALL, loud)


def row(length: int, seed: int = 0) -> torch.Tensor:
    dice = torch.Generator().manual_seed(seed)
    return torch.randint(SMALL.words, (2, length), generator=dice)


@pytest.mark.parametrize(("queries", "keys"), [(7, 7), (1, 1), (1, 9), (4, 11)])
def test_skewed_attention_is_the_naive_form(queries: int, keys: int) -> None:
    dice = torch.Generator().manual_seed(queries)
    query = torch.randn(2, 3, queries, 4, generator=dice)
    distances = torch.randn(3, 12, 4, generator=dice)
    skewed = relative(query, distances, keys)
    for i in range(queries):
        place = keys - queries + i
        for j in range(place + 1):
            naive = (query[:, :, i] * distances[:, place - j]).sum(dim=-1)
            torch.testing.assert_close(skewed[:, :, i, j], naive)


def test_a_layer_attends_as_the_paper_says(net: MusicTransformer) -> None:
    x = torch.randn(1, 6, 16, generator=torch.Generator().manual_seed(1))
    p, width = net.parameters, 8
    normed = torch.nn.functional.layer_norm(
        x, (16,), p["layer0.attention.scale"], p["layer0.attention.shift"]
    )
    heads = []
    for head in range(2):
        here = slice(width * head, width * (head + 1))
        q, k, v = (normed[0] @ p["layer0.qkv"][16 * n : 16 * (n + 1)][here].T for n in range(3))
        mixed = []
        for i in range(6):
            scores = [q[i] @ (k[j] + p["layer0.distances"][head, i - j]) for j in range(i + 1)]
            mixed.append((torch.stack(scores) / math.sqrt(width)).softmax(0) @ v[: i + 1])
        heads.append(torch.stack(mixed))
    wanted = torch.cat(heads, dim=-1) @ p["layer0.out"].T
    torch.testing.assert_close(net._attend(x, 0, None)[0], wanted, rtol=1e-4, atol=1e-5)


def test_what_comes_later_changes_nothing_before(net: MusicTransformer) -> None:
    tokens = row(10)
    changed = tokens.clone()
    changed[:, 6:] = (changed[:, 6:] + 1) % SMALL.words
    before, after = net.logits(tokens), net.logits(changed)
    torch.testing.assert_close(before[:, :6], after[:, :6])
    assert (before[:, 6:] - after[:, 6:]).abs().max() > 0.1


@pytest.mark.parametrize("pieces", [[1] * 12, [5, 1, 6], [11, 1], [12]])
def test_reading_on_is_reading_at_once(net: MusicTransformer, pieces: list[int]) -> None:
    tokens, cache = row(12, seed=3), Cache()
    ends = np.cumsum(pieces)
    parts = [net.logits(tokens[:, a - n : a], cache) for a, n in zip(ends, pieces, strict=True)]
    torch.testing.assert_close(torch.cat(parts, dim=1), net.logits(tokens), rtol=1e-4, atol=1e-4)
    assert cache.length == 12


def test_a_row_longer_than_the_context_is_refused(net: MusicTransformer) -> None:
    with pytest.raises(ValueError, match="21 tokens are more than the context of 20"):
        net.logits(row(21))
    reader = Reader(net)
    reader.read(list(range(20)))
    assert reader.room == 0
    with pytest.raises(ValueError, match="context of 20"):
        reader.read([1])
    reader.restart([1, 2])
    assert reader.room == 18


def test_a_net_survives_its_file(net: MusicTransformer, tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save(net, path, {"step": "3"})
    found = load(path)
    assert found.shape == SMALL
    torch.testing.assert_close(found.logits(row(9)), net.logits(row(9)), rtol=0.05, atol=0.05)
    assert path.stat().st_size < 2.2 * sum(p.numel() for p in net.parameters.values()) + 4096


def test_files_that_are_no_net_are_refused(net: MusicTransformer, tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    with pytest.raises(WeightsError, match="no Music Transformer that can be read"):
        load(path)
    save(net, path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(WeightsError, match="install the package again"):
        load(path)
    wider = {
        "shape": json.dumps({"words": 24, "width": 16, "layers": 3, "heads": 2, "context": 20})
    }
    save(net, path, wider)
    with pytest.raises(WeightsError, match="do not fit its shape"):
        load(path)


def test_the_committed_net_knows_our_words() -> None:
    assert CHECKPOINT.stat().st_size < 15e6
    assert bundled().shape.words == len(WORDS)
    assert all(bool(p.isfinite().all()) for p in bundled().parameters.values())


# ---- sampling -----------------------------------------------------------------------------------


def test_only_the_nucleus_is_drawn_from() -> None:
    rng = np.random.default_rng(0)
    logits = np.log(np.array([0.03, 0.5, 0.44, 0.02, 0.01]))
    drawn = [pick(logits, rng) for _ in range(400)]
    assert set(drawn) == {1, 2}
    assert 0.4 < drawn.count(1) / 400 < 0.68


def test_only_what_is_allowed_is_drawn_and_the_row_may_outgrow_the_context() -> None:
    tiny = untrained(Shape(len(WORDS), 16, 1, 2, 32), 1)
    heading = Heading("folk", "major", "4/4").tokens()
    allowed = [TOKEN["tune 60"], TOKEN["tune 64"], TOKEN["tune 67"]]
    sampler = Sampler(tiny, heading, np.random.default_rng(2))
    for _ in range(20):
        sampler.begin_bar(TOKEN["bar"])
        for _ in range(3):
            assert sampler.draw(allowed) in allowed
    assert sampler.draw([TOKEN["end"]]) == TOKEN["end"]
    assert len(sampler.row) == len(heading) + 20 * 4 + 1
    assert set(sampler.row[6:]) == {*allowed, TOKEN["bar"], TOKEN["end"]}


def test_a_row_read_anew_keeps_its_heading_and_the_latest_bars() -> None:
    heard: list[list[int]] = []

    class Spy(Reader):
        def restart(self, row: list[int]) -> np.ndarray:
            heard.append(row)
            return super().restart(row)

    tiny = untrained(Shape(len(WORDS), 16, 1, 2, 32), 1)
    heading = Heading("folk", "minor", "3/4").tokens()
    sampler = Sampler(tiny, heading, np.random.default_rng(2))
    sampler._reader = Spy(tiny)
    for number in range(12):
        sampler.begin_bar(TOKEN["bar"])
        sampler.tell(TOKEN[f"tune {60 + number}"], TOKEN["dur 12"])
        sampler.draw([TOKEN["tune 50"], TOKEN["tune 51"]])
        sampler.tell(TOKEN["dur 24"])
    assert len(heard) >= 2
    for one in heard:
        assert one[:6] == heading
        assert one[6] == TOKEN["bar"]
        assert len(one) < 32
        at = next(
            k for k in range(len(sampler.row)) if sampler.row[k : k + len(one) - 6] == one[6:]
        )
        assert at >= 6
