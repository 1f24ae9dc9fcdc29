"""The grammar that writes a paragraph about a track from its facts, in the manner of a good editor.

Every sentence stands on facts of `tools.caption_facts` and `tools.caption_course`; where a fact is
missing its sentence is, too. The wording is chosen by the facts (`tools.caption_words.Chooser`).
The genre of text is that of LP-MusicCaps (Doh et al. 2023), with figures only where they help.
"""

from collections import Counter
from dataclasses import dataclass

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
from tools.caption_words import (
    METERS,
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
    told = []
    for part in (_opening, _pulse, _harmony, _form, _voice_course, _swell):
        if words := sentence(part(facts, choose)):
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
    if wordless and len(adjectives) < 2:
        genre, wordless = f"instrumental {genre}", False
    phrase = article(f"{', '.join(adjectives[:3])} {genre}".strip())
    return _scored(phrase, _leanings(facts, touch, choose), facts, wordless, choose)


def _tempo_adjective(facts: Facts, choose: Chooser) -> list[str]:
    pulse, sound = facts.pulse, facts.sound
    if pulse is None or not pulse.firm or pulse.rival or pulse.steps:
        return []
    words = tempo_words(pulse.bpm, sound.genre, sound.moods)
    return [choose("tempo", words)] if words else []


def _moods(facts: Facts) -> list[str]:
    """Return the moods as adjectives; what the tempo says better is left to it."""
    measured = facts.pulse is not None and facts.pulse.firm
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
        told += " and no vocals" if played and "built" not in told else " without vocals"
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


# ---- tempo and meter ----------------------------------------------------------------------------


def _pulse(facts: Facts, choose: Chooser) -> str:
    pulse = facts.pulse
    if pulse is None:
        return ""
    if pulse.firm is False:
        loose = (
            "there is no firm pulse to tap along to",
            "the music floats without a clear beat",
            "no steady beat holds it together",
        )
        return choose.first("pulse", loose)
    meter = _meter(pulse, choose)
    if pulse.steps:
        return _stepping(pulse, meter, choose)
    if pulse.firm is None or pulse.steady is False:
        return _giving(pulse, meter, choose)
    if pulse.rival:
        return _two_readings(pulse, meter, choose)
    figure = f"a steady {pulse.bpm} BPM" if pulse.steady else f"{pulse.bpm} BPM"
    even = (
        f"it moves at {figure}{meter}",
        f"the pulse is {figure}{meter}",
        f"it keeps {'steadily ' if pulse.steady else ''}to {pulse.bpm} BPM{meter}",
        f"the beat goes at {figure}{meter}",
        f"the tempo is {figure}{meter}",
        f"it runs at {figure}{meter}",
    )
    return choose.first("pulse", even)


def _meter(pulse: Pulse, choose: Chooser) -> str:
    if not pulse.meter:
        return ""
    told = choose("meter", METERS[pulse.meter])
    return f" {told}" if pulse.meter_sure else f", most likely {told}"


def _stepping(pulse: Pulse, meter: str, choose: Chooser) -> str:
    first, second, *rest = pulse.steps
    way = "quickens" if second > first else "slows"
    told = f"it sets out at {first} BPM{meter} and later {way} to {second}"
    if rest:
        back = abs(rest[0] - first) <= 2
        told += " before settling back" if back else f" and then to {rest[0]}"
    return told


def _giving(pulse: Pulse, meter: str, choose: Chooser) -> str:
    if pulse.steady is False:
        loose = (
            f"the tempo gives and takes around {pulse.bpm} BPM{meter}",
            f"it moves freely{meter.replace(',', '')} around {pulse.bpm} BPM, now quicker, now slower",
        )
    else:
        loose = (
            f"the pulse is soft, somewhere about {pulse.bpm} BPM{meter}",
            f"the beat is easily lost, at about {pulse.bpm} BPM{meter}",
        )
    return choose.first("pulse", loose)


def _two_readings(pulse: Pulse, meter: str, choose: Chooser) -> str:
    speed = "twice" if (pulse.rival or 0) > pulse.bpm else "half"
    readings = (
        f"the beat can be counted at {pulse.bpm} BPM{meter}, or at {speed} that speed",
        f"it goes at {pulse.bpm} BPM{meter}, though it can be counted at {speed} that",
    )
    return choose.first("pulse", readings)


# ---- key and chords -----------------------------------------------------------------------------


def _harmony(facts: Facts, choose: Chooser) -> str:
    harmony = facts.harmony
    key, chords = _key(harmony, choose), _chords(harmony, choose)
    if not (key and chords):
        return key or chords
    return choose("harmony", (f"{key}, and {chords}", f"{key}; {chords}"))


def _key(harmony: Harmony, choose: Chooser) -> str:
    key = harmony.key
    if harmony.moves:
        first, *others = harmony.moves
        if others[-1] == first and len(others) == 2:
            return f"it starts in {first}, moves to {others[0]} and comes home again"
        return f"it starts in {first} and moves to {join(others, 'and then')}"
    if not key:
        return (
            choose.first("key", ("the key is hard to make out",))
            if harmony.sureness == "vague" and (harmony.loop or harmony.used)
            else ""
        )
    if harmony.sureness == "sure":
        return choose.first(
            "key", (f"the key is {key}", f"it is in {key}", f"the home key is {key}")
        )
    if harmony.sureness == "likely":
        other = f", though {harmony.rival} is possible" if harmony.rival else ""
        return (
            choose.first("key", (f"the key is most likely {key}", f"it seems to be in {key}"))
            + other
        )
    other = f" or {harmony.rival}" if harmony.rival else ""
    vague = (
        f"the key is hard to pin down, perhaps {key}{other}",
        f"no key asserts itself, though {key}{other} would fit",
    )
    return choose.first("key", vague)


def _chords(harmony: Harmony, choose: Chooser) -> str:
    doubt = "" if harmony.chords_sure else choose("doubt", ("seems to ", "appears to "))
    s = "" if doubt else "s"
    if harmony.stays:
        held = (f"the harmony {doubt}hardly leave{s} {harmony.used[0]}",)
        return choose(
            "chords", (*held, f"the harmony {doubt}stay{s} on {harmony.used[0]} nearly throughout")
        )
    if len(set(harmony.loop)) == 2 and len(harmony.loop) == 2:
        pair = join(harmony.loop)
        swings = (
            f"the harmony {doubt}swing{s} between {pair}",
            f"the harmony {doubt}alternate{s} between {pair}",
        )
        return choose("chords", swings)
    if harmony.loop:
        row = "–".join(harmony.loop)
        rounds = (
            f"the harmony {doubt}circle{s} through {row}",
            f"the harmony {doubt}go{'es' if s else ''} round {row}",
            f"what {doubt}come{s} back again and again is {row}",
        )
        return choose("chords", rounds)
    if len(harmony.used) > 1:
        names = join(harmony.used)
        leans = (
            f"the harmony {doubt}lean{s} on {names}",
            f"the harmony {doubt}move{s} mostly among {names}",
            f"the harmony {doubt}draw{s} mainly on {names}",
            f"the chords {doubt.replace('s to', ' to') or 'are '}{'be ' if doubt else ''}mostly {names}",
        )
        return choose("chords", leans)
    if harmony.chordless:
        return choose(
            "chords",
            ("there is hardly a chord in it", "no chords stand out", "chords play no part in it"),
        )
    return ""


# ---- how it goes --------------------------------------------------------------------------------


def _form(facts: Facts, choose: Chooser) -> str:
    form = facts.form
    if form is None:
        return ""
    told = _functions(form, choose) if form.functions else _letters(form, choose)
    if not form.loudest:
        return told
    several = form.functions.count(form.loudest) > 1
    return (
        f"{told}, {'the ' + form.loudest + 's are' if several else 'the ' + form.loudest + ' is'}".replace(
            ", the", "; the", 1
        )
        + " the loudest"
    )


def _functions(form: Form, choose: Chooser) -> str:
    parts = [f for i, f in enumerate(form.functions) if i == 0 or f != form.functions[i - 1]]
    if len(parts) <= MOST_PARTS:
        return choose("form", (f"the form runs {join(parts)}", f"it runs through {join(parts)}"))
    counts = Counter(parts)
    told = [
        article(name) if often == 1 else f"{number(often)} {_plural(name)}"
        for name, often in counts.items()
    ]
    return f"the form has {join(told)}"


def _plural(function: str) -> str:
    return {"chorus": "choruses"}.get(function, f"{function}s")


def _letters(form: Form, choose: Chooser) -> str:
    told = choose(
        "form",
        (f"it falls into {number(form.count)} sections", f"it has {number(form.count)} sections"),
    )
    if form.returning is not None and form.returning < len(ORDINALS):
        back = times(form.returns)
        return f"{told}, the {ORDINALS[form.returning]} of which comes back {back}"
    return f"{told}, none of which comes back" if form.lettered and form.count > 2 else told


def _voice_course(facts: Facts, choose: Chooser) -> str:
    """Return when the voice sings, or, where none does, which instruments join."""
    course, duration = facts.course, facts.duration
    joins = [
        f"{'the ' if name not in ('strings',) else ''}{name} {'join' if name in ('drums', 'strings') else 'joins'} {place(time, duration)}"
        for name, time in course.entrances[:1]
    ]
    if not course.sung or not facts.sound.sung or not facts.sound.voice_sure:
        return joins[0] if joins else ""
    first, last = course.sung[0][0], course.sung[-1][1]
    told = _entry(first, duration, course, choose)
    if duration - last > LONG_BREAK and course.sung_share >= PATCHY:
        told += f"{' and' if told else 'the voice'} falls silent {place(last, duration)}"
    elif max(gaps(course.sung), default=0.0) > LONG_BREAK and course.sung_share >= PATCHY:
        told += f"{', with' if told else 'there is'} a long stretch without voice in between"
    return "; ".join([t for t in (told, *joins) if t])


def _entry(first: float, duration: float, course: Course, choose: Chooser) -> str:
    if course.sung_share < PATCHY:
        return choose("entry", ("the voice is heard only in places", "the voice comes and goes"))
    if first <= AT_ONCE:
        if course.sung_share >= THROUGHOUT:
            return choose("entry", ("the voice is there from start to finish", ""))
        return "the voice is there from the start"
    if first < min(LATE_VOICE, duration / 3):
        openings = (
            "the voice comes in after a short instrumental opening",
            "a short opening without voice comes first",
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
    ending = {
        "fades": choose("ending", ("it fades out at the end", "the end is a fade-out")),
        "stops": choose("ending", ("it stops without a fade", "it breaks off at full volume")),
    }.get(course.ending, "")
    if told and ending:
        return f"{told}, and {ending}"
    return told or ending
