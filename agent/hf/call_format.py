"""How a model writes a tool call: read off its own chat template, never from a list of families.

The template is asked to render a made-up call. What stands around the call's name and its JSON
arguments is the format: ``<tool_call>`` and JSON inside it (Hermes, Qwen), bare JSON with
``parameters`` (Llama 3), ``[TOOL_CALLS] [...]`` (Mistral) and so on. A template whose calls are not
a name followed by JSON gives none; then `PLAIN` is described to the model instead.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

MOST_CALLS = 4
"""In one reply; a model that calls more is guessing."""

_TAG = re.compile(r"\s*(<[^<>\n]{1,40}>|\[[A-Z_]+\])")
_THOUGHT = re.compile(r"^\s*<think>.*?</think>\s*", re.DOTALL)
_CALL_ID = re.compile(r',\s*"id":\s*"zqcall00\d"')
_NAMES = ("zq_first", "zq_second")
_ARGS: tuple[dict[str, Any], dict[str, Any]] = ({"zq_one": "a"}, {"zq_two": "b"})

Render = Callable[[list[dict[str, Any]], list[dict[str, Any]], bool], str]
"""(messages, tools, whether the model is to speak next) -> text; raises where it is refused."""


@dataclass(frozen=True)
class Call:
    """A call as a model wrote it."""

    name: str
    args: dict[str, Any]


@dataclass(frozen=True)
class CallFormat:
    """The literal text around the names and arguments of calls.

    Parameters
    ----------
    head : before the first name
    middle : between a name and its arguments
    joint : between the arguments of a call and the name of the next
    tail : after the last arguments
    most : calls in one reply
    """

    head: str
    middle: str
    joint: str
    tail: str
    most: int = MOST_CALLS

    @property
    def tag(self) -> str:
        """What opens calls after any text; "" where only a reply's first sign can: `sign`."""
        found = _TAG.match(self.head)
        return found[1] if found else ""

    @property
    def sign(self) -> str:
        """The first sign of a reply that is calls."""
        return self.head[0]

    def begins(self, text: str) -> int:
        """Return where in a reply its calls begin, -1 where there are none."""
        if self.tag:
            return text.find(self.tag)
        blank = len(text) - len(text.lstrip())
        return blank if text[blank:].startswith(self.sign) else -1

    def calls(self, text: str) -> list[Call]:
        """Return the calls of a reply that were written to their end."""
        place, found = self.begins(text), list[Call]()
        before = self.head
        while place >= 0 and len(found) < self.most:
            opened = re.compile(rf"{_loosely(before)}([\w.-]+){_loosely(self.middle)}")
            if not (match := opened.match(text, place)):
                break
            try:
                args, place = json.JSONDecoder().raw_decode(text, match.end())
            except ValueError:  # cut off
                break
            found.append(Call(match[1], args))
            before = self.joint
        return found

    def written(self, calls: Sequence[Call]) -> str:
        """Return calls as the model would write them."""
        told = [
            f"{c.name}{self.middle}{json.dumps(c.args, ensure_ascii=False)}"
            for c in calls[: self.most]
        ]
        return self.head + self.joint.join(told) + self.tail


PLAIN = CallFormat('{"name": "', '", "arguments": ', '}\n{"name": "', "}")
"""For models whose template knows no tools: a line of JSON for each call."""


def read_format(render: Render, ends: Iterable[str], arguments_as_text: bool) -> CallFormat | None:
    """Return the format of a template's calls, None where it has none that can be held to a grammar.

    Parameters
    ----------
    ends : the tokens that end a reply
    arguments_as_text : give the template the arguments as a string of JSON
    """
    tools = [_tool(*pair) for pair in zip(_NAMES, _ARGS, strict=True)]
    asked = _rendered(render, [_QUESTION], tools, True)
    one = _rendered(render, [_QUESTION, _calling(1, arguments_as_text)], tools, False)
    if asked is None or one is None:
        return None
    single = _single(_reply(one, asked, ends))
    if single is None or not (single.tag or single.head[:1] in ("{", "[")):
        return None
    two = _rendered(render, [_QUESTION, _calling(2, arguments_as_text)], tools, False)
    if two is None:
        return single
    joint = _joint(_reply(two, asked, ends), single)
    return single if joint is None else replace(single, joint=joint, most=MOST_CALLS)


# ---- inside -------------------------------------------------------------------------------------


def _rendered(render: Render, *args: Any) -> str | None:
    """Return what a template makes of a conversation, None where it refuses it."""
    try:
        return render(*args)
    except Exception:  # a template is code of its author's, and raises what it likes
        return None


_QUESTION = {"role": "user", "content": "zq, asked?"}


def _tool(name: str, args: dict[str, Any]) -> dict[str, Any]:
    properties = {key: {"type": "string", "description": "zq"} for key in args}
    parameters = {"type": "object", "properties": properties, "required": list(args)}
    function = {"name": name, "description": "zq", "parameters": parameters}
    return {"type": "function", "function": function}


def _calling(count: int, as_text: bool) -> dict[str, Any]:
    calls = [
        {
            "type": "function",
            "id": f"zqcall00{number}",
            "function": {"name": name, "arguments": json.dumps(args) if as_text else args},
        }
        for number, (name, args) in enumerate(zip(_NAMES, _ARGS, strict=True))
    ]
    return {"role": "assistant", "content": "", "tool_calls": calls[:count]}


def _reply(rendered: str, asked: str, ends: Iterable[str]) -> str:
    """Return what the model said in a rendered conversation, up to the token that ended it.

    Only what follows the question is compared: tools are told with the last message in some.
    """
    lead = asked.rpartition(_QUESTION["content"])[2]
    lead = re.sub(r"\s*<think>\s*(</think>\s*)?$", "", lead).rstrip()
    said = rendered.rpartition(_QUESTION["content"])[2]
    shared = 0
    while shared < min(len(lead), len(said)) and lead[shared] == said[shared]:
        shared += 1
    said = said[shared:]
    stops = [place for end in ends if end and (place := said.find(end)) > 0]
    return _THOUGHT.sub("", said[: min(stops, default=len(said))]).strip()


def _single(reply: str) -> CallFormat | None:
    name = reply.find(_NAMES[0])
    span = _json_after(reply, name, _ARGS[0]) if name > 0 else None
    if span is None:
        return None
    tail = _CALL_ID.sub("", reply[span[1] :]).rstrip()
    middle = reply[name + len(_NAMES[0]) : span[0]]
    return None if "zqcall" in reply[:name] + middle + tail else _held(reply[:name], middle, tail)


def _held(head: str, middle: str, tail: str) -> CallFormat | None:
    """Return a format of one call, None where a name could not be told from what follows it."""
    return CallFormat(head, middle, "", tail, most=1) if middle.strip() else None


def _joint(reply: str, single: CallFormat) -> str | None:
    """Return what stands between two calls, None where the template loses one of them."""
    name = reply.find(_NAMES[1])
    first = _json_after(reply, 0, _ARGS[0])
    second = _json_after(reply, name, _ARGS[1]) if name > 0 else None
    if first is None or second is None or name < first[1]:
        return None
    tail = _CALL_ID.sub("", reply[second[1] :]).rstrip()
    joint = _CALL_ID.sub("", reply[first[1] : name])
    whole = tail == single.tail and reply.startswith(single.head) and "zqcall" not in joint
    return joint if whole else None


def _json_after(text: str, place: int, wanted: dict[str, Any]) -> tuple[int, int] | None:
    """Return the span of a JSON object in a text, None where it is not there as such."""
    while (place := text.find("{", place)) >= 0:
        try:
            found, end = json.JSONDecoder().raw_decode(text, place)
        except ValueError:
            found, end = None, 0
        if found == wanted:
            return place, end
        place += 1
    return None


def _loosely(literal: str) -> str:
    """Return a pattern of a literal text in which white space may differ."""
    return r"\s*" + r"\s*".join(map(re.escape, literal.split())) + r"\s*"
