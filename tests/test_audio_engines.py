"""Music as sound from words: which network writes it, and what it is made of what that wrote."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from make_musicgen import RATE, store_with

from tools.audio import Audio
from tools.composing.audio_engines import ENGINES, brief_text, generate_audio
from tools.composing.brief import Brief
from tools.errors import (
    AudioTooShortError,
    Cancelled,
    MusicToolError,
    NoMusicError,
    WeightsError,
)
from tools.nets import musicgen
from tools.synthesis.mastering import loudness, true_peaks
from tools.weights import WeightStore, catalogue

TEXT = "a slow piano"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WeightStore:
    """A cache that holds a tiny small one and a tiny melody one, and no medium one."""
    return store_with(tmp_path_factory.mktemp("cache"), "small", "melody")


def tone(seconds: float, rate: int = 44_100, channels: int = 2, key: int = 60) -> Audio:
    times = np.arange(int(seconds * rate)) / rate
    wave = 0.3 * np.sin(2 * np.pi * 440 * 2 ** ((key - 69) / 12) * times)
    samples = np.stack([wave * (1 - 0.5 * channel) for channel in range(channels)])
    return Audio(samples.astype(np.float32), rate, name="a tone")


def test_a_new_piece_is_stereo_loud_enough_and_never_clipped(store: WeightStore) -> None:
    told: list[float] = []
    piece = generate_audio(TEXT, 3.0, 1, store, engine="musicgen-small", on_progress=told.append)
    assert piece.samples.shape == (2, 3 * RATE) and piece.sample_rate == RATE
    assert piece.name == "musicgen-small/1" and not piece.samples.flags.writeable
    assert loudness(piece.samples, RATE) == pytest.approx(-14, abs=1.0)
    assert 20 * np.log10(true_peaks(piece.samples).max()) <= -0.99
    assert np.abs(piece.samples[:, -1]).max() < 1e-4  # faded out
    assert told[0] == 0.0 and told[-1] == 1.0 and len(told) > 150
    same = generate_audio(TEXT, 3.0, 1, store, engine="musicgen-small")
    other = generate_audio(TEXT, 3.0, 2, store, engine="musicgen-small")
    assert np.array_equal(same.samples, piece.samples)
    assert not np.allclose(other.samples, piece.samples)


@pytest.mark.parametrize(("channels", "level"), [(1, 1.0), (2, 4.5)], ids=["mono", "too loud"])
def test_a_recording_is_kept_and_followed(store: WeightStore, channels: int, level: float) -> None:
    quiet = tone(2.0, channels=channels)
    before = replace(quiet, samples=quiet.samples * np.float32(level))
    piece = generate_audio(TEXT, 2.0, 1, store, continue_from=before, engine="musicgen-small")
    assert piece.samples.shape[0] == channels and piece.sample_rate == 44_100
    assert piece.duration == pytest.approx(4.0, abs=0.01)
    joint = round(1.74 * 44_100)  # only the last quarter of a second is faded over
    kept, new = piece.samples[:, :joint], piece.samples[:, round(2.1 * 44_100) :]
    softer = float(np.abs(kept).max() / np.abs(before.samples[:, :joint]).max())
    assert softer <= 1.001 and kept == pytest.approx(before.samples[:, :joint] * softer, abs=1e-5)
    assert new.std() > 1e-4 and true_peaks(piece.samples).max() <= 1.001


def test_a_tune_is_followed_by_an_engine_that_can(store: WeightStore) -> None:
    one = generate_audio(TEXT, 2.0, 1, store, like=tone(3.0, key=60))
    two = generate_audio(TEXT, 2.0, 1, store, like=tone(3.0, key=66))
    assert one.name == two.name == "musicgen-melody/1"
    assert not np.allclose(one.samples, two.samples)
    with pytest.raises(WeightsError, match="follows no tune; take one that does: musicgen-melody"):
        generate_audio(TEXT, 2.0, 1, store, like=tone(3.0), engine="musicgen-small")


def test_the_best_that_is_here_is_taken(store: WeightStore, tmp_path: Path) -> None:
    assert generate_audio(TEXT, 2.0, 1, store).name == "musicgen-melody/1"  # no medium one here
    small = store_with(tmp_path, "small")
    assert generate_audio(TEXT, 2.0, 1, small).name == "musicgen-small/1"
    with pytest.raises(WeightsError, match="musicgen-melody"):
        generate_audio(TEXT, 2.0, 1, small, like=tone(3.0))


def test_without_weights_it_is_said_how_to_get_them(tmp_path: Path) -> None:
    bare = WeightStore(tmp_path, offline=True)
    with pytest.raises(WeightsError, match="musicologue models pull musicgen-small") as caught:
        generate_audio(TEXT, 5.0, 0, bare, engine="musicgen-small")
    assert "network is off" in str(caught.value)
    with pytest.raises(WeightsError, match="No engine can run here") as caught:
        generate_audio(TEXT, 5.0, 0, bare)
    for engine in ENGINES:
        assert engine.name in str(caught.value) and engine.pulled
    assert "models pull musicgen-medium" in str(ENGINES[0].obstacle(bare))
    with pytest.raises(WeightsError, match="no engine 'magic'"):
        generate_audio(TEXT, 5.0, 0, bare, engine="magic")


def test_none_is_fetched_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    online = WeightStore(tmp_path)
    fetched: list[str] = []
    monkeypatch.setattr(WeightStore, "fetch", lambda self, name, **_: fetched.append(name))
    with pytest.raises(WeightsError, match="are not in the cache"):
        generate_audio(TEXT, 5.0, 0, online)
    assert fetched == []


def test_who_wants_permissive_licences_gets_none(store: WeightStore) -> None:
    strict = replace(store, licence="permissive")
    with pytest.raises(WeightsError, match=r"permissive.*CC BY-NC"):
        generate_audio(TEXT, 2.0, 0, strict, engine="musicgen-small")


def test_a_machine_too_small_is_spared(store: WeightStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(musicgen, "free_gigabytes", lambda: 1.0)
    assert ENGINES[2].obstacle(store) == "needs 2 GB of free memory, and 1 GB are there"
    with pytest.raises(WeightsError, match="free memory"):
        generate_audio(TEXT, 2.0, 0, store)
    assert generate_audio(TEXT, 2.0, 0, store, engine="musicgen-small").duration == 2.0
    monkeypatch.undo()
    assert musicgen.free_gigabytes() > 0.1 and ENGINES[2].obstacle(store) is None


def test_it_stops_when_told_to(store: WeightStore) -> None:
    def stop(fraction: float) -> None:
        if fraction > 0.1:
            raise Cancelled

    with pytest.raises(Cancelled):
        generate_audio(TEXT, 60.0, 0, store, engine="musicgen-small", on_progress=stop)


def test_a_network_that_writes_silence_or_no_numbers_is_told(
    store: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for level in (0.0, float("nan")):
        sound = np.full(RATE, level, np.float32)
        monkeypatch.setattr(musicgen.MusicGen, "write", lambda self, *_, s=sound: (s, 0))
        with pytest.raises(NoMusicError, match="wrote silence"):
            generate_audio(TEXT, 2.0, 0, store, engine="musicgen-small")


@pytest.mark.parametrize(
    ("asked", "kind", "said"),
    [
        ({"text": "  "}, MusicToolError, "no words came"),
        ({"seconds": 0.5}, MusicToolError, "2 to 600 s"),
        ({"seconds": float("nan")}, MusicToolError, "2 to 600 s"),
        ({"seconds": 601.0}, MusicToolError, "2 to 600 s"),
        ({"seed": -1}, MusicToolError, "A seed is"),
        ({"like": tone(0.5)}, AudioTooShortError, "Following a tune needs 1.0 s"),
        ({"continue_from": tone(0.5)}, AudioTooShortError, "Going on from a recording"),
        (
            {"like": replace(tone(2), samples=np.zeros((1, 90_000), np.float32))},
            NoMusicError,
            "is silent",
        ),
    ],
)
def test_what_can_not_be_is_refused_before_a_network_loads(
    tmp_path: Path, asked: dict[str, Any], kind: type[Exception], said: str
) -> None:
    bare = WeightStore(tmp_path, offline=True)
    usual: dict[str, Any] = {"text": TEXT, "seconds": 5.0, "seed": 0, "store": bare}
    with pytest.raises(kind, match=said):
        generate_audio(**usual | asked)


def test_the_catalogue_knows_what_the_engines_need() -> None:
    for engine in ENGINES:
        weight = catalogue()[engine.weights[0]]
        assert weight.hub and not weight.commercial
        kinds = (".json", ".safetensors", "spiece.model")
        assert all(name.endswith(kinds) for name in weight.files)


# ---- briefs -------------------------------------------------------------------------------------


def test_a_brief_is_said_in_the_words_that_were_learnt() -> None:
    brief = Brief(
        description="A slow waltz.",
        tonic="D",
        mode="minor",
        bpm=80,
        meter="3/4",
        instruments=("piano", "cello"),
        without=("drums",),
        mood="sad",
    )
    assert brief_text(brief) == (
        "A slow waltz. In 3/4 time. Without drums. moods: sad. instrument: piano, cello. "
        "key: D minor. bpm: 80"
    )
    assert brief_text(Brief()) == "Instrumental music"
    assert brief_text(Brief(tonic="Eb")) == "Instrumental music. key: Eb major"
    assert brief_text(Brief(mode="minor")) == "Instrumental music. key: minor"
    funk = Brief(style="funk", mood="happy", instruments=("slap bass",), bpm=110.5)
    assert brief_text(funk) == (
        "Happy funk music with slap bass. genre: funk. moods: happy. instrument: slap bass. bpm: 110.5"
    )


def test_a_text_of_a_brief_is_something_an_engine_takes(store: WeightStore) -> None:
    text = brief_text(Brief(style="jazz", seconds=2.0))
    assert generate_audio(text, 2.0, 3, store, engine="musicgen-small").duration == 2.0
