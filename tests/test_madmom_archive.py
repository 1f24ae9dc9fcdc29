"""The reader of madmom's pickles: reads the networks, refuses everything else."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.errors import WeightsError
from tools.nets.madmom_archive import Layer, read_network
from tools.weights import WeightStore

KEY = "madmom/models/key/2018/key_cnn.pkl"
BEATS = "madmom/models/downbeats/2016/downbeats_blstm_1.pkl"


class Calling:
    """Pickles as a call of `function`."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


def test_key_network_has_its_layers(store: WeightStore) -> None:
    layers = read_network(store.file("madmom", KEY))
    kinds = [layer.kind for layer in layers]
    assert kinds.count("ConvolutionalLayer") == kinds.count("BatchNormLayer") == 9
    assert kinds[-1] == "AverageLayer"
    assert layers[1]["weights"].shape == (1, 24, 5, 5)
    assert layers[1]["weights"].dtype == np.float32
    assert layers[2]["activation_fn"] == "elu"


def test_recurrent_network_has_gates_and_peepholes(store: WeightStore) -> None:
    layers = read_network(store.file("madmom", BEATS))
    forward = layers[0]["fwd_layer"]
    assert isinstance(forward, Layer) and forward.kind == "LSTMLayer"
    for gate in ("input_gate", "forget_gate", "output_gate"):
        assert forward[gate]["recurrent_weights"].shape == (25, 25)
        assert forward[gate]["peephole_weights"].shape == (25,)
    assert forward["cell"]["peephole_weights"] is None
    assert np.isfinite(forward["cell"]["weights"]).all()


def test_arrays_may_be_changed_without_touching_the_file(store: WeightStore) -> None:
    first = read_network(store.file("madmom", KEY))[1]["weights"]
    first[:] = 0
    assert read_network(store.file("madmom", KEY))[1]["weights"].any()


HOSTILE = {
    "os.system": Calling(os.system, "touch HIT"),
    "eval": Calling(eval, "open('HIT', 'w')"),
    "nested": {"layers": [Calling(exec, "open('HIT', 'w')")]},
    "getattr": Calling(getattr, "text", "upper"),
    "objects": np.array([Calling(os.system, "touch HIT")], dtype=object),
    "function": np.load,
    "random state": np.random.RandomState(0),
    "set": {"layers": {1, 2}},
    "plain array": np.zeros(3),
    "plain list": [1, 2, 3],
}


@pytest.mark.parametrize("protocol", [0, 2, 5])
@pytest.mark.parametrize("name", HOSTILE)
def test_anything_else_is_refused(
    name: str, protocol: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "x.pkl"
    path.write_bytes(pickle.dumps(HOSTILE[name], protocol=protocol))
    with pytest.raises(WeightsError, match=r"x\.pkl"):
        read_network(path)
    assert not (tmp_path / "HIT").exists()


RECONSTRUCT = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
"""A protocol 2 pickle that begins an empty array, as numpy for Python 2 wrote it."""

HANDWRITTEN = {
    "call of a layer": b"\x80\x02cmadmom.ml.nn\nNeuralNetwork\n)R.",
    "new object of an activation": b"\x80\x02cmadmom.ml.nn.activations\nsigmoid\n)\x81.",
    "unknown layer": b"\x80\x02cmadmom.ml.nn.layers\nNoLayer\n)\x81.",
    "another module's layer": b"\x80\x02cevil\nNeuralNetwork\n)\x81.",
    "dotted name": b"\x80\x02cmadmom.ml.nn.layers\nGate.__init__.__globals__\n)\x81.",
    "array state of objects": RECONSTRUCT
    + b"(K\x01K\x01\x85cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R\x89]tb.",
    "array without its type": RECONSTRUCT + b"(K\x01K\x01\x85U\x02f4\x89U\x04abcdtb.",
    "array of the wrong size": RECONSTRUCT
    + b"(K\x01K\x07\x85cnumpy\ndtype\nU\x02f4K\x00K\x01\x87R\x89U\x04abcdtb.",
    "subclass of an array": b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nmatrix\nK\x00\x85U\x01b\x87R.",
    "state for a number": b"\x80\x02K\x01}b.",
    "items for a number": b"\x80\x02K\x01(K\x01K\x02u.",
    "nothing on the stack": b"\x80\x020.",
    "unknown memo": b"\x80\x02h\x05.",
    "no end": b"\x80\x02K\x01",
    "empty": b"",
    "noise": bytes(range(256)),
}


@pytest.mark.parametrize("name", HANDWRITTEN)
def test_misused_instructions_are_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x.pkl"
    path.write_bytes(HANDWRITTEN[name])
    with pytest.raises(WeightsError, match=r"x\.pkl"):
        read_network(path)


def test_every_cut_of_a_network_is_refused(store: WeightStore, tmp_path: Path) -> None:
    whole = store.file("madmom", BEATS).read_bytes()
    path = tmp_path / "cut.pkl"
    for length in range(0, len(whole), len(whole) // 97):
        path.write_bytes(whole[:length])
        with pytest.raises(WeightsError):
            read_network(path)
