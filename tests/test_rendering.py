"""Scores made sound: in tune, as loud as asked, in balance, and the same every time."""

from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
from make_bank import write_bank
from numpy.typing import NDArray
from scipy.signal import resample_poly

from tools.audio import Audio
from tools.composing.brief import Brief
from tools.composing.composer import compose
from tools.composing.score import Score, ScoreNote, ScorePart
from tools.errors import Cancelled, MusicToolError, NoMusicError, WeightsError
from tools.rendering import ENGINES, TAIL, render
from tools.synthesis.mixing import mix
from tools.weights import WeightStore

RATE = 44_100
Sound = NDArray[np.float32]
NAMES = [engine.name for engine in ENGINES]


def score_of(*parts: ScorePart, bpm: float = 120.0) -> Score:
    return Score("C", "major", bpm, "4/4", parts, (), (), "test/1")


def held(instrument: str, pitch: int = 69, quarters: float = 4.0, name: str = "melody") -> Score:
    return score_of(ScorePart(name, instrument, (ScoreNote(0.0, quarters, pitch, 90),)))


def samples(audio: Audio) -> Sound:
    return np.asarray(audio.samples, np.float32)


def level(sound: Sound, hertz: float, start: float, end: float) -> float:
    """Return the decibels within half a semitone of a frequency, in a stretch of seconds."""
    heard = sound[:, int(start * RATE) : int(end * RATE)].mean(axis=0)
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(heard.size))) / heard.size
    bins = np.fft.rfftfreq(heard.size, 1 / RATE)
    near = np.abs(12 * np.log2(np.maximum(bins, 1.0) / hertz)) < 0.5
    return float(10 * np.log10((spectrum[near] ** 2).sum() + 1e-20))


def pitch_near(sound: Sound, hertz: float) -> float:
    """Return the strongest frequency within three semitones of `hertz`, after the attack."""
    heard = sound[:, int(0.15 * RATE) : int(1.6 * RATE)].mean(axis=0)
    size = 1 << 19
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(heard.size), size))
    bins = np.fft.rfftfreq(size, 1 / RATE)
    near = np.flatnonzero(np.abs(12 * np.log2(np.maximum(bins, 1.0) / hertz)) < 3)
    return float(bins[near[spectrum[near].argmax()]])


def true_peak(sound: Sound) -> float:
    finer = resample_poly(sound.astype(np.float64), 8, 1, axis=1)
    return float(20 * np.log10(np.abs(finer).max()))


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> WeightStore:
    """A machine without weights and without a network."""
    return WeightStore(tmp_path_factory.mktemp("empty"), offline=True)


# ---- the whole ----------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["pop", "chorale"])
@pytest.mark.parametrize("engine", NAMES)
def test_a_piece_is_as_loud_and_as_long_as_it_should(
    engine: str, style: str, store: WeightStore
) -> None:
    score = compose(Brief(style=style, bars=4, seed=3))
    audio = render(score, store, engine=engine)
    sound = samples(audio)
    assert sound.shape[0] == 2
    assert np.isfinite(sound).all()
    assert audio.duration == pytest.approx(score.length * score.quarter + TAIL, abs=0.001)
    meter = pyloudnorm.Meter(RATE)
    assert meter.integrated_loudness(sound.T.astype(np.float64)) == pytest.approx(-14.0, abs=0.5)
    assert true_peak(sound) <= -1.0
    assert np.abs(sound[:, -RATE // 20 :]).max() < 0.003  # it has died away, it is not cut off
    assert np.abs(sound[0] - sound[1]).max() > 0.01  # stereo


def test_sharp_strokes_alone_do_not_exceed_the_ceiling(away: WeightStore) -> None:
    strokes = tuple(ScoreNote(2.0 * i, 0.25, 36 + 2 * (i % 2), 127) for i in range(6))
    sound = samples(render(score_of(ScorePart("drums", "drums", strokes)), away))
    assert true_peak(sound) <= -1.0
    assert np.abs(sound).max() > 0.3


@pytest.mark.parametrize("engine", NAMES)
def test_the_same_score_gives_the_same_samples(engine: str, store: WeightStore) -> None:
    score = compose(Brief(style="jazz", bars=2, seed=5))
    first = samples(render(score, store, engine=engine))
    assert np.array_equal(first, samples(render(score, store, engine=engine)))
    other = samples(render(compose(Brief(style="jazz", bars=2, seed=6)), store, engine=engine))
    assert first.shape != other.shape or not np.array_equal(first, other)


def test_it_plays_at_another_rate(away: WeightStore) -> None:
    audio = render(held("flute"), away, rate=22_050)
    assert audio.sample_rate == 22_050
    assert audio.duration == pytest.approx(2 + TAIL, abs=0.001)


# ---- pitch and time -----------------------------------------------------------------------------


@pytest.mark.parametrize("instrument", ["piano", "guitar", "violin", "trumpet", "flute", "strings"])
@pytest.mark.parametrize("engine", NAMES)
def test_a4_is_440_hertz(engine: str, instrument: str, store: WeightStore) -> None:
    sound = samples(render(held(instrument), store, engine=engine))
    cents = 1200 * np.log2(pitch_near(sound, 440.0) / 440.0)
    assert abs(cents) < (15 if engine == "bank" else 3)  # the bank's flute itself is 13 sharp


@pytest.mark.parametrize("engine", NAMES)
@pytest.mark.parametrize("pitch", [40, 52, 64])
def test_low_strings_are_in_tune(engine: str, pitch: int, store: WeightStore) -> None:
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    sound = samples(render(held("bass", pitch, name="bass"), store, engine=engine))
    second = pitch_near(sound, 2 * hertz)  # small speakers and ears go by the overtones
    assert abs(1200 * np.log2(second / (2 * hertz))) < 12


@pytest.mark.parametrize("engine", NAMES)
def test_notes_begin_and_end_where_they_are_written(engine: str, store: WeightStore) -> None:
    notes = (ScoreNote(0.0, 1.0, 60), ScoreNote(4.0, 1.0, 67))
    sound = samples(render(score_of(ScorePart("melody", "organ", notes)), store, engine=engine))
    power = np.abs(sound).max(axis=0)
    assert power[: int(0.45 * RATE)].max() > 10 * power[int(1.75 * RATE) : int(1.99 * RATE)].max()
    early, late = int(1.99 * RATE), int(2.08 * RATE)
    assert power[early:late].max() > 10 * power[early - RATE // 50 : early].max()


def test_a_gap_in_the_bank_is_played_over(store: WeightStore) -> None:
    sound = samples(render(held("sax", 64), store, engine="bank"))  # TimGM6mb lacks this key
    hertz = 440 * 2 ** (-5 / 12)
    assert abs(1200 * np.log2(pitch_near(sound, hertz) / hertz)) < 12


@pytest.mark.parametrize("engine", NAMES)
def test_a_closed_hat_ends_an_open_one(engine: str, store: WeightStore) -> None:
    def after(closing: int) -> float:
        strokes = (ScoreNote(0.0, 0.25, 46, 100), ScoreNote(0.3, 0.25, closing, 1))
        part = ScorePart("drums", "drums", strokes)
        sound = samples(render(score_of(part), store, engine=engine))
        ringing = np.abs(sound[:, int(0.25 * RATE) : int(0.4 * RATE)]).max()
        return float(ringing / np.abs(sound[:, : int(0.1 * RATE)]).max())

    assert after(42) < 0.5 * after(37)


@pytest.mark.parametrize("engine", NAMES)
def test_a_cymbal_rings_on_however_short_it_is_written(engine: str, store: WeightStore) -> None:
    part = ScorePart("drums", "drums", (ScoreNote(0.0, 0.1, 49, 110),))
    sound = np.abs(samples(render(score_of(part), store, engine=engine)))
    assert sound[:, int(0.4 * RATE) : int(0.6 * RATE)].max() > 0.05 * sound.max()


# ---- balance ------------------------------------------------------------------------------------


def test_a_soft_tune_stands_in_front_of_loud_chords(store: WeightStore) -> None:
    tune = ScorePart("melody", "flute", (ScoreNote(0.0, 8.0, 81, 25),))
    chord = tuple(ScoreNote(float(k), 1.0, p, 127) for k in range(8) for p in (48, 55, 60))
    sound = samples(render(score_of(tune, ScorePart("chords", "piano", chord)), store))
    melody = level(sound, 880.0, 0.5, 3.5)
    assert all(melody > level(sound, hertz, 0.5, 3.5) + 3 for hertz in (130.8, 196.0, 261.6))


def test_parts_keep_their_places_whatever_their_own_levels() -> None:
    times = np.arange(4 * RATE) / RATE

    def tone(hertz: float, height: float) -> Sound:
        wave = (height * np.sin(2 * np.pi * hertz * times)).astype(np.float32)
        return np.stack([wave, wave])

    heights = ((0.001, 0.9), (0.9, 0.001))
    differences = []
    for tune, chords in heights:
        sound = mix([("melody", tone(600, tune)), ("chords", tone(500, chords))], RATE)
        differences.append(level(sound, 600, 1, 3) - level(sound, 500, 1, 3))
        left, right = (level(sound[k : k + 1], 500, 1, 3) for k in range(2))
        assert right > left + 2  # chords stand to the right, the tune in the middle
        left, right = (level(sound[k : k + 1], 600, 1, 3) for k in range(2))
        assert right == pytest.approx(left, abs=1.0)
    assert min(differences) > 3  # 6 LU, give or take what the room does to one frequency
    assert differences[0] == pytest.approx(differences[1], abs=0.3)


@pytest.mark.parametrize("engine", NAMES)
def test_velocity_is_heard_within_a_part(engine: str, store: WeightStore) -> None:
    notes = (ScoreNote(0.0, 1.0, 60, 40), ScoreNote(4.0, 1.0, 60, 110))
    score = score_of(ScorePart("melody", "piano", notes))
    sound = samples(render(score, store, engine=engine))
    soft, loud = level(sound, 261.6, 0.05, 0.45), level(sound, 261.6, 2.05, 2.45)
    assert loud - soft > 6


# ---- banks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("vorbis", [False, True], ids=["sf2", "sf3"])
def test_a_bank_of_ones_own_plays(vorbis: bool, tmp_path: Path, away: WeightStore) -> None:
    path = write_bank(tmp_path / "own.sf3", vorbis=vorbis)
    for pitch in (57, 69, 76):
        hertz = 440 * 2 ** ((pitch - 69) / 12)
        sound = samples(render(held("piano", pitch), away, bank=path))
        assert abs(1200 * np.log2(pitch_near(sound, hertz) / hertz)) < 3
        rest = [level(sound, k * hertz, 0.3, 1.8) for k in (2, 3)]
        assert level(sound, hertz, 0.3, 1.8) > max(rest) + 35  # a sine remains one, looped


def test_settings_of_a_bank_are_heard(tmp_path: Path, away: WeightStore) -> None:
    plain = samples(render(held("piano"), away, bank=write_bank(tmp_path / "a.sf2")))
    octave = write_bank(tmp_path / "b.sf2", extra=((51, 12),))
    assert pitch_near(samples(render(held("piano"), away, bank=octave)), 880) > 870
    slow = write_bank(tmp_path / "c.sf2", extra=((34, 0),))  # an attack of one second
    risen = samples(render(held("piano"), away, bank=slow))
    early = slice(int(0.05 * RATE), int(0.15 * RATE)), slice(RATE, int(1.5 * RATE))
    assert np.abs(plain[:, early[0]]).max() > 0.7 * np.abs(plain[:, early[1]]).max()
    assert np.abs(risen[:, early[0]]).max() < 0.3 * np.abs(risen[:, early[1]]).max()
    left = write_bank(tmp_path / "d.sf2", extra=((17, -500),))
    panned = samples(render(held("piano"), away, bank=left))
    assert np.abs(panned[0]).max() > 2 * np.abs(panned[1]).max()


def test_an_instrument_that_a_bank_lacks_is_played_all_the_same(
    tmp_path: Path, away: WeightStore
) -> None:
    bank = write_bank(tmp_path / "one.sf2")
    sound = samples(render(held("trumpet"), away, bank=bank))
    assert abs(pitch_near(sound, 440) - 440) < 2
    strokes = ScorePart("drums", "drums", (ScoreNote(0.0, 1.0, 38), ScoreNote(1.0, 1.0, 36)))
    assert np.abs(samples(render(score_of(strokes), away, bank=bank))).max() > 0.2


def test_keys_above_a_banks_last_are_played(tmp_path: Path, away: WeightStore) -> None:
    bank = write_bank(tmp_path / "low.sf2", keys=60)
    assert abs(pitch_near(samples(render(held("piano"), away, bank=bank)), 440) - 440) < 2


def test_a_bank_that_is_none_is_refused_in_one_sentence(tmp_path: Path, away: WeightStore) -> None:
    whole = write_bank(tmp_path / "whole.sf2").read_bytes()
    bad = {
        "text.sf2": b"no bank at all",
        "cut.sf2": whole[: len(whole) // 2],
        "wave.sf2": b"RIFF" + whole[4:8] + b"WAVE" + whole[12:],
        "short.sf2": whole[:20],
    }
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    for name in (*bad, "absent.sf2", "empty.sf2"):
        if name == "empty.sf2":
            (tmp_path / name).write_bytes(b"")
        with pytest.raises(WeightsError, match=f"sound bank '{name}': .*SoundFont file") as told:
            render(held("piano"), away, bank=tmp_path / name)
        assert "\n" not in str(told.value)


def test_damaged_banks_end_in_words_or_sound(tmp_path: Path, away: WeightStore) -> None:
    whole = bytearray(write_bank(tmp_path / "whole.sf2").read_bytes())
    tables = whole.index(b"phdr")
    dice = np.random.default_rng(0)
    ended = 0
    for number in range(60):
        broken = bytearray(whole)
        for place in dice.integers(tables, len(whole), 6):
            broken[place] = int(dice.integers(256))
        path = tmp_path / f"{number}.sf2"
        path.write_bytes(broken)
        try:
            assert np.isfinite(samples(render(held("piano", quarters=0.5), away, bank=path))).all()
        except WeightsError:
            ended += 1
    assert 0 < ended < 60


def test_without_weights_plain_tones_play(away: WeightStore) -> None:
    assert np.array_equal(
        samples(render(held("harp"), away)), samples(render(held("harp"), away, engine="tones"))
    )
    with pytest.raises(WeightsError, match="models pull gm-bank"):
        render(held("harp"), away, engine="bank")


def test_the_bank_is_what_plays_where_it_is(store: WeightStore) -> None:
    assert np.array_equal(
        samples(render(held("harp"), store)), samples(render(held("harp"), store, engine="bank"))
    )


# ---- what is told meanwhile, and what is refused ------------------------------------------------


def test_progress_is_told_to_the_end_and_can_stop_the_work(away: WeightStore) -> None:
    score = compose(Brief(style="pop", bars=4, seed=1))
    told: list[float] = []
    render(score, away, on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > len(score.parts)

    def stop(fraction: float) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        render(score, away, on_progress=stop)


def test_what_cannot_be_played_is_refused(away: WeightStore) -> None:
    with pytest.raises(NoMusicError, match="no notes"):
        render(score_of(ScorePart("melody", "piano", ())), away)
    with pytest.raises(MusicToolError, match="25 minutes"):
        render(held("piano", quarters=3000.0), away)
    with pytest.raises(MusicToolError, match="100 Hz"):
        render(held("piano"), away, rate=100)
