"""Music as sound from words, without a score: the networks of the hub that write it.

Engines: ``musicgen-medium``, ``musicgen-melody``, which also follows a tune, ``musicgen-small``, and
``stable-audio`` (extra ``diffusion``), which writes 47 s at most and goes on from nothing. They weigh gigabytes and take minutes without a graphics card: without being named, one is used only
where its weights are in the cache and the machine can hold it. None of them has a score to show, and
what it made of a key or a tempo has to be listened to.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from tools.audio import Audio
from tools.composing.brief import LONGEST, SHORTEST
from tools.composing.prompt import brief_text
from tools.composing.windows import joined
from tools.errors import MusicToolError, NoMusicError, WeightsError
from tools.rungs import Engine, Progress, first_that_works, quiet
from tools.synthesis.mastering import mastered, true_peaks
from tools.weights import WeightStore

__all__ = ["ENGINES", "AudioEngine", "brief_text", "generate_audio"]

FloatArray = NDArray[np.float32]

LEAST_HEARD = 1.0
"""Seconds of a tune, or of what is gone on from, that say anything."""

JOINT_SECONDS = 0.25
"""From a recording to what goes on from it."""

END_SECONDS = 1.5
"""The network stops where it stops: the end is faded out."""

FAINTEST = 1e-4
"""A swing below this, -80 dBFS, is silence."""

SEEDS = 2**63
"""What torch takes."""

ROOM = 1.25
"""Memory for a network and its work, in sizes of its weights (in single precision)."""


STABLE = "stable-audio"


@dataclass(frozen=True)
class AudioEngine(Engine):
    """A network that writes sound.

    Parameters
    ----------
    hears_melody : whether it can follow a tune
    goes_on : whether it can go on from a recording
    longest : seconds that it writes
    """

    hears_melody: bool = False
    goes_on: bool = True
    longest: float = LONGEST

    def obstacle(self, store: WeightStore) -> str | None:
        """Return why it is not taken without being named, or None if it can run at once."""
        if reason := super().obstacle(store):
            return reason
        from tools.nets.musicgen import free_gigabytes

        needed = ROOM * sum(store.catalogue[weight].size for weight in self.weights) / 1e9
        there = free_gigabytes()
        if there >= needed:
            return None
        return f"needs {needed:.0f} GB of free memory, and {there:.0f} GB are there"


def _engine(size: str, hears_melody: bool = False) -> AudioEngine:
    name = f"musicgen-{size}"
    modules = ("transformers", "accelerate")
    return AudioEngine(
        name, "hub", (name,), modules=modules, pulled=True, hears_melody=hears_melody
    )


ENGINES: tuple[AudioEngine, ...] = (
    _engine("medium"),
    _engine("melody", hears_melody=True),
    _engine("small"),
    AudioEngine(
        STABLE,
        "hub",
        ("stable-audio-open",),
        modules=("diffusers", "torchsde"),
        pulled=True,
        goes_on=False,
        longest=47.0,
    ),
)


def generate_audio(
    text: str,
    seconds: float,
    seed: int,
    store: WeightStore,
    like: Audio | None = None,
    continue_from: Audio | None = None,
    engine: str | None = None,
    on_progress: Progress = quiet,
) -> Audio:
    """Return music that a network wrote to a text; its `name` is the engine's signature.

    A new piece is stereo at the network's rate, -14 LUFS, no true peak above -1 dBFS. A piece gone
    on from keeps its rate, its channels and its sound, and is followed by `seconds` of new music;
    where that would clip, all of it is made softer.

    Parameters
    ----------
    text : what it shall sound like, e.g. of `brief_text`
    seconds : of new music
    seed : the same seed gives the same music on the same machine
    like : a recording whose tune it follows; only some engines can
    continue_from : a recording that it goes on from; its last seconds are heard
    engine : name of one of `ENGINES`; None takes the best that can run at once
    on_progress : told the fraction done; may raise `tools.errors.Cancelled`

    Raises
    ------
    MusicToolError
        If there is no text, or the length or the seed is none that can be.
    AudioTooShortError, NoMusicError
        If what shall be followed is too short or silent, or the network wrote silence.
    WeightsError
        If `engine` can't run here or can't follow a tune; without it, if none can.
    """
    _check(text, seconds, seed, like, continue_from)
    engines = [one for one in ENGINES if not _unable(one, seconds, like, continue_from)]
    for one in ENGINES:
        if one.name == engine and (reason := _unable(one, seconds, like, continue_from)):
            able = ", ".join(other.name for other in engines)
            raise WeightsError(f"The engine '{engine}' {reason}; take one that does: {able}.")

    def run(chosen: Engine) -> Audio:
        on_progress(0.0)
        folder = store.folder(chosen.weights[0])
        if chosen.name == STABLE:
            return _diffused(folder, text.strip(), seconds, seed, chosen, on_progress)
        from tools.nets.musicgen import Commission, load_musicgen

        network = load_musicgen(folder)
        if like and not network.hears_melody:
            raise WeightsError(
                f"The weights '{chosen.weights[0]}' are of a network without a tune."
            )
        rate = network.sample_rate
        asked = Commission(
            text=text.strip(),
            seconds=seconds,
            seed=seed,
            melody=like.at(rate)[: math.ceil(seconds * rate)] if like else None,
            before=continue_from.at(rate) if continue_from else None,
        )
        sound, known = network.write(asked, on_progress)
        _check_audible(sound[known:], chosen)
        if continue_from is None:
            return _new(np.stack([sound, sound]), rate, chosen.signature)
        return _followed(continue_from, sound, known, rate, chosen.signature)

    return first_that_works(engines, store, engine, run)


# ---- inside -------------------------------------------------------------------------------------


def _check(
    text: str, seconds: float, seed: int, like: Audio | None, continue_from: Audio | None
) -> None:
    """Raise what `generate_audio` does of what is asked, before a network is loaded."""
    if not text.strip():
        raise MusicToolError("Say in words what the music shall sound like; no words came.")
    if not SHORTEST <= seconds <= LONGEST:
        raise MusicToolError(
            f"Music of {SHORTEST:g} to {LONGEST:g} s is written, not of {seconds:g} s; ask for less "
            "or more."
        )
    if not 0 <= seed < SEEDS:
        raise MusicToolError(f"A seed is a whole number from 0 to {SEEDS - 1}, not {seed}.")
    for audio, task in ((like, "Following a tune"), (continue_from, "Going on from a recording")):
        if audio is not None:
            audio.require(LEAST_HEARD, task)
            if audio.silent:
                raise NoMusicError(f"'{audio.name}' is silent: there is nothing to go by.")


def _unable(
    engine: AudioEngine, seconds: float, like: Audio | None, continue_from: Audio | None
) -> str:
    """Return what an engine does not do of what is asked, empty where it can do it all."""
    if like is not None and not engine.hears_melody:
        return "follows no tune"
    if continue_from is not None and not engine.goes_on:
        return "goes on from no recording"
    return f"writes {engine.longest:g} s at most" if seconds > engine.longest else ""


def _diffused(
    folder: Path, text: str, seconds: float, seed: int, engine: Engine, on_progress: Progress
) -> Audio:
    from tools.nets.stable_audio import load_stable_audio

    network = load_stable_audio(folder)
    sound = network.write(text, seconds, seed, on_progress)
    _check_audible(sound, engine)
    return _new(sound, network.sample_rate, engine.signature)


def _check_audible(sound: FloatArray, engine: Engine) -> None:
    if not np.isfinite(sound).all() or np.ptp(sound) <= FAINTEST:
        raise NoMusicError(f"The engine '{engine.name}' wrote silence; try another seed or text.")


def _new(sound: FloatArray, rate: int, name: str) -> Audio:
    """Return a piece as it is published, the end faded out; `sound` has shape (2, n)."""
    level = sound - sound.mean(axis=1, keepdims=True)  # an offset would take the music's room
    whole = mastered(np.stack([_ended(channel, rate) for channel in level]), rate)
    return _audio(whole, rate, name)


def _followed(before: Audio, sound: FloatArray, known: int, rate: int, name: str) -> Audio:
    """Return a recording and what goes on from it, at the recording's rate, with its channels.

    Parameters
    ----------
    sound : at `rate`, shape=(n,); its first `known` samples are the recording's end, by the codec
    """
    own = before.sample_rate
    shared = min(known, round(JOINT_SECONDS * rate))
    after = soxr.resample(_ended(sound[known - shared :], rate), rate, own, quality="HQ")
    after = np.asarray(after, np.float32)
    start = before.samples.shape[1] - round(shared * own / rate)
    fade = round(JOINT_SECONDS * own)
    whole = np.stack([joined([(0, part), (start, after)], fade) for part in before.samples])
    highest = float(true_peaks(whole).max())
    return _audio(whole / np.float32(max(1.0, highest)), own, name)


def _ended(sound: FloatArray, rate: int) -> FloatArray:
    """Return the sound with its end faded out, shape=(n,)."""
    length = min(round(END_SECONDS * rate), sound.size // 2)
    ended = sound.copy()
    ended[sound.size - length :] *= np.linspace(1, 0, length, dtype=np.float32)
    return ended


def _audio(samples: FloatArray, rate: int, name: str) -> Audio:
    samples = np.ascontiguousarray(samples, np.float32)
    samples.flags.writeable = False
    return Audio(samples, rate, name=name, source_rate=rate, source_channels=len(samples))
