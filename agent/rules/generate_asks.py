"""Requests for new music: what is to be made, from which track, in which words.

They are read as the head that the trained model knows, ``unsupported.generation``, from before
music could be made; where the tools are there, `done` makes it the topic ``generate``. Its aspect is
the tool: ``generate``, ``continue_track``, ``variation`` or ``accompany``; its value is what was said.
"""

import re
from collections.abc import Iterable

from agent.rules.asks import Ask, Call, Situation
from agent.rules.references import Reference, default_tracks, find_reference
from agent.rules.section_words import section_span
from agent.rules.times import find_span
from agent.rules.wording import plain

READ_AS = ("unsupported", "generation")
TOOLS = ("generate", "continue_track", "variation", "accompany")

_ORDER = (
    r"^\W*(?:(?:please|now|ok(?:ay)?|and|then|hey|hi|hello|there|so|great|cool|nice|thanks)[,!. ]+)*"
    r"(?:(?:can|could|would|will) (?:you|we) (?:please |also |now )*"
    r"|(?:i would|i'd|i|we) (?:really )?(?:like|want|need|love)(?: you)?(?: to)? (?:(?:have|hear|get) )?"
    r"|(?:let us|let's|try to|how about|what about) |please )?"
)
_MAKES = (
    r"(?:generate|compose|write|make|create|produce|improvise|invent|come up with|cook up|whip up|arrange"
    r"|sketch|jam|(?:knock|throw|put|bang|toss|string) (?:me |us )?(?:together|up|out)|lay down|build)(?: me| us| up| out)*"
)
_KINDS = (
    r"piece|tune|song|track|melod(?:y|ies)|music|waltz|march|lullaby|chorale|ballad|blues|beat|beats|loop"
    r"|groove|riff|jingle|theme|composition|progression|soundtrack|instrumental|jam|etude|sonata|minuet"
    r"|reel|jig|vamp|pads?|hornpipe|polka|tango|bossa(?: nova)?|samba|ditty|number|interlude|nocturne|prelude|anthem"
    r"|verse|chorus|bridge|intro|outro|ending|bars|measures|minute|minutes|seconds|something|anything"
    r"|backing|rhythm|fugue|round|canon|serenade|rag(?:time)?|shanty|hymn|carol|bassline|bass line"
)
_STYLES = (
    r"pop|rock|folk|classical|jazz|blues|funk|latin|reggae|electronic|techno|house|hip[- ]?hop|ambient"
    r"|country|lo-?fi|trap|disco|metal|soul|edm|trance"
)
_AMOUNT = (
    r"(?:(?:about|around|roughly|like|maybe) )?(?:\d+|one|two|three|four|five|six|eight|ten|twelve|sixteen|twenty|thirty|a few|a couple of|a|an|half a)"
    r"(?: |-)?(?:seconds?|secs?|s|minutes?|mins?|bars?|measures?)(?: or so)? of"
)
_OWN_KINDS = (
    r"(?:(?:drum|bass|piano|guitar|synth|chord|house|techno|funk\w*|disco|rock|jazz\w*|latin|hip[- ]?hop|trap|lo-?fi|reggae|bossa|samba) )*"
    r"(?:groove|beat|riff|jingle|vamp|waltz|march|lullaby|chorale|etude|bass ?line|lick|twelve bar blues|12[- ]bar(?: blues)?|drum (?:loop|pattern|fill))"
)
"""What is seldom asked for but to be made: of a song one may ask for one that is there."""
_LEANS = (
    r"(?:(?:that|which|to) (?:would |can )?(?:go(?:es)?|fits?|sits?|works?|runs?|plays?)(?: (?:well|nicely|along))?"
    r" (?:with|under|over|on|to|on top of|behind)|over|under|behind) (?:it|its|this|that|these|#\d+|the (?:song|track|chords|changes|chorus|verse|groove|beat))\b"
)
_WANTS = r"(?:give|gimme|get|i need|i want|need|want|how about|what about|fancy|i would (?:like|love)|(?:i )?could (?:do with|use))"
_NEW = re.compile(
    rf"^(?:.{{0,40}}\b{_WANTS} (?:me |us )?|{_ORDER})(?:{_MAKES} )?{_AMOUNT} (?!(?:silence|it\b|this\b|that\b|the\b|#))\w"
    rf"|^{_ORDER}(?:{_WANTS} (?:me |us )?)?(?:an?|some|another) (?:(?!like\b)[\w'-]+ ){{0,3}}?{_OWN_KINDS}\b(?! (?:count|per|number|grid|marker|position|map|of (?:it|this|that|the)|from|in (?:it|this|that|there|the)|that is (?:in|on)|stem|stems|only|only please|midi|isolated)\b)(?!.*\b(?:is|are|was|is not)\b)"
    rf"|{_ORDER}{_MAKES} (?:sth|smth|summat|somethin)\b"
    rf"|{_ORDER}{_MAKES} (?:(?:a|an|some|another|one|two|three|four|five|six|eight|ten|twelve|sixteen"
    rf"|twenty|thirty|\d+|new|more|short|slow|fast)\b ?)+(?:[\w,'#/&♭♯-]+ ){{0,12}}?(?:{_KINDS}|{_STYLES})\b"
    rf"|{_ORDER}{_MAKES} (?:something|anything|music)\b"
    rf"|{_ORDER}(?:generate|compose|improvise) (?:\S+ ?)+"
)
_NOT = re.compile(
    r"\b(?:play ?list|set ?list|dj set|notes? (?:that|about|on|for|to)|a note|list of|summary|caption"
    r"|description|report|table|chart|lead sheet|sheet music|transcri\w+|midi|musicxml|stems?|karaoke"
    r"|acapella|a cappella|instrumental version|backing track (?:of|from|for) (?:it|this|that|#\d+)"
    r"|without (?:the )?(?:vocals|voice|singer)|loop (?:of|from|at)|song list|track list"
    r"|lyrics?|tabs?|tablature|spectrogram|screenshot|picture|click track|cover of|remix|dj|song title"
    r"|copy|ringtone|mp3|wav|flac|guess|mistake|sense|difference|out of tune|idea of)\b"
)
_SOUND = re.compile(
    r"\b(?:make (?:it|this|that|#\d+) (?:a (?:bit|little) )?(?:more |much )?(?:loud|quiet|bett|soft|clear|clean|bigg)\w*"
    r"|play (?:it|this|that|me|back|the (?:song|track|chords|intro|longer|first|second|other))|sing\b"
    r"|hum\b|remix|speed (?:it|this) up|slow (?:it|this) down|(?:pitch|time)[- ]?(?:shift|stretch))"
)
"""What is done to the recording itself, which is not made anew here."""
_CONTINUE = re.compile(
    r"\b(?:continu\w*|go on|carry on|extend|prolong|pick up)\b(?:(?! in my).)*(?:\b(?:it|this|that|track|song|piece|tune|music"
    r"|from)\b|#\d+)|\b(?:second|another|next|new|extra|third) (?:verse|chorus|bridge|section|part|ending|outro)\b"
    r"|\b(?:write|compose|generate|make|create) (?:an?|the) (?:outro|ending|bridge|continuation)\b(?!.* at \d)"
)
_VARIATION = re.compile(
    r"\b(?:the )?same (?:song|thing|piece|tune|track|one|again|music) (?:again )?(?:but|only|just|except)\b|\bsame again (?:but|only)\b"
    r"|\b(?:variations?|variant|version|arrangement|reharmoni[sz]\w*|rearrange\w*|re-?imagin\w*|rewrite)\b"
    r"|\b(?:make|turn|do|have|play|imagine) (?:it|this|that|#\d+)(?: (?:one|song|track|piece))? (?:sound )?(?:a (?:bit|little) )?"
    r"(?:(?:more |much |less )?\w+er\b|more \w+|less \w+|in(?:to)? an?\b|into\b|in (?:minor|major|[a-g]\b)|as an?\b|minor|major|faster|slower|sad|happy)"
)
_ACCOMPANY = re.compile(
    r"\b(?:accompan\w+|improvi[sz]e (?:over|on|along|with|to)|(?:bass ?lines?|bass line|counter[- ]?melody|drum (?:part|beat)|rhythm section|backing(?: track)?|pads?|strings|descant)"
    r" (?:for|to|under|over|on) (?:it|its|this|that|#\d+|the (?:chords|changes|chorus|verse|song|track))|"
    + _LEANS
    + r"|play along|back(?:ing)? (?:me|it|this|that|band)|band (?:for|under|behind|to)|jam (?:along|with)"
    r"|harmoni[sz]e|add (?:an? |some |the )?(?:\w+ ){0,3}?(?:drums?|bass(?: ?line)?|beat|chords|groove|guitar|piano|strings"
    r"|band|percussion|organ|synth|pad)\b.*\b(?:to|under|behind|below|over) (?:it|this|that|#\d+|my|the))"
)
_ORDERED = re.compile(
    rf"(?:{_ORDER})(?:{_MAKES}|(?:continue|go on|carry on|extend|reharmoni[sz]e|rearrange|accompany)(?: with)?"
    rf"|improvi[sz]e|add|turn|play along|do|hear|try"
    rf"|{_WANTS}(?: me| us)?)?\b *(?:(?:a|an|some|another|me)\b *)*",
    re.IGNORECASE,
)
_LEFT_OUT = re.compile(
    rf" ?(?:{_LEANS}|\bplease\b|\b(?:a )?couple of\b|\b(?:so )?(?:that |which )?(?:i|we) can (?:use|play|have)(?: it)? (?:as|for|in)\b)",
    re.IGNORECASE,
)
"""What says nothing of the music."""
_NAMED = re.compile(
    r"(?<!\w)(?:(?:new )?(?:variation|version|arrangement)s? (?:of|on) )?(?:(?:to|under|for|behind|with|over|from|of|on) )?"
    r"(?<!like )(?<!similar to )(?:it|this|that|the|#\d+)\b(?: (?:one|song|track|piece|tune))?(?: from \d+(?::\d\d)?(?: ?s\w*)?)? ?",
    re.IGNORECASE,
)
_FROM = re.compile(r"\bfrom\b|\bat\b|\bafter\b")
_LIKE = re.compile(
    r"\b(?:like|similar to|in the style of|based on|inspired by|(?:in|at|with|over) the same (?:key|tempo|speed|bpm|chords|meter|style|mood|feel))\b"
)
_LIKE_IT = re.compile(
    _LIKE.pattern + r"(?: (?:it|this|that)\b|(?<=key|ood|yle|eed|bpm|rds|ter|eel|mpo))"
)
_ABOUT = re.compile(r"\b(?:it|this|that|these|the (?:song|track|piece|tune|chords)|same)\b|#\d")
_PLAYS_ALONG = re.compile(_ORDER + r"(?:accompan|add|harmoni|play along|back\b|jam)")
_GOES_ON = re.compile(_ORDER + r"(?:continu|go on|carry on|extend|prolong|pick up)")
_CHANGES = re.compile(
    _ORDER
    + r"(?:reharm|rearr|re-?imag|rewrite|turn|(?:(?:do|try|give (?:me|us)|show (?:me|us)|hear) )?"
    r"(?:an? |some |(?:two|three|a few|a couple of) )?(?:\w+ )?(?:variations?|version|arrangement|take)\b|(?:do |have |hear )?(?:the )?same\b)"
)
_ON = re.compile(
    r"^(?:and |now |ok(?:ay)? |so |then |but |but now |right )*(?:do |make |try |have |play )?(?:it |that |this |the same |one )?(?:again )?(?:but |only |just )?"
    r"(?:(?:a (?:bit|little|lot|touch) |much |way |slightly |even )*(?:more \w+|less \w+|(?!(?:longer|shorter|other|better|another|ever|never|number|lower|louder|quieter)\b)\w{3,}er|in (?:[a-g](?: ?sharp| ?flat|#|b)? )?(?:minor|major)|with (?:an? |some |more |no )?\w+|without (?:the )?\w+|as an? [\w ]+|in [3-9]/[48]))"
    r"(?: please| this time| now| then)*[ ?.!]*$"
)
"""What is to be otherwise in a piece just made: "now quicker", "again but with strings"."""


_ASKS_ON = re.compile(
    r"[,;.?!:] *(?:and |but |so )?(?:(?:which|what|how|where|when|who|why)\b(?! about)|(?:is|does|do|are|should|can) (?:it|i|we|they|there)\b)"
)
"""A wish that only leads to a question: "I'd like to jam along, which scale fits?"."""


def done(asks: Iterable[Ask], question: str, situation: Situation) -> tuple[Ask, ...]:
    """Return asks with a request for new music made what the tools can do.

    A request that says so in so many words is one, whatever else was read in it.
    """
    asks = tuple(asks)
    if "generate" not in situation.tools:
        return asks
    text = plain(question)
    if _NOT.search(text) or _ASKS_ON.search(text):
        return asks
    read = any((ask.topic, ask.aspect) == READ_AS for ask in asks)
    last = situation.earlier[-1:]
    made = bool(last) and last[0].tool in TOOLS and not last[0].error
    tool = "variation" if made and _ON.match(text) else _tool(text, read)
    if not tool:
        return asks
    named = find_reference(text, situation)
    if named.kind == "missing" and (tool != "generate" or _LIKE.search(text)):
        return (Ask("tracks", "missing", value=named.missing),)
    tracks = _tracks(text, tool, named, situation)
    span = None
    if tool == "continue_track" and _FROM.search(text):
        span = section_span(text)[0] or find_span(text)[0]
    said = wanted(question) or ("" if tool in ("continue_track", "accompany") else question.strip())
    return (Ask("generate", tool, tracks, span, said),)


def wanted(question: str) -> str:
    """Return what a request says of the music itself: without the order, and the track it names."""
    text = _ORDERED.sub("", _LEFT_OUT.sub(" ", " ".join(question.split())), count=1)
    text = re.sub(r"[?!. ]+$", "", _NAMED.sub("", text)).strip(" ,")
    text = re.sub(r"\b(?:sth|smth|summat)\b", "something", text)
    return re.sub(r"\s+(,|$)|(?<=\s)\s+", r"\1", text)


def calls(ask: Ask, situation: Situation) -> tuple[Call, ...]:
    """Return the call that a request for new music is; none where a track is missing."""
    if ask.aspect not in situation.tools:
        return ()
    if ask.aspect == "generate":
        like = {"like": ask.tracks[0]} if ask.tracks else {}
        return (Call("generate", {"description": ask.value, **like}),)
    if not ask.tracks:
        return ()
    if ask.span is not None and ask.span.unit == "section":  # where that is has to be found first
        return (Call("structure", {"track": ask.tracks[0]}),)
    args: dict[str, object] = {"track": ask.tracks[0]}
    if ask.aspect == "variation":
        args["what"] = ask.value
    elif ask.aspect == "accompany":
        args["description"] = ask.value
    else:
        args |= {"what": ask.value} if ask.value else {}
    if ask.aspect == "continue_track" and ask.span is not None:
        track = situation.track(ask.tracks[0])
        if ask.span.unit in ("seconds", "fraction"):
            start, end = ask.span.resolve(track.duration if track else None)
            # a section is kept to its end, and what follows is new
            args["from_time"] = end if ask.span.words and end is not None else start
    return (Call(ask.aspect, args),)


# ---- inside -------------------------------------------------------------------------------------


def _tool(text: str, read: bool) -> str:
    """Return which tool words ask for, empty where they ask for none.

    `read` tells whether something of the kind was read in them already.
    """
    new = _NEW.search(text)
    if _SOUND.search(text) and not new and not re.search(r"\b(?:variation|version)\b", text):
        return ""
    ordered = read or re.match(_ORDER + _MAKES, text)
    if _ACCOMPANY.search(text) and (ordered or new or _PLAYS_ALONG.match(text)):
        return "accompany"
    if _CONTINUE.search(text) and (ordered or _GOES_ON.match(text)):
        return "continue_track"
    if _VARIATION.search(text) and _ABOUT.search(text) and (ordered or _CHANGES.match(text)):
        return "variation"
    return "generate" if new else ""


def _tracks(text: str, tool: str, named: Reference, situation: Situation) -> tuple[str, ...]:
    """Return the track that new music leans on; none where it is to be all new."""
    if tool == "generate" and not _LIKE.search(text):
        return ()
    if named.handles and named.kind != "all":
        return named.handles[:1]
    if tool != "generate" or _LIKE_IT.search(text):
        return default_tracks(situation)[:1]
    return ()
