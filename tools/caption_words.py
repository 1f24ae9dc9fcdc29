"""Words of captions: how genres, voices, instruments, tempi and places are said; pure.

No fact is made here: every word stands for a label or a figure that came in. Where several words
say the same, a `Chooser` takes one by the facts themselves, so that two tracks differ in wording and
one track never does.
"""

import zlib
from collections.abc import Sequence

ADJECTIVES = frozenset(
    {"electronic", "alternative", "classical", "ambient", "experimental", "indian", "new age"}
)
"""Genres that stand before a noun and are none themselves."""

COLOURS = frozenset({"electronic", "alternative", "ambient", "experimental"})
"""Those of them that colour any other genre: an electronic pop song, experimental jazz."""

APART = frozenset({"classical", "opera", "indian", "new age", "techno", "house", ""})
"""Genres that nothing is coloured with in English: they are named beside the other one."""

COMPOUNDS = frozenset(
    frozenset(pair)
    for pair in (
        ("rock", "blues"), ("rock", "folk"), ("rock", "pop"), ("rock", "punk"), ("rock", "country"),
        ("rock", "alternative"), ("pop", "dance"), ("pop", "alternative"), ("rock", "funk"),
    )
)  # fmt: skip
"""Pairs of genres that are one word to everybody: blues rock, dance pop."""

SPELLED = {"r&b": "R&B", "indian": "Indian"}

TRACKS = frozenset(
    {"electronic", "techno", "house", "dance", "hip hop", "ambient", "r&b", "experimental", "funk"}
)
PIECES = frozenset({"classical", "opera", "jazz", "new age", "indian", "ambient"})
"""What people call a track, a piece, or else, where it is sung, a song."""

BOWED = ("violin", "cello")

KINDRED = (
    frozenset({"calm", "mellow", "relaxed"}),
    frozenset({"energetic", "loud", "party"}),
    frozenset({"happy", "party"}),
    frozenset({"sad", "beautiful"}),
)
"""Moods that say nearly the same: one of them is enough."""

OPPOSITES = ({"happy", "sad"}, {"party", "sad"})

VOICES = {
    "female": ("a female voice", "a female singer"),
    "male": ("a male voice", "a male singer"),
    "choir": ("a choir",),
    "plain": ("a singer",),
}
SPEAKERS = {
    "female": "a female voice",
    "male": "a male voice",
    "choir": "voices",
    "plain": "a voice",
}
"""What a voice is called that sings, and one that may speak."""

TEMPI: tuple[tuple[float, tuple[str, ...]], ...] = (
    (60.0, ("very slow",)),
    (76.0, ("slow",)),
    (120.0, ("moderately paced", "medium-paced", "mid-tempo")),
    (140.0, ("brisk", "up-tempo")),
    (168.0, ("fast", "quick")),
    (float("inf"), ("very fast",)),
)
"""Upper bound in BPM and what people call it; the bounds are the marks of a metronome."""

POPULAR = ("mid-tempo", "up-tempo")
"""Tempo words that nobody has for a sonata."""

GENTLE = frozenset({"calm", "mellow", "relaxed", "slow"})
LIVELY = frozenset({"energetic", "party", "fast"})
"""Moods that a high or a low tempo in one breath would contradict."""

METERS = {
    "2/4": ("in two", "in 2/4"),
    "3/4": ("in three", "in 3/4", "in triple time"),
    "4/4": ("in four", "in 4/4"),
    "6/8": ("in 6/8",),
}

PLACES: tuple[tuple[float, str], ...] = (
    (0.08, "right at the start"),
    (0.2, "early on"),
    (0.3, "about a quarter of the way in"),
    (0.42, "about a third of the way in"),
    (0.58, "around the middle"),
    (0.72, "about two thirds of the way in"),
    (0.92, "towards the end"),
    (1.01, "at the very end"),
)

COUNTS: tuple[str, ...] = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
)
COUNTS += ("eleven", "twelve")
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


class Chooser:
    """Takes one of several wordings, always the same for the same facts."""

    def __init__(self, facts: object) -> None:
        self._seed = zlib.crc32(repr(facts).encode())
        self._last = ""

    def __call__(self, slot: str, options: Sequence[str]) -> str:
        """Return one of the options; `slot` names the place in the text."""
        return options[zlib.crc32(f"{slot}/{self._seed}".encode()) % len(options)]

    def first(self, slot: str, options: Sequence[str]) -> str:
        """Return one that can begin a sentence: no two in a row begin with the same word."""
        fresh = [option for option in options if option.split(" ")[0] != self._last]
        return self(slot, fresh or options)

    def said(self, sentence: str) -> None:
        """Note the sentence that was written last."""
        self._last = sentence.split(" ")[0].lower()


def join(items: Sequence[str], last: str = "and") -> str:
    """Return a list as a sentence holds it: ``"a, b and c"``."""
    words = [item for item in items if item]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def article(phrase: str) -> str:
    """Return a phrase with ``"a"`` or ``"an"`` before it."""
    vowel = phrase[:1].lower() in "aeiou" or phrase.startswith("R&B")
    return f"{'an' if vowel else 'a'} {phrase}"


def sentence(text: str) -> str:
    """Return a text with a capital and a full stop; an empty one stays empty."""
    text = " ".join(text.split())
    return text[:1].upper() + text[1:] + "." if text else ""


def number(count: int) -> str:
    """Return a small number in words."""
    return COUNTS[count] if count < len(COUNTS) else str(count)


def span(seconds: float) -> str:
    """Return a duration in words: ``"twelve seconds"``, ``"about four minutes"``."""
    if seconds < 100:
        return f"{number(round(seconds))} seconds"
    return f"about {number(round(seconds / 60))} minutes"


def times(count: int) -> str:
    """Return how often: ``"once"``, ``"twice"``, ``"three times"``."""
    return {1: "once", 2: "twice"}.get(count, f"{number(count)} times")


def place(time: float, duration: float) -> str:
    """Return where in a track a time is."""
    share = time / duration if duration else 0.0
    return next((words for bound, words in PLACES if share < bound), PLACES[-1][1])


def tempo_words(bpm: float, genre: str = "", moods: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the adjectives for a tempo that fit; none where a mood of the music gainsays them."""
    against = GENTLE if bpm >= TEMPI[2][0] else LIVELY if bpm < TEMPI[1][0] else frozenset()
    if against.intersection(moods):
        return ()
    words = next(words for bound, words in TEMPI if bpm < bound)
    return tuple(w for w in words if genre not in PIECES or w not in POPULAR)


def spelled(genre: str) -> str:
    """Return a genre as it is written."""
    return SPELLED.get(genre, genre)


def genre_noun(genre: str, sung: bool) -> str:
    """Return what music of a genre comes as: a song, a track or a piece."""
    if genre in PIECES:
        return "piece"
    return "song" if sung and genre not in TRACKS else "track"


def genre_phrase(genre: str, touch: str, noun: str) -> tuple[str, str]:
    """Return genre and noun in one, and what is left to say of a second genre.

    ``("alternative rock song", "")``, ``("classical piece", "jazz")``.
    """
    if genre == "opera":
        return f"{noun} of opera", style(touch)
    if touch and frozenset({genre, touch}) in COMPOUNDS:
        first, second = sorted((genre, touch), key=lambda name: name in ("rock", "pop"))
        return f"{spelled(first)} {second} {noun}", ""
    if touch in COLOURS and genre not in APART:
        return f"{touch} {spelled(genre)} {noun}", ""
    if genre in COLOURS and touch and touch not in APART:
        return f"{genre} {spelled(touch)} {noun}", ""
    return f"{spelled(genre)} {noun}".strip(), style(touch)


def style(genre: str) -> str:
    """Return a genre as a noun that one can lean towards."""
    return f"{spelled(genre)} music" if genre in ADJECTIVES | {"dance"} else spelled(genre)


def distinct_moods(moods: Sequence[str], most: int = 2) -> tuple[str, ...]:
    """Return the surest moods that neither repeat nor gainsay one another."""
    kept: list[str] = []
    for mood in moods:
        if not any(_kindred(mood, other) or _opposed(mood, other) for other in kept):
            kept.append(mood)
    return tuple(kept[:most])


def _kindred(one: str, other: str) -> bool:
    return any(one in kin and other in kin for kin in KINDRED)


def _opposed(one: str, other: str) -> bool:
    return {one, other} in OPPOSITES or any(
        a in GENTLE and b in LIVELY | {"loud"} for a, b in ((one, other), (other, one))
    )


def instrument_words(sure: Sequence[str], maybe: Sequence[str]) -> str:
    """Return instruments as a list that gives doubt: ``"drums and perhaps guitar"``."""
    told, doubtful = _merged(sure, ()), _merged(maybe, sure)
    if told:
        return join([*told, f"perhaps {join(doubtful)}" if doubtful else ""])
    if len(doubtful) == 1 and doubtful[0] not in ("drums", "strings"):
        return f"what sounds like {article(doubtful[0])}"
    return f"what sounds like {join(doubtful)}" if doubtful else ""


def _merged(names: Sequence[str], before: Sequence[str]) -> list[str]:
    """Return the names, strings last, as "other strings" where one of them was named."""
    kept = [name for name in names if name != "strings"]
    if "strings" not in names:
        return kept
    bowed = [name for name in BOWED if name in kept]
    rest = [name for name in kept if name not in BOWED]
    known = bowed or set(BOWED).intersection(before)
    return [*rest, *bowed, "other strings" if known else "strings"]
