"""Live: notes while they are played, within the time that is stated."""

import io
import json
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import mir_eval
import numpy as np
import pytest
from numpy.typing import NDArray
from sung import RATE, sing
from synthesis import SYNTH_RATE, plucked

from tools.errors import MusicToolError
from tools.live import (
    Event,
    LiveTranscriber,
    NoteOff,
    NoteOn,
    blocks_from_microphone,
    blocks_from_pcm,
)
from tools.weights import WeightStore

Samples = NDArray[np.float32]
Note = tuple[float, float, int]

MELODY = (60, 62, 64, 65, 67, 69, 65, 64, 62, 67)
PHRASE = tuple(
    (0.4 + 0.4 * k, 0.8 + 0.4 * k - 0.06 * (k % 3 == 0), m) for k, m in enumerate(MELODY)
)


def blocks(samples: Samples, size: int) -> Iterator[Samples]:
    for first in range(0, len(samples), size):
        yield samples[first : first + size]


def heard(live: LiveTranscriber, samples: Samples, size: int) -> list[Event]:
    return [e for block in blocks(samples, size) for e in live.feed(block)] + live.finish()


def as_notes(events: list[Event]) -> list[Note]:
    """Pair the events; each note that begins must end once, and only such may end."""
    sounding: dict[int, float] = {}
    notes = []
    for event in events:
        if isinstance(event, NoteOn):
            assert event.pitch not in sounding and 1 <= event.velocity <= 127
            sounding[event.pitch] = event.time
        else:
            notes.append((sounding.pop(event.pitch), event.time, event.pitch))
    assert not sounding
    return sorted(notes)


def f1(found: list[Note], truth: tuple[Note, ...]) -> float:
    def split(notes: Any) -> tuple[Any, Any]:
        rows = np.array(notes)
        return rows[:, :2], 440 * 2 ** ((rows[:, 2] - 69) / 12)

    scores = mir_eval.transcription.precision_recall_f1_overlap(
        *split(truth), *split(found), offset_ratio=None
    )
    return float(scores[2])


def chords() -> tuple[Samples, tuple[Note, ...]]:
    """A tune with a bass on a plucked instrument."""
    notes = [(0.4 + 0.5 * k, 0.85 + 0.5 * k, m) for k, m in enumerate((60, 62, 65, 67))]
    notes += [(0.4, 0.85, 48), (1.4, 1.85, 53)]
    samples = np.zeros(round(3.5 * SYNTH_RATE), np.float32)
    for onset, offset, midi in notes:
        tone = plucked(midi, offset - onset)
        first = round(onset * SYNTH_RATE)
        samples[first : first + len(tone)] += tone
    return samples, tuple(sorted(notes))


@pytest.mark.parametrize("vibrato", [0.0, 0.5], ids=["plain", "vibrato"])
def test_a_voice_is_written_down(vibrato: float, store: WeightStore) -> None:
    live = LiveTranscriber(store, RATE, "voice")
    notes = as_notes(heard(live, sing(PHRASE, vibrato=vibrato).samples, 800))
    assert f1(notes, PHRASE) >= 0.9


@pytest.mark.parametrize("instrument", ["any", "piano"])
def test_several_notes_at_once_are_written_down(instrument: str, store: WeightStore) -> None:
    samples, truth = chords()
    notes = as_notes(heard(LiveTranscriber(store, SYNTH_RATE, instrument), samples, 2000))
    assert f1(notes, truth) >= 0.75


@pytest.mark.parametrize("instrument", ["voice", "any"])
@pytest.mark.parametrize("size", [100, 3000])
def test_every_event_comes_within_the_stated_latency(
    instrument: str, size: int, store: WeightStore
) -> None:
    live = LiveTranscriber(store, RATE, instrument)
    assert 0 < live.latency <= 1
    fed, count = 0, 0
    for block in blocks(sing(PHRASE).samples, size):
        before, fed = fed / RATE, fed + len(block)
        for event in live.feed(block):
            count += 1
            # It was not there before this block: then less than the latency had been fed.
            assert before < event.time + live.latency
    assert count >= 12


def test_it_is_faster_than_the_music(store: WeightStore) -> None:
    samples = sing(PHRASE).samples
    for instrument in ("voice", "any"):
        heard(LiveTranscriber(store, RATE, instrument), samples[:RATE], 800)  # warm up
        begun = time.process_time()  # whatever else this machine is doing
        heard(LiveTranscriber(store, RATE, instrument), samples, 800)
        assert time.process_time() - begun < len(samples) / RATE


def test_how_the_stream_is_cut_does_not_matter(store: WeightStore) -> None:
    samples = sing(PHRASE, vibrato=0.3).samples
    small, large = (
        as_notes(heard(LiveTranscriber(store, RATE, "voice"), samples, size))
        for size in (333, len(samples))
    )
    assert [n[2] for n in small] == [n[2] for n in large]
    assert np.allclose([n[0] for n in small], [n[0] for n in large], atol=0.03)


def test_a_tone_that_never_ends_is_ended_by_finish(store: WeightStore) -> None:
    samples = (0.3 * np.sin(2 * np.pi * 440 * np.arange(2 * RATE) / RATE)).astype(np.float32)
    live = LiveTranscriber(store, RATE, "voice")
    during = [e for block in blocks(samples, 800) for e in live.feed(block)]
    assert [type(e) for e in during] == [NoteOn] and during[0].pitch == 69
    (end,) = live.finish()
    assert isinstance(end, NoteOff) and end.time == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("instrument", ["voice", "any"])
def test_silence_and_garbage_are_no_notes(instrument: str, store: WeightStore) -> None:
    live = LiveTranscriber(store, RATE, instrument)
    garbage = np.full(RATE, np.nan, np.float32)
    assert live.feed(np.zeros(RATE, np.float32)) == live.feed(garbage) == live.finish() == []


def test_events_are_plain_data(store: WeightStore) -> None:
    on, *_, off = heard(LiveTranscriber(store, RATE, "voice"), sing(PHRASE[:2]).samples, 800)
    assert json.loads(json.dumps(on.to_dict())).keys() == {"event", "time", "pitch", "velocity"}
    assert json.loads(json.dumps(off.to_dict()))["event"] == "note_off"


@pytest.mark.parametrize(("rate", "instrument"), [(RATE, "bagpipe"), (10, "voice")])
def test_what_cannot_be_followed_is_told(rate: int, instrument: str, store: WeightStore) -> None:
    with pytest.raises(MusicToolError, match=r"voice|samples a second"):
        LiveTranscriber(store, rate, instrument)


def test_raw_samples_are_read_in_blocks() -> None:
    values = np.array([0, 16_384, -32_768, 32_767, 5], "<i2")
    got = list(blocks_from_pcm(io.BytesIO(values.tobytes() + b"\x01"), 100, 0.02))
    assert [len(block) for block in got] == [2, 2, 1]  # and the odd byte is no sample
    assert np.allclose(np.concatenate(got), values / 32_768)


def test_without_sounddevice_the_microphone_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(MusicToolError, match="sounddevice"):
        next(blocks_from_microphone(16_000))


class NoDevice(Exception):
    pass


def test_blocks_come_from_the_microphone_or_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stream:
        def __init__(self, rate: int, size: int, *, callback: Any, **options: Any) -> None:
            self.call, self.size = callback, size

        def __enter__(self) -> "Stream":
            for k in range(2):
                self.call(np.full((self.size, 1), k, np.float32), self.size, None, None)
            return self

        def __exit__(self, *error: object) -> None:
            pass

    def missing(*args: Any, **options: Any) -> Stream:
        raise NoDevice("no default device")

    device = SimpleNamespace(InputStream=Stream, PortAudioError=NoDevice)
    monkeypatch.setitem(sys.modules, "sounddevice", device)
    source = blocks_from_microphone(16_000, 0.01)
    first, second = next(source), next(source)
    assert first.shape == (160,) and not first.any() and second.all()
    device.InputStream = missing
    with pytest.raises(MusicToolError, match="no default device"):
        next(blocks_from_microphone(16_000))
