"""Sounds made from nothing: the player that needs no bank.

Plucked strings after Karplus and Strong ("Digital synthesis of plucked-string and drum timbres",
Computer Music Journal 7, 1983), tuned between samples as Jaffe and Smith have it (same issue); all
others are sums of harmonics with the shape of their family (Risset and Mathews, "Analysis of
musical-instrument tones", 1969): bright sounds lose their upper partials first.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tools.synthesis.soundfont import Sound

RELEASE = 0.15
MOST_HARMONICS = 24


@dataclass(frozen=True)
class Timbre:
    """How a family of instruments sounds.

    Parameters
    ----------
    slope : harmonic k has the amplitude k to this power
    even : what even harmonics have of it; a clarinet has few
    attack : seconds
    decay : seconds in which the fundamental falls by 60 dB; 0 for sounds that are held
    fade : how much sooner each next harmonic has fallen
    vibrato : cents
    """

    slope: float
    even: float = 1.0
    attack: float = 0.01
    decay: float = 0.0
    fade: float = 0.35
    vibrato: float = 0.0
    release: float = RELEASE


KEYS = Timbre(-1.3, attack=0.004, decay=5.0)
FAMILIES: Sequence[tuple[range, Timbre]] = (
    (range(8), KEYS),
    (range(8, 16), Timbre(-2.2, even=0.3, attack=0.002, decay=1.8, fade=1.5)),
    (range(16, 24), Timbre(-1.0, attack=0.02, release=0.08)),
    (range(29, 32), Timbre(-0.7, attack=0.005, decay=9.0, fade=0.05)),
    (range(40, 56), Timbre(-1.2, attack=0.07, vibrato=6.0, release=0.3)),
    (range(56, 64), Timbre(-0.9, attack=0.03, vibrato=3.0)),
    (range(64, 72), Timbre(-1.1, even=0.4, attack=0.025, vibrato=3.0)),
    (range(72, 80), Timbre(-2.4, attack=0.04, vibrato=8.0)),
    (range(80, 88), Timbre(-1.0, attack=0.005)),
    (range(88, 104), Timbre(-1.5, attack=0.25, vibrato=4.0, release=0.8)),
)
"""Programs of General MIDI and how they sound; keys where nothing else is said."""

STRINGS = (*range(24, 29), *range(32, 38), 45, 46, *range(104, 108))
"""Programs of plucked strings."""


class Tones:
    """One pitched instrument.

    Parameters
    ----------
    program : General MIDI, from 0
    rate : hertz
    """

    def __init__(self, program: int, rate: int) -> None:
        self._plucked = program in STRINGS
        self._timbre = next((t for programs, t in FAMILIES if program in programs), KEYS)
        self._rate = rate
        self._made: dict[int, Sound] = {}

    def note(self, key: int, velocity: int, seconds: float) -> Sound:
        """Return a note with its release, shape=(2, n); see `tools.synthesis.sampler.Sampler`."""
        release = RELEASE if self._plucked else self._timbre.release
        length = int((seconds + release) * self._rate)
        made = self._made.get(key)
        if made is None or made.size < length:
            size = length if made is None else max(length, 2 * made.size)
            made = self._plucking(key, size) if self._plucked else self._sum(key, size)
            self._made[key] = made
        sound = made[:length] * np.float32(0.5 * (velocity / 127) ** 2)
        tail = length - int(seconds * self._rate)
        sound[length - tail :] *= np.linspace(1, 0, tail, dtype=np.float32) ** 2
        return np.stack([sound, sound])

    def _sum(self, key: int, length: int) -> Sound:
        """Return a key held for so many samples, shape=(length,)."""
        timbre, pitch = self._timbre, hertz(key)
        times = np.arange(length, dtype=np.float32) / self._rate
        turns = 2 * np.pi * pitch * np.arange(length) / self._rate
        if timbre.vibrato:
            depth = (2 ** (timbre.vibrato / 1200) - 1) * pitch / 5.2
            turns -= depth * np.clip(times / 0.4, 0, 1) * np.cos(2 * np.pi * 5.2 * times)
        sound = np.zeros(length, np.float32)
        for k in range(1, min(MOST_HARMONICS, int(0.45 * self._rate / pitch)) + 1):
            level = k**timbre.slope * (timbre.even if k % 2 == 0 else 1.0)
            partial = np.sin(np.fmod(k * turns, 2 * np.pi).astype(np.float32)) * np.float32(level)
            if timbre.decay:  # low strings and bars ring longer
                fall = 6.91 / (timbre.decay * (220 / pitch) ** 0.5) * (1 + timbre.fade * (k - 1))
                partial *= np.exp(-fall * times)
            sound += partial
        return sound * np.clip(times / timbre.attack, 0, 1)

    def _plucking(self, key: int, length: int) -> Sound:
        """Return a plucked string, shape=(length,): noise that goes round a softening delay."""
        from scipy.signal import lfilter

        period = self._rate / hertz(key)
        whole = int(period - 0.5)
        part = period - 0.5 - whole
        burst = np.zeros(length)
        noise = np.random.default_rng(key).uniform(-1, 1, whole)
        burst[:whole] = (noise - noise.mean())[:length]
        kept = 10 ** (-3 * period / self._rate / (4.0 * (220 * period / self._rate) ** 0.5))
        taps = kept * np.convolve([0.5, 0.5], [1 - part, part])
        back = np.concatenate([[1.0], np.zeros(whole - 1), -taps])
        string = lfilter([0.5, 0.5], back, burst)
        sound: Sound = (1.5 * string).astype(np.float32)
        return sound


class Drums:
    """A drum kit, by the percussion keys of General MIDI."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._made: dict[int, Sound] = {}

    def note(self, key: int, velocity: int, seconds: float) -> Sound:
        """Return a stroke that rings out, or stops after `seconds`, shape=(2, n)."""
        if key not in self._made:
            self._made[key] = _stroke(key, self._rate)
        length = min(self._made[key].size, int(seconds * self._rate))
        sound = self._made[key][:length] * np.float32((velocity / 127) ** 2)
        last = min(length, int(0.01 * self._rate))
        sound[length - last :] *= np.linspace(1, 0, last, dtype=np.float32)
        return np.stack([sound, sound])


# Key -> pitch in hertz, where it falls to, seconds of the tone, level of noise, its seconds, its
# lowest hertz.
Stroke = tuple[float, float, float, float, float, float]
KICK, SNARE, STICK = (130, 48, 0.3, 0.1, 0.01, 1000), (210, 180, 0.15, 0.6, 0.2, 1500), (
    1700, 1700, 0.03, 0.2, 0.03, 2000,
)  # fmt: skip
CLAP, CLOSED, OPEN = (0, 0, 0.0, 0.7, 0.15, 1000), (0, 0, 0.0, 0.4, 0.07, 7000), (
    0, 0, 0.0, 0.4, 0.6, 6500,
)  # fmt: skip
CRASH, RIDE, SHAKER = (0, 0, 0.0, 0.5, 1.6, 4000), (3200, 3200, 0.4, 0.25, 0.9, 6000), (
    0, 0, 0.0, 0.3, 0.09, 5000,
)  # fmt: skip
STROKES: dict[int, Stroke] = {
    35: KICK, 36: KICK, 37: STICK, 38: SNARE, 39: CLAP, 40: SNARE, 42: CLOSED, 44: CLOSED,
    46: OPEN, 49: CRASH, 51: RIDE, 52: CRASH, 53: RIDE, 54: SHAKER, 55: CRASH, 57: CRASH,
    59: RIDE, 69: SHAKER, 70: SHAKER, 82: SHAKER, 75: (2500, 2500, 0.05, 0, 0.01, 1000),
    76: (1100, 1100, 0.08, 0, 0.01, 1000), 77: (800, 800, 0.08, 0, 0.01, 1000),
    56: (560, 560, 0.25, 0.05, 0.05, 3000), 80: (4500, 4500, 0.1, 0, 0.01, 1000),
    81: (4500, 4500, 0.8, 0, 0.01, 1000),
}  # fmt: skip


def hertz(key: float) -> float:
    """Return the frequency of a MIDI number."""
    return float(440.0 * 2 ** ((key - 69) / 12))


def _stroke(key: int, rate: int) -> Sound:
    """Return a stroke; a key that nothing is said of is a tom, higher for higher keys."""
    tom = 75 * 2 ** ((key - 41) / 14)
    high, low, ring, noise, hiss, lowest = STROKES.get(key, (1.4 * tom, tom, 0.35, 0.1, 0.03, 800))
    from scipy.signal import butter, sosfilt

    times = np.arange(int(max(ring, hiss, 0.05) * rate)) / rate
    sound = np.zeros(times.size)
    if ring:
        glide = low + (high - low) * np.exp(-times / 0.03)
        turns = 2 * math.pi * np.cumsum(glide) / rate
        sound += np.sin(turns) * np.exp(-6.91 * times / ring)
    if noise:
        breath = np.random.default_rng(key).standard_normal(times.size)
        high_pass = butter(2, min(lowest, 0.4 * rate), "highpass", fs=rate, output="sos")
        sound += noise * sosfilt(high_pass, breath) * np.exp(-6.91 * times / hiss)
    stroke: Sound = (sound * np.minimum(1, times / 0.0005)).astype(np.float32)
    return stroke
