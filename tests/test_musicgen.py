"""MusicGen, tried on tiny random checkpoints in the layout of the hub."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from make_musicgen import FRAME_RATE, RATE, write_musicgen
from make_weights import digest, store_over, toy_weight

from tools.audio import Audio
from tools.composing.audio_engines import ENGINES, generate_audio
from tools.composing.brief import Brief
from tools.composing.prompt import brief_text
from tools.composing.windows import Window, joined, windows
from tools.errors import AudioTooShortError, Cancelled, MusicToolError, NoMusicError, WeightsError
from tools.nets.musicgen import Commission, MusicGen
from tools.nets.musicgen_melody import melody_classes, melody_window
from tools.rungs import choose
from tools.synthesis.mastering import loudness
from tools.weights import Weight, WeightStore, catalogue


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    write_musicgen(folder)
    return folder


@pytest.fixture(scope="module")
def network(small: Path) -> MusicGen:
    return MusicGen(small)


@pytest.fixture(scope="module")
def tuneful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("melody")
    write_musicgen(folder, melody=True)
    return folder


def weight_of(folder: Path, name: str) -> Weight:
    files = {f.name: digest(f.read_bytes()) for f in folder.iterdir()}
    return toy_weight(name=name, task="generation", hub=f"facebook/{name}", files=files)


@pytest.fixture
def store(small: Path, tuneful: Path, tmp_path: Path) -> WeightStore:
    """A store that holds the small and the tuneful network."""
    store = store_over(
        tmp_path,
        weight_of(small, "musicgen-small"),
        weight_of(tuneful, "musicgen-melody"),
        toy_weight(name="musicgen-medium", task="generation", hub="x/y", files={"config.json": ""}),
        offline=True,
    )
    for name, folder in (("musicgen-small", small), ("musicgen-melody", tuneful)):
        store.fetch(name, source=folder)
    return store


def tone(seconds: float, hertz: float = 262.0, rate: int = RATE, channels: int = 1) -> Audio:
    time = np.arange(round(seconds * rate)) / rate
    wave = (0.3 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
    return Audio(np.tile(wave, (channels, 1)), rate, name="tone")


# ---- the network --------------------------------------------------------------------------------


def test_it_writes_as_much_as_is_asked(network: MusicGen) -> None:
    sound, known = network.write(Commission("a slow piano", 1.0))
    assert known == 0
    assert len(sound) == pytest.approx(RATE, abs=RATE // FRAME_RATE)
    assert np.isfinite(sound).all()


def test_the_seed_decides(network: MusicGen) -> None:
    first, again, other = (
        network.write(Commission("a slow piano", 0.5, seed=seed))[0] for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_long_piece_is_written_in_windows_that_meet(network: MusicGen) -> None:
    asked = Commission("a slow piano", 3.0, seed=4, window=1.5, overlap=0.5)
    told: list[float] = []
    sound, _ = network.write(asked, told.append)
    assert len(sound) == pytest.approx(3 * RATE, abs=RATE // FRAME_RATE)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0, abs=0.05)
    steps = np.abs(np.diff(sound))
    assert steps.max() < 8 * np.quantile(steps, 0.999) + 1e-6


def test_what_was_before_begins_what_it_writes(network: MusicGen) -> None:
    before = tone(2.0).samples[0]
    sound, known = network.write(Commission("on and on", 0.5, before=before, overlap=1.0))
    assert known == pytest.approx(RATE, abs=RATE // FRAME_RATE)
    assert len(sound) - known == pytest.approx(RATE // 2, abs=RATE // FRAME_RATE)
    other, _ = network.write(Commission("on and on", 0.5, before=-0.1 * before[::-1], overlap=1.0))
    assert not np.allclose(sound[known:], other[known:])


def test_a_tune_is_heard_by_the_network_that_can(tuneful: Path, network: MusicGen) -> None:
    singing = MusicGen(tuneful)
    low, high = (
        singing.write(Commission("a song", 0.5, melody=tone(2.0, hertz).samples[0]))[0]
        for hertz in (262.0, 370.0)
    )
    assert singing.hears_melody
    assert not network.hears_melody
    assert not np.allclose(low, high)
    with pytest.raises(ValueError, match="hears no melody"):
        network.write(Commission("a song", 0.5, melody=tone(2.0).samples[0]))


def test_it_can_be_stopped_between_two_codes(network: MusicGen) -> None:
    def stop(fraction: float) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        network.write(Commission("a slow piano", 2.0), stop)
    assert len(network.write(Commission("a slow piano", 0.2))[0]) > 0


def test_a_damaged_checkpoint_is_told(tmp_path: Path, small: Path) -> None:
    (tmp_path / "config.json").write_text((small / "config.json").read_text())
    with pytest.raises(WeightsError, match="does not load"):
        MusicGen(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(WeightsError, match="does not load"):
        MusicGen(tmp_path)


# ---- the melody ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("hertz", "pitch_class"), [(261.6, 0), (329.6, 4), (440.0, 9)])
def test_the_loudest_pitch_class_is_found(hertz: float, pitch_class: int) -> None:
    classes = melody_classes(tone(2.0, hertz).samples[0], RATE)
    assert set(classes[2:-2].tolist()) == {pitch_class}


def test_a_melody_comes_again_and_is_still_before_it_begins() -> None:
    rows = melody_window(np.array([3, 5]), -2, 6)
    assert rows.argmax(axis=1).tolist() == [0, 0, 3, 5, 3, 5]
    assert (rows.sum(axis=1) == 1).all()


# ---- windows ------------------------------------------------------------------------------------


@pytest.mark.parametrize("new", [1, 40, 41, 100, 333])
@pytest.mark.parametrize("known", [0, 7, 12])
def test_windows_hold_every_frame_once(new: int, known: int) -> None:
    made = windows(new, known, 40, 12)
    assert made[0].start == 0
    assert made[0].known == known
    assert sum(window.new for window in made) == new
    assert all(window.end - window.start <= 40 for window in made)
    assert all(isinstance(window, Window) and window.new > 0 for window in made)
    for last, window in pairwise(made):
        assert (window.start + window.known, window.known) == (last.end, 12)


def test_pieces_of_the_same_sound_join_without_a_trace() -> None:
    whole = np.sin(np.arange(1000) / 9).astype(np.float32)
    pieces = [(0, whole[:500]), (400, whole[400:800]), (700, whole[700:])]
    assert np.allclose(joined(pieces, 60), whole, atol=1e-6)


def test_impossible_windows_are_refused() -> None:
    with pytest.raises(ValueError, match="can't be written"):
        windows(0, 0, 40, 12)
    with pytest.raises(ValueError, match="can't be written"):
        windows(5, 40, 40, 12)


# ---- the engine ---------------------------------------------------------------------------------


def test_a_new_piece_is_a_finished_mix(store: WeightStore) -> None:
    made = generate_audio("soft rain", 2.0, store, seed=3, engine="musicgen-small")
    assert made.name == "musicgen-small/1"
    assert made.samples.shape[0] == 2
    assert made.duration == pytest.approx(2.0, abs=0.05)
    assert loudness(np.asarray(made.samples), made.sample_rate) == pytest.approx(-14, abs=1.0)
    assert np.abs(made.samples).max() <= 1


def test_the_recording_stays_what_it_was_and_goes_on(store: WeightStore) -> None:
    before = tone(3.0, rate=22_050, channels=2)
    made = generate_audio("more of it", 2.0, store, continue_from=before, engine="musicgen-small")
    assert made.sample_rate == 22_050
    assert made.samples.shape[0] == 2
    assert made.duration == pytest.approx(5.0, abs=0.1)
    kept = round(2.5 * 22_050)
    scale = np.abs(before.samples[:, :kept]).max() / np.abs(made.samples[:, :kept]).max()
    assert np.allclose(scale * made.samples[:, :kept], before.samples[:, :kept], atol=1e-4)
    assert np.abs(made.samples[:, -22_050:]).max() > 0


def test_only_what_follows_tunes_is_given_one(store: WeightStore) -> None:
    made = generate_audio("a song", 2.0, store, like=tone(2.0), engine="musicgen-melody")
    assert made.name == "musicgen-melody/1"
    with pytest.raises(WeightsError, match=r"follows no tune.*musicgen-melody"):
        generate_audio("a song", 2.0, store, like=tone(2.0), engine="musicgen-small")


def test_what_can_not_be_written_is_told(store: WeightStore) -> None:
    with pytest.raises(MusicToolError, match="none were given"):
        generate_audio("  ", 2.0, store)
    with pytest.raises(MusicToolError, match="not of 9000"):
        generate_audio("rain", 9000, store)
    with pytest.raises(AudioTooShortError):
        generate_audio("rain", 2.0, store, continue_from=tone(0.2))
    silent = Audio(np.zeros((1, 2 * RATE), np.float32), RATE, name="nothing")
    with pytest.raises(NoMusicError, match="silent"):
        generate_audio("rain", 2.0, store, like=silent)


def test_nobody_is_surprised_by_gigabytes(tmp_path: Path) -> None:
    store = WeightStore(tmp_path)
    for engine in ENGINES:
        assert f"models pull {engine.weights[0]}" in str(engine.obstacle(store))
    with pytest.raises(WeightsError, match="models pull"):
        generate_audio("rain", 2.0, store)
    with pytest.raises(WeightsError):
        choose(ENGINES, WeightStore(tmp_path, licence="permissive"))


def test_a_machine_that_can_not_hold_it_is_spared(
    store: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tools.nets import musicgen

    monkeypatch.setattr(musicgen, "free_gigabytes", lambda: 0.0)
    small = next(engine for engine in ENGINES if engine.name == "musicgen-small")
    assert "free memory" in str(small.obstacle(store))


def test_the_catalogue_knows_the_engines_and_holds_no_pickles() -> None:
    for engine in ENGINES:
        weight = catalogue()[engine.weights[0]]
        assert weight.hub in (f"facebook/{engine.name}", "stabilityai/stable-audio-open-1.0")
        assert not weight.commercial
        assert any(name.endswith(".safetensors") for name in weight.files)
        assert not [name for name in weight.files if name.endswith((".bin", ".pt", ".pkl"))]


# ---- words --------------------------------------------------------------------------------------


def test_a_brief_is_told_in_the_words_it_learnt_from() -> None:
    brief = Brief(
        "a slow waltz.", tonic="D", mode="minor", bpm=80, meter="3/4", instruments=("piano",),
        without=("drums",), style="waltz", mood="sad",
    )  # fmt: skip
    text = brief_text(brief)
    assert text.startswith("a slow waltz. In 3/4 time. Without drums")
    for said in ("genre: waltz", "moods: sad", "instrument: piano", "key: D minor", "bpm: 80"):
        assert said in text
    assert brief_text(Brief()) == "Instrumental music"
    assert brief_text(Brief(style="jazz", mood="calm")).startswith("Calm jazz music")
