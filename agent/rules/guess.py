"""The last resort for a question that no rule reads: the topic that its words speak of."""

import re

from agent.rules import limits, patterns
from agent.rules.asks import Ask, Situation
from agent.rules.references import default_tracks

_STEMS = {
    "tempo": {"tempo": 3, "bpm": 3, "fast": 2, "slow": 2, "quick": 2, "speed": 2, "pace": 2, "metronom": 3, "rapid": 2, "beats": 1, "hurry": 1, "minute": 1, "sync": 1},
    "meter": {"count": 2, "signature": 2, "meter": 3, "metre": 3, "measure": 1, "bar": 1, "waltz": 3, "beats": 1, "downbeat": 2},
    "key": {"key": 3, "tonic": 3, "tonal": 3, "major": 2, "minor": 2, "scale": 2, "sharps": 2, "flats": 2, "note": 1, "home": 1, "pitch": 1, "mode": 1},
    "chords": {"chord": 3, "harmon": 3, "progress": 2, "cadence": 2, "triad": 2, "changes": 1, "strum": 2, "accompan": 2, "comp": 1, "voicing": 1},
    "instruments": {"instrument": 3, "band": 1, "player": 1, "orchest": 2, "arrang": 1, "acoustic": 2, "electric": 2, "sounds": 1, "playing": 1, "timbre": 2},
    "voice": {"sing": 2, "sang": 2, "vocal": 3, "voice": 3, "rap": 1, "vocalist": 3, "choir": 1},
    "moods": {"mood": 3, "feel": 2, "emotion": 3, "atmosphere": 3, "vibe": 3, "energy": 2, "cheer": 1, "relax": 1},
    "genres": {"genre": 3, "style": 2, "kind": 1, "type": 1, "categor": 2, "label it": 1, "sort": 1},
    "describe": {"describ": 3, "about": 1, "summar": 3, "tell": 1, "overall": 2, "sound": 1, "like": 1, "song": 1, "track": 1, "listen": 1, "hear": 1},
}  # fmt: skip
ENOUGH = 2

_OPEN = re.compile(
    rf"^(?:and |so |but |well )*(?:is|was|isn|would you (?:say|call)|does|do you think|could (?:you|one) call) (?:not )?{patterns.IT} (?:sounds? |feels? |is )?(?:like |kind of |sort of |really |very |more |quite |rather |a bit )*(?P<what>[\w' -]{{3,40}}?)(?: or (?:what|not))? ?[?.!]*$"
)
"""A yes-or-no question about the sound whose word no rule knows: "is it a ballad?"."""
_KIND = re.compile(
    r"\b(?:thank\w*|kind|helpful|lovely|nice|great|wonderful|good|enjoy\w*|love|like|interesting|fun|clever|amazing|haha|lol|beautiful)\b"
)
"""Words of a remark that asks nothing."""
_SUITS = re.compile(
    r"\b(?P<what>(?:suit|fit|work (?:for|in|as|under|behind)|be (?:good|right|suitable|appropriate|ok|fine) (?:for|in|as)|go (?:well )?with|match) [\w' -]{3,40}?) ?[?.!]*$"
)
"""A question of taste about a use: "would it suit a chase scene?"."""


def best_topic(text: str) -> str:
    """Return the topic that most words of a plain question point to, or empty."""
    scores = {
        topic: sum(weight for stem, weight in stems.items() if re.search(rf"\b{stem}", text))
        for topic, stems in _STEMS.items()
    }
    best = max(scores, key=lambda topic: scores[topic])
    return best if scores[best] >= ENOUGH else ""


def is_gibberish(text: str) -> bool:
    """Tell a row of letters that nobody can say, or no word at all, from a question."""
    words = re.findall(r"[^\W\d_]+", text)
    if not words:
        return not re.search(r"[^?!.,;:\s-]", text)
    return 2 * sum(bool(_UNSPEAKABLE.match(w)) for w in words) > len(words)


_UNSPEAKABLE = re.compile(
    r"(?=[a-z]{3,8}$)(?:.*[bcdfghjklmnpqrstvwxz]{5}|.*q(?!u)|[bcdfghjklmnpqrstvwxz]*(?:asdf|qwer|sdfg|hjk|jkl|zxcv|uiop|fghj)|[bcdfghjklmnpqrstvwxz]{6,}$|(.)\1*$)|z+$"
)
"""Letters in an order that no word has, or the rows of a keyboard."""
_HERE = re.compile(
    r"\b(?:it|its|this|that|these|those|they|them|here|there|again|same|another|more|less|one|ones|he|she|his|her"
    r"|songs?|tracks?|tunes?|pieces?|music\w*|recordings?|sounds?|sounding|hear|heard|listen\w*|play\w*|sing\w*|sung|notes?"
    r"|beats?|drums?|bass|guitars?|pianos?|strings?|voices?|vocals?|tones?|melod\w+|harmon\w+|rhythm\w*|tempo|chords?|keys?|lyrics"
    r"|bands?|artists?|mix\w*|loud\w*|quiet\w*|part|parts|intro|outro|verse|chorus|bridge|library|files?|stems?|midi)\b"
)
_ENGLISH = re.compile(
    r"\b(?:the|is|are|do|does|did|what|whats|who|how|where|when|why|can|could|would|should|will|my|your|you|i|a|an|of|to|in|for|and|me)\b"
)


def is_elsewhere(text: str) -> bool:
    """Tell an English question or order in which nothing speaks of music, or of what was spoken of."""
    words = text.split()
    spoken = len(_ENGLISH.findall(text)) >= 2
    return len(words) > 3 and spoken and not _HERE.search(text) and not best_topic(text)


def last_resort(text: str, situation: Situation) -> Ask:
    """Return what a question that no rule reads may be: a remark, a word of the sound, or unclear."""
    if limits.OFF_TOPIC.search(text):
        return Ask("decline", "off topic")
    if is_gibberish(text):
        return Ask("unclear", "lost")
    tracks = default_tracks(situation)
    topic = best_topic(text)
    if topic:
        return Ask(topic, "", tracks)
    suits = _SUITS.search(text)
    if suits:
        return Ask("sound", "", tracks, value=f"would {suits['what'].strip()}")
    if "?" not in text and _KIND.search(text) and not patterns.POLAR.match(text):
        return Ask("talk", "thanks" if "thank" in text else "ok")
    asked = _OPEN.search(text)
    return Ask("sound", "", tracks, value=asked["what"].strip()) if asked else Ask("unclear")
