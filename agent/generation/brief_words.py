"""Words to a commission, by rules: "a slow melancholic piano piece in D minor, 3/4".

What the words name is read piece by piece and taken out of them; what is left over and says
something is returned as unheard. What they leave open stays the composer's to choose.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.generation import lengths_asked as lengths
from agent.generation import pulse_asked as pulse
from agent.generation.chords_asked import (
    put_chords,
    put_numerals,
    take_names,
    take_numerals,
    take_rate,
)
from agent.generation.draft import BriefError, Draft, words
from agent.generation.keys_asked import key_of, put_key, read_key
from agent.generation.players_asked import (
    DRUMS_ALONE,
    make_up_band,
    players_of,
    take_players,
    take_without,
)
from agent.generation.styles_asked import (
    mood_of,
    read_density,
    read_mood,
    read_style,
    style_of,
    take_swing,
)
from agent.wish import Reader
from tools.composing.brief import STYLES, Brief

__all__ = ["BriefError", "Wish", "finish", "read_brief", "read_draft"]

LONGEST_TEXT = 2000
"""Characters of a description; more is no description of music."""

_SIGNS = str.maketrans(
    {"♭": "b", "♯": "#", "’": "'", "‘": "'", "“": '"', "”": '"', "−": "-", "‑": "-"}
)
_SPELT = re.compile(r"\b(?:major|minor|maj|min|flat|sharp)\b", re.IGNORECASE)
_DECADE = re.compile(
    rf"\b((?:19|20)?[1-9]0)'?s(?= (?:style|era|{'|'.join(STYLES)}|synth|metal|disco|soul|punk|house))",
    re.IGNORECASE,
)
"""The nineties; "90s" of anything else are seconds."""
_WELDED = (
    (re.compile(r"\bdrum(?: and |[ &'n]+)bass\b", re.IGNORECASE), "dnb"),
    (re.compile(r"\bsynth[- ](?=pop|wave)", re.IGNORECASE), "synth"),
)
"""Styles named after instruments that need not be in them."""
_TITLE = re.compile(r"\b(?:called|titled|entitled|named)\s+[\"']([^\"']{1,80})[\"']", re.IGNORECASE)
_SEED = words(r"(?:with )?(?:the )?(?:random )?seed(?: of|=|:)? ?(\d{1,9})")
_LIKE = re.compile(
    r"\b(?:something |one )?(?:(?:just |much )?like|similar to|in the style of|based on|inspired by|variation (?:of|on)|continue|continuing)\s+(#\d+|it|this|that)(?: (?:one|track|song|tune|piece))?\b",
    re.IGNORECASE,
)
_FILLING = frozenset(
    """a about am an and another any are as at audio be bit but by can clip compose composed
    composition could create do feel feeling for from gimme generate get give go goes going groove
    has have having hear i i'd id i'm in instrument instruments into is it its it's just kind let
    lets like little longish make makes me melody melodies more mood music musical my new nice of
    on one ones only or over part parts piece pieces play played playing please produce progression
    really record recording some something song songs sort sound sounding sounds still style style
    such tempo that the then there this time to track tracks tune tunes us version very vibe want
    we what which while with within would write you your chord chords key bars bar minute seconds
    theme background backing line lines beat good great hi hello hey now solo use using should will
    made not in d'ye too also so that's featuring plays lead around all it'll end ending
    intro outro jingle podcast video youtube advert advertisement commercial ad game trailer film movie
    scene show channel stream vlog use short yoga meditation studying study exercise class lesson
    sight reading thing first students kids daughter son wedding party background practise practice soloing podcasts videos original verse chorus second third next section instead similar
    another again same please start starting duet duo trio quartet walking jam meter metre signature length form instrumentation""".split()
)
_WORD = re.compile(r"[^\W_](?:[\w'#&-]*[\w#])?")


@dataclass(frozen=True)
class Wish:
    """A commission as it was understood.

    Parameters
    ----------
    unheard : words that could not be taken in
    asked : what was asked for outright: ``key`` (``"D minor"``, ``"D"`` or ``"minor"``), ``bpm`` in
        figures, ``pace`` in words (``"slow"``), ``meter``, ``chords``, ``instruments``,
        ``without``, ``style``, ``mood``, ``form``, ``density``, ``seconds``, ``bars``
    notes : sentences on what is taken otherwise than it was said, or was left open
    like : the track that it is to be like, as it was named: ``"#2"``, ``"it"``; else empty
    parts : the kinds of parts of the score that are played; empty for all
    """

    brief: Brief
    unheard: tuple[str, ...] = ()
    asked: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    like: str = ""
    parts: tuple[str, ...] = ()


_BEAT = words(r"(?<!per )beats?(?! (?:per|to|in|a|an?)\b)")
"""What producers call a piece of rhythm with a little harmony."""
FASTEST_HIP_HOP = 115.0


def read_brief(text: str, **given: object) -> Wish:
    """Return what words ask a composer for.

    Parameters
    ----------
    given : what is known beside the words, and counts more than they: any field of
        `tools.composing.brief.Brief`, and ``key`` (``"D minor"``); chords may be names
        (``"Dm7 G7 Cmaj7"``), instruments may be listed in one text; None is nothing given

    Raises
    ------
    BriefError
        If what is asked for contradicts itself or can't be composed.
    """
    draft = read_draft(text, **given)
    return finish(draft, text)


def read_draft(text: str, **given: object) -> Draft:
    """Return the same, before a band is made up and the brief is written."""
    if len(text) > LONGEST_TEXT:
        raise BriefError(f"A description has at most {LONGEST_TEXT} characters, not {len(text)}.")
    known = {name: value for name, value in given.items() if value not in (None, "", ())}
    draft = Draft(Reader(_plain(text)))
    _take_names(draft)
    take_rate(draft)
    take_names(draft)
    numerals = take_numerals(draft)
    for reads, outranked in _READERS:
        _unless_given(draft, reads, known, outranked)
    take_without(draft)
    take_players(draft)
    read_style(draft)
    _unless_given(draft, pulse.read_pace, known, ("bpm",))
    read_mood(draft)
    read_density(draft)
    for name, value in known.items():
        _give(draft, name, value)
    if numerals and "chords" not in known:
        put_numerals(draft, numerals)
    return draft


def finish(draft: Draft, text: str) -> Wish:
    """Return the wish of a draft: its band made up, its brief written."""
    if draft.fields.get("instruments") == ("drums",) and DRUMS_ALONE.search(text):
        draft.fields["alone"] = True
    if _BEAT.search(text) and draft.fields.keys().isdisjoint(("style", "instruments")):
        fast = float(str(draft.fields.get("bpm") or 0)) > FASTEST_HIP_HOP
        draft.fields["style"] = "electronic" if fast else "hip hop"
    make_up_band(draft)
    take_swing(draft)
    like = str(draft.fields.pop("like", ""))
    unheard = dict.fromkeys(word for word in (*draft.unheard, *_unheard(draft.left.text)) if word)
    fields = {"description": text.strip()} | draft.fields
    try:
        brief = Brief(**fields)  # type: ignore[arg-type]  # each reader keeps its field's type
    except ValueError as error:
        raise BriefError(f"This can't be composed: {error}.") from error
    return Wish(brief, tuple(unheard), dict(draft.asked), tuple(dict.fromkeys(draft.notes)), like)


_READERS: tuple[tuple[Callable[[Draft], None], tuple[str, ...]], ...] = (
    (read_key, ("key", "tonic", "mode")),
    (pulse.read_meter, ("meter",)),
    (pulse.read_tempo, ("bpm",)),
    (lengths.read_length, ("seconds", "bars")),
    (lengths.read_form, ("form",)),
)


def _unless_given(
    draft: Draft, reads: Callable[[Draft], None], known: Mapping[str, object], names: Sequence[str]
) -> None:
    """Read, and let what is given beside the words count more: even two keys are no problem then."""
    try:
        reads(draft)
    except BriefError:
        if known.keys().isdisjoint(names):
            raise


def _take_names(draft: Draft) -> None:
    if found := draft.left.take(_TITLE):
        draft.fields["title"] = found[1]
    if found := draft.left.take(_SEED):
        draft.fields["seed"] = int(found[1])
    if found := draft.left.take(_DECADE):
        draft.unheard.append(found.group())
    if found := draft.left.take(_LIKE):
        draft.fields["like"] = found[1]


def _give(draft: Draft, name: str, value: object) -> None:
    """Keep a field that is given beside the words, in the form of a brief."""
    if name == "key":
        key = key_of(str(value))
        if key is None:
            raise BriefError(f"'{str(value)[:30]}' is no key such as D minor, F#m or Bb.")
        draft.fields.pop("mode", None)
        put_key(draft, *key)
    elif name == "chords":
        put_chords(draft, value if isinstance(value, str) else " ".join(map(str, _items(value))))
    elif name in ("instruments", "without"):
        text = value if isinstance(value, str) else ", ".join(map(str, _items(value)))
        draft.put(name, players_of(text))
        if name == "instruments":
            draft.fields |= {"joined": False, "led": False, "alone": True}
    elif name == "style":
        style, note = style_of(str(value))
        draft.put("style", style)
        draft.notes += [note] * bool(note)
    elif name in _CHECKED:
        draft.put(name, _CHECKED[name](value))
    elif name in Brief.__dataclass_fields__:
        draft.fields[name] = value
    else:
        raise TypeError(f"a brief has no field '{name}'")


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError as error:
        raise BriefError(f"'{str(value)[:20]}' is no number.") from error


_CHECKED: Mapping[str, Callable[[object], object]] = {
    "bpm": lambda value: pulse.playable(_number(value)),
    "seconds": lambda value: lengths.seconds_of(_number(value)),
    "bars": lambda value: lengths.bars_of(_number(value)),
    "meter": lambda value: pulse.put_right(Draft(Reader("")), str(value).strip()),
    "form": lambda value: lengths.form_of(str(value)),
    "mood": lambda value: mood_of(str(value)),
}


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else (value,)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_SIGNS)
    text = _SPELT.sub(lambda found: found.group().lower(), text)
    for pattern, word in _WELDED:
        text = pattern.sub(word, text)
    return " ".join(text.split())


def _unheard(text: str) -> list[str]:
    """Return the words of what is left that say something."""
    return [w for w in _WORD.findall(text) if w.lower() not in _FILLING]
