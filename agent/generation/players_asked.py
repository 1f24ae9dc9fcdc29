"""Who plays: instruments and ensembles of a request, and those that must not play."""

import re
from collections.abc import Iterable, Sequence

from agent.generation.draft import BriefError, Draft, listed, words
from agent.rules.lexicon import KINDS
from tools.composing.orchestra import HARMONIC, LOW, is_excluded
from tools.composing.styles import STYLE, Style
from tools.general_midi import PROGRAMS, is_percussion, program_of

_ENSEMBLES = {
    r"string quartets?": ("violin", "second violin", "viola", "cello"),
    r"string trios?": ("violin", "viola", "cello"),
    r"string (?:orchestra|ensemble|section)s?": ("strings", "double bass"),
    r"(?:jazz|bop|bebop) (?:piano )?trios?": ("piano", "acoustic bass", "drums"),
    r"jazz quartets?": ("sax", "piano", "acoustic bass", "drums"),
    r"jazz quintets?": ("trumpet", "sax", "piano", "acoustic bass", "drums"),
    r"piano trios?": ("piano", "violin", "cello"),
    r"brass quintets?": ("trumpet", "second trumpet", "horn", "trombone", "tuba"),
    r"brass (?:band|ensemble|section)s?": ("trumpet", "brass", "trombone", "tuba"),
    r"(?:wood)?wind quintets?": ("flute", "oboe", "clarinet", "horn", "bassoon"),
    r"(?:power trio|rock trio|rock band)s?": ("electric guitar", "bass", "drums"),
    r"big band": ("sax", "trumpet", "trombone", "piano", "acoustic bass", "drums"),
    r"marching band": ("trumpet", "piccolo", "trombone", "tuba", "drums"),
    r"(?:full |symphony )?orchestra|orchestral": ("violin", "flute", "strings", "horn", "double bass", "timpani"),
    r"a cap+el+a": ("choir",),
}  # fmt: skip
_ENSEMBLE = tuple((words(pattern), names) for pattern, names in _ENSEMBLES.items())
_ADJECTIVE = (
    r"(?:slap|slapped|fretless|picked|synth|nylon|steel|muted|clean|overdriven|distorted|grand|upright|electric|acoustic"
    r"|alto|tenor|soprano|baritone|bari|french|muted|hammond|church|pipe|pan|fender|honky[- ]tonk|solo|lead)"
)
_KNOWN = sorted(
    (name for name in PROGRAMS if name not in ("melody", "lead", "whistl", "distorted")),
    key=len,
    reverse=True,
)
_NAME = rf"(?:{_ADJECTIVE}[ -])*(?:{'|'.join(n.replace(' ', '[ -]') for n in _KNOWN)})s?"
_PLAIN = {
    "saxophone": "sax", "synthesizer": "synth", "backing vocals": "voice", "beats": "drums",
    "ukulele": "classical guitar", "mandolin": "acoustic guitar", "lute": "classical guitar",
    "theremin": "synth", "bagpipes": "fiddle",
}  # fmt: skip
"""Labels of the lexicon that go by another name here, or that another one stands in for."""
_STANDING_IN = ("ukulele", "mandolin", "lute", "theremin", "bagpipes")
_HARMONICA = PROGRAMS["harmonica"]
"""It has chords, and yet is no accompaniment."""
_SILENT = ("claps", "turntables")
_MENTION = re.compile(
    rf"(?<![\w#])(?:(?P<name>{_NAME})|(?P<voice>vocals?|voices?|singing|singers?)|(?P<drums>percussion|drum ?kits?|drums?|drum machines?|beats|congas?|bongos?|tambourines?|shakers?|cajon))(?![\w#])",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"\b(?:no|without|minus|except(?: for)?|but no|not any|hold the|leave out|lose the|drop the)\s+(?:(?:any|the|a|an)\s+)*",
    re.IGNORECASE,
)
_LESS = re.compile(r"\b(?P<name>drum|bass|guitar|piano)[- ]?less\b", re.IGNORECASE)
_NOBODY_SINGS = words(r"(?:purely )?instrumentals?|unsung")
_WITH = re.compile(
    r"\b(?:with|featuring|feat\.?|plus|including|includes?|add(?:ing)?|has|have|having|over|led by|and)\s+(?:(?:an?|some|the|lots of|plenty of|only|just|prominent|soft|gentle|warm|heavy|big|loud|funky|driving|groovy|walking|lush|bright)\s+)*$",
    re.IGNORECASE,
)
_ALONE = re.compile(r"\b(?:solo|only|just|alone|for|unaccompanied)\b[\w ]{0,12}$", re.IGNORECASE)
DRUMS_ALONE = re.compile(
    r"\b(?:drums?|percussion)[ -](?:loops?|beats?|grooves?|patterns?|fills?|solos?|breaks?|tracks?)\b",
    re.IGNORECASE,
)
"""What is of drums and nothing else, whatever its style."""
_AFTER_ALONE = re.compile(r"\b(?:solo|alone|only)\b", re.IGNORECASE)
_MELODY = re.compile(r"^[ -](?:melody|melodies|lead|tune|line|theme|solo)s?\b", re.IGNORECASE)
_LED = re.compile(
    r"\b(?:melody|tune|theme|lead|solo)\b (?:on|by|for|played by|played on|in)(?: (?:an?|the))? $",
    re.IGNORECASE,
)
_AND = re.compile(
    r"^(?:s?\s*(?:,|and|&|\+|or|nor)\s*)+(?:(?:any|the|a|an|no|some)\s+)*", re.IGNORECASE
)


_NOT = re.compile(
    r"\b(?:not|never|less)\s+(?:(?:too|very|so|that)\s+)*(?!fast|slow|too|very|so\b|that\b)[\w-]+",
    re.IGNORECASE,
)


def take_without(draft: Draft) -> None:
    """Take who must not play out of what is left; words that are no instrument stay unheard."""
    without: list[str] = []
    while found := _GONE.search(draft.left.text):
        rest = draft.left.text[found.end() :]
        names, used = _list(rest)
        if not names:
            word = re.match(r"[\w-]*(?: [\w-]+)?", rest)
            draft.unheard.append(f"{found.group().strip()} {word.group() if word else ''}".strip())
            used = word.end() if word else 0
        without += names
        draft.left.text = f"{draft.left.text[: found.start()]} , {rest[used:]}"
    while match := draft.left.take(_LESS):
        without.append(instrument_of(match["name"]) or "drums")
    if draft.left.take(_NOBODY_SINGS):
        without.append("voice")
    draft.unheard += draft.left.take_all(_NOT)
    if without:
        draft.put("without", tuple(dict.fromkeys(without)))


def take_players(draft: Draft) -> None:
    """Take who plays out of what is left; a band is made up once style and mood are known."""
    text = draft.left.text
    found: list[tuple[int, tuple[str, ...], bool, bool]] = []
    for pattern, names in _ENSEMBLE:
        if match := pattern.search(text):
            found.append((match.start(), names, False, False))
            text = _blank(text, match.start(), match.end())
    for match in list(_MENTION.finditer(text)):
        before, after = text[: match.start()], text[match.end() :]
        melody = bool(_MELODY.match(after) or _LED.search(before))
        found.append((match.start(), (_named(match),), _is_joined(before), melody))
    named = {word for _, names, *_ in found for name in names for word in name.split()}
    found += _by_lexicon(draft, _blanked(text), named)
    draft.left.text = _blanked(text)
    for pattern in _lexicon_patterns(draft):
        draft.left.text = pattern.sub(" , ", draft.left.text)
    _keep(draft, sorted(found), text)


def _keep(draft: Draft, found: list[tuple[int, tuple[str, ...], bool, bool]], text: str) -> None:
    if not found:
        return
    names = list(dict.fromkeys(name for _, group, *_ in found for name in group))
    leads = [group[0] for _, group, _, melody in found if melody]
    names = leads[:1] + [name for name in names if name not in leads[:1]]
    first = found[0][0]
    joined = found[0][2]
    alone = not joined and bool(_ALONE.search(text[:first]) or _AFTER_ALONE.search(text))
    draft.put("instruments", tuple(names))
    draft.fields["joined"] = joined
    draft.fields["led"] = bool(leads)
    draft.fields["alone"] = alone
    if "voice" in names:
        draft.notes.append("The voice sings without words.")


def make_up_band(draft: Draft) -> None:
    """Complete what is asked for "with" some instruments by those of its style.

    "Funk with slap bass" is a band with a slap bass in it, "a piano piece" a piano alone.
    """
    joined, led, alone = (bool(draft.fields.pop(k, False)) for k in ("joined", "led", "alone"))
    names = [str(name) for name in _sequence(draft.fields.get("instruments"))]
    if not names or alone:
        return
    without = [str(name) for name in _sequence(draft.fields.get("without"))]
    rhythm_only = all(is_percussion(n) or program_of(n) in LOW for n in names)
    style = STYLE.get(str(draft.fields.get("style", "")))
    if style is None:
        if rhythm_only:
            draft.fields["instruments"] = (*names, "piano")
            draft.notes.append(f"A piano joins the {listed(names)}, so that there is harmony.")
        return
    if not joined and not rhythm_only and not led:
        return
    band = _completed(names, style, without, led)
    added = [name for name in band if name not in names]
    if added:
        draft.fields["instruments"] = tuple(band)
        draft.notes.append(
            f"With the {listed(names)}: {listed(added)}, as is usual in {style.name}."
        )


def _completed(names: Sequence[str], style: Style, without: Sequence[str], led: bool) -> list[str]:
    """Return a band: those named, and for each role that nobody of them has, the style's."""
    pitched = [name for name in names if not is_percussion(name)]
    harmonic = [name for name in pitched if program_of(name) in HARMONIC - {_HARMONICA}]
    low = [name for name in pitched if program_of(name) in LOW]
    single = [name for name in pitched if name not in harmonic and name not in low]
    if harmonic and (low or not style.drums) and not led:
        return list(names)
    band = list(names)
    if not harmonic or (led and len(harmonic) == 1 and not single):
        band += _first([n for n in style.chords if n not in names], without)
    if not harmonic and not single:
        band = _first(style.melody, without) + band
    if not low:
        band += _first(style.low, without)
    if style.drums and not any(map(is_percussion, names)) and not is_excluded("drums", without):
        band.append("drums")
    return list(dict.fromkeys(band))


def _first(liked: Iterable[str], without: Sequence[str]) -> list[str]:
    return [name for name in liked if not is_excluded(name, without)][:1]


def instrument_of(text: str) -> str:
    """Return the name that an instrument plays under, ``""`` where there is none like it."""
    if match := _MENTION.fullmatch(text.strip()):
        return _named(match)
    for label, pattern in KINDS["instruments"].items():
        if pattern.fullmatch(text.strip().lower()) and label not in _SILENT:
            name = _PLAIN.get(label, label)
            return name if name in PROGRAMS or is_percussion(name) else ""
    return ""


def players_of(text: str) -> tuple[str, ...]:
    """Return instruments or the members of ensembles, from names parted by commas.

    Raises
    ------
    BriefError
        If one of them is no instrument.
    """
    names: list[str] = []
    for part in re.split(r"\s*(?:,|;|\band\b|&|\+)\s*", text):
        ensemble = next((names for p, names in _ENSEMBLE if p.fullmatch(part.strip())), None)
        found = ensemble or tuple(filter(None, (instrument_of(part),)))
        if part.strip() and not found:
            raise BriefError(f"There is no instrument '{part[:30]}' to play; take {_some()}.")
        names += found
    return tuple(dict.fromkeys(names))


def _some() -> str:
    return "piano, guitar, bass, drums, strings, flute, sax, trumpet, organ, synth or the like"


def _named(match: re.Match[str]) -> str:
    if match["drums"]:
        return "drums"
    if match["voice"] or match["name"].lower() in ("vocal", "vocals", "singing", "voices"):
        return "voice"
    name = re.sub(r"[- ]+", " ", match["name"].lower())
    name = re.sub(r"^(?:solo|lead) ", "", name)
    return name if name.endswith(tuple(PROGRAMS)) else name.removesuffix("s")


def _is_joined(before: str) -> bool:
    """Return whether an instrument after these words is one of several: "jazz with sax"."""
    found = _WITH.search(before)
    return bool(found) and not re.search(r"\b(?:only|just)\b", found.group() if found else "")


def _list(text: str) -> tuple[list[str], int]:
    """Return the instruments that a text opens with, and where the list ends."""
    names: list[str] = []
    used = place = 0
    while match := _MENTION.match(text, place):
        names.append(_named(match))
        used = match.end()
        if not (more := _AND.match(text[used:])):
            break
        place = used + more.end()
    return names, used


def _by_lexicon(
    draft: Draft, text: str, known: set[str]
) -> list[tuple[int, tuple[str, ...], bool, bool]]:
    found: list[tuple[int, tuple[str, ...], bool, bool]] = []
    for label, pattern in KINDS["instruments"].items():
        match = pattern.search(text.lower())
        if not match or _PLAIN.get(label, label) in known:  # "a guitar riff" names it twice
            continue
        if label in _SILENT:
            draft.unheard.append(match.group())
            continue
        name = _PLAIN.get(label, label)
        if label in _STANDING_IN:
            draft.notes.append(f"There is no {match.group()} to play: the {name} stands in for it.")
        found.append((match.start(), (name,), _is_joined(text[: match.start()]), False))
    return found


def _lexicon_patterns(draft: Draft) -> list[re.Pattern[str]]:
    return [re.compile(p.pattern, re.IGNORECASE) for p in KINDS["instruments"].values()]


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + "·" * (end - start) + text[end:]


def _blanked(text: str) -> str:
    for match in _MENTION.finditer(text):
        text = _blank(text, match.start(), match.end())
    return text.replace("·", " ")


def _sequence(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()
