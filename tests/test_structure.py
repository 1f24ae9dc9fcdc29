"""The form: songs of known form, arranged here bar by bar."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import mir_eval
import numpy as np
import pytest
from numpy.typing import NDArray
from synthesis import SYNTH_RATE, plucked, thump

from tools import structure
from tools.annotations import Beats, Chords, Label, LabelCurve, Level, Sections, Tags
from tools.audio import Audio
from tools.cells import hear_cells, make_cells
from tools.errors import AudioTooShortError, Cancelled, NoMusicError
from tools.structure import estimate_sections
from tools.weights import WeightStore

Sound = NDArray[np.float32]

BEAT = 0.4
BAR = 4 * BEAT


@dataclass(frozen=True)
class Kind:
    """What a section is made of: a loop of chords (MIDI notes), its gain, and how it is played."""

    chords: tuple[tuple[int, ...], ...]
    gain: float = 1.0
    drums: bool = True
    octave: int = 0


VERSE = Kind(((57, 60, 64), (53, 57, 60)), gain=0.6)
CHORUS = Kind(((60, 64, 67), (55, 59, 62), (57, 60, 64), (53, 57, 60)), octave=12)
BRIDGE = Kind(((52, 56, 59), (54, 57, 61), (56, 59, 63), (49, 52, 56)), gain=0.5, drums=False)
THEME_CHORDS = ((60, 64, 67), (52, 56, 59), (57, 60, 64), (53, 57, 60), (50, 54, 57), (55, 59, 62))
THEME = Kind(THEME_CHORDS)
THEME_AGAIN = Kind(THEME_CHORDS, gain=0.4, drums=False, octave=12)
KINDS = {"A": VERSE, "B": CHORUS, "C": BRIDGE, "T": THEME, "t": THEME_AGAIN}


@dataclass(frozen=True)
class Song:
    """A song and its form: bars of each section, whose kinds are the letters."""

    audio: Audio
    beats: Beats
    intervals: NDArray[np.float64]
    letters: list[str]

    def score(self, found: Sections) -> tuple[float, float]:
        """Return the boundary hit rate at 3 s and the pairwise F of letters."""
        intervals, _ = found.to_mir_eval()
        labels = list(found.letters)
        end = self.intervals.max()
        intervals, labels = mir_eval.util.adjust_intervals(intervals, labels, 0.0, end, "X", "X")
        hits = mir_eval.segment.detection(self.intervals, intervals, window=3.0)[2]
        pairs = mir_eval.segment.pairwise(self.intervals, self.letters, intervals, labels)[2]
        return float(hits), float(pairs)


@cache
def bar_of(chord: tuple[int, ...], kind: Kind) -> Sound:
    """One bar: the chord on every beat, its root below, and drums."""
    rng = np.random.default_rng(sum(chord))
    sound = np.zeros(int(BAR * SYNTH_RATE), np.float32)

    def put(part: Sound, beat: int, gain: float) -> None:
        start = int(beat * BEAT * SYNTH_RATE)
        sound[start : start + part.size] += gain * part[: sound.size - start]

    for beat in range(4):
        for note in chord:
            put(plucked(note + kind.octave, BEAT), beat, kind.gain)
        put(plucked(chord[0] - 12, BEAT), beat, kind.gain)
        if kind.drums:
            put(thump(55 if beat % 2 == 0 else 190, 0.2, 0.7 * (beat % 2), rng), beat, 0.3)
    return sound


def arrange(form: str, bars: int = 8, kinds: Mapping[str, Kind] = KINDS) -> Song:
    made = {
        letter: [bar_of(chord, kinds[letter]) for chord in kinds[letter].chords]
        for letter in set(form)
    }
    played = [made[letter][k % len(made[letter])] for letter in form for k in range(bars)]
    signal = np.concatenate(played)
    noise = np.random.default_rng(0).standard_normal(signal.size)
    signal = (0.7 * signal / np.abs(signal).max() + 0.001 * noise).astype(np.float32)
    count = len(played) * 4
    edges = np.arange(len(form) + 1) * bars * BAR
    return Song(
        Audio(signal[None], SYNTH_RATE, name="song"),
        Beats(tuple(np.arange(count) * BEAT), tuple(np.arange(count) % 4 + 1), "truth/1", "4/4"),
        np.column_stack([edges[:-1], edges[1:]]),
        list(form),
    )


def voiced(song: Song, probability: Mapping[str, float]) -> Tags:
    """Tags of a vocal song whose sections are sung as the mapping says."""
    starts = np.arange(0.0, song.audio.duration - 3.0, 1.5)
    section = np.searchsorted(song.intervals[:, 1], starts + 1.5, side="right")
    curve = [probability[song.letters[min(k, len(song.letters) - 1)]] for k in section]
    return Tags(
        genres=(Label("pop", 0.8),),
        instruments=(),
        moods=(),
        voice=Label("vocal", 0.9),
        estimator="truth/1",
        windows=tuple((t, t + 3.0) for t in starts),
        curves=(LabelCurve("vocal", "voice", tuple(curve)),),
    )


@pytest.fixture(scope="module")
def pop_song() -> Song:
    return arrange("CABABCB")


def listened(song: Song, store: WeightStore, **known: object) -> Sections:
    return estimate_sections(song.audio, store, beats=song.beats, engine="plain", **known)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ["AB", "ABAB", "ABACA"])
def test_finds_the_form_of_an_arrangement(form: str, store: WeightStore) -> None:
    song = arrange(form)
    found = listened(song, store)
    hits, pairs = song.score(found)
    assert hits >= 0.9
    assert pairs >= 0.9
    assert "".join(found.letters) == form


def test_hears_through_a_network_too(store: WeightStore) -> None:
    song = arrange("AB")
    found = estimate_sections(song.audio, store, beats=song.beats)
    assert found.estimator == "spectral/1"
    assert song.score(found) >= (0.9, 0.9)


def test_finds_the_form_without_beats(store: WeightStore) -> None:
    song = arrange("ABAC")
    found = estimate_sections(song.audio, store, engine="plain")
    hits, pairs = song.score(found)
    assert hits >= 0.8
    assert pairs >= 0.8


def test_boundaries_lie_on_downbeats(pop_song: Song, store: WeightStore) -> None:
    found = listened(pop_song, store)
    downbeats = np.array(pop_song.beats.downbeats)
    inner = [start for start, _ in found.intervals[1:]]
    assert len(inner) >= 4
    assert all(np.abs(downbeats - start).min() < 0.001 for start in inner)


def test_covers_the_whole_track(pop_song: Song, store: WeightStore) -> None:
    found = listened(pop_song, store)
    assert found.intervals[0][0] == 0.0
    assert found.intervals[-1][1] == pytest.approx(pop_song.audio.duration, abs=0.001)
    ends = [end for _, end in found.intervals[:-1]]
    assert ends == [start for start, _ in found.intervals[1:]]
    assert Sections.from_dict(found.to_dict()) == found


def test_a_song_has_verses_and_choruses(pop_song: Song, store: WeightStore) -> None:
    tags = voiced(pop_song, {"A": 0.85, "B": 0.95, "C": 0.05})
    found = listened(pop_song, store, tags=tags)
    assert found.labels[0] == "intro"
    assert found.labels[1:5] == ("verse", "chorus", "verse", "chorus")
    assert found.labels[5] in ("instrumental", "break")
    assert found.labels[6] == "chorus"
    assert all(0.35 <= sure <= 1 for sure in found.confidences)


def test_what_nobody_sings_has_letters_only(pop_song: Song, store: WeightStore) -> None:
    found = listened(pop_song, store)
    assert set(found.labels[1:-1]) == {"section"}
    assert len(set(found.letters)) == 3


def test_the_louder_of_two_sung_parts_is_the_chorus(store: WeightStore) -> None:
    song = arrange("ABABA")
    tags = voiced(song, {"A": 0.9, "B": 0.9})
    hop = 1.0
    loud = {"A": -9.0, "B": -15.0}  # against what is heard: the level that is given counts
    section = np.arange(0, song.audio.duration, hop) // (8 * BAR)
    level = Level(hop, tuple(loud[song.letters[min(int(k), 4)]] for k in section), "truth/1")
    found = listened(song, store, tags=tags, level=level)
    assert found.labels[:2] == ("chorus", "verse")


def test_a_theme_may_come_back_with_other_instruments(store: WeightStore) -> None:
    found = listened(arrange("TBCt", bars=6), store)
    assert "".join(found.letters) == "ABCA"


def test_the_choruses_of_a_blues_are_told_by_their_chords(store: WeightStore) -> None:
    names = {"I": (57, 61, 64), "IV": (62, 66, 69), "V": (64, 68, 71)}
    form = ["I", "IV", "I", "I", "IV", "IV", "I", "I", "V", "IV", "I", "V"]
    song = arrange("XXX", bars=12, kinds={"X": Kind(tuple(names[d] for d in form))})
    labels = {"I": "A:7", "IV": "D:7", "V": "E:7"}
    starts = np.arange(36) * BAR
    chords = Chords(
        tuple((t, t + BAR) for t in starts), tuple(labels[d] for d in form * 3), "truth/1"
    )
    found = listened(song, store, chords=chords)
    assert found.intervals == pytest.approx(song.intervals, abs=0.01)
    assert found.letters == ("A", "A", "A")


def test_a_loop_that_never_changes_is_one_section(store: WeightStore) -> None:
    found = listened(arrange("B", bars=32), store)
    assert found.letters == ("A",)
    assert found.labels == ("section",)


def test_noise_is_one_section(store: WeightStore) -> None:
    noise = np.random.default_rng(1).standard_normal(40 * SYNTH_RATE).astype(np.float32) * 0.1
    found = estimate_sections(Audio(noise[None], SYNTH_RATE), store, engine="plain")
    assert len(found.labels) == 1


def test_a_short_track_is_one_section(store: WeightStore) -> None:
    song = arrange("AB", bars=5)
    found = listened(song, store)
    assert found.intervals == ((0.0, song.audio.duration),)
    assert found.labels == ("section",)


def test_refuses_silence_and_what_is_too_short(store: WeightStore) -> None:
    with pytest.raises(AudioTooShortError, match="needs 5"):
        estimate_sections(Audio(np.ones((1, 4 * SYNTH_RATE), np.float32), SYNTH_RATE), store)
    with pytest.raises(NoMusicError, match="silent"):
        estimate_sections(Audio(np.zeros((1, 30 * SYNTH_RATE), np.float32), SYNTH_RATE), store)


def test_can_be_cancelled(pop_song: Song, store: WeightStore) -> None:
    def stop(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        estimate_sections(pop_song.audio, store, engine="plain", progress=stop)


def test_progress_rises_to_the_end(pop_song: Song, store: WeightStore) -> None:
    told: list[float] = []
    estimate_sections(pop_song.audio, store, engine="plain", progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_letters_go_on_after_z() -> None:
    assert [structure._letter(k) for k in (0, 25, 26, 27, 52)] == ["A", "Z", "AA", "AB", "BA"]


def test_cells_fill_what_has_no_beats() -> None:
    times = np.arange(10.0, 20.0, 0.5)
    beats = Beats(tuple(times), tuple((np.arange(20) + 2) % 4 + 1), "truth/1", "4/4")
    cells = make_cells(40.0, beats)
    starts = cells.edges[:-1]
    assert np.allclose(np.diff(cells.edges), 0.5)
    assert len(cells) == 80
    assert np.isin([3.0, 9.0, 11.0, 19.0, 21.0, 37.0], starts[cells.marks]).all()
    assert cells.bar == 4


def test_a_long_track_has_cells_joined_to_bars(pop_song: Song) -> None:
    times = np.arange(0.0, 3600.0, 0.5)
    beats = Beats(tuple(times), tuple(np.arange(7200) % 4 + 1), "truth/1", "4/4")
    cells = make_cells(3600.0, beats)
    assert 300 < len(cells) <= 1500
    assert np.allclose(np.diff(cells.edges)[:-1], cells.bars * 2.0)
    heard = hear_cells(pop_song.audio, make_cells(pop_song.audio.duration, None))
    assert np.allclose(np.linalg.norm(heard.chroma, axis=1), np.sqrt(2), atol=1e-5)
