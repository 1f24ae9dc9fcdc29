"""How far each thing that was asked for holds, for all rows at once, and how that is said.

A score is 1 where the first reading holds, 0.5 where a second one does, -1 where it is contradicted
and 0 where nothing is known. Free text and filters ask alike; what they make of it differs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from agent.recall import CONTRADICTED, LIKELY, SURE
from agent.record import Facts
from agent.search.filters import VOICE_WORDS, Filters, clock, range_text
from agent.search.segment import OTHER, UNKNOWN, VOICES, Array
from agent.search.table import Mask, Numbers, Table
from agent.search.terms import ABSENT, ARTIST, DROPPED, INSTRUMENT, PROGRESSION, TAG, folded
from agent.wish import Wish, tokens
from tools.conventions import METERS
from tools.theory import MODES, pitch_class

Say = Callable[[Facts, float], str]


@dataclass(frozen=True)
class Demand:
    """One thing that was asked for.

    Parameters
    ----------
    scores : one a slot
    say : makes words of the facts of a row and its score
    """

    scores: Numbers
    say: Say


def of_wish(wish: Wish, table: Table) -> list[Demand]:
    """Return the measurable things that a text asks for."""
    found = []
    if wish.mode or wish.tonic:
        found.append(key(table, ((wish.tonic, wish.mode),)))
    if wish.bpm:
        found.append(tempo(table, *wish.bpm))
    if wish.meter:
        found.append(meter(table, wish.meter))
    if wish.dropped:
        found.append(silence_of(table, wish.dropped))
    return found


def traits_of_wish(wish: Wish, table: Table) -> list[Demand]:
    """Return the things that a text asks for and that are a matter of hearing."""
    found = []
    if wish.pace:
        found.append(pace(table, *wish.pace))
    if wish.voice:
        found.append(voice(table, wish.voice))
    return found


def of_filters(filters: Filters, table: Table) -> Iterator[Demand]:
    """Yield what the filters ask for, exclusions left out."""
    if filters.keys:
        yield key(table, filters.keys)
    if filters.range("bpm") != (None, None):
        low, high = filters.range("bpm")
        yield tempo(table, low or 0.0, np.inf if high is None else high)
    if filters.meter:
        yield meter(table, filters.meter)
    if filters.voice:
        yield voice(table, filters.voice)
    for name in ("duration", "lufs", "year"):
        if filters.range(name) != (None, None):
            yield within(table, name, *filters.range(name))
    if filters.tags_any:
        yield _listed(table, TAG, filters.tags_any)
    for tag in filters.tags_all:
        yield _listed(table, TAG, (tag,))
    for instrument in filters.instruments:
        yield _listed(table, INSTRUMENT, (instrument,))
    if filters.artist:
        yield _listed(table, ARTIST, (filters.artist,))
    if filters.chord_progression:
        yield harmony(table, filters.chord_progression, filters.key_mode)


def excluded(table: Table, unwanted: tuple[str, ...]) -> Mask:
    """Return which slots have one of the tags that must be absent."""
    mask = np.zeros(len(table.alive), bool)
    for tag in unwanted:
        mask |= _tagged(table, TAG, tag)
    return mask


def by(table: Table, artists: tuple[str, ...]) -> Mask:
    """Return which slots are by one of some artists."""
    mask = np.zeros(len(table.alive), bool)
    for artist in artists:
        mask |= _tagged(table, ARTIST, artist)
    return mask


def key(table: Table, keys: Sequence[tuple[str, str]]) -> Demand:
    """Ask for one of some keys, each a tonic and a mode; "" is any."""
    wanted = np.zeros(OTHER + 1, bool)
    for k in range(12 * len(MODES)):
        wanted[k] = any(
            (not tonic or k % 12 == pitch_class(tonic)) and mode in ("", MODES[k // 12])
            for tonic, mode in keys
        )
    main, other = table.column("key"), table.column("other_key")
    scores = _judged(main != UNKNOWN, _is(wanted, main), _is(wanted, other))

    def say(facts: Facts, score: float) -> str:
        if score == SURE:
            return f"key {facts['tonic']} {facts['mode']}"
        others = facts["other_keys"]
        return f"second reading of key {others[0] if isinstance(others, list) else others}"

    return Demand(scores, say)


def tempo(table: Table, low: float, high: float) -> Demand:
    """Ask for a tempo between two, in BPM."""
    main, other = table.column("bpm"), table.column("other_bpm")
    inside = [(low <= bpm) & (bpm <= high) for bpm in (main, other)]

    def say(facts: Facts, score: float) -> str:
        others = facts.get("other_bpms")
        second = others[0] if score != SURE and isinstance(others, list) else None
        if second is not None:
            return f"second reading of tempo {second:g} BPM"
        return f"tempo {facts['bpm']:g} BPM"

    return Demand(_judged(~np.isnan(main), *inside), say)


def pace(table: Table, low: float, high: float) -> Demand:
    """Ask for a pace: a matter of taste and of the tempo's octave, never a contradiction."""
    bpm = table.column("bpm")
    scores = np.where((low <= bpm) & (bpm <= high), SURE, 0.0)
    return Demand(scores, lambda facts, score: f"tempo {facts['bpm']:g} BPM")


def meter(table: Table, wanted: str) -> Demand:
    """Ask for a meter."""
    column = table.column("meter")
    scores = _judged(column != UNKNOWN, column == METERS.index(wanted))
    return Demand(scores, lambda facts, score: f"meter {facts['meter']}")


def voice(table: Table, wanted: str) -> Demand:
    """Ask that somebody sings, or nobody, or a woman or a man."""
    column = table.column("voice")
    if wanted not in VOICES:
        sung = column == VOICES.index("vocal")
        singer = table.having(TAG, folded(f"{wanted} voice"))
        scores = _judged(column != UNKNOWN, sung & singer)
        return Demand(scores, lambda facts, score: str(facts["singer"]))
    scores = _judged(column != UNKNOWN, column == VOICES.index(wanted))
    return Demand(scores, lambda facts, score: f"voice {facts['voice']}")


def within(table: Table, name: str, low: float | None, high: float | None) -> Demand:
    """Ask for a number between two; None leaves a side open."""
    column = table.column(name)
    inside = np.ones(len(column), bool) if low is None else column >= low
    inside = inside if high is None else inside & (column <= high)

    def say(facts: Facts, score: float) -> str:
        value = facts[name]
        assert isinstance(value, int | float)
        return f"length {clock(value)}" if name == "duration" else range_text(name, value, value)

    return Demand(_judged(~np.isnan(column), inside), say)


def harmony(table: Table, text: str, mode: str = "") -> Demand:
    """Ask for a chord progression, in any key, as `agent.harmony_facts.matches` has it."""
    from agent.harmony_facts import query_patterns

    held = table.alive
    for alternatives in query_patterns(text, mode or None):
        held = held & np.any([table.having(PROGRESSION, one) for one in alternatives], axis=0)
    return Demand(_judged(table.alive, held), lambda facts, score: f"chords {text}")


def silence_of(table: Table, name: str) -> Demand:
    """Ask for sections where something falls silent; where it is silent as before comes second."""
    dropped, absent = (table.having(kind, folded(name)) for kind in (DROPPED, ABSENT))
    known = dropped | absent
    if known.any():  # in a table of whole tracks nobody knows
        known = known | table.having(INSTRUMENT, folded(name))
    return Demand(
        _judged(known, dropped, absent),
        lambda facts, score: f"{name} drops out" if score == SURE else f"no {name}",
    )


def _listed(table: Table, kind: str, names: tuple[str, ...]) -> Demand:
    masks = [_tagged(table, kind, name) for name in names]
    scores = _judged(np.ones(len(table.alive), bool), np.any(masks, axis=0))
    what = {TAG: "tag", INSTRUMENT: "instrument", ARTIST: "artist"}[kind]
    lists = {TAG: ("genres", "instruments", "moods"), INSTRUMENT: ("instruments",)}

    def say(facts: Facts, score: float) -> str:
        if kind == ARTIST:
            return f"artist {facts['artist']}"
        told: list[str] = []
        for name in lists[kind]:
            fact = facts.get(name)
            told += [str(x) for x in fact] if isinstance(fact, list) else []
        wanted = [set(tokens(name)) for name in names]
        found = [label for label in told if any(w <= set(tokens(label)) for w in wanted)]
        return f"{what} {', '.join(dict.fromkeys(found))}" if found else f"voice {facts['voice']}"

    return Demand(scores, say)


def _tagged(table: Table, kind: str, name: str) -> Mask:
    words = tokens(name)
    mask = table.having(kind, folded(name))
    if kind != ARTIST and len(words) == 1:
        if words[0] in VOICE_WORDS:
            mask |= table.column("voice") == VOICES.index("vocal")
        elif words[0] == "instrumental":
            mask |= table.column("voice") == VOICES.index("instrumental")
    return mask


def _is(wanted: Mask, codes: Array) -> Mask:
    return np.asarray((codes != UNKNOWN) & wanted[codes.astype(np.int64)])


def _judged(known: Mask, first: Mask, second: Mask | None = None) -> Numbers:
    scores = np.where(first, SURE, CONTRADICTED)
    if second is not None:
        scores = np.where(second & ~first, LIKELY, scores)
    return np.where(known, scores, 0.0)
