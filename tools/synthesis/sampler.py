"""A player of sound banks: samples at the pitch of a key, filtered, shaped and panned.

What the SoundFont specification gives in section 9 is done in numpy: transposition by cubic
interpolation (Niemitalo, "Polynomial interpolators for high-quality resampling of oversampled
audio", 2001, 4-point Hermite), a low-pass of two poles (Bristow-Johnson, "Cookbook formulae for
audio EQ biquad filter coefficients"), envelopes linear in decibels. A key's sound is made once,
as long as its longest note; each note is a part of it with its own release. Left out: the slow
oscillator other than vibrato, modulators, and the loop that ends at release.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tools.synthesis.soundfont import Bank, Setting, Sound, Zone

Envelope = NDArray[np.float32]

FALL_DB = 100.0
"""How far decay and release fall in the time that a bank gives."""

HEARD_DB = 70.0
"""How far a release is followed."""

LONGEST_RELEASE = 4.0
ATTENUATION = 0.4
"""Of what a bank gives: what E-mu's own chips did and banks are tuned to, as FluidSynth has it."""

OPEN = 13_500
"""Cents of a cut-off from which nothing is filtered."""

LOWEST_HZ = 8.1758
"""The frequency that cents are counted from: MIDI number 0."""


class Sampler:
    """One instrument of a bank.

    Parameters
    ----------
    program : General MIDI, from 0; of a drum kit its number
    preset_bank : 0, or `tools.synthesis.soundfont.PERCUSSION`
    rate : hertz of what is played
    """

    def __init__(self, bank: Bank, program: int, preset_bank: int, rate: int) -> None:
        self._bank, self._program, self._preset_bank = bank, program, preset_bank
        self._rate = rate
        self._made: dict[tuple[int, int], Sound] = {}  # zone, key -> its sound

    def note(self, key: int, velocity: int, seconds: float) -> Sound:
        """Return a note with its release, shape=(2, n); silence of an empty instrument.

        Parameters
        ----------
        velocity : 1 to 127; loudness goes with its square (section 8.4.1)
        seconds : until the key is let go
        """
        layers = []
        for zone in self._zones(key, velocity):
            release = min(LONGEST_RELEASE, zone.seconds(Setting.RELEASE) * HEARD_DB / FALL_DB)
            length = int((seconds + release) * self._rate)
            sound = self._sound(zone, key, length)[:length].copy()
            held = int(seconds * self._rate)
            sound[held:] *= _release(zone, sound.size - held, self._rate)
            decibels = zone[Setting.ATTENUATION] / 10 * ATTENUATION
            gain = (velocity / 127) ** 2 * 10 ** (-max(0.0, decibels) / 20)
            layers.append(_panned(sound * np.float32(gain), zone[Setting.PAN] / 500))
        whole = np.zeros((2, max((layer.shape[1] for layer in layers), default=0)), np.float32)
        for layer in layers:
            whole[:, : layer.shape[1]] += layer
        return whole

    def _zones(self, key: int, velocity: int) -> list[Zone]:
        """Return the zones of a key, or of the nearest that has any: banks have gaps."""
        for near in sorted(range(128), key=lambda other: abs(other - key)):
            if zones := self._bank.zones(self._program, near, velocity, self._preset_bank):
                return zones
        return []

    def _sound(self, zone: Zone, key: int, length: int) -> Sound:
        place = id(zone), key  # the bank keeps its zones, so an id stays one zone's
        made = self._made.get(place)
        if made is None or (made.size < length and zone.loop is not None):
            size = length if made is None else max(length, 2 * made.size)
            made = self._made[place] = _sounding(zone, key, size, self._rate)
        return made


def _sounding(zone: Zone, key: int, length: int, rate: int) -> Sound:
    """Return a key's sound as it is while the key is held, shape=(n,), n <= length."""
    struck = zone[Setting.KEY] if zone[Setting.KEY] >= 0 else key
    cents = (struck - zone.root) * zone[Setting.SCALE]
    cents += 100 * zone[Setting.COARSE_TUNE] + zone[Setting.FINE_TUNE]
    speed = 2.0 ** (cents / 1200) * zone.rate / rate
    if zone.loop is None:
        length = min(length, int((zone.sound.size - 1) / speed))
    times = (np.arange(max(1, length)) / rate).astype(np.float32)
    sound = _transposed(zone, speed * _bent(zone, times, rate), times.size)
    return _filtered(zone, sound, times, rate) * _loudness(zone, struck, times)


def _bent(zone: Zone, times: Envelope, rate: int) -> NDArray[np.float64] | float:
    """Return what the speed is multiplied with over time; 1 where the pitch stands."""
    depth, reach = zone[Setting.VIBRATO_PITCH], zone[Setting.MOVE_PITCH]
    if not depth and not reach:
        return 1.0
    cents = np.zeros(times.size)
    if depth:
        hertz = LOWEST_HZ * 2 ** (zone[Setting.VIBRATO_RATE] / 1200)
        since = np.maximum(times - zone.seconds(Setting.VIBRATO_DELAY), 0)
        cents += depth * np.sin(2 * np.pi * hertz * since)
    if reach:
        cents += reach * _move(zone, times)
    return 2.0 ** (cents / 1200)


def _transposed(zone: Zone, speed: NDArray[np.float64] | float, length: int) -> Sound:
    """Return the sample read at a speed, shape=(length,), repeating its loop."""
    if isinstance(speed, float):
        phase = np.arange(length) * speed
    else:
        phase = np.cumsum(speed) - speed[0]
    needed = int(phase[-1]) + 4
    source = zone.sound
    if zone.loop is not None and needed > source.size:
        low, high = zone.loop
        count = math.ceil((needed - high) / (high - low))
        source = np.concatenate([source[:high], np.tile(source[low:high], count)])
    source = np.concatenate([source[:1], source, np.zeros(4, np.float32)])
    at = np.minimum(phase.astype(np.int64), source.size - 4)
    part = (phase - at).astype(np.float32)
    before, here, after, beyond = (source[at + k] for k in range(4))
    slope = 0.5 * (after - before)
    curve = before - 2.5 * here + 2 * after - 0.5 * beyond
    bend = 0.5 * (beyond - before) + 1.5 * (here - after)
    read: Sound = ((bend * part + curve) * part + slope) * part + here
    return read


def _filtered(zone: Zone, sound: Sound, times: Envelope, rate: int) -> Sound:
    """Return the sound through its low-pass; a moving one is faded from its far end to its rest."""
    rest, reach = zone[Setting.CUTOFF], zone[Setting.MOVE_CUTOFF]
    low = _low_passed(sound, rest, zone[Setting.RESONANCE], rate)
    if not reach:
        return low
    high = _low_passed(sound, rest + reach, zone[Setting.RESONANCE], rate)
    share = _move(zone, times)
    return low + (high - low) * share


def _low_passed(sound: Sound, cents: int, centibels: int, rate: int) -> Sound:
    from scipy.signal import lfilter

    hertz = LOWEST_HZ * 2 ** (max(1500, cents) / 1200)
    if cents >= OPEN or hertz > 0.45 * rate:
        return sound
    quality = 10 ** ((max(0, centibels) / 10 - 3.01) / 20)
    turn = 2 * math.pi * hertz / rate
    cosine, alpha = math.cos(turn), math.sin(turn) / (2 * quality)
    feed = np.array([1 - cosine, 2 * (1 - cosine), 1 - cosine]) / 2
    feed /= math.sqrt(max(1.0, quality))  # what the peak adds is taken from the rest
    back = np.array([1 + alpha, -2 * cosine, 1 - alpha])
    passed: Sound = lfilter(feed / back[0], back / back[0], sound).astype(np.float32)
    return passed


def _loudness(zone: Zone, key: int, times: Envelope) -> Envelope:
    """Return delay, attack, hold, decay and sustain, shape as `times`."""
    since = times - zone.seconds(Setting.DELAY)
    attack = zone.seconds(Setting.ATTACK)
    hold = zone.seconds(Setting.HOLD) * 2 ** ((60 - key) * zone[Setting.KEY_TO_HOLD] / 1200)
    decay = zone.seconds(Setting.DECAY) * 2 ** ((60 - key) * zone[Setting.KEY_TO_DECAY] / 1200)
    fallen = np.clip((since - attack - hold) / decay, 0, 1) * FALL_DB
    fallen = np.minimum(fallen, max(0, zone[Setting.SUSTAIN]) / 10)
    rising = np.clip(since / attack, 0, 1)
    loudness: Envelope = (rising * 10 ** (-fallen / 20)).astype(np.float32)
    return loudness


def _move(zone: Zone, times: Envelope) -> Envelope:
    """Return the second envelope, 0 to 1, which moves pitch and cut-off, while a key is held."""
    since = times - zone.seconds(Setting.MOVE_DELAY)
    attack, hold = zone.seconds(Setting.MOVE_ATTACK), zone.seconds(Setting.MOVE_HOLD)
    rest = 1 - min(1000, max(0, zone[Setting.MOVE_SUSTAIN])) / 1000
    falling = np.maximum(rest, 1 - (since - attack - hold) / zone.seconds(Setting.MOVE_DECAY))
    moved: Envelope = np.minimum(np.clip(since / attack, 0, 1), falling).astype(np.float32)
    return moved


def _release(zone: Zone, length: int, rate: int) -> Envelope:
    """Return the fall after the key is let go, ending in nothing, shape=(length,)."""
    length = max(0, length)
    fall = FALL_DB / 20 / max(zone.seconds(Setting.RELEASE), 0.005) / rate
    release: Envelope = np.power(10.0, -fall * np.arange(length)).astype(np.float32)
    last = min(length, int(0.005 * rate))
    if last:
        release[-last:] *= np.linspace(1, 0, last, dtype=np.float32)
    return release


def _panned(sound: Sound, place: float) -> Sound:
    """Return both channels with the power kept, shape=(2, n); `place` from -1, left, to 1."""
    turn = (min(1.0, max(-1.0, place)) + 1) * math.pi / 4
    return np.stack([sound * np.float32(math.cos(turn)), sound * np.float32(math.sin(turn))])
