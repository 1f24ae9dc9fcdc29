"""The key of a track: global, with alternatives, and its changes over time.

Two listeners are heard (`tools.keyscore`): key profiles over the chroma, which need no weights, and
madmom's network where it may be used. This file turns their verdict into names.
"""

import numpy as np

from tools import theory
from tools.annotations import Key, KeyCandidate, KeySpan
from tools.audio import Audio
from tools.chroma import SAMPLE_RATE, compute_chroma, level
from tools.errors import NoMusicError
from tools.keyscore import KEYS, STEP_SECONDS, FloatArray, KeyEvidence, chroma_steps, key_spans
from tools.rungs import Engine, Progress, choose, quiet
from tools.weights import WeightStore

ENGINES = (
    Engine("madmom", "bundled", weights=("madmom",)),  # with the profiles
    Engine("profiles", "plain"),
)
NETWORK = "madmom/models/key/2018/key_cnn.pkl"
SHORTEST_SECONDS = 2.0
PITCHED = 0.03
"""Below this `tools.chroma.Chroma.pitchedness` there is noise or drums, and no key."""
TRAINING_LEVEL = 0.1
"""Root mean square of finished recordings, about: the network hears loudness, a key has none."""
ALTERNATIVES = 4


def estimate_key(
    audio: Audio, store: WeightStore, *, engine: str | None = None, progress: Progress = quiet
) -> Key:
    """Return the key, what else it may be, and where it changes.

    The confidence is the chance that the key is right, as measured on annotated recordings. The
    relative key is always among the alternatives.

    Parameters
    ----------
    engine : ``"madmom"`` (network and profiles) or ``"profiles"``; None takes the best there is

    Raises
    ------
    NoMusicError
        If the track is silent or has no pitch.
    AudioTooShortError
        If there are less than two seconds.
    """
    audio.require(SHORTEST_SECONDS, "Key estimation")
    if audio.silent:
        raise NoMusicError(f"'{audio.name}' is silent: there is no key to hear.")
    chosen = choose(ENGINES, store, engine)
    evidence = _listen(audio, store, chosen, progress)
    whole = evidence.whole()
    best = int(whole.argmax())
    tonic, mode = KEYS[best]
    spans = key_spans(evidence, audio.duration)
    return Key(
        tonic,
        mode,
        round(float(whole[best]), 3),
        chosen.signature,
        _alternatives(whole, best),
        tuple(KeySpan(s.start, s.end, *KEYS[s.key], s.confidence) for s in spans),
    )


def _listen(audio: Audio, store: WeightStore, engine: Engine, progress: Progress) -> KeyEvidence:
    signal = audio.at(SAMPLE_RATE)
    chroma = compute_chroma(signal)
    if chroma.pitchedness < PITCHED:
        raise NoMusicError(f"'{audio.name}' has no clear pitch, so there is no key to hear.")
    if engine.name == "profiles":
        progress(1.0)
        return KeyEvidence(chroma_steps(chroma), None, chroma.pitchedness)
    progress(0.2)
    from tools.nets.madmom_key import load_madmom_key

    network = load_madmom_key(store.file("madmom", NETWORK))
    blocks = []
    for block in network.activations(signal, TRAINING_LEVEL / level(signal)):
        blocks.append(block)
        done = sum(map(len, blocks)) * STEP_SECONDS / audio.duration
        progress(0.2 + 0.7 * min(1.0, done))
    progress(1.0)
    return KeyEvidence(chroma_steps(chroma), np.concatenate(blocks), chroma.pitchedness)


def _alternatives(probabilities: FloatArray, best: int) -> tuple[KeyCandidate, ...]:
    """Return the likeliest other keys in order, the relative one among them."""
    relations = _relations(*KEYS[best])
    order = [int(k) for k in np.argsort(-probabilities) if k != best]
    named = next(k for k in order if relations.get(KEYS[k]) == "relative")
    kept = order[:ALTERNATIVES]
    if named not in kept:
        kept[-1] = named
    return tuple(
        KeyCandidate(*KEYS[k], round(float(probabilities[k]), 3), relations.get(KEYS[k], "other"))
        for k in kept
    )


def _relations(tonic: str, mode: str) -> dict[theory.KeyName, str]:
    """Return how the usual names of nearby keys relate to a key."""
    near = {
        "relative": theory.relative(tonic, mode),
        "parallel": theory.parallel(tonic, mode),
        "dominant": theory.dominant(tonic, mode),
        "subdominant": theory.subdominant(tonic, mode),
    }
    return {
        (theory.tonic_name(theory.pitch_class(name), kind), kind): relation
        for relation, (name, kind) in near.items()
    }
