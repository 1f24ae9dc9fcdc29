import math
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from synthesis import plucked, thump

from tools.errors import AudioDecodeError, Cancelled, MusicToolError, WeightsError
from tools.separation import STEMS, Separation, separate, stems_of
from tools.weights import WeightStore

RATE = 44_100
Sound = NDArray[np.float32]


def sdr(truth: Sound, estimate: Sound) -> float:
    """Scale-invariant signal-to-distortion ratio in dB."""
    scaled = truth * float((truth * estimate).sum() / max(1e-12, (truth * truth).sum()))
    return float(10 * np.log10((scaled**2).sum() / max(1e-12, ((scaled - estimate) ** 2).sum())))


def read(made: Separation) -> dict[str, Sound]:
    """The stems as arrays of shape (channels, n)."""
    return {
        name: soundfile.read(path, dtype="float32", always_2d=True)[0].T
        for name, path in made.stems.items()
    }


def put(track: Sound, sound: Sound, at: float, rate: int = RATE) -> None:
    first = int(at * rate)
    track[first : first + sound.size] += sound[: track.size - first]


def band(seconds: float) -> dict[str, Sound]:
    """Drums, a bass line and chords, mono."""
    rng = np.random.default_rng(1)
    tracks = {n: np.zeros(int(seconds * RATE), np.float32) for n in ("drums", "bass", "other")}
    for k in range(int(seconds / 0.25)):
        put(tracks["drums"], 0.4 * thump(190, 0.12, 0.9, rng), k * 0.25)
        if k % 4 == 0:
            put(tracks["bass"], plucked((33, 36, 29, 31)[k // 4 % 4], 1.0), k * 0.25)
            for note in (57, 60, 64):
                put(tracks["other"], plucked(note + k // 4 % 4, 1.0), k * 0.25)
    return tracks


def write(path: Path, *channels: Sound, rate: int = RATE, subtype: str = "FLOAT") -> Path:
    soundfile.write(path, np.stack(channels).T, rate, subtype=subtype)
    return path


@pytest.fixture(scope="module")
def piece(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Sound]]:
    """Six seconds of a band without a singer: drums in the middle, chords to the right."""
    tracks = band(6.0)
    left = tracks["drums"] + tracks["bass"] + 0.5 * tracks["other"]
    right = tracks["drums"] + tracks["bass"] + tracks["other"]
    return write(tmp_path_factory.mktemp("band") / "band.wav", left, right), tracks


@pytest.fixture(scope="module")
def taken(
    piece: tuple[Path, dict[str, Sound]],
    store: WeightStore,
    tmp_path_factory: pytest.TempPathFactory,
) -> Separation:
    folder = tmp_path_factory.mktemp("stems")
    return separate(piece[0], folder, store, engine="spleeter", with_accompaniment=True)


# ---- what comes out -----------------------------------------------------------------------------


def test_a_song_becomes_four_stems_that_add_up_to_it(
    piece: tuple[Path, dict[str, Sound]], taken: Separation
) -> None:
    stems = read(taken)
    mix = soundfile.read(piece[0], dtype="float32")[0].T
    assert tuple(taken.stems) == ("vocals", "drums", "bass", "other", "accompaniment")
    assert taken.rung == "bundled" and taken.estimator.startswith("spleeter/")
    assert (taken.start, taken.seconds, taken.sample_rate) == (0.0, 6.0, RATE)
    total = stems["vocals"] + stems["drums"] + stems["bass"] + stems["other"]
    assert np.abs(total - mix).max() < 1e-5
    assert np.abs(stems["vocals"] + stems["accompaniment"] - mix).max() < 1e-5


def test_where_nobody_sings_the_vocals_are_quiet(
    piece: tuple[Path, dict[str, Sound]], taken: Separation
) -> None:
    vocals, mix = read(taken)["vocals"], soundfile.read(piece[0], dtype="float32")[0].T
    assert np.square(vocals).mean() < 0.03 * np.square(mix).mean()


@pytest.mark.parametrize(("stem", "gain"), [("drums", 6.0), ("bass", 10.0), ("other", 3.0)])
def test_each_stem_holds_its_instrument(
    stem: str, gain: float, piece: tuple[Path, dict[str, Sound]], taken: Separation
) -> None:
    mix = soundfile.read(piece[0], dtype="float32")[0].mean(axis=1)
    truth = piece[1][stem]
    assert sdr(truth, read(taken)[stem].mean(axis=0)) > sdr(truth, mix) + gain


def test_a_voice_is_found_in_a_real_song(store: WeightStore, song: Path, tmp_path: Path) -> None:
    """In 'Headache' nobody sings at first; from 26 s on somebody does."""
    made = separate(song, tmp_path, store, ["vocals", "accompaniment"], start=20.0, end=30.0)
    stems = read(made)
    before, after = slice(0, 4 * made.sample_rate), slice(7 * made.sample_rate, None)
    levels = [
        np.square(stems["vocals"][:, part]).mean()
        / np.square(stems["accompaniment"][:, part]).mean()
        for part in (before, after)
    ]
    assert levels[1] > 10 * levels[0]
    assert levels[1] > 0.03


def test_a_stretch_is_that_of_the_whole(
    piece: tuple[Path, dict[str, Sound]], taken: Separation, store: WeightStore, tmp_path: Path
) -> None:
    part = separate(piece[0], tmp_path, store, ["drums"], start=2.0, end=3.5, engine="spleeter")
    assert (part.start, part.seconds) == (2.0, 1.5)
    drums = read(part)["drums"]
    whole = read(taken)["drums"][:, 2 * RATE : 2 * RATE + drums.shape[1]]
    assert drums.shape == (2, round(1.5 * RATE))
    assert sdr(whole, drums) > 40


def test_louder_in_is_louder_out(
    piece: tuple[Path, dict[str, Sound]], taken: Separation, store: WeightStore, tmp_path: Path
) -> None:
    mix = soundfile.read(piece[0], dtype="float32")[0].T
    quiet = write(tmp_path / "quiet.wav", *(mix / 64))
    stems = read(separate(quiet, tmp_path / "out", store, engine="spleeter", suffix=".wav"))
    for name, stem in stems.items():
        assert np.abs(64 * stem - read(taken)[name]).max() < 1e-3


# ---- formats ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (48_000, 2), (44_100, 6)])
def test_stems_have_the_rate_and_levels_of_the_file(
    rate: int, channels: int, store: WeightStore, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 0.1, (channels, 3 * rate + 7)).astype(np.float32)
    path = write(tmp_path / "noise.wav", *sound, rate=rate)
    made = separate(path, tmp_path / "out", store, engine="plain")
    stems = read(made)
    assert made.sample_rate == rate
    assert all(s.shape == (min(2, channels), sound.shape[1]) for s in stems.values())
    total = np.sum(list(stems.values()), axis=0)
    if channels <= 2:
        assert np.abs(total - sound).max() < 1e-5
    else:
        left = (sound[0] + (sound[2] + sound[4]) * math.sqrt(0.5)) / (1 + math.sqrt(2))
        assert np.abs(total[0] - left).max() < 1e-5


def test_two_samples_are_enough(store: WeightStore, tmp_path: Path) -> None:
    """At 44.1 kHz nothing is left of two samples at 192 kHz."""
    path = write(tmp_path / "two.wav", np.array([0.5, -0.25], np.float32), rate=192_000)
    stems = read(separate(path, tmp_path / "out", store, engine="plain"))
    assert np.sum(list(stems.values()), axis=0)[0] == pytest.approx([0.5, -0.25], abs=1e-6)


def test_what_is_beyond_full_scale_keeps_its_level(store: WeightStore, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 0.05, 2 * RATE).astype(np.float32)
    sound[RATE:] *= 30
    path = write(tmp_path / "loud.wav", sound)
    made = separate(path, tmp_path / "out", store, engine="plain")
    total = np.sum(list(read(made).values()), axis=0)[0]
    assert np.abs(total - sound).max() < 1e-4 < 3 < np.abs(sound).max()
    assert made.stems["drums"].suffix == ".wav"
    assert soundfile.info(made.stems["drums"]).subtype == "FLOAT"


@pytest.mark.parametrize("frames", [2, 4410, 3 * RATE])
def test_silence_gives_silent_stems(frames: int, store: WeightStore, tmp_path: Path) -> None:
    path = write(tmp_path / "silence.wav", np.zeros(frames, np.float32))
    stems = read(separate(path, tmp_path / "out", store, engine="spleeter"))
    assert set(stems) == {"vocals", "drums", "bass", "other"}
    assert all(s.shape == (1, frames) and not s.any() for s in stems.values())


def test_what_is_no_number_is_silence(store: WeightStore, tmp_path: Path) -> None:
    sound = band(1.0)["drums"]
    sound[1000:1010] = np.nan
    stems = read(separate(write(tmp_path / "nan.wav", sound), tmp_path, store, engine="plain"))
    total = np.sum(list(stems.values()), axis=0)[0]
    assert np.abs(total - np.nan_to_num(sound)).max() < 1e-5


# ---- what may be asked for ----------------------------------------------------------------------


def test_engines_say_what_they_give() -> None:
    assert stems_of("spleeter") == ("vocals", "drums", "bass", "other", "accompaniment")
    assert stems_of("plain") == ("drums", "bass", "other")
    assert set(stems_of()) == {*STEMS, "accompaniment"}
    with pytest.raises(MusicToolError, match="no separator 'oracle'; there are: htdemucs, "):
        stems_of("oracle")


@pytest.mark.parametrize(
    ("stems", "engine", "words"),
    [
        (["guitar"], "spleeter", "no stem 'guitar' .* 'spleeter' gives vocals, drums, .* and acc"),
        (["vocals"], "plain", "no stem 'vocals' .* 'plain' gives drums, bass and other"),
        (["kazoo"], None, "no stem 'kazoo' .* there are vocals"),
    ],
)
def test_a_stem_that_is_not_to_be_had_is_named(
    stems: list[str], engine: str | None, words: str, store: WeightStore, tmp_path: Path
) -> None:
    path = write(tmp_path / "x.wav", band(1.0)["drums"])
    with pytest.raises(MusicToolError, match=words):
        separate(path, tmp_path / "out", store, stems, engine=engine)
    assert not (tmp_path / "out").exists()


def test_without_weights_there_are_drums_but_no_voice(tmp_path: Path) -> None:
    bare = WeightStore(tmp_path / "cache", offline=True)
    path = write(tmp_path / "x.wav", band(1.0)["drums"])
    made = separate(path, tmp_path / "out", bare)
    assert made.rung == "plain" and tuple(made.stems) == ("drums", "bass", "other")
    with pytest.raises(WeightsError, match="models pull spleeter"):
        separate(path, tmp_path / "out", bare, ["vocals"])


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (0.5, 0.5, "from 0.5 to 0.5 s is empty"),
        (-1.0, None, "begins at 0 s or later"),
        (7.0, None, "'x.wav' is 1.0 s long: there is nothing at 7 s"),
        (0.1, 0.100001, "not one sample"),
    ],
)
def test_a_stretch_must_be_in_the_file(
    start: float, end: float | None, words: str, store: WeightStore, tmp_path: Path
) -> None:
    path = write(tmp_path / "x.wav", band(1.0)["drums"])
    with pytest.raises(MusicToolError, match=words):
        separate(path, tmp_path / "out", store, start=start, end=end, engine="plain")


def test_errors_are_sentences(store: WeightStore, tmp_path: Path) -> None:
    path = write(tmp_path / "x.wav", band(1.0)["drums"])
    with pytest.raises(MusicToolError, match=r"written as .flac or .wav, not as '.mp3'"):
        separate(path, tmp_path / "out", store, engine="plain", suffix=".mp3")
    with pytest.raises(AudioDecodeError, match="No file"):
        separate(tmp_path / "absent.wav", tmp_path / "out", store, engine="plain")
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(MusicToolError, match=r"Cannot write stems to '.*taken'"):
        separate(path, tmp_path / "taken", store, engine="plain")


# ---- while it runs ------------------------------------------------------------------------------


def test_a_cancelled_separation_leaves_nothing(store: WeightStore, tmp_path: Path) -> None:
    path = write(tmp_path / "x.wav", band(14.0)["drums"])
    told: list[float] = []

    def stop(fraction: float) -> None:
        told.append(fraction)
        if fraction > 0.05:
            raise Cancelled

    with pytest.raises(Cancelled):
        separate(path, tmp_path / "new", store, engine="plain", progress=stop)
    assert not (tmp_path / "new").exists()
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "drums.flac").write_bytes(b"of before")
    with pytest.raises(Cancelled):
        separate(path, tmp_path / "old", store, engine="plain", progress=stop)
    assert [p.name for p in (tmp_path / "old").iterdir()] == ["drums.flac"]
    assert (tmp_path / "old" / "drums.flac").read_bytes() == b"of before"


def test_progress_goes_up_to_one(store: WeightStore, tmp_path: Path) -> None:
    path = write(tmp_path / "x.wav", band(14.0)["drums"])
    told: list[float] = []
    separate(path, tmp_path / "out", store, engine="plain", progress=told.append)
    assert told == sorted(told) and told[-1] == pytest.approx(1.0)
