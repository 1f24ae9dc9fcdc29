"""Requests that chat programs make on their own: titles, tags and suggestions for a chat.

Open WebUI and LibreChat send these to the model they talk to. They are no questions about music, and
waiting for a language model to answer them would hold up the person's next question; a title is the
first thing that was asked.
"""

import json
import re

from tools.titles import clean_text

TITLE_WORDS = 6

_TASK = re.compile(r"^\s*###\s*Task:", re.IGNORECASE)
_TITLE = re.compile(
    r"provide a concise, 5-word-or-less title for the conversation"
    r"|analyze this conversation and provide:?\s+1\. the detected language"
    r"|generate a concise title \(max \d+ characters\) for a conversation that starts with",
    re.IGNORECASE,
)
"""LibreChat's requests; Open WebUI's begin with "### Task:"."""

_FIRST = re.compile(
    r"(?:^|\n)\s*(?:USER|User|Human)\s*:\s*(.+?)(?=\n\s*(?:ASSISTANT|Assistant|AI)\s*:|\n</|\Z)",
    re.DOTALL,
)
_QUERY = re.compile(r"<user_query>\s*(.*?)\s*</user_query>", re.DOTALL)

_JSON: tuple[tuple[str, dict[str, object]], ...] = (
    (
        '"follow_ups"',
        {"follow_ups": ["What key is it in?", "What is the tempo?", "How is it built?"]},
    ),
    ('"tags"', {"tags": ["Music"]}),
    ('"queries"', {"queries": []}),
    ('"text"', {"text": ""}),
    ('"prompt"', {"prompt": ""}),
)
"""What a task of Open WebUI asks for by its example -> the answer."""


def chore_answer(question: str) -> str | None:
    """Return the answer to a chore; None for a question of a person."""
    if _TITLE.search(question):
        return _title(question)
    if not _TASK.match(question) or "</context>" in question:
        return None
    if re.search(r"\{\s*\"title\"", question):
        return json.dumps({"title": _title(question)}, ensure_ascii=False)
    for sign, answer in _JSON:
        if re.search(r"\{\s*" + sign, question):
            return json.dumps(answer)
    return "🎵" if "emoji" in question.lower() and "<chat_history>" not in question else None


def person_question(question: str) -> str:
    """Return what a person asked, out of the frame that Open WebUI puts round it with documents."""
    if not _TASK.match(question) or "</context>" not in question:
        return question
    found = _QUERY.search(question)
    return (found[1] if found else question.rpartition("</context>")[2].strip()) or question


def _title(question: str) -> str:
    history = question.rpartition("<chat_history>")[2] or question
    asked = _FIRST.search(history)
    words = clean_text(asked[1], 200).rstrip("?.! ").split() if asked else []
    title = " ".join(words[:TITLE_WORDS]) + ("…" if len(words) > TITLE_WORDS else "")
    return title[:1].upper() + title[1:] or "Music"
