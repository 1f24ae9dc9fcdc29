"""Notes of synthesised music with the real weights, and the choice of who plays."""

from pathlib import Path

import mir_eval
import numpy as np
import pytest
from synthesis import SYNTH_RATE, plucked

from tools.annotations import Label, LabelCurve, Notes, Tags
from tools.audio import Audio
from tools.errors import AudioTooShortError, Cancelled, NoMusicError, WeightsError
from tools.nets.basic_pitch import load_basic_pitch
from tools.transcription import ENGINES, choose_instrument, estimate_notes, merge_notes
from tools.weights import WeightStore

PLAYED = [
    (0.5 + 0.4 * k, pitch)
    for k, chord in enumerate(
        [(60, 64, 67), (65,), (67,), (57, 60, 64), (69,), (65,), (53, 57, 60), (64,), (62,), (60,)]
    )
    for pitch in chord
]


@pytest.fixture(scope="module")
def tune() -> Audio:
    """Chords and a melody of plucked notes, 5.5 s."""
    mix = np.zeros(int(5.5 * SYNTH_RATE), np.float32)
    for at, pitch in PLAYED:
        sound = plucked(pitch, 0.38)
        start = int(at * SYNTH_RATE)
        mix[start : start + sound.size] += sound
    return Audio(mix[None], SYNTH_RATE, name="tune.wav")


def onset_f1(notes: Notes) -> float:
    truth = np.array([(at, at + 0.38) for at, _ in PLAYED])
    hertz = mir_eval.util.midi_to_hz(np.array([float(pitch) for _, pitch in PLAYED]))
    scores = mir_eval.transcription.precision_recall_f1_overlap(
        truth, hertz, *notes.to_mir_eval(), offset_ratio=None
    )
    return float(scores[2])


@pytest.mark.parametrize(("engine", "least"), [("basic-pitch", 0.8), ("plain", 0.6)])
def test_chords_and_melody_are_heard(
    tune: Audio, store: WeightStore, engine: str, least: float
) -> None:
    notes = estimate_notes(tune, store, "any", engine=engine)
    assert onset_f1(notes) >= least
    assert notes.estimator.startswith(engine + "/")
    assert notes.parts == ()
    assert all(1 <= v <= 127 for v in notes.velocities)
    assert all(0 <= a < b <= tune.duration for a, b in notes.intervals)
    assert Notes.from_dict(notes.to_dict()) == notes


def test_a_shift_of_the_sound_shifts_the_notes(tune: Audio, store: WeightStore) -> None:
    later = np.pad(tune.samples, ((0, 0), (int(1.234 * SYNTH_RATE), 0)))
    notes = estimate_notes(Audio(later, SYNTH_RATE), store, "any")
    spans = tuple((max(0.0, a - 1.234), b - 1.234) for a, b in notes.intervals if b > 1.3)
    assert len(spans) == len(notes.intervals)
    assert onset_f1(Notes(spans, notes.pitches, notes.velocities, notes.estimator)) >= 0.8


def test_bends_are_given_when_asked_for(tune: Audio, store: WeightStore) -> None:
    notes = estimate_notes(tune, store, "any", bends=True)
    assert len(notes.bends) == len(notes.pitches)
    assert all(abs(b) <= 1.0 for bend in notes.bends for b in bend)


def test_parts_say_who_plays(tune: Audio, store: WeightStore) -> None:
    notes = estimate_notes(tune, store, "drums")
    assert set(notes.parts) == {"drums"} and notes.estimator.startswith("drums/")
    voice = estimate_notes(tune, store, "voice")
    assert set(voice.parts) == {"voice"} and voice.estimator.startswith("voice/")


def test_without_weights_the_plain_engine_answers(tune: Audio, tmp_path: Path) -> None:
    notes = estimate_notes(tune, WeightStore(tmp_path, offline=True), "any")
    assert notes.estimator.startswith("plain/")
    assert ENGINES[-1].name == "plain"


def test_silence_and_a_moment_have_no_notes(store: WeightStore) -> None:
    silence = Audio(np.zeros((1, SYNTH_RATE), np.float32), SYNTH_RATE)
    with pytest.raises(NoMusicError, match="silent"):
        estimate_notes(silence, store)
    with pytest.raises(AudioTooShortError, match="Transcription needs"):
        estimate_notes(Audio(np.ones((1, 1), np.float32), SYNTH_RATE), store)


def test_transcription_can_be_stopped(tune: Audio, store: WeightStore) -> None:
    def stop(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        estimate_notes(tune, store, "any", progress=stop)


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nmp.onnx").write_bytes(b"no network")
    with pytest.raises(WeightsError, match="does not load"):
        load_basic_pitch(tmp_path / "nmp.onnx")


def tags(voice: Label, *instruments: Label, curves: tuple[LabelCurve, ...] = ()) -> Tags:
    windows = ((0.0, 3.0),) if curves else ()
    return Tags((), instruments, (), voice, "test/1", windows=windows, curves=curves)


SUNG, PLAYED_ONLY = Label("vocal", 0.98), Label("instrumental", 0.9)


@pytest.mark.parametrize(
    ("heard", "instrument"),
    [
        (None, "any"),
        (tags(PLAYED_ONLY, Label("piano", 0.86)), "piano"),
        (tags(PLAYED_ONLY, Label("piano", 0.55)), "any"),
        (tags(PLAYED_ONLY, Label("piano", 0.9), Label("drums", 0.7)), "any"),
        (tags(SUNG, Label("piano", 0.9)), "any"),
        (tags(SUNG), "voice"),
        (tags(Label("vocal", 0.7)), "any"),
        (tags(SUNG, curves=(LabelCurve("guitar", "instruments", (0.4,)),)), "any"),
        (tags(PLAYED_ONLY, Label("drums", 0.93)), "drums"),
        (tags(PLAYED_ONLY, Label("drums", 0.93), Label("guitar", 0.6)), "any"),
        (tags(PLAYED_ONLY), "any"),
    ],
)
def test_who_plays_is_chosen_by_the_tags(heard: Tags | None, instrument: str) -> None:
    chosen, why = choose_instrument(heard)
    assert chosen == instrument and why


def test_the_reason_names_what_was_heard() -> None:
    _, why = choose_instrument(tags(PLAYED_ONLY, Label("piano", 0.81)))
    assert why == "the tagger hears a solo piano (81%)"


def test_merged_parts_keep_their_names_in_order_of_onset() -> None:
    bass = Notes(((0.0, 1.0), (2.0, 3.0)), (40, 43), (90, 80), "basic-pitch/1")
    drums = Notes(((1.0, 1.1),), (36,), (), "drums/1", parts=("drums",))
    merged = merge_notes({"bass": bass, "drums": drums})
    assert merged.parts == ("bass", "drums", "bass")
    assert merged.pitches == (40, 36, 43)
    assert merged.velocities == (90, 64, 80)
    assert merged.estimator == "basic-pitch/1+drums/1"
    assert merge_notes({}).pitches == ()


def test_a_voice_that_is_not_alone_goes_to_the_general_engine(
    tune: Audio, store: WeightStore
) -> None:
    """The tagger can't tell a singer from a singer with a piano; the number of notes can."""
    solo = np.zeros(int(4.5 * SYNTH_RATE), np.float32)
    for k, pitch in enumerate((60, 62, 64, 65, 67, 65, 64, 62)):
        sound = plucked(pitch, 0.45)
        start = int((0.3 + 0.5 * k) * SYNTH_RATE)
        solo[start : start + sound.size] += sound
    alone = estimate_notes(Audio(solo[None], SYNTH_RATE), store, tags=tags(SUNG))
    assert alone.estimator.startswith("voice/")
    assert estimate_notes(tune, store, tags=tags(SUNG)).estimator.startswith("basic-pitch/")
