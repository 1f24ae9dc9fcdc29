"""The space of concepts: sounds and texts as shares of the words that tags are told in.

Each dimension is one word of `tools.vocabulary`. A sound lies where it is believed to have them: the
tagger's confidence, put on even odds and told from -1 (surely not) to 1 (surely). A text lies where
its meaning does: its cosines with a phrase about each word, by any sentence embedding, as shares
(a softmax) beyond those of an average description of music. So their cosine is high where the text
speaks of what the sound surely has, and it needs no training on pairs.

It grew out of the word-embedding route of Choi et al. (Zero-shot learning for audio-based music
classification and tagging, ISMIR 2019): there the sound is put among the sentences, as the sum of
its tags' embeddings. On 27 captions of 50 clips most of its variants (weights, centring, whitening)
had a mean reciprocal rank of 0.30 to 0.38, the best 0.41, and the other direction, here, 0.42; asked
for ten genres by name, a mean average precision of 0.64 at best, and here 0.70.
"""

import zlib
from collections.abc import Sequence
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from tools.annotations import Label, Tags
from tools.conventions import Interval
from tools.embedding import Embedder, Vectors
from tools.vocabulary import vocabulary

Vector = NDArray[np.float32]

PHRASES = {
    "genres": "{} music",
    "instruments": "music with {}",
    "moods": "{} music",
    "voice": "{} music",
    "voice_details": "music with a {}",
}
VOCAL = "music with singing"
"""What is compared with texts. Whole phrases, since a bare "house" or "soul" means something else."""

SHARPNESS = 0.06
"""Of the softmax over cosines; the figures hardly change from 0.04 to 0.08."""

REFERENCE_ROUNDS = 3
"""The average description is made of each genre so often, with moods and instruments in turn."""

HEARD_IN = 0.4
"""Cosine with the nearest phrase from which a text speaks of sound: names, numbers and other
subjects come to 0.36 with MiniLM, wishes for music from 0.47."""

SUREST = 1e-4
"""Confidences are kept this far from 0 and 1; annotations round them so."""


class Concepts:
    """The space as seen by one sentence embedding.

    Parameters
    ----------
    words : embeds the texts and the phrases; sounds need none
    """

    def __init__(self, words: Embedder) -> None:
        self._words = words

    @property
    def name(self) -> str:
        """Name of the space; another one as soon as the words are others."""
        return concepts_name()

    @property
    def dim(self) -> int:
        """How many dimensions a vector has."""
        return len(vocabulary().words)

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape=(n, dim)."""
        shares = _shares(self._cosines(texts))
        return _unit(shares - self._usual)

    def about_sound(self, text: str) -> bool:
        """Return whether the text says anything about how music sounds."""
        return bool(self._cosines([text]).max() >= HEARD_IN)

    @cached_property
    def _phrases(self) -> Vectors:
        return self._words.embed(phrases())

    @cached_property
    def _usual(self) -> Vector:
        shares = _shares(self._cosines(reference()))
        return np.asarray(shares.mean(axis=0), np.float32)

    def _cosines(self, texts: Sequence[str]) -> Vectors:
        return self._words.embed(texts) @ self._phrases.T


@cache
def concepts_name() -> str:
    """Return the name of the space, with a fingerprint of its words and their priors."""
    known = vocabulary()
    said = ",".join(label for _, label in known.words) + str(known.priors)
    return f"concepts-1-{zlib.crc32(said.encode()):08x}"


def embed_tags(tags: Tags, span: Interval | None = None) -> Vector | None:
    """Return where a sound lies, shape=(dim,), of length 1; None where nothing is known of it.

    Where the tags hold `posteriors` every word counts, else those that are listed.

    Parameters
    ----------
    span : the stretch to look at, in seconds: words that have a curve are taken from there, the
        others from the whole
    """
    sure = {x.label: x.confidence for x in tags.posteriors or _listed(tags)}
    if span is not None:
        sure |= _between(tags, span)
    known = vocabulary()
    vector = np.zeros(len(known.words))
    for i, ((_, label), prior) in enumerate(zip(known.words, known.priors, strict=True)):
        if label in sure:
            vector[i] = np.tanh((_log_odds(sure[label]) - _log_odds(prior)) / 2)
    return None if not vector.any() else _unit(vector[None])[0]


def phrases() -> list[str]:
    """Return the phrase of each dimension."""
    return [
        VOCAL if label == "vocal" else PHRASES[kind].format(label)
        for kind, label in vocabulary().words
    ]


def reference() -> list[str]:
    """Return made-up descriptions of music of all genres, the same every time."""
    genres, instruments, moods = map(vocabulary().labels, ("genres", "instruments", "moods"))
    return [
        f"{moods[i % len(moods)]} {genres[i % len(genres)]} music"
        f" with {instruments[i % len(instruments)]}"
        for i in range(REFERENCE_ROUNDS * len(genres))
    ]


def _listed(tags: Tags) -> tuple[Label, ...]:
    voice = (tags.voice,) if tags.voice else ()
    return (*tags.genres, *tags.instruments, *tags.moods, *tags.voice_details, *voice)


def _between(tags: Tags, span: Interval) -> dict[str, float]:
    """Return the mean confidences of the words that have a curve, by how much of it is inside."""
    if not tags.windows:
        return {}
    starts, ends = np.array(tags.windows).T
    weights = np.maximum(0.0, np.minimum(ends, span[1]) - np.maximum(starts, span[0]))
    if not weights.any():
        return {}
    found = {c.label: float(np.average(c.confidences, weights=weights)) for c in tags.curves}
    if "vocal" in found:
        found["instrumental"] = 1.0 - found["vocal"]
    return found


def _log_odds(confidence: float) -> float:
    kept = min(max(confidence, SUREST), 1.0 - SUREST)
    return float(np.log(kept) - np.log1p(-kept))


def _shares(cosines: Vectors) -> Vectors:
    scaled = np.exp((cosines - cosines.max(axis=1, keepdims=True)) / SHARPNESS)
    return np.asarray(scaled / scaled.sum(axis=1, keepdims=True), np.float32)


def _unit(vectors: NDArray[np.floating]) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
