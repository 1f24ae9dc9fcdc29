"""The key that a request names: "in D minor", "F#m", "in Es-Dur", "fa mineur", "a minor key"."""

import re

from agent.generation.draft import BriefError, Draft, words
from agent.rules.lexicon import find_church_mode, is_article
from agent.wish import KEY, SHORT_KEY, TONIC, named_key
from tools.conventions import TONICS
from tools.theory import pitch_class, tonic_name

_GERMAN = words(
    r"(?:in )?(?P<name>[cdfga]is|[cdfg]es|es|as|[a-h])[- ]?(?P<mode>dur|moll)(?:-tonart)?"
)
_FRENCH = words(
    r"(?:en |in )?(?P<name>do|r[ée]|mi|fa|sol|la|si)(?:[ -](?P<sign>di[èe]se|b[ée]mol|diesis|bemolle"
    r"|sostenido))?[ -](?P<mode>majeur|mineur|maggiore|minore|mayor|menor)"
)
_SOLFEGE = dict(zip(("do", "re", "mi", "fa", "sol", "la", "si"), "CDEFGAB", strict=True))
_SMALL = words(r"(?:in|key of) (?P<letter>[b-g])(?P<accidental>#|b| ?sharp| ?flat)?", False)
_SMALL_SHORT = words(r"in (?P<letter>[a-g])(?P<accidental>#|b)?(?P<mode>m)", False)
_CHURCH = words(
    r"(?:in )?(?P<letter>[A-G])(?P<accidental>#|b|[ -]?sharp|[ -]?flat)?[ -]"
    r"(?:dorian|phrygian|lydian|mixolydian|locrian|aeolian|ionian)(?: mode| scale)?"
)
_MINOR_LIKE = ("dorian", "phrygian", "locrian", "aeolian")
_MAJOR_LIKE = ("lydian", "mixolydian", "ionian")
_MODE = words(r"(?:in )?(?:an? )?(?P<mode>major|minor|dur|moll)(?: (?:key|mode|tonality))?")


def read_key(draft: Draft) -> None:
    """Take the key out of what is left to read.

    Raises
    ------
    BriefError
        If two keys are asked for.
    """
    found = [*_church(draft), *_foreign(draft), *_plain(draft)]
    kept: list[tuple[str, str]] = []
    for key in found:
        if key not in kept and (key[0], "") not in kept:
            kept.append(key)
    if len({tonic for tonic, _ in kept}) > 1 or len(kept) > 1:
        told = " and ".join(f"{tonic} {mode}".strip() for tonic, mode in kept)
        raise BriefError(f"A piece is composed in one key, and {told} were asked for; say which.")
    if kept:
        put_key(draft, *kept[0])
    elif modes := {m.lower() for m in draft.left.take_all(_MODE)}:
        _put_mode(draft, modes)


def put_key(draft: Draft, tonic: str, mode: str) -> None:
    """Keep a key; a tonic that no key is written on gives way to its usual name."""
    if tonic not in TONICS:
        usual = tonic_name(pitch_class(tonic), mode or "major")
        draft.notes.append(f"{tonic} is written as {usual}, which sounds the same.")
        tonic = usual
    draft.fields["tonic"] = tonic
    if mode:
        draft.fields["mode"] = mode
    draft.asked["key"] = f"{tonic} {mode}".strip()


def key_of(text: str) -> tuple[str, str] | None:
    """Return tonic and mode ("" where none is said) of a key alone, such as ``"Bb minor"``."""
    text = text.strip().translate(str.maketrans("♭♯", "b#"))
    bare = re.fullmatch(r"(?P<letter>[A-Ga-g])(?P<accidental>#|b| ?sharp| ?flat)?", text)
    found = bare or KEY.fullmatch(text) or SHORT_KEY.fullmatch(text)
    return named_key(found) if found else None


def _put_mode(draft: Draft, modes: set[str]) -> None:
    named = {"dur": "major", "moll": "minor"}
    plain = {named.get(mode, mode) for mode in modes}
    if len(plain) == 1:
        mode = plain.pop()
        draft.fields["mode"] = mode
        draft.asked["key"] = mode
    else:
        draft.unheard.append("major and minor")


def _plain(draft: Draft) -> list[tuple[str, str]]:
    keys: list[tuple[str, str]] = []
    place = 0
    while found := KEY.search(draft.left.text, place):
        text = draft.left.text
        capital = found["letter"] == "A" and found.start() > 0
        if found["letter"] in "aA" and not capital and not found["accidental"]:
            alone = not re.match(r"\s+\w", text[found.end() :])
            if not alone and is_article(text.lower(), found):
                place = found.end()
                continue
        keys.append(named_key(found))
        draft.left.text = f"{text[: found.start()]} , {text[found.end() :]}"
    for pattern in (SHORT_KEY, _SMALL_SHORT, TONIC, _SMALL):
        while match := draft.left.take(pattern):
            keys.append(named_key(match))
    return keys


def _church(draft: Draft) -> list[tuple[str, str]]:
    name = find_church_mode(draft.left.text.lower())
    if name not in (*_MINOR_LIKE, *_MAJOR_LIKE):
        return []
    tonic = named_key(found)[0] if (found := draft.left.take(_CHURCH)) else ""
    draft.left.take(words(rf"(?:in )?(?:an? |the )?{name}(?: mode| scale)?"))
    mode = "minor" if name in _MINOR_LIKE else "major"
    if name not in ("aeolian", "ionian"):
        draft.notes.append(f"Only major and minor are composed in; {name} is taken as {mode}.")
    if not tonic:
        _put_mode(draft, {mode})
    return [(tonic, mode)] if tonic else []


def _foreign(draft: Draft) -> list[tuple[str, str]]:
    keys: list[tuple[str, str]] = []
    while found := draft.left.take(_GERMAN):
        name = found["name"].lower()
        sign = "#" if name.endswith("is") else "b" if name.endswith(("es", "as")) else ""
        sign = "" if len(name) == 1 else sign
        tonic = {"b": "Bb", "h": "B"}.get(name, name[0].upper() + sign)
        keys.append((tonic, "major" if found["mode"].lower() == "dur" else "minor"))
    while found := draft.left.take(_FRENCH):
        sign = (found["sign"] or "").lower()[:1]
        tonic = _SOLFEGE[found["name"].lower().replace("é", "e")] + {"d": "#", "s": "#", "b": "b"}.get(sign, "")  # fmt: skip
        keys.append((tonic, "major" if found["mode"].lower().startswith("ma") else "minor"))
    return keys
