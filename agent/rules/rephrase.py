"""Turns of speech made plain: what a question says by a long way round, or in other people's words.

Each row puts a phrase that no rule of `patterns` needs to know into words that they do know.
"""

import re

from agent.rules.patterns import IT

_NTH = {"1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth"}
_PHRASES = (
    # the word of the data sets of questions
    (r"\b(?P<d>the|this) audio(?: (?:track|excerpt))?\b(?! (?:files?|quality|format|codec|data|encod\w+|interface|settings|out\w*|stems?))", r"\g<d> song"),
    (r"\b(?P<d>the|this) soundtrack\b(?! (?:of|to|for|genre|style|music)\b)", r"\g<d> song"),
    (r"\b(?:i |we |you )?(?:have |has |got |have got )?(?:only |just )?(?:\d+|five|ten|two|a few) (?:min(?:ute)?s?|secs?|seconds?) (?:before|until|till|to go|left)\b[^-,:.;?!]*[-,:.;!]? ?", ""),
    (r"\bwhat do (?:i|we) (?:need|have) to know\b(?: about (?:it|this|that))?", "describe it"),
    (r"\bfrom (?:the )?(?:start|beginning|top) to (?:the )?(?:finish|end|bottom)\b", "throughout"),
    (rf"\b(?:in )?(?:what|which) key does {IT} (?:end|finish|close)(?: in| on)?\b", "what key at the end"),
    (rf"\b(?:in )?(?:what|which) key does {IT} (?:start|begin|open)(?: in| on)?\b", "what key at the beginning"),
    (rf"\bhow (?:does|do|did|is|will) {IT} (?:end|finish|stop|close|wrap up)\b", "what happens at the end"),
    (rf"\bhow (?:does|do|did) {IT} (?:start|begin|open|kick off)\b", "what happens at the beginning"),
    (r"\bthe (?:very )?last thing (?:i|we|you|one)? ?(?:can )?hears?\b", "happens at the end"),
    (r"\bthe (?:very )?first thing (?:i|we|you|one)? ?(?:can )?hears?\b", "happens at the beginning"),
    (r"\bhow (?:low|high) and (?:how )?(?:low|high)\b", "what is the vocal range of, that is where"),
    (r"\b(?:the |its )?chord (?:is it |is there |comes |sounds |they play )?(?:right )?at the (?:very |absolute )?end\b(?! of)", "the last chord"),
    (r"\b(?:the |its )?chord (?:is it |is there |comes |sounds )?(?:right )?at the (?:very )?(?:start|beginning)\b(?! of)", "the first chord"),
    (r"\bwhat (?:does|do) (?:an? |the )?(?P<c>[a-g](?:#|b| sharp| flat)?(?:m|maj|min| major| minor)?7?)(?: chord)? (?:consist of|contain|have in it)", r"which notes are in the \g<c> chord"),
    (r"\bwhat is (?:an? |the )?(?P<c>[a-g](?:#|b| sharp| flat)?(?:m|maj|min| major| minor)?7?)(?: chord)? (?:made (?:up )?of|built of|built from)", r"which notes are in the \g<c> chord"),
    (r"\bcan (?:i|you|we|one|people) (?:run|jog|work out|exercise|cycle|spin|lift) to\b(?= (?:it|this|that|the))", "is it good for a run to"),
    (r"\b(?:four|4)[- ](?:on|to)[- ]the[- ]floor\b", "kick on every beat"),
    (r"\bwhat (?:would|does|should|will|might) (?:a|any|the) dj (?:want|need|like|have) to know\b(?: about (?:it|this|that))?", "what is the tempo and what is the camelot code and how loud is it"),
    (rf"\bhow (?:heavily |much )?(?:compressed|squashed|brick-?walled|limited) is {IT}", "what is the dynamic range"), (rf"\bis {IT} (?:over-?|heavily |very |too )?(?:compressed|squashed|brick-?walled)\b", "what is the dynamic range"),
    (r"\bwhat can (?:be|you|one|we) (?:inferred?|heard?|said|say|told|tell(?: me)?|learned?|gathered?|made out) (?:from|about|in) (?:the|this|that) (?:audio|recording|clip|music|song|track|sound|file)\b(?: clip| file)?", "describe it"),
    (rf"\bwhat makes {IT}(?: \w+)? (?:so )?(?:unique|special|stand out|different|interesting|distinctive)\b", "describe it"), (r"\bwhat would (?:a|any) (?:musician|listener|producer|teacher|critic) notice(?: first)?\b", "describe it"),
    (r"\bwhat (?:type|kind|sort) of (?:beat|rhythm|groove)\b(?! (?:machine|box))(?: does it have| does the (?:song|track|piece|music) have| is (?:it|this|that))?", "what is the time signature and what is the tempo"),
    (r"\b(?P<h>harmon(?:y|ies))(?: already)? or (?:is it )?(?:just |only )?(?:one|a single) (?:voice|singer)\b.*", r"\g<h>"),
    (r"\b(?:is|are) there (?:any )?(?:backing|background) (?:vocals|singers|voices)\b(?: or (?:vocal )?harmonies)?|\bany (?:backing|background) (?:vocals|singers)\b(?: or harmonies)?|\bvocal harmonies\b", "how many voices are there"),
    (r"\bthat a (?:[a-g](?:#|b)?m?7?) or (?:is it )?(?:an? )?(?:[a-g](?:#|b)?m?7?(?:/[a-g](?:#|b)?)?) (?=(?:at|around|about)(?: around| about)? \d+:\d\d)", "the chord "),
    (r",? and what (?:effect|impact) does (?:that|this|it) have\b(?: on (?:the )?\w+)?", ""),
    (r"\b(?:the )?notes (?:of|in) (?:the )?(?:tune|melody|vocal line|top line|lead line)\b(?! (?:as|in|to) (?:midi|a file))", "the melody"),
    (r"\b(?:play-?along|guitar|lead|song|jam) charts?\b", "chord chart"),
    (r"^(?:and |so )*(?:(?:what is |what was )?(?:your |the )?)?(?:next|second|other)[- ]best (?:guess|bet|candidate|option|choice)\b", "what else could it be"),
    (r"\b(?:is|are) there (?:an?|any) (?:long |short |big )?instrumental (?:breaks?|sections?|passages?|parts?|bits?)\b", "are there any passages without vocals"),
    (r"\bhow many beats (?:are )?(?:there )?(?=(?:in|long is) the (?:\w+ )?(?:intro|outro|verse|chorus|bridge|section|solo)\b)", "how many bars are "),
    # the words of other languages
    (r"\baccords?\b", "chord"), (r"\bpulsations?\b|\bpulses\b|\bstrokes\b", "beats"),
    (r"\b(?:for|by|in one|to the|at the) minute\b(?= |$|\?)", "per minute"),
    (r"\brhythmus\b", "rhythm"), (r"\bhow (?:much|many) (?:time )?(?:lasts?|dures?|endures?)\b|\bhow long (?:time )?(?:lasts|takes|goes|has)\b", "how long is"),
    (r"\b(?:in|at) (?:the )?(?:second|sec) (?:number )?(\d+)\b", r"at \1 seconds"),
    (r"\b(?:in|at) (?:the )?minute (\d+)\b(?!:)", r"at \1 minutes"),
    (r"\bfrom when\b|\bsince when\b", "when"), (r"\btact\b|\btakt\b|\bcompass\b", "meter"),
    # the words of people in a hurry
    (r"\bbar (?:number|no\.?|nr\.?) ?(?=\d)", "bar "), (r"\bthe begin\b", "the beginning"),
    (r"\b(?:with )?(?:how many )?beats?\b(?: \w+){1,3} (?:in (?:the|a|one)|per|every|each) minute\b", "tempo"),
    (r"(?<=name |list |give |show |tell )em\b", "them"),
    (r",? (?:would you say|do you think|do you reckon|in your opinion|i wonder|by any chance)(?= ?[?.!]*$)", ""),
    (r"\bconf\b", "confidence"), (r"\balts?\b(?! sax)", "alternatives"), (r"^(?:the )?ts\b|\bt\.s\.", "time signature"),
    (r"\bbeat ?match\b", "beatmatch"), (r"\b(?:vox|vocal|voice) onset\b", "when does the voice come in"),
    (r"\bhow (?:many|much) time\b", "how long"), (r"\brel (?=key|major|minor)", "relative "),
    (r"\bhow (?:strong|good|solid|clear|weak) is the (?:evidence|case|support) (?:for|that)\b", "how sure are you about"),
    (r"\bam i (?:right|wrong|correct)\b ?\??", ""), (r"\bit exists?\b|\bexists? there\b|\bdoes there exist\b", "is there"),
    (r"\bof tonality\b", "of key"), (r"\bthe dots\b", "the sheet music"),
    (r"\b(?:crotchets|quarters|quarter[- ]notes)\b(?= (?:are |do i count |are there )?(?:to|in|per|a|each|every)\b)", "beats"),
    # the words of theory
    (r"\b(?:tonal|pitch|key) (?:centre|center)\b", "key"), (r"\bmodal(?:ity)?\b(?= or )", "mode"),
    (r"\bhow (?:firmly|strongly|clearly|well) (?:is it |are they |is that )?established\b", "how sure"),
    (r"(?:^|\b(?:the|what are the|give me the) )changes(?= (?:for|in|of|under|over|to|during)\b)", "what are the chords"), (r"\bpulse rate\b", "tempo"), (r"\b(?:harmonic|chordal) (?:sequence|cycle|scheme|plan|skeleton|material)\b", "chord progression"),
    (r"\bsecondary dominant\w*\b|\bapplied (?:dominants?|chords?)\b", "secondary dominant chords"),
    (r"\b(1st|2nd|3rd|4th|5th) (?=chords?|beats?|bars?|measures?|tracks?|songs?|ones?\b)", lambda m: _NTH[m[1]] + " "),
    (r"\b(?:remind me|tell me again|again)[,:]? (?=what|which|how)", ""),
    (r"\bis (?:played|written|sung|performed) (?=(?:this|the|that|it)\b)", "is "),
    (rf"\bwhat {IT} (is|was) (in|called|like|named)\b", r"what \1 it \2"),
    (rf"\bhow (fast|slow|long|quick|loud) {IT} (?:is|was|goes|lasts|runs)\b", r"how \1 is it"),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern), words) for pattern, words in _PHRASES)
_ASIDE = re.compile(
    r"^(?:(?:and|so|well|oh|hi|hello|hey|there|dear|um|right|yes|no|lovely|ok),? )*(?:i (?:used|need|have|am|was|love|like|want to (?!know|hear|check)|"
    r"remember|know|do not|just|would like to (?!know|hear)|play|sing|teach|work|listen|loved|liked|learned|grew)|"
    r"we (?:are|have|need|sing|play|used|were|will)|my |our |it (?:reminds|takes|makes|brings))"
)


_TAG = (
    r",? (?:is not (?:it|this|that)|is it not|is it|right|correct|no|yes|does not it|does it not|or not"
    r"|or no|am i right|would you not say|do you not think|are not they|has not it|is not there|or what)"
)
_STATED = re.compile(
    r"^(?P<lead>(?:(?:and|so|but|well|oh|ok),? )*)"
    r"(?P<who>it|this|that|this (?:song|track|piece|one|music)|there) "
    rf"(?P<verb>is|was|has|sounds|feels|uses) (?P<what>[^?,.]+?)(?P<tag>{_TAG})? ?(?P<mark>\??)$"
)


def _inverted(text: str) -> str:
    """Return "it is quick, is it not?" and "it has drums?" as questions begin in English."""
    found = _STATED.match(text)
    if not found or not (found["tag"] or found["mark"]):
        return text
    verb, who, what = found["verb"], found["who"], found["what"]
    if verb in ("is", "was"):
        return f"{found['lead']}{verb} {who} {what}?"
    bare = {"has": "have", "sounds": "sound", "feels": "feel", "uses": "use"}[verb]
    return f"{found['lead']}does {who} {bare} {what}?"


def rephrased(text: str) -> str:
    """Return a plain question with turns of speech in their plain form."""
    for pattern, words in _COMPILED:
        text = pattern.sub(words, text)
    return _inverted(text.strip())


def is_aside(text: str) -> bool:
    """Tell a remark about the speaker, such as "I used to sing this as a child", from a question."""
    return bool(_ASIDE.match(text)) and "?" not in text
