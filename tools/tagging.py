"""Tags: genre, instruments, mood and voice, for the whole track and over time.

Engines: ``musicnn`` (two networks of Pons & Serra 2019 over windows of 3 s, fused by
`tools.vocabulary`), and ``plain``, which measures loudness and activity and says nothing that it
can't know. A confidence is the probability that the word holds, under the priors of
`vocabulary.toml`; a word is listed from one half on.
"""

import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tools import cores
from tools.annotations import Label, LabelCurve, Tags
from tools.audio import LONG_SECONDS, Audio
from tools.conventions import Interval
from tools.errors import NoMusicError
from tools.rungs import Engine, Progress, first_that_works, quiet
from tools.vocabulary import vocabulary
from tools.weights import WeightStore

FloatArray = NDArray[np.float32]

ENGINES = (
    Engine("musicnn", "bundled", ("musicnn",), version="2", modules=("torch",)),
    Engine("plain", "plain"),
)

HOP_FRAMES = 94
"""From window to window: 1.5 s, half a window. That is the resolution of the curves."""

SHORTEST_SECONDS = 1.0
LISTED = 0.5
"""Confidence from which a word is listed: more likely true than not."""

GENRES_NAMED = 3
MOST_LISTED = 6
"""Genres named at least, and words of a kind named at most."""

QUIETEST_PEAK, LOUDEST_PEAK = 0.25, 1.0
FAINTEST_PEAK = 1e-4
OFFSET_HEARD = 0.02
"""Peaks outside are brought to the nearer end, but what is left of sounds above 8 kHz, fainter than
-80 dBFS, is not blown up; offsets beyond would fill the lowest bands.
"""

SILENT_DB = -60.0
"""A window this far below the loudest one is silence and has no say."""

ENTERS, LEAVES = 0.5, 0.35
SHORTEST_ENTRY = 2.0
"""A word holds from the first confidence above `ENTERS` until it falls below `LEAVES`, for 2 s."""

BLOCK_WINDOWS = 64

LIVELY = 9.5
LIVELY_WIDTH = 0.25
SURE = 0.7
"""The plain engine's scale: mean rise of the log spectrum, in tenfold per second and band, between
calm and energetic music, and a step on its logarithm; it names a mood only when this sure.
"""


@dataclass(frozen=True, eq=False)
class Hearing:
    """What the networks made of each window of a track.

    Parameters
    ----------
    windows : w pairs (start, end), in seconds
    posteriors : by network, shape=(w, 50)
    embeddings : by network, shape=(w, 200): the penultimate layer
    audible : shape=(w,), False where the window is silence
    """

    windows: tuple[Interval, ...]
    posteriors: Mapping[str, FloatArray]
    embeddings: Mapping[str, FloatArray]
    audible: NDArray[np.bool_]


_HEARD: "weakref.WeakKeyDictionary[Audio, Hearing]" = weakref.WeakKeyDictionary()
"""Tags and embedding need the same pass; it is kept as long as the audio itself."""


def estimate_tags(
    audio: Audio, store: WeightStore, *, engine: str | None = None, progress: Progress = quiet
) -> Tags:
    """Say what the music is like.

    Parameters
    ----------
    audio : a second of sound at least
    engine : name of the one engine to use; None takes the best that works

    Raises
    ------
    NoMusicError
        If there is nothing but silence.
    AudioTooShortError
        If it is shorter than a second.
    WeightsError
        If `engine` can't run here.
    """
    audio.require(SHORTEST_SECONDS, "Tagging")
    if audio.silent:
        raise NoMusicError(f"'{audio.name}' is silent: there is nothing to tag.")

    def run(chosen: Engine) -> Tags:
        if chosen.name == "plain":
            return _plain_tags(audio, chosen)
        return _tags(hear_windows(audio, store, progress), chosen)

    return first_that_works(ENGINES, store, engine, run)


def hear_windows(audio: Audio, store: WeightStore, progress: Progress = quiet) -> Hearing:
    """Run both networks over the track; done once for the same `audio` object.

    Raises
    ------
    WeightsError
        If the weights ``musicnn`` can't be had.
    """
    if audio not in _HEARD:
        _HEARD[audio] = _hear(audio, store, progress)
    return _HEARD[audio]


def embed_windows(audio: Audio, store: WeightStore, progress: Progress = quiet) -> FloatArray:
    """Return the networks' embedding of each window of 3 s, every 1.5 s, shape=(w, 400).

    The first 200 numbers are MagnaTagATune's network, the others the Million Song Dataset's. No
    work is done twice if `estimate_tags` has seen the same audio.
    """
    hearing = hear_windows(audio, store, progress)
    return np.concatenate(list(hearing.embeddings.values()), axis=1)


def entries(tags: Tags, label: str) -> tuple[Interval, ...]:
    """Return where a word holds, as spans in seconds; empty if it has no curve or never holds.

    A window's confidence counts for the 1.5 s round its centre. A span begins where the confidence
    reaches one half and ends where it falls below 0.35, so that a wavering one is not chopped up.
    """
    curve = next((c for c in tags.curves if c.label == label), None)
    if curve is None or not tags.windows:
        return ()
    edges = _cell_edges(tags.windows)
    spans: list[Interval] = []
    start: float | None = None
    for confidence, low, high in zip(curve.confidences, edges[:-1], edges[1:], strict=True):
        if start is None and confidence >= ENTERS:
            start = low
        if start is not None and confidence < LEAVES:
            spans.append((start, low))
            start = None
        end = high
    if start is not None:
        spans.append((start, end))
    least = min(SHORTEST_ENTRY, edges[-1] - edges[0])
    return tuple((a, b) for a, b in spans if b - a >= least)


def _cell_edges(windows: tuple[Interval, ...]) -> list[float]:
    centres = [(a + b) / 2 for a, b in windows]
    between = [(a + b) / 2 for a, b in pairwise(centres)]
    return [windows[0][0], *between, windows[-1][1]]


# ---- musicnn ------------------------------------------------------------------------------------


def _hear(audio: Audio, store: WeightStore, progress: Progress) -> Hearing:
    from tools.nets import musicnn

    networks = musicnn.load_musicnn(store.folder("musicnn"))
    features = musicnn.log_mel(_levelled(audio.at(musicnn.SAMPLE_RATE)))
    if audio.duration > LONG_SECONDS:
        audio.forget()  # an hour is 230 MB that the networks need not lie beside
    missing = musicnn.WINDOW_FRAMES - len(features)
    if missing > 0:  # short clips were repeated in training too
        features = np.pad(features, ((0, missing), (0, 0)), mode="wrap")
    starts = _starts(len(features), musicnn.WINDOW_FRAMES)
    outputs: dict[str, list[tuple[FloatArray, FloatArray]]] = {name: [] for name in networks}
    # Side by side on a core each the networks take half the time; two cores on one gain nothing.
    with cores.pool(len(networks)) as pool:
        for first in range(0, len(starts), BLOCK_WINDOWS):
            block = starts[first : first + BLOCK_WINDOWS]
            answers = pool.map(lambda net, block=block: net(features, block), networks.values())
            for name, answer in zip(networks, answers, strict=True):
                outputs[name].append(answer)
            progress(min(1.0, (first + BLOCK_WINDOWS) / len(starts)))
    times = np.column_stack([starts, starts + musicnn.WINDOW_FRAMES - 1]) * musicnn.FRAME_SECONDS
    return Hearing(
        tuple((float(a), float(min(b, audio.duration))) for a, b in times),
        {n: 1.0 / (1.0 + np.exp(-np.concatenate([o for o, _ in p]))) for n, p in outputs.items()},
        {n: np.concatenate([e for _, e in p]) for n, p in outputs.items()},
        _audible(features, starts, musicnn.WINDOW_FRAMES),
    )


def _levelled(signal: FloatArray) -> FloatArray:
    """Return the signal without offset and with a peak that recordings have.

    The features are a logarithm with a floor, so the networks, trained on published music, would
    hear one at a hundredth of its volume as nearly silent.
    """
    offset = float(signal.mean(dtype=np.float64))
    peak = max(float(signal.max()) - offset, offset - float(signal.min()))
    gain = min(max(peak, QUIETEST_PEAK), LOUDEST_PEAK) / max(peak, FAINTEST_PEAK)
    if gain == 1.0 and abs(offset) < OFFSET_HEARD:
        return signal
    return (signal - np.float32(offset)) * np.float32(gain)


def _starts(frames: int, window: int) -> NDArray[np.int64]:
    """Return the first frames of windows that cover everything, the last one flush with the end."""
    starts = np.arange(0, frames - window + 1, HOP_FRAMES)
    rest = frames - window - int(starts[-1])
    return np.append(starts, frames - window) if rest else starts


def _audible(features: FloatArray, starts: NDArray[np.int64], window: int) -> NDArray[np.bool_]:
    power = (np.power(np.float32(10.0), features) - 1.0).sum(axis=1, dtype=np.float64)
    total = np.concatenate([[0.0], np.cumsum(power)])
    levels = total[starts + window] - total[starts]
    return np.asarray(levels >= levels.max() * 10.0 ** (SILENT_DB / 10.0))


def _tags(hearing: Hearing, engine: Engine) -> Tags:
    words = vocabulary()
    heard = {n: p[hearing.audible].mean(axis=0) for n, p in hearing.posteriors.items()}
    overall = {label: float(value) for label, value in words.confidences(heard).items()}
    curves = words.confidences(hearing.posteriors)
    genres, instruments, moods, details = (
        _ranked(overall, words.labels(kind))
        for kind in ("genres", "instruments", "moods", "voice_details")
    )
    voice = _ranked(overall, words.labels("voice"))[0]
    instruments = _listed(instruments)
    shown = [("voice", "vocal")]
    shown += [("voice", label) for label in words.labels("voice_details")]
    shown += [("instruments", x.label) for x in instruments]
    shown += [("genres", x.label) for x in genres[:GENRES_NAMED]]
    return Tags(
        genres=max(_listed(genres), genres[:GENRES_NAMED], key=len),
        instruments=instruments,
        moods=_listed(moods),
        voice=voice,
        estimator=engine.signature,
        voice_details=_listed(details) if voice.label == "vocal" else (),
        windows=hearing.windows,
        curves=tuple(
            LabelCurve(label, kind, tuple(np.where(hearing.audible, curves[label], 0.0)))
            for kind, label in shown
        ),
        posteriors=tuple(Label(label, round(overall[label], 4)) for _, label in words.words),
    )


def _ranked(overall: Mapping[str, float], labels: tuple[str, ...]) -> tuple[Label, ...]:
    found = [Label(label, round(overall[label], 4)) for label in labels]
    return tuple(sorted(found, key=lambda label: -label.confidence))


def _listed(ranked: tuple[Label, ...]) -> tuple[Label, ...]:
    return tuple(x for x in ranked if x.confidence >= LISTED)[:MOST_LISTED]


# ---- plain --------------------------------------------------------------------------------------


def _plain_tags(audio: Audio, engine: Engine) -> Tags:
    """Say how lively it is, from how much of the spectrum rises per second, and nothing else."""
    from tools.nets import musicnn

    features = musicnn.log_mel(audio.at(musicnn.SAMPLE_RATE))
    rises = np.maximum(0.0, np.diff(features, axis=0)).mean(axis=1)
    activity = float(rises.mean()) / musicnn.FRAME_SECONDS / LIVELY
    energetic = activity ** (1 / LIVELY_WIDTH) / (1.0 + activity ** (1 / LIVELY_WIDTH))
    moods = (Label("energetic", energetic), Label("calm", 1.0 - energetic))
    return Tags((), (), tuple(m for m in moods if m.confidence >= SURE), None, engine.signature)
