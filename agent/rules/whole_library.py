"""Whether a question is asked of the whole library, and not of the tracks that happen to be open.

Where the user opened tracks, words must say so: "my songs", "anything with". Where none is open, or a
search alone numbered some hits, a question of many tracks is of the library: "the slow ones".
"""

import re
from collections.abc import Mapping
from typing import Any

from agent.rules.asks import Finding, Situation
from agent.rules.lexicon import find_labels
from agent.rules.library_said import labels
from agent.rules.references import Reference

LISTS = ("search_library", "similar_to", "playlist")
"""Tools that list tracks, the first of which "the first one" is afterwards."""
_NOUNS = r"(?:songs|tracks|tunes|pieces|recordings|numbers|titles|records|files|cuts)"
_STORE = r"(?:library|collection|archive|catalogue|catalog|database|memory)"
MINE = re.compile(
    rf"\b(?:my|our)(?: (?!one\b)[\w'-]+){{0,3}}? (?:{_STORE}|{_NOUNS}|music|stuff|ones)\b"
    rf"|\b(?:in|across|of|from|through|throughout|over) (?:the |your )?(?:whole |entire )?{_STORE}\b"
    r"|\b(?:have|had|did) i got\b|\b(?:do|did) i (?:have|own|keep)\b|\bi(?: have|'ve)(?: got)?(?= *(?:$|[?.!,]|in|that|which|here|so far))"
    r"|\b(?:everything|anything|all(?: that)?) (?:that )?i(?: have|'ve)?(?: got| own| keep)?\b"
    r"|^(?:so |and |ok |well )*(?:got|have you got|do you have|have we got|do we have) (?:any|some|anything)\b"
    rf"|^(?:(?:find|show|list|give|get|search for|any|all|me) )*{_NOUNS} (?:with|in|at|that|which|under|over|by|between|around|without)\b(?! (?:it|this|that|here)\b)"
    r"|\bwhat else (?:is|do|have|has|sounds|uses?)\b"
    rf"|\bacross (?:everything|the board|the lot|all)\b|\b(?:library|collection)[- ](?:stats|statistics|wide|summary|overview)\b|\ball (?:the|of the) (?:music|{_NOUNS}) (?:here|in here|in there)\b"
)
"""Words that say whose tracks are meant: all of them."""
_ANY = re.compile(
    rf"\banything\b(?! (?:else|special|unusual|interesting|wrong|odd|about|happen\w*|change\w*|in (?:it|this|that)))|\bevery(?:thing| (?:song|track|tune|piece))\b"
    rf"|\b(?:any|which|what|some|all(?: the| of the)?) (?:other )?(?:[\w-]+ )?{_NOUNS}\b|\bthe (?:ones|{_NOUNS}) (?:with|in|that|which|without|by|from|under|over|at|around)\b"
    rf"|^(?:[\w-]+ ){{1,3}}{_NOUNS}\b(?!'| (?:is|are|do|have|sound)\b)|^(?:[\w-]+ )?ones\b|\ball the stuff\b"
)
"""Words that speak of tracks of a kind, wherever they are."""
_MANY = re.compile(
    rf"\b(?:anything|something|everything|none|{_NOUNS}|ones|stuff|things|music|the lot|these|those|them|library|collection|bunch)\b"
    r"|\bwhich (?:one |ones |of (?:them|these|those) |three |two |\d )?(?:is|are|has|have|had|do|does|did|was|were|uses?|goes?|go|got|features?)\b"
    r"|\bhow many\b|\bin (?:here|there)\b"
    r"|\b(?:the|an?|my) (?:\w+ )?\w+(?:est|iest) (?:one|song|track|tune|piece|thing)\b"
)
_THERE = re.compile(r"\b(?:is|are) there (?:any|an?|some|more)\b|\bgot (?:any|some|an?)\b|^any\b")
"""Words that speak of many tracks, if no track is spoken of."""
_ONE = re.compile(
    r"\b(?:it|its|itself|he|she|his|her)\b|\b(?:this|that) (?:one|song|track|tune|piece|recording|file|number|part|bit|section)\b"
    r"|^(?:so |and |well )*(?:is|does|was|has|did|can|could|would|will) (?:this|that)\b|\bof this\b|\bthis(?= *(?:$|[?.!,]))|#\d"
)
_INSIDE = re.compile(
    r"\b(?:chords?|notes?|bars?|beats|sections?|verses?|chorus\w*|bridges?|solos?|intros?|outros?|instruments?|drums?|voices?|lyrics|words) (?:are|is|do|does|in (?:it|this|that))\b|\b(?:at|from|to|until|till|after|before) \d{1,2}:\d\d\b"
    r"|\bhow many (?:\w+ )?(?:chords?|notes?|bars?|beats?|sections?|verses?|chorus\w*|bridges?|solos?|instruments?|voices?|singers?|people|parts?|times|keys?|seconds|semitones|sharps|flats|words)\b"
)
_MEANS = re.compile(
    r"^(?:so |and |ok )*(?:what (?:is|are|does|do) (?:an? |the )?(?!(?:an? |the )?(?:good|nice|decent|suitable|in|on|here|my|our|most|average|mean\b|median|total|\w+(?:est|iest)|keys?|genres?|styles?|moods?)\b)[\w -]{2,40}(?: mean\w*)?\W*$|define|explain|how (?:do|can|would|should) (?:i|you|we)|why\b|who\b|what year|where was|when was)"
)
"""Questions for a meaning, a method, a reason or a person."""
_FELT = re.compile(
    r"(?:^|\b)(?:[\w-]+ )+(?:vibes?|feels?|feeling|atmosphere|mood|music)(?: please)?\W*$"
)
EVERYTHING = re.compile(
    r"^(?:so |and |ok |now |then |please |well )*(?:what (?:is|are|have (?:you|we|i)|do (?:you|we|i) have)(?: there)?(?: got| all)? (?:in|on) (?:here|there)(?: then| now)?"
    rf"|(?:give|show|list|tell|read|play)(?: me| us| out)*(?: me)? (?:the (?:whole )?lot|everything|them all|all of (?:them|it)|all (?:the |my |your )?(?:{_NOUNS}|titles)|every(?:thing| (?:song|track|title|single one))|(?:my|our|your) (?:{_NOUNS}|titles|music))(?: (?:you|we|i)(?: have)?(?: got)?| there is| in (?:here|there|it)| that is in)*"
    r"|(?:show|tell|give)(?: me| us)? what(?: all)? (?:you|i|we)(?: have|'ve)?(?: got| there)?"
    r"|(?:the lot|(?:list|name|show)(?: me)? (?:them|all|everything)(?: all)?)|(?:the |a )?(?:full|complete|whole|entire) (?:list|inventory|catalogue|track ?list)"
    r"|what (?:have (?:i|we|you) got|(?:do|did) (?:i|we|you) have)(?: to (?:choose|pick) from)?)(?: (?:then|please|now|so far))*\W*$"
)
"""Questions for all there is."""
BEYOND = re.compile(
    r"\bwhen (?:was|is) (?:my|the|your) (?:library|collection) (?:last )?(?:updated|changed|made|built|added to)\b|"
    r"\bwhen did (?:i|we) (?:last )?(?:add|open|save|hear|listen|play|put)\b|\b(?:lately|recently (?:added|opened|played|heard)|(?:added|opened|played|heard) (?:recently|lately)|last (?:week|month|year)|yesterday|most played|play counts?)\b"
    r"|\b(?:use[sd]?|with|has|have|contain\w*) (?:the |an? )?(?:chord [a-g](?:#|b)?m?(?:aj)?7?|[a-g](?:#|b)?m?(?:aj)?7? chord)\b"
    r"|\b(?:most|fewest|more|least) (?:\w+ )?(?:different |distinct )?(?:chords|sections|key changes|instruments|notes)\b|\b(?:longest|shortest) (?:intro|outro|solo|verse|chorus|bridge|ending|build)\w*\b"
    r"|\b(?:chorus|hook|refrain|verse|riff)\b.*\b(?:\d|three|two|four|five|several|many) times\b|\bany two\b|\bpairs?\b|\b(?:which|what) (?:two|three|four|five|\d) (?:are|sound|is)\b"
    r"|\b(?:start\w*|open\w*|begin\w*)\b.{0,24}\b(?:and|then|but) (?:end|finish|close)\w*\b|\b(?:fade|build)s? (?:in|out|up)\b|\b(?:(?:chang\w+|switch\w*) (?:the )?keys?|key changes?|modulat\w+|different key (?:from|to|than))\b"
    r"|\b(?:big|strong|soft|quiet|huge|abrupt) (?:finish|ending|end|finale|start|opening)\b|\b(?:sort|order|rank|arrange)\w* .*\bby (?:energy|popularity|quality|difficulty|rating)\b|\b(?:diminished|augmented|suspended|seventh|sus[24]?|dim|aug) chords?\b"
)
"""What a search has no filter for: what goes on inside tracks, and pairs of them."""


DELETES = re.compile(
    r"^\W*(?:(?:please|ok|now|and|then|(?:can|could|would|will) you(?: please)?|i want (?:you )?to|let us)[, ]+)*(?:delete|erase|trash|bin|wipe|destroy|get rid of|throw (?:away|out)|remove|kick out|discard)\b(?! (?:the |all |its )?(?:vocals?|voice|drums?|bass|silence|noise|singer|guitar|piano|lead|hiss|background|reverb|instruments?|intro|outro|note|last note|beat|first|clicks?)\b(?! (?:one|track|song)\b))"
    r"(?=.*\b(?:tracks?|songs?|tunes?|pieces?|recordings?|files?|one|ones|them|all|everything|duplicates|from (?:the |my |your )?(?:disk|drive|library|collection|memory|computer))\b|.*#\d)"
)
"""Orders to delete files, or to take tracks out of the library."""


_PACE = re.compile(r"\b(?:fast|slow|quick|up-?tempo|mid-?tempo|loud|quiet|short|long)\b")
"""What is searched for by words that name no kind of sound."""
_PLAINLY = frozenset(("order", "voice", "mode", "key", "meter", "bpm_min", "bpm_max", "duration_min", "duration_max"))  # fmt: skip
_WISHES = re.compile(
    r"^(?:(?:and|or|ok|so|now|but|then|what about|how about|maybe|no|,) ?)*(?:(?:find|show|give|get|play)(?: me| us)? )?(?:something|anything|any|some|a few|got any|got some|one (?:that|with|in)|the \w+(?:est|iest)|what(?: is| would be| makes)? an? (?:good|nice|decent|suitable|proper) (?:opener|closer|starter|song|track|tune|one|ending|first|last))\b"
)


_OF_THOSE = re.compile(
    r"^(?:(?:and|so|ok|but|now) )*(?:which|what|any|are any|is any|do any)(?: (?:ones|one))? of (?:those|them|these|the (?:above|lot|results|hits))\b"
)


def among(text: str, situation: Situation) -> Finding | None:
    """Return the search of whose hits a plain question asks again: "which of those are minor"."""
    lists = [f for f in situation.earlier if f.tool in LISTS and not f.error]
    if not lists or lists[-1].tool != "search_library" or not _OF_THOSE.match(text):
        return None
    return lists[-1] if lists[-1].args and not lists[-1].args.get("order") else None


def unowned(situation: Situation) -> bool:
    """Tell whether no open track was opened by the user: none is open, or a search numbered them all."""
    found: set[str] = set()
    opened: set[str] = set()
    for finding in situation.earlier:
        if finding.tool in LISTS:
            rows = finding.data.get("hits") or finding.data.get("tracks") or ()
            found |= {str(row.get("handle")) for row in rows}
        elif finding.tool == "listen":
            opened |= {str(row.get("handle")) for row in finding.data.get("tracks") or ()}
    return all(t.handle in found and t.handle not in opened for t in situation.tracks)


def focused(situation: Situation) -> bool:
    """Tell whether the last question was about one track, of which the next may be, too."""
    last = situation.asks[-1].topic if situation.asks else ""
    return bool(situation.tracks and situation.focus) and last not in ("", "recall", "library")


def of_all(
    text: str, reference: Reference, wanted: Mapping[str, Any], situation: Situation
) -> bool:
    """Tell whether a plain question is asked of the whole library, by filters or by kinds of sound.

    Parameters
    ----------
    wanted : the typed filters that it says, and the text that is left
    """
    if "search_library" not in situation.tools or _MEANS.match(text) or _DEED.match(text):
        return False
    if _ONE.search(re.sub(r"\bits (?:relative|parallel)\b", "", text)):
        return False
    if reference.kind in ("named", "other", "missing"):
        return False
    free, mine = unowned(situation), MINE.search(text) is not None
    if EVERYTHING.match(text):
        return free or mine or re.search(_NOUNS, text) is not None
    beyond = BEYOND.search(text) is not None
    if beyond or _INSIDE.search(text):
        return beyond and (free or mine) and not _of_the_last(text, situation)
    typed = set(wanted) - {"text", "in_sections", "limit"}
    says = bool(typed or labels(text) or _PACE.search(text))
    if mine:
        return says or (free and bool(wanted))
    if not free:
        alone = len(situation.tracks) < 2
        named = find_labels(text, "moods") or find_labels(text, "genres")
        return alone and bool(typed or named) and _ANY.search(text) is not None
    if _of_the_last(text, situation):
        return False
    if not focused(situation) and (typed & _PLAINLY or _WISHES.match(text)) and says:
        return True
    many = _MANY.search(text) or (not focused(situation) and _THERE.search(text))
    if says and (many or _ANY.search(text)):
        return True
    if _ANY.search(text) and "text" in wanted:
        return True
    return (says or _FELT.search(text) is not None) and _is_wish(text, typed, situation)


def _of_the_last(text: str, situation: Situation) -> bool:
    """Tell whether "these" are the few hits of the last search."""
    if not re.search(r"\b(?:these|those|them|the (?:two|three|four|five)|both of)\b", text):
        return False
    lists = [f for f in situation.earlier if f.tool in LISTS and not f.error]
    return bool(situation.tracks and lists and not lists[-1].data.get("everything"))


_DEED = re.compile(
    r"(?:please |now |and |(?:can|could|would) you )*(?:remove|mute|isolate|extract|separate|split|transcribe|export|save|convert|transpose|write|generate|compose|delete|cut|change|turn|add|play|loop|take)\b"
)


def _is_wish(text: str, typed: set[str], situation: Situation) -> bool:
    """Tell whether words that name no tracks wish for some: "guitar but not classical, over 100"."""
    if re.match(r"(?:is|are|does|do|did|what|how|where|when|who|can|could|which|has|have)\b", text):
        return False
    last = situation.asks[-1].topic if situation.asks else ""
    return not situation.tracks or last == "recall" or len(typed) > 1
