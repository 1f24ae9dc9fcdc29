import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from made_up import BY, made_up, whole

from tools.annotations import (
    Annotation,
    Beats,
    Caption,
    Chords,
    Key,
    KeyCandidate,
    Label,
    LabelCurve,
    Level,
    Sections,
    Tags,
    Tempo,
    TempoCandidate,
)
from tools.captioning import ENGINES, estimate_caption
from tools.errors import NoMusicError, WeightsError
from tools.theory import chord_name, pitch_class
from tools.vocabulary import vocabulary
from tools.weights import WeightStore

SEEDS = range(100)

KEY = re.compile(r"\b([A-G][#b]?) (major|minor)\b")
CHORD = re.compile(r"(?<![\w#])([A-G][#b]?)(m|dim|sus|maj|7|6|9|5|\b)[\w]*(?![\w#])")


def caption(known: dict[str, Annotation], duration: float, folder: Path) -> Caption:
    return estimate_caption(known, duration, None, WeightStore(folder, offline=True))


@pytest.fixture(scope="module")
def written(
    tmp_path_factory: pytest.TempPathFactory,
) -> list[tuple[dict[str, Annotation], Caption]]:
    folder = tmp_path_factory.mktemp("cache")
    rows = [made_up(seed) for seed in SEEDS]
    return [(known, caption(known, duration, folder)) for known, duration in rows if told(known)]


def told(known: dict[str, Annotation]) -> bool:
    return bool({"beats", "tempo", "key", "chords", "tags"} & set(known))


def texts(one: Caption) -> Iterator[str]:
    yield one.text
    yield from one.labels


# ---- facts --------------------------------------------------------------------------------------


def test_every_tempo_and_meter_was_measured(
    written: list[tuple[dict[str, Annotation], Caption]],
) -> None:
    named = 0
    for known, one in written:
        tempo, beats = known.get("tempo"), known.get("beats")
        measured = (
            {round(v) for v in (tempo.bpm, *tempo.bpms)} if isinstance(tempo, Tempo) else set()
        )
        for figure in re.findall(r"(\d+) BPM|quickens to (\d+)|slows to (\d+)", one.text):
            assert int("".join(figure)) in measured, one.text
            named += 1
        for meter in re.findall(r"\b\d/\d\b", one.text):
            assert isinstance(beats, Beats) and meter == beats.meter
        assert len(re.findall(r"\d+ BPM", one.text)) <= 2
    assert named > 60


def test_every_key_and_chord_was_measured(
    written: list[tuple[dict[str, Annotation], Caption]],
) -> None:
    keys_named = chords_named = 0
    for known, one in written:
        key, chords = known.get("key"), known.get("chords")
        keys = set()
        if isinstance(key, Key):
            keys = {(pitch_class(k.tonic), k.mode) for k in (key, *key.alternatives, *key.changes)}
        names = chords.labels if isinstance(chords, Chords) else ()
        roots = {
            pitch_class(chord_name(n)[: 2 if chord_name(n)[1:2] in ("#", "b") else 1])
            for n in names
            if n not in ("N", "X")
        }
        for text in texts(one):
            for tonic, mode in KEY.findall(text):
                assert (pitch_class(tonic), mode) in keys, text
                keys_named += 1
            for root, _ in CHORD.findall(bare(text)):
                assert pitch_class(root) in roots, text
                chords_named += 1
    assert keys_named > 60 and chords_named > 200


def bare(text: str) -> str:
    """Return a text without keys, part letters and the article that opens a sentence."""
    text = KEY.sub(" ", text).replace("R&B", " ")
    return re.sub(r"(^|\. )A |\b[Pp]art [A-D]\b", " ", text)


def test_every_word_about_the_sound_is_a_tag(
    written: list[tuple[dict[str, Annotation], Caption]],
) -> None:
    kinds = ("genres", "instruments", "moods")
    named = 0
    for known, one in written:
        tags = known.get("tags")
        has = {x.label for kind in kinds for x in getattr(tags, kind)} if tags else set()
        opening = one.text.split(". ")[0].lower()
        for kind in kinds:
            for word in vocabulary().labels(kind):
                if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", opening):
                    measured = {"slow", "fast"} if "tempo" in known else set()
                    assert word in has | measured, one.text
                    named += word in has
        voice = tags.voice if isinstance(tags, Tags) else None
        if re.search(r"\b(singer|male voice|female voice|choir)\b", one.text):
            assert voice is not None and voice.label == "vocal", one.text
    assert named > 200


# ---- prose --------------------------------------------------------------------------------------


def test_the_prose_is_clean(written: list[tuple[dict[str, Annotation], Caption]]) -> None:
    for _, one in written:
        for text in texts(one):
            assert not re.search(
                r"\b(None|nan|N\.C\.|True|False)\b|\?|  | ,| \.|,,|\.\.|,\.|\(|%", text
            ), text
            assert not re.search(r"\b(\w+) \1\b", text, re.IGNORECASE), text
            assert not re.search(r"\b[aA] [aeioAEIO]\w|\b[aA]n [^aeiouAEIOUR]", bare_names(text)), (
                text
            )
            assert text.endswith("."), text
            for sentence in text.split(". "):
                assert sentence[0].isupper(), text


def bare_names(text: str) -> str:
    """Return a text without chord lists, in which A is no article."""
    return re.sub(
        r"\bA (and|or|again|[A-G])\b|\b(on|mostly|chiefly|among|between|over|and) A\b", "", text
    )


def test_no_instrument_is_told_twice_in_the_opening(
    written: list[tuple[dict[str, Annotation], Caption]],
) -> None:
    for _, one in written:
        opening = one.text.split(". ")[0]
        for word in vocabulary().labels("instruments"):
            assert len(re.findall(rf"\b{word}\b", opening)) <= 1, opening
        assert opening.count(" with ") <= 2, opening


def test_a_whole_track_gets_a_paragraph_of_fair_length(tmp_path: Path) -> None:
    lengths = [
        len(caption(whole(random.Random(seed), 200.0), 200.0, tmp_path).text.split())
        for seed in range(50)
    ]
    assert min(lengths) >= 20 and max(lengths) <= 160
    assert sorted(lengths)[5] >= 30


def test_the_same_facts_give_the_same_words_and_others_other_words(tmp_path: Path) -> None:
    known = whole(random.Random(7), 200.0)
    again = whole(random.Random(7), 200.0)
    assert caption(known, 200.0, tmp_path) == caption(again, 200.0, tmp_path)
    second = {
        caption(whole(random.Random(seed), 200.0), 200.0, tmp_path).text.split(". ")[1][:12]
        for seed in range(30)
    }
    assert len(second) > 8


# ---- what is said of what -----------------------------------------------------------------------


def song(**other: Annotation) -> dict[str, Annotation]:
    """A rock song of 100 s that nobody could misjudge."""
    beats = tuple(0.5 * i for i in range(200))
    chords = ("E:maj", "G:maj", "F#:min", "A:maj")
    count = 66
    windows = tuple((1.5 * i, 1.5 * i + 3) for i in range(count))
    sung = tuple(0.1 if i < 13 else 0.9 for i in range(count))
    return {
        "beats": Beats(beats, tuple(i % 4 + 1 for i in range(200)), BY, "4/4", 0.95, 0.99),
        "tempo": Tempo(120.4, 0.7, BY, (), beats[:-1], (120.0,) * 199, True),
        "key": Key("E", "major", 0.9, BY),
        "chords": Chords(
            tuple((2.0 * i, 2.0 * i + 2) for i in range(50)),
            tuple(chords[i % 4] for i in range(50)),
            BY,
        ),
        "tags": Tags(
            (Label("rock", 0.9),),
            (Label("guitar", 0.9), Label("drums", 0.8), Label("piano", 0.55)),
            (Label("energetic", 0.7), Label("loud", 0.6)),
            Label("vocal", 0.95),
            BY,
            (Label("male voice", 0.9),),
            windows,
            (LabelCurve("vocal", "voice", sung),),
        ),
        "level": Level(1.0, (-20.0,) * 101, BY),
    } | other


def test_a_plain_song_in_words(tmp_path: Path) -> None:
    text = caption(song(), 100.0, tmp_path).text
    assert re.search(r"\benergetic rock song\b", text)
    assert "guitar, drums and perhaps piano" in text
    assert re.search(r"\bmale (voice|singer)\b", text) and "loud " not in text
    assert re.search(r"\b120 BPM\b", text) and re.search(r"in four|in 4/4", text)
    assert "E major" in text and "E–G–F#m–A" in text
    assert re.search(r"after a short instrumental opening|short opening without it", text)
    assert text.startswith(("An up-tempo", "A brisk", "A male"))


def with_tags(**fields: object) -> Tags:
    tags = song()["tags"]
    assert isinstance(tags, Tags)
    return replace(tags, **fields)  # type: ignore[arg-type]  # a mapping of fields has one type


def test_a_singer_without_chords_is_not_accompanied(tmp_path: Path) -> None:
    tags = with_tags(instruments=(Label("guitar", 0.55),))
    assert "guitar" in caption(song(tags=tags), 100.0, tmp_path).text
    silent = Chords(((0.0, 100.0),), ("N",), BY)
    assert "guitar" not in caption(song(tags=tags, chords=silent), 100.0, tmp_path).text


@pytest.mark.parametrize(
    ("genres", "words"),
    [
        ((("alternative", 0.8), ("rock", 0.75)), "alternative rock song"),
        ((("rock", 0.8), ("blues", 0.75)), "blues rock song"),
        ((("electronic", 0.8), ("pop", 0.75)), "electronic pop track"),
        ((("classical", 0.9), ("jazz", 0.8)), r"classical piece.*jazz"),
        ((("hip hop", 0.9), ("rock", 0.2)), "hip hop track"),
        ((("r&b", 0.9),), r"R&B track"),
        ((("opera", 0.9),), "piece of opera"),
        ((("jazz", 0.45),), r"song.*closest to jazz|song.*nearest to jazz|closest to jazz"),
    ],
)
def test_genres_are_said_as_people_say_them(
    genres: tuple[tuple[str, float], ...], words: str, tmp_path: Path
) -> None:
    tags = with_tags(genres=tuple(Label(*g) for g in genres))
    assert re.search(words, caption(song(tags=tags), 100.0, tmp_path).text)


def test_a_genre_nobody_can_tell_is_not_told(tmp_path: Path) -> None:
    tags = with_tags(genres=(Label("jazz", 0.3), Label("rock", 0.2)))
    text = caption(song(tags=tags), 100.0, tmp_path).text
    assert "jazz" not in text and "rock" not in text and " song" in text


def test_bowed_strings_are_not_told_twice(tmp_path: Path) -> None:
    tags = with_tags(instruments=(Label("violin", 0.9), Label("strings", 0.8)))
    assert "violin and other strings" in caption(song(tags=tags), 100.0, tmp_path).text


def test_an_unsure_key_is_told_with_its_doubt(tmp_path: Path) -> None:
    other = (KeyCandidate("C#", "minor", 0.3, "relative"),)
    text = caption(song(key=Key("E", "major", 0.4, BY, other)), 100.0, tmp_path).text
    assert "E major or C# minor" in text
    assert re.search(r"hard to pin down|no key asserts itself", text, re.IGNORECASE)
    guess = caption(song(key=Key("B", "minor", 0.1, BY)), 100.0, tmp_path).text
    assert "B minor" not in guess and "hard to make out" in guess


def test_two_readings_of_the_tempo_are_both_told(tmp_path: Path) -> None:
    tempo = Tempo(70.0, 0.4, BY, (TempoCandidate(140.0, 0.39, "double"),), steady=True)
    text = caption(song(tempo=tempo), 100.0, tmp_path).text
    assert "70 BPM" in text and "twice" in text and "slow" not in text


def test_a_tempo_that_steps_is_told_in_its_steps(tmp_path: Path) -> None:
    bpms = (100.0,) * 60 + (132.0,) * 60 + (100.0,) * 60
    tempo = Tempo(100.0, 0.7, BY, (), tuple(0.5 * i for i in range(180)), bpms, False)
    text = caption(song(tempo=tempo), 100.0, tmp_path).text
    assert re.search(r"sets out at 100 BPM .*quickens to 132 before settling back", text)


def test_no_pulse_no_figure(tmp_path: Path) -> None:
    beats = song()["beats"]
    assert isinstance(beats, Beats)
    text = caption(song(beats=replace(beats, confidence=0.2)), 100.0, tmp_path).text
    assert "BPM" not in text and "4/4" not in text and "in four" not in text


def test_a_voice_alone_without_pulse_or_key_may_be_speech(tmp_path: Path) -> None:
    beats = song()["beats"]
    assert isinstance(beats, Beats)
    known: dict[str, Annotation] = {
        "beats": replace(beats, confidence=0.2),
        "tags": with_tags(instruments=(), genres=(Label("hip hop", 0.6),)),
        "key": Key("C", "major", 0.25, BY),
    }
    text = caption(known, 20.0, tmp_path).text
    assert "speech" in text and "male voice" in text and "hip hop" not in text


def test_a_fade_and_a_build_are_heard(tmp_path: Path) -> None:
    fading = (-20.0,) * 90 + tuple(-22.0 - 4 * i for i in range(11))
    assert "fade" in caption(song(level=Level(1.0, fading, BY)), 100.0, tmp_path).text
    # A last note, then silence, or applause that dies down, is no fade.
    for ending in ((-16, -18, -16, -19, -25, -52, -60), (-13, -28, -24, -27, -35, -52, -85)):
        stopped = Level(1.0, (-20.0,) * 94 + tuple(map(float, ending)), BY)
        assert "fade" not in caption(song(level=stopped), 100.0, tmp_path).text
    rising = tuple(-30.0 + 0.12 * i for i in range(101))
    text = caption(song(level=Level(1.0, rising, BY)), 100.0, tmp_path).text
    assert re.search(r"builds in volume|level rises", text)


# ---- sections -----------------------------------------------------------------------------------


def form(*labels: str, letters: str = "") -> Sections:
    size = 100.0 / len(labels)
    spans = tuple((i * size, (i + 1) * size) for i in range(len(labels)))
    return Sections(spans, labels, BY, letters=tuple(letters))


def test_a_line_for_each_section(tmp_path: Path) -> None:
    sections = form("intro", "verse", "chorus", "verse", "chorus", letters="ABCBC")
    levels = (-20.0,) * 40 + (-14.0,) * 20 + (-20.0,) * 41
    known = song(segments=sections, level=Level(1.0, levels, BY))
    one = caption(known, 100.0, tmp_path)
    assert one.intervals == sections.intervals
    intro, verse, chorus, again, _ = one.labels
    assert intro.startswith("Intro: no voice yet, over") and "E–G–F#m–A" in intro
    assert verse.startswith("Verse: the voice enters")
    assert "the loudest part" in chorus and again.startswith("Verse again:")
    assert re.search(r"intro, verse, chorus, verse and chorus", one.text)
    assert not any(re.search(r"\d:\d\d", line) for line in one.labels)


@pytest.mark.parametrize(
    ("end", "told"),
    [(40.0, "is first heard during the intro"), (20.0, "comes in after the intro")],
)
def test_the_voice_enters_where_the_form_says(end: float, told: str, tmp_path: Path) -> None:
    whole = form("intro", "verse", "chorus", letters="ABC")
    moved = replace(whole, intervals=((0.0, end), (end, 60.0), (60.0, whole.intervals[-1][1])))
    text = caption(song(segments=moved), 100.0, tmp_path).text
    assert told in text and "instrumental opening" not in text


def test_sections_without_functions_are_counted(tmp_path: Path) -> None:
    known = song(segments=form("section", "section", "section", letters="ABA"))
    one = caption(known, 100.0, tmp_path)
    assert re.search(r"three sections, the first of which comes back at the end", one.text)
    assert [line.split(":")[0] for line in one.labels] == [
        "Part A",
        "Part B",
        "Part A again",
    ]
    for word in ("verse", "chorus", "intro"):
        assert word not in one.text.lower()


# ---- engines ------------------------------------------------------------------------------------


def test_nothing_known_is_nothing_to_describe(tmp_path: Path) -> None:
    with pytest.raises(NoMusicError, match="Nothing was heard"):
        caption({}, 100.0, tmp_path)
    with pytest.raises(NoMusicError, match="Nothing was heard"):
        caption({"level": Level(1.0, (-60.0,), BY)}, 100.0, tmp_path)


def test_the_grammar_writes_where_no_model_was_fetched(tmp_path: Path) -> None:
    store = WeightStore(tmp_path)
    heavy = ENGINES[0]
    assert "models pull qwen2-audio" in str(heavy.obstacle(store))
    assert estimate_caption(song(), 100.0, None, store).estimator == "grammar/1"
    assert estimate_caption(song(), 100.0, None, store, engine="grammar").estimator == "grammar/1"


def test_a_model_asked_for_by_name_does_not_give_way(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="qwen2-audio"):
        estimate_caption(
            song(), 100.0, None, WeightStore(tmp_path, offline=True), engine="qwen2-audio"
        )
    with pytest.raises(WeightsError, match="no engine 'gpt'"):
        estimate_caption(song(), 100.0, None, WeightStore(tmp_path), engine="gpt")
