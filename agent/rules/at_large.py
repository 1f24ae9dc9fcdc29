"""Questions about music at large, which no recording answers: kinds of music, who is known for them.

"What is grunge", "how does house differ from techno" and "which artist is known for reggae" name
what is measured ("genre", "artist", "reggae") and point to no recording. What `agent.rules.kinds`
knows is told and marked as general knowledge; the rest is declined as such, and never answered with
the tags of whatever happens to be open.
"""

import re
from functools import cache

from agent.rules.asks import Ask, Situation
from agent.rules.kinds import kinds, names_pattern

KIND = ("theory", "kind")
_MARKED = " (general knowledge, not measured)"
_HERE = re.compile(
    r"\b(?:it|its|this|that(?! (?:is|are|was|combines?|mix\w*|emerged|came|has|have|uses?|features?|incorporates?|blends?|originated|started|began)\b)|these|those|here|there|#\d|he|she|they|them|my|mine|our|ours|we|us|"
    r"(?:the|both|each|all|two|any|some|similar|other) (?:\w+ )?(?:songs?|tracks?|tunes?|pieces?|recordings?|audio|clips?|files?|music|soundtrack|library|collection|chorus|verse|bridge|intro|outro|second|first|last|one|singers?|vocals?|voice)"
    r"|find|search|play|playlist|write|compose|generate|make me|turn|convert|sort|songs|tracks|library|sounds? like (?:to you|a)|you hear|i hear|do you have|have you got)\b"
)
"""Words of a recording, of the library, or of an order."""
_LEAD = r"^(?:(?:and|so|ok|okay|by the way|btw|hey|hi|please|well|also|now|then|oh|hm+|just curious|can you|could you|would you|do you know|tell me|explain(?: to me)?|i wonder|quick question|in general|generally)[ ,:]+)*"
_A_COUNTRY = re.compile(r"\b(?:which|what|whose|the|a|home|same|from) country\b(?! music\b)")
"""Where "country" is no music: "which country is she from"."""
_MUSIC = r"(?: (?:music|style|genre|song|sound|scene|movement))?"
_MARK = r"[\"']?"
_OTHERS = re.compile(
    r"\b(?:who|whom|(?:which|what|name|famous|known|notable|popular|well-known|important|influential|big\w*|great\w*|best|some|any|list(?: of)?|examples? of)\b.{0,24}\b(?:artists?|bands?|musicians?|singers?|groups?|composers?|producers?|acts?|djs?|rappers?|pioneers?|performers?))\b"
)
_PLAYED_ON = re.compile(
    r"\b(?:which|what|name|list)\b.{0,24}\binstruments?\b|\binstruments? (?:is|are|do|does)\b"
)
_APART = re.compile(
    r"\b(?:differ\w*|distinguish\w*|compared? (?:to|with)|versus|vs\.?|apart from)\b"
)
_HABIT = r"(?:typical\w*|usual\w*|common\w*|often|generally|traditional\w*|normally|mostly|known for|associated with|characteri[sz]ed by|define[sd]?|famous for)"
_OF_THE_WORLD = re.compile(
    r"\b(?:what|which|who|name|how)\b.*(?:\b(?:associated with|known (?:for|as)|characteri[sz]ed by|(?:is|are|was) (?:the )?(?:term|word|name)\b.{0,30}\b(?:for|of)|(?:describe[sd]?|represented|meant) by the (?:list of )?(?:tags?|words?)|emerged|originate[sd]?|invent(?:ed|or)|combines?|is (?:often|commonly|typically|usually|generally) used|are (?:often|commonly|typically|usually|generally) used|commonly used|typically used|refers? to)\b)"
    r"|^(?:what|which) (?:is|are|was|were) the (?:history|role|purpose|origins?|roots|inspiration|function|meaning|importance|influence|characteristics?|definition) (?:of|behind) (?!a\b|the\b|an\b)"
)
"""Ways to ask what is so of music as such."""
_INVENTED = re.compile(
    r"\b(?:did|was it|who|when was|where was)\b.{0,24}\binvent(?:ed|s)?\b|\bhow (?:has|have|did|does) .{3,30}\binfluence[ds]?\b.{0,40}\b(?:genres?|music|styles?|artists?|bands?)\b"
)
_OF_MUSIC = re.compile(
    r"\b(?:music\w*|genres?|styles?|instruments?|artists?|bands?|singers?|songs?|albums?|rock|tags?|term|drums?|guitars?|bass|synth\w*|melod\w+|rhythms?|composers?)\b"
)


def find(text: str, situation: Situation) -> Ask | None:
    """Return what a plain question asks of music at large, None where it points to a recording."""
    of_music = _A_COUNTRY.sub(" ", text)
    named = list(dict.fromkeys(kinds()[m.group()].name for m in _named().finditer(of_music)))
    if again := _again(text, named, situation):
        return again
    if _HERE.search(text):
        return None
    if len(named) > 1 and _APART.search(text):
        return Ask(*KIND, value=f"{named[0]} and {named[1]}")
    if named and (aspect := _told_of(text)):
        return Ask(*KIND, value=f"{named[0]}: {aspect}")
    if named and re.search(
        r"\b(?:connection|relation(?:ship)?|link|element|influence|role|function|purpose|importance)s?\b",
        text,
    ):
        return Ask("decline", "at large")
    if _INVENTED.search(text) or (_OF_THE_WORLD.search(text) and _OF_MUSIC.search(text)):
        return Ask("decline", "at large")
    return None


def answer(value: str) -> str:
    """Return what is known of a kind of music, as `find` wrote it in the value of its ask."""
    name, _, aspect = value.partition(": ")
    both = name.split(" and ") if not aspect else []
    if len(both) == 2 and all(n.casefold() in kinds() for n in both):
        return " ".join(f"{kinds()[n.casefold()].text}{_MARKED}." for n in both)
    kind = kinds()[name.casefold()]
    if aspect == "artists":
        return f"{kind.known_for}{_MARKED}."
    if aspect == "instruments":
        return f"{kind.played_on}{_MARKED}."
    return f"{kind.text}{_MARKED}."


# ---- inside -------------------------------------------------------------------------------------


@cache
def _named() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{names_pattern()})(?![\w-])")


def _told_of(text: str) -> str:
    """Return what a question wants to know of the kind it names, "" where it asks something else."""
    a_kind = rf"{_MARK}(?:{names_pattern()}){_MARK}{_MUSIC}"
    if _OTHERS.search(text) and not re.search(r"\binvented\b", text):
        return "artists"
    if _PLAYED_ON.search(text) and re.search(
        rf"\b{_HABIT}\b|\b(?:in|of|for|to) {a_kind}[ ?.!]*$", text
    ):
        return "instruments"
    asked = (
        rf"{_LEAD}(?:what|how|who) (?:is|are|was|were|exactly is)(?: meant by)?(?: an?)? {a_kind}(?: exactly| anyway| actually| like)?[ ?.!]*$",
        rf"{_LEAD}(?:what|which) (?:kind|type|sort|style|genre)s? (?:of music )?(?:is|are) {a_kind}[ ?.!]*$",
        rf"{_LEAD}what (?:does|do) (?:the (?:word|term) )?{a_kind} (?:sound like|mean|stand for|refer to)\b",
        rf"{_LEAD}(?:something |more |a (?:bit|little) |all )?about {a_kind}[ ?.!]*$",
        rf"{_LEAD}(?:define|describe|what about|how about|explain) {a_kind}[ ?.!]*$",
        rf"\b(?:what|which) (?:makes?|defines?|distinguish\w*|characteri[sz]es|is special about|is typical (?:of|for)|sets)\b.*\b{a_kind}",
        rf"\b(?:characteristics?|features?|traits?|hallmarks?|(?:main|key|typical|defining|important|basic) elements?|definition|meaning|history|origins?|roots|purpose|inspiration|role|influences?|essence|idea|ingredients|rules) (?:of|behind|in|for) (?:the )?{a_kind}",
        rf"\b(?:where|when) (?:does|do|did|was|were|is)\b.{{0,12}}{a_kind} (?:come|start\w*|begin|born|invented|emerge|originate|develop\w*|popular|from|created|big)",
        rf"\bhow (?:does|do|did|is) {a_kind} (?:differ\w*|sound|come|start|begin|develop|made|work|emerge)",
    )
    return "about" if any(re.search(pattern, text) for pattern in asked) else ""


def _again(text: str, named: list[str], situation: Situation) -> Ask | None:
    """Return a kind asked for after another: "what is house?" and then "and techno?"."""
    last = situation.asks[-1] if situation.asks else None
    if last is None or (last.topic, last.aspect) != KIND or len(named) != 1:
        return None
    bare = re.match(
        rf"^(?:(?:and|or|what about|how about|then|ok|so) )+(?:{names_pattern()})[ ?.!]*$", text
    )
    aspect = last.value.partition(": ")[2] or "about"
    return Ask(*KIND, value=f"{named[0]}: {aspect}") if bare else None
