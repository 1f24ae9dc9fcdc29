"""One space for sound and words: a track, a section or a sentence becomes a vector.

Engines: ``clap`` (Wu et al. 2023), which hears the sound itself; ``concepts``, which reads the tags
that were heard and compares meanings with MiniLM (`tools.concepts`); ``spelling``, the same with
texts compared by their letters. A vector says which space it lives in, and vectors of two spaces are
never compared; the last two share one.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tools.annotations import Embedding, Tags
from tools.audio import Audio
from tools.concepts import Concepts, concepts_name, embed_tags
from tools.conventions import Interval
from tools.embedding import SPACES, Embedder, Vectors
from tools.errors import NoMusicError, WeightsError
from tools.rungs import Engine, Progress, first_that_works, quiet
from tools.weights import WeightStore

log = logging.getLogger(__name__)

Vector = NDArray[np.float32]

CLAP_SPACE = "clap-larger-music"
SHORTEST_SECONDS = 1.0
DECIMALS = 6


ENGINES: tuple[Engine, ...] = (
    Engine("clap", "hub", ("clap",), modules=("torch", "transformers"), pulled=True),
    Engine(
        "concepts", "bundled", ("minilm", "minilm-tokenizer"), modules=("onnxruntime", "tokenizers")
    ),
    Engine("spelling", "plain"),
)


class Space(Protocol):
    """Where texts lie; sounds are put there by `estimate_embedding`."""

    @property
    def name(self) -> str:
        """Name of the space, fit for a file name."""

    @property
    def dim(self) -> int:
        """How many dimensions a vector has."""

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape=(n, dim)."""


@dataclass
class JointSpace:
    """The best space there is, chosen and loaded on first use, from any thread.

    Nothing large is fetched for it: what has no weights in the cache gives way.

    Parameters
    ----------
    words : embeds texts for the engines that compare them
    engine : name of the one engine to use; None takes the best
    """

    store: WeightStore
    words: Embedder
    engine: str | None = None
    _loaded: Space | None = field(default=None, repr=False)
    _concepts: Concepts | None = field(default=None, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def name(self) -> str:
        """Name of the space."""
        return self._ready().name

    @property
    def dim(self) -> int:
        """How many dimensions a vector has."""
        return self._ready().dim

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape=(n, dim).

        Raises
        ------
        WeightsError
            If the engine asked for by name can't run.
        """
        return self._ready().embed_text(texts)

    def about_sound(self, text: str) -> bool:
        """Return whether the text says anything about how music sounds.

        A text that does not has a vector too, but it means nothing.
        """
        return self._phrases().about_sound(text)

    def embed_track(self, tags: Tags | None, heard: Embedding | None = None) -> Vector | None:
        """Return where a track lies, shape=(dim,), from what is kept of it.

        Parameters
        ----------
        heard : what `estimate_embedding` found; used if it lives in this space
        tags : what the tagger found; enough for the space of concepts

        Returns
        -------
        None where neither says anything in this space.
        """
        name = self.name
        if heard is not None and heard.space == name:
            return np.array(heard.vector, np.float32)
        return embed_tags(tags) if tags is not None and name == concepts_name() else None

    def _ready(self) -> Space:
        with self._lock:
            if self._loaded is None:
                self._loaded = first_that_works(ENGINES, self.store, self.engine, self._load)
                log.info("sounds and texts meet in %s", self._loaded.name)
            return self._loaded

    def _load(self, engine: Engine) -> Space:
        if engine.name == "clap":
            return _ClapSpace(self.store)
        if engine.name == "concepts" and self.words.space == SPACES["hashed"]:
            raise WeightsError("Texts can't be compared by meaning here.")
        return self._phrases()

    def _phrases(self) -> Concepts:
        with self._lock:
            if self._concepts is None:
                self._concepts = Concepts(self.words)
            return self._concepts


class _ClapSpace:
    """CLAP as a space."""

    def __init__(self, store: WeightStore) -> None:
        from tools.nets.clap import load_clap

        self._network = load_clap(store.folder("clap"))
        self.name = CLAP_SPACE
        self.dim = self._network.dim

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        return self._network.embed_text(texts)


def estimate_embedding(
    audio: Audio,
    store: WeightStore,
    tags: Tags | None = None,
    *,
    span: Interval | None = None,
    engine: str | None = None,
    progress: Progress = quiet,
) -> Embedding:
    """Say where a track, or a stretch of it, lies among sounds and texts.

    Parameters
    ----------
    audio : a second of sound at least
    tags : what `estimate_tags` found; without it, it is done now where it is needed
    span : the stretch, in seconds; None is the whole
    engine : name of the one engine to use; None takes the best whose weights are here

    Raises
    ------
    NoMusicError
        If there is nothing but silence, or nothing could be told of the sound.
    AudioTooShortError
        If it is shorter than a second.
    WeightsError
        If `engine` can't run here.
    """
    part = audio if span is None else audio.between(*span)
    part.require(SHORTEST_SECONDS, "Embedding")
    if part.silent:
        raise NoMusicError(f"'{audio.name}' is silent: there is nothing to embed.")

    def run(chosen: Engine) -> Embedding:
        if chosen.name == "clap":
            return _clap_embedding(part, store, chosen, progress)
        return _tag_embedding(audio, store, tags, span, chosen, progress)

    return first_that_works(ENGINES, store, engine, run)


def _clap_embedding(
    audio: Audio, store: WeightStore, engine: Engine, progress: Progress
) -> Embedding:
    from tools.nets.clap import load_clap

    network = load_clap(store.folder("clap"))
    vector = network.embed_sound(audio.at(audio.sample_rate), audio.sample_rate, progress)
    return _embedding(CLAP_SPACE, vector, engine)


def _tag_embedding(
    audio: Audio,
    store: WeightStore,
    tags: Tags | None,
    span: Interval | None,
    engine: Engine,
    progress: Progress,
) -> Embedding:
    from tools.tagging import estimate_tags

    vector = embed_tags(tags or estimate_tags(audio, store, progress=progress), span)
    if vector is None:
        raise NoMusicError(f"Nothing could be told of how '{audio.name}' sounds.")
    progress(1.0)
    return _embedding(concepts_name(), vector, engine)


def _embedding(space: str, vector: Vector, engine: Engine) -> Embedding:
    rounded = tuple(round(float(value), DECIMALS) for value in vector)
    return Embedding(space, rounded, engine.signature)
