"""How far to transpose, and which progression is meant, in a plain question."""

import re


def move(text: str, keys: tuple[str, ...]) -> str:
    """Return how far to transpose: semitones ("+2"), a key ("to G"), a fret or an instrument."""
    capo = re.search(
        r"\bcapo (?:on |at |is on )?(?:the )?(?:fret )?(\d+|one|two|three|four|five)", text
    )
    if capo:
        return f"capo {count(capo[1])}"
    steps = re.search(
        r"(?P<sign>[+-]|up|down)?(?: by)? ?(?P<n>a|an|another|one|two|three|four|five|six|seven|\d{1,2}) (?P<unit>semi-?tones?|(?:half|whole)[- ]?(?:steps?|tones?)|tones?|steps?|frets?|fifth|fourth|octave|minor third|major third|third|major second|st\b)",
        text,
    )
    if steps:
        unit = steps["unit"]
        sizes = {"fifth": 7, "fourth": 5, "octave": 12, "minor third": 3, "third": 4, "major third": 4, "major second": 2}  # fmt: skip
        size = sizes.get(unit, 2 if re.match(r"whole|(?:tone|step)s?$", unit) else 1)
        sign = (
            -1
            if re.search(r"\b(?:down|lower|below|too high)\b", text) or steps["sign"] == "-"
            else 1
        )
        return f"{sign * size * count(steps['n']):+d}"
    for word, shift in (("alto", "+9"), ("bari", "+9"), ("tenor", "+2"), ("soprano", "+2"), ("trumpet", "+2"), ("clarinet", "+2"), ("horn", "+7")):  # fmt: skip
        if re.search(rf"\b{word}", text):
            return f"{shift} {word}"
    if re.search(r"half[- ]?(?:step|tone)|to eb|e flat|down-?tuned", text):
        return "-1"
    if keys:
        return f"to {keys[-1]}"
    return ""


def count(word: str) -> int:
    """Return the number a small number word stands for."""
    words = {
        "a": 1,
        "an": 1,
        "another": 1,
        "one": 1,
        "two": 2,
        "three": 3,
        "four": 4,
        "five": 5,
        "six": 6,
        "seven": 7,
    }
    return words.get(word) or int(word)


def progression(text: str) -> str:
    """Return the progression a plain question names: ``"ii-V-I"``, ``"i-v-vi-iv"``."""
    if re.search(r"\b(?:12|twelve)[- ]bar\b", text):
        return "12-bar blues"
    if re.search(r"\b(?:two|2)[ -](?:five|5)[ -](?:one|1)|\bii ?-? ?v ?-? ?is?\b", text):
        return "ii-V-I"
    found = re.search(r"\b[b1-7iv]+(?:7|m)?(?:(?: ?- ?|, | to )[b1-7iv]+(?:7|m)?)+\b", text)
    if found and re.search(r"[iv]", found.group()):
        return re.sub(r" ?- ?|, | to ", "-", found.group())
    if found and re.fullmatch(r"[1-7](?:(?: ?- ?|, | to )[1-7])+", found.group()):
        return re.sub(r" ?- ?|, | to ", "-", found.group())
    return "axis" if "axis" in text else ("cadence" if "cadence" in text else "")
