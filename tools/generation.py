"""Music from a brief: the engine that fits it, and what it wrote as sound.

Engines, best first: MusicGen's (sound from words, only where the user pulled one), the project's own
Music Transformer for the styles that it learnt, and the composer of rules for everything. The last
two write a score, which is then played; the first ones have none to show.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from tools.audio import Audio
from tools.composing.audio_engines import ENGINES as AUDIO_ENGINES
from tools.composing.audio_engines import AudioEngine, generate_audio
from tools.composing.brief import Brief
from tools.composing.composer import COMPOSER, compose_plan
from tools.composing.neural import TRANSFORMER, compose_neural, obstacle
from tools.composing.plan import plan
from tools.composing.prompt import brief_text
from tools.composing.score import Score
from tools.errors import MusicToolError, WeightsError
from tools.rendering import render
from tools.rungs import Engine, Progress, first_that_works, quiet
from tools.weights import WeightStore

ENGINES: tuple[Engine, ...] = (*AUDIO_ENGINES, TRANSFORMER, COMPOSER)

USUAL_SECONDS = 30.0
"""How long a network of sound writes when nobody says."""

WRITING_SHARE = 0.4
"""The part of the time that writing a score takes; the rest plays it."""


@dataclass(frozen=True, eq=False)
class Generated:
    """A new piece.

    Parameters
    ----------
    audio : stereo, -14 LUFS, no true peak above -1 dBFS
    score : what was played; None from an engine that has none
    engine : that wrote it
    """

    audio: Audio
    score: Score | None
    engine: Engine


def generate(
    brief: Brief,
    store: WeightStore,
    engine: str | None = None,
    *,
    like: Audio | None = None,
    before: Audio | None = None,
    bank: Path | None = None,
    on_progress: Progress = quiet,
) -> Generated:
    """Return a new piece that keeps to a brief.

    Parameters
    ----------
    engine : name of one of `ENGINES`; None takes the best that can keep to the brief
    like : a recording whose tune a network of sound follows; a score is not made from it
    before : a recording that a network of sound goes on from; it is then the beginning of the piece
    bank : a SoundFont to play a score with; None takes the one that is fetched
    on_progress : told the fraction done; may raise `tools.errors.Cancelled`

    Raises
    ------
    MusicToolError
        If nothing can be made of the brief: no instrument is left to play, say.
    WeightsError
        If `engine` can't run here, or can't write what is asked.
    """

    def run(chosen: Engine) -> Generated:
        if reason := unfit(chosen, brief):
            raise WeightsError(reason)
        if chosen in AUDIO_ENGINES:
            return Generated(_sound(brief, store, chosen, like, before, on_progress), None, chosen)
        score = write(brief, chosen, lambda f: on_progress(WRITING_SHARE * f))
        audio = render(
            score,
            store,
            bank=bank,
            on_progress=lambda f: on_progress(WRITING_SHARE + (1 - WRITING_SHARE) * f),
        )
        return Generated(audio, score, chosen)

    # A tune is followed where anybody can, whoever else would come first.
    engines = sorted(ENGINES, key=lambda one: like is not None and not _follows(one))
    return first_that_works(engines, store, engine, run)


def generate_score(brief: Brief, engine: str | None = None, on_progress: Progress = quiet) -> Score:
    """Return a new piece as a score only, by an engine that writes one.

    Raises
    ------
    MusicToolError
        As `generate`.
    """
    fit = [e for e in (TRANSFORMER, COMPOSER) if engine in (None, e.name) and not unfit(e, brief)]
    return write(brief, fit[0] if fit else COMPOSER, on_progress)


def unfit(engine: Engine, brief: Brief) -> str | None:
    """Return why an engine can't write a brief, or None if it can."""
    if engine == TRANSFORMER:
        return obstacle(_with_style(brief))
    if engine in AUDIO_ENGINES and brief.chords:
        return "It writes sound from words, and learnt none for chords; a composer follows them."
    return None


def write(brief: Brief, engine: Engine, on_progress: Progress = quiet) -> Score:
    """Return the score that an engine writes to a brief."""
    if engine == TRANSFORMER:
        try:
            return compose_neural(_with_style(brief), on_progress=on_progress)
        except MusicToolError as error:  # what the composer of rules can do all the same
            raise WeightsError(str(error)) from error
    return compose_plan(plan(brief), brief.title, on_progress)


# ---- inside -------------------------------------------------------------------------------------


def _follows(engine: Engine) -> bool:
    return isinstance(engine, AudioEngine) and engine.hears_melody


def _with_style(brief: Brief) -> Brief:
    """Return a brief whose style is chosen, as the composer of rules would choose it."""
    return brief if brief.style else replace(brief, style=plan(brief).style.name)


def _sound(
    brief: Brief,
    store: WeightStore,
    engine: Engine,
    like: Audio | None,
    before: Audio | None,
    on_progress: Progress,
) -> Audio:
    return generate_audio(
        brief_text(brief),
        brief.seconds or USUAL_SECONDS,
        brief.seed,
        store,
        like if _follows(engine) else None,
        before,
        engine.name,
        on_progress,
    )
