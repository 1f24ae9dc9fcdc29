"""Chords from synthesised harmony with known labels, and the pieces of the way there."""

from functools import cache
from itertools import pairwise

import mir_eval
import numpy as np
import pytest
from numpy.typing import NDArray

from tools.annotations import Chords
from tools.audio import Audio
from tools.chords import ENGINES, estimate_chords, most_likely_path
from tools.cqt import C1_HZ, constant_q, estimate_tuning
from tools.errors import AudioTooShortError, Cancelled, NoMusicError, WeightsError
from tools.nets import crema
from tools.theory import parse_chord, transpose
from tools.weights import WeightStore

RATE = 22_050
SECONDS = 2.0

CADENCE = ("C:maj", "F:maj", "G:maj", "C:maj")
INVERSIONS = ("C:maj", "G:maj/3", "A:min", "F:maj/3", "C:maj/5", "G:7", "C:maj")
SONG = ("A:min", "D:min7", "G:7", "C:maj7", "F:maj", "B:hdim7", "E:7", "A:min")


def note(midi: float, seconds: float = SECONDS) -> NDArray[np.float32]:
    """A plucked string: eight harmonics, the higher ones weaker and sooner gone."""
    t = np.arange(round(seconds * RATE)) / RATE
    hertz = 440.0 * 2.0 ** ((midi - 69) / 12)
    partials = [
        np.sin(2 * np.pi * k * hertz * t) * np.exp(-t * (0.5 + 0.3 * k)) / k**1.2
        for k in range(1, 9)
        if k * hertz < RATE / 2
    ]
    tone = (
        np.sum(partials, axis=0) * np.minimum(1.0, t / 0.01) * np.minimum(1, (seconds - t) / 0.02)
    )
    return np.asarray(tone, np.float32)


@cache
def render(labels: tuple[str, ...], semitones: float = 0.0, before: float = 0.0) -> Audio:
    """Each chord as a low bass and a close voicing around middle C."""
    parts = [np.zeros(round(before * RATE), np.float32)]
    for label in labels:
        chord = parse_chord(label)
        bass = note(36 + (mir_eval.chord.pitch_class_to_semitone(chord.bass)) % 12 + semitones)
        voices = [note(55 + (pc - 7) % 12 + semitones) for pc in chord.pitch_classes]
        parts.append(0.12 * (1.5 * bass + np.sum(voices, axis=0)))
    samples = np.concatenate(parts).astype(np.float32)[None]
    return Audio(samples, RATE, name="song.wav", source_rate=RATE, source_channels=1)


def truth(labels: tuple[str, ...], before: float = 0.0) -> tuple[NDArray[np.float64], list[str]]:
    bounds = before + SECONDS * np.arange(len(labels) + 1)
    return np.column_stack([bounds[:-1], bounds[1:]]), list(labels)


def told(chords: Chords) -> tuple[str, ...]:
    """The chords without what lasts under a third of a second."""
    long = [label for start, end, label in chords if end - start > 0.33]
    return tuple(label for label, after in pairwise([*long, ""]) if label != after)


@pytest.mark.parametrize(
    "labels", [CADENCE, SONG, INVERSIONS, ("E:min", "B:min", "A:min", "E:min")], ids=str
)
def test_exact_labels_of_synthesised_chords(labels: tuple[str, ...], store: WeightStore) -> None:
    chords = estimate_chords(render(labels), store)
    scores = mir_eval.chord.evaluate(*truth(labels), *chords.to_mir_eval())
    assert told(chords) == labels
    assert scores["sevenths"] > 0.95
    assert chords.estimator == "crema/1"


def test_spans_fill_the_audio_and_carry_confidences(store: WeightStore) -> None:
    chords = estimate_chords(render(SONG), store)
    assert chords.intervals[0][0] == 0.0
    assert chords.intervals[-1][1] == pytest.approx(len(SONG) * SECONDS)
    assert all(a[1] == b[0] for a, b in pairwise(chords.intervals))
    assert len(chords.confidences) == len(chords.labels)
    assert np.mean(chords.confidences) > 0.5
    assert Chords.from_dict(chords.to_dict()) == chords


@pytest.mark.parametrize("semitones", [-5, -2, 3, 6])
def test_moved_music_moves_the_labels(semitones: int, store: WeightStore) -> None:
    chords = estimate_chords(render(CADENCE, semitones), store)
    assert told(chords) == tuple(transpose(label, semitones) for label in CADENCE)


@pytest.mark.parametrize("cents", [-30, 30])
def test_mistuned_music_keeps_its_labels(cents: int, store: WeightStore) -> None:
    assert told(estimate_chords(render(SONG, cents / 100), store)) == SONG


def test_later_music_gives_later_chords(store: WeightStore) -> None:
    chords = estimate_chords(render(CADENCE, before=3.0), store)
    assert told(chords) == ("N", *CADENCE)
    scores = mir_eval.chord.evaluate(*truth(CADENCE, before=3.0), *chords.to_mir_eval())
    assert scores["majmin"] > 0.95


def test_the_plain_engine_needs_no_weights(tmp_path_factory: pytest.TempPathFactory) -> None:
    nothing = WeightStore(tmp_path_factory.mktemp("cache"), offline=True)
    chords = estimate_chords(render(CADENCE), nothing)
    scores = mir_eval.chord.evaluate(*truth(CADENCE), *chords.to_mir_eval())
    assert scores["majmin"] > 0.9
    assert chords.estimator == "plain/1"
    with pytest.raises(WeightsError):
        estimate_chords(render(CADENCE), nothing, engine="crema")


@pytest.mark.parametrize("engine", [engine.name for engine in ENGINES])
def test_what_holds_no_music_is_refused(engine: str, store: WeightStore) -> None:
    silence = Audio(np.zeros((1, 5 * RATE), np.float32), RATE, name="nothing.wav")
    with pytest.raises(NoMusicError, match=r"nothing\.wav"):
        estimate_chords(silence, store, engine=engine)
    with pytest.raises(AudioTooShortError, match=r"1\.0 s"):
        estimate_chords(render(CADENCE).between(0, 0.5), store, engine=engine)
    assert estimate_chords(render(CADENCE).between(0, 1.2), store, engine=engine).labels


def test_loudness_does_not_matter(store: WeightStore) -> None:
    audio = render(CADENCE)
    faint = Audio(audio.samples * 1e-3, RATE)
    assert estimate_chords(faint, store).labels == estimate_chords(audio, store).labels


def test_progress_rises_to_one_and_can_cancel(store: WeightStore) -> None:
    fractions: list[float] = []
    estimate_chords(render(CADENCE), store, progress=fractions.append)
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0 and fractions[-1] == 1.0 and len(fractions) > 5

    def stop(fraction: float) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        estimate_chords(render(CADENCE), store, progress=stop)


# ---- the network --------------------------------------------------------------------------------


def test_heads_agree_on_a_plain_triad(store: WeightStore) -> None:
    network = crema.load_crema(store.folder(crema.WEIGHTS))
    heard = network(crema.features(crema.heard_at(crema.spectrum(render(("D:min",) * 3).at(RATE)))))
    middle = slice(10, -10)
    assert crema.TAGS[int(heard.tags[middle].mean(axis=0).argmax())] == "D:min"
    assert heard.roots[middle].mean(axis=0).argmax() == 2
    assert heard.basses[middle].mean(axis=0).argmax() == 2
    assert set(np.argsort(heard.pitches[middle].mean(axis=0))[-3:]) == {2, 5, 9}
    for probabilities in (heard.tags, heard.roots, heard.basses):
        np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-5)


def test_what_the_network_hears_moved_is_the_moved_music(store: WeightStore) -> None:
    network = crema.load_crema(store.folder(crema.WEIGHTS))
    signal = render(CADENCE).at(RATE)
    wide = crema.spectrum(signal)
    moved = network(crema.features(crema.heard_at(wide, 2))).tags
    retuned = network(crema.features(crema.heard_at(crema.spectrum(signal, 2.0)))).tags
    np.testing.assert_allclose(moved, retuned, atol=0.02)
    tags = [crema.TAGS[k] for k in moved[10::22].argmax(axis=1)[:4]]
    assert tags == ["A#:maj", "D#:maj", "F:maj", "A#:maj"]


def test_tags_are_sorted_as_the_network_was_trained() -> None:
    assert list(crema.TAGS) == sorted(crema.TAGS)
    assert len(set(crema.TAGS)) == 170
    for tag in crema.TAGS:
        mir_eval.chord.encode(tag)


def test_the_gru_is_keras_older_one() -> None:
    """Against the equations of Cho et al. (2014) written out, with Keras' hard sigmoid."""
    rng = np.random.default_rng(0)
    driven, gates, candidate = (
        rng.normal(0, 0.5, shape).astype(np.float32) for shape in ((7, 12), (4, 8), (4, 4))
    )
    state = np.zeros(4)
    for t, states in enumerate(crema._gru(driven, gates, candidate)):
        update, reset = np.split(np.clip(0.2 * (driven[t, :8] + state @ gates) + 0.5, 0, 1), 2)
        proposal = np.tanh(driven[t, 8:] + (reset * state) @ candidate)
        state = update * state + (1 - update) * proposal
        np.testing.assert_allclose(states, state, atol=1e-5)


# ---- the spectrum -------------------------------------------------------------------------------


def test_a_sine_shows_in_its_bin_in_every_octave() -> None:
    t = np.arange(3 * RATE) / RATE
    bins = np.array([9, 50, 100, 150, 200, 249])
    for k in bins:
        sine = np.sin(2 * np.pi * C1_HZ * 2.0 ** (k / 36) * t).astype(np.float32)
        magnitudes = constant_q(sine, RATE, hop_length=2048, octaves=7)[12:-12]
        assert magnitudes.mean(axis=0).argmax() == k
        # half the amplitude, times the root of the kernel's length
        quality = 1.0 / np.tanh(np.log(2.0) / 36)
        expected = 0.5 * np.sqrt(quality * RATE / (C1_HZ * 2.0 ** (k / 36)))
        np.testing.assert_allclose(magnitudes[:, k], expected, rtol=0.02)


@pytest.mark.parametrize("cents", [-45, -20, 0, 15, 40])
def test_tuning_is_found_within_three_cents(cents: int) -> None:
    signal = render(SONG, cents / 100).at(RATE)
    spectrum = constant_q(signal, RATE, hop_length=2048, octaves=7)
    assert estimate_tuning(spectrum) == pytest.approx(cents / 100, abs=0.03)


# ---- Viterbi's search ---------------------------------------------------------------------------


def test_the_path_is_the_best_of_all() -> None:
    """Against every path of five frames through three states."""
    rng = np.random.default_rng(1)
    paths = np.stack(np.meshgrid(*[np.arange(3)] * 5, indexing="ij"), axis=-1).reshape(-1, 5)
    changes = (paths[:, 1:] != paths[:, :-1]).sum(axis=1)
    for cost in (0.0, 0.5, 1.0, 3.0):
        scores = np.log(rng.dirichlet(np.ones(3), size=5)).astype(np.float32)
        totals = np.sum(scores[np.arange(5), paths], axis=1) - cost * changes
        np.testing.assert_array_equal(most_likely_path(scores, cost), paths[totals.argmax()])


def test_a_stubborn_path_ignores_a_flicker() -> None:
    scores = np.log(np.full((30, 2), [0.7, 0.3], np.float32))
    scores[15] = np.log([0.3, 0.7])
    assert most_likely_path(scores, 0.2)[15] == 1
    assert set(most_likely_path(scores, 1.0)) == {0}
