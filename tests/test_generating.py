"""New pieces as tracks of their own: files, mark, names, and music put to a recording."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import mido
import mir_eval
import numpy as np
import pytest
import soundfile
from synthesis import Truth

from agent.generation import generating
from agent.generation.from_track import SHAPE, accompanied, place_of, tune_of, whole
from agent.generation.generating import Piece, keep_piece, make_piece, title_of
from agent.generation.wishes import accompaniment, continuation
from agent.library import Library
from agent.memory import TrackMemory
from agent.record import TrackRecord
from tools.annotations import Beats
from tools.composing.audio_engines import AudioEngine
from tools.composing.brief import Brief
from tools.embedding import Words
from tools.errors import Cancelled, MusicToolError
from tools.generation import generate
from tools.synthesis.montage import followed
from tools.weights import WeightStore

BRIEF = Brief(
    "A slow waltz", bars=8, bpm=90, meter="3/4", tonic="D", mode="minor", style="waltz", seed=4
)
ASKED = {"key": "D minor", "bpm": 90, "meter": "3/4"}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, store: WeightStore) -> Iterator[Library]:
    with TrackMemory(tmp_path_factory.mktemp("data"), Words(store)) as memory:
        yield Library(memory, store, exports=tmp_path_factory.mktemp("exports"))


@pytest.fixture(scope="module")
def piece(library: Library) -> Piece:
    return make_piece(library, BRIEF, ASKED)


def test_a_piece_is_three_files_that_others_can_read(piece: Piece) -> None:
    assert {form: file.name for form, file in piece.files.items()} == {
        "audio": "Slow waltz.flac", "midi": "Slow waltz.mid", "musicxml": "Slow waltz.musicxml",
    }  # fmt: skip
    with soundfile.SoundFile(piece.files["audio"]) as sound:
        assert sound.channels == 2
        assert sound.title == "Slow waltz"
        assert "composer" in sound.comment
        assert sound.frames / sound.samplerate == pytest.approx(8 * 3 * 60 / 90, abs=4)
    notes = [m for m in mido.MidiFile(piece.files["midi"]) if m.type == "note_on" and m.velocity]
    assert len(notes) > 40
    root = ElementTree.parse(piece.files["musicxml"]).getroot()
    assert root.find(".//time/beats") is not None
    assert next(e.text for e in root.iter("beats")) == "3"


def test_it_is_heard_like_any_recording_and_bears_its_mark(library: Library, piece: Piece) -> None:
    assert piece.honoured == {"key": True, "bpm": True, "meter": True}
    record = library.record(piece.handle)
    assert record.generated == piece.engine.signature == "composer/1"
    assert [t.handle for t in library.tracks if t.current] == [piece.handle]
    kept = library.memory.get(record.id)
    assert kept is not None
    assert kept.generated == "composer/1"
    assert TrackRecord.from_dict(kept.to_dict()) == kept
    assert "generated" not in replace(kept, generated="").to_dict()


def test_the_same_seed_is_the_same_track_and_no_file_is_written_over(
    library: Library, piece: Piece
) -> None:
    again = make_piece(library, BRIEF, ASKED)
    assert again.handle == piece.handle
    assert again.files["audio"].name == "Slow waltz 2.flac"
    assert library.record(again.handle).generated == "composer/1"
    other = make_piece(library, replace(BRIEF, seed=5), {})
    assert other.handle != piece.handle
    assert piece.files["audio"].is_file()


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("write me a slow waltz", "Slow waltz"),
        ("make some rain", "Rain"),
        ("", "Waltz piece"),
        ("a sad song in D minor at 80", "Sad song"),
        ("generate a 5/4 groove with slap bass", "Groove"),
        ("16 bars of funk", "Funk"),
        ("a " + "very " * 30 + "long piece", "Very very very very very very very very very very very very"),
    ],
)  # fmt: skip
def test_a_title_is_what_was_asked_without_the_order(words: str, title: str) -> None:
    assert title_of(replace(BRIEF, description=words)) == title


def test_what_can_not_be_saved_leaves_nothing(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = generate(replace(BRIEF, bars=2), library.store, "composer")
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(MusicToolError, match="can't be saved"):
        keep_piece(library, BRIEF, made, folder=blocked)

    def full(*told: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(generating, "_write_sound", full)
    with pytest.raises(MusicToolError, match="No space left"):
        keep_piece(library, BRIEF, made, folder=tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


def test_it_can_be_stopped_and_leaves_nothing(library: Library, tmp_path: Path) -> None:
    def stop(fraction: float, doing: str) -> None:
        if fraction > 0.2:
            raise Cancelled

    with pytest.raises(Cancelled):
        make_piece(library, replace(BRIEF, seed=77), {}, folder=tmp_path, report=stop)
    assert list(tmp_path.iterdir()) == []


# ---- put to a recording -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def heard(library: Library, pop: Truth) -> str:
    """The handle of 32 s in C major at 120 BPM."""
    handle = library.open(pop.path)
    library.ensure(handle, SHAPE)
    return handle


def test_new_music_takes_over_at_a_downbeat(library: Library, heard: str) -> None:
    record = library.record(heard)
    beats = record.annotation("beats")
    assert isinstance(beats, Beats)
    assert place_of(record, 9.0) in beats.downbeats
    assert abs(place_of(record, 9.0) - 9.0) <= 1.1
    assert beats.downbeats[-1] < place_of(record, None) <= record.duration


def test_a_track_goes_on_as_it_was(library: Library, heard: str) -> None:
    record = library.record(heard)
    at = place_of(record, 12.0)
    wish = continuation(record, at, seconds=8, seed=1)
    assert wish.brief.tonic == "C"
    assert wish.brief.bpm == pytest.approx(120, rel=0.02)
    before = whole(library, heard).between(0, at)
    piece = make_piece(
        library, wish.brief, wish.asked, before=before, starts=at,
        finish=lambda made: followed(before, made.audio, at),
    )  # fmt: skip
    sound, rate = soundfile.read(piece.files["audio"], always_2d=True)
    old, old_rate = soundfile.read(record.path, always_2d=True)
    assert len(sound) / rate > at + 7
    if rate == old_rate:
        kept = int((at - 0.2) * rate)
        assert np.corrcoef(sound[:kept, 0], old[:kept, 0])[0, 1] > 0.99
    assert np.abs(sound[int((at + 1) * rate) :]).max() > 0.01


def test_a_tune_is_read_for_a_network_only_where_there_is_one(
    library: Library, heard: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tune_of(library, heard) is None
    monkeypatch.setattr(AudioEngine, "obstacle", lambda self, store: None)
    sound = tune_of(library, heard)
    assert sound is not None
    assert sound.duration == pytest.approx(library.record(heard).duration, abs=0.01)
    assert tune_of(library, heard, "composer") is None


def test_what_plays_along_is_on_the_beats_of_the_recording(library: Library, heard: str) -> None:
    record = library.record(heard)
    wish = accompaniment(record, "with drums", seed=1)
    piece = accompanied(library, heard, record, wish, lambda fraction, doing: None)
    assert piece.score is not None
    assert not [part for part in piece.score.parts if part.name.startswith("melody")]
    assert [part for part in piece.score.parts if part.is_drums]
    beats, old = piece.record.annotation("beats"), record.annotation("beats")
    assert isinstance(beats, Beats)
    assert isinstance(old, Beats)
    assert mir_eval.beat.f_measure(np.array(old.times), np.array(beats.times)) > 0.9
    assert piece.record.duration >= record.duration - 0.1
