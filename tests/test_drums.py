"""A synthesised kit: which drum was struck, and when."""

import mir_eval
import numpy as np
import pytest

from tools.audio import Audio
from tools.drums import HAT, KICK, SNARE, drum_notes
from tools.errors import AudioTooShortError, Cancelled, NoMusicError

RATE = 44_100


def struck(key: int, rng: np.random.Generator) -> np.ndarray:
    t = np.arange(int(0.25 * RATE)) / RATE
    noise = rng.standard_normal(t.size)
    if key == KICK:
        return np.sin(2 * np.pi * (55 * t + 1.5 * (1 - np.exp(-t * 40)))) * np.exp(-t * 16)
    if key == SNARE:
        shell = np.sin(2 * np.pi * 190 * t) + 0.6 * np.sin(2 * np.pi * 330 * t)
        return 0.6 * shell * np.exp(-t * 22) + 0.35 * noise * np.exp(-t * 18)
    bright = np.diff(np.diff(noise, prepend=0.0), prepend=0.0)
    return 0.08 * bright * np.exp(-t * 60)


def kit(tone: float = 0.0) -> tuple[Audio, dict[int, np.ndarray]]:
    """Return 16 s of a beat at 120 BPM with the times of its strokes, over a held tone."""
    rng = np.random.default_rng(0)
    beats = 0.25 + 0.5 * np.arange(30)
    times = {KICK: beats[0::2], SNARE: beats[1::2], HAT: np.sort(np.r_[beats, beats + 0.25])}
    mix = np.zeros(16 * RATE)
    for key, strokes in times.items():
        for at in strokes:
            sound = struck(key, rng) * rng.uniform(0.7, 1.0)
            start = int(at * RATE)
            mix[start : start + sound.size] += sound
    t = np.arange(mix.size) / RATE
    mix += tone * sum(np.sin(2 * np.pi * f * t) for f in (220.0, 277.2, 329.6))
    return Audio((0.5 * mix / np.abs(mix).max())[None].astype(np.float32), RATE), times


@pytest.mark.parametrize("tone", [0.0, 0.1], ids=["alone", "with chord"])
def test_each_drum_is_heard_when_it_is_struck(tone: float) -> None:
    audio, times = kit(tone)
    notes = drum_notes(audio, "drums/1")
    onsets = np.array([start for start, _ in notes.intervals])
    for key, strokes in times.items():
        found = onsets[np.array(notes.pitches) == key]
        score, _, _ = mir_eval.onset.f_measure(strokes, found)
        assert score >= 0.9, f"key {key}: {score:.2f}"


def test_strokes_are_notes_of_the_part_drums() -> None:
    notes = drum_notes(kit()[0], "drums/1")
    assert set(notes.parts) == {"drums"}
    assert set(notes.pitches) == {36.0, 38.0, 42.0}
    assert all(1 <= v <= 127 for v in notes.velocities)
    assert notes.estimator == "drums/1"


def test_a_harder_stroke_has_a_higher_velocity() -> None:
    rng = np.random.default_rng(1)
    sound = np.zeros(3 * RATE)
    for at, gain in ((0.5, 0.5), (1.5, 1.0)):
        stroke = gain * struck(KICK, rng)
        sound[int(at * RATE) : int(at * RATE) + stroke.size] += stroke
    notes = drum_notes(Audio(sound[None].astype(np.float32), RATE), "drums/1")
    kicks = [v for v, p in zip(notes.velocities, notes.pitches, strict=True) if p == KICK]
    assert kicks == sorted(set(kicks)) and len(kicks) == 2


def test_silence_and_a_moment_are_no_drums() -> None:
    with pytest.raises(NoMusicError, match="silent"):
        drum_notes(Audio(np.zeros((1, RATE), np.float32), RATE), "drums/1")
    with pytest.raises(AudioTooShortError, match="Drum transcription"):
        drum_notes(Audio(np.ones((1, 10), np.float32), RATE), "drums/1")


def test_drums_can_be_stopped() -> None:
    def stop(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        drum_notes(kit()[0], "drums/1", stop)
