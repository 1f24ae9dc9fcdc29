"""The grammar of readings: everything it lets through is a reading that can be done, and all that are are let through."""

import random
from typing import Any, cast

import numpy as np
import pytest
from llguidance import LLMatcher, LLTokenizer

from agent.embedded.choosing import with_tracks
from agent.embedded.engine import EngineError
from agent.embedded.grammar import keeps_to, lark, reading_grammar
from agent.embedded.notation import TOPICS, read
from agent.embedded.training.phrasings import fill, load
from agent.embedded.training.slots import Names
from agent.open_tracks import OpenTrack
from agent.rules.asks import Situation
from agent.rules.plan import plan
from agent.toolbox import Toolbox

TOOLS = frozenset(
    "listen describe tempo key chords tags moment compare search_library structure caption separate transcribe"
    " melody export".split()
)
FEW = frozenset({"key", "tempo", "describe"})


def written(grammar: str, count: int, seed: int) -> list[str]:
    """Texts that a model of random mind writes under a grammar, byte by byte."""
    letters: Any = LLTokenizer("byte")
    dice = np.random.default_rng(seed)
    liking = np.where(np.arange(letters.vocab_size) < 128, 4.0, 0.0)  # or most is not ASCII
    fresh = LLMatcher(letters, lark(grammar))
    texts = []
    for _ in range(count):
        matcher, text = fresh.deep_copy(), bytearray()
        while not matcher.is_stopped():
            allowed = np.frombuffer(matcher.compute_bitmask(), np.uint8)
            bits = np.unpackbits(allowed, bitorder="little")[: letters.vocab_size]
            choices = np.where(bits, liking + dice.gumbel(0, 1.5, len(bits)), -np.inf)
            choices[letters.eos_token] += 3.0
            token = int(choices.argmax())
            assert matcher.consume_token(token)
            if token < 256:
                text.append(token)
        texts.append(text.decode("utf-8"))
    return texts


def valid(tools: dict[str, Any], tool: str, args: Any) -> bool:
    tools[tool].tool_call_schema.model_validate(dict(args))
    return True


@pytest.mark.parametrize("bound", [TOOLS, FEW], ids=["all tools", "few tools"])
def test_whatever_is_written_compiles_to_valid_calls(bound: frozenset[str]) -> None:
    tools = {tool.name: tool for tool in Toolbox(cast(Any, None)).tools()}
    tracks = tuple(OpenTrack(f"#{n}", "T", "", "t.mp3", 200.0) for n in (1, 2, 3))
    situation = Situation(tracks, bound, focus=("#1",))
    texts = written(reading_grammar(bound, 3), 150, 7)
    made = 0
    for text in texts:
        asks = read(text)
        assert {h for ask in asks for h in ask.tracks} <= {"#1", "#2", "#3"}
        for call in plan(with_tracks(asks, situation), situation):
            assert call.tool in bound and valid(tools, call.tool, call.args)
            made += 1
    assert made > 60
    assert len({text.partition("=")[0] for text in texts}) > 40  # not one thing over and over


def test_all_that_is_taught_can_be_written() -> None:
    dice = random.Random(3)
    grammar = reading_grammar(TOOLS, 4)
    for phrasing in dice.sample(load(), 150):
        titles = phrasing.titles or tuple(f"Song {n}" for n in range(1, phrasing.count + 1))
        reading = fill(phrasing, dice, Names(titles))[1]
        assert keeps_to(grammar, reading), reading


@pytest.mark.parametrize(
    "reading",
    [f"{topic}.{aspect}" if aspect else topic for topic in TOPICS for aspect in TOPICS[topic][:2]],
)
def test_every_topic_can_be_written(reading: str) -> None:
    assert keeps_to(reading_grammar(TOOLS, 1), reading)


@pytest.mark.parametrize(
    "reading",
    [
        "lyrics",
        "key.colour",
        "#4 key",
        "#0 key",
        "chords@1:75",
        "chords@refrain",
        "stems=kazoo",
        "export=docx",
        "notes=lute",
        "key~flute",
        "key.is=a|b",
        f"recall={'x' * 61}",
        " | ".join(["key"] * 6),
        "key\ntempo",
        "key<|im_end|>",
    ],
)
def test_what_is_no_reading_can_not_be_written(reading: str) -> None:
    assert not keeps_to(reading_grammar(TOOLS, 3), reading)


def test_a_topic_without_its_tool_can_not_be_written() -> None:
    grammar = reading_grammar(FEW, 1)
    for reading in ("chords", "stems=vocals", "compare.moods", "key@chorus", "listen=a.wav"):
        assert not keeps_to(grammar, reading), reading
    for reading in ("key", "tempo.steady", "decline.writer", "talk.hello", "theory.define=coda"):
        assert keeps_to(grammar, reading), reading


def test_no_track_can_be_named_where_none_is_open() -> None:
    assert not keeps_to(reading_grammar(TOOLS, 0), "#1 key")


def test_values_keep_their_blanks_and_items_come_after_them() -> None:
    grammar = reading_grammar(TOOLS, 2)
    reading = "#1#2 key.is=F minor or Ab major@1:00-1:30^verse 2~vocals | chords.has=F#7@b5-8"
    assert keeps_to(grammar, reading)
    assert keeps_to(grammar, "listen=~/Music/Old Songs/River.flac | key | tempo")


def test_a_mistake_in_a_grammar_is_told() -> None:
    with pytest.raises(EngineError, match="mistake"):
        lark("start: nothing")
