"""Two readings of one question: what the small model made of it, and what the rules did.

The model reads what no rule foresaw; the rules read figures and names to the letter. So the model's
reading is taken, but for what a question says in so many words.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from agent.embedded.notation import TOPICS
from agent.embedded.ranker import ELSEWHERE, fit_of, head, shortlist
from agent.embedded.said import as_said, fewer_labels
from agent.rules import at_large, beside, library_asks, patterns, theory_asks, thread
from agent.rules.asked_for import kept
from agent.rules.asks import Ask, Situation, Span, is_measured
from agent.rules.elsewhere import names_piece, speaks_of_music
from agent.rules.guess import is_elsewhere
from agent.rules.limits import name_of
from agent.rules.plan import plan
from agent.rules.references import default_tracks
from agent.rules.rephrase import rephrased
from agent.rules.there import in_place
from agent.rules.tongues import translated
from agent.rules.wording import SPELLABLE, plain

RULES_AHEAD = 0.1
"""How much better than the rules' reading the model's has to fit the words of the question.

Set on the phrasings kept from training (`agent.embedded.training.data.held_out`); anything from 0
to 0.3 does about as well.
"""

FULLER = 0.5
"""How much worse the rules' reading may fit and still be gone by for all that it has and more."""

_USUAL = frozenset(SPELLABLE) | {"track", "song", "mix", "tune", "piece"}
_CLOCK = re.compile(r"\b\d{1,2}:\d{2}\b")
_PARTS = re.compile(r"[,;&+]|[?.!] \S|\b(?:and|then|plus|und|et|y|e)\b", re.IGNORECASE)
_MUCH = re.compile(r"(?:and |so |but )*(?:how much \w+er(?: than (?:the )?(?:rest|others?|that|average))?[ ?.!]*$|(?:is (?:it|that) )?by (?:a lot|much|far))")  # fmt: skip
"""By how much, said of what was just compared."""
_FINER = {"voice.gaps", "voice.limit"}
_WHETHER = re.compile(r"\b(?:and|then)\b,? (?:also )?(?:whether|if|does|do|is|are|has|tell me|say|where|which)\b", re.IGNORECASE)  # fmt: skip
_NOTE = re.compile(r"\b[A-Ha-h](?:[#b♯♭]|is|es|s)?\b")
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
_KIND = re.compile(
    r"\b(?:thank\w*|thx|ta|ok\w*|kind|helpful|lovely|nice|great|wonderful|good|enjoy\w*|love\w*|interesting|fun|clever|amazing|haha|lol|beautiful"
    r"|cool|sweet|wow|right|fine|perfect|yes|yeah|sure|neat|brilliant|see|got it|cheers|danke|merci|gracias|grazie|obrigad[oa]|dank|dzi[eę]kuj[eę]|super|top|toll|klasse"
    r"|perfekt|parfait|g[ée]nial\w*|bien|gut|bene|bravo|vale|genau|d'accord|alles klar)\b"
)
"""Words of a remark that takes an answer kindly."""
_YOU = re.compile(
    r"\b(?:you|u|ya|your\w*|du|dich|dir|dein\w*|sie|ihr|tu|te|toi|vous|votre|t[úi]|usted|vos|voi|je|jij|ty|wy|program\w*|thank\w*|hello|hi|bye)\b",
    re.IGNORECASE,
)
_OF_ANSWERS = frozenset(("talk.sure", "talk.how", "talk.again", "talk.explain", "theory.diatonic"))
"""Heads that the net does not know, though their words may mean more: of an answer not given yet."""
_BARE = re.compile(r"^\W*(?:my|the|our|an?|on|in|at|for|this)\b", re.IGNORECASE)
_ORDER = re.compile(r"^\W*(?:(?:can|could|will|would) (?:you|u)|please)\b", re.IGNORECASE)
_NAMING = (ELSEWHERE, "tracks.missing")
"""Heads that say of a name that nothing of it is open."""
_DEEDS = frozenset(
    {"stems", "notes", "export", "listen", "unsupported", "decline", "tracks", "moment"}
)
"""Topics that are not guessed at: they write or open something, refuse, or need a place."""
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
    lost = all(ask.topic == "unclear" for ask in rules)
    named = any(head(a) in _NAMING for a in model)
    model = _likely(model, question, rules, situation)
    nothing = (named and not model) or all(a.topic == "unclear" for a in model)
    if lost and nothing and is_elsewhere(plain(question)) and _declines(scores):
        return (Ask("decline", "off topic"),)
    if not model:
        return rules
    if [head(a) for a in model] == ["tracks.switch"] and not lost and all(map(is_measured, rules)):
        return rules  # "number two again: its key?" asks more than to turn to it
    if not lost and library_asks.to_the_letter(rules, question, situation):
        return rules  # filters of a search, a loudness, a note: a year, an artist, figures
    if (
        tuple(map(head, rules)) == ("unsupported.edit",)
        and _ORDER.match(question)
        and _vague(model)
    ):
        return rules  # an order: why it can't be followed is not for the words to say
    if _same_calls(model, rules, situation):
        # The rules know the words of a question, too ("faster", "the second chorus").
        return (
            rules
            if set(_topics(model)) <= set(_topics(rules)) or _FINER & set(map(head, rules))
            else _enriched(model, rules, question)
        )
    # What is said to the letter is not for a model to guess: a time on the clock, a named stem, a
    # track by its number. Where the two differ in one of these, the rules' reading wins.
    ahead = fit_of(rules, scores) - fit_of(model, scores)
    leaning = thread.leans(rephrased(plain(question)), situation)
    if leaning or _explicit(question, model, rules, ahead):
        return rules
    # A question of two parts of which one reading has one: the fuller reading is the right one.
    if not _vague(rules) and set(map(head, model)) < set(map(head, rules)) and ahead > -FULLER:
        return rules
    if set(map(head, rules)) < set(map(head, model)) and _PARTS.search(question):
        return _enriched(model, rules, question)
    if ELSEWHERE in shortlist(scores) and _elsewhere(model, question, situation):
        return model
    if set(map(head, rules)) == set(map(head, model)) and _says_more(model, rules, question):
        return _enriched(model, rules, question)
    if [head(a) for a in rules] == ["melody"] and [head(a) for a in model] == ["notes"]:
        return rules  # "the notes of the tune" are no notes of all that plays
    gaps = _FINER & set(map(head, rules)) and model[0].topic in ("structure", "voice")
    if gaps or (any(a.versus and a.versus == a.span for a in model) and not _vague(rules)):
        return rules  # where nobody sings; and no place is held against itself
    if {a.topic for a in (*model, *rules)} == {"stems"} and len(model) > len(rules):
        return rules  # what is to go is no part that is wanted
    defined = all(a.topic == "theory" for a in model)
    if defined and not lost and _WHETHER.search(question) and all(map(is_measured, rules)):
        return (*dict.fromkeys(model), *rules)  # "what a loop is, and whether this has one"
    if len(rules) == len(model) == 1 and fewer_labels(model[0], rules[0]):
        return rules
    # Else the words decide: the ranker has no hand in either reading.
    if not lost and ahead + RULES_AHEAD >= 0:
        return rules
    return _enriched(model, rules, question)


def guessed(
    asks: tuple[Ask, ...], situation: Situation, scores: dict[str, float]
) -> tuple[Ask, ...]:
    """Return asks, or what the words speak of where both readings make nothing of them."""
    best, fit = next(iter(scores.items()), ("unclear", 0.0))
    topic, _, aspect = best.partition(".")
    if fit < 0 or topic in _DEEDS or any(a.topic != "unclear" for a in asks):
        return asks
    return with_tracks((Ask(topic, aspect),), situation)


def _declines(scores: dict[str, float]) -> bool:
    """Tell whether the words speak of what no recording tells more than of anything else."""
    return next(iter(scores), "decline").partition(".")[0] in ("decline", "unclear")


def only_ours(question: str, rules: tuple[Ask, ...], situation: Situation) -> bool:
    """Tell whether a reading is the rules' alone: the net knows no such head, or is not to guess it."""
    if translated(question, situation) and not _vague(rules):
        return True  # each word of it stands in a table
    text = rephrased(plain(question))
    again = name_of(patterns.META, text)
    if [head(a) for a in rules] == ["theory.explain"] or (
        again and (again[0] == "again" or _MUCH.match(text) or patterns.KNOW.match(text))
    ):
        return True  # what the last answer spoke of, which no net is told
    unknown = any(
        a.aspect not in TOPICS.get(a.topic, ()) and head(a) not in _OF_ANSWERS for a in rules
    )
    at_once = theory_asks.find(text) or at_large.find(text, situation)
    return unknown or bool(at_once or beside.find(text, question, situation))


def _likely(
    model: tuple[Ask, ...], question: str, rules: tuple[Ask, ...], situation: Situation
) -> tuple[Ask, ...]:
    """Return what a net may have read: no file, no piece and no deed that nobody spoke of."""
    opened = any(a.topic == "listen" for a in rules)
    model = tuple(a for a in model if opened or a.topic != "listen")  # a path no rule can see
    lost = all(a.topic == "unclear" for a in rules)
    if lost and all(head(a) in ("talk.ok", "talk.thanks") for a in model):
        said = plain(question)
        model = model if _KIND.search(said) and not patterns.POLAR.match(said) else ()
    if not lost and all(a.topic == "talk" for a in model) and not _YOU.search(question):
        return ()  # "who is he talking about?" is not put to the program
    if lost and len(question.split()) < 3 and _BARE.match(question):
        return ()  # a bare word that the rules do not know: "the gym", "my sampler"
    model = as_said(model, question, situation)
    model = kept(model, question, situation)
    return tuple(a for a in model if head(a) not in _NAMING or names_piece(question, a.value, lost))


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

    parts = (_of_the_track(part, situation) for ask in asks for part in _parts(ask))
    return tuple(in_place(_whole(replace(a, tracks=tracks(a))), situation) for a in parts)


def _parts(ask: Ask) -> tuple[Ask, ...]:
    """Return an ask about two places as two, unless it is one that holds them against each other."""
    if ask.versus is None or head(ask) in _HELD_AGAINST:
        return (ask,)
    return (replace(ask, versus=None), replace(ask, span=ask.versus, versus=None))


def _of_the_track(ask: Ask, situation: Situation) -> Ask:
    """Return a question of theory about no key in particular as one about the key of the track."""
    related = ask.topic == "theory" and ask.aspect in ("relative", "parallel")
    if not related or _NOTE.search(ask.value) or not situation.tracks:
        return ask
    mode = re.search(r"major|minor", ask.value)
    return replace(ask, topic="key", value=mode.group() if mode else "")


def _whole(ask: Ask) -> Ask:
    """Return an ask whose value can be used, the plain one of its topic if it can't."""
    if not any(map(str.isalnum, ask.value)):
        ask = replace(ask, value="")
    if head(ask) == "structure.longer" and {s.unit for s in (ask.span, ask.versus) if s} != {
        "section"
    }:
        ask = replace(ask, aspect="length", versus=None)
    if head(ask) == "instruments.has" and "instrumental" in ask.value:
        ask = replace(ask, topic="voice", value="instrumental")
    if ask.aspect == "either" and len(re.findall(r"[^\s,][^,]*", ask.value)) < 2:
        ask = replace(ask, aspect="has")
    form = _NEEDED.get(head(ask))
    if form is None or re.fullmatch(form, ask.value):
        return ask
    return replace(ask, aspect="", value="") if "" in TOPICS[ask.topic] else Ask("unclear")


def _same_calls(one: tuple[Ask, ...], two: tuple[Ask, ...], situation: Situation) -> bool:
    calls = [sorted(map(repr, plan(asks, situation))) for asks in (one, two)]
    return calls[0] == calls[1] and (bool(calls[0]) or _topics(one) == _topics(two))


def _topics(asks: tuple[Ask, ...]) -> list[tuple[str, str]]:
    return sorted((a.topic, a.aspect) for a in asks)


def _vague(asks: tuple[Ask, ...]) -> bool:
    return all(a.topic in _VAGUE for a in asks)


def _says_more(model: tuple[Ask, ...], rules: tuple[Ask, ...], question: str) -> bool:
    """Tell whether the model read all that the rules did, and a place, a track or a part beyond."""

    def said(asks: tuple[Ask, ...]) -> tuple[int, ...]:
        spans = [a.span for a in asks if a.span]
        return len(asks), len(set(spans)), len({t for a in asks for t in a.tracks})

    theirs, ours = said(model), said(rules)
    if ours[-1] > 1 and theirs[-1] != ours[-1]:
        return False  # several tracks are named: these, and no others
    more = theirs != ours and all(a >= b for a, b in zip(theirs, ours, strict=True))
    return more and _clocked(question, model) >= _clocked(question, rules)


def _clocked(question: str, asks: tuple[Ask, ...]) -> int:
    """Return how many times on the clock of a question a reading goes by."""
    edges = {edge for a in asks for edge in (*(_edges(a.span) or ()), *(_edges(a.versus) or ()))}
    times = (found.split(":") for found in set(_CLOCK.findall(question)))
    return sum(60.0 * int(minutes) + int(seconds) in edges for minutes, seconds in times)


def _explicit(
    question: str, model: tuple[Ask, ...], rules: tuple[Ask, ...], ahead: float = 0.0
) -> bool:
    """Tell whether the readings differ in what the question says to the letter.

    Parameters
    ----------
    ahead : how much better the rules' reading fits the words
    """
    if any(a.topic == "listen" or head(a) in ("tracks.missing", ELSEWHERE) for a in rules):
        return True  # a path, or the number or the name of a track that is not open
    if _vague(rules):
        return False
    differ: tuple[Callable[[Ask], object], ...] = ()
    if _clocked(question, model) > _clocked(question, rules):
        return False
    # what can't be done has no place: "fade in until 0:38"
    if _CLOCK.search(question) and not (_vague(model) and ahead < 0):
        differ += (lambda a: _edges(a.span),)
    one = not _several(rules) and (_several(model) or _NAMED_TRACK.search(question))
    if re.search(r"#\d", question) or (one and _OF_ONE.search(question)):
        differ += (lambda a: a.tracks,)
    if any(a.stem for a in rules):
        differ += (lambda a: a.stem,)
    return any({f(a) for a in model} != {f(a) for a in rules} for f in differ)


_NAMED_TRACK = re.compile(
    r"\b(?:the (?:first|second|third|fourth|last|other)(?: (?:one|song|track|tune|piece|recording|file))?(?! (?:\w+ )?(?:half|third|quarter|chords?|bars?|verse|chorus|section|part|note|beat|time|solo|line|word|bit))|(?:track|song|number|file) (?:one|two|three|four|[1-9]))\b",
    re.IGNORECASE,
)


_OF_ONE = re.compile(rf"\b(?:it|its|this|that)\b|{_NAMED_TRACK.pattern}", re.IGNORECASE)
"""Words of one track: a net that reads several there has overlooked them."""


def _several(asks: tuple[Ask, ...]) -> bool:
    """Tell whether asks are of more than one track."""
    return len({h for a in asks for h in a.tracks}) > 1


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
