import re
import warnings
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as XML

import numpy as np
import pytest
import soundfile
from matplotlib.image import imread
from synthesis import headache

from agent.record import TrackRecord
from agent.sheet import draw_sheet, page_of, write_sheet
from agent.sheet_space import fitted, pretty, text_width
from tools.annotations import (
    Annotation,
    Beats,
    Chords,
    Key,
    Label,
    LabelCurve,
    Level,
    Notes,
    Pitch,
    Sections,
    Tags,
    Tempo,
)
from tools.waveform import Waveform, waveform

CYCLE = ("F:min", "Db:maj", "Ab:maj/3", "Bb:hdim7")


def heard(duration: float = 72.0) -> dict[str, Annotation]:
    times = tuple(np.arange(0.4, duration, 0.5))
    bars = np.arange(0.4, duration - 2, 2.0)
    windows = tuple((float(t), float(t + 3)) for t in np.arange(0, duration - 3, 1.5))
    edges = np.linspace(0, duration, 5)
    notes = [(float(t), float(t + 0.4), 60 + i % 13) for i, t in enumerate(times)]
    frames = np.arange(0, duration, 0.02)
    return {
        "beats": Beats(times, tuple(i % 4 + 1 for i in range(len(times))), "beatnet/1", "4/4", 0.9),
        "tempo": Tempo(120.0, 0.8, "tempo/1", steady=True),
        "key": Key("F", "minor", 0.8, "madmom/1"),
        "chords": Chords(
            tuple((float(t), float(t + 2)) for t in bars),
            tuple(CYCLE[i % 4] for i in range(len(bars))),
            "crema/1",
        ),
        "tags": Tags(
            (Label("rock", 0.7),),
            (Label("guitar", 0.8),),
            (),
            Label("vocal", 0.9),
            "musicnn/1",
            windows=windows,
            curves=(
                LabelCurve("vocal", "voice", (0.7,) * len(windows)),
                LabelCurve("guitar", "instruments", (0.5,) * len(windows)),
                LabelCurve("harp", "instruments", (0.01,) * len(windows)),
            ),
        ),
        "level": Level(0.5, (-20.0, -12.0) * int(duration), "level/1"),
        "segments": Sections(
            tuple((float(a), float(b)) for a, b in pairwise(edges)),
            ("intro", "verse", "chorus", "outro"),
            "structure/1",
            letters=tuple("ABCA"),
        ),
        "notes": Notes(
            tuple((a, b) for a, b, _ in notes),
            tuple(p for *_, p in notes),
            (),
            "basic-pitch/1",
            tuple("drums" if i % 4 == 0 else "piano" for i in range(len(notes))),
        ),
        "pitch": Pitch(
            tuple(frames),
            tuple(np.where(frames % 4 < 3, 220.0, 0.0)),
            (0.9,) * len(frames),
            "crepe/1",
        ),
    }


def track(duration: float = 72.0, **changes: Any) -> TrackRecord:
    return replace(headache(heard(duration)), duration=duration, **changes)


def drawn(record: TrackRecord, path: Path, form: str) -> bytes:
    place = path / f"a.{form}"
    write_sheet(record, place, form)
    return place.read_bytes()


def texts(svg: bytes) -> list[str]:
    root = XML.fromstring(svg)
    return [
        "".join(node.itertext()).strip() for node in root.iter("{http://www.w3.org/2000/svg}text")
    ]


@pytest.fixture(scope="module")
def svg(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return drawn(track(), tmp_path_factory.mktemp("sheet"), "svg")


def test_svg_is_well_formed_and_says_what_was_heard(svg: bytes) -> None:
    said = texts(svg)
    for word in ("Headache", "Lost Deposit", "Fm", "D♭", "A♭/C", "B♭m7♭5", "0:30", "vocal"):
        assert word in said, word
    assert "A  intro" in said and "C  chorus" in said
    assert "F minor   ·   120.0 BPM   ·   4/4   ·   1:12" in said
    assert any("chords by crema/1" in text for text in said)
    assert "guitar" in said and "harp" not in said


def test_the_same_track_gives_the_same_file(svg: bytes, tmp_path: Path) -> None:
    assert drawn(track(), tmp_path, "svg") == svg


def test_png_is_a_page_of_a4_and_not_blank(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn(track(titles={"title": "東京 🎵"}), tmp_path, "png")
    picture = imread(tmp_path / "a.png")
    height, width = picture.shape[:2]
    assert abs(width - 11.69 * 200) <= 1 and abs(height - 8.27 * 200) <= 1
    ink = picture[..., :3].mean(axis=2) < 0.9
    assert 0.03 < ink.mean() < 0.6
    border = 40
    assert not ink[:border].any() and not ink[-border:].any()
    assert not ink[:, :border].any() and not ink[:, -border:].any()


@pytest.mark.parametrize("duration", [4.0, 130.0, 1500.0])
def test_no_text_leaves_the_page_or_covers_another(duration: float) -> None:
    figure = draw_sheet(track(duration))
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    figure.draw(renderer)
    boxes = []
    for label in [*figure.texts, *(t for axes in figure.axes for t in axes.texts)]:
        if label.get_text():
            boxes.append((label.get_window_extent(renderer), label.get_text()))
    for axes in (axes for axes in figure.axes if axes.axison):
        boxes += [
            (label.get_window_extent(renderer), label.get_text())
            for label in axes.get_xticklabels()
            if label.get_text()
        ]
    page = figure.bbox
    for box, text in boxes:
        assert page.x0 <= box.x0 and box.x1 <= page.x1, text
        assert page.y0 <= box.y0 and box.y1 <= page.y1, text
    edges = np.array([(box.x0, box.x1, box.y0, box.y1) for box, _ in boxes])
    x0, x1, y0, y1 = edges.T[:, :, None]
    wide = np.minimum(x1, x1.T) - np.maximum(x0, x0.T)
    high = np.minimum(y1, y1.T) - np.maximum(y0, y0.T)
    pairs = np.argwhere(np.triu((wide >= 1) & (high >= 1), 1))
    assert not [(boxes[i][1], boxes[j][1]) for i, j in pairs]


def test_a_long_track_has_several_systems_on_a_portrait_page() -> None:
    assert len(page_of(60).systems) == 1
    assert len(page_of(120).systems) == 2
    long = page_of(240)
    assert (long.width, long.height) == (8.27, 11.69) and len(long.systems) == 4
    hour = page_of(3600)
    assert len(hour.systems) == 5 and hour.systems[-1][1] >= 3600
    for page in (page_of(0.1), long, hour):
        for (_, end), (start, _) in pairwise(page.systems):
            assert end == start


@pytest.mark.parametrize(
    "title", [r"$\frac{a}{b}$ $x", "東京 🎵", "\\textbf{x} & <svg>", "a\x00b\n\x1b[31m", "W" * 300]
)
def test_a_title_is_drawn_letter_by_letter(title: str, tmp_path: Path) -> None:
    record = track(8.0, titles={"title": title, "artist": title})
    kept = {task: record.annotations[task] for task in ("key", "chords")}
    record = replace(record, annotations=kept)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = texts(drawn(record, tmp_path, "svg"))
    head = title.replace("\x00", " ").replace("\n", " ")[:3]
    assert sum(text.startswith(head) for text in said) == 2


def test_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    record = track(30.0)
    bare = replace(record, annotations={"key": record.annotations["key"]})
    said = texts(drawn(bare, tmp_path, "svg"))
    assert "Nothing was heard of this track yet." in said and "Chords" not in said
    some = {task: record.annotations[task] for task in ("beats", "pitch")}
    said = texts(drawn(replace(record, annotations=some), tmp_path, "svg"))
    assert "Melody" in said and "Bars" in said and "Level" not in said


def test_drawing_leaves_pyplot_and_settings_alone(tmp_path: Path) -> None:
    import sys

    import matplotlib

    before = dict(matplotlib.rcParams)
    drawn(track(10.0), tmp_path, "svg")
    assert dict(matplotlib.rcParams) == before
    assert (
        "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()
    )


def test_the_outline_follows_the_sound(tmp_path: Path) -> None:
    t = np.arange(3 * 8000) / 8000
    loud = np.where((t > 1) & (t < 2), 0.5, 0.05)
    soundfile.write(tmp_path / "a.wav", loud * np.sin(2 * np.pi * 200 * t), 8000)
    wave = waveform(tmp_path / "a.wav")
    assert isinstance(wave, Waveform)
    times = np.arange(len(wave.highs)) * wave.hop
    inside = (times > 1.05) & (times < 1.9)
    assert wave.highs[inside].min() > 0.95 and wave.lows[inside].max() < -0.95
    assert wave.highs[times < 0.9].max() < 0.15


def test_text_is_cut_to_its_room() -> None:
    text = fitted("Dance of the Sugar Plum Fairy", 10, 1.0)
    assert text.endswith("…") and text_width(text, 10) <= 1.0
    assert fitted("Short", 10, 3.0) == "Short"


@pytest.mark.parametrize(
    ("plain", "signs"),
    [
        ("Bbm7b5/Ab", "B♭m7♭5/A♭"),
        ("F#m", "F♯m"),
        ("Eb major", "E♭ major"),
        ("B", "B"),
        ("G#dim7", "G♯dim7"),
    ],
)
def test_signs_are_real(plain: str, signs: str) -> None:
    assert pretty(plain) == signs
    assert re.sub("♭", "b", pretty(plain)).replace("♯", "#") == plain
