"""Which parts are to play along with a recording: a tune of its own, a rhythm, or all but the tune.

An accompaniment leaves the tune to the recording, unless a counter-melody or a solo is what is asked
for. Whoever names the players wants no others: the recording has its own.
"""

from agent.generation.draft import Draft, words
from tools.general_midi import is_percussion

ACCOMPANYING = ("chords", "pad", "bass", "drums")
TUNE = ("melody",)
_VOICE = r"(?:lines?|parts?|voices?|layers?)"
_INNER = words(
    rf"counter[- ]?melod(?:y|ies)|counter[- ]?lines?|descants?|harmon(?:y|ies)(?: {_VOICE})?|second(?: {_VOICE})?|obbligato"
)
"""What goes beside a tune, and so is calmer than one."""
_TUNE = words(
    rf"solos?(?! (?:piano|guitar|organ|harp|accordion)\b)|leads?(?: {_VOICE})?|melod(?:y|ies)(?: {_VOICE})?|top ?lines?|hooks?|riffs?"
)
_BACKED = words(r"accompan\w+|backing(?: tracks?)?")
_BEATS = words(r"(?:drum )?beats?|grooves?|rhythms?")
_PLACED = words(
    r"(?:for|over|under|in|to|behind|during|on) (?:the )?(?:(?:first|second|third|last|final|next) )?(?:verse|chorus|bridge|intro|outro|section)s?"
)
_LAYERED = words(r"layer|overdub|lay|stick|chuck|put|drop")
_CALM = 0.3
_LEAD = "flute"
"""Who plays a tune for which nobody is named: it stands out from most bands."""


def take_parts(draft: Draft) -> tuple[str, ...]:
    """Return the parts of a score that are wanted, and complete the players; words are taken out."""
    left = draft.left
    left.take_all(_PLACED)
    left.take(_LAYERED)
    backed = left.take(_BACKED) is not None
    sings = _players(draft) == ("voice",)
    inner = sings or (not backed and left.take(_INNER) is not None)
    tune = inner or (not backed and left.take(_TUNE) is not None)
    if inner:
        left.take_all(_TUNE)  # "a harmony part for the melody"
    players = _players(draft)
    if tune:
        if not players:
            draft.fields["instruments"] = (_LEAD,)
            draft.notes.append(f"A {_LEAD} plays it, as nobody was named.")
        if inner:
            draft.fields.setdefault("density", _CALM)
    elif not players and left.take(_BEATS):
        draft.put("instruments", ("drums",))
    elif players and all(is_percussion(name) for name in players):
        left.take(_BEATS)
    draft.fields |= {"joined": False, "led": False, "alone": bool(_players(draft))}
    return TUNE if tune else ACCOMPANYING


def _players(draft: Draft) -> tuple[str, ...]:
    named = draft.fields.get("instruments")
    return tuple(map(str, named)) if isinstance(named, list | tuple) else ()
