"""Orders that change the playlist that was just made: "shorter, three songs", "without the jazz"."""

import re
from typing import Any

from agent.rules.asks import Finding, Situation
from agent.rules.library_words import playlist_args
from agent.rules.references import find_reference
from agent.rules.wording import NUMBERS, plain

_SMALL = "|".join(sorted(NUMBERS, key=len, reverse=True))
_N = rf"(?:\d{{1,3}}|{_SMALL})"
_LEAD = r"(?:(?:and|but|ok|okay|now|then|no|please|maybe|actually|can you|could you|make it|make that|let us make it|i want it|i'd like it|a (?:bit|little|lot)|much|only|just|with|it should be|something|of|to)[, ]+)*"
_CHANGE = re.compile(
    rf"^{_LEAD}(?:(?P<shorter>shorter|fewer|less)|(?P<longer>longer|more|bigger)|slower|faster|calmer|livelier|mellower|happier|sadder|darker|softer|louder|harder|chiller|more \w+|less \w+"
    rf"|{_N} (?:songs|tracks|tunes|pieces|minutes?|mins?|hours?)|(?:without|no|not so much) (?:the |any )?[\w-]+|start(?:ing)? (?:at|with|from) .+|end(?:ing)? (?:at|with|on) .+"
    rf"|(?:build|wind|calm|warm|cool)\w*(?: it)? (?:up|down))(?P<rest>(?: (?:songs|tracks|one|ones|list|please|then|instead|though|in all|in total|this time|at the (?:start|end)))*(?:[, ]+(?:and |with |just |only |maybe )?{_N} (?:songs|tracks|tunes|pieces|minutes?|mins?|hours?))?)[ ?.!]*$"
)
_COUNT = re.compile(rf"\b(?P<n>{_N}) (?:songs|tracks|tunes|pieces)\b")
_LENGTHS = re.compile(
    rf"\b(?:shorter|longer|fewer|bigger|make it|make that|(?:{_N}) (?:songs|tracks|tunes|pieces|minutes?|mins?|hours?)|please|instead|then|though|maybe|ok|but|now|no(?=,)|can you|could you|a (?:bit|little|lot)|much|just|only)\b"
)
_ENDS = {
    "start": re.compile(r"\b(?:and )?(?:start|begin|open)(?:ing|s)? (?:it )?(?:with|from|on) (?P<what>.+?)(?= and end|[?.!]*$)"),
    "end": re.compile(r"\b(?:and )?(?:end|finish|clos)(?:e|ing|s)? (?:it )?(?:with|on) (?P<what>.+?)(?=[?.!]*$)"),
}  # fmt: skip
SHORTER, LONGER = 0.6, 1.5


def changes(text: str, situation: Situation) -> bool:
    """Tell whether a plain question changes the playlist that the last one asked for."""
    last = situation.did[-1].topic if situation.did else ""
    return last == "playlist" and _made(situation) is not None and _CHANGE.match(text) is not None


def changed(words: str, situation: Situation) -> dict[str, Any]:
    """Return the arguments of the last playlist with what the words change of them."""
    made = _made(situation)
    if made is None:
        return playlist_args(words, situation)
    text = plain(words)
    args: dict[str, Any] = dict(made.args)
    new = playlist_args(words, situation)
    for name, pattern in _ENDS.items():
        found = pattern.search(text)
        handles = find_reference(found["what"], situation).handles if found else ()
        if found and handles:
            args[name] = handles[0]
            text = f"{text[: found.start()]} {text[found.end() :]}"
    left = " ".join(re.sub(r"[,;]", " ", _LENGTHS.sub(" ", text)).split()).strip(" .?!")
    args["goal"] = f"{args.get('goal', 'playlist')} {left}".strip()
    args |= {name: value for name, value in new.items() if name != "goal"}
    if found := _COUNT.search(text):
        args["count"] = int(NUMBERS.get(found["n"]) or found["n"])
        args.pop("minutes", None) if "minutes" not in new else None
        return args
    way = _CHANGE.match(text)
    factor = SHORTER if way and way["shorter"] else LONGER if way and way["longer"] else 0.0
    if factor and "minutes" not in new:
        args.pop("count", None)
        args["minutes"] = round(float(made.data.get("minutes") or 30.0) * factor, 1)
    return args


def _made(situation: Situation) -> Finding | None:
    """Return the playlist that was made last, None where that failed."""
    made = [f for f in situation.earlier if f.tool == "playlist"]
    return made[-1] if made and not made[-1].error else None
