"""The grammar that writes a paragraph about a track from its facts, in the manner of a good editor.

Every sentence stands on facts of `tools.caption_facts` and `tools.caption_course`; where a fact is
missing its sentence is, too. The wording is chosen by the facts (`tools.caption_words.Chooser`).
The genre of text is that of LP-MusicCaps (Doh et al. 2023), with figures only where they help.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from tools.caption_course import (
    AT_ONCE,
    PATCHY,
    THROUGHOUT,
    Course,
    Form,
    course_of,
    form_of,
    gaps,
)
from tools.caption_facts import Harmony, Heard, Pulse, Sound, harmony_of, pulse_of, sound_of
from tools.caption_harmony import harmony_words
from tools.caption_pulse import pulse_words
from tools.caption_words import (
    ORDINALS,
    SPEAKERS,
    VOICES,
    Chooser,
    article,
    distinct_moods,
    genre_noun,
    genre_phrase,
    instrument_words,
    join,
    number,
    place,
    sentence,
    span,
    style,
    tempo_words,
    times,
)

SHORT = 10.0
"""A track of fewer seconds is a clip, whatever is on it."""
LATE_VOICE = 40.0
"""Seconds; an opening without voice that is longer is no short one."""
LONG_BREAK = 20.0
MOST_PARTS = 7
"""A form of more sections is counted, not listed."""


@dataclass(frozen=True)
class Facts:
    """All that a paragraph can tell of a track."""

    duration: float
    sound: Sound
    pulse: Pulse | None
    harmony: Harmony
    course: Course
    form: Form | None

    @classmethod
    def of(cls, heard: Heard) -> "Facts":
        """Return the facts of what was heard."""
        return cls(
            heard.duration,
            sound_of(heard),
            pulse_of(heard),
            harmony_of(heard),
            course_of(heard),
            form_of(heard),
        )

    @property
    def spoken(self) -> bool:
        """Whether a voice stands alone, with neither a pulse nor a key: that may be speech."""
        sound, pulse, harmony = self.sound, self.pulse, self.harmony
        alone = sound.sung and sound.voice_sure and not sound.instruments + sound.maybe
        pulseless = pulse is None or pulse.firm is False
        return alone and pulseless and harmony.sureness != "sure" and not harmony.loop


def paragraph(heard: Heard) -> str:
    """Return a paragraph about a track.

    Parameters
    ----------
    heard : what is known of it; not `Heard.empty`
    """
    facts = Facts.of(heard)
    choose = Chooser(facts)
    if facts.spoken:
        return _spoken(facts, choose)
    sentences: tuple[Callable[[], str], ...] = (
        lambda: _opening(facts, choose),
        lambda: pulse_words(facts.pulse, choose),
        lambda: harmony_words(facts.harmony, choose),
        lambda: _form(facts.form, choose),
        lambda: _voice_course(facts, choose),
        lambda: _swell(facts, choose),
    )
    told = []
    for write in sentences:
        if words := sentence(write()):
            told.append(words)
            choose.said(words)
    return " ".join(told)


def _spoken(facts: Facts, choose: Chooser) -> str:
    voice = SPEAKERS[facts.sound.voice]
    alone = (
        f"{voice} on its own, with neither a steady pulse nor a clear key under it",
        f"nothing but {voice}: no instrument stands out, and there is no beat or key to hold on to",
    )
    return f"{sentence(choose('spoken', alone))} It may well be speech rather than song."


# ---- what it is ---------------------------------------------------------------------------------


def _opening(facts: Facts, choose: Chooser) -> str:
    sound = facts.sound
    noun = "clip" if facts.duration < SHORT else genre_noun(sound.genre, sound.sung)
    genre, touch = genre_phrase(sound.genre if sound.placed else "", sound.touch, noun)
    adjectives = ["short"] if facts.duration < SHORT else []
    adjectives += [*_tempo_adjective(facts, choose), *_moods(facts)]
    wordless = sound.voice == "none" and sound.voice_sure
    if wordless and len(adjectives) < 3:
        genre, wordless = f"instrumental {genre}", False
    phrase = article(f"{', '.join(adjectives[:3])} {genre}".strip())
    if sound == Sound() and not adjectives:
        return f"a track of {span(facts.duration)}"
    return _scored(phrase, _leanings(facts, touch, choose), facts, wordless, choose)


def _tempo_adjective(facts: Facts, choose: Chooser) -> list[str]:
    pulse, sound = facts.pulse, facts.sound
    if pulse is None or not pulse.firm or pulse.rival or pulse.steps:
        return []
    words = tempo_words(pulse.bpm, sound.genre, sound.moods)
    return [choose("tempo", words)] if words else []


def _moods(facts: Facts) -> list[str]:
    """Return the moods as adjectives; what the tempo says better is left to it."""
    measured = facts.pulse is not None and facts.pulse.firm is not False
    moods = [m for m in facts.sound.moods if not (measured and m in ("slow", "fast"))]
    return [{"party": "party-ready"}.get(mood, mood) for mood in distinct_moods(moods)]


def _leanings(facts: Facts, touch: str, choose: Chooser) -> tuple[str, str]:
    """Return what is said of a second genre beside the phrase, and as a clause of it."""
    sound = facts.sound
    if not sound.placed:
        near = style(sound.genre)
        beside = (
            f"hard to place by genre but closest to {near}",
            f"of all genres nearest to {near}",
        )
        return choose("leaning", beside), f"that comes closest to {near}"
    if not touch:
        return "", ""
    leans = (f"leaning towards {touch}", f"bordering on {touch}", f"not far from {touch}")
    return choose("leaning", leans), f"that leans towards {touch}"


def _scored(
    phrase: str, leanings: tuple[str, str], facts: Facts, wordless: bool, choose: Chooser
) -> str:
    """Return the phrase with who plays and who sings."""
    sound = facts.sound
    played = instrument_words(sound.instruments, sound.maybe)
    beside = f"{phrase}, {leanings[0]}," if leanings[0] else phrase
    if sound.sung and sound.voice_sure:
        rapped = sound.genre == "hip hop"
        voice = SPEAKERS[sound.voice] if rapped else choose("voice", VOICES[sound.voice])
        alike = "vocals" if sound.voice == "plain" else voice
        return choose(
            "scored", _sung(beside, f"{phrase} {leanings[1]}".strip(), voice, alike, played)
        )
    told = f"{beside} with {played}" if played else beside
    if "drums" in sound.instruments and sound.voice == "none":
        told = choose("scored", (told, f"{beside} built on {played}"))
    if wordless:
        several = " and " in played or "built" in told
        told += ", without vocals" if several else " and no vocals" if played else " without vocals"
    elif sound.sung:
        told = (
            f"{told}; a voice may be part of it" if played else f"{told.strip(',')}, perhaps sung"
        )
    return told.removesuffix(",")


def _sung(phrase: str, leading: str, voice: str, alike: str, played: str) -> tuple[str, ...]:
    if not played:
        return (f"{phrase} with {alike}", f"{phrase} fronted by {voice}")
    return (
        f"{phrase} with {alike} over {played}",
        f"{phrase} fronted by {voice}, with {played} behind it",
        f"{voice} leads {leading}, backed by {played}",
    )


# ---- how it goes --------------------------------------------------------------------------------


def _form(form: Form | None, choose: Chooser) -> str:
    if form is None:
        return ""
    told = _functions(form, choose) if form.functions else _letters(form, choose)
    if not (told and form.loudest):
        return told
    several = form.functions.count(form.loudest) > 1
    names = f"{_plural(form.loudest)} are" if several else f"{form.loudest} is"
    return f"{told}; the {names} the loudest"


def _functions(form: Form, choose: Chooser) -> str:
    named = [function for function in form.functions if function != "section"]
    alike = any(a == b for a, b in pairwise(form.functions))
    if len(named) == form.count <= MOST_PARTS and not alike:
        row = join(named)
        return choose.first("form", (f"the form runs {row}", f"it runs through {row}"))
    if set(form.functions[1:-1]) == {"section"}:
        return _framed(form)
    counted = join(
        [
            article(name) if often == 1 else f"{number(often)} {_plural(name)}"
            for name, often in Counter(named).items()
        ]
    )
    if len(named) == form.count:
        return choose.first("form", (f"the form has {counted}", f"it is made of {counted}"))
    return f"it has {number(form.count)} sections, {counted} among them"


def _framed(form: Form) -> str:
    """Return a form of which only the first and the last section are known by their function."""
    first, last = (name if name != "section" else "" for name in form.functions[:: form.count - 1])
    inner = form.count - bool(first) - bool(last)
    sections = f"{number(inner)} sections" if inner > 1 else "a single section"
    if first and last:
        return f"between {article(first)} and {article(last)} {_come(inner)} {sections}"
    if first:
        return f"after {article(first)} {_come(inner)} {sections}"
    return f"{sections} {'lead' if inner > 1 else 'leads'} to {article(last)}"


def _come(count: int) -> str:
    return "come" if count > 1 else "comes"


def _plural(function: str) -> str:
    return {"chorus": "choruses"}.get(function, f"{function}s")


def _letters(form: Form, choose: Chooser) -> str:
    """Return how many sections there are and what comes back; two that differ are no form."""
    if not form.lettered or form.count < 3:
        return ""
    told = choose.first(
        "form",
        (
            f"it falls into {number(form.count)} sections",
            f"there are {number(form.count)} sections",
        ),
    )
    if form.returning is None:
        return f"{told}, none of which comes back"
    if form.returning >= len(ORDINALS):
        return told
    back = "at the end" if form.closes and form.returns == 1 else times(form.returns)
    return f"{told}, the {ORDINALS[form.returning]} of which comes back {back}"


def _voice_course(facts: Facts, choose: Chooser) -> str:
    """Return when the voice sings, and which instrument joins."""
    course, duration = facts.course, facts.duration
    voice = ""
    if course.sung and facts.sound.sung and facts.sound.voice_sure:
        voice = _voice(course, facts, choose)
    for name, time in course.entrances[:1]:
        where = place(time, duration)
        if where not in voice:
            joins = f"{name} join" if name in ("drums", "strings") else f"the {name} joins"
            return f"{voice}; {joins} {where}" if voice else f"{joins} {where}"
    return voice


def _voice(course: Course, facts: Facts, choose: Chooser) -> str:
    first, last, duration = course.sung[0][0], course.sung[-1][1], facts.duration
    told = _entry(first, facts, course, choose)
    if course.sung_share < PATCHY:
        return told
    if duration - last > LONG_BREAK:
        return f"{told} and falls silent {place(last, duration)}"
    if max(gaps(course.sung), default=0.0) > LONG_BREAK:
        return f"{told}, with a long stretch without it in between"
    return told


def _entry(first: float, facts: Facts, course: Course, choose: Chooser) -> str:
    """Return a clause whose subject is the voice; an intro that is told of is what it refers to."""
    duration, intro = facts.duration, facts.form.intro if facts.form else 0.0
    if course.sung_share < PATCHY:
        return choose("entry", ("the voice is heard only in places", "the voice comes and goes"))
    if first <= AT_ONCE:
        through = course.sung_share >= THROUGHOUT
        return f"the voice is there from {'start to finish' if through else 'the start'}"
    if first < intro - AT_ONCE:
        return "the voice is first heard during the intro"
    if first < intro + AT_ONCE:
        return "the voice comes in after the intro"
    if first < min(LATE_VOICE, duration / 3):
        openings = (
            "the voice comes in after a short instrumental opening",
            "the voice enters after a short opening without it",
        )
        return choose("entry", openings)
    return f"the voice does not come in until {place(first, duration)}"


def _swell(facts: Facts, choose: Chooser) -> str:
    course, duration = facts.course, facts.duration
    told = {
        "builds": choose(
            "swell", ("it builds in volume as it goes", "the level rises as it goes on")
        ),
        "ebbs": choose(
            "swell", ("it grows quieter as it goes", "it is loudest early and then ebbs")
        ),
        "even": choose("swell", ("the level hardly changes", "the dynamics stay even")),
        "peaks": f"it is at its loudest {place(course.peak, duration)}",
    }.get(course.swell, "")
    if course.swell == "peaks" and facts.form and facts.form.loudest:
        told = ""
    ending = {
        "fades": choose("ending", ("it fades out at the end", "the end is a fade-out")),
        "stops": choose("ending", ("it stops without a fade", "it breaks off at full volume")),
    }.get(course.ending, "")
    if told and ending:
        return f"{told}, and {ending}"
    return told or ending
