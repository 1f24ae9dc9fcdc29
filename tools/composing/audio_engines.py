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
from numpy.typing import NDArray

from tools.audio import Audio
from tools.composing.brief import LONGEST, SHORTEST
from tools.composing.prompt import brief_text
from tools.composing.windows import joined
from tools.errors import MusicToolError, NoMusicError, WeightsError
from tools.rungs import Engine, Progress, first_that_works, quiet
from tools.weights import WeightStore

__all__ = ["ENGINES", "AudioEngine", "brief_text", "generate_audio"]

FloatArray = NDArray[np.float32]

LEAST_HEARD = 1.0
"""Seconds of a tune, or of what is gone on from, that say anything."""

JOINT_SECONDS = 0.25
"""From a recording to what goes on from it."""

END_SECONDS = 1.5
"""The network stops where it stops: the end is faded out."""

FAINT = 1e-5
"""Level, of full scale, that is silence."""

ROOM = 1.25
"""Memory for a network and its work, in sizes of its weights (in single precision)."""


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


STABLE = "stable-audio"


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
    store: WeightStore,
    seed: int = 0,
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
        If there is no text, or the length is none that is written.
    AudioTooShortError, NoMusicError
        If what shall be followed is too short or silent, or the network wrote silence.
    WeightsError
        If `engine` can't run here or can't follow a tune; without it, if none can.
    """
    _check(text, seconds, like, continue_from)
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
        rate = network.sample_rate
        if like and not network.hears_melody:
            raise WeightsError(f"the weights '{chosen.weights[0]}' are of a network without a tune")
        asked = Commission(
            text=text.strip(),
            seconds=seconds,
            seed=seed,
            melody=like.at(rate)[: math.ceil(seconds * rate)] if like else None,
            before=continue_from.at(rate) if continue_from else None,
        )
        sound, known = network.write(asked, on_progress)
        if continue_from:
            return _followed(continue_from, sound, known, rate, chosen)
        return _new(np.stack([sound, sound]), rate, chosen)

    return first_that_works(engines, store, engine, run)


# ---- inside -------------------------------------------------------------------------------------


def _check(text: str, seconds: float, like: Audio | None, continue_from: Audio | None) -> None:
    """Raise unless there is something to write, of a length that is written."""
    if not text.strip():
        raise MusicToolError(
            "Music is written from words, and none were given. Say what it shall be."
        )
    if not SHORTEST <= seconds <= LONGEST:
        raise MusicToolError(
            f"Music of {SHORTEST:g} to {LONGEST:g} seconds is written, not of {seconds:g}."
        )
    for audio, task in ((like, "Following a tune"), (continue_from, "Going on from a recording")):
        if audio is None:
            continue
        audio.require(LEAST_HEARD, task)
        if audio.silent:
            raise NoMusicError(f"'{audio.name}' is silent: there is nothing in it to go by.")


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
    return _new(network.write(text, seconds, seed, on_progress), network.sample_rate, engine)


def _new(sound: FloatArray, rate: int, engine: Engine) -> Audio:
    """Return a new piece of shape (2, n), faded out, at the loudness of a finished mix."""
    from tools.synthesis.mastering import mastered

    sound = np.stack([_faded(channel, rate) for channel in sound])
    _check_heard(sound, engine)
    return _audio(mastered(sound, rate), rate, engine)


def _followed(before: Audio, sound: FloatArray, known: int, rate: int, engine: Engine) -> Audio:
    """Return a recording and what goes on from it, at the recording's rate and with its channels.

    The first `known` samples of `sound` are the network's copy of the recording's end: by them the
    new music is brought to the same level and faded in.
    """
    import soxr

    _check_heard(sound[known:], engine)
    copy, end = sound[:known], before.at(rate)[-known:] if known else sound[:0]
    gain = _level(end) / max(_level(copy), FAINT) if known and _level(copy) > FAINT else 1.0
    new = soxr.resample(_faded(sound, rate) * gain, rate, before.sample_rate, quality="HQ")
    start = before.samples.shape[1] - round(known * before.sample_rate / rate)
    fade = round(JOINT_SECONDS * before.sample_rate)
    channels = [
        joined([(0, np.asarray(channel, np.float32)), (start, new.astype(np.float32))], fade)
        if known
        else np.concatenate([channel, new.astype(np.float32)])
        for channel in before.samples
    ]
    whole = np.stack(_ended(channels, before.samples, fade))
    return _audio(whole / max(1.0, float(np.abs(whole).max())), before.sample_rate, engine)


def _ended(channels: list[FloatArray], before: FloatArray, fade: int) -> list[FloatArray]:
    """Return channels that are the recording itself until shortly before its end."""
    kept = max(0, before.shape[1] - fade)
    for channel, own in zip(channels, before, strict=True):
        rise = np.linspace(0, 1, before.shape[1] - kept, dtype=np.float32)
        over = own[kept:] * (1 - rise) + channel[kept : before.shape[1]] * rise
        channel[:kept], channel[kept : before.shape[1]] = own[:kept], over
    return channels


def _faded(sound: FloatArray, rate: int) -> FloatArray:
    """Return sound that ends softly: the network stops where it stops."""
    length = min(len(sound), round(END_SECONDS * rate))
    faded = np.array(sound, np.float32)
    if length:
        faded[-length:] *= np.linspace(1, 0, length, dtype=np.float32) ** 2
    return faded


def _check_heard(sound: FloatArray, engine: Engine) -> None:
    if not np.isfinite(sound).all() or _level(sound) <= FAINT:
        raise NoMusicError(
            f"The network '{engine.name}' wrote silence. Ask in other words, or with another seed."
        )


def _level(sound: FloatArray) -> float:
    return float(np.sqrt(np.mean(np.square(sound)))) if sound.size else 0.0


def _audio(sound: FloatArray, rate: int, engine: Engine) -> Audio:
    sound = np.ascontiguousarray(sound, np.float32)
    sound.flags.writeable = False
    return Audio(
        sound, rate, name=engine.signature, source_rate=rate, source_channels=sound.shape[0]
    )
