"""Questions that name a file to open, or that look for tracks in the memory."""

import re
from dataclasses import dataclass

from agent.rules.asks import Ask, Situation

_EXTENSIONS = (
    "wav|wave|mp3|flac|ogg|oga|opus|m4a|mp4|aac|wma|aif|aiff|aifc|caf|webm|mka|mkv|mov|au|mid"
)
_QUOTED = re.compile(
    rf"[\"'“‘`](?P<path>[^\"'“”‘’`\n]{{1,400}}?\.(?:{_EXTENSIONS}))[\"'”’`]", re.IGNORECASE
)
_ROOTED = re.compile(
    rf"(?P<path>(?:~|\.{{1,2}}|[A-Za-z]:)?[/\\][^\n\"?]{{0,400}}?\.(?:{_EXTENSIONS}))(?![\w])",
    re.IGNORECASE,
)
_BARE = re.compile(rf"(?P<path>[^\s\"'?,;]+\.(?:{_EXTENSIONS}))(?![\w])", re.IGNORECASE)
_FOLDER = re.compile(
    r"\b(?:open|load|listen to|add|import|hear|play)\s+(?:the (?:folder|directory|file) )?"
    r"(?P<path>(?:~|\.{1,2}|[A-Za-z]:)?[/\\][^\s\"?,;]*)",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:open|load|listen(?:ing)?(?: to)?|add|import|hear|check out|put on|try|analy[sz]e|play|take|read|have a listen to|give (?:it )?a listen(?: to)?)\b",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"^(?:please|pls|can you|could you|now|ok|okay|hey|hi|let'?s|and|then|the file|file|this|the|for me|here|here is|here's|with|[\s,.!?:;-])+"
    r"|(?:please|for me|now|[\s,.!?:;-])+$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Opening:
    """A file to open, and the rest of the question."""

    path: str
    rest: str


def find_listen(question: str) -> Opening | None:
    """Return the path a question names, as it was typed, or None."""
    match = _QUOTED.search(question) or _ROOTED.search(question) or _BARE.search(question)
    if not match and not (match := _FOLDER.search(question)):
        return _titled(question)
    before, after = question[: match.start()], question[match.end() :]
    path = match["path"].strip()
    verb = _VERB.search(before)
    if not verb and before.strip() and "/" not in path and "\\" not in path:
        return None
    verbs = [m for m in _VERB.finditer(before)]
    if verbs:
        before = before[: verbs[-1].start()] + " " + before[verbs[-1].end() :]
    rest = f"{before.strip()} it {after.strip()}" if after.strip(" .?!") else before
    stripped = _FILLER.sub("", _FILLER.sub("", rest))
    return Opening(path, "" if stripped in ("it", "") else rest)


_TITLED = re.compile(
    r"^\W*(?i:(?:(?:please|ok(?:ay)?|now|and|then|(?:can|could|would|will) you(?: please)?)[, ]+)*(?:open|load|pull up|bring up)(?: up)?"
    r" (?:the )?(?:(?:track|song|tune|piece|recording|one) )?(?:(?:called|named|titled) )?)(?P<title>[A-Z0-9][^\n]{1,80}?)(?i:,? (?:please|for me|now|from (?:my|the) library|in (?:my|the) library))*[.!?]*$"
)
_QUOTED_TITLE = re.compile(
    r"^\W*(?:please )?(?:open|load|pull up|bring up|listen to|put on)(?: \w+){0,3} [\"“](?P<title>[^\"“”\n]{2,80})[\"”]",
    re.I,
)


def _titled(question: str) -> Opening | None:
    """Return the title that a question wants opened: in quotes, or told by its capital."""
    found = _QUOTED_TITLE.search(question) or _TITLED.match(question)
    title = found["title"].strip(" \"'“”") if found else ""
    return Opening(title, "") if title and not re.match(r"(?:#|\d+$)", title) else None


_LIBRARY = re.compile(
    r"\b(?:(?:in|from) (?:(?:my|your|the|our) )?(?:library|collection|memory|archive)|(?:my|your|the) (?:library|collection|memory)|of my (?:songs|tracks|tunes|music|files|recordings|pieces)|of (?:everything|all) (?:i|you|we)(?: have| 've)? (?:heard|played|opened)"
    r"|have you (?:ever )?(?:heard|listened|met)|(?:did|have) (?:i|we) (?:ever )?(?:play|played|open|opened|give|given|listen|listened|heard)|you(?: have)? (?:ever )?heard (?:so far|before|of|yet|already)|heard (?:so far|before)|do you remember|\bi (?:ever|have ever) \w+|i have (?:ever )?(?:given|played|shown) you|remember (?:any|the|a|hearing)|(?:that|which) you (?:have heard|remember|know)"
    r"|(?:songs?|tracks?|tunes?|pieces?|music|something|anything|one|stuff)(?: \w+){0,2} (?:similar to|like|resembl\w+|close to) (?:it|this|that|the)|similar (?:songs|tracks|ones|tunes|pieces|music)|(?:sounds?|sounding) like (?:it|this|that)(?= ?\?|$)(?! .*what)|what else (?:is|sounds|do i have|have i got)(?: \w+)* like|more like (?:it|this|that)|(?:find|fetch|get|play|recommend|suggest) (?:me |us )?(?:a|an|another|some) (?:\w+ ){0,3}(?:song|track|tune|piece|recording)(?= (?:with|in|at|around|that|like|for|by|under|over|faster|slower)\b)|do (?:we|i|you) have (?:any\w*|some\w*) (?:saved|stored|like))\b"
)
_SEARCH = re.compile(
    r"\b(?:find|search(?: for)?|look for|show me|looking for|recommend|suggest|get me|got|have|know|is there|are there|any|which|list|want|need|fetch|pull up)(?: \w+){0,3}? (?P<what>(?:\w+[- ]){0,5}(?:songs|tracks|tunes|pieces|recordings|something|anything|music))\b"
)
_PLAIN_LIST = re.compile(
    r"\b(?:open(?:ed)?|loaded)\b|\b(?:kind|type|sort|style|piece|genre)s? of (?:music|songs?|tracks)\b|\bwhat music\b|\b(?:these|those|the two|both|the (?:three|four|other)) (?:songs|tracks|tunes|pieces)\b|\bof (?:these|those|the|them)\b|\btell me (?:something|anything)\b|\b(?:say|know|add|do) (?:something|anything)\b|\b(?:something|anything) (?:\w+ )?(?:going on|happening|to (?:note|notice|know|say))\b|\bharmonically\b|\b(?:something|anything) (?:else|about|interesting|special|unusual|odd|wrong|more|you)\b"
)
_NOISE = re.compile(
    r"\b(?:find|search(?: for)?|look for|show me|looking for|recommend|suggest|get me|which|what|any|are there|is there|do (?:you|i|we) have|have (?:you|i|we)(?: got)?|got|know|do you know|have you (?:ever )?heard|do you remember|remember|in (?:my|your|the|our) (?:library|collection|memory|archive)|(?:my|your|the) (?:library|collection|memory)|of my|of the|please|me|you|i|we|songs?|tracks?|tunes?|pieces?|recordings?|music|something|anything|heard|so far|before|other|others|else|list|all|everything|can|could|want|need|to|hear|a|an|the|with|is|are|that|which|for|it|has|have|been|ones?|ever|listened|saved|stored|played|through|opened|did|in there|there|already|give|given|from|of|my|your|and)\b"
)


def find_recall(text: str, situation: Situation) -> Ask | None:
    """Return a search of the memory that a plain question asks for, or None."""
    if _LIBRARY.search(text) or (
        _SEARCH.search(text)
        and not (_PLAIN_LIST.search(text) or _ALL_OPEN.search(text))
        and (_FINDS.search(text) or not _THIS_ONE.search(text))
    ):
        similar = re.search(r"\b(?:like|similar|resembl\w+)\b", text)
        words = re.sub(r"\s+", " ", _NOISE.sub(" ", re.sub(r"[?!,.;:\"]", " ", text))).strip()
        if similar:
            return Ask(
                "recall",
                "similar",
                value=" ".join(re.sub(r"\b(?:like|similar|this|sounds?)\b", "", words).split()),
            )
        return Ask("recall", "", value=words)
    return None


_FINDS = re.compile(r"\b(?:find|search|look|show|recommend|suggest|similar|other|another|more)\b")
_THIS_ONE = re.compile(
    r"\b(?:this|that|the) (?:music|song|track|tune|piece|recording|one)\b|\bthere (?:is|are)\b"
)
_ALL_OPEN = re.compile(
    r"\b(?:how many|which|what|list)(?: of)?(?: the| my)? (?:tracks|songs|files|tunes|recordings)(?= ?[?.!]*$| (?:are|do|have) (?:there|open|loaded|you have|you got|i)\b)"
)
