"""The form of a track: where its sections begin, which of them are the same, what each is for.

Beats (or half seconds) are compared with each other by harmony, timbre, drums, a tagging network's
embedding and the voice (`tools.selfsimilarity`). What belongs together is asked of the whole
(`tools.spectral`), where to cut of the bars (`tools.segmentation`), and what a section is for of
how it sounds and where it stands (`tools.functions`).
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tools.annotations import Beats, Chords, Level, Sections, Tags
from tools.audio import Audio
from tools.cells import Cells, CellSounds, at_cells, hear_cells, make_cells
from tools.errors import NoMusicError
from tools.functions import Part, name_functions
from tools.rungs import Engine, Progress, first_that_works, quiet
from tools.segmentation import contrasts, find_sections, name_sections
from tools.selfsimilarity import context_likeness, harmony_likeness, sound_likeness
from tools.spectral import agreement
from tools.strophes import cut_by_strophes, find_strophes
from tools.weights import WeightStore

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ENGINES: tuple[Engine, ...] = (
    # Pulled: nobody who did not ask waits minutes for a separation.
    Engine("allin1", "hub", ("allin1", "htdemucs"), modules=("torch", "demucs"), pulled=True),
    Engine("spectral", "bundled", ("musicnn",), modules=("torch",)),
    Engine("plain", "plain"),
)

SHORTEST_SECONDS = 5.0
SHORTEST_FORM = 20.0
"""Below this there is one section."""
VOCAL = 0.6
"""How sure the tagger must be of a voice for a track to have verses and choruses."""
NO_SONG = frozenset({"classical", "opera"})
"""Genres whose sung sections are no verses."""


def estimate_sections(
    audio: Audio,
    store: WeightStore,
    *,
    beats: Beats | None = None,
    chords: Chords | None = None,
    tags: Tags | None = None,
    level: Level | None = None,
    engine: str | None = None,
    progress: Progress = quiet,
) -> Sections:
    """Return the sections of a track, without gaps from its start to its end.

    Parameters
    ----------
    beats : boundaries lie on their downbeats; without them, on a grid of two seconds
    chords : tell strophes, such as the choruses of a blues, where they are known
    tags : their curve of the voice tells what is sung; made here, for the engine with the network,
        where it is None
    level : loudness of the sections; measured here where it is None
    engine : name of one of `ENGINES` to use whatever happens; None takes the best that works
    progress : told the fraction done; may raise `tools.errors.Cancelled`

    Raises
    ------
    AudioTooShortError
        If there are less than `SHORTEST_SECONDS`.
    NoMusicError
        If it is silent.
    WeightsError
        If the engine asked for can't run.
    """
    audio.require(SHORTEST_SECONDS, "Finding the form")
    if audio.silent:
        raise NoMusicError(f"'{audio.name}' is silent: there is no form to find.")

    def run(chosen: Engine) -> Sections:
        if audio.duration < SHORTEST_FORM:
            return _named([0.0, audio.duration], ["A"], [("section", 1.0)], chosen)
        if chosen.name == "allin1":
            return _stem_sections(audio, store, beats, chosen, progress)
        return _sections(audio, store, beats, chords, tags, level, chosen, progress)

    return first_that_works(ENGINES, store, engine, run)


# ---- inside -------------------------------------------------------------------------------------


def _stem_sections(
    audio: Audio, store: WeightStore, beats: Beats | None, engine: Engine, progress: Progress
) -> Sections:
    from tools.stemform import function_letters, hear_form, read_form

    edges, verdicts = read_form(*hear_form(audio, store, progress), audio.duration, beats)
    return _named(edges, function_letters([label for label, _ in verdicts]), verdicts, engine)


def _sections(
    audio: Audio,
    store: WeightStore,
    beats: Beats | None,
    chords: Chords | None,
    tags: Tags | None,
    level: Level | None,
    engine: Engine,
    progress: Progress,
) -> Sections:
    cells = make_cells(audio.duration, beats)
    embedding: Floats | None = None
    if engine.name == "spectral":
        embedding, tags = _heard(audio, store, cells, tags, lambda done: progress(0.7 * done))
    sounds = hear_cells(audio, cells, lambda done: progress(0.7 + 0.15 * done))
    harmony = harmony_likeness(sounds, cells)
    unlike = _unlike(sound_likeness(sounds, cells, embedding, _voice(tags, cells)), harmony, cells)
    progress(0.95)
    strophes = find_strophes(chords, beats, cells)
    cuts = cut_by_strophes(find_sections(unlike, cells), strophes, cells)
    cuts, letters = _joined(cuts, strophes, name_sections(unlike, harmony, cuts))
    edges = cells.edges[cuts]
    parts = _parts(edges, letters, _apart(unlike, cuts), sounds, cells, tags, level)
    progress(1.0)
    return _named(edges, letters, name_functions(parts, _song(tags)), engine)


def _heard(
    audio: Audio, store: WeightStore, cells: Cells, tags: Tags | None, progress: Progress
) -> tuple[Floats, Tags]:
    """Return the embedding of each cell, shape=(n, 400), and tags, made where they are None."""
    from tools.tagging import embed_windows, estimate_tags, hear_windows

    embedding = embed_windows(audio, store, progress)
    times = np.array(hear_windows(audio, store).windows).mean(axis=1)
    return at_cells(embedding, times, cells), tags or estimate_tags(audio, store, engine="musicnn")


def _voice(tags: Tags | None, cells: Cells) -> Floats | None:
    """Return the probability of a voice in each cell, shape=(n,), where the tagger tells it."""
    curve = None if tags is None else next((c for c in tags.curves if c.label == "vocal"), None)
    if tags is None or curve is None or not tags.windows:
        return None
    times = np.array(tags.windows).mean(axis=1)
    voice: Floats = at_cells(np.array(curve.confidences)[:, None], times, cells)[:, 0]
    return voice


def _song(tags: Tags | None) -> float:
    """Return how sure it is that somebody sings what may have verses and choruses, 0 for not."""
    if tags is None or tags.voice is None or tags.voice.label != "vocal":
        return 0.0
    genre = tags.genres[0].label if tags.genres else ""
    sure = tags.voice.confidence
    return 0.0 if sure < VOCAL or genre in NO_SONG else sure


def _unlike(sound: Floats, harmony: Floats, cells: Cells) -> Floats:
    """Return how unlike cells are, 0 to 1, shape=(n, n).

    Two cells are unlike if the whole puts them into different parts, and if they differ in what is
    heard there: the one is blind to how much differs, the other to what belongs together.
    """
    together = agreement(sound * harmony, np.diag(sound, 1), cells.bar)
    alike = sound * context_likeness(harmony, cells)
    unlike: Floats = (1.0 - together) * (1.0 - alike)
    return unlike


def _joined(cuts: Ints, strophes: Ints, numbers: Ints) -> tuple[Ints, list[str]]:
    """Return cuts and letters of sections, neighbours of one letter made one if no strophes."""
    changes = np.append(True, numbers[1:] != numbers[:-1]) | np.isin(cuts[:-1], strophes)
    return np.append(cuts[:-1][changes], cuts[-1]), [_letter(int(k)) for k in numbers[changes]]


def _letter(number: int) -> str:
    """Return A to Z, then AA, AB ..."""
    rounds, place = divmod(number, 26)
    return (_letter(rounds - 1) if rounds else "") + chr(ord("A") + place)


def _apart(unlike: Floats, cuts: Ints) -> Floats:
    """Return how clearly each section differs from its neighbours; a single one, how even it is."""
    steps = contrasts(unlike, cuts)
    if not len(steps):
        return np.array([1.0 - float(unlike.mean())])
    clear: Floats = (np.append(steps[0], steps) + np.append(steps, steps[-1])) / 2.0
    return clear


def _parts(
    edges: Floats,
    letters: Sequence[str],
    apart: Floats,
    sounds: CellSounds,
    cells: Cells,
    tags: Tags | None,
    level: Level | None,
) -> list[Part]:
    voice = _voice(tags, cells)
    middles = (cells.edges[:-1] + cells.edges[1:]) / 2

    def loud(start: float, end: float) -> float:
        known = None if level is None else level.between(start, end)
        inside = (middles >= start) & (middles < end)
        return float(sounds.decibels[inside].mean()) if known is None else known

    parts = []
    for (start, end), letter, clear in zip(pairwise(edges), letters, apart, strict=True):
        third = (end - start) / 3
        inside = (middles >= start) & (middles < end)
        sung = None if voice is None else float(voice[inside].mean())
        fall = loud(start, start + third) - loud(end - third, end)
        parts.append(Part(start, end, letter, loud(start, end), fall, sung, float(clear)))
    return parts


def _named(
    edges: Sequence[float] | Floats,
    letters: Sequence[str],
    verdicts: Sequence[tuple[str, float]],
    engine: Engine,
) -> Sections:
    times = [round(float(t), 3) for t in edges]
    return Sections(
        intervals=tuple(pairwise(times)),
        labels=tuple(label for label, _ in verdicts),
        estimator=engine.signature,
        confidences=tuple(confidence for _, confidence in verdicts),
        letters=tuple(letters),
    )
