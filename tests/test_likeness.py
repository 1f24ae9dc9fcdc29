"""What is like what: whatever the key, at half the speed, in one section, and never a copy."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from few_tracks import JAZZ, MINOR, MODAL, POP, track

from agent.likeness import LikenessError, similar
from agent.memory import TrackMemory
from agent.recall import Row
from agent.record import TrackRecord, facts_of
from agent.recorded import RecordedMemory
from agent.shared_harmony import ProgressionIndex, profile, spelled, texts
from tools.annotations import Chords, Key, Label, LabelCurve, Tags
from tools.embedding import Vectors, hashed_vectors
from tools.joint import JointSpace
from tools.theory import pitch_class, tonic_name, transpose
from tools.weights import WeightStore

HARMONIES = [
    track(1, "Home", chords=POP),
    track(2, "Home in D", chords=POP, up=2, key="D major", bpm=87, seconds=120, genres=["folk"]),
    track(3, "Standard", chords=JAZZ, bpm=140),
    track(4, "Standard in Eb", chords=JAZZ, up=3, key="Eb major", bpm=99, seconds=180),
    track(5, "Modal", chords=MODAL, key="D minor", seconds=70),
    track(6, "Turned round", chords=MINOR, key="A minor", seconds=130),
]


class Letters:
    """An embedder that needs no weights."""

    space = "spelling"

    def embed(self, texts: Sequence[str]) -> Vectors:
        return hashed_vectors(texts)


def of(*numbers: int) -> list[str]:
    return [f"{n:032x}" for n in numbers]


def test_harmony_is_found_in_any_key() -> None:
    memory = RecordedMemory(HARMONIES)
    for seed, twin in ((1, 2), (2, 1), (3, 4), (4, 3)):
        hits = similar(memory, HARMONIES[seed - 1], "harmony")
        assert hits[0].id == of(twin)[0]
        assert any("progressions shared" in why for why in hits[0].why)
        assert hits[0].score > 0.85
    assert "both have I–V–vi–IV–I" in similar(memory, HARMONIES[0], "harmony")[0].why[0]
    # the same four chords from another one on: nearer than a standard is
    first = [hit.id for hit in similar(memory, HARMONIES[0], "harmony")]
    assert first[:2] == of(2, 6) and of(4)[0] not in first


def test_transposing_everything_changes_nothing() -> None:
    moved = [
        replace(r, annotations=r.annotations | {"chords": chords.to_dict()})
        for r in HARMONIES
        if isinstance(c := r.annotation("chords"), Chords)
        for chords in [Chords(c.intervals, tuple(_up(x) for x in c.labels), c.estimator)]
    ]
    scores = [
        [(hit.id, hit.score) for hit in similar(RecordedMemory(records), records[0], "harmony")]
        for records in (HARMONIES, [_key_up(record) for record in moved])
    ]
    assert scores[0] == scores[1]


def _up(label: str) -> str:
    return transpose(label, 5)


def _key_up(record: TrackRecord) -> TrackRecord:
    key = record.annotation("key")
    assert isinstance(key, Key)
    tonic = tonic_name((pitch_class(key.tonic) + 5) % 12, key.mode)
    return replace(
        record,
        annotations=record.annotations
        | {"key": Key(tonic, key.mode, key.confidence, key.estimator).to_dict()},
    )


def test_calling_a_minor_c_major_costs_no_chord() -> None:
    one = profile(facts_of(track(1, key="C major", chords=POP)))
    other = profile(facts_of(track(1, key="A minor", chords=POP)))
    assert one is not None and other is not None and (one == other).all()


def test_what_is_long_and_rare_weighs_more() -> None:
    common, rare, longer = "maj:0-maj:5", "maj:0-maj:1", "maj:0-maj:5-maj:2"
    crowd = [Row(str(n), "", {"progressions": [common]}) for n in range(20)]
    index = ProgressionIndex(
        [
            *crowd,
            Row("rare", "", {"progressions": [rare, "min:0-min:1"]}),
            Row("common", "", {"progressions": [common, "min:0-min:2"]}),
        ]
    )
    assert index.weight(rare) > index.weight(common)
    assert index.weight(longer) > index.weight("maj:0-maj:3")
    found = index.overlaps([common, rare])
    assert found["rare"].share > found["common"].share
    assert found["rare"].shared == (rare,)
    assert index.overlaps(["min:0-dim:6"]) == {}


def test_shared_progressions_are_told_in_numerals_or_names() -> None:
    record = track(1, chords=JAZZ)
    grams = texts(facts_of(record), "progressions")
    told = spelled([g for g in grams if g.startswith("min:0-dom:5-maj:5")], record)
    assert told[0].startswith("ii7–V7–Imaj7")
    no_key = replace(record, annotations={"chords": record.annotations["chords"]})
    assert spelled(["min:0-dom:5-maj:5"], no_key) == ("Dm7–G7–Cmaj7",)


def test_rhythm_counts_half_and_double_as_near() -> None:
    seed = track(1, bpm=140, seconds=100)
    others = [
        track(2, "Half", bpm=70, seconds=110),
        track(3, "Same", bpm=141, seconds=120),
        track(4, "Off", bpm=115, seconds=130),
        track(5, "Waltz", bpm=140, meter="3/4", seconds=140),
        track(6, "Free", bpm=140, swing=0.3, seconds=150),
    ]
    hits = similar(RecordedMemory([seed, *others]), seed, "rhythm")
    titles = [hit.title for hit in hits]
    assert titles[0] == "Same" and "Off" not in titles
    assert titles.index("Half") < titles.index("Waltz")
    assert titles.index("Same") < titles.index("Free")
    half = next(hit for hit in hits if hit.title == "Half")
    assert "tempo 70.0 BPM, half as fast" in half.why


def test_what_mixes_is_near_in_tempo_and_next_to_it_on_the_wheel() -> None:
    seed = track(1, bpm=124, key="A minor", seconds=100)
    others = [
        track(2, "Same", bpm=125, key="A minor", seconds=110),
        track(3, "Relative", bpm=126, key="C major", seconds=120),
        track(4, "Fifth up", bpm=120, key="E minor", seconds=130),
        track(5, "Tritone", bpm=124, key="Eb minor", seconds=140),
        track(6, "Too slow", bpm=112, key="A minor", seconds=150),
        track(7, "Half time", bpm=62, key="A minor", seconds=160),
    ]
    hits = similar(RecordedMemory([seed, *others]), seed, "mix", limit=9)
    assert [hit.title for hit in hits] == ["Same", "Relative", "Fifth up", "Half time"]
    assert hits[1].why == ("key C major (8B), relative keys", "tempo 126.0 BPM, within 1.6 %")
    with pytest.raises(LikenessError, match="No tempo is known"):
        similar(RecordedMemory(others), replace(seed, annotations={}), "mix")


def test_mood_uses_what_the_tagger_was_sure_of() -> None:
    seed = track(1, moods=["sad", "calm"], key="A minor", seconds=100)
    near = track(2, "Near", moods=["sad", "calm"], key="E minor", seconds=110)
    far = track(3, "Far", moods=["happy", "energetic"], key="C major", seconds=120)
    hits = similar(RecordedMemory([seed, near, far]), seed, "mood")
    assert [hit.title for hit in hits][:1] == ["Near"]
    assert "both sad, calm" in hits[0].why
    assert all(hit.title != "Far" or hit.score < 0.5 * hits[0].score for hit in hits)


def test_never_itself_and_never_a_copy() -> None:
    seed = track(1, "Blue", artist="Ann")
    copy = replace(track(2, "blue", artist="Ann", seconds=96.4), path="/music/Blue.mp3")
    rip = track(3, "track 03", seconds=95.8)  # no names, the same music
    cover = track(4, "Blue", artist="Bo", seconds=150.0, up=2, key="D major")
    cover_copy = replace(cover, id=of(5)[0], path="/music/other/Blue.ogg")
    memory = RecordedMemory([seed, copy, rip, cover, cover_copy])
    assert [hit.id for hit in similar(memory, seed, "harmony")] == of(4)
    assert [hit.id for hit in similar(memory, seed, "rhythm")] == of(4)


def test_a_section_is_held_against_sections() -> None:
    seed = track(1, sections=("intro", "verse"), seconds=100)
    chords = seed.annotation("chords")
    assert isinstance(chords, Chords)
    jazz = track(9, chords=JAZZ, seconds=100).annotation("chords")
    assert isinstance(jazz, Chords)
    mixed = Chords(chords.intervals, (*chords.labels[:25], *jazz.labels[25:]), "made/1")
    two = replace(
        track(2, "Two halves", sections=("verse", "chorus"), seconds=100),
        annotations=track(2, sections=("verse", "chorus"), seconds=100).annotations
        | {"chords": mixed.to_dict()},
    )
    plain = track(3, "Modal", chords=MODAL, key="D minor", seconds=77)
    standard = track(4, "Standard", chords=JAZZ, up=3, key="Eb major", seconds=130)
    memory = RecordedMemory([seed, two, plain, standard])
    hits = similar(memory, standard, "harmony", span=(0.0, 40.0))
    assert hits[0].title == "Two halves"
    assert (hits[0].span, hits[0].label) == ((50.0, 100.0), "chorus")


def test_what_was_not_heard_is_one_sentence() -> None:
    bare = replace(track(1, "Bare"), annotations={})
    memory = RecordedMemory([bare, track(2)])
    for what in ("sound", "harmony", "rhythm", "mood"):
        with pytest.raises(LikenessError, match=rf"^No .* known of 'Bare'.* {what}\.$"):
            similar(memory, bare, what)
    assert similar(RecordedMemory([track(1)]), track(1), "harmony") == ()
    assert similar(RecordedMemory([]), track(1), "rhythm") == ()


@pytest.fixture
def heard(tmp_path: Path, store: WeightStore) -> Iterator[TrackMemory]:
    words = Letters()
    with TrackMemory(tmp_path, words, JointSpace(store, words, "spelling")) as memory:
        yield memory


def test_sound_is_the_cosine_of_the_index(heard: TrackMemory) -> None:
    guitar: dict[str, Any] = {
        "genres": ["metal"],
        "instruments": ["guitar", "drums"],
        "moods": ["loud"],
    }
    piano: dict[str, Any] = {"genres": ["classical"], "instruments": ["piano"], "moods": ["calm"]}
    records = [
        track(1, "Loud", **guitar),
        track(2, "Louder", seconds=111, bpm=150, **guitar),
        track(3, "Nocturne", seconds=222, **piano),
        track(4, "Prelude", seconds=233, bpm=66, **piano),
    ]
    for record in records:
        heard.remember(record)
    assert [hit.title for hit in similar(heard, records[0], "sound", 1)] == ["Louder"]
    best = similar(heard, records[2], "sound", 1)[0]
    assert best.title == "Prelude" and best.score > 0.9
    assert best.why[0] == f"sound {best.score:.2f}" and "piano" in best.why[1]


def test_the_sound_of_a_section_is_its_own(heard: TrackMemory) -> None:
    windows = tuple((10.0 * i, 10.0 * i + 10) for i in range(10))
    late = tuple(0.02 if i < 5 else 0.97 for i in range(10))
    early = tuple(0.97 if i < 5 else 0.02 for i in range(10))
    tags = Tags(
        (),
        (Label("piano", 0.6), Label("guitar", 0.6)),
        (),
        None,
        "made/1",
        windows=windows,
        curves=(
            LabelCurve("piano", "instruments", early),
            LabelCurve("guitar", "instruments", late),
        ),
    )
    seed = track(1, "Two parts", seconds=100)
    seed = replace(seed, annotations=seed.annotations | {"tags": tags.to_dict()})
    records = [
        seed,
        track(2, "Guitar", seconds=120, genres=(), instruments=["guitar"]),
        track(3, "Piano", seconds=140, genres=(), instruments=["piano"]),
    ]
    for record in records:
        heard.remember(record)
    assert similar(heard, seed, "sound", span=(0.0, 50.0))[0].title == "Piano"
    hit = similar(heard, seed, "sound", span=(50.0, 100.0))[0]
    assert hit.title == "Guitar" and hit.span is not None and hit.label
