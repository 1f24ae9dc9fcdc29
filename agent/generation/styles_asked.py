"""Style, mood and density of a request; of a style that nobody composes the nearest one is taken."""

import re

from agent.generation.draft import BriefError, Draft, words
from agent.rules.lexicon import KINDS
from tools.composing.brief import MOODS, STYLES

NEAREST = {
    "house": "techno", "dance": "electronic", "metal": "rock", "punk": "rock", "disco": "electronic",
    "soul": "funk", "r&b": "funk", "indie": "rock", "alternative": "rock", "new age": "ambient",
    "opera": "classical", "world": "folk", "indian": "folk", "trance": "techno",
    "drum and bass": "electronic", "gospel": "pop", "experimental": "ambient", "lo-fi": "hip hop",
    "soundtrack": "classical",
}  # fmt: skip
"""A genre that taggers and questions know -> the style nearest to it."""
_KINDRED = {
    "chorale": r"chorales?|hymns?|hymnal|four[- ]part harmony", "waltz": r"waltz(?:es)?",
    "march": r"march(?:es)?|military", "lullaby": r"lullab(?:y|ies)|cradle song|berceuse",
    "jazz": r"swing|swinging|bebop|bop|ragtime|dixieland|big[- ]band|gypsy jazz",
    "blues": r"boogie(?:[- ]woogie)?", "country": r"bluegrass|honky[- ]tonk|western",
    "folk": r"irish|celtic|scottish|sea shant(?:y|ies)|shant(?:y|ies)|reels?|jigs?|hornpipes?|polkas?|klezmer",
    "classical": r"sonatas?|sonatinas?|nocturnes?|minuets?|preludes?|etudes?|études?|fugues?|invention|serenades?|chamber music|symphon(?:y|ic)|concertos?|rondos?",
    "latin": r"latin jazz|bossa(?:[- ]nova)?|tangos?|rumba|mambo|cha[- ]cha|bolero|cumbia|flamenco|merengue",
    "electronic": r"synthwave|synth[- ]?pop|chiptune|8[- ]bit|video ?game|dubstep|idm|eurodance",
    "hip hop": r"boom[- ]bap|lofi beats?|chillhop", "funk": r"afrobeat", "rock": r"rock'?n'?roll|rock and roll|surf|psychedelic|shoegaze|emo|power ballads?",
    "ambient": r"drones?|meditation|meditative|soundscapes?", "pop": r"k-?pop|j-?pop|singer[- ]songwriter",
}  # fmt: skip
_WIDE = ("folk", "classical", "ambient", "chorale", "waltz", "march", "lullaby")
"""Styles that a jig, a nocturne or a hymn simply is one of."""
_METER_OF = {
    "waltz": "3/4",
    "minuet": "3/4",
    "mazurka": "3/4",
    "jig": "6/8",
    "polka": "2/4",
    "barcarolle": "6/8",
}
_DANCE = words(rf"(?:{'|'.join(_METER_OF)})(?:s|es)?")
_TAIL = r"(?:[ -](?:music|style|feel|vibes?|mood|groove|sound|song|tune|track|piece|beat))?"
_STYLE_WORDS = tuple(
    (style, words(f"(?:in )?(?:an? )?(?:{text}){_TAIL}")) for style, text in _KINDRED.items()
)
_GENRES = tuple((label, re.compile(p.pattern.replace(r"\b(?:", r"(?<![\w#])(?:", 1), re.IGNORECASE)) for label, p in KINDS["genres"].items())  # fmt: skip
_MOOD_OF = {
    "happy": "happy", "sad": "sad", "mellow": "calm", "relaxed": "calm", "calm": "calm",
    "aggressive": "tense", "energetic": "energetic", "dark": "dark", "party": "energetic",
    "beautiful": "tender", "romantic": "tender", "dreamy": "calm", "loud": "energetic",
    "danceable": "energetic", "nostalgic": "sad", "epic": "energetic", "sexy": "tender",
}  # fmt: skip
_MOOD_WORDS = {
    "happy": r"happier|happily|sunny|bright|joyous|cheery|cheerier|jolly|optimistic|hopeful|triumphant|festive",
    "sad": r"sadder|sadly|bittersweet|somber|sombre|plaintive|lonely|heartbroken|grieving|elegiac|melancholia",
    "calm": r"calmer|serene|tranquil|quieter|softer|gentler|sleepy|hushed|placid|floating|laid[- ]back",
    "energetic": r"livelier|energy|bouncy|vigorous|powerful|punchy|driving|rousing|frantic|wild|exuberant",
    "dark": r"darker|mysterious|brooding|menacing|gothic|haunting|haunted|bleak|evil",
    "tense": r"tense|tenser|suspenseful|suspense|anxious|nervous|dramatic|urgent|restless|edgy|uneasy",
    "tender": r"tender|tenderly|loving|lovely|warm|sweet|delicate|intimate|graceful",
    "playful": r"playful|playfully|whimsical|quirky|funny|humorous|silly|comical|cheeky|light[- ]?hearted",
}  # fmt: skip
_MOODS = tuple((mood, words(text)) for mood, text in _MOOD_WORDS.items())
_DENSITIES = (
    (words(r"sparse(?:r|ly)?|minimal(?:ist|istic)?|sparing|simple|simpler|few notes|thin(?:ner)?"), 0.2),
    (words(r"busy|busier|dense(?:r)?|complex|virtuos\w+|many notes|intricate|full(?:er)? (?:arrangement|texture)"), 0.85),
)  # fmt: skip

_SHUFFLE = words(r"shuffl\w*|swung|swing(?:ing)? feel|(?:triplet|shuffle) feel")


def take_swing(draft: Draft) -> None:
    """Take out of what is left that it is to swing, where the style does anyway."""
    if draft.fields.get("style") in ("blues", "jazz"):
        draft.left.take_all(_SHUFFLE)


def read_style(draft: Draft) -> None:
    """Take the style out of what is left; a dance brings its meter along."""
    found: list[tuple[int, str, str]] = []
    dance = _DANCE.search(draft.left.text)
    for style, pattern in _STYLE_WORDS:
        while match := pattern.search(draft.left.text):
            found.append((match.start(), style, match.group()))
            _blank(draft, match)
    for label, pattern in _GENRES:
        while match := pattern.search(draft.left.text):
            found.append((match.start(), label, match.group()))
            _blank(draft, match)
    draft.left.text = draft.left.text.replace("·", " ")
    if dance:
        _put_dance(draft, dance.group().lower())
    if not found:
        return
    if len({style for _, style, _ in found}) > 1:  # "a jazz waltz" is jazz in three
        found = [row for row in found if row[1] != "waltz"]
    _, label, said = _head(sorted(found))
    if "style" not in draft.asked:
        draft.put("style", _taken(draft, label, said))
    others = {_plain(said) for _, other, said in found if _style_of(other) != draft.fields["style"]}
    draft.unheard += sorted(others)


def style_of(text: str) -> tuple[str, str]:
    """Return the style nearest to a name, and a note where it is not that one.

    Raises
    ------
    BriefError
        If nothing is near it.
    """
    from agent.wish import Reader

    draft = Draft(Reader(text))
    read_style(draft)
    if "style" not in draft.fields:
        raise BriefError(
            f"Nothing is composed in the style '{text[:30]}'; take one of {', '.join(STYLES)}."
        )
    return str(draft.fields["style"]), " ".join(draft.notes)


def read_mood(draft: Draft) -> None:
    """Take the mood out of what is left; of several that differ the first counts."""
    found: list[tuple[int, str, str]] = []
    for label, pattern in KINDS["moods"].items():
        mood = _MOOD_OF.get(label)
        match = re.compile(pattern.pattern, re.IGNORECASE).search(draft.left.text)
        if mood and match:
            found.append((match.start(), mood, match.group()))
            _blank(draft, match)
    for mood, words_ in _MOODS:
        while match := words_.search(draft.left.text):
            found.append((match.start(), mood, match.group()))
            _blank(draft, match)
    draft.left.text = draft.left.text.replace("·", " ")
    if found:
        draft.put("mood", min(found)[1])
        draft.unheard += [said for _, mood, said in sorted(found) if mood != min(found)[1]]


def mood_of(text: str) -> str:
    """Return the mood nearest to a word.

    Raises
    ------
    BriefError
        If nothing is near it.
    """
    from agent.wish import Reader

    draft = Draft(Reader(text))
    read_mood(draft)
    if "mood" not in draft.fields:
        raise BriefError(
            f"There is no mood '{text[:30]}' to compose in; take one of {', '.join(MOODS)}."
        )
    return str(draft.fields["mood"])


def read_density(draft: Draft) -> None:
    """Take how busy it is to be out of what is left."""
    for pattern, density in _DENSITIES:
        if draft.left.take(pattern):
            draft.put("density", density)


def nearest_style(genre: str) -> str | None:
    """Return the style nearest to a genre that a tagger names."""
    label = next((label for label, p in KINDS["genres"].items() if p.search(genre.lower())), genre)
    return _style_of(label) if _style_of(label) in STYLES else None


def nearest_mood(mood: str) -> str | None:
    """Return the mood nearest to one that a tagger names."""
    return mood if mood in MOODS else _MOOD_OF.get(mood)


def _put_dance(draft: Draft, said: str) -> None:
    meter = next(meter for dance, meter in _METER_OF.items() if said.startswith(dance[:-1]))
    if "meter" not in draft.fields:
        draft.put("meter", meter)


def _taken(draft: Draft, label: str, said: str) -> str:
    """Return the style of a label, with a note where what was said is another one."""
    style = _style_of(label)
    plain = _plain(said)
    if not _is_same(plain, style) and not (style in _WIDE and style == label):
        draft.notes.append(f"{plain[0].upper()}{plain[1:]} is not among the styles that are composed; {style} is the nearest.")  # fmt: skip
    return style


def _head(found: list[tuple[int, str, str]]) -> tuple[int, str, str]:
    """Return what was said first, or what it only colours: the rock of "folk rock"."""
    first = found[0]
    for other in found[1:]:
        if other[0] == first[0] + len(first[2]) + 1 and "," not in first[2]:
            first = other
    return first


def _is_same(said: str, style: str) -> bool:
    """Return whether words name the style itself: jazzy, bluesy, hip-hop, edm."""
    stem = re.sub("[^a-z]", "", style)[:4]
    same = {"rap": "hip hop", "edm": "electronic", "boombap": "hip hop", "hymn": "chorale", "hymns": "chorale", "swing": "jazz", "bebop": "jazz"}  # fmt: skip
    bare = re.sub("[^a-z]", "", said)
    return stem in bare or same.get(bare) == style


def _style_of(label: str) -> str:
    return NEAREST.get(label, label)


def _plain(said: str) -> str:
    said = re.sub(r"[- ]+", " ", said.strip().lower())
    return re.sub(rf"^(?:in )?(?:an? )?|{_TAIL}$", "", said) or said


def _blank(draft: Draft, match: re.Match[str]) -> None:
    text = draft.left.text
    draft.left.text = text[: match.start()] + "·" * len(match.group()) + text[match.end() :]
