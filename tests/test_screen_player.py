"""The player over a device that is played by hand: what is given to it, when, and what it says."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile

from agent.screen import reel
from agent.screen.player import Player
from agent.screen.reel import Frames, Reel
from tools.errors import AudioDecodeError, MusicToolError

RATE = 8_000
LATENCY = 0.25
"""Seconds from when the device takes samples until they are heard."""


class Stopped(Exception):
    """No more is to be given: sounddevice's CallbackStop."""


class DeviceError(Exception):
    """PortAudioError."""


class Device:
    """A stand-in for sounddevice whose streams take samples when the test says so."""

    CallbackStop = Stopped
    PortAudioError = DeviceError

    def __init__(self, broken: str = "") -> None:
        self.broken = broken
        self.streams: list[Stream] = []

    def OutputStream(self, **options: Any) -> "Stream":
        if self.broken:
            raise DeviceError(self.broken)
        self.streams.append(Stream(**options))
        return self.streams[-1]


class Stream:
    """One open stream; its clock stands still unless it takes samples."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.time = 100.0
        self.state = "open"

    def start(self) -> None:
        self.state = "started"

    def abort(self) -> None:
        self.state = "aborted"
        self.options["finished_callback"]()

    def close(self) -> None:
        self.state = "closed"

    def take(self, frames: int) -> Frames:
        """Take samples, and go on in time by as much."""
        out = np.full((frames, self.options["channels"]), 99, np.int16)
        leaves = SimpleNamespace(outputBufferDacTime=self.time + LATENCY)
        try:
            self.options["callback"](out, frames, leaves, None)
        except Stopped:
            self.options["finished_callback"]()
        self.time += frames / RATE
        return out


@pytest.fixture
def ramp(tmp_path: Path) -> Path:
    """Two seconds in which every sample is its own number."""
    path = tmp_path / "ramp.wav"
    soundfile.write(path, np.arange(2 * RATE, dtype=np.int16), RATE, "PCM_16")
    return path


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
def player(device: Device, ramp: Path) -> Iterator[Player]:
    player = Player(sound=device)
    player.load(ramp)
    player.settle()
    yield player
    player.close()


def test_it_plays_from_the_position_on(player: Player, device: Device) -> None:
    player.seek(0.5)
    player.play()
    player.settle()
    assert player.playing and not player.problem
    (stream,) = device.streams
    assert stream.options["samplerate"] == RATE and stream.options["channels"] == 1
    assert stream.take(100)[:, 0].tolist() == list(range(4_000, 4_100))
    assert stream.take(50)[:, 0].tolist() == list(range(4_100, 4_150))


def test_the_position_is_what_is_heard_and_not_what_was_given(
    player: Player, device: Device
) -> None:
    player.seek(0.5)
    player.play()
    player.settle()
    (stream,) = device.streams
    stream.take(RATE // 10)
    assert player.position == 0.5  # nothing of it is heard yet
    for _ in range(5):
        stream.take(RATE // 10)
    assert player.position == pytest.approx(0.5 + 0.6 - LATENCY)
    stream.time += 10.0  # the device starves: nothing is heard that was not given
    assert player.position == pytest.approx(0.5 + 0.6)


def test_pause_keeps_the_moment_that_was_heard(player: Player, device: Device) -> None:
    player.play()
    player.settle()
    for _ in range(5):
        device.streams[0].take(RATE // 10)
    player.toggle()
    player.settle()
    assert device.streams[0].state == "closed" and not player.playing
    assert player.position == pytest.approx(0.5 - LATENCY)
    player.toggle()
    player.settle()
    assert device.streams[1].take(1)[0, 0] == RATE // 4


def test_seeking_while_it_plays(player: Player, device: Device) -> None:
    player.play()
    player.settle()
    device.streams[0].take(800)
    player.seek(1.5)
    assert player.position == 1.5
    assert device.streams[0].take(10)[:, 0].tolist() == list(range(12_000, 12_010))
    assert len(device.streams) == 1


def test_at_the_end_it_rests_and_begins_anew(player: Player, device: Device) -> None:
    player.seek(1.9)
    player.play()
    player.settle()
    last = device.streams[0].take(RATE)[:, 0]
    assert last[:800].tolist() == list(range(15_200, 16_000)) and not last[800:].any()
    player.settle()
    assert not player.playing and player.position == pytest.approx(2.0)
    player.play()
    player.settle()
    assert device.streams[-1].take(3)[:, 0].tolist() == [0, 1, 2]


def test_another_file_goes_on_where_it_is_told(
    player: Player, device: Device, tmp_path: Path
) -> None:
    player.play()
    player.settle()
    stem = tmp_path / "vocals.wav"
    soundfile.write(stem, np.full((RATE, 2), 0.5), RATE)
    player.load(stem, at=0.25)
    player.settle()
    assert device.streams[0].state == "closed" and not player.playing
    assert player.path == stem and player.position == 0.25
    player.play()
    player.settle()
    assert device.streams[1].take(4).tolist() == [[16384, 16384]] * 4


def test_changes_are_told(ramp: Path, device: Device) -> None:
    seen: list[bool] = []
    ours = Player(lambda: seen.append(ours.playing), device)
    ours.load(ramp)
    ours.play()
    ours.settle()
    assert seen[-1] is True
    device.streams[0].take(3 * RATE)
    ours.settle()
    ours.close()
    assert seen[-1] is False


@pytest.mark.parametrize("gone", ["package", "device"])
def test_without_a_device_it_says_so_and_all_else_works(
    gone: str, ramp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if gone == "package":
        monkeypatch.setitem(sys.modules, "sounddevice", None)
    player = Player(sound=Device("Error querying device -1") if gone == "device" else None)
    player.load(ramp)
    player.play()
    player.settle()
    assert not player.playing
    assert player.problem.startswith("No sound can be played: ") and "\n" not in player.problem
    assert ("musicologue[live]" in player.problem) == (gone == "package")
    player.seek(1.25)
    assert player.position == 1.25
    player.close()


def test_a_bad_file_is_a_problem_until_the_next_is_loaded(
    tmp_path: Path, ramp: Path, device: Device
) -> None:
    (tmp_path / "bad.wav").write_text("no sound")
    player = Player(sound=device)
    player.load(tmp_path / "bad.wav")
    player.play()
    player.settle()
    assert "bad.wav" in player.problem and not player.playing and not device.streams
    player.load(ramp)
    player.play()
    player.settle()
    assert not player.problem and player.playing
    player.close()
    player.play()  # of no effect


# ---- the reel -----------------------------------------------------------------------------------


def test_a_reel_of_many_channels_is_mixed_and_cut_at_full_scale(tmp_path: Path) -> None:
    path = tmp_path / "six.wav"
    soundfile.write(path, np.full((100, 6), 4.0), RATE, "FLOAT")
    unrolled = Reel(path)
    try:
        assert unrolled.channels == 1
        assert set(unrolled.read(0, 100)[:, 0].tolist()) == {reel.FULL_SCALE}
        assert unrolled.read(200, 10).shape == (0, 1)
    finally:
        unrolled.close()


def test_a_reel_that_can_not_be_unrolled_says_why(
    tmp_path: Path, ramp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AudioDecodeError, match="No file"):
        Reel(tmp_path / "none.wav")
    monkeypatch.setattr("tempfile.TemporaryFile", lambda: open("/dev/full", "wb"))
    with pytest.raises(MusicToolError, match="no room"):
        Reel(ramp)
