"""Tags of a real song that a person would confirm, and properties that hold for any sound."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tools import tagging
from tools.annotations import LabelCurve, Tags
from tools.audio import Audio, load_for_analysis
from tools.errors import AudioTooShortError, Cancelled, NoMusicError, WeightsError
from tools.nets import musicnn
from tools.tagging import ENGINES, embed_windows, entries, estimate_tags, hear_windows
from tools.vocabulary import KINDS, vocabulary
from tools.weights import WeightStore

RATE = 16_000
Signal = NDArray[np.float32]


def audio_of(signal: NDArray[Any], rate: int = RATE) -> Audio:
    return Audio(np.asarray(signal, np.float32)[None], rate, name="test.wav")


def drum_loop(seconds: float) -> Signal:
    """Noise bursts every quarter of a second over a falling thump every half."""
    rng = np.random.default_rng(0)
    time = np.arange(int(seconds * RATE)) / RATE
    snare = rng.normal(size=len(time)) * np.exp(-40 * (time % 0.25))
    thump = np.sin(2 * np.pi * 60 * (time % 0.5)) * np.exp(-12 * (time % 0.5))
    return np.asarray(0.15 * snare + 0.5 * thump, np.float32)


def piano_like(seconds: float) -> Signal:
    """Struck strings: decaying harmonics of a broken chord, two notes a second."""
    time = np.arange(int(seconds * RATE)) / RATE
    signal = np.zeros(len(time))
    for note in range(int(seconds * 2)):
        start = int(note * RATE / 2)
        t = time[: len(time) - start]
        hertz = (261.6, 329.6, 392.0, 523.3)[note % 4]
        partials = [
            np.sin(2 * np.pi * hertz * k * t) * np.exp(-(1.5 + k) * t) / k**1.5 for k in range(1, 9)
        ]
        signal[start:] += 0.2 * np.sum(partials, axis=0)
    return np.asarray(signal, np.float32)


@pytest.fixture(scope="module")
def headache(song: Path) -> Audio:
    return load_for_analysis(song)


@pytest.fixture(scope="module")
def headache_tags(headache: Audio, store: WeightStore) -> Tags:
    return estimate_tags(headache, store)


# ---- the vocabulary -----------------------------------------------------------------------------


def test_every_source_tag_is_placed_or_dropped() -> None:
    words = vocabulary()
    known = {(network, tag) for network, tags in words.tags.items() for tag in tags}
    used = {source for sources in words.sources for source in sources}
    assert len(known) == 100
    assert used | words.dropped == known
    assert not used & words.dropped


def test_kinds_are_disjoint() -> None:
    words = vocabulary()
    labels = [label for kind in KINDS for label in words.labels(kind)]
    assert len(labels) == len(set(labels)) == len(words.words)


def test_shares_fall_with_rank_as_the_tag_list_does() -> None:
    shares = vocabulary().shares
    assert list(shares["mtt"]) == sorted(shares["mtt"], reverse=True)
    assert all(len(part) == 50 and 0 < min(part) and max(part) < 0.25 for part in shares.values())


def test_a_usual_posterior_gives_back_the_prior() -> None:
    words = vocabulary()
    usual = {network: np.array(shares) for network, shares in words.shares.items()}
    got = words.confidences(usual)
    for (kind, label), prior in zip(words.words, words.priors, strict=True):
        if kind != "voice":
            assert got[label] == pytest.approx(prior, abs=1e-6)
    assert got["vocal"] == pytest.approx(0.6, abs=1e-6)
    assert got["vocal"] + got["instrumental"] == pytest.approx(1.0)


def test_more_of_a_tag_makes_its_words_likelier_and_no_other() -> None:
    words = vocabulary()
    usual = {network: np.array(shares) for network, shares in words.shares.items()}
    before = words.confidences(usual)
    usual["mtt"][words.tags["mtt"].index("flute")] = 0.9
    after = words.confidences(usual)
    assert after["flute"] > 0.9 > before["flute"]
    assert all(after[label] == before[label] for label in after if label != "flute")


# ---- the network --------------------------------------------------------------------------------


def test_features_are_those_of_the_authors() -> None:
    import librosa

    signal = drum_loop(4.0)
    power = librosa.feature.melspectrogram(
        y=signal, sr=RATE, hop_length=256, n_fft=512, n_mels=96
    ).T.astype(np.float16)
    wanted = np.log10(10_000 * power.astype(np.float32) + 1)
    got = musicnn.log_mel(signal)
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).max() < 2e-3  # one step of float16
    assert np.abs(got - wanted).mean() < 1e-5


def test_features_of_blocks_are_features_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    signal = drum_loop(5.0)
    whole = musicnn.log_mel(signal)
    monkeypatch.setattr(musicnn, "FEATURE_BLOCK", 100)
    assert np.abs(musicnn.log_mel(signal) - whole).max() < 2e-3  # one step of float16


def test_the_fast_convolutions_are_convolutions(store: WeightStore) -> None:
    """The front end as the paper draws it, straight from torch, on windows that overlap."""
    import torch
    from torch.nn.functional import conv2d, pad

    from tools.nets.tf_checkpoint import read_checkpoint

    folder = store.folder("musicnn")
    weights = read_checkpoint(folder / "musicnn/MTT_musicnn/.index")
    network = musicnn.load_musicnn(folder)["mtt"]
    features = musicnn.log_mel(drum_loop(5.0))
    windows = torch.tensor(np.stack([features[s : s + 187] for s in (0, 60, 94)]))
    normal = windows * network._input[0] + network._input[1]
    for index, branch in ((0, network._timbral[0]), (2, network._temporal[0])):
        name = "conv2d" if index == 0 else f"conv2d_{index}"
        kernel = torch.tensor(weights[f"{name}/kernel"]).permute(3, 2, 0, 1)
        sides = (0, 0, 3, 3) if index == 0 else (0, 0, 63, 64)
        maps = conv2d(pad(normal[:, None], sides), kernel, torch.tensor(weights[f"{name}/bias"]))
        g, b, m, v = (
            torch.tensor(weights[f"batch_normalization_{index + 1}/{part}"])[:, None, None]
            for part in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        wanted = ((maps.relu() - m) / (v + 1e-3).sqrt() * g + b).amax(3).transpose(1, 2)
        frames = torch.tensor(features) * network._input[0] + network._input[1]
        got = (
            branch(frames, normal, torch.tensor([0, 60, 94]))
            if isinstance(branch, musicnn._Timbral)
            else branch(normal)
        )
        assert torch.allclose(got, wanted, atol=1e-4)


def test_a_window_does_not_depend_on_its_batch(store: WeightStore) -> None:
    features = musicnn.log_mel(drum_loop(7.0))
    starts = np.arange(0, len(features) - 186, 94)
    for network in musicnn.load_musicnn(store.folder("musicnn")).values():
        together, embedded = network(features, starts)
        alone, embedded_alone = network(features[94:], starts[:1])
        assert np.allclose(together[1], alone[0], atol=1e-3)
        assert np.allclose(embedded[1], embedded_alone[0], atol=1e-3)
        assert np.isfinite(together).all()


# ---- what is heard ------------------------------------------------------------------------------


def test_a_real_song(headache_tags: Tags) -> None:
    """An electronic pop song with drums throughout and a singer who comes in after an opening."""
    assert headache_tags.voice is not None
    assert headache_tags.voice.label == "vocal"
    assert headache_tags.voice.confidence > 0.6
    assert "drums" in [x.label for x in headache_tags.instruments]
    assert {"electronic", "pop"} <= {x.label for x in headache_tags.genres}
    assert not {"classical", "jazz", "opera", "country"} & {x.label for x in headache_tags.genres}
    assert not {"violin", "harpsichord", "sitar"} & {x.label for x in headache_tags.instruments}
    assert headache_tags.estimator == "musicnn/2"


def test_the_voice_comes_in_after_the_opening(headache_tags: Tags) -> None:
    spans = entries(headache_tags, "vocal")
    assert spans
    assert spans[0][0] > 8.0
    sung = sum(b - a for a, b in spans)
    assert 25.0 < sung < 65.0
    last = [b - a for a, b in spans if a > 35]
    assert sum(last) > 20.0


def test_tags_survive_json(headache_tags: Tags) -> None:
    assert Tags.from_dict(json.loads(json.dumps(headache_tags.to_dict()))) == headache_tags


def test_confidences_are_ranked_and_listed_from_one_half(headache_tags: Tags) -> None:
    for listed in (headache_tags.instruments, headache_tags.moods, headache_tags.genres):
        values = [x.confidence for x in listed]
        assert values == sorted(values, reverse=True)
    assert all(x.confidence >= 0.5 for x in headache_tags.instruments + headache_tags.moods)
    assert len(headache_tags.genres) >= 3


def test_windows_cover_the_song_every_second_and_a_half(
    headache: Audio, headache_tags: Tags
) -> None:
    windows = headache_tags.windows
    assert windows[0][0] == 0.0
    assert windows[-1][1] == pytest.approx(headache.duration, abs=0.05)
    assert np.allclose(np.diff([a for a, _ in windows])[:-1], 1.504)
    assert {c.label for c in headache_tags.curves} >= {"vocal", "drums"}


def test_drums_are_not_a_piano_and_a_piano_no_drums(store: WeightStore) -> None:
    drums = estimate_tags(audio_of(drum_loop(6.0)), store)
    piano = estimate_tags(audio_of(piano_like(6.0)), store)
    assert "drums" in [x.label for x in drums.instruments]
    assert "drums" not in [x.label for x in piano.instruments]
    assert "piano" not in [x.label for x in drums.instruments]
    assert drums.voice is not None and drums.voice.label == "instrumental"
    assert piano.voice is not None and piano.voice.label == "instrumental"


def test_curves_move_with_the_sound(store: WeightStore) -> None:
    """Two windows of delay move the curve by two places."""
    signal = np.concatenate([piano_like(7.5), drum_loop(7.5)])
    delay = 2 * tagging.HOP_FRAMES * musicnn.HOP_LENGTH
    here = estimate_tags(audio_of(signal), store)
    later = estimate_tags(audio_of(np.concatenate([signal[:delay], signal])), store)
    curves = [
        np.array(next(c for c in t.curves if c.label == "drums").confidences) for t in (here, later)
    ]
    assert np.allclose(curves[0][1:-2], curves[1][3 : len(curves[0])], atol=0.02)
    assert curves[0][:3].max() < 0.5 < curves[0][-4:].min()
    (start, end), *_ = entries(here, "drums")
    assert start == pytest.approx(7.5, abs=1.6)
    assert end == pytest.approx(15.0, abs=0.1)


@pytest.mark.parametrize(("gain", "offset"), [(1e-3, 0.0), (50.0, 0.0), (0.5, 0.4)])
def test_volume_and_offset_do_not_hide_the_drums(
    store: WeightStore, gain: float, offset: float
) -> None:
    tags = estimate_tags(audio_of(gain * drum_loop(4.0) + offset), store)
    assert tags.instruments[0].label == "drums"
    assert tags.instruments[0].confidence > 0.8
    assert tags.voice is not None and tags.voice.label == "instrumental"


def test_a_sound_above_the_networks_band_is_no_crash(store: WeightStore) -> None:
    time = np.arange(3 * 44_100) / 44_100
    tags = estimate_tags(audio_of(0.5 * np.sin(2 * np.pi * 15_000 * time), 44_100), store)
    assert len(tags.genres) >= 3


def test_silence_in_between_has_no_say(store: WeightStore) -> None:
    loop = drum_loop(6.0)
    with_gap = np.concatenate([loop, np.zeros(9 * RATE, np.float32)])
    alone = estimate_tags(audio_of(loop), store)
    both = estimate_tags(audio_of(with_gap), store)
    drums = next(c for c in both.curves if c.label == "drums").confidences
    assert max(drums[-4:]) == 0.0
    assert [x.label for x in both.instruments] == [x.label for x in alone.instruments]


def test_the_embedding_costs_nothing_after_the_tags(
    headache: Audio, store: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = hear_windows(headache, store)
    monkeypatch.setattr(musicnn, "log_mel", None)
    vectors = embed_windows(headache, store)
    assert vectors.shape == (len(heard.windows), 400)
    assert np.isfinite(vectors).all()
    assert vectors.std(axis=0).min() >= 0.0 and vectors.std() > 0.1


# ---- spans --------------------------------------------------------------------------------------


def curve_of(*confidences: float) -> Tags:
    windows = tuple((1.5 * i, 1.5 * i + 3.0) for i in range(len(confidences)))
    curve = LabelCurve("vocal", "voice", confidences)
    return Tags((), (), (), None, "test/1", windows=windows, curves=(curve,))


@pytest.mark.parametrize(
    ("confidences", "spans"),
    [
        ((0.1, 0.1, 0.1), ()),
        ((0.9, 0.9, 0.9), ((0.0, 6.0),)),
        ((0.1, 0.1, 0.9, 0.9, 0.1, 0.1), ((3.75, 6.75),)),
        ((0.1, 0.1, 0.9, 0.4, 0.6, 0.1), ((3.75, 8.25),)),  # a dip to 0.4 does not end it
        ((0.1, 0.4, 0.4, 0.4, 0.4, 0.1), ()),  # but 0.4 does not begin it either
        ((0.1, 0.1, 0.9, 0.1, 0.1, 0.1), ()),  # 1.5 s alone is no entry
    ],
)
def test_where_a_word_holds(
    confidences: tuple[float, ...], spans: tuple[tuple[float, float], ...]
) -> None:
    got = entries(curve_of(*confidences), "vocal")
    assert len(got) == len(spans)
    assert np.allclose(got, spans)
    assert entries(curve_of(*confidences), "banjo") == ()


# ---- doors --------------------------------------------------------------------------------------


def test_silence_is_no_music(store: WeightStore) -> None:
    with pytest.raises(NoMusicError, match="silent"):
        estimate_tags(audio_of(np.zeros(5 * RATE)), store)


def test_half_a_second_is_too_short(store: WeightStore) -> None:
    with pytest.raises(AudioTooShortError, match=r"needs 1\.0 s"):
        estimate_tags(audio_of(drum_loop(0.5)), store)


def test_a_clip_shorter_than_a_window_is_heard(store: WeightStore) -> None:
    tags = estimate_tags(audio_of(drum_loop(1.5)), store)
    assert len(tags.windows) == 1
    assert tags.windows[0] == pytest.approx((0.0, 1.5))
    assert "drums" in [x.label for x in tags.instruments]


def test_progress_is_told_and_can_stop_the_work(store: WeightStore) -> None:
    told: list[float] = []
    estimate_tags(audio_of(drum_loop(4.0)), store, progress=told.append)
    assert told[-1] == 1.0

    def stop(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        estimate_tags(audio_of(drum_loop(4.0)), store, progress=stop)


def test_the_plain_engine_needs_no_weights_and_guesses_nothing(tmp_path: Path) -> None:
    nothing = WeightStore(tmp_path, offline=True)
    tags = estimate_tags(audio_of(drum_loop(6.0)), nothing)
    assert tags.estimator == ENGINES[-1].signature
    assert tags.voice is None
    assert tags.genres == tags.instruments == ()
    with pytest.raises(WeightsError, match="musicologue models pull musicnn"):
        estimate_tags(audio_of(drum_loop(6.0)), nothing, engine="musicnn")


def test_the_plain_engine_tells_calm_from_energetic(tmp_path: Path) -> None:
    nothing = WeightStore(tmp_path, offline=True)
    time = np.arange(8 * RATE) / RATE
    pad = 0.1 * np.sin(2 * np.pi * 220 * time) * np.minimum(1.0, time)
    rng = np.random.default_rng(1)
    busy = rng.normal(size=len(time)) * np.exp(-30 * (time % 0.125)) * 0.4
    calm = estimate_tags(audio_of(pad), nothing, engine="plain")
    lively = estimate_tags(audio_of(busy), nothing, engine="plain")
    assert [x.label for x in calm.moods] == ["calm"]
    assert [x.label for x in lively.moods] == ["energetic"]
