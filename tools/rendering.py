"""A score made sound: each part by itself on an instrument of a sound bank, then mixed.

Without a bank a plain synthesiser plays, so that there is always something to hear. The same score
with the same bank gives the same samples.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from tools.audio import Audio
from tools.composing.score import Score, ScoreNote, ScorePart
from tools.errors import MusicToolError, NoMusicError
from tools.general_midi import program_of
from tools.rungs import Engine, Progress, first_that_works, quiet
from tools.synthesis.mixing import mix
from tools.synthesis.plain import Drums, Tones
from tools.synthesis.sampler import Sampler
from tools.synthesis.soundfont import PERCUSSION, Bank, Sound, open_bank
from tools.weights import WeightStore

ENGINES = (Engine("bank", "bundled", ("gm-bank",)), Engine("tones", "plain"))

GM_BANK = "pretty_midi/TimGM6mb.sf2"

RATES = (8_000, 192_000)
LONGEST = 1200.0
"""Seconds: twice the longest piece that may be asked for."""

TAIL = 2.5
"""Seconds after the last note, in which it and the room die away."""

FADE = 0.5
RINGING = 4.0
"""Seconds that a stroke may ring: drums are struck, nobody lets them go."""

STOPPING = 0.02
"""Seconds in which one that is stopped falls silent."""

HATS, OPEN_HAT = (42, 44, 46), 46
"""Strokes of one pair of cymbals: each ends the ringing of the open one (General MIDI level 1)."""

PLAYED = 0.85
"""How far the work is when all parts are played and the mix begins."""


class Player(Protocol):
    """What can play one part."""

    def note(self, key: int, velocity: int, seconds: float) -> Sound:
        """Return a note with its end, shape=(2, n)."""


def render(
    score: Score,
    store: WeightStore,
    rate: int = 44_100,
    bank: Path | None = None,
    on_progress: Progress = quiet,
    engine: str | None = None,
) -> Audio:
    """Return a score as stereo sound at -14 LUFS, no true peak above -1 dBFS.

    It begins with the score's first quarter and lasts `TAIL` seconds longer than its last note.

    Parameters
    ----------
    rate : hertz
    bank : a SoundFont file (.sf2, .sf3) to play with; None takes the one that is fetched
    on_progress : told the fraction done; may raise `tools.errors.Cancelled`
    engine : name of one of `ENGINES`; None takes the best that works

    Raises
    ------
    NoMusicError
        If the score has no notes.
    MusicToolError
        If it is too long, or the rate is none to play at.
    WeightsError
        If the bank or the engine that was asked for can't play.
    """
    seconds = score.length * score.quarter
    if not any(part.notes for part in score.parts):
        raise NoMusicError("The score has no notes: there is nothing to play.")
    if seconds > LONGEST:
        raise MusicToolError(
            f"The score lasts {seconds / 60:.0f} minutes; {LONGEST / 60:.0f} are the most that is "
            "played. Ask for a shorter piece."
        )
    if not RATES[0] <= rate <= RATES[1]:
        raise MusicToolError(f"{rate} Hz is no rate to play at; {RATES[0]} to {RATES[1]} are.")
    if bank is not None:
        return _rendered(score, open_bank(bank.expanduser()), rate, on_progress)

    def run(one: Engine) -> Audio:
        opened = open_bank(store.file("gm-bank", GM_BANK)) if one.weights else None
        return _rendered(score, opened, rate, on_progress)

    return first_that_works(ENGINES, store, engine, run)


# ---- inside -------------------------------------------------------------------------------------


def _rendered(score: Score, bank: Bank | None, rate: int, on_progress: Progress) -> Audio:
    length = int((score.length * score.quarter + TAIL) * rate)
    playing = [part for part in score.parts if part.notes]
    parts = []
    for number, part in enumerate(playing):

        def told(fraction: float, number: int = number) -> None:
            on_progress(PLAYED * (number + fraction) / len(playing))

        player = _player(part, bank, rate)
        parts.append((part.name, _played(part, score.quarter, player, length, rate, told)))
    sound = mix(parts, rate)
    fade = int(FADE * rate)
    sound[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32) ** 2
    on_progress(1.0)
    sound.flags.writeable = False
    return Audio(sound, rate, name=score.title or "score", source_rate=rate, source_channels=2)


def _player(part: ScorePart, bank: Bank | None, rate: int) -> Player:
    """Return the bank's instrument for a part, or a plain one where it has none."""
    program = 0 if part.is_drums else program_of(part.instrument)
    number = PERCUSSION if part.is_drums else 0
    if bank is not None and bank.has(program, number):
        return Sampler(bank, program, number, rate)
    return Drums(rate) if part.is_drums else Tones(program, rate)


def _played(
    part: ScorePart, quarter: float, player: Player, length: int, rate: int, told: Progress
) -> Sound:
    """Return one part alone, shape=(2, length)."""
    sound = np.zeros((2, length), np.float32)
    notes = _rung_out(part.notes, quarter) if part.is_drums else part.notes
    for number, note in enumerate(notes):
        if number % 32 == 0:
            told(number / len(notes))
        start = round(note.start * quarter * rate)
        seconds = note.duration * quarter
        played = player.note(note.pitch, note.velocity, seconds)
        if part.is_drums:
            played = _stopped(played, seconds, rate)
        played = played[:, : length - start]
        sound[:, start : start + played.shape[1]] += played
    return sound


def _rung_out(notes: Sequence[ScoreNote], quarter: float) -> list[ScoreNote]:
    """Return strokes as long as they ring; an open hi-hat until the pair is struck again."""
    ends = sorted(note.start for note in notes if note.pitch in HATS)
    rung = []
    for note in notes:
        ringing = RINGING / quarter
        if note.pitch == OPEN_HAT:
            after = next((end for end in ends if end > note.start), note.start + ringing)
            ringing = min(ringing, after - note.start)
        rung.append(replace(note, duration=ringing))
    return rung


def _stopped(stroke: Sound, seconds: float, rate: int) -> Sound:
    """Return a stroke that ends where it must, whatever release its bank gives it."""
    end, fade = int(seconds * rate), int(STOPPING * rate)
    if stroke.shape[1] <= end + fade:
        return stroke
    stopped = stroke[:, : end + fade].copy()
    stopped[:, end:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return stopped
