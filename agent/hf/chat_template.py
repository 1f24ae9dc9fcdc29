"""What a model's own chat template can do, found out by trying, and a conversation written in it."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

import prompts
from agent.hf.call_format import PLAIN, Call, CallFormat, read_format

Turn = dict[str, Any]
"""A message as templates take it: role, content, and what calls need."""


class ChatTemplate:
    """The template of a tokenizer.

    Parameters
    ----------
    tokenizer : of `transformers`, with a chat template
    ends : the tokens that end a reply, as text
    """

    def __init__(self, tokenizer: Any, ends: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        self._markup = _markup(tokenizer)
        self._takes_system = self._tells([{"role": "system", "content": "zqs"}, _ASKED], "zqs")
        self._as_text = False
        self._form = self._native_form(ends)
        self._takes_results = self._form is not None and self._tells(self._with_result(), "zqr")

    @property
    def form(self) -> CallFormat:
        """How the model writes calls: as its template does, else in plain JSON."""
        return self._form or PLAIN

    @property
    def native(self) -> bool:
        """Whether the template itself tells the model of tools."""
        return self._form is not None

    def prompt(self, messages: Sequence[BaseMessage], tools: Sequence[Mapping[str, Any]]) -> str:
        """Return a conversation as the model reads it, up to where it is to speak.

        Parameters
        ----------
        tools : in OpenAI's form: ``{"type": "function", "function": {...}}``
        """
        turns = list(self._turns(messages))
        system = [turn["content"] for turn in turns if turn["role"] == "system"]
        if tools and not self.native:
            system.append(described(tools))
        turns = _merged(turn for turn in turns if turn["role"] != "system")
        if not turns or turns[0]["role"] != "user":
            turns.insert(0, {"role": "user", "content": ""})
        if system and self._takes_system:
            turns.insert(0, {"role": "system", "content": "\n\n".join(system)})
        elif system:
            turns[0]["content"] = "\n\n".join([*system, turns[0]["content"]]).strip()
        return self._render(turns, list(tools) if self.native else [], True)

    # ---- inside ---------------------------------------------------------------------------------

    def _render(self, turns: list[Turn], tools: Sequence[Mapping[str, Any]], speaks: bool) -> str:
        return str(
            self._tokenizer.apply_chat_template(
                turns,
                tools=list(tools) or None,
                add_generation_prompt=speaks,
                tokenize=False,
                enable_thinking=False,  # templates without such a switch pass over it
            )
        )

    def _tells(self, turns: list[Turn], wanted: str, tools: Sequence[Turn] = ()) -> bool:
        """Tell whether the template takes these turns, and passes on what is wanted of them."""
        try:
            return wanted in self._render(turns, tools, True)
        except Exception:  # a template raises what it likes
            return False

    def _native_form(self, ends: Sequence[str]) -> CallFormat | None:
        """Return how the template writes calls, None where it tells the model of no tools."""
        tool = {"name": "zqt", "description": "zq", "parameters": _NO_ARGUMENTS}
        if not self._tells([_ASKED], "zqt", [{"type": "function", "function": tool}]):
            return None
        for as_text in (False, True):
            form = read_format(self._render, ends, as_text)
            if form is not None:
                self._as_text = as_text
                return form
        return None

    def _with_result(self) -> list[Turn]:
        asked = self._asking([Call("zqt", {})], ["zqcall000"], "")
        return [_ASKED, asked, _result("zqt", "zqcall000", "zqr")]

    def _turns(self, messages: Sequence[BaseMessage]) -> Iterator[Turn]:
        """Yield the turns of a conversation; calls that the form can't hold together, one by one."""
        results = {m.tool_call_id: m for m in messages if isinstance(m, ToolMessage)}
        ids: dict[str, str] = {}
        for message in messages:
            text = self.defused(message.text)
            if isinstance(message, AIMessage):
                for group in _groups(message, self.form.most):
                    for call in group:  # Mistral's templates want nine letters and figures
                        ids[str(call["id"])] = f"call{len(ids):05d}"
                    calls = [Call(call["name"], call["args"]) for call in group]
                    numbers = [ids[str(call["id"])] for call in group]
                    if calls or text:
                        yield self._asking(calls, numbers, text)
                    text = ""
                    found = [results[i] for c in group if (i := str(c["id"])) in results]
                    yield from (self._answered(result, ids) for result in found)
            elif not isinstance(message, ToolMessage):
                yield {"role": "system" if message.type == "system" else "user", "content": text}

    def _asking(self, calls: Sequence[Call], numbers: Sequence[str], text: str) -> Turn:
        if not calls or not self.native:
            written = [self.form.written(calls)] if calls else []
            return {"role": "assistant", "content": "\n".join([text, *written]).strip()}
        told = [
            {
                "type": "function",
                "id": number,
                "function": {
                    "name": call.name,
                    "arguments": json.dumps(call.args) if self._as_text else call.args,
                },
            }
            for number, call in zip(numbers, calls, strict=True)
        ]
        return {"role": "assistant", "content": text, "tool_calls": told}

    def _answered(self, message: ToolMessage, ids: Mapping[str, str]) -> Turn:
        name, text = message.name or "tool", self.defused(message.text)
        if self._takes_results:
            return _result(name, ids[message.tool_call_id], text)
        return {"role": "user", "content": f"Result of {name}: {text}"}

    def defused(self, text: str) -> str:
        """Return a text without the template's own marks.

        A title may hold ``<|im_end|>``; read as a token it would end the turn and begin another.
        """
        return self._markup.sub(lambda mark: f"{mark[0][0]} {mark[0][1:]}", text)


def described(tools: Sequence[Mapping[str, Any]]) -> str:
    """Return tools as text for a model whose template knows none."""
    lines = []
    for tool in tools:
        function = tool["function"]
        schema = function.get("parameters") or {}
        required = schema.get("required") or ()
        arguments = ", ".join(
            f"{name}{'' if name in required else '?'}: {_kind(value)}"
            for name, value in (schema.get("properties") or {}).items()
        )
        lines.append(f"- {function['name']}({arguments}): {function.get('description', '')}")
    return prompts.load("json_calls", most=str(PLAIN.most), tools="\n".join(lines))


# ---- small steps --------------------------------------------------------------------------------

_ASKED: Turn = {"role": "user", "content": "zq?"}
_NO_ARGUMENTS = {"type": "object", "properties": {}}


def _result(name: str, number: str, text: str) -> Turn:
    return {"role": "tool", "name": name, "tool_call_id": number, "content": text}


def _groups(message: AIMessage, most: int) -> list[list[Any]]:
    calls = list(message.tool_calls)
    return [calls[first : first + most] for first in range(0, len(calls), most)] or [[]]


def _merged(turns: Iterable[Turn]) -> list[Turn]:
    """Return the turns with neighbours of one role as one; many templates insist on taking turns."""
    merged: list[Turn] = []
    for turn in turns:
        plain = turn["role"] != "tool" and "tool_calls" not in turn
        last = merged[-1] if merged else {}
        if plain and last.get("role") == turn["role"] and "tool_calls" not in last:
            last["content"] = f"{last['content']}\n\n{turn['content']}".strip()
        else:
            merged.append(dict(turn))
    return merged


def _kind(schema: Mapping[str, Any]) -> str:
    """Return the kind of a value in few words."""
    if "anyOf" in schema:
        kinds = [_kind(one) for one in schema["anyOf"] if one.get("type") != "null"]
        return " or ".join(kinds)
    if "enum" in schema:
        return "|".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items') or {})}"
    told = str(schema.get("type", "any"))
    return f"{told} ({schema['description']})" if "description" in schema else told


def _markup(tokenizer: Any) -> re.Pattern[str]:
    """Return what finds the tokens that structure a prompt; runs of blanks are tokens, too."""
    marks = [t for t in tokenizer.get_added_vocab() if len(t) > 2 and re.search(r"[<>|\[\]｜]", t)]
    return re.compile("|".join(map(re.escape, sorted(marks, key=len, reverse=True))) or r"(?!)")
