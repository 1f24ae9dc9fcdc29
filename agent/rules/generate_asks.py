"""Requests for new music: what is to be made, from which track, in which words.

They are read as the head that the trained model knows, ``unsupported.generation``, from before
music could be made; where the tools are there, `done` makes it the topic ``generate``. Its aspect is
the tool: ``generate``, ``continue_track``, ``variation`` or ``accompany``; its value is what was said.
What is asked of a piece then is another aspect (`agent.rules.made_asks`).
"""

import math
import re
from collections.abc import Iterable

from agent.rules import generate_words as words
from agent.rules import made_asks
from agent.rules.asks import Ask, Call, Finding, Situation
from agent.rules.generate_words import TOOLS
from agent.rules.references import Reference, default_tracks, find_reference
from agent.rules.section_words import section_span
from agent.rules.times import find_span
from agent.rules.wording import plain

__all__ = ["TOOLS", "calls", "done", "wanted"]

COMPARED = ("tempo", "key", "meter", "instruments")
"""In what a piece is held against the track that it was made from."""
_SET = re.compile(r"\b(?:sets?|play ?lists?|songs|tracks|mix(?:es)?)\b")
_TAKEN_APART = re.compile(
    r"\b(?:drum|bass|guitar|vocal|voice)-?less\b|\b(?:version|mix) (?:without|minus|with no)\b|\bno (?:drums|bass|vocals?|voice) (?:version|mix)\b"
)
_SPED = re.compile(r"\b(?:speed|practi[sc]e|practicing)\b|\d ?%")
READ_AS = ("unsupported", "generation")


def done(asks: Iterable[Ask], question: str, situation: Situation) -> tuple[Ask, ...]:
    """Return asks with a request for new music made what the tools can do.

    A request that says so in so many words is one, whatever else was read in it.
    """
    asks = tuple(asks)
    if "generate" not in situation.tools:
        return asks
    text = plain(question)
    if about := made_asks.find(question, situation):
        return (about,)
    if words.NOT.search(text) or words.ASKS_ON.search(text):
        return asks
    if any((a.topic, a.aspect) == ("unsupported", "edit") for a in asks) and _SPED.search(text):
        return asks  # to play a part of it slowly, which makes nothing new
    read = any((ask.topic, ask.aspect) == READ_AS for ask in asks)
    if any(
        (a.topic, a.aspect) == ("unsupported", "playlist") or a.topic == "playlist" for a in asks
    ) and _SET.search(text):
        return asks  # a set of tracks there are, not new ones
    made = made_asks.just_made(situation)
    if not made and any(a.topic == "stems" for a in asks) and _TAKEN_APART.search(text):
        return asks  # "a drumless version" is there already, in the recording
    if made and words.AGAIN.match(text):
        return (_again(made),)
    tool = _tool(text, read)
    if made and words.ON.match(text):
        tool = "variation"
    elif made and words.KEEP.match(text):
        tool = "continue_track"
    if not tool:
        return asks
    named = find_reference(text, situation)
    if named.kind == "missing" and (tool != "generate" or words.LIKE.search(text)):
        return (Ask("tracks", "missing", value=named.missing),)
    tracks = _tracks(text, tool, named, situation)
    span = None
    if tool == "accompany":
        span = section_span(re.sub(r"\b(?:an?|some) (?:\w+ )?solo\b", "tune", text))[0]
    if span is None and tool in ("accompany", "continue_track") and words.FROM.search(text):
        span = section_span(text)[0] or find_span(text)[0]
    said = (
        ""
        if words.KEEP.match(text)
        else wanted(question)
        or ("" if tool in ("continue_track", "accompany") else question.strip())
    )
    return (Ask("generate", tool, tracks, span, said),)


def wanted(question: str) -> str:
    """Return what a request says of the music itself: without the order, and the track it names."""
    text = " ".join(words.LEFT_OUT.sub(" ", " ".join(question.split())).split())
    text = words.ORDERED.sub("", text, count=1)
    text = re.sub(r"[?!. ]+$", "", words.NAMED.sub("", text)).strip(" ,")
    text = re.sub(r"\b(?:sth|smth|summat)\b", "something", text)
    return re.sub(r"\s+(,|$)|(?<=\s)\s+", r"\1", text)


def calls(ask: Ask, situation: Situation) -> tuple[Call, ...]:
    """Return the call that a request for new music is; none where a track is missing."""
    if ask.aspect == "changed" and len(ask.tracks) > 1 and "compare" in situation.tools:
        return (Call("compare", {"tracks": list(ask.tracks), "in_what": list(COMPARED)}),)
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
    if ask.span is not None and ask.span.unit in ("seconds", "fraction"):
        track = situation.track(ask.tracks[0])
        start, end = ask.span.resolve(track.duration if track else None)
        if ask.aspect == "accompany":
            args |= {"start": start} | ({} if end is None or math.isinf(end) else {"end": end})
        else:  # a section is kept to its end, and what follows is new
            args["from_time"] = end if ask.span.words and end is not None else start
    return (Call(ask.aspect, args),)


# ---- inside -------------------------------------------------------------------------------------


def _again(made: Finding) -> Ask:
    """Return the order that a piece came from, once more."""
    args = {name: str(value) for name, value in made.args.items()}
    source = args.get("track") or args.get("like")
    said = args.get("description") or args.get("what") or ""
    return Ask("generate", made.tool, (source,) if source else (), value=said)


def _tool(text: str, read: bool) -> str:
    """Return which tool words ask for, empty where they ask for none.

    `read` tells whether something of the kind was read in them already.
    """
    new = words.NEW.search(text)
    if words.SOUND.search(text) and not new and not re.search(r"\b(?:variation|version)\b", text):
        return ""
    ordered = read or re.match(rf"{words.ORDER}{words.MAKES}\b", text)
    along = words.ACCOMPANY.search(text) and (ordered or new or words.PLAYS_ALONG.match(text))
    if along or words.PART_ASKED.match(text):
        return "accompany"
    if words.CONTINUE.search(text) and (ordered or words.GOES_ON.match(text)):
        return "continue_track"
    if (
        words.VARIATION.search(text)
        and words.ABOUT.search(text)
        and (ordered or words.CHANGES.match(text))
    ):
        return "variation"
    return "generate" if new else ""


def _tracks(text: str, tool: str, named: Reference, situation: Situation) -> tuple[str, ...]:
    """Return the track that new music leans on; none where it is to be all new."""
    if tool == "generate" and not words.LIKE.search(text):
        return ()
    if named.handles and named.kind != "all":
        return named.handles[:1]
    if tool != "generate" or words.LIKE_IT.search(text):
        return default_tracks(situation)[:1]
    return ()
