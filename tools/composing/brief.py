"""What is asked of a composer: every field that is None is the composer's to choose."""

from dataclasses import dataclass

from tools.conventions import check, check_chord, check_key

METERS = ("2/4", "3/4", "4/4", "5/4", "6/8", "7/8", "9/8", "12/8")
STYLES = (
    "pop", "rock", "folk", "classical", "chorale", "jazz", "blues", "funk", "latin", "reggae",
    "electronic", "techno", "hip hop", "ambient", "waltz", "country", "march", "lullaby",
)  # fmt: skip
MOODS = ("happy", "sad", "calm", "energetic", "dark", "tense", "tender", "playful")
FORMS = ("loop", "AABA", "AB", "ABA", "verse-chorus", "through-composed")
SHORTEST, LONGEST = 2.0, 600.0
"""Seconds."""


@dataclass(frozen=True)
class Brief:
    """A commission.

    Parameters
    ----------
    seconds, bars : how long; of both given, bars decide
    tonic, mode : ``"Bb"``, ``"minor"``
    bpm : beats a minute, as in `tools.composing.score.Score`
    chords : in Harte's syntax, one a bar unless `chord_bars` says otherwise; they are repeated
    instruments : names that `tools.general_midi.program_of` knows, or ``"drums"``; when given,
        these and no others play
    without : instruments that must not play
    style, mood, form : of `STYLES`, `MOODS`, `FORMS`
    density : 0 (sparse) to 1 (busy)
    seed : the same seed gives the same piece, another seed another one
    """

    description: str = ""
    seconds: float | None = None
    bars: int | None = None
    tonic: str | None = None
    mode: str | None = None
    bpm: float | None = None
    meter: str | None = None
    chords: tuple[str, ...] = ()
    chord_bars: float = 1.0
    instruments: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    style: str | None = None
    mood: str | None = None
    form: str | None = None
    density: float | None = None
    title: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        for label in self.chords:
            check_chord(label)
        if self.tonic is not None:
            check_key(self.tonic, self.mode or "major")
        for value, known in (
            (self.meter, METERS),
            (self.style, STYLES),
            (self.mood, MOODS),
            (self.form, FORMS),
        ):
            check(value is None or value in known, f"{value!r} is not one of {', '.join(known)}")
        if self.seconds is not None:
            check(SHORTEST <= self.seconds <= LONGEST, f"{self.seconds} s is not in 2 to 600 s")
