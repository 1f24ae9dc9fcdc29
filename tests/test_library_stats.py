"""The tool that counts the library."""

from typing import Any

import pytest
from few_tracks import track
from library_rig import RECORDS, call

from agent.grounding import check
from agent.ledger import claims_of
from agent.recorded import RecordedLibrary
from agent.scene import CONTRADICTED, SUPPORTED


@pytest.fixture
def library() -> RecordedLibrary:
    return RecordedLibrary(RECORDS[:1], RECORDS[1:])


@pytest.mark.parametrize(
    ("args", "count"),
    [
        ({}, 14),
        ({"mode": "minor"}, 2),
        ({"key": "A minor or 9A"}, 2),
        ({"key": "8B", "meter": "3/4"}, 1),
        ({"bpm_min": 120.1}, 10),
        ({"instruments": ["piano"], "tags_not": ["drums"]}, 1),
        ({"tags_any": ["house"], "mode": "minor"}, 0),
    ],
)
def test_what_passes_is_counted(library: RecordedLibrary, args: dict[str, Any], count: int) -> None:
    words, artifact = call(library, "library_stats", **args)
    data = artifact["data"]
    assert (data["count"], data["of"]) == (count, 14) and words.startswith(f"{count} of 14")


def test_figures_and_lists(library: RecordedLibrary) -> None:
    data = call(library, "library_stats")[1]["data"]
    assert data["seconds"] == sum(r.duration for r in RECORDS)
    assert data["modes"] == {"major": 12, "minor": 2} and next(iter(data["keys"])) == "C major"
    tempo = data["tempo"]
    assert (tempo["least"], tempo["most"], tempo["median"]) == (84.0, 168.0, 126.5)
    assert tempo["most_track"]["title"] == "Night Train" and "loudness" not in data
    assert data["genres"]["house"] == 9 and data["meters"] == {"4/4": 13, "3/4": 1}


def test_what_is_counted_is_evidence_and_what_is_not_is_none(library: RecordedLibrary) -> None:
    claims = claims_of(call(library, "library_stats")[1])

    def verdicts(answer: str) -> set[str]:
        return {v.status for v in check(answer, claims)}

    assert verdicts("The average tempo of your tracks is 121.4 BPM.") == {SUPPORTED}
    assert verdicts("The most common key of the library is C major.") == {SUPPORTED}
    assert CONTRADICTED in verdicts("The average tempo of your tracks is 99 BPM.")


def test_an_empty_library_has_no_counts() -> None:
    words, artifact = call(RecordedLibrary([]), "library_stats")
    assert artifact["data"]["empty"] == (artifact["data"]["of"] == 0)
    assert words


def test_who_sings_is_a_filter() -> None:
    sung = [track(1, "A", singer="female voice"), track(2, "B", singer="male voice"), track(3, "C")]
    library = RecordedLibrary(sung[:1], sung[1:])
    _, found = call(library, "search_library", voice="female")
    assert [hit["title"] for hit in found["data"]["hits"]] == ["A"]
    assert "female voice" in found["data"]["hits"][0]["why"]
    assert call(library, "library_stats", voice="male")[1]["data"]["count"] == 1
