"""Questions about the whole library: found by their words, and made into calls of its tools.

They are read as four heads that the trained model knows, too: ``recall``, ``recall.similar``,
``unsupported.playlist`` and ``unsupported.note``. Where the tools for the library are there, `done`
makes them what these can do: the topics ``library``, ``similar``, ``playlist`` and ``note``.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from agent.rules import playlist_asks, stats_asks
from agent.rules.asks import LOUDNESS, Ask, Call, Situation
from agent.rules.library_words import likeness_args, playlist_args, search_args
from agent.rules.openings import find_recall
from agent.rules.references import Reference, default_tracks, find_reference
from agent.rules.times import find_span
from agent.rules.whole_library import BEYOND, DELETES, among, of_all
from agent.rules.wording import plain

TOOLS = {
    "library": "search_library",
    "stats": stats_asks.TOOL,
    "similar": "similar_to",
    "playlist": "playlist",
    "note": "note",
}
"""Topic -> its tool."""
_BECOMES = {
    ("recall", ""): "library",
    ("recall", "similar"): "similar",
    ("unsupported", "playlist"): "playlist",
    ("unsupported", "note"): "note",
}
_SAID = {("unsupported", "note"), ("unsupported", "playlist"), ("recall", "similar")}
"""What is said to the letter where the rules find it: dictated notes, playlists, tracks by number."""
_POINTED = re.compile(r"#\d|\b(?:most|closest|nearest)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\S)|\n+")
_ASKED = r"^\W*(?:(?:please|ok(?:ay)?|now|and|(?:can|could|would|will) you(?: please)?)[, ]+)*"
_WRITTEN = re.compile(
    _ASKED + r"(?:(?:make|take|add|leave|write|keep)(?: me)? a note(?: (?:for|on|about|to|of)"
    r" (?:#\d+|it|this|that)(?: (?:one|song|track|piece))?)?(?: that| saying)?[:,]?"
    r"|note(?: (?:for|on|about) (?:#\d+|it|this))? ?:|note (?:down )?that|note down[:,]?|note to self[:,]?"
    r"|(?:remember|remind me|keep in mind|(?:don'?t|do not) forget)(?: that\b(?! (?:song|track|one|tune)\b)|[:,]"
    r"|(?= (?:this|it|#\d+) (?:is|was|needs?|has)\b| (?:this|it)'s\b| (?:this|it) as\b))"
    r"|(?:tag|label|mark|flag|bookmark)(?: down)? (?:it|this|that|#\d+|the \w+(?= (?:one|song|track|piece)))(?: (?:one|song|track|piece))?(?: down)? (?:as|with|for)) *(?P<text>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_COURTESY = r"(?i)[,]? (?:for me|please|pls|thanks|would you|will you)[.!]*$"
_NAMED = re.compile(
    r"^\W*(?:(?:please|ok(?:ay)?|now|and|let us|let's)[, ]+)*(?P<text>(?:(?:i|we) (?:always )?)?call (?:it|this|that|#\d+)"
    r"(?: (?:one|song|track|piece))? (?!a |an |good|bad)\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_NOTED = re.compile(
    r"\bwhat (?:did|have) i (?:note|noted|wr[io]te|written|jot\w*)\b|\bdid i (?:note|write)\b"
    r"|\b(?:what|which|any) notes (?:do|did|have) i (?:have|make|made|take|write|written|left|keep|got)? ?(?:about|on|for)\b"
    r"|\b(?:my|any|what|which|read|show)(?: me)?(?: my)?(?: own)? notes (?:do i have |did i \w+ )?(?:about|on|for|to) "
    r"(?:it|this|that|#\d+)\b|\bwhat did i (?:call|say about|tell you about) (?:it|this|that|#\d+)\b|\bmy notes\b"
)
_FORGETS = re.compile(
    r"^(?:please |ok |no,? |and |now |actually,? |(?:can|could|would) you )*(?:forget|scrap|scratch|drop|lose|undo|delete|remove|erase|take back|withdraw|cancel|untag|unmark)\b(?!.*\b(?:tracks?|songs?|files?)$).*"
    r"\b(?:notes?|business|tags?|labels?|remark|reminder|what i (?:said|told|noted|wrote)|i (?:said|told you|noted|wrote))\b(?! (?:c|d|e|f|g|a|b)\b)(?<!top note)(?<!highest note)(?<!lowest note)(?<!high note)(?<!low note)(?<!bottom note)"
)
"""Orders to take a note back."""
_TOLD = re.compile(
    r"\bwhat (?:did|have) i (?:ever )?(?:tell|told|say|said|note|noted|write|written|mention|mentioned)(?: (?:to )?you)? (?:about|of|on|regarding) (?!(?:it|this|that|#\d+|the (?:current|last|first|second|third) one)\b)\w+"
    r"|\bwhich (?:one|track|song|tune)s? (?:did|have) i (?:say|said|tell|told|call|called|tag|tagged|mark|marked|label|labell?ed|note|noted|name|named)\b"
)
"""Questions for a track by what the user said of it."""
_PLAYLIST = re.compile(
    r"\b(?:make|build|create|plan|give|put|generate|suggest|compile|prepare|want|need|do|write)\b"
    r"(?:(?! for ).){0,48}?\b(?:play ?list|set ?list|dj set)\b"
    r"|^(?:please )?(?:an? |one |\d+ ?-?)?(?!.*\bof (?:it|this)\b)(?:[\w-]+ ){0,5}(?:play ?list|set ?list)\b(?= ?(?:$|[.!]|for|from|that|of|with|please|to))"
    r"|\b(?:minutes?|mins?|hours?|hr)(?:[- ]long)?(?: \w+){0,2} (?:set|mix)\b"
    r"|\b(?:line|queue|set|cue)(?: \w+){0,2} up\b.*\b(?:minutes?|hours?|tracks|songs|tunes|things|of)\b"
    r"|\b(?:half an hour|an hour|(?:\d+|ten|fifteen|twenty|thirty|forty|two|three) (?:minutes?|mins|hours?))(?:'s)? (?:worth )?of (?!(?:it|this|that|silence)\b)(?:\w+ ){0,4}(?:music|stuff|songs|tracks|tunes|things)\b(?! (?:do|have|are)\b)"
    r"|^(?:(?:please|can you|could you|now) )*(?:make|build|create|plan|give|put together|prepare)(?: me| us)? an? (?:[\w-]+ ){0,2}set\b(?! of (?:stems|chords|drums|notes|exercises))(?! (?:for|on) (?:the )?(?:drums|guitar))"
    r"|^(?:please |make me |give me |build |i (?:want|need) )*an? (?:\w+ ){0,2}(?:set|run|sequence) of (?:\d+|three|four|five|six|seven|eight|nine|ten|twelve|songs|tracks|tunes)\b"
)
_NO_PLAYLIST = re.compile(
    r"\b(?:play ?list|set ?list) (?:description|cover|title|name|blurb)\b"
    r"|^(?:is|does|do|would|will|are|should|what|which|how|i am|i'm|we are)\b"
)
_ORDER = re.compile(r"\b(?:order|sort|arrange) (?:these|them|those)\b")
_LIKE = re.compile(
    r"\b(?:similar|resembl\w+|closest to|close to|alike)\b"
    r"|\b(?:sound(?:s|ing)?|more|something|anything|songs?|tracks?|pieces?|music|stuff|one|ones|much|else)"
    r"(?: \w+){0,2}? like (?:it|this|that|#\d+)(?!\w)|\bthe same (?:\w+ )?(?:chords?|harmon\w+|progression|changes|groove|beat|rhythm|feel|pulse|mood|vibe|atmosphere|sound)"
    r"(?: as\b|(?=,| but\b|[.?! ]*$))"
)
_LIKE_TITLE = re.compile(
    r"\b(?:like|similar to|close to|resembl\w+) (?P<title>(?!(?:it|this|that|these|those|them|the|a|an|my|#\d)\b)[^?.!,;]{3,60}?)(?: (?:in my library|please|but .*))?[ ?.!]*$",
    re.IGNORECASE,
)
_FINDS = re.compile(
    r"\b(?:find|show|search|look(?:ing)? for|get me|give me|recommend|suggest|more (?:\w+ )?like"
    r"|(?:in|from) (?:my|the|your|our) (?:library|collection|memory|archive)|of my"
    r"|(?:which|what|any)(?: other)? (?:songs|tracks|pieces|tunes|ones|music)|what else|anything|something"
    r"|(?:do|have) (?:i|we|you)|other (?:songs|tracks|pieces))\b"
    r"|\b(?:what|which)(?: one)?(?: else)? (?:sounds?|is|comes?) (?:the )?(?:most|more|closest|nearest|very)\b|^(?:and |so |ok )*what (?:is|are|comes?|sounds?) (?:similar|close|closest|nearest) to\b"
    r"|^(?:and |ok |now |something |anything |songs |music )*similar\b|^(?!is\b|are\b|how\b|do\b).*\b(?:like|similar)\b.*\bbut\b"
)
_IT = r"(?:it|this|that|#\d+|the (?:current|last|first|second|third) one)(?: (?:one|song|track|tune|record))?"
_SOME_TRACK = r"(?:songs?|tracks?|tunes?|records?|pieces?|ones?|something|anything|stuff|of (?:my|the|our) \w+)"
_JOINS = (
    rf"(?:(?:mix|blend|segue|transition|beat-?match)\w*\b(?: (?:well|nicely|harmonically|smoothly|best))?(?: (?:it|this|that))? (?:with|into|to|from|after|out of|in)\b"
    rf"|(?:go(?:es)?|works?|fits?|sits?)\b(?: (?:well|nicely|best|good))? (?:(?:with|after|next to|behind) {_IT}|in(?:to)? (?:a|the|my) (?:set|mix) with {_IT})"
    rf"|(?:follows?|come after|comes after|compatible with|(?:is )?mixable with) {_IT}|(?:(?:play|put|drop|cue|spin|queue|bring|throw|mix|come|comes|go|goes)\b(?: (?:on|in|up|it|this))?"
    rf" (?:right |straight |directly )?(?:next|(?:after|behind|on top of|following|out of) {_IT})))"
)
_MIXES = re.compile(
    rf"\b(?:which|what|any|some|find|suggest|recommend|give|show|get|an?|my|is there|are there|got|have|need|want|looking for)\b(?: [\w'-]+){{0,5}}? {_SOME_TRACK}\b(?:(?! (?:sections?|chords?|keys?)\b).){{0,40}}?\b{_JOINS}"
    rf"|^(?:(?:and|so|ok|now),? )*(?:anything|something|songs|tracks) (?:.{{0,30}} )?{_JOINS}"
    rf"|\bwhat (?:else )?(?:(?:should|could|can|would|shall|do|might) (?:i|we|you)(?: \w+){{0,2}} |to )(?:{_JOINS})"
    rf"|\bwhat (?:else )?(?:would |could |might |will )?(?:mix|blend|segue|go|work|fit)\w*(?: (?:well|nicely|best))? (?:with|after|into|next to) {_IT}(?= *(?:$|[?.!,])| (?:from|in|of) (?:my|the|our))"
    rf"|\bwhat (?:else )?(?:would|could|might) follow {_IT}(?= *(?:$|[?.!,])| (?:from|in|of) (?:my|the|our))"
    r"|\bnext (?:track|song|tune|record) (?:for|in|of) (?:my|the|a|this) (?:\w+ )?(?:set|mix)\b"
)
_NOT_MIXES = re.compile(
    r"\b(?:these|those|them|they|two|both|each other|together|keys?|chords?|scales?|notes?|sections?|verses?|chorus\w*|bridge|intro|outro|solo|bars?|instruments?|drums?|vocals?|voice|genres?|playlist|lyrics|effects?)\b"
)
"""What is asked of open tracks, or of what lies in one."""
_WHAT = (
    ("mix", _MIXES.pattern),
    ("harmony", r"\b(?:chords?|harmon\w+|progressions?|changes)\b"),
    ("rhythm", r"\b(?:grooves?|beats?|rhythm\w*|pulse|tempo|feel)\b"),
    ("mood", r"\b(?:moods?|vibes?|feelings?|atmosphere)\b"),
)
_ANY = re.compile(
    r"^(?:(?:is|are) there |do (?:i|we|you) have |have (?:i|we|you)(?: got)? |got )?(?:anything|everything|something|all (?:the |my )?(?:songs|tracks)|any (?:other )?"
    r"(?:songs|tracks|pieces|tunes|music)|(?:(?!which|what|how|the|are|do)\w+ )?(?:songs|pieces|tunes)\b)(?!.*\b(?:in (?:it|this|that)|about|special|interesting|unusual|wrong|else)\b)"
)
_SHOW = re.compile(
    r"^(?:please )?(?:find|show|get|give|search|look for|recommend|suggest)(?: me| us| for)*+"
    r" (?!(?:the|its|all the|this|that|it|where|what|when|how|if)\b)(?!.*\b(?:chords?|key|tempo|notes?|scale|capo)\b(?! progression))"
)
_MINE = re.compile(
    r"\bmy (?:\w+ ){0,3}?(?:loudest|hottest|quietest|softest|fastest|quickest|slowest|longest|shortest|newest|oldest|latest)"
    r"(?: \w+){0,2}? (?:songs?|tracks?|tunes?|pieces?|recordings?|ones?|files?|music)\b"
)
_SONGS = re.compile(
    r"\b(?:(?:do|have) (?:i|we|you)|everything|songs|tracks|tunes|pieces|recordings|ones|music|anything|something|stuff)\b"
)
_OF_LISTS = frozenset(("lufs_min", "lufs_max", "year_min", "year_max", "artist", "artist_not"))
"""Filters that nobody asks of one open track in the words of `_SONGS`."""
_BOUNDED = re.compile(
    r"(?:(?:and|but|ok|okay|now|only|just|something|anything|a|ones?|the|that is|that are|please|bit|little|much|any|show me|find|with|without|in) )*"
    r"[\w#/ -]{2,30}?(?: (?:ones?|songs?|tracks?|please|though|instead|key))*\W*"
)
"""A few words that only bound a list: "but slower", "in a minor key", "faster ones please"."""
_ALL = re.compile(
    r"^(?:so |and |ok )?(?:what|which (?:songs|tracks|music)|how (?:many|much)(?: \w+)?)(?: all)? (?:do|have) (?:i|we|you) (?:have|got|know|heard|keep|kept)"
    r"(?: (?:got|in (?:there|all|store)|so far|altogether|stored|saved))*\W*$"
    r"|^(?:please )?(?:list|show(?: me)?|what is in|what is there in|how (?:big|large) is|describe|tell me about) (?:all |everything in )?(?:of )?(?:my |the |your )?(?:whole |entire )?(?:library|collection)\W*$"
    r"|^how many (?:songs|tracks|recordings|files|pieces)(?: are there)? (?:in|does) (?:my|the|your) (?:library|collection)\b"
)
_HEARD = re.compile(
    r"\b(?:have|had|did|has) (?:you|i|we) (?:ever |already )?(?:heard?|hear|listen(?:ed)?|play(?:ed)?|met|know)\b"
    r"|\bdo (?:you know|you have|i have|we have|you remember)\b|\bis there\b",
    re.IGNORECASE,
)
_SOME = re.compile(
    r"\b(?:any|anything|something|some|songs|tracks|tunes|pieces|music|which|what|similar|like|by|an?)\b",
    re.IGNORECASE,
)
"""Words of a question for some tracks of a kind, not for one by its name."""
_OWN = re.compile(
    r"^(?:and |so )?(?:do|have) (?:i|we) (?:have|got|own)(?: got)? (?:any|some|an?)\b"
    r"|^something (?!(?:about|else|wrong|unusual|odd|off|strange|special|interesting|happen\w*|like|similar|in|with|as)\b)\w+"
    r"|^which (?:track|song|one|file)s? (?:did i (?:call|note|name|say)|(?:is|was) (?:the|my) (?:\w+ )+for )"
)
"""What is asked of all that was ever heard, whichever words follow."""
_TRACKS = re.compile(
    r"^(?:any |all |my |some )?(?:[\w-]+ )?tracks (?:between|in|with|at|under|over|below|above|around|that|from|by|without|faster|slower|longer|shorter|louder|quieter)\b"
)
_SHOWN = re.compile(r"^(?:please )?(?:find|show|get|give|list|play)(?: me| us)?\b")
_HERE = re.compile(r"\b(?:these|those|them|this (?:song|track|piece|one)|in it)\b")


def find(question: str, situation: Situation) -> tuple[Ask, ...]:
    """Return what a question asks of the library, none where its tools are not there.

    A question of several sentences is about the library if one of them is; the others are not read
    here, so it is none of ours then.
    """
    parts = _SENTENCE.split(question.strip())
    found = tuple(ask for part in parts if (ask := _find(part, situation)))
    return tuple(dict.fromkeys(found)) if len(found) == len(parts) else ()


def done(asks: Iterable[Ask], question: str, situation: Situation) -> tuple[Ask, ...]:
    """Return asks with those of the library made what its tools can do, the words of it as value."""
    return tuple(_done(ask, question, situation) for ask in asks)


def to_the_letter(asks: tuple[Ask, ...], question: str, situation: Situation) -> bool:
    """Tell whether words that only the rules know ask for what is read: LUFS, years, artists, counts."""
    if not asks:
        return False
    if all((a.topic, a.aspect) == LOUDNESS for a in asks):
        return True
    if all((a.topic, a.aspect) == ("recall", "similar") for a in asks) and _asks_for_a_mix(
        plain(question)
    ):
        return True
    if {(a.topic, a.aspect) for a in asks} <= _SAID and find(question, situation) == asks:
        narrowed = _narrower(plain(question), situation) is not None
        narrowed |= find_reference(plain(question), situation).kind == "named"
        return asks[0].topic == "unsupported" or narrowed or _POINTED.search(question) is not None
    listed = all((a.topic, a.aspect) == ("recall", "") for a in asks)
    if listed and among(plain(question), situation):
        return True
    if listed and any(p.search(plain(question)) for p in (DELETES, _TOLD, BEYOND)):
        return True
    if listed and any(_of_all(part, situation) for part in _SENTENCE.split(question.strip())):
        return True
    return listed and bool({*_OF_LISTS, "order"} & search_args(question).keys())


def calls(ask: Ask, situation: Situation) -> tuple[Call, ...]:
    """Return the call that answers an ask of the library, none where it names no track."""
    tool = TOOLS[ask.topic]
    if tool not in situation.tools or ask.aspect == "unclear":
        return ()
    if ask.topic == "stats":
        return (Call(tool, stats_asks.args(ask.value)),)
    if ask.topic == "library":
        if ask.aspect in ("beyond", "delete"):
            return ()
        before = among(plain(ask.value), situation)
        return (Call(tool, (dict(before.args) if before else {}) | search_args(ask.value)),)
    if ask.topic == "playlist":
        read = playlist_asks.changed if ask.aspect == "change" else playlist_args
        return (Call(tool, read(ask.value, situation)),)
    if ask.topic == "similar" and not ask.tracks and ask.value:
        return (Call("search_library", {"text": ask.value}),)
    if not ask.tracks or not situation.track(ask.tracks[0]):
        return ()
    args: dict[str, object] = {"track": ask.tracks[0]}
    if ask.topic == "note" and ask.aspect == "forget":
        return (Call(tool, args | {"forget": True}),)
    if ask.topic == "note":
        return (Call(tool, args | ({"text": ask.value} if ask.value else {})),)
    if ask.span is not None and ask.span.unit in ("seconds", "fraction"):
        track = situation.track(ask.tracks[0])
        start, end = ask.span.resolve(track.duration if track else None)
        args |= {"start": start} | ({} if end is None or end == float("inf") else {"end": end})
    args |= ({"what": ask.aspect} if ask.aspect else {}) | likeness_args(ask.value)
    return (Call(tool, {"what": "sound"} | _as_before(ask, situation) | args),)


def _as_before(ask: Ask, situation: Situation) -> dict[str, Any]:
    """Return what was asked of likeness before, where the question only adds a bound to it."""
    earlier = [f for f in situation.earlier if f.tool == "similar_to" and not f.error]
    if not earlier or _is_like_words(plain(ask.value)):
        return {}
    return dict(earlier[-1].args)


# ---- inside -------------------------------------------------------------------------------------


def _find(part: str, situation: Situation) -> Ask | None:
    """Return what one sentence asks of the library, by the heads that are read."""
    text, tools = plain(part), situation.tools
    reference = find_reference(text, situation)
    if "note" in tools and _note_text(part) is not None and reference.kind != "missing":
        return Ask("unsupported", "note")
    wanted = set(search_args(part)) - {"text", "in_sections", "limit"}
    if "playlist" in tools and _PLAYLIST.search(text) and not _NO_PLAYLIST.search(text):
        return Ask("unsupported", "playlist")
    if "playlist" in tools and playlist_asks.changes(text, situation):
        return Ask("unsupported", "playlist")
    if "similar_to" in tools and _is_like(reference):
        return Ask("recall", "similar", _one(reference, situation))
    listed = bool(wanted & _OF_LISTS) and _SONGS.search(text) is not None
    if "similar_to" in tools and not listed and (again := _narrower(text, situation)):
        return again
    if "search_library" not in tools:
        return None
    if wanted and among(text, situation):
        return Ask("recall")
    late = BEYOND.search(text) and re.match(r"when did (?:i|we)\b", text)
    if DELETES.search(text) or late or _of_all(part, situation):
        return Ask("recall")
    if reference.kind in ("named", "other") and not listed:
        return None
    if _TOLD.search(text) or (_OWN.search(text) and not _HERE.search(text)):
        return Ask("recall")
    asks = any(pattern.search(text) for pattern in (_ANY, _SHOW, _MINE, _TRACKS))
    asks |= "order" in wanted and _SHOWN.search(text) is not None
    if wanted and (asks or listed) and not _HERE.search(text):
        return Ask("recall")
    if _ALL.search(text):
        return Ask("recall")
    found = find_recall(text, situation)
    return replace(found, value="") if found and not found.aspect else None


def _of_all(part: str, situation: Situation) -> bool:
    """Tell whether a sentence is asked of all tracks by counts, filters, or kinds of sound."""
    text = plain(part)
    reference = find_reference(text, situation)
    return bool(stats_asks.find(text, reference, situation)) or of_all(
        text, reference, search_args(part), situation
    )


def _narrower(text: str, situation: Situation) -> Ask | None:
    """Return the last question for what is like a track again, where only a bound is added to it."""
    last = situation.asks[-1] if situation.asks else None
    if last is None or (last.topic, last.aspect) != ("recall", "similar") or not last.tracks:
        return None
    bounds = likeness_args(text)
    if "chord_progression" in bounds or not _BOUNDED.fullmatch(text):
        return None
    return replace(last, value="") if bounds else None


def _done(ask: Ask, question: str, situation: Situation) -> Ask:
    topic = _BECOMES.get((ask.topic, ask.aspect), "")
    if TOOLS.get(topic) not in situation.tools:
        return ask
    words = _words(ask, question, situation)
    reference = find_reference(plain(words), situation)
    if topic == "similar" and not _is_like(reference) and not (ask.tracks and situation.tracks):
        if named := _LIKE_TITLE.search(words):  # like something that is not open: looked for first
            return Ask(topic, "", value=named["title"].strip(" \"'“”"))
        topic = "library"
    if topic == "library" and stats_asks.find(plain(words), reference, situation):
        return Ask("stats", value=words)
    if topic == "library":
        return Ask(topic, _aspect(words), value=words)
    if topic == "playlist":
        said = plain(words)
        if playlist_asks.changes(said, situation):
            return Ask(topic, "change", value=words)
        orders = _PLAYLIST.search(said) and not _NO_PLAYLIST.search(said)
        vague = not orders and (_ORDER.search(said) or _NO_PLAYLIST.search(said))
        return Ask(topic, "unclear" if vague else "", value=words)
    tracks = _one(reference, situation) or ask.tracks[:1]
    if topic == "note":
        if _FORGETS.search(plain(words)):
            return Ask(topic, "forget", tracks)
        text = _note_text(words)
        return Ask(topic, "unclear" if text is None else "", tracks, value=text or "")
    said = reference.text
    what = next((name for name, pattern in _WHAT if re.search(pattern, said)), "")
    return Ask(topic, what, tracks, find_span(said)[0], value=words)


def _aspect(words: str) -> str:
    """Return what a search is for: whether something was heard, all there is, or "" for a list."""
    if DELETES.search(plain(words)):
        return "delete"
    if BEYOND.search(plain(words)):
        return "beyond"
    if _HEARD.search(words) and not _SOME.search(words):
        return "heard"
    return "" if search_args(words) else "all"


def _words(ask: Ask, question: str, situation: Situation) -> str:
    """Return the sentence of a question that is asked by an ask, the whole where none stands out."""
    for part in _SENTENCE.split(question.strip()):
        found = _find(part, situation)
        if found and (found.topic, found.aspect) == (ask.topic, ask.aspect):
            return part
    return question


def _note_text(part: str) -> str | None:
    """Return the note that a sentence dictates, "" where it asks for notes, None where neither."""
    if _NOTED.search(plain(part)) or _FORGETS.search(plain(part)):
        return ""
    found = _WRITTEN.match(part) or (None if "?" in part else _NAMED.match(part))
    return re.sub(_COURTESY, "", found["text"]).strip().strip("'\"“”‘’") if found else None


def _is_like_words(text: str) -> bool:
    """Tell whether words ask for likeness by themselves."""
    return _LIKE.search(text) is not None or not _BOUNDED.fullmatch(text)


def _is_like(reference: Reference) -> bool:
    text = reference.text
    alike = bool(_LIKE.search(text) and _FINDS.search(text)) or _asks_for_a_mix(text)
    return alike and len(reference.handles) < 2


def _asks_for_a_mix(text: str) -> bool:
    """Tell whether words ask what can be played after a track, or mixed with it."""
    return _MIXES.search(text) is not None and _NOT_MIXES.search(text) is None


def _one(reference: Reference, situation: Situation) -> tuple[str, ...]:
    return (reference.handles or default_tracks(situation))[:1]
