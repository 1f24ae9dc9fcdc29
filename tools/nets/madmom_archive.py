"""Reads madmom's network files, which are pickles, without unpickling them.

A pickle is a small program. This reader runs the few instructions that the networks are made of on
a stack of its own: it imports nothing, calls nothing that the file names, and knows only plain
values, arrays of numbers and the class names below, which become inert `Layer` records. Any other
instruction or name is an error. So a hostile file can do no more than be refused, which is what
``weights_only=True`` promises for torch's files; the sha256 is checked before, by `tools.weights`.

Pickle's instructions: the comments of CPython's ``pickletools``. Only protocol 2 of Python 2 is
understood: that is how madmom saved its networks, with byte strings where Python 3 has text.
"""

import pickletools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from tools.errors import WeightsError

LAYERS = frozenset(
    "NeuralNetwork FeedForwardLayer RecurrentLayer BidirectionalLayer LSTMLayer GRULayer Gate Cell"
    " GRUCell ConvolutionalLayer BatchNormLayer MaxPoolLayer AverageLayer PadLayer StrideLayer"
    " TransposeLayer ReshapeLayer".split()
)
LAYER_MODULES = ("madmom.ml.nn", "madmom.ml.nn.layers")
ACTIVATIONS = frozenset("linear sigmoid tanh relu elu softmax".split())
ARRAY_PARTS = frozenset(("numpy.core.multiarray _reconstruct", "numpy ndarray", "numpy dtype"))
NUMBER_TYPES = re.compile(r"[fiu][1248]|b1")
"""Element types of an array; an array of objects would be a second way to carry a program."""


@dataclass
class Layer:
    """One node of a network as it was saved.

    Parameters
    ----------
    kind : madmom's class name, e.g. ``"LSTMLayer"``, ``"Gate"``, ``"ConvolutionalLayer"``
    fields : attributes by madmom's names: arrays (writable copies), numbers, strings, tuples, lists
        and further layers. Activation functions are their names, e.g. ``"sigmoid"``. An LSTMLayer
        has ``input_gate``, ``forget_gate``, ``cell``, ``output_gate``; a Gate or Cell has
        ``weights`` (inputs, hidden), ``recurrent_weights`` (hidden, hidden), ``bias`` (hidden,)
        and, unless None, ``peephole_weights`` (hidden,)
    """

    kind: str
    fields: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        """Return the field `name`."""
        try:
            return self.fields[name]
        except KeyError:
            raise WeightsError(f"A {self.kind} of the network has no '{name}'.") from None


def read_network(path: Path) -> list[Layer]:
    """Return the layers of a network file, in the order in which they are applied.

    Raises
    ------
    WeightsError
        If the file holds anything but a network of known layers.
    """
    try:
        network = _Reader().read(path.read_bytes())
    except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
        raise WeightsError(f"'{path.name}' is not a network of madmom: {error}.") from error
    layers = network.fields.get("layers") if isinstance(network, Layer) else None
    if not isinstance(layers, list) or not all(isinstance(layer, Layer) for layer in layers):
        raise WeightsError(f"'{path.name}' is not a network of madmom: it holds no list of layers.")
    return layers


# ---- the stack machine --------------------------------------------------------------------------


@dataclass(frozen=True)
class _Name:
    """A class or function the file names; never looked up."""

    text: str


@dataclass
class _Type:
    """The element type of an array; its byte order comes in a later instruction."""

    code: str
    order: str = "="


@dataclass
class _Pending:
    """An array whose content comes in a later instruction."""

    array: NDArray[Any] | None = None


_MARK = object()


class _Reader:
    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def read(self, content: bytes) -> Any:
        for instruction, argument, _ in pickletools.genops(content):
            name = instruction.name
            if name in _VALUES:
                self._stack.append(_VALUES[name](argument))
            elif step := _STEPS.get(name):
                step(self, argument)
            elif name not in ("PROTO", "STOP"):
                _refuse(f"the instruction {name}")
        (value,) = self._stack
        return value

    def put(self, place: int) -> None:
        self._memo[place] = self._stack[-1]

    def get(self, place: int) -> None:
        value = self._memo[place]
        finished = isinstance(value, _Pending) and value.array is not None
        self._stack.append(value.array if finished else value)

    def name(self, argument: str) -> None:
        module, _, last = argument.partition(" ")
        if module == "madmom.ml.nn.activations" and last in ACTIVATIONS:
            self._stack.append(last)
        elif (module in LAYER_MODULES and last in LAYERS) or argument in ARRAY_PARTS:
            self._stack.append(_Name(argument))
        else:
            _refuse(f"the name '{argument}'")

    def new_layer(self, _: None) -> None:
        arguments, name = self._stack.pop(), self._stack.pop()
        if not isinstance(name, _Name) or name.text in ARRAY_PARTS or arguments != ():
            _refuse("a new object that is no layer")
        self._stack.append(Layer(name.text.split()[-1]))

    def call(self, _: None) -> None:
        """Begin an array or an element type: the only calls there are."""
        arguments, name = self._stack.pop(), self._stack.pop()
        match name, arguments:
            case _Name("numpy.core.multiarray _reconstruct"), (_Name("numpy ndarray"), (0,), "b"):
                self._stack.append(_Pending())
            case _Name("numpy dtype"), (str(code), 0, 1) if NUMBER_TYPES.fullmatch(code):
                self._stack.append(_Type(code))
            case _:
                _refuse("a call")

    def build(self, _: None) -> None:
        """Give the object below its state."""
        state, target = self._stack.pop(), self._stack[-1]
        match target, state:
            case Layer(), dict() if all(isinstance(key, str) for key in state):
                target.fields.update(state)
            case _Type(), (3, "<" | ">" | "|" as order, None, None, None, -1, -1, 0):
                target.order = order
            case _Pending(array=None), (1, tuple(shape), _Type() as kind, bool(fortran), str(text)):
                target.array = _array(shape, kind, fortran, text)
                self._stack[-1] = target.array
            case _:
                _refuse(f"a state of {type(target).__name__}")

    def make_tuple(self, length: int | None) -> None:
        items = self._marked() if length is None else self._last(length)
        self._stack.append(tuple(items))

    def append(self, _: None) -> None:
        items = self._marked()
        self._container(list).extend(items)

    def set_item(self, several: bool) -> None:
        items = self._marked() if several else self._last(2)
        self._container(dict).update(zip(items[::2], items[1::2], strict=True))

    def _container(self, kind: type) -> Any:
        if type(self._stack[-1]) is not kind:
            _refuse(f"items for what is no {kind.__name__}")
        return self._stack[-1]

    def _last(self, count: int) -> list[Any]:
        if count > len(self._stack):
            _refuse("more items than there are")
        items = self._stack[-count:]
        del self._stack[-count:]
        return items

    def _marked(self) -> list[Any]:
        mark = max(i for i, item in enumerate(self._stack) if item is _MARK)
        items = self._stack[mark + 1 :]
        del self._stack[mark:]
        return items


_VALUES: dict[str, Callable[[Any], Any]] = {
    "MARK": lambda _: _MARK,
    "NONE": lambda _: None,
    "NEWTRUE": lambda _: True,
    "NEWFALSE": lambda _: False,
    "EMPTY_TUPLE": lambda _: (),
    "EMPTY_LIST": lambda _: [],
    "EMPTY_DICT": lambda _: {},
    **dict.fromkeys(
        ("BININT", "BININT1", "BININT2", "BINFLOAT", "BINSTRING", "SHORT_BINSTRING", "BINUNICODE"),
        lambda value: value,
    ),
}
_STEPS: dict[str, Callable[[_Reader, Any], None]] = {
    "BINPUT": _Reader.put,
    "LONG_BINPUT": _Reader.put,
    "BINGET": _Reader.get,
    "LONG_BINGET": _Reader.get,
    "GLOBAL": _Reader.name,
    "NEWOBJ": _Reader.new_layer,
    "REDUCE": _Reader.call,
    "BUILD": _Reader.build,
    "TUPLE": _Reader.make_tuple,
    "TUPLE1": lambda reader, _: reader.make_tuple(1),
    "TUPLE2": lambda reader, _: reader.make_tuple(2),
    "TUPLE3": lambda reader, _: reader.make_tuple(3),
    "APPENDS": _Reader.append,
    "SETITEM": lambda reader, _: reader.set_item(False),
    "SETITEMS": lambda reader, _: reader.set_item(True),
}


def _array(shape: tuple[Any, ...], kind: _Type, fortran: bool, text: str) -> NDArray[Any]:
    # pickletools reads byte strings as Latin-1 text, which gives back the same bytes
    flat = np.frombuffer(text.encode("latin-1"), np.dtype(kind.order + kind.code))
    array = flat.reshape(shape, order="F" if fortran else "C")
    return np.array(array, dtype=array.dtype.newbyteorder("="), order="C")


def _refuse(what: str) -> NoReturn:
    raise ValueError(f"{what} is not allowed in it")
