"""Writing: a net's voices, place by place, inside a frame that holds whatever the net thinks.

The frame is the bar grid, the compass of each voice, the chords where they are given, and the
cadence. Voices never rest: where one ends it begins anew, so places follow from durations and the
net is only asked for chords (where they are its own), pitches and durations.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.composing.constraints import Harmony, Voicing, durations, harmony_of_word
from tools.composing.meters import METER
from tools.composing.sampling import Sampler
from tools.composing.tokens import QUALITIES, TICKS, TOKEN, WORDS, Heading, bar_token
from tools.rungs import Progress, quiet

ANY_CHORD = tuple(TOKEN[f"chord {r} {q}"] for r in range(12) for q in QUALITIES)


@dataclass(frozen=True)
class Chord:
    """A chord that is fixed, or a choice of them.

    Parameters
    ----------
    tokens : those to choose from
    harmony : what sounds; None leaves it to the token chosen
    """

    tokens: tuple[int, ...]
    harmony: Harmony | None = None


@dataclass(frozen=True)
class Frame:
    """What is fixed before the net writes; places and lengths in ticks.

    Parameters
    ----------
    compass : voice -> lowest and highest pitch, from the highest voice down
    chords : place -> what sounds from there on; notes end there at the latest
    is_free : whether the net may set other chords between those
    home : pitch class of the tonic
    barriers : places where every note ends
    last : where the last note of every voice begins
    copies : bar -> an earlier bar that it repeats
    """

    heading: Heading
    bars: int
    compass: Mapping[str, tuple[int, int]]
    chords: Mapping[int, Chord]
    is_free: bool
    home: int
    last: int
    barriers: frozenset[int] = frozenset()
    copies: Mapping[int, int] = field(default_factory=dict)

    @property
    def bar(self) -> int:
        """Return the length of a bar."""
        return round(METER[self.heading.meter].bar * TICKS)

    @property
    def length(self) -> int:
        """Return the length of the piece."""
        return self.bars * self.bar

    def weight(self, place: int) -> int:
        """Return how heavy a place is: 3 on the downbeat, 0 between pulses."""
        return METER[self.heading.meter].weight_at(place % self.bar / TICKS)


class Writer:
    """Writes the row of tokens of one piece."""

    def __init__(self, frame: Frame, sampler: Sampler) -> None:
        self.frame = frame
        self.sampler = sampler
        self.voicing = Voicing(frame.compass)
        self._ends = dict.fromkeys(frame.compass, 0)
        self._harmony: Harmony | None = None
        self._said = 0  # the latest chord's token: a chord is told where it changes
        self._starts: list[int] = []
        stops = {frame.length, frame.last, *frame.chords, *frame.barriers}
        self._stops = sorted(stop for stop in stops if stop <= frame.length)

    def write(self, on_progress: Progress = quiet) -> list[int]:
        """Return the tokens of the piece, the heading included."""
        for number in range(self.frame.bars):
            on_progress(number / self.frame.bars)
            self._starts.append(len(self.sampler.row))
            self.sampler.begin_bar(bar_token(number, self.frame.bars))
            if number in self.frame.copies:
                self._copy(number, self.frame.copies[number])
            else:
                self._bar(number)
        self.sampler.tell(TOKEN["end"])
        return self.sampler.row

    def _bar(self, number: int) -> None:
        end = (number + 1) * self.frame.bar
        while (place := min(self._ends.values())) < end:
            self.sampler.tell(TOKEN[f"pos {place % self.frame.bar}"])
            ending = [voice for voice, stop in self._ends.items() if stop == place]
            self.voicing.arrive(ending)
            self._set_chord(place, ending)
            for voice in ending:
                self._sing(voice, place, ending)

    def _set_chord(self, place: int, ending: list[str]) -> None:
        fixed = self.frame.chords.get(place)
        if fixed:
            token = fixed.tokens[0]
            if fixed.tokens != (self._said,):
                token = self._said = self.sampler.draw(fixed.tokens)
            self._harmony = fixed.harmony or harmony_of_word(WORDS[token], self.frame.home)
        elif self.frame.is_free:
            self._harmony = None
            if self.frame.weight(place) > 0:
                self._maybe_chord(ending[0])

    def _maybe_chord(self, voice: str) -> None:
        """Let the net set a chord, or none and begin the first note at once."""
        pitches = [TOKEN[f"{voice} {p}"] for p in self.voicing.choices(voice, None)]
        token = self.sampler.draw((*ANY_CHORD, *pitches))
        if token not in pitches:
            self._said = token
        else:
            self.voicing.sing(voice, int(WORDS[token].split()[1]))

    def _sing(self, voice: str, place: int, ending: list[str]) -> None:
        if voice not in self.voicing.fresh:
            pitches = self.voicing.choices(voice, self._within(voice, place, ending))
            token = self.sampler.draw([TOKEN[f"{voice} {p}"] for p in pitches])
            self.voicing.sing(voice, int(WORDS[token].split()[1]))
        stop = next(stop for stop in self._stops if stop > place)
        lengths = durations(place, stop)
        if place == self.frame.last:
            lengths = lengths[-1:]
        token = self.sampler.draw([TOKEN[f"dur {length}"] for length in lengths])
        self._ends[voice] = place + int(WORDS[token].split()[1])

    def _within(self, voice: str, place: int, ending: list[str]) -> frozenset[int] | None:
        """Return the pitch classes that a voice must keep to here, None for any."""
        harmony, strong = self._harmony, 1 if len(self.frame.compass) > 1 else 2
        is_fixed = place in self.frame.chords
        if harmony is None or not (is_fixed or self.frame.weight(place) >= strong):
            return None
        if not is_fixed or len(ending) < len(self.frame.compass):
            return harmony.tones
        if len(ending) == 1:
            at_end = place == self.frame.last
            return self._closing(harmony) if at_end else harmony.tones
        if voice == ending[-1]:
            return frozenset({harmony.bass})
        missing = self.voicing.missing(harmony)
        left = len(ending) - 1 - ending.index(voice)
        return missing if missing and len(missing) >= left else harmony.tones

    def _closing(self, harmony: Harmony) -> frozenset[int]:
        """Return where a tune comes to rest: the tonic if the chord has it, else the bass."""
        return frozenset({self.frame.home if self.frame.home in harmony.tones else harmony.bass})

    def _copy(self, number: int, source: int) -> None:
        """Repeat an earlier bar; its notes end inside it or at a barrier."""
        row = self.sampler.row[self._starts[source] + 1 : self._starts[source + 1]]
        place, voice = 0, ""
        for token in row:
            kind, _, rest = WORDS[token].partition(" ")
            if kind == "pos":
                place = number * self.frame.bar + int(rest)
            elif kind == "dur":
                self._ends[voice] = place + int(rest)
            elif kind == "chord":
                self._said = token
            elif kind in self.frame.compass:
                voice = kind
                self.voicing.now[kind] = int(rest)
        self.sampler.tell(*row)
