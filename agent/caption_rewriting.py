"""A caption in the words of a language model, held to what was measured.

The model gets the grammar's paragraph and the claims of a track, never the sound. Whatever its
paragraph names must be among them: keys, tempi, meters, chords, times, instruments, genres, moods,
voices and proper names are looked up. A paragraph with something else in it goes back once; if it
still has, the grammar's own stays.
"""

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agent import facts
from agent.evidence import Claim
from agent.grounding import Prose
from agent.rules.lexicon import KINDS, find_chords, find_labels, matches
from agent.strict_json import dumps
from prompts import load
from tools.annotations import Caption
from tools.errors import Cancelled

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

log = logging.getLogger(__name__)

TOLD = (
    "key", "key alternative", "bpm", "tempo alternative", "meter", "chord", "loop", "genre",
    "instrument", "mood", "voice", "form", "duration",
)  # fmt: skip
"""Kinds of claims that a paragraph is made of; what files say of themselves is not among them."""

FEWEST_WORDS, MOST_WORDS = 20, 200
MOST_FACTS = 60
TIME_SLACK = 1.0

_NAME = re.compile(r"(?<=[a-z0-9,;:] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*")
_CHORD = re.compile(r"[A-G]b?(?:m|maj|min|dim|aug|sus|add)+")
_FEMALE = re.compile(r"\b(?:female|woman|women|girl|she|her)\b", re.IGNORECASE)
_MALE = re.compile(r"\b(?:male|man|men|guy|he|his)\b", re.IGNORECASE)


def rewrite_caption(caption: Caption, claims: Sequence[Claim], model: "BaseChatModel") -> Caption:
    """Return the caption with its paragraph in the model's words, or as it was.

    Parameters
    ----------
    caption : what the grammar wrote; its lines about sections are kept
    claims : what was measured of the track, as `agent.record_claims.all_claims` returns it
    """
    from langchain_core.messages import AIMessage, HumanMessage

    talk: list[BaseMessage] = [HumanMessage(load("caption", facts=_facts(caption, claims)))]
    for _ in range(2):
        try:
            text = " ".join(str(model.invoke(talk).text).split())
        except Cancelled:
            raise
        except Exception as error:  # every provider has its own; the paragraph at hand is good
            log.info("the caption is not rewritten: %s", error)
            return caption
        wrong = unsupported(text, caption, claims)
        if not wrong:
            author = f"{_name(model)}+{caption.estimator}"
            return replace(caption, text=text, estimator=author)
        log.info("the model's caption names what was not measured: %s", ", ".join(wrong))
        again = load("caption_again", unsupported=", ".join(wrong))
        talk += [AIMessage(text), HumanMessage(again)]
    return caption


def unsupported(text: str, caption: Caption, claims: Iterable[Claim]) -> list[str]:
    """Return what a paragraph names that neither the claims nor the caption hold.

    A paragraph that is far too short or too long is unsupported as a whole.
    """
    if not FEWEST_WORDS <= len(text.split()) <= MOST_WORDS:
        return [f"a text of {len(text.split())} words"]
    known = [claim for claim in claims if claim["claim"] in TOLD]
    said, told = Prose(text), Prose(" ".join((caption.text, *caption.labels)))
    checks: tuple[Callable[[], list[str]], ...] = (
        lambda: _keys(text, caption, known),
        lambda: _figures(said, told, caption, known),
        lambda: _chords(text, caption, known),
        lambda: _words(text, caption, known),
        lambda: _names(text, caption, known),
    )
    return list(dict.fromkeys(name for check in checks for name in check()))


# ---- one kind of fact each ----------------------------------------------------------------------


def _keys(text: str, caption: Caption, known: Sequence[Claim]) -> list[str]:
    measured = {facts.key_of(str(v)) for v in _values(known, "key", "key alternative")}
    measured |= {facts.key_of(m[0]) for m in _key_names(caption.text)}
    return [m[0] for m in _key_names(text) if facts.key_of(m[0]) not in measured]


def _key_names(text: str) -> list[re.Match[str]]:
    return [m for m in facts.KEY.finditer(text) if m[3].lower() in ("major", "minor")]


def _figures(said: Prose, told: Prose, caption: Caption, known: Sequence[Claim]) -> list[str]:
    """Return numbers, meters and clock times that nobody measured."""
    numbers = [*told.numbers, *map(float, _values(known, "bpm", "tempo alternative"))]
    wrong = [f"{n:g}" for n in said.numbers if not _near(n, numbers, facts.BPM_SLACK)]
    meters = told.meters | {str(v) for v in _values(known, "meter")}
    wrong += sorted(said.meters - meters)
    times = [*told.times, *map(float, _values(known, "duration"))]
    times += [edge for span in caption.intervals for edge in span]
    wrong += [_clock(t) for t in sorted(said.times) if not _near(t, times, TIME_SLACK)]
    return wrong


def _chords(text: str, caption: Caption, known: Sequence[Claim]) -> list[str]:
    measured: list[Any] = list(_values(known, "chord", "loop"))
    measured += find_chords(_symbols(" ".join((caption.text, *caption.labels))))
    named = find_chords(_symbols(facts.KEY.sub(" ", text)))
    return [name for name in named if not any(facts.same("chord", name, m) for m in measured)]


def _symbols(text: str) -> str:
    """Return a text whose rows of chords are told apart, and R&B no chord of B."""
    return re.sub(r"(?<=\S)\s*[–—→-]\s*(?=[A-G])", ", ", text.replace("R&B", " "))


def _words(text: str, caption: Caption, known: Sequence[Claim]) -> list[str]:
    """Return instruments, genres and moods, and the sex of a voice, that nobody heard."""
    told = caption.text.lower()
    wrong = []
    for kind in KINDS:
        heard = [str(v) for v in _values(known, kind.removesuffix("s"), "voice")]
        fine = {*heard, *find_labels(told, kind)}
        for label in find_labels(text.lower(), kind):
            if label not in fine and not any(matches(label, h, kind) for h in heard):
                wrong.append(label)
    voices = " ".join((told, *(str(v) for v in _values(known, "voice"))))
    sexes = (("a female voice", _FEMALE), ("a male voice", _MALE))
    return wrong + [name for name, word in sexes if word.search(text) and not word.search(voices)]


def _names(text: str, caption: Caption, known: Sequence[Claim]) -> list[str]:
    """Return proper names: nothing that tools measure has one, but for genres such as Indian."""
    fine = " ".join((caption.text, *(str(v) for v in _values(known, "genre", "form")))).lower()
    found = (name for name in _NAME.findall(text) if not _CHORD.fullmatch(name))
    return [name for name in found if name.lower() not in fine]


# ---- values -------------------------------------------------------------------------------------


def _values(known: Sequence[Claim], *kinds: str) -> list[Any]:
    return [claim["value"] for claim in known if claim["claim"] in kinds]


def _near(value: float, measured: Iterable[float], slack: float) -> bool:
    return any(abs(value - m) <= slack for m in measured)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _facts(caption: Caption, claims: Iterable[Claim]) -> str:
    """Return description and facts as JSON, which nothing in them can break out of."""
    rows = [
        {"fact": c["claim"], "value": c["value"], "confidence": c["confidence"]}
        for c in claims
        if c["claim"] in TOLD and c["span"] is None
    ]
    content = {"description": caption.text, "sections": caption.labels, "facts": rows[:MOST_FACTS]}
    return dumps(content)


def _name(model: "BaseChatModel") -> str:
    """Return what a model calls itself, whatever its provider calls that."""
    named = (getattr(model, field, "") for field in ("model_name", "model", "model_id"))
    return next((str(name) for name in named if name), model._llm_type)
