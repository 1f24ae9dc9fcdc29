"""Words in prose that claim something: instruments, genres, moods, voice, sections, names, likenesses."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from agent.rules.lexicon import KINDS

if TYPE_CHECKING:
    from agent.statements import Found, Sentence

_NOT_HEARD = {
    "instruments": re.compile(
        r"\b(?:bass note|in the bass|bass line|bassline|brass tacks|strings? of|horn in f|alto sax|tenor sax|bari(?:tone)? sax"
        r"|soprano sax|b[b♭] (?:trumpet|clarinet)|for (?:an? )?(?:guitar|piano|sax\w*|trumpet|clarinet|horn)"
        r"|on (?:a|the|your) (?:guitar|piano|keyboard|ukulele)|guitar (?:tabs?|capo)|drums and bass|bells and whistles"
        r"|tracks? pads|beats? per|off the beat)\b"
    ),
    "genres": re.compile(
        r"\b(?:country of|in-?house|rock solid|rock-solid|house key|dance floor|pops? (?:up|out|in)|in the world|of the world|classical music theory|jazz chords?)\b"
    ),
    "moods": re.compile(
        r"\b(?:high-energy level|strange to|intense(?:ly)? compar\w+|driving (?:at|along)|quiet(?:er|est)|loud(?:er|est))\b"
    ),
}  # fmt: skip
_LEVELS = re.compile(
    r"\b(?:quiet|soft|loud|noisy|lively|powerful|driving|beautiful|gentle|exciting|intense|dramatic|strange|weird)\b"
)
"""Adjectives that describe more than they claim, unless the mood is spoken of."""
_OF_MOOD = re.compile(
    r"\b(?:mood|feel\w*|sounds?|vibe|atmosphere|character|comes across|emotion\w*)\b"
)

_VOICE = re.compile(
    r"\b(?:(female|male|woman's|man's|women's|men's) (?:lead |solo )?(?:vocals?|vocalists?|voices?|singers?|singing)"
    r"|(?:vocals?|vocalists?|a voice|voices?|the voice|the singer|singing|singers?|sings|sung|sang|raps?|rapping|rapper)"
    r"|(instrumental))\b"
)
_SEX = re.compile(
    r"\b(?:a|the|by a|one) (woman|man|girl|guy|lady|boy) (?:sings?|singing|raps?|voice|who sings)\b|\b(?:sung|sings?|rapped) by a (woman|man|girl|boy)\b|\bthe (?:voice|singer) is (?:a |likely |probably |most likely |clearly )*(female|male|woman|man)\b|\b(female|male) (?:one|voice)\b"
)
_FEMALE = ("female", "woman", "girl", "lady", "woman's", "women's")

SECTIONS = (
    "intro", "verse", "pre-chorus", "chorus", "refrain", "bridge", "solo", "break", "breakdown", "interlude",
    "outro", "coda", "instrumental section", "drop", "hook", "middle eight",
)  # fmt: skip
_SECTION = re.compile(rf"(?<![\w-])(?:({'|'.join(SECTIONS)})(e?s)?)(?![\w-])")
_PART = re.compile(r"\b(?:[Pp]art|[Ss]ection) ([A-H])(?!\w)")
_FORM = re.compile(
    r"(?<![\w-])((?:[A-H]'*[ –-]){2,}[A-H]'*)(?![\w'#])|(?<![\w])([A-H]{3,8})(?= form\b)"
)

_NAME = r"(?:[A-Z][\w'.&-]*|of|the|and|&|de|van|von)(?: (?:[A-Z][\w'.&-]*|of|the|and|&|de|van|von|\d+))*"
_NAMED = re.compile(
    r"\b(?:performed by|produced by|written by|composed by|sung by|played by|recorded by|mixed by|recorded (?:at|in)|produced at"
    r"|artist is|singer is|band is|composer is|producer is|songwriter is|released (?:on|by)|album is|from the album"
    r"|recalls|reminds (?:me|one) of|reminiscent of|sounds like|in the style of|influenced by|by|track by|song by|called|titled|named)"
    r" (?:a |an )?(?:\"([^\"]{1,120})\"|((?-i:[A-Z])[\w'.&-]*(?: (?-i:[A-Z])[\w'.&-]*| (?:of|the|and|&|de|van|von)(?= (?-i:[A-Z])))*))",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"^(?:[A-G][#b]?(?:m|maj|min|dim|aug|sus|add)?\d*|I|BPM|It|The|At|A|An|Harte|MIDI|I'?m|Allegro|Andante|Largo|Presto|Moderato|Adagio)$"
)

_COMPARE = re.compile(
    r"\b(faster|slower|quicker|longer|shorter|louder|quieter|softer)\b(?: \(?\w+\)?)?(?: than)?"
)
_SAME = re.compile(
    r"\b(?:the )?same (key|tempo|meter|metre|time signature|speed|genre|length)\b|\bboth (?:\w+ )?(?:are |is )?in (?=[A-G][#b]? m)"
)


_LEFT = re.compile(r"\b(?:all|else|rest) that is no (?:[\w]+, )*(?:\w+ or )?$")
"""What a stem is named by leaving out; nothing is said to be absent."""


def find(sentence: "Sentence") -> Iterator["Found"]:
    """Yield what a sentence claims in words."""
    taken = [m.span() for m in re.finditer(r'"[^"]{1,120}"', sentence.text)]
    taken += [(a, b) for a, b, _ in sentence.mentions]
    for found in _found(sentence):
        if found[0] == "name" or not any(a < found[3] and found[2] < b for a, b in taken):
            yield found


def _found(sentence: "Sentence") -> Iterator["Found"]:
    for kind in KINDS:
        yield from _labels(sentence, kind)
    yield from _voices(sentence)
    yield from _sections(sentence)
    yield from _names(sentence)
    for match in _COMPARE.finditer(sentence.lower):
        yield "compare", match[1], *match.span(1)
    for match in _SAME.finditer(sentence.lower):
        yield (
            "same",
            (match[1] or "key").replace("metre", "meter").replace("time signature", "meter"),
            *match.span(),
        )


def _labels(sentence: "Sentence", kind: str) -> Iterator["Found"]:
    fine = [m.span() for m in _NOT_HEARD[kind].finditer(sentence.lower)]
    seen: list[tuple[int, int]] = []
    for label, pattern in KINDS[kind].items():
        for match in pattern.finditer(sentence.lower):
            start, end = match.span()
            if any(a < end and start < b for a, b in fine) or any(
                a <= start and end <= b for a, b in seen
            ):
                continue
            if (
                kind == "moods"
                and _LEVELS.fullmatch(match[0])
                and not _OF_MOOD.search(sentence.clause(start))
            ):
                continue
            if re.match(r"'s\b", sentence.lower[end:]) and kind == "genres":
                continue
            if _LEFT.search(sentence.lower[:start]):
                continue
            seen.append((start, end))
            yield kind.removesuffix("s"), (label, match[0]), start, end


def _voices(sentence: "Sentence") -> Iterator["Found"]:
    lower = sentence.lower
    sexes = [m.span() for m in _SEX.finditer(lower)]
    for match in _SEX.finditer(lower):
        word = next(g for g in match.groups() if g)
        yield "voice", "female voice" if word in _FEMALE else "male voice", *match.span()
    for match in _VOICE.finditer(lower):
        if _LEFT.search(lower[: match.start()]):
            continue
        if any(a <= match.start() < b for a, b in sexes):
            continue
        if match[2]:
            if re.match(
                r" (?:section|opening|break|intro|part|passage|solo)", lower[match.end() :]
            ):
                continue
            yield "voice", "instrumental", *match.span()
        elif re.search(
            r"\b(?:where|whether|if) (?:there is|there's)(?: a)? $|\bwhether (?:someone|anyone) $"
            r"|\brests on what\b[^.;]*\bon (?:the )?$",
            lower[: match.start()],
        ):
            continue
        elif match[1]:
            yield "voice", "female voice" if match[1] in _FEMALE else "male voice", *match.span()
        elif (
            not re.match(
                r"\b(?:voices?|vocals?)\b (?:alone|leading|stem|file)", lower[match.start() :]
            )
            and "backing vocal" not in lower[max(0, match.start() - 8) : match.end()]
        ):
            yield "voice", "vocal", *match.span()


def _sections(sentence: "Sentence") -> Iterator["Found"]:
    for match in _SECTION.finditer(sentence.lower):
        if match[1] in ("break", "drop", "hook", "solo") and not re.search(
            r"\b(?:the|a|an|\w+(?:st|nd|rd|th)|first|second|last) $",
            sentence.lower[: match.start()],
        ):
            continue
        if match[1] == "chorus" and re.match(
            r" (?:singers|effect|pedal)", sentence.lower[match.end() :]
        ):
            continue
        yield "section", match[1], *match.span()
    for match in _PART.finditer(sentence.text):
        yield "section", f"part {match[1]}", *match.span()
    for match in _FORM.finditer(sentence.text):
        if not re.search(r"[–-]", match[0]) or re.search(
            r"\b(?:form|letters?|sections?|parts?|structure)\b", sentence.lower
        ):
            letters = re.findall(r"[A-H]", match[0])
            if re.search(r"\b(?:form|letters?|sections?|parts?|structure)\b", sentence.lower):
                yield "form", " ".join(letters), *match.span()


def section_places(text: str) -> list[int]:
    """Return where a text names sections, by function or by letter, in order."""
    found = [*_SECTION.finditer(text.lower()), *_PART.finditer(text)]
    return sorted(match.start() for match in found)


def _names(sentence: "Sentence") -> Iterator["Found"]:
    for match in _NAMED.finditer(sentence.text):
        group = 1 if match[1] is not None else 2
        name = match[group]
        if not _NO_NAME.match(name) and not re.fullmatch(r"[\d.]+ ?BPM", name):
            yield "name", name, match.start(group), match.end(group)
    for match in re.finditer(r'"([^"]{2,120})"', sentence.text):
        if re.search(
            r"\b(?:called|titled|title|name[ds]?|song|artist|by|album)\b[^\"]{0,20}$",
            sentence.lower[: match.start()],
        ):
            yield "name", match[1], *match.span(1)
