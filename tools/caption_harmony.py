"""Sentences about key and chords."""

from tools.caption_facts import Harmony
from tools.caption_words import Chooser, join

MANY = {"": "are", "seems to ": "seem to be", "appears to ": "appear to be"}
"""Of one thing -> of several."""


def harmony_words(harmony: Harmony, choose: Chooser) -> str:
    """Return key and chords as a sentence without its stop; empty where neither is known."""
    key, chords = _key(harmony, choose), _chords(harmony, choose)
    if not (key and chords):
        return key or chords
    return choose("harmony", (f"{key}, and {chords}", f"{key}; {chords}"))


def _key(harmony: Harmony, choose: Chooser) -> str:
    key = harmony.key
    if harmony.moves:
        first, *others = harmony.moves
        if others[-1] == first and len(others) == 2:
            return f"it starts in {first}, moves to {others[0]} and comes home again"
        return f"it starts in {first} and moves to {join(others, 'and then')}"
    if not key:
        return (
            choose.first("key", ("the key is hard to make out",))
            if harmony.sureness == "vague" and (harmony.loop or harmony.used)
            else ""
        )
    if harmony.sureness == "sure":
        return choose.first(
            "key", (f"the key is {key}", f"it is in {key}", f"the home key is {key}")
        )
    if harmony.sureness == "likely":
        other = f", though {harmony.rival} is possible" if harmony.rival else ""
        return (
            choose.first("key", (f"the key is most likely {key}", f"it seems to be in {key}"))
            + other
        )
    other = f" or {harmony.rival}" if harmony.rival else ""
    vague = (
        f"the key is hard to pin down, perhaps {key}{other}",
        f"no key asserts itself, though {key}{other} would fit",
    )
    return choose.first("key", vague)


def _chords(harmony: Harmony, choose: Chooser) -> str:
    """Return what the chords do, with doubt where they were hard to hear."""
    doubt = "" if harmony.chords_sure else choose("doubt", tuple(d for d in MANY if d))
    if harmony.stays:
        return choose("chords", _held(harmony.used[0], doubt))
    if harmony.loop:
        return choose("chords", _round(harmony.loop, doubt))
    if len(harmony.used) > 1:
        return choose("chords", _mostly(join(harmony.used), doubt))
    if harmony.chordless:
        none = ("there is hardly a chord in it", "no chords stand out", "chords play no part in it")
        return choose("chords", none)
    return ""


def _held(only: str, doubt: str) -> tuple[str, ...]:
    hardly = f"{doubt.removesuffix('to ')}hardly to leave" if doubt else "hardly leaves"
    return (
        f"the harmony {hardly} {only}",
        f"the harmony {doubt}stay{'' if doubt else 's'} on {only} nearly throughout",
    )


def _round(loop: tuple[str, ...], doubt: str) -> tuple[str, ...]:
    s = "" if doubt else "s"
    if len(loop) == 2:
        pair = join(loop)
        return (
            f"the harmony {doubt}swing{s} between {pair}",
            f"the harmony {doubt}alternate{s} between {pair}",
        )
    row = "–".join(loop)
    return (
        f"the harmony {doubt}circle{s} through {row}",
        f"the harmony {doubt}go{'' if doubt else 'es'} round {row}",
        f"what {doubt}come{s} back again and again is {row}",
    )


def _mostly(names: str, doubt: str) -> tuple[str, ...]:
    s = "" if doubt else "s"
    return (
        f"the harmony {doubt}lean{s} on {names}",
        f"the harmony {doubt}move{s} mostly among {names}",
        f"the harmony {doubt}draw{s} mainly on {names}",
        f"the chords {MANY[doubt]} mostly {names}",
    )
