"""Two readings of one question: what the small model made of it, and what the rules did.

The model reads what no rule foresaw; the rules read figures and names to the letter. So the model's
reading is taken, but for what a question says in so many words.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from agent.embedded.notation import TOPICS
from agent.embedded.ranker import ELSEWHERE, fit_of, head, shortlist
from agent.rules import library_asks, patterns, thread
from agent.rules.asks import Ask, Situation, Span
from agent.rules.elsewhere import speaks_of_music
from agent.rules.plan import plan
from agent.rules.references import default_tracks
from agent.rules.rephrase import rephrased
from agent.rules.there import in_place
from agent.rules.wording import SPELLABLE, plain

RULES_AHEAD = 0.2
"""How much better than the rules' reading the model's has to fit the words of the question.

Set on the phrasings kept from training (`agent.embedded.training.data.held_out`); anything from 0
to 0.3 does about as well.
"""

_USUAL = frozenset(SPELLABLE) | {"track", "song", "mix", "tune", "piece"}
_CLOCK = re.compile(r"\b\d{1,2}:\d{2}\b")
_PARTS = re.compile(r"[,;&+]|[?.!] \S|\b(?:and|then|plus|und|et|y|e)\b", re.IGNORECASE)
_FIGURE = r"\d+(?:\.\d+)?"
_NEEDED = {
    "tempo.is": rf"[<>]?{_FIGURE}", "tempo.frames": _FIGURE, "duration.is": rf"[<>]{_FIGURE}",
    "meter.is": r"\d+/\d+|odd|triple|duple|compound|simple", "chords.nth": r"\d+", "key.is": r"[A-Ga-g].*",
    "key.transpose": r"[+-]\d+|to .+",
    "key.degree": "ii|iii|iv|v|vi|vii|dominant|subdominant|mediant|submediant|supertonic|leading.*",
} | dict.fromkeys(("chords.progression", "chords.degree"), r".*[A-Za-z].*|[^089]+") | dict.fromkeys(
    (
        "chords.has", "chords.times", "chords.when", "chords.follows", "chords.quality",
        "instruments.has", "instruments.either",
        "instruments.when", "genres.has", "genres.either", "moods.has", "moods.either", "listen",
        "theory.define", "theory.explain", "theory.relative", "theory.parallel", "theory.notes",
        "theory.chord notes", "structure.is", "tracks.missing",
    ),
    ".+",
)  # fmt: skip
"""Topics whose value has a form; without it a plain answer is all that can be given."""
_HELD_AGAINST = frozenset(
    (
        "moment.level",
        "moment.bpm",
        "moment.key",
        "moment.chords",
        "chords.changes",
        "structure.longer",
    )
)
"""Topics that say how one place differs from another."""
_TRACKLESS = frozenset({"theory", "talk", "listen", "recall", "tracks", "unclear", "decline"})
_VAGUE = frozenset({"unclear", "talk", "decline", "unsupported", "sound"})


def chosen(
    question: str,
    model: tuple[Ask, ...],
    rules: tuple[Ask, ...],
    situation: Situation,
    scores: dict[str, float],
) -> tuple[Ask, ...]:
    """Return the reading to go by.

    Parameters
    ----------
    model, rules : the two readings, the tracks named in both
    scores : how well each topic fits the words of the question (`agent.embedded.ranker`)
    """
    opened = any(a.topic == "listen" for a in rules)
    model = tuple(a for a in model if opened or a.topic != "listen")  # a path no rule can see
    if not model:
        return rules
    lost = all(ask.topic == "unclear" for ask in rules)
    if not lost and tuple(map(head, model)) == (ELSEWHERE,):
        if model[0].value.lower() not in question.lower():
            return rules  # a title that nobody said
    if _same_calls(model, rules, situation):
        # The rules know the words of a question, too ("faster", "the second chorus").
        return rules if _topics(model) == _topics(rules) else _enriched(model, rules, question)
    # What is said to the letter is not for a model to guess: a time on the clock, a named stem, a
    # track by its number. Where the two differ in one of these, the rules' reading wins.
    if _explicit(question, model, rules) or thread.leans(rephrased(plain(question)), situation):
        return rules
    # A question of two parts of which one reading has one: the fuller reading is the right one.
    if not _vague(rules) and set(map(head, model)) < set(map(head, rules)):
        return rules
    if set(map(head, rules)) < set(map(head, model)) and _PARTS.search(question):
        return _enriched(model, rules, question)
    if ELSEWHERE in shortlist(scores) and _elsewhere(model, question, situation):
        return model
    # Else the words decide: the ranker has no hand in either reading.
    if not lost and fit_of(rules, scores) + RULES_AHEAD >= fit_of(model, scores):
        return rules
    return _enriched(model, rules, question)


def with_tracks(asks: tuple[Ask, ...], situation: Situation) -> tuple[Ask, ...]:
    """Return asks with the tracks they are about where the reading names none, each as it is done."""
    everyone = tuple(t.handle for t in situation.tracks)
    known = frozenset(everyone)

    def tracks(ask: Ask) -> tuple[str, ...]:
        named = tuple(h for h in ask.tracks if h in known)
        if ask.topic == "recall" and ask.aspect == "similar" and not ask.value:
            return named[:1] or default_tracks(situation)[:1]
        if ask.topic in _TRACKLESS:
            return named if ask.topic == "tracks" else ()
        if ask.topic == "compare" and len(named) < 2:
            rest = situation.focus if len(situation.focus) > 1 else everyone
            return tuple(dict.fromkeys((*named, *rest)))[:4]
        return named or default_tracks(situation)

    parts = (part for ask in asks for part in _parts(ask))
    return tuple(in_place(_whole(replace(a, tracks=tracks(a))), situation) for a in parts)


def _parts(ask: Ask) -> tuple[Ask, ...]:
    """Return an ask about two places as two, unless it is one that holds them against each other."""
    if ask.versus is None or head(ask) in _HELD_AGAINST:
        return (ask,)
    return (replace(ask, versus=None), replace(ask, span=ask.versus, versus=None))


def _whole(ask: Ask) -> Ask:
    """Return an ask whose value can be used, the plain one of its topic if it can't."""
    if not any(map(str.isalnum, ask.value)):
        ask = replace(ask, value="")
    if head(ask) == "structure.longer" and {s.unit for s in (ask.span, ask.versus) if s} != {
        "section"
    }:
        ask = replace(ask, aspect="length", versus=None)
    if ask.aspect == "either" and len(re.findall(r"[^\s,][^,]*", ask.value)) < 2:
        ask = replace(ask, aspect="has")
    form = _NEEDED.get(head(ask))
    if form is None or re.fullmatch(form, ask.value):
        return ask
    return replace(ask, aspect="", value="") if "" in TOPICS[ask.topic] else Ask("unclear")


def _same_calls(one: tuple[Ask, ...], two: tuple[Ask, ...], situation: Situation) -> bool:
    calls = [sorted(map(repr, plan(asks, situation))) for asks in (one, two)]
    return calls[0] == calls[1]


def _topics(asks: tuple[Ask, ...]) -> list[tuple[str, str]]:
    return sorted((a.topic, a.aspect) for a in asks)


def _vague(asks: tuple[Ask, ...]) -> bool:
    return all(a.topic in _VAGUE for a in asks)


def _explicit(question: str, model: tuple[Ask, ...], rules: tuple[Ask, ...]) -> bool:
    """Tell whether the readings differ in what the question says to the letter."""
    if library_asks.to_the_letter(rules, question):
        return True  # filters of a search, a loudness: a year, an artist, figures
    if any(a.topic == "listen" or head(a) in ("tracks.missing", ELSEWHERE) for a in rules):
        return True  # a path, or the number or the name of a track that is not open
    if _vague(rules):
        return False
    differ: tuple[Callable[[Ask], object], ...] = ()
    if _CLOCK.search(question):
        differ += (lambda a: _edges(a.span),)
    if re.search(r"#\d", question):
        differ += (lambda a: a.tracks,)
    if any(a.stem for a in rules):
        differ += (lambda a: a.stem,)
    return any({f(a) for a in model} != {f(a) for a in rules} for f in differ)


def _elsewhere(asks: tuple[Ask, ...], question: str, situation: Situation) -> bool:
    """Tell whether all that is asked is of a piece that the question names and that is not open."""
    if len(asks) != 1 or head(asks[0]) != ELSEWHERE:
        return False
    name = asks[0].value
    opened = " ".join(track.title for track in situation.tracks).lower()
    said = name.lower() in question.lower() and name.lower() not in opened
    usual = any(word in _USUAL for word in name.lower().split())
    return said and not usual and not speaks_of_music(name)


def _edges(span: Span | None) -> tuple[float, float | None] | None:
    return None if span is None else (span.start, span.end)


def _enriched(model: tuple[Ask, ...], rules: tuple[Ask, ...], question: str) -> tuple[Ask, ...]:
    """Return the model's asks with what only the question's words tell: polar, the word compared."""
    text = plain(question)
    polar = bool(patterns.POLAR.match(text))
    found = []
    for ask in model:
        twin = next(
            (
                r
                for r in rules
                if (r.topic, r.aspect, r.tracks) == (ask.topic, ask.aspect, ask.tracks)
            ),
            None,
        )
        if twin is not None and (twin.span == ask.span or not _differs(twin.span, ask.span)):
            ask = replace(twin, value=ask.value or twin.value, stem=ask.stem)
        else:
            value = ask.value or _compared_word(ask, text)
            ask = replace(ask, polar=polar, value=value)
        if ask not in found:
            found.append(ask)
    return tuple(found)


def _differs(one: Span | None, two: Span | None) -> bool:
    return _edges(one) != _edges(two) or (one.unit if one else "") != (two.unit if two else "")


def _compared_word(ask: Ask, text: str) -> str:
    if ask.topic != "compare":
        return ""
    word = re.search(r"\b(?:\w{3,}er|\w{3,}est|same|different|more \w+|less \w+)\b", text)
    return word.group() if word else ask.aspect
