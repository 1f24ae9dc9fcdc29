import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import mir_eval
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from synthesis import SYNTH_RATE, plucked

from tools import piano
from tools.annotations import Notes, Pedal
from tools.audio import Audio
from tools.errors import AudioTooShortError, Cancelled, NoMusicError, WeightsError
from tools.nets.transkun import EVENTS, SOFT, SUSTAIN, Details, Layout, Transkun, load_transkun
from tools.piano import Played, Segment, Track, piano_notes, plan
from tools.weights import WeightStore

CONF = {
    "fs": 8000,
    "hopSize": 256,
    "windowSize": 512,
    "segmentSizeInSecond": 2.048,
    "nHead": 2,
    "useInnerProductScorer": True,
    "downsampleF": True,
    "enabledAttn": ["F", "T"],
}
BASE, BANDS, WINDOWS = 4, 12, 2  # the published ones: 64, 229, 6

# ---- a note over several segments ---------------------------------------------------------------

FIRST = Segment(first=0, believed=90, following=75)
SECOND = Segment(first=75, believed=165, following=150)


def note(begin: int, end: int, struck: bool = True) -> Played:
    return Played(begin, end, begin / 10, end / 10, 64, struck)


def test_a_note_over_the_border_has_its_onset_and_its_offset() -> None:
    track = Track()
    track.go_on([note(10, 20), note(60, 100)], FIRST)
    assert track.resume == 20
    track.go_on([note(75, 120, struck=False), note(130, 140)], SECOND)
    assert track.closed(20.0) == [(1.0, 2.0, 64), (6.0, 12.0, 64), (13.0, 14.0, 64)]


def test_a_note_in_the_overlap_comes_once() -> None:
    track = Track()
    track.go_on([note(60, 70), note(80, 85), note(88, 100)], FIRST)
    assert track.resume == 85
    track.go_on([note(88, 99)], SECOND)
    assert [onset for onset, _, _ in track.closed(20.0)] == [6.0, 8.0, 8.8]


def test_a_note_struck_just_before_a_segment_is_not_found_twice() -> None:
    track = Track()
    track.go_on([replace(note(74, 95), onset=7.47)], FIRST)
    track.go_on([replace(note(75, 95), onset=7.5)], SECOND)
    assert len(track.closed(20.0)) == 1


def test_a_note_that_is_struck_again_ends() -> None:
    track = Track()
    track.go_on([note(10, 89), note(89, 100)], FIRST)
    track.go_on([note(89, 120)], SECOND)
    assert track.closed(20.0) == [(1.0, 8.9, 64), (8.9, 12.0, 64)]


def test_what_nobody_heard_begin_is_no_note() -> None:
    track = Track()
    track.go_on([], FIRST)
    track.go_on([note(75, 120, struck=False)], SECOND)
    assert track.closed(20.0) == []


def test_a_note_lasts_over_three_segments_and_to_the_end() -> None:
    track = Track()
    track.go_on([note(10, 100)], FIRST)
    track.go_on([note(75, 175, struck=False)], SECOND)
    track.go_on([note(150, 240, struck=False)], Segment(150, 999, 999))
    assert track.closed(20.0) == [(1.0, 20.0, 64)]


def test_a_long_note_is_kept_though_the_next_segment_misses_it() -> None:
    track = Track()
    track.go_on([note(10, 100)], FIRST)
    track.go_on([note(95, 120)], SECOND)
    assert track.closed(20.0) == [(1.0, 9.5, 64), (9.5, 12.0, 64)]


def test_the_segments_cover_the_recording_and_overlap(tiny: Transkun) -> None:
    length = tiny.segment // tiny.layout.hop_length
    for duration in (0.1, 1.4, 1.6, 2.0, 3.1, 40.0):
        segments = plan(duration, tiny)
        assert segments[0].first < 0
        assert (segments[-1].first + length) / tiny.frame_rate >= duration
        for one, next_one in itertools.pairwise(segments):
            assert one.following == next_one.first < one.believed < one.first + length
    assert len(plan(1.4, tiny)) == 1


# ---- the network --------------------------------------------------------------------------------


def tensors() -> dict[str, torch.Tensor]:
    """A tiny checkpoint with the names and the layout of the published one."""
    made = torch.Generator().manual_seed(0)
    names: dict[str, torch.Tensor] = {}
    size = 4 * BASE

    def put(name: str, *shape: int) -> None:
        names[name] = 0.3 * torch.randn(*shape, generator=made)

    def linear(name: str, inputs: int, outputs: int) -> None:
        put(f"{name}.weight", outputs, inputs)
        put(f"{name}.bias", outputs)

    def place(name: str, axes: int, width: int) -> None:
        linear(f"backbone.{name}.proj", axes, width)
        linear(f"backbone.{name}.mlp.0", width, 4 * width)
        linear(f"backbone.{name}.mlp.3", 4 * width, width)

    front = "framewiseFeatureExtractor"
    names[f"{front}.freq2mels"] = torch.rand(257, BANDS, generator=made)
    names[f"{front}.spectrogramExtractor.win"] = torch.hann_window(512)
    put(f"{front}.spectrogramExtractor.winGen.sigma", WINDOWS - 1)
    put(f"{front}.spectrogramExtractor.winGen.center", WINDOWS - 1)
    put("backbone.inputConv.weight", BASE, WINDOWS, 3, 3)
    put("backbone.inputConv.bias", BASE)
    for name, inputs, outputs in ((1, 1, 2), (5, 2, 4), (9, 4, 4), (13, 4, 4)):
        put(f"backbone.downConv.{name}.weight", BASE * outputs, BASE * inputs, 3, 3)
        put(f"backbone.downConv.{name}.bias", BASE * outputs)
        put(f"backbone.downConv.{name + 1}.weight", BASE * outputs)
        put(f"backbone.downConv.{name + 1}.bias", BASE * outputs)
    put("backbone.upConv1dSkip.weight", size, size, 8)
    put("backbone.upConv1dSkip.bias", size)
    place("posEmbedBuilder", 1, BASE)
    place("posEmbedBuilderAttnTF", 2, size)
    place("posEmbedBuilderAttnTE", 2, size)
    for layer, axis in itertools.product(range(2), "FT"):
        attention = f"backbone.encoderLayers.{layer}.mhaBlock{axis}"
        put(f"{attention}.scale", size)
        for part in "qkv":
            put(f"{attention}.module.{part}_proj_weight", size, size)
        linear(f"{attention}.module.out_proj", size, size)
        widening = f"backbone.encoderLayers.{layer}.fnnBlock{axis}"
        put(f"{widening}.scale", size)
        linear(f"{widening}.module.0", size, 4 * size)
        linear(f"{widening}.module.3", 4 * size, size)
    linear("scorer.map.0", size, 2 * size + 1)
    for head, outputs in (("velocityPredictor", 128), ("refinedOFPredictor", 4)):
        linear(f"{head}.0", 3 * size, 32)
        linear(f"{head}.3", 32, outputs)
    return names


def files(folder: Path, state: dict[str, torch.Tensor], **changes: object) -> tuple[Path, Path]:
    torch.save({"state_dict": state}, folder / "2.0.pt")
    said = {"Model": {"module": "transkun.ModelTransformer", "config": CONF | changes}}
    (folder / "2.0.conf").write_text(json.dumps(said), encoding="utf-8")
    return folder / "2.0.pt", folder / "2.0.conf"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Transkun:
    return load_transkun(*files(tmp_path_factory.mktemp("transkun"), tensors()))


def test_the_layout_comes_from_the_conf_file(tiny: Transkun) -> None:
    assert tiny.layout == Layout(8000, 256, 512, 2.048, 2)
    assert (tiny.segment, tiny.frame_rate) == (16_384, 31.25)


@pytest.mark.parametrize(
    "changes",
    [{"useInnerProductScorer": False}, {"enabledAttn": ["F"]}, {"fs": "fast"}, {"nHead": None}],
    ids=str,
)
def test_a_conf_file_of_another_network_is_refused(
    changes: dict[str, object], tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match=r"'2\.0\.conf' is not a conf file of Transkun"):
        load_transkun(*files(tmp_path, tensors(), **changes))


@pytest.mark.parametrize(
    "missing", ["backbone.inputConv.bias", "scorer.map.0.weight", "velocityPredictor.3.bias"]
)
def test_a_checkpoint_of_another_network_is_refused(missing: str, tmp_path: Path) -> None:
    state = tensors()
    del state[missing]
    with pytest.raises(WeightsError, match=r"'2\.0\.pt' is not a checkpoint of Transkun"):
        load_transkun(*files(tmp_path, state))


def test_every_event_has_features_in_every_frame(tiny: Transkun) -> None:
    ticks = []
    signal = np.random.default_rng(0).normal(0, 0.1, tiny.segment).astype(np.float32)
    features = tiny.listen(signal, lambda: ticks.append(1))
    frames = 1 + -(-tiny.segment // 256)
    assert features.shape == (len(EVENTS), frames, 4 * BASE)
    assert len(ticks) == tiny.ticks
    scores = np.concatenate(list(tiny.scores(features)))
    assert scores.shape == (len(EVENTS), frames, frames)
    events, begins, ends = np.array([0, 5]), np.array([0, 10]), np.array([4, 63])
    details = tiny.describe(features, events, begins, ends)
    assert details.velocities.shape == (2,) and details.inside.shape == (2, 2)
    assert (np.abs(details.shifts) <= 0.5).all()


def test_loudness_is_no_matter(tiny: Transkun) -> None:
    signal = np.random.default_rng(1).normal(0, 0.1, tiny.segment).astype(np.float32)
    loud, soft = (tiny.listen(signal * gain, lambda: None) for gain in (1, 0.01))
    assert torch.allclose(loud, soft, atol=1e-3)


# ---- the whole ----------------------------------------------------------------------------------


def audio_of(signal: NDArray[np.floating], rate: int = SYNTH_RATE) -> Audio:
    return Audio(np.atleast_2d(signal).astype(np.float32), rate, name="x.wav")


class Pianola:
    """A network that knows what is played: one key, (onset, offset) in seconds, and two pedals."""

    def __init__(self, like: Transkun, played: list[tuple[float, float]]) -> None:
        self.layout, self.segment, self.frame_rate = like.layout, like.segment, like.frame_rate
        self.ticks = 1
        self._played = np.round(np.array(played) * like.frame_rate).astype(int)

    def listen(self, signal: NDArray[np.float32], tick: object) -> torch.Tensor:
        """Return the frames in which each note is on, as told by the signal: its time in seconds."""
        first = round(float(signal[-1]) * self.frame_rate) - self.segment // 256
        return torch.full((len(EVENTS), self.segment // 256 + 1, 1), float(first))

    def scores(self, features: torch.Tensor) -> Iterator[NDArray[np.float32]]:
        frames = features.shape[1]
        first = int(features[0, 0, 0])
        scores = np.full((len(EVENTS), frames, frames), -1, np.float32)
        for begin, end in np.clip(self._played - first, 0, frames - 1):
            for event in (0, 1, 40):
                if end > begin:
                    scores[event, begin, end] = 5
        yield scores

    def describe(
        self,
        features: torch.Tensor,
        events: NDArray[np.int64],
        begins: NDArray[np.int64],
        ends: NDArray[np.int64],
    ) -> Details:
        first = int(features[0, 0, 0])
        struck = np.isin(begins + first, self._played[:, 0])
        shifts = np.zeros((len(events), 2), np.float32)
        return Details(np.full(len(events), 64), shifts, np.stack([struck, struck], 1))


def clockwork(seconds: float) -> Audio:
    """Sound that tells its time."""
    return audio_of(np.arange(round(seconds * 8000), dtype=np.float32) / 8000, 8000)


def test_notes_and_pedals_over_the_borders_of_segments_come_once(
    tiny: Transkun, store: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = [(0.0, 0.32), (0.64, 1.28), (1.408, 1.6), (1.6, 1.792), (2.016, 4.8), (4.8, 6.08)]
    monkeypatch.setattr(piano, "load_transkun", lambda *_: Pianola(tiny, played))
    notes = piano_notes(clockwork(6.4), store, "transkun/1")
    assert notes.pitches == (float(EVENTS[40]),) * len(played)
    assert np.array(notes.intervals) == pytest.approx(np.array(played), abs=1e-3)
    for kind in ("sustain", "soft"):
        pressed = [(p.start, p.end) for p in notes.pedals if p.kind == kind]
        assert np.array(pressed) == pytest.approx(np.array(played), abs=1e-3)
    assert EVENTS[:2] == (SUSTAIN, SOFT) == (-64, -67)
    assert Notes.from_dict(notes.to_dict()) == notes


@pytest.mark.parametrize("rate", [7_999, 11_025, 48_000])
def test_any_sample_rate_will_do(
    rate: int, tiny: Transkun, store: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(piano, "load_transkun", lambda *_: tiny)
    noise = np.random.default_rng(0).normal(0, 0.1, 5 * rate)
    notes = piano_notes(audio_of(noise, rate), store, "transkun/1")
    assert all(offset <= 5.01 for _, offset in notes.intervals)


def test_a_silent_part_is_not_listened_to(
    tiny: Transkun, store: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    signal = np.zeros(8 * 8000, np.float32)
    signal[:8000] = np.random.default_rng(0).normal(0, 0.1, 8000)
    heard = []
    network = Transkun(tensors(), tiny.layout)
    listen = network.listen

    def counted(part: NDArray[np.float32], tick: Callable[[], None]) -> torch.Tensor:
        heard.append(part)
        return listen(part, tick)

    monkeypatch.setattr(network, "listen", counted)
    monkeypatch.setattr(piano, "load_transkun", lambda *_: network)
    notes = piano_notes(audio_of(signal, 8000), store, "transkun/1")
    assert len(heard) == 1
    assert all(offset <= 2.1 for _, offset in notes.intervals)


def test_stopping_stops_everyone(
    tiny: Transkun, store: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[float] = []

    def stop(done: float) -> None:
        told.append(done)
        if done > 0.2:
            raise Cancelled

    monkeypatch.setattr(piano, "load_transkun", lambda *_: tiny)
    monkeypatch.setattr(piano, "TICK_SECONDS", 0.01)
    noise = np.random.default_rng(0).normal(0, 0.1, 60 * 8000).astype(np.float32)
    with pytest.raises(Cancelled):
        piano_notes(audio_of(noise, 8000), store, "transkun/1", stop)
    assert told == sorted(told) and told[-1] < 0.9


def test_silence_and_too_little_are_told_in_a_sentence(store: WeightStore) -> None:
    with pytest.raises(NoMusicError, match=r"^'x\.wav' is silent: there are no notes in it\.$"):
        piano_notes(audio_of(np.zeros(SYNTH_RATE, np.float32)), store, "transkun/1")
    with pytest.raises(AudioTooShortError, match=r"^Piano transcription needs 0\.1 s"):
        piano_notes(audio_of(np.ones(1, np.float32)), store, "transkun/1")


PHRASE = [  # onset in seconds, MIDI note, loudness
    *((0.3 + 0.4 * k, pitch, 1.0) for k, pitch in enumerate((60, 64, 67, 72, 71, 67, 65, 62))),
    *((3.5, pitch, 0.3) for pitch in (48, 55, 64)),
    *((4.5, pitch, 1.0) for pitch in (43, 59, 62, 67)),
]


@pytest.fixture(scope="module")
def heard(store: WeightStore) -> Notes:
    signal = np.zeros(6 * SYNTH_RATE, np.float32)
    for onset, pitch, loudness in PHRASE:
        tone = plucked(pitch, 0.9) * loudness
        tone[-2000:] *= np.linspace(1, 0, 2000, dtype=np.float32)
        at = round(onset * SYNTH_RATE)
        signal[at : at + len(tone)] += tone
    told: list[float] = []
    notes = piano_notes(audio_of(signal), store, "transkun/1", told.append)
    assert told[-1] == 1.0 and told == sorted(told)
    return notes


def test_a_phrase_is_heard(heard: Notes) -> None:
    onsets, pitches, _ = (np.array(column) for column in zip(*PHRASE, strict=True))
    truth = np.stack([onsets, onsets + 0.9], axis=1)
    intervals, hertz = heard.to_mir_eval()
    *_, f1, _ = mir_eval.transcription.precision_recall_f1_overlap(
        truth, 440 * 2 ** ((pitches - 69) / 12), intervals, hertz, offset_ratio=None
    )
    assert f1 >= 0.8
    assert heard.estimator == "transkun/1"


def test_soft_notes_have_lower_velocities(heard: Notes) -> None:
    velocities = np.array(heard.velocities)
    onsets = np.array(heard.intervals)[:, 0]
    soft = np.abs(onsets - 3.5) < 0.1
    assert velocities[soft].mean() < velocities[~soft].mean() - 5


def test_pedals_are_within_the_recording(heard: Notes) -> None:
    assert all(isinstance(pedal, Pedal) and pedal.end <= 6.01 for pedal in heard.pedals)
