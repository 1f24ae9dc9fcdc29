"""Whether anyone asked for what would be done: nothing is made, written or saved unasked.

Whichever reading a deed came from, the question has to have a word that asks for it, or follow one
that was asked for before. The words are those of several languages: a net reads more than English.
"""

import re

from agent.rules import playlist_asks
from agent.rules.asks import Ask, Situation
from agent.rules.stem_words import ANY_PART, parts_named
from agent.rules.wording import plain

_WANTS = (
    r"\b(?:give|get|got|grab|send|want|need|like|love|make|making|let me|let us|(?:can|could|may) (?:i|we|you)|show|do|have|hear|produce|create|prepare"
    r"|export\w*|sav(?:e|ed|ing)|download\w*|write|writing|put|spit|dump|print\w*|bounce\w*|render\w*|draw|plot|just|only|please|as an?|to (?:a )?file|files?"
    r"|donne\w*|fai[st]|voudrais|veux|peux[- ]tu|pouvez|gib|mach\w*|m[öo]chte|brauche|kannst|bitte|quiero|dame|hazme|puedes|haz|voglio|vorrei|puoi|fammi|dammi|quero|me d[êe]|pode|graag|maak|geef|kun je|daj|stell\w*|zusammen\w*|zr[óo]b|chc[ęe])\b"
)
_APART = (
    r"\b(?:separat\w*|seperat\w*|split\w*|isolat\w*|extract\w*|remov\w*|strip\w*|mut(?:e|ed|ing)|stems?|a ?c+ap+el+as?|karaoke|instrumentals?|backing|without|minus|only|just|alone|solo\w*|unmix\w*"
    r"|demix\w*|apart|(?:take|get|pull|rip|lift|peel|pluck|cut|drop|filter|leave|leaving|lose|turn) (?:\w+ ){0,4}?(?:out|off|away)|rid|kill|drop|lose|silence|everything (?:but|except)|no (?:vocals?|voice|drums|bass|singing)|by (?:itself|themselves)|on (?:its|their) own"
    r"|(?:vocals?|voice|drums?|bass|music) (?:track|version|part)|bare|clean|dry|naked|rest|gone|disappear|bin|off|deconstruct\w*|rip|chop|devoid|nobody|multi-?tracks?|layers?|every part|each part|own file|nothing (?:but|besides)|neither|tv mix|\w+less\b|(?:play|sing)[- ]?along|sing to|shot of|none of the"
    r"|s[ée]par\w+|extrai\w*|isol\w+|enl[èe]v\w+|retir\w+|supprim\w+|seule?s?|sans (?:la |le |les |l')?(?:voix|chant|paroles|batterie|basse|guitare|piano)|trenn\w*|getrennt\w*|zerleg\w*|entfern\w*|heraus\w*|ohne|nur|spuren|ôte\w*|en moins|vire\w*|sauf|juste|saca|dame|s[eé]p[eé]r\w+|garder que|weg|allein\w*|\w*spur|separ\w+|a[íi]sl\w+|sol[oa]|solit[oa]|sozinh[oa]|s[óo]\b|tutto tranne|tod[oa] menos|tudo menos|únicamente|acompa[ñn]amiento|playback|senza|sem|quita\w*|elimina\w*|s[óo]lo|sin (?:la |el )?(?:voz|bater[íi]a|bajo)|togli\w*|rimuov\w*|estra\w+|scheid\w*|haal\w*|zonder|alleen|tir\w+|remov\w+|oddziel\w*|wyodr[ęe]bn\w*|usu[ńn]\w*|bez)\b"
)
_WRITTEN = r"\b(?:midi|\.?mid|dots|\w*noten|transcri\w+|transkri\w+|sheet|score|notation|notat\w+|notes?|notas?|noten|not[ae]|nuty|tabs?|tablature|music ?xml|write|writ\w+|jot|muse ?score|engrave|json|sibelius|finale|dorico|[ée]cri\w+|partition|partitura|spartito|schreib\w*|aufschreib\w*|bladmuziek)\b"
_SAVED = r"\b(?:export\w*|sav(?:e|ed|ing)|download\w*|convert\w*|print\w*|files?|pdf|png|svg|json|csv|jams|lab|chord ?pro|charts?|lead ?sheets?|sheets?|pictures?|images?|poster|diagrams?|draw\w*|plot\w*|visuali[sz]\w+|clicks?|clic|piste|kli[ck]k\w*|clique|keep|results|metronome|spread ?sheet|excel|mp3|wav|flac|midi|musicxml|copy|stems?|exportier\w*|speicher\w*|datei|fichier|enregistr\w*|sauvegard\w*|archivo|guarda\w*|salva\w*|bild|image|imagen|opslaan|zapisz)\b"
_LISTED = r"\b(?:play ?lists?|set ?lists?|(?:dj )?sets?|mix(?:es|tape)?|sequence|queue|line up|line me up|order|sort|arrange|journey|running order|programme|(?:minutes?|mins?|hours?|hrs?) (?:of|long)|half an hour|an hour|end(?:s|ing)? with|lista|liste|stell\w*|zusammen\w*|encha[iî]n\w*|reihenfolge|secuencia|scaletta)\b"
_TOPICS = {"stems": _APART, "notes": _WRITTEN, "export": _SAVED, "playlist": _LISTED}
_FILED = {topic: re.compile(pattern) for topic, pattern in _TOPICS.items()}
_OTHER_LETTERS = re.compile(r"[\u0370-\u1fff\u2e80-\ud7ff]")
"""Scripts whose words are not listed here: the net alone has to know them."""
_ABOUT = re.compile(
    r"^(?:so |and |but |ok |well )*(?:why\b|how (?:does|do|did|long|good|well|come)\b|what (?:happens|is the point|does it cost)\b|(?:did|have|has|had) (?:i|you|we|anyone)\b|(?:is|was|are) (?:it|this|that|there|these) (?:(?:an?|the|already|really|just|only) )*(?:possible|legal|hard|karaoke|instrumental|a ?c+ap+el+a|backing|split|separate\w*|extracted|transcri\w+|exported|saved)\b)"
)
"""A question about a deed, which orders none."""
_REFUSED = re.compile(
    r"\b(?:do not|did not|rather not|no need|never|please not|should not|must not|stop|not going to|without) (?!(?:forget|you|we|mind|know|hesitate)\b)(?:\w+ ){0,3}?"
    r"(?:split\w*|separat\w*|isolat\w*|transcri\w+|export\w*|sav(?:e|ed|ing)|writ\w+|mak(?:e|ing)|creat\w+|(?:a |the |any )?(?:playlist|stems|files?))\b"
)
_ASKS = re.compile(
    r"^(?:and |so |but )?(?:what|which|who|how|when|where|why|does|do|did|is|are|was|were|has)\b"
)
_FIRST = re.compile(rf"^(?:\W|\w+,|and|the|all|just|only|#\d+|her|his|no)*\s*(?:{ANY_PART})\b")
"""A part of the music with which an order without a verb begins."""
SHORT = 8
"""Words of a question that may lean on the deed asked for before: "and the drums?", "as MIDI"."""


def kept(asks: tuple[Ask, ...], question: str, situation: Situation) -> tuple[Ask, ...]:
    """Return asks without those that would write what the question does not ask for."""
    text = plain(question)
    if parts_named(text):  # a part of it as a sound file is a stem
        asks = tuple(a for a in asks if (a.topic, a.aspect) != ("unsupported", "convert"))
    return tuple(a for a in asks if not _writes(a) or _asked(a, text, situation))


def _kind(ask: Ask) -> str:
    return ask.aspect if ask.topic == "unsupported" else ask.topic


def _writes(ask: Ask) -> bool:
    """Tell whether an ask would leave a file."""
    if ask.aspect in ("loudest", "quietest"):
        return False  # a comparison: that it splits the sound to make it is beside the point
    return _kind(ask) in ("stems", "export", "playlist") or (
        ask.topic == "notes" and bool(ask.aspect)
    )


def _asked(ask: Ask, text: str, situation: Situation) -> bool:
    if _ABOUT.search(text) or _REFUSED.search(text):
        return False
    if _kind(ask) == "playlist" and playlist_asks.changes(text, situation):
        return True
    if _FILED[_kind(ask)].search(text) or _OTHER_LETTERS.search(text):
        return True
    named = _kind(ask) == "stems" and (parts_named(text) or not text.isascii())
    if (
        named
        and not _ASKS.match(text)
        and (("?" not in text and _FIRST.match(text)) or re.search(_WANTS, text))
    ):
        return True  # "the drums of the second chorus, please"
    made = [a for a in situation.asks if a.topic in (*_TOPICS, "melody", "generate")]
    return bool(made) and (len(text.split()) <= SHORT or re.search(_WANTS, text) is not None)
