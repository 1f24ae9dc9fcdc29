"""Notes while they are played: sound in by blocks, events out within a stated time.

Where the sound comes from is nothing to the transcriber: a stream of raw samples, the microphone,
or a test that feeds it by the clock.
"""

import queue
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np
import soxr
from numpy.typing import NDArray

from tools.errors import MusicToolError
from tools.live_ears import AnyEar, Ear, Event, NoteOff, NoteOn, VoiceEar
from tools.weights import WeightStore

__all__ = [
    "INSTRUMENTS",
    "Event",
    "LiveTranscriber",
    "NoteOff",
    "NoteOn",
    "blocks_from_microphone",
    "blocks_from_pcm",
]

Array = NDArray[np.float32]

INSTRUMENTS: dict[str, Callable[[WeightStore], Ear]] = {
    "voice": VoiceEar,
    "piano": AnyEar,
    "any": AnyEar,
}
"""What can be listened to live, and with which ear."""

RATES = (4_000, 384_000)
FULL_SCALE = 32_768
BLOCK_SECONDS = 0.05

WAITING_BLOCKS = 200
"""Blocks of the microphone that may wait, 10 s: more means that this machine is too slow."""


class LiveTranscriber:
    """Turns a stream of sound into events.

    Parameters
    ----------
    store : where the weights are
    sample_rate : hertz of what is fed
    instrument : one of `INSTRUMENTS`

    Raises
    ------
    MusicToolError
        If nothing listens to that instrument, or the rate is none of a recording.
    WeightsError
        If the weights can't be had.
    """

    def __init__(self, store: WeightStore, sample_rate: int, instrument: str = "voice") -> None:
        if instrument not in INSTRUMENTS:
            names = ", ".join(INSTRUMENTS)
            raise MusicToolError(f"'{instrument}' can't be followed live; there are: {names}.")
        if not RATES[0] <= sample_rate <= RATES[1]:
            raise MusicToolError(
                f"A live stream has {RATES[0]} to {RATES[1]} samples a second, not {sample_rate}."
            )
        self._ear = INSTRUMENTS[instrument](store)
        self._resampler = soxr.ResampleStream(
            sample_rate, self._ear.sample_rate, 1, dtype="float32", quality="HQ"
        )

    @property
    def latency(self) -> float:
        """Seconds: an event at time t comes when sound up to t + `latency` was fed, at the latest."""
        return self._ear.latency

    def feed(self, block: Array) -> list[Event]:
        """Return what a block of samples makes certain, in order of time.

        Parameters
        ----------
        block : mono, shape=(m,), of any length; what is not a number is silence
        """
        clean = np.nan_to_num(np.asarray(block, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        samples = self._resampler.resample_chunk(np.ascontiguousarray(clean))
        return self._ear.feed(samples) if len(samples) else []

    def finish(self) -> list[Event]:
        """Return the rest; to be called once, when the stream has ended."""
        rest = self._resampler.resample_chunk(np.zeros(0, np.float32), last=True)
        return self._ear.feed(rest) + self._ear.finish()


def blocks_from_pcm(
    stream: BinaryIO, sample_rate: int, seconds: float = BLOCK_SECONDS
) -> Iterator[Array]:
    """Yield blocks of samples from raw PCM: signed, 16 bits, little-endian, one channel.

    Parameters
    ----------
    stream : such as ``sys.stdin.buffer``
    seconds : length of a block; the last one may be shorter
    """
    size = 2 * max(1, round(seconds * sample_rate))
    while raw := stream.read(size):
        whole = raw[: len(raw) // 2 * 2]
        yield np.frombuffer(whole, "<i2").astype(np.float32) / np.float32(FULL_SCALE)


def blocks_from_microphone(sample_rate: int, seconds: float = BLOCK_SECONDS) -> Iterator[Array]:
    """Yield blocks of samples from the default microphone, without end.

    Raises
    ------
    MusicToolError
        If the package sounddevice, the library under it, or a microphone is missing.
    """
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise MusicToolError(
            "Listening to the microphone needs the package sounddevice and PortAudio: "
            f"pip install 'musicologue[live]' ({error})."
        ) from error
    waiting: queue.Queue[Array] = queue.Queue(WAITING_BLOCKS)

    def take(block: Array, frames: int, time: Any, status: Any) -> None:
        if not waiting.full():
            waiting.put_nowait(block[:, 0].copy())

    try:
        with sounddevice.InputStream(
            sample_rate, round(seconds * sample_rate), channels=1, dtype="float32", callback=take
        ):
            while True:
                yield waiting.get()
    except sounddevice.PortAudioError as error:
        raise MusicToolError(f"No microphone can be listened to: {error}.") from error
