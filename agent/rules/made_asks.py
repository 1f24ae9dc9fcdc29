"""What is asked of a piece that this conversation made: what was changed in it, and its files.

Its score was saved when it was made, and is exact; nothing is transcribed of it again.
"""

import re

from agent.rules.asks import Ask, Finding, Situation
from agent.rules.generate_words import TOOLS
from agent.rules.parts import forms_named, player
from agent.rules.references import default_tracks, find_reference
from agent.rules.wording import plain

ASPECTS = ("changed", "files")
FORMS = ("audio", "midi", "musicxml")

_LEAD = r"^\W*(?:(?:and|so|ok(?:ay)?|but|then|now|well|wait|hm+|right|nice|great|cool|thanks|thank you|please)[,.!]? )*"
_SINCE = r"(?:,? (?:from|to|in|about|with|of|compared (?:with|to)|against|vs\.?|versus|than) (?:the )?(?:original|first(?: one)?|source|old one|one before|before|it|that|this|there|here|new one|new version|song|track|recording|tune))*"
_CHANGED = re.compile(
    _LEAD
    + r"(?:(?:tell me |can you (?:tell me|say) |explain )?(?:what|which (?:things?|bits?|parts?))(?: (?:all|else|exactly))?"
    r" (?:(?:did|have|had) you (?:just )?(?:chang|alter|modif|touch|tweak|replac|keep|kept|do (?:to (?:it|this|that)|different)|done (?:to|different)|add)\w*(?: different\w*)?(?: (?:to|in) (?:it|this|that))?"
    r"|you (?:just )?(?:changed|altered|modified|tweaked|did(?: to it| differently)|kept|added)"
    r"|(?:has |have |was |were |got )?(?:been )?(?:changed|altered)|(?:is|was) (?:different|changed|new|altered|kept|the same)(?: now)?|stayed(?: the same)?|(?:is |are )?the (?:changes|difference)s?)"
    r"|how (?:is|does|did) (?:it|this|that|yours|the (?:new|other) (?:one|version|piece)) (?:differ\w*|changed?))"
    + _SINCE
    + r"[ ?.!]*$"
)
_FILE = re.compile(
    r"\b(?:save[ds]?|saving|export|download|keep|give|get|send|have|want|need|write|put|where|make|print|see|show|open|is there|got|convert|turn|bounce|render|please|as|in)\b"
)
_WHERE = re.compile(
    _LEAD
    + r"(?:(?:where|in which folder|under what name|what file) (?:is|are|did|do|does|has|have|was|were|can) (?:i find |you (?:save|put|store|write|keep)|(?:it|this|that|the (?:files?|piece|midi|score|result|new (?:one|piece|song|track)))(?: been)?)(?: (?:it|this|that|them|the (?:files?|piece|midi|score)))?(?: (?:saved|stored|kept|now|to|in|go|gone|end up))*"
    r"|(?:(?:can|could|will) (?:you|i) |let me |i (?:want|would like|need) to )?(?:save|keep|export|download) (?:it|this|that|(?:what|the (?:piece|song|track|one|thing)) you (?:have )?(?:just )?(?:made|wrote|composed|created)|the (?:new )?(?:piece|one|version))(?: (?:for me|to (?:a )?(?:file|disk)|as a file))?)(?: please)?[ ?.!]*$"
)
_WHAT = re.compile(
    _LEAD
    + r"(?:tell me (?:about )?)?(?:what (?:did you (?:just )?(?:make|write|compose|create|generate|do)|(?:have )?you (?:have )?(?:just )?(?:made|wrote|written|composed|created|generated)|(?:is|does) (?:it|this|that) (?:like|sound like))(?: (?:just now|then|for me|there))*|how does (?:it|that|this) sound)[ ?.!]*$"
)
_NEW = r"(?:what|(?:the|that) (?:\w+ ){0,2}?(?:one|piece|song|track|thing|tune|music|loop|beat|jingle|version)?) ?(?:that )?you (?:have )?(?:just )?(?:made|wrote|composed|created|generated|came up with)"
_YOURS = re.compile(rf"\b(?:{_NEW}|your (?:new )?(?:piece|song|track|version|tune|creation))\b")


def find(question: str, situation: Situation) -> Ask | None:
    """Return what a question asks of the piece that was made last, or that it names, if of one."""
    made = [f for f in situation.earlier if f.tool in TOOLS and f.handle and not f.error]
    if not made:
        return None
    text = plain(question)
    piece = _meant(text, made, situation)
    if piece is None:
        return None
    if _CHANGED.match(text):
        source = str(piece.data.get("from") or "")
        return Ask("generate", "changed", tuple(filter(None, (source, piece.handle))))
    if _WHAT.match(text):
        return Ask("describe", "", (piece.handle,))
    forms = [form for form in forms_named(text) if form in FORMS]
    if forms != forms_named(text) or player(_YOURS.sub("it", text)):
        return None  # of one part, or in a form that it does not have: that is written down anew
    known = piece.data.get("files") or {}
    if forms and all(form in known for form in forms) and _FILE.search(text):
        return Ask("generate", "files", (piece.handle,), value=", ".join(forms))
    if not forms and known and _WHERE.match(text):
        return Ask("generate", "files", (piece.handle,))
    return None


def just_made(situation: Situation) -> Finding | None:
    """Return the piece that was made last, if nothing but how it differs was looked at since."""
    for finding in reversed(situation.earlier):
        if finding.tool in TOOLS:
            return None if finding.error else finding
        if finding.tool != "compare":
            return None
    return None


def _meant(text: str, made: list[Finding], situation: Situation) -> Finding | None:
    """Return the piece that a question is about; None where it is about another track."""
    if _YOURS.search(text):
        return made[-1]
    named = find_reference(text, situation)
    if named.kind == "none":
        here = default_tracks(situation)
    elif _CHANGED.match(text):
        here = (made[-1].handle,)  # it names what it is held against
    else:
        here = named.handles if named.kind == "named" else ()
    return next((f for f in reversed(made) if (f.handle,) == here[:1]), None)
