"""What prose names without saying that it sounds: the stem that was listened to, a tool's argument.

"Without the voice: ..." tells what the rest of a sentence was measured on, and "I wrote down the
notes of the piano" what was asked of a tool. Both rest on that tool having run, on nothing else.
"""

import re

from agent.evidence import Claim
from agent.scene import Scene
from agent.statements import Statement

_WITHOUT = re.compile(r"(?:^|: )\W*without (?:the )?$")
_NO_REST = re.compile(r"\w+, (?:the )?bass and (?:the )?drums\b")
_LISTED = re.compile(
    r"(?:^|: )\W*without (?:the )?(?:voice|vocals), (?:the )?(?:bass and (?:the )?)?$"
)
_DEED = re.compile(
    r"\b(?:wrote|written|transcribed|notated|saved|exported)\b[^.;:]*\b(?:of|for|from) (?:the )?$"
)


def alone(statement: Statement, scene: Scene) -> Claim | None:
    """Return what was measured of the stem that a statement names as listened to, else None."""
    at = statement.start - scene.sentence.start
    before = scene.sentence.lower[:at]
    words = scene.sentence.lower[at:]
    name = "vocals" if statement.kind == "voice" else str(statement.value[0])
    stem = ""
    if re.match(rf"{re.escape(statement.text.lower())} alone\b", words):
        stem = name
    elif _LISTED.search(before) or (_WITHOUT.search(before) and _NO_REST.search(words)):
        stem = "other"
    elif _WITHOUT.search(before) and name == "vocals":
        stem = "accompaniment"
    handles = {f"{track}.{stem}" for track in scene.tracks} if stem else set()
    return next((c for c in scene.ledger.claims if c["track"] in handles), None)


def asked_of_tool(statement: Statement, scene: Scene) -> Claim | None:
    """Return the argument of a tool that a deed names: "the notes of the piano"; else None."""
    before = scene.sentence.lower[: statement.start - scene.sentence.start]
    if not _DEED.search(before):
        return None
    names = {str(statement.value[0]), statement.text.lower()}
    asked = scene.ledger.of("asked for", scene.tracks)
    return next((c for c in asked if str(c["value"]).lower() in names), None)
