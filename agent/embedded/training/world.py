"""Where answers are rehearsed: made-up recordings, questions about them, and what the tools say.

A question with its reading is asked of a world; its calls run through the tools themselves, so the
facts of an example look as those of a conversation do.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import SimpleNamespace
from typing import Any

from agent.embedded.answering import DEEDS
from agent.embedded.brief import brief
from agent.embedded.choosing import with_tracks
from agent.embedded.notation import read
from agent.embedded.training.compose import compose
from agent.embedded.training.phrasings import Phrasing, fill, load
from agent.embedded.training.slots import Names
from agent.made_up import made_up_record
from agent.record import TrackRecord
from agent.recorded import RecordedLibrary
from agent.rules.asks import Ask, Call, Finding, Situation, Turn
from agent.rules.chat_model import pending
from agent.rules.context import after, resolve
from agent.rules.plan import plan
from agent.rules.understand import understand
from agent.toolbox import Toolbox
from tools.errors import MusicToolError

WORLDS = 24
_TOPIC = re.compile(r"(?:^|\| )(?:(?:#\d|\{\w+\})+ )?([a-z]+)")
TITLES = (
    ("Night Walk", "Ana Rey"), ("Copper Sky", ""), ("Take the Long Road", "The Lanterns"),
    ("Blue Hour", "K. Mori"), ("untitled 3", ""), ("Sunday", "Marlow"), ("demo_final_v2", ""),
    ("The River", "North & Co"), ("Halbmond", "Lena Park"), ("Rain on Tin", ""),
    ("Etude in C minor", "Trio Varga"), ("Ghost Train", "Salt"), ("Paper Boats", "Ida Blom"),
    ("Neon", "DJ Ferro"), ("Slow Waltz", "Duo Sol"), ("Fever Dream", ""), ("Kites", "The Quiet Ones"),
    ("Opus 9 No 2", "Trio Varga"), ("jam 2024-03-11", ""), ("Marigold", "Salt"),
)  # fmt: skip


@dataclass(frozen=True)
class AnswerExample:
    """A question, the facts to answer from, and the answer."""

    question: str
    brief: str
    answer: str


@dataclass(frozen=True)
class Told:
    """A turn up to its answer."""

    asks: tuple[Ask, ...]
    findings: tuple[Finding, ...]
    situation: Situation


class World:
    """Open recordings, and the tools over them; what a tool said once is kept."""

    def __init__(self, library: RecordedLibrary) -> None:
        tools = Toolbox(library).tools()
        self._tools = {tool.name: tool.func for tool in tools if tool.func is not None}
        self._kept: dict[str, Finding] = {}
        self.situation = Situation(library.tracks, frozenset(self._tools))
        self.titles = tuple(t.title for t in library.tracks)

    def turn(self, question: str, asks: tuple[Ask, ...], situation: Situation) -> Told:
        """Return what the tools say to the asks of a question, in as many rounds as it takes."""
        turn = Turn(question)
        while calls := pending(resolve(asks, turn.findings, situation), turn, situation):
            found = tuple(self._run(call) for call in calls)
            turn = Turn(question, (*turn.findings, *found), turn.rounds + 1)
        return Told(resolve(asks, turn.findings, situation), turn.findings, situation)

    def _run(self, call: Call) -> Finding:
        name = json.dumps([call.tool, dict(call.args)], sort_keys=True)
        if name not in self._kept:
            self._kept[name] = self._called(call)
        return self._kept[name]

    def _called(self, call: Call) -> Finding:
        runtime: Any = SimpleNamespace(stream_writer=lambda told: None, tool_call_id="call")
        try:
            _, found = self._tools[call.tool](**call.args, runtime=runtime)
        except MusicToolError as error:
            return Finding(call.tool, call.args, error=str(error))
        return Finding(
            call.tool,
            call.args,
            found["data"],
            found.get("track") or {},
            evidence=tuple(found["evidence"]),
        )


@cache
def world(seed: int, count: int) -> World:
    """Return a world of so many open recordings, always the same for the same seed."""
    names = random.Random(seed).sample(TITLES, 4)
    records = [_record(100 * seed + n, *names[n]) for n in range(count)]
    return World(RecordedLibrary(records))


@cache
def _record(seed: int, title: str, artist: str) -> TrackRecord:
    return made_up_record(seed, title, artist)


def recorded_worlds(records: Sequence[TrackRecord], seed: int) -> dict[int, list[World]]:
    """Return worlds in which recordings are open that were really listened to, by their number."""
    dice = random.Random(seed)
    worlds: dict[int, list[World]] = {}
    for count in range(1, 5) if len(records) >= 4 else ():
        drawn = [dice.sample(records, count) for _ in range(WORLDS)]
        worlds[count] = [World(RecordedLibrary(_renamed(some, dice))) for some in drawn]
    return worlds


def _renamed(records: Sequence[TrackRecord], dice: random.Random) -> list[TrackRecord]:
    names = dice.sample(TITLES, len(records))
    return [
        replace(
            record,
            titles={"title": title} | ({"artist": artist} if artist else {}),
            path=f"/music/{title}.flac",
        )
        for record, (title, artist) in zip(records, names, strict=True)
    ]


def examples(seed: int, records: Sequence[TrackRecord] = ()) -> Iterator[AnswerExample]:
    """Yield examples without end, from the phrasings; `records` are asked about as often as made-up ones."""
    dice = random.Random(seed)
    phrasings = [p for p in load() if _suits(p)]
    real = recorded_worlds(records, seed)
    while True:
        phrasing = dice.choice(phrasings)
        at = world(dice.randrange(WORLDS), phrasing.count)
        if (heard := real.get(phrasing.count)) and dice.random() < 0.5:
            at = dice.choice(heard)
        question, reading, before = fill(phrasing, dice, Names(at.titles))
        example = _example(question, reading, before, phrasing.focus, at, dice)
        if example is not None:
            yield example


def told_of(
    question: str, reading: str, before: str, focus: Sequence[str], at: World
) -> Told | None:
    """Return a turn up to its answer, None where no model words the answer.

    Parameters
    ----------
    before : the reading of the turn before, "" for the first
    """
    situation = at.situation
    if len(situation.tracks) > 1:
        situation = Situation(situation.tracks, situation.tools, focus=tuple(focus))
    if before:
        asked = with_tracks(read(before), situation)
        past = at.turn("", asked, situation)
        situation = after(past.asks, past.findings, situation)
    asks = _as_asked(
        with_tracks(read(reading), situation), understand(question, situation), situation
    )
    if any(a.topic in DEEDS for a in asks):
        return None
    told = at.turn(question, asks, situation)
    return None if any(f.error for f in told.findings) else told


def _as_asked(
    meant: tuple[Ask, ...], ours: tuple[Ask, ...], situation: Situation
) -> tuple[Ask, ...]:
    """Return the asks of a reading; where the rules read the same, theirs, which know its words."""
    alike = [(a.topic, a.aspect) for a in meant] == [(a.topic, a.aspect) for a in ours]
    told = alike and all(m.value in ("", o.value) for m, o in zip(meant, ours, strict=True))
    if told and plan(meant, situation) == plan(ours, situation):
        return ours
    if alike:
        return tuple(replace(m, polar=o.polar) for m, o in zip(meant, ours, strict=True))
    return meant


def _example(
    question: str,
    reading: str,
    before: str,
    focus: Sequence[str],
    at: World,
    dice: random.Random,
) -> AnswerExample | None:
    told = told_of(question, reading, before, focus, at)
    if told is None:
        return None
    turn = (told.asks, told.findings, told.situation)
    text = compose(question, *turn, dice)
    return AnswerExample(question, brief(*turn), text) if text else None


def _suits(phrasing: Phrasing) -> bool:
    """Tell whether a phrasing can be asked of any recordings: it names no title of its own."""
    asked = phrasing.question.casefold()
    words = {w.casefold() for t in phrasing.titles for w in t.replace("-", " ").split()}
    deed = bool(DEEDS.intersection(_TOPIC.findall(phrasing.reading)))
    return not deed and not any(len(w) > 2 and w in asked for w in words)
