import io
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import mido
import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.annotations import Beats, Key, KeySpan, Notes, Pedal, Sections, Tempo
from tools.beatgrid import beat_grid
from tools.errors import MusicToolError
from tools.midi import notes_to_midi, read_midi

PARTS = ("piano", "electric bass", "voice", "drums")


def wandering(count: int = 120, first: float = 0.73, seed: int = 0) -> Beats:
    """4/4 with one beat of pick-up, between 80 and 150 BPM, never steady."""
    rng = np.random.default_rng(seed)
    steps = 60 / (115 + 30 * np.sin(np.arange(count) / 9)) * rng.uniform(0.97, 1.03, count)
    times = first + np.concatenate([[0], np.cumsum(steps[:-1])])
    return Beats(tuple(times), tuple((i - 1) % 4 + 1 for i in range(count)), "b/1", "4/4")


def played(count: int = 400, until: float = 62.0, seed: int = 1) -> Notes:
    """Random notes in four parts, no pitch twice at once within a part."""
    rng = np.random.default_rng(seed)
    free: dict[tuple[str, int], float] = {}
    rows = []
    for start in np.sort(rng.uniform(0, until, count)):
        part = str(rng.choice(PARTS))
        pitch = int(rng.integers(36, 84))
        if free.get((part, pitch), -1.0) >= start:
            continue
        end = start + rng.uniform(0.05, 2.0)
        free[part, pitch] = end + 0.01
        rows.append((start, end, pitch, int(rng.integers(1, 128)), part))
    starts, ends, pitches, velocities, parts = zip(*rows, strict=True)
    return Notes(tuple(zip(starts, ends, strict=True)), pitches, velocities, "x/1", parts)


def f1(reference: Notes, estimate: Notes, tolerance: float = 0.005) -> float:
    _, _, f, _ = mir_eval.transcription.precision_recall_f1_overlap(
        *reference.to_mir_eval(),
        *estimate.to_mir_eval(),
        onset_tolerance=tolerance,
        offset_ratio=0.0,
        offset_min_tolerance=tolerance,
    )
    return float(f)


def of_part(notes: Notes, part: str) -> Notes:
    chosen = [i for i, name in enumerate(notes.parts) if name == part]
    return Notes(
        tuple(notes.intervals[i] for i in chosen),
        tuple(notes.pitches[i] for i in chosen),
        tuple(notes.velocities[i] for i in chosen),
        notes.estimator,
    )


def parsed(content: bytes) -> mido.MidiFile:
    return mido.MidiFile(file=io.BytesIO(content), charset="utf-8")


def told(track: mido.MidiTrack, kind: str) -> Iterator[tuple[int, mido.Message]]:
    tick = 0
    for message in track:
        tick += message.time
        if message.type == kind:
            yield tick, message


def bar_lines(file: mido.MidiFile, until: int) -> list[int]:
    """Where a sequencer draws bar lines, by the time signatures alone."""
    changes = list(told(file.tracks[0], "time_signature"))
    lines: list[int] = []
    ends = [tick for tick, _ in changes[1:]] + [until]
    for (start, meter), end in zip(changes, ends, strict=True):
        length = file.ticks_per_beat * 4 * meter.numerator // meter.denominator
        lines += range(start, end, length)
    return lines


def seconds_of(file: mido.MidiFile, ticks: list[int]) -> list[float]:
    tempi = [(tick, m.tempo) for tick, m in told(file.tracks[0], "set_tempo")]
    seconds = []
    for tick in ticks:
        parts = [
            (t, min(tick, u), tempo) for (t, tempo), (u, _) in pairwise([*tempi, (1 << 40, 0)])
        ]
        seconds.append(
            sum(max(0, u - t) * tempo for t, u, tempo in parts) / 1e6 / file.ticks_per_beat
        )
    return seconds


# ---- time ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [0.0, 0.004, 0.11, 0.73, 9.4])
def test_every_note_comes_back_at_its_second_through_a_wandering_tempo_map(first: float) -> None:
    notes = played()
    again = read_midi(notes_to_midi(notes, wandering(first=first), key=Key("F", "minor", 1.0, "k")))
    assert len(again.pitches) == len(notes.pitches)
    for part in PARTS:
        assert f1(of_part(notes, part), of_part(again, part)) == 1.0
        assert sorted(of_part(again, part).velocities) == sorted(of_part(notes, part).velocities)


def test_seconds_hold_without_beats_and_with_a_tempo_only() -> None:
    notes = played(60)
    assert f1(notes, read_midi(notes_to_midi(notes))) == 1.0
    content = notes_to_midi(notes, tempo=Tempo(93.7, None, "t/1"))
    assert f1(notes, read_midi(content)) == 1.0
    ((_, tempo),) = told(parsed(content).tracks[0], "set_tempo")
    assert 60e6 / tempo.tempo == pytest.approx(93.7, abs=0.001)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.floats(0.12, 3.0), min_size=1, max_size=40),
    st.floats(0.0, 5.0),
    st.integers(0, 6),
    st.sampled_from(["2/4", "3/4", "4/4", "6/8", None]),
)
def test_any_beats_keep_the_notes_in_place(
    steps: list[float], first: float, shift: int, meter: str | None
) -> None:
    times = np.cumsum([first, *steps])
    beats = Beats(tuple(times), tuple((i + shift) % 4 + 1 for i in range(len(times))), "b", meter)
    notes = played(40, 20.0)
    assert f1(notes, read_midi(notes_to_midi(notes, beats))) == 1.0


def test_downbeats_are_bar_lines_and_a_pickup_makes_a_short_bar() -> None:
    beats = wandering()
    file = parsed(notes_to_midi(played(), beats))
    lines = seconds_of(file, bar_lines(file, 200 * file.ticks_per_beat))
    for downbeat in beats.downbeats:
        assert min(abs(downbeat - line) for line in lines) < 0.002
    within = [t for t in lines if beats.downbeats[0] - 0.01 < t < beats.times[-1]]
    assert len(within) == len(beats.downbeats)


def test_a_bar_of_another_length_gets_its_own_meter() -> None:
    positions = [1, 2, 3, 4] * 3 + [1, 2, 3] + [1, 2, 3, 4] * 3
    beats = Beats(tuple(0.5 * i for i in range(len(positions))), tuple(positions), "b/1", "4/4")
    file = parsed(notes_to_midi(played(50, 10.0), beats))
    meters = [(t / 960, m.numerator) for t, m in told(file.tracks[0], "time_signature")]
    assert meters == [(0, 4), (12, 3), (15, 4)]


def test_six_eight_counts_dotted_quarters() -> None:
    beats = Beats(tuple(0.6 * i for i in range(12)), (1, 2) * 6, "b/1", "6/8")
    file = parsed(notes_to_midi(played(50, 7.0), beats))
    ((_, meter),) = told(file.tracks[0], "time_signature")
    ((_, tempo),) = told(file.tracks[0], "set_tempo")
    assert (meter.numerator, meter.denominator) == (6, 8)
    assert tempo.tempo == 400_000  # a quarter is two thirds of a beat


def test_a_steady_track_has_one_tempo() -> None:
    beats = Beats(tuple(0.5 * i for i in range(300)), (1, 2, 3, 4) * 75, "b/1", "4/4")
    file = parsed(notes_to_midi(played(), beats))
    assert [m.tempo for _, m in told(file.tracks[0], "set_tempo")] == [500_000]


def test_a_pause_without_beats_keeps_its_bars() -> None:
    heard = [i for i in range(64) if not 16 <= i < 40]
    beats = Beats(tuple(0.5 * i for i in heard), tuple(i % 4 + 1 for i in heard), "b/1", "4/4")
    grid = beat_grid(beats)
    assert np.allclose(grid.times, 0.5 * np.arange(64))
    assert {bar.beats for bar in grid.bars} == {4}


# ---- what is told ------------------------------------------------------------------------------


def test_tracks_are_named_and_sound_like_their_parts() -> None:
    file = parsed(notes_to_midi(played(), title="Blue\nMoon ♭"))
    assert file.type == 1
    assert file.tracks[0].name == "Blue Moon ♭"
    names = {track.name: track for track in file.tracks[1:]}
    assert set(names) == set(PARTS)
    programs = {n: [m.program for _, m in told(t, "program_change")] for n, t in names.items()}
    assert programs == {"piano": [0], "electric bass": [33], "voice": [53], "drums": []}
    assert {m.channel for _, m in told(names["drums"], "note_on")} == {9}
    channels = [{m.channel for _, m in told(t, "note_on")} for t in file.tracks[1:]]
    assert all(len(c) == 1 for c in channels) and len(set.union(*channels)) == 4


@pytest.mark.parametrize(
    ("tonic", "mode", "written"),
    [("F", "minor", "Fm"), ("A#", "major", "Bb"), ("Gb", "minor", "F#m"), ("Db", "major", "Db")],
)
def test_keys_are_signatures_that_exist(tonic: str, mode: str, written: str) -> None:
    file = parsed(notes_to_midi(played(20), key=Key(tonic, mode, None, "k/1")))
    assert [m.key for _, m in told(file.tracks[0], "key_signature")] == [written]


def test_a_key_changes_at_a_bar_line() -> None:
    spans = (KeySpan(0.0, 16.3, "C", "major"), KeySpan(16.3, 40.0, "E", "minor"))
    beats = Beats(tuple(0.5 * i for i in range(80)), (1, 2, 3, 4) * 20, "b/1", "4/4")
    key = Key("C", "major", None, "k/1", (), spans)
    file = parsed(notes_to_midi(played(20, 30.0), beats, key=key))
    signatures = [(t / 960 / 4, m.key) for t, m in told(file.tracks[0], "key_signature")]
    assert signatures == [(0, "C"), (8, "Em")]


def test_sections_are_markers() -> None:
    spans = ((0.0, 8.0), (8.0, 20.0))
    form = Sections(spans, ("intro", "verse"), "s/1", letters=("A", "B"))
    file = parsed(notes_to_midi(played(20, 20.0), wandering(), sections=form))
    told_ = [(m.text, tick) for tick, m in told(file.tracks[0], "marker")]
    assert [text for text, _ in told_] == ["Intro A", "Verse B"]
    assert seconds_of(file, [tick for _, tick in told_]) == pytest.approx([0.0, 8.0], abs=0.001)


def test_pedals_come_back() -> None:
    pedals = (
        Pedal(0.5, 2.0), Pedal(0.7, 1.2, "soft"), Pedal(2.0, 3.1), Pedal(3.0, 3.5, "sostenuto")
    )  # fmt: skip
    notes = Notes(((0.5, 1.0), (1.0, 4.0)), (60, 64), (90, 80), "x/1", pedals=pedals)
    again = read_midi(notes_to_midi(notes, wandering()))
    assert [p.kind for p in again.pedals] == [p.kind for p in pedals]
    for ours, theirs in zip(pedals, again.pedals, strict=True):
        assert (theirs.start, theirs.end) == pytest.approx((ours.start, ours.end), abs=0.002)


def test_bends_come_back_where_a_note_sounds_alone() -> None:
    wave = tuple(0.3 * np.sin(np.linspace(0, 9, 80)))
    glide = tuple(np.linspace(-3.5, 0, 50))
    notes = Notes(
        ((0.5, 1.3), (1.5, 2.0), (3.0, 4.0), (3.5, 4.5)),
        (60, 64, 65, 67),
        (90, 90, 90, 90),
        "x/1",
        bends=(wave, glide, (0.5,) * 9, (0.5,) * 9),
    )
    again = read_midi(notes_to_midi(notes, wandering()))
    assert np.allclose(again.bends[0], wave, atol=0.08)
    assert np.allclose(again.bends[1], glide, atol=0.25)
    assert again.bends[2:] == ((), ())  # two at once would bend each other


def test_a_steady_part_is_not_bent() -> None:
    notes = Notes(((0.5, 1.3),), (60.2,), (90,), "x/1")
    assert "pitchwheel" not in {m.type for m in parsed(notes_to_midi(notes)).tracks[1]}


def test_a_key_struck_again_while_it_sounds_starts_anew() -> None:
    notes = Notes(((0.0, 2.0), (1.0, 3.0), (1.0, 4.0)), (60, 60, 60), (50, 60, 70), "x/1")
    again = read_midi(notes_to_midi(notes))
    assert again.intervals == ((0.0, 1.0), (1.0, 4.0))
    assert again.velocities == (50, 70)


def test_no_notes_make_a_file_without_notes() -> None:
    with pytest.raises(MusicToolError, match="There are no notes in these bytes"):
        read_midi(notes_to_midi(Notes((), (), (), "x/1")))


# ---- other people's files ----------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"MThd", b"RIFF" * 9, b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk"])
def test_what_is_no_midi_is_told_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(content)
    with pytest.raises(MusicToolError, match=re.escape("'a.mid'")):
        read_midi(path)
    with pytest.raises(MusicToolError, match=r"'none\.mid'"):
        read_midi(tmp_path / "none.mid")


def test_a_file_by_others_is_read(tmp_path: Path) -> None:
    file = mido.MidiFile(type=0, ticks_per_beat=96)
    track = mido.MidiTrack()
    track += [
        mido.MetaMessage("set_tempo", tempo=1_000_000),
        mido.Message("program_change", program=73, channel=3),
        mido.Message("note_on", note=60, velocity=64, channel=3),
        mido.Message("note_on", note=38, velocity=100, channel=9, time=48),
        mido.Message("note_on", note=60, velocity=0, channel=3, time=48),
        mido.Message("note_off", note=38, channel=9, time=96),
    ]
    file.tracks.append(track)
    file.save(tmp_path / "a.mid")
    notes = read_midi(tmp_path / "a.mid")
    assert notes.intervals == ((0.0, 1.0), (0.5, 2.0))
    assert notes.parts == ("flute", "drums")
