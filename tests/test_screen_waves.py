"""Outlines of sounds at several zooms, and how they are kept."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from agent.screen import waves
from agent.screen.waves import Peaks, kept_peaks, peaks_of
from tools.annotations import Level
from tools.errors import AudioDecodeError

RATE = 8_000
STEPS = (0.2, 0.8, 0.4)


@pytest.fixture
def stairs(tmp_path: Path) -> Path:
    """Three seconds, each a square wave of another amplitude, on the right only."""
    right = np.concatenate([np.full(RATE, a) * np.resize([1, -1], RATE) for a in STEPS])
    path = tmp_path / "stairs.wav"
    soundfile.write(path, np.stack([np.zeros_like(right), right], axis=1), RATE, "FLOAT")
    return path


@pytest.mark.parametrize("per_second", [1, 2, 7, 50, 400])
def test_every_zoom_shows_the_same_sound(stairs: Path, per_second: int) -> None:
    swings, strengths = peaks_of(stairs).columns(0.0, 3.0, 3 * per_second)
    wanted = np.repeat(STEPS, per_second) / max(STEPS)
    assert swings == pytest.approx(wanted, abs=1e-6)
    assert strengths == pytest.approx(wanted / np.sqrt(2), abs=1e-6)  # one channel is silent


def test_zooms_never_miss_a_click() -> None:
    swings = np.zeros(100_000)
    swings[70_001] = 1.0
    peaks = Peaks(0.01, swings, np.square(swings))
    for width in (1, 40, 160, 1_000, 9_999):
        shown, _ = peaks.columns(0.0, peaks.duration, width)
        assert len(shown) == width
        assert shown[int(70_001 / 100_000 * width)] == 1.0
        assert np.count_nonzero(shown) <= 2


def test_coarse_zooms_are_as_strong_as_fine_ones() -> None:
    swings = np.random.default_rng(3).uniform(0.2, 1.0, 65_000)
    peaks = Peaks(0.01, swings, np.square(swings) / 4)
    _, strengths = peaks.columns(0.0, 650.0, 10)
    wanted = np.sqrt(np.square(swings).reshape(10, -1).mean(axis=1)) / 2
    assert strengths == pytest.approx(wanted, rel=0.01)


def test_outside_of_the_sound_is_silence(stairs: Path) -> None:
    swings, _ = peaks_of(stairs).columns(-2.0, 6.0, 8)
    assert swings.tolist() == pytest.approx([0, 0, 0.25, 1.0, 0.5, 0, 0, 0])


def test_a_part_of_a_step_at_the_end_counts(tmp_path: Path) -> None:
    sound = np.zeros(RATE + 7)
    sound[-1] = 0.5
    soundfile.write(tmp_path / "end.wav", sound, RATE)
    peaks = peaks_of(tmp_path / "end.wav")
    assert peaks.swings[-1] == 1.0 and len(peaks.swings) == 101


def test_what_is_kept_is_read_and_not_made_again(
    stairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = kept_peaks(stairs, tmp_path / "peaks", "ab12-vocals")
    monkeypatch.setattr(waves, "peaks_of", lambda *_: pytest.fail("made again"))
    kept = kept_peaks(stairs, tmp_path / "peaks", "ab12-vocals")
    assert kept.hop == made.hop
    assert kept.swings == pytest.approx(made.swings, abs=0.5 / waves.STEPS + 1e-9)


def test_a_changed_file_and_a_damaged_outline_are_made_anew(stairs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "peaks"
    kept_peaks(stairs, folder, "ab12")
    soundfile.write(stairs, np.ones(RATE) * 0.5, RATE)
    assert kept_peaks(stairs, folder, "ab12").duration == pytest.approx(1.0)
    (folder / "ab12.npz").write_bytes(b"PK\x03\x04 not a zip")
    assert kept_peaks(stairs, folder, "ab12").duration == pytest.approx(1.0)
    assert [file.name for file in folder.iterdir()] == ["ab12.npz"]


def test_a_folder_that_can_not_be_written_is_done_without(stairs: Path, tmp_path: Path) -> None:
    (tmp_path / "peaks").write_text("a file")
    assert kept_peaks(stairs, tmp_path / "peaks", "ab12").duration == pytest.approx(3.0)


def test_bad_files_and_names_are_refused(tmp_path: Path) -> None:
    (tmp_path / "song.wav").write_text("no sound")
    with pytest.raises(AudioDecodeError, match=r"song\.wav"):
        kept_peaks(tmp_path / "song.wav", tmp_path, "ab12")
    with pytest.raises(ValueError, match="no name of an outline"):
        kept_peaks(tmp_path / "song.wav", tmp_path, "../ab12")


def test_the_level_stands_in_for_the_sound() -> None:
    peaks = Peaks.from_level(Level(0.5, (-20.0, 0.0, -6.0206), "level/1"))
    assert peaks.columns(0.0, 1.5, 3)[0] == pytest.approx([0.1, 1.0, 0.5], abs=1e-4)
