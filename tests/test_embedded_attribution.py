"""What was measured of one track is never told under the name of another."""

from agent.embedded.answering import Draft, rightly_named
from agent.open_tracks import OpenTrack
from agent.rules.asks import Ask

TRACKS = [
    OpenTrack(f"#{n}", title, "", f"{n}.flac", 30.0)
    for n, title in enumerate(("Jeanie", "Mozart Sonata K545", "Vocadito One", "Chorale"), 1)
]


def test_a_title_goes_with_its_own_handle() -> None:
    assert rightly_named('"Chorale" (#4): beautiful, sad.', TRACKS)
    assert not rightly_named('"Chorale" (#3): beautiful, sad.', TRACKS)
    assert not rightly_named('"Jeanie" (#1) is calm, "Chorale" (#2) is sad.', TRACKS)
    assert rightly_named("It sounds calm.", TRACKS)


def test_an_answer_about_several_tracks_is_told_as_computed() -> None:
    every = Ask("moods", "", tuple(t.handle for t in TRACKS))
    assert Draft.of("each in turn", False, (every,), ()).computed
    assert not Draft.of("one", False, (Ask("moods", "", ("#1",)),), ()).computed
