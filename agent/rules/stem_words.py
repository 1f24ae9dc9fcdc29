"""Stems as questions name them: which parts are wanted, which are to go, which are listened to."""

import re

STEMS = ("vocals", "drums", "bass", "other")
PARTS = (
    ("vocals", r"vocals?|voices?|singing|singers?|vocalists?|a ?c+ap+el+as?|acapp?el?las?|vocal (?:line|melody|part)s?"),
    ("drums", r"drums?|drummer|percussion|beats?|kick|snare|hi-?hats?|groove"),
    ("bass", r"bass ?-?lines?|bass(?:ist)?|basses|bass player"),
    ("other", r"guitars?|pianos?|keys|keyboards?|synths?|strings|horns?|brass|organ|sax(?:ophone)?|melody instruments?|other(?: instruments?)?"),
)  # fmt: skip
_NAMED = tuple((name, re.compile(rf"\b(?:{words})\b")) for name, words in PARTS)
ANY_PART = "|".join(pattern for _, pattern in PARTS)
_DET = r"(?:(?:all|any|of|the|her|his|their|that|this|those|just|only|lead|main|backing|isolated|solo) )*"
_TRACK = r"(?:[ -](?:stems?|tracks?|parts?|lines?|files?|channels?|takes?)\b)?"
PART_LIST = rf"{_DET}(?:{ANY_PART}){_TRACK}(?:(?:,| ?&)? ?(?:(?:and|or|plus|nor) )?{_DET}\b(?:{ANY_PART}){_TRACK})*"
LEAD = r"(?:(?:and|now|ok|okay|so|then|also|but|actually|please|right|great|cool|thanks|alright|hmm|well|nice|perfect|sorry|no|yes|lovely|hi|hey|(?:can|could) (?:i|you|we) (?:get|have|do|give me)|i (?:just )?(?:want|need)|give me|get me|make(?: me)?),? )*"
TAIL = r"(?:,? (?:please|too|as well|next|instead|then|now|also|for me|again|actually|thanks|version|track|mix|nothing else))*[ ?.!]*"
_GONE = (
    r"(?:remove|mute|strip(?: out| away| off)?|tak(?:e|ing) (?:out|away|off)|get(?:ting)? rid of|drop|kill|delete|lose|cut(?: out)?|without|no|minus|turn off|silence|ditch|filter out|cancel|suppress|erase|leave out"
    r"|(?:everything|all)(?: else)? (?:but|except(?: for)?|apart from|other than|without|minus))"
)
_REMOVED = re.compile(rf"\b{_GONE} (?P<what>{PART_LIST})|\b(?P<word>drum|bass|guitar)-?less\b")
_TAKEN_OUT = re.compile(
    rf"\b(?:take|taking|get|kick|throw|strip|cut|leave|filter|edit|drop|turn) (?P<what>{PART_LIST}) (?:out|off|away)\b"
    rf"|^(?:(?:please|but|and|with|ok) )*no (?P<none>{PART_LIST}) (?:please|version|mix|this time)\b"
)
_BACKING = re.compile(
    r"\bkaraoke\b|\bbacking (?:track|music)\b|\bminus[- ]one\b|\baccompaniment\b|\bsing[- ]?along (?:version|track)\b|\bmusic only\b|\b(?:just|only) the music\b"
    r"|\binstrumentals?\b(?! (?:breaks?|sections?|passages?))"
)
_MAKE = r"(?:need|want|make|get|give|create|have|like|love|bounce|render|send|grab|do)"
DEED = (
    r"\bstems?\b|\bmulti-?tracks?\b|\bkaraoke\b|\bbacking track\b|\bminus[- ]one\b|\b(?:drum|bass|guitar)-?less\b|\bunmix\w*|\btake (?:it|this|the (?:song|track)) apart\b|\bmusic only\b"
    r"|\b(?:separat\w+|isolat\w+|extract\w*|pull out|rip(?: out)?|lift|split(?: out| off| up)?|un-?mix|remove|mute|strip(?: out)?|take out|get(?:ting)? rid of|filter out|bounce) (?:\w+ ){0,3}(?:melody|instruments?|tracks?|stems?)\b"
    rf"|\b(?:separat\w+|isolat\w+|extract\w*|pull out|rip(?: out)?|split(?: out| off| up)?|un-?mix|remove|mute|strip(?: out)?|tak(?:e|ing) out|get(?:ting)? rid of|filter out|bounce|erase|ditch) (?:\w+ ){{0,3}}(?:{ANY_PART})\b"
    rf"|\b(?:lose|kill|drop|cut|silence|cancel|turn off|take away|leave out|solo|lift|grab) (?:the|her|his|their|all) (?:\w+ )?(?:{ANY_PART})\b(?! (?:out|in)\b)"
    rf"|\b(?:take|taking|get|kick|throw|strip|cut|leave|filter|pull|pulling|rip|lift|turn) {PART_LIST} (?:out|off|away)\b"
    rf"|^(?:(?:please|but|and|with|ok) )*no {PART_LIST} (?:please|version|mix|this time)\b|\b(?:down|back) to (?:just |only )?{PART_LIST}(?=[ ?.!]*$)"
    r"|\b(?:separate|split) (?:it|this|that|everything|them|the (?:song|track|whole|recording|mix))\b(?! from)"
    rf"|^{LEAD}(?:i|we) (?:only |just |really |would )*(?:need|want|like|love)(?: to (?:hear|have|get))? (?:only |just )*the (?:isolated )?(?:{ANY_PART})(?: (?:stem|track)s?)?(?: (?:alone|only|by itself|on its own))?(?=[ ?.!]*$|,| for | from | please)"
    rf"|\b(?:can|could|may) (?:i|we) (?:hear|get|have) (?:just |only )?{PART_LIST} (?:alone|only|by (?:itself|themselves)|on (?:its|their) own)\b"
    r"|\ba ?c+ap+el+a (?:version|of|track)\b|\binstrumental version\b"
    rf"|\b{_MAKE}\b.{{0,24}}\ba ?c+ap+el+as?\b|\b{_MAKE}\b.{{0,16}}\b(?:an?|the) instrumental\b(?! (?:breaks?|parts?|sections?|passages?|solo|intro|outro|interlude|songs?|tracks?|pieces?|ones?|music)\b)"
    rf"|^{LEAD}(?:the |an? )?(?:a ?c+ap+el+as?{TAIL}$|instrumentals? (?:only|please|version|mix|too|of)\b|only (?:the )?instrumental\b)"
    rf"|^{LEAD}(?:just|only) {PART_LIST}{TAIL}$|^{LEAD}{PART_LIST} (?:only|alone|solo'?e?d|by (?:itself|themselves)|on (?:its|their) own)\b(?! (?:at|when|in)\b)|^{LEAD}{PART_LIST}, (?:and )?nothing else\b"
    rf"|^{LEAD}(?:just |only )?the (?:{ANY_PART})(?: track| stem)? (?:of|from) (?:the |#)[\w ]{{1,16}},? (?:please|pls|thanks)[ ?.!]*$"
    rf"|\b(?:everything|all)(?: else)? (?:but|except(?: for)?|apart from|other than|minus) {PART_LIST}|\bno vocals\b|\b(?:with )no (?:drums|bass|vocals?|guitar|singer)\b(?= in it|{TAIL}$)"
    r"|(?<!is it )(?<!is this )(?<!is that )(?<!are there )(?<!is there )\b(?:just|only) the (?:vocals?|voice|drums|bass|guitar|piano|singing|singer|music)\b|\b(?:without|minus) the (?:vocals|drums|bass|voice|guitar|singing|singer)\b"
    rf"|\b(?<!is )(?<!of )(?:version|mix|track|it|this|that|one|copy|something) (?:without|minus|with no|with the) (?:the )?(?:{ANY_PART})(?: (?:removed|muted|taken out|out))?\b(?=[ ?.!]*$|,| for | so )"
    rf"|\b(?:give|get|send) (?:me |us )?(?:the )?of (?:just )?the (?:{ANY_PART})(?=[ ?.!]*$)"  # a time cut out
    r"|\b(?:as|on|in|into) (?:separate|individual|different|their own|own) (?:files|tracks|wavs|channels|parts)\b"
)
"""What a question looks like that wants a recording taken apart; the row of `limits.DEEDS`."""

_THROUGH = re.compile(
    r",?\s*\b(?:without|minus|ignoring|leaving out|leaving aside|if (?:you|i|we) (?:remove|take out|mute|ignore)|with) (?P<off>(?:the |her |his |their )?(?:lead )?(?:vocals?|voice|singing|singer)(?: (?:removed|muted|taken out|left out|out))?)\b"
    rf"|\b(?:but |and )?(?:if (?:you|i|we) )?(?:only |just )*listen(?:ing)? (?:only |just )*to (?:only |just )*(?:the )?(?P<heard>{ANY_PART})(?: alone| only| by itself| on its own)?\b"
    rf"|\b(?:in|of|on|from|for) (?:just|only) (?:the )?(?P<only>{ANY_PART})(?: alone| only| by itself| on its own)?\b"
    rf"|\b(?:(?:in|of|on|from|just|only) )?(?:just |only )?the (?P<part>{ANY_PART})(?: ?-?(?:stem|track|part))?(?: (?P<alone>alone|only|by itself|on its own|stem|isolated))\b"
    rf"|\bin the isolated (?P<isolated>{ANY_PART})\b"
)
"""A part that a question about something else is to be answered from."""


def part_of(words: str) -> str:
    """Return the stem that has an instrument: "guitar" is among the others."""
    return next((name for name, pattern in PARTS if re.fullmatch(pattern, words)), "other")


def parts_named(text: str) -> tuple[str, ...]:
    """Return the stems that a question names, in the order of their first mention."""
    named = [(m.start(), name) for name, pattern in _NAMED if (m := pattern.search(text))]
    return tuple(name for _, name in sorted(named))


def find_stem(text: str) -> tuple[str, str]:
    """Return the stem that a question is to be answered from ("" for none), and the rest of it."""
    found = _THROUGH.search(text)
    if not found or (
        found.group().lstrip(" ,").startswith("with ")
        and not re.search(r"removed|muted|out", found.group())
    ):
        return "", text
    rest = re.sub(r"\s+", " ", f"{text[: found.start()]} {text[found.end() :]}").strip()
    if found["off"]:
        return "accompaniment", rest
    return part_of(found["part"] or found["isolated"] or found["heard"] or found["only"]), rest


def stems_wanted(text: str) -> str:
    """Return the stems that are wanted, joined by commas; "" for all."""
    gone: set[str] = set()
    for match in (*_REMOVED.finditer(text), *_TAKEN_OUT.finditer(text)):
        named = match.groupdict()
        word, what = named.get("word"), named["what"] or named.get("none") or ""
        gone |= {part_of(word)} if word else set(parts_named(what))
    both = re.search(r"\b(?:separat|split|both)", text) and "vocals" in parts_named(text)
    if both and not gone and _BACKING.search(text):
        return "vocals, accompaniment"
    if gone == {"vocals"} or (not gone and _BACKING.search(text)):
        return "accompaniment"
    if gone:
        return ", ".join(name for name in STEMS if name not in gone)
    return ", ".join(parts_named(text))


def lone_instrument(text: str) -> str:
    """Return the instrument that a question wants apart and that no stem holds alone, else ""."""
    found = re.search(
        r"\b(guitars?|pianos?|keyboards?|synths?|strings|horns?|brass|organ|sax(?:ophone)?)\b", text
    )
    return found[1] if found else ""


def rest_of(value: str) -> str:
    """Return the stems that are left beside those of a value."""
    if value == "vocals":
        return "accompaniment"
    if value == "accompaniment":
        return "vocals"
    named = value.split(", ")
    return ", ".join(name for name in STEMS if name not in named)
