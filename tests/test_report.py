import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from synthesis import headache

from agent.formats import render
from agent.record import TrackRecord
from agent.report import cut, report, to_ansi
from tools.annotations import (
    Annotation,
    Beats,
    Chords,
    Key,
    KeyCandidate,
    KeySpan,
    Label,
    LabelCurve,
    Tags,
    Tempo,
    TempoCandidate,
)

BAR = 60.0 / 121.6 * 4
START = 0.5
POP = ("F:min", "Db:maj", "Ab:maj", "Eb:maj")
JAZZ = ("Bb:min7/b7", "Eb:7(b9)", "Ab:maj9/3", "Db:minmaj7", "G:hdim7", "C:7(b9)", "F:min9")
TEXTS = st.text(st.characters(), max_size=120)


def annotations(cycle: tuple[str, ...] = POP, bars: int = 36) -> dict[str, Annotation]:
    times = tuple(START + i * BAR / 4 for i in range(4 * bars))
    spans = [(START + BAR * i, START + BAR * (i + 1), cycle[i % len(cycle)]) for i in range(bars)]
    return {
        "beats": Beats(
            times, tuple(i % 4 + 1 for i in range(4 * bars)), "beatnet/1", "4/4", 0.9, 0.87
        ),
        "tempo": Tempo(
            121.6,
            0.69,
            "tempo/1",
            (TempoCandidate(60.8, 0.31, "half"),),
            (0.0, 72.0),
            (121.2, 122.0),
            True,
        ),
        "key": Key("F", "minor", 0.82, "key/1", (KeyCandidate("Ab", "major", 0.11, "relative"),)),
        "chords": Chords(
            ((0.0, START), *((a, b) for a, b, _ in spans)),
            ("N", *(x for *_, x in spans)),
            "crema/1",
        ),
        "tags": Tags(
            (Label("rock", 0.71), Label("indie rock", 0.44), Label("alternative", 0.4)),
            (Label("electric guitar", 0.83), Label("drums", 0.77)),
            (Label("energetic", 0.6),),
            Label("vocal", 0.92),
            "musicnn/1",
            (Label("male voice", 0.61),),
        ),
    }


def song(found: dict[str, Annotation] | None = None, **changes: Any) -> TrackRecord:
    found = annotations() if found is None else found
    return headache(found, **changes)


def lines(record: TrackRecord) -> list[str]:
    return report(record).plain.splitlines()


def fits(record: TrackRecord) -> bool:
    return all(cell_len(line) <= 80 and line.isprintable() for line in lines(record))


def test_the_report_tells_what_the_issue_asks_for() -> None:
    text = report(song()).plain
    for figure in (
        r"^Headache by Lost Deposit +1:12$",
        r"Tempo +121\.6 BPM · fast \(allegro\) · 69% sure · steady$",
        r"or 60\.8 BPM \(half time, 31%\)$",
        r"Meter +4/4 · 87% sure · 144 beats, 36 bars$",
        r"Key +F minor · 82% sure · relative Ab major · Camelot 4A$",
        r"or Ab major \(11%\)$",
        r"Used most +Fm 25%, Db 25%, Ab 25%, Eb 25%$",
        r"Repeats +Fm Db Ab Eb · i VI III VII · 9 times$",
        r"Genre +rock 71%, indie rock 44%, alternative 40%$",
        r"Instruments +electric guitar 83%, drums 77%$",
        r"Mood +energetic 60%$",
        r"Voice +vocal 92% · male voice 61%$",
        r"Heard by +beats beatnet/1, tempo tempo/1",
    ):
        assert re.search(figure, text, re.MULTILINE), figure
    assert len(text.splitlines()) <= 24 + 1
    assert fits(song())


def test_chords_stand_in_columns_over_their_numerals_with_bar_numbers_and_times() -> None:
    rows = lines(song())
    first = next(i for i, line in enumerate(rows) if "Chords" in line)
    assert rows[first].endswith("bars 1-8 of 36, in F minor; bars 9-16 are the same")
    assert rows[first + 1].split() == ["1", "0:00", "│", "Fm", "│", "Db", "│", "Ab", "│", "Eb"]
    assert rows[first + 2].split() == ["│", "i", "│", "VI", "│", "III", "│", "VII"]
    assert rows[first + 3].split()[:2] == ["5", "0:08"]
    columns = [[m.start() for m in re.finditer("│", row)] for row in rows[first + 1 : first + 5]]
    assert len(columns[0]) == 4 and all(found == columns[0] for found in columns)


def test_sixteen_bars_are_shown_where_they_differ() -> None:
    rows = lines(song(annotations(JAZZ)))
    first = next(i for i, line in enumerate(rows) if "Chords" in line)
    assert "bars 1-16 of 36" in rows[first]
    assert [row.split()[0] for row in rows[first + 1 : first + 9 : 2]] == ["1", "5", "9", "13"]
    assert "Bbm7/Ab" in rows[first + 1]
    assert fits(song(annotations(JAZZ)))


def test_bars_before_the_music_are_left_out_and_chords_are_spelled_in_the_key() -> None:
    chords = annotations(("F:min", "C#:maj", "G#:maj", "Eb:maj"))["chords"]
    assert isinstance(chords, Chords)
    late = replace(chords, labels=tuple("N" if i < 4 else x for i, x in enumerate(chords.labels)))
    rows = lines(song(annotations() | {"chords": late}))
    first = next(i for i, line in enumerate(rows) if "Chords" in line)
    assert rows[first + 1].split()[:4] == ["4", "0:06", "│", "Eb"]
    used = next(line for line in rows if "Used most" in line)
    assert "Db" in used and "Ab" in used and "#" not in used and "N.C." not in used


def test_long_chord_names_get_wider_columns() -> None:
    half = BAR / 2
    pairs = [("Bb:min7/b7", "Eb:7(b9)/3"), ("Db:minmaj7/5", "Ab:maj9/3")]
    spans = [
        (START + BAR * i + half * k, START + BAR * i + half * (k + 1), pairs[i % 2][k])
        for i in range(36)
        for k in (0, 1)
    ]
    chords = Chords(tuple((a, b) for a, b, _ in spans), tuple(x for *_, x in spans), "crema/1")
    record = song(annotations() | {"chords": chords})
    row = next(line for line in lines(record) if "Bbm7/Ab Eb7(b9)/G" in line)
    assert row.count("│") == 2 and "…" not in row
    assert fits(record)


def test_without_bar_lines_the_chords_come_with_their_times() -> None:
    found = annotations()
    del found["beats"], found["key"]
    text = report(song(found)).plain
    assert re.search(r"Chords +0:00 N\.C\., 0:00 Fm, 0:02 Db", text)
    assert re.search(r"… 21 more$", text, re.MULTILINE)


def test_a_moving_tempo_a_changing_key_and_unknown_bar_lines_are_told() -> None:
    found = annotations() | {
        "tempo": Tempo(90.0, None, "tempo/1", (), (0.0, 9.0), (80.0, 100.0), False),
        "key": Key(
            "C",
            "major",
            None,
            "key/1",
            (),
            (KeySpan(0.0, 40.0, "C", "major"), KeySpan(40.0, 72.0, "D", "major")),
        ),
        "beats": Beats((0.5, 1.0, 1.5), (0, 0, 0), "onsets/1"),
    }
    text = report(song(found)).plain
    assert "90.0 BPM · medium tempo (andante) · moves between 80 and 100 BPM" in text
    assert re.search(r"Keys +C major 0:00-0:40, D major 0:40-1:12$", text, re.MULTILINE)
    assert re.search(r"Meter +unknown · 3 beats$", text, re.MULTILINE)
    assert "sure" not in text


def test_the_voice_is_told_with_where_it_comes_in() -> None:
    tags = annotations()["tags"]
    assert isinstance(tags, Tags)
    windows = tuple((3.0 * i, 3.0 * i + 3) for i in range(24))
    heard = tuple(0.9 if 4 <= i < 10 or i >= 14 else 0.05 for i in range(24))
    tags = replace(tags, windows=windows, curves=(LabelCurve("vocal", "voice", heard),))
    text = report(song({"tags": tags})).plain
    assert "Voice        vocal 92% · male voice 61% · heard at 0:12-0:30, 0:42-1:12" in text
    silent = replace(tags, voice=Label("instrumental", 0.8), voice_details=())
    assert "heard at" not in report(song({"tags": silent})).plain


def test_problems_are_told_in_words() -> None:
    found = annotations()
    del found["key"]
    reason = "No weights for 'key': run `musicologue models pull key`, or go on line, so that they can be fetched."
    record = song(found, problems=({"task": "key", "reason": reason},))
    text = report(record).plain
    assert re.search(r"Not heard +key: No weights for 'key'", text)
    assert reason in re.sub(r"\s+", " ", text)
    assert fits(record)


def test_only_what_was_asked_for_is_told() -> None:
    problem = {"task": "tags", "reason": "No weights."}
    text = report(song(problems=(problem,)), ("key",)).plain
    assert "F minor" in text
    assert not re.search("Tempo|Chords|Genre|beatnet|Not heard", text)


def test_a_track_of_which_nothing_is_known_has_a_report() -> None:
    rows = lines(song({}))
    assert rows[0].startswith("Headache by Lost Deposit") and len(rows) == 3


@settings(max_examples=50)
@given(TEXTS, TEXTS, TEXTS)
def test_no_title_breaks_the_screen(title: str, artist: str, reason: str) -> None:
    record = song(
        titles={"title": title, "artist": artist}, problems=({"task": "key", "reason": reason},)
    )
    assert fits(record)
    assert lines(record)[0].endswith("  1:12")


def test_titles_cannot_command_the_terminal_or_rich() -> None:
    hostile = "\x1b[31m\x1b]0;owned\x07[bold red]x[/] [link=http://a.b]y[/link]\u202e\n\rz"
    record = song(titles={"title": hostile, "artist": hostile})
    plain = report(record).plain
    assert "[bold red]x[/]" in plain  # shown, not obeyed
    for text in (plain, to_ansi(report(record))):
        assert "]0;owned\x07" not in text and "\u202e" not in text and "\r" not in text
        assert set(re.findall(r"\x1b.{0,6}?m", text)) <= {f"\x1b[{n}m" for n in (0, 1, 2, 33, 36)}
    assert "\x1b" not in plain


def test_colour_changes_no_word() -> None:
    coloured = to_ansi(report(song()))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == report(song()).plain
    assert render("text", [song()]) == report(song()).plain
    assert render("text", [song()], colour=True) == coloured


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("世界世界", 5, "世界…"),
        ("世界", 4, "世界"),
        ("x", 0, ""),
    ],
)
def test_what_does_not_fit_is_cut_with_an_ellipsis(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown
