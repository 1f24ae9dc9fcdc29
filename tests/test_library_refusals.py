"""The tools for the library: what they refuse, in what words, and the schemas a model sees."""

import json
from typing import Any

import pytest
from langchain_core.utils.function_calling import convert_to_openai_tool
from library_rig import RECORDS, call

from agent.embedded.grammar import lark
from agent.hf.call_format import CallFormat
from agent.hf.grammar import reply_grammar
from agent.library_words import EMPTY
from agent.record import TrackRecord
from agent.recorded import RecordedLibrary
from agent.toolbox import Toolbox
from tools.errors import MusicToolError, UnknownTrackError


@pytest.fixture
def library() -> RecordedLibrary:
    return RecordedLibrary(RECORDS[:1], RECORDS[1:])


@pytest.fixture
def empty() -> RecordedLibrary:
    return RecordedLibrary([])


@pytest.mark.parametrize(
    ("tool", "args", "sentence"),
    [
        ("search_library", {"bpm_min": 120, "bpm_max": 90}, "can't be at least 120 and at most 90"),
        (
            "search_library",
            {"key": "H sharp"},
            "A key looks like 'F# minor' or 'Bb', not 'H sharp'",
        ),
        ("search_library", {"key": "A minor", "mode": "major"}, "leave one out"),
        ("search_library", {"meter": "9/17"}, "The meter is one of"),
        ("search_library", {"chord_progression": "hello"}, "hello"),
        (
            "search_library",
            {"text": "x", "order": "loudest", "in_sections": True},
            "Only whole tracks",
        ),
        (
            "search_library",
            {"lufs_min": -9, "lufs_max": -14},
            "can't be at least -9 and at most -14",
        ),
        ("search_library", {"year_min": 2000, "year_max": 1990}, "The year can't be at least 2000"),
        (
            "similar_to",
            {"track": "#1", "what": "rhythm", "than": ["louder"]},
            "The loudness of 'Home' isn't known",
        ),
        ("search_library", {"text": "x", "limit": 0}, "at least 1 track"),
        ("similar_to", {"track": "#1", "start": 50, "end": 20}, "is empty"),
        ("similar_to", {"track": "#1", "start": 5000}, "nothing at"),
        ("compare", {"tracks": ["#1"]}, "2 to 12 tracks can be compared, not 1"),
        ("compare", {"tracks": []}, "2 to 12 tracks"),
        ("playlist", {"goal": "x", "minutes": 0}, "more than 0 minutes"),
        ("playlist", {"goal": "x", "start": 7}, "between 30 and 300 BPM"),
        ("playlist", {"goal": "x", "start": "fast"}, "a tempo such as 90 or an open track"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(
    library: RecordedLibrary, tool: str, args: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(MusicToolError) as caught:
        call(library, tool, **args)
    said = str(caught.value)
    assert sentence in said and said.endswith(".") and "\n" not in said


@pytest.mark.parametrize("tool", ["similar_to", "note", "compare", "playlist"])
def test_an_unknown_handle_is_one_sentence(library: RecordedLibrary, tool: str) -> None:
    args: dict[str, dict[str, Any]] = {
        "compare": {"tracks": ["#1", "#9"]},
        "playlist": {"goal": "x", "start": "#9"},
    }
    with pytest.raises(UnknownTrackError, match="No track '#9'"):
        call(library, tool, **args.get(tool, {"track": "#9"}))


def test_an_empty_library_is_one_sentence(empty: RecordedLibrary) -> None:
    for tool, args in (("search_library", {"text": "piano"}), ("playlist", {"goal": "party"})):
        words, artifact = call(empty, tool, **args)
        assert words == EMPTY and artifact["data"]["empty"] and artifact["evidence"] == []
    alone = RecordedLibrary(RECORDS[:1])
    words, artifact = call(alone, "similar_to", track="#1", what="rhythm")
    assert words == "The library holds no other track than #1." and artifact["data"]["empty"]


# ---- schemas ------------------------------------------------------------------------------------


def test_the_schemas_are_plain_and_described() -> None:
    tools = {t.name: convert_to_openai_tool(t)["function"] for t in Toolbox(RecordedLibrary([])).tools()}  # fmt: skip
    for name in ("search_library", "similar_to", "compare", "playlist", "note"):
        properties = tools[name]["parameters"]["properties"]
        assert "runtime" not in properties and tools[name]["description"]
        assert "$ref" not in json.dumps(tools[name])
    assert tools["search_library"]["parameters"].get("required", []) == []
    assert tools["playlist"]["parameters"]["required"] == ["goal"]
    form = CallFormat('{"name": "', '", "parameters": ', "", "}", 1)
    assert lark(reply_grammar(form, list(tools.values()), {}))  # it compiles


def test_records_of_the_library_are_made_up_well() -> None:
    assert len({record.id for record in RECORDS}) == len(RECORDS)
    assert all(isinstance(record, TrackRecord) for record in RECORDS)
