"""A track in words: one paragraph for the whole and one line a section.

Engines: ``qwen2-audio``, an audio-language model that listens for itself (`tools.nets.qwen_audio`),
and ``grammar``, which writes from what the other tools measured and from nothing else
(`tools.caption_grammar`). The lines about sections are the grammar's with either engine.

The model is 17 GB: it is used by itself only where its weights are in the cache and the machine can
hold it; otherwise only by name. It is a poor judge of figures, so a sentence of its that names a
tempo, key, meter or chord is dropped.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tools.annotations import Annotation, Caption
from tools.audio import Audio
from tools.caption_facts import Heard
from tools.caption_grammar import paragraph
from tools.caption_sections import section_lines
from tools.errors import NoMusicError, WeightsError
from tools.rungs import Engine, Progress, first_that_works, quiet
from tools.weights import WeightStore

WEIGHT = "qwen2-audio"


@dataclass(frozen=True)
class HeavyEngine(Engine):
    """An engine that needs more memory than most laptops have."""

    def obstacle(self, store: WeightStore) -> str | None:
        """Return why it is not taken without being named, or None if it can run at once."""
        if reason := super().obstacle(store):
            return reason
        from tools.nets.qwen_audio import shortage

        return shortage()


ENGINES: tuple[Engine, ...] = (
    HeavyEngine(
        "qwen2-audio",
        "hub",
        (WEIGHT,),
        version="1+grammar/1",
        modules=("transformers", "accelerate"),
        pulled=True,
    ),
    Engine("grammar", "plain"),
)

QUESTION = (
    "Describe this music in one paragraph for a musician: genre, mood, instruments, the voice if "
    "there is one, and how the music changes. Say only what you hear. Give no tempo in figures, no "
    "key, no chords, no times, no title, no artist and no lyrics."
)

_FIGURES = re.compile(
    r"\bbpm\b|\bbeats per minute\b|\d\s*/\s*\d|\btime signature\b|\d:\d\d\b"
    r"|\b\d+(?:\.\d+)?\s*(?:s|sec|seconds?|minutes?)\b"
    r"|(?-i:\b[A-G])(?:#|b|♯|♭|[ -](?:sharp|flat))?[ -]?(?:major|minor|maj|min)\b"
    r"|\b(?:major|minor) key\b|\bkey (?:of|is)\b"
    r"|(?-i:\b[A-G](?:#|b)?(?:m|maj|min|dim|sus|7)+\d*\b)|(?-i:\b[A-G](?:#|b)?[–-][A-G]\b)",
    re.IGNORECASE,
)
"""Tempo, meter, key, chords and times, which a language model names without measuring them."""


def estimate_caption(
    known: Mapping[str, Annotation],
    duration: float,
    audio: Audio | None,
    store: WeightStore,
    *,
    engine: str | None = None,
    progress: Progress = quiet,
) -> Caption:
    """Return a paragraph about a track, and a line about each of its sections.

    Parameters
    ----------
    known : annotations by task name; used are beats, tempo, key, chords, tags, level, segments
    duration : seconds
    audio : the sound, for the engine that listens for itself; the grammar needs none
    engine : name of the one engine to use; None takes the best that can run at once

    Raises
    ------
    NoMusicError
        If nothing is known that could be told.
    WeightsError
        If `engine` can't run here.
    """
    heard = Heard.of(known, duration)

    def run(chosen: Engine) -> Caption:
        if chosen.rung == "hub":
            text = _listened(audio, store, chosen, progress)
        elif heard.empty:
            where = f" in '{audio.name}'" if audio else ""
            raise NoMusicError(f"Nothing was heard{where} that a description could be made of.")
        else:
            text = paragraph(heard)
        progress(1.0)
        spans = heard.sections.intervals if heard.sections else ()
        return Caption(spans, section_lines(heard), chosen.signature, text=text)

    return first_that_works(ENGINES, store, engine, run)


def without_figures(text: str) -> str:
    """Return the sentences that name no tempo, key, meter, chord or time, on one line."""
    sentences = re.split(r"(?<=[.!?])\s+", " ".join(text.split()))
    return " ".join(s for s in sentences if s and not _FIGURES.search(s))


def _listened(audio: Audio | None, store: WeightStore, engine: Engine, progress: Progress) -> str:
    """Return what the model says of the sound, in whole sentences.

    Raises
    ------
    WeightsError
        If there is no sound, the model does not load, or nothing of what it says can be kept.
    """
    from tools.nets.qwen_audio import SAMPLE_RATE, excerpts_of, load_qwen_audio

    if audio is None:
        raise WeightsError(f"The engine '{engine.name}' listens for itself and was given no sound.")
    if audio.silent:
        raise NoMusicError(f"'{audio.name}' is silent: there is nothing to describe.")
    progress(0.0)
    model = load_qwen_audio(store.folder(WEIGHT))
    said = model.answer(excerpts_of(audio.at(SAMPLE_RATE)), QUESTION, progress)
    whole = said.rsplit(".", 1)[0] + "." if "." in said else ""  # the last one may be cut short
    if kept := without_figures(whole):
        return kept
    raise WeightsError(f"The engine '{engine.name}' said nothing of this sound that can be kept.")
