"""New music that leans on a recording: what goes on from it, and what plays along with it."""

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.generation.generating import Piece, keep_piece, title_of
from agent.library import Library, Report
from agent.record import TrackRecord
from agent.render import clock
from tools.annotations import Beats
from tools.audio import Audio, load_audio
from tools.composing.aligning import aligned
from tools.composing.audio_engines import ENGINES
from tools.composing.composer import COMPOSER
from tools.errors import MusicToolError, NoMusicError
from tools.generation import Generated, generate_score
from tools.rendering import render
from tools.synthesis.montage import laid_over

if TYPE_CHECKING:
    from agent.generation.brief_words import Wish

SHAPE = ("beats", "tempo", "key", "chords", "segments", "tags")
"""What is listened for in a track that new music leans on."""
LIKE = SHAPE

LEAVE = 0.05
"""Seconds by which a downbeat may come before the section that it opens."""
WRITING_SHARE = 0.5

LONGEST = 900.0
"""Seconds of a recording that new music is put to."""


def place_of(record: TrackRecord, wanted: float | None) -> float:
    """Return the second at which new music takes over: the downbeat next to what was asked."""
    last = record.duration
    beats = record.annotation("beats")
    downbeats = beats.downbeats if isinstance(beats, Beats) else ()
    if not downbeats:
        return min(wanted if wanted is not None else last, last)
    if wanted is None:  # the end: a whole bar after the last downbeat that has one
        bar = downbeats[-1] - downbeats[-2] if len(downbeats) > 1 else 0.0
        return min(last, downbeats[-1] + bar)
    return min(downbeats, key=lambda time: abs(time - wanted))


def whole(library: Library, handle: str) -> Audio:
    """Return the sound of a track with its channels.

    Raises
    ------
    MusicToolError
        If it is longer than `LONGEST`, or can't be read any more.
    """
    record = library.record(handle)
    if record.duration > LONGEST:
        raise MusicToolError(
            f"'{record.title}' is {clock(record.duration)} long; new music is put to recordings of "
            f"up to {clock(LONGEST)}. Cut it first."
        )
    return load_audio(record.path, mono=False)


def tune_of(library: Library, handle: str, engine: str | None = None) -> Audio | None:
    """Return the sound of a track for a network that follows its tune, None where none can.

    `engine` is the one that is forced.
    """
    able = [e for e in ENGINES if e.hears_melody and engine in (None, e.name)]
    if not any(e.name == engine or e.obstacle(library.store) is None for e in able):
        return None
    return library.audio(handle)


def accompanied(
    library: Library,
    handle: str,
    record: TrackRecord,
    wish: "Wish",
    report: Report,
    between: tuple[float, float | None] = (0.0, None),
) -> Piece:
    """Return a track with an accompaniment under it, on its own beats, as a new piece.

    Parameters
    ----------
    wish : what plays (`agent.generation.wishes.accompaniment`)
    between : the seconds between which it plays

    Raises
    ------
    NoMusicError
        If no beats were heard that anybody could play along with.
    MusicToolError
        If it can't be played or saved.
    """
    beats = record.annotation("beats")
    times = _counted(beats, *between) if isinstance(beats, Beats) else ()
    if len(times) < 2:
        raise NoMusicError(f"No steady beat was heard in '{record.title}' to play along with.")
    before = whole(library, handle)
    brief = replace(wish.brief, title=wish.brief.title or title_of(wish.brief))
    score = generate_score(brief, "composer")
    kept = tuple(p for p in score.parts if p.name.split()[0] in wish.parts)
    score = replace(score, parts=kept or score.parts)  # a violin alone plays a tune
    start, laid = times[0], aligned(score, [t - times[0] for t in times])
    sound = render(
        laid,
        library.store,
        bank=library.soundfont,
        on_progress=lambda f: report(WRITING_SHARE * f, "writing and playing it"),
    )
    made = Generated(sound, score, COMPOSER)

    def rest(fraction: float, doing: str) -> None:
        report(WRITING_SHARE + (1 - WRITING_SHARE) * fraction, doing)

    return keep_piece(
        library, brief, made, wish.asked, report=rest, sounding=laid, starts=start,
        finish=lambda new: laid_over(before, new.audio, start),
    )  # fmt: skip


def _counted(beats: Beats, start: float, end: float | None) -> tuple[float, ...]:
    """Return the times of the beats from the first downbeat of a place on, to its end."""
    rows = list(zip(beats.times, beats.positions, strict=True))
    begins = next((t for t, p in rows if p == 1 and t >= start - LEAVE), beats.times[0])
    return tuple(t for t, _ in rows if t >= begins and (end is None or t < end + LEAVE))
