"""A library of recordings that were heard already answers the tools as the real one does."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.made_up import made_up_record
from agent.record import TrackRecord
from agent.recorded import FILES, RecordedLibrary, load_records, recorded_library
from agent.toolbox import Toolbox
from tools.annotations import Beats, Chords, Key, Sections, Tags, Tempo
from tools.errors import AudioDecodeError, MusicToolError, UnknownTrackError
from tools.theory import diatonic_chords, pitch_class

SONGS = [made_up_record(seed, f"Song {seed}") for seed in range(14)]
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("describe", {}),
    ("tempo", {}),
    ("key", {}),
    ("key", {"stem": "bass"}),
    ("chords", {"start": 30.0, "end": 60.0}),
    ("chords", {"stem": "accompaniment"}),
    ("tags", {"kind": "instruments"}),
    ("moment", {"start": 80.0}),
    ("structure", {}),
    ("caption", {}),
    ("separate", {"stems": ["vocals"]}),
    ("separate", {"stems": ["drums"], "start": 3.0, "end": 60.0}),
    ("transcribe", {"form": "midi"}),
    ("transcribe", {"stem": "bass"}),
    ("melody", {"stem": "vocals"}),
    ("export", {"forms": ["csv", "png"]}),
]


@pytest.fixture(scope="module")
def library() -> RecordedLibrary:
    return recorded_library(3, [("Night Walk", "Ana Rey"), ("Copper Sky", "")])


def call(library: RecordedLibrary, tool: str, **args: Any) -> tuple[str, dict[str, Any]]:
    functions = {t.name: t.func for t in Toolbox(library).tools() if t.func is not None}
    runtime = SimpleNamespace(stream_writer=lambda told: None, tool_call_id="call")
    words, artifact = functions[tool](**args, runtime=runtime)
    return words, artifact


@pytest.mark.parametrize(("tool", "args"), CALLS)
def test_every_tool_runs_on_it(
    library: RecordedLibrary, tool: str, args: dict[str, Any], tmp_path: Path
) -> None:
    words, artifact = call(library, tool, track="#1", **args)
    assert words
    assert artifact["tool"] == tool
    assert artifact["track"]["handle"].startswith("#1")
    json.dumps(artifact)


def test_nothing_is_written(library: RecordedLibrary) -> None:
    _, artifact = call(library, "export", track="#1", forms=["midi"])
    path = Path(artifact["data"]["files"]["midi"])
    assert path.name == "Night Walk.mid"
    assert not path.exists()


def test_known_files_open_and_others_fail_as_they_do() -> None:
    library = recorded_library(3, [("Night Walk", "")])
    assert library.open(FILES[0]) == "#2"
    assert library.open(Path("/elsewhere") / FILES[2]) == "#3"
    with pytest.raises(AudioDecodeError, match=r"No file '/nope.wav'\. Check the spelling"):
        library.open("/nope.wav")


def test_memory_finds_what_nobody_opened() -> None:
    library = recorded_library(3, [("Night Walk", "")])
    words, artifact = call(library, "search_library", text="neon garden")
    assert artifact["data"]["hits"][0]["title"] == "Neon Garden"
    assert "Neon Garden" in words
    assert len(library.tracks) > 1


def test_an_unknown_handle_or_stem_is_refused(library: RecordedLibrary) -> None:
    with pytest.raises(UnknownTrackError, match="No track '#9'"):
        library.ensure("#9", ("key",))
    with pytest.raises(MusicToolError, match="There is no stem 'kazoo'"):
        library.stem("#1", "kazoo")


def test_a_stem_has_what_it_has_of_its_track(library: RecordedLibrary) -> None:
    vocals = library.record(library.stem("#1", "vocals")).annotation("tags")
    drums = library.record(library.stem("#1", "drums")).annotation("tags")
    assert isinstance(vocals, Tags)
    assert isinstance(drums, Tags)
    assert vocals.voice is not None
    assert vocals.voice.label == "vocal"
    assert not vocals.instruments
    assert {x.label for x in drums.instruments} <= {"drums"}


def test_the_same_seed_makes_the_same_recording() -> None:
    assert made_up_record(5, "A") == made_up_record(5, "A")
    assert made_up_record(5, "A").annotations != made_up_record(6, "A").annotations


def test_recordings_are_plausible_as_music() -> None:
    inside = total = four = 0
    for record in SONGS:
        assert 115 <= record.duration <= 365
        key, chords, beats = (record.annotation(name) for name in ("key", "chords", "beats"))
        assert isinstance(beats, Beats)
        four += beats.meter == "4/4"
        if not (isinstance(key, Key) and isinstance(chords, Chords)) or key.changes:
            continue
        roots = {pitch_class(c.partition(":")[0]) for c in diatonic_chords(key.tonic, key.mode)}
        inside += sum(pitch_class(c.partition(":")[0]) in roots for c in chords.labels if c != "N")
        total += len(chords.labels)
    assert inside > 0.95 * total
    assert four > len(SONGS) / 2


def test_sections_begin_on_bars_and_tempo_fits_the_beats() -> None:
    for record in SONGS:
        beats, tempo, form = (record.annotation(n) for n in ("beats", "tempo", "segments"))
        assert isinstance(beats, Beats)
        if isinstance(form, Sections):
            starts = [start for start, _ in form.intervals[1:]]
            assert all(min(abs(d - s) for d in beats.downbeats) < 0.02 for s in starts)
        if isinstance(tempo, Tempo):
            step = (beats.times[-1] - beats.times[0]) / (len(beats.times) - 1)
            assert tempo.bpm == pytest.approx(60 / step, rel=0.01)


def test_some_readings_are_doubtful_and_most_are_not() -> None:
    sure = [k.confidence for r in SONGS if isinstance(k := r.annotation("key"), Key)]
    low = sum(c is not None and c < 0.62 for c in sure)
    assert 0 < low < len(sure) / 2


def test_real_records_take_made_up_titles(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    rows = [json.dumps(SONGS[n].to_dict()) for n in range(3)]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    found = load_records(file, [("Kites", "Salt"), ("Dust", "")])
    assert [r.title for r in found] == ["Kites", "Dust", "Kites"]
    assert all(isinstance(r, TrackRecord) and "Song" not in r.path for r in found)
    assert found[0].annotations == SONGS[0].annotations
