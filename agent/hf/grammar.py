"""The grammar of a reply (llguidance's Lark): text, or calls that the tools' schemas allow.

Every value has an end: a string 200 letters, a number six digits and three behind the point, a list
eight items. A grammar that merely follows JSON lets a model write digits until it is cut off.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from agent.hf.call_format import CallFormat
from agent.hf.speech import THINK, THOUGHT

Thinking = Literal["no", "may", "does"]

LONGEST_TEXT, LONGEST_LIST = 200, 8

HANDLE = "track"
"""The argument that holds the handle of a track, in every tool that takes one."""

_TERMINALS = r"""
BLANK: /\s{0,2}/
THINKING: /(?s:.*)/
HANDLE: /"#[0-9]{1,3}(\.[a-z]{1,20})?"/
NUMBER: /-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,3})?/
INTEGER: /-?(0|[1-9][0-9]{0,5})/
STRING: /"(\\["\\\/bfnrt]|[^"\\\x00-\x1F\x7F]){0,LONGEST}"/
""".replace("LONGEST", str(LONGEST_TEXT))
_SIMPLE = {
    "string": "STRING",
    "number": "NUMBER",
    "integer": "INTEGER",
    "boolean": '("true" | "false")',
    "null": '"null"',
}
_LIMITS = frozenset(
    {
        *("pattern", "format", "minLength", "maxLength", "minimum", "maximum", "multipleOf"),
        *("exclusiveMinimum", "exclusiveMaximum", "$ref", "allOf", "not", "patternProperties"),
        *("minItems", "maxItems", "uniqueItems", "prefixItems", "contains", "minProperties"),
    }
)
"""What a schema may ask that is left to llguidance's own reading of it."""


def reply_grammar(
    form: CallFormat,
    tools: Sequence[Mapping[str, Any]],
    specials: Mapping[str, int],
    must_call: bool = False,
    thinking: Thinking = "no",
) -> str:
    """Return the grammar of a reply.

    Parameters
    ----------
    tools : name and JSON schema of each, as OpenAI's ``function`` has them
    specials : the tokens that llguidance keeps apart from text, by their text
    must_call : no reply but calls
    thinking : whether the model ``"may"`` begin with a thought, or ``"does"`` think already
    """
    rules = _Rules(lambda text: _literal(text, specials))
    names = [
        rules.add("call", f"{rules.literal(t['name'])} {rules.literal(form.middle)} {args}")
        for t in tools
        for args in [rules.arguments(t.get("parameters") or {})]
    ]
    rules.named("call", " | ".join(names))
    joint = f" ({rules.literal(form.joint)} call){{0,{form.most - 1}}}" if form.most > 1 else ""
    tail = f" {rules.literal(form.tail)}" if form.tail else ""
    body = _opening(rules, form, specials, must_call, f"call{joint}{tail}")
    if thinking != "no" and {THINK, THOUGHT} <= specials.keys():
        rest = f"THINKING {rules.literal(THOUGHT)}"
        thought = rest if thinking == "does" else f"({rules.literal(THINK)} {rest})?"
        body = f"{thought} ({body})"
    return f"start: {body}\n{_TERMINALS}" + "\n".join(rules.lines)


def _opening(
    rules: "_Rules", form: CallFormat, specials: Mapping[str, int], must_call: bool, rest: str
) -> str:
    """Return the choice between text and calls."""
    if must_call:
        return f"BLANK {rules.literal(form.head)} {rest}"
    if not form.tag:
        rules.named("TEXT", rf"/\s{{0,2}}[^\s{_in_class(form.sign)}](?s:.*)/")
        return f"TEXT | BLANK {rules.literal(form.head)} {rest}"
    after = form.head.lstrip().removeprefix(form.tag)
    rest = f"{rules.literal(after)} {rest}" if after else rest
    tag = _pattern(form.tag)
    # A tag that is a token can still be spelt in letters: text must not, or it would be half a call.
    rules.named("TEXT", rf"/\s{{0,2}}\S(?s:.*)/ & ~/(?s:.*){tag}(?s:.*)/")
    if form.tag in specials:
        return f"TEXT | (TEXT | BLANK) {rules.literal(form.tag)} {rest}"
    rules.named("opened[lazy]", rf"/(?s:.*){tag}/")
    return f"TEXT | opened {rest}"


class _Rules:
    """The rules of a grammar; what is the same in two tools is written once."""

    def __init__(self, literal: Callable[[str], str]) -> None:
        self.lines: list[str] = []
        self.literal = literal
        self._known: dict[str, str] = {}

    def named(self, name: str, body: str) -> None:
        """Add a rule."""
        self.lines.append(f"{name}: {body}")

    def add(self, kind: str, body: str) -> str:
        """Return the name of a rule with this body, added if need be."""
        if body not in self._known:
            self._known[body] = f"{kind}_{len(self._known)}"
            self.named(self._known[body], body)
        return self._known[body]

    def arguments(self, schema: Mapping[str, Any]) -> str:
        """Return the rule of a JSON object with the properties of a schema, in their order."""
        properties = schema.get("properties") or {}
        shared = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
        required = set(schema.get("required") or ())
        tail = later = ""  # what may follow: after a property, and where none was written yet
        for name, value in reversed(properties.items()):
            item = f"{_quoted(json.dumps(name) + ': ')} {self.value(value, name, shared)}"
            first = f"{item} {tail}".strip()
            if name in required:
                tail = f'", " {first}'
            else:
                first = f"{first} | {later}" if later else f"({first})?"
                tail = f'(", " {item})? {tail}'.strip()
            tail = self.add("rest", tail)
            later = self.add("first", first)
        return self.add("object", f'"{{" {later} "}}"')

    def value(self, schema: Any, name: str, shared: Mapping[str, Any]) -> str:
        """Return what stands for a value of a schema."""
        if not isinstance(schema, Mapping) or _LIMITS & schema.keys():
            return self.foreign(schema, shared)
        if "const" in schema or "enum" in schema:
            chosen = schema.get("enum", [schema.get("const")])
            told = (_quoted(json.dumps(one, ensure_ascii=False)) for one in chosen)
            return self.add("choice", f"({' | '.join(told)})")
        for key in ("anyOf", "oneOf"):
            if key in schema:
                kinds = [self.value(one, name, shared) for one in schema[key]]
                return self.add("either", f"({' | '.join(kinds)})")
        kind = schema.get("type")
        if kind == "string" and name == HANDLE:
            return "HANDLE"
        if kind == "array" and "items" in schema:
            item = self.value(schema["items"], name, shared)
            more = f'(", " {item}){{0,{LONGEST_LIST - 1}}}'
            return self.add("list", f'"[" {item} {more} "]"')
        if kind == "object" and "properties" in schema:
            return self.arguments({**shared, **schema})
        return _SIMPLE[kind] if kind in _SIMPLE else self.foreign(schema, shared)

    def foreign(self, schema: Any, shared: Mapping[str, Any]) -> str:
        """Return a value as llguidance reads the schema."""
        whole = schema if isinstance(schema, bool) else {**shared, **schema}
        if isinstance(whole, dict):
            whole["x-guidance"] = {"whitespace_flexible": False}
        return self.add("json", f"%json {json.dumps(whole)}")


def _literal(text: str, specials: Mapping[str, int]) -> str:
    """Return a literal text: its letters in quotes, its special tokens by their numbers."""
    found = [(text.find(token), token) for token in specials if token in text]
    if not found:
        return _quoted(text)
    place, token = min(found, key=lambda pair: (pair[0], -len(pair[1])))
    before, after = text[:place], text[place + len(token) :]
    parts = [_quoted(before)] if before else []
    parts.append(f"<[{specials[token]}]>")
    parts += [_literal(after, specials)] if after else []
    return " ".join(parts)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _pattern(text: str) -> str:
    """Return a literal text as llguidance's regular expressions want it between slashes."""
    return "".join(f"\\{c}" if c in r"\/.+*?()|[]{}^$" else c for c in text)


def _in_class(sign: str) -> str:
    return f"\\{sign}"
